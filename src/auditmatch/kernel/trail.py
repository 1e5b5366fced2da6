"""What one thread of the search remembers: the step under way, the audits left out, and the best plan so far."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.luck import draw_below, lucky
from auditmatch.kernel.pack import blank, table
from auditmatch.shapes import Ints

# Most audits that one step decides anew.
MOST = 128
# Places in `tally`.
SET, OUT, COST, BEST, UNSAVED, ACCEPTED, STEPS, STALE = range(8)
# Ways to choose what is taken out.
WAYS = 7


class Trail(NamedTuple):
    """Written by kernels.

    Attributes
    ----------
    random
        (1,) state of the random numbers, never 0.
    tally
        Audits in the step's set; audits left out; cost and best cost in fractions of a point; 1 while the best plan is
        not saved; steps accepted; steps made; audits that are stale.
    step, team, seat
        (MOST,) chosen, start, length, people: the audits of the step, and how they were booked before it; their teams.
    queue
        (MOST,) order, rank: the order of putting back and its keys.
    left
        (audits,) out, place: audits left out, and where each stands in that list, -1 when booked; inside: in the set;
        stubborn: times that it was ejected and found no place; stale, changed: whether an audit may be booked another
        way than in the best plan, and the list of those.
    bid
        (auditors, 1, slots + 1) price of all slots before each slot, by the bookings that would be ejected.
    best_book, best_team, best_seat
        (audits, ...) start, length, people: the best plan.
    way
        (WAYS,) gains, tries: what each way has earned, and how often it was taken.
    """

    random: Any
    tally: Ints
    step: Any
    team: Ints
    seat: Ints
    queue: Any
    left: Any
    bid: Ints
    best_book: Any
    best_team: Ints
    best_seat: Ints
    way: Any


def trail_for(board: Board, audits: Ints, cost: int, seed: int) -> Trail:
    """Return the trail of a search that starts from a board; `cost` in fractions of a point."""
    rows, widest = board.team.shape
    gone = audits[board.book["start"][audits] == NONE]
    out, place = np.zeros(rows, dtype=np.int64), np.full(rows, -1, dtype=np.int64)
    out[: len(gone)], place[gone] = gone, np.arange(len(gone))
    count = np.zeros(8, dtype=np.int64)
    count[[OUT, COST, BEST]] = len(gone), cost, cost

    way = blank(WAYS, "gains tries")
    way["gains"], way["tries"] = 1000, 1
    return Trail(
        lucky(seed),
        count,
        blank(MOST, "chosen start length people"),
        np.zeros((MOST, widest), dtype=np.int64),
        np.zeros((MOST, widest), dtype=np.int64),
        blank(MOST, "order rank"),
        table(
            {"out": out, "place": place}
            | {name: np.zeros(rows, dtype=np.bool_) for name in ("inside", "stale")}
            | {name: np.zeros_like(out) for name in ("stubborn", "changed")}
        ),
        np.zeros_like(board.run[:, None, :]),
        table({name: board.book[name] for name in ("start", "length", "people")}),
        board.team.copy(),
        board.seat.copy(),
        way,
    )


@kernel
def draw(trail: Trail, below: int) -> Any:
    """Return a random whole number from 0 to below - 1."""
    return draw_below(trail.random, below)


@kernel
def include(trail: Trail, board: Board, audit: int) -> bool:
    """Add an audit to the step's set, with its booking; False when it is there, stands for ever or no room is left."""
    n = trail.tally[SET]
    if n >= MOST or trail.left[audit].inside or board.book[audit].fact:
        return False
    trail.step[n].chosen, trail.left[audit].inside = audit, True
    trail.step[n].start, trail.step[n].length, trail.step[n].people = (
        board.book[audit].start,
        board.book[audit].length,
        board.book[audit].people,
    )
    for m in range(board.book[audit].people):
        trail.team[n, m], trail.seat[n, m] = board.team[audit, m], board.seat[audit, m]
    trail.tally[SET] = n + 1
    return True


@kernel
def restore_team(trail: Trail, board: Board, n: int) -> None:
    """Write back the team that the n-th audit of the set had."""
    for m in range(trail.step[n].people):
        board.team[trail.step[n].chosen, m], board.seat[trail.step[n].chosen, m] = trail.team[n, m], trail.seat[n, m]


@kernel
def forget_set(trail: Trail, board: Board) -> None:
    """Empty the set, and note which of its audits are left out now."""
    for n in range(trail.tally[SET]):
        audit = trail.step[n].chosen
        trail.left[audit].inside = False
        gone, place = board.book[audit].start == NONE, trail.left[audit].place
        if gone and place < 0:
            trail.left[trail.tally[OUT]].out, trail.left[audit].place = audit, trail.tally[OUT]
            trail.tally[OUT] += 1
        elif not gone and place >= 0:
            trail.tally[OUT] -= 1
            last = trail.left[trail.tally[OUT]].out
            trail.left[place].out, trail.left[last].place = last, place
            trail.left[audit].place = -1
    trail.tally[SET] = 0


@kernel
def note_changes(trail: Trail) -> None:
    """Note that the set may be booked another way than in the best plan."""
    for n in range(trail.tally[SET]):
        audit = trail.step[n].chosen
        if not trail.left[audit].stale:
            trail.left[audit].stale = True
            trail.left[trail.tally[STALE]].changed = audit
            trail.tally[STALE] += 1


@kernel
def save_best(trail: Trail, board: Board) -> None:
    """Copy the plan that stands as the best, where it has changed."""
    for n in range(trail.tally[STALE]):
        audit = trail.left[n].changed
        trail.left[audit].stale = False
        trail.best_book[audit].start, trail.best_book[audit].length = board.book[audit].start, board.book[audit].length
        trail.best_book[audit].people = board.book[audit].people
        for m in range(board.book[audit].people):
            trail.best_team[audit, m], trail.best_seat[audit, m] = board.team[audit, m], board.seat[audit, m]
    trail.tally[STALE], trail.tally[UNSAVED] = 0, 0
