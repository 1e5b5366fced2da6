"""What a declaration of a table, a column or a setting says; the declarations themselves stand in tables.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Kind = Literal["text", "int", "number", "bool", "date", "choice"]

FIRST_DATE = np.datetime64("1990-01-01", "D")
LAST_DATE = np.datetime64("2100-12-31", "D")
NO_DATE = np.datetime64("NaT", "D")
TEXT_LIMIT = 10_000  # characters in one cell

_DTYPES: dict[str, np.dtype[Any]] = {
    "text": np.dtype(object),
    "choice": np.dtype(object),
    "number": np.dtype(np.float64),
    "bool": np.dtype(np.bool_),
    "date": np.dtype("datetime64[D]"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column; `low` and `high` are inclusive, `references` reads "table.column"."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    default: str | float | bool | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    key: bool = False
    references: str | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the column's array; an int column that may be absent is float64 with NaN."""
        if self.kind == "int":
            return np.dtype(np.int64 if self.required or self.default is not None else np.float64)
        return _DTYPES[self.kind]

    @property
    def blank(self) -> Any:
        """What the array holds where the cell is empty: the default, else None, NaT or NaN."""
        if self.default is not None:
            return self.default
        return {"O": None, "M": NO_DATE, "f": np.nan, "i": 0, "b": False}[self.dtype.kind]


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One declared table."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that together name a row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all declared columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the declaration of one column."""
        return self.columns[self.names.index(name)]


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting; `default` stands when the register does not name it."""

    name: str
    kind: Kind
    default: str | float | bool
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def column(self) -> Column:
        """The setting seen as a column, so that one parser reads both."""
        return Column(self.name, self.kind, self.meaning, False, self.default, self.low, self.high, self.choices)
