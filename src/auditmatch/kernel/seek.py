"""The cheapest booking of one audit: exact over starts, forms and teams.

Candidates are met by ascending travel, so the scan ends where travel alone costs too much; a candidate is looked at
slot by slot only if no bound on its team rules it out; starts are searched by ascending bound until none can improve.
"""

from __future__ import annotations

import numpy as np

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.demands import ask, floor_of, growth, mask_ever, partner_of, sits_in, write_demands
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.hopes import bound_at, clear, drop_starts, note_row, scarcest
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.rows import best_start, write_row
from auditmatch.kernel.tolls import Prices
from auditmatch.kernel.work import CALLS, SIZE, TOUCHED, Work

# Nearest candidates that are looked at first, and of those who meet each demand.
FEW, SOME = 24, 6


@entry
def cheapest(
    flat: Flat, board: Board, work: Work, prices: Prices, audit: int, grow: bool, alone: bool, limit: int
) -> int:
    """Return the least cost below `limit` of booking an audit that is not booked, in fractions of a point, or `limit`.

    The booking stands in `work.found` (size 0: none), `work.team` and `work.role`.

    Parameters
    ----------
    prices
        What slots and caps cost beside.
    grow
        Whether the growth of load costs counts.
    alone
        Ask as if every audit that this one needs were served.
    """
    return _seek(flat, board, work, prices, audit, grow, alone, limit, 0)


@kernel
def sampled(flat: Flat, board: Board, work: Work, prices: Prices, audit: int, limit: int, luck: int) -> int:
    """Return the least cost below `limit` among a short list: the nearest, some who meet each demand, and by luck some.

    Whoever is marked in `work.fresh` is listed too. Load costs count; `luck` is above 0.
    """
    return _seek(flat, board, work, prices, audit, True, False, limit, luck)


@kernel
def _seek(
    flat: Flat, board: Board, work: Work, prices: Prices, audit: int, grow: bool, alone: bool, limit: int, luck: int
) -> int:
    """Return the least cost below `limit`, among all (`luck` 0) or on a short list."""
    work.found[SIZE] = 0
    work.found[CALLS] += 1
    if not alone and lacks(flat, board, audit):
        return limit
    best, keep = limit, 0
    if flat.audit[audit].kept_start >= 0:
        keep = flat.keep * SCALE
        for form in range(flat.audit[audit].form_ptr, flat.audit[audit + 1].form_ptr):
            if flat.form[form].length == flat.audit[audit].kept_length:
                best = _best_of_form(flat, board, work, prices, audit, form, grow, 0, True, 0, 0, best)
    # Among many candidates a good booking of a few is found first: it rules most of the others out. A limit below the
    # penalty comes from such a booking already.
    many = is_many(flat, audit) and (luck > 0 or limit >= flat.audit[audit].penalty * SCALE)
    for few in (FEW, 0):
        if many if few > 0 else luck == 0 or not many:
            for form in range(flat.audit[audit].form_ptr, flat.audit[audit + 1].form_ptr):
                best = _best_of_form(flat, board, work, prices, audit, form, grow, keep, False, few, luck, best)
    return best


@kernel
def is_many(flat: Flat, audit: int) -> bool:
    """Tell whether an audit has so many candidates that some of them are looked at first."""
    trip: int = flat.audit[audit].trip
    return trip >= 0 and flat.order_ptr[trip + 1] - flat.order_ptr[trip] > 2 * FEW


@kernel
def lacks(flat: Flat, board: Board, audit: int) -> bool:
    """Tell whether an audit that this one needs is not booked."""
    for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
        link = flat.link[x]
        if (
            flat.tie[link].required
            and flat.tie[link].link_second == audit
            and board.book[flat.tie[link].link_first].start == NONE
        ):
            return True
    return False


@kernel
def _best_of_form(
    flat: Flat,
    board: Board,
    work: Work,
    prices: Prices,
    audit: int,
    form: int,
    grow: bool,
    keep: int,
    kept: bool,
    few: int,
    luck: int,
    best: int,
) -> int:
    """Return the least cost of one form below `best`; `kept`: of the published team at its published start alone.

    `few`, unless 0: among so many of the nearest, some who meet each demand, and with `luck` above 0 some others.
    """
    starts = write_starts(flat, board, work, audit, form, keep, kept)
    if starts == 0:
        return best
    soonest = work.at[0].late  # starts ascend, and later ones never cost less
    demands = write_demands(flat, board, work, audit, form)
    gathered = _gather(flat, board, work, audit, form, grow, kept, few, luck, demands, best - soonest)
    if not ask(flat, work, form, demands, gathered):
        return best
    n, rows, scarce = flat.form[form].counting, 0, scarcest(work, demands, gathered)
    clear(work, starts, n, demands)
    for turn in range(2):
        for j in range(gathered):
            meets_it = scarce >= 0 and work.candidate[j].mask >> scarce & 1 == 1
            if (
                meets_it == (turn == 0)
                and floor_of(work, n, demands, j) + soonest < best
                and write_row(flat, board, work, prices, audit, form, j, rows, starts)
            ):
                work.candidate[rows].kept = j
                rows += 1
                if work.candidate[j].seat == 0:
                    note_row(work, n, demands, j, rows - 1, starts)
        if turn == 0 and scarce >= 0:
            # Where nobody is there who meets the scarcest demand, the others need not be asked.
            starts = drop_starts(work, rows, starts, n, demands, scarce)
            if starts == 0:
                return best
    work.found[TOUCHED] += rows
    for s in range(starts):
        work.at[s].bound = bound_at(work, n, demands, s)
    return best_start(flat, board, work, audit, form, kept, demands, rows, starts, best)


