"""solve: what it promises whatever the engine."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

import auditmatch as am
from auditmatch.cases import Case, day, tiny
from auditmatch.engines import run
from auditmatch.placement import Placed
from auditmatch.problem import Problem
from auditmatch.result import Budget, Status, Step


@pytest.fixture(scope="module")
def problem() -> Problem:
    register = am.sample(auditors=8, audits=30, load=0.85, seed=3)
    report = am.sample.load_report(register)
    return am.Problem(register, report.start, report.end)


def case(seed: int = 5) -> Case:
    return tiny(np.random.default_rng(seed), audits=3, auditors=3, days=4)


def made(one: Case) -> Problem:
    return am.Problem(one.register(), one.start, one.end)


def test_every_engine_returns_a_plan_that_verify_accepts_at_the_cost_it_says(problem: Problem) -> None:
    for engine in run.ENGINES:
        result = am.solve(problem, Budget(seconds=3, seed=1), engine=engine)
        verdict = am.verify(problem, result.plan)
        assert verdict.ok
        assert verdict.cost == result.cost == sum(result.terms.values())
        assert result.bound <= result.cost
        assert len(result.served) + len(result.deferred) + len(result.unserved) == len(problem.audits)


def test_exact_is_never_worse_than_greedy_and_here_better(problem: Problem) -> None:
    greedy = am.solve(problem, Budget(seconds=3), engine="greedy")
    exact = am.solve(problem, Budget(seconds=5, seed=1), engine="exact")
    assert exact.cost < greedy.cost == exact.greedy_cost
    assert 0 < exact.closed <= 1


def test_equal_work_and_seed_give_the_same_plan_and_another_seed_may_not_cost_more_than_greedy(
    problem: Problem,
) -> None:
    one, two = (am.solve(problem, Budget(work=4, seed=7)) for _ in range(2))
    assert one.plan == two.plan
    assert (one.cost, one.bound) == (two.cost, two.bound)
    assert am.solve(problem, Budget(work=4, seed=8)).cost <= one.greedy_cost


def test_one_budget_serves_two_runs(problem: Problem) -> None:
    budget = Budget(seconds=2)
    assert all(am.solve(problem, budget, engine="exact").trace[-1].seconds > 0 for _ in range(2))


def test_a_better_start_is_kept(problem: Problem) -> None:
    good = am.solve(problem, Budget(seconds=6, seed=1))
    again = am.solve(problem, Budget(seconds=0.01, seed=2), start=good.plan)
    assert again.cost <= good.cost


def test_what_is_illegal_in_a_start_is_dropped(problem: Problem) -> None:
    good = am.solve(problem, Budget(seconds=2, seed=1)).plan
    # Everybody starts with the first booking's dates: most windows and people are broken.
    first = good.bookings[0]
    moved = [
        am.Booking(b.audit, first.start, first.start_half, first.end, first.end_half, b.team) for b in good.bookings
    ]
    result = am.solve(problem, Budget(seconds=1), start=am.Plan.from_bookings(moved))
    assert am.verify(problem, result.plan).ok


def test_a_tiny_problem_is_proved_optimal() -> None:
    result = am.solve(made(case()), Budget(seconds=20))
    assert result.status is Status.OPTIMAL
    assert result.gap == 0


def test_nothing_to_plan_costs_nothing() -> None:
    one = case()
    empty = am.Problem(one.register(), day(200), day(210))
    result = am.solve(empty, Budget(seconds=1))
    assert (result.status, result.cost, result.bound, result.gap) == (Status.OPTIMAL, 0, 0, 0)


def test_a_stop_event_ends_the_run_with_a_plan(problem: Problem) -> None:
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    began = time.monotonic()
    result = am.solve(problem, Budget(seconds=60), stop=stop)
    assert time.monotonic() - began < 30
    assert result.plan is not None
    assert not result.interrupted


def test_ctrl_c_ends_the_run_with_a_plan_and_says_so(problem: Problem) -> None:
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    before = signal.getsignal(signal.SIGINT)
    result = am.solve(problem, Budget(seconds=60))
    assert result.plan is not None
    assert result.interrupted
    assert signal.getsignal(signal.SIGINT) is before


def test_a_gap_is_enough(problem: Problem) -> None:
    # A gap of a million percent is reached by greedy, so nothing else runs.
    result = am.solve(problem, Budget(seconds=60, gap=1e4))
    assert result.cost == result.greedy_cost


def test_progress_hears_costs_fall_and_bounds_rise(problem: Problem) -> None:
    heard: list[Step] = []
    am.solve(problem, Budget(seconds=3), on_progress=heard.append)
    costs = [step.cost for step in heard if step.cost is not None]
    bounds = [step.bound for step in heard if step.bound is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert costs
    assert bounds


def test_an_unknown_engine_is_answered_with_the_nearest(problem: Problem) -> None:
    with pytest.raises(am.errors.ArgumentError, match="'exact'"):
        am.solve(problem, Budget(seconds=1), engine="exakt")


@pytest.mark.parametrize("wrong", [{}, {"seconds": -1}, {"seconds": float("nan")}, {"work": -1}])
def test_a_budget_that_says_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(am.errors.ArgumentError, match="Maybe"):
        Budget(**wrong)


def test_an_engine_that_lies_about_its_cost_is_refused(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run._Run, "cost_of", lambda self, placed: 1)
    with pytest.raises(am.errors.EngineError, match="claims cost 1"):
        am.solve(problem, Budget(seconds=1), engine="greedy")


def test_an_engine_whose_plan_breaks_a_rule_is_refused(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = run.greedy

    def lying(problem: Problem, *others: object, **named: object) -> tuple[Placed, ...]:
        placed = honest(problem)
        # The first booking goes to its first member alone and to the last slot but one.
        return tuple(Placed(p.audit, p.start, p.length, p.team[:1], p.halves) if len(p.team) > 1 else p for p in placed)

    monkeypatch.setattr(run, "greedy", lying)
    with pytest.raises(am.errors.EngineError, match="violations"):
        am.solve(problem, Budget(seconds=1), engine="greedy")


def pinned(*rows: dict[str, str]) -> Problem:
    """Two half-day audits that one lead could do one after the other; rows pin them."""
    person = {"field": "QMS", "specialty": "03.04.01", "valid_from": "2026-01-01", "grade": "lead"}
    visit = {"earliest": day(0), "latest": day(1), "person_days": 0.5, "team_max": 1}
    one = Case(
        {
            "auditors": ({"auditor_id": "P0"}, {"auditor_id": "P1"}),
            "qualifications": ({"auditor_id": "P0", **person}, {"auditor_id": "P1", **person}),
            "organisations": ({"organisation_id": "O0"},),
            "audits": tuple({"audit_id": a, "organisation_id": "O0", "kind": "special", **visit} for a in ("A0", "A1")),
            "requirements": tuple({"audit_id": a, "field": "QMS", "specialty": "03.04.01"} for a in ("A0", "A1")),
            "plan": rows,
        },
        day(0),
        day(1),
    )
    return made(one)


def row(audit: str, auditor: str, pin: str, half: str = "am") -> dict[str, str]:
    dates = {"start": day(0), "start_half": half, "end": day(0), "end_half": half}
    return {"audit_id": audit, "auditor_id": auditor, "role": "lead", "pin": pin, **dates}


def test_pins_that_clash_with_each_other_leave_the_second_hopeless_and_lose_no_plan() -> None:
    # P0 is pinned to both audits in the same half-day; the first by name stands.
    result = am.solve(pinned(row("A0", "P0", "both"), row("A1", "P0", "both")), Budget(seconds=5))
    assert result.served == ("A0",)
    assert result.hopeless == ("A1",)


def test_pins_in_part_leave_room_that_is_found() -> None:
    # Each member pin leaves both days, so both are kept; two date pins on one half-day leave one person each.
    problem = pinned(row("A0", "P0", "member"), row("A1", "P0", "member"))
    assert am.solve(problem, Budget(seconds=5)).status is Status.OPTIMAL
    rows = [row("A0", "P0", "date"), row("A1", "P0", "date")]
    clash = pinned(*rows, {**row("A0", "P1", "member"), "role": "member"})
    result = am.solve(clash, Budget(seconds=5))
    # A0 takes P1 as pinned, A1 takes P0: the dates can be kept.
    assert result.status is Status.OPTIMAL
    assert {b.audit: b.team[0][0] for b in result.plan.bookings} == {"A0": "P1", "A1": "P0"}


def test_pins_that_cannot_hold_together_leave_the_later_audit_hopeless_and_keep_the_rest() -> None:
    # Both audits must start in the same half-day and both must have P0; A0 comes first and stands.
    rows = [row("A0", "P1", "date"), row("A0", "P0", "member"), row("A1", "P1", "date"), row("A1", "P0", "member")]
    problem = pinned(*rows)
    assert not len(problem.hopeless)
    result = am.solve(problem, Budget(seconds=5))
    assert (result.served, result.hopeless) == (("A0",), ("A1",))
    assert result.cost == result.bound
    assert am.verify(result.problem, result.plan).ok
    assert am.explain(result.problem, result.plan, "A1").status == "hopeless"


def test_a_saved_problem_comes_back_the_same(problem: Problem, tmp_path) -> None:  # type: ignore[no-untyped-def]
    problem.save(tmp_path / "instance.json")
    again = am.Problem.load(tmp_path / "instance.json")
    one, two = (am.solve(p, Budget(seconds=5), engine="greedy") for p in (problem, again))
    assert (one.plan, one.cost, one.bound) == (two.plan, two.cost, two.bound)
    (tmp_path / "instance.json").write_text('{"format": "something else"}')
    with pytest.raises(am.InputError, match=r"Problem\.save"):
        am.Problem.load(tmp_path / "instance.json")


def test_a_budget_that_is_over_at_once_still_gives_a_verified_plan_and_a_bound(problem: Problem) -> None:
    result = am.solve(problem, Budget(seconds=0), engine="greedy")
    assert am.verify(problem, result.plan).ok
    assert result.bound == 0
    assert len(result.plan) == 0
