"""Changes of staff and dates that may be tried on a register: hire, leave, train, lift.

Each is frozen and gives a new register; the register that it is tried on stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching.domain import check_choice
from auditmatch.matching.factors import WILLINGNESS_ITEMS
from auditmatch.tables import NO_DATE, Table

if TYPE_CHECKING:
    from auditmatch.register import Register

Grade = Literal["auditor", "lead"]
Pair = tuple[str, str]
_DAY = np.timedelta64(1, "D")


class StaffChange(Protocol):
    """What may be tried on a register."""

    def applied(self, register: Register, at: np.datetime64) -> Register:
        """Return the register with the change made as of a date."""

    def describe(self) -> str:
        """Return the change in a few words."""


@dataclass(frozen=True, slots=True)
class Hire:
    """Somebody new.

    Attributes
    ----------
    auditor_id
        A name that the register does not have yet.
    qualifications
        (field, specialty) pairs held from the date on.
    willingness
        All five items, and so B1, in [0, 1].
    grade
        Held in every pair.
    cost
        In any unit of money; used where the best hires are chosen.
    """

    auditor_id: str
    qualifications: tuple[Pair, ...]
    willingness: float = 1.0
    grade: Grade = "auditor"
    cost: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values outside their domain, and pairs that stand twice."""
        _ratio("willingness", self.willingness)
        _cost(self.cost)
        check_choice("grade", self.grade, ("auditor", "lead"))
        pairs = tuple((str(field), str(specialty)) for field, specialty in self.qualifications)
        if not pairs or len(set(pairs)) < len(pairs):
            wrong = "has no qualification" if not pairs else "has a qualification twice"
            raise ArgumentError(f"hire {self.auditor_id!r} {wrong}. Maybe (('QMS', '03.04.01'),)?")
        object.__setattr__(self, "qualifications", pairs)

    def applied(self, register: Register, at: np.datetime64) -> Register:
        """Return the register with one auditor more.

        Raises
        ------
        ArgumentError
            When the register has an auditor of this name.
        """
        if register.index("auditors", [self.auditor_id])[0] >= 0:
            raise ArgumentError(f"an auditor is called {self.auditor_id!r} already. Maybe {self.auditor_id + '-2'!r}?")
        person = {"auditor_id": self.auditor_id} | dict.fromkeys(WILLINGNESS_ITEMS, self.willingness)
        held = register.qualifications
        for field, specialty in self.qualifications:
            held = _with_row(held, _qualification(self.auditor_id, field, specialty, self.grade, at))
        return register.with_tables(auditors=_with_row(register.auditors, person), qualifications=held)

    def describe(self) -> str:
        """Return the change in a few words."""
        return f"hire {self.auditor_id}: {', '.join(' '.join(pair) for pair in self.qualifications)}"


@dataclass(frozen=True, slots=True)
class Leave:
    """An auditor no longer works for the body on the date: the day before is the last."""

    auditor_id: str

    def applied(self, register: Register, at: np.datetime64) -> Register:
        """Return the register in which the auditor has left.

        Raises
        ------
        UnknownNameError
            When nobody is called so.
        """
        row, auditors, last = _auditor(register, self.auditor_id), register.auditors, at - _DAY
        begin, end = auditors["from"][row], auditors["until"][row]
        # Somebody who was to begin later never comes: the two dates must stay in order. Comparing with NaT is false.
        dates = {"from": last if begin > last else begin, "until": end if end < last else last}
        return register.with_tables(auditors=_with_cells(auditors, row, dates))

    def describe(self) -> str:
        """Return the change in a few words."""
        return f"{self.auditor_id} leaves"


@dataclass(frozen=True, slots=True)
class Train:
    """An auditor gains a (field, specialty) from the date on; one held as intern or expert is raised to the grade.

    `cost` is used where the best trainings are chosen.
    """

    auditor_id: str
    field: str
    specialty: str
    grade: Grade = "auditor"
    cost: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values outside their domain."""
        _cost(self.cost)
        check_choice("grade", self.grade, ("auditor", "lead"))

    def applied(self, register: Register, at: np.datetime64) -> Register:
        """Return the register with the qualification added.

        Raises
        ------
        UnknownNameError
            When nobody is called so.
        """
        _auditor(register, self.auditor_id)
        held = register.qualifications
        row = _qualification(self.auditor_id, self.field, self.specialty, self.grade, at)
        same = held["valid_from"] == at
        for name in ("auditor_id", "field", "specialty"):
            same &= held[name] == row[name]
        # A row of the same key would stand twice: it becomes the new one.
        kept = held.take(~same) if same.any() else held
        return register.with_tables(qualifications=_with_row(kept, row))

    def describe(self) -> str:
        """Return the change in a few words."""
        return f"train {self.auditor_id} in {self.field} {self.specialty}"


@dataclass(frozen=True, slots=True)
class Lift:
    """An item of an auditor's willingness (routine, health, caprice, holidays, incidents) becomes a value in [0, 1]."""

    auditor_id: str
    item: str
    value: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an unknown item and a value outside [0, 1]."""
        if self.item not in WILLINGNESS_ITEMS:
            raise unknown("item of willingness", self.item, WILLINGNESS_ITEMS)
        _ratio(self.item, self.value)

    def applied(self, register: Register, at: np.datetime64) -> Register:
        """Return the register with the item changed.

        Raises
        ------
        UnknownNameError
            When nobody is called so.
        """
        row = _auditor(register, self.auditor_id)
        return register.with_tables(auditors=_with_cells(register.auditors, row, {self.item: float(self.value)}))

    def describe(self) -> str:
        """Return the change in a few words."""
        return f"{self.item} of {self.auditor_id} becomes {self.value:g}"


def _auditor(register: Register, name: str) -> int:
    (row,) = register.index("auditors", [name]).tolist()
    if row < 0:
        raise unknown("auditor", name, register.auditors["auditor_id"].tolist())
    return int(row)


def _qualification(auditor_id: str, field: str, specialty: str, grade: str, at: np.datetime64) -> dict[str, Any]:
    return {"auditor_id": auditor_id, "field": field, "specialty": specialty, "valid_from": at, "grade": grade}


def _with_row(table: Table, cells: Mapping[str, Any]) -> Table:
    """Return a table with one row more; cells not named are as in a file that leaves them empty."""
    blanks = {column.name: column.blank for column in table.spec.columns}
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, values in table.columns.items():
        # A whole number or a truth of a column of somebody's own has no value that says absent.
        known = values if name in blanks or values.dtype.kind in "OfM" else values.astype(object)
        more = np.empty(1, dtype=known.dtype)
        more[0] = cells.get(name, blanks.get(name, {"f": np.nan, "M": NO_DATE}.get(known.dtype.kind)))
        columns[name] = np.concatenate([known, more])
    return Table(table.name, columns, np.append(table.source_rows, table.source_rows.max(initial=1) + 1))


def _with_cells(table: Table, row: int, cells: Mapping[str, Any]) -> Table:
    columns = dict(table.columns)
    for name, value in cells.items():
        columns[name] = np.array(columns[name])
        columns[name][row] = value
    return Table(table.name, columns, table.source_rows)


def _ratio(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ArgumentError(f"{name} is {value}, not from 0 to 1. Maybe 1?")


def _cost(cost: float) -> None:
    if not (np.isfinite(cost) and cost > 0):
        raise ArgumentError(f"cost is {cost}, not a number above 0. Maybe 1?")
