"""P = X / Y of each group as a fuzzy number: alpha-cuts at the corners, centroid, possibility and necessity.

P rises with B1, B2, C2, D and E and falls with C1, whatever form, reading and exponents are chosen, and X and Y share
no factor. So the least P of a cut is reached with all factors at their worst ends, the greatest with all at their
best: exact, without a sweep (the vertex method; W. Dong and H. Shah, Fuzzy Sets and Systems 24, 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.errors import ArgumentError, unknown
from auditmatch.fuzzy_tables import AUDITOR_ITEMS, FUZZY_ITEMS, ORGANISATION_ITEMS
from auditmatch.matching.domain import Floats, Ints
from auditmatch.matching.factors import COOPERATION_ITEMS, Memberships, organisation_items
from auditmatch.matching.formula import difficulty, matching, sufficiency
from auditmatch.matching.frames import Columns, native_frame
from auditmatch.matching.fuzzy import FuzzyArray, item_values
from auditmatch.memberships import Ends

if TYPE_CHECKING:
    from auditmatch.matching.degree import MatchingDegree

_BLOCK = 2_000_000  # memberships times levels that are valued at once
_HALVINGS = 50  # of the interval in which a threshold's level lies: 2**-50 is 1e-15
_TIE = 1e-12  # relative: P this close to a threshold counts as equal to it


@dataclass(frozen=True, slots=True, eq=False)
class FuzzyFactors:
    """The factors of a register before they are valued: items of members, and who is in which group.

    Attributes
    ----------
    items
        By item: one element for each auditor or organisation.
    registrations
        (auditors,) C1, which is counted and not fuzzy.
    """

    items: dict[str, FuzzyArray]
    registrations: Floats


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FuzzyDegree:
    """The matching degree of every group as a fuzzy number; `MatchingDegree.fuzzy` makes it.

    Attributes
    ----------
    degree
        The crisp degree, at the centroids of what is fuzzy.
    factors
        What it was made from.
    levels
        (levels,) rising from 0, the support, to 1, the core.
    low, high
        (levels, groups) ends of the cuts of P; NaN where Y is 0.
    x_low, x_high, y_low, y_high
        The same of X and Y.
    """

    degree: MatchingDegree
    factors: FuzzyFactors
    levels: Floats
    low: Floats
    high: Floats
    x_low: Floats
    x_high: Floats
    y_low: Floats
    y_high: Floats

    def __post_init__(self) -> None:
        for name in ("levels", "low", "high", "x_low", "x_high", "y_low", "y_high"):
            getattr(self, name).setflags(write=False)

    def __repr__(self) -> str:
        fuzzy = int((self.low[0] < self.high[0]).sum())
        return f"FuzzyDegree of {self.low.shape[1]} groups, {fuzzy} of them fuzzy, {len(self.levels)} levels"

    @property
    def centroid(self) -> Floats:
        """(groups,) centre of gravity under P's membership, taken as straight between the levels; NaN where Y is 0.

        With w the width of a cut and m its middle, it is the integral of w * m over the levels by that of w; where P is
        one number, that number.
        """
        width, middle = self.high - self.low, (self.high + self.low) / 2
        step = np.diff(self.levels)[:, None]
        area = (step * (width[1:] + width[:-1]) / 2).sum(axis=0)
        # Simpson's rule is exact here: width and middle are straight between levels, their product is a parabola.
        centre = (width[1:] + width[:-1]) * (middle[1:] + middle[:-1])
        moment = (step * (width[1:] * middle[1:] + width[:-1] * middle[:-1] + centre) / 6).sum(axis=0)
        flat = area <= _TIE * np.abs(self.high[0])
        return np.asarray(np.divide(moment, area, out=middle[-1].copy(), where=~flat & (area > 0)))

    @property
    def table(self) -> Any:
        """Return one row per (field, specialty) as a data frame of the register's own library.

        Columns field, specialty, P (crisp, at the centroids of the factors), low and high (support), core_low and
        core_high, centroid (of the fuzzy P), possibility and necessity that P >= 1. All are absent where Y is 0.
        """
        columns = self._names() | {"P": self.degree.P, "low": self.low[0], "high": self.high[0]}
        columns |= {"core_low": self.low[-1], "core_high": self.high[-1], "centroid": self.centroid}
        return self._frame(columns | {"possibility": self._possible(1.0), "necessity": self._certain(1.0)})

    def cuts(self, field: str, specialty: str) -> Any:
        """Return level, low and high of P of one group, and of its X and Y, as a data frame.

        Raises
        ------
        UnknownNameError
            When there is no such group.
        """
        names = self.degree.factors
        (rows,) = np.nonzero((names.field == field) & (names.specialty == specialty))
        if not len(rows):
            known = [f"{one} {two}" for one, two in zip(names.field, names.specialty, strict=True)]
            raise unknown("group", f"{field} {specialty}", known)
        ends = ("low", "high", "x_low", "x_high", "y_low", "y_high")
        return self._frame({"level": self.levels} | {name: getattr(self, name)[:, rows[0]] for name in ends})

    def possibility(self, threshold: float = 1.0) -> Any:
        """Return field, specialty and the possibility that P >= threshold: the highest level whose cut reaches it.

        Exact, whatever levels are kept: the level is found by halving.

        Raises
        ------
        ArgumentError
            For a threshold that is not a positive number.
        """
        return self._frame(self._names() | {"possibility": self._possible(threshold)})

    def necessity(self, threshold: float = 1.0) -> Any:
        """Return field, specialty and the necessity that P >= threshold: 1 - the possibility that P < threshold.

        Raises
        ------
        ArgumentError
            For a threshold that is not a positive number.
        """
        return self._frame(self._names() | {"necessity": self._certain(threshold)})

    def _possible(self, threshold: float) -> Floats:
        """Return the possibility that P >= threshold, (groups,); NaN where Y is 0."""
        reached = _nearly(threshold)
        found = _highest(lambda level: self._ends(level)[1] >= reached, self.high >= reached)
        return np.where(np.isnan(self.degree.P), np.nan, found)

    def _certain(self, threshold: float) -> Floats:
        """Return the necessity that P >= threshold, (groups,); NaN where Y is 0."""
        reached = _nearly(threshold)
        failed = _highest(lambda level: self._ends(level)[0] < reached, self.low < reached)
        return np.where(np.isnan(self.degree.P), np.nan, 1 - failed)

    def _ends(self, level: Floats) -> Ends:
        """Return both ends of P's cut at a level of each group's own, (groups,)."""
        x_low, x_high, y_low, y_high = value_cuts(self.degree, self.factors, level)
        return matching(x_low, y_high), matching(x_high, y_low)

    def _names(self) -> Columns:
        return {"field": self.degree.factors.field, "specialty": self.degree.factors.specialty}

    def _frame(self, columns: Columns) -> Any:
        return native_frame(columns, self.degree.register.native)


def _nearly(threshold: float) -> float:
    """Return the threshold less what rounding may take from a P that equals it."""
    if not (np.isfinite(threshold) and threshold > 0):
        raise ArgumentError(f"the threshold {threshold} is not a positive number. Maybe 1?")
    return threshold * (1 - _TIE)


def _highest(holds: Any, known: Any) -> Floats:
    """Return the highest level in [0, 1] at which a condition holds that holds below if it holds above; (groups,).

    Parameters
    ----------
    holds
        From (groups,) levels to (groups,) truths.
    known
        (levels, groups) the condition at the levels kept, the last of which is 1.
    """
    below, above = np.zeros(known.shape[1]), np.ones(known.shape[1])
    open_ = known[0] & ~known[-1]
    if open_.any():
        for _ in range(_HALVINGS):
            middle = (below + above) / 2
            true = holds(middle)
            below, above = np.where(true, middle, below), np.where(true, above, middle)
    return np.where(known[-1], 1.0, np.where(open_, below, 0.0))


def fuzzy_degree(degree: MatchingDegree, levels: int | Sequence[float] = 11) -> FuzzyDegree:
    """Return the fuzzy matching degree of a register, with the date and options of a crisp one; `MatchingDegree.fuzzy`.

    Raises
    ------
    ArgumentError
        For levels that are neither a number of at least 2 nor levels in [0, 1]; where rules conclude a factor from
        items that may be fuzzy.
    """
    chosen = _levels(levels)
    for factor, rules in degree.options.inference.items():
        if set(rules.names) & set(FUZZY_ITEMS):
            raise ArgumentError(f"{factor} is concluded by rules, so P need not be monotone. Maybe without inference?")
    factors = read_fuzzy(degree)
    pairs = max(len(degree.factors.supply.group), len(degree.factors.demand.group), 1)
    size = max(_BLOCK // pairs, 1)
    blocks = [value_cuts(degree, factors, chosen[at : at + size, None]) for at in range(0, len(chosen), size)]
    x_low, x_high, y_low, y_high = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    low, high = matching(x_low, y_high), matching(x_high, y_low)
    return FuzzyDegree(degree, factors, chosen, low, high, x_low, x_high, y_low, y_high)


def _levels(levels: int | Sequence[float]) -> Floats:
    if isinstance(levels, int | np.integer):
        if levels < 2:
            raise ArgumentError(f"levels is {levels}; the support and the core are two. Maybe 11?")
        return np.linspace(0, 1, int(levels))
    given = np.asarray(levels, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise ArgumentError(f"levels {levels!r} do not all lie in 0 .. 1. Maybe 11?")
    return np.union1d(given, [0.0, 1.0])


def read_fuzzy(degree: MatchingDegree) -> FuzzyFactors:
    """Read the items of all members as fuzzy numbers."""
    register = degree.register
    items = {item: item_values(register, item, register.auditors[item]) for item in AUDITOR_ITEMS}
    plain = organisation_items(register, degree.options.inference)
    items |= {item: item_values(register, item, plain[item]) for item in ORGANISATION_ITEMS}
    return FuzzyFactors(items, degree.factors.auditors.C1)


def value_cuts(degree: MatchingDegree, fuzzy: FuzzyFactors, level: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the ends of X and Y of every group at given levels.

    Parameters
    ----------
    degree
        Groups, memberships and options.
    fuzzy
        The factors.
    level
        (levels, 1) for all groups alike, or (groups,) for a level of each group's own.

    Returns
    -------
    tuple
        Low X, high X, low Y, high Y; (levels, groups) or (groups,).
    """
    supply, demand, options = degree.factors.supply, degree.factors.demand, degree.options
    n_groups = len(degree.P)

    def of_members(names: Sequence[str], members: Memberships, floor: float) -> Ends:
        """Return the cut of the mean of some items, raised to the floor, for each membership."""
        own = level if level.ndim == 2 else level[members.group]
        cuts = [fuzzy.items[name].cut(own, members.member) for name in names]
        low, high = (np.mean(ends, axis=0) if len(cuts) > 1 else ends[0] for ends in zip(*cuts, strict=True))
        return np.maximum(low, floor), np.maximum(high, floor)

    registrations = fuzzy.registrations[supply.member]
    willing = of_members(AUDITOR_ITEMS, supply, options.floor)
    x_low, x_high = (
        _sums(sufficiency(end, registrations, options.exponents), supply.group, n_groups) for end in willing
    )
    columns = [of_members(COOPERATION_ITEMS, demand, options.floor), of_members(["certificates"], demand, 1.0)]
    columns += [of_members([item], demand, options.floor) for item in ("coordination", "policy")]
    # Low factors make a high Y.
    y_high, y_low = (
        _sums(difficulty(b2, c2, d, e, options.form, options.exponents), demand.group, n_groups)
        for b2, c2, d, e in zip(*columns, strict=True)
    )
    if options.reading == "organisation":
        projects = np.maximum(degree.demand.A2, 1)
        y_high, y_low = y_high / projects, y_low / projects
    return x_low, x_high, y_low, y_high


def _sums(values: Floats, group: Ints, n_groups: int) -> Floats:
    """Sum memberships (..., pairs) into groups (..., n_groups)."""
    if values.ndim == 1:
        return np.asarray(np.bincount(group, weights=values, minlength=n_groups), dtype=np.float64)
    flat = np.arange(len(values))[:, None] * n_groups + group
    sums = np.bincount(flat.ravel(), weights=values.ravel(), minlength=len(values) * n_groups)
    return np.asarray(sums, dtype=np.float64).reshape(-1, n_groups)
