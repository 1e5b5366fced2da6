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
    flat: Flat, board: Board, work: Work, n: int, others: int, exactly: int, demands: int, listed: int, extras: int,
    points: int, best: int,
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
    points
        Cost of the start.
    """
    for d in range(demands):
        work.have[d] = 0
    for j in range(listed):
        work.barred[j], work.inside[j] = 0, False
    level, total = 0, points
    _enter(work, n, demands, 0)
    while level >= 0:
        j = -1 if level == n else _next(flat, work, n, listed, level, total, best)
        if level == n:
            best = _close(flat, work, n, others, exactly, demands, extras, total, best)
        elif j < 0:
            for k in range(listed):
                if work.barred[k] == level + 1:
                    work.barred[k] = 0
        else:
            work.pick[level], work.inside[j] = j, True
            total += work.list_cost[j]
            _count(work, demands, j, 1)
            level += 1
            if level < n:
                _enter(work, n, demands, level)
            continue
        level -= 1
        if level >= 0:
            j = work.pick[level]
            work.inside[j] = False
            total -= work.list_cost[j]
            _count(work, demands, j, -1)
            work.cursor[level] = j + 1
            if work.branch[level] >= 0:
                work.barred[j] = level + 1
    return best


@kernel
def _enter(work: Work, n: int, demands: int, level: int) -> None:
    """Choose what a level branches over."""
    branch = FILL
    for x in range(demands):
        d = work.scarce[x]
        lacking = work.asked[d] - work.have[d]
        if lacking > n - level:
            branch = DEAD
            break
        if lacking > 0 and branch == FILL:
            branch = d
    filling = branch == FILL and level > 0 and work.branch[level - 1] == FILL
    work.branch[level] = branch
    work.cursor[level] = work.pick[level - 1] + 1 if filling else 0


@kernel
def _count(work: Work, demands: int, j: int, sign: int) -> None:
    """Count a member in or out."""
    for d in range(demands):
        if work.list_mask[j] >> d & 1:
            work.have[d] += sign


@kernel
def _next(flat: Flat, work: Work, n: int, listed: int, level: int, total: int, best: int) -> int:
    """Return the next candidate of a level, -1 when none can lead to a team below `best`."""
    branch = work.branch[level]
    if branch == DEAD:
        return -1
    for j in range(work.cursor[level], listed):
        if work.inside[j] or work.barred[j] > 0 or (branch >= 0 and not work.list_mask[j] >> branch & 1):
            continue
        # Costs ascend, so nobody after j does better.
        if total + work.list_cost[j] + _rest(work, listed, n - level - 1, j, branch == FILL, best) >= best:
            return -1
        if not _quarrels(flat, work, level, work.person[work.list_[j]]):
            return j
    return -1


@kernel
def _rest(work: Work, listed: int, left: int, j: int, after: bool, best: int) -> int:
    """Return the least cost of the seats left beside j; `best` when too few candidates are left."""
    points, k = 0, j + 1 if after else 0
    while left > 0:
        if k >= listed:
            return best
        if k != j and not work.inside[k] and work.barred[k] == 0:
            points += work.list_cost[k]
            left -= 1
        k += 1
    return points


@kernel
def _quarrels(flat: Flat, work: Work, level: int, person: int) -> bool:
    """Tell whether a person may not sit with one of the counting members so far."""
    for x in range(flat.apart_ptr[person], flat.apart_ptr[person + 1]):
        for m in range(level):
            if work.person[work.list_[work.pick[m]]] == flat.apart[x]:
                return True
    return False


@kernel
def _close(
    flat: Flat, work: Work, n: int, others: int, exactly: int, demands: int, extras: int, total: int, best: int
) -> int:
    """Add interns and experts in every way, and keep the team if it is the best."""
    if (exactly == 0 or exactly == n) and total < best and _meets_all(work, n, demands, 0):
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
                points += work.other_cost[work.extra[x]]
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
        person = work.person[work.other[work.extra[x]]]
        if _quarrels(flat, work, n, person):
            return False
        for m in range(n):
            if work.person[work.list_[work.pick[m]]] == person:
                return False
        for y in range(x):
            beside = work.person[work.other[work.extra[y]]]
            if beside == person:
                return False
            for z in range(flat.apart_ptr[person], flat.apart_ptr[person + 1]):
                if flat.apart[z] == beside:
                    return False
    return True


@kernel
def _meets_all(work: Work, n: int, demands: int, size: int) -> bool:
    """Tell whether a whole team meets every demand."""
    for d in range(demands):
        have = work.have[d]
        for x in range(size):
            have += work.other_mask[work.extra[x]] >> d & 1
        if have < work.limit[d] if work.least[d] else have > work.limit[d]:
            return False
    return True


@kernel
def _keep(work: Work, n: int, size: int, points: int) -> int:
    """Write the team down, by person, and return its cost."""
    for m in range(n):
        j = work.list_[work.pick[m]]
        work.team[m], work.role[m] = work.person[j], work.seat[j]
    for x in range(size):
        j = work.other[work.extra[x]]
        work.team[n + x], work.role[n + x] = work.person[j], work.seat[j]
    for m in range(1, n + size):
        at = m
        while at > 0 and work.team[at - 1] > work.team[at]:
            work.team[at - 1], work.team[at] = work.team[at], work.team[at - 1]
            work.role[at - 1], work.role[at] = work.role[at], work.role[at - 1]
            at -= 1
    work.found[COST], work.found[SIZE] = points, n + size
    return points
