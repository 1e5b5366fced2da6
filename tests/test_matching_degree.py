"""The matching degree of whole registers: what counts, what is derived, what is shown."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import naive_degree

import auditmatch as am
from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.matching import MatchingDegree, matching_degree
from auditmatch.matching.demands import POLICY_DEMANDS, coordination, policy, policy_demands

Tables = dict[str, dict[str, list[Any]]]
SHOWN = ("A1", "B1", "C1", "X", "A2", "B2", "C2", "D", "E", "Y", "P")
OILS = "03.04.01"


def tables_of(*rows: tuple[str, dict[str, Any]]) -> Tables:
    """Gather rows, each a table's name and its cells, into columns; cells not named are absent."""
    tables: Tables = {}
    for name, _ in rows:
        columns = dict.fromkeys(column for table, row in rows if table == name for column in row)
        tables[name] = {column: [row.get(column) for table, row in rows if table == name] for column in columns}
    return tables


def auditor(name: str, **cells: Any) -> tuple[str, dict[str, Any]]:
    return "auditors", {"auditor_id": name} | cells


def holds(name: str, field: str = "QMS", **cells: Any) -> tuple[str, dict[str, Any]]:
    row = {"auditor_id": name, "field": field, "specialty": OILS, "valid_from": "2020-01-01", "grade": "auditor"}
    return "qualifications", row | cells


def client(name: str, **cells: Any) -> tuple[str, dict[str, Any]]:
    return "organisations", {"organisation_id": name} | cells


def audit(name: str, owner: str, **cells: Any) -> tuple[str, dict[str, Any]]:
    row = {"audit_id": name, "organisation_id": owner, "kind": "surveillance", "person_days": 2}
    return "audits", row | {"earliest": "2027-01-04", "latest": "2027-03-31"} | cells


def needs(name: str, field: str = "QMS", **cells: Any) -> tuple[str, dict[str, Any]]:
    return "requirements", {"audit_id": name, "field": field, "specialty": OILS} | cells


def certificate(name: str, owner: str, field: str = "QMS") -> tuple[str, dict[str, Any]]:
    return "certificates", {"certificate_id": name, "specialty": OILS, "organisation_id": owner, "field": field}


INTERN = (auditor("a"), holds("a", grade="intern"))  # counts nowhere; requirements need some qualification
SMALL = (auditor("a"), holds("a"), client("o"), audit("x", "o"), needs("x"))


def register(*rows: tuple[str, dict[str, Any]]) -> am.Register:
    return am.Register.from_tables(tables_of(*rows))


def row(degree: MatchingDegree, field: str = "QMS") -> dict[str, Any]:
    table = degree.table
    return dict(table[table["field"] == field].iloc[0])


