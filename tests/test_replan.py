"""A plan after events: what is broken is mended, what may stay stays, and every change is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bodies import FRIDAY, MONDAY, NOTHING, TUESDAY, WEDNESDAY, Body, body, booked, held
from brute import Brute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mixed import mixed_case

import auditmatch as am
from auditmatch.disruptions import Event
from auditmatch.engines.greedy import greedy
from auditmatch.errors import ArgumentError, InputError
from auditmatch.plan import Plan
from auditmatch.replan import FEWEST

LEAD, OTHER = ("P1", "lead"), ("P2", "member")


def plan(*bookings: am.Booking) -> Plan:
    return Plan.from_bookings(bookings)


def kinds(changes: tuple[am.Change, ...]) -> dict[str, str]:
    return {change.audit: change.kind for change in changes}


def test_plans_differ_by_audits_added_removed_moved_and_restaffed() -> None:
    old = plan(
        booked("A", MONDAY, LEAD), booked("B", MONDAY, OTHER), booked("C", TUESDAY, LEAD), booked("E", FRIDAY, LEAD)
    )
    new = plan(
        booked("A", TUESDAY, LEAD), booked("B", MONDAY, LEAD), booked("D", MONDAY, OTHER), booked("E", FRIDAY, LEAD)
    )
    changes = old.changes(new)
    assert kinds(changes) == {"A": "moved", "B": "restaffed", "C": "removed", "D": "added"}
    assert [change.tell for change in changes] == [("P1",), ("P1", "P2"), ("P1",), ("P2",)]
    assert str(changes[0]) == f"A moved: {MONDAY} am to {MONDAY} pm, P1 -> {TUESDAY} am to {TUESDAY} pm, P1"
    assert old.changes(old) == ()


def test_who_only_changes_role_is_told_and_nobody_else() -> None:
    old = plan(booked("A", MONDAY, LEAD, OTHER))
    new = plan(booked("A", MONDAY, ("P1", "member"), OTHER))
    assert old.changes(new)[0].tell == ("P1",)


def second_lead() -> Body:
    """Return the body with P2 leading code .02, which nobody else holds, and P4 leading .01 beside P1."""
    office = body().having("qualifications", held("P2", "03.04.02", "lead"), held("P4", "03.04.01", "lead"))
    return office.having("auditors", {"auditor_id": "P4", "gender": "F"})


def test_an_audit_whose_auditor_falls_ill_goes_to_somebody_else_and_the_rest_stays() -> None:
    problem = second_lead().audit("A").audit("B").problem()
    before = plan(booked("A", MONDAY, LEAD), booked("B", TUESDAY, ("P4", "lead")))
    after = am.replan(problem, before, [am.Event("away", auditor_id="P1", start=MONDAY, end=FRIDAY)])
    assert am.verify(after.problem, after.plan).ok
    assert kinds(after.changes) == {"A": "restaffed"}
    assert (after.broken, after.fewest, after.disturbed, after.beyond) == (("A",), 1, 1, 0)
    assert "P1" not in {who for b in after.plan.bookings for who, _ in b.team}
    assert after.table["cause"].tolist() == ["event"]
    assert str(after).splitlines()[0] == "1 changes (1 restaffed); of the old bookings 1 differ, and at least 1 must"


MOVED = am.Event("moved", audit_id="B", start=TUESDAY, end=TUESDAY)
# P2 alone holds code .02.
TWO = plan(booked("A", TUESDAY, ("P2", "lead")), booked("B", MONDAY, ("P2", "lead")))


def test_a_booking_makes_room_where_nothing_else_fits_and_finds_another_day() -> None:
    # B must be on Tuesday, where P2 sits in A; A can be on any day.
    problem = second_lead().audit("A", "03.04.02").audit("B", "03.04.02").problem()
    after = am.replan(problem, TWO, [MOVED])
    assert am.verify(after.problem, after.plan).ok
    days = {b.audit: b.start for b in after.plan.bookings}
    assert days["B"] == TUESDAY != days["A"]
    assert (after.broken, after.beyond, after.fewest, after.left_out) == (("B",), 1, 1, ())
    assert sorted(after.table["cause"]) == ["event", "room"]


def test_no_room_is_made_by_what_is_pinned_or_frozen_or_finds_no_other_place() -> None:
    loose = second_lead().audit("A", "03.04.02").audit("B", "03.04.02").problem()
    frozen = am.replan(loose, TWO, [MOVED], freeze=WEDNESDAY)
    assert (frozen.left_out, frozen.beyond) == (("B",), 0)
    pinned = TWO.pinned({("A", "P2"): ("date", "Li", "client asks")})
    assert am.replan(loose, pinned, [MOVED]).left_out == ("B",)
    office = second_lead().audit("A", "03.04.02", earliest=TUESDAY, latest=TUESDAY)
    tight = am.replan(office.audit("B", "03.04.02").problem(), TWO, [MOVED])
    assert (tight.left_out, kinds(tight.changes)) == (("B",), {"B": "removed"})


def test_events_of_every_kind_change_what_they_say() -> None:
    problem = body().audit("A").audit("B").audit("C").problem()
    register = problem.scene.register
    events = am.read_events(
        {
            "kind": ["away", "back", "added", "spot_check", "cancelled", "moved", "lengthened", "closed", "suspended"],
            "auditor_id": ["P1", "P1", None, None, None, None, None, None, "P2"],
            "audit_id": [None, None, "N", "S", "A", "B", "C", None, None],
            "organisation_id": [None, None, "O1", "O1", None, None, None, "O1", None],
            "field": [None, None, "QMS", "QMS", None, None, None, None, "QMS"],
            "specialty": [None, None, "03.04.01", "03.04.01", None, None, None, None, "03.04.01"],
            "start": [MONDAY, TUESDAY, MONDAY, MONDAY, None, TUESDAY, None, FRIDAY, TUESDAY],
            "end": [FRIDAY, None, FRIDAY, None, None, WEDNESDAY, None, FRIDAY, WEDNESDAY],
            "person_days": [None, None, 2.0, 1.0, None, None, 2.0, None, None],
        }
    )
    changed = am.replan(problem, NOTHING, events).problem.scene.register
    assert changed.absences["end"].tolist() == [np.datetime64(MONDAY).item()]
    audits = {name: k for k, name in enumerate(changed.audits["audit_id"])}
    assert changed.audits["status"][audits["A"]] == "cancelled"
    assert str(changed.audits["earliest"][audits["B"]]) == TUESDAY
    assert str(changed.audits["latest"][audits["B"]]) == WEDNESDAY
    assert changed.audits["person_days"][audits["C"]] == 2.0
    assert changed.audits["person_days"][audits["N"]] == 2.0
    # 30 days after 2027-03-01.
    assert str(changed.audits["latest"][audits["S"]]) == "2027-03-31"
    assert [str(day) for day in changed.closures["start"]] == [FRIDAY]
    mine = changed.qualifications["auditor_id"] == "P2"
    valid = sorted(
        zip(
            changed.qualifications["valid_from"][mine].astype(str),
            changed.qualifications["valid_until"][mine].astype(str),
            strict=True,
        )
    )
    assert valid[0] == ("2026-01-01", MONDAY)
    assert valid[1][0] == "2027-03-04"
    assert register == problem.scene.register


def test_all_faults_of_events_are_told_at_once_with_row_column_value_and_a_way_out() -> None:
    problem = body().audit("A").problem()
    events = {
        "kind": ["awya", "away", "moved", "lengthened", "cancelled", "suspended", "added"],
        "auditor_id": ["P1", "P9", None, None, None, "P3", None],
        "audit_id": [None, None, "A", "A", "B", None, "A"],
        "organisation_id": [None, None, None, None, None, None, "O1"],
        "field": [None, None, None, None, None, "EMS", "QMS"],
        "specialty": [None, None, None, None, None, "1", "1"],
        "start": [MONDAY, MONDAY, FRIDAY, None, None, MONDAY, MONDAY],
        "end": [FRIDAY, FRIDAY, MONDAY, None, None, None, FRIDAY],
        "person_days": [None, None, None, 0, None, None, 1],
    }
    with pytest.raises(InputError) as wrong:
        am.read_events(events)
    told = [str(problem) for problem in wrong.value.problems]
    assert told[0] == "events row 2, kind: awya is no kind of event. Maybe away?"
    assert "comes before start" in told[1]
    assert "person_days" in told[2]
    # Those that can be read and contradict the register.
    good = [am.Event(**{k: events[k][n] for k in events}) for n in (1, 4, 5, 6)]
    with pytest.raises(InputError) as strange:
        am.replan(problem, NOTHING, good)
    told = [str(problem) for problem in strange.value.problems]
    assert told[0] == "events row 2, auditor_id: P9 is not in auditors"
    assert [line.split(":")[0] for line in told[1:]] == [
        "events row 3, audit_id", "events row 4, specialty", "events row 5, audit_id",
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"no column of events. Maybe rename it audit_id\?"):
        am.read_events({"kind": ["cancelled"], "audit": ["A"]})
    with pytest.raises(InputError, match="is not a number"):
        am.read_events({"kind": ["lengthened"], "audit_id": ["A"], "person_days": ["two"]})
    with pytest.raises(InputError, match="is no file"):
        am.read_events("nowhere.csv")


def test_a_freeze_date_after_the_horizon_or_none_at_all_is_refused() -> None:
    problem = body().audit("A").problem()
    with pytest.raises(ArgumentError, match="lies after the horizon"):
        am.replan(problem, NOTHING, freeze="2027-04-01")
    with pytest.raises(ArgumentError, match="is not a date"):
        am.replan(problem, NOTHING, freeze="soon")


def test_a_search_changes_no_more_than_it_must_though_another_plan_costs_less() -> None:
    # A late start costs two points a day, a change thirty; at these weights a search for cost alone would move B.
    weights = am.Weights(keep=0, keep_member=0, lateness=50)
    office = second_lead().audit("A").audit("B", preferred=MONDAY)
    problem = office.problem(weights=weights)
    before = plan(booked("A", TUESDAY, LEAD), booked("B", FRIDAY, ("P4", "lead")))
    away = am.Event("away", auditor_id="P1", start=MONDAY, end=FRIDAY)
    cheap = am.solve(problem, am.Budget(work=20, seed=1), start=before).plan
    assert {b.audit: b.start for b in cheap.bookings}["B"] == MONDAY
    after = am.replan(problem, before, [away], budget=am.Budget(work=20, seed=1))
    assert am.verify(after.problem, after.plan).ok
    assert (len(after.plan), after.disturbed, after.fewest) == (2, 1, 1)
    assert kinds(after.changes) == {"A": "restaffed"} or kinds(after.changes) == {"A": "moved"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), frozen=st.booleans())
def test_any_plan_of_any_body_is_mended_into_a_legal_one_and_frozen_bookings_stay(seed: int, frozen: bool) -> None:
    register = am.sample(auditors=6, audits=14, load=0.8, seed=seed)
    start, end = am.sample.sample_horizon(register)
    problem = am.Problem(register, start, end)
    old = am.solve(problem, am.Budget(work=1, seed=seed), engine="greedy").plan
    luck = np.random.default_rng(seed)
    who = str(luck.choice(old.table["auditor_id"]))
    events = [
        am.Event("away", auditor_id=who, start=str(start), end=str(start + 6)),
        am.Event("cancelled", audit_id=str(luck.choice(old.audits))),
    ]
    day = start + 3 if frozen else None
    after = am.replan(problem, old, events, freeze=day)
    assert am.verify(after.problem, after.plan).ok
    assert after.fewest <= len(after.broken) <= after.disturbed
    assert len(after.changes) >= after.disturbed
    new = {b.audit: b for b in after.plan.bookings}
    for b in old.bookings:
        if frozen and np.datetime64(b.start) < day and b.audit not in after.broken and b.audit != events[1].audit_id:
            assert new[b.audit] == b
        if b.audit in after.broken:
            assert b != new.get(b.audit)


def test_an_absence_that_begins_with_one_that_is_there_makes_it_longer() -> None:
    leave = {"auditor_id": "P1", "start": MONDAY, "start_half": "am", "end": MONDAY, "end_half": "am", "reason": "x"}
    problem = body().audit("A").having("absences", leave).problem()
    for end, kept in ((FRIDAY, (FRIDAY, "pm")), (MONDAY, (MONDAY, "pm"))):
        after = am.replan(problem, NOTHING, [am.Event("away", auditor_id="P1", start=MONDAY, end=end)])
        table = after.problem.scene.register.absences
        assert [(str(e), h) for e, h in zip(table["end"], table["end_half"], strict=True)] == [kept]


def test_who_works_after_all_keeps_what_is_left_of_absences_that_overlap() -> None:
    rows = (
        {"auditor_id": "P1", "start": MONDAY, "start_half": "am", "end": FRIDAY, "end_half": "am", "reason": "x"},
        {"auditor_id": "P1", "start": TUESDAY, "start_half": "am", "end": FRIDAY, "end_half": "pm", "reason": "y"},
        {"auditor_id": "P1", "start": "2027-03-04", "start_half": "am", "end": "2027-03-04", "end_half": "pm"},
    )
    problem = body().audit("A").having("absences", *rows).problem()
    event = am.Event("available", auditor_id="P1", start=TUESDAY, end=WEDNESDAY)
    table = am.replan(problem, NOTHING, [event]).problem.scene.register.absences
    assert sorted(zip(table["start"].astype(str), table["end"].astype(str), table["end_half"], strict=True)) == [
        (MONDAY, MONDAY, "pm"),
        ("2027-03-04", FRIDAY, "pm"),
    ]


def test_a_suspension_of_two_rows_of_one_code_leaves_no_row_twice() -> None:
    problem = (
        body().audit("A").having("qualifications", held("P1", "03.04.01", "auditor", valid_from="2026-06-01")).problem()
    )
    code = {"auditor_id": "P1", "field": "QMS", "specialty": "03.04.01"}
    event = am.Event("suspended", **code, start=MONDAY, end=TUESDAY)
    table = am.replan(problem, NOTHING, [event]).problem.scene.register.qualifications
    mine = table["valid_from"][table["auditor_id"] == "P1"].astype(str).tolist()
    assert sorted(mine) == ["2026-01-01", "2026-06-01", WEDNESDAY]
    again = am.Event("qualified", **code, start="2026-06-01")
    assert am.replan(problem, NOTHING, [again]).plan is not None


def test_several_events_about_one_person_follow_each_other() -> None:
    code = {"auditor_id": "P1", "field": "QMS", "specialty": "03.04.01"}
    events = [
        am.Event("away", auditor_id="P1", start=MONDAY, end=FRIDAY),
        am.Event("available", auditor_id="P1", start=TUESDAY, end=TUESDAY),
        am.Event("available", auditor_id="P1", start=WEDNESDAY, end=WEDNESDAY),
        am.Event("suspended", **code, start=MONDAY, end=MONDAY),
        am.Event("suspended", **code, start=FRIDAY),
        am.Event("back", auditor_id="P1", start=FRIDAY),
    ]
    register = am.replan(body().audit("A").problem(), NOTHING, events).problem.scene.register
    table = register.absences
    assert sorted(zip(table["start"].astype(str), table["end"].astype(str), strict=True)) == [
        (MONDAY, MONDAY),
        ("2027-03-04", "2027-03-04"),
    ]
    held_now = register.qualifications["auditor_id"] == "P1"
    spans = [register.qualifications[c][held_now].astype(str).tolist() for c in ("valid_from", "valid_until")]
    assert sorted(zip(*spans, strict=True)) == [("2026-01-01", "2027-02-28"), (TUESDAY, "2027-03-04")]


def test_a_changes_gap_of_nought_is_the_least_of_all_plans(count: Callable[[int, int], int]) -> None:
    """Against every plan of tiny problems: audits left out first, then changes; the rest of the cost counts nothing."""
    proven = changed = 0
    for seed in range(count(300, 25)):
        rng = np.random.default_rng(40_000 + seed)
        case = mixed_case(rng)
        problem = am.Problem(case.register(), case.start, case.end)
        plan = problem.plan_of(greedy(problem))
        if not len(plan) or not am.verify(problem, plan).ok:
            continue
        who = str(plan.table["auditor_id"][int(rng.integers(len(plan.table)))])
        event = Event("away", auditor_id=who, start="2027-03-01", end="2027-03-01")
        try:
            after = am.replan(problem, plan, [event], budget=am.Budget(seconds=20, seed=seed))
        except ArgumentError:
            continue  # a pin of somebody who is away
        assert after.changes_gap == 0
        published = Plan(after.problem.scene.published, "pandas")
        scene = after.problem.scene
        counting = am.Problem(scene.register, scene.start, scene.end, after.problem.rules, FEWEST, published)
        assert am.verify(counting, after.plan).cost == Brute(counting).best().cost, seed
        proven, changed = proven + 1, changed + bool(after.changes)
    assert min(proven, changed) >= count(100, 8)
