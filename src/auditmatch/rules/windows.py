"""Windows: an audit lies between its earliest and its latest day, inside the horizon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Shape, Window, ints


@dataclass(frozen=True, slots=True)
class Windows:
    """earliest <= first day, last day <= latest, and both inside the horizon, ends included.

    The dates come from the audit programme, as the surveillance interval of 12 months (ISO/IEC 17021-1, 9.1.3.3;
    CNCA-QMS-01:2025, 5.4.1.4).
    """

    name: str = "windows"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bound each booking by its window's and the horizon's slots."""
        table, audits = scene.register.audits, scene.audits
        first, last = scene.slot_range(table["earliest"][audits], table["latest"][audits])
        inside = (np.maximum(first, scene.first_slot), np.minimum(last, scene.last_slot))
        yield Window(audits, ints(inside[0]), ints(inside[1]), "its window")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare each booking's days with its window and the horizon."""
        table = scene.register.audits
        earliest = np.maximum(table["earliest"][agenda.audit], scene.start)
        latest = np.minimum(table["latest"][agenda.audit], scene.end)
        first, last = agenda.first_day, agenda.last_day
        found = []
        for b in np.flatnonzero(agenda.shown & ((first < earliest) | (last > latest))):
            name = scene.audit_id(agenda.audit[b])
            message = f"{name} runs from {first[b]} to {last[b]}; "
            message += f"it may run from {earliest[b]} to {latest[b]}"
            found.append(Violation(self.name, message, (name,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Each audit lies inside its window and the horizon."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with windows that begin or end inside or outside the horizon."""
        return tiny(rng, audits=2, auditors=2)


RULE = Windows()
