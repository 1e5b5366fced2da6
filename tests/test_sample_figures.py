"""The figures behind a sample, and how a large one follows them."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from auditmatch.register import Register
from auditmatch.sample import sample, sample_horizon
from auditmatch.sample.clients import RECERTIFICATION, STAGE1, STAGE2, SURVEILLANCE, Clients, _person_days
from auditmatch.sample.figures import (
    FIELDS,
    ORGANISATIONS,
    PROVINCES,
    core_patterns,
    half_days,
    initial_days,
    specialty_codes,
)


@cache
def made(auditors: int, audits: int) -> Register:
    return sample(auditors, audits, seed=1)


# --- figures --------------------------------------------------------------------------------------------------------


def test_the_figures_add_up_to_all_certificates() -> None:
    # 4,084,224 certificates; 90,112 abroad and 2 unknown stand in no province.
    assert sum(field.certificates for field in FIELDS) == 4_084_224
    assert sum(province.certificates for province in PROVINCES) == 4_084_224 - 90_112 - 2
    assert len(PROVINCES) == 32


def test_core_patterns_give_each_core_field_its_share() -> None:
    rows, shares = core_patterns()
    assert shares.sum() == pytest.approx(1.0)
    assert (shares > 0).all()
    expected = [field.organisations / ORGANISATIONS for field in FIELDS[:3]]
    assert (rows * shares[:, None]).sum(axis=0) == pytest.approx(expected)


def test_the_tree_has_39_large_280_middle_and_626_small_classes() -> None:
    codes = specialty_codes()
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d\d", code) for code in codes)
    assert [len({code[:width] for code in codes}) for width in (2, 5, 8)] == [39, 280, 626]
    split = defaultdict(list)
    for code in codes:
        split[code[:5]].append(code[6:])
    # 00 stands for a middle class that is not split further, and only there.
    assert all((parts == ["00"]) == (len(parts) == 1) for parts in split.values())


@pytest.mark.parametrize(
    ("staff", "environment", "safety", "quality", "environmental", "occupational"),
    [
        (1, 0, 0, 1.5, 3, 3),
        (5, 3, 2, 1.5, 2.5, 2.5),
        (6, 1, 1, 2, 3, 3),
        (30, 1, 2, 4, 5.5, 4),
        (65, 3, 1, 5, 3.5, 6),
        (66, 0, 0, 6, 9, 9),
        (1175, 2, 2, 13, 11, 11),
        (4350, 3, 0, 18, 10, 27),
    ],
)
def test_audit_time_is_that_of_the_table(
    staff: int, environment: int, safety: int, quality: float, environmental: float, occupational: float
) -> None:
    days = initial_days(np.array([staff]), np.array([environment]), np.array([safety]))[0]
    assert days[:3].tolist() == [quality, environmental, occupational]


def test_days_are_rounded_to_the_nearest_half() -> None:
    assert half_days(np.array([5.3, 5.2, 5.25, 0.1, 5.0, 5.25 / 3])).tolist() == [5.5, 5.0, 5.5, 0.0, 5.0, 2.0]


def test_person_days_by_hand() -> None:
    # 30 people, medium and low: 4 + 5.5 + 4 = 13.5 days, less r in 0, 5, .. 20 % for integration.
    # Surveillance a third of what is left, recertification two thirds; stages a third and the rest.
    count = 200
    ones = np.ones(count, dtype=np.int64)
    fields = np.zeros((count, len(FIELDS)), dtype=bool)
    fields[:, :3] = True
    clients = Clients(0 * ones, -ones, fields, fields.astype(np.int64), 30 * ones, ones, 2 * ones)
    order = np.arange(count)
    possible = {
        SURVEILLANCE: {4.5, 4.0, 3.5},  # 4.5, 4.275, 4.05, 3.825, 3.6
        RECERTIFICATION: {9.0, 8.5, 8.0, 7.5, 7.0},  # 9, 8.55, 8.1, 7.65, 7.2
        STAGE1: {4.5, 4.0, 3.5},  # thirds of 13.5, 13, 12, 11.5, 11
        STAGE2: {9.0, 8.5, 8.0, 7.5},  # the rest of these
    }
    for kind, expected in possible.items():
        found = _person_days(np.random.default_rng(0), clients, order, fields, kind * ones)
        assert set(found) == expected
    alone = fields & (np.arange(len(FIELDS)) == 0)  # one field: no reduction, 4 / 3 rounds to 1.5
    assert set(_person_days(np.random.default_rng(0), clients, order, alone, SURVEILLANCE * ones)) == {1.5}


# --- shares of a large sample ---------------------------------------------------------------------------------------


def test_provinces_follow_the_figures() -> None:
    register = made(600, 10_000)
    weights = np.array([province.certificates for province in PROVINCES])
    capitals = [province.capital for province in PROVINCES]
    for table, limit in (("organisations", 2.5), ("auditors", 2.0)):
        places = register.table(table)["location"].tolist()
        found = np.array([places.count(capital) for capital in capitals])
        expected = weights / weights.sum() * found.sum()
        # Chi-square per degree of freedom; groups that sit together widen that of organisations a little.
        assert ((found - expected) ** 2 / expected).sum() / (len(capitals) - 1) < limit


def test_fields_and_certificates_follow_the_figures() -> None:
    register = made(600, 10_000)
    certificates = register.certificates
    total = len(register.organisations)
    names = {field: set() for field in {f.name for f in FIELDS}}
    numbers = {field: set() for field in names}
    for field, owner, name in zip(
        *(certificates[column] for column in ("field", "organisation_id", "certificate_id")), strict=True
    ):
        names[field].add(owner)
        numbers[field].add(name)
    for field in FIELDS:
        share = field.organisations / ORGANISATIONS
        spread = (share * (1 - share) / total) ** 0.5
        assert len(names[field.name]) / total == pytest.approx(share, abs=4 * spread)
        each = field.certificates / field.organisations
        assert len(numbers[field.name]) / len(names[field.name]) == pytest.approx(each, rel=0.15)
    whole = names["QMS"] & names["EMS"] & names["OHSMS"]
    assert 0.33 < len(whole) / total < 0.45


def test_specialties_follow_zipfs_law() -> None:
    needs = made(600, 10_000).requirements
    found = np.sort(np.unique(needs["specialty"][needs["field"] == "QMS"], return_counts=True)[1])[::-1][:60]
    slope = np.polyfit(np.log(np.arange(1, len(found) + 1)), np.log(found), 1)[0]
    assert -1.15 < slope < -0.85


def test_product_fields_use_schemes_and_the_others_codes() -> None:
    certificates = made(600, 10_000).certificates
    product = {field.name for field in FIELDS if field.schemes}
    codes = set(specialty_codes())
    for field, specialty in set(zip(certificates["field"], certificates["specialty"], strict=True)):
        assert specialty.startswith(field) if field in product else specialty in codes


def test_kinds_links_and_the_rest_come_in_their_measure() -> None:
    register = made(600, 10_000)
    audits, links = register.audits, register.links
    kinds = audits["kind"][audits["status"] == "open"].astype(str)
    assert (kinds == "surveillance").mean() > 0.5
    assert 0.1 < (kinds == "recertification").mean() < 0.25
    assert 0.15 < np.isin(kinds, ("stage1", "stage2")).mean() < 0.25
    assert 0.01 < (kinds == "special").mean() < 0.05
    assert set(links["kind"]) == {"interval", "together", "continuity", "disjoint"}
    fields = defaultdict(set)
    for audit, field in zip(register.requirements["audit_id"], register.requirements["field"], strict=True):
        fields[audit].add(field)
    assert {len(found) for found in fields.values()} == {1, 2, 3}
    assert (audits["person_days"] * 2 % 1 == 0).all()
    assert audits["on_site"].astype(float).mean() > 0.9
    assert set(audits["on_site"]) == {0.0, 0.8, 1.0}
    assert set(register.preferences["rule"]) == {"require", "forbid", "prefer"}
    grades = register.qualifications["grade"].astype(str)
    people = {grade: len(set(register.qualifications["auditor_id"][grades == grade])) for grade in ("intern", "expert")}
    assert people == {"intern": 48, "expert": 18}  # 8 % and 3 % of 600
    assert (~register.auditors["full_time"]).sum() > 20
    assert register.requirements["expert_ok"].any()
    assert (register.requirements["count"] == 2).any()
    assert register.organisations["group_id"].astype(bool).mean() > 0.1


def test_group_audits_share_their_window_and_their_group() -> None:
    register = made(40, 200)
    links, audits = register.links, register.audits
    owner = dict(zip(audits["audit_id"], audits["organisation_id"], strict=True))
    group = dict(zip(register.organisations["organisation_id"], register.organisations["group_id"], strict=True))
    row = {name: place for place, name in enumerate(audits["audit_id"])}
    for k in np.flatnonzero(links["kind"] == "together"):
        one, two = links["first_audit"][k], links["second_audit"][k]
        assert group[owner[one]] == group[owner[two]] is not None
        overlap = min(audits["latest"][row[one]], audits["latest"][row[two]])
        overlap -= max(audits["earliest"][row[one]], audits["earliest"][row[two]])
        assert overlap.astype(int) >= 4
        assert links["max_days"][k] in (7, 14)


def test_leave_clusters_beside_long_holidays_and_in_the_summer() -> None:
    register = sample(60, 1_000, load=0.3, start="2026-01-05")
    away = register.absences
    assert (sample_horizon(register)[1] - np.datetime64("2026-01-05")).astype(int) > 250
    reasons = away["reason"]
    summer = away["start"][reasons == "summer leave"].astype("datetime64[M]").astype(int) % 12
    assert set(summer) == {6, 7}  # July and August
    holiday = away["start"][reasons == "holiday leave"]
    spring = np.datetime64("2026-02-17")  # Spring Festival 2026
    near = np.abs((holiday - spring).astype(int)) <= 15
    assert near.sum() > 0.2 * len(holiday)
    assert {"am", "pm"} == set(away["start_half"])


def test_some_qualifications_end_inside_the_horizon_and_most_do_not() -> None:
    register = made(600, 10_000)
    ends = register.qualifications["valid_until"]
    inside = ends <= sample_horizon(register)[1]
    assert 0.01 < inside.mean() < 0.2
    assert np.isnat(ends).any()
