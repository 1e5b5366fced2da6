"""Booking audits one after another, each at its cheapest."""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board, add
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.seek import cheapest, sampled
from auditmatch.kernel.tolls import Prices
from auditmatch.kernel.work import LENGTH, SIZE, START, Work
from auditmatch.shapes import Bools, Ints


@entry
def build(
    flat: Flat, board: Board, work: Work, prices: Prices, ranked: Ints, first: int, last: int, needed: Bools
) -> int:
    """Book the audits ranked [first, last) that are not booked, each at its cheapest if leaving it out costs no less.

    `needed` audits, and those that must be served, are booked at any cost. Return how many are booked.
    """
    booked = 0
    for n in range(first, last):
        audit = ranked[n]
        if board.book[audit].start == NONE:
            anyhow = flat.audit[audit].must or needed[audit]
            limit = NEVER if anyhow else flat.audit[audit].penalty * SCALE + 1
            booked += place(flat, board, work, prices, audit, limit, 0)
    return booked


@kernel
def place(flat: Flat, board: Board, work: Work, prices: Prices, audit: int, limit: int, luck: int) -> bool:
    """Book an audit at its cheapest below `limit`, with `luck` above 0 on a short list; tell whether it is booked."""
    if luck > 0:
        sampled(flat, board, work, prices, audit, limit, luck)
    else:
        cheapest(flat, board, work, prices, audit, True, False, limit)
    size = work.found[SIZE]
    if size == 0:
        return False
    for m in range(size):
        board.team[audit, m], board.seat[audit, m] = work.best[m].team, work.best[m].role
    add(flat, board, audit, work.found[START], work.found[LENGTH], size)
    return True
