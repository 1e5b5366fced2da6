"""Fuzzy factors: fuzzy numbers and words, their cuts, and P as a fuzzy number against a sweep of all its inputs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import OILS, SMALL, audit, auditor, client, holds, needs, random_register, register, tables_of
from naive_fuzzy import naive_grade, naive_p, naive_trapezoid

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.fuzzy_tables import AUDITOR_ITEMS, FUZZY_ITEMS, ORGANISATION_ITEMS
from auditmatch.matching import FuzzyArray, FuzzyDegree, FuzzyNumber, Membership, matching_degree
from auditmatch.memberships import CODES, FUNCTIONS

shares = st.floats(0, 1).map(lambda share: round(share, 6))
trapezoids = st.lists(shares, min_size=4, max_size=4).map(lambda corners: FuzzyNumber(*sorted(corners)))
distinct = st.lists(st.integers(0, 40), min_size=4, max_size=4, unique=True).map(lambda p: [x / 40 for x in sorted(p)])
widths = st.floats(0.02, 0.5)


@st.composite
def memberships(draw: st.DrawFn) -> Membership:
    """Draw a function of any kind whose core lies in [0, 1]."""
    kind, p = draw(st.sampled_from(list(FUNCTIONS))), draw(distinct)
    if kind in ("gaussmf", "gauss2mf"):
        parameters = (p[0], draw(widths), p[1], draw(widths))[: len(FUNCTIONS[kind].parameters)]
    elif kind == "gbellmf":
        parameters = (draw(widths), draw(st.floats(0.5, 5)), p[0])
    else:
        parameters = tuple(p[: len(FUNCTIONS[kind].parameters)])
    return Membership(kind, parameters)


# --- fuzzy numbers


def test_a_triangle_by_hand() -> None:
    # From 0.2 it rises over 0.4 to its peak 0.6 and falls over 0.2 to 0.8; at level 1/2: 0.2 + 0.2 and 0.8 - 0.1.
    triangle = FuzzyNumber.parse("tri(0.2, 0.6, 0.8)")
    assert (triangle.support, triangle.core) == ((0.2, 0.8), (0.6, 0.6))
    np.testing.assert_allclose(triangle.cut(0.5), [0.4, 0.7])
    np.testing.assert_allclose(triangle.grade([0.1, 0.3, 0.6, 0.75, 0.9]), [0, 0.25, 1, 0.25, 0])
    # The centroid of a triangle is the mean of its corners.
    assert triangle.centroid == pytest.approx((0.2 + 0.6 + 0.8) / 3)
    assert FuzzyNumber.interval(0.5, 0.8).centroid == pytest.approx(0.65)
    assert FuzzyNumber.number(0.3).centroid == 0.3


@pytest.mark.parametrize(
    ("text", "corners"),
    [
        ("0.6", (0.6, 0.6, 0.6, 0.6)),
        (" .5 ", (0.5, 0.5, 0.5, 0.5)),
        ("[0.5, 0.8]", (0.5, 0.5, 0.8, 0.8)),
        ("［0.5，0.8］", (0.5, 0.5, 0.8, 0.8)),
        ("[0.5；0.8]", (0.5, 0.5, 0.8, 0.8)),
        ("tri(0.4,0.6,0.8)", (0.4, 0.6, 0.6, 0.8)),
        ("Tri（0.4、0.6、0.8）", (0.4, 0.6, 0.6, 0.8)),
        ("trimf(0.4 0.6 0.8)", (0.4, 0.6, 0.6, 0.8)),
        ("trap(0.1, 0.2, 0.3, 0.4)", (0.1, 0.2, 0.3, 0.4)),
    ],
)
def test_texts_that_read_as_fuzzy_numbers(text: str, corners: tuple[float, ...]) -> None:
    assert FuzzyNumber.parse(text) == FuzzyNumber(*corners)


@settings(deadline=None)
@given(trapezoids)
def test_a_fuzzy_number_survives_being_written(number: FuzzyNumber) -> None:
    assert FuzzyNumber.parse(str(number)) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[0.8, 0.5]", r"has its numbers out of order\. Maybe \[0\.5, 0\.8\]\?"),
        ("tri(0.8, 0.6, 0.4)", r"out of order\. Maybe tri\(0\.4, 0\.6, 0\.8\)\?"),
        ("trap(0, 0.5, 0.4, 1)", r"out of order\. Maybe trap\(0, 0\.4, 0\.5, 1\)\?"),
        ("tri(0.1, 0.2)", r"takes 3 numbers, not 2"),
        ("[0.1]", r"takes two numbers in brackets, not 1"),
        ("[0.1, ]", r"lacks a number"),
        ("tri(0.1, x, 1)", r"has 'x' where a number is wanted"),
        ("[0.1, nan]", r"has 'nan' where a number is wanted"),
        ("trip(0.1, 0.2, 0.3)", r"is no membership function\. Maybe tri\?"),
        ("nan", r"is not a finite number"),
        ("1e999", r"is not a finite number"),
        ("60%", r"is no fuzzy number\. Maybe 0\.6\?"),
        ("good", r"is no fuzzy number"),
        ("gaussmf(0.5, 0.1)", r"is no fuzzy number"),
        ("", r"is no fuzzy number"),
    ],
)
def test_texts_that_are_no_fuzzy_number_say_why(text: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        FuzzyNumber.parse(text)


def test_numbers_out_of_order_or_not_finite_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"\(0\.5, 0\.4, 0\.6, 1\).*out of order\. Maybe 0\.4, 0\.5, 0\.6, 1\?"):
        FuzzyNumber(0.5, 0.4, 0.6, 1)
    with pytest.raises(ArgumentError, match="not a finite number"):
        FuzzyNumber(0.5, float("nan"), 0.6, 1)
    for function, parameters in (("gaussmf", (0.5, 0.0)), ("smf", (0.5, 0.5)), ("gauss2mf", (0.6, 0.1, 0.5, 0.1))):
        with pytest.raises(ArgumentError, match=function):
            Membership(function, parameters)
    with pytest.raises(UnknownNameError, match="'trimf'"):
        Membership("trimff", (0, 0.5, 1))


# --- membership functions


@settings(deadline=None)
@given(memberships(), shares)
def test_every_function_is_scikit_fuzzys(shape: Membership, x: float) -> None:
    # Two ways to the same number: the library's own, and the formula of its documentation.
    assert shape.grade(x) == pytest.approx(naive_grade(shape.function, shape.parameters, x), abs=1e-12)


@settings(deadline=None)
@given(memberships(), st.floats(0.001, 1.0), shares)
def test_a_cut_holds_exactly_the_members_of_its_level(shape: Membership, level: float, x: float) -> None:
    low, high = shape.cut(level, 0, 1)
    grade = naive_grade(shape.function, shape.parameters, x)
    if low <= x <= high:
        assert grade >= level - 1e-9
    else:
        assert grade < level + 1e-9
    # Where the domain does not cut it off, the function takes the level at the ends of the cut.
    for end, edge in ((float(low), 0.0), (float(high), 1.0)):
        if end != edge:
            at_end = naive_grade(shape.function, shape.parameters, end)
            assert at_end == pytest.approx(level, abs=1e-9) or (shape.straight and at_end in (0.0, 1.0))


@settings(deadline=None)
@given(memberships())
def test_cuts_are_nested_and_end_in_the_core(shape: Membership) -> None:
    low, high = shape.cut(np.linspace(0, 1, 21), 0, 1)
    assert (np.diff(low) >= -1e-15).all()
    assert (np.diff(high) <= 1e-15).all()
    assert low[-1] <= high[-1]


@settings(deadline=None)
@given(memberships())
def test_the_centroid_is_that_of_a_fine_sum(shape: Membership) -> None:
    x = (np.arange(20_000) + 0.5) / 20_000
    y = shape.grade(x)
    assert shape.centroid(0, 1) == pytest.approx(float((x * y).sum() / y.sum()), abs=2e-4)


def test_the_centroid_of_a_cut_off_triangle_by_hand() -> None:
    # tri(-0.3, 0, 0.4) cut off at 0: right-angled, so a third of 0.4. tri(0.8, 1, 1.4) cut off at 1: 1 - 0.2 / 3.
    assert Membership("trimf", (-0.3, 0, 0.4)).centroid(0, 1) == pytest.approx(0.4 / 3, abs=1e-15)
    assert Membership("trimf", (0.8, 1, 1.4)).centroid(0, 1) == pytest.approx(1 - 0.2 / 3, abs=1e-15)
    # From 0 to 0.2 full, then down to 0 at 1.2, cut off at 1 where 0.2 is left: a block of 0.2, and a trapezoid of
    # area 0.8 * 1.2 / 2 = 0.48 whose centre lies 0.8 * (1 + 2 * 0.2) / (3 * 1.2) = 0.311111 right of 0.2.
    middle = (0.2 * 0.1 + 0.48 * (0.2 + 0.8 * 1.4 / 3.6)) / 0.68
    assert Membership("trapmf", (0, 0, 0.2, 1.2)).centroid(0, 1) == pytest.approx(middle, abs=1e-15)


# --- arrays


@settings(deadline=None)
@given(st.lists(st.one_of(memberships(), trapezoids, shares), min_size=1, max_size=8), st.integers(2, 9))
def test_an_array_cuts_its_elements_one_by_one(values: list[Any], count: int) -> None:
    array, levels = FuzzyArray.of(values), np.linspace(0, 1, count)
    low, high = array.cut(levels[:, None])
    assert low.shape == high.shape == (count, len(values))
    for place, value in enumerate(values):
        shape = value if isinstance(value, Membership) else getattr(value, "membership", None)
        expected = shape.cut(levels, 0, 1) if shape else (np.full(count, value),) * 2
        np.testing.assert_allclose([low[:, place], high[:, place]], expected, atol=1e-15)
        own = array.cut(np.array([0.3]), np.array([place]))  # a level of its own
        np.testing.assert_allclose(
            np.ravel(own), [np.ravel(e)[0] for e in (shape.cut(0.3, 0, 1) if shape else [value] * 2)]
        )
    assert not array.values.flags.writeable


def test_an_array_lists_every_bad_row_at_once() -> None:
    bad: list[Any] = [0.5, "[60, 80]", "goood", 1.5, float("nan"), FuzzyNumber(0, 1, 1, 2), "[0.5, 0.4]"]
    with pytest.raises(InputError) as caught:
        FuzzyArray.of(bad, {"good": Membership("trimf", (0.6, 0.8, 1))})
    assert [problem.row for problem in caught.value.problems] == [1, 2, 3, 4, 5, 6]
    assert "values row 1: [60, 80] lies outside 0 .. 1. Maybe [0.6, 0.8]?" in str(caught.value)
    assert "values row 2: goood is a word without a membership function. Maybe good?" in str(caught.value)
    assert "values row 4: nan is not a finite number. Maybe 0.6" in str(caught.value)


# --- P as a fuzzy number, against a sweep of everything its inputs may be


class Case:
    """A random group of two auditors and two clients, of whose items one to three are fuzzy."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.people = [{item: float(rng.choice([0.0, 0.02, 0.4, 1.0])) for item in AUDITOR_ITEMS} for _ in "ab"]
        self.clients = [
            {item: float(rng.choice([0.03, 0.5, 1.0])) for item in ORGANISATION_ITEMS}
            | {"certificates": float(rng.integers(1, 4))}
            for _ in "op"
        ]
        self.fields = [int(rng.integers(1, 4)) for _ in "ab"]
        self.form, self.reading = str(rng.choice(["product", "additive"])), str(rng.choice(["load", "organisation"]))
        self.power = {name: float(rng.choice([0.0, 0.5, 1.0, 2.0])) for name in ("B1", "C1", "B2", "C2", "D", "E")}
        self.floor = float(rng.choice([0.05, 0.2]))
        members = [("a", 0), ("b", 1), ("o", 0), ("p", 1)]
        every = [(m, item) for m in members for item in (AUDITOR_ITEMS if m[0] in "ab" else ORGANISATION_ITEMS)]
        number = int(rng.integers(1, 4))
        self.fuzzy = {}
        for place in rng.choice(len(every), number, replace=False):
            low, width = (1.0, 4.0) if every[place][1] == "certificates" else (0.0, 1.0)
            corners = low + width * np.sort(rng.random(4)).round(3)
            kind = rng.integers(3)  # a trapezoid, a triangle, an interval
            corners[2] = corners[1] if kind == 1 else corners[2]
            corners[[1, 2]] = corners[[0, 3]] if kind == 2 else corners[[1, 2]]
            self.fuzzy[every[place]] = corners

    def degree(self) -> am.MatchingDegree:
        rows = [(auditor(n, **cells), n) for n, cells in zip("ab", self.people, strict=True)]
        flat = [row for row, _ in rows]
        for name, count in zip("ab", self.fields, strict=True):
            flat += [holds(name, field) for field in ("QMS", "EMS", "OHSMS")[:count]]
        for name, cells in zip("op", self.clients, strict=True):
            flat += [client(name, **cells), audit(f"x{name}", name), needs(f"x{name}")]
        for ((member, _), item), corners in self.fuzzy.items():
            text = f"trap({', '.join(map(repr, corners.tolist()))})"
            flat.append(("fuzzy", {"member_id": member, "item": item, "value": text}))
        choices: dict[str, Any] = {"form": self.form, "reading": self.reading, "exponents": self.power}
        return matching_degree(register(*flat), **choices, floor=self.floor)

    def p(self, values: list[Any]) -> Any:
        """P with the fuzzy items at given values, which may be arrays."""
        people = [dict(one, C1=float(count)) for one, count in zip(self.people, self.fields, strict=True)]
        clients = [dict(one) for one in self.clients]
        for ((member, place), item), value in zip(self.fuzzy, values, strict=True):
            (people if member in "ab" else clients)[place][item] = value
        return naive_p(people, clients, self.form, self.reading, self.power, self.floor)

    def check(self, levels: list[float]) -> float:
        """Hold the cuts against a sweep in both directions; return how far, relatively, they may still lie apart."""
        result = self.degree().fuzzy(levels)
        (group,) = np.flatnonzero(result.degree.factors.field == "QMS")
        size = {1: 10_001, 2: 101, 3: 22}[len(self.fuzzy)]
        axes = [np.linspace(corners[0], corners[3], size) for corners in self.fuzzy.values()]
        grades = [
            np.array([naive_trapezoid(x, *corners) for x in axis])
            for axis, corners in zip(axes, self.fuzzy.values(), strict=True)
        ]
        points = [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
        member = np.min([grade.ravel() for grade in np.meshgrid(*grades, indexing="ij")], axis=0)
        swept = np.broadcast_to(self.p(points), member.shape)
        assert len(swept) >= 10_000
        apart = 0.0
        for row, level in enumerate(result.levels.tolist()):
            low, high = result.low[row, group], result.high[row, group]
            inside = swept[member >= level]
            # Nothing of this level lies outside the cut.
            if inside.size:
                assert low <= inside.min() * (1 + 1e-12)
                assert high >= inside.max() * (1 - 1e-12)
            # And the cut reaches no further than the nodes just outside the level, one step beyond those inside.
            below, above = [], []
            for axis, grade, corners in zip(axes, grades, self.fuzzy.values(), strict=True):
                rising, falling = (grade < level) & (axis < corners[1]), (grade < level) & (axis > corners[2])
                below.append(axis[rising].max(initial=axis[0]))
                above.append(axis[falling].min(initial=axis[-1]))
            assert low >= self.p(below) * (1 - 1e-12)
            assert high <= self.p(above) * (1 + 1e-12)
            if inside.size:
                apart = max(apart, 1 - self.p(below) / inside.min(), self.p(above) / inside.max() - 1)
        return apart


def test_cuts_equal_a_sweep_of_ten_thousand_points_in_both_directions(count: Callable[[int, int], int]) -> None:
    for seed in range(count(1000, 60)):
        Case(seed).check([0.0, 0.25, 0.6, 1.0])


def test_the_sweep_can_fail() -> None:
    # Of a case with one fuzzy item the sweep leaves less than a thousandth open, so that a wrong cut would be seen.
    one = [seed for seed in range(40) if len(Case(seed).fuzzy) == 1]
    assert len(one) > 5
    gaps = [Case(seed).check([0.25, 0.6]) for seed in one]
    assert max(gaps) < 1e-2
    assert float(np.median(gaps)) < 1e-3


ROWS = (
    ("terms", {"word": "较好", "function": "trimf", "parameters": "0.6, 0.8, 1"}),
    ("fuzzy", {"member_id": "a", "item": "routine", "value": "较好"}),
    ("fuzzy", {"member_id": "o", "item": "client_timing", "value": "[0.6, 0.8]"}),
)


def test_one_group_by_hand() -> None:
    # x = (routine + 4) / 5: 0.92 .. 1 with core 0.96. B2 = (timing + 1) / 2: 0.8 .. 0.9, so y = 1 / 0.9 .. 1 / 0.8.
    result = matching_degree(register(*SMALL, *ROWS)).fuzzy(3)
    np.testing.assert_allclose(result.low[:, 0], [0.92 * 0.8, 0.94 * 0.8, 0.96 * 0.8])
    np.testing.assert_allclose(result.high[:, 0], [0.9, 0.98 * 0.9, 0.96 * 0.9])
    np.testing.assert_allclose(result.y_low[:, 0], 1 / 0.9)
    # The low end is 0.736 + 0.032 a, the high end 0.9 - 0.036 a: P >= 0.75 certainly but for levels below
    # 0.014 / 0.032, so N = 1 - 0.4375; P >= 0.89 possibly up to 0.01 / 0.036.
    assert result.necessity(0.75)["necessity"].tolist() == pytest.approx([0.5625])
    assert result.possibility(0.75)["possibility"].tolist() == [1.0]
    assert result.possibility(0.89)["possibility"].tolist() == pytest.approx([0.01 / 0.036])
    assert result.necessity(0.89)["necessity"].tolist() == [0.0]
    assert result.possibility(0.91)["possibility"].tolist() == [0.0]
    assert result.necessity(0.73)["necessity"].tolist() == [1.0]
    # A trapezoid of 0.736, 0.768, 0.864, 0.9.
    assert result.centroid[0] == pytest.approx(FuzzyNumber(0.736, 0.768, 0.864, 0.9).centroid, abs=1e-12)
    table = result.table
    shown = ["P", "low", "high", "core_low", "core_high", "centroid", "possibility", "necessity"]
    assert table.columns.tolist() == ["field", "specialty", *shown]
    assert table.loc[0, ["possibility", "necessity"]].tolist() == [0.0, 0.0]
    assert result.cuts("QMS", OILS)["level"].tolist() == [0.0, 0.5, 1.0]
    assert repr(result) == "FuzzyDegree of 1 groups, 1 of them fuzzy, 3 levels"


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.05, 1.0))
def test_possibility_and_necessity_are_the_levels_at_which_cuts_meet_the_threshold(seed: int, share: float) -> None:
    degree = Case(seed).degree()
    result = degree.fuzzy()
    (group,) = np.flatnonzero(degree.factors.field == "QMS")
    threshold = float(result.low[0, group] + share * (result.high[0, group] - result.low[0, group]))
    possible = result.possibility(threshold)["possibility"][group]
    certain = result.necessity(threshold)["necessity"][group]
    assert 0 <= certain <= possible <= 1
    assert possible == 1 or certain == 0  # necessary only what is fully possible
    if 0 < possible < 1:
        assert degree.fuzzy([possible]).high[1, group] == pytest.approx(threshold, rel=1e-9)
    if 0 < certain < 1:
        assert degree.fuzzy([1 - certain]).low[1, group] == pytest.approx(threshold, rel=1e-9)


