"""From shapes to flat arrays: pools, covers, links, caps."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.kernel.pack import Arrays, pointers
from auditmatch.lowered import Lowered
from auditmatch.shapes import Cover, Ints, Pool

# Says nothing, in a link.
OPEN = -(2**40)
EVERYONE, NOBODY = -1, -2


class Pools:
    """Pools numbered, each once; several that count together become one."""

    def __init__(self, people: int, zero: int, slots: int) -> None:
        self.people, self.zero, self.slots = people, zero, slots
        self.known: dict[tuple[int, ...], int] = {}
        self.members: list[tuple[Pool, ...]] = []

    def number(self, *pools: Pool | None) -> int:
        """Return the number of those who belong to any of the pools; None is everyone."""
        if not pools:
            return NOBODY
        some = tuple(pool for pool in pools if pool is not None)
        if len(some) < len(pools):
            return EVERYONE
        found = self.known.setdefault(tuple(map(id, some)), len(self.members))
        if found == len(self.members):
            self.members.append(some)
        return found

    def arrays(self) -> Arrays:
        """Return bits of who belongs some time or all the time, and the ranges by person."""
        ever = np.zeros((len(self.members), (self.people + 63) // 64), dtype=np.uint64)
        whole = np.zeros_like(ever)
        rows: list[Ints] = []
        for n, pools in enumerate(self.members):
            who, first, last = (
                np.concatenate([getattr(pool, part) for pool in pools]) for part in ("auditors", "first", "last")
            )
            order = np.lexsort((first, who))
            who, first, last = who[order], first[order] - self.zero, last[order] - self.zero
            _set_bits(ever[n], who[(first <= last) & (first < self.slots) & (last >= 0)])
            _set_bits(whole[n], who[(first <= 0) & (last >= self.slots - 1)])
            rows.append(np.stack([np.full(len(who), n), who, first, last]))
        pool, person, begin, end = np.concatenate([np.zeros((4, 0), dtype=np.int64), *rows], axis=1)
        return {
            "ever": ever,
            "whole": whole,
            "pool_ptr": pointers(pool, len(self.members)),
            "pool_person": person.copy(),
            "pool_first": begin.copy(),
            "pool_last": end.copy(),
        }


def _set_bits(words: Any, who: Ints) -> None:
    """Set one bit a person."""
    np.bitwise_or.at(words, who >> 6, np.uint64(1) << (who & 63).astype(np.uint64))


def covers(lowered: Lowered, pools: Pools) -> Arrays:
    """Return the covers, and those of each audit."""
    shapes = [shape for shape in lowered.shapes if isinstance(shape, Cover)]
    owners = np.concatenate([np.zeros(0, dtype=np.int64), *(np.unique(shape.audits) for shape in shapes)])
    rows = np.repeat(np.arange(len(shapes)), [len(np.unique(shape.audits)) for shape in shapes])
    order = np.argsort(owners, kind="stable")
    sets = [[pools.number(*(p for r, p in shape.seats if r == role)) for role in range(3)] for shape in shapes]
    return {
        "cover_ptr": pointers(owners[order], len(lowered.must)),
        "cover": rows[order].astype(np.int64),
        "at_least": np.array([shape.at_least for shape in shapes], dtype=bool),
        "constant": np.array([shape.constant for shape in shapes], dtype=np.int64),
        "per_counting": np.array([shape.per_counting for shape in shapes], dtype=np.int64),
        "cover_pool": np.array(sets, dtype=np.int64).reshape(-1, 3),
    }


def links(lowered: Lowered) -> Arrays:
    """Return the links, those of each audit, the half-days between audits, and who sits apart."""
    audits, every = len(lowered.must), lowered.links
    owners = np.array([a for x in every for a in (x.first, x.second)], dtype=np.int64)
    order = np.argsort(owners, kind="stable")
    people, sites = lowered.busy.shape[0], len(lowered.site_need[0])
    apart = np.array(sorted(lowered.apart), dtype=np.int64).reshape(-1, 2)
    return {
        "link_ptr": pointers(owners[order], audits),
        "link": (order // 2).astype(np.int64),
        "link_first": np.array([x.first for x in every], dtype=np.int64),
        "link_second": np.array([x.second for x in every], dtype=np.int64),
        "lo": np.array([OPEN if x.lo is None else x.lo for x in every], dtype=np.int64),
        "hi": np.array([-OPEN if x.hi is None else x.hi for x in every], dtype=np.int64),
        "within": np.array([OPEN if x.within is None else x.within for x in every], dtype=np.int64),
        "share": np.array([x.share for x in every], dtype=np.int64),
        "disjoint": np.array([x.disjoint for x in every], dtype=bool),
        "required": np.array([x.required for x in every], dtype=bool),
        "site": np.array(lowered.site, dtype=np.int64),
        "layer": np.array(lowered.layer, dtype=np.int64),
        "need": np.array(lowered.site_need, dtype=np.int64).reshape(len(lowered.site_need), sites, sites),
        "exclusive": bool(lowered.exclusive),
        "apart_ptr": pointers(apart[:, 0], people),
        "apart": apart[:, 1].copy(),
    }


def caps(lowered: Lowered, pools: Pools, zero: int) -> Arrays:
    """Return the caps of each auditor, what a slot weighs, and the keys of each audit."""
    audits, people = len(lowered.must), lowered.busy.shape[0]
    slot_caps, key_caps = lowered.slot_caps, lowered.key_caps
    rows = [_cap_rows(caps, zero) for caps in (slot_caps, key_caps)]
    weight = [np.asarray(cap.weight) for cap in slot_caps]
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(n * audits + cap.key_audits for n, cap in enumerate(key_caps))])
    keys = np.concatenate([np.zeros(0, dtype=np.int64), *(cap.keys for cap in key_caps)])
    known = {id(pool): pools.number(pool) for cap in key_caps for pool in dict.fromkeys(cap.key_pools)}
    owner = [known[id(pool)] for cap in key_caps for pool in cap.key_pools]
    order = np.argsort(at, kind="stable")
    found: Arrays = {}
    for name, part in zip(("cap", "key"), rows, strict=True):
        found[f"{name}_ptr"] = pointers(part[0], people)
        for column, word in enumerate(("first", "last", "limit", "kind"), start=1):
            found[f"{name}_{word}"] = part[column].copy()
    return found | {
        "cap_weight": np.stack(weight).astype(np.int64) if weight else np.zeros((0, audits), dtype=np.int64),
        "carried_ptr": pointers(at[order], len(key_caps) * audits),
        "carried": keys[order].astype(np.int64),
        "carried_pool": np.array(owner, dtype=np.int64)[order],
    }


def _cap_rows(shapes: Any, zero: int) -> Ints:
    """Return (auditor, first, last, limit, kind) of every row of caps, by auditor."""
    blocks = [
        np.stack([cap.auditors, cap.first - zero, cap.last - zero, cap.limit, np.full(len(cap.auditors), n)])
        for n, cap in enumerate(shapes)
    ]
    rows = np.concatenate([np.zeros((5, 0), dtype=np.int64), *blocks], axis=1)
    return np.asarray(rows[:, np.argsort(rows[0], kind="stable")])
