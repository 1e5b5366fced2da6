"""Explanations as a whole: served audits, calls, and what holds of every explanation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from bodies import MONDAY, NOTHING, WEDNESDAY, body, booked, counts

import auditmatch as am
from auditmatch import rules as rule_folder
from auditmatch.cheapest import cheapest
from auditmatch.engines.greedy import greedy
from auditmatch.errors import UnknownNameError
from auditmatch.explain import Explainer, explain, explain_all
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.shapes import Rule
from auditmatch.verify import verify


def test_a_served_audit_tells_when_who_and_its_cost_by_term() -> None:
    problem = body().audit("A1", preferred=MONDAY).problem()
    plan = Plan.from_bookings([booked("A1", WEDNESDAY, ("P1", "lead"))])
    found = explain(problem, plan, "A1")
    assert (found.status, found.lead, found.booking) == ("served", "P1", plan.bookings[0])
    # The only audit of the plan: its terms are the plan's.
    assert found.terms == verify(problem, plan).terms
    assert found.terms["lateness"] == 4  # two days, two points each
    assert found.cost == sum(found.terms.values())
    assert found.sentence() == f"From 2027-03-03 am to 2027-03-03 pm by P1, led by P1; cost {found.cost}."
    assert found.remedy() == ""


def test_an_unknown_audit_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="Maybe 'A-0173'"):
        explain(body().audit("A-0173").problem(), NOTHING, "A-0137x")


def test_the_module_can_be_called() -> None:
    problem = body().audit("A1").problem()
    assert am.explain(problem, NOTHING, "A1") == explain(problem, NOTHING, "A1")


def test_all_that_is_left_out_is_explained_in_order() -> None:
    late = {"earliest": "2027-01-04", "latest": "2027-02-26"}
    problem = (
        body().audit("A3").audit("A1", "17.10.02").audit("A2", **late).audit("A4").audit("A5", status="done").problem()
    )
    plan = Plan.from_bookings([booked("A4", MONDAY, ("P1", "lead"))])
    found = explain_all(problem, plan)
    assert [(each.audit, each.status) for each in found] == [
        ("A1", "hopeless"),
        ("A2", "hopeless"),
        ("A3", "unserved"),
    ]
    assert found == tuple(explain(problem, plan, each.audit, remedies=False) for each in found)


def test_what_is_printed_holds_reason_way_out_and_counts() -> None:
    printed = str(explain(body().audit("A1", "17.10.02").problem(), NOTHING, "A1"))
    assert printed.startswith("A1, hopeless: No one holds QMS 17.10.02")
    assert "Qualify one of P1 and P2" in printed
    assert printed.splitlines()[1].endswith(
        "all 3, competent 2, impartial 2, present in the window 2, under caps 2, free 2, in a full team 0"
    )


# What holds of every explanation --------------------------------------------------------------------------------------


def _random_plans(rule: Rule, seeds: int) -> Iterable[tuple[Problem, Explainer]]:
    """Yield tiny problems in which a rule matters, with parts of their greedy plans."""
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        case = rule.sample(rng)
        problem = Problem(case.register(), case.start, case.end)
        kept = [placed for placed in greedy(problem) if rng.random() < 0.8]
        yield problem, Explainer(problem, problem.plan_of(kept))


@pytest.mark.parametrize("rule", rule_folder.default(), ids=lambda rule: rule.name)
def test_funnels_shrink_and_agree_with_the_kernel(rule: Rule) -> None:
    for problem, explainer in _random_plans(rule, 12):
        for row, name in enumerate(problem.scene.register.audits["audit_id"]):
            found = explainer.explain(name)
            numbers = counts(found)
            assert numbers == sorted(numbers, reverse=True)
            for wider, narrower in zip(found.funnel, found.funnel[1:], strict=False):
                assert set(narrower.auditors) <= set(wider.auditors)
            if found.status in ("unserved", "deferred"):
                best = cheapest(explainer.state, row)
                assert (best is not None) == (found.reason == "cost") == bool(found.funnel[-1].count)
                assert found.cost == (best[0] if best else None)
            for lang in ("en", "zh"):
                text = found.sentence(lang) + found.remedy(lang)
                # No gap where a name should stand.
                assert not any(hole in text for hole in ("{", "  ", ": .", "：。", "None", "of  "))


@pytest.mark.parametrize("rule", rule_folder.default(), ids=lambda rule: rule.name)
def test_hopeless_means_what_the_problem_says(rule: Rule) -> None:
    for problem, explainer in _random_plans(rule, 12):
        scene = problem.scene
        lost = {scene.audit_id(a) for a in (*problem.hopeless.tolist(), *scene.overdue.tolist())}
        assert {n for n in scene.register.audits["audit_id"] if explainer.explain(n).status == "hopeless"} == lost
