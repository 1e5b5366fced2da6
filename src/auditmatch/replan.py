"""A plan after something has happened: the law first, then as few changes as can be, then cost."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from auditmatch.disruptions import Event, disrupt
from auditmatch.engines import solve
from auditmatch.errors import ArgumentError
from auditmatch.horizon import read_day
from auditmatch.matching.frames import row_frame
from auditmatch.mending import mended
from auditmatch.plan import Change, Plan, stacked
from auditmatch.problem import Problem
from auditmatch.quiet import uncollected
from auditmatch.result import Budget, Result, Status, fates
from auditmatch.verify import verify
from auditmatch.weights import Weights

# Nothing but audits left out and changes counts. An audit at its legal deadline is worth any number of changes, one
# that may wait until after the horizon up to four.
FEWEST = Weights(
    unserved=1_000_000, deferral=8, keep=2,
    lateness=0, travel=0, mismatch=0, preference=0, keep_member=0, fairness=0,
)  # fmt: skip
# Audits up to which CP-SAT alone counts changes: it proves the least of so many within seconds, most often.
MOST_EXACT = 60


@dataclass(frozen=True, slots=True, eq=False)
class Replanned:
    """A plan after events.

    Attributes
    ----------
    problem
        The problem after the events, with the old plan as the published one.
    plan
        The new plan; it keeps every rule.
    changes
        What differs from the old plan, by audit.
    broken
        Audits whose old booking cannot stand any more.
    left_out
        Audits of the old plan that are to be planned still, and are not in the new one.
    fewest
        No plan leaves more than all but so many bookings of the old one as they are: a proven lower bound.
    result
        The new plan as a run's result, with its cost; it has no bound on cost.
    changes_gap
        Of the search for few audits left out and then few changes: its gap; 0: no plan leaves out less, and none that
        leaves out as little changes fewer. None where nothing was searched for.
    """

    problem: Problem
    plan: Plan
    changes: tuple[Change, ...]
    broken: tuple[str, ...]
    left_out: tuple[str, ...]
    fewest: int
    result: Result
    changes_gap: float | None = None

    @property
    def cost(self) -> int | None:
        """Points of the new plan in the new problem."""
        return self.result.cost

    @property
    def beyond(self) -> int:
        """Changes to audits of the old plan whose booking could have stood."""
        return self.disturbed - len(self.broken)

    @property
    def disturbed(self) -> int:
        """Audits of the old plan, to be planned still, whose booking is another one now."""
        return sum(change.kind != "added" and change.audit in self._due for change in self.changes)

    @property
    def _due(self) -> frozenset[str]:
        return frozenset(self.problem.scene.register.audits["audit_id"][self.problem.audits].tolist())

    @property
    def table(self) -> Any:
        """The changes as a data frame: a row each, with dates and teams before and after, and whom to tell."""
        rows = [
            {
                "audit_id": c.audit,
                "kind": c.kind,
                "cause": "event" if c.audit in self.broken else "room",
                "start_before": c.before.start if c.before else None,
                "start": c.after.start if c.after else None,
                "team_before": " ".join(who for who, _ in c.before.team) if c.before else None,
                "team": " ".join(who for who, _ in c.after.team) if c.after else None,
                "tell": " ".join(c.tell),
            }
            for c in self.changes
        ]
        names = ("audit_id", "kind", "cause", "start_before", "start", "team_before", "team", "tell")
        return row_frame(rows, names, self.problem.scene.register.native)

    def __str__(self) -> str:
        """Return the counts, and each change on a line of its own."""
        kinds = Counter(change.kind for change in self.changes)
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
        head = f"{len(self.changes)} changes ({counts}); of the old bookings {self.disturbed} differ, and at least "
        head += f"{self.fewest} must"
        return "\n".join([head, *(f"  {change}" for change in self.changes)])


def replan(
    problem: Problem,
    plan: Plan,
    events: Iterable[Event] = (),
    freeze: Any = None,
    budget: Budget | None = None,
) -> Replanned:
    """Return a plan after events that differs little from the one before.

    Bookings that the events do not break stay. Those that are broken are booked anew at their cheapest, with `keep` and
    `keep_member` counted; where nothing fits, a few bookings make room and are booked anew themselves, if all of them
    find a place. With a budget fewer audits left out and fewer changes are then looked for, and at last the least cost
    among plans that change as few.

    Parameters
    ----------
    problem, plan
        Rules and goals, and the plan in place; breaches that it has are mended too.
    events
        What has happened, one after another; none to mend a plan that a person has edited.
    freeze
        ISO date: bookings that begin before it stay, unless broken. Pinned rows of the plan stay always.
    budget
        For the search after the repair; None to repair alone, which is a matter of seconds at 10,000 audits.

    Raises
    ------
    InputError
        Events that cannot be read or contradict the register; all at once.
    ArgumentError
        `freeze` is no date, or lies after the horizon.
    """
    began, scene = time.monotonic(), problem.scene
    day = _freeze(scene.end, freeze)
    events = tuple(events)
    with uncollected():
        register = disrupt(scene.register, events)
        changed = Problem(register, scene.start, scene.end, problem.rules, problem.weights, _known(plan, register))
        placed, broken, fewest = mended(changed, plan, day, [e.audit_id for e in events if e.audit_id is not None])
        new = changed.plan_of(placed)
    left = None
    if budget is not None:
        new, left = _improved(changed, plan, new, day, budget)
    return _told(changed, plan, new, (broken, fewest, left), began)


@uncollected()
def _told(
    changed: Problem, plan: Plan, new: Plan, known: tuple[tuple[str, ...], int, float | None], began: float
) -> Replanned:
    """Return the new plan with what differs, verified; `known`: what is broken, fewest changes, gap of changes."""
    verdict = verify(changed, new)
    if not verdict.ok or verdict.cost is None:
        raise ArgumentError(f"no plan keeps what is pinned: {verdict}. Maybe a pin must go?")
    booked, due = set(new.audits), {changed.scene.audit_id(a) for a in changed.audits.tolist()}
    lost = tuple(a for a in plan.audits if a not in booked and a in due)
    rows = changed.scene.register.index("audits", new.audits)
    fate: dict[str, Any] = dict(fates(changed, rows.tolist()))
    result = Result(
        Status.FEASIBLE, new, verdict.cost, None, time.monotonic() - began, "replan",
        **fate, terms=verdict.terms, problem=changed,
    )  # fmt: skip
    broken, fewest, left = known
    return Replanned(changed, new, plan.changes(new), broken, lost, fewest, result, left)


def _freeze(end: np.datetime64, freeze: Any) -> np.datetime64 | None:
    """Return the freeze date."""
    if freeze is None:
        return None
    day = read_day(freeze, "freeze")
    if day > end:
        raise ArgumentError(f"freeze={freeze!r} lies after the horizon, which ends on {end}. Maybe an earlier day?")
    return day


def _known(plan: Plan, register: Any) -> Plan:
    """Return the rows of a plan whose audit is open still: the others are no part of the problem."""
    rows = register.index("audits", plan.table["audit_id"])
    still = np.flatnonzero(register.audits["status"][rows] != "cancelled")
    return Plan(plan.table.take(still), plan.native)


def _improved(
    problem: Problem, old: Plan, new: Plan, day: np.datetime64 | None, budget: Budget
) -> tuple[Plan, float | None]:
    """Return a plan with the fewest changes found, then cheap, and the gap of the fewest."""
    half = replace(
        budget,
        seconds=None if budget.seconds is None else budget.seconds / 2,
        work=None if budget.work is None else max(1, budget.work // 2),
    )
    fixed = _frozen(problem, new, day)
    parts = problem.scene.register, problem.scene.start, problem.scene.end, problem.rules
    counting = Problem(*parts, FEWEST, fixed)
    engine = "exact" if len(counting.audits) <= MOST_EXACT else "auto"
    few = solve(counting, half, engine=engine, start=new)
    if few.plan is None:
        return new, None
    later = verify(problem, few.plan)
    dear = min(1_000_000, 1 + (later.cost or 0) - (later.terms or {}).get("unserved", 0))
    heavy = replace(problem.weights, unserved=1_000_000, keep=max(dear, problem.weights.keep))
    cheap = solve(Problem(*parts, heavy, fixed), half, start=few.plan)
    if cheap.plan is None or len(old.changes(cheap.plan)) > len(old.changes(few.plan)):
        return few.plan, few.gap
    return cheap.plan if len(cheap.plan) >= len(few.plan) else few.plan, few.gap


def _frozen(problem: Problem, plan: Plan, day: np.datetime64 | None) -> Plan:
    """Return the published plan of a problem, with the bookings of a plan that begin before a day pinned."""
    published = Plan(problem.scene.published, plan.native)
    if day is None:
        return published
    rows = zip(plan.table["audit_id"], plan.table["auditor_id"], plan.table["start"], strict=True)
    early = {(a, who): ("both", "replan", "frozen") for a, who, start in rows if start < day}
    kept = [k for k, a in enumerate(published.table["audit_id"]) if a not in {audit for audit, _ in early}]
    held = Plan(plan.table.take(np.array([k for k, s in enumerate(plan.table["start"]) if s < day], dtype=np.int64)))
    rest = published.table.take(np.array(kept, dtype=np.int64))
    return stacked(rest, held.pinned(early).table, native=published.native)


class _Callable(ModuleType):
    """Lets `auditmatch.replan` be both the function and the module that holds it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Replanned:
        return replan(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
