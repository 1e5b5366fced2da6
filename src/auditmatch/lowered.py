"""Shapes lowered to arrays: what engines read, audit by audit, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import numpy as np

from auditmatch.demand import Demand, demand_of
from auditmatch.roads import roads
from auditmatch.scene import Scene
from auditmatch.shapes import (
    ANY_LENGTH,
    Apart,
    Barred,
    Bools,
    Busy,
    ByAudit,
    Cover,
    Gap,
    Ints,
    KeyCap,
    Link,
    Mode,
    Must,
    Seat,
    Shape,
    SlotCap,
    Start,
    Window,
    ints,
)

Any_ = TypeVar("Any_")
_OfAudits: TypeAlias = Seat | Cover | Window | Start


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One mode of one audit: n counting members, length in slots, most others, and the starts allowed, ascending."""

    counting: int
    length: int
    others: int
    starts: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """All that shapes say of one audit: its forms, its candidates and the demands on its team.

    Attributes
    ----------
    forms
        Modes with at least one start.
    people, roles
        (K,) auditor and Role of each candidate seat; one auditor may hold several.
    first, last
        (K,) slots between which the seat is valid.
    barred
        Ranges [first, last] by candidate in which a booking may not lie, even in part.
    demands
        What the team must, or must not, have.
    """

    audit: int
    forms: tuple[Form, ...]
    people: Ints
    roles: Ints
    first: Ints
    last: Ints
    barred: tuple[tuple[int, int, int], ...]
    demands: tuple[Demand, ...]

    def seated(self, begin: int, end: int) -> Bools:
        """Tell which candidates may sit in a booking of slots [begin, end], as far as pairs go."""
        free = (self.first <= begin) & (end <= self.last)
        for k, low, high in self.barred:
            free[k] &= not (begin <= high and end >= low)
        return free


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """The problem without names, dates and reasons.

    Attributes
    ----------
    slot_begin, slot_end
        (slots,) calendar half-day in which each begins, and the one at which it is over.
    busy
        (auditors, slots) who is away when.
    must
        (audits,) not optional.
    links, links_of
        All links, and those of each audit.
    gaps
        The gap shapes.
    exclusive
        True when some gap forbids any overlap, so that an auditor-slot is used at most once.
    slot_caps, key_caps, apart
        As the shapes say.
    site, layer, site_need
        Combination of places of each audit; layer of each auditor; by layer the half-days that its people need between
        any two combinations, -1: may overlap. Layer 0 is of those whom only gaps for everybody bind.
    shapes_of, modes, barred
        By audit: its seats, covers, windows and starts; its (counting, length, others); (auditor, first, last) barred.
    shapes
        All of them, as the rules said them.
    """

    scene: Scene
    slot_begin: Ints
    slot_end: Ints
    busy: Bools
    must: Bools
    links: tuple[Link, ...]
    links_of: dict[int, tuple[Link, ...]]
    gaps: tuple[Gap, ...]
    exclusive: bool
    slot_caps: tuple[SlotCap, ...]
    key_caps: tuple[KeyCap, ...]
    apart: frozenset[tuple[int, int]]
    site: list[int]
    layer: list[int]
    site_need: list[list[list[int]]]
    shapes_of: ByAudit[Shape]
    modes: ByAudit[tuple[int, int, int]]
    barred: ByAudit[tuple[int, int, int]]
    shapes: tuple[Shape, ...]
    _options: dict[int, Options] = field(default_factory=dict)

    def options(self, audit: int) -> Options:
        """Return what shapes say of one audit; worked out once."""
        if audit not in self._options:
            self._options[audit] = self._make_options(audit)
        return self._options[audit]

    @property
    def longest_road(self) -> int:
        """Most half-days that anybody needs between two audits."""
        return max((int(gap.need.max(initial=0)) for gap in self.gaps), default=0)

    def largest_teams(self) -> Ints:
        """Return (audits,) the most people that each audit's modes allow."""
        most = np.zeros(len(self.must), dtype=np.int64)
        for shape in _of(self.shapes, Mode):
            np.maximum.at(most, shape.audits, shape.counting + shape.others)
        return most

    def halves(self, start: int, length: int) -> tuple[int, int]:
        """Return the first calendar half-day of a booking and the one after its last."""
        return int(self.slot_begin[start]), int(self.slot_end[start + length - 1])

    def need(self, auditor: int, one: int, other: int) -> int:
        """Return the calendar half-days that an auditor needs between two audits; -1 when they may overlap."""
        return self.site_need[self.layer[auditor]][self.site[one]][self.site[other]]

    def _make_options(self, audit: int) -> Options:
        shapes = self.shapes_of.get(audit, [])
        forms = tuple(
            Form(n, length, others, starts)
            for n, length, others in self.modes.get(audit, [])
            if len(starts := self._starts(audit, length, shapes))
        )
        seats = [shape for shape in shapes if isinstance(shape, Seat)]
        people, first, last = (
            ints(np.concatenate([ints([]), *(getattr(seat.pool, part) for seat in seats)]))
            for part in ("auditors", "first", "last")
        )
        roles = ints(np.repeat([seat.role for seat in seats], [len(seat.pool.auditors) for seat in seats]))
        low, high = _hull(forms)
        kept = np.flatnonzero((first <= high) & (last >= low))
        people, roles, first, last = people[kept], roles[kept], first[kept], last[kept]
        barred = tuple(
            (k, begin, end)
            for i, begin, end in self.barred.get(audit, [])
            for k in np.flatnonzero(people == i).tolist()
            if begin <= high and end >= low
        )
        demands = tuple(demand_of(shape, people, roles, (low, high)) for shape in shapes if isinstance(shape, Cover))
        return Options(audit, forms, people, roles, first, last, barred, demands)

    def _starts(self, audit: int, length: int, shapes: list[Shape]) -> Ints:
        """Return the slots in which an audit may start with so many slots."""
        calendar, scene = self.scene.calendar, self.scene
        low, high = scene.first_slot, scene.last_slot
        for shape in shapes:
            if isinstance(shape, Window):
                rows = slice(*np.searchsorted(shape.audits, (audit, audit + 1)))
                low, high = max(low, int(shape.first[rows].max())), min(high, int(shape.last[rows].min()))
        free = np.zeros(calendar.n_slots, dtype=bool)
        free[low : max(high - length + 2, low)] = True
        for shape in shapes:
            if isinstance(shape, Start) and shape.length in (ANY_LENGTH, length):
                free[shape.slots] = False
        return ints(np.flatnonzero(free))


