"""One place at a time: nobody is in two audits in one slot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Gap, Shape, ints


@dataclass(frozen=True, slots=True)
class OnePlace:
    """The bookings of one auditor do not overlap (domain rule PPL-8)."""

    name: str = "one_place"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Ask for a gap of no half-day between any two audits."""
        everywhere = ints(np.zeros(len(scene.register.audits)))
        yield Gap(everywhere, np.array([[0]], dtype=np.int64), "is in another audit")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Sort each auditor's bookings by time and look for one that begins before an earlier one ends."""
        order = np.lexsort((agenda.begin[agenda.booking], agenda.auditor))
        who, booking = agenda.auditor[order], agenda.booking[order]
        found = []
        for step in range(1, len(order)):
            first, second = booking[:-step], booking[step:]
            same = who[:-step] == who[step:]
            overlap = same & (agenda.begin[second] < agenda.finish[first])
            clash = overlap & (agenda.shown[first] | agenda.shown[second])
            for k in np.flatnonzero(clash):
                names = tuple(scene.audit_id(agenda.audit[b]) for b in (first[k], second[k]))
                person = scene.auditor_id(who[k])
                found.append(
                    Violation(self.name, f"{person} is in {names[0]} and {names[1]} at once", names, (person,))
                )
            # Begins ascend, so a booking that ends before its k-th follower begins meets none further on.
            if not overlap.any():
                break
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody is in two audits at once."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with two audits and two people, so that they must share."""
        return tiny(rng, audits=2, auditors=2)


RULE = OnePlace()
