"""From batches of a table to rows ready to be summed: keys numbered, members numbered, factors checked and floored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from auditmatch.coded import Coded
from auditmatch.errors import nearest
from auditmatch.matching.batches import Column, coded
from auditmatch.matching.cells import Cells
from auditmatch.matching.domain import COUNT, DOMAINS, Exponents, Floats, Ints
from auditmatch.matching.faults import Faults
from auditmatch.matching.members import Members, Numbered
from auditmatch.matching.sources import Batch, Source
from auditmatch.matching.tally import Rows

# The columns of each side in the order in which its kernel takes them, and those that must be there.
SUPPLY: Final = ("C1", "B1")
DEMAND: Final = ("B2", "C2", "D", "E")
REQUIRED: Final = ("C1",)  # registrations cannot be seen from one row; the other factors are 1 unless given


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a table is read.

    Attributes
    ----------
    factors
        SUPPLY or DEMAND.
    by
        Keys; supply may lack some, and then its people count for every value of these.
    member
        Column of the member; None: each row is one.
    exponents, floor
        As in `degree_of`.
    passes
        For each pass over the members, whether its factors are raised to their exponents.
    """

    factors: tuple[str, ...]
    by: tuple[str, ...]
    member: str | None
    exponents: Exponents
    floor: float
    passes: tuple[bool, ...]


