"""The sample of a nation: exact where figures are published, sorted, seeded, and streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.matching import Coded, degree_of
from auditmatch.sample.figures import FIELDS, PROVINCES
from auditmatch.sample.nation import CERTIFICATES, MEMBERS, Nation


def whole(batches: Any) -> dict[str, Any]:
    """Return batches as one; codes stand for the same values in all."""
    parts = list(batches)
    return {
        name: np.concatenate([p[name].codes if isinstance(p[name], Coded) else p[name] for p in parts])
        for name in parts[0]
    }


@pytest.fixture(scope="module")
def quarter() -> tuple[Nation, dict[str, Any]]:
    nation = am.sample.nation(CERTIFICATES // 4, seed=7)
    return nation, whole(nation.demand())


def test_the_published_figures_are_met(quarter: tuple[Nation, dict[str, Any]]) -> None:
    nation, rows = quarter
    assert CERTIFICATES == 4_084_224
    assert len(rows["field"]) == nation.certificates == 1_021_056
    # A quarter of 1,087,850 organisations, in several batches.
    assert len(np.unique(rows["organisation_id"])) == nation.organisations == 271_962 > 5 * MEMBERS
    counts = np.bincount(rows["field"], minlength=len(FIELDS))
    for place, field in enumerate(FIELDS):
        assert abs(counts[place] - field.certificates / 4) <= 20, field.name
        holders = len(np.unique(rows["organisation_id"][rows["field"] == place]))
        assert abs(holders - field.organisations / 4) <= 20, field.name


def test_provinces_follow_their_certificates(quarter: tuple[Nation, dict[str, Any]]) -> None:
    _, rows = quarter
    counts = np.bincount(rows["province"], minlength=len(PROVINCES))
    published = np.array([province.certificates for province in PROVINCES])
    large = published > 100_000
    np.testing.assert_allclose(counts[large] / counts.sum(), published[large] / published.sum(), rtol=0.05)


def test_rows_are_sorted_and_members_agree_with_themselves(quarter: tuple[Nation, dict[str, Any]]) -> None:
    nation, rows = quarter
    who = rows["organisation_id"]
    assert (np.diff(who) >= 0).all()
    same = np.diff(who) == 0
    for name in ("B2", "C2", "D", "E", "province"):
        assert (np.diff(rows[name])[same] == 0).all()
    # C2 counts the certificates of an organisation.
    assert rows["C2"].tolist() == np.repeat(counts := np.bincount(who), counts).tolist()
    held = whole(nation.supply())
    assert (len(held["C1"]), len(np.unique(held["auditor_id"]))) == (nation.qualifications, nation.auditors)
    pairs = np.stack([held["auditor_id"], held["field"], held["specialty"]], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)  # each qualification once
    fields = np.unique(pairs[:, :2], axis=0)[:, 0]
    assert held["C1"].tolist() == np.bincount(fields)[held["auditor_id"]].tolist()  # C1 counts fields


@pytest.mark.parametrize("certificates", [1_000, 4_321, 60_001])
def test_any_size_has_its_certificates(certificates: int) -> None:
    nation = am.sample.nation(certificates)
    assert sum(len(batch["field"]) for batch in nation.demand()) == certificates


def test_equal_seeds_give_equal_rows_and_others_do_not() -> None:
    one, two, other = (whole(am.sample.nation(2_000, seed=seed).demand()) for seed in (1, 1, 2))
    assert all(one[name].tolist() == two[name].tolist() for name in one)
    assert one["B2"].tolist() != other["B2"].tolist()


def test_parquet_and_the_stream_give_the_same_degree(tmp_path: Path) -> None:
    nation = am.sample.nation(5_000, seed=3)
    by = ("field", "specialty", "province", "month")
    demand, supply = nation.write(tmp_path / "nation")
    read = degree_of(demand, supply, by, rollup=True)
    stream = degree_of(nation.demand(), nation.supply(), by, rollup=True)
    assert len(read) > 5_000
    for name in ("A1", "X", "A2", "Y", "P"):
        assert read[name].tobytes() == stream[name].tobytes()


@pytest.mark.parametrize("change", [{"certificates": 999}, {"seed": -1}, {"year": 1900}, {"year": 2101}, {"seed": 0.5}])
def test_arguments_outside_their_domain_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(change))):
        am.sample.nation(**change)


@pytest.mark.long
def test_the_whole_nation_is_exact() -> None:
    rows = whole(am.sample.nation().demand())
    assert len(np.unique(rows["organisation_id"])) == 1_087_850
    assert np.bincount(rows["field"]).tolist() == [field.certificates for field in FIELDS]
    held = [len(np.unique(rows["organisation_id"][rows["field"] == place])) for place in range(len(FIELDS))]
    assert held == [field.organisations for field in FIELDS]
