"""Prices: of a slot of a person, of a slot under a cap, of a key under a cap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.board import Board, carried_row, is_touched, slots_inside, steady_keys
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import kernel
from auditmatch.kernel.work import Work
from auditmatch.shapes import Ints

# Shares of keys are counted in this fraction, rounded down.
PARTS = 1024


class Prices(NamedTuple):
    """All 0 or more, in fractions of a point.

    Attributes
    ----------
    slot
        (auditors, sites, slots + 1) price of all slots before each slot, for work at a site; one site: at any.
    cap, key
        (rows,) price of one weighted slot under a slot cap and of one key under a key cap; empty: no such prices.
    share
        (kinds of key caps, audits) keys of an audit, in PARTS, each divided by the audits that carry it: what all of
        them pay together is never more than one key.
    """

    slot: Ints
    cap: Ints
    key: Ints
    share: Ints


def no_prices(flat: Flat) -> Prices:
    """Return prices of nothing."""
    none = np.zeros(0, dtype=np.int64)
    return Prices(np.zeros((len(flat.steps), 1, len(flat.slot) + 1), dtype=np.int64), none, none, none.reshape(0, 0))


def shares(flat: Flat, audits: Ints) -> Ints:
    """Return the share of keys that each audit pays, among the audits that are to be planned."""
    rows = len(flat.audit) - 1
    kinds = (len(flat.carried_ptr) - 1) // max(rows, 1)
    found = np.zeros((kinds, rows), dtype=np.int64)
    for kind in range(kinds):
        pairs = [
            (a, key)
            for a in audits.tolist()
            for key in set(flat.carry[slice(*flat.carried_ptr[kind * rows + a : kind * rows + a + 2])].carried.tolist())
        ]
        audit, key = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        _, which, count = np.unique(key, return_inverse=True, return_counts=True)
        np.add.at(found[kind], audit, PARTS // count[which.reshape(-1)])
    return found


@kernel
def between(flat: Flat, prices: Prices, audit: int, person: int, first: int, last: int) -> int:
    """Return the price of slots [first, last) of a person who serves an audit."""
    site = flat.audit[audit].site if prices.slot.shape[1] > 1 else 0
    points: int = prices.slot[person, site, last] - prices.slot[person, site, first]
    return points


@kernel
def toll_of(flat: Flat, board: Board, prices: Prices, audit: int, person: int, start: int, length: int) -> int:
    """Return what a person's caps charge for a booking."""
    points = 0
    for r in range(flat.auditor[person].key_ptr, flat.auditor[person + 1].key_ptr):
        if prices.key[r] > 0 and flat.key[r].key_first <= start <= flat.key[r].key_last:
            points += prices.key[r] * key_share(flat, board, prices, r, audit, person) // PARTS
    for r in range(flat.auditor[person].cap_ptr, flat.auditor[person + 1].cap_ptr):
        if prices.cap[r] > 0:
            weight = flat.cap_weight[flat.cap[r].cap_kind, audit]
            points += prices.cap[r] * (slots_inside(flat, r, start, length) * weight) // 100
    return points


@kernel
def charge(
    flat: Flat, board: Board, work: Work, prices: Prices, audit: int, person: int, row: int, starts: int, length: int
) -> None:
    """Add what a person's caps charge to a row of costs."""
    for r in range(flat.auditor[person].key_ptr, flat.auditor[person + 1].key_ptr):
        if prices.key[r] > 0:
            points = prices.key[r] * key_share(flat, board, prices, r, audit, person) // PARTS
            if points > 0:
                for s in range(starts):
                    if flat.key[r].key_first <= work.at[s].starts <= flat.key[r].key_last:
                        work.row[row, s] += points
    for r in range(flat.auditor[person].cap_ptr, flat.auditor[person + 1].cap_ptr):
        weight = flat.cap_weight[flat.cap[r].cap_kind, audit]
        if prices.cap[r] > 0 and weight > 0:
            for s in range(starts):
                inside = slots_inside(flat, r, work.at[s].starts, length)
                work.row[row, s] += prices.cap[r] * (inside * weight) // 100


@kernel
def key_share(flat: Flat, board: Board, prices: Prices, row: int, audit: int, person: int) -> int:
    """Return the share of keys that a booking uses of a key cap, the same whenever it is.

    Nothing where that depends on dates, or where a booking that stands touches one of the keys: too little is valid.
    """
    at = carried_row(flat, flat.key[row].key_kind, audit)
    if not steady_keys(flat, at, person):
        return 0
    for c in range(flat.carried_ptr[at], flat.carried_ptr[at + 1]):
        if is_touched(flat, board, row, person, audit, flat.carry[c].carried):
            return 0
    return prices.share[flat.key[row].key_kind, audit]