def test_plain_numbers_give_plain_degrees() -> None:
    for seed in range(20):
        degree = matching_degree(random_register(seed), "2027-02-01")
        result = degree.fuzzy()
        for name, values in (
            ("low", degree.P),
            ("high", degree.P),
            ("x_low", degree.supply.X),
            ("y_high", degree.demand.Y),
        ):
            np.testing.assert_allclose(getattr(result, name), np.tile(values, (11, 1)), rtol=1e-12, err_msg=name)
        np.testing.assert_array_equal(result.centroid, result.high[-1])
        absent = np.isnan(degree.P)
        possible = result.possibility(0.5)["possibility"].to_numpy()
        np.testing.assert_array_equal(possible, np.where(absent, np.nan, (degree.P >= 0.5) * 1.0))
        np.testing.assert_array_equal(possible, result.necessity(0.5)["necessity"])


def test_a_threshold_that_is_met_exactly_is_met() -> None:
    result = matching_degree(register(*SMALL)).fuzzy()  # P = 1
    assert result.table.loc[0, ["possibility", "necessity"]].tolist() == [1.0, 1.0]
    assert result.possibility(1.0 + 1e-9)["possibility"].tolist() == [0.0]


def test_absent_is_absent_and_zero_is_zero() -> None:
    table = matching_degree(register(*SMALL, *ROWS, holds("a", "EMS"), needs("x", "OHSMS"))).fuzzy().table
    table = table.set_index("field")
    assert table.loc["EMS"].drop("specialty").isna().all()
    assert (table.loc["OHSMS"].drop("specialty") == 0).all()


