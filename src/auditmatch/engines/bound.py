"""Bounds on the cost of any plan."""

from __future__ import annotations

from auditmatch.cheapest import cheapest
from auditmatch.problem import Problem


def alone(problem: Problem) -> int:
    """Return the sum over audits of the cheaper of leaving it out and its cheapest booking with nobody else booked.

    Valid because other bookings only take people, days and room under caps away, links to others are not asked, and
    the growth of a convex load cost is least from an empty load. It is the Lagrangian bound at prices of zero.
    """
    state = problem.state()
    total = 0
    for a in problem.audits.tolist():
        found = cheapest(state, a, alone=True)
        points = int(problem.costs.penalty[a])
        if found is not None:
            points = found[0] if problem.lowered.must[a] else min(points, found[0])
        total += points
    return total
