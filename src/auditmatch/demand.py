"""What a team must have, as seen by the candidates of one audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.shapes import FOR_EVER, Bools, Cover, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """One cover shape as seen by the candidates of one audit.

    Candidate k counts while the booking lies in one of its R ranges [first[k, r], last[k, r]]. `steady` says who counts
    where that is the same for every booking that the audit can have.
    """

    at_least: bool
    constant: int
    per_counting: int
    first: Ints
    last: Ints
    steady: Bools | None
    label: str

    def counts(self, begin: int, end: int) -> Bools:
        """Tell which candidates count for a booking of slots [begin, end]."""
        if self.steady is not None:
            return self.steady
        return np.asarray(((self.first <= begin) & (end <= self.last)).any(axis=1))


def demand_of(shape: Cover, people: Ints, roles: Ints, hull: tuple[int, int]) -> Demand:
    """Return who of an audit's candidates counts for a cover, and when; `hull` holds every slot that it can touch."""
    blocks = [(np.zeros(len(people), dtype=np.int64), np.full(len(people), -1, dtype=np.int64))]
    for role, pool in shape.seats:
        mine = roles == role
        if pool is None:
            blocks.append((np.zeros(len(people), dtype=np.int64), np.where(mine, FOR_EVER, -1)))
            continue
        order = np.argsort(pool.auditors, kind="stable")
        owners = pool.auditors[order]
        low, high = np.searchsorted(owners, people, "left"), np.searchsorted(owners, people, "right")
        for step in range(int((high - low).max(initial=0))):
            there = mine & (low + step < high)
            row = order[np.minimum(low + step, len(order) - 1)]
            blocks.append((np.where(there, pool.first[row], 0), np.where(there, pool.last[row], -1)))
    first, last = (ints_table([block[part] for block in blocks]) for part in (0, 1))
    whole = np.asarray(((first <= hull[0]) & (hull[1] <= last)).any(axis=1))
    touching = ((first <= hull[1]) & (hull[0] <= last)).any(axis=1)
    steady = whole if bool((whole == touching).all()) else None
    return Demand(shape.at_least, shape.constant, shape.per_counting, first, last, steady, shape.label)


def ints_table(columns: list[Ints]) -> Ints:
    """Return columns side by side, read-only."""
    table = np.stack(columns, axis=1)
    table.flags.writeable = False
    return table
