"""Where a booking lies in the ranges of somebody's caps, and which keys it touches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditmatch.shapes import Bools, Ints, KeyCap, Pool, SlotCap

# Rows of one cap by auditor.
ByAuditor = dict[int, list[int]]


def keys_of(cap: KeyCap, rows: list[int], auditor: int, begin: int, end: int) -> set[int]:
    """Return which of an audit's key rows an auditor touches in a booking of slots [begin, end]."""
    return {int(cap.keys[j]) for j in rows if _belongs(cap.key_pools[j], auditor, begin, end)}


def rows_by_auditor(rows: Ints) -> ByAuditor:
    """Return the rows of each auditor."""
    found: ByAuditor = {}
    for r, i in enumerate(rows.tolist()):
        found.setdefault(i, []).append(r)
    return found


def overlap(begin: int, end: int, first: int, last: int) -> int:
    """Return the slots of [begin, end] inside [first, last]."""
    return max(0, min(end, int(last)) - max(begin, int(first)) + 1)


def places(
    caps: tuple[Sequence[SlotCap], Sequence[KeyCap]],
    rows: tuple[Sequence[ByAuditor], Sequence[ByAuditor]],
    auditor: int,
    starts: Ints,
    length: int,
    dated: bool,
) -> list[tuple[int, ...]]:
    """Return for each start how its booking lies in the ranges of an auditor's caps: alike means equal room.

    `dated`: who touches a key of the audit depends on the day, so no two starts are alike.
    """
    marks: list[Ints | Bools] = [starts] if dated else []
    for cap, mine in zip(caps[0], rows[0], strict=True):
        for r in mine.get(auditor, ()):
            inside = np.minimum(starts + length, cap.last[r] + 1) - np.maximum(starts, cap.first[r])
            marks.append(np.maximum(inside, 0))
    for keyed, mine in zip(caps[1], rows[1], strict=True):
        marks += [(keyed.first[r] <= starts) & (starts <= keyed.last[r]) for r in mine.get(auditor, ())]
    return list(zip(*(mark.tolist() for mark in marks), strict=True)) if marks else [()] * len(starts)


def _belongs(pool: Pool | None, auditor: int, begin: int, end: int) -> bool:
    """Tell whether an auditor belongs to a pool while a booking lasts; None is everyone."""
    return pool is None or bool(((pool.auditors == auditor) & (pool.first <= begin) & (end <= pool.last)).any())
