"""The best few bookings of one audit among bookings that stand."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import count
from typing import Any

from auditmatch.placement import Placed, State
from auditmatch.shapes import Ints

# What may differ between two of them.
SPREADS = ("booking", "day", "team")

# Starts by form of the audit, and people who may not come.
Space = tuple[tuple[Ints, ...], frozenset[int]]


def best_few(state: State, row: int, k: int, spread: str) -> list[tuple[int, Placed]]:
    """Return the points and bookings of the best few for an audit that is not booked, the cheapest first.

    The first is the cheapest booking that fits. The others follow by repeated division of what is left (Lawler,
    Management Science 18, 1972): without that start, and with it but without one of the team. `spread` is one of
    SPREADS.
    """
    forms = state.lowered.options(row).forms
    tie, queue, seen = count(), list[tuple[int, int, Placed, Space]](), set[tuple[Any, ...]]()
    found: list[tuple[int, Placed]] = []

    def ask(space: Space) -> None:
        if not any(len(part) for part in space[0]):
            return
        answer = state.desk.among(row, space[0], space[1])
        if answer is not None:
            points, start, length, team = answer
            placed = Placed(row, start, length, team, state.lowered.halves(start, length))
            heapq.heappush(queue, (points, next(tie), placed, space))

    ask((tuple(form.starts for form in forms), frozenset()))
    while queue and len(found) < k:
        points, _, placed, space = heapq.heappop(queue)
        key = (placed.people,) if spread == "team" else (placed.start, placed.length, placed.team)
        if key not in seen:
            seen.add(key)
            found.append((points, placed))
        for rest in _rests(state, forms, placed, space, spread):
            ask(rest)
    return found


def _rests(state: State, forms: Iterable[Any], placed: Placed, space: Space, spread: str) -> Iterable[Space]:
    """Return parts of a space that together hold all of it but the best booking, and what is too much like it."""
    starts, barred = space
    chosen = [form.length == placed.length for form in forms]
    if spread == "team":
        yield from ((starts, barred | {i}) for i in sorted(placed.people))
        return
    day = state.lowered.scene.calendar.slot_day
    if spread == "day":
        yield tuple(part[day[part] != day[placed.start]] for part in starts), barred
        return
    yield tuple(part[part != placed.start] if c else part for part, c in zip(starts, chosen, strict=True)), barred
    here = tuple(part[part == placed.start] if c else part[:0] for part, c in zip(starts, chosen, strict=True))
    yield from ((here, barred | {i}) for i in sorted(placed.people))
