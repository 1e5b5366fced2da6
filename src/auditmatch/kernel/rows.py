"""Who can sit when: one row of costs for each candidate, and the search over starts."""

from __future__ import annotations

from auditmatch.kernel.board import Board, roomy, under_caps
from auditmatch.kernel.demands import mask_at
from auditmatch.kernel.flat import NEVER, Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.team import best_team
from auditmatch.kernel.work import LENGTH, START, Work
from auditmatch.shapes import Ints


@kernel
def write_row(
    flat: Flat, board: Board, work: Work, price: Ints, audit: int, form: int, j: int, r: int, starts: int
) -> bool:
    """Write what gathered candidate j costs at each start, NEVER where it cannot sit; tell whether it can anywhere."""
    person, length, some = work.person[j], flat.length[form], False
    for s in range(starts):
        t = work.starts[s]
        if board.run[person, t] >= length:
            work.row[r, s] = work.cost[j] + price[person, t + length] - price[person, t]
            some = True
        else:
            work.row[r, s] = NEVER
    if not some:
        return False
    _bar_dates(flat, work, audit, j, r, starts, length)
    _bar_roads(flat, board, work, audit, person, r, starts, length)
    if not roomy(flat, board, audit, person, length):
        for s in range(starts):
            if work.row[r, s] < NEVER and not under_caps(flat, board, audit, person, work.starts[s], length):
                work.row[r, s] = NEVER
    for s in range(starts):
        if work.row[r, s] < NEVER:
            return True
    return False


@kernel
def _bar_dates(flat: Flat, work: Work, audit: int, j: int, r: int, starts: int, length: int) -> None:
    """Take out starts at which the seat is not valid or the person is barred."""
    c = work.source[j]
    if not flat.always[c]:
        for s in range(starts):
            t, valid = work.starts[s], False
            for x in range(flat.range_ptr[c], flat.range_ptr[c + 1]):
                valid = valid or (flat.range_first[x] <= t and t + length - 1 <= flat.range_last[x])
            if not valid:
                work.row[r, s] = NEVER
    for x in range(flat.barred_ptr[audit], flat.barred_ptr[audit + 1]):
        if flat.barred_person[x] == work.person[j]:
            bar_between(work, r, starts, flat.barred_first[x] - length + 1, flat.barred_last[x])


@kernel
def _bar_roads(
    flat: Flat, board: Board, work: Work, audit: int, person: int, r: int, starts: int, length: int
) -> None:
    """Take out starts that leave too little time between this audit and the person's others."""
    if flat.need.shape[0] == 0:
        return
    site, last = flat.site[audit], len(flat.at_begin) - 1
    for h in range(board.holds[person]):
        other = board.held[person, h]
        need = flat.need[site, flat.site[other]]
        if need > 0 or (need == 0 and (not flat.exclusive or board.fact[other])):
            before = min(max(board.high[other] + need - flat.half0, 0), last)
            after = min(max(board.low[other] - need - flat.half0, -1), last)
            first = flat.at_finish[after] if after >= 0 else 0
            bar_between(work, r, starts, first - length + 1, flat.at_begin[before] - 1)


@kernel
def bar_between(work: Work, r: int, starts: int, first: int, last: int) -> None:
    """Take out the starts from `first` to `last`."""
    if last < work.starts[0] or first > work.starts[starts - 1]:
        return
    for s in range(starts):
        if first <= work.starts[s] <= last:
            work.row[r, s] = NEVER


@kernel
def first_least(values: Ints, count: int) -> int:
    """Return where the least of the first `count` values stands first."""
    least = 0
    for s in range(1, count):
        if values[s] < values[least]:
            least = s
    return least


@kernel
def clear(work: Work, starts: int, n: int, demands: int) -> None:
    """Forget the cheapest candidates of the form before."""
    for s in range(starts):
        for m in range(n):
            work.low[s, m] = NEVER
        for d in range(demands):
            work.hold[s + 1, d] = NEVER


