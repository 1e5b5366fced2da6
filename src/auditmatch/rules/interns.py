"""Interns are supervised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import INTERN, Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Cover, Role, Shape, ints


@dataclass(frozen=True, slots=True)
class InternsSupervised:
    """A team has at most `interns_per_auditor` interns for each counting member.

    The number is the body's policy and a setting (default 1); that interns work under supervision is common practice
    of the registration schemes (domain rules PPL-14, PPL-15).
    """

    name: str = "interns"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Allow so many interns for each counting member."""
        limit = scene.register.setting("interns_per_auditor")
        yield Cover(ints(scene.audits), False, 0, limit, ((Role.INTERN, None),), "interns")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare interns with counting members."""
        limit = scene.register.setting("interns_per_auditor")
        have = np.bincount(agenda.booking[agenda.role == INTERN], minlength=len(agenda.audit))
        counting = agenda.counting
        found = []
        for b in np.flatnonzero(agenda.shown & (have > limit * counting)):
            name = scene.audit_id(agenda.audit[b])
            message = f"{name} has {have[b]} interns for {counting[b]} counting members; {limit} each are allowed"
            found.append(Violation(self.name, message, (name,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Each counting member supervises at most the set number of interns."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with one audit, up to two interns asked for, and a limit of 0, 1 or 2."""
        case = tiny(rng, audits=1, auditors=4).changing("audits", 0, team_min=1, team_max=int(rng.integers(1, 3)))
        held = [row for row in case.tables["qualifications"] if row["auditor_id"] in ("P0", "P1")]
        learn = [
            {
                "auditor_id": f"P{i}",
                "field": "QMS",
                "specialty": "03.04.01",
                "valid_from": "2026-01-01",
                "grade": "intern",
            }
            for i in (2, 3)
        ]
        asked = [
            {"preference_id": f"w{i}", "audit_id": "A0", "auditor_id": f"P{i}", "rule": "require"}
            for i in range(2, 2 + int(rng.integers(1, 3)))
        ]
        case = Case({**case.tables, "qualifications": tuple(held)}, case.start, case.end)
        limit = [{"name": "interns_per_auditor", "value": str(rng.integers(0, 3))}]
        return case.having(qualifications=learn, preferences=asked, settings=limit)


RULE = InternsSupervised()
