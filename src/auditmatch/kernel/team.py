"""The cheapest team at one start: depth-first, first whom the scarcest demand needs, then the cheapest.

Written without recursion: level m of the path holds the m-th member (`pick`), where to look next (`cursor`) and the
demand that is branched over (`branch`; FILL: none is open, the seats left go to the cheapest). Whoever was tried for a
demand is barred while the others are tried, so that no team is met twice.
"""

from __future__ import annotations

from auditmatch.kernel.board import Board
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.work import COST, SIZE, Work

FILL, DEAD = -1, -2


@kernel
def best_team(
    flat: Flat,
    board: Board,
    work: Work,
    n: int,
    others: int,
    exactly: int,
    demands: int,
    listed: int,
    extras: int,
    points: int,
    more: int,
    best: int,
) -> int:
    """Return the least cost below `best` of a team from the lists of `work`, or `best`; the team is written down.

    Parameters
    ----------
    n, others
        Counting members, and most others.
    exactly
        People in the team; 0: any number.
    demands, listed, extras
        How many demands, counting candidates (cheapest first) and other candidates the lists hold.
    points, more
        Cost of the start; least cost of the others where there must be some, 0 where there is none.
    """
    for d in range(demands):
        work.ask[d].have = 0
    for j in range(listed):
        work.mark[j].barred, work.mark[j].inside = 0, False
    level, total = 0, points
    _enter(work, n, demands, 0)
    while level >= 0:
        j = -1 if level == n else _next(flat, work, n, demands, listed, level, total, best - more)
        if level == n:
            best = _close(flat, work, n, others, exactly, demands, extras, total, best)
        elif j < 0:
            for k in range(listed):
                if work.mark[k].barred == level + 1:
                    work.mark[k].barred = 0
        else:
            work.path[level].pick, work.mark[j].inside = j, True
            total += work.seated[j].list_cost
            _count(work, demands, j, 1)
            level += 1
            if level < n:
                _enter(work, n, demands, level)
            continue
        level -= 1
        if level >= 0:
            j = work.path[level].pick
            work.mark[j].inside = False
            total -= work.seated[j].list_cost
            _count(work, demands, j, -1)
            work.path[level].cursor = j + 1
            if work.path[level].branch >= 0:
                work.mark[j].barred = level + 1
    return best


@kernel
def _enter(work: Work, n: int, demands: int, level: int) -> None:
    """Choose what a level branches over."""
    branch = FILL
    for x in range(demands):
        d = work.ask[x].scarce
        lacking = work.ask[d].asked - work.ask[d].have
        if lacking > n - level:
            branch = DEAD
            break
        if lacking > 0 and branch == FILL:
            branch = d
    filling = branch == FILL and level > 0 and work.path[level - 1].branch == FILL
    work.path[level].branch = branch
    work.path[level].cursor = work.path[level - 1].pick + 1 if filling else 0


@kernel
def _count(work: Work, demands: int, j: int, sign: int) -> None:
    """Count a member in or out."""
    for d in range(demands):
        if work.seated[j].list_mask >> d & 1:
            work.ask[d].have += sign


@kernel
def _next(flat: Flat, work: Work, n: int, demands: int, listed: int, level: int, total: int, best: int) -> int:
    """Return the next candidate of a level, -1 when none can lead to a team below `best`."""
    branch = work.path[level].branch
    if branch == DEAD:
        return -1
    for j in range(work.path[level].cursor, listed):
        if (
            work.mark[j].inside
            or work.mark[j].barred > 0
            or (branch >= 0 and not work.seated[j].list_mask >> branch & 1)
        ):
            continue
        # Costs ascend, so nobody after j does better; but whoever lacks a demand asks for one who meets it.
        rest = _rest(work, listed, n - level - 1, j, branch == FILL, best)
        if total + work.seated[j].list_cost + rest >= best:
            return -1
        if branch != FILL and total + work.seated[j].list_cost + _rest_open(work, demands, listed, n, level, j) >= best:
            continue
        if not _quarrels(flat, work, level, work.candidate[work.seated[j].list_].person):
            return j
    return -1


@kernel
def _rest(work: Work, listed: int, left: int, j: int, after: bool, best: int) -> int:
    """Return the least cost of the seats left beside j; `best` when too few candidates are left."""
    points, k = 0, j + 1 if after else 0
    while left > 0:
        if k >= listed:
            return best
        if k != j and not work.mark[k].inside and work.mark[k].barred == 0:
            points += work.seated[k].list_cost
            left -= 1
        k += 1
    return points


