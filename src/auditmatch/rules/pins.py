"""Pins: what a planner has fixed stays fixed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda, half_days
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import ANY_LENGTH, Cover, Ints, Must, Pool, Role, Shape, Start, Window, ints

ANY_ROLE = (Role.COUNTING, Role.INTERN, Role.EXPERT)


@dataclass(frozen=True, slots=True)
class Pins:
    """A pinned row of the published plan keeps its audit's dates (`date`), its person (`member`) or `both`.

    An audit with a pin is not optional. Other people may join or leave a team of which only members are pinned.
    """

    name: str = "pins"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Leave one start and one length to dated audits, ask for pinned members, and make the audits a must."""
        plan = scene.published
        pinned = np.flatnonzero(plan["pin"] != "none")
        rows = scene.register.index("audits", plan["audit_id"][pinned])
        people = scene.register.index("auditors", plan["auditor_id"][pinned])
        every = np.arange(scene.calendar.n_slots)
        for a, (first_slot, last_slot) in self._dates(scene, pinned, rows).items():
            yield Window(ints([a]), ints([first_slot]), ints([last_slot]), "its pinned dates")
            yield Start(ints([a]), ANY_LENGTH, ints(every[every != first_slot]), "its date is pinned")
            for shorter in range(1, last_slot - first_slot + 1):
                yield Start(ints([a]), shorter, ints([first_slot]), "its dates are pinned")
        for k, a, i in zip(pinned, rows.tolist(), people.tolist(), strict=True):
            if plan["pin"][k] in ("member", "both"):
                pool = Pool.always([i])
                seats = tuple((role, pool) for role in ANY_ROLE)
                yield Cover(ints([a]), True, 1, 0, seats, f"the pinned {scene.auditor_id(i)}")
        if len(rows):
            yield Must(ints(np.unique(rows)), "it is pinned")

    def _dates(self, scene: Scene, pinned: Ints, rows: Ints) -> dict[int, tuple[int, int]]:
        """Return the slots of each dated audit; an empty range where rows disagree or an end is not worked."""
        plan, calendar = scene.published, scene.calendar
        dates: dict[int, tuple[int, int]] = {}
        for k, a in zip(pinned, rows.tolist(), strict=True):
            if plan["pin"][k] in ("date", "both"):
                halves = plan["start_half"][k] == "pm", plan["end_half"][k] == "pm"
                first, last = scene.touched(plan["start"][[k]], halves[0], plan["end"][[k]], halves[1])
                span = int(first[0]), int(last[0])
                whole = calendar.slots_per_day == 1
                worked = span[0] <= span[1] and (
                    calendar.date(span[0]) == plan["start"][k]
                    and calendar.date(span[1]) == plan["end"][k]
                    and (whole or (calendar.half(span[0]), calendar.half(span[1])) == halves)
                )
                span = span if worked else (1, 0)
                dates[a] = span if dates.get(a, span) == span else (1, 0)
        return dates

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare each pinned row with the plan."""
        plan = scene.published
        found = []
        for k in np.flatnonzero(plan["pin"] != "none"):
            name, who, pin = plan["audit_id"][k], plan["auditor_id"][k], plan["pin"][k]
            a = int(scene.register.index("audits", np.array([name], dtype=object))[0])
            b = agenda.booking_of[a]
            if not agenda.focus[a]:
                continue
            if b < 0:
                found.append(Violation(self.name, f"{name} is pinned and not in the plan", (name,), (who,)))
                continue
            begin = half_days(plan["start"][[k]], plan["start_half"][[k]])[0]
            finish = half_days(plan["end"][[k]], plan["end_half"][[k]])[0] + 1
            if scene.calendar.slots_per_day == 1:
                begin, finish = begin // 2 * 2, (finish + 1) // 2 * 2
            if pin in ("date", "both") and (begin, finish) != (agenda.begin[b], agenda.finish[b]):
                found.append(Violation(self.name, f"{name} left its pinned dates", (name,), (who,)))
            team = {scene.auditor_id(i) for i in agenda.team(int(b))}
            if pin in ("member", "both") and who not in team:
                found.append(Violation(self.name, f"{who} is pinned to {name} and not in its team", (name,), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Pinned dates and members stay, and pinned audits are served."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with a published booking of one audit that is pinned in one way or another."""
        case = tiny(rng, auditors=2, days=3)
        first = int(rng.integers(0, 3))
        last = int(rng.integers(first, 3))
        pin = str(rng.choice(["date", "member", "both", "none"]))
        row = {"audit_id": "A0", "role": "lead", "start": day(first), "start_half": "am", "end": day(last)}
        row = {**row, "auditor_id": f"P{rng.integers(2)}", "end_half": str(rng.choice(["am", "pm"])), "pin": pin}
        case = case.changing(
            "audits", 0, earliest=day(0), latest=day(2), preferred=day(0), person_days=float(last - first + 1)
        )
        return case.having(plan=[row])


RULE = Pins()
