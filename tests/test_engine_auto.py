"""Auto: equal work gives equal plans, bounds hold, and a stop or a gap ends a run with a verified plan."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from brute import Brute
from mixed import mixed_case

import auditmatch as am
from auditmatch.engines import auto, run
from auditmatch.engines.reserve import margins
from auditmatch.problem import Problem
from auditmatch.result import Budget, Result, Status, Step, gap

Count = Callable[[int, int], int]


@pytest.fixture(scope="module")
def problem() -> Problem:
    """Return fifty audits for ten people: more than CP-SAT is asked to prove at once."""
    register = am.sample(auditors=10, audits=50, load=0.85, seed=1)
    report = am.sample.load_report(register)
    made = Problem(register, report.start, report.end)
    assert run.whole_size(made) > run.SMALL_WHOLE
    return made


@pytest.fixture(scope="module")
def worked(problem: Problem) -> Result:
    """Return the result of forty units of work: 40 * 100 steps of the search, and 40 rounds of prices."""
    return am.solve(problem, Budget(work=40, seed=3))


def holds(problem: Problem, result: Result) -> None:
    """Check all that a result says of itself."""
    verdict = am.verify(problem, result.plan)
    assert verdict.ok
    assert verdict.cost == result.cost == sum(result.terms.values())
    assert result.bound <= result.cost <= result.greedy_cost
    assert len(result.served) == len(result.plan.bookings)
    assert len(result.served) + len(result.deferred) + len(result.unserved) == len(problem.audits)
    assert result.served_at_most is None or len(result.served) <= result.served_at_most <= len(problem.audits)


def test_a_plan_of_auto_is_verified_and_its_bound_below_its_cost(problem: Problem, worked: Result) -> None:
    holds(problem, worked)
    assert worked.served_at_most is not None
    assert worked.cost < worked.greedy_cost
    assert worked.status is Status.FEASIBLE


def test_the_trace_of_auto_falls_to_the_cost_and_rises_to_the_bound(worked: Result) -> None:
    costs = [step.cost for step in worked.trace if step.cost is not None]
    bounds = [step.bound for step in worked.trace if step.bound is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert (costs[-1], bounds[-1]) == (worked.cost, worked.bound)
    assert {"prices", "search", "greedy"} <= {step.engine for step in worked.trace}


def test_equal_work_and_seed_give_equal_plans_bounds_and_counts(problem: Problem, worked: Result) -> None:
    for _ in range(2):
        again = am.solve(problem, Budget(work=40, seed=3))
        assert again.plan == worked.plan
        assert (again.cost, again.bound, again.served_at_most) == (worked.cost, worked.bound, worked.served_at_most)


def slowing(who: str) -> Callable[[Step], None]:
    """Return a listener that holds up one of the two sides at each of its improvements."""
    return lambda step: time.sleep(0.01) if step.engine == who else None


def test_the_plan_does_not_depend_on_which_side_is_faster(problem: Problem, worked: Result) -> None:
    for who in ("prices", "search"):
        again = am.solve(problem, Budget(work=40, seed=3), on_progress=slowing(who))
        assert (again.plan, again.cost, again.bound) == (worked.plan, worked.cost, worked.bound)


def test_the_plan_does_not_depend_on_which_side_reaches_the_gap(problem: Problem, worked: Result) -> None:
    first, last = gap(worked.greedy_cost, worked.bound), worked.gap
    for share in (0.5, 0.7, 0.9, 0.97):
        budget = Budget(work=40, seed=3, gap=first + share * (last - first))
        one, two = (am.solve(problem, budget, on_progress=slowing(who)) for who in ("prices", "search"))
        assert (one.plan, one.cost, one.bound) == (two.plan, two.cost, two.bound), f"gap {budget.gap}"


def test_more_work_proves_more(problem: Problem, worked: Result) -> None:
    more = am.solve(problem, Budget(work=160, seed=3))
    holds(problem, more)
    assert more.bound > worked.bound


def test_a_gap_that_is_reached_ends_the_run_before_its_work_is_done(problem: Problem, worked: Result) -> None:
    half = (gap(worked.greedy_cost, worked.bound) + worked.gap) / 2
    result = am.solve(problem, Budget(work=40, seed=3, gap=half))
    holds(problem, result)
    assert worked.gap < result.gap <= half < gap(result.greedy_cost, worked.bound)


def test_a_stop_event_ends_auto_with_a_verified_plan(problem: Problem) -> None:
    stop, seen = threading.Event(), []
    threading.Timer(0.5, stop.set).start()
    result = am.solve(problem, Budget(seconds=600, seed=1), stop=stop, on_progress=seen.append)
    assert stop.is_set()
    holds(problem, result)
    assert not result.interrupted
    assert seen[-1].cost == result.cost


def test_a_stop_that_is_set_before_the_run_still_gives_a_verified_plan(problem: Problem) -> None:
    stop = threading.Event()
    stop.set()
    for budget in (Budget(seconds=600), Budget(work=10**6)):
        result = am.solve(problem, budget, stop=stop)
        assert am.verify(problem, result.plan).ok
        assert result.bound <= result.cost


def test_a_stop_ends_a_run_that_counts_work(problem: Problem) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    holds(problem, am.solve(problem, Budget(work=10**7, seed=1), stop=stop))


def test_auto_starts_from_a_plan_that_is_better_than_greedy(problem: Problem, worked: Result) -> None:
    again = am.solve(problem, Budget(work=2, seed=9), start=worked.plan)
    holds(problem, again)
    assert again.cost <= worked.cost


def test_auto_finds_the_best_of_all_plans_of_tiny_problems(count: Count) -> None:
    proved = 0
    for seed in range(50_000, 50_000 + count(300, 20)):
        case = mixed_case(np.random.default_rng(seed))
        tiny = Problem(case.register(), case.start, case.end)
        assert run.whole_size(tiny) <= run.SMALL_WHOLE
        best = Brute(tiny).best()
        if best.plan is None:
            continue  # pins that clash are set apart, so that the problem is another one
        result = am.solve(tiny, Budget(work=40, seed=3))
        assert (result.status, result.cost, result.bound) == (Status.OPTIMAL, best.cost, best.cost)
        assert am.verify(tiny, result.plan).cost == best.cost
        proved += 1
    assert proved >= count(200, 12)


def test_a_greedy_plan_under_newer_prices_is_taken_where_it_costs_less(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan that greedy makes again within a run is a good one, found before; worse ones later change nothing."""
    good = am.solve(problem, Budget(work=200, seed=5))
    before = [() for _ in margins(problem)]
    asked = iter([*before, tuple(problem.place(good.plan)), (), ()])
    monkeypatch.setattr(auto, "greedy", lambda *_: next(asked))
    result = am.solve(problem, Budget(work=60, seed=3))
    holds(problem, result)
    assert result.cost <= good.cost
    assert (good.cost, "greedy") in [(step.cost, step.engine) for step in result.trace]
    assert next(asked, None) is None
