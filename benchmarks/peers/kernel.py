"""The compiled half of `board.py`: the cheapest team of one audit at its best start, among bookings that stand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NEVER = 2**60
# Teams looked at for one audit before the best so far is taken: a bound on rare, badly covered audits.
MOST_TEAMS = 20_000


@njit(cache=True)
def free_seats(
    able: Any,
    people: Any,
    starts: Any,
    ends: Any,
    begins: Any,
    finishes: Any,
    taken: Any,
    needs: Any,
    kinds: Any,
    books: Any,
    count: Any,
    caps_of: Any,
    caps: Any,
    used: Any,
    weight: Any,
) -> Any:
    """Return (candidates, columns) who can sit when: slots, gaps to the person's bookings, caps."""
    free = able.copy()
    for k in range(len(people)):
        i = people[k]
        for c in range(len(starts)):
            if not free[k, c]:
                continue
            good = True
            for t in range(starts[c], ends[c] + 1):
                if taken[i, t]:
                    good = False
                    break
            for b in range(count[i] if good else 0):
                need = needs[kinds[books[i, b, 2]]]
                if need >= 0 and begins[c] - books[i, b, 1] < need and books[i, b, 0] - finishes[c] < need:
                    good = False
                    break
            for r in range(caps_of[i], caps_of[i + 1] if good else caps_of[i]):
                if caps[r, 4]:
                    more = max(0, min(ends[c], caps[r, 2]) - max(starts[c], caps[r, 1]) + 1) * weight[caps[r, 0]]
                else:
                    more = weight[caps[r, 0]] if caps[r, 1] <= starts[c] <= caps[r, 2] else 0
                if more > 0 and used[r] + more > caps[r, 3]:
                    good = False
                    break
            free[k, c] = good
    return free


@njit(cache=True)
def best_team(
    free: Any,
    people: Any,
    counts: Any,
    seat: Any,
    grow: Any,
    late: Any,
    form_of: Any,
    counting: Any,
    others: Any,
    who: Any,
    need: Any,
    at_least: Any,
    limit: int,
    second_too: bool,
) -> Any:
    """Return (least points, least at any other column, column, team); NEVER where there is none.

    Columns are (form, start). Depth-first over counting members, cheapest first, cut by cost and by what covers still
    ask; then, where a cover is unmet and others may come along, the cheapest of them who meets it. Teams of `limit`
    points or more are not looked for.
    """
    size, columns, demands = len(people), len(late), len(at_least)
    least = np.full(columns, NEVER, np.int64)
    order = np.empty((len(grow), size), np.int64)
    for f in range(len(grow)):
        order[f] = np.argsort(seat + grow[f], kind="mergesort")
    for c in range(columns):
        f, left, total = form_of[c], counting[form_of[c]], late[c]
        for k in order[f]:
            if left > 0 and counts[k] and free[k, c]:
                total += seat[k] + grow[f, k]
                left -= 1
        if left == 0:
            least[c] = total
    best, second, at, looked = limit, limit, -1, 0
    team = np.full(16, -1, np.int64)
    rows = np.empty(size, np.int64)
    after = np.zeros((demands, size + 1), np.int64)
    pick = np.zeros(16, np.int64)
    have = np.zeros((16, demands), np.int64)
    sums = np.zeros(16, np.int64)
    for c in np.argsort(least, kind="mergesort"):
        stop = second if second_too else best
        if least[c] >= stop:
            break
        f = form_of[c]
        n, most = counting[f], others[f]
        m = 0
        for k in order[f]:
            if counts[k] and free[k, c]:
                rows[m] = k
                m += 1
        possible = True
        spare = np.zeros(demands, np.int64)
        for d in range(demands):
            after[d, m] = 0
            for j in range(m - 1, -1, -1):
                after[d, j] = after[d, j + 1] + who[d, rows[j], c]
            if most > 0:
                for k in range(size):
                    if not counts[k] and free[k, c] and who[d, k, c]:
                        spare[d] = min(most, spare[d] + 1)
            if at_least[d] and after[d, 0] + spare[d] < need[d, c]:
                possible = False
        if not possible:
            continue
        # The best of this column; what it must beat.
        here, depth = stop, 0
        pick[0], sums[0], have[0] = -1, late[c], 0
        while depth >= 0 and looked < MOST_TEAMS:
            pick[depth] += 1
            j, left = pick[depth], n - depth
            if j + left > m:
                depth -= 1
                continue
            reach = sums[depth]
            for q in range(j, j + left):
                reach += seat[rows[q]] + grow[f, rows[q]]
            if reach >= here:
                depth -= 1
                continue
            k = rows[j]
            looked += 1
            good, met = True, True
            for d in range(demands):
                now = have[depth, d] + who[d, k, c]
                have[depth + 1, d] = now
                if at_least[d]:
                    good &= now + min(left - 1, after[d, j + 1]) + spare[d] >= need[d, c]
                    met &= now >= need[d, c]
                elif left == 1:
                    good &= now <= need[d, c]
            if not good:
                continue
            total = sums[depth] + seat[k] + grow[f, k]
            if left > 1:
                depth += 1
                sums[depth], pick[depth] = total, j
                continue
            extras = 0
            while not met and extras < most and total < here:
                cheap, who_comes = NEVER, -1
                for e in range(size):
                    if counts[e] or not free[e, c] or seat[e] + grow[f, e] >= cheap:
                        continue
                    useful, fine = False, True
                    for q in range(n + extras):
                        fine &= people[rows[pick[q]] if q < n else pick[q]] != people[e]
                    for d in range(demands):
                        useful |= at_least[d] and who[d, e, c] and have[n, d] < need[d, c]
                        fine &= at_least[d] or have[n, d] + who[d, e, c] <= need[d, c]
                    if useful and fine:
                        cheap, who_comes = seat[e] + grow[f, e], e
                if who_comes < 0:
                    break
                pick[n + extras] = who_comes
                extras += 1
                total += cheap
                met = True
                for d in range(demands):
                    have[n, d] += who[d, who_comes, c]
                    met &= not at_least[d] or have[n, d] >= need[d, c]
            if met and total < here:
                here = total
                if total < best:
                    if at >= 0 and at != c:
                        second = best
                    best, at = total, c
                    team[:] = -1
                    for q in range(n + extras):
                        team[q] = rows[pick[q]] if q < n else pick[q]
                else:
                    second = total
    return best, second, at, team


def warm() -> None:
    """Compile both kernels before any clock runs."""
    one = np.ones((1, 1), dtype=bool)
    zero = np.zeros(1, dtype=np.int64)
    table = np.zeros((1, 1), dtype=np.int64)
    free_seats(
        one,
        zero,
        zero,
        zero,
        zero,
        zero,
        one,
        zero,
        zero,
        np.zeros((1, 1, 3), dtype=np.int64),
        zero,
        np.zeros(2, dtype=np.int64),
        np.zeros((1, 5), dtype=np.int64),
        zero,
        zero,
    )
    best_team(one, zero, one[0], zero, table, zero, zero, zero + 1, zero, one[None], table, one[0], 1, False)
