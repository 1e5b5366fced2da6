"""Gaps between the audits of one person, as half-days between combinations of places."""

from __future__ import annotations

import numpy as np

from auditmatch.shapes import Gap, ints


def roads(gaps: tuple[Gap, ...], audits: int, auditors: int) -> tuple[list[int], list[int], list[list[list[int]]]]:
    """Return combinations of places by audit, layers by auditor, and the half-days needed by layer between places."""
    places = np.stack([ints(np.full(audits, -1)), *(gap.places for gap in gaps)], axis=1)
    kinds, where = np.unique(places, axis=0, return_inverse=True)
    everybody = [n for n, gap in enumerate(gaps) if gap.auditors is None]
    own: dict[int, tuple[int, ...]] = {}
    for n, gap in enumerate(gaps):
        for i in np.unique(gap.auditors).tolist() if gap.auditors is not None else ():
            own[i] = (*own.get(i, ()), n)
    number = {some: k for k, some in enumerate(dict.fromkeys([(), *own.values()]))}
    needs = np.full((len(number), len(kinds), len(kinds)), -1, dtype=np.int64)
    for some, layer in number.items():
        for n in (*everybody, *some):
            at = kinds[:, n + 1]
            bound = (at[:, None] >= 0) & (at >= 0)
            needs[layer] = np.maximum(needs[layer], np.where(bound, gaps[n].need[np.ix_(at, at)], -1))
    return where.reshape(-1).tolist(), [number[own.get(i, ())] for i in range(auditors)], needs.tolist()
