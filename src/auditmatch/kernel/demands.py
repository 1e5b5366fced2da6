"""What a team must have, for the form of an audit at hand, and who of its candidates meets it."""

from __future__ import annotations

import numpy as np

from auditmatch.kernel.board import NONE, Board, in_pool
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.pack_rules import EVERYONE
from auditmatch.kernel.work import DEMANDS, Work


@kernel
def sits_in(board: Board, audit: int, person: int) -> bool:
    """Tell whether a person is in the booked team of an audit."""
    for m in range(board.book[audit].people):
        if board.team[audit, m] == person:
            return True
    return False


@kernel
def partner_of(flat: Flat, link: int, audit: int) -> int:
    """Return the other audit of a link."""
    return flat.tie[link].link_second if flat.tie[link].link_first == audit else flat.tie[link].link_first


@kernel
def write_demands(flat: Flat, board: Board, work: Work, audit: int, form: int) -> int:
    """Write the covers of an audit, and the people that links ask it to share; return how many demands."""
    n = 0
    for c in range(flat.audit[audit].cover_ptr, flat.audit[audit + 1].cover_ptr):
        cover = flat.cover[c]
        for r in range(3):
            work.pool[n, r] = flat.cover_pool[cover, r]
        work.ask[n].least = flat.demand[cover].at_least
        work.ask[n].limit = flat.demand[cover].constant + flat.demand[cover].per_counting * flat.form[form].counting
        work.ask[n].partner = -1
        n += 1
    for x in range(flat.audit[audit].link_ptr, flat.audit[audit + 1].link_ptr):
        link = flat.link[x]
        partner = partner_of(flat, link, audit)
        if flat.tie[link].share > 0 and board.book[partner].start != NONE and partner != audit:
            work.ask[n].least, work.ask[n].limit, work.ask[n].partner = True, flat.tie[link].share, partner
            n += 1
    return n


@kernel
def meets(flat: Flat, board: Board, work: Work, demand: int, person: int, role: int, first: int, last: int) -> bool:
    """Tell whether a person who sits so counts for a demand during slots [first, last]."""
    if work.ask[demand].partner >= 0:
        return sits_in(board, work.ask[demand].partner, person)
    return in_pool(flat, work.pool[demand, role], person, first, last)


@kernel
def mask_ever(flat: Flat, board: Board, work: Work, demands: int, person: int, role: int) -> int:
    """Return the demands that a person can meet some time; the highest bit says that it depends on dates."""
    mask, word, bit = 0, person >> 6, np.uint64(1) << np.uint64(person & 63)
    for d in range(demands):
        pool = work.pool[d, role]
        if work.ask[d].partner >= 0:
            if sits_in(board, work.ask[d].partner, person):
                mask |= 1 << d
        elif pool == EVERYONE:
            mask |= 1 << d
        elif pool >= 0 and flat.ever[pool, word] & bit:
            mask |= 1 << d
            if not flat.whole[pool, word] & bit:
                mask |= 1 << DEMANDS
    return mask


@kernel
def mask_at(flat: Flat, board: Board, work: Work, demands: int, j: int, start: int, length: int) -> int:
    """Return the demands that gathered candidate j meets in a booking."""
    ever = work.candidate[j].mask
    if not ever >> DEMANDS:
        return ever
    mask = 0
    for d in range(demands):
        if ever >> d & 1 and meets(
            flat, board, work, d, work.candidate[j].person, work.candidate[j].seat, start, start + length - 1
        ):
            mask |= 1 << d
    return mask


@kernel
def ask(flat: Flat, work: Work, form: int, demands: int, gathered: int) -> bool:
    """Write how many counting members must meet each demand, and the cheapest base costs; False when nothing can.

    What seats beside the counting members could bring is taken off, so the figure may be too low, never too high.
    """
    n, others = flat.form[form].counting, flat.form[form].others
    for m in range(n + 1):
        work.cheap[m] = NEVER
    for j in range(gathered):
        if work.candidate[j].seat == 0:
            keep_least(work.cheap, n, work.candidate[j].cost)
    if work.cheap[n - 1] >= NEVER:
        return False
    for d in range(demands):
        spare = counting = 0
        least = NEVER
        for j in range(gathered):
            if work.candidate[j].mask >> d & 1:
                if work.candidate[j].seat == 0:
                    counting += 1
                    least = min(least, work.candidate[j].cost)
                else:
                    spare += 1
        work.ask[d].asked = left_to_ask(work, d, min(spare, others))
        work.hold[0, d] = least
        if work.ask[d].asked > min(counting, n):
            return False
    return True


@kernel
def left_to_ask(work: Work, demand: int, spare: int) -> int:
    """Return how many counting members must meet a demand when `spare` seats beside them do."""
    return max(0, work.ask[demand].limit - spare) if work.ask[demand].least else 0


@kernel
def keep_least(row: np.ndarray, n: int, value: int) -> None:
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
    if work.candidate[j].seat != 0:
        rest = 0
        for m in range(n):
            rest += work.cheap[m]
        return work.candidate[j].cost + rest
    rest = fewer = 0
    for m in range(n - 1):
        fewer = rest
        rest += work.cheap[m]
    if n > 1:
        for d in range(demands):
            if work.ask[d].asked > 0 and not work.candidate[j].mask >> d & 1:
                rest = max(rest, fewer + work.hold[0, d])
    return work.candidate[j].cost + rest


@kernel
def growth(flat: Flat, load: int, person: int, length: int) -> int:
    """Return how much a person's load cost grows by so many slots, in fractions of a point."""
    more = 0
    for k in range(flat.steps.shape[1]):
        step = flat.steps[person, k]
        more += max(load + length - step, 0) - max(load - step, 0)
    return more * flat.fairness * SCALE
