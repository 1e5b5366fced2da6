"""What is wrong in columns of millions of rows: every row of every column, gathered and told once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from auditmatch.errors import InputError, InputProblem
from auditmatch.matching.domain import Ints, runs

HEADER = 2  # the first row of data is row 2 of a sheet


@dataclass(slots=True, eq=False)
class Faults:
    """The faults of one table.

    Attributes
    ----------
    table
        Its name in messages.
    """

    table: str
    _rows: dict[tuple[str, str, str | None], list[Ints]] = field(default_factory=dict)
    _first: dict[tuple[str, str, str | None], tuple[int, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self._rows)

    def rows(
        self, column: str, rows: Ints, values: npt.NDArray[np.object_] | Ints, message: str, maybe: str | None
    ) -> None:
        """Note rows, counted from 0 over all batches, that are wrong in a column, with the values found there."""
        if len(rows):
            key = (column, message, maybe)
            place = int(np.argmin(rows))
            self._first[key] = min(
                self._first.get(key, (len(rows) + int(rows.max()), "")), (int(rows[place]), str(values[place]))
            )
            self._rows.setdefault(key, []).append(rows)

    def column(self, column: str | None, message: str, maybe: str | None) -> None:
        """Note that a whole column, or the whole table, is wrong."""
        self._rows.setdefault((column or "", message, maybe), [])

    def problems(self) -> tuple[InputProblem, ...]:
        """Return one problem for each column and kind of fault; it names every row and the first value."""
        found = []
        for key, parts in self._rows.items():
            column, message, maybe = key
            rows = np.sort(np.concatenate(parts)) + HEADER if parts else np.empty(0, dtype=np.int64)
            if len(rows) > 1:
                message += f" (rows {runs(rows)}; {len(rows):,} in all)"
            first, value = (int(rows[0]), self._first[key][1]) if len(rows) else (None, None)
            found.append(InputProblem(self.table, first, column or None, value, message, maybe))
        return tuple(found)


def refuse(*tables: Faults) -> None:
    """Raise one InputError with all faults of the tables, if there are any."""
    problems = [problem for faults in tables for problem in faults.problems()]
    if problems:
        raise InputError(problems)
