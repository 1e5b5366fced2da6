"""Hopeless audits are those that nothing can serve: by stories, and proved by trying every booking."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from brute import Brute
from mixed import mixed_case
from office import MON, THU, TUE, WED, audit, day, grade, office, person, problem

from auditmatch.cases import Case
from auditmatch.engines.greedy import greedy
from auditmatch.hopeless import bookings, find_hopeless
from auditmatch.placement import State
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.verify import verify

Count = Callable[[int, int], int]


def hopeless(case: Case) -> list[str]:
    made = problem(case)
    return [made.scene.audit_id(a) for a in made.hopeless.tolist()]


def both(audit_id: str, who: str, start: str) -> dict[str, str]:
    return {"audit_id": audit_id, "auditor_id": who, "role": "lead", "start": start, "end": start, "pin": "both"}


def needs(first: str, second: str) -> dict[str, object]:
    return {"first_audit": first, "second_audit": second, "kind": "interval", "required": True}


def test_nothing_is_hopeless_where_everybody_can_work() -> None:
    assert hopeless(office()) == []


def test_an_audit_that_nobody_is_competent_for_is_hopeless() -> None:
    assert hopeless(office().changing("requirements", 1, specialty="17.10.02")) == ["X"]


def test_an_audit_longer_than_its_window_is_hopeless() -> None:
    # Three days do not fit Monday to Tuesday; two do.
    assert hopeless(audit(office(), "X", latest=TUE, person_days=3.0)) == ["X"]
    assert hopeless(audit(office(), "X", latest=TUE, person_days=2.0)) == []


def test_whoever_needs_a_hopeless_audit_is_hopeless_too() -> None:
    case = office(links=[needs("W", "X"), needs("X", "Y")]).changing("requirements", 0, specialty="17.10.02")
    assert hopeless(case) == ["W", "X", "Y"]


def test_an_audit_that_needs_a_cancelled_one_is_hopeless_and_one_that_needs_a_done_one_is_not() -> None:
    done = [{"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": "2027-02-22", "end": "2027-02-22"}]
    case = office(links=[needs("X", "Y")])
    assert hopeless(audit(case, "X", status="cancelled")) == ["Y"]
    assert hopeless(audit(case.having(plan=done), "X", status="done")) == []


def test_a_family_whose_dates_never_meet_is_hopeless_in_its_younger_part() -> None:
    # X lies on Thursday at the earliest, Y on Tuesday at the latest, and Y must follow X.
    case = audit(audit(office(links=[needs("X", "Y")]), "X", earliest=THU), "Y", latest=TUE)
    assert hopeless(case) == ["Y"]


def test_a_pin_that_no_rule_allows_is_hopeless() -> None:
    assert hopeless(office(plan=[both("X", "Bo", TUE)])) == ["X"]  # Bo may not lead
    assert hopeless(office(plan=[both("X", "Ann", "2027-03-06")])) == []  # Saturday, after the horizon: a fact


def test_a_full_pin_takes_its_person_and_others_may_be_hopeless_beside_it() -> None:
    case = audit(office(plan=[both("X", "Ann", TUE)]), "Y", earliest=TUE, latest=TUE)
    assert hopeless(case) == ["Y"]
    assert hopeless(grade(case, "Bo", grade="lead")) == []
    # A pin of the date alone leaves the person open, so nobody else is hopeless for it.
    row = {**both("X", "Ann", TUE), "pin": "date"}
    assert hopeless(audit(office(plan=[row]), "Y", earliest=TUE, latest=TUE)) == []


def test_two_pins_that_clash_leave_the_second_hopeless() -> None:
    assert hopeless(office(plan=[both("X", "Ann", TUE), both("Y", "Ann", TUE)])) == ["Y"]
    assert hopeless(office(plan=[both("X", "Ann", TUE), both("Y", "Ann", WED)])) == []


def test_a_fact_takes_its_person() -> None:
    done = {"audit_id": "W", "auditor_id": "Ann", "role": "lead", "start": MON, "end": MON}
    case = audit(audit(office(plan=[done]), "W", status="done"), "X", latest=MON)
    assert hopeless(case) == ["X"]
    assert hopeless(grade(case, "Cai", grade="lead")) == []
    assert hopeless(person(case, "Ann", full_time=False)) == ["X"]


def test_hopeless_audits_cost_nothing_and_their_absence_is_no_violation() -> None:
    case = office().changing("requirements", 1, specialty="17.10.02")
    made = problem(case)
    served = Plan.from_bookings([day("W", MON), day("Y", TUE), day("Z", WED)])
    verdict = verify(made, served)
    assert verdict.ok
    assert verdict.terms["unserved"] == 0


def test_hopeless_equals_trying_every_booking(count: Count) -> None:
    found = pinned = related = 0
    for seed in range(count(1500, 80)):
        case = mixed_case(np.random.default_rng([seed, 3]), contended_share=0.1)
        made = Problem(case.register(), case.start, case.end)
        brute = Brute(made)
        assert set(made.hopeless.tolist()) == brute.hopeless(), f"seed {seed}"
        found += len(made.hopeless) > 0
        pinned += len(brute.world.pins) > 0
        related += bool(brute.required)
    assert min(found, pinned, related) >= count(150, 4)


def test_bookings_in_no_breach_are_never_hopeless_and_the_answer_is_the_same_without_them(count: Count) -> None:
    """A published plan of one greedy run on another's register, so that some of its bookings break rules."""
    sound = broken = 0
    for seed in range(count(1500, 150)):
        rng = np.random.default_rng(90_000 + seed)
        case = mixed_case(rng)
        made = Problem(case.register(), case.start, case.end)
        plan = made.plan_of(greedy(made))
        worse = case.having(closures=[{"organisation_id": f"O{rng.integers(4)}", "start": "2027-03-01"}])
        if len(worse.tables["closures"]) > 1 or len(plan) == 0:
            continue
        changed = Problem(worse.register(), case.start, case.end, plan=plan)
        state = State(changed.lowered, changed.costs, changed.flat, changed.facts)
        assert find_hopeless(state, changed.scene).tolist() == changed.hopeless.tolist(), seed
        assert not changed.stands.sound & changed.stands.suspect
        sound, broken = sound + len(changed.stands.sound), broken + len(changed.stands.suspect)
        kept = {made.scene.audit_id(a) for a in changed.stands.sound}
        rest = Plan.from_bookings([b for b in plan.bookings if b.audit in kept])
        assert not [v for v in verify(changed, rest).violations if v.rule != "pins"]
    assert min(sound, broken) >= count(500, 30)


def test_every_booking_that_the_kernel_lists_is_one_that_checks_accept_and_none_is_missing(count: Count) -> None:
    some = 0
    for seed in range(count(300, 16)):
        case = mixed_case(np.random.default_rng([seed, 4]))
        made = Problem(case.register(), case.start, case.end)
        brute = Brute(made)
        for a in made.audits.tolist():
            if brute.needed(a):
                continue
            listed = list(bookings(made.state(), a))
            assert len(listed) == len(set(listed))
            assert set(listed) == {p for p in brute.bookings[a] if brute.alone(p)}, f"seed {seed}"
            some += len(listed)
    assert some > 50
