"""A plan in the making on the neutral instance's arrays, with a compiled search for an audit's cheapest team.

`first_fit` and `alns` stand on it. Required links, distances in time, shared and separate teams hold against partners
that are booked already; key caps are counted a certificate an audit, which is stricter than the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from auditmatch.shapes import Bools, Ints, Link
from peers.common import Audit, Booking, Instance
from peers.kernel import NEVER, best_team, free_seats


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One audit as the kernel reads it: a column for each (form, start)."""

    audit: Audit
    form: Ints
    position: Ints
    starts: Ints
    ends: Ints
    begins: Ints
    finishes: Ints
    late: Ints
    able: Bools
    who: Bools
    need: Ints
    at_least: Bools
    counting: Ints
    lengths: Ints
    others: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What all boards of one instance share."""

    instance: Instance
    links: dict[int, tuple[Link, ...]]
    caps_of: Ints
    caps: Ints
    weight: Ints
    keep: bool
    sheets: dict[int, Sheet] = field(default_factory=dict)

    def sheet(self, number: int) -> Sheet:
        """Return one audit's sheet."""
        found = self.sheets.get(number)
        if found is None:
            found = _sheet(self.instance, number)
            if self.keep:
                self.sheets[number] = found
        return found


def desk(instance: Instance) -> Desk:
    """Return the shared half of boards."""
    links: dict[int, tuple[Link, ...]] = {}
    for link in instance.links:
        for n in (link.first, link.second):
            links[n] = (*links.get(n, ()), link)
    caps = sorted(instance.caps, key=lambda cap: cap.auditor)
    owners = np.array([cap.auditor for cap in caps], dtype=np.int64)
    weights = {id(cap.weight): cap.weight for cap in caps}
    shape = {key: n for n, key in enumerate(weights)}
    rows = [(shape[id(cap.weight)], cap.first, cap.last, cap.limit, int(cap.by_slot)) for cap in caps]
    return Desk(
        instance,
        links,
        np.searchsorted(owners, np.arange(instance.auditors + 1)),
        np.array(rows, dtype=np.int64).reshape(-1, 5),
        np.array([*weights.values(), np.zeros(len(instance))], dtype=np.int64),
        instance.keep,
    )


