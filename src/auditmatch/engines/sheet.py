"""The CP-SAT model of some audits among bookings that stand: variables, shapes as rows, objective.

The model object is handed in, so that this file needs no solver library to be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auditmatch.lowered import Form, Options
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem
from auditmatch.shapes import Bools, Role

Literal = Any  # a Boolean variable of CP-SAT, or a linear expression of such
Member = tuple[int, int]


@dataclass(slots=True, eq=False)
class Sheet:
    """A model in the making.

    Attributes
    ----------
    starts
        By audit: one literal for each (form, start); at most one is true.
    served
        By audit: their sum, as a literal.
    seats
        By audit: one literal for each (auditor, role).
    lengths
        By audit: for each length the sum of its start literals.
    able
        By audit: the (form, start) keys at which each member could sit, alone.
    timed
        Whether overlap is forbidden slot by slot, not by intervals.
    """

    model: Any
    problem: Problem
    state: State
    audits: list[int]
    timed: bool = False
    options: dict[int, Options] = field(default_factory=dict)
    starts: dict[int, dict[tuple[Form, int], Literal]] = field(default_factory=dict)
    served: dict[int, Literal] = field(default_factory=dict)
    seats: dict[int, dict[Member, Literal]] = field(default_factory=dict)
    lengths: dict[int, dict[int, Literal]] = field(default_factory=dict)
    able: dict[int, dict[Member, list[tuple[Form, int]]]] = field(default_factory=dict)
    points: list[Any] = field(default_factory=list)
    _people: dict[tuple[int, int], Literal] = field(default_factory=dict)
    _stay: dict[tuple[int, int], dict[int, Literal]] = field(default_factory=dict)

    def objective(self) -> Any:
        """Return the cost of the free audits in points, load growth included."""
        return sum(self.points)

    def person(self, audit: int, auditor: int) -> Literal:
        """Return the literal that an auditor sits in an audit, in whatever role; None when he cannot."""
        key = audit, auditor
        if key not in self._people:
            mine = [lit for (i, _), lit in self.seats[audit].items() if i == auditor]
            if len(mine) > 1:
                joint = self.model.new_bool_var("")
                self.model.add(sum(mine) == joint)
                mine = [joint]
            self._people[key] = mine[0] if mine else None
        return self._people[key]

    def people(self, audit: int) -> list[int]:
        """Return the auditors who can sit in an audit."""
        return sorted({i for i, _ in self.seats[audit]})

    def stay(self, audit: int, auditor: int) -> dict[int, Literal]:
        """Return by length in slots the literal that an auditor sits in an audit of that length."""
        key = audit, auditor
        if key not in self._stay:
            lengths = self.lengths[audit]
            person = self.person(audit, auditor)
            if len(lengths) == 1:
                self._stay[key] = {next(iter(lengths)): person}
            else:
                parts = {length: self.model.new_bool_var("") for length in lengths}
                self.model.add(sum(parts.values()) == person)
                for length, part in parts.items():
                    self.model.add(part <= lengths[length])
                self._stay[key] = parts
        return self._stay[key]

    def both(self, literals: Iterable[Literal]) -> Literal:
        """Return the literal that all of some are true."""
        some = list(literals)
        joint = self.model.new_bool_var("")
        self.model.add(sum(some) >= len(some) * joint)
        self.model.add(sum(some) <= len(some) - 1 + joint)
        return joint

    def when(self, audit: int, value: Callable[[Form, int], int]) -> Any:
        """Return an expression that takes value(form, start) of the booking, 0 when the audit is not served."""
        return sum(value(form, start) * lit for (form, start), lit in self.starts[audit].items())

    def booking(self, audit: int, value: Callable[[Literal], bool]) -> Placed | None:
        """Return the booking that a solution says, or None."""
        for (form, start), literal in self.starts[audit].items():
            if value(literal):
                team = tuple(sorted(m for m, lit in self.seats[audit].items() if value(lit)))
                halves = self.problem.lowered.halves(start, form.length)
                return Placed(audit, start, form.length, team, halves)
        return None


def add_audit(sheet: Sheet, audit: int) -> None:
    """Add starts and seats of one audit, and what each candidate cannot do alone."""
    model, lowered, state = sheet.model, sheet.problem.lowered, sheet.state
    options = sheet.options[audit] = lowered.options(audit)
    keys = [(form, s) for form in options.forms for s in state.free_starts(audit, form).tolist()]
    able = _able(state, options, keys)
    starts = sheet.starts[audit] = {key: model.new_bool_var("") for key in keys}
    served = sheet.served[audit] = model.new_bool_var("")
    model.add(sum(starts.values()) == served)
    if lowered.must[audit] or any(
        link.required and link.first == audit and link.second in state.booked and not state.booked[link.second].fact
        for link in lowered.links_of.get(audit, ())
    ):
        model.add(served == 1)
    by_length: dict[int, list[Literal]] = {}
    for (form, _), literal in starts.items():
        by_length.setdefault(form.length, []).append(literal)
    sheet.lengths[audit] = {length: sum(literals) for length, literals in by_length.items()}
    literals = list(starts.values())
    seats = sheet.seats[audit] = {}
    members: dict[Member, Bools] = {}
    for k in range(len(options.people)):
        member = int(options.people[k]), int(options.roles[k])
        members[member] = members[member] | able[k] if member in members else able[k]
    for member, good in members.items():
        if good.any():
            seat = seats[member] = model.new_bool_var("")
            sheet.able.setdefault(audit, {})[member] = [keys[c] for c in np.flatnonzero(good)]
            barred = [literals[c] for c in np.flatnonzero(~good)]
            model.add(sum(barred) + seat <= 1) if barred else None
            model.add_implication(seat, served)
    counting = [lit for (_, role), lit in seats.items() if role == Role.COUNTING]
    others = [lit for (_, role), lit in seats.items() if role != Role.COUNTING]
    model.add(sum(counting) == sheet.when(audit, lambda form, _: form.counting))
    model.add(sum(others) <= sheet.when(audit, lambda form, _: form.others)) if others else None
    for i in sheet.people(audit):
        mine = [lit for (person, _), lit in seats.items() if person == i]
        model.add(sum(mine) <= 1) if len(mine) > 1 else None
    for (i, _), one in seats.items():
        for (k, _), other in seats.items():
            if i < k and (i, k) in lowered.apart:
                model.add(one + other <= 1)


def _able(state: State, options: Options, keys: list[tuple[Form, int]]) -> Bools:
    """Tell which candidate could sit, alone, at which (form, start); shape (candidates, keys)."""
    able = np.zeros((len(options.people), len(keys)), dtype=bool)
    for form in options.forms:
        free = state.availability(options, form)[1]
        columns = [c for c, (other, _) in enumerate(keys) if other is form]
        able[:, columns] = free
    return able


def add_demands(sheet: Sheet, audit: int) -> None:
    """Add what the team of one audit must have or must not have."""
    model, options, served = sheet.model, sheet.options[audit], sheet.served[audit]
    keys, literals = list(sheet.starts[audit]), list(sheet.starts[audit].values())
    counting = sum(lit for (_, role), lit in sheet.seats[audit].items() if role == Role.COUNTING)
    for demand in options.demands:
        spans = {(s, s + form.length - 1) for form, s in keys}
        counts = {span: demand.counts(*span) for span in spans}
        table = np.array([counts[s, s + form.length - 1] for form, s in keys]).reshape(len(keys), -1)
        whole: dict[Member, Bools] = {}
        for k in range(len(options.people)):
            member = int(options.people[k]), int(options.roles[k])
            if member in sheet.seats[audit] and len(keys):
                # Two seats of one member with disjoint ranges: the one that is valid decides.
                whole[member] = whole.get(member, np.zeros(len(keys), dtype=bool)) | table[:, k]
        total: list[Literal] = []
        for member, good in whole.items():
            seat = sheet.seats[audit][member]
            if good.all():
                total.append(seat)
            elif good.any():
                inside = sum(literals[c] for c in np.flatnonzero(good))
                counted = model.new_bool_var("")
                model.add(counted <= seat)
                model.add(counted <= inside)
                model.add(counted >= seat + inside - 1)
                total.append(counted)
        bound = demand.constant * served + demand.per_counting * counting
        if demand.at_least:
            model.add(sum(total) >= bound)
        elif total:
            model.add(sum(total) <= bound)
    for link in sheet.problem.lowered.links_of.get(audit, ()):
        partner = sheet.state.booked.get(link.second if link.first == audit else link.first)
        if partner is not None:
            common = [sheet.person(audit, i) for i in sheet.people(audit) if i in partner.people]
            model.add(sum(common) >= link.share * served) if link.share else None
            model.add(sum(common) == 0) if link.disjoint and common else None
        elif link.required and link.second == audit and link.first not in sheet.audits:
            model.add(served == 0)
