"""Pools of people with dates: unions and intersections."""

from __future__ import annotations

import numpy as np

from auditmatch.shapes import Ints, Pool, ints


def join_ranges(auditors: Ints, first: Ints, last: Ints) -> Pool:
    """Return a pool whose rows are the union of the given ranges, disjoint and apart for each auditor."""
    keep = last >= first
    who, low, high = auditors[keep], first[keep], last[keep]
    order = np.lexsort((low, who))
    rows: list[list[int]] = []
    for i, begin, end in zip(who[order].tolist(), low[order].tolist(), high[order].tolist(), strict=True):
        if rows and rows[-1][0] == i and begin <= rows[-1][2] + 1:
            rows[-1][2] = max(rows[-1][2], end)
        else:
            rows.append([i, begin, end])
    joined = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Pool(ints(joined[:, 0]), ints(joined[:, 1]), ints(joined[:, 2]))


def join_pools(pools: list[Pool]) -> Pool:
    """Return who belongs to one pool or another on every day."""
    parts = (np.concatenate([getattr(pool, part) for pool in pools]) for part in ("auditors", "first", "last"))
    return join_ranges(*parts)


def meet_pools(one: Pool, other: Pool) -> Pool:
    """Return who belongs to both pools at once."""
    pairs = np.argwhere(one.auditors[:, None] == other.auditors[None, :])
    k, j = pairs[:, 0], pairs[:, 1]
    first, last = np.maximum(one.first[k], other.first[j]), np.minimum(one.last[k], other.last[j])
    return join_ranges(one.auditors[k], first, last)