def random_register(seed: int) -> am.Register:
    """Return a small register in which everything that the matching degree reads varies."""
    rng = np.random.default_rng(seed)

    def maybe(values: list[Any], share: float = 0.4) -> Any:
        return None if rng.random() < share else values[rng.integers(len(values))]

    def day(year: int = 2027) -> str:
        return str(np.datetime64(f"{year}-01-01") + int(rng.integers(0, 120)))

    fields, classes, shares = ["QMS", "EMS", "OHSMS"], [OILS, "33.02.00"], [0.0, 0.03, 0.4, 1.0]
    rows = [auditor("a0"), holds("a0", grade="intern")]
    for name in ("a1", "a2", "a3", "a4"):
        items = {item: maybe(shares) for item in ("routine", "health", "caprice", "holidays", "incidents")}
        span = {"until": maybe(["2027-01-31", "2028-01-31"])} if rng.random() < 0.7 else {"from": "2027-03-01"}
        rows.append(auditor(name, **{key: value for key, value in (items | span).items() if value is not None}))
    taken = set()
    for _ in range(12):
        key = (f"a{rng.integers(5)}", str(rng.choice(fields)), str(rng.choice(classes)), day(2026))
        if key not in taken:
            grade = str(rng.choice(["intern", "auditor", "lead", "expert"]))
            until = maybe(["2027-02-01", "2029-01-01"])
            cells = {"specialty": key[2], "valid_from": key[3], "valid_until": until, "grade": grade}
            rows.append(holds(key[0], key[1], **cells))
        taken.add(key)
    for name in ("o0", "o1", "o2", "o3"):
        cells = {"group_id": maybe(["g", "h"]), "coordination": maybe(shares, 0.7), "policy": maybe(shares, 0.7)}
        items = {"client_timing": maybe(shares), "inspections": maybe(shares), "certificates": maybe([1, 2, 5])}
        rows.append(client(name, **cells, **items))
    for number in range(8):
        first = day()
        cells = {"earliest": first, "latest": first, "deadline": str(np.datetime64(first) + int(rng.integers(0, 9)))}
        cells |= {"status": str(rng.choice(["open", "open", "done", "cancelled"])), "team_min": maybe([1, 2], 0.8)}
        cells |= {"females_min": maybe([1], 0.8), "males_min": maybe([1], 0.8)}
        rows.append(audit(f"x{number}", f"o{rng.integers(4)}", **cells))
        for field in rng.choice(fields, size=rng.integers(1, 3), replace=False):
            rows.append(needs(f"x{number}", str(field), specialty=str(rng.choice(classes))))
    rows += [certificate(f"c{n}", f"o{rng.integers(4)}", str(rng.choice(fields))) for n in range(rng.integers(0, 4))]
    for number in range(rng.integers(0, 4)):
        target = (
            ("audit_id", f"x{rng.integers(8)}") if rng.random() < 0.5 else ("organisation_id", f"o{rng.integers(4)}")
        )
        wish = {"preference_id": f"p{number}", "auditor_id": "a0", "rule": str(rng.choice(["require", "prefer"]))}
        rows.append(("preferences", wish | dict([target])))
    for number in range(rng.integers(0, 3)):
        pair = {"first_audit": f"x{number}", "second_audit": f"x{7 - number}"}
        rows.append(("links", pair | {"kind": str(rng.choice(["interval", "continuity"]))}))
    return register(*rows)


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


# --- what counts


def test_contract_type_is_not_a_factor() -> None:
    people = (auditor("a", full_time=True), auditor("b", full_time=False))
    both = [
        register(*people[:first], auditor("a", full_time=kind), *people[1:], holds("a"), holds("b"), *SMALL[2:])
        for first, kind in ((0, True), (0, False))
    ]
    one, other = (matching_degree(each).table for each in both)
    pd.testing.assert_frame_equal(one, other)


def test_only_valid_qualifications_of_grades_that_audit_count() -> None:
    names = ["lead", "auditor", "intern", "expert", "future", "expired", "last_day", "first_day", "left", "twice"]
    rows = [auditor(name, until="2027-01-31" if name == "left" else None) for name in names]
    rows += [holds("lead", grade="lead"), holds("auditor"), holds("intern", grade="intern")]
    rows += [holds("expert", grade="expert"), holds("future", valid_from="2027-02-02")]
    rows += [holds("expired", valid_until="2027-01-31"), holds("last_day", valid_until="2027-02-01")]
    rows += [holds("first_day", valid_from="2027-02-01"), holds("left"), holds("twice")]
    rows += [holds("twice", valid_from="2026-01-01", grade="lead")]
    whole = register(*rows, *SMALL[2:])
    # lead, auditor, last_day, first_day and twice (once); with all grades also intern and expert.
    assert row(matching_degree(whole, "2027-02-01"))["A1"] == 5
    assert row(matching_degree(whole, "2027-02-01", grades="all"))["A1"] == 7


def test_registrations_are_distinct_fields_or_pairs_valid_on_the_date() -> None:
    rows = [holds("a", "QMS"), holds("a", "QMS", specialty="33.02.00"), holds("a", "EMS")]
    rows += [holds("a", "OHSMS", valid_until="2026-12-31"), holds("a", "ISMS", grade="intern")]
    whole = register(auditor("a"), *rows, *SMALL[2:])
    assert row(matching_degree(whole))["C1"] == 2
    assert row(matching_degree(whole, registrations="pairs"))["C1"] == 3
    assert row(matching_degree(whole, "2026-12-31"))["C1"] == 3
    assert row(matching_degree(whole, grades="all"))["C1"] == 3


