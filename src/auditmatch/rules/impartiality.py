"""Impartiality: a person who worked for the client keeps away for a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Barred, Shape, ints


@dataclass(frozen=True, slots=True)
class Impartiality:
    """A `forbid` preference with `from` or `until` keeps a person away from audits that touch these days.

    Consultancy bars for two years after its end (ISO/IEC 17021-1 clause 5.2, quoted from memory; domain rule PPL-9):
    the dates stand in the table, no number is built in.
    """

    name: str = "impartiality"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bar the pair in the slots of these days."""
        wishes = scene.register.preferences
        audit, auditor, row = scene.preferences("forbid")
        dated = ~(np.isnat(wishes["from"][row]) & np.isnat(wishes["until"][row])) & np.isin(audit, scene.audits)
        first, last = scene.slot_range(wishes["from"][row[dated]], wishes["until"][row[dated]])
        kept = last >= first
        who, where = auditor[dated][kept], audit[dated][kept]
        yield Barred(ints(where), ints(who), ints(first[kept]), ints(last[kept]), "is barred by impartiality")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare the days of each booking with the days of each bar."""
        register, wishes = scene.register, scene.register.preferences
        person = register.index("auditors", wishes["auditor_id"])
        order = np.argsort(agenda.auditor, kind="stable")
        low, high = (np.searchsorted(agenda.auditor[order], person, side) for side in ("left", "right"))
        audits, clients = register.audits["audit_id"], register.audits["organisation_id"]
        shown, days, found = agenda.shown, (agenda.first_day, agenda.last_day), []
        for k in np.flatnonzero((wishes["rule"] == "forbid") & ~(np.isnat(wishes["from"]) & np.isnat(wishes["until"]))):
            for m in order[low[k] : high[k]]:
                b = agenda.booking[m]
                a = agenda.audit[b]
                same = audits[a] == wishes["audit_id"][k] or clients[a] == wishes["organisation_id"][k]
                if same and shown[b] and self._meets(scene, days[0][b], days[1][b], int(k)):
                    who, why = wishes["auditor_id"][k], wishes["reason"][k] or "impartiality"
                    message = f"{who} is barred from {audits[a]} on these days: {why}"
                    found.append(Violation(self.name, message, (audits[a],), (who,)))
        return found

    def _meets(self, scene: Scene, first: np.datetime64, last: np.datetime64, k: int) -> bool:
        """Tell whether a booking from one day to another works on a day of a bar."""
        wishes = scene.register.preferences
        since, until = wishes["from"][k], wishes["until"][k]
        low = first if np.isnat(since) else max(first, since)
        high = last if np.isnat(until) else min(last, until)
        return bool(low <= high and scene.calendar.slots_between(low, 0, high, 1) > 0)

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody audits a client while an impartiality bar lasts."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with a bar that begins or ends near the windows."""
        since, until = sorted(int(x) for x in rng.integers(-1, 4, size=2))
        dates = {"from": day(since), "until": day(until)}
        dates.pop(str(rng.choice(["from", "until", "neither"])), None)
        target = {"audit_id": "A0"} if rng.random() < 0.5 else {"organisation_id": f"O{rng.integers(2)}"}
        wish = {"preference_id": "w", "auditor_id": f"P{rng.integers(3)}", "rule": "forbid", **target, **dates}
        return tiny(rng).having(preferences=[wish])


RULE = Impartiality()
