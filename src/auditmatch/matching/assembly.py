"""From summed cells to the rows of a table: years over months, supply beside demand, and the shown means.

Source: "The matching degree" in the design page: over months X and A1 are means, Y and A2 sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from auditmatch.coded import Coded
from auditmatch.matching.classes import LEVELS
from auditmatch.matching.domain import Floats, Ints, Options
from auditmatch.matching.formula import matching, shown_mean
from auditmatch.matching.keys import Keys
from auditmatch.matching.tally import Counter

# Coarse levels first; the others are the finest of their key.
_ORDER: Final = {name: place for place, name in enumerate(("all", "nation", "year", *LEVELS))}


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Supply or demand of cells, sorted by joined key; shapes (cells,) and (cells, k)."""

    joined: Ints
    count: Floats
    low: Floats
    zero: Floats
    sums: tuple[Floats, ...]

    def at(self, joined: Ints) -> Side:
        """Return the cells of joined keys, zeros where there are none."""
        place = np.searchsorted(self.joined, joined)
        place[np.append(self.joined, -1)[place] != joined] = len(self.joined)

        def pick(values: Floats) -> Floats:
            return np.concatenate([values, np.zeros_like(values, shape=(1, *values.shape[1:]))]).take(place, axis=0)

        sums = tuple(pick(part) for part in self.sums)
        return Side(joined, pick(self.count), pick(self.low), pick(self.zero), sums)


def side_of(counter: Counter, groups: Ints, above: Ints) -> Side:
    """Return what was counted in groups and parents, the empty ones left out."""
    parts = []
    for level, joined in enumerate((groups, above)):
        found = counter.totals(level)
        some = np.flatnonzero(found.count[: len(joined)])
        numbers = (found.count[some], found.low[some], found.zero[some])
        parts.append((joined[some], *(n.astype(np.float64) for n in numbers), *(part[some] for part in found.sums)))
    joined, count, low, zero, *sums = (np.concatenate(pair) for pair in zip(*parts, strict=True))
    # A group without the keys that have parents is its own parent: the same people, kept once.
    joined, rows = np.unique(joined, return_index=True)
    return Side(joined, count[rows], low[rows], zero[rows], tuple(part[rows] for part in sums))


def with_years(side: Side, keys: Keys, place: int, mean: bool) -> Side:
    """Add the years to a side: sums over the months of a year, or means over the months that occur anywhere."""
    year = keys.keys[place].years()
    months = np.bincount(year)
    code = year[keys.codes_of(side.joined, place)]
    rows = np.flatnonzero(code)
    joined, cell = np.unique(
        keys.without(side.joined[rows], place) | (code[rows] << (keys.width * place)), return_inverse=True
    )
    over = months[keys.codes_of(joined, place)] if mean else np.ones(len(joined))

    def climb(values: Floats) -> Floats:
        if values.ndim == 2:
            return np.stack([climb(column) for column in values.T], axis=1)
        return np.concatenate([values, np.bincount(cell, weights=values[rows], minlength=len(joined)) / over])

    order = np.argsort(np.concatenate([side.joined, joined]), kind="stable")
    count, low, zero = (climb(part)[order] for part in (side.count, side.low, side.zero))
    sums = tuple(climb(part)[order] for part in side.sums)
    return Side(np.concatenate([side.joined, joined])[order], count, low, zero, sums)


def rows_of(supply: Side, demand: Side, keys: Keys, lacking: list[int]) -> Ints:
    """Return the joined keys of all rows: those of demand and those of supply, repeated for every value of the keys
    that supply lacks; sorted by the texts of their keys, parents first.
    """
    wide = supply.joined
    for place in lacking:
        key = keys.keys[place]
        codes = np.array([c for c, (level, _) in enumerate(key.labels) if level != "all"], dtype=np.int64)
        if codes.size:
            wide = (wide[:, None] | (codes << (keys.width * place))[None, :]).ravel()
    joined = np.sort(np.concatenate([wide, demand.joined]))
    joined = joined[np.diff(joined, prepend=-1) != 0]
    joined = joined[keys.shown(joined)]
    rank = np.zeros(len(joined), dtype=np.int64)
    for place, key in enumerate(keys.keys):
        names = [(_ORDER.get(level, len(_ORDER)), text) for level, text in key.labels]
        order = np.empty(len(names), dtype=np.int64)
        order[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        rank = (rank << keys.width) | order[keys.codes_of(joined, place)]
    return np.asarray(joined[np.argsort(rank, kind="stable")])


def key_columns(joined: Ints, keys: Keys, rolled: bool) -> dict[str, Coded]:
    """Return the keys of rows as columns, each with its level where it is rolled up."""
    found = {}
    for place, key in enumerate(keys.keys):
        codes = keys.codes_of(joined, place)
        found[key.name] = Coded(codes, tuple(text for _, text in key.labels))
        if rolled and (len(key.levels) > 1 or key.name == "month"):
            names = list(dict.fromkeys(level for level, _ in key.labels))
            level = np.array([names.index(level) for level, _ in key.labels])
            found[f"{key.name}_level"] = Coded(level[codes], tuple(names))
    return found


def value_columns(supply: Side, demand: Side, options: Options) -> Mapping[str, npt.NDArray[Any]]:
    """Return A1, B1, C1, X, A2, B2, C2, D, E, Y, P, schedulable, floored of rows."""
    power = options.exponents
    members, sums, plain = demand.count, demand.sums[0].T, demand.sums[-1].T
    product, shown, before = options.form == "product", {}, members
    for place, name in enumerate(("B2", "C2", "D", "E")):
        exponent = getattr(power, name)
        shown[name] = shown_mean(before, sums[place], exponent, members, plain[place] if exponent == 0.0 else None)
        before = sums[place] if product else members
    Y = sums[3] if product else sums.sum(axis=0)
    Y = Y / np.maximum(members, 1) if options.reading == "organisation" else Y
    people, (inverse, X), alone = supply.count, supply.sums[0].T, supply.sums[-1].T
    C1 = shown_mean(people, inverse, power.C1, people, alone[0] if power.C1 == 0.0 else None)
    B1 = shown_mean(inverse, X, -power.B1, people, alone[1] if power.B1 == 0.0 else None)
    able = (supply.count > supply.zero) & ((demand.count > demand.zero) | (demand.count == 0))
    return {
        "A1": people, "B1": B1, "C1": C1, "X": np.array(X),
        "A2": members.astype(np.int64), **shown, "Y": np.array(Y),
        "P": matching(X, Y), "schedulable": able, "floored": supply.low + demand.low,
    }  # fmt: skip
