"""Who may sit in a team at all: competence in a field of the audit on every day of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.credentials import numbered, valid_on_every_day
from auditmatch.plan import EXPERT, INTERN, MEMBER, Violation
from auditmatch.pools import join_pools
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Pool, Role, Seat, Shape, ints

COUNTING_GRADES = ("auditor", "lead")


@dataclass(frozen=True, slots=True)
class Membership:
    """A counting member holds grade auditor or lead in a field of the audit on every day of it.

    An intern sits only as intern of such a field, and only where training is asked for (a `require` preference or a
    member pin names the person). An expert sits only for a required specialty that admits one (`expert_ok`).
    Credentials count on the days of the audit, not on the day of booking (domain rules PPL-6, PPL-10, PPL-12).
    """

    name: str = "membership"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give seats: a pool for each set of fields, each trainee's audit, each set of codes that admit experts."""
        by_fields: dict[tuple[str, ...], list[int]] = {}
        for a, fields in scene.fields_of().items():
            by_fields.setdefault(fields, []).append(a)
        for fields, audits in by_fields.items():
            yield Seat(ints(audits), Role.COUNTING, _any_of(scene, fields, COUNTING_GRADES))
        yield from self._trainees(scene)
        needs = scene.register.requirements
        rows = scene.register.index("audits", needs["audit_id"])
        admitted: dict[int, set[tuple[str, str]]] = {}
        for k in np.flatnonzero(np.isin(rows, scene.audits) & needs["expert_ok"]):
            admitted.setdefault(int(rows[k]), set()).add((needs["field"][k], needs["specialty"][k]))
        by_codes: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for a, codes in admitted.items():
            by_codes.setdefault(tuple(sorted(codes)), []).append(a)
        for same, audits in by_codes.items():
            pool = join_pools([scene.holders(*code, ("expert",)) for code in same])
            yield Seat(ints(audits), Role.EXPERT, pool)

    def _trainees(self, scene: Scene) -> Iterator[Shape]:
        """Seat as interns the people whose training is asked for."""
        fields = scene.fields_of()
        pools: dict[tuple[str, ...], Pool] = {}
        for a, i in zip(*(part.tolist() for part in scene.trainees()), strict=True):
            if fields[a] not in pools:
                pools[fields[a]] = _any_of(scene, fields[a], ("intern",))
            pool = pools[fields[a]]
            mine = pool.auditors == i
            yield Seat(ints([a]), Role.INTERN, Pool(pool.auditors[mine], pool.first[mine], pool.last[mine]))

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Ask each member's credentials on each day of the audit."""
        register = scene.register
        shown = np.flatnonzero(agenda.shown[agenda.booking])
        needs, held = register.requirements, register.qualifications
        need_audit = register.index("audits", needs["audit_id"])
        owner = register.index("auditors", held["auditor_id"])
        found = np.zeros(len(shown), dtype=bool)
        classes = (scene.classes(held["specialty"]), scene.classes(needs["specialty"]))
        for role, grades, by_code in (
            ((0, MEMBER), COUNTING_GRADES, False),
            ((INTERN,), ("intern",), False),
            ((EXPERT,), ("expert",), True),
        ):
            own, asked = held["field"], needs["field"]
            if by_code:
                own, asked = own + "\n" + classes[0], asked + "\n" + classes[1]
            admits = needs["expert_ok"] if by_code else np.ones(len(needs), dtype=bool)
            holds = np.isin(held["grade"].astype(str), grades)
            group, need = _questions(agenda.audit[agenda.booking[shown]], np.where(admits, need_audit, -2))
            keys, wanted = numbered(own[holds], asked[need])
            credentials = (owner[holds], keys, held["valid_from"][holds], held["valid_until"][holds])
            spans = (agenda.first_day[agenda.booking[shown]], agenda.last_day[agenda.booking[shown]])
            worked, zero = scene.worked, scene.calendar.first_day
            who = agenda.auditor[shown][group]
            good = valid_on_every_day(credentials, (group, who, wanted), spans, worked, zero)
            found |= np.isin(agenda.role[shown], role) & ~good
        found |= (agenda.role[shown] == INTERN) & ~_asked(scene, agenda, shown)
        return [self._say(scene, agenda, int(m)) for m in shown[found]]

    def _say(self, scene: Scene, agenda: Agenda, m: int) -> Violation:
        """Name the member who may not sit."""
        audit = scene.audit_id(agenda.audit[agenda.booking[m]])
        who = scene.auditor_id(agenda.auditor[m])
        kind = ("auditor or lead", "auditor or lead", "intern, asked for,", "expert of a code that admits one")
        message = f"{who} is not {kind[agenda.role[m]]} in a field of {audit} on every day of it"
        return Violation(self.name, message, (audit,), (who,))

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Members hold grade auditor or lead in a field of the audit on every day of it."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case whose credentials begin or end within a day of the windows; some admit experts or interns."""
        case = tiny(rng)
        for k in range(len(case.tables["qualifications"])):
            if rng.random() < 0.4:
                since = int(rng.integers(0, 2))
                until = int(rng.integers(since, 4))
                case = case.changing("qualifications", k, valid_from=day(since), valid_until=day(until))
        case = case.changing("requirements", 0, expert_ok=bool(rng.random() < 0.5))
        wish = {"preference_id": "w", "audit_id": "A1", "auditor_id": f"P{rng.integers(3)}", "rule": "require"}
        return case.having(preferences=[wish]) if rng.random() < 0.6 else case


def _any_of(scene: Scene, fields: tuple[str, ...], grades: tuple[str, ...]) -> Pool:
    """Return who holds one of the grades in one of the fields, ranges joined over fields."""
    return join_pools([scene.holders(field, None, grades) for field in fields])


def _questions(audit: Ints, need_audit: Ints) -> tuple[Ints, Ints]:
    """Pair each member (by the audit that it sits in) with the requirements of that audit."""
    order = np.argsort(need_audit, kind="stable")
    low = np.searchsorted(need_audit[order], audit, "left")
    count = np.searchsorted(need_audit[order], audit, "right") - low
    group = np.repeat(np.arange(len(audit)), count)
    within = np.arange(len(group)) - np.repeat(np.cumsum(count) - count, count)
    return group, order[np.repeat(low, count) + within]


def _asked(scene: Scene, agenda: Agenda, members: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell whether the training of each member in this audit was asked for."""
    people = len(scene.register.auditors)
    audits, auditors = scene.asked_for()
    sits = agenda.audit[agenda.booking[members]] * people + agenda.auditor[members]
    return np.isin(sits, audits * people + auditors)


RULE = Membership()
