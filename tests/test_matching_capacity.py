"""Capacity P*: equal to oracles, proved by prices, said in words, and what hangs on one person."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from capacity_rows import capacity_register, horizon_of
from matching_rows import OILS, Tables, audit, auditor, certificate, client, holds, needs, register, tables_of
from naive_capacity import read_tiny, shares_by_raising, shares_by_subsets

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.matching.capacity import Capacity
from auditmatch.matching.network import Limits, Staffing
from auditmatch.matching.programs import NEAR
from auditmatch.matching.shares import max_min_shares

WEEK = ("2027-03-01", "2027-03-05")


def shares(capacity: Capacity) -> dict[tuple[str, str], float]:
    return dict(zip(capacity.asked.names, capacity.P_star.tolist(), strict=True))


def by_field(capacity: Capacity) -> dict[str, float]:
    return {field: round(share, 9) for (field, _), share in shares(capacity).items()}


def week(*rows: tuple[str, dict[str, Any]], days: float = 8, **asked: Any) -> am.Register:
    """Return a register in which one audit asks days of QMS in one week; the rows say who is there."""
    return register(client("o"), audit("x", "o", person_days=days, **asked), needs("x"), *rows)


# ------------------------------------------------------------------------------------------------- against the oracles


@pytest.mark.parametrize("block", range(10))
def test_P_star_equals_brute_force_leximin(block: int, count: Callable[[int, int], int]) -> None:
    # 500 registers with --long, 60 without; below 1 and, in every other one, above.
    size = count(50, 6)
    for seed in range(block * size, (block + 1) * size):
        start, end = horizon_of(seed)
        tables, spare = capacity_register(seed), seed % 2 == 1
        found = am.capacity(tables, str(start), str(end), spare=spare)
        expected = shares_by_subsets(read_tiny(tables, start, end), None if spare else Fraction(1))
        # Where a month's and a year's limit lie on the same days, a linear program is at work.
        near = 1e-6 if found.fair.parts else 1e-12
        assert shares(found) == pytest.approx({pair: float(share) for pair, share in expected.items()}, abs=near)


@pytest.mark.parametrize("block", range(5))
def test_with_shares_on_site_and_certificates_it_equals_raising_group_by_group(
    block: int, count: Callable[[int, int], int]
) -> None:
    size, programs = count(50, 5), 0
    for seed in range(block * size, (block + 1) * size):
        start, end = horizon_of(seed)
        tables = capacity_register(seed, weighted=True)
        found = am.capacity(tables, str(start), str(end))
        assert shares(found) == pytest.approx(shares_by_raising(read_tiny(tables, start, end), 1.0), abs=1e-6)
        programs += len(found.fair.parts)
    assert programs > 0


def network(seed: int, weighted: bool) -> Staffing:
    """Return a random network of up to 12 groups and 10 stretches, some in pools, some under weighted limits."""
    rng = np.random.default_rng([seed, weighted])
    groups, stretches, pools = int(rng.integers(1, 13)), int(rng.integers(1, 11)), int(rng.integers(1, 4))
    arcs = np.argwhere(rng.random((groups, stretches)) < 0.3)
    limits = Limits.none()
    if weighted and len(arcs):
        entries = np.argwhere(rng.random((3, len(arcs))) < 0.5)
        weight = rng.integers(1, 9, len(entries)) / 4
        limits = Limits(rng.integers(0, 40, 3) / 2, entries[:, 0], entries[:, 1], weight)
    pool = rng.integers(-1, pools, stretches)
    asked, days = rng.integers(1, 60, groups) / 6, rng.integers(1, 30, stretches) / 2
    return Staffing(asked, days, arcs[:, 0], arcs[:, 1], pool, rng.integers(0, 40, pools) / 2, limits)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_days_given_keep_every_day_and_limit_and_reach_the_shares(weighted: bool) -> None:
    for seed in range(60):
        staffing = network(seed, weighted)
        fair = max_min_shares(staffing, 1.0)
        given = np.bincount(staffing.group, weights=fair.along, minlength=len(staffing.asked))
        used = np.bincount(staffing.stretch, weights=fair.along, minlength=len(staffing.days))
        assert (given >= fair.level * staffing.asked - 1e-7).all()
        assert (used <= staffing.days + 1e-7).all()
        for pool, most in enumerate(staffing.pool_most):
            assert used[staffing.pool == pool].sum() <= most + 1e-7
        for limit, most in enumerate(staffing.limits.most):
            mine = staffing.limits.limit == limit
            assert staffing.limits.weight[mine] @ fair.along[staffing.limits.arc[mine]] <= most + 1e-6


@pytest.mark.parametrize("weighted", [False, True])
def test_prices_prove_each_bottleneck_and_every_short_group_stands_in_one(weighted: bool) -> None:
    proved = 0
    for seed in range(60):
        staffing = network(seed, weighted)
        fair = max_min_shares(staffing, 1.0)
        found = fair.bottlenecks()
        assert sorted(g for each in found for g in each.groups.tolist()) == np.flatnonzero(fair.level < 1).tolist()
        assert [each.level for each in found] == sorted(each.level for each in found)
        for each in found:
            prove(staffing, fair.level, each)
            proved += 1
    assert proved > 100


def prove(staffing: Staffing, level: Any, each: Any) -> None:
    """Weak duality in plain loops: on no arc is a group dearer than days and limits; then worth bounds the share."""
    p = each.prices
    assert min(part.min(initial=0) for part in (p.groups, p.stretches, p.pools, p.limits)) >= 0
    for arc, (g, s) in enumerate(zip(staffing.group.tolist(), staffing.stretch.tolist(), strict=True)):
        price = p.stretches[s] + (p.pools[staffing.pool[s]] if staffing.pool[s] >= 0 else 0.0)
        for k in np.flatnonzero(staffing.limits.arc == arc).tolist():
            price += staffing.limits.weight[k] * p.limits[staffing.limits.limit[k]]
        assert p.groups[g] <= price + 1e-7
    worth = p.stretches @ staffing.days + p.pools @ staffing.pool_most + p.limits @ staffing.limits.most
    others = [g for g in np.flatnonzero(p.groups).tolist() if g not in each.groups]
    assert (level[others] <= each.level + NEAR).all()
    worth -= sum(p.groups[g] * level[g] * staffing.asked[g] for g in others)
    asked = p.groups[each.groups] @ staffing.asked[each.groups]
    assert asked > 0
    assert worth / asked == pytest.approx(each.level, abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_bottleneck_is_inclusion_minimal(weighted: bool) -> None:
    # The first one of all: any part of it, alone, could get more.
    seen = 0
    for seed in range(80):
        staffing = network(seed, weighted)
        found = max_min_shares(staffing, np.inf).bottlenecks()
        if not found or not 2 <= len(found[0].groups) <= 4:
            continue
        groups = found[0].groups.tolist()
        assert alone(staffing, groups) == pytest.approx(found[0].level, abs=1e-6)
        for size in range(1, len(groups)):
            assert min(alone(staffing, list(part)) for part in combinations(groups, size)) > found[0].level + 1e-6
        seen += 1
    assert seen >= 5


def alone(staffing: Staffing, groups: list[int]) -> float:
    mask = np.isin(np.arange(len(staffing.asked)), groups)
    small = staffing.narrowed(mask, np.ones(len(staffing.days), dtype=np.bool_))[0]
    return float(max_min_shares(small, np.inf).level.min())


def test_one_more_person_never_lowers_the_least_share() -> None:
    for seed in range(20):
        start, end = horizon_of(seed)
        tables = capacity_register(seed)
        more = tables.frame("qualifications").to_dict("list")
        frame = tables.frame("auditors").to_dict("list")
        frame = {name: [*values, "new" if name == "auditor_id" else None] for name, values in frame.items()}
        new = {"auditor_id": "new", "field": "QMS", "specialty": OILS, "valid_from": "2020-01-01", "grade": "lead"}
        more = {name: [*values, new.get(name)] for name, values in more.items()}
        richer = am.Register.from_tables(
            {name: tables.table(name) for name in am.tables.TABLES if len(tables.table(name))}
            | {"auditors": frame, "qualifications": more}
        )
        before, after = (am.capacity(each, str(start), str(end)) for each in (tables, richer))
        assert after.P_star.min() >= before.P_star.min() - 1e-9


# --------------------------------------------------------------------------------------------- what a person can give


def test_absences_employment_and_validity_take_days() -> None:
    # Li: Monday to Friday less Tuesday afternoon and Wednesday: 3.5 days. Wang: employed from Thursday on: 2.
    # Zhao: qualified until Tuesday: 2. Together 7.5 of 8.
    rows = [auditor("Li"), auditor("Wang", **{"from": "2027-03-04"}), auditor("Zhao")]
    rows += [holds("Li"), holds("Wang"), holds("Zhao", valid_until="2027-03-02")]
    away = {"auditor_id": "Li", "start": "2027-03-02", "start_half": "pm", "end": "2027-03-03"}
    found = am.capacity(week(*rows, ("absences", away)), *WEEK)
    assert by_field(found) == {"QMS": 7.5 / 8}
    assert found.table["given"].tolist() == [7.5]
    assert found.table["auditors"].tolist() == [3]


def test_a_done_audit_takes_days_of_the_horizon_the_month_and_the_year() -> None:
    rows = [auditor("Li", monthly_limit=4), holds("Li"), audit("d", "o", status="done"), needs("d")]
    booked = {"audit_id": "d", "auditor_id": "Li", "role": "lead", "start": "2027-03-01", "end": "2027-03-01"}
    tables = week(*rows, ("plan", booked))
    # Four free days are left, but only three of the month.
    assert by_field(am.capacity(tables, *WEEK)) == {"QMS": 3 / 8}
    used = {"auditor_id": ["Li"], "year_start": ["2027-01-01"], "days_used": [177]}
    # The year has 180 - 177 - 1 = 2 left.
    assert by_field(am.capacity(tables.with_tables(usage=used), *WEEK)) == {"QMS": 2 / 8}


def test_a_remote_audit_takes_no_days_on_site() -> None:
    used = {"auditor_id": "Li", "year_start": "2027-01-01", "days_used": 179}
    rows = [auditor("Li"), holds("Li"), ("usage", used)]
    assert by_field(am.capacity(week(*rows), *WEEK)) == {"QMS": 1 / 8}  # one day left on site
    assert by_field(am.capacity(week(*rows, on_site=0), *WEEK)) == {"QMS": 5 / 8}  # the week
    assert by_field(am.capacity(week(*rows, on_site=0.5), *WEEK)) == {"QMS": 2 / 8}  # two half ones


def test_certificates_left_bind() -> None:
    # The audit carries four certificates on 8 days: half a one a day. One certificate left: 2 days.
    used = {"auditor_id": "Li", "year_start": "2027-01-01", "certificates_used": 49}
    rows = [auditor("Li"), holds("Li"), ("usage", used)]
    for name, field in zip("abcd", ("QMS", "QMS", "EMS", "EMS"), strict=True):
        rows += [certificate(name, "o", field), ("audit_certificates", {"audit_id": "x", "certificate_id": name})]
    found = am.capacity(week(*rows), *WEEK)
    assert by_field(found) == {"QMS": 2 / 8}
    (bottleneck,) = found.bottlenecks()
    assert bottleneck.bound == (("certificates_per_year", "Li"),)
    assert "The limit of certificates a year binds Li." in str(bottleneck)
    # Counted for holders of the field only, a day takes a quarter: 4 days.
    holders = week(*rows, ("settings", {"name": "certificates_count", "value": "holders"}))
    assert by_field(am.capacity(holders, *WEEK)) == {"QMS": 4 / 8}


def test_interns_and_experts_give_no_days() -> None:
    rows = [auditor(name) for name in ("Li", "Wang")] + [holds("Li", grade="intern"), holds("Wang", grade="expert")]
    found = am.capacity(week(*rows), *WEEK)
    assert by_field(found) == {"QMS": 0.0}
    assert str(found.bottlenecks()[0]) == (
        f"This code has no auditor with a day left: 8 days asked, 0 there. Codes: QMS {OILS}."
    )


def test_a_qualification_serves_its_middle_class_by_the_setting() -> None:
    rows = [auditor("Li"), holds("Li", specialty="03.04.02")]
    assert by_field(am.capacity(week(*rows), *WEEK)) == {"QMS": 0.0}
    middle = ("settings", {"name": "middle_class", "value": "true"})
    assert by_field(am.capacity(week(*rows, middle), *WEEK)) == {"QMS": 5 / 8}


def test_a_horizon_without_a_working_day_gives_nothing() -> None:
    rows = [auditor("Li", monthly_limit=3), holds("Li")]
    assert by_field(am.capacity(week(*rows), "2027-03-06", "2027-03-07")) == {"QMS": 0.0}


def test_the_horizon_is_that_of_the_open_audits() -> None:
    found = am.capacity(week(auditor("Li"), holds("Li")))
    assert (str(found.start), str(found.end)) == ("2027-01-04", "2027-03-31")
    assert repr(found) == "Capacity 2027-01-04 to 2027-03-31: 1 groups, 0 below 1, least 1"


# ----------------------------------------------------------------------------------- words, single points, few people


def chain() -> Tables:
    """Return the tables of Li (A, B), Wang (B, C) and Zhao (C) with 4, 12 and 6 days asked: docs/capacity.md."""
    rows = [auditor(name) for name in ("Li", "Wang", "Zhao")]
    held = (("Li", "A"), ("Li", "B"), ("Wang", "B"), ("Wang", "C"), ("Zhao", "C"))
    rows += [client("o"), *(holds(who, field) for who, field in held)]
    for name, days, fields in (("M", 8, "AB"), ("P", 8, "B"), ("S", 6, "C")):
        rows += [audit(name, "o", person_days=days), *(needs(name, field) for field in fields)]
    return tables_of(*rows)


def test_bottlenecks_are_said_in_two_languages_tightest_first() -> None:
    first, second = am.capacity(am.Register.from_tables(chain()), *WEEK).bottlenecks()
    assert (first.asked, first.there, first.auditors) == (16.0, 10.0, ("Li", "Wang"))
    assert str(first).startswith("These 2 codes share 2 auditors: 16 days asked, 10 there.")
    assert first.say("zh").startswith("这 2 个专业小类共用 2 名审核员：需要 16 人日，可提供 10 人日。")
    assert (second.auditors, second.used_up) == (("Zhao",), ("Wang",))
    with pytest.raises(ArgumentError, match="'de' is not a language"):
        first.say("de")


def test_single_points_of_failure() -> None:
    found = am.capacity(am.Register.from_tables(chain()), "2027-03-01", "2027-03-12").single_points()
    rows = {(who, field): share for who, field, share in zip(found.auditor_id, found.field, found.P_star, strict=True)}
    # Ten days each. Without Li: A nobody, B Wang alone (10 / 12). Without Wang: Li for A and B (10 / 16). Without Zhao
    # all three share 20 days for 22.
    expected = {("Li", "A"): 0, ("Li", "B"): 10 / 12, ("Wang", "A"): 10 / 16, ("Wang", "B"): 10 / 16}
    assert rows == pytest.approx(expected | {("Zhao", field): 20 / 22 for field in "ABC"})


@pytest.mark.parametrize("weighted", [False, True])
def test_single_points_equal_a_register_without_the_person(weighted: bool) -> None:
    fallen = 0
    for seed in range(12):
        start, end = horizon_of(seed)
        tables = capacity_register(seed, weighted)
        before = am.capacity(tables, str(start), str(end))
        found = before.single_points()
        rows = zip(found["auditor_id"], found["field"], found["specialty"], found["P_star"], strict=True)
        got = {(who, (field, code)): share for who, field, code, share in rows}
        expected = {}
        for who in tables.auditors["auditor_id"].tolist():
            people = tables.frame("auditors")
            people.loc[people["auditor_id"] == who, ["from", "until"]] = np.datetime64("2000-01-01")
            after = shares(am.capacity(tables.with_tables(auditors=people), str(start), str(end)))
            whole = [pair for pair, share in shares(before).items() if share > 1 - 1e-6]
            expected |= {(who, pair): after[pair] for pair in whole if after[pair] < 1 - 1e-6}
        assert got == pytest.approx(expected, abs=1e-6)
        fallen += len(expected)
    assert fallen > 5


def test_groups_with_fewer_than_two_qualified_people_on_some_day() -> None:
    # EMS has two people until Wednesday and one after; QMS has two throughout, one of them by two papers; OHSMS is on a
    # certificate only and has nobody; the intern does not count.
    rows = [auditor("Li"), auditor("Wang"), auditor("Sun"), client("o"), certificate("c", "o", "OHSMS")]
    rows += [holds("Li"), holds("Wang", valid_until="2027-03-03"), holds("Wang", valid_from="2027-03-04")]
    rows += [holds("Li", "EMS"), holds("Wang", "EMS", valid_until="2027-03-03"), holds("Sun", "EMS", grade="intern")]
    rows += [audit("x", "o", person_days=2), needs("x"), needs("x", "EMS")]
    found = am.capacity(register(*rows), *WEEK)
    few = found.few_people()
    columns = zip(few["field"], few["auditors"], few["fewest"], few["asked"], strict=True)
    assert [*columns] == [("EMS", 2, 1, 1.0), ("OHSMS", 0, 0, 0.0)]
    assert found.few_people(3)["field"].tolist() == ["EMS", "OHSMS", "QMS"]
    with pytest.raises(ArgumentError, match="least is 0"):
        found.few_people(0)


def test_frames_come_in_the_library_of_the_register() -> None:
    polars = pytest.importorskip("polars")
    tables = chain()
    tables = {name: polars.DataFrame(columns) for name, columns in chain().items()}
    found = am.capacity(am.Register.from_tables(tables), *WEEK)
    frames = (found.table, found.days, found.single_points(), found.few_people())
    assert all(isinstance(frame, polars.DataFrame) for frame in frames)


# ------------------------------------------------------------------------------------------------------------ bad input


def test_a_register_without_audits_asks_nothing() -> None:
    with pytest.raises(ArgumentError, match=r"no audit is open.*Maybe the table audits is missing"):
        am.capacity(register(auditor("Li")))


def test_all_audits_done() -> None:
    done = week(auditor("Li"), holds("Li"), status="done")
    with pytest.raises(ArgumentError, match=r"no audit is open.*Maybe"):
        am.capacity(done)


def test_bad_horizons_are_refused_with_the_way_out() -> None:
    tables = week(auditor("Li"), holds("Li"))
    with pytest.raises(ArgumentError, match=r"ends on 2027-03-01, before it starts on 2027-03-05.*Maybe"):
        am.capacity(tables, *reversed(WEEK))
    with pytest.raises(ArgumentError, match=r"no open audit has a window that meets 2028-01-03 to 2028-01-07.*Maybe"):
        am.capacity(tables, "2028-01-03", "2028-01-07")
    with pytest.raises(ArgumentError, match="start='soon' is not a date"):
        am.capacity(tables, "soon")
