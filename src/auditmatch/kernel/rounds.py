"""One round of prices: every audit picks its cheapest booking, whatever the others pick."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auditmatch.kernel.board import Board, slots_inside
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.pack import blank
from auditmatch.kernel.seek import cheapest
from auditmatch.kernel.tolls import Prices, between, key_share, toll_of
from auditmatch.kernel.work import LENGTH, SIZE, START, Work
from auditmatch.shapes import Ints


class Picks(NamedTuple):
    """What each audit picked last.

    Attributes
    ----------
    book
        (audits,) start, length, people (0: left out), plain: cost without prices, in fractions of a point.
    team, seat
        (audits, largest team) people and roles.
    """

    book: Any
    team: Ints
    seat: Ints


class Use(NamedTuple):
    """What picks use: (auditors, sites, slots) slots; (rows,) hundredths of slots and PARTS of keys under caps."""

    slot: Ints
    cap: Ints
    key: Ints


def no_use(flat: Flat, sites: int) -> Use:
    """Return a count of nothing."""
    slots = np.zeros((len(flat.steps), sites, len(flat.slot)), dtype=np.int64)
    return Use(slots, np.zeros(len(flat.cap), dtype=np.int64), np.zeros(len(flat.key), dtype=np.int64))


def no_picks(board: Board) -> Picks:
    """Return picks with every audit left out."""
    book = blank(len(board.book), "start length people plain")
    return Picks(book, np.zeros_like(board.team), np.zeros_like(board.seat))


@entry
def pick_round(
    flat: Flat, board: Board, work: Work, prices: Prices, audits: Ints, picks: Picks, use: Use, fresh: bool
) -> int:
    """Let each audit pick its cheapest booking or stay out; count the slots used; return the sum of their costs.

    Parameters
    ----------
    audits
        Rows of the audits that pick.
    use
        Grows by what each pick uses.
    fresh
        True: the picks before mean nothing.
    """
    total = 0
    for audit in audits:
        limit = NEVER if flat.audit[audit].must else flat.audit[audit].penalty * SCALE
        before = 0 if fresh else picks.book[audit].people
        if before > 0:
            limit = min(limit, priced(flat, board, picks, prices, audit) + picks.book[audit].plain)
        # What was picked last still stands at that cost, so only cheaper bookings are looked for.
        value = cheapest(flat, board, work, prices, audit, False, True, limit)
        if work.found[SIZE] > 0:
            _write(flat, board, work, picks, prices, audit, value)
        elif before == 0 or value < picks.book[audit].plain + priced(flat, board, picks, prices, audit):
            picks.book[audit].people = 0
        total += value
        _use(flat, board, picks, prices, use, audit)
    return total


@kernel
def priced(flat: Flat, board: Board, picks: Picks, prices: Prices, audit: int) -> int:
    """Return what prices ask for a pick."""
    start, length, points = picks.book[audit].start, picks.book[audit].length, 0
    for m in range(picks.book[audit].people):
        person = picks.team[audit, m]
        points += between(flat, prices, audit, person, start, start + length)
        if len(prices.key) > 0 or len(prices.cap) > 0:
            points += toll_of(flat, board, prices, audit, person, start, length)
    return points


@kernel
def _write(flat: Flat, board: Board, work: Work, picks: Picks, prices: Prices, audit: int, value: int) -> None:
    """Keep what was found."""
    picks.book[audit].start, picks.book[audit].length = work.found[START], work.found[LENGTH]
    picks.book[audit].people = work.found[SIZE]
    for m in range(work.found[SIZE]):
        picks.team[audit, m], picks.seat[audit, m] = work.best[m].team, work.best[m].role
    picks.book[audit].plain = value - priced(flat, board, picks, prices, audit)


@kernel
def _use(flat: Flat, board: Board, picks: Picks, prices: Prices, use: Use, audit: int) -> None:
    """Count what a pick uses."""
    start, length = picks.book[audit].start, picks.book[audit].length
    site = flat.audit[audit].site if use.slot.shape[1] > 1 else 0
    for m in range(picks.book[audit].people):
        person = picks.team[audit, m]
        for t in range(start, start + length):
            use.slot[person, site, t] += 1
        for r in range(flat.auditor[person].cap_ptr, flat.auditor[person + 1].cap_ptr):
            use.cap[r] += slots_inside(flat, r, start, length) * flat.cap_weight[flat.cap[r].cap_kind, audit]
        for r in range(flat.auditor[person].key_ptr, flat.auditor[person + 1].key_ptr):
            if flat.key[r].key_first <= start <= flat.key[r].key_last:
                use.key[r] += key_share(flat, board, prices, r, audit, person)
