"""Staffing what-if at the level of the index: what a change of staff or dates does to P, group by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.matching.changes import Pair, StaffChange
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.domain import Floats
from auditmatch.matching.drivers import group_rows, shown
from auditmatch.matching.frames import Columns, native_frame
from auditmatch.matching.measure import matching_degree

if TYPE_CHECKING:
    from auditmatch.register import Register

Measure = Callable[["Register"], Mapping[Pair, float]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StaffingEffect:
    """P before and after some changes; `staffing_effect` makes it.

    Attributes
    ----------
    changes
        What was tried, in this order.
    before, after
        The matching degree without and with the changes, as of one date; `after.register` is the changed register.
    threshold
        P that a group is to reach.
    measured
        What the measure gave by (field, specialty), before and after; None without a measure.
    """

    changes: tuple[StaffChange, ...]
    before: MatchingDegree
    after: MatchingDegree
    threshold: float
    measured: tuple[Mapping[Pair, float], Mapping[Pair, float]] | None

    def __repr__(self) -> str:
        said = "; ".join(change.describe() for change in self.changes)
        facts = self.summary
        return (
            f"StaffingEffect of {said or 'nothing'}: {facts['groups_changed']:.0f} groups change, "
            f"{facts['lifted']:.0f} reach P = {self.threshold:g}, {facts['fallen']:.0f} fall below it, "
            f"full auditors missing {facts['missing_before']:.2f} -> {facts['missing_after']:.2f}"
        )

    @property
    def table(self) -> Any:
        """Return the groups that change, sorted, as a data frame of the register's own library.

        Columns field, specialty, then before and after of A1, X, A2, Y, P and, with a measure, measure. A group that
        only one of the two has stands with counts 0 in the other. P is absent where there are no projects.
        """
        pairs, sides = self._sides()
        columns: Columns = {}
        for name in sides[0]:
            columns |= {f"{name}_before": sides[0][name], f"{name}_after": sides[1][name]}
        changed = np.zeros(len(pairs), dtype=np.bool_)
        for one, other in zip(sides[0].values(), sides[1].values(), strict=True):
            changed |= (one != other) & ~(np.isnan(one) & np.isnan(other))
        names = zip(("field", "specialty"), zip(*pairs, strict=True) if pairs else ((), ()), strict=True)
        named = {name: np.array(values, dtype=object) for name, values in names}
        rows = {name: values[changed] for name, values in (named | columns).items()}
        return native_frame(rows, self.before.register.native)

    @property
    def summary(self) -> dict[str, float]:
        """Return figures over all groups with projects.

        groups_changed: rows of `table`; lifted, fallen: groups whose P reaches the threshold, or falls below it;
        missing_before, missing_after: full auditors missing, the sum of max(0, threshold * Y - X).
        """
        _, (one, two) = self._sides()
        # Absent P compares as false on both sides: a group without projects is neither.
        low, high = one["P"] < self.threshold, one["P"] >= self.threshold
        facts = {
            "groups_changed": float(len(self.table)),
            "lifted": float((low & (two["P"] >= self.threshold)).sum()),
            "fallen": float((high & (two["P"] < self.threshold)).sum()),
        }
        for name, side in (("before", one), ("after", two)):
            facts[f"missing_{name}"] = float(np.maximum(self.threshold * side["Y"] - side["X"], 0.0).sum())
        return facts

    def _sides(self) -> tuple[list[Pair], tuple[dict[str, Floats], dict[str, Floats]]]:
        """Return the groups of either degree, and their figures in both."""
        rows = [group_rows(degree) for degree in (self.before, self.after)]
        pairs = sorted({*rows[0], *rows[1]})
        sides = []
        for k, degree in enumerate((self.before, self.after)):
            at = np.array([rows[k].get(pair, -1) for pair in pairs], dtype=np.int64)
            factors = shown(degree, at)
            totals = {"X": np.append(degree.supply.X, 0.0)[at], "Y": np.append(degree.demand.Y, 0.0)[at]}
            side = {name: (factors | totals)[name] for name in ("A1", "X", "A2", "Y", "P")}
            if self.measured is not None:
                side["measure"] = np.array([float(self.measured[k].get(pair, np.nan)) for pair in pairs])
            sides.append(side)
        return pairs, (sides[0], sides[1])


def staffing_effect(
    register: Register,
    changes: StaffChange | Iterable[StaffChange],
    at: Any = None,
    *,
    threshold: float = 1.0,
    measure: Measure | None = None,
    **options: Any,
) -> StaffingEffect:
    """Return what changes of staff or dates do to P.

    Parameters
    ----------
    register
        The tables of one certification body; they stay as they are.
    changes
        One or several of `Hire`, `Leave`, `Train`, `Lift`, `Spread`, made one after another.
    at
        The date of both degrees and of the changes; None: the first day of the open audits' windows.
    threshold
        P that a group is to reach.
    measure
        Another figure to compare, asked for with the register before and after: by (field, specialty), a number, NaN or
        left out where absent.
    options
        As `matching_degree` takes them.

    Raises
    ------
    ArgumentError
        For a threshold that is not a positive number, and as the changes and `matching_degree` state.
    UnknownNameError
        For names that the register does not know.
    """
    positive_threshold(threshold)
    tried = tuple(changes) if isinstance(changes, Iterable) else (changes,)
    before = matching_degree(register, at, **options)
    changed = register
    for change in tried:
        changed = change.applied(changed, before.at)
    after = matching_degree(changed, before.at, **options)
    measured = None if measure is None else (measure(register), measure(changed))
    return StaffingEffect(tried, before, after, float(threshold), measured)


def positive_threshold(threshold: float) -> None:
    """Raise ArgumentError unless the threshold is a positive number."""
    if not (np.isfinite(threshold) and threshold > 0):
        raise ArgumentError(f"the threshold {threshold} is not a positive number. Maybe 1?")
