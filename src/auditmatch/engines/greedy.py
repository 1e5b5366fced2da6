"""Greedy: book audits one after another, the urgent first, each at its cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from auditmatch.engines.reserve import reserved
from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.build import build
from auditmatch.kernel.tolls import Prices
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem
from auditmatch.shapes import Bools

# Audits booked between two looks at the clock and at how full caps are.
CHUNK = 250
# Audits above which a booking is looked for on a short list first.
LARGE = 20_000


def greedy(
    problem: Problem,
    kept: Iterable[Placed] = (),
    ended: Callable[[], bool] = lambda: False,
    prices: Prices | None = None,
    margin: float = 0.0,
) -> tuple[Placed, ...]:
    """Return bookings made in order of urgency, each exact for its audit, none ever taken back.

    Pinned audits come first, then those whose latest day comes first, a link's first audit before its second. An audit
    that costs more than leaving it out stays out. The plan keeps every rule except that a pinned audit may be missing
    where pins clash. Bookings in `kept` stand from the beginning. `prices` steer the choice of people and days, and
    `margin` makes keys dearer as caps fill. Once `ended` says so, the rest is left out. Of many audits each is the
    cheapest on a short list alone.
    """
    state = problem.state()
    for placed in kept:
        state.add(placed)
    desk, ranked = state.desk, np.array(order(problem), dtype=np.int64)
    # Pinned audits, and those that they need, are placed even when time is over.
    pinned = 1 + int(np.flatnonzero(problem.lowered.must[ranked]).max(initial=-1))
    luck = int(len(ranked) > LARGE)
    first, chosen, needed = 0, desk.none if prices is None else prices, needed_by_others(problem)
    while first < len(ranked) and (first < pinned or not ended()):
        last = pinned if first < pinned else min(first + CHUNK, len(ranked))
        asked = reserved(chosen, problem.flat, desk.board, margin)
        build(problem.flat, desk.board, desk.work, asked, ranked, first, last, needed, luck)
        first = last
    return placed_on(problem, state, desk.board)


def placed_on(problem: Problem, state: State, board: Board) -> tuple[Placed, ...]:
    """Return the bookings of the audits to plan that stand on a board."""
    lowered = problem.lowered
    rows = problem.audits[board.book["start"][problem.audits] != NONE]
    start, length, size = (board.book[name][rows] for name in ("start", "length", "people"))
    start = start + state.desk.zero
    begin, finish = lowered.slot_begin[start], lowered.slot_end[start + length - 1]
    parts = (rows, start, length, size, begin, finish, board.team[rows], board.seat[rows])
    found = []
    for a, first, slots, n, low, high, people, seats in zip(*(part.tolist() for part in parts), strict=True):
        team = tuple(sorted(zip(people[:n], seats[:n], strict=True)))
        found.append(Placed(a, first, slots, team, (low, high)))
    return tuple(found)


def needed_by_others(problem: Problem) -> Bools:
    """Return (audits,) whether another audit may be served only with this one."""
    needed = np.zeros(len(problem.lowered.must), dtype=bool)
    needed[[link.first for link in problem.lowered.links if link.required]] = True
    return needed


def order(problem: Problem) -> list[int]:
    """Return the audits, urgent first; who is needed comes before who needs."""
    audits, costs = problem.audits, problem.costs
    latest, must = problem.scene.register.audits["latest"][audits], problem.lowered.must[audits]
    ranked = audits[np.lexsort((audits, -costs.penalty[audits], latest, costs.deferrable[audits], ~must))].tolist()
    first: dict[int, list[int]] = {a: [] for a in ranked}
    for link in problem.lowered.links:
        if link.second in first:
            first[link.second].append(link.first)
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
