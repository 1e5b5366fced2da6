"""Ejection chains: an audit that is left out takes the place of others, which look for another one.

After Nagata and Bräysy, A powerful route minimization heuristic for the vehicle routing problem with time windows
(2009): whoever was hard to place before is dear to eject.
"""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.demands import partner_of
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.recreate import put, put_queued
from auditmatch.kernel.ruin import follows, take_out
from auditmatch.kernel.seek import cheapest, lacks, link_allows
from auditmatch.kernel.tolls import Prices
from auditmatch.kernel.trail import MOST, Trail, draw, include
from auditmatch.kernel.work import LENGTH, SIZE, START, Work

# Points that ejecting a booking is thought to cost, at first, and more for each time that its audit found no place.
TAKEN, STUBBORN, MOST_STUBBORN = 20, 5, 200


@kernel
def eject(
    flat: Flat, board: Board, bare: Board, work: Work, trail: Trail, free: Prices, prices: Prices, audit: int
) -> int:
    """Book an audit of the set where others stand, and those elsewhere; return by how much costs grow.

    What it costs to leave audits out is not counted.

    Parameters
    ----------
    bare
        A board on which nothing stands but facts.
    free, prices
        No prices, and those under which audits are put back.
    """
    if lacks(flat, board, audit):
        return 0
    _write_bids(flat, board, trail, audit)
    bids = Prices(trail.bid, free.cap, free.key, free.share)
    cheapest(flat, bare, work, bids, audit, False, True, NEVER)
    count = _clashing(flat, board, work, trail, audit)
    if count < 0:
        return 0
    points = 0
    for n in range(count):
        points -= take_out(flat, board, trail.queue[n].order)
    points += put(flat, board, work, trail, prices, audit)
    for n in range(count):
        other = n + draw(trail, count - n)
        trail.queue[n].order, trail.queue[other].order = trail.queue[other].order, trail.queue[n].order
    points += put_queued(flat, board, work, trail, prices, count)
    for n in range(count):
        other = trail.queue[n].order
        if board.book[other].start == NONE and trail.left[other].stubborn < MOST_STUBBORN:
            trail.left[other].stubborn += 1
    return points


@kernel
def _write_bids(flat: Flat, board: Board, trail: Trail, audit: int) -> None:
    """Write what each slot of those who could sit in an audit costs by the bookings that would be ejected."""
    trip, base = flat.audit[audit].trip, flat.person_ptr[flat.audit[audit].group]
    length, slots = flat.form[flat.audit[audit].form_ptr].length, len(flat.slot)
    for x in range(flat.order_ptr[trip], flat.order_ptr[trip + 1]):
        person = flat.candidate[base + flat.order[x]].person
        for t in range(slots + 1):
            trail.bid[person, 0, t] = 0
        for h in range(board.person[person].holds):
            other = board.held[person, h]
            if board.book[other].fact:
                continue
            dear = TAKEN + STUBBORN * trail.left[other].stubborn + 10_000 * flat.audit[other].must
            dear = dear * (SCALE // 2 + draw(trail, SCALE)) // min(length, board.book[other].length)
            for t in range(board.book[other].start, board.book[other].start + board.book[other].length):
                trail.bid[person, 0, t + 1] += dear
        for t in range(slots):
            trail.bid[person, 0, t + 1] += trail.bid[person, 0, t]


@kernel
def _clashing(flat: Flat, board: Board, work: Work, trail: Trail, audit: int) -> int:
    """Queue the bookings that stand in the way of the one found; return how many, -1 where it cannot be."""
    start, length, count = work.found[START], work.found[LENGTH], 0
    if work.found[SIZE] == 0:
        return -1
    for m in range(work.found[SIZE]):
        person = work.best[m].team
        for h in range(board.person[person].holds):
            other = board.held[person, h]
            if _meet(flat, board, person, audit, other, start, length):
                count = _queue(trail, board, count, other)
    for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
        if not link_allows(flat, board, flat.link[x], audit, start, length):
            count = _queue(trail, board, count, partner_of(flat, flat.link[x], audit))
    n = 0
    while n < count:
        other = trail.queue[n].order
        for x in range(flat.audit[other].link_ptr, flat.audit[other + 1].link_ptr):
            if follows(flat, board, flat.link[x], other):
                count = _queue(trail, board, count, flat.tie[flat.link[x]].link_second)
        n += 1
    return count


@kernel
def _queue(trail: Trail, board: Board, count: int, audit: int) -> int:
    """Queue an audit once, as one of the set; return how many are queued, -1 when there is no room."""
    for n in range(count):
        if trail.queue[n].order == audit:
            return count
    if count < 0 or count >= MOST or not (trail.left[audit].inside or include(trail, board, audit)):
        return -1
    trail.queue[count].order = audit
    return count + 1


@kernel
def _meet(flat: Flat, board: Board, person: int, audit: int, other: int, start: int, length: int) -> bool:
    """Tell whether a person cannot serve both a booking of an audit and another that stands."""
    layer, need = flat.auditor[person].layer, -1
    if flat.need.shape[1] > 0:
        need = flat.need[layer, flat.audit[audit].site, flat.audit[other].site]
    if not flat.exclusive and need < 0:
        return False
    need = max(need, 0)
    begin, finish = flat.slot[start].begin, flat.slot[start + length - 1].finish
    return begin < board.book[other].high + need and board.book[other].low - need < finish