@kernel
def cheapest_fewer(work: Work, n: int, s: int) -> int:
    """Return what the n - 1 cheapest candidates at a start cost."""
    points = 0
    for m in range(n - 1):
        points += work.low[s, m]
    return points


@kernel
def bound_at(work: Work, n: int, demands: int, s: int) -> int:
    """Return what no team at a start costs less than, NEVER where none can be.

    The n - 1 cheapest, and the dearer of the n-th and the cheapest whom each demand needs.
    """
    last = work.low[s, n - 1]
    for d in range(demands):
        if work.asked[d] > 0:
            last = max(last, work.hold[s + 1, d])
    return min(work.late[s] + cheapest_fewer(work, n, s) + last, NEVER)


@kernel
def note_row(work: Work, n: int, demands: int, j: int, r: int, starts: int) -> None:
    """Keep the n cheapest at each start, and the cheapest who may meet each demand."""
    for s in range(starts):
        points = work.row[r, s]
        if points >= NEVER:
            continue
        if points < work.low[s, n - 1]:
            at = n - 1
            while at > 0 and work.low[s, at - 1] > points:
                work.low[s, at] = work.low[s, at - 1]
                at -= 1
            work.low[s, at] = points
        for d in range(demands):
            if work.mask[j] >> d & 1 and points < work.hold[s + 1, d]:
                work.hold[s + 1, d] = points


@kernel
def best_start(
    flat: Flat, board: Board, work: Work, audit: int, form: int, kept: bool, demands: int, rows: int, starts: int,
    best: int,
) -> int:
    """Search the starts by ascending bound until none can improve; return the least cost below `best`, or `best`."""
    n, others = flat.counting[form], flat.others[form]
    exactly = flat.kept_ptr[audit + 1] - flat.kept_ptr[audit] if kept else 0
    for _ in range(starts):
        s = first_least(work.bound, starts)
        if work.bound[s] >= best:
            break
        work.bound[s] = NEVER
        listed, extras = _list(flat, board, work, form, demands, rows, s, best)
        if listed < n or not _rank(work, demands, listed):
            continue
        points = best_team(flat, board, work, n, others, exactly, demands, listed, extras, work.late[s], best)
        if points < best:
            best = points
            work.found[START], work.found[LENGTH] = work.starts[s], flat.length[form]
    return best


@kernel
def _list(
    flat: Flat, board: Board, work: Work, form: int, demands: int, rows: int, s: int, best: int
) -> tuple[int, int]:
    """List who can sit at a start in a team below `best`: counting candidates by cost, and the others."""
    n, length, listed, extras = flat.counting[form], flat.length[form], 0, 0
    fewer = work.late[s] + cheapest_fewer(work, n, s)
    for r in range(rows):
        j, points = work.kept[r], work.row[r, s]
        if work.seat[j] != 0:
            if points + fewer + work.low[s, n - 1] < best:
                work.other[extras], work.other_cost[extras] = j, points
                work.other_mask[extras] = mask_at(flat, board, work, demands, j, work.starts[s], length)
                extras += 1
        elif points + fewer < best:
            at = listed
            while at > 0 and work.list_cost[at - 1] > points:
                work.list_[at], work.list_cost[at] = work.list_[at - 1], work.list_cost[at - 1]
                work.list_mask[at] = work.list_mask[at - 1]
                at -= 1
            work.list_[at], work.list_cost[at] = j, points
            work.list_mask[at] = mask_at(flat, board, work, demands, j, work.starts[s], length)
            listed += 1
    return listed, extras


@kernel
def _rank(work: Work, demands: int, listed: int) -> bool:
    """Order the demands, those that fewest listed candidates meet first; False where too few meet one."""
    for d in range(demands):
        meeting = 0
        for j in range(listed):
            meeting += work.list_mask[j] >> d & 1
        if meeting < work.asked[d]:
            return False
        work.have[d] = meeting
        at = d
        while at > 0 and work.have[work.scarce[at - 1]] > meeting:
            work.scarce[at] = work.scarce[at - 1]
            at -= 1
        work.scarce[at] = d
    return True
