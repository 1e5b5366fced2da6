"""Candidates for hire or training as arrays: what a choice of them does to X of each group, and as a program.

The program of hires: h_c in {0, 1} chooses candidate c, who adds x_c to X of each of their groups.

The program of trainings: y_t in {0, 1} chooses training t of auditor i; z_r >= y_t opens registration r (a field that
i does not have) when a training brings it; u_in in {0, 1} says that i gains n of them, sum_n n * u_in = sum_r z_r, so
that i counts x_i(n) = B1**b / (C1 + n)**c from then on; v_tn = y_t * u_in by v_tn <= u_in and sum_n v_tn = y_t. X of a
group that i has changes by sum_n (x_i(n) - x_i(0)) * u_in, and X of the group of t rises by sum_n x_i(n) * v_tn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching.changes import Hire, Pair, Train
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.matching.drivers import group_rows
from auditmatch.matching.factors import counting_qualifications
from auditmatch.matching.formula import sufficiency
from auditmatch.matching.program import Program

Terms = tuple[Ints, Ints, Floats]  # group, variable or candidate, rise of X by one of it


class Candidates(Protocol):
    """What may be chosen from."""

    @property
    def additive(self) -> Terms | None:
        """(group, candidate, rise of X) when the rises of candidates simply add up, else None."""

    def rise(self, chosen: Bools) -> Floats:
        """Return by how much X of each group rises when these are chosen; shape (groups,)."""

    def state(self, program: Program, most: int) -> tuple[Ints, Terms]:
        """Add the variables; return those that choose, and the terms of X. At most `most` are chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Hires:
    """People who may be hired; `terms` as in `Candidates.additive`."""

    n: int
    n_groups: int
    terms: Terms

    @staticmethod
    def of(degree: MatchingDegree, people: Sequence[Hire]) -> Hires:
        """Return what each would add; pairs that nobody asks for or has yet are no group."""
        rows, options = group_rows(degree), degree.options
        parts: list[tuple[int, int, float]] = []
        for number, person in enumerate(people):
            fields = {field for field, _ in person.qualifications}
            held = len(fields if options.registrations == "fields" else person.qualifications)
            x = float(sufficiency(max(person.willingness, options.floor), held, options.exponents))
            parts += [(rows[pair], number, x) for pair in person.qualifications if pair in rows]
        columns = np.array(parts, dtype=np.float64).reshape(-1, 3).T
        return Hires(len(people), len(rows), (columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2]))

    @property
    def additive(self) -> Terms | None:
        """The terms: people who are hired do not change each other."""
        return self.terms

    def rise(self, chosen: Bools) -> Floats:
        """See `Candidates`."""
        group, candidate, x = self.terms
        return _sums(group, x * chosen[candidate], self.n_groups)

    def state(self, program: Program, most: int) -> tuple[Ints, Terms]:
        """See `Candidates`."""
        chooses = program.variables(self.n)
        group, candidate, x = self.terms
        return chooses, (group, chooses[candidate], x)


