"""Forbidden auditors: a person whom the client objects to, or the body excludes, without dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import FOR_EVER, Barred, Shape, ints


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A `forbid` preference without dates keeps a person out of the audit, or out of each audit of the client.

    A client may object to a named member, and the team is then changed (ISO/IEC 17021-1, 9.2.3.5; domain rule PPL-11).
    """

    name: str = "forbidden"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bar the pair for ever."""
        wishes = scene.register.preferences
        audit, auditor, row = scene.preferences("forbid")
        chosen = np.isin(audit, scene.audits) & np.isnat(wishes["from"][row]) & np.isnat(wishes["until"][row])
        n = int(chosen.sum())
        yield Barred(
            ints(audit[chosen]), ints(auditor[chosen]), ints(np.zeros(n)), ints(np.full(n, FOR_EVER)), "is forbidden"
        )

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Look for each forbidden person in the team."""
        register = scene.register
        wishes = register.preferences
        whose = register.audits["organisation_id"][agenda.audit[agenda.booking]]
        audit = register.audits["audit_id"][agenda.audit[agenda.booking]]
        person = register.auditors["auditor_id"][agenda.auditor]
        rows = (wishes["rule"] == "forbid") & np.isnat(wishes["from"]) & np.isnat(wishes["until"])
        by_audit = dict.fromkeys(zip(wishes["audit_id"][rows], wishes["auditor_id"][rows], strict=True))
        by_client = dict.fromkeys(zip(wishes["organisation_id"][rows], wishes["auditor_id"][rows], strict=True))
        found = []
        for m in np.flatnonzero(agenda.shown[agenda.booking]) if rows.any() else ():
            if (audit[m], person[m]) in by_audit or (whose[m], person[m]) in by_client:
                message = f"{person[m]} is forbidden in {audit[m]}"
                found.append(Violation(self.name, message, (audit[m],), (person[m],)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Forbidden auditors are not in the team."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case that forbids a person in an audit or at a client."""
        target = {"audit_id": "A0"} if rng.random() < 0.5 else {"organisation_id": f"O{rng.integers(2)}"}
        wish = {"preference_id": "w", "auditor_id": f"P{rng.integers(3)}", "rule": "forbid", **target}
        return tiny(rng).having(preferences=[wish])


RULE = Forbidden()
