"""Capacity P*: the max-min fair share of each group's person-days that its people can give.

Source: "The matching degree", capacity, in the design page; worked by hand in docs/capacity.md. Dates within the
horizon and teams are ignored and days are dealt out in fractions: P* screens, the planner decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.horizon import read_day
from auditmatch.matching.departures import departures
from auditmatch.matching.domain import Floats
from auditmatch.matching.frames import native_frame
from auditmatch.matching.network import Staffing
from auditmatch.matching.scarcity import Pair, Scarcity, scarcity_of
from auditmatch.matching.shares import Fair, max_min_shares
from auditmatch.matching.stretches import Workforce, read_workforce
from auditmatch.matching.workforce import Asked, Horizon, count_people, read_asked

if TYPE_CHECKING:
    from auditmatch.register import Register


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Capacity:
    """P* of every group that open audits ask; `capacity` makes it.

    Attributes
    ----------
    register
        What it was read from.
    start, end
        First and last day of the horizon, both inclusive.
    spare
        Whether P* may exceed 1.
    P_star
        (groups,) P* in the order of the table.
    horizon, asked, workforce, fair
        The days looked at, the groups, the network of days asked and days there, and its max-min fair shares.
    """

    register: Register
    start: np.datetime64
    end: np.datetime64
    spare: bool
    P_star: Floats
    horizon: Horizon
    asked: Asked
    workforce: Workforce
    fair: Fair

    def __repr__(self) -> str:
        least = self.P_star.min()
        short = int((self.P_star < 1).sum())
        return (
            f"Capacity {self.start} to {self.end}: {len(self.asked.names)} groups, {short} below 1, least {least:.4g}"
        )

    @property
    def staffing(self) -> Staffing:
        """The network of days asked and days there, by which certificates can be checked."""
        return self.workforce.staffing

    @property
    def table(self) -> Any:
        """Return one row per group asked, sorted, as a data frame of the register's own library.

        Columns field, specialty, asked, given (person-days; given = P_star * asked), P_star, auditors (those with a day
        for the group). P_star is a ratio in [0, 1]; with `spare` it may exceed 1.
        """
        staffing = self.staffing
        pairs = np.unique(staffing.group * len(self.register.auditors) + self.workforce.owner[staffing.stretch])
        people = np.bincount(pairs // max(len(self.register.auditors), 1), minlength=len(staffing.asked))
        columns = {"asked": staffing.asked, "given": self.fair.given, "P_star": self.P_star, "auditors": people}
        return self._frame([*range(len(self.asked.names))], columns)

    @property
    def days(self) -> Any:
        """Return one way to give the days: columns field, specialty, auditor_id, days; one of many."""
        staffing, width = self.staffing, len(self.register.auditors)
        some = np.flatnonzero(self.fair.along > 1e-6)
        keys = staffing.group[some] * width + self.workforce.owner[staffing.stretch[some]]
        pairs, row = np.unique(keys, return_inverse=True)
        days = np.bincount(row, weights=self.fair.along[some], minlength=len(pairs))
        who = self.register.auditors["auditor_id"][pairs % max(width, 1)]
        return self._frame((pairs // max(width, 1)).tolist(), {"auditor_id": who, "days": days})

    def bottlenecks(self) -> tuple[Scarcity, ...]:
        """Return every set of groups that hold each other below 1 (with `spare`: at any share), tightest first.

        Each is inclusion-minimal: left alone with the scarcer ones, any part of it could get more. Its prices prove its
        P*. All levels of the leximin stand there, and every group below 1 stands in one.

        Raises
        ------
        EngineError
            When a linear program finds no optimum.
        """
        people = self.register.auditors["auditor_id"].tolist()
        found = self.fair.bottlenecks()
        return tuple(scarcity_of(each, self.fair, self.workforce, self.asked.names, people) for each in found)

    def single_points(self) -> Any:
        """Return the groups that fall below 1 when one auditor leaves, the auditor on whom most days hang first.

        Columns auditor_id, field, specialty, asked, P_star (after the auditor has left). Only groups that are at 1 or
        above before are listed.

        Raises
        ------
        EngineError
            When flow or linear program does not settle.
        """
        rows = departures(self.fair, self.workforce)
        lost: dict[int, float] = {}
        for i, g, after in rows:
            lost[i] = lost.get(i, 0.0) + (1.0 - after) * float(self.staffing.asked[g])
        rows.sort(key=lambda row: (-lost[row[0]], row[0], row[1]))
        groups = [g for _, g, _ in rows]
        who = self.register.auditors["auditor_id"][np.array([i for i, _, _ in rows], dtype=np.int64)]
        shares = np.array([share for _, _, share in rows], dtype=np.float64)
        columns = {"asked": self.staffing.asked[np.array(groups, dtype=np.int64)], "P_star": shares}
        return self._frame(groups, columns, first={"auditor_id": who})

    def few_people(self, least: int = 2) -> Any:
        """Return the groups with fewer than `least` qualified people on some day of the horizon.

        Columns field, specialty, auditors (of grade auditor or lead, employed, at some time of the horizon), fewest (on
        one of its days), asked. Groups are those that open audits ask or certificates name. In China a body needs at
        least two professional-field auditors in each opened QMS business scope (domain rule PPL-3, confirmed: FAQ on
        CNCA-QMS-01:2025, question 3); that interns do not count is assumed. Other fields are listed alike.

        Parameters
        ----------
        least
            At least 1.

        Raises
        ------
        ArgumentError
            For `least` below 1.
        """
        if least < 1:
            raise ArgumentError(f"least is {least}. Maybe 2?")
        names, people, fewest = count_people(self.register, self.horizon)
        rows = np.flatnonzero(fewest < least)
        days = dict(zip(self.asked.names, self.asked.days.tolist(), strict=True))
        asked = np.array([days.get(names[g], 0.0) for g in rows.tolist()], dtype=np.float64)
        columns = {"auditors": people[rows], "fewest": fewest[rows], "asked": asked}
        return self._frame(rows.tolist(), columns, names=names)

    def _frame(
        self,
        groups: list[int],
        columns: dict[str, Any],
        first: dict[str, Any] | None = None,
        names: tuple[Pair, ...] | None = None,
    ) -> Any:
        """Return rows about groups as a data frame."""
        names = self.asked.names if names is None else names
        head = dict(first or {})
        for place, name in enumerate(("field", "specialty")):
            head[name] = np.empty(len(groups), dtype=object)
            head[name][:] = [names[g][place] for g in groups]
        return native_frame(head | columns, self.register.native)


def capacity(register: Register, start: Any = None, end: Any = None, *, spare: bool = False) -> Capacity:
    """Return P* of each (field, specialty) that open audits ask: the share of its person-days that its people can give.

    The shares are max-min fair (leximin): the smallest is as great as can be; that being kept, so is the next smallest;
    and so on. They are exact to 1e-9 where days alone count, and to 1e-6 where limits weigh days differently.

    Parameters
    ----------
    register
        The tables of one certification body.
    start, end
        First and last day, both inclusive; None: the first `earliest` and the last `latest` of the open audits.
    spare
        False: P* is at most 1, for nobody can be given more than is asked. True: it may exceed 1 and tells how many
        times its days could be given.

    Raises
    ------
    ArgumentError
        For a date that cannot be read, a horizon that ends before it starts, or one that no open audit's window meets.
    EngineError
        When flow or linear program does not settle.
    """
    first, last = _dates(register, start, end)
    horizon = Horizon.of(register, first, last)
    asked = read_asked(register, horizon)
    if not asked.names:
        raise ArgumentError(
            f"no open audit has a window that meets {first} to {last}, so no days are asked. "
            "Maybe another start and end?"
        )
    workforce = read_workforce(register, horizon, asked)
    fair = max_min_shares(workforce.staffing, np.inf if spare else 1.0)
    return Capacity(register, first, last, spare, fair.level, horizon, asked, workforce, fair)


def _dates(register: Register, start: Any, end: Any) -> tuple[np.datetime64, np.datetime64]:
    """Return first and last day of the horizon."""
    still_open = register.audits["status"] == "open"
    if not still_open.any():
        raise ArgumentError(
            "no audit is open, so no days are asked. Maybe the table audits is missing, or all are done?"
        )
    first = register.audits["earliest"][still_open].min() if start is None else read_day(start, "start")
    last = register.audits["latest"][still_open].max() if end is None else read_day(end, "end")
    if last < first:
        raise ArgumentError(f"the horizon ends on {last}, before it starts on {first}. Maybe the two are swapped?")
    return first, last
