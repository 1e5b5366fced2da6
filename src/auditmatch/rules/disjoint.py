"""Disjoint teams: two audits share nobody."""

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
class DisjointTeams:
    """A `disjoint` link: when both audits are served, nobody is in both teams.

    Used where a second look must be independent, as a mystery visit before an open audit (domain section 1.4).
    """

    name: str = "disjoint"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give one link a row."""
        for _, first, second in scene.links("disjoint"):
            yield Link(first, second, disjoint=True, reason="disjoint teams")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Intersect the two teams."""
        found = []
        for _, names, b, d in scene.linked_bookings(agenda, "disjoint"):
            teams = [{scene.auditor_id(i) for i in agenda.team(x)} for x in (b, d)]
            common = sorted(teams[0] & teams[1])
            if common:
                message = f"{names[0]} and {names[1]} share {', '.join(common)}; their teams must be disjoint"
                found.append(Violation(self.name, message, names, tuple(common)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Linked audits share nobody."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with one linked pair of audits."""
        link = {"first_audit": "A0", "second_audit": "A1", "kind": "disjoint", "min_days": None}
        return tiny(rng, auditors=3).having(links=[link])


RULE = DisjointTeams()
