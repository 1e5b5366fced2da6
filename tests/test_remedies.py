"""Remedies: each kind where it is the only one, and whatever is named serves the audit once it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from bodies import FRIDAY, MONDAY, NOTHING, TUESDAY, Body, body, booked
from mixed import mixed_case

import auditmatch as am
from auditmatch.engines.greedy import greedy
from auditmatch.explain import REMEDIES, Remedy, explain, explain_all
from auditmatch.plan import Plan

Count = Callable[[int, int], int]


def remedies(problem: am.Problem, plan: Plan, audit: str) -> dict[str, Remedy]:
    """Return the remedies by kind; what they promise holds."""
    found = explain(problem, plan, audit)
    assert found.status != "served"
    for remedy in found.remedies:
        changed, after = remedy.apply(problem, plan)
        assert set(am.verify(changed, after).violations) <= set(am.verify(changed, plan).violations)
        assert audit in after.audits
        assert set(after.audits) >= set(plan.audits)
        assert str(remedy) in str(found)
        assert remedy.sentence("zh")
    assert [r.cost for r in found.remedies] == sorted(r.cost for r in found.remedies)
    return {remedy.kind: remedy for remedy in found.remedies}


def taken(name: str, specialty: str = "03.04.01") -> Body:
    """P1 alone could serve A on Monday, and is booked then for another audit."""
    monday = {"earliest": MONDAY, "latest": MONDAY}
    return body().audit("A", **monday).audit(name, specialty)


def test_another_audit_moves() -> None:
    problem = taken("B").problem()
    plan = Plan.from_bookings([booked("B", MONDAY, ("P1", "lead"))])
    found = remedies(problem, plan, "A")["move"]
    assert found.booking == booked("A", MONDAY, ("P1", "lead"))
    assert found.moved == booked("B", TUESDAY, ("P1", "lead"))
    assert str(found) == "Move B to 2027-03-02 with P1; it can then start on 2027-03-01."
    assert found.events == ()


def test_a_pinned_audit_does_not_move() -> None:
    problem = taken("B").having("plan", _row("B")).problem()
    plan = Plan.from_bookings([booked("B", MONDAY, ("P1", "lead"))])
    assert "move" not in remedies(problem, plan, "A")


@pytest.mark.parametrize("required", [False, True])
def test_the_partner_of_a_link_moves(required: bool) -> None:
    """B has to follow A within a day, and can come on Friday alone; A stands on Monday."""
    link = {"first_audit": "A", "second_audit": "B", "kind": "interval", "max_days": 1, "required": required}
    problem = body().audit("A").audit("B", earliest=FRIDAY).having("links", link).problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead"))])
    found = remedies(problem, plan, "B")["move"]
    assert found.moved is not None
    assert (found.booking.start, found.moved.audit, found.moved.start) == (FRIDAY, "A", "2027-03-04")


def _row(audit: str) -> dict[str, object]:
    return {
        "audit_id": audit, "auditor_id": "P1", "role": "lead", "start": MONDAY, "start_half": "am",
        "end": MONDAY, "end_half": "pm", "pin": "both", "pinned_by": "me", "pin_reason": "promised",
    }  # fmt: skip


def test_a_window_opens_by_the_fewest_days() -> None:
    base = body().audit("A", earliest=FRIDAY, latest=FRIDAY).audit("B")
    problem = base.problem()
    plan = Plan.from_bookings([booked("B", FRIDAY, ("P1", "lead"))])
    found = remedies(problem, plan, "A")["window"]
    assert found.booking.start == "2027-03-04"
    assert str(found) == "Widen its window to 2027-03-04 to 2027-03-05 (days more: 1)."


def test_no_window_closes_later_than_the_legal_deadline() -> None:
    held_up = {"audit_id": "B", "earliest": MONDAY, "latest": MONDAY}
    tight = body().audit("A", earliest=MONDAY, latest=MONDAY, deadline=MONDAY).audit("B", **held_up)
    wide = body().audit("A", earliest=MONDAY, latest=MONDAY, deadline=TUESDAY).audit("B", **held_up)
    plan = Plan.from_bookings([booked("B", MONDAY, ("P1", "lead"))])
    assert "window" not in remedies(tight.problem(), plan, "A")
    assert remedies(wide.problem(), plan, "A")["window"].booking.start == TUESDAY


def test_an_absence_is_given_up_for_the_days_of_the_audit() -> None:
    leave = {"auditor_id": "P1", "start": MONDAY, "start_half": "am", "end": FRIDAY, "end_half": "pm", "reason": "x"}
    problem = body().audit("A").having("absences", leave).problem()
    found = remedies(problem, NOTHING, "A")
    assert list(found) == ["absence"]
    assert str(found["absence"]) == "P1 would have to work from 2027-03-01 to 2027-03-01."
    changed, _ = found["absence"].apply(problem, NOTHING)
    kept = changed.scene.register.absences
    assert [str(day) for day in kept["start"]] == [TUESDAY]


def test_one_person_gets_a_code() -> None:
    problem = body().audit("A", "17.10.02").problem()
    found = remedies(problem, NOTHING, "A")
    assert list(found) == ["code"]
    # P2 holds no grade lead, and the audit needs one.
    assert str(found["code"]) == "Qualify P1 for QMS 17.10.02."


def test_what_one_change_cannot_mend_has_no_remedy() -> None:
    problem = body().audit("A", team_min=4, team_max=4, person_days=4.0).problem()
    assert remedies(problem, NOTHING, "A") == {}


def test_remedies_of_random_problems_serve_the_audit(count: Count) -> None:
    seen: Counter[str] = Counter()
    for seed in range(count(600, 150)):
        case = mixed_case(np.random.default_rng(70_000 + seed))
        if "absences" not in case.tables:
            case = case.having(absences=[{"auditor_id": f"P{seed % 3}", "start": MONDAY, "end": TUESDAY}])
        problem = am.Problem(case.register(), case.start, case.end)
        plan = problem.plan_of(greedy(problem))
        for each in explain_all(problem, plan):
            seen.update(remedies(problem, plan, each.audit).keys())
    assert set(seen) == set(REMEDIES)


def test_a_pinned_audit_is_remedied_at_its_pin_or_not_at_all() -> None:
    """P1 alone holds what A asks for and is away on Monday, where A is pinned: a code for P2 is no help."""
    case = body().audit("A").having("absences", {"auditor_id": "P1", "start": MONDAY}).having("plan", _row("A"))
    problem = case.problem()
    found = remedies(problem, NOTHING, "A")
    assert set(found) <= {"absence"}


def test_a_served_audit_tells_its_second_best() -> None:
    problem = body().audit("A", preferred=MONDAY).problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead"))])
    found = explain(problem, plan, "A")
    assert found.second == booked("A", TUESDAY, ("P1", "lead"))
    assert found.second_cost is not None
    assert found.cost is not None
    assert found.second_cost == found.cost + 2  # a day later


def test_an_audit_for_which_nobody_has_a_seat_is_asked_about_as_well() -> None:
    needs = [{"audit_id": "A", "field": "Other", "specialty": "x"}]
    problem = Body({**body().audit("A").tables, "requirements": needs}).problem()
    assert remedies(problem, NOTHING, "A") == {}  # a lead of the field would be missing too
