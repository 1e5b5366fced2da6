"""Why an audit is not in the plan, and what would bring it in."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

from auditmatch.clash import Clash, clash
from auditmatch.explainer import Explainer
from auditmatch.explanation import STATUSES, Explanation, Stage
from auditmatch.placement import State
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.ranked import best_few
from auditmatch.remedies import REMEDIES, Remedy

__all__ = [
    "REMEDIES",
    "STATUSES",
    "Clash",
    "Explainer",
    "Explanation",
    "Remedy",
    "Stage",
    "clash",
    "explain",
    "explain_all",
]


def explain(problem: Problem, plan: Plan, audit: str, remedies: bool = True) -> Explanation:
    """Return what became of an audit in a plan, why, and what would help.

    Parameters
    ----------
    problem, plan
        Rules and goals, and any plan for them.
    audit
        Identifier.
    remedies
        Whether to look for changes that would serve an audit left out for which no team is free, and for the
        second-best booking of a served one. Each change is tried: with it, the audit has a booking that keeps every
        rule beside the plan.

    Raises
    ------
    UnknownNameError
        The register knows no such audit.
    InputError
        The plan names audits or auditors that the register does not know.
    """
    explainer = explainer_of(problem, plan)
    found = explainer.explain(audit)
    if not remedies or found.status == "outside" or found.reason in ("closed", "cost"):
        return found
    row, state = int(problem.scene.register.index("audits", [audit])[0]), explainer.state
    if found.status != "served":
        return replace(found, remedies=explainer.remedies(row)) if row not in state.booked else found
    return _with_second(problem, state, row, found)


def _with_second(problem: Problem, state: State, row: int, found: Explanation) -> Explanation:
    """Return the explanation of a served audit with its cheapest other booking."""
    if row not in state.booked or row not in problem.audits:
        return found
    before = state.remove(row)
    try:
        best = best_few(state, row, 2, "booking")
    finally:
        state.add(before)
    for points, placed in best:
        if (placed.start, placed.length, placed.team) != (before.start, before.length, before.team):
            return replace(found, second=problem.plan_of([placed]).bookings[0], second_cost=points)
    return found


def explain_all(problem: Problem, plan: Plan) -> tuple[Explanation, ...]:
    """Return an explanation of every audit that is left out, hopeless and overdue ones included, sorted by name."""
    explainer = explainer_of(problem, plan)
    return tuple(explainer.explain(name) for name in explainer.left_out())


# The last one made, for people ask about several audits of one plan, one call after another.
_LAST: list[Explainer] = []


def explainer_of(problem: Problem, plan: Plan) -> Explainer:
    """Return the explainer of a plan, the last one made where it is the same plan."""
    if not (_LAST and _LAST[0].problem is problem and _LAST[0].plan is plan):
        _LAST[:] = [Explainer(problem, plan)]
    return _LAST[0]


class _Callable(ModuleType):
    """Lets `auditmatch.explain` be both the function and the module that holds it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Explanation:
        return explain(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