def test_crisp_degrees_take_the_centroid() -> None:
    # The triangle 0.6, 0.8, 1 has its centroid at 0.8; the interval in the middle, 0.7; policy's word at its peak.
    rows = (("fuzzy", {"member_id": "o", "item": "policy", "value": "gaussmf(0.5, 0.05)"}),)
    rows += (("fuzzy", {"member_id": "o", "item": "certificates", "value": "tri(1, 2, 6)"}),)
    degree = matching_degree(register(*SMALL, *ROWS, *rows))
    assert degree.auditors["B1"].tolist() == pytest.approx([(0.8 + 4) / 5])
    shown = degree.organisations.loc[0, ["B2", "C2", "E"]].tolist()
    assert shown == pytest.approx([(0.7 + 1) / 2, 3.0, 0.5], abs=1e-9)


def test_a_fuzzy_item_goes_before_the_cell_and_a_word_of_its_own_before_that_for_all() -> None:
    own = ("terms", {"word": "较好", "item": "routine", "function": "trapmf", "parameters": "0.5, 0.5, 0.5, 0.5"})
    degree = matching_degree(register(auditor("a", routine=0.1), *SMALL[1:], *ROWS, own))
    assert degree.auditors["B1"].tolist() == pytest.approx([(0.5 + 4) / 5])


