"""Required links: the second audit only if the first."""

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
class Required:
    """A link of any kind with `required` lets the second audit be served only if the first is, or was.

    Stage 2 needs stage 1 (ISO/IEC 17021-1, 9.3.1).
    """

    name: str = "required"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give one link a row."""
        links = scene.register.links
        first, second = (scene.register.index("audits", links[c]) for c in ("first_audit", "second_audit"))
        done = scene.register.audits["status"][first] == "done" if len(first) else links["required"]
        for k in np.flatnonzero(links["required"] & ~done):
            yield Link(int(first[k]), int(second[k]), required=True, reason="the audit that must come first")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Look for second audits in the plan whose first audit is not."""
        links, audits = scene.register.links, scene.register.audits
        booked = {scene.audit_id(a) for a in agenda.audit[~agenda.fact].tolist()}
        served = {scene.audit_id(a) for a in agenda.audit.tolist()}
        served.update(audits["audit_id"][audits["status"] == "done"])
        shown = {scene.audit_id(a) for a in np.flatnonzero(agenda.focus).tolist()}
        found = []
        for k in np.flatnonzero(links["required"]):
            names = (str(links["first_audit"][k]), str(links["second_audit"][k]))
            if names[1] in booked and names[0] not in served and shown.intersection(names):
                found.append(Violation(self.name, f"{names[1]} is served without {names[0]}, which it needs", names))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "An audit that needs another is served only if the other is."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with a link of any kind that is required in most cases."""
        kind = str(rng.choice(["interval", "together", "continuity", "disjoint"]))
        link = {"first_audit": "A0", "second_audit": "A1", "kind": kind, "required": bool(rng.random() < 0.8)}
        return tiny(rng, auditors=2).having(links=[link])


RULE = Required()
