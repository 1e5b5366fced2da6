"""One round of prices: every audit picks its cheapest booking, whatever the others pick."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.board import Board
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.seek import cheapest
from auditmatch.kernel.work import LENGTH, SIZE, START, Work
from auditmatch.shapes import Ints


class Picks(NamedTuple):
    """What each audit picked last: first slot, slots, people (0: left out), team and roles, cost without prices."""

    start: Ints
    length: Ints
    size: Ints
    team: Ints
    seat: Ints
    base: Ints
    value: Ints


def no_picks(flat: Flat, board: Board) -> Picks:
    """Return picks with every audit left out."""
    audits = len(flat.penalty)
    none = (np.zeros(audits, dtype=np.int64) for _ in range(5))
    start, length, size, base, value = none
    return Picks(start, length, size, np.zeros_like(board.team), np.zeros_like(board.seat), base, value)


@entry
def pick_round(
    flat: Flat, board: Board, work: Work, price: Ints, audits: Ints, picks: Picks, use: Ints, fresh: bool
) -> int:
    """Let each audit pick its cheapest booking or stay out; count the slots used; return the sum of their costs.

    Parameters
    ----------
    price
        (auditors, slots + 1) price of all slots before each, in fractions of a point.
    audits
        Rows of the audits that pick.
    use
        (auditors, slots); grows by one for each slot that a pick takes.
    fresh
        True: the picks before mean nothing.
    """
    total = 0
    for audit in audits:
        limit = NEVER if flat.must[audit] else flat.penalty[audit] * SCALE
        before = 0 if fresh else picks.size[audit]
        if before > 0:
            limit = min(limit, priced(picks, price, audit) + picks.base[audit])
        # What was picked last still stands at that cost, so only cheaper bookings are looked for.
        value = cheapest(flat, board, work, price, audit, False, True, limit)
        if work.found[SIZE] > 0:
            _write(work, picks, price, audit, value)
        elif before > 0 and limit < picks.base[audit] + priced(picks, price, audit):
            picks.size[audit] = 0
        elif before == 0:
            picks.size[audit] = 0
        picks.value[audit] = value
        total += value
        _use(picks, use, audit)
    return total


@kernel
def priced(picks: Picks, price: Ints, audit: int) -> int:
    """Return the prices of the slots of a pick."""
    start, end, points = picks.start[audit], picks.start[audit] + picks.length[audit], 0
    for m in range(picks.size[audit]):
        points += price[picks.team[audit, m], end] - price[picks.team[audit, m], start]
    return points


@kernel
def _write(work: Work, picks: Picks, price: Ints, audit: int, value: int) -> None:
    """Keep what was found."""
    picks.start[audit], picks.length[audit] = work.found[START], work.found[LENGTH]
    picks.size[audit] = work.found[SIZE]
    for m in range(work.found[SIZE]):
        picks.team[audit, m], picks.seat[audit, m] = work.team[m], work.role[m]
    picks.base[audit] = value - priced(picks, price, audit)


@kernel
def _use(picks: Picks, use: Ints, audit: int) -> None:
    """Count the slots of a pick."""
    for m in range(picks.size[audit]):
        for t in range(picks.start[audit], picks.start[audit] + picks.length[audit]):
            use[picks.team[audit, m], t] += 1
