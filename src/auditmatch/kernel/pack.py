"""From shapes and goals to flat arrays: times, forms, candidates, goals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from auditmatch.goals import Costs
from auditmatch.lowered import Lowered
from auditmatch.shapes import ANY_LENGTH, Barred, Bools, Ints, Mode, Seat, Start, Window

Arrays = dict[str, Any]


def pointers(owners: Ints, count: int) -> Ints:
    """Return (count + 1,) where each owner's rows begin, for owners in ascending order."""
    return np.searchsorted(owners, np.arange(count + 1)).astype(np.int64)


def spread(owners: Sequence[int], lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Return each owner repeated beside the items of its list."""
    sizes = [len(items) for items in lists]
    flat = np.array([item for items in lists for item in items], dtype=np.int64)
    return np.repeat(np.asarray(owners, dtype=np.int64), sizes), flat


def ranges(first: Ints, last: Ints) -> Ints:
    """Return the numbers of all ranges [first, last) one after another."""
    sizes = last - first
    ends = np.cumsum(sizes)
    return np.asarray(np.arange(int(sizes.sum())) + np.repeat(first - (ends - sizes), sizes))


def table(columns: Arrays) -> Any:
    """Return columns as one array of records; pointers are a row longer than the rest, which gets an empty row."""
    rows = max(len(column) for column in columns.values())
    kinds = [(name, np.bool_ if column.dtype == bool else column.dtype) for name, column in columns.items()]
    made = np.recarray(rows, dtype=np.dtype(kinds, align=True))
    for name, column in columns.items():
        made[name][: len(column)] = column
        made[name][len(column) :] = 0
    return made


def blank(rows: int, columns: str) -> Any:
    """Return records of zeros; `columns` are names with spaces between."""
    return table({column: np.zeros(rows, dtype=np.int64) for column in columns.split()})


def times(lowered: Lowered, zero: int, slots: int) -> Arrays:
    """Return the slots of the horizon as calendar half-days, and the way back."""
    begin = lowered.slot_begin[zero : zero + slots].copy()
    finish = lowered.slot_end[zero : zero + slots].copy()
    half0 = int(begin[0]) if slots else 0
    halves = np.arange(half0, int(finish[-1]) + 1 if slots else half0 + 1)
    return {
        "begin": begin,
        "finish": finish,
        "day": lowered.scene.calendar.slot_day[zero : zero + slots].astype(np.int64),
        "half0": half0,
        "at_begin": np.searchsorted(begin, halves).astype(np.int64),
        "at_finish": np.searchsorted(finish, halves, side="right").astype(np.int64),
    }


def forms(lowered: Lowered, zero: int, slots: int) -> Arrays:
    """Return the forms of each audit that have a start, and their starts."""
    audits = len(lowered.must)
    modes = [shape for shape in lowered.shapes if isinstance(shape, Mode)]
    rows = _by_audit(np.stack([m.audits, m.counting, m.lengths, m.others], axis=1) for m in modes)
    free = _free(lowered, zero, slots, rows[:, 0], rows[:, 2])
    kept = free.any(axis=1)
    rows, free = rows[kept], free[kept]
    form, start = np.nonzero(free)
    return {
        "form_ptr": pointers(rows[:, 0], audits),
        "counting": rows[:, 1].copy(),
        "length": rows[:, 2].copy(),
        "others": rows[:, 3].copy(),
        "start_ptr": pointers(form, len(rows)),
        "starts": start.astype(np.int32),
    }


def _free(lowered: Lowered, zero: int, slots: int, audit: Ints, length: Ints) -> Bools:
    """Return (forms, slots) where each form may start."""
    low = np.zeros(len(lowered.must), dtype=np.int64)
    high = np.full(len(lowered.must), slots - 1, dtype=np.int64)
    for shape in lowered.shapes:
        if isinstance(shape, Window):
            np.maximum.at(low, shape.audits, shape.first - zero)
            np.minimum.at(high, shape.audits, shape.last - zero)
    slot = np.arange(slots)
    free = (slot >= low[audit][:, None]) & (slot <= (high[audit] - length + 1)[:, None])
    ptr = pointers(audit, len(lowered.must))
    for shape in lowered.shapes:
        if isinstance(shape, Start):
            rows = ranges(ptr[shape.audits], ptr[shape.audits + 1])
            rows = rows if shape.length == ANY_LENGTH else rows[length[rows] == shape.length]
            closed = shape.slots - zero
            free[np.ix_(rows, closed[(closed >= 0) & (closed < slots)])] = False
    return np.asarray(free)


def classes(lowered: Lowered, costs: Costs, zero: int, slots: int) -> Arrays:
    """Return candidates by class of audits with the same seats, and their order by travel for each place."""
    audits = len(lowered.must)
    seats = [shape for shape in lowered.shapes if isinstance(shape, Seat)]
    seats_of: dict[int, list[int]] = {}
    for n, seat in enumerate(seats):
        for a in np.unique(seat.audits).tolist():
            seats_of.setdefault(a, []).append(n)
    known: dict[tuple[int, ...], int] = {}
    group = np.full(audits, -1, dtype=np.int64)
    for a, mine in seats_of.items():
        group[a] = known.setdefault(tuple(mine), len(known))
    blocks = [_candidates([seats[n] for n in mine], zero, slots) for mine in known]
    sizes = np.array([len(block[0]) for block in blocks], dtype=np.int64)
    counts = _joined((block[3] for block in blocks), np.int64)
    people = [block[0] for block in blocks]
    return {
        "group": group,
        "person_ptr": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        "person": _joined(people, np.int32),
        "role": _joined((block[1] for block in blocks), np.int8),
        "always": _joined((block[2] for block in blocks), np.bool_),
        "range_ptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "range_first": _joined((block[4] for block in blocks), np.int64),
        "range_last": _joined((block[5] for block in blocks), np.int64),
        **_trips(group, people, costs),
    }


def _candidates(seats: list[Seat], zero: int, slots: int) -> tuple[Any, ...]:
    """Return (person, role, always, number of ranges) for each candidate, and the ranges' first and last slots."""
    who, first, last = (
        np.concatenate([getattr(seat.pool, part) for seat in seats]) for part in ("auditors", "first", "last")
    )
    role = np.repeat([int(seat.role) for seat in seats], [len(seat.pool.auditors) for seat in seats])
    first, last = np.maximum(first - zero, 0), np.minimum(last - zero, slots - 1)
    kept = np.flatnonzero(first <= last)
    kept = kept[np.lexsort((first[kept], role[kept], who[kept]))]
    who, role, first, last = who[kept], role[kept], first[kept], last[kept]
    new = np.ones(len(who), dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | (role[1:] != role[:-1])
    at = np.flatnonzero(new)
    whole = (first == 0) & (last == slots - 1)
    always = np.logical_or.reduceat(whole, at) if len(at) else whole
    return who[at], role[at], always, np.diff(np.append(at, len(who))), first, last


def _trips(group: Ints, people: list[Ints], costs: Costs) -> Arrays:
    """Return for each class and place the candidates by travel."""
    place = np.asarray(costs.audit_place)
    there = np.flatnonzero(group >= 0)
    both = np.stack([group[there], place[there]], axis=1).reshape(-1, 2)
    kinds, inverse = np.unique(both, axis=0, return_inverse=True)
    trip = np.full(len(group), -1, dtype=np.int64)
    trip[there] = inverse.reshape(-1)
    orders = [np.argsort(costs.travel[p, costs.home[people[g]]], kind="stable") for g, p in kinds.tolist()]
    return {
        "trip": trip,
        "order_ptr": np.concatenate([[0], np.cumsum([len(order) for order in orders])]).astype(np.int64),
        "order": _joined(orders, np.int32),
    }


def goals(lowered: Lowered, costs: Costs, zero: int) -> Arrays:
    """Return the goals, the published bookings and who is barred."""
    audits, weights = len(lowered.must), costs.weights
    wishes = [costs.wishes.get(a, {}) for a in range(audits)] if costs.wishes else []
    owners, fans = spread(range(len(wishes)), [list(wish) for wish in wishes])
    points = np.array([p for wish in wishes for p in wish.values()], dtype=np.int64)
    most = np.zeros(audits, dtype=np.int64)
    for a, wish in costs.wishes.items():
        most[a] = max(0, *wish.values())
    kept = np.full((2, audits), -1, dtype=np.int64)
    for a, (start, length, _) in costs.published.items():
        kept[:, a] = start - zero, length
    teams = sorted(costs.published.items())
    team_of, team = spread([a for a, _ in teams], [sorted(part[2]) for _, part in teams])
    return {
        **{name: np.array(getattr(costs, name)) for name in ("travel", "home", "penalty", "preferred")},
        "place": np.array(costs.audit_place),
        "hardness": np.array(costs.hardness, dtype=np.float64),
        "emptiness": np.array(costs.emptiness, dtype=np.float64),
        "mismatch": weights.mismatch,
        "wish_ptr": pointers(owners, audits),
        "wish_person": fans,
        "wish_points": points,
        "wish_most": most,
        **_barred(lowered, zero),
        "must": np.array(lowered.must),
        "lateness": weights.lateness,
        "steps": np.array(costs.load_steps),
        "fairness": weights.fairness,
        "keep": weights.keep,
        "keep_member": weights.keep_member,
        "kept_start": np.where(kept[1] > 0, kept[0], -1),
        "kept_length": np.where(kept[1] > 0, kept[1], 0),
        "kept_ptr": pointers(team_of, audits),
        "kept_person": team,
    }


def _barred(lowered: Lowered, zero: int) -> Arrays:
    """Return who may not sit in which slots, by audit."""
    bars = [shape for shape in lowered.shapes if isinstance(shape, Barred)]
    rows = _by_audit(np.stack([bar.audits, bar.auditors, bar.first, bar.last], axis=1) for bar in bars)
    return {
        "barred_ptr": pointers(rows[:, 0], len(lowered.must)),
        "barred_person": rows[:, 1].copy(),
        "barred_first": rows[:, 2] - zero,
        "barred_last": rows[:, 3] - zero,
    }


def _by_audit(blocks: Iterable[Ints]) -> Ints:
    """Return rows of four numbers one block under another, by their first number, the audit."""
    rows = np.concatenate([np.zeros((0, 4), dtype=np.int64), *blocks])
    return np.asarray(rows[np.argsort(rows[:, 0], kind="stable")])


def _joined(parts: Iterable[Any], kind: Any) -> Any:
    """Return arrays one after another; an empty one of the kind without any."""
    return np.concatenate([np.zeros(0, dtype=kind), *parts]).astype(kind)
