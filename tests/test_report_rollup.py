"""The matching degree rolled up: distinct members, sums only where they are allowed."""

from __future__ import annotations

import numpy as np
import pytest
from register_samples import small
from report_samples import hostile, large

from auditmatch.matching import MatchingDegree, matching_degree
from auditmatch.register import Register
from auditmatch.report.rollup import FIELD, LARGE, MIDDLE, SCHEMES, SMALL, Cell, parents, rollup


def cells(degree: MatchingDegree) -> dict[tuple[str, int, str], Cell]:
    return {(cell.field, cell.level, cell.code): cell for cell in rollup(degree)}


@pytest.mark.parametrize(
    ("specialty", "codes"),
    [
        ("03.04.01", ("", "03", "03.04", "03.04.01")),
        ("03.04", ("", "03", "03.04", "03.04")),
        ("toys", ("", SCHEMES, SCHEMES, "toys")),
        ("v1.2 toys", ("", SCHEMES, SCHEMES, "v1.2 toys")),
        ("7", ("", SCHEMES, SCHEMES, "7")),
    ],
)
def test_a_specialty_knows_its_parents(specialty: str, codes: tuple[str, ...]) -> None:
    assert parents(specialty) == codes


def test_a_parent_counts_each_member_once() -> None:
    # The first auditor holds 03.04.01 and 03.04.02 of one field, the second 03.04.01: two people in the middle class.
    found = cells(matching_degree(hostile().problem.scene.register, at="2027-01-04"))
    one, other = found["<b>QMS</b>", SMALL, "03.04.01"], found["<b>QMS</b>", SMALL, "03.04.02"]
    middle = found["<b>QMS</b>", MIDDLE, "03.04"]
    assert (one.A1, other.A1, middle.A1) == (2, 1, 2)
    assert pytest.approx(one.X) == middle.X
    # O1, O2 and O3 need 03.04.01, O1 also 03.04.02.
    assert (one.A2, other.A2, middle.A2) == (3, 1, 3)
    assert pytest.approx(one.Y) == middle.Y
    assert pytest.approx(middle.X / middle.Y) == middle.P


def test_schemes_have_no_middle_class() -> None:
    found = cells(matching_degree(hostile().problem.scene.register, at="2027-01-04"))
    levels = {level for field, level, _ in found if field == "Service"}
    assert levels == {FIELD, LARGE, SMALL}
    assert found["Service", LARGE, SCHEMES].A1 == 1


def test_small_classes_are_the_degrees_own_rows() -> None:
    degree = matching_degree(large(60, 12).problem.scene.register)
    found = cells(degree)
    rows = zip(degree.factors.field, degree.factors.specialty, degree.supply.X, degree.demand.Y, degree.P, strict=True)
    for field, specialty, x, y, p in rows:
        cell = found[field, SMALL, specialty]
        assert pytest.approx((x, y)) == (cell.X, cell.Y)
        assert (cell.P is None and np.isnan(p)) or pytest.approx(p) == cell.P


@pytest.mark.parametrize("reading", ["load", "organisation"])
def test_every_level_equals_a_loop_over_sets_of_members(reading: str) -> None:
    degree = matching_degree(large(60, 12).problem.scene.register, reading=reading)
    supply, demand = degree.factors.supply, degree.factors.demand
    for cell in rollup(degree):
        rows = {
            g
            for g, (field, specialty) in enumerate(zip(degree.factors.field, degree.factors.specialty, strict=True))
            if field == cell.field and parents(specialty)[cell.level] == cell.code
        }
        people = {i for g, i in zip(supply.group.tolist(), supply.member.tolist(), strict=True) if g in rows}
        clients = {j for g, j in zip(demand.group.tolist(), demand.member.tolist(), strict=True) if g in rows}
        total = sum(degree.y[j] for j in clients)
        total = total / max(1, len(clients)) if reading == "organisation" else total
        assert (len(people), len(clients)) == (cell.A1, cell.A2)
        assert pytest.approx((sum(degree.x[i] for i in people), total)) == (cell.X, cell.Y)


def test_where_projects_are_audits_each_row_counts() -> None:
    register = Register.from_tables(small())
    found = cells(matching_degree(register, projects="audits"))
    assert found["QMS", FIELD, ""].A2 == 2  # two audits of one organisation


def test_no_groups_give_no_cells() -> None:
    empty = {"qualifications": None, "requirements": None, "audits": None}
    register = Register.from_tables({name: value for name, value in small().items() if name not in empty})
    assert rollup(matching_degree(register, at="2027-01-04")) == ()
