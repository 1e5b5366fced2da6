"""Who can sit when: one row of costs for each candidate, and the search over starts."""

from __future__ import annotations

from auditmatch.kernel.board import Board, carried_row, new_keys, roomy, slots_inside, steady_keys
from auditmatch.kernel.demands import left_to_ask, mask_at
from auditmatch.kernel.flat import NEVER, Flat
from auditmatch.kernel.hopes import cheapest_fewer
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.team import best_team
from auditmatch.kernel.tolls import Prices, between, charge
from auditmatch.kernel.work import LENGTH, START, Work


@kernel
def write_row(
    flat: Flat, board: Board, work: Work, prices: Prices, audit: int, form: int, j: int, r: int, starts: int
) -> bool:
    """Write what gathered candidate j costs at each start, NEVER where it cannot sit; tell whether it can anywhere."""
    person, length, some = work.candidate[j].person, flat.form[form].length, False
    for s in range(starts):
        t = work.at[s].starts
        if board.run[person, t] >= length:
            work.row[r, s] = work.candidate[j].cost + between(flat, prices, audit, person, t, t + length)
            some = True
        else:
            work.row[r, s] = NEVER
    if not some:
        return False
    _bar_dates(flat, work, audit, j, r, starts, length)
    _bar_roads(flat, board, work, audit, person, r, starts, length)
    if not roomy(flat, board, audit, person, length):
        _bar_caps(flat, board, work, audit, person, r, starts, length)
    some = False
    for s in range(starts):
        some = some or work.row[r, s] < NEVER
    if some and (len(prices.key) > 0 or len(prices.cap) > 0):
        charge(flat, board, work, prices, audit, person, r, starts, length)
    return some


@kernel
def _bar_caps(flat: Flat, board: Board, work: Work, audit: int, person: int, r: int, starts: int, length: int) -> None:
    """Take out starts for which a cap of the person has no room."""
    for k in range(flat.auditor[person].key_ptr, flat.auditor[person + 1].key_ptr):
        first, last = max(flat.key[k].key_first, 0), flat.key[k].key_last
        at = carried_row(flat, flat.key[k].key_kind, audit)
        carried = flat.carried_ptr[at + 1] - flat.carried_ptr[at]
        if carried == 0 or board.touched[k] + carried <= flat.key[k].key_limit or last < first:
            continue
        if steady_keys(flat, at, person):
            new = new_keys(flat, board, k, person, audit, first, 1)
            if new > 0 and board.touched[k] + new > flat.key[k].key_limit:
                bar_between(work, r, starts, first, last)
            continue
        for s in range(starts):
            new = new_keys(flat, board, k, person, audit, work.at[s].starts, length)
            if new > 0 and board.touched[k] + new > flat.key[k].key_limit:
                work.row[r, s] = NEVER
    for k in range(flat.auditor[person].cap_ptr, flat.auditor[person + 1].cap_ptr):
        weight = flat.cap_weight[flat.cap[k].cap_kind, audit]
        for s in range(starts):
            more = slots_inside(flat, k, work.at[s].starts, length) * weight
            if more > 0 and board.used[k] + more > flat.cap[k].cap_limit:
                work.row[r, s] = NEVER


@kernel
def _bar_dates(flat: Flat, work: Work, audit: int, j: int, r: int, starts: int, length: int) -> None:
    """Take out starts at which the seat is not valid or the person is barred."""
    c = work.candidate[j].source
    if not flat.candidate[c].always:
        for s in range(starts):
            t, valid = work.at[s].starts, False
            for x in range(flat.candidate[c].range_ptr, flat.candidate[c + 1].range_ptr):
                valid = valid or (flat.span[x].range_first <= t and t + length - 1 <= flat.span[x].range_last)
            if not valid:
                work.row[r, s] = NEVER
    for x in range(flat.audit[audit].barred_ptr, flat.audit[audit + 1].barred_ptr):
        if flat.barred[x].barred_person == work.candidate[j].person:
            bar_between(work, r, starts, flat.barred[x].barred_first - length + 1, flat.barred[x].barred_last)


@kernel
def _bar_roads(flat: Flat, board: Board, work: Work, audit: int, person: int, r: int, starts: int, length: int) -> None:
    """Take out starts that leave too little time between this audit and the person's others."""
    if flat.need.shape[1] == 0:
        return
    site, layer, last = flat.audit[audit].site, flat.auditor[person].layer, len(flat.half) - 1
    for h in range(board.person[person].holds):
        other = board.held[person, h]
        need = flat.need[layer, site, flat.audit[other].site]
        if need > 0 or (need == 0 and (not flat.exclusive or board.book[other].fact)):
            before = min(max(board.book[other].high + need - flat.half0, 0), last)
            after = min(max(board.book[other].low - need - flat.half0, -1), last)
            first = flat.half[after].at_finish if after >= 0 else 0
            bar_between(work, r, starts, first - length + 1, flat.half[before].at_begin - 1)


