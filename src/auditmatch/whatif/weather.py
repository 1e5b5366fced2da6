"""How a plan stands illness and postponement, and what days in reserve buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.engines import solve
from auditmatch.errors import ArgumentError
from auditmatch.matching.frames import row_frame
from auditmatch.placement import Placed, State
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.result import Budget, Result
from auditmatch.whatif.edits import edited, reserve

# Bookings tried for one audit before it is given up: each bars the sick who would sit in it.
TRIES = 4


@dataclass(frozen=True, slots=True)
class Odds:
    """What may happen; the defaults are assumptions, not figures from anywhere: set your own.

    Attributes
    ----------
    ill
        Spells of illness of a person in a year.
    ill_days
        Mean calendar days of a spell; geometric.
    postponed
        Share of audits that a client puts off.
    postponed_days
        Mean calendar days by which; geometric. Windows stay as they are.
    """

    ill: float = 1.5
    ill_days: float = 5.0
    postponed: float = 0.05
    postponed_days: float = 10.0

    def __post_init__(self) -> None:
        """Refuse odds that cannot be."""
        for name, low, high in (("ill", 0, 100), ("ill_days", 1, 365), ("postponed", 0, 1), ("postponed_days", 1, 365)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ArgumentError(f"{name}={value!r} is not from {low} to {high}. Maybe Odds()?")


@dataclass(frozen=True, slots=True)
class Storm:
    """What happened to a plan in many simulated horizons; shares are of its bookings, means over the runs.

    Attributes
    ----------
    broken
        Share that could not take place as booked.
    mended
        Share that found another date or team beside all others.
    lost
        Share that found none.
    worst
        The largest share lost in any run.
    runs
        How many.
    """

    broken: float
    mended: float
    lost: float
    worst: float
    runs: int

    def __str__(self) -> str:
        """Return the shares on one line."""
        return (
            f"of all bookings {self.broken:.1%} broke, {self.mended:.1%} found another place, {self.lost:.1%} did not "
            f"(worst of {self.runs} runs {self.worst:.1%})"
        )


def storm(problem: Problem, plan: Plan, odds: Odds | None = None, *, runs: int = 100, seed: int = 0) -> Storm:
    """Return what illness and postponement do to a plan.

    In each run people fall ill for spells and clients put audits off, independently of each other. Bookings that meet a
    spell of a member, or are put off, break; each is booked anew at its cheapest beside the others, not before the
    spell's first day or the new date, and not in anybody's spell. Nothing else moves.

    Parameters
    ----------
    problem, plan
        Rules and goals, and a plan that keeps them.
    odds
        What may happen.
    runs
        1 to 100,000.
    seed
        Of all chance.

    Raises
    ------
    ArgumentError
        `runs` is out of its range, or the plan books nothing.
    """
    if not 1 <= runs <= 100_000:
        raise ArgumentError(f"runs={runs!r} is not from 1 to 100,000. Maybe 100?")
    placed = problem.place(plan)
    if not placed:
        raise ArgumentError("the plan books nothing. Maybe solve the problem first?")
    state = problem.state()
    for each in placed:
        state.add(each)
    luck = np.random.default_rng(seed)
    found = np.array([_run(problem, state, placed, odds or Odds(), luck) for _ in range(runs)]) / len(placed)
    broken, lost = found[:, 0], found[:, 1]
    return Storm(float(broken.mean()), float((broken - lost).mean()), float(lost.mean()), float(lost.max()), runs)


@dataclass(frozen=True, slots=True, eq=False)
class Calm:
    """What days in reserve buy: for each number of days the plan made with them, and its storm."""

    days: tuple[float, ...]
    results: tuple[Result, ...]
    storms: tuple[Storm, ...]

    @property
    def table(self) -> Any:
        """A data frame: days in reserve, audits served, cost, shares broken and lost, served after the storm."""
        rows = [
            {
                "reserve_days": days,
                "served": len(result.served),
                "cost": result.cost,
                "broken": storm.broken,
                "lost": storm.lost,
                "served_after": len(result.served) * (1 - storm.lost),
            }
            for days, result, storm in zip(self.days, self.results, self.storms, strict=True)
        ]
        native = self.results[0].problem.scene.register.native if self.results[0].problem else "pandas"
        return row_frame(rows, tuple(rows[0]), native)


def calm(
    problem: Problem,
    budget: Budget,
    days: Sequence[float] = (0.0, 1.0, 2.0),
    odds: Odds | None = None,
    *,
    runs: int = 100,
    seed: int = 0,
) -> Calm:
    """Return what so many days of each person and month kept free buy: plans made with them, and storms on these.

    The days are kept free while planning and may be used when bookings have broken.

    Parameters
    ----------
    problem
        Rules and goals.
    budget
        Of each plan.
    days
        Days in reserve for each person and month.
    odds, runs, seed
        As in `storm`.
    """
    results, storms = [], []
    for each in days:
        result = solve(edited(problem, [reserve(each)] if each else []), budget)
        if result.plan is None:
            raise ArgumentError(f"no plan was found with {each:g} days in reserve. Maybe a longer budget?")
        results.append(result)
        storms.append(storm(problem, result.plan, odds, runs=runs, seed=seed))
    return Calm(tuple(days), tuple(results), tuple(storms))


def _run(
    problem: Problem, state: State, placed: Sequence[Placed], odds: Odds, luck: np.random.Generator
) -> tuple[int, int]:
    """Return how many bookings break, and how many of them find no other place; the state is left as it was."""
    scene = problem.scene
    first, last = (int(d) for d in scene.calendar.day_offset(np.array([scene.start, scene.end])))
    people, span = len(scene.register.auditors), last - first + 1
    begins = [luck.integers(first, last + 1, n) for n in luck.poisson(odds.ill * span / 365, people)]
    spells = {
        i: [(int(b), int(b) + int(luck.geometric(1 / odds.ill_days)) - 1) for b in some]
        for i, some in enumerate(begins)
        if len(some)
    }
    off = luck.random(len(placed)) < odds.postponed
    later = {
        p.audit: p.halves[0] // 2 + int(luck.geometric(1 / odds.postponed_days))
        for p, put_off in zip(placed, off.tolist(), strict=True)
        if put_off
    }
    broken = [p for p in placed if p.audit in later or _sick(p, spells)]
    known = {p.audit: min((b for b, _ in _meets(p, spells)), default=0) for p in broken}
    for p in broken:
        state.remove(p.audit)
    again, lost = [], 0
    for p in sorted(broken, key=lambda p: p.halves):
        new = _again(state, p, max(known[p.audit], later.get(p.audit, 0)), spells)
        if new is None:
            lost += 1
        else:
            state.add(new)
            again.append(new.audit)
    for a in again:
        state.remove(a)
    for p in broken:
        state.add(p)
    return len(broken), lost


def _again(state: State, old: Placed, since: int, spells: dict[int, list[tuple[int, int]]]) -> Placed | None:
    """Return the cheapest booking from a day on in which nobody is sick."""
    forms = state.lowered.options(old.audit).forms
    day = state.lowered.scene.calendar.slot_day
    starts = [form.starts[day[form.starts] >= since] for form in forms]
    barred: frozenset[int] = frozenset()
    for _ in range(TRIES):
        if not any(len(part) for part in starts):
            return None
        found = state.desk.among(old.audit, starts, barred)
        if found is None:
            return None
        _, start, length, team = found
        new = Placed(old.audit, start, length, team, state.lowered.halves(start, length))
        sick = _sick(new, spells)
        if not sick:
            return new
        barred |= sick
    return None


def _meets(placed: Placed, spells: dict[int, list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return the spells of members that meet a booking; days count from the calendar's first."""
    low, high = placed.halves[0] // 2, (placed.halves[1] - 1) // 2
    return [(b, e) for i in placed.people for b, e in spells.get(i, ()) if b <= high and low <= e]


def _sick(placed: Placed, spells: dict[int, list[tuple[int, int]]]) -> frozenset[int]:
    """Return the members who are sick during a booking."""
    low, high = placed.halves[0] // 2, (placed.halves[1] - 1) // 2
    return frozenset(i for i in placed.people if any(b <= high and low <= e for b, e in spells.get(i, ())))