@kernel
def write_starts(flat: Flat, board: Board, work: Work, audit: int, form: int, keep: int, kept: bool) -> int:
    """Write the starts of a form that links to booked partners allow, with what each costs; return how many."""
    found, length = 0, flat.form[form].length
    for s in range(flat.form[form].start_ptr, flat.form[form + 1].start_ptr):
        start = flat.starts[s]
        good = not kept or start == flat.audit[audit].kept_start
        for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
            good = good and link_allows(flat, board, flat.link[x], audit, start, length)
        if good:
            work.at[found].starts, work.at[found].late = start, lateness(flat, audit, start) + keep
            found += 1
    return found


@kernel
def lateness(flat: Flat, audit: int, start: int) -> int:
    """Return what a start after the preferred day costs, in fractions of a point."""
    return max(flat.slot[start].day - flat.audit[audit].preferred, 0) * flat.lateness * SCALE


@kernel
def link_allows(flat: Flat, board: Board, link: int, audit: int, start: int, length: int) -> bool:
    """Tell whether a booking's dates keep a link to a partner that is booked."""
    partner = partner_of(flat, link, audit)
    if partner == audit or board.book[partner].start == NONE:
        return True
    low, high = board.book[partner].low, board.book[partner].high
    begin, finish = flat.slot[start].begin, flat.slot[start + length - 1].finish
    if flat.tie[link].lo >= 0:
        if audit == flat.tie[link].link_second:
            between, after = begin // 2 - (high - 1) // 2, begin >= high
        else:
            between, after = low // 2 - (finish - 1) // 2, finish <= low
        if not after or between < flat.tie[link].lo or between > flat.tie[link].hi:
            return False
    return flat.tie[link].within < 0 or abs(begin // 2 - low // 2) <= flat.tie[link].within


@kernel
def _gather(
    flat: Flat,
    board: Board,
    work: Work,
    audit: int,
    form: int,
    grow: bool,
    kept: bool,
    few: int,
    luck: int,
    demands: int,
    limit: int,
) -> int:
    """Write who could sit, with base cost and demands, by travel, while travel alone costs less than `limit`."""
    for d in range(demands):
        work.ask[d].have = 0
    found, trip, base = 0, flat.audit[audit].trip, flat.person_ptr[flat.audit[audit].group]
    passed = few
    if trip < 0:
        return 0
    for x in range(flat.order_ptr[trip], flat.order_ptr[trip + 1]):
        c = base + flat.order[x]
        person, role = flat.candidate[c].person, flat.candidate[c].role
        if (role > 0 and flat.form[form].others == 0) or excluded(flat, board, audit, person):
            continue
        travel = flat.travel[flat.audit[audit].place, flat.auditor[person].home] * SCALE
        if travel >= limit:
            break
        if kept and not published_with(flat, audit, person):
            continue
        mask = mask_ever(flat, board, work, demands, person, role)
        if few > 0 and found >= few:
            passed += 1
            drawn = luck > 0 and (work.fresh[person] or _lucky(luck, x, few, passed))
            if not _wanted(work, demands, mask) and not drawn:
                continue
        cost = travel + seat_cost(flat, audit, person, role)
        if grow:
            cost += growth(flat, board.person[person].load, person, flat.form[form].length)
        work.candidate[found].person, work.candidate[found].seat, work.candidate[found].cost = person, role, cost
        work.candidate[found].source = c
        work.candidate[found].mask = mask
        found += 1
    return found


@kernel
def _lucky(luck: int, x: int, few: int, passed: int) -> bool:
    """Tell whether a candidate is drawn, those far down more seldom (xorshift, Marsaglia 2003, on its number)."""
    z = np.uint64(luck + 0x9E3779B9 * (x + 1))
    for _ in range(2):
        z ^= z << np.uint64(13)
        z ^= z >> np.uint64(7)
        z ^= z << np.uint64(17)
    return bool(np.int64(z >> np.uint64(20)) % passed < few)


@kernel
def _wanted(work: Work, demands: int, mask: int) -> bool:
    """Tell whether a candidate meets a demand that few of those gathered meet, and count it there."""
    wanted = False
    for d in range(demands):
        if mask >> d & 1 and work.ask[d].least and work.ask[d].limit > 0 and work.ask[d].have < SOME:
            work.ask[d].have += 1
            wanted = True
    return wanted


@kernel
def excluded(flat: Flat, board: Board, audit: int, person: int) -> bool:
    """Tell whether a link to a booked partner forbids a person."""
    for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
        if flat.tie[flat.link[x]].disjoint:
            partner = partner_of(flat, flat.link[x], audit)
            if partner != audit and board.book[partner].start != NONE and sits_in(board, partner, person):
                return True
    return False


@kernel
def published_with(flat: Flat, audit: int, person: int) -> bool:
    """Tell whether a person is in the published team of an audit."""
    for x in range(flat.audit[audit].kept_ptr, flat.audit[audit + 1].kept_ptr):
        if flat.kept_person[x] == person:
            return True
    return False


@kernel
def seat_cost(flat: Flat, audit: int, person: int, role: int) -> int:
    """Return mismatch, preference and change of team of one seat, in fractions of a point; travel aside."""
    points = 0
    if role == 0:
        points = (
            int(flat.mismatch * flat.audit[audit].hardness * flat.auditor[person].emptiness + 0.5)
            + flat.audit[audit].wish_most
        )
        for x in range(flat.audit[audit].wish_ptr, flat.audit[audit + 1].wish_ptr):
            if flat.wish[x].wish_person == person:
                points -= flat.wish[x].wish_points
    if flat.audit[audit].kept_start >= 0 and not published_with(flat, audit, person):
        points += flat.keep_member
    return points * SCALE
