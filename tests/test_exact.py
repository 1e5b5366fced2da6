"""The exact engine finds the best of all plans, and every rule and goal has a say in which that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from brute import Brute
from mixed import mixed_case
from naive import naive_terms
from universe import model_cost

from auditmatch import rules as rule_folder
from auditmatch.engines import solve
from auditmatch.engines.exact import Answer, Limits, Tuning, solve_free
from auditmatch.problem import Problem
from auditmatch.result import Budget, Status
from auditmatch.shapes import Rule
from auditmatch.verify import verify
from auditmatch.weights import Weights

Count = Callable[[int, int], int]
BLOCKS = 8
SHORT = 96
GOALS = {
    "unserved": {"unserved": 0},
    "deferral": {"deferral": 0},
    "lateness": {"lateness": 0},
    "travel": {"travel": 0},
    "mismatch": {"mismatch": 0},
    "preference": {"preference": 0},
    "keep": {"keep": 0, "keep_member": 0},
    "fairness": {"fairness": 0},
}


def made(seed: int, chosen: tuple[Rule, ...] | None = None, weights: Weights | None = None) -> Problem:
    """Return the mixed problem of a seed, with all rules and the register's weights unless others are given."""
    case = mixed_case(np.random.default_rng(seed))
    return Problem(case.register(), case.start, case.end, chosen, weights)


def optimum(problem: Problem, timed: bool = False) -> Answer:
    answer = solve_free(
        problem, problem.state(), problem.audits.tolist(), (), Limits(seconds=120), tune=Tuning(timed=timed)
    )
    assert answer.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return answer


@pytest.mark.parametrize("block", range(BLOCKS))
def test_exact_equals_brute_force_on_problems_with_all_rules_mixed(block: int, count: Count) -> None:
    number = count(2000, SHORT) // BLOCKS
    for seed in range(block * number, (block + 1) * number):
        problem = made(seed)
        brute = Brute(problem)
        best, found = brute.best(), optimum(problem, timed=seed % 2 == 1)
        assert found.cost == best.cost, f"seed {seed}: exact {found}, brute force {best}"
        assert brute.hopeless() == set(problem.hopeless.tolist()), f"seed {seed}"
        if best.plan is None:
            assert found.status is Status.INFEASIBLE
            continue
        assert found.status is Status.OPTIMAL
        assert found.bound == best.cost
        verdict = verify(problem, problem.plan_of(best.plan))
        bookings = problem.plan_of(best.plan).bookings
        names = {problem.scene.audit_id(a) for a in problem.audits.tolist()}
        assert verdict.terms == naive_terms(brute.world, problem.weights, names, brute.world.visits(bookings))
        assert (verdict.ok, verdict.cost) == (True, best.cost), f"seed {seed}: {verdict}"
        assert verify(problem, problem.plan_of(found.placed or ())).cost == best.cost
        assert model_cost(problem, best.plan) == best.cost


@cache
def known(seed: int) -> tuple[Problem, Answer]:
    problem = made(seed)
    return problem, optimum(problem)


def test_half_of_these_problems_serve_two_audits_and_leave_out_one_that_could_be_served(count: Count) -> None:
    """Nothing would be proved by problems in which everybody is free or nobody can be served."""
    number, hard = count(2000, SHORT), 0
    for seed in range(number):
        problem, best = known(seed)
        hard += best.placed is not None and 2 <= len(best.placed) < len(problem.audits)
    assert hard >= number / 2


def changes_without_rule(seed: int, name: str) -> bool:
    """Tell whether the best cost, or what can be served at all, is another without a rule."""
    problem, best = known(seed)
    kept = tuple(r for r in problem.rules if r.name != name)
    without = Problem(problem.scene.register, problem.scene.start, problem.scene.end, kept)
    if set(without.hopeless.tolist()) != set(problem.hopeless.tolist()):
        return True
    other = optimum(without)
    return (other.status, other.cost) != (best.status, best.cost)


def changes_without_goal(seed: int, name: str) -> bool:
    """Tell whether the best plan is not the best any more when a goal weighs nothing."""
    problem, best = known(seed)
    if best.placed is None:
        return False
    weights = replace(problem.weights, **GOALS[name])
    without = Problem(problem.scene.register, problem.scene.start, problem.scene.end, weights=weights)
    cost = optimum(without).cost
    return cost is not None and verify(without, without.plan_of(best.placed)).cost > cost


def often_enough(happens: Callable[[int, str], bool], name: str, count: Count) -> bool:
    """Tell whether something happens in 100 of 2,000 problems, or once in the short run."""
    hits = 0
    for seed in range(count(2000, SHORT)):
        hits += happens(seed, name)
        if hits == count(100, 1):
            return True
    return False


@pytest.mark.parametrize("name", [r.name for r in rule_folder.default()])
def test_each_rule_changes_the_optimum_in_one_problem_of_twenty(name: str, count: Count) -> None:
    assert often_enough(changes_without_rule, name, count)


@pytest.mark.parametrize("name", GOALS)
def test_each_goal_changes_the_optimum_in_one_problem_of_twenty(name: str, count: Count) -> None:
    assert often_enough(changes_without_goal, name, count)


def test_solve_returns_the_same_optimum_as_the_model_alone(count: Count) -> None:
    for seed in range(count(100, 10)):
        problem, best = known(seed)
        result = solve(problem, Budget(seconds=60), engine="exact")
        assert result.cost == best.cost
        assert result.status is best.status
        if result.plan is not None:
            assert verify(problem, result.plan).ok
            assert result.bound == result.cost


def test_a_model_that_charges_more_than_its_plan_costs_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped early, a solver may leave a literal loose, and charge for a change that its plan does not make."""

    def stopped(*given: Any, **named: Any) -> Answer:
        answer = solve_free(*given[:-1], lambda cost, bound: None, **named)
        return answer if answer.cost is None else replace(answer, cost=answer.cost + 1, status=Status.FEASIBLE)

    monkeypatch.setattr("auditmatch.engines.exact.solve_free", stopped)
    better = 0
    for seed in range(12):
        problem = made(seed)
        first, found = solve(problem, Budget(seconds=5), engine="greedy"), known(seed)[1]
        if first.cost is None or found.cost is None or found.placed is None:
            continue
        asked = solve(problem, Budget(seconds=5), engine="exact")
        assert asked.plan is not None
        assert asked.cost == verify(problem, asked.plan).cost
        better += found.cost + 1 < first.cost
    assert better