def lower(scene: Scene, shapes: Iterable[Shape]) -> Lowered:
    """Sort the shapes of all rules by what they speak of."""
    every = tuple(shapes)
    must = np.zeros(len(scene.register.audits), dtype=bool)
    for order in _of(every, Must):
        must[order.audits] = True
    links = _of(every, Link)
    links_of: dict[int, tuple[Link, ...]] = {}
    for link in links:
        for a in (link.first, link.second):
            links_of[a] = (*links_of.get(a, ()), link)
    gaps = _of(every, Gap)
    return Lowered(
        scene,
        ints(scene.calendar.slot_begin(np.arange(scene.calendar.n_slots))),
        ints(scene.calendar.slot_end(np.arange(scene.calendar.n_slots))),
        _busy(scene, _of(every, Busy)),
        must,
        links,
        links_of,
        gaps,
        any(g.auditors is None and bool((g.places >= 0).all()) and bool((g.need >= 0).all()) for g in gaps),
        _of(every, SlotCap),
        _of(every, KeyCap),
        frozenset(
            (i, k)
            for s in _of(every, Apart)
            for x, y in zip(s.first, s.second, strict=True)
            for i, k in ((int(x), int(y)), (int(y), int(x)))
        ),
        *roads(gaps, len(must), len(scene.register.auditors)),
        _shapes_of(every, len(must)),
        _by_audit(_of(every, Mode), len(must), "counting", "lengths", "others"),
        _by_audit(_of(every, Barred), len(must), "auditors", "first", "last"),
        every,
    )


def _shapes_of(shapes: tuple[Shape, ...], audits: int) -> ByAudit[Shape]:
    """Return the seats, covers, windows and starts of each audit."""
    mine = [_sorted(shape) for shape in shapes if isinstance(shape, _OfAudits)]
    owners = [shape.audits for shape in mine]
    rows = np.repeat(np.arange(len(mine)), [len(some) for some in owners])
    return ByAudit.of(audits, np.concatenate([ints([]), *owners]), rows, mine)


def _by_audit(shapes: Iterable[Mode | Barred], audits: int, *parts: str) -> ByAudit[tuple[int, int, int]]:
    """Return three parts of parallel shapes, by audit."""
    owners, *rest = (
        np.concatenate([ints([]), *(getattr(shape, part) for shape in shapes)]) for part in ("audits", *parts)
    )
    return ByAudit.of(audits, owners, np.arange(len(owners)), list(zip(*(part.tolist() for part in rest), strict=True)))


def _of(shapes: tuple[Shape, ...], kind: type[Any_]) -> tuple[Any_, ...]:
    """Return the shapes of one kind."""
    return tuple(shape for shape in shapes if isinstance(shape, kind))


def _sorted(shape: _OfAudits) -> _OfAudits:
    """Return a window with its audits ascending, so that one is found by bisection."""
    if isinstance(shape, Window) and len(shape.audits) > 1 and (np.diff(shape.audits) < 0).any():
        order = np.argsort(shape.audits, kind="stable")
        return Window(shape.audits[order], shape.first[order], shape.last[order], shape.reason)
    return shape


def _busy(scene: Scene, shapes: tuple[Busy, ...]) -> Bools:
    """Paint absences as a matrix, by differences along each row."""
    n = scene.calendar.n_slots
    edges = np.zeros((len(scene.register.auditors), n + 1), dtype=np.int32)
    for shape in shapes:
        inside = (shape.first < n) & (shape.last >= shape.first)
        who, first = shape.auditors[inside], np.maximum(shape.first[inside], 0)
        last = np.minimum(shape.last[inside], n - 1)
        np.add.at(edges, (who, first), 1)
        np.add.at(edges, (who, last + 1), -1)
    busy = np.cumsum(edges, axis=1)[:, :n] > 0
    busy.flags.writeable = False
    return np.asarray(busy)


def _hull(forms: tuple[Form, ...]) -> tuple[int, int]:
    """Return the first and the last slot that any booking can touch; an empty range without forms."""
    if not forms:
        return 0, -1
    return min(int(f.starts[0]) for f in forms), max(int(f.starts[-1]) + f.length - 1 for f in forms)
