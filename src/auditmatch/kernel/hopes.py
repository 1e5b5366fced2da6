"""What a team costs at least at each start: the bounds that rule starts and candidates out."""

from __future__ import annotations

from auditmatch.kernel.demands import keep_least
from auditmatch.kernel.flat import NEVER
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.work import Work


@kernel
def clear(work: Work, starts: int, n: int, demands: int) -> None:
    """Forget the cheapest candidates of the form before."""
    for s in range(starts):
        for m in range(n):
            work.low[s, m] = NEVER
        for d in range(demands):
            work.hold[s + 1, d] = NEVER


@kernel
def note_row(work: Work, n: int, demands: int, j: int, r: int, starts: int) -> None:
    """Keep the n cheapest at each start, and the cheapest who may meet each demand."""
    for s in range(starts):
        points = work.row[r, s]
        if points >= NEVER:
            continue
        keep_least(work.low[s], n, points)
        for d in range(demands):
            if work.candidate[j].mask >> d & 1 and points < work.hold[s + 1, d]:
                work.hold[s + 1, d] = points


@kernel
def scarcest(work: Work, demands: int, gathered: int) -> int:
    """Return the demand on counting members that fewest of those gathered may meet; -1 without any."""
    scarce, fewest = -1, gathered + 1
    for d in range(demands):
        if work.ask[d].asked > 0:
            meeting = 0
            for j in range(gathered):
                meeting += work.candidate[j].mask >> d & 1
            if meeting < fewest:
                scarce, fewest = d, meeting
    return scarce


@kernel
def drop_starts(work: Work, rows: int, starts: int, n: int, demands: int, scarce: int) -> int:
    """Forget the starts at which no counting candidate may meet a demand; return how many are left."""
    kept = 0
    for s in range(starts):
        if work.hold[s + 1, scarce] >= NEVER:
            continue
        if kept < s:
            work.at[kept].starts, work.at[kept].late = work.at[s].starts, work.at[s].late
            for m in range(n):
                work.low[kept, m] = work.low[s, m]
            for d in range(demands):
                work.hold[kept + 1, d] = work.hold[s + 1, d]
            for r in range(rows):
                work.row[r, kept] = work.row[r, s]
        kept += 1
    return kept


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
        if work.ask[d].asked > 0:
            last = max(last, work.hold[s + 1, d])
    return min(work.at[s].late + cheapest_fewer(work, n, s) + last, NEVER)
