"""What every form of the report shows: visits, people and audits left out, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_samples import IMAGE, PEOPLE, SCRIPT, TOLD, hostile

import auditmatch.report.content as content
from auditmatch.errors import ArgumentError, InputError
from auditmatch.plan import Plan


def test_visits_count_working_days_and_half_days_from_the_first_morning() -> None:
    result = hostile()
    visits = {visit.audit.audit_id: visit for visit in content.visits_of(result.problem, result.plan)}
    assert list(visits) == ["V1", "V2", "V0"]  # by begin
    # Monday am is half-day 0, Tuesday am over at 3. Friday the 8th pm is 2 * 4 + 1, Monday the 11th am over at 15.
    assert (visits["V1"].begin, visits["V1"].finish, visits["V1"].days) == (0, 3, 1.5)
    assert (visits["V2"].begin, visits["V2"].finish, visits["V2"].days) == (9, 15, 1.0)
    assert [visits[name].fixed for name in ("V1", "V2", "V0")] == [False, False, True]


def test_visits_know_client_place_and_needs() -> None:
    result = hostile()
    audits = content.audits_of(result.problem)
    assert (audits["V1"].client_id, audits["V1"].client) == ("O1", IMAGE)
    assert (audits["V1"].location, audits["V1"].province) == ("Xi'an", "Shaanxi <i>")
    assert audits["V1"].needs == ("<b>QMS</b> 03.04.01", "<b>QMS</b> 03.04.02")
    assert audits["V1"].fields == ("<b>QMS</b>",)
    assert [audits[name].remote for name in ("V1", "V2")] == [False, True]
    assert audits["V4"].deadline == "2027-02-15"


def test_a_visit_that_runs_past_the_horizon_counts_the_days_inside() -> None:
    result = hostile()
    booking = replace(result.plan.bookings[0], start="2026-12-30", end="2027-01-04", end_half="pm")
    visits = content.visits_of(result.problem, Plan.from_bookings([booking]))
    assert [visit.days for visit in visits if not visit.fixed] == [1.0]


def test_people_carry_their_load_and_their_days_away() -> None:
    result = hostile()
    people = content.people_of(result.problem, content.visits_of(result.problem, result.plan))
    assert [person.auditor_id for person in people] == list(PEOPLE)
    # The first serves V1 (1.5) and the done V0 (1); the second V1 and V2; the third V2; the fourth nothing.
    assert [person.booked for person in people] == [2.5, 2.5, 1.0, 0.0]
    # Ten working days; the third is away for 1.5, the fourth leaves after the first five.
    assert [person.available for person in people] == [10.0, 10.0, 8.5, 5.0]
    assert people[0].away == ()
    assert people[2].away == ((18, 21),)  # Wednesday the 13th am to Thursday noon
    assert people[3].away == ((14, 24),)  # from Monday the 11th to the last slot of Friday the 15th


def test_whole_day_slots_give_the_same_days() -> None:
    result = hostile(slots_per_day=1)
    people = content.people_of(result.problem, content.visits_of(result.problem, None))
    assert [person.available for person in people] == [10.0, 10.0, 8.0, 5.0]  # half a day away takes the day
    assert people[0].booked == 1.0  # V0 alone


def test_audits_left_out_have_status_reason_and_remedy_in_the_language() -> None:
    result = hostile()
    rows = content.left_out(result.problem, result, TOLD, "zh")
    assert [(row.audit.audit_id, row.status) for row in rows] == [
        (SCRIPT, "unserved"),
        ("V4", "deferred"),
        ("V5", "hopeless"),
    ]
    assert {row.reason for row in rows} == {f"reason zh {IMAGE}"}


def test_reasons_are_made_where_none_are_given() -> None:
    result = hostile()
    rows = content.left_out(result.problem, result, (), "en")
    assert {row.audit.audit_id for row in rows} == {SCRIPT, "V4", "V5"}
    assert all(row.reason for row in rows)


def test_a_plan_of_strangers_is_refused_with_their_names() -> None:
    result = hostile()
    booking = replace(result.plan.bookings[0], team=(("nobody", "lead"),))
    with pytest.raises(InputError, match="nobody"):
        content.visits_of(result.problem, Plan.from_bookings([booking]))


def test_a_result_without_a_plan_has_statuses_and_no_reasons() -> None:
    result = replace(hostile(), plan=None, cost=None, terms=None)
    rows = content.left_out(result.problem, result, (), "en")
    assert [row.reason for row in rows] == ["", "", ""]
    assert [visit.fixed for visit in content.visits_of(result.problem, None)] == [True]


def test_a_result_that_knows_no_problem_asks_for_one() -> None:
    result = replace(hostile(), problem=None)
    with pytest.raises(ArgumentError, match="Maybe give problem="):
        content.problem_of(result, None)
    assert content.problem_of(result, hostile().problem) is hostile().problem


def test_years_with_unknown_holidays_are_named() -> None:
    assert content.provisional_years(hostile().problem) == (2027,)
    assert content.provisional_years(hostile(country="DE").problem) == ()
