"""Putting audits back, one after another, each at its cheapest."""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.build import place
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.ruin import standing_cost
from auditmatch.kernel.tolls import Prices
from auditmatch.kernel.trail import Trail, draw
from auditmatch.kernel.work import Work


@kernel
def put(flat: Flat, board: Board, work: Work, trail: Trail, prices: Prices, audit: int) -> int:
    """Book an audit at its cheapest under prices, if leaving it out is dearer; return its cost without prices.

    Where there are many candidates, on a short list drawn anew each time; a pinned audit among all.
    """
    must = flat.audit[audit].must
    limit = NEVER if must else flat.audit[audit].penalty * SCALE
    luck = 0 if must else 1 + draw(trail, 1 << 40)
    return standing_cost(flat, board, audit) if place(flat, board, work, prices, audit, limit, luck) else 0


@kernel
def put_queued(flat: Flat, board: Board, work: Work, trail: Trail, prices: Prices, count: int) -> int:
    """Book the audits of the queue that are not booked, in its order; return what they cost.

    Whoever needs another, which may stand after it in the queue, is tried a second time.
    """
    points = 0
    for again in range(2):
        for n in range(count):
            audit = trail.queue[n].order
            if board.book[audit].start == NONE and (again == 0 or _waits(flat, audit)):
                points += put(flat, board, work, trail, prices, audit)
    return points


@kernel
def _waits(flat: Flat, audit: int) -> bool:
    """Tell whether an audit needs another."""
    for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
        if flat.tie[flat.link[x]].required and flat.tie[flat.link[x]].link_second == audit:
            return True
    return False
