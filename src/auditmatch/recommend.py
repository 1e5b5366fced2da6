"""The best few teams and dates for one audit in a plan that runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from auditmatch.disruptions import Event, disrupt
from auditmatch.errors import ArgumentError, unknown
from auditmatch.explain import explainer_of
from auditmatch.goals import value
from auditmatch.matching.frames import row_frame
from auditmatch.placement import Placed, State
from auditmatch.plan import Booking, Change, Plan
from auditmatch.problem import Problem
from auditmatch.ranked import SPREADS, best_few
from auditmatch.shapes import ints

# A cap of which no more than this share is left is told, and a window that ends within so many days.
TIGHT, CLOSE = 0.1, 14


@dataclass(frozen=True, slots=True)
class Press:
    """A rule that a booking comes close to.

    Attributes
    ----------
    rule
        Reason of the cap, such as the yearly days, or "deadline".
    auditor
        Whose cap; None for the deadline.
    left
        What is left once the booking stands: on-site days, certificates, or calendar days.
    """

    rule: str
    auditor: str | None
    left: float


@dataclass(frozen=True, slots=True)
class Option:
    """One way to serve the audit, which keeps every rule beside the plan as it stands.

    Attributes
    ----------
    booking
        Dates and team.
    cost
        Points that it adds, the growth of the team's load costs included.
    terms
        The same by goal.
    presses
        What it leaves short.
    change
        How the audit's booking differs from the one in the plan, and whom to tell; None where it is the same.
    """

    booking: Booking
    cost: int
    terms: dict[str, int]
    presses: tuple[Press, ...]
    change: Change | None

    def __str__(self) -> str:
        """Return dates, team, cost and what it leaves short on one line."""
        b, team = self.booking, ", ".join(f"{who} ({role})" for who, role in self.booking.team)
        short = "; ".join(f"{p.rule}{f' of {p.auditor}' if p.auditor else ''}: {p.left:g} left" for p in self.presses)
        return f"{b.start} {b.start_half} to {b.end} {b.end_half}, {team}: {self.cost} points" + (
            f" ({short})" if short else ""
        )


@dataclass(frozen=True, slots=True, eq=False)
class Recommendation:
    """The best few ways to serve one audit, the cheapest first; none where nothing fits beside the plan.

    Attributes
    ----------
    audit
        Its identifier.
    penalty
        Points for leaving it out.
    options
        The ways.
    problem
        The problem asked: with the new audit, where the question was about one.
    """

    audit: str
    penalty: int
    options: tuple[Option, ...]
    problem: Problem

    @property
    def table(self) -> Any:
        """The options as a data frame: a row each, with dates, team, cost and each term."""
        names = sorted({name for option in self.options for name in option.terms})
        rows = [
            {
                "start": o.booking.start, "start_half": o.booking.start_half,
                "end": o.booking.end, "end_half": o.booking.end_half,
                "team": " ".join(who for who, _ in o.booking.team), "cost": o.cost, **o.terms,
                "presses": "; ".join(sorted({p.rule for p in o.presses})),
            }
            for o in self.options
        ]  # fmt: skip
        heads = ("start", "start_half", "end", "end_half", "team", "cost", *names, "presses")
        return row_frame(rows, heads, self.problem.scene.register.native)

    def __str__(self) -> str:
        """Return each option on a line of its own."""
        head = f"{self.audit}: {len(self.options)} ways beside the plan; left out it costs {self.penalty} points"
        return "\n".join([head, *(f"  {n}. {option}" for n, option in enumerate(self.options, start=1))])


def recommend(problem: Problem, plan: Plan, audit: str | Event, k: int = 5, spread: str = "booking") -> Recommendation:
    """Return the best few teams and dates for one audit among the bookings of a plan, which stay as they are.

    The first is the cheapest booking that fits, exact over dates and teams. The others follow by repeated division of
    what is left (Lawler, Management Science 18, 1972): without that start, and with it but without one of the team. A
    booking that only adds people to a better one is not listed.

    Parameters
    ----------
    problem, plan
        Rules and goals, and the plan that runs.
    audit
        Identifier, served or not; or an event `added` or `spot_check` about an audit that the register does not hold
        yet, as when a client is on the telephone. The problem is then made anew, which takes seconds at 10,000 audits.
    k
        How many at the most, 1 to 100.
    spread
        What differs from option to option: "booking" (date or team), "day" (the first day), "team" (the people).

    Raises
    ------
    ArgumentError
        `k` or `spread` is out of its range, the event is of another kind, or the audit is none that can be planned in
        this horizon: done, cancelled, a fact, later, or hopeless.
    UnknownNameError
        The register knows no such audit.
    """
    if not 1 <= k <= 100:
        raise ArgumentError(f"k={k!r} is no number of options from 1 to 100. Maybe 5?")
    if spread not in SPREADS:
        raise ArgumentError(f"spread={spread!r} is none of {', '.join(SPREADS)}. Maybe spread='booking'?")
    if isinstance(audit, Event):
        problem, audit = _with_new(problem, plan, audit)
    explainer = explainer_of(problem, plan)
    row = int(problem.scene.register.index("audits", [audit])[0])
    if row < 0:
        raise unknown("audit", audit, problem.scene.register.audits["audit_id"])
    if row not in problem.audits:
        raise ArgumentError(
            f"{audit} cannot be planned here. {explainer.explain(audit).sentence()} Maybe another audit?"
        )
    state = explainer.state
    before = state.remove(row) if row in state.booked else None
    try:
        found = best_few(state, row, k, spread)
        options = tuple(_option(problem, state, points, placed, before) for points, placed in found)
    finally:
        if before is not None:
            state.add(before)
    return Recommendation(audit, int(problem.costs.penalty[row]), options, problem)


def _with_new(problem: Problem, plan: Plan, event: Event) -> tuple[Problem, str]:
    """Return the problem with the audit of an event, and its identifier."""
    if event.kind not in ("added", "spot_check") or event.audit_id is None:
        raise ArgumentError(f"{event} brings no new audit. Maybe Event('added', ...)?")
    scene = problem.scene
    register = disrupt(scene.register, [event])
    return Problem(register, scene.start, scene.end, problem.rules, problem.weights, plan), event.audit_id


def _option(problem: Problem, state: State, points: int, placed: Placed, before: Placed | None) -> Option:
    """Return a booking with its terms, what it presses on, and how it differs from the one before."""
    scene, costs = problem.scene, problem.costs
    plan = problem.plan_of([placed])
    people = ints(sorted(placed.people))
    terms = value(scene, costs, scene.agenda(plan)[0], ints([placed.audit]))
    load = state.load[people]
    terms["fairness"] = int((costs.load_costs(people, load + placed.length) - costs.load_costs(people, load)).sum())
    old = Plan.from_bookings([]) if before is None else problem.plan_of([before])
    changes = old.changes(plan)
    presses = (*_presses(state, placed), *_deadline(problem, placed))
    return Option(plan.bookings[0], points, terms, presses, changes[0] if changes else None)


def _presses(state: State, placed: Placed) -> list[Press]:
    """Return the caps of the team of which little is left once the booking stands."""
    found, scene, lowered = [], state.lowered.scene, state.lowered
    per_day = scene.calendar.slots_per_day
    state.add(placed)
    try:
        for i in sorted(placed.people):
            for used, cap in zip(state.used, lowered.slot_caps, strict=True):
                rows = (cap.auditors == i) & (cap.first <= placed.end) & (cap.last >= placed.start)
                for r in np.flatnonzero(rows & (cap.limit - used <= TIGHT * cap.limit)).tolist():
                    found.append(Press(cap.reason, scene.auditor_id(i), (cap.limit[r] - used[r]) / 100 / per_day))
            for keys, kcap in zip(state.keys, lowered.key_caps, strict=True):
                rows = (kcap.auditors == i) & (kcap.first <= placed.start) & (placed.start <= kcap.last)
                for r in np.flatnonzero(rows).tolist():
                    left = int(kcap.limit[r]) - sum(1 for number in keys.get(r, {}).values() if number > 0)
                    if left <= TIGHT * kcap.limit[r]:
                        found.append(Press(kcap.reason, scene.auditor_id(i), left))
    finally:
        state.remove(placed.audit)
    return found


def _deadline(problem: Problem, placed: Placed) -> list[Press]:
    """Return how many days lie between the booking and the end of its window, where they are few."""
    scene = problem.scene
    last = scene.calendar.first_day + int(scene.calendar.slot_day[placed.end])
    left = int((scene.register.audits["latest"][placed.audit] - last).astype(np.int64))
    return [Press("deadline", None, left)] if left <= CLOSE else []


class _Callable(ModuleType):
    """Lets `auditmatch.recommend` be both the function and the module that holds it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Recommendation:
        return recommend(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
