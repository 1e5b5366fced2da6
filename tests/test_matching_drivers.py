"""Drivers of P: contributions that leave nothing over, their limits, and the people and clients behind them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import (
    INTERN,
    OILS,
    SMALL,
    audit,
    auditor,
    client,
    holds,
    needs,
    random_register,
    register,
    tables_of,
)

import auditmatch as am
from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.matching import matching_degree
from auditmatch.matching.domain import Exponents, Options
from auditmatch.matching.drivers import FACTORS, log_mean, split
from auditmatch.matching.formula import group_difficulty, group_sufficiency

CHOICES = [(form, reading) for form in ("product", "additive") for reading in ("load", "organisation")]


def random_groups(
    rng: np.random.Generator, n: int, options: Options
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return the shown rows of n groups of 1 to 12 members a side, and X and Y summed from the members' own formula."""
    power = options.exponents
    sizes = rng.integers(1, 13, size=(2, n))
    people, clients = (np.repeat(np.arange(n), size) for size in sizes)
    b1 = rng.uniform(0.05, 1, len(people))
    c1 = rng.integers(1, 9, len(people)).astype(float)
    values = {name: rng.uniform(0.05, 1, len(clients)) for name in ("B2", "D", "E")}
    values["C2"] = rng.integers(1, 40, len(clients)).astype(float)
    supply = group_sufficiency(people, b1, c1, n, power)
    demand = group_difficulty(clients, values, n, options.form, options.reading, power)
    rows = {name: np.asarray(getattr(supply, name), float) for name in ("A1", "B1", "C1")}
    rows |= {name: np.asarray(getattr(demand, name), float) for name in ("A2", "B2", "C2", "D", "E")}
    inverse = [values[name] ** -getattr(power, name) for name in ("B2", "C2", "D", "E")]
    y = np.prod(inverse, axis=0) if options.form == "product" else np.sum(inverse, axis=0)
    X = np.add.reduceat(b1**power.B1 * c1**-power.C1, np.r_[0, np.cumsum(sizes[0])[:-1]])
    Y = np.add.reduceat(y, np.r_[0, np.cumsum(sizes[1])[:-1]])
    return rows, X, Y if options.reading == "load" else Y / sizes[1]


def greatest_miss(seed: int, n: int, form: Any, reading: Any, reference: str) -> float:
    """Return the greatest distance of summed contributions from ln P - ln P_ref over n random groups."""
    rng = np.random.default_rng(seed)
    powers = dict(zip(("B1", "C1", "B2", "C2", "D", "E"), rng.choice([0.0, 0.3, 1.0, 1.0, 2.5], 6), strict=True))
    options = Options(form, reading, Exponents(**powers))
    rows, X, Y = random_groups(rng, n, options)
    if reference == "ideal":
        others, P = {name: np.ones(n) for name in FACTORS}, np.full(n, 1.0 if form == "product" else 0.25)
    else:
        others, X_ref, Y_ref = random_groups(rng, n, options)
        P = X_ref / Y_ref
    total = np.sum(list(split(rows, others, options).values()), axis=0)
    return float(np.abs(total - (np.log(X / Y) - np.log(P))).max())


@pytest.mark.parametrize(("form", "reading"), CHOICES)
@pytest.mark.parametrize("reference", ["ideal", "other"])
def test_contributions_sum_to_log_P(form: Any, reading: Any, reference: str, count: Callable[[int, int], int]) -> None:
    assert greatest_miss(11, count(100_000, 2_000), form, reading, reference) <= 1e-12


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_contributions_sum_to_log_P_on_100_000_groups(seed: int) -> None:
    worst = max(greatest_miss(seed, 100_000, *choice, ref) for choice in CHOICES for ref in ("ideal", "other"))
    print(f"seed {seed}: greatest miss {worst:.2e}")
    assert worst <= 1e-12


