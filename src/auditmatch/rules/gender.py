"""Gender minima: so many women and so many men in the team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import MEMBER, Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Cover, Pool, Role, Shape, ints


@dataclass(frozen=True, slots=True)
class GenderMinima:
    """Among the counting members are at least `females_min` women and `males_min` men, where the audit asks for them.

    Body's or client's policy (some sites admit one gender only to parts of the premises); no standard gives a number.
    """

    name: str = "gender"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Ask for so many counting members of each gender."""
        for column, code, word in (("females_min", "F", "women"), ("males_min", "M", "men")):
            asked = scene.register.audits[column][scene.audits]
            pool = Pool.always(np.flatnonzero(scene.register.auditors["gender"] == code).tolist())
            for number in np.unique(asked[asked > 0]).tolist():
                seats = ((Role.COUNTING, pool),)
                yield Cover(ints(scene.audits[asked == number]), True, int(number), 0, seats, word)

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Count the women and the men of each team."""
        gender = scene.register.auditors["gender"][agenda.auditor]
        found = []
        for column, code, word in (("females_min", "F", "women"), ("males_min", "M", "men")):
            counted = (gender == code) & (agenda.role <= MEMBER)
            have = np.bincount(agenda.booking[counted], minlength=len(agenda.audit))
            least = scene.register.audits[column][agenda.audit]
            for b in np.flatnonzero(agenda.shown & (have < least)):
                name = scene.audit_id(agenda.audit[b])
                message = f"{name} asks for at least {least[b]:.0f} {word}; its team has {have[b]}"
                found.append(Violation(self.name, message, (name,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "The team has at least as many women and men as the audit asks for."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case that asks for none, one or two of each gender."""
        case = tiny(rng)
        for a in range(2):
            females, males = int(rng.integers(0, 3)), int(rng.integers(0, 2))
            case = case.changing("audits", a, females_min=females, males_min=males, team_max=2)
        return case


RULE = GenderMinima()