class Reader:
    """Reads one table; faults are gathered, and a batch with faults yields nothing."""

    def __init__(self, source: Source, plan: Plan, cells: Cells, faults: Faults) -> None:
        self._source, self._plan, self._cells, self._faults = source, plan, cells, faults
        self._members, self._row, self._ones = Members(), 0, np.ones(0)
        self._sorted = True
        self._last: dict[str, float] = {}  # factors of the row before
        self.keys = tuple(name for name in plan.by if name in source.names)
        self._check_names()

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each batch."""
        if self._faults:
            return
        plan = self._plan
        names = [*self.keys, *(name for name in plan.factors if name in self._source.names)]
        names += [plan.member] if plan.member is not None else []
        for batch in self._source.read(list(dict.fromkeys(names))):
            lengths = {name: len(column) for name, column in batch.items()}
            if len(set(lengths.values())) > 1:
                self._faults.column(
                    None, f"has columns of {min(lengths.values())} to {max(lengths.values())} rows", None
                )
                return
            count = next(iter(lengths.values()), 0)
            if count:
                found = self._rows(batch, count)
                if found is not None:
                    yield found
                self._row += count

    def _check_names(self) -> None:
        names, plan = self._source.names, self._plan
        needed = [plan.member] if plan.member is not None else []
        needed += [name for name in REQUIRED if name in plan.factors]
        needed += plan.by if plan.factors == DEMAND else ()
        for name in needed:
            if name not in names:
                near = nearest(name, names)
                self._faults.column(name, "is missing", f"{near!r}?" if near else f"one of {', '.join(names)}?")

    def _rows(self, batch: Batch, count: int) -> Rows | None:
        members = self._number(batch, count)
        joined, right = self._join(batch, count)
        factors, flag = self._factors(batch, ~members.begins)
        if self._faults or not right:
            return None
        group = self._cells.number(joined)
        passes = tuple(self._raised(factors) if raised else factors for raised in self._plan.passes)
        arrays = (group, members.number, members.begins, flag, *(values for some in passes for values in some))
        for values in arrays:  # compiled once, for arrays that are only read
            values.flags.writeable = False
        return Rows(group, members.number, members.begins, flag, passes)

    def _number(self, batch: Batch, count: int) -> Numbered:
        name = self._plan.member
        if name is None:
            return self._members.each_row(count)
        members = self._members.of(batch[name])
        if members.falls.size and self._sorted:
            self._sorted = False  # told once: after it the order is lost
            rows = members.falls[:1]
            what = f"stands below the row before; rows must be sorted by {name}, so that each counts once"
            self._tell(name, rows, batch[name], what, "ORDER BY it?")
        self._tell(name, members.empty, batch[name], "is empty", None)
        return members

    def _join(self, batch: Batch, count: int) -> tuple[Ints, bool]:
        parts = []
        for key in self._cells.keys.keys:
            if key.name not in batch:
                parts.append(np.zeros(1, dtype=np.int64))
                continue
            column = coded(batch[key.name])
            codes = np.append(key.codes(column.values)[:, 0], -1)[column.codes]
            if (empty := np.flatnonzero(codes < 0)).size:
                what = "is no month" if key.name == "month" else "is empty"
                way = "a date or YYYY-MM?" if key.name == "month" else None
                self._tell(key.name, empty, column, what, way)
            parts.append(codes)
        joined, empty_rows = self._cells.keys.join(parts, count)
        return joined, not empty_rows.any()

    def _factors(self, batch: Batch, again: npt.NDArray[np.bool_]) -> tuple[tuple[Floats, ...], npt.NDArray[np.uint8]]:
        """Return the checked factors, those below the floor raised to it, and the flags of the rows."""
        flag = np.zeros(len(again), dtype=np.uint8)
        found = []
        for name in self._plan.factors:
            if name not in batch:
                found.append(self._one(len(again)))
                continue
            values = self._numbers(name, batch[name], len(again))
            if self._scan(name, values, again):
                low = values < self._plan.floor
                flag |= low | np.left_shift(values == 0, 1, dtype=np.uint8)
                values = np.maximum(values, self._plan.floor)
            found.append(values)
        return tuple(found), flag

    def _scan(self, name: str, values: Floats, again: npt.NDArray[np.bool_]) -> bool:
        """Note what is wrong in a factor; tell whether a value lies below the floor."""
        from auditmatch.matching.kernels import BELOW, OUTSIDE, SPLIT, scan_count, scan_share

        share = DOMAINS[name] != COUNT
        before, self._last[name] = self._last.get(name, values[0]), values[-1]
        floor = self._plan.floor
        bits = scan_share(values, again, before, floor) if share else scan_count(values, again, before)
        if bits & OUTSIDE:
            right = (values >= 0) & (values <= 1) if share else (values >= 1) & (values < np.inf)
            what = "must be a number from 0 to 1" if share else "must be a number of at least 1"
            way = "divide percentages by 100?" if share else "count from 1?"
            self._tell(name, np.flatnonzero(~right), values, what, way)
        if bits & SPLIT:
            differs = np.not_equal(values, np.append(before, values[:-1])) & again
            what = f"differs from the row before of the same {self._plan.member}"
            self._tell(name, np.flatnonzero(differs), values, what, "one value for each member?")
        return bool(bits & BELOW)

    def _tell(self, name: str, rows: Ints, column: Column, what: str, way: str | None) -> None:
        """Note faults in some rows of this batch, by their rows in the table as it was given."""
        if rows.size:
            place = self._row + rows
            cells = column.part(rows).plain() if isinstance(column, Coded) else column[rows]
            self._faults.rows(
                name, place if self._source.order is None else self._source.order[place], cells, what, way
            )

    def _numbers(self, name: str, column: Column, count: int) -> Floats:
        if isinstance(column, Coded) or column.dtype.kind not in "biuf":
            kind = "text" if isinstance(column, Coded) else str(column.dtype)
            self._faults.column(name, f"must be numbers, not {kind}", "another column?")
            return self._one(count)
        view = np.ascontiguousarray(column, dtype=np.float64)[:]
        view.flags.writeable = False
        return view

    def _raised(self, factors: Sequence[Floats]) -> tuple[Floats, ...]:
        powers = [getattr(self._plan.exponents, name) for name in self._plan.factors]
        return tuple(values if power == 1.0 else values**power for values, power in zip(factors, powers, strict=True))

    def _one(self, count: int) -> Floats:
        if len(self._ones) < count:
            self._ones = np.ones(count)
            self._ones.flags.writeable = False
        return self._ones[:count]
