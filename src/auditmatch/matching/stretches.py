"""The days of each person cut where qualifications or limits change: the network of days asked and days there."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.matching.caps import Cap, fields_held, read_caps
from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.matching.network import Limits, Staffing
from auditmatch.matching.workforce import Asked, Horizon, free_slots, read_held

if TYPE_CHECKING:
    from auditmatch.register import Register


@dataclass(frozen=True, slots=True, eq=False)
class Workforce:
    """The network, and whose days its stretches are.

    Attributes
    ----------
    staffing
        Groups as in `Asked.names`; stretches; limits that may bind.
    owner
        (stretches,) row of the auditor.
    spans
        (stretches,) first and last date of each.
    caps
        What each weighted limit of the staffing stands for.
    """

    staffing: Staffing
    owner: Ints
    spans: tuple[tuple[np.datetime64, np.datetime64], ...]
    caps: tuple[Cap, ...]


@dataclass(slots=True, eq=False)
class _Draft:
    """The network while it is built, person after person."""

    days: list[float] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    pool: list[int] = field(default_factory=list)
    pool_most: list[float] = field(default_factory=list)
    arcs: list[tuple[int, int]] = field(default_factory=list)
    caps: list[Cap] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)


def read_workforce(register: Register, horizon: Horizon, asked: Asked) -> Workforce:
    """Return days asked and days there as a network; limits that can never bind are left out."""
    free = free_slots(register, horizon)
    who, group, begin, end = read_held(register, horizon, asked)
    order = np.argsort(who, kind="stable")
    bounds = np.searchsorted(who[order], np.arange(len(free) + 1))
    caps: dict[int, list[Cap]] = {}
    for cap in read_caps(register, horizon):
        caps.setdefault(cap.auditor, []).append(cap)
    draft, per_day = _Draft(), horizon.calendar.slots_per_day
    for i in range(len(free)):
        mine = order[bounds[i] : bounds[i + 1]]
        if len(mine):
            ranges = [(int(group[k]), int(begin[k]), int(end[k])) for k in mine]
            weights = _weights(register, horizon, asked, i)
            _add(draft, i, np.concatenate([[0], np.cumsum(free[i])]) / per_day, ranges, caps.get(i, []), weights)
    return _finish(draft, horizon, asked)


def _weights(register: Register, horizon: Horizon, asked: Asked, auditor: int) -> dict[str, Floats]:
    """Return how much of each kind of limit a day for each group takes; shapes (groups,)."""
    fields = set(asked.certificates)
    if fields and register.setting("certificates_count") == "holders":
        fields &= fields_held(register, auditor, horizon.start, horizon.end)
    none = np.zeros(len(asked.names))
    certificates = sum((asked.certificates[name] for name in sorted(fields)), none)
    return {"monthly_limit": none + 1, "days_per_year": asked.on_site, "certificates_per_year": certificates}


def _add(
    draft: _Draft,
    auditor: int,
    before: Floats,
    ranges: list[tuple[int, int, int]],
    caps: list[Cap],
    weights: dict[str, Floats],
) -> None:
    """Cut the days of one person into stretches and lay the limits over them; `before` counts free days by slot."""
    groups = sorted({g for g, _, _ in ranges})
    binding = [c for c in caps if (before[c.end] - before[c.begin]) * weights[c.kind][groups].max() > c.most + 1e-9]
    cuts = {cut for _, *ends in ranges for cut in ends} | {cut for c in binding for cut in (c.begin, c.end)}
    merged: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[int, int]]] = {}
    edges = sorted(cuts)
    for low, high in pairwise(edges):
        serves = tuple(sorted({g for g, first, last in ranges if first <= low and high <= last}))
        under = tuple(k for k, c in enumerate(binding) if c.begin <= low and high <= c.end)
        if serves and before[high] > before[low]:
            merged.setdefault((serves, under), []).append((low, high))
    rows: dict[int, list[int]] = {k: [] for k in range(len(binding))}
    arcs: dict[int, list[int]] = {}
    for (serves, under), parts in merged.items():
        s = len(draft.days)
        draft.days.append(float(sum(before[high] - before[low] for low, high in parts)))
        draft.owner.append(auditor)
        draft.spans.append((parts[0][0], parts[-1][1] - 1))
        draft.pool.append(-1)
        arcs[s] = list(range(len(draft.arcs), len(draft.arcs) + len(serves)))
        draft.arcs.extend((g, s) for g in serves)
        for k in under:
            rows[k].append(s)
    for k, stretches in rows.items():
        _limit(draft, binding[k], stretches, arcs, weights[binding[k].kind])


def _limit(draft: _Draft, cap: Cap, stretches: list[int], arcs: dict[int, list[int]], weight: Floats) -> None:
    """Lay one limit over some stretches: as fewer days, as a pool, or as weights where days count differently."""
    entries = [(arc, float(weight[draft.arcs[arc][0]])) for s in stretches for arc in arcs[s]]
    plain = all(each == 1.0 for _, each in entries)
    if plain and len(stretches) == 1:
        draft.days[stretches[0]] = min(draft.days[stretches[0]], cap.most)
    elif plain and all(draft.pool[s] < 0 for s in stretches):
        for s in stretches:
            draft.pool[s] = len(draft.pool_most)
        draft.pool_most.append(cap.most)
    else:
        draft.entries.extend((len(draft.caps), arc, each) for arc, each in entries if each > 0)
        draft.caps.append(cap)


def _finish(draft: _Draft, horizon: Horizon, asked: Asked) -> Workforce:
    """Turn the lists into arrays; stretches whose limit leaves no day keep 0 days and are left out."""
    arcs = np.array(draft.arcs, dtype=np.int64).reshape(-1, 2)
    entries = np.array(draft.entries, dtype=np.float64).reshape(-1, 3)
    limits = Limits(
        np.array([cap.most for cap in draft.caps], dtype=np.float64),
        entries[:, 0].astype(np.int64),
        entries[:, 1].astype(np.int64),
        entries[:, 2],
    )
    staffing = Staffing(
        asked.days,
        np.array(draft.days, dtype=np.float64),
        arcs[:, 0],
        arcs[:, 1],
        np.array(draft.pool, dtype=np.int64),
        np.array(draft.pool_most, dtype=np.float64),
        limits,
    )
    some: Bools = staffing.days > 0
    small, _, kept, _ = staffing.narrowed(np.ones(len(asked.days), dtype=np.bool_), some)
    owner = np.array(draft.owner, dtype=np.int64)[kept]
    spans = tuple((horizon.dates[draft.spans[s][0]], horizon.dates[draft.spans[s][1]]) for s in kept.tolist())
    return Workforce(small, owner, spans, tuple(draft.caps))
