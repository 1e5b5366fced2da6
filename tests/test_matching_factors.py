"""What counts in the matching degree of a register, what is derived, and what is floored."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matching_rows import INTERN, SMALL, audit, auditor, certificate, client, holds, needs, register, row

from auditmatch.errors import ArgumentError
from auditmatch.matching import matching_degree
from auditmatch.matching.demands import POLICY_DEMANDS, coordination, policy, policy_demands

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


@pytest.mark.parametrize("at", ["2027-02-30", "soon", "1850-01-01", np.datetime64("NaT", "D"), 3.5])
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