def test_the_floor_holds_at_every_level() -> None:
    rows = [("fuzzy", {"member_id": "o", "item": "policy", "value": "[0, 1]"})]
    result = matching_degree(register(*SMALL, *rows), floor=0.1).fuzzy()
    np.testing.assert_allclose(result.low[:, 0], 0.1)
    np.testing.assert_allclose(result.high[:, 0], 1.0)


@pytest.mark.parametrize("item", FUZZY_ITEMS)
@pytest.mark.parametrize(("form", "reading"), list(product(["product", "additive"], ["load", "organisation"])))
def test_p_rises_with_every_item(item: str, form: Any, reading: Any) -> None:
    member = "a" if item in AUDITOR_ITEMS else "o"
    least, most = ("1", "3") if item == "certificates" else ("0.3", "0.9")
    found = []
    for value in (least, most):
        rows = [("fuzzy", {"member_id": member, "item": item, "value": value})]
        found.append(matching_degree(register(*SMALL, *rows), form=form, reading=reading).P[0])
    assert found[0] < found[1]


def test_levels_that_are_none_are_refused() -> None:
    degree = matching_degree(register(*SMALL))
    for levels in (1, 0, -3, [0.5, 1.2], [float("nan")]):
        with pytest.raises(ArgumentError, match="Maybe 11"):
            degree.fuzzy(levels)
    for threshold in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="threshold"):
            degree.fuzzy().possibility(threshold)
    with pytest.raises(UnknownNameError, match=r"'QMS 03\.04\.01'"):
        degree.fuzzy().cuts("QMS", "03.04.02")
    assert degree.fuzzy([0.3]).levels.tolist() == [0.0, 0.3, 1.0]
    assert isinstance(degree.fuzzy(), FuzzyDegree)


