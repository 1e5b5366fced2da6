"""Monthly limit: how many days a person wants to work in a month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.months import days_by_month, month_cap
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Shape, ints


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
        yield month_cap(scene, who, limits, ints(np.full(len(scene.register.audits), 100)), "the monthly limit")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Add up the days of each limited person in each month, day by day."""
        limits = scene.register.auditors["monthly_limit"]
        work, shown, months = days_by_month(scene, agenda, np.flatnonzero(~np.isnan(limits[agenda.auditor])))
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
