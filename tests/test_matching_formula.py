"""The formula on arrays: by hand, against plain loops, and by the properties that every form must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import naive_group

from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.matching.domain import EQUAL, FORMS, READINGS, Exponents, Form, Options, Reading, check_choice, floored
from auditmatch.matching.formula import (
    GroupDifficulty,
    GroupSufficiency,
    difficulty,
    group_difficulty,
    group_sufficiency,
    ideal_difficulty,
    matching,
    sufficiency,
)

DEMAND = ("B2", "C2", "D", "E")
Members = npt.NDArray[np.float64]

forms, readings = st.sampled_from(FORMS), st.sampled_from(READINGS)
shares = st.floats(0.05, 1.0)
counts = st.integers(1, 50).map(float)
people = st.lists(st.tuples(shares, counts), min_size=1, max_size=6).map(np.array)
clients = st.lists(st.tuples(shares, counts, shares, shares), min_size=1, max_size=6).map(np.array)
weights = st.builds(Exponents, *[st.one_of(st.just(0.0), st.floats(0.1, 3.0))] * 6)


def supply_of(auditors: Members, exponents: Exponents = EQUAL) -> GroupSufficiency:
    return group_sufficiency(np.zeros(len(auditors), dtype=int), auditors[:, 0], auditors[:, 1], 1, exponents)


def demand_of(
    projects: Members, form: Form = "product", reading: Reading = "load", exponents: Exponents = EQUAL
) -> GroupDifficulty:
    factors = dict(zip(DEMAND, projects.T, strict=True))
    return group_difficulty(np.zeros(len(projects), dtype=int), factors, 1, form, reading, exponents)


def degree_of(auditors: Members, projects: Members, form: Form, reading: Reading) -> float:
    return float(matching(supply_of(auditors).X, demand_of(projects, form, reading).Y)[0])


# --- by hand


def test_one_group_worked_out_by_hand() -> None:
    # x: 0.9 / 2 = 0.45, 1 / 1 = 1, 0.6 / 3 = 0.2, so X = 1.65. C1 = 3 / (1/2 + 1 + 1/3) = 18/11, and B1 =
    # 1.65 * (18/11) / 3 = 0.9.
    supply = supply_of(np.array([(0.9, 2.0), (1.0, 1.0), (0.6, 3.0)]))
    assert supply.A1.tolist() == [3]
    np.testing.assert_allclose([supply.X[0], supply.C1[0], supply.B1[0]], [1.65, 18 / 11, 0.9], rtol=1e-14)
    # y: 1 / (0.75 * 2 * 0.5 * 0.5) = 8/3, 1 / (1 * 1 * 0.5 * 1) = 2, 1 / (0.8 * 1 * 1 * 0.5) = 5/2: Y = 43/6.
    projects = np.array([(0.75, 2.0, 0.5, 0.5), (1.0, 1.0, 0.5, 1.0), (0.8, 1.0, 1.0, 0.5)])
    demand = demand_of(projects)
    # Sums after B2, C2, D, E: 43/12, 35/12, 55/12, 43/6; means are the quotients from one to the next.
    shown = [demand.B2[0], demand.C2[0], demand.D[0], demand.E[0], demand.Y[0]]
    np.testing.assert_allclose(shown, [36 / 43, 43 / 35, 35 / 55, 55 / 86, 43 / 6], rtol=1e-14)
    # Additive: y = 4/3 + 1/2 + 2 + 2 = 35/6, 1 + 1 + 2 + 1 = 5, 5/4 + 1 + 1 + 2 = 21/4: Y = 193/12.
    np.testing.assert_allclose(demand_of(projects, "additive").Y, 193 / 12, rtol=1e-14)
    np.testing.assert_allclose(demand_of(projects, reading="organisation").Y, 43 / 18, rtol=1e-14)


def test_members_alone() -> None:
    assert sufficiency([0.9, 1.0], [2, 1]).tolist() == [0.45, 1.0]
    assert sufficiency(0.5, 2, Exponents(B1=2.0, C1=0.0)).tolist() == 0.25
    assert difficulty([0.5], [2], [0.5], [1.0]).tolist() == [2.0]
    assert difficulty([0.5], [2], [0.5], [1.0], "additive").tolist() == [5.5]
    for form in FORMS:
        assert difficulty(1, 1, 1, 1, form) == ideal_difficulty(form)


def test_the_additive_form_of_one_certificate_starts_at_four() -> None:
    # The article reports 4 to 6 for each organisation: 4 is the ideal, 6 is 1/0.8 + 1 + 1/0.5 + 1/(4/7).
    assert ideal_difficulty("additive") == 4.0
    np.testing.assert_allclose(difficulty(0.8, 1, 0.5, 4 / 7, "additive"), 6.0)


def test_groups_without_members_show_nothing() -> None:
    supply = group_sufficiency([1], [0.5], [1.0], 3)
    assert supply.A1.tolist() == [0, 1, 0]
    assert supply.X.tolist() == [0.0, 0.5, 0.0]
    assert np.isnan(supply.B1).tolist() == np.isnan(supply.C1).tolist() == [True, False, True]
    demand = group_difficulty([], {name: [] for name in DEMAND}, 2, reading="organisation")
    assert demand.Y.tolist() == [0.0, 0.0]
    assert np.isnan([demand.B2, demand.C2, demand.D, demand.E]).all()
    assert group_sufficiency([], [], [], 0).X.shape == (0,)


def test_p_is_absent_without_projects_and_zero_without_auditors() -> None:
    P = matching([0.0, 0.0, 2.0, 2.0], [0.0, 4.0, 0.0, 4.0])
    np.testing.assert_array_equal(P, [np.nan, 0.0, np.nan, 0.5])


# --- against plain loops


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("powers", [{}, {"B1": 2.0, "C1": 0.5, "B2": 1.5, "C2": 0.0, "D": 0.25, "E": 3.0}])
def test_ten_thousand_random_groups_equal_plain_loops(form: Form, reading: Reading, powers: dict[str, float]) -> None:
    rng = np.random.default_rng(20270104)
    n_groups = 10_000
    exponents = Exponents.of(powers)
    group1, group2 = rng.integers(0, n_groups, 30_000), rng.integers(0, n_groups, 30_000)
    auditors = np.stack([rng.uniform(0.05, 1, 30_000), rng.integers(1, 12, 30_000)], axis=1)
    low = np.array([0.05, 1, 0.05, 0.05])
    projects = low + (np.array([1, 9, 1, 1]) - low) * rng.random((30_000, 4))
    supply = group_sufficiency(group1, auditors[:, 0], auditors[:, 1], n_groups, exponents)
    demand = group_difficulty(
        group2, dict(zip(DEMAND, projects.T, strict=True)), n_groups, form, reading, exponents=exponents
    )
    shown = {name: getattr(supply, name) for name in ("A1", "B1", "C1", "X")}
    shown |= {name: getattr(demand, name) for name in ("A2", *DEMAND, "Y")}
    shown["P"] = matching(supply.X, demand.Y)

    own: list[list[Any]] = [[] for _ in range(n_groups)]
    needs: list[list[Any]] = [[] for _ in range(n_groups)]
    for number, member in zip(group1.tolist(), auditors.tolist(), strict=True):
        own[number].append(tuple(member))
    for number, member in zip(group2.tolist(), projects.tolist(), strict=True):
        needs[number].append(tuple(member))
    rows = [naive_group(own[number], needs[number], form, reading, powers) for number in range(n_groups)]
    for name, values in shown.items():
        expected = [row.get(name, np.nan) for row in rows]
        np.testing.assert_allclose(values, expected, rtol=1e-12, atol=0, err_msg=name)


# --- what every form must satisfy


@given(people, clients, forms, readings, st.data())
def test_the_signs_of_the_partials(
    auditors: Members, projects: Members, form: Form, reading: Reading, data: Any
) -> None:
    before = degree_of(auditors, projects, form, reading)
    # A whole certificate or registration more, or a share raised by a tenth of what is missing.
    side, column, sign = data.draw(
        st.sampled_from([(0, 0, 1), (0, 1, -1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (1, 3, 1)]), label="factor"
    )
    changed = [auditors.copy(), projects.copy()]
    row = data.draw(st.integers(0, len(changed[side]) - 1), label="member")
    value = changed[side][row, column]
    changed[side][row, column] = value + 1 if column == 1 else value + (1 - value) / 10
    after = degree_of(changed[0], changed[1], form, reading)
    assert (after - before) * sign >= -1e-12 * before
    if column == 1 or value < 0.99:
        assert after != before


@given(people, clients, forms, readings, shares, counts)
def test_one_auditor_more_raises_p(
    auditors: Members, projects: Members, form: Form, reading: Reading, b1: float, c1: float
) -> None:
    more = np.vstack([auditors, (b1, c1)])
    assert degree_of(more, projects, form, reading) > degree_of(auditors, projects, form, reading)


@given(people, clients, forms, st.tuples(shares, counts, shares, shares))
def test_one_organisation_more_lowers_p_in_the_load_reading(
    auditors: Members, projects: Members, form: Form, client: tuple[float, ...]
) -> None:
    more = np.vstack([projects, client])
    assert degree_of(auditors, more, form, "load") < degree_of(auditors, projects, form, "load")


@given(people, clients, forms)
def test_in_the_reading_per_organisation_the_number_of_projects_has_no_effect(
    auditors: Members, projects: Members, form: Form
) -> None:
    twice = np.vstack([projects, projects])
    before = degree_of(auditors, projects, form, "organisation")
    assert degree_of(auditors, twice, form, "organisation") == pytest.approx(before, rel=1e-12)


@given(people)
def test_sufficiency_is_at_most_the_number_of_auditors(auditors: Members) -> None:
    supply = supply_of(auditors)
    assert supply.X[0] <= supply.A1[0]


@given(clients, forms)
def test_difficulty_is_at_least_the_number_of_projects_where_the_factors_make_none_easier(
    projects: Members, form: Form
) -> None:
    hard = projects[projects.prod(axis=1) <= 1]
    demand = demand_of(hard, form)
    assert demand.Y[0] >= demand.A2[0] * (1 - 1e-12)


@given(people, clients, forms, readings, weights)
def test_the_row_multiplies_out(
    auditors: Members, projects: Members, form: Form, reading: Reading, e: Exponents
) -> None:
    supply, demand = supply_of(auditors, e), demand_of(projects, form, reading, e)
    x = supply.A1 * supply.B1**e.B1 / supply.C1**e.C1
    parts = [demand.B2**-e.B2, demand.C2**-e.C2, demand.D**-e.D, demand.E**-e.E]
    y = np.prod(parts, axis=0) if form == "product" else np.sum(parts, axis=0)
    np.testing.assert_allclose(supply.X, x, rtol=1e-12)
    np.testing.assert_allclose(demand.Y, y * (demand.A2 if reading == "load" else 1), rtol=1e-12)
    np.testing.assert_allclose(supply.X, sufficiency(*auditors.T, exponents=e).sum(), rtol=1e-12)


@given(people, clients)
def test_effective_means_lie_between_the_members(auditors: Members, projects: Members) -> None:
    supply, demand = supply_of(auditors), demand_of(projects)
    pairs = [(auditors[:, 0], supply.B1), (auditors[:, 1], supply.C1)]
    pairs += [(projects[:, place], getattr(demand, name)) for place, name in enumerate(DEMAND)]
    for values, mean in pairs:
        assert values.min() * (1 - 1e-12) <= mean[0] <= values.max() * (1 + 1e-12)


# --- what is refused


def test_all_rows_outside_the_domain_are_named() -> None:
    with pytest.raises(ArgumentError) as caught:
        sufficiency([0.5, 0.0, -1.0, np.nan, 0.5, 1.5], [1, 1, 1, 1, 0.5, np.inf])
    message = str(caught.value)
    assert "B1 must be a number above 0 and at most 1, but is not in rows 1-3, 5" in message
    assert "C1 must be a number of at least 1, but is not in rows 4-5" in message
    with pytest.raises(ArgumentError, match=r"C2 .* rows 0; D .* rows 1; E .* rows 0-1"):
        difficulty([1, 1], [0, 1], [1, 0], [2, np.nan])
    with pytest.raises(ArgumentError, match="B2"):
        group_difficulty([0], {"B2": [0.0], "C2": [1], "D": [1], "E": [1]}, 1)
    with pytest.raises(ArgumentError, match="C1"):
        group_sufficiency([0], [1.0], [0], 1)


def test_unknown_choices_are_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(ArgumentError, match=r"form 'aditive' is not known\. Maybe 'additive'"):
        difficulty([1], [1], [1], [1], "aditive")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="one of 'load', 'organisation'"):
        demand_of(np.ones((1, 4)), reading="xyz")  # type: ignore[arg-type]
    for name in ("form", "reading", "grades", "registrations", "projects"):
        wrong: Mapping[str, Any] = {name: "?"}
        with pytest.raises(ArgumentError, match=name):
            replace(Options(), **wrong)
    check_choice("form", "product", FORMS)


@pytest.mark.parametrize("floor", [0.0, -1.0, 1.1, float("nan")])
def test_a_floor_outside_its_range_is_refused(floor: float) -> None:
    with pytest.raises(ArgumentError, match=r"Maybe 0\.05"):
        Options(floor=floor)


def test_group_numbers_must_exist() -> None:
    for group in ([-1], [1]):
        with pytest.raises(ArgumentError, match=r"0 \.\. 0"):
            group_sufficiency(group, [1], [1], 1)


def test_exponents_outside_their_range_are_refused() -> None:
    assert Exponents.of(None) == EQUAL
    assert Exponents.of(Exponents(D=2.0)) == Exponents.of({"D": 2})
    with pytest.raises(ArgumentError, match=r"B1 = -1\.0, E = 11\.0"):
        Exponents.of({"B1": -1, "E": 11})
    for wrong in (0.05, float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="C2"):
            Exponents(C2=wrong)
    with pytest.raises(UnknownNameError, match="'A1'"):
        Exponents.of({"A1": 2})


def test_the_floor_raises_what_lies_below_it() -> None:
    values, raised = floored([0.0, 0.02, 0.05, 1.0], 0.05)
    assert values.tolist() == [0.05, 0.05, 0.05, 1.0]
    assert raised.tolist() == [True, True, False, False]
