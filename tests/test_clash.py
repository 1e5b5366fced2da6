"""Clashes: irreducible sets of audits and rules, proved both ways."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from bodies import MONDAY, body
from mixed import mixed_case

import auditmatch as am
from auditmatch.clash import _Asking, clash

Count = Callable[[int, int], int]


def test_two_audits_of_one_day_and_one_leader_clash_over_one_place() -> None:
    monday = {"earliest": MONDAY, "latest": MONDAY}
    problem = body().audit("A", **monday).audit("B", **monday).audit("C").problem()
    found = clash(problem)
    assert found is not None
    assert found.audits == ("A", "B")
    assert found.least
    assert set(found.rules) <= {rule.name for rule in problem.rules}
    assert {"lead"} <= set(found.rules)  # P2 could sit in one of them, but leads nowhere
    assert str(found).startswith("These cannot hold together: 2 audits that must all be served")
    assert "A is served between 2027-03-01 and 2027-03-01." in found.sentences()
    assert found.sentences("zh")[0].startswith("以下各项不能同时成立")


def test_audits_that_can_all_be_served_do_not_clash() -> None:
    assert clash(body().audit("A").audit("B").problem()) is None


def test_an_audit_that_nobody_may_hold_clashes_alone() -> None:
    found = clash(body().audit("A").audit("B", "17.10.02").problem())
    assert found is not None
    assert found.audits == ("B",)
    assert found.least


def test_clashes_of_random_problems_are_irreducible(count: Count) -> None:
    clashes = 0
    for seed in range(count(200, 12)):
        case = mixed_case(np.random.default_rng(90_000 + seed))
        problem = am.Problem(case.register(), case.start, case.end)
        found = clash(problem)
        if found is None:
            heavy = am.Weights(unserved=1_000_000, deferral=1_000_000)
            asked = am.Problem(case.register(), case.start, case.end, weights=heavy)
            result = am.solve(asked, am.Budget(seconds=10), engine="exact")
            assert set(result.served) == {problem.scene.audit_id(a) for a in problem.scene.audits.tolist()}
            continue
        clashes += 1
        assert found.least, (seed, found)
        asking = _Asking(problem, am.Budget(seconds=10))
        items = [("audit", name) for name in found.audits] + [("rule", name) for name in found.rules]
        assert not asking.holds(items)
        assert all(asking.holds([i for i in items if i is not left], doubt=False) for left in items)
    assert clashes >= count(50, 3)
