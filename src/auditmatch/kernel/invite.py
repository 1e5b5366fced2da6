"""Which audits that were left out are tried beside those that a step takes out: who could use what it frees."""

from __future__ import annotations

from auditmatch.kernel.board import NONE, Board, in_pool
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.trail import OUT, SET, Trail, draw, include
from auditmatch.kernel.work import Work

# Audits invited, of how many looked at each; and the most people whose help with a demand is weighed by how few they are.
INVITED, LOOKS, WEIGHT = 4, 8, 1 << 20


@kernel
def invite(flat: Flat, board: Board, work: Work, trail: Trail) -> None:
    """Add a few audits that were left out, rather those that lack the people and days that the step frees."""
    taken = trail.tally[SET]
    few = trail.tally[OUT] <= INVITED
    for n in range(min(INVITED, trail.tally[OUT])):
        chosen = trail.left[n if few else draw(trail, trail.tally[OUT])].out
        if not few:
            most = _use(flat, trail, chosen, taken)
            for _ in range(LOOKS - 1):
                other = trail.left[draw(trail, trail.tally[OUT])].out
                use = 0 if trail.left[other].inside else _use(flat, trail, other, taken)
                if use > most or trail.left[chosen].inside:
                    chosen, most = other, use
        include(trail, board, chosen)


@kernel
def _use(flat: Flat, trail: Trail, audit: int, taken: int) -> int:
    """Return how much an audit could use of what a step frees: its demands that a freed person meets in its window.

    A demand that few people meet counts more.
    """
    forms = flat.audit[audit].form_ptr, flat.audit[audit + 1].form_ptr
    if forms[0] == forms[1]:
        return -1
    first = flat.starts[flat.form[forms[0]].start_ptr]
    last = flat.starts[flat.form[forms[0] + 1].start_ptr - 1] + flat.form[forms[0]].length
    total = 0
    for n in range(taken):
        start, end = trail.step[n].start, trail.step[n].start + trail.step[n].length
        if start == NONE or start >= last or end <= first:
            continue
        for m in range(trail.step[n].people):
            for c in range(flat.audit[audit].cover_ptr, flat.audit[audit + 1].cover_ptr):
                cover = flat.cover[c]
                pool = flat.cover_pool[cover, 0]
                if pool >= 0 and flat.demand[cover].at_least and in_pool(flat, pool, trail.team[n, m], start, end - 1):
                    total += WEIGHT // (flat.pool_ptr[pool + 1] - flat.pool_ptr[pool])
    return total
