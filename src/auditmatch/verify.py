"""Is a plan legal, and what does it cost? Asked of the rules' own checks; no engine is imported."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.errors import unknown
from auditmatch.goals import value
from auditmatch.plan import Plan, Violation
from auditmatch.problem import Problem
from auditmatch.shapes import Bools


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found.

    Attributes
    ----------
    violations
        Every breach of every rule; empty for a legal plan.
    terms
        Cost of the plan by goal, in points.
    """

    violations: tuple[Violation, ...]
    terms: dict[str, int]

    @property
    def ok(self) -> bool:
        """True when no rule is broken."""
        return not self.violations

    @property
    def cost(self) -> int:
        """Cost of the plan in points."""
        return sum(self.terms.values())

    def __str__(self) -> str:
        """Return the cost, and the violations one a line."""
        head = f"{len(self.violations)} violations, cost {self.cost:,} points"
        return "\n".join([head, *(f"  {violation}" for violation in self.violations)])


def verify(problem: Problem, plan: Plan, *, only: Iterable[str] | None = None) -> Verdict:
    """Check a plan against every rule, in names and dates, and value it.

    Parameters
    ----------
    problem
        Rules, goals and facts.
    plan
        Any plan, also one that a person edited.
    only
        Identifiers of audits: report the breaches that concern them. A plan that was legal before these audits were
        changed is legal afterwards exactly when this finds nothing. Terms are those of the whole plan.

    Returns
    -------
    Verdict
        Violations in the order of the rules, and the cost by term.

    Raises
    ------
    InputError
        The plan names audits or auditors that the register does not know; all are listed.
    UnknownNameError
        `only` names an audit that the register does not know.
    """
    scene = problem.scene
    wanted = _focus(problem, plan, only)
    agenda, found = scene.agenda(plan, wanted)
    near = agenda if only is None else _neighbours(problem, agenda, wanted)
    violations = list(found)
    for rule in problem.rules:
        violations.extend(rule.check(scene, near))
    return Verdict(tuple(violations), value(scene, problem.costs, agenda, problem.audits))


def _focus(problem: Problem, plan: Plan, only: Iterable[str] | None) -> Bools:
    """Mark the audits whose breaches are reported: those to decide, and whatever else the plan books."""
    register = problem.scene.register
    focus = np.zeros(len(register.audits), dtype=bool)
    focus[problem.audits] = True
    booked = register.index("audits", plan.table["audit_id"])
    focus[booked[booked >= 0]] = True
    if only is not None:
        names = np.array(list(only), dtype=object)
        rows = register.index("audits", names)
        for k in np.flatnonzero(rows < 0):
            raise unknown("audit", str(names[k]), register.audits["audit_id"])
        chosen = np.zeros(len(focus), dtype=bool)
        chosen[rows] = True
        focus &= chosen
    return focus


def _neighbours(problem: Problem, agenda: Agenda, wanted: Bools) -> Agenda:
    """Return the bookings of the wanted audits, of the people in them, and of the audits linked to them."""
    links = problem.scene.register.links
    rows = [problem.scene.register.index("audits", links[c]) for c in ("first_audit", "second_audit")]
    near = wanted.copy()
    for one, other in (rows, rows[::-1]):
        near[other[wanted[one]]] = True
    people = np.unique(agenda.auditor[wanted[agenda.audit[agenda.booking]]])
    kept = near[agenda.audit]
    kept[agenda.booking[np.isin(agenda.auditor, people)]] = True
    return agenda.only(kept)


class _Callable(ModuleType):
    """Lets `auditmatch.verify` be both the function and the module that holds it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Verdict:
        return verify(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
