"""Keys of groups: values become codes, codes of several keys one number, numbers the cells of a tally.

Every key knows its parents: a specialty its middle class, large class and field, a province the nation. Code 0 is the
whole: the parent of everything, and what a table means that lacks the key. Months have years above them, which are made
from the months at the end, as their counts are sums and means and no distinct members.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.matching.classes import LEVELS, MIDDLE, SCHEMES, parents
from auditmatch.matching.domain import Bools, Ints

WHOLE: Final = 0
EMPTY: Final = -1
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
Label = tuple[str, str]  # level and text, as ("middle", "03.04")


@dataclass(slots=True, eq=False)
class Key:
    """One key of the groups, and the codes of its values so far.

    Attributes
    ----------
    name
        Name of the column.
    rolls
        Whether values have parents here.
    labels
        Level and text of each code.
    """

    name: str
    rolls: bool
    labels: list[Label] = field(default_factory=list)
    _number: dict[Label, int] = field(default_factory=dict)
    _codes: dict[Any, tuple[int, ...]] = field(default_factory=dict)
    _last: tuple[Any, Ints] | None = None

    def __post_init__(self) -> None:
        self._code(self.levels[-1] if len(self.levels) > 1 else "all", "")

    @property
    def levels(self) -> tuple[str, ...]:
        """Return the names of the levels that members are counted at, the finest first."""
        if self.name == "specialty" and self.rolls:
            return LEVELS[::-1]
        return ("province", "nation") if self.name == "province" and self.rolls else (self.name,)

    def codes(self, values: Sequence[Any]) -> Ints:
        """Return the code of each value at each level, (values, levels); EMPTY where a value is none or no month."""
        if self._last is not None and self._last[0] is values:
            return self._last[1]  # batches often share their values
        found, rows = self._codes, []
        for value in values:
            codes = found.get(value)
            if codes is None:
                codes = found[value] = self._climb(value)
            rows.append(codes)
        table = np.array(rows, dtype=np.int64).reshape(len(rows), len(self.levels))
        self._last = (values, table)
        return table

    def parents(self) -> Ints:
        """Return the codes of each code at all levels, (codes, levels); 0 where a code is no value of its own."""
        table = np.zeros((len(self.labels), len(self.levels)), dtype=np.int64)
        for codes in self._codes.values():
            if codes[0] > 0:
                table[codes[0]] = codes
        return table

    def years(self) -> Ints:
        """Return the code of the year of each month, (codes,); 0 for other codes. New years get codes."""
        months = [(self._number[level, text], text[:4]) for level, text in list(self.labels) if level == self.name]
        years = [(code, self._code("year", year)) for code, year in months]
        table = np.zeros(len(self.labels), dtype=np.int64)
        for code, year in years:
            table[code] = year
        return table

    def _climb(self, value: Any) -> tuple[int, ...]:
        text = self._text(value)
        if text is None:
            return (EMPTY,) * len(self.levels)
        climb: tuple[str, ...] = parents(text)[::-1] if len(self.levels) == len(LEVELS) else (text, "")
        return tuple(self._code(level, part) for level, part in zip(self.levels, climb, strict=False))

    def _text(self, value: Any) -> str | None:
        """Return a value as text, a month as YYYY-MM; None where it is absent or no month."""
        if value is None or value != value:  # NaN and NaT are not equal to themselves
            return None
        text = str(value)
        if self.name != "month":
            return text or None
        if text.isdigit() and len(text) == 6:
            text = f"{text[:4]}-{text[4:]}"
        return text[:7] if _MONTH.match(text) else None

    def _code(self, level: str, text: str) -> int:
        label = (level, text)
        if label not in self._number:
            self._number[label] = len(self.labels)
            self.labels.append(label)
        return self._number[label]


class Keys:
    """The keys of a table together; a row's codes side by side in one number of 62 bits."""

    def __init__(self, by: Sequence[str], rollup: bool) -> None:
        self.keys = tuple(Key(name, rollup) for name in by)
        self.width = 62 // max(1, len(by))
        # Every combination of levels but the finest, which the group itself is.
        self.climbs = list(product(*(range(len(key.levels)) for key in self.keys)))[1:]

    def join(self, codes: Sequence[Ints], rows: int) -> tuple[Ints, Bools]:
        """Return one number for each row, and which rows are empty in some key; `codes` per key, (rows,)."""
        self._check()
        whole, empty = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.bool_)
        for place, part in enumerate(codes):
            whole |= part << (self.width * place)
            empty |= part < 0
        return whole, empty

    def codes_of(self, numbers: Ints, place: int) -> Ints:
        """Return the codes of one key, by its place, in joined numbers."""
        return np.asarray((numbers >> (self.width * place)) & ((1 << self.width) - 1))

    def without(self, numbers: Ints, place: int) -> Ints:
        """Return joined numbers with one key set to the whole."""
        return np.asarray(numbers & ~(((1 << self.width) - 1) << (self.width * place)))

    def above(self, numbers: Ints) -> Ints:
        """Return the joined numbers of all parents of groups, (groups, climbs)."""
        tables = [key.parents() for key in self.keys]
        codes = [self.codes_of(numbers, place) for place in range(len(self.keys))]
        found = np.empty((len(numbers), len(self.climbs)), dtype=np.int64)
        for column, climb in enumerate(self.climbs):
            parts = [table[code, level] for table, code, level in zip(tables, codes, climb, strict=True)]
            found[:, column] = self.join(parts, len(numbers))[0]
        return found

    def shown(self, numbers: Ints) -> Bools:
        """Tell which joined numbers are rows to show: schemes have no middle class of their own."""
        right = np.ones(len(numbers), dtype=np.bool_)
        for place, key in enumerate(self.keys):
            hidden = [code for code, label in enumerate(key.labels) if label == (LEVELS[MIDDLE], SCHEMES)]
            right &= ~np.isin(self.codes_of(numbers, place), hidden)
        return right

    def _check(self) -> None:
        for key in self.keys:
            if len(key.labels) >> self.width:
                raise ArgumentError(
                    f"{key.name} has more than {(1 << self.width) - 1} values, too many to group by. "
                    "Maybe a key with fewer values, or fewer keys?"
                )


class Numbers:
    """Numbers 0, 1, 2, ... for joined keys, in the order in which they are first seen."""

    def __init__(self) -> None:
        self._known: npt.NDArray[np.int64] = np.empty(1 << 12, dtype=np.int64)
        self._slots: npt.NDArray[np.int32] = np.full(1 << 13, -1, dtype=np.int32)
        self.count = 0

    @property
    def known(self) -> Ints:
        """Return the joined keys in the order of their numbers."""
        return self._known[: self.count]

    def of(self, joined: Ints) -> npt.NDArray[np.int32]:
        """Return the number of each joined key; new ones are added."""
        from auditmatch.matching.kernels import find

        out = np.empty(len(joined), dtype=np.int32)
        done = 0
        while True:
            rows, self.count = find(joined[done:], self._known, self._slots, self.count, out[done:])
            done += rows
            if done == len(joined):
                return out
            self._grow()

    def _grow(self) -> None:
        """Double the room, and put everything in again: at most half of the slots are ever taken."""
        from auditmatch.matching.kernels import find

        old = self.known.copy()
        self._known = np.empty(2 * len(self._known), dtype=np.int64)
        self._slots = np.full(2 * len(self._slots), -1, dtype=np.int32)
        _, self.count = find(old, self._known, self._slots, 0, np.empty(len(old), dtype=np.int32))
