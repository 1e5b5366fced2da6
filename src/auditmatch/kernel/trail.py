"""What one thread of the search remembers: the step under way, the audits left out, and the best plan so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import kernel
from auditmatch.shapes import Bools, Ints

# Most audits that one step decides anew.
MOST = 128
# Places in `count`.
SET, OUT, COST, BEST, UNSAVED, ACCEPTED, STEPS = range(7)
# Ways to choose what is taken out.
WAYS = 6


class Trail(NamedTuple):
    """Written by kernels.

    Attributes
    ----------
    random
        (1,) state of the random numbers, never 0.
    count
        Audits in the step's set; audits left out; cost and best cost in fractions of a point; 1 while the best plan is
        not saved; steps accepted; steps made.
    chosen, start, length, size, team, seat
        (MOST, ...) the audits of the step, and how they were booked before it.
    inside
        (audits,) in the step's set.
    order, rank
        (MOST,) the order of putting back and its keys.
    out, place
        Audits left out; where each stands in that list, -1 when booked.
    best_start, best_length, best_size, best_team, best_seat
        The best plan.
    gains, tries
        (WAYS,) what each way has earned, and how often it was taken.
    """

    random: np.ndarray
    count: Ints
    chosen: Ints
    start: Ints
    length: Ints
    size: Ints
    team: Ints
    seat: Ints
    inside: Bools
    order: Ints
    rank: Ints
    out: Ints
    place: Ints
    best_start: Ints
    best_length: Ints
    best_size: Ints
    best_team: Ints
    best_seat: Ints
    gains: Ints
    tries: Ints


def trail_for(flat: Flat, board: Board, audits: Ints, cost: int, seed: int) -> Trail:
    """Return the trail of a search that starts from a board; `cost` in fractions of a point."""
    rows, widest = board.team.shape
    numbers = [np.zeros(MOST, dtype=np.int64) for _ in range(4)]
    left = audits[board.start[audits] == NONE]
    out, place = np.zeros(rows, dtype=np.int64), np.full(rows, -1, dtype=np.int64)
    out[: len(left)], place[left] = left, np.arange(len(left))
    count = np.zeros(7, dtype=np.int64)
    count[[OUT, COST, BEST]] = len(left), cost, cost
    # Any odd number would do; spread, so that neighbouring seeds part at once.
    state = np.array([np.random.default_rng(seed).integers(1, 2**63)], dtype=np.uint64)
    return Trail(
        state,
        count,
        *numbers,
        team=np.zeros((MOST, widest), dtype=np.int64),
        seat=np.zeros((MOST, widest), dtype=np.int64),
        inside=np.zeros(rows, dtype=np.bool_),
        order=np.zeros(MOST, dtype=np.int64),
        rank=np.zeros(MOST, dtype=np.int64),
        out=out,
        place=place,
        best_start=board.start.copy(),
        best_length=board.length.copy(),
        best_size=board.size.copy(),
        best_team=board.team.copy(),
        best_seat=board.seat.copy(),
        gains=np.full(WAYS, 1000, dtype=np.int64),
        tries=np.full(WAYS, 1, dtype=np.int64),
    )


@kernel
def draw(trail: Trail, below: int) -> int:
    """Return a random whole number from 0 to below - 1 (xorshift, Marsaglia 2003)."""
    x = trail.random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    trail.random[0] = x
    return np.int64(x >> np.uint64(20)) % below


@kernel
def include(trail: Trail, board: Board, audit: int) -> bool:
    """Add an audit to the step's set, with its booking; False when it is there already, stands for ever or no room is left."""
    n = trail.count[SET]
    if n >= MOST or trail.inside[audit] or board.fact[audit]:
        return False
    trail.chosen[n], trail.inside[audit] = audit, True
    trail.start[n], trail.length[n], trail.size[n] = board.start[audit], board.length[audit], board.size[audit]
    for m in range(board.size[audit]):
        trail.team[n, m], trail.seat[n, m] = board.team[audit, m], board.seat[audit, m]
    trail.count[SET] = n + 1
    return True


@kernel
def restore_team(trail: Trail, board: Board, n: int) -> None:
    """Write back the team that the n-th audit of the set had."""
    for m in range(trail.size[n]):
        board.team[trail.chosen[n], m], board.seat[trail.chosen[n], m] = trail.team[n, m], trail.seat[n, m]


@kernel
def forget_set(trail: Trail, board: Board) -> None:
    """Empty the set, and note which of its audits are left out now."""
    for n in range(trail.count[SET]):
        audit = trail.chosen[n]
        trail.inside[audit] = False
        gone, place = board.start[audit] == NONE, trail.place[audit]
        if gone and place < 0:
            trail.out[trail.count[OUT]], trail.place[audit] = audit, trail.count[OUT]
            trail.count[OUT] += 1
        elif not gone and place >= 0:
            trail.count[OUT] -= 1
            last = trail.out[trail.count[OUT]]
            trail.out[place], trail.place[last] = last, place
            trail.place[audit] = -1
    trail.count[SET] = 0


@kernel
def save_best(trail: Trail, board: Board, audits: Ints) -> None:
    """Copy the plan that stands as the best."""
    for audit in audits:
        trail.best_start[audit], trail.best_length[audit] = board.start[audit], board.length[audit]
        trail.best_size[audit] = board.size[audit]
        for m in range(board.size[audit]):
            trail.best_team[audit, m], trail.best_seat[audit, m] = board.team[audit, m], board.seat[audit, m]
    trail.count[UNSAVED] = 0
