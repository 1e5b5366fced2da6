"""Greedy: book audits one after another, the urgent first, each at its cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.build import build
from auditmatch.kernel.tolls import Prices
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem
from auditmatch.shapes import Bools

# Audits booked between two looks at the clock.
CHUNK = 500


def greedy(
    problem: Problem,
    kept: Iterable[Placed] = (),
    ended: Callable[[], bool] = lambda: False,
    prices: Prices | None = None,
) -> tuple[Placed, ...]:
    """Return bookings made in order of urgency, each exact for its audit, none ever taken back.

    Pinned audits come first, then those whose latest day comes first, a link's first audit before its second. An audit
    that costs more than leaving it out stays out. The plan keeps every rule except that a pinned audit may be missing
    where pins clash. Bookings in `kept` stand from the beginning. `prices` steer the choice of people and days. Once
    `ended` says so, the rest is left out.
    """
    state = problem.state()
    for placed in kept:
        state.add(placed)
    desk, ranked = state.desk, np.array(order(problem), dtype=np.int64)
    # Pinned audits, and those that they need, are placed even when time is over.
    pinned = 1 + int(np.flatnonzero(problem.lowered.must[ranked]).max(initial=-1))
    first, chosen, needed = 0, desk.none if prices is None else prices, needed_by_others(problem)
    while first < len(ranked) and (first < pinned or not ended()):
        last = pinned if first < pinned else min(first + CHUNK, len(ranked))
        build(problem.flat, desk.board, desk.work, chosen, ranked, first, last, needed)
        first = last
    return placed_on(problem, state, desk.board)


def placed_on(problem: Problem, state: State, board: Board) -> tuple[Placed, ...]:
    """Return the bookings of the audits to plan that stand on a board."""
    zero, lowered = state.desk.zero, problem.lowered
    found = []
    for a in problem.audits[board.book["start"][problem.audits] != NONE].tolist():
        start, length, size = (int(board.book[name][a]) for name in ("start", "length", "people"))
        team = zip(board.team[a, :size].tolist(), board.seat[a, :size].tolist(), strict=True)
        found.append(Placed(a, start + zero, length, tuple(sorted(team)), lowered.halves(start + zero, length)))
    return tuple(found)


def needed_by_others(problem: Problem) -> Bools:
    """Return (audits,) whether another audit may be served only with this one."""
    needed = np.zeros(len(problem.lowered.must), dtype=bool)
    needed[[link.first for link in problem.lowered.links if link.required]] = True
    return needed


def order(problem: Problem) -> list[int]:
    """Return the audits, urgent first; who is needed comes before who needs."""
    table, must = problem.scene.register.audits, problem.lowered.must
    deferrable = problem.costs.deferrable
    ranked = sorted(
        problem.audits.tolist(),
        key=lambda a: (not must[a], bool(deferrable[a]), table["latest"][a], -int(problem.costs.penalty[a]), a),
    )
    first = {a: [x.first for x in problem.lowered.links_of.get(a, ()) if x.second == a] for a in ranked}
    done: dict[int, None] = {}

    def visit(a: int, path: frozenset[int]) -> None:
        for needed in first.get(a, ()):
            if needed not in path and needed not in done:
                visit(needed, path | {a})
        if a in first:
            done.setdefault(a)

    for a in ranked:
        visit(a, frozenset())
    return list(done)
