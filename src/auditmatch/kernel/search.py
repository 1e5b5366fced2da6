"""Ruin and recreate: take out audits that compete, put them back at their cheapest, accept by a threshold that cools.

After Schrimpf et al., Record Breaking Optimization Results Using the Ruin and Recreate Principle (2000); strings of
neighbouring bookings as in Christiaens and Vanden Berghe, Slack Induction by String Removals (2020).
"""

from __future__ import annotations

import math

from auditmatch.kernel.board import NONE, Board, add, remove
from auditmatch.kernel.demands import growth
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.ruin import points_of, ruin, take_out
from auditmatch.kernel.seek import cheapest, lacks
from auditmatch.kernel.trail import (
    ACCEPTED,
    BEST,
    COST,
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
from auditmatch.kernel.work import LENGTH, SIZE, START, Work
from auditmatch.shapes import Ints


@entry
def search(
    flat: Flat, board: Board, work: Work, trail: Trail, free: Ints, price: Ints, audits: Ints, steps: int, most: int,
    heat: float,
) -> None:
    """Make so many steps; the best plan and its cost are in the trail.

    Parameters
    ----------
    free, price
        No prices, and the prices that steer half of the steps, as for `cheapest`.
    most
        Audits taken out in a step, on average about half of it.
    heat
        Points by which a step may be worse, on average.
    """
    for _ in range(steps):
        way = _choose_way(trail)
        ruin(flat, board, trail, audits, way, 2 + draw(trail, most))
        steer = price if draw(trail, 2) == 0 else free
        _step(flat, board, work, trail, steer, audits, way, heat)
        trail.count[STEPS] += 1
    if trail.count[UNSAVED]:
        save_best(trail, board, audits)


@kernel
def _choose_way(trail: Trail) -> int:
    """Choose a way by what it earned a try; none is ever forgotten."""
    total = 0
    for way in range(WAYS):
        total += 20 + trail.gains[way] // trail.tries[way]
    at = draw(trail, total)
    for way in range(WAYS):
        at -= 20 + trail.gains[way] // trail.tries[way]
        if at < 0:
            return way
    return 0


@kernel
def _step(
    flat: Flat, board: Board, work: Work, trail: Trail, price: Ints, audits: Ints, way: int, heat: float
) -> None:
    """Take the set out, put it back, keep or undo."""
    before = 0
    for n in range(trail.count[SET]):
        if trail.start[n] != NONE:
            before += take_out(flat, board, trail.chosen[n])
    _invite(flat, board, trail)
    for n in range(trail.count[SET]):
        if trail.start[n] == NONE:
            before += flat.penalty[trail.chosen[n]] * SCALE
    after = _put_back(flat, board, work, trail, price)
    # -log of a uniform number has mean 1.
    slack = -heat * SCALE * math.log((draw(trail, 1 << 30) + 1) / (1 << 30))
    change = after - before
    trail.tries[way] += 1
    if change > 0 and trail.count[UNSAVED] and change <= slack:
        _undo(flat, board, trail)
        save_best(trail, board, audits)
    elif change > slack:
        _undo(flat, board, trail)
    else:
        trail.count[COST] += change
        trail.count[ACCEPTED] += 1
        if change < 0:
            trail.gains[way] += min(-change // SCALE, 1000) + 20
        if trail.count[COST] < trail.count[BEST]:
            trail.count[BEST], trail.count[UNSAVED] = trail.count[COST], 1
    if trail.tries[way] > 2000:
        trail.tries[way] //= 2
        trail.gains[way] //= 2
    forget_set(trail, board)


@kernel
def _invite(flat: Flat, board: Board, trail: Trail) -> None:
    """Add a few audits that were left out, who may use the room."""
    for _ in range(min(4, trail.count[OUT])):
        include(trail, board, trail.out[draw(trail, trail.count[OUT])])


@kernel
def _put_back(flat: Flat, board: Board, work: Work, trail: Trail, price: Ints) -> int:
    """Put the set back in a random order of one of four kinds; return its cost, NEVER when a pinned audit finds no room."""
    count, kind = trail.count[SET], draw(trail, 4)
    for n in range(count):
        audit = trail.chosen[n]
        rank = draw(trail, 1 << 20)
        if kind == 1:
            rank -= flat.penalty[audit] << 20
        elif kind == 2:
            rank += choices(flat, audit) << 20
        elif kind == 3:
            rank -= (flat.length[flat.form_ptr[audit]] if flat.form_ptr[audit + 1] > flat.form_ptr[audit] else 0) << 20
        at = n
        while at > 0 and trail.rank[at - 1] > rank:
            trail.rank[at], trail.order[at] = trail.rank[at - 1], trail.order[at - 1]
            at -= 1
        trail.rank[at], trail.order[at] = rank, audit
    points, missing = 0, 0
    for again in range(2):
        missing = 0
        for n in range(count):
            audit = trail.order[n]
            if board.start[audit] == NONE and (again == 0 or _waits(flat, audit)):
                points += _book(flat, board, work, price, audit)
    for n in range(count):
        audit = trail.order[n]
        if board.start[audit] == NONE:
            missing += flat.must[audit]
            points += flat.penalty[audit] * SCALE
    return NEVER if missing else points


@kernel
def _waits(flat: Flat, audit: int) -> bool:
    """Tell whether an audit needs another."""
    for x in range(flat.link_ptr[audit], flat.link_ptr[audit + 1]):
        if flat.required[flat.link[x]] and flat.link_second[flat.link[x]] == audit:
            return True
    return False


@kernel
def choices(flat: Flat, audit: int) -> int:
    """Return about how many ways an audit has: its starts, over all forms, times its candidates."""
    forms = flat.form_ptr[audit], flat.form_ptr[audit + 1]
    trip = flat.trip[audit]
    people = flat.order_ptr[trip + 1] - flat.order_ptr[trip] if trip >= 0 else 0
    return (flat.start_ptr[forms[1]] - flat.start_ptr[forms[0]]) * people


@kernel
def _book(flat: Flat, board: Board, work: Work, price: Ints, audit: int) -> int:
    """Book an audit at its cheapest under prices, if it is cheaper than leaving it out; return its cost without prices."""
    limit = NEVER if flat.must[audit] else flat.penalty[audit] * SCALE
    cheapest(flat, board, work, price, audit, True, False, limit)
    size = work.found[SIZE]
    if size == 0:
        return 0
    points = 0
    for m in range(size):
        person = work.team[m]
        board.team[audit, m], board.seat[audit, m] = person, work.role[m]
        points += growth(flat, board.load[person], person, work.found[LENGTH])
    add(flat, board, audit, work.found[START], work.found[LENGTH], size)
    return points + points_of(flat, board, audit)


@kernel
def _undo(flat: Flat, board: Board, trail: Trail) -> None:
    """Let the set be booked as it was before the step."""
    for n in range(trail.count[SET]):
        if board.start[trail.chosen[n]] != NONE:
            remove(flat, board, trail.chosen[n])
    for n in range(trail.count[SET]):
        if trail.start[n] != NONE:
            restore_team(trail, board, n)
            add(flat, board, trail.chosen[n], trail.start[n], trail.length[n], trail.size[n])