class Board:
    """Bookings that stand; `copy` for a search that takes steps back."""

    def __init__(self, shared: Desk) -> None:
        instance = shared.instance
        self.desk, self.instance = shared, instance
        self.booked: dict[int, Booking] = {}
        self.taken = np.zeros((instance.auditors, instance.slots), dtype=bool)
        self.books = np.zeros((instance.auditors, 8, 3), dtype=np.int64)
        self.count = np.zeros(instance.auditors, dtype=np.int64)
        self.load = np.zeros(instance.auditors, dtype=np.int64)
        self.used = np.zeros(len(shared.caps), dtype=np.int64)
        # Penalties of all audits; points and load costs follow the bookings.
        self.cost = instance.cost([])

    def copy(self) -> Board:
        """Return a board that can be changed alone."""
        other = object.__new__(Board)
        other.desk, other.instance, other.cost = self.desk, self.instance, self.cost
        other.booked = dict(self.booked)
        for name in ("taken", "books", "count", "load", "used"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def find(
        self, number: int, second: bool = False, late: Ints | None = None, seat: Ints | None = None
    ) -> tuple[int, int, Booking] | None:
        """Return the least points of serving an audit now, the least at any other start, and the booking.

        `late` and `seat` replace the points of columns and candidates. None where nothing fits, or where leaving the
        audit out costs no more.
        """
        sheet = self.desk.sheet(number)
        audit, instance = sheet.audit, self.instance
        links = self.desk.links.get(number, ())
        if any(x.required and x.second == number and x.first not in self.booked for x in links):
            return None
        if not len(sheet.starts):
            return None
        able, who, need, at_least = sheet.able, sheet.who, sheet.need, sheet.at_least
        for link in links:
            partner = self.booked.get(link.second if link.first == number else link.first)
            if partner is not None:
                able = able & self._linked(link, sheet, partner)
                if link.share:
                    mates = np.isin(audit.people, instance.audit(partner.audit).people[list(partner.team)])
                    who = np.concatenate([who, np.broadcast_to(mates[None, :, None], (1, *able.shape))])
                    need = np.concatenate([need, np.full((1, able.shape[1]), link.share)])
                    at_least = np.append(at_least, True)
        free = free_seats(
            able, audit.people, sheet.starts, sheet.ends, sheet.begins, sheet.finishes, self.taken,
            instance.needs[audit.kind], instance.kinds, self.books, self.count, self.desk.caps_of, self.desk.caps,
            self.used, self.desk.weight[:, number],
        )  # fmt: skip
        steps, load = instance.load_steps[audit.people], self.load[audit.people]
        before = np.maximum(load[:, None] - steps, 0).sum(axis=1)
        grow = np.array(
            [np.maximum((load + length)[:, None] - steps, 0).sum(axis=1) - before for length in sheet.lengths.tolist()]
        )
        needed = any(x.required and x.first == number for x in links)
        limit = NEVER if audit.must or needed or late is not None else audit.penalty
        points, other, column, team = best_team(
            free, audit.people, audit.counting, audit.costs if seat is None else seat, instance.fairness * grow,
            sheet.late if late is None else late, sheet.form, sheet.counting, sheet.others, who, need, at_least, limit,
            second,
        )  # fmt: skip
        if column < 0:
            return None
        members = tuple(sorted(team[team >= 0].tolist()))
        return points, other, Booking(number, int(sheet.form[column]), int(sheet.position[column]), members)

    def _linked(self, link: Link, sheet: Sheet, partner: Booking) -> Bools:
        """Tell who may sit when beside a booked partner."""
        instance = self.instance
        low, high = instance.halves(*instance.span(partner))
        begin, finish = sheet.begins, sheet.finishes
        good = np.ones(len(begin), dtype=bool)
        if link.lo is not None:
            if sheet.audit.number == link.second:
                between, after = begin // 2 - (high - 1) // 2, begin >= high
            else:
                between, after = low // 2 - (finish - 1) // 2, finish <= low
            good &= after & (between >= link.lo)
            if link.hi is not None:
                good &= between <= link.hi
        if link.within is not None:
            good &= np.abs(begin // 2 - low // 2) <= link.within
        people = np.ones(len(sheet.audit.people), dtype=bool)
        if link.disjoint:
            people = ~np.isin(sheet.audit.people, instance.audit(partner.audit).people[list(partner.team)])
        return np.asarray(people[:, None] & good)

    def add(self, booking: Booking) -> None:
        """Let a booking stand; whether it fits is not asked."""
        self.booked[booking.audit] = booking
        audit = self.desk.sheet(booking.audit).audit
        first, last = self.instance.span(booking)
        begin, finish = self.instance.halves(first, last)
        self.cost += self._change(booking, 1)
        for i in audit.people[list(booking.team)].tolist():
            self.taken[i, first : last + 1] = True
            if self.count[i] == self.books.shape[1]:
                self.books = np.concatenate([self.books, np.zeros_like(self.books)], axis=1)
            self.books[i, self.count[i]] = begin, finish, booking.audit
            self.count[i] += 1

    def remove(self, number: int) -> list[int]:
        """Take a booking out, and those that need it; return the audits taken out."""
        booking = self.booked.pop(number)
        gone = [number]
        for link in self.desk.links.get(number, ()):
            if link.required and link.first == number and link.second in self.booked:
                gone += self.remove(link.second)
        self.cost += self._change(booking, -1)
        first, last = self.instance.span(booking)
        audit = self.desk.sheet(number).audit
        for i in audit.people[list(booking.team)].tolist():
            self.taken[i, first : last + 1] = False
            mine = self.books[i, : self.count[i]]
            at = int(np.flatnonzero(mine[:, 2] == number)[0])
            mine[at] = mine[-1]
            self.count[i] -= 1
        return gone

    def _change(self, booking: Booking, sign: int) -> int:
        """Book or release loads and caps; return how the cost changes."""
        audit = self.desk.sheet(booking.audit).audit
        first, last = self.instance.span(booking)
        people, steps = audit.people[list(booking.team)], self.instance.load_steps
        before = np.maximum(self.load[people][:, None] - steps[people], 0).sum()
        self.load[people] += sign * (last - first + 1)
        after = np.maximum(self.load[people][:, None] - steps[people], 0).sum()
        caps, weight = self.desk.caps, self.desk.weight[:, booking.audit]
        for i in people.tolist():
            for r in range(self.desk.caps_of[i], self.desk.caps_of[i + 1]):
                shape, low, high, _, by_slot = caps[r]
                inside = max(0, min(last, high) - max(first, low) + 1) if by_slot else low <= first <= high
                self.used[r] += sign * int(inside) * weight[shape]
        points = self.instance.points(booking) - audit.penalty
        return sign * points + self.instance.fairness * int(after - before)


def _sheet(instance: Instance, number: int) -> Sheet:
    """Write the forms of one audit side by side."""
    audit = instance.audit(number)
    forms = audit.forms
    form = np.repeat(np.arange(len(forms)), [len(f.starts) for f in forms])
    lengths = np.array([f.length for f in forms], dtype=np.int64)
    counting = np.array([f.counting for f in forms], dtype=np.int64)
    starts = np.concatenate([f.starts for f in forms]) if forms else np.zeros(0, dtype=np.int64)
    ends = starts + lengths[form] - 1
    shape = (len(audit.covers), len(audit.people), len(starts))
    who = np.stack([np.concatenate(c.who, axis=1) for c in audit.covers]) if all(shape) else np.zeros(shape, dtype=bool)
    need = [c.constant + c.per_counting * counting[form] for c in audit.covers]
    return Sheet(
        audit,
        form,
        np.concatenate([np.arange(len(f.starts)) for f in forms]) if forms else form,
        starts,
        ends,
        instance.slot_begin[starts],
        instance.slot_end[ends],
        np.concatenate([f.costs for f in forms]) if forms else starts,
        np.concatenate([f.able for f in forms], axis=1) if forms else np.zeros((0, 0), dtype=bool),
        who,
        np.array(need, dtype=np.int64).reshape(len(need), len(starts)),
        np.array([c.at_least for c in audit.covers], dtype=bool),
        counting,
        lengths,
        np.array([f.others for f in forms], dtype=np.int64),
    )
