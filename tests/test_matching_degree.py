"""The matching degree of whole registers: against plain loops, what is shown, and the article's applications."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import (
    INTERN,
    OILS,
    SHOWN,
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
from naive import naive_degree

import auditmatch as am
from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.matching import matching_degree

# --- against plain loops


@settings(deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["product", "additive"]),
    st.sampled_from(["load", "organisation"]),
    st.sampled_from(["auditing", "all"]),
    st.sampled_from(["fields", "pairs"]),
    st.sampled_from(["organisations", "audits"]),
)
def test_random_registers_equal_plain_loops(
    seed: int, form: Any, reading: Any, grades: Any, registrations: Any, projects: Any
) -> None:
    whole = random_register(seed)
    what = {"grades": grades, "registrations": registrations, "projects": projects}
    degree = matching_degree(whole, "2027-02-01", form, reading, **what)
    expected = naive_degree(whole, datetime.date(2027, 2, 1), **what, form=form, reading=reading)
    table = degree.table
    pairs = list(zip(table["field"], table["specialty"], strict=True))
    assert pairs == sorted(expected)
    for name in SHOWN:
        values = [expected[pair].get(name, np.nan) for pair in pairs]
        np.testing.assert_allclose(table[name], values, rtol=1e-12, err_msg=name)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_members_add_up_to_their_groups(seed: int) -> None:
    degree = matching_degree(random_register(seed), "2027-02-01")
    supply, demand = degree.factors.supply, degree.factors.demand
    n = len(degree.P)
    np.testing.assert_allclose(np.bincount(supply.group, degree.x[supply.member], n), degree.supply.X, rtol=1e-12)
    np.testing.assert_allclose(np.bincount(demand.group, degree.y[demand.member], n), degree.demand.Y, rtol=1e-12)
    assert degree.auditors["groups"].sum() == degree.table["A1"].sum()
    assert degree.organisations["projects"].sum() == degree.table["A2"].sum()


# --- what is shown


def test_absent_is_absent_and_zero_is_zero() -> None:
    degree = matching_degree(register(*SMALL, holds("a", "EMS"), needs("x", "OHSMS")))
    table = degree.table.set_index("field")
    assert table.columns.tolist() == ["specialty", *SHOWN, "schedulable", "floored"]
    assert (table.loc["EMS", ["A2", "Y"]] == 0).all()
    assert table.loc["EMS", ["B2", "C2", "D", "E", "P"]].isna().all()
    assert (table.loc["OHSMS", ["A1", "X", "P"]] == 0).all()
    assert table.loc["OHSMS", ["B1", "C1"]].isna().all()
    assert repr(degree) == (
        "MatchingDegree at 2027-01-04, form product, reading load: 3 groups, 2 with P below 1, 1 without projects"
    )


@pytest.mark.parametrize(("library", "kind"), [(pl.DataFrame, pl.DataFrame), (pa.table, pa.Table)])
def test_frames_come_in_the_library_of_the_register(library: Any, kind: Any) -> None:
    tables = tables_of(*SMALL, holds("a", "EMS"))
    whole = am.Register.from_tables({name: library(columns) for name, columns in tables.items()})
    degree = matching_degree(whole)
    for frame in (degree.table, degree.auditors, degree.organisations, degree.short_groups(), degree.lowest_auditors()):
        assert isinstance(frame, kind)
    nulls = degree.table["P"].null_count() if kind is pl.DataFrame else degree.table["P"].null_count
    assert nulls == 1
    assert degree.table["field"].to_pylist() == ["EMS", "QMS"] if kind is pa.Table else True


def test_personal_items_are_shown_only_when_asked_for_by_name() -> None:
    degree = matching_degree(register(auditor("a", health=0.4, caprice=0.9), *SMALL[1:]))
    frames = (degree.table, degree.auditors, degree.organisations, degree.short_groups())
    frames += (degree.lowest_auditors(), degree.hardest_organisations())
    for frame in frames:
        assert not {"routine", "health", "caprice", "holidays", "incidents"} & set(frame.columns)
    assert degree.auditor_items("health").to_dict("list") == {"auditor_id": ["a"], "health": [0.4]}
    with pytest.raises(UnknownNameError, match="'health'"):
        degree.auditor_items("helth")


def test_an_auditor_without_a_registration_has_no_sufficiency() -> None:
    degree = matching_degree(register(*SMALL, auditor("b", routine=0.5)))
    assert degree.auditors["groups"].tolist() == [1, 0]
    assert np.isnan(degree.x).tolist() == [False, True]
    assert degree.auditors.loc[1, "B1"] == pytest.approx(0.9)
    assert degree.lowest_auditors()["auditor_id"].tolist() == ["a"]


# --- the article's applications


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from(["load", "organisation"]))
def test_the_missing_auditors_lift_a_short_group_and_one_fewer_does_not(seed: int, below: float, reading: Any) -> None:
    degree = matching_degree(random_register(seed), "2027-02-01", reading=reading)
    short = degree.short_groups(below)
    assert len(short) == int((below > degree.P).sum())
    assert short["P"].is_monotonic_increasing
    for group in short.itertuples():
        assert (group.X + group.missing) / group.Y >= below * (1 - 1e-8)
        assert group.missing == 1 or (group.X + group.missing - 1) / group.Y < below


def test_a_group_that_reaches_the_threshold_is_not_short() -> None:
    degree = matching_degree(register(*SMALL))  # one full auditor, one easy client: P = 1
    assert len(degree.short_groups()) == 0
    assert degree.short_groups(1.5)["missing"].tolist() == [1]


def test_short_groups_refuse_a_threshold_that_is_none() -> None:
    for below in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="threshold"):
            matching_degree(register(*SMALL)).short_groups(below)


def test_gain_is_what_x_rises_by_when_an_auditor_becomes_ideal() -> None:
    rows = [auditor("a", routine=0.0), auditor("b", routine=0.5), auditor("c"), client("o"), audit("x", "o")]
    rows += [holds("a"), holds("b"), holds("b", specialty="33.02.00"), holds("c"), holds("c", "EMS"), needs("x")]
    degree = matching_degree(register(*rows))
    frame = degree.lowest_auditors()
    # a: 1 - 0.8 in one group; b: 1 - 0.9 in each of two; c: 1 - 1/2 in each of two. Ties keep the register's order.
    assert frame["auditor_id"].tolist() == ["c", "a", "b"]
    np.testing.assert_allclose(frame["gain"], [1.0, 0.2, 0.2])
    assert degree.lowest_auditors("EMS")["auditor_id"].tolist() == ["c"]
    assert degree.lowest_auditors(specialty="33.02.00")["gain"].tolist() == pytest.approx([0.1])
    assert degree.lowest_auditors("QMS", OILS, top=2)["auditor_id"].tolist() == ["c", "a"]
    willing = [("auditors", cells | {"routine": 1.0}) if name == "auditors" else (name, cells) for name, cells in rows]
    risen = matching_degree(register(*willing)).supply.X.sum() - degree.supply.X.sum()
    assert risen == pytest.approx(0.4)  # a and b; what c lacks is one field fewer


@pytest.mark.parametrize("form", ["product", "additive"])
@pytest.mark.parametrize("reading", ["load", "organisation"])
def test_excess_is_what_y_falls_by_when_an_organisation_becomes_ideal(form: Any, reading: Any) -> None:
    ideal = {"client_timing": 1.0, "inspections": 1.0, "certificates": 1, "coordination": 1.0, "policy": 1.0}
    factors = [
        {"client_timing": 0.5, "coordination": 0.5},
        {"policy": 0.25, "certificates": 3},
        {"certificates": 9, "coordination": 1.0, "policy": 1.0},
    ]
    rest = [*INTERN, audit("x", "o0"), audit("y", "o1"), audit("z", "o2"), needs("y", "EMS")]
    rest += [needs("x"), needs("y"), needs("z")]
    degree = matching_degree(
        register(*rest, *(client(f"o{n}", **cells) for n, cells in enumerate(factors))), form=form, reading=reading
    )
    frame = degree.hardest_organisations().set_index("organisation_id")
    assert frame["excess"].is_monotonic_decreasing
    assert frame.loc["o2", "excess"] < 0  # nine certificates make it easier than the ideal
    for number in range(3):
        better = [client(f"o{n}", **(ideal if n == number else cells)) for n, cells in enumerate(factors)]
        fallen = degree.demand.Y - matching_degree(register(*rest, *better), form=form, reading=reading).demand.Y
        assert frame.loc[f"o{number}", "excess"] == pytest.approx(fallen.sum())
    assert degree.hardest_organisations("EMS")["projects"].tolist() == [1]


def test_unknown_groups_and_empty_lists_are_refused() -> None:
    degree = matching_degree(register(*SMALL, holds("a", "EMS", specialty="33.02.00")))
    with pytest.raises(UnknownNameError, match=r"no field is called 'QSM'.*'QMS'"):
        degree.lowest_auditors("QSM")
    with pytest.raises(UnknownNameError, match=r"no specialty is called '03\.04\.10'.*'03\.04\.01'"):
        degree.hardest_organisations(specialty="03.04.10")
    with pytest.raises(UnknownNameError, match="no specialty of EMS is called"):
        degree.lowest_auditors("EMS", OILS)
    with pytest.raises(ArgumentError, match="top is 0"):
        degree.lowest_auditors(top=0)


def test_a_register_with_nothing_that_counts_has_no_groups() -> None:
    table = matching_degree(register(*INTERN, client("o"), audit("x", "o", status="done"), needs("x")), "2027-01-01")
    assert len(table.table) == 0
    assert len(table.short_groups()) == 0
    assert len(table.lowest_auditors()) == 0
