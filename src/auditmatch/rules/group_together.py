"""Group audits together: audits of one group of companies begin near each other."""

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
class GroupTogether:
    """A `together` link: the first days of the two audits differ by at most max_days calendar days.

    Client's wish; no clause gives a number.
    """

    name: str = "group_together"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give one link a row."""
        links = scene.register.links
        for k, first, second in scene.links("together"):
            yield Link(first, second, within=int(links["max_days"][k]), reason="the group's dates")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare the first days of both audits."""
        links, first = scene.register.links, agenda.first_day
        found = []
        for k, names, b, d in scene.linked_bookings(agenda, "together"):
            days = abs(int((first[d] - first[b]).astype(int)))
            limit = links["max_days"][k]
            if days > limit:
                message = f"{names[0]} and {names[1]} begin {days} days apart; at most {limit:.0f} are allowed"
                found.append(Violation(self.name, message, names))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Linked audits of one group begin within the days allowed."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with a pair that must begin within 0 to 2 days."""
        link = {"first_audit": "A0", "second_audit": "A1", "kind": "together", "max_days": int(rng.integers(0, 3))}
        return tiny(rng, auditors=2).having(links=[link])


RULE = GroupTogether()
