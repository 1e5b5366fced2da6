"""What a person can sell of its time: the dearest chain of bookings, with the roads between them.

A chain is made of blocks: sites, starts and lengths that some audit has. Slots alone would be sold without the
half-days on the road, and in pieces that no audit can use.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.board import Board
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.pack import pointers, ranges
from auditmatch.shapes import Ints


class Blocks(NamedTuple):
    """Read-only.

    Attributes
    ----------
    ptr, length
        (sites * slots + 1,) rows of each site and start; (blocks,) slots of a block, ascending.
    need
        (sites, sites) half-days on the road.
    reach
        (slots, most half-days + 1) slots, counted from the first, that are over so long before a slot begins.
    """

    ptr: Ints
    length: Ints
    need: Ints
    reach: Ints


class Chains(NamedTuple):
    """Scratch of one thread, by end or start and by site.

    Attributes
    ----------
    value, end
        (slots + 1, sites) the most that is sold before a slot by a chain whose last block is at a site; where it ends.
    exact, start
        The same for a block that ends there; its start.
    last_end, last_site
        (slots, sites) end and site of the block before one that starts there.
    """

    value: Ints
    end: Ints
    exact: Ints
    start: Ints
    last_end: Ints
    last_site: Ints


def blocks_of(flat: Flat, audits: Ints, sites: int) -> Blocks:
    """Return the blocks of the audits to plan; with one site, roads take no time."""
    slots = len(flat.slot)
    first, last = flat.audit["form_ptr"][audits], flat.audit["form_ptr"][audits + 1]
    form = ranges(first, last)
    site = np.repeat(flat.audit["site"][audits] if sites > 1 else np.zeros_like(audits), last - first)
    ptr = flat.form["start_ptr"]
    starts = flat.starts[ranges(ptr[form], ptr[form + 1])].astype(np.int64)
    many = ptr[form + 1] - ptr[form]
    at, length = np.repeat(site, many) * slots + starts, np.repeat(flat.form["length"][form], many)
    there = np.zeros((sites * slots, int(length.max(initial=0)) + 1), dtype=bool)
    there[at, length] = True
    row, size = np.nonzero(there)
    need = np.maximum(np.minimum(flat.need[0], flat.need[0].T), 0) if sites > 1 else np.zeros((1, 1), dtype=np.int64)
    finish, begin = flat.slot["finish"], flat.slot["begin"]
    reach = np.searchsorted(finish, begin[:, None] - np.arange(int(need.max(initial=0)) + 1), side="right")
    found = pointers(row, sites * slots), size.astype(np.int64), np.ascontiguousarray(need), reach.astype(np.int64)
    for part in found:
        part.flags.writeable = False
    return Blocks(*found)


def chains_for(slots: int, sites: int) -> Chains:
    """Return scratch arrays."""
    return Chains(*(np.zeros((slots + 1, sites), dtype=np.int64) for _ in Chains._fields))


@entry
def sell(board: Board, blocks: Blocks, chains: Chains, price: Ints, sold: Ints) -> int:
    """Return what all people sell at most, and write what they sell.

    Parameters
    ----------
    price
        (auditors, sites, slots + 1) price of all slots before each slot.
    sold
        (auditors, sites, slots) zeros; 1 where a slot is sold.
    """
    total, slots = 0, sold.shape[2]
    for person in range(sold.shape[0]):
        _extend(board, blocks, chains, price, person)
        best = 0
        for site in range(sold.shape[1]):
            if chains.value[slots, site] > chains.value[slots, best]:
                best = site
        total += chains.value[slots, best]
        site, end = best, chains.end[slots, best]
        while end > 0:
            start = chains.start[end, site]
            for t in range(start, end):
                sold[person, site, t] = 1
            site, end = chains.last_site[start, site], chains.last_end[start, site]
    return total


@kernel
def _extend(board: Board, blocks: Blocks, chains: Chains, price: Ints, person: int) -> None:
    """Write the best chains of a person, slot after slot."""
    sites, slots = price.shape[1], price.shape[2] - 1
    for site in range(sites):
        for t in range(slots + 1):
            chains.value[t, site] = chains.end[t, site] = chains.exact[t, site] = 0
    for t in range(slots + 1):
        for site in range(sites):
            if price[person, site, slots] == 0:
                continue
            if t > 0:
                chains.value[t, site], chains.end[t, site] = chains.value[t - 1, site], chains.end[t - 1, site]
            if chains.exact[t, site] > chains.value[t, site]:
                chains.value[t, site], chains.end[t, site] = chains.exact[t, site], t
        if t == slots or board.run[person, t] == 0:
            continue
        for site in range(sites):
            row = site * slots + t
            if price[person, site, slots] == 0 or blocks.ptr[row] == blocks.ptr[row + 1]:
                continue
            most = chains.last_end[t, site] = chains.last_site[t, site] = 0
            for other in range(sites):
                before = blocks.reach[t, blocks.need[other, site]]
                if chains.value[before, other] > most:
                    most = chains.value[before, other]
                    chains.last_end[t, site], chains.last_site[t, site] = chains.end[before, other], other
            for b in range(blocks.ptr[row], blocks.ptr[row + 1]):
                end = t + blocks.length[b]
                if board.run[person, t] < blocks.length[b]:
                    break
                gain = most + price[person, site, end] - price[person, site, t]
                if gain > chains.exact[end, site]:
                    chains.exact[end, site], chains.start[end, site] = gain, t
