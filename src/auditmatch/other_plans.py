"""Other plans of nearly the same cost, for a person to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.placement import Placed, State
from auditmatch.plan import Change, Plan
from auditmatch.problem import Problem
from auditmatch.ranked import best_few
from auditmatch.verify import verify

# Bookings of one audit that are looked at, as a multiple of the plans that they must differ from.
_TRIED = 2


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """Another plan.

    Attributes
    ----------
    plan, cost
        The plan, which keeps every rule, and its points.
    changes
        How it differs from the plan asked about.
    """

    plan: Plan
    cost: int
    changes: tuple[Change, ...]


def alternatives(
    problem: Problem, plan: Plan, k: int = 3, differ: int = 5, within: float = 0.01, seed: int = 0
) -> tuple[Alternative, ...]:
    """Return plans that cost little more than one, and differ from it and from each other in some audits.

    Audits are taken in a random order, and each is booked at its cheapest way that none of the plans before has, as
    long as the sum allows; the dearest changes are those not made. Fewer plans than asked for come back where that
    finds no more; there may be others.

    Parameters
    ----------
    problem, plan
        Rules and goals, and a plan that keeps them.
    k
        How many at the most, 1 to 100.
    differ
        In how many audits at least, 1 or more; audits served stay served.
    within
        Cost at most (1 + within) times that of the plan, 0 or more.
    seed
        Of the random orders.

    Raises
    ------
    ArgumentError
        A number is out of its range, or the plan breaks a rule.
    """
    for name, number, low in (("k", k, 1), ("differ", differ, 1), ("within", within, 0.0)):
        if not low <= number < float("inf") or (name == "k" and number > 100):
            raise ArgumentError(f"{name}={number!r} is out of its range. Maybe {name}={3 if name == 'k' else 0.01}?")
    verdict = verify(problem, plan)
    if not verdict.ok or verdict.cost is None:
        raise ArgumentError(f"the plan breaks a rule: {verdict}. Maybe replan(problem, plan) first?")
    most, luck = int(verdict.cost * (1 + within)), np.random.default_rng(seed)
    plans, found = [{p.audit: p for p in problem.place(plan)}], list[Alternative]()
    for _ in range(2 * k):
        placed = _another(problem, plans, differ, most - verdict.cost, luck)
        if placed is None:
            continue
        new = problem.plan_of(placed.values())
        told = verify(problem, new)
        if told.ok and told.cost is not None and told.cost <= most:
            plans.append(placed)
            found.append(Alternative(new, told.cost, plan.changes(new)))
        if len(found) == k:
            break
    return tuple(sorted(found, key=lambda each: each.cost))


def _another(
    problem: Problem, plans: list[dict[int, Placed]], differ: int, room: int, luck: np.random.Generator
) -> dict[int, Placed] | None:
    """Return the first plan with so many bookings that no plan has, at no more points than there is room for."""
    state, fixed = problem.state(), set(problem.scene.pins()[0].tolist())
    for placed in plans[0].values():
        state.add(placed)
    order = [a for a in plans[0] if a not in fixed]
    offers: list[tuple[int, int, int]] = []
    for a in luck.permutation(np.array(order, dtype=np.int64)).tolist():
        other = _other_way(state, a, plans)
        if other is not None:
            offers.append((other[0], len(offers), a))
        # A few more than are needed, to choose the cheap ones from.
        if len(offers) >= 4 * differ:
            break
    changed = 0
    for _, _, a in sorted(offers):
        other = _other_way(state, a, plans)
        if other is None or other[0] > room:
            continue
        state.remove(a)
        state.add(other[1])
        room, changed = room - other[0], changed + 1
        if changed == differ:
            return {a: state.booked[a] for a in plans[0]}
    return None


def _other_way(state: State, audit: int, plans: Iterable[dict[int, Placed]]) -> tuple[int, Placed] | None:
    """Return the cheapest booking of an audit that no plan has, and what it costs more than the one that stands."""
    known = {_key(p[audit]) for p in plans if audit in p}
    before = state.remove(audit)
    try:
        best = best_few(state, audit, _TRIED * len(known) + 1, "booking")
        now = next((points for points, placed in best if _key(placed) == _key(before)), None)
    finally:
        state.add(before)
    for points, placed in best:
        if _key(placed) not in known:
            return points - (best[0][0] if now is None else now), placed
    return None


def _key(placed: Placed) -> tuple[object, ...]:
    return placed.start, placed.length, placed.team
