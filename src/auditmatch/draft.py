"""Tables of a register on their way to another one: rows appended, changed and dropped, columns kept as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.register import Register


class Draft:
    """Changes to a register, gathered.

    Parameters
    ----------
    register
        What the changes begin with; never touched.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._columns: dict[str, dict[str, npt.NDArray[Any]]] = {}

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return a column as it stands."""
        found: npt.NDArray[Any] = (
            self._columns[table][name] if table in self._columns else self._register.table(table)[name]
        )
        return found

    def rows(self, table: str, **cells: Any) -> list[int]:
        """Return the rows that hold some cells, the last first, so that they may be dropped one by one."""
        mine = np.ones(len(self.column(table, next(iter(cells)))), dtype=bool)
        for name, value in cells.items():
            mine &= self.column(table, name) == value
        found: list[int] = np.flatnonzero(mine)[::-1].tolist()
        return found

    def cell(self, table: str, row: int, name: str) -> Any:
        """Return one cell."""
        return self.column(table, name)[row]

    def append(self, table: str, **cells: Any) -> None:
        """Add a row; what is not stated is empty, and takes its default when the register is made."""
        columns = self._own(table)
        for name in columns:
            columns[name] = _longer(columns[name], cells.get(name))

    def copy(self, table: str, row: int, **cells: Any) -> None:
        """Add a row like another, but for some cells."""
        columns = self._own(table)
        self.append(table, **{name: columns[name][row] for name in columns} | cells)

    def put(self, table: str, *rows: int, **cells: Any) -> None:
        """Change cells of some rows."""
        columns = self._own(table)
        for name, value in cells.items():
            changed = list(columns[name])
            for row in rows:
                changed[row] = value
            columns[name] = _like(columns[name], changed)

    def drop(self, table: str, row: int) -> None:
        """Take a row out."""
        columns = self._own(table)
        for name in columns:
            columns[name] = np.delete(columns[name], row)

    def register(self) -> Register:
        """Return the register with the changes, checked as a whole."""
        return self._register.with_tables(**self._columns)

    def _own(self, table: str) -> dict[str, npt.NDArray[Any]]:
        if table not in self._columns:
            found = self._register.table(table)
            self._columns[table] = {name: found[name] for name in found.columns}
        return self._columns[table]


def _longer(column: npt.NDArray[Any], cell: Any) -> npt.NDArray[Any]:
    """Return a column with one cell more."""
    if column.dtype.kind == "M":
        return np.append(column, np.array([np.datetime64("NaT", "D") if cell is None else cell], dtype="datetime64[D]"))
    longer = np.empty(len(column) + 1, dtype=object)
    longer[:-1] = column
    longer[-1] = cell
    return longer


def _like(column: npt.NDArray[Any], cells: list[Any]) -> npt.NDArray[Any]:
    """Return cells as an array: of dates where the column holds dates, else of whatever they are."""
    if column.dtype.kind == "M":
        return np.array([np.datetime64("NaT", "D") if cell is None else cell for cell in cells], dtype="datetime64[D]")
    return np.fromiter(cells, dtype=object, count=len(cells))
