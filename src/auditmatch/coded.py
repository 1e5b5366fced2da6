"""A column of few values, kept as whole numbers and the values that they stand for (dictionary encoding)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column by codes, as Arrow's dictionaries and the categories of pandas and polars keep it.

    Attributes
    ----------
    codes
        (rows,) whole numbers of any width; -1 where the cell is empty.
    values
        What each code from 0 stands for, each value once.
    """

    codes: npt.NDArray[Any]
    values: Sequence[Any]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def part(self, rows: Any) -> Coded:
        """Return the rows of a slice or of an array of row numbers; a slice copies nothing."""
        return Coded(self.codes[rows], self.values)

    def plain(self) -> npt.NDArray[np.object_]:
        """Return the values row by row, (rows,); None where empty."""
        known = np.empty(len(self.values) + 1, dtype=object)
        known[:-1] = self.values
        known[-1] = None  # code -1 reads the last one
        return np.asarray(known[self.codes])
