"""verify: what it finds in any plan, whoever wrote it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import auditmatch as am
from auditmatch.engines.greedy import greedy
from auditmatch.plan import Booking
from auditmatch.problem import Problem


@pytest.fixture(scope="module")
def problem() -> Problem:
    register = am.sample(auditors=12, audits=60, load=0.85, seed=4)
    report = am.sample.load_report(register)
    return am.Problem(register, report.start, report.end)


@pytest.fixture(scope="module")
def legal(problem: Problem) -> tuple[Booking, ...]:
    plan = problem.plan_of(greedy(problem))
    assert am.verify(problem, plan).ok
    return plan.bookings


def faults(problem: Problem, *bookings: Booking) -> set[str]:
    return {v.rule for v in am.verify(problem, am.Plan.from_bookings(bookings)).violations}


def test_unknown_names_are_refused_all_at_once_with_the_nearest(problem: Problem, legal: tuple[Booking, ...]) -> None:
    first, second = legal[:2]
    wrong = [replace(first, audit=first.audit[:-1] + "x"), replace(second, team=(("P00O1", "lead"),))]
    with pytest.raises(am.InputError) as caught:
        am.verify(problem, am.Plan.from_bookings(wrong))
    assert len(caught.value.problems) == 2
    assert all(fault.maybe for fault in caught.value.problems)


def test_members_that_disagree_on_dates_are_a_form_fault(problem: Problem, legal: tuple[Booking, ...]) -> None:
    pair = next(b for b in legal if len(b.team) > 1)
    late = str(np.datetime64(pair.start) + np.timedelta64(1, "D"))
    rows = [replace(pair, team=pair.team[:1]), replace(pair, team=pair.team[1:], start=late)]
    assert "form" in faults(problem, *rows)


def test_the_same_person_twice_is_a_form_fault(problem: Problem, legal: tuple[Booking, ...]) -> None:
    assert "form" in faults(problem, replace(legal[0], team=(legal[0].team[0], (legal[0].team[0][0], "member"))))


def test_a_booking_that_ends_before_it_starts_is_a_form_fault(problem: Problem, legal: tuple[Booking, ...]) -> None:
    assert "form" in faults(problem, replace(legal[0], end=str(np.datetime64(legal[0].start) - np.timedelta64(3, "D"))))


def test_what_is_done_cannot_be_planned_anew_and_what_is_cancelled_not_at_all(
    problem: Problem, legal: tuple[Booking, ...]
) -> None:
    done = problem.scene.facts["audit_id"][0]
    assert "form" in faults(problem, replace(legal[0], audit=done))
    status = problem.scene.register.audits["status"].copy()
    gone = problem.scene.register.index("audits", [legal[0].audit])[0]
    status[gone] = "cancelled"
    audits = dict(problem.scene.register.audits.columns) | {"status": status}
    without = am.Problem(problem.scene.register.with_tables(audits=audits), problem.scene.start, problem.scene.end)
    assert "form" in faults(without, legal[0])


def test_rows_that_repeat_history_are_no_fault(problem: Problem, legal: tuple[Booking, ...]) -> None:
    history = am.Plan(problem.scene.facts).bookings
    assert am.verify(problem, am.Plan.from_bookings([*history, *legal])).ok


def edited(rng: np.random.Generator, problem: Problem, legal: tuple[Booking, ...]) -> tuple[list[Booking], str]:
    """Change one booking as a hasty planner would, and return the plan and the audit."""
    chosen = int(rng.integers(len(legal)))
    one, rest = legal[chosen], [b for k, b in enumerate(legal) if k != chosen]
    people = problem.scene.register.auditors["auditor_id"]
    kind = rng.integers(5)
    shift = int(rng.integers(-9, 10))
    moved = {part: str(np.datetime64(getattr(one, part)) + np.timedelta64(shift, "D")) for part in ("start", "end")}
    if kind == 0:
        return rest, one.audit
    if kind == 1:
        return [*rest, replace(one, **moved)], one.audit
    if kind == 2:
        swapped = ((str(rng.choice(people)), one.team[0][1]), *one.team[1:])
        return [*rest, replace(one, team=tuple(dict(swapped).items()))], one.audit
    if kind == 3:
        return [*rest, replace(one, team=one.team[: int(rng.integers(1, len(one.team) + 1))])], one.audit
    return [*rest, replace(one, **moved, team=((str(rng.choice(people)), "lead"),))], one.audit


def test_only_what_changed_finds_what_the_whole_finds(problem: Problem, legal: tuple[Booking, ...]) -> None:
    rng = np.random.default_rng(0)
    broken = 0
    for _ in range(300):
        bookings, audit = edited(rng, problem, legal)
        plan = am.Plan.from_bookings(bookings)
        whole, part = am.verify(problem, plan), am.verify(problem, plan, only=[audit])
        assert whole.ok == part.ok
        assert {v.rule for v in whole.violations} == {v.rule for v in part.violations}
        assert whole.terms == part.terms
        broken += not whole.ok
    assert 50 < broken < 300


def test_taking_out_a_first_stage_is_found_when_only_it_is_asked_about(
    problem: Problem, legal: tuple[Booking, ...]
) -> None:
    links = problem.scene.register.links
    booked = {b.audit for b in legal}
    pairs = zip(links["first_audit"], links["second_audit"], links["required"], strict=True)
    first = next(a for a, c, required in pairs if required and {a, c} <= booked)
    plan = am.Plan.from_bookings([b for b in legal if b.audit != first])
    assert [v.rule for v in am.verify(problem, plan, only=[first]).violations] == ["required"]


def test_an_unknown_audit_to_look_at_is_answered_with_the_nearest(problem: Problem) -> None:
    with pytest.raises(am.AuditmatchError, match="Maybe 'A-"):
        am.verify(problem, am.Plan.from_bookings([]), only=["A-00001"])


def test_verify_imports_no_engine() -> None:
    code = (
        "import auditmatch.verify, sys; print([m for m in sys.modules if 'ortools' in m or 'auditmatch.engines' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_verdict_prints_its_violations(problem: Problem, legal: tuple[Booking, ...]) -> None:
    late = am.Plan.from_bookings([replace(legal[0], start="2027-06-07", end="2027-06-07")])
    assert "windows: " in str(am.verify(problem, late))
    assert "0 violations" in str(am.verify(problem, am.Plan.from_bookings(legal)))
