"""Alternatives: legal, near in cost, and really different."""

from __future__ import annotations

from itertools import combinations

import pytest
from bodies import MONDAY, TUESDAY, body, booked

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.other_plans import alternatives
from auditmatch.plan import Plan


def test_alternatives_keep_the_rules_cost_little_more_and_differ_from_each_other() -> None:
    register = am.sample(auditors=30, audits=120, load=0.6, seed=2)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    plan = am.solve(problem, am.Budget(work=60, seed=1)).plan
    cost = am.verify(problem, plan).cost
    found = alternatives(problem, plan, k=3, differ=4, within=0.05)
    assert len(found) == 3
    for each in found:
        verdict = am.verify(problem, each.plan)
        assert verdict.ok
        assert verdict.cost == each.cost <= cost * 1.05
        assert each.plan.audits == plan.audits
        assert each.changes == plan.changes(each.plan)
        assert len(each.changes) >= 4
    assert all(len(one.plan.changes(other.plan)) >= 4 for one, other in combinations(found, 2))
    again = alternatives(problem, plan, k=3, differ=4, within=0.05)
    assert [each.plan for each in again] == [each.plan for each in found]


def test_where_nothing_else_is_legal_there_is_none() -> None:
    problem = body().audit("A", earliest=MONDAY, latest=MONDAY).problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead"))])
    assert alternatives(problem, plan, differ=1, within=9.0) == ()


def test_numbers_out_of_range_and_plans_that_break_a_rule_are_refused() -> None:
    problem = body().audit("A").audit("B").problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead")), booked("B", TUESDAY, ("P1", "lead"))])
    for wrong in ({"k": 0}, {"differ": 0}, {"within": -0.1}, {"k": 101}):
        with pytest.raises(ArgumentError, match="out of its range"):
            alternatives(problem, plan, **wrong)
    bad = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead")), booked("B", MONDAY, ("P1", "lead"))])
    with pytest.raises(ArgumentError, match="replan"):
        alternatives(problem, bad)