@dataclass(frozen=True, slots=True, eq=False)
class Trainings:
    """Trainings that auditors may be given.

    Attributes
    ----------
    degree
        Before.
    auditor, group
        (n,) rows of each training's auditor and group; -1 for a pair that is no group.
    brings
        (n,) number of the registration that it brings, equal for trainings that bring the same one; -1: it is held.
    """

    degree: MatchingDegree
    auditor: Ints
    group: Ints
    brings: Ints

    @staticmethod
    def of(degree: MatchingDegree, trainings: Sequence[Train]) -> Trainings:
        """Read trainings.

        Raises
        ------
        UnknownNameError
            For an auditor that the register does not know.
        ArgumentError
            For auditors who do not work for the body on the date, and for pairs that are held, or stand twice.
        """
        register, rows = degree.register, group_rows(degree)
        auditor = register.index("auditors", [each.auditor_id for each in trainings])
        for row, each in zip(auditor.tolist(), trainings, strict=True):
            if row < 0:
                raise unknown("auditor", each.auditor_id, register.auditors["auditor_id"].tolist())
        pairs = [(each.field, each.specialty) for each in trainings]
        group = np.array([rows.get(pair, -1) for pair in pairs], dtype=np.int64)
        holds = _held(degree)
        _refuse(degree, trainings, auditor, holds)
        by_field = degree.options.registrations == "fields"
        fields = {(row, field) for row, (field, _) in holds}
        numbers: dict[tuple[int, str | Pair], int] = {}
        brings = [
            -1
            if by_field and (row, pair[0]) in fields
            else numbers.setdefault((row, pair[0] if by_field else pair), len(numbers))
            for row, pair in zip(auditor.tolist(), pairs, strict=True)
        ]
        return Trainings(degree, auditor, group, np.array(brings, dtype=np.int64))

    @property
    def additive(self) -> Terms | None:
        """The terms, when no training lowers what its auditor counts for."""
        if (self.brings >= 0).any():
            return None
        there = np.flatnonzero(self.group >= 0)
        return self.group[there], there, self.degree.x[self.auditor[there]]

    def rise(self, chosen: Bools) -> Floats:
        """See `Candidates`."""
        supply, n_groups = self.degree.factors.supply, len(self.degree.P)
        gained = np.zeros(len(self.degree.x), dtype=np.int64)
        _, first = np.unique(self.brings[chosen & (self.brings >= 0)], return_index=True)
        np.add.at(gained, self.auditor[chosen & (self.brings >= 0)][first], 1)
        before, after = self._counts(np.zeros_like(gained)), self._counts(gained)
        there = chosen & (self.group >= 0)
        rise = _sums(supply.group, (after - before)[supply.member], n_groups)
        return rise + _sums(self.group[there], after[self.auditor[there]], n_groups)

    def state(self, program: Program, most: int) -> tuple[Ints, Terms]:
        """See `Candidates`."""
        chooses = program.variables(len(self.auditor))
        parts: list[tuple[int, int, float]] = []
        for row in np.unique(self.auditor).tolist():
            mine = np.flatnonzero(self.auditor == row)
            parts += self._person(program, row, mine, chooses[mine], most)
        columns = np.array(parts, dtype=np.float64).reshape(-1, 3).T
        return chooses, (columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])

    def _person(self, program: Program, row: int, mine: Ints, chooses: Ints, most: int) -> list[tuple[int, int, float]]:
        """Add the variables z, u and v of one auditor; return the terms."""
        registrations = np.unique(self.brings[mine][self.brings[mine] >= 0])
        steps = np.arange(min(len(registrations), most) + 1)
        worth = self._worth(row, steps)
        supply = self.degree.factors.supply
        held = supply.group[supply.member == row].tolist()
        if len(steps) == 1:
            return [
                (g, v, worth[0]) for g, v in zip(self.group[mine].tolist(), chooses.tolist(), strict=True) if g >= 0
            ]
        opens = program.variables(len(registrations))
        gains = program.variables(len(steps))
        program.row(gains, 1.0, 1.0, 1.0)
        program.row(np.append(gains, opens), np.append(steps, np.full(len(opens), -1.0)), 0.0, 0.0)
        terms = [(g, int(gains[n]), worth[n] - worth[0]) for g in held for n in steps[1:].tolist()]
        for training, variable in zip(mine.tolist(), chooses.tolist(), strict=True):
            if self.brings[training] >= 0:
                opened = opens[np.searchsorted(registrations, self.brings[training])]
                program.row([variable, opened], [1.0, -1.0], -np.inf, 0.0)
            both = program.variables(len(steps), whole=False)
            program.row(np.append(both, variable), np.append(np.ones(len(steps)), -1.0), 0.0, 0.0)
            for n in steps.tolist():
                program.row([both[n], gains[n]], [1.0, -1.0], -np.inf, 0.0)
            group = int(self.group[training])
            terms += [(group, int(both[n]), worth[n]) for n in steps.tolist() if group >= 0]
        return terms

    def _worth(self, row: int, steps: Ints) -> list[float]:
        """Return x of an auditor who gains so many registrations."""
        gained = np.zeros((len(steps), len(self.degree.x)), dtype=np.int64)
        gained[:, row] = steps
        return [float(self._counts(each)[row]) for each in gained]

    def _counts(self, gained: Ints) -> Floats:
        """Return x of all auditors who gain registrations; 0 without any."""
        people = self.degree.factors.auditors
        held = np.nan_to_num(people.C1) + gained
        return np.where(held > 0, sufficiency(people.B1, np.maximum(held, 1.0), self.degree.options.exponents), 0.0)


def _held(degree: MatchingDegree) -> set[tuple[int, Pair]]:
    """Return (row of the auditor, pair) of all qualifications that count on the date."""
    register = degree.register
    rows = counting_qualifications(register, degree.at, degree.options.grades)
    held = register.qualifications
    auditor = register.index("auditors", held["auditor_id"][rows]).tolist()
    return set(
        zip(auditor, zip(held["field"][rows].tolist(), held["specialty"][rows].tolist(), strict=True), strict=True)
    )


def _refuse(degree: MatchingDegree, trainings: Sequence[Train], auditor: Ints, holds: set[tuple[int, Pair]]) -> None:
    """Raise one ArgumentError that names every training that cannot be had."""
    people = degree.register.auditors
    works = ~(people["from"] > degree.at) & ~(people["until"] < degree.at)  # comparing with NaT is false
    seen: set[tuple[int, Pair]] = set()
    faults = []
    for row, each in zip(auditor.tolist(), trainings, strict=True):
        key = (row, (each.field, each.specialty))
        if not works[row]:
            faults.append(f"{each.describe()}: not with the body on {degree.at}")
        elif key in holds:
            faults.append(f"{each.describe()}: held already")
        elif key in seen:
            faults.append(f"{each.describe()}: stands twice")
        seen.add(key)
    if faults:
        raise ArgumentError(f"trainings that cannot be had: {'; '.join(faults)}. Maybe leave them out?")


def _sums(group: Ints, amount: Floats, n_groups: int) -> Floats:
    return np.asarray(np.bincount(group, weights=amount, minlength=n_groups), dtype=np.float64)
