"""Why an audit is not in the plan, and what would bring it in."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from auditmatch.explainer import STATUSES, Explainer, Explanation, Stage
from auditmatch.plan import Plan
from auditmatch.problem import Problem

__all__ = ["STATUSES", "Explainer", "Explanation", "Stage", "explain", "explain_all"]


def explain(problem: Problem, plan: Plan, audit: str) -> Explanation:
    """Return what became of an audit in a plan, why, and what would help.

    Parameters
    ----------
    problem, plan
        Rules and goals, and any plan for them.
    audit
        Identifier.

    Raises
    ------
    UnknownNameError
        The register knows no such audit.
    InputError
        The plan names audits or auditors that the register does not know.
    """
    return explainer_of(problem, plan).explain(audit)


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
