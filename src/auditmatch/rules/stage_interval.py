"""Stage interval: stage 2 follows stage 1 after so many days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Link, Shape


@dataclass(frozen=True, slots=True)
class StageInterval:
    """An `interval` link: min_days <= days from the first's last day to the second's first day <= max_days.

    The second starts after the first ends, also with min_days 0. Stage 1 must leave time to resolve its concerns
    (ISO/IEC 17021-1, 9.3.1.2, quoted from memory); no number for the interval could be confirmed, so both come from the
    `links` table.
    """

    name: str = "stage_interval"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give one link a row."""
        links = scene.register.links
        for k, first, second in scene.links("interval"):
            high = None if np.isnan(links["max_days"][k]) else int(links["max_days"][k])
            low = int(links["min_days"][k])
            yield Link(first, second, low, high, reason="the stage interval")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Count the calendar days between the two bookings."""
        links = scene.register.links
        first, last = agenda.first_day, agenda.last_day
        found = []
        for k, names, b, d in scene.linked_bookings(agenda, "interval"):
            days = int((first[d] - last[b]).astype(int))
            low, high = links["min_days"][k], links["max_days"][k]
            if agenda.begin[d] < agenda.finish[b] or days < low or days > high:
                limit = f"{low:.0f} or more" if np.isnan(high) else f"{low:.0f} to {high:.0f}"
                message = (
                    f"{names[1]} starts {days} days after {names[0]} ends; {limit} are allowed, not before its end"
                )
                found.append(Violation(self.name, message, names))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "The second stage follows the first within the days allowed."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with a pair of stages and limits from 0 to 3 days."""
        low = int(rng.integers(0, 3))
        high = None if rng.random() < 0.3 else low + int(rng.integers(0, 2))
        link = {"first_audit": "A0", "second_audit": "A1", "kind": "interval", "min_days": low, "max_days": high}
        return tiny(rng, auditors=2, days=4).having(links=[link])


RULE = StageInterval()
