"""What a step takes out: audits that compete for the same people and days."""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board, remove
from auditmatch.kernel.demands import growth
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.seek import published_with, seat_cost
from auditmatch.kernel.trail import OUT, SET, Trail, draw, include
from auditmatch.shapes import Ints

# Ways to choose: people near a seed and its days; people who meet one of its demands; one person's month; the linked
# family; one week of the seed's place; audits at random.
NEAR, SCARCE, MONTH, FAMILY, PLACE, RANDOM = range(6)


@entry
def points_of(flat: Flat, board: Board, audit: int) -> int:
    """Return what a booking costs beside the load of its people, in fractions of a point."""
    start = board.start[audit]
    points = max(flat.day[start] - flat.preferred[audit], 0) * flat.lateness
    for m in range(board.size[audit]):
        person = board.team[audit, m]
        points += flat.travel[flat.place[audit], flat.home[person]]
        points += seat_cost(flat, audit, person, board.seat[audit, m]) // SCALE
    if flat.kept_start[audit] >= 0:
        same = start == flat.kept_start[audit] and board.length[audit] == flat.kept_length[audit]
        same = same and board.size[audit] == flat.kept_ptr[audit + 1] - flat.kept_ptr[audit]
        for m in range(board.size[audit]):
            same = same and published_with(flat, audit, board.team[audit, m])
        points += 0 if same else flat.keep
    return points * SCALE


@kernel
def take_out(flat: Flat, board: Board, audit: int) -> int:
    """Take a booking out and return what that saves, the load of its people included."""
    points = points_of(flat, board, audit)
    remove(flat, board, audit)
    for m in range(board.size[audit]):
        person = board.team[audit, m]
        points += growth(flat, board.load[person], person, board.length[audit])
    return points


@kernel
def ruin(flat: Flat, board: Board, trail: Trail, audits: Ints, way: int, most: int) -> None:
    """Fill the step's set with about `most` audits; those that need a chosen one come with it."""
    seed = audits[draw(trail, len(audits))]
    if trail.count[OUT] > 0 and draw(trail, 2) == 0:
        seed = trail.out[draw(trail, trail.count[OUT])]
    include(trail, board, seed)
    if flat.form_ptr[seed] == flat.form_ptr[seed + 1]:
        return
    form = flat.form_ptr[seed] + draw(trail, flat.form_ptr[seed + 1] - flat.form_ptr[seed])
    middle = board.start[seed]
    if middle == NONE:
        middle = flat.starts[flat.start_ptr[form] + draw(trail, flat.start_ptr[form + 1] - flat.start_ptr[form])]
    if way == FAMILY:
        _family(flat, board, trail, seed)
    if way == PLACE:
        _same_place(flat, board, trail, audits, seed, middle, most)
    elif way == RANDOM:
        for _ in range(most):
            include(trail, board, audits[draw(trail, len(audits))])
    else:
        reach = flat.length[form] + draw(trail, 4) if way != MONTH else 12 + draw(trail, 24)
        for _ in range(3 * most if way != MONTH else 2):
            if trail.count[SET] >= most:
                break
            person = _somebody(flat, board, trail, seed, way)
            if person >= 0:
                _string(board, trail, person, middle, reach)
    _dependants(flat, board, trail)


@kernel
def _somebody(flat: Flat, board: Board, trail: Trail, seed: int, way: int) -> int:
    """Return a person who could sit in an audit: near ones more often, or one who meets a demand of it."""
    covers = flat.cover_ptr[seed + 1] - flat.cover_ptr[seed]
    if way == SCARCE and covers > 0:
        pool = flat.cover_pool[flat.cover[flat.cover_ptr[seed] + draw(trail, covers)], 0]
        if pool >= 0 and flat.pool_ptr[pool + 1] > flat.pool_ptr[pool]:
            return flat.pool_person[flat.pool_ptr[pool] + draw(trail, flat.pool_ptr[pool + 1] - flat.pool_ptr[pool])]
    if board.start[seed] != NONE and draw(trail, 3) == 0:
        return board.team[seed, draw(trail, board.size[seed])]
    trip = flat.trip[seed]
    count = flat.order_ptr[trip + 1] - flat.order_ptr[trip] if trip >= 0 else 0
    if count == 0:
        return -1
    # The square of a share: half of all draws fall among the nearest quarter.
    share = draw(trail, 4096)
    near = flat.order[flat.order_ptr[trip] + count * share // 4096 * share // 4096]
    return flat.person[flat.person_ptr[flat.group[seed]] + near]


@kernel
def _string(board: Board, trail: Trail, person: int, middle: int, reach: int) -> None:
    """Choose a person's bookings around a slot."""
    for h in range(board.holds[person]):
        audit = board.held[person, h]
        start = board.start[audit]
        if start - reach <= middle <= start + board.length[audit] - 1 + reach:
            include(trail, board, audit)


@kernel
def _family(flat: Flat, board: Board, trail: Trail, seed: int) -> None:
    """Choose the audits linked to one."""
    for x in range(flat.link_ptr[seed], flat.link_ptr[seed + 1]):
        for audit in (flat.link_first[flat.link[x]], flat.link_second[flat.link[x]]):
            if flat.form_ptr[audit + 1] > flat.form_ptr[audit]:
                include(trail, board, audit)


@kernel
def _same_place(flat: Flat, board: Board, trail: Trail, audits: Ints, seed: int, middle: int, most: int) -> None:
    """Choose bookings near a slot at the place of an audit, or held by those who go there."""
    for _ in range(8 * most):
        if trail.count[SET] >= most:
            return
        audit = audits[draw(trail, len(audits))]
        if flat.place[audit] == flat.place[seed] and board.start[audit] != NONE:
            if abs(board.start[audit] - middle) <= 10:
                include(trail, board, audit)


@kernel
def _dependants(flat: Flat, board: Board, trail: Trail) -> None:
    """Choose whoever needs a chosen audit and is booked."""
    n = 0
    while n < trail.count[SET]:
        audit = trail.chosen[n]
        for x in range(flat.link_ptr[audit], flat.link_ptr[audit + 1]):
            link = flat.link[x]
            if flat.required[link] and flat.link_first[link] == audit and board.start[flat.link_second[link]] != NONE:
                include(trail, board, flat.link_second[link])
        n += 1
