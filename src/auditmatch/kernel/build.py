"""Booking audits one after another, each at its cheapest."""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board, add
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.seek import cheapest
from auditmatch.kernel.work import LENGTH, SIZE, START, Work
from auditmatch.shapes import Bools, Ints


@entry
def build(flat: Flat, board: Board, work: Work, price: Ints, ranked: Ints, first: int, last: int, needed: Bools) -> int:
    """Book the audits ranked [first, last) that are not booked, each at its cheapest if that costs less than leaving it out.

    `needed` audits, and those that must be served, are booked at any cost. Return how many are booked.
    """
    booked = 0
    for n in range(first, last):
        audit = ranked[n]
        if board.start[audit] == NONE:
            booked += place(flat, board, work, price, audit, flat.must[audit] or needed[audit])
    return booked


@kernel
def place(flat: Flat, board: Board, work: Work, price: Ints, audit: int, anyhow: bool) -> bool:
    """Book an audit at its cheapest; tell whether it is booked."""
    limit = NEVER if anyhow else flat.penalty[audit] * SCALE + 1
    cheapest(flat, board, work, price, audit, True, False, limit)
    size = work.found[SIZE]
    if size == 0:
        return False
    for m in range(size):
        board.team[audit, m], board.seat[audit, m] = work.team[m], work.role[m]
    add(flat, board, audit, work.found[START], work.found[LENGTH], size)
    return True