# --- tables


def test_fuzzy_tables_survive_files(tmp_path: Path) -> None:
    whole = register(*SMALL, *ROWS)
    for target in (tmp_path / "cb", tmp_path / "cb.xlsx"):
        whole.write(target)
        again = am.read(target)
        assert again.fuzzy["value"].tolist() == ["较好", "[0.6, 0.8]"]
        assert matching_degree(again).fuzzy().low.tolist() == matching_degree(whole).fuzzy().low.tolist()


def test_frames_come_in_the_library_of_the_register() -> None:
    tables = {name: pl.DataFrame(columns) for name, columns in tables_of(*SMALL, *ROWS).items()}
    result = matching_degree(am.Register.from_tables(tables)).fuzzy()
    for frame in (result.table, result.cuts("QMS", OILS), result.possibility(), result.necessity()):
        assert isinstance(frame, pl.DataFrame)


def test_every_bad_cell_is_told_at_once_with_a_way_out() -> None:
    def term(word: str, parameters: str, **cells: Any) -> tuple[str, dict[str, Any]]:
        return "terms", {"word": word, "function": "trimf", "parameters": parameters} | cells

    def fuzzy(member: str, item: str, value: Any) -> tuple[str, dict[str, Any]]:
        return "fuzzy", {"member_id": member, "item": item, "value": value}

    rows = [
        term("0.5", "0, 0.5, 1"),
        term("good", "0.9, 0.8, 1"),
        term("large", "2, 3, 4"),
        term("fair", "0.5, 0.6", item="health"),
        fuzzy("b", "routine", "0.5"),
        fuzzy("a", "routine", "goood"),
        fuzzy("a", "health", "excellent"),
        fuzzy("o", "client_timing", "[0.8, 0.5]"),
        fuzzy("o", "certificates", "tri(0, 2, 3)"),
        fuzzy("o", "policy", "1.2"),
        fuzzy("o", "inspections", "nan"),
        fuzzy("o", "coordination", "80"),
        fuzzy("a", "policy", "0.5"),
        fuzzy("a", "mood", "0.5"),
        fuzzy("a", "caprice", None),
    ]
    with pytest.raises(InputError) as caught:
        register(*SMALL, *rows)
    said = [str(problem) for problem in caught.value.problems]
    assert said == [
        "terms row 2, word: 0.5 reads as a number, not as a word. Maybe about half?",
        "terms row 3, parameters: 0.9, 0.8, 1 trimf has its numbers out of order. Maybe 0.8, 0.9, 1?",
        "terms row 4, parameters: 2, 3, 4 trimf never reaches 1 in 0 .. 1. Maybe write shares, 0.6 for 60 %?",
        "terms row 5, parameters: 0.5, 0.6 trimf takes 3 numbers, not 2. Maybe trimf(a, b, c)?",
        "fuzzy row 2, member_id: b is not in auditors. Maybe add it to auditors?",
        "fuzzy row 3, value: goood is a word without a membership function. Maybe good?",
        "fuzzy row 4, value: excellent is a word without a membership function. Maybe declare it in terms?",
        "fuzzy row 5, value: [0.8, 0.5] has its numbers out of order. Maybe [0.5, 0.8]?",
        "fuzzy row 6, value: tri(0, 2, 3) lies outside 1 .. 1000000. Maybe tri(1, 2, 3)?",
        "fuzzy row 7, value: 1.2 lies outside 0 .. 1. Maybe 1?",
        "fuzzy row 8, value: nan is not a finite number. Maybe 0.6, [0.5, 0.8] or tri(0.4, 0.6, 0.8)?",
        "fuzzy row 9, value: 80 lies outside 0 .. 1. Maybe 0.8?",
        "fuzzy row 10, member_id: a is not in organisations. Maybe add it to organisations?",
        f"fuzzy row 11, item: mood is not one of {', '.join(FUZZY_ITEMS)}",
        "fuzzy row 12, value: the cell is empty",
    ]
    assert len(said) == 15


def test_codes_number_the_functions_in_their_order() -> None:
    assert list(CODES.values()) == list(range(len(FUNCTIONS)))
