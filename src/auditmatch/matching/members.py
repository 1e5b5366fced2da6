"""Members numbered as their rows come along, so that each is counted once in a group however many rows it has there.

Rows must be sorted by member. Then it is enough to remember for each group the last member seen, whatever the number
of members, and rows may come in batches that cut a member in two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.coded import Coded
from auditmatch.matching.batches import Column
from auditmatch.matching.domain import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """Members of some rows.

    Attributes
    ----------
    number
        (rows,) from 1 on, over all batches.
    begins
        (rows,) True on the first row of a member.
    falls
        Rows whose member stands below that of the row before.
    empty
        Rows without a member.
    """

    number: npt.NDArray[np.int32]
    begins: Bools
    falls: Ints
    empty: Ints


class Members:
    """Gives members numbers in the order of their rows."""

    def __init__(self) -> None:
        self._last: Any = None
        self._count = 0

    def each_row(self, rows: int) -> Numbered:
        """Number rows each of which is a member of its own."""
        none = np.empty(0, dtype=np.int64)
        return self._numbered(np.ones(rows, dtype=np.bool_), none, none)

    def of(self, column: Column) -> Numbered:
        """Number the members of a column."""
        if isinstance(column, Coded):
            return self._of_codes(column)
        values = column
        begins = np.empty(len(values), dtype=np.bool_)
        begins[0] = self._last is None or values[0] != self._last
        np.not_equal(values[1:], values[:-1], out=begins[1:])
        falls = np.flatnonzero(values[1:] < values[:-1]) + 1
        if self._last is not None and values[0] < self._last:
            falls = np.append(0, falls)
        empty = np.flatnonzero(np.not_equal(values, values))  # NaN and NaT
        self._last = values[-1]
        return self._numbered(begins, falls, empty)

    def _of_codes(self, column: Coded) -> Numbered:
        codes = column.codes
        begins = np.empty(len(codes), dtype=np.bool_)
        np.not_equal(codes[1:], codes[:-1], out=begins[1:])
        begins[0] = True
        starts = np.flatnonzero(begins)
        names = [str(column.values[code]) if code >= 0 else "" for code in codes[starts].tolist()]
        before = [names[0] if self._last is None else self._last, *names[:-1]]
        falls = starts[[name < last for name, last in zip(names, before, strict=True)]]
        begins[0] = names[0] != self._last
        self._last = names[-1]
        return self._numbered(
            begins, falls, np.flatnonzero(np.less(codes, 0)) if codes.dtype.kind == "i" else starts[:0]
        )

    def _numbered(self, begins: Bools, falls: Ints, empty: Ints) -> Numbered:
        number = np.cumsum(begins, dtype=np.int32)
        number += np.int32(self._count)
        self._count = int(number[-1])
        return Numbered(number, begins, falls, empty)
