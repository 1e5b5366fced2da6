"""Ruin and recreate: take out audits that compete, put them back at their cheapest, accept by a threshold that cools.

After Schrimpf et al., Record Breaking Optimization Results Using the Ruin and Recreate Principle (2000); strings of
neighbouring bookings as in Christiaens and Vanden Berghe, Slack Induction by String Removals (2020).
"""

from __future__ import annotations

import math

from auditmatch.kernel.board import NONE, Board, add, remove
from auditmatch.kernel.eject import eject
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.invite import INVITED, invite
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.recreate import put_queued
from auditmatch.kernel.ruin import EJECT, ruin, take_out
from auditmatch.kernel.tolls import Prices
from auditmatch.kernel.trail import (
    ACCEPTED,
    BEST,
    COST,
    MOST,
    OUT,
    SET,
    STEPS,
    UNSAVED,
    WAYS,
    Trail,
    draw,
    forget_set,
    include,
    restore_team,
    save_best,
)
from auditmatch.kernel.work import Work
from auditmatch.shapes import Ints

# Most links of an ejection chain.
CHAIN = 6


@entry
def search(
    flat: Flat,
    board: Board,
    bare: Board,
    work: Work,
    trail: Trail,
    free: Prices,
    prices: Prices,
    audits: Ints,
    steps: int,
    most: int,
    heat: float,
) -> None:
    """Make so many steps; the best plan and its cost are in the trail.

    Parameters
    ----------
    bare
        A board on which nothing stands but facts.
    free, prices
        No prices, and the prices that steer half of the steps.
    most
        Audits taken out in a step, on average about half of it.
    heat
        Points by which a step may be worse, on average.
    """
    for _ in range(steps):
        way = _choose_way(trail)
        ruin(flat, board, trail, audits, way, 2 + draw(trail, most))
        steer = prices if draw(trail, 2) == 0 else free
        if trail.tally[SET] < MOST - INVITED:
            _step(flat, board, bare, work, trail, free, steer, audits, way, heat)
        else:
            forget_set(trail, board)  # whoever needs a chosen audit may be missing from a full set
        trail.tally[STEPS] += 1
    if trail.tally[UNSAVED]:
        save_best(trail, board, audits)
        trail.tally[UNSAVED] = 1  # so that where a run is cut changes nothing


@kernel
def _choose_way(trail: Trail) -> int:
    """Choose a way by what it earned a try; none is ever forgotten."""
    total = 0
    for way in range(WAYS):
        total += 20 + trail.way[way].gains // trail.way[way].tries
    at = draw(trail, total)
    for way in range(WAYS):
        at -= 20 + trail.way[way].gains // trail.way[way].tries
        if at < 0:
            return way
    return 0