def naive_additive(row: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Return the four terms' contributions by the method's own words: weight L(m, m') / L(S, S'), times ln(m / m')."""

    def mean(a: float, b: float) -> float:
        return a if a == b else (a - b) / math.log(a / b)

    names = ("B2", "C2", "D", "E")
    whole = mean(sum(1 / row[name] for name in names), sum(1 / other[name] for name in names))
    return {
        name: -mean(1 / row[name], 1 / other[name]) / whole * math.log(other[name] / row[name]) + 0.0 for name in names
    }


@given(st.lists(st.floats(0.05, 1), min_size=8, max_size=8))
def test_the_additive_split_is_that_of_the_logarithmic_mean(values: list[float]) -> None:
    row = dict(zip(FACTORS, [3.0, 0.5, 2.0, 5.0, *values[:4]], strict=True))
    other = dict(zip(FACTORS, [2.0, 0.7, 1.0, 4.0, *values[4:]], strict=True))
    arrays = [{name: np.array([value]) for name, value in each.items()} for each in (row, other)]
    parts = split(*arrays, Options("additive"))
    for name, expected in naive_additive(row, other).items():
        assert parts[name][0] == pytest.approx(expected, abs=1e-9), name  # the naive mean loses digits near a = b


def test_the_logarithmic_mean_keeps_its_digits() -> None:
    # L(2, 1) = 1 / ln 2; L(a, a) = a; near equality L is the middle to second order, where the plain quotient fails.
    assert log_mean(np.array([2.0, 3.0, 1 + 1e-15]), np.array([1.0, 3.0, 1.0])) == pytest.approx(
        [1 / math.log(2), 3.0, 1.0], rel=1e-15
    )


# --- what is shown


def worked() -> am.Register:
    """Two auditors with x = 0.5 and 1 of one field; two clients with y = 2 and 4."""
    rows = [auditor("a", routine=0.0, health=0.0, holidays=0.5), auditor("b"), holds("a"), holds("b")]
    rows += [client("o", coordination=0.5, policy=1.0), client("p", coordination=0.5, policy=0.5)]
    return register(*rows, audit("x", "o"), audit("y", "p"), needs("x"), needs("y"))


def test_a_row_of_drivers_can_be_worked_out_by_hand() -> None:
    frame = matching_degree(worked()).drivers("QMS", OILS).set_index("factor")
    # A1 = 2, B1 = 1.5 / 2, C1 = 1; A2 = 2, D = 2 / (2 + 2), E = 4 / 6. P = 1.5 / 6.
    assert frame["value"].tolist() == pytest.approx([2, 0.75, 1, 2, 1, 1, 0.5, 2 / 3])
    assert frame["reference"].tolist() == [1.0] * 8
    logs = np.log([2, 0.75, 1, 0.5, 1, 1, 0.5, 2 / 3])
    assert frame["contribution"].tolist() == pytest.approx(logs)
    assert frame["contribution"].sum() == pytest.approx(math.log(0.25))
    assert frame["share"].tolist() == pytest.approx(logs / np.abs(logs).sum())


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(CHOICES))
def test_the_frame_of_all_groups_holds_the_row_of_each(seed: int, choice: Any) -> None:
    whole = random_register(seed)
    now = matching_degree(whole, "2027-02-01", *choice)
    before = matching_degree(whole, "2026-03-01", *choice)
    first = next(zip(now.factors.field, now.factors.specialty, strict=True))
    for reference in ("ideal", before, first):
        every = now.all_drivers(reference)
        assert not every[list(FACTORS)].isna().to_numpy().any()
        for row in every.to_dict("records"):
            frame = now.drivers(row["field"], row["specialty"], reference)
            assert frame["contribution"].tolist() == [row[name] for name in FACTORS]
            assert np.abs(frame["share"]).sum() == pytest.approx(0.0 if not frame["contribution"].any() else 1.0)
            if row["P"] > 0 and row["reference"] > 0:
                assert row["change"] == pytest.approx(math.log(row["P"] / row["reference"]), abs=1e-12)


def test_a_group_without_auditors_or_projects_has_explicit_limits() -> None:
    # EMS: an auditor (with QMS as well, so C1 = 2) and no project. OHSMS: a project and no auditor.
    degree = matching_degree(register(*SMALL, holds("a", "EMS"), needs("x", "OHSMS")))
    ems, ohsms = (degree.drivers(field, OILS).set_index("factor") for field in ("EMS", "OHSMS"))
    assert ems["contribution"].to_dict() == {
        **dict.fromkeys(FACTORS, 0.0),
        "C1": pytest.approx(-math.log(2)),
        "A2": math.inf,
    }
    assert ems["share"].tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert ohsms["contribution"].to_dict() == {**dict.fromkeys(FACTORS, 0.0), "A1": -math.inf}
    assert ohsms["value"].isna().tolist() == [False, True, True, *[False] * 5]
    every = degree.all_drivers(("OHSMS", OILS)).set_index("field")
    assert every["A1"].tolist() == [math.inf, 0.0, math.inf]
    assert every.loc["EMS", "change"] == math.inf
    assert every.loc["QMS", ["P", "reference"]].tolist() == [0.5, 0.0]


def test_a_group_that_came_or_went_since_the_other_period() -> None:
    rows = [auditor("a"), holds("a", valid_until="2027-01-31"), holds("a", "EMS", valid_from="2027-02-01")]
    whole = register(*rows, client("o"), audit("x", "o"), needs("x"))
    january, february = matching_degree(whole, "2027-01-15"), matching_degree(whole, "2027-02-15")
    every = february.all_drivers(january).set_index("field")
    assert every["A1"].to_dict() == {"EMS": math.inf, "QMS": -math.inf}
    assert every.loc["EMS"].isna().to_dict()["P"]  # nobody asks for it
    assert february.drivers("EMS", OILS, january)["reference"].tolist()[0] == 0.0
    # Neither auditors nor projects there, only auditors here: A1 alone is endless.
    assert every.loc["EMS", list(FACTORS[1:])].tolist() == [0.0] * 7


def test_frames_come_in_the_library_of_the_register() -> None:
    tables = {name: pl.DataFrame(columns) for name, columns in tables_of(*SMALL, needs("x", "EMS")).items()}
    degree = matching_degree(am.Register.from_tables(tables))
    assert degree.drivers("EMS", OILS)["value"].null_count() == 2  # B1 and C1 of nobody
    assert isinstance(degree.all_drivers(), pl.DataFrame)


def test_references_that_cannot_be_used_are_refused() -> None:
    degree = matching_degree(register(*SMALL))
    with pytest.raises(UnknownNameError, match=r"no field is called 'QSM'.*'QMS'"):
        degree.drivers("QSM", OILS)
    with pytest.raises(UnknownNameError, match=r"no specialty of QMS is called '03\.04\.10'"):
        degree.drivers("QMS", "03.04.10")
    with pytest.raises(UnknownNameError, match=r"no group is called 'QMS 03\.04\.11'.*'QMS 03\.04\.01'"):
        degree.all_drivers(("QMS", "03.04.11"))
    with pytest.raises(ArgumentError, match="Maybe 'ideal', a pair"):
        degree.drivers("QMS", OILS, "idle")
    for how in ({"form": "additive"}, {"reading": "organisation"}, {"exponents": {"D": 2.0}}):
        with pytest.raises(ArgumentError, match="Maybe compute both alike"):
            degree.all_drivers(matching_degree(register(*SMALL), **how))


# --- persons and organisations


@pytest.mark.parametrize(("form", "reading"), CHOICES)
def test_P_without_a_cause_is_P_of_the_register_without_it(form: Any, reading: Any) -> None:
    def whole(better: str = "") -> am.Register:
        rows = [*INTERN, auditor("b", routine=0.0 if better != "b" else 1.0), auditor("c"), holds("b"), holds("c")]
        hard = {"coordination": 0.5, "policy": 0.5} if better != "o" else {"coordination": 1.0, "policy": 1.0}
        rows += [client("o", **hard), client("p", coordination=0.5, policy=1.0), audit("x", "o"), audit("y", "p")]
        return register(*rows, needs("x"), needs("y"))

    degree = matching_degree(whole(), form=form, reading=reading)
    person = degree.lowest_auditors("QMS", OILS).iloc[0]
    organisation = degree.hardest_organisations("QMS", OILS).iloc[0]
    for row, name in ((person, "b"), (organisation, "o")):
        assert row.iloc[0] == name
        after = matching_degree(whole(name), form=form, reading=reading)
        assert row["P_without"] == pytest.approx(after.P[0])
        assert after.P[0] > degree.P[0]
