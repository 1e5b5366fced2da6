"""Monthly limit: how many days a person wants to work in a month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Days, Scene
from auditmatch.shapes import Shape, SlotCap, ints


@dataclass(frozen=True, slots=True)
class MonthlyLimit:
    """The working days of a person's bookings in a calendar month are at most the auditor's `monthly_limit` (days).

    On site or remote alike. A contract of the person with the body; no clause gives a number.
    """

    name: str = "monthly_limit"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Cap the slots of each limited person and month."""
        limits = scene.register.auditors["monthly_limit"]
        who = np.flatnonzero(~np.isnan(limits))
        bounds = scene.calendar.first_day, scene.calendar.last_day
        low, high = (bound.astype("datetime64[M]").astype(np.int64) for bound in bounds)
        months = np.arange(low, high + 1)
        first_days: Days = months.astype("datetime64[M]").astype("datetime64[D]")
        # The day before the next month begins.
        next_days = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        last_days: Days = (next_days - 1).astype("datetime64[D]")
        first, last = scene.slot_range(first_days, last_days)
        people, month = np.repeat(who, len(months)), np.tile(np.arange(len(months)), len(who))
        left = np.floor(100 * scene.calendar.slots_per_day * limits[people] + 1e-6)
        weight = ints(np.full(len(scene.register.audits), 100))
        yield SlotCap(ints(people), ints(first[month]), ints(last[month]), ints(left), weight, "the monthly limit")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Add up the days of each limited person in each month, day by day."""
        limits = scene.register.auditors["monthly_limit"]
        calendar = scene.calendar
        days = calendar.date_of(np.arange(calendar.n_days))
        months, month = np.unique(days.astype("datetime64[M]"), return_inverse=True)
        limited = np.flatnonzero(~np.isnan(limits[agenda.auditor]))
        work = np.zeros((len(limits), len(months)))
        shown = np.zeros((len(limits), len(months)), dtype=bool)
        zero = 2 * int(calendar.first_day.astype(np.int64))
        # One half-day after another of all bookings at once; the longest booking sets how often.
        begin, finish = agenda.begin[agenda.booking[limited]] - zero, agenda.finish[agenda.booking[limited]] - zero
        begin, finish = np.maximum(begin, 0), np.minimum(finish, 2 * calendar.n_days)
        for step in range(int((finish - begin).max(initial=0))):
            half = begin + step
            rows = np.flatnonzero(half < finish)
            offset, pm = half[rows] // 2, half[rows] % 2
            if calendar.slots_per_day == 1:
                counts = np.where(calendar.working[offset] == 3, 0.5, 0.0)
            else:
                counts = np.where(calendar.working[offset] >> pm & 1, 0.5, 0.0)
            where = agenda.auditor[limited[rows]], month[offset]
            np.add.at(work, where, counts)
            np.logical_or.at(shown, where, (counts > 0) & agenda.shown[agenda.booking[limited[rows]]])
        found = []
        for i, k in np.argwhere(shown & (work > limits[:, None] + 1e-6)).tolist():
            who = scene.auditor_id(i)
            message = f"{who} works {work[i, k]:g} days in {months[k]}; {limits[i]:g} are allowed"
            found.append(Violation(self.name, message, (), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody works more days in a month than their monthly limit."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with limits of half a day to three days."""
        case = tiny(rng, auditors=2)
        for i in range(2):
            case = case.changing("auditors", i, monthly_limit=float(rng.choice([0.5, 1, 1.5, 2, 3])))
        return case


RULE = MonthlyLimit()
