"""Bounds on the cost of any plan."""

from __future__ import annotations

from collections.abc import Callable

from auditmatch.cheapest import cheapest
from auditmatch.problem import Problem


def alone(problem: Problem, ended: Callable[[], bool] = lambda: False) -> int:
    """Return the sum over audits of the cheaper of leaving it out and its cheapest booking with nobody else booked.

    Valid because other bookings only take people, days and room under caps away, links to others are not asked, and
    the growth of a convex load cost is least from an empty load. It is the Lagrangian bound at prices of zero. Once
    `ended` says so, the rest counts as 0, which is valid as well.
    """
    state = problem.state()
    total = 0
    for a in problem.audits.tolist():
        if ended():
            break
        found = cheapest(state, a, alone=True)
        points = int(problem.costs.penalty[a])
        if found is not None:
            points = found[0] if problem.lowered.must[a] else min(points, found[0])
        total += points
    return total
