"""Every team has someone who may lead it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import LEAD, MEMBER, Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Bools, Cover, Role, Shape, ints


@dataclass(frozen=True, slots=True)
class Lead:
    """At least one counting member holds grade lead in one field of the audit, on every day of it.

    With the setting `lead_fields` = all, one member holds it in all of them. The person named as lead in the plan must
    be such a member (domain rule PPL-7: at least one leader per project).
    """

    name: str = "lead"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Ask for one counting member from the pool of leads, a pool for each set of fields."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for a, fields in scene.fields_of().items():
            groups.setdefault(fields, []).append(a)
        for names, audits in groups.items():
            label = "lead in " + ", ".join(names)
            yield Cover(ints(audits), True, 1, 0, ((Role.COUNTING, scene.leads(names)),), label)

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Look for a counting member who leads, day by day where one credential does not span the audit."""
        register = scene.register
        needs, held = register.requirements, register.qualifications
        fields: dict[int, set[str]] = {}
        for a, field in zip(register.index("audits", needs["audit_id"]).tolist(), needs["field"], strict=True):
            fields.setdefault(a, set()).add(field)
        spans: dict[tuple[int, str], list[tuple[np.datetime64, np.datetime64]]] = {}
        leads = held["grade"] == "lead"
        owners = register.index("auditors", held["auditor_id"][leads]).tolist()
        until = np.where(np.isnat(held["valid_until"]), np.datetime64("9999-12-31"), held["valid_until"])[leads]
        for i, field, since, end in zip(owners, held["field"][leads], held["valid_from"][leads], until, strict=True):
            spans.setdefault((i, field), []).append((since, end))
        enough = all if register.setting("lead_fields") == "all" else any
        able = np.zeros(len(agenda.role), dtype=bool)
        first, last = agenda.first_day, agenda.last_day
        for m in np.flatnonzero(agenda.shown[agenda.booking] & (agenda.role <= MEMBER)):
            b, i = agenda.booking[m], int(agenda.auditor[m])
            mine = [spans.get((i, field), []) for field in fields.get(int(agenda.audit[b]), ())]
            able[m] = bool(mine) and enough(any(s <= first[b] and last[b] <= e for s, e in each) for each in mine)
            if not able[m] and any(mine):
                days = scene.worked_days(first[b], last[b])
                able[m] = all(enough(any(s <= d <= e for s, e in each) for each in mine) for d in days)
        return self._report(scene, agenda, able)

    def _report(self, scene: Scene, agenda: Agenda, able: Bools) -> list[Violation]:
        """Report teams without a lead, and people named lead who are none."""
        some = np.bincount(agenda.booking[able], minlength=len(agenda.audit)) > 0
        found = []
        for b in np.flatnonzero(agenda.shown & ~some):
            name = scene.audit_id(agenda.audit[b])
            found.append(Violation(self.name, f"nobody in the team of {name} may lead it", (name,)))
        named = np.bincount(agenda.booking[agenda.role == LEAD], minlength=len(agenda.audit))
        for b in np.flatnonzero(agenda.shown & some & (named != 1)):
            name = scene.audit_id(agenda.audit[b])
            message = f"{named[b]} people are named lead of {name}; exactly one must be"
            found.append(Violation(self.name, message, (name,)))
        wrong = agenda.shown[agenda.booking] & some[agenda.booking] & (agenda.role == LEAD) & ~able
        for m in np.flatnonzero(wrong):
            name, who = scene.audit_id(agenda.audit[agenda.booking[m]]), scene.auditor_id(agenda.auditor[m])
            message = f"{who} is named lead of {name} but does not hold grade lead throughout"
            found.append(Violation(self.name, message, (name,), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "At least one counting member of each team holds grade lead in a field of the audit, and leads it."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case in which leads are few and some grades lapse inside the windows."""
        case = tiny(rng)
        for k in range(len(case.tables["qualifications"])):
            grade = str(rng.choice(["lead", "auditor", "auditor"]))
            case = case.changing("qualifications", k, grade=grade)
            if rng.random() < 0.4:
                end = day(int(rng.integers(0, 4)))
                case = case.changing("qualifications", k, valid_from="2026-01-01", valid_until=end)
        if rng.random() < 0.5:
            case = case.having(settings=[{"name": "lead_fields", "value": "all"}])
        return case


RULE = Lead()
