"""What a team must have, for the form of an audit at hand, and who of its candidates meets it."""

from __future__ import annotations

import numpy as np

from auditmatch.kernel.board import NONE, Board, in_pool
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.work import DEMANDS, Work


@kernel
def sits_in(board: Board, audit: int, person: int) -> bool:
    """Tell whether a person is in the booked team of an audit."""
    for m in range(board.size[audit]):
        if board.team[audit, m] == person:
            return True
    return False


@kernel
def partner_of(flat: Flat, link: int, audit: int) -> int:
    """Return the other audit of a link."""
    return flat.link_second[link] if flat.link_first[link] == audit else flat.link_first[link]


@kernel
def write_demands(flat: Flat, board: Board, work: Work, audit: int, form: int) -> int:
    """Write the covers of an audit, and the people that links ask it to share; return how many demands."""
    n = 0
    for c in range(flat.cover_ptr[audit], flat.cover_ptr[audit + 1]):
        cover = flat.cover[c]
        for r in range(3):
            work.pool[n, r] = flat.cover_pool[cover, r]
        work.least[n] = flat.at_least[cover]
        work.limit[n] = flat.constant[cover] + flat.per_counting[cover] * flat.counting[form]
        work.partner[n] = -1
        n += 1
    for x in range(flat.link_ptr[audit], flat.link_ptr[audit + 1]):
        link = flat.link[x]
        partner = partner_of(flat, link, audit)
        if flat.share[link] > 0 and board.start[partner] != NONE and partner != audit:
            work.least[n], work.limit[n], work.partner[n] = True, flat.share[link], partner
            n += 1
    return n


@kernel
def meets(flat: Flat, board: Board, work: Work, demand: int, person: int, role: int, first: int, last: int) -> bool:
    """Tell whether a person who sits so counts for a demand during slots [first, last]."""
    if work.partner[demand] >= 0:
        return sits_in(board, work.partner[demand], person)
    return in_pool(flat, work.pool[demand, role], person, first, last)


@kernel
def mask_ever(flat: Flat, board: Board, work: Work, demands: int, person: int, role: int) -> int:
    """Return the demands that a person can meet some time; the highest bit says that it depends on dates."""
    mask, word, bit = 0, person >> 6, np.uint64(1) << np.uint64(person & 63)
    for d in range(demands):
        pool = work.pool[d, role]
        if work.partner[d] >= 0:
            if sits_in(board, work.partner[d], person):
                mask |= 1 << d
        elif pool == -1:
            mask |= 1 << d
        elif pool >= 0 and flat.ever[pool, word] & bit:
            mask |= 1 << d
            if not flat.whole[pool, word] & bit:
                mask |= 1 << DEMANDS
    return mask


@kernel
def mask_at(flat: Flat, board: Board, work: Work, demands: int, j: int, start: int, length: int) -> int:
    """Return the demands that gathered candidate j meets in a booking."""
    ever = work.mask[j]
    if not ever >> DEMANDS:
        return ever
    mask = 0
    for d in range(demands):
        if ever >> d & 1 and meets(flat, board, work, d, work.person[j], work.seat[j], start, start + length - 1):
            mask |= 1 << d
    return mask


@kernel
def ask(flat: Flat, work: Work, form: int, demands: int, gathered: int) -> bool:
    """Write how many counting members must meet each demand, and the cheapest base costs; False when nothing can.

    What seats beside the counting members could bring is taken off, so the figure may be too low, never too high.
    """
    n, others = flat.counting[form], flat.others[form]
    for m in range(n + 1):
        work.cheap[m] = NEVER
    for j in range(gathered):
        if work.seat[j] == 0:
            _insert(work.cheap, n, work.cost[j])
    if work.cheap[n - 1] >= NEVER:
        return False
    for d in range(demands):
        spare = counting = 0
        least = NEVER
        for j in range(gathered):
            if work.mask[j] >> d & 1:
                if work.seat[j] == 0:
                    counting += 1
                    least = min(least, work.cost[j])
                else:
                    spare += 1
        work.asked[d] = max(0, work.limit[d] - min(spare, others)) if work.least[d] else 0
        work.hold[0, d] = least
        if work.asked[d] > min(counting, n):
            return False
    return True


@kernel
def _insert(row: np.ndarray, n: int, value: int) -> None:
    """Keep the n smallest values, ascending."""
    if value >= row[n - 1]:
        return
    at = n - 1
    while at > 0 and row[at - 1] > value:
        row[at] = row[at - 1]
        at -= 1
    row[at] = value


@kernel
def floor_of(work: Work, n: int, demands: int, j: int) -> int:
    """Return what no team with gathered candidate j costs less than, start and lateness aside.

    Beside j sit at least the n - 1 cheapest; and where j lacks a demand, somebody who meets it.
    """
    if work.seat[j] != 0:
        rest = 0
        for m in range(n):
            rest += work.cheap[m]
        return work.cost[j] + rest
    rest = fewer = 0
    for m in range(n - 1):
        fewer = rest
        rest += work.cheap[m]
    if n > 1:
        for d in range(demands):
            if work.asked[d] > 0 and not work.mask[j] >> d & 1:
                rest = max(rest, fewer + work.hold[0, d])
    return work.cost[j] + rest


@kernel
def growth(flat: Flat, load: int, person: int, length: int) -> int:
    """Return how much a person's load cost grows by so many slots, in fractions of a point."""
    more = 0
    for k in range(flat.steps.shape[1]):
        step = flat.steps[person, k]
        more += max(load + length - step, 0) - max(load - step, 0)
    return more * flat.fairness * SCALE
