"""The search as an engine holds it: a board, a trail, and prices that steer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from auditmatch.engines.greedy import placed_on
from auditmatch.kernel.flat import SCALE
from auditmatch.kernel.search import search
from auditmatch.kernel.tolls import Prices
from auditmatch.kernel.trail import BEST, trail_for
from auditmatch.placement import Placed
from auditmatch.problem import Problem

# Audits up to which a problem is small: a run makes hundreds of steps for each, and has time to wander. By size, small
# first: audits taken out in a step, at most; points by which a step may be worse at first, as a share of the median
# penalty. Points by which it may be worse at last.
SMALL, MOST_OUT, HOT, COLD = 500, (6, 12), (0.1, 0.025), 1.0


def hottest(problem: Problem) -> float:
    """Return the points by which a step may be worse at first."""
    return max(HOT[len(problem.audits) > SMALL] * float(np.median(problem.costs.penalty[problem.audits])), COLD)


def most_out(audits: int) -> int:
    """Return how many audits a step may take out, of a problem with so many to plan."""
    return MOST_OUT[audits > SMALL]


def heat_at(hot: float, progress: float) -> float:
    """Return the points by which a step may be worse; `progress`, from 0 to 1, cools."""
    return float(hot * (COLD / hot) ** min(max(progress, 0.0), 1.0))


class Search:
    """Ruin and recreate from a plan.

    Parameters
    ----------
    problem
        What to plan.
    start, cost
        Bookings to start from, and their cost in points.
    seed
        Of every random choice.

    Attributes
    ----------
    chunk, units
        Steps between two looks at the clock; units of work between two looks at prices.
    """

    chunk, units = 100, 1

    def __init__(self, problem: Problem, start: Iterable[Placed], cost: int, seed: int) -> None:
        self.problem, self.state = problem, problem.state()
        for placed in start:
            self.state.add(placed)
        self.desk, self.bare = self.state.desk, problem.state().desk.board
        self.audits = np.array(problem.audits, dtype=np.int64)
        self.trail = trail_for(self.desk.board, self.audits, cost * SCALE, seed)
        self.hot, self.most = hottest(problem), most_out(len(problem.audits))

    @property
    def cost(self) -> int:
        """Cost of the best plan so far, in points."""
        return int(self.trail.tally[BEST]) // SCALE

    def run(self, steps: int, prices: Prices, progress: float) -> None:
        """Make so many steps; `progress`, from 0 to 1, cools."""
        search(
            self.problem.flat,
            self.desk.board,
            self.bare,
            self.desk.work,
            self.trail,
            self.desk.none,
            prices,
            self.audits,
            steps,
            self.most,
            heat_at(self.hot, progress),
        )

    def best(self) -> tuple[Placed, ...]:
        """Return the bookings of the best plan so far."""
        trail = self.trail
        board = self.desk.board._replace(book=trail.best_book, team=trail.best_team, seat=trail.best_seat)
        return placed_on(self.problem, self.state, board)
