"""Specialty cover: the team as a whole holds every required (field, specialty)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.credentials import numbered, valid_on_every_day
from auditmatch.plan import EXPERT, MEMBER, Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Cover, Role, Shape, ints


@dataclass(frozen=True, slots=True)
class SpecialtyCover:
    """Each required (field, specialty) is held by at least `count` people of the team on every day of the audit.

    A counting member must hold it as auditor or lead; an expert of that code serves where the requirement admits one.
    One person may meet several requirements. Small classes must be equal; with the setting `middle_class` the middle
    class LL.MM is enough. (Domain rule PPL-6: the union of the team covers all standards and scope codes.)
    """

    name: str = "specialty"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Ask for at least `count` people from the pool of each code."""
        needs = scene.register.requirements
        rows = scene.register.index("audits", needs["audit_id"])
        planned = np.isin(rows, scene.audits)
        parts = (needs[c][planned].tolist() for c in ("field", "specialty", "count", "expert_ok"))
        same: dict[tuple[str, str, int, bool], list[int]] = {}
        for a, *code in zip(rows[planned].tolist(), *parts, strict=True):
            same.setdefault((code[0], code[1], int(code[2]), bool(code[3])), []).append(a)
        for (field, specialty, count, expert_ok), audits in same.items():
            seats = [(Role.COUNTING, scene.holders(field, specialty, ("auditor", "lead")))]
            if expert_ok:
                seats.append((Role.EXPERT, scene.holders(field, specialty, ("expert",))))
            yield Cover(ints(audits), True, count, 0, tuple(seats), f"{field} {specialty}")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Count, for each requirement of each booked audit, the people of the team who hold it throughout."""
        register = scene.register
        needs, held = register.requirements, register.qualifications
        need_audit = register.index("audits", needs["audit_id"])
        booking = agenda.booking_of[need_audit]
        need = np.flatnonzero((booking >= 0) & agenda.focus[need_audit])
        # One question for each requirement and each member of its audit.
        low = np.searchsorted(agenda.booking, booking[need], "left")
        size = np.searchsorted(agenda.booking, booking[need], "right") - low
        asked = np.repeat(np.arange(len(need)), size)
        member = np.repeat(low, size) + np.arange(len(asked)) - np.repeat(np.cumsum(size) - size, size)
        own = held["field"] + "\n" + scene.classes(held["specialty"])
        wanted = (needs["field"] + "\n" + scene.classes(needs["specialty"]))[need[asked]]
        keys, codes = numbered(own, wanted)
        owner = register.index("auditors", held["auditor_id"])
        days = (agenda.first_day[agenda.booking[member]], agenda.last_day[agenda.booking[member]])
        serves = np.zeros(len(asked), dtype=bool)
        for grades, sits in (
            (("auditor", "lead"), agenda.role[member] <= MEMBER),
            (("expert",), (agenda.role[member] == EXPERT) & needs["expert_ok"][need[asked]]),
        ):
            holds = np.isin(held["grade"].astype(str), grades)
            credentials = (owner[holds], keys[holds], held["valid_from"][holds], held["valid_until"][holds])
            question = (np.arange(len(asked)), agenda.auditor[member], codes)
            worked, zero = scene.worked, scene.calendar.first_day
            serves |= sits & valid_on_every_day(credentials, question, days, worked, zero)
        have = np.bincount(asked[serves], minlength=len(need))
        return [
            self._say(scene, int(need[k]), int(need_audit[need[k]]), int(have[k]))
            for k in np.flatnonzero(have < needs["count"][need])
        ]

    def _say(self, scene: Scene, need: int, audit: int, have: int) -> Violation:
        """Name the code that is not covered."""
        needs = scene.register.requirements
        code = f"{needs['field'][need]} {needs['specialty'][need]}"
        name = scene.audit_id(audit)
        message = f"{name} needs {needs['count'][need]} for {code} on every day; its team has {have}"
        return Violation(self.name, message, (name,))

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "The team as a whole holds every required field and specialty, as often as asked, on every day."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with counts of one or two, experts admitted or not, and codes that lapse in the window."""
        case = tiny(rng)
        for k in range(len(case.tables["requirements"])):
            case = case.changing("requirements", k, count=int(rng.integers(1, 3)), expert_ok=bool(rng.random() < 0.5))
        for k in range(len(case.tables["qualifications"])):
            if rng.random() < 0.3:
                until = int(rng.integers(1, 4))
                case = case.changing("qualifications", k, valid_from="2026-01-01", valid_until=day(until))
        if rng.random() < 0.5:
            case = case.having(settings=[{"name": "middle_class", "value": "true"}])
        return case


RULE = SpecialtyCover()
