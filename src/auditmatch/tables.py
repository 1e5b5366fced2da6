"""The input tables: their declarations, gathered, and the checked table itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditmatch.columns import FIRST_DATE, LAST_DATE, NO_DATE, TEXT_LIMIT, Column, Kind, Setting, TableSpec
from auditmatch.declarations import SETTINGS, TABLES
from auditmatch.errors import unknown

__all__ = [
    "FIRST_DATE",
    "LAST_DATE",
    "NO_DATE",
    "SETTINGS",
    "TABLES",
    "TEXT_LIMIT",
    "Column",
    "Kind",
    "Setting",
    "Table",
    "TableSpec",
    "read_only",
]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table:
    """One checked table: a read-only array for each column, declared columns first.

    Attributes
    ----------
    name
        Name of the table, one of `TABLES`.
    columns
        Arrays by column name, all of one length; unknown columns stand after the declared ones.
    source_rows
        Row of each line as a person counts it in a spreadsheet, where the header is row 1; shape (rows,).
    """

    name: str
    columns: Mapping[str, NDArray[Any]]
    source_rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        frozen = {name: read_only(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(frozen))
        object.__setattr__(self, "source_rows", read_only(self.source_rows))

    @staticmethod
    def empty(name: str) -> Table:
        """Return the table without rows."""
        columns = {column.name: np.empty(0, column.dtype) for column in TABLES[name].columns}
        return Table(name, columns, np.empty(0, np.int64))

    @property
    def spec(self) -> TableSpec:
        """The declaration of this table."""
        return TABLES[self.name]

    def take(self, rows: NDArray[Any]) -> Table:
        """Return the rows that a mask, or an array of positions, selects; they keep their source rows."""
        chosen = np.asarray(rows)
        chosen = chosen if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        return Table(self.name, {name: array[chosen] for name, array in self.columns.items()}, self.source_rows[chosen])

    def __len__(self) -> int:
        return len(self.source_rows)

    def __getitem__(self, column: str) -> NDArray[Any]:
        try:
            return self.columns[column]
        except KeyError:
            raise unknown(f"column of {self.name}", column, self.columns) from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        same = self.name == other.name and list(self.columns) == list(other.columns)
        return same and all(_equal(self[name], other[name]) for name in self.columns)

    def __hash__(self) -> int:
        return hash((self.name, len(self), tuple(self.columns)))

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {len(self)} rows, {', '.join(self.columns)})"

    def __reduce__(self) -> tuple[object, ...]:
        return Table, (self.name, dict(self.columns), self.source_rows)  # a mapping proxy cannot be pickled


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """Return a view of `values` that cannot be written through."""
    view = np.asarray(values).view()
    view.flags.writeable = False
    return view


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fmM"))
