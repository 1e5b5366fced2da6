"""Designated auditors: a named person must be in the team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Cover, Pool, Role, Shape, ints

ANY_ROLE = (Role.COUNTING, Role.INTERN, Role.EXPERT)


@dataclass(frozen=True, slots=True)
class Designated:
    """A `require` preference names a person who sits in the team of the audit, or of each audit of the client.

    Client's or body's wish, recorded as a contract demand; no clause gives a number.
    """

    name: str = "designated"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Ask for the person in any role."""
        audit, auditor, _ = scene.preferences("require")
        planned = np.isin(audit, scene.audits)
        for a, i in zip(audit[planned].tolist(), auditor[planned].tolist(), strict=True):
            pool = Pool.always([i])
            seats = tuple((role, pool) for role in ANY_ROLE)
            yield Cover(ints([a]), True, 1, 0, seats, f"the designated {scene.auditor_id(i)}")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Look for each designated person in the team."""
        register = scene.register
        wishes, of_client = register.preferences, dict[str, list[int]]()
        for a, client in enumerate(register.audits["organisation_id"]):
            of_client.setdefault(client, []).append(a)
        direct, found = register.index("audits", wishes["audit_id"]), []
        for k in np.flatnonzero(wishes["rule"] == "require"):
            who, client = wishes["auditor_id"][k], wishes["organisation_id"][k]
            for a in [int(direct[k])] if direct[k] >= 0 else of_client.get(client, ()):
                b = agenda.booking_of[a]
                if b < 0 or not agenda.focus[a]:
                    continue
                team = {scene.auditor_id(i) for i in agenda.team(int(b))}
                if who not in team:
                    name = scene.audit_id(a)
                    message = f"{who} is designated for {name} and not in its team"
                    found.append(Violation(self.name, message, (name,), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Designated auditors are in the team."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case that designates a person for an audit or for a client."""
        target = {"audit_id": "A0"} if rng.random() < 0.5 else {"organisation_id": f"O{rng.integers(2)}"}
        wish = {"preference_id": "w", "auditor_id": f"P{rng.integers(3)}", "rule": "require", **target}
        return tiny(rng).changing("audits", 0, team_max=2).having(preferences=[wish])


RULE = Designated()