def test_certificates_tell_what_a_holder_needs_and_audits_what_the_others_need() -> None:
    rows = [auditor("a"), holds("a"), client("holder"), client("new"), client("idle")]
    rows += [certificate("c", "holder"), certificate("d", "holder"), certificate("e", "holder", "OHSMS")]
    rows += [audit("x", "holder"), needs("x", "EMS"), audit("y", "new"), needs("y", "EMS"), audit("z", "new")]
    rows += [needs("z", "EMS"), audit("v", "new", status="done"), needs("v", "OHSMS")]
    whole = register(*rows)
    degree = matching_degree(whole)
    # QMS: the holder, once for two certificates; EMS: "new" alone, once for two audits; OHSMS: the holder.
    assert {field: row(degree, field)["A2"] for field in ("QMS", "EMS", "OHSMS")} == {"QMS": 1, "EMS": 1, "OHSMS": 1}
    # Counting open audits: x, y and z for EMS, and none of the others.
    by_audit = matching_degree(whole, projects="audits")
    assert row(by_audit, "EMS")["A2"] == 3
    assert row(by_audit, "QMS")["A2"] == 0
    assert list(by_audit.table["field"]) == ["EMS", "QMS"]
    assert by_audit.organisations["projects"].tolist() == [1, 2, 0]


def test_the_date_is_by_default_the_first_day_of_the_open_windows() -> None:
    rows = [audit("y", "o", earliest="2026-05-01", status="done"), needs("y"), audit("z", "o"), needs("z")]
    assert matching_degree(register(*SMALL, *rows)).at == np.datetime64("2027-01-04")
    idle = register(*SMALL[:3], audit("x", "o", status="done"), needs("x"))
    with pytest.raises(ArgumentError, match=r"no audit is open.*at="):
        matching_degree(idle)
    assert matching_degree(idle, datetime.date(2027, 1, 5)).at == np.datetime64("2027-01-05")


@pytest.mark.parametrize("at", ["2027-02-30", "soon", "1850-01-01", np.datetime64("NaT"), 3.5])
def test_what_is_no_date_is_refused(at: Any) -> None:
    with pytest.raises(ArgumentError, match="is not a date"):
        matching_degree(register(*SMALL), at)


# --- floor


def test_a_factor_of_zero_is_floored_counted_and_not_schedulable() -> None:
    idle = dict.fromkeys(("routine", "health", "caprice", "holidays", "incidents"), 0.0)
    rows = [auditor("a", **idle), holds("a"), auditor("b"), holds("b", "EMS")]
    rows += [client("o", coordination=0.0), audit("x", "o"), needs("x"), needs("x", "EMS")]
    degree = matching_degree(register(*rows))
    assert row(degree)["B1"] == 0.05
    assert row(degree)["D"] == pytest.approx(0.05, rel=1e-12)
    assert degree.table["floored"].tolist() == [1, 2]  # EMS: the organisation; QMS: the auditor as well
    assert degree.table["schedulable"].tolist() == [False, False]
    assert degree.auditors["schedulable"].tolist() == [False, True]
    assert degree.organisations["floored"].tolist() == [True]
    higher = matching_degree(register(*rows), floor=0.5)
    assert row(higher)["B1"] == 0.5
    setting = ("settings", {"name": "floor", "value": "0.25"})
    assert row(matching_degree(register(*rows, setting)))["B1"] == 0.25


def test_a_small_factor_is_floored_and_stays_schedulable() -> None:
    degree = matching_degree(register(auditor("a"), holds("a"), client("o", policy=0.01), *SMALL[3:]))
    assert row(degree)["E"] == pytest.approx(0.05, rel=1e-12)
    assert degree.table["floored"].tolist() == [1]
    assert degree.table["schedulable"].tolist() == [True]


def test_a_group_is_schedulable_with_one_fit_member_on_each_side() -> None:
    rows = [*SMALL, client("p", policy=0.0), audit("y", "p"), needs("y"), audit("z", "p"), needs("z", "EMS")]
    rows += [holds("a", "OHSMS")]
    table = matching_degree(register(*rows)).table
    # EMS has no auditor and an organisation with policy 0; OHSMS has no project; QMS has "a" and "o".
    assert dict(zip(table["field"], table["schedulable"], strict=True)) == {"EMS": False, "OHSMS": True, "QMS": True}
    without_auditor = matching_degree(register(*INTERN, *SMALL[2:]))
    without_client = matching_degree(register(*SMALL[:2], client("o", policy=0.0), *SMALL[3:]))
    assert [row(degree)["schedulable"] for degree in (without_auditor, without_client)] == [False, False]


