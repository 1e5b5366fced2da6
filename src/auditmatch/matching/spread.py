"""Spreading the dates of a group of companies over weeks, and so lifting its coordination D."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching.demands import coordination
from auditmatch.matching.domain import Ints
from auditmatch.tables import Table

if TYPE_CHECKING:
    from auditmatch.register import Register


@dataclass(frozen=True, slots=True)
class Spread:
    """The open audits of a group of companies are agreed to fall due in different weeks.

    D of its organisations becomes 1 / per_week, or stays where it is higher: audits, windows and legal deadlines are
    left as they are.

    Attributes
    ----------
    group
        A `group_id`, or an `organisation_id` of one without a group.
    per_week
        Most audits in a week (Monday to Sunday); None: the fewest that the windows `earliest` to `deadline` allow.
    """

    group: str
    per_week: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers below 1."""
        if self.per_week is not None and self.per_week < 1:
            raise ArgumentError(f"per_week is {self.per_week}. Maybe 1?")

    def applied(self, register: Register, at: np.datetime64) -> Register:
        """Return the register with D of the organisations raised.

        Raises
        ------
        UnknownNameError
            When no group and no organisation is called so.
        ArgumentError
            When the windows allow no such spread.
        """
        rows = self._organisations(register)
        table = register.organisations
        fewest = fewest_per_week(register, rows)
        if self.per_week is not None and self.per_week < fewest:
            raise ArgumentError(
                f"the audits of {self.group!r} cannot be spread to {self.per_week} a week within their windows. "
                f"Maybe {fewest}?"
            )
        given = table["coordination"]
        now = np.where(np.isnan(given), coordination(register), given)[rows]
        cells = np.array(given)
        cells[rows] = np.maximum(now, 1.0 / (self.per_week or fewest))
        changed = Table(table.name, {**table.columns, "coordination": cells}, table.source_rows)
        return register.with_tables(organisations=changed)

    def describe(self) -> str:
        """Return the change in a few words."""
        return f"spread the dates of {self.group}" + (f" to {self.per_week} a week" if self.per_week else "")

    def _organisations(self, register: Register) -> Ints:
        table = register.organisations
        rows = np.flatnonzero(table["group_id"] == self.group)
        if not rows.size:
            alone = np.array([name is None for name in table["group_id"].tolist()], dtype=np.bool_)
            rows = np.flatnonzero((table["organisation_id"] == self.group) & alone)
            if not rows.size:
                known = {*table["group_id"].tolist(), *table["organisation_id"][alone].tolist()} - {None}
                raise unknown("group of companies, or organisation without one,", self.group, sorted(known))
        return rows


def fewest_per_week(register: Register, organisations: Ints) -> int:
    """Return the least k such that their open audits fit into weeks, at most k in each, within their windows.

    Each week takes the waiting audits of the earliest deadline first, which meets all deadlines whenever some
    arrangement does (Jackson 1955); weeks run from Monday to Sunday.
    """
    audits = register.audits
    rows = (audits["status"] == "open") & np.isin(
        register.index("organisations", audits["organisation_id"]), organisations
    )
    # 1970-01-01 was a Thursday: with 3 days more, numbers change on Mondays.
    first, last = ((audits[name][rows].astype(np.int64) + 3) // 7 for name in ("earliest", "deadline"))
    limit = 1
    while not _fits(np.minimum(first, last), last, limit):
        limit += 1
    return limit


def _fits(first: Ints, last: Ints, limit: int) -> bool:
    """Tell whether audits with first and last week fit, at most `limit` in a week."""
    coming = sorted(zip(first.tolist(), last.tolist(), strict=True), reverse=True)
    waiting: list[int] = []  # last weeks of those whose windows have begun
    week = 0
    while coming or waiting:
        if not waiting:
            week = max(week, coming[-1][0])
        while coming and coming[-1][0] <= week:
            heapq.heappush(waiting, coming.pop()[1])
        for _ in range(min(limit, len(waiting))):
            if heapq.heappop(waiting) < week:
                return False
        week += 1
    return True
