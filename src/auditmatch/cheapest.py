"""The cheapest booking of one audit among bookings that stand, or the proof that there is none."""

from __future__ import annotations

import numpy as np

from auditmatch.placement import Placed, State
from auditmatch.shapes import Ints


def cheapest(state: State, audit: int, *, alone: bool = False) -> tuple[int, Placed] | None:
    """Return the least cost in points of serving an audit now, and the booking; None when nothing fits.

    Exact over starts, forms and teams. The cost holds start, seats, `keep` and the growth of the load cost. The answer
    is always the same. `alone` asks as if every audit that this one needs were served.
    """
    found = state.desk.cheapest(audit, alone)
    if found is None:
        return None
    points, start, length, team = found
    return points, Placed(audit, start, length, team, state.lowered.halves(start, length))


def booking_cost(state: State, placed: Placed) -> int:
    """Return what `cheapest` would ask for a given booking among the bookings that stand."""
    costs, options = state.costs, state.lowered.options(placed.audit)
    people, roles = np.array(placed.team, dtype=np.int64).reshape(-1, 2).T
    points = int(costs.seat_costs(placed.audit, people, roles).sum())
    day = state.lowered.scene.calendar.slot_day[[placed.start]].astype(np.int64)
    points += int(costs.start_costs(options.audit, day)[0])
    if placed.audit in costs.published:
        same = costs.published[placed.audit] == (placed.start, placed.length, placed.people)
        points += 0 if same else costs.weights.keep
    return points + int(_growth(state, people, placed.length).sum())


def _growth(state: State, people: Ints, length: int) -> Ints:
    """Return how much the load cost of each person grows by so many slots."""
    load = state.load[people]
    return state.costs.load_costs(people, load + length) - state.costs.load_costs(people, load)
