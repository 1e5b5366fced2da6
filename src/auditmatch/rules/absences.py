"""Absences: nobody works while away, before joining or after leaving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda, half_days
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Busy, Shape, ints


@dataclass(frozen=True, slots=True)
class Absences:
    """An auditor is away in the half-days of the `absences` table, before `from` and after `until`.

    With one slot a day, an absence of half a day takes the whole day.
    """

    name: str = "absences"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Make the auditor busy in the slots touched."""
        away, people = scene.register.absences, scene.register.auditors
        who = scene.register.index("auditors", away["auditor_id"])
        first, last = scene.touched(away["start"], away["start_half"] == "pm", away["end"], away["end_half"] == "pm")
        yield Busy(who, first, last, "away")
        for edge, bound, side in (("from", "until", -1), ("until", "from", 1)):
            rows = np.flatnonzero(~np.isnat(people[edge]))
            days = people[edge][rows] + np.timedelta64(side, "D")
            never = np.full(len(rows), np.datetime64("NaT", "D"), dtype="datetime64[D]")
            first, last = scene.slot_range(*((never, days) if bound == "until" else (days, never)))
            yield Busy(ints(rows), first, last, "not employed")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Intersect the half-days of bookings and absences, and compare with the dates of employment."""
        away, people = scene.register.absences, scene.register.auditors
        who = scene.register.index("auditors", away["auditor_id"])
        begin = half_days(away["start"], away["start_half"])
        finish = half_days(away["end"], away["end_half"]) + 1
        if scene.calendar.slots_per_day == 1:
            begin, finish = begin // 2 * 2, (finish + 1) // 2 * 2
        order = np.argsort(who, kind="stable")
        low = np.searchsorted(who[order], agenda.auditor, "left")
        count = np.searchsorted(who[order], agenda.auditor, "right") - low
        member = np.repeat(np.arange(len(agenda.auditor)), count)
        row = order[np.repeat(low, count) + np.arange(len(member)) - np.repeat(np.cumsum(count) - count, count)]
        booking = agenda.booking[member]
        # First and last half-day that both take; no slot lies between them where they do not meet.
        one, two = np.maximum(begin[row], agenda.begin[booking]), np.minimum(finish[row], agenda.finish[booking]) - 1
        days = [(half // 2).astype("datetime64[D]") for half in (one, two)]
        worked = scene.calendar.slots_between(days[0], one % 2, days[1], two % 2)
        clash = np.unique(member[agenda.shown[booking] & (worked > 0)])
        found = [self._say(scene, agenda, int(m), "is away") for m in clash]
        early = agenda.first_day[agenda.booking] < people["from"][agenda.auditor]
        late = agenda.last_day[agenda.booking] > people["until"][agenda.auditor]
        outside = np.flatnonzero((early | late) & agenda.shown[agenda.booking])
        return found + [self._say(scene, agenda, int(m), "is not employed") for m in outside]

    def _say(self, scene: Scene, agenda: Agenda, m: int, why: str) -> Violation:
        """Name the member and the audit."""
        who, name = scene.auditor_id(agenda.auditor[m]), scene.audit_id(agenda.audit[agenda.booking[m]])
        return Violation(self.name, f"{who} {why} during {name}", (name,), (who,))

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody works while away, before joining or after leaving."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with two absences by half-days and sometimes dates of employment."""
        rows: list[dict[str, str]] = []
        for k in range(2):
            first, last = sorted(int(x) for x in rng.integers(0, 4, size=2))
            halves = [str(h) for h in rng.choice(["am", "pm"], size=2)]
            if first == last:
                halves.sort()
            who = f"P{rng.integers(3)}"
            row = {"auditor_id": who, "start": day(first), "start_half": halves[0], "end": day(last)}
            if not any(r["auditor_id"] == who and r["start"] == day(first) for r in rows):
                rows.append({**row, "end_half": halves[1], "reason": f"leave {k}"})
        case = tiny(rng).having(absences=rows)
        if rng.random() < 0.5:
            case = case.changing("auditors", 0, **{"from": day(1)} if rng.random() < 0.5 else {"until": day(1)})
        if rng.random() < 0.2:
            case = case.having(settings=[{"name": "slots_per_day", "value": "1"}])
        return case


RULE = Absences()
