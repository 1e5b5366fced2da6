"""The cheapest booking of one audit: exact over starts, forms and teams.

Candidates are met by ascending travel, so the scan ends where travel alone costs too much; a candidate is looked at
slot by slot only if no bound on its team rules it out; starts are searched by ascending bound until none can improve.
"""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.demands import ask, floor_of, growth, mask_ever, partner_of, sits_in, write_demands
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.rows import best_start, bound_at, clear, first_least, note_row, write_row
from auditmatch.kernel.work import CALLS, SIZE, TOUCHED, Work
from auditmatch.shapes import Ints


@entry
def cheapest(
    flat: Flat, board: Board, work: Work, price: Ints, audit: int, grow: bool, alone: bool, limit: int
) -> int:
    """Return the least cost below `limit` of booking an audit that is not booked, in fractions of a point, or `limit`.

    The booking stands in `work.found` (size 0: none), `work.team` and `work.role`.

    Parameters
    ----------
    price
        (auditors, slots + 1) price of all slots before each slot, in fractions of a point; never falling.
    grow
        Whether the growth of load costs counts.
    alone
        Ask as if every audit that this one needs were served.
    """
    work.found[SIZE] = 0
    work.found[CALLS] += 1
    if not alone and lacks(flat, board, audit):
        return limit
    best, keep = limit, 0
    if flat.kept_start[audit] >= 0:
        keep = flat.keep * SCALE
        for form in range(flat.form_ptr[audit], flat.form_ptr[audit + 1]):
            if flat.length[form] == flat.kept_length[audit]:
                best = _best_of_form(flat, board, work, price, audit, form, grow, 0, True, best)
    for form in range(flat.form_ptr[audit], flat.form_ptr[audit + 1]):
        best = _best_of_form(flat, board, work, price, audit, form, grow, keep, False, best)
    return best


@kernel
def lacks(flat: Flat, board: Board, audit: int) -> bool:
    """Tell whether an audit that this one needs is not booked."""
    for x in range(flat.link_ptr[audit], flat.link_ptr[audit + 1]):
        link = flat.link[x]
        if flat.required[link] and flat.link_second[link] == audit and board.start[flat.link_first[link]] == NONE:
            return True
    return False


@kernel
def _best_of_form(
    flat: Flat, board: Board, work: Work, price: Ints, audit: int, form: int, grow: bool, keep: int, kept: bool,
    best: int,
) -> int:
    """Return the least cost of one form below `best`; `kept`: of the published team at its published start alone."""
    starts = write_starts(flat, board, work, audit, form, keep, kept)
    if starts == 0:
        return best
    soonest = work.late[first_least(work.late, starts)]
    demands = write_demands(flat, board, work, audit, form)
    gathered = _gather(flat, board, work, audit, form, grow, kept, demands, best - soonest)
    if not ask(flat, work, form, demands, gathered):
        return best
    n, rows = flat.counting[form], 0
    clear(work, starts, n, demands)
    for j in range(gathered):
        if floor_of(work, n, demands, j) + soonest < best and write_row(
            flat, board, work, price, audit, form, j, rows, starts
        ):
            work.kept[rows] = j
            rows += 1
            if work.seat[j] == 0:
                note_row(work, n, demands, j, rows - 1, starts)
    work.found[TOUCHED] += rows
    for s in range(starts):
        work.bound[s] = bound_at(work, n, demands, s)
    return best_start(flat, board, work, audit, form, kept, demands, rows, starts, best)


@kernel
def write_starts(flat: Flat, board: Board, work: Work, audit: int, form: int, keep: int, kept: bool) -> int:
    """Write the starts of a form that links to booked partners allow, with what each costs; return how many."""
    found, length = 0, flat.length[form]
    for s in range(flat.start_ptr[form], flat.start_ptr[form + 1]):
        start = flat.starts[s]
        good = not kept or start == flat.kept_start[audit]
        for x in range(flat.link_ptr[audit], flat.link_ptr[audit + 1]):
            good = good and link_allows(flat, board, flat.link[x], audit, start, length)
        if good:
            late = max(flat.day[start] - flat.preferred[audit], 0) * flat.lateness
            work.starts[found], work.late[found] = start, late * SCALE + keep
            found += 1
    return found


@kernel
def link_allows(flat: Flat, board: Board, link: int, audit: int, start: int, length: int) -> bool:
    """Tell whether a booking's dates keep a link to a partner that is booked."""
    partner = partner_of(flat, link, audit)
    if partner == audit or board.start[partner] == NONE:
        return True
    low, high = board.low[partner], board.high[partner]
    begin, finish = flat.begin[start], flat.finish[start + length - 1]
    if flat.lo[link] >= 0:
        if audit == flat.link_second[link]:
            between, after = begin // 2 - (high - 1) // 2, begin >= high
        else:
            between, after = low // 2 - (finish - 1) // 2, finish <= low
        if not after or between < flat.lo[link] or between > flat.hi[link]:
            return False
    return flat.within[link] < 0 or abs(begin // 2 - low // 2) <= flat.within[link]


@kernel
def _gather(
    flat: Flat, board: Board, work: Work, audit: int, form: int, grow: bool, kept: bool, demands: int, limit: int
) -> int:
    """Write who could sit, with base cost and demands, by travel, while travel alone costs less than `limit`."""
    found, trip, base = 0, flat.trip[audit], flat.person_ptr[flat.group[audit]]
    if trip < 0:
        return 0
    for x in range(flat.order_ptr[trip], flat.order_ptr[trip + 1]):
        c = base + flat.order[x]
        person, role = flat.person[c], flat.role[c]
        if (role > 0 and flat.others[form] == 0) or excluded(flat, board, audit, person):
            continue
        travel = flat.travel[flat.place[audit], flat.home[person]] * SCALE
        if travel >= limit:
            break
        if kept and not published_with(flat, audit, person):
            continue
        cost = travel + seat_cost(flat, audit, person, role)
        if grow:
            cost += growth(flat, board.load[person], person, flat.length[form])
        work.person[found], work.seat[found], work.cost[found] = person, role, cost
        work.source[found] = c
        work.mask[found] = mask_ever(flat, board, work, demands, person, role)
        found += 1
    return found


@kernel
def excluded(flat: Flat, board: Board, audit: int, person: int) -> bool:
    """Tell whether a link to a booked partner forbids a person."""
    for x in range(flat.link_ptr[audit], flat.link_ptr[audit + 1]):
        if flat.disjoint[flat.link[x]]:
            partner = partner_of(flat, flat.link[x], audit)
            if partner != audit and board.start[partner] != NONE and sits_in(board, partner, person):
                return True
    return False


@kernel
def published_with(flat: Flat, audit: int, person: int) -> bool:
    """Tell whether a person is in the published team of an audit."""
    for x in range(flat.kept_ptr[audit], flat.kept_ptr[audit + 1]):
        if flat.kept_person[x] == person:
            return True
    return False


@kernel
def seat_cost(flat: Flat, audit: int, person: int, role: int) -> int:
    """Return mismatch, preference and change of team of one seat, in fractions of a point; travel aside."""
    points = 0
    if role == 0:
        points = int(flat.mismatch * flat.hardness[audit] * flat.emptiness[person] + 0.5) + flat.wish_most[audit]
        for x in range(flat.wish_ptr[audit], flat.wish_ptr[audit + 1]):
            if flat.wish_person[x] == person:
                points -= flat.wish_points[x]
    if flat.kept_start[audit] >= 0 and not published_with(flat, audit, person):
        points += flat.keep_member
    return points * SCALE
