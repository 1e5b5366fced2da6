"""Away days: how many days of a month a person promises to be away from home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.months import days_by_month, month_cap
from auditmatch.places import away_from, is_away
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Shape, ints


@dataclass(frozen=True, slots=True)
class AwayDays:
    """The working days of a person's audits away in a calendar month are at most the auditor's `away_monthly` (days).

    An audit is away when some of it is on site, at a place more than `away_km` (a setting) from where the person's
    trips begin; each of its days stands for a night. A promise of the body to the person; no clause gives a number.
    """

    name: str = "away_days"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Cap the slots away of each person and month; those who live at one place share what weighs."""
        table = scene.register.auditors
        limits, homes = table["away_monthly"], table["location"]
        limited = ~np.isnan(limits)
        for home in dict.fromkeys(homes[limited].tolist()):
            who = np.flatnonzero(limited & (homes == home))
            yield month_cap(scene, who, limits, ints(100 * away_from(scene.register, home)), "the days away")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Add up the days away of each limited person in each month, day by day."""
        limits = scene.register.auditors["away_monthly"]
        asked = np.flatnonzero(~np.isnan(limits[agenda.auditor]))
        away = is_away(scene.register, agenda.auditor[asked], agenda.audit[agenda.booking[asked]])
        work, shown, months = days_by_month(scene, agenda, asked[away])
        found = []
        for i, k in np.argwhere(shown & (work > limits[:, None] + 1e-6)).tolist():
            who = scene.auditor_id(i)
            message = f"{who} is away {work[i, k]:g} days in {months[k]}; {limits[i]:g} are promised at most"
            found.append(Violation(self.name, message, (), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody is away from home for more days in a month than promised."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with promises of none to two days, and all homes known but one at times."""
        case = tiny(rng, auditors=2)
        for i in range(2):
            case = case.changing("auditors", i, away_monthly=float(rng.choice([0, 0.5, 1, 1.5, 2])))
        if rng.random() < 0.2:
            case = case.changing("auditors", 0, location=None)
        return case.having(settings=[{"name": "away_km", "value": str(rng.choice([50, 150, 1200]))}])


RULE = AwayDays()