# --- coordination and policy, given or derived


def test_coordination_is_one_over_the_fullest_week_of_the_group() -> None:
    # The week of Monday 1 to Sunday 7 March 2027 holds three open audits of group g; the 8th begins the next week.
    due = {"x": "2027-03-01", "y": "2027-03-07", "z": "2027-03-08", "w": "2027-03-03"}
    rows = [*INTERN, client("o", group_id="g"), client("p", group_id="g"), client("q"), client("r", group_id="h")]
    rows += [audit("x", "o", deadline=due["x"], latest=due["x"]), audit("y", "p", deadline=due["y"], latest=due["y"])]
    rows += [audit("z", "p", deadline=due["z"], latest=due["z"]), audit("w", "o", latest=due["w"])]
    rows += [audit("v", "o", latest=due["w"], status="done"), audit("u", "q", latest=due["w"])]
    rows += [needs(name) for name in "xyzwvu"]
    whole = register(*rows)
    assert coordination(whole).tolist() == [1 / 3, 1 / 3, 1.0, 1.0]


@pytest.mark.parametrize("kind", POLICY_DEMANDS)
def test_each_kind_of_policy_demand_halves_policy(kind: str) -> None:
    cells: dict[str, Any] = {"latest": "2027-06-30"}
    extra: list[tuple[str, dict[str, Any]]] = []
    if kind == "gender":
        cells["males_min"] = 1
    elif kind == "team size":
        cells["team_min"] = 2
    elif kind == "designated auditor":
        extra = [("preferences", {"preference_id": "p", "audit_id": "x", "auditor_id": "a", "rule": "require"})]
    elif kind == "stage interval":
        extra = [audit("y", "o2"), needs("y")]
        extra += [("links", {"first_audit": "y", "second_audit": "x", "kind": "interval"})]
    else:
        extra = [audit("y", "o", latest="2027-12-31"), needs("y")]
    rows = [*INTERN, client("o"), client("o2"), audit("x", "o", **cells), needs("x"), *extra]
    whole = register(*rows)
    demands = policy_demands(whole)
    assert demands[0].tolist() == [name == kind for name in POLICY_DEMANDS]
    # The link binds both its audits.
    assert demands[1].tolist() == [name == kind == "stage interval" for name in POLICY_DEMANDS]
    assert policy(whole)[0] == 0.5
    # None of it counts once the audits are done.
    done = register(*((name, cells | {"status": "done"} if name == "audits" else cells) for name, cells in rows))
    assert policy(done).tolist() == [1.0, 1.0]


def test_demands_add_up_and_what_does_not_demand_is_left_out() -> None:
    wishes = [
        {"preference_id": "p", "organisation_id": "o", "auditor_id": "a", "rule": "require"},
        {"preference_id": "q", "organisation_id": "o2", "auditor_id": "a", "rule": "prefer"},
    ]
    rows = [*INTERN, client("o"), client("o2"), audit("x", "o", team_min=2, females_min=1), needs("x")]
    rows += [audit("y", "o2", latest="2027-12-31"), audit("z", "o2", latest="2028-01-01"), needs("y"), needs("z")]
    rows += [("links", {"first_audit": "y", "second_audit": "z", "kind": "continuity"})]
    rows += [("preferences", wish) for wish in wishes]
    assert policy(register(*rows)).tolist() == [1 / 4, 1.0]


def test_given_values_stand_and_absent_ones_are_derived() -> None:
    rows = [*INTERN, client("o", coordination=0.8), client("p", policy=0.6)]
    rows += [audit(name, owner, team_min=2) for name, owner in (("x", "o"), ("y", "p"), ("z", "p"))]
    degree = matching_degree(register(*rows, *(needs(name) for name in "xyz")))
    # "p" has two audits due in one week (D = 1/2); "o" asks for a team of two (E = 1/2).
    assert degree.organisations[["D", "E"]].to_numpy().tolist() == [[0.8, 0.5], [0.5, 0.6]]


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