@kernel
def _rest_open(work: Work, demands: int, listed: int, n: int, level: int, j: int) -> int:
    """Return the least cost of the seats left beside j where one of them must meet a demand that is still open."""
    left, dearest = n - level - 1, 0
    if left == 0:
        return 0
    for d in range(demands):
        if work.ask[d].asked > work.ask[d].have and not work.seated[j].list_mask >> d & 1:
            dearest = max(dearest, work.ask[d].bid)
    return dearest + (_rest(work, listed, left - 1, j, False, 0) if left > 1 else 0)


@kernel
def _quarrels(flat: Flat, work: Work, level: int, person: int) -> bool:
    """Tell whether a person may not sit with one of the counting members so far."""
    for x in range(flat.auditor[person].apart_ptr, flat.auditor[person + 1].apart_ptr):
        for m in range(level):
            if work.candidate[work.seated[work.path[m].pick].list_].person == flat.apart[x]:
                return True
    return False


@kernel
def _close(
    flat: Flat, work: Work, n: int, others: int, exactly: int, demands: int, extras: int, total: int, best: int
) -> int:
    """Add interns and experts in every way, and keep the team if it is the best."""
    if extras == 0 and (exactly == 0 or exactly == n) and total < best and _meets_all(work, n, demands, 0):
        best = _keep(work, n, 0, total)
    for size in range(1, min(others, extras) + 1):
        if exactly != 0 and exactly != n + size:
            continue
        for x in range(size):
            work.extra[x] = x
        going = True
        while going:
            points = total
            for x in range(size):
                points += work.beside[work.extra[x]].other_cost
            if points < best and _distinct(flat, work, n, size) and _meets_all(work, n, demands, size):
                best = _keep(work, n, size, points)
            going = _advance(work, size, extras)
    return best


@kernel
def _advance(work: Work, size: int, extras: int) -> bool:
    """Go to the next combination of others; False after the last."""
    x = size - 1
    while x >= 0 and work.extra[x] == extras - size + x:
        x -= 1
    if x < 0:
        return False
    work.extra[x] += 1
    for y in range(x + 1, size):
        work.extra[y] = work.extra[y - 1] + 1
    return True


@kernel
def _distinct(flat: Flat, work: Work, n: int, size: int) -> bool:
    """Tell whether nobody sits twice and nobody sits with someone they are kept apart from."""
    for x in range(size):
        person = work.candidate[work.beside[work.extra[x]].other].person
        if _quarrels(flat, work, n, person):
            return False
        for m in range(n):
            if work.candidate[work.seated[work.path[m].pick].list_].person == person:
                return False
        for y in range(x):
            beside = work.candidate[work.beside[work.extra[y]].other].person
            if beside == person:
                return False
            for z in range(flat.auditor[person].apart_ptr, flat.auditor[person + 1].apart_ptr):
                if flat.apart[z] == beside:
                    return False
    return True


@kernel
def _meets_all(work: Work, n: int, demands: int, size: int) -> bool:
    """Tell whether a whole team meets every demand."""
    for d in range(demands):
        have = work.ask[d].have
        for x in range(size):
            have += work.beside[work.extra[x]].other_mask >> d & 1
        if have < work.ask[d].limit if work.ask[d].least else have > work.ask[d].limit:
            return False
    return True


@kernel
def _keep(work: Work, n: int, size: int, points: int) -> int:
    """Write the team down, by person, and return its cost."""
    for m in range(n):
        j = work.seated[work.path[m].pick].list_
        work.best[m].team, work.best[m].role = work.candidate[j].person, work.candidate[j].seat
    for x in range(size):
        j = work.beside[work.extra[x]].other
        work.best[n + x].team, work.best[n + x].role = work.candidate[j].person, work.candidate[j].seat
    for m in range(1, n + size):
        at = m
        while at > 0 and work.best[at - 1].team > work.best[at].team:
            work.best[at - 1].team, work.best[at].team = work.best[at].team, work.best[at - 1].team
            work.best[at - 1].role, work.best[at].role = work.best[at].role, work.best[at - 1].role
            at -= 1
    work.found[COST], work.found[SIZE] = points, n + size
    return points
