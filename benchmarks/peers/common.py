"""The neutral instance that every peer reads, and what a peer answers.

Plain arrays: what one candidate cannot do alone (competence that expires, absences, bookings that stand) is already
in `Form.able`, so a peer states only who sits together, when, and what binds several audits. Slots are working
half-days, halves are calendar half-days, points are whole. Sampled instances hold no published plan and no pairs
that must stay apart, so neither has a place here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from auditmatch.placement import State
from auditmatch.problem import Problem
from auditmatch.shapes import Bools, Ints, Link, Role

COUNTING = int(Role.COUNTING)


class NotForMeError(Exception):
    """A peer declines an instance; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One mode of an audit: `able[k, s]` says that candidate k can sit, alone, when it starts at `starts[s]`."""

    counting: int
    length: int
    others: int
    starts: Ints
    costs: Ints
    able: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The team has at least (or at most) constant + per_counting * counting people of a set.

    `who[f][k, s]` says that candidate k is in the set when the audit starts at the s-th start of form f.
    """

    at_least: bool
    constant: int
    per_counting: int
    who: tuple[Bools, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """One audit: its penalty when it is left out, its forms, and its candidates, each a person in a role with a cost.

    `number` counts the audits of the instance, `row` is the audit's row in the register. `kind` is its row in
    `Instance.needs`.
    """

    number: int
    row: int
    penalty: int
    must: bool
    kind: int
    people: Ints
    roles: Ints
    costs: Ints
    forms: tuple[Form, ...]
    covers: tuple[Cover, ...]

    @property
    def counting(self) -> Bools:
        """Tell which candidates count towards audit time."""
        return np.asarray(self.roles == COUNTING)


@dataclass(frozen=True, slots=True, order=True)
class Booking:
    """An audit's number, its form and its start as positions in the audit, and its candidates as positions."""

    audit: int
    form: int
    start: int
    team: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cap:
    """Auditor `auditor` may carry at most `limit` inside slots [first, last]; audit number n weighs `weight[n]`.

    By slot: the weight counts for each slot inside. Else it counts once for a booking that starts inside; there two
    audits of one certificate count twice, which is stricter than the rule.
    """

    auditor: int
    first: int
    last: int
    limit: int
    weight: Ints
    by_slot: bool


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A whole problem. `needs[kind, kind]`: half-days between two audits of one person, -1 for none, 0 no overlap.

    `links` speak of audit numbers. Slot s begins in half `slot_begin[s]` and is over at `slot_end[s]`. A person's slots
    above each of his `load_steps` cost `fairness` points more. `seats` remembers audits when `keep` is set.
    """

    problem: Problem
    state: State
    rows: tuple[int, ...]
    auditors: int
    slots: int
    slot_begin: Ints
    slot_end: Ints
    needs: Ints
    kinds: Ints
    links: tuple[Link, ...]
    caps: tuple[Cap, ...]
    load_steps: Ints
    fairness: int
    keep: bool = True
    _made: dict[int, Audit] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def audit(self, number: int) -> Audit:
        """Return an audit, made when it is first asked for."""
        found = self._made.get(number)
        if found is None:
            from peers.lower import audit_of

            found = audit_of(self, number)
            if self.keep:
                self._made[number] = found
        return found

    @property
    def audits(self) -> Iterable[Audit]:
        """All audits, in the order of their numbers."""
        return (self.audit(n) for n in range(len(self)))

    @property
    def plain(self) -> bool:
        """Tell whether nothing but people's time binds audits together: a core instance."""
        return not self.links and not self.caps and not (self.needs > 0).any()

    def span(self, booking: Booking) -> tuple[int, int]:
        """Return the first slot of a booking and its last."""
        form = self.audit(booking.audit).forms[booking.form]
        first = int(form.starts[booking.start])
        return first, first + form.length - 1

    def halves(self, first: int, last: int) -> tuple[int, int]:
        """Return the first half-day of slots [first, last] and the one after their last."""
        return int(self.slot_begin[first]), int(self.slot_end[last])

    def points(self, booking: Booking) -> int:
        """Return what a booking costs, without the load cost."""
        audit = self.audit(booking.audit)
        return int(audit.forms[booking.form].costs[booking.start] + audit.costs[list(booking.team)].sum())

    def cost(self, bookings: Iterable[Booking]) -> int:
        """Return the cost of a plan in points; whether it is legal is not asked."""
        load = np.zeros(self.auditors, dtype=np.int64)
        total = int(self.problem.costs.penalty[list(self.rows)].sum())
        for booking in bookings:
            audit = self.audit(booking.audit)
            total += self.points(booking) - audit.penalty
            load[audit.people[list(booking.team)]] += audit.forms[booking.form].length
        return total + self.fairness * int(np.maximum(load[:, None] - self.load_steps, 0).sum())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer found.

    Attributes
    ----------
    bookings
        Its plan, legal or not.
    bound
        A bound on the cost of any plan of the instance; None where it has none or its model leaves plans out.
    trace
        (seconds since `solve` was called, points of the plan held then), as the peer counts them.
    note
        What a reader must know of this run.
    """

    bookings: list[Booking]
    bound: int | None = None
    trace: list[tuple[float, int]] = field(default_factory=list)
    note: str = ""


class Peer(Protocol):
    """What each file of this folder offers; `start` is a known legal plan."""

    def solve(self, instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
        """Plan the instance within some seconds of wall time."""
