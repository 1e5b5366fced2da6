"""Exact finds the optimum that trying everything finds, and calls hopeless what trying everything does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
from brute import Brute
from mixed import mixed_case

import auditmatch as am
from auditmatch import rules
from auditmatch.engines.bound import alone
from auditmatch.engines.exact import Answer, Limits, solve_free
from auditmatch.problem import Problem
from auditmatch.weights import Weights

Count = Callable[[int, int], int]


def drawn(seed: int) -> Problem:
    case = mixed_case(np.random.default_rng(seed))
    return am.Problem(case.register(), case.start, case.end)


def proved(problem: Problem) -> Answer:
    return solve_free(problem, problem.state(), problem.audits.tolist(), (), Limits(seconds=30))


def test_exact_equals_brute_force_on_all_rules_mixed(count: Count) -> None:
    """Costs by naive loops, rules by their checks; the bound never exceeds the optimum, verify agrees on it."""
    rich = cases = count(2000, 80)
    for seed in range(cases):
        problem = drawn(seed)
        brute = Brute(problem)
        best = brute.best()
        assert proved(problem).cost == best.cost, seed
        assert brute.hopeless() == set(problem.hopeless.tolist()), seed
        if best.plan is not None:
            verdict = am.verify(problem, problem.plan_of(best.plan))
            assert (verdict.ok, verdict.cost) == (True, best.cost), seed
            assert alone(problem) <= best.cost, seed
        rich -= best.plan is None or not 2 <= len(best.plan) < len(problem.audits)
    # At least half of the cases serve two audits or more and leave one out, so that audits compete.
    assert rich >= cases / 2


def test_each_rule_and_each_goal_changes_the_optimum(count: Count) -> None:
    """Dropping a rule, or setting a weight to 0, changes the best cost or what is hopeless often enough to matter."""
    cases, least = count(2000, 60), count(100, 1)
    changed: Counter[str] = Counter()
    for seed in range(cases):
        case = mixed_case(np.random.default_rng(seed))
        register = case.register()
        problem = am.Problem(register, case.start, case.end)
        whole = proved(problem).cost, problem.hopeless.tolist()
        for rule in problem.rules:
            fewer = am.Problem(register, case.start, case.end, rules=[r for r in problem.rules if r is not rule])
            changed[rule.name] += (proved(fewer).cost, fewer.hopeless.tolist()) != whole
        for weight in fields(Weights):
            lighter = replace(problem.weights, **{weight.name: 0})
            other = am.Problem(register, case.start, case.end, weights=lighter)
            changed[weight.name] += (proved(other).cost, other.hopeless.tolist()) != whole
    names = [rule.name for rule in rules.default()] + [weight.name for weight in fields(Weights)]
    assert {name: changed[name] for name in names if changed[name] < least} == {}
