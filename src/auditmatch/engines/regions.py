"""Regions: the audits cut into groups that share few people or days, cut anew each time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.flat import Flat
from auditmatch.shapes import Ints


class Region(NamedTuple):
    """What one task may move.

    Attributes
    ----------
    audits
        Rows.
    people, first, last
        Whose free slots it may take, and which: [first, last). Other slots it may use only where its own bookings are.
    """

    audits: Ints
    people: Ints
    first: int
    last: int


def families(flat: Flat, audits: Ints) -> Ints:
    """Return (audits,) the number of each audit's family: audits that links join, directly or through others."""
    found = np.arange(len(flat.audit))
    first, second = flat.tie["link_first"], flat.tie["link_second"]
    first, second = first[: _ties(flat)], second[: _ties(flat)]
    while True:
        least = np.minimum(found[first], found[second])
        before = found.copy()
        np.minimum.at(found, first, least)
        np.minimum.at(found, second, least)
        if (found == before).all():
            return np.unique(found[audits], return_inverse=True)[1].reshape(-1)


def _ties(flat: Flat) -> int:
    """Return how many links there are; the table may have an empty row more."""
    return int(flat.link.max(initial=-1)) + 1


def split(flat: Flat, board: Board, audits: Ints, family: Ints, tasks: int, seed: tuple[int, int]) -> list[Region]:
    """Cut audits into regions: by place in even epochs, by day in odd ones; families stay together.

    Parameters
    ----------
    board
        The bookings that stand.
    family
        (audits,) number of each audit's family.
    seed
        Seed of the run, and the epoch.
    """
    rng, by_day = np.random.default_rng(seed), seed[1] % 2 == 1
    day = _days(flat, board, audits)
    far = np.zeros_like(day) if by_day else _places(flat, audits, rng)
    # A family stands where its first audit does.
    lead = np.unique(family, return_index=True)[1][family]
    order = np.lexsort((family, day[lead], far[lead]))
    rank = np.empty(len(audits), dtype=np.int64)
    rank[order] = np.arange(len(audits))
    cuts = (np.arange(1, tasks) + rng.uniform(-0.5, 0.5)) * len(audits) / tasks
    region = np.searchsorted(cuts, rank[lead], side="right")
    parts = [np.flatnonzero(region == k) for k in range(tasks)]
    everyone = np.arange(len(flat.steps))
    if not by_day:
        owner = _owners(board, audits, region, tasks, rng)
        return [
            Region(audits[part], everyone[owner == k], 0, len(flat.slot)) for k, part in enumerate(parts) if len(part)
        ]
    parts = [part for part in parts if len(part)]
    begins = [0, *(int(day[lead][part].min()) for part in parts[1:]), len(flat.slot)]
    return [Region(audits[part], everyone, *begins[k : k + 2]) for k, part in enumerate(parts)]


def _days(flat: Flat, board: Board, audits: Ints) -> Ints:
    """Return the first slot of each booking; of an audit left out, the middle one of those it may start at."""
    form = flat.audit["form_ptr"][audits]
    middle = (flat.form["start_ptr"][form] + flat.form["start_ptr"][np.minimum(form + 1, len(flat.form) - 1)]) // 2
    start: Ints = board.book["start"][audits]
    if len(flat.starts) == 0:
        return np.maximum(start, 0)
    return np.where(start == NONE, flat.starts[np.minimum(middle, len(flat.starts) - 1)], start).astype(np.int64)


def _places(flat: Flat, audits: Ints, rng: np.random.Generator) -> Ints:
    """Return how much farther each audit is from one place than from another; the two are drawn among audits."""
    place = flat.audit["place"][audits]
    one, other = rng.choice(place, size=2)
    return np.asarray(flat.travel[place, one] - flat.travel[place, other])


def _owners(board: Board, audits: Ints, region: Ints, tasks: int, rng: np.random.Generator) -> Ints:
    """Return the region of each person: where most of their booked slots are; any where there are none."""
    people, (book, team) = len(board.person), (board.book[audits], board.team[audits])
    there = (np.arange(team.shape[1]) < book["people"][:, None]) & (book["start"] != NONE)[:, None]
    slots = np.zeros((people, tasks), dtype=np.int64)
    rows = np.broadcast_to(np.arange(len(audits))[:, None], team.shape)[there]
    np.add.at(slots, (team[there], region[rows]), book["length"][rows])
    return np.where(slots.any(axis=1), slots.argmax(axis=1), rng.integers(tasks, size=people))
