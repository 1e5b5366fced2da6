"""What a team must have, as seen by the candidates of one audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.shapes import FOR_EVER, Bools, Cover, Ints, Pool


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """One cover shape as seen by the candidates of one audit.

    Candidate k counts while the booking lies in one of its R ranges [first[k, r], last[k, r]].
    """

    at_least: bool
    constant: int
    per_counting: int
    first: Ints
    last: Ints
    label: str

    def counts(self, begin: int, end: int) -> Bools:
        """Tell which candidates count for a booking of slots [begin, end]."""
        return np.asarray(((self.first <= begin) & (end <= self.last)).any(axis=1))


def demand_of(shape: Cover, people: Ints, roles: Ints) -> Demand:
    """Return who of an audit's candidates counts for a cover, and when."""
    ranges: list[list[tuple[int, int]]] = [[] for _ in range(len(people))]
    for role, pool in shape.seats:
        for k in np.flatnonzero(roles == role).tolist():
            ranges[k].extend([(0, FOR_EVER)] if pool is None else _ranges(pool, int(people[k])))
    width = max([1, *(len(r) for r in ranges)])
    first = np.full((len(people), width), 1, dtype=np.int64)
    last = np.full((len(people), width), 0, dtype=np.int64)
    for k, mine in enumerate(ranges):
        for r, (low, high) in enumerate(mine):
            first[k, r], last[k, r] = low, high
    return Demand(shape.at_least, shape.constant, shape.per_counting, first, last, shape.label)


def _ranges(pool: Pool, auditor: int) -> list[tuple[int, int]]:
    """Return the ranges in which an auditor belongs to a pool."""
    rows = np.flatnonzero(pool.auditors == auditor)
    return list(zip(pool.first[rows].tolist(), pool.last[rows].tolist(), strict=True))