@kernel
def _step(
    flat: Flat,
    board: Board,
    bare: Board,
    work: Work,
    trail: Trail,
    free: Prices,
    prices: Prices,
    audits: Ints,
    way: int,
    heat: float,
) -> None:
    """Take the set out, put it back, keep or undo."""
    change = 0
    taken = trail.tally[SET]
    for n in range(taken):
        if trail.step[n].start != NONE:
            change -= take_out(flat, board, trail.step[n].chosen)
    _mark_fresh(work, trail, taken, True)
    if way != EJECT:
        invite(flat, board, work, trail)
    change += _put_back(flat, board, work, trail, prices)
    if way == EJECT:
        for _ in range(1 + draw(trail, CHAIN)):
            change += _push(flat, board, bare, work, trail, free, prices)
    _mark_fresh(work, trail, taken, False)
    change += _left_out(flat, board, trail)
    # -log of a uniform number has mean 1.
    slack = -heat * SCALE * math.log((draw(trail, 1 << 30) + 1) / (1 << 30))
    trail.way[way].tries += 1
    if change > 0 and trail.tally[UNSAVED] and change <= slack:
        _undo(flat, board, trail)
        save_best(trail, board, audits)
    elif change > slack:
        _undo(flat, board, trail)
    else:
        trail.tally[COST] += change
        trail.tally[ACCEPTED] += 1
        if change < 0:
            trail.way[way].gains += min(-change // SCALE, 1000) + 20
        if trail.tally[COST] < trail.tally[BEST]:
            trail.tally[BEST], trail.tally[UNSAVED] = trail.tally[COST], 1
    if trail.way[way].tries > 2000:
        trail.way[way].tries //= 2
        trail.way[way].gains //= 2
    forget_set(trail, board)


@kernel
def _mark_fresh(work: Work, trail: Trail, taken: int, fresh: bool) -> None:
    """Mark whom the step has freed, or take the marks off."""
    for n in range(taken):
        if trail.step[n].start != NONE:
            for m in range(trail.step[n].people):
                work.fresh[trail.team[n, m]] = fresh


@kernel
def _put_back(flat: Flat, board: Board, work: Work, trail: Trail, prices: Prices) -> int:
    """Put the set back in a random order of one of four kinds; return what the bookings cost."""
    count, kind = trail.tally[SET], draw(trail, 4)
    for n in range(count):
        audit = trail.step[n].chosen
        rank = draw(trail, 1 << 20)
        if kind == 1:
            rank -= flat.audit[audit].penalty << 20
        elif kind == 2:
            rank += choices(flat, audit) << 20
        elif kind == 3:
            rank -= (
                flat.form[flat.audit[audit].form_ptr].length
                if flat.audit[audit + 1].form_ptr > flat.audit[audit].form_ptr
                else 0
            ) << 20
        at = n
        while at > 0 and trail.queue[at - 1].rank > rank:
            trail.queue[at].rank, trail.queue[at].order = trail.queue[at - 1].rank, trail.queue[at - 1].order
            at -= 1
        trail.queue[at].rank, trail.queue[at].order = rank, audit
    return put_queued(flat, board, work, trail, prices, count)


@kernel
def _push(flat: Flat, board: Board, bare: Board, work: Work, trail: Trail, free: Prices, prices: Prices) -> int:
    """Let one audit of the set that is left out take the place of others; return by how much costs grow."""
    dearest = -1
    for n in range(trail.tally[SET]):
        audit = trail.step[n].chosen
        gone = board.book[audit].start == NONE and flat.audit[audit].form_ptr < flat.audit[audit + 1].form_ptr
        if gone and (dearest < 0 or flat.audit[audit].penalty > flat.audit[dearest].penalty):
            dearest = audit
    return 0 if dearest < 0 else eject(flat, board, bare, work, trail, free, prices, dearest)


@kernel
def _left_out(flat: Flat, board: Board, trail: Trail) -> int:
    """Return by how much the penalties of the set's audits grow; NEVER without a pinned one."""
    points = missing = 0
    for n in range(trail.tally[SET]):
        audit = trail.step[n].chosen
        gone = board.book[audit].start == NONE
        points += (int(gone) - int(trail.step[n].start == NONE)) * flat.audit[audit].penalty * SCALE
        missing += gone and flat.audit[audit].must
    return NEVER if missing else points


@kernel
def choices(flat: Flat, audit: int) -> int:
    """Return about how many ways an audit has: its starts, over all forms, times its candidates."""
    forms = flat.audit[audit].form_ptr, flat.audit[audit + 1].form_ptr
    trip = flat.audit[audit].trip
    people = flat.order_ptr[trip + 1] - flat.order_ptr[trip] if trip >= 0 else 0
    return (flat.form[forms[1]].start_ptr - flat.form[forms[0]].start_ptr) * people


@kernel
def _undo(flat: Flat, board: Board, trail: Trail) -> None:
    """Let the set be booked as it was before the step."""
    for n in range(trail.tally[SET]):
        if board.book[trail.step[n].chosen].start != NONE:
            remove(flat, board, trail.step[n].chosen)
    for n in range(trail.tally[SET]):
        if trail.step[n].start != NONE:
            restore_team(trail, board, n)
            add(flat, board, trail.step[n].chosen, trail.step[n].start, trail.step[n].length, trail.step[n].people)
