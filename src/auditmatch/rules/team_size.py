"""Team size and audit time: n counting members spend the person-days of the audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Mode, Shape, ints


@dataclass(frozen=True, slots=True)
class TeamSize:
    """n counting members, team_min <= n <= team_max, stay ceil(person-days / n) in half-days or whole-day slots.

    Person-days are rounded to the nearest half-day (IAF MD 5, 2.2.3: 5.3 becomes 5.5, 5.2 becomes 5.0). Interns and
    technical experts do not count as audit time (domain rule TIM-10); beside the counting members sit at most the
    interns whose training is asked for and one expert for each person that a requirement admits as one.
    """

    name: str = "team_size"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give one mode for each team size."""
        table, audits = scene.register.audits, scene.audits
        smallest, largest = table["team_min"][audits].astype(np.int64), table["team_max"][audits].astype(np.int64)
        halves = np.floor(2 * table["person_days"][audits] + 0.5).astype(np.int64)
        slots = halves if scene.calendar.slots_per_day == 2 else -(-halves // 2)
        others = np.zeros(len(table), dtype=np.int64)
        needs = scene.register.requirements
        admits = needs["expert_ok"]
        np.add.at(others, scene.register.index("audits", needs["audit_id"][admits]), needs["count"][admits])
        np.add.at(others, scene.trainees()[0], 1)
        for n in range(1, int(largest.max(initial=0)) + 1):
            fits = (smallest <= n) & (n <= largest)
            length = -(-slots[fits] // n)
            yield Mode(ints(audits[fits]), ints(np.full(fits.sum(), n)), ints(length), ints(others[audits[fits]]))

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare the people and the half-days of each booking with what the audit asks."""
        table, a = scene.register.audits, agenda.audit
        counting = agenda.counting
        total = np.bincount(agenda.booking, minlength=len(a))
        per_slot = 0.5 if scene.calendar.slots_per_day == 2 else 1.0
        days = np.floor(2 * table["person_days"][a] + 0.5) / 2
        wrong_size = (counting < table["team_min"][a]) | (counting > table["team_max"][a])
        least = np.ceil(days / np.maximum(counting, 1) / per_slot - 1e-9)
        wrong_time = ~wrong_size & (agenda.length != least)
        found = []
        for b in np.flatnonzero(agenda.shown & (wrong_size | wrong_time)):
            name = scene.audit_id(a[b])
            message = f"{name} wants {table['team_min'][a[b]]:.0f} to {table['team_max'][a[b]]:.0f} counting members, "
            message += f"{days[b]:g} person-days in all; it has {counting[b]} for {agenda.length[b]} slots"
            found.append(Violation(self.name, message, (name,)))
        extra = np.flatnonzero(agenda.shown & (total > counting))
        allowed = self._others(scene) if len(extra) else {}
        for b in extra:
            name = scene.audit_id(a[b])
            most = allowed.get(name, 0)
            if total[b] - counting[b] > most:
                message = f"{name} has {total[b] - counting[b]} interns and experts; {most} are asked for or admitted"
                found.append(Violation(self.name, message, (name,)))
        return found

    def _others(self, scene: Scene) -> dict[str, int]:
        """Count the interns asked for and the experts admitted in each audit, from the tables."""
        needs, held = scene.register.requirements, scene.register.qualifications
        allowed: dict[str, int] = {}
        fields: dict[str, set[str]] = {}
        for name, field, count, admits in zip(
            *(needs[c] for c in ("audit_id", "field", "count", "expert_ok")), strict=True
        ):
            fields.setdefault(name, set()).add(field)
            allowed[name] = allowed.get(name, 0) + int(count) * bool(admits)
        learns: dict[str, set[str]] = {}
        for who, field, grade in zip(held["auditor_id"], held["field"], held["grade"], strict=True):
            if grade == "intern":
                learns.setdefault(who, set()).add(field)
        for a, i in zip(*(part.tolist() for part in scene.asked_for()), strict=True):
            name = scene.audit_id(a)
            if fields.get(name, set()) & learns.get(scene.auditor_id(i), set()):
                allowed[name] += 1
        return allowed

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "The counting members, within the audit's team size, stay exactly as long as its person-days need."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with odd person-days, one to three members, and sometimes an expert or an intern."""
        case = tiny(rng, audits=1, auditors=4)
        smallest = int(rng.integers(1, 4))
        largest = int(rng.integers(smallest, 4))
        days = float(rng.choice([0.5, 0.7, 0.8, 1.2, 1.3, 1.5, 2.75, 3.0]))
        case = case.changing("audits", 0, team_min=smallest, team_max=largest, person_days=days)
        case = case.changing("requirements", 0, expert_ok=bool(rng.random() < 0.5))
        wish = {"preference_id": "w", "audit_id": "A0", "auditor_id": f"P{rng.integers(4)}", "rule": "require"}
        return case.having(preferences=[wish]) if rng.random() < 0.5 else case


RULE = TeamSize()
