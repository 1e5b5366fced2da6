"""Full-time members: not every team may be made of contract auditors."""

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
class FullTime:
    """Among the counting members are at least `full_time_min` full-time auditors, where the audit asks for them.

    Practice of Chinese certification bodies (domain rule PPL-7); not found in the 2025 rules, so it is a column with
    default 0 and never a silent one.
    """

    name: str = "full_time"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Ask for so many counting members from the full-time staff."""
        asked = scene.register.audits["full_time_min"][scene.audits]
        pool = Pool.always(np.flatnonzero(scene.register.auditors["full_time"]).tolist())
        for number in np.unique(asked[asked > 0]).tolist():
            seats = ((Role.COUNTING, pool),)
            yield Cover(ints(scene.audits[asked == number]), True, int(number), 0, seats, "full-time auditors")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Count the full-time members of each team."""
        counted = scene.register.auditors["full_time"][agenda.auditor] & (agenda.role <= MEMBER)
        have = np.bincount(agenda.booking[counted], minlength=len(agenda.audit))
        least = scene.register.audits["full_time_min"][agenda.audit]
        found = []
        for b in np.flatnonzero(agenda.shown & (have < least)):
            name = scene.audit_id(agenda.audit[b])
            message = f"{name} asks for at least {least[b]:.0f} full-time members; its team has {have[b]}"
            found.append(Violation(self.name, message, (name,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "The team has at least as many full-time members as the audit asks for."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case that asks for none, one or two full-time members."""
        case = tiny(rng)
        for a in range(2):
            case = case.changing("audits", a, full_time_min=int(rng.integers(0, 3)), team_max=2)
        return case


RULE = FullTime()
