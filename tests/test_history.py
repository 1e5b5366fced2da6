"""What stands already: facts, published plans, pins, and the links between them and the audits to plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auditmatch as am
from auditmatch.cases import Case, day
from auditmatch.engines.prices import alone
from auditmatch.problem import Problem
from auditmatch.result import Budget
from auditmatch.years import years_around

LEAD = {"field": "QMS", "specialty": "03.04.01", "valid_from": "2020-01-01", "grade": "lead"}
INTERVAL = {"first_audit": "A0", "second_audit": "A1", "kind": "interval", "required": True}


def body(people: int = 2, audits: int = 2, **tables: list[dict[str, Any]]) -> Case:
    """Half-day audits A0, A1, ... in a week of five days; leads P0, P1, ... can all do all."""
    visit = {"organisation_id": "O0", "kind": "special", "earliest": day(0), "latest": day(4)}
    visit = {**visit, "person_days": 0.5, "team_max": 1}
    return Case(
        {
            "auditors": tuple({"auditor_id": f"P{i}"} for i in range(people)),
            "qualifications": tuple({"auditor_id": f"P{i}", **LEAD} for i in range(people)),
            "organisations": ({"organisation_id": "O0"},),
            "audits": tuple({"audit_id": f"A{a}", **visit} for a in range(audits)),
            "requirements": tuple(
                {"audit_id": f"A{a}", "field": "QMS", "specialty": "03.04.01"} for a in range(audits)
            ),
        },
        day(0),
        day(4),
    ).having(**tables)


def booked(audit: str, offset: int, auditor: str = "P0", half: str = "am", **more: str) -> dict[str, str]:
    dates = {"start": day(offset), "start_half": half, "end": day(offset), "end_half": half}
    return {"audit_id": audit, "auditor_id": auditor, "role": "lead", **dates, **more}


def made(case: Case) -> Problem:
    return am.Problem(case.register(), case.start, case.end)


def solved(problem: Problem) -> am.Result:
    return am.solve(problem, Budget(seconds=10))


def test_the_bound_knows_that_a_published_second_stage_costs_nothing_to_keep() -> None:
    problem = made(body(links=[INTERVAL], plan=[booked("A0", 0), booked("A1", 2)]))
    # Lateness of A1: 2 points a day for 2 days. P0's two slots are one above the fair share of 2 in 20: 1 point.
    assert alone(problem) <= solved(problem).cost == 4 + 1


def test_a_stage_2_that_is_done_neither_forces_nor_accuses_its_open_stage_1() -> None:
    case = body(audits=2, links=[INTERVAL], plan=[booked("A1", -10)]).changing("audits", 1, status="done")
    # P0 and P1 are away all week, so A0 cannot be served, and nothing may claim that it must.
    case = case.having(absences=[{"auditor_id": f"P{i}", "start": day(0), "end": day(4)} for i in range(2)])
    problem = made(case)
    assert [problem.scene.audit_id(a) for a in problem.hopeless] == ["A0"]
    assert solved(problem).cost == 0
    served = solved(made(Case({**case.tables, "absences": ()}, case.start, case.end)))
    # The interval binds all the same: A1 was long before A0 could be, so A0 stays hopeless.
    assert served.hopeless == ("A0",)


@pytest.mark.parametrize("pinned", [("A1",), ("A0", "A1")])
def test_a_pinned_stage_2_is_not_hopeless_when_its_stage_1_can_be_planned(pinned: tuple[str, ...]) -> None:
    where = {"A0": 0, "A1": 3}
    rows = [booked(name, where[name], pin="both") for name in pinned]
    result = solved(made(body(links=[INTERVAL], plan=rows)))
    assert result.served == ("A0", "A1")
    assert [b.start for b in result.plan.bookings if b.audit == "A1"] == [day(3)]


def test_a_pin_with_room_for_more_people_keeps_nobody_else_busy() -> None:
    # A0 is pinned to P0 and takes two people; P1 alone can do A1 in its only half-day, P2 can join A0.
    case = body(people=3, plan=[booked("A0", 0, pin="both")])
    case = case.changing("audits", 0, team_min=2, team_max=2, person_days=1.0)
    case = case.changing("audits", 1, latest=day(0))
    case = case.having(preferences=[{"preference_id": "w", "audit_id": "A1", "auditor_id": "P1", "rule": "require"}])
    assert solved(made(case)).served == ("A0", "A1")


@pytest.mark.parametrize(
    "rows",
    [
        [booked("A0", 5, pin="date")],  # a Saturday
        [{**booked("A0", 0, pin="date"), "end": day(1)}, booked("A0", 1, auditor="P1", pin="date")],
    ],
    ids=["on a day off", "rows that disagree"],
)
def test_a_dated_pin_that_no_booking_can_keep_makes_its_audit_hopeless_and_loses_no_plan(
    rows: list[dict[str, str]],
) -> None:
    case = body(plan=rows).changing("audits", 0, latest=day(6))
    problem = am.Problem(case.register(), day(0), day(6))
    result = solved(problem)
    assert result.hopeless == ("A0",)
    assert result.served == ("A1",)


def test_a_pin_inside_the_horizon_on_an_audit_whose_window_is_not_is_a_fact() -> None:
    # A1 is due next month and pinned to Monday morning with P0; A0 has that morning only.
    case = body(people=1, plan=[booked("A1", 0, pin="both")])
    case = case.changing("audits", 1, earliest=day(30), latest=day(40)).changing("audits", 0, latest=day(0))
    result = solved(made(case))
    assert [(b.audit, b.start_half) for b in result.plan.bookings] == [("A0", "pm")]


def test_a_plan_handed_back_does_not_forget_history() -> None:
    case = body(links=[INTERVAL], plan=[booked("A0", -10)]).changing("audits", 0, status="done")
    register = case.register()
    first = solved(am.Problem(register, case.start, case.end))
    again = am.Problem(register, case.start, case.end, plan=first.plan)
    assert not len(again.hopeless)
    assert solved(again).served == ("A1",)


def test_a_stage_1_that_is_done_needs_no_row_in_the_plan() -> None:
    case = body(links=[INTERVAL]).changing("audits", 0, status="done")
    assert solved(made(case)).served == ("A1",)


def test_years_between_two_stated_ones_count_too() -> None:
    jan, mar = np.datetime64("2026-01-01"), np.datetime64("2027-03-10")
    stated = [(jan, np.datetime64("2026-12-31"), 0.0, 0), (mar, np.datetime64("2028-03-09"), 5.0, 1)]
    years = years_around(stated, np.datetime64("2026-06-01"), np.datetime64("2027-06-01"))
    assert [str(first) for first, *_ in years] == ["2026-01-01", "2027-01-01", "2027-03-10"]


def test_a_booking_outside_the_calendar_is_reported_and_never_a_traceback() -> None:
    # A renewed credential sends the rule down its day-by-day path.
    case = body(settings=[{"name": "certificates_count", "value": "holders"}])
    old = {"auditor_id": "P0", **LEAD, "valid_from": "2010-01-01", "valid_until": "2019-12-31"}
    problem = made(case.having(qualifications=[old]))
    plan = am.Plan.from_bookings([am.Booking("A0", "1995-01-02", "am", "2090-01-02", "pm", (("P0", "lead"),))])
    rules = {violation.rule for violation in am.verify(problem, plan).violations}
    assert {"windows", "morning_start", "team_size"} <= rules


@pytest.mark.parametrize(("start", "end"), [("1990-01-01", "1990-01-31"), ("2100-12-01", "2100-12-31")])
def test_a_horizon_may_touch_the_edges_of_the_calendar(start: str, end: str) -> None:
    assert not len(am.Problem(body().register(), start, end).audits)
