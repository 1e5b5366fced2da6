"""Monthly limit: how many days a person wants to work in a month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
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
        months = np.arange(bounds[0].astype("datetime64[M]"), bounds[1].astype("datetime64[M]") + 1)
        first_days = months.astype("datetime64[D]")
        last_days = (months + 1).astype("datetime64[D]") - 1
        first, last = scene.slot_range(first_days, last_days)
        people, month = np.repeat(who, len(months)), np.tile(np.arange(len(months)), len(who))
        left = np.floor(100 * scene.calendar.slots_per_day * limits[people] + 1e-6)
        weight = ints(np.full(len(scene.register.audits), 100))
        yield SlotCap(ints(people), ints(first[month]), ints(last[month]), ints(left), weight, "the monthly limit")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Add up the days of each limited person in each month, day by day."""
        limits = scene.register.auditors["monthly_limit"]
        found = []
        per_day = scene.calendar.slots_per_day
        for i in np.flatnonzero(~np.isnan(limits)).tolist():
            days: dict[str, float] = {}
            shown: set[str] = set()
            for m in np.flatnonzero(agenda.auditor == i):
                b = agenda.booking[m]
                for half in range(agenda.begin[b], agenda.finish[b]):
                    date = np.datetime64(half // 2, "D")
                    if per_day == 1 and half % 2:
                        continue
                    if scene.calendar.slots_between(date, half % 2, date, 1 if per_day == 1 else half % 2) > 0:
                        month = str(date.astype("datetime64[M]"))
                        days[month] = days.get(month, 0) + 1 / per_day
                        shown.update([month] if agenda.shown[b] else [])
            for month in sorted(shown):
                if days[month] > limits[i] + 1e-6:
                    who = scene.auditor_id(i)
                    message = f"{who} works {days[month]:g} days in {month}; {limits[i]:g} are allowed"
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