@kernel
def bar_between(work: Work, r: int, starts: int, first: int, last: int) -> None:
    """Take out the starts from `first` to `last`."""
    if last < work.at[0].starts or first > work.at[starts - 1].starts:
        return
    for s in range(starts):
        if first <= work.at[s].starts <= last:
            work.row[r, s] = NEVER


@kernel
def _most_hopeful(work: Work, starts: int) -> int:
    """Return the start with the least bound, the first of several."""
    least = 0
    for s in range(1, starts):
        if work.at[s].bound < work.at[least].bound:
            least = s
    return least


@kernel
def best_start(
    flat: Flat,
    board: Board,
    work: Work,
    audit: int,
    form: int,
    kept: bool,
    demands: int,
    rows: int,
    starts: int,
    best: int,
) -> int:
    """Search the starts by ascending bound until none can improve; return the least cost below `best`, or `best`."""
    n, others = flat.form[form].counting, flat.form[form].others
    exactly = flat.audit[audit + 1].kept_ptr - flat.audit[audit].kept_ptr if kept else 0
    for _ in range(starts):
        s = _most_hopeful(work, starts)
        if work.at[s].bound >= best:
            break
        work.at[s].bound = NEVER
        listed, extras = _list(flat, board, work, form, demands, rows, s, best)
        before = best
        if listed >= n and _rank(work, demands, listed, 0, 0):
            best = best_team(flat, board, work, n, 0, exactly, demands, listed, 0, work.at[s].late, 0, best)
        if listed >= n and min(extras, others) > 0 and _rank(work, demands, listed, extras, others):
            more = _cheapest_extra(work, n, demands, extras)
            best = best_team(
                flat, board, work, n, others, exactly, demands, listed, extras, work.at[s].late, more, best
            )
        if best < before:
            work.found[START], work.found[LENGTH] = work.at[s].starts, flat.form[form].length
    return best


@kernel
def _list(
    flat: Flat, board: Board, work: Work, form: int, demands: int, rows: int, s: int, best: int
) -> tuple[int, int]:
    """List who can sit at a start in a team below `best`: counting candidates by cost, and the others."""
    n, length, listed, extras = flat.form[form].counting, flat.form[form].length, 0, 0
    fewer = work.at[s].late + cheapest_fewer(work, n, s)
    for r in range(rows):
        j, points = work.candidate[r].kept, work.row[r, s]
        if work.candidate[j].seat != 0:
            if points + fewer + work.low[s, n - 1] < best:
                work.beside[extras].other, work.beside[extras].other_cost = j, points
                work.beside[extras].other_mask = mask_at(flat, board, work, demands, j, work.at[s].starts, length)
                extras += 1
        elif points + fewer < best:
            at = listed
            while at > 0 and work.seated[at - 1].list_cost > points:
                work.seated[at].list_, work.seated[at].list_cost = (
                    work.seated[at - 1].list_,
                    work.seated[at - 1].list_cost,
                )
                work.seated[at].list_mask = work.seated[at - 1].list_mask
                at -= 1
            work.seated[at].list_, work.seated[at].list_cost = j, points
            work.seated[at].list_mask = mask_at(flat, board, work, demands, j, work.at[s].starts, length)
            listed += 1
    return listed, extras


@kernel
def _cheapest_extra(work: Work, n: int, demands: int, extras: int) -> int:
    """Return what the seats that do not count cost at least: the dearest of the cheapest whom each demand needs."""
    dearest = work.beside[0].other_cost
    for x in range(1, extras):
        dearest = min(dearest, work.beside[x].other_cost)
    for d in range(demands):
        if work.ask[d].least and work.ask[d].limit > min(work.ask[d].have, n):
            bid = NEVER
            for x in range(extras):
                if work.beside[x].other_mask >> d & 1:
                    bid = min(bid, work.beside[x].other_cost)
            dearest = max(dearest, bid)
    return dearest


@kernel
def _rank(work: Work, demands: int, listed: int, extras: int, others: int) -> bool:
    """Order the demands, those that fewest listed candidates meet first; False where too few meet one.

    What counting members must bring is asked anew, now that it is known who else is there.
    """
    for d in range(demands):
        meeting = spare = 0
        for j in range(listed - 1, -1, -1):
            if work.seated[j].list_mask >> d & 1:
                meeting += 1
                work.ask[d].bid = work.seated[j].list_cost
        for j in range(extras):
            spare += work.beside[j].other_mask >> d & 1
        work.ask[d].asked = left_to_ask(work, d, min(spare, others))
        if meeting < work.ask[d].asked:
            return False
        work.ask[d].have = meeting
        at = d
        while at > 0 and work.ask[work.ask[at - 1].scarce].have > meeting:
            work.ask[at].scarce = work.ask[at - 1].scarce
            at -= 1
        work.ask[at].scarce = d
    return True
