"""Continuity: someone who knows the client comes again."""

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
class Continuity:
    """A `continuity` link: when both audits are served, their teams have at least `members` people in common.

    Interns and experts count as people of the team. Body's policy; no clause gives a number.
    """

    name: str = "continuity"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give one link a row."""
        links = scene.register.links
        for k, first, second in scene.links("continuity"):
            yield Link(first, second, share=int(links["members"][k]), reason="continuity")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Intersect the two teams."""
        links = scene.register.links
        found = []
        for k, names, b, d in scene.linked_bookings(agenda, "continuity"):
            teams = [{scene.auditor_id(i) for i in agenda.team(x)} for x in (b, d)]
            common = sorted(teams[0] & teams[1])
            if len(common) < links["members"][k]:
                message = (
                    f"{names[0]} and {names[1]} share {len(common)} people; {links['members'][k]} must be the same"
                )
                found.append(Violation(self.name, message, names, tuple(common)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Linked audits share at least so many people."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with one linked pair of audits."""
        link = {"first_audit": "A0", "second_audit": "A1", "kind": "continuity", "members": int(rng.integers(1, 3))}
        return (
            tiny(rng, auditors=3)
            .changing("audits", 0, team_max=2)
            .changing("audits", 1, team_max=2)
            .having(links=[link])
        )


RULE = Continuity()
