"""verify finds every kind of fault in any plan and none in a legal one; asked of the changes alone it says the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from brute import Brute
from mixed import mixed_case
from office import FRI, MON, THU, TUE, WED, audit, book, day, grade, judged, office, problem, setting

from auditmatch.cases import Case
from auditmatch.engines.greedy import greedy
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.placement import Placed
from auditmatch.plan import Booking, Plan, plan_table
from auditmatch.problem import Problem
from auditmatch.sample import sample, sample_horizon
from auditmatch.verify import verify

Count = Callable[[int, int], int]
Rows = list[tuple[str, str, str, str, str]]


def said(case: Case, rows: Rows, **how: Any) -> list[str]:
    """Return the messages about form for rows of (audit, auditor, role, start, end)."""
    names = ("audit_id", "auditor_id", "role", "start", "end")
    columns: dict[str, Any] = dict(zip(names, (list(part) for part in zip(*rows, strict=True)), strict=True))
    columns |= {name: np.array(columns[name], dtype="datetime64[D]") for name in ("start", "end")}
    verdict = verify(problem(case), Plan(plan_table(columns)), **how)
    return [violation.message for violation in verdict.violations if violation.rule == "form"]


def test_a_legal_plan_has_no_violations_and_its_terms_add_up() -> None:
    verdict = judged(office(), *(day(name, start) for name, start in zip("WXYZ", (MON, TUE, WED, THU), strict=True)))
    assert verdict.ok
    # Preferred is the first day of the window: Tuesday, Wednesday and Thursday are 1 + 2 + 3 days late, 2 points each.
    assert verdict.terms["lateness"] == 12
    assert verdict.cost == sum(verdict.terms.values())
    assert str(verdict).startswith("0 violations, cost ")
    late = judged(office(), day("X", "2027-03-08"))
    assert "\n  windows: X runs from 2027-03-08 to 2027-03-08; it may run from 2027-03-01 to 2027-03-05" in str(late)


def test_all_unknown_names_are_listed_at_once_with_the_nearest_known() -> None:
    plan = Plan.from_bookings([book("W", MON, Anne="lead"), book("XX", TUE, Ann="lead"), book("Q", TUE, Zed="lead")])
    with pytest.raises(InputError) as caught:
        verify(problem(office()), plan)
    found = [(p.table, p.column, p.value, p.row) for p in caught.value.problems]
    assert found == [
        ("plan", "audit_id", "Q", 2),
        ("plan", "audit_id", "XX", 4),
        ("plan", "auditor_id", "Zed", 2),
        ("plan", "auditor_id", "Anne", 3),
    ]
    assert "Maybe 'Ann'?" in str(caught.value)


def test_rows_of_one_audit_that_disagree_on_dates_are_named() -> None:
    rows = [("X", "Ann", "lead", MON, MON), ("X", "Bo", "member", TUE, TUE)]
    assert said(office(), rows) == ["the rows of audit X disagree on its dates"]


def test_a_person_who_stands_twice_in_a_team_is_named() -> None:
    rows = [("X", "Ann", "lead", MON, MON), ("X", "Ann", "member", MON, MON)]
    assert said(office(), rows) == ["auditor Ann stands twice in the team of audit X"]


def test_a_booking_that_ends_before_it_starts_is_named() -> None:
    assert said(office(), [("X", "Ann", "lead", TUE, MON)]) == ["the booking of audit X ends before it starts"]


def test_a_done_audit_may_be_restated_and_not_replanned() -> None:
    row = {"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": MON, "end": MON}
    case = audit(office(plan=[row]), "X", status="done")
    assert said(case, [("X", "Ann", "lead", MON, MON)]) == []
    moved = ["X is done or pinned elsewhere and cannot be planned anew"]
    assert said(case, [("X", "Ann", "lead", TUE, TUE)]) == said(case, [("X", "Bo", "lead", MON, MON)]) == moved


def test_a_cancelled_audit_and_a_done_one_without_a_booking_cannot_be_planned() -> None:
    cancelled, done = (audit(office(), "X", status=status) for status in ("cancelled", "done"))
    assert said(cancelled, [("X", "Ann", "lead", MON, MON)]) == ["X is cancelled, not open"]
    assert said(done, [("X", "Ann", "lead", MON, MON)]) == ["X is done, not open"]


def test_a_fact_that_breaks_a_rule_is_nobodys_fault() -> None:
    row = {"audit_id": "X", "auditor_id": "Cai", "role": "lead", "start": "2027-02-27", "end": "2027-02-28"}
    assert judged(audit(office(plan=[row]), "X", status="done"), day("Y", MON)).ok


def test_a_fact_in_the_way_is_the_fault_of_the_booking() -> None:
    row = {"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": MON, "end": MON}
    verdict = judged(audit(office(plan=[row]), "X", status="done"), day("Y", MON))
    assert [str(v) for v in verdict.violations] == ["one_place: Ann is in X and Y at once"]


@pytest.mark.parametrize("year", ["1995", "2026", "2029", "2099"])
@pytest.mark.parametrize("per_day", [1, 2])
def test_a_booking_years_away_is_refused_without_a_traceback(year: str, per_day: int) -> None:
    later = {"auditor_id": "Ann", "field": "QMS", "specialty": "03.04.01", "valid_from": "2027-02-01", "grade": "lead"}
    certificate = {"certificate_id": "C", "specialty": "03.04.01", "organisation_id": "Oil", "field": "QMS"}
    case = office(qualifications=[later], certificates=[certificate])
    case = case.having(audit_certificates=[{"audit_id": "X", "certificate_id": "C"}])
    case = setting(setting(case, "certificates_count", "holders"), "slots_per_day", per_day)
    case = grade(case, "Ann", valid_from="2020-01-01", valid_until="2026-12-31")
    case = case.changing("auditors", 0, monthly_limit=3.0)
    case = case.having(absences=[{"auditor_id": "Ann", "start": MON, "end": MON}])
    case = case.having(closures=[{"organisation_id": "Oil", "start": MON, "end": MON}])
    case = case.having(links=[{"first_audit": "X", "second_audit": "Y", "kind": "interval"}])
    verdict = judged(case, book("X", f"{year}-03-01", f"{year}-03-03", Ann="lead"), day("Y", TUE))
    assert {"windows", "morning_start"} <= {v.rule for v in verdict.violations}


def test_a_booking_across_all_years_is_refused_without_a_traceback() -> None:
    verdict = judged(office(), book("X", "1990-01-01", "2100-12-31", Ann="lead"))
    assert {"windows", "morning_start", "membership"} <= {v.rule for v in verdict.violations}


def test_nothing_at_all_is_a_plan() -> None:
    verdict = judged(office())
    assert verdict.ok
    assert verdict.cost == verdict.terms["unserved"] > 4000


def test_bookings_made_by_hand_must_name_roles_halves_and_dates_that_exist() -> None:
    for wrong in (
        Booking("X", MON, "am", MON, "pm", (("Ann", "boss"),)),
        Booking("X", MON, "noon", MON, "pm", (("Ann", "lead"),)),
        Booking("X", "2027-02-30", "am", MON, "pm", (("Ann", "lead"),)),
    ):
        with pytest.raises(ArgumentError, match=r"'(boss|noon)'. Maybe|'2027-02-30' is not a date"):
            Plan.from_bookings([wrong])


def test_an_edited_table_is_read_back_and_judged(tmp_path: Any) -> None:
    import pandas as pd

    made = problem(office())
    plan = made.plan_of(greedy(made))
    path = tmp_path / "plan.csv"
    plan.assignments.to_csv(path, index=False)
    frame = pd.read_csv(path)
    again = Plan(made.scene.register.with_tables(plan=frame).plan)
    assert again == plan
    assert verify(made, again) == verify(made, plan)
    frame.loc[frame["audit_id"] == "X", "auditor_id"] = "Bo"
    edited = Plan(made.scene.register.with_tables(plan=frame).plan)
    assert [str(v) for v in verify(made, edited).violations] == ["lead: nobody in the team of X may lead it"]


def test_with_whole_days_halves_do_not_matter() -> None:
    case = setting(office(), "slots_per_day", 1)
    assert judged(case, book("X", f"{MON} pm", f"{MON} pm", Ann="lead"), day("Y", TUE)).ok
    clash = judged(
        case, book("X", f"{MON} am", f"{MON} am", Ann="lead"), book("Y", f"{MON} pm", f"{MON} pm", Ann="lead")
    )
    assert [v.rule for v in clash.violations] == ["one_place"]


# ---------------------------------------------------------------------------------------------------------------- only


def test_only_reports_what_concerns_the_audits_named() -> None:
    made = problem(office())
    plan = Plan.from_bookings([day("W", MON), day("X", MON), day("Y", TUE, "Bo"), day("Z", WED)])
    assert {v.rule for v in verify(made, plan).violations} == {"one_place", "lead"}
    assert [v.rule for v in verify(made, plan, only=["Y"]).violations] == ["lead"]
    assert [v.rule for v in verify(made, plan, only=["X"]).violations] == ["one_place"]
    assert verify(made, plan, only=["Z"]).ok
    assert verify(made, plan, only=[]).ok
    assert verify(made, plan, only=["Z"]).terms == verify(made, plan).terms


def test_only_refuses_names_that_nobody_knows() -> None:
    with pytest.raises(UnknownNameError, match="no audit is called 'x'"):
        verify(problem(office()), Plan.from_bookings([]), only=["W", "x"])


def test_only_sees_that_the_first_stage_of_another_audit_was_taken_out() -> None:
    made = problem(office(links=[{"first_audit": "X", "second_audit": "Y", "kind": "interval", "required": True}]))
    without = Plan.from_bookings([day("Y", FRI)])
    assert [v.rule for v in verify(made, without, only=["X"]).violations] == ["required"]


def test_only_sees_that_a_pinned_audit_was_taken_out() -> None:
    row = {"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": MON, "end": MON, "pin": "date"}
    made = problem(office(plan=[row]))
    assert [v.rule for v in verify(made, Plan.from_bookings([]), only=["X"]).violations] == ["pins"]
    assert verify(made, Plan.from_bookings([]), only=["Y"]).ok


def same_verdict(made: Problem, plan: Plan, changed: list[str], message: str) -> bool:
    """Compare `only` with the whole after audits of a legal plan changed; return whether the plan is still legal."""
    whole, part = verify(made, plan), verify(made, plan, only=changed)
    assert whole.ok == part.ok, f"{message}: {whole} but only {changed}: {part}"
    assert {str(v) for v in part.violations} <= {str(v) for v in whole.violations}, message
    assert whole.terms == part.terms
    return whole.ok


def test_only_equals_the_whole_after_any_change_of_a_tiny_legal_plan(count: Count) -> None:
    outcomes = {True: 0, False: 0}
    removals = 0
    for seed in range(count(600, 50)):
        rng = np.random.default_rng([seed, 5])
        case = mixed_case(rng)
        made = Problem(case.register(), case.start, case.end)
        brute = Brute(made)
        legal = {p.audit: p for p in greedy(made)}
        if not verify(made, made.plan_of(legal.values())).ok:
            continue  # a pinned audit that greedy could not place
        choices = {a: some for a, some in brute.bookings.items() if some}
        for _ in range(8 if choices else 0):
            edited: dict[int, Placed] = dict(legal)
            for a in rng.permutation(list(choices))[: int(rng.integers(1, 3))].tolist():
                edited.pop(a, None)
                if rng.random() < 0.75:
                    edited[a] = choices[a][int(rng.integers(len(choices[a])))]
            changed = [a for a in {*legal, *edited} if legal.get(a) != edited.get(a)]
            removals += any(a not in edited for a in changed)
            names = [made.scene.audit_id(a) for a in changed]
            outcomes[same_verdict(made, made.plan_of(edited.values()), names, f"seed {seed}")] += 1
    assert min(outcomes.values()) >= 50
    assert removals >= 20


def test_only_equals_the_whole_after_any_change_of_a_plan_of_sixty_audits(count: Count) -> None:
    register = sample(auditors=12, audits=60, seed=3)
    made = Problem(register, *sample_horizon(register))
    plan = made.plan_of(greedy(made))
    assert verify(made, plan).ok
    rng = np.random.default_rng(0)
    people = register.auditors["auditor_id"].tolist()
    outcomes = {True: 0, False: 0}
    for number in range(count(1000, 300)):
        edited = {b.audit: b for b in plan.bookings}
        names = rng.choice(sorted(edited), size=int(rng.integers(1, 4)), replace=False).tolist()
        for name in names:
            old = edited.pop(name)
            kind = rng.random()
            if kind < 0.4:
                shift = int(rng.integers(-7, 8))
                first, last = (str(np.datetime64(x) + np.timedelta64(shift, "D")) for x in (old.start, old.end))
                edited[name] = Booking(name, first, old.start_half, last, old.end_half, old.team)
            elif kind < 0.7:
                team = tuple((str(rng.choice(people)), role) for _, role in old.team)
                edited[name] = Booking(
                    name, old.start, old.start_half, old.end, old.end_half, tuple(dict(team).items())
                )
        outcomes[same_verdict(made, Plan.from_bookings(edited.values()), names, f"edit {number}")] += 1
    assert min(outcomes.values()) >= 5


def test_verify_loads_no_engine() -> None:
    code = (
        "import sys, auditmatch.verify; print([m for m in sys.modules if 'ortools' in m or 'auditmatch.engines' in m])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
