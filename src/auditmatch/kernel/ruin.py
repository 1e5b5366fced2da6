"""What a step takes out: audits that compete for the same people and days."""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board, remove
from auditmatch.kernel.demands import growth
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.seek import lateness, published_with, seat_cost
from auditmatch.kernel.trail import OUT, SET, Trail, draw, include
from auditmatch.shapes import Ints

# Ways to choose: people near a seed and its days; people who meet one of its demands; one person's month; the linked
# family; one week of the seed's place; audits at random; whoever stands in the way of an audit left out.
NEAR, SCARCE, MONTH, FAMILY, PLACE, RANDOM, EJECT = range(7)


@kernel
def standing_cost(flat: Flat, board: Board, audit: int) -> int:
    """Return what a booking costs, the growth of its people's load with it, in fractions of a point."""
    start, length = board.book[audit].start, board.book[audit].length
    points = lateness(flat, audit, start)
    for m in range(board.book[audit].people):
        person = board.team[audit, m]
        points += flat.travel[flat.audit[audit].place, flat.auditor[person].home] * SCALE
        points += seat_cost(flat, audit, person, board.seat[audit, m])
        points += growth(flat, board.person[person].load - length, person, length)
    if flat.audit[audit].kept_start >= 0:
        same = start == flat.audit[audit].kept_start and length == flat.audit[audit].kept_length
        same = same and board.book[audit].people == flat.audit[audit + 1].kept_ptr - flat.audit[audit].kept_ptr
        for m in range(board.book[audit].people):
            same = same and published_with(flat, audit, board.team[audit, m])
        points += 0 if same else flat.keep * SCALE
    return points


@kernel
def take_out(flat: Flat, board: Board, audit: int) -> int:
    """Take a booking out and return what that saves."""
    points = standing_cost(flat, board, audit)
    remove(flat, board, audit)
    return points


@kernel
def ruin(flat: Flat, board: Board, trail: Trail, audits: Ints, way: int, most: int) -> None:
    """Fill the step's set with about `most` audits; those that need a chosen one come with it."""
    seed = audits[draw(trail, len(audits))]
    if trail.tally[OUT] > 0 and (way == EJECT or draw(trail, 2) == 0):
        seed = trail.left[draw(trail, trail.tally[OUT])].out
    if way == EJECT and trail.tally[OUT] > 0:
        other = trail.left[draw(trail, trail.tally[OUT])].out
        seed = other if flat.audit[other].penalty > flat.audit[seed].penalty else seed
    include(trail, board, seed)
    if way == EJECT or flat.audit[seed].form_ptr == flat.audit[seed + 1].form_ptr:
        _dependants(flat, board, trail)
        return
    form = flat.audit[seed].form_ptr + draw(trail, flat.audit[seed + 1].form_ptr - flat.audit[seed].form_ptr)
    middle = board.book[seed].start
    if middle == NONE:
        middle = flat.starts[
            flat.form[form].start_ptr + draw(trail, flat.form[form + 1].start_ptr - flat.form[form].start_ptr)
        ]
    if way == FAMILY:
        _family(flat, board, trail, seed)
    if way == PLACE:
        _same_place(flat, board, trail, audits, seed, middle, most)
    elif way == RANDOM:
        for _ in range(most):
            include(trail, board, audits[draw(trail, len(audits))])
    else:
        reach = flat.form[form].length + draw(trail, 4) if way != MONTH else 12 + draw(trail, 24)
        for _ in range(3 * most if way != MONTH else 2):
            if trail.tally[SET] >= most:
                break
            person = _somebody(flat, board, trail, seed, way)
            if person >= 0:
                _string(board, trail, person, middle, reach)
    _dependants(flat, board, trail)


@kernel
def _somebody(flat: Flat, board: Board, trail: Trail, seed: int, way: int) -> int:
    """Return a person who could sit in an audit: near ones more often, or one who meets a demand of it."""
    covers = flat.audit[seed + 1].cover_ptr - flat.audit[seed].cover_ptr
    if way == SCARCE and covers > 0:
        pool = flat.cover_pool[flat.cover[flat.audit[seed].cover_ptr + draw(trail, covers)], 0]
        if pool >= 0 and flat.pool_ptr[pool + 1] > flat.pool_ptr[pool]:
            return flat.member[
                flat.pool_ptr[pool] + draw(trail, flat.pool_ptr[pool + 1] - flat.pool_ptr[pool])
            ].pool_person
    if board.book[seed].start != NONE and draw(trail, 3) == 0:
        return board.team[seed, draw(trail, board.book[seed].people)]
    trip = flat.audit[seed].trip
    count = flat.order_ptr[trip + 1] - flat.order_ptr[trip] if trip >= 0 else 0
    if count == 0:
        return -1
    # The square of a share: half of all draws fall among the nearest quarter.
    share = draw(trail, 4096)
    near = flat.order[flat.order_ptr[trip] + count * share // 4096 * share // 4096]
    return flat.candidate[flat.person_ptr[flat.audit[seed].group] + near].person


@kernel
def _string(board: Board, trail: Trail, person: int, middle: int, reach: int) -> None:
    """Choose a person's bookings around a slot."""
    for h in range(board.person[person].holds):
        audit = board.held[person, h]
        start = board.book[audit].start
        if start - reach <= middle <= start + board.book[audit].length - 1 + reach:
            include(trail, board, audit)


@kernel
def _family(flat: Flat, board: Board, trail: Trail, seed: int) -> None:
    """Choose the audits linked to one."""
    for x in range(flat.audit[seed].link_ptr, flat.audit[seed + 1].link_ptr):
        for audit in (flat.tie[flat.link[x]].link_first, flat.tie[flat.link[x]].link_second):
            if flat.audit[audit + 1].form_ptr > flat.audit[audit].form_ptr:
                include(trail, board, audit)


@kernel
def _same_place(flat: Flat, board: Board, trail: Trail, audits: Ints, seed: int, middle: int, most: int) -> None:
    """Choose bookings near a slot at the place of an audit, or held by those who go there."""
    for _ in range(8 * most):
        if trail.tally[SET] >= most:
            return
        audit = audits[draw(trail, len(audits))]
        booked = board.book[audit].start != NONE and abs(board.book[audit].start - middle) <= 10
        if booked and flat.audit[audit].place == flat.audit[seed].place:
            include(trail, board, audit)


@kernel
def _dependants(flat: Flat, board: Board, trail: Trail) -> None:
    """Choose whoever needs a chosen audit and is booked."""
    n = 0
    while n < trail.tally[SET]:
        audit = trail.step[n].chosen
        for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
            if follows(flat, board, flat.link[x], audit):
                include(trail, board, flat.tie[flat.link[x]].link_second)
        n += 1


@kernel
def follows(flat: Flat, board: Board, link: int, audit: int) -> bool:
    """Tell whether the second audit of a link needs this one and is booked."""
    tie = flat.tie[link]
    return tie.required and tie.link_first == audit and board.book[tie.link_second].start != NONE
