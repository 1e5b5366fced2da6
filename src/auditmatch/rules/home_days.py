"""Home days: how long a person promises to be at home between two trips."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.places import apart_km, away_from, is_away, kilometres, places
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Gap, Shape, ints


@dataclass(frozen=True, slots=True)
class HomeDays:
    """Between two trips of one person lie at least the auditor's `home_days`, in calendar days of two half-days.

    A trip is an audit away: some of it on site, more than `away_km` (a setting) from where the person's trips begin.
    Audits at places up to `gap_free_km` from each other may follow one another, as one trip. A promise of the body to
    the person; no clause gives a number.
    """

    name: str = "home_days"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give the half-days between places that are away, for each home and promise."""
        register = scene.register
        homes, promised = register.auditors["location"], register.auditors["home_days"]
        limited = np.flatnonzero(promised > 0)
        if not len(limited):
            return
        names, position = places(register)
        km = kilometres(*position)
        place = np.array([names.get(name, -1) for name in register.audits["location"]], dtype=np.int64)
        for home, days in dict.fromkeys(zip(homes[limited].tolist(), promised[limited].tolist(), strict=True)):
            away = away_from(register, home)
            if not away.any():
                continue
            who = np.flatnonzero((homes == home) & (promised == days))
            need = np.where(km <= register.setting("gap_free_km"), -1, 2 * int(days))
            yield Gap(ints(np.where(away, place, -1)), need, "is at home between two trips", ints(who))

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Measure the time at home between each two trips of a person."""
        register = scene.register
        promised, table = register.auditors["home_days"], register.audits
        asked = np.flatnonzero(promised[agenda.auditor] > 0)
        trips = asked[is_away(register, agenda.auditor[asked], agenda.audit[agenda.booking[asked]])]
        by_person: dict[int, list[int]] = {}
        for m in trips.tolist():
            by_person.setdefault(int(agenda.auditor[m]), []).append(int(agenda.booking[m]))
        found = []
        for i, bookings in by_person.items():
            bookings.sort(key=lambda b: (agenda.begin[b], agenda.finish[b]))
            for k, one in enumerate(bookings):
                for other in bookings[k + 1 :]:
                    wait = int(agenda.begin[other] - agenda.finish[one])
                    if wait >= 2 * promised[i] or not (agenda.shown[one] or agenda.shown[other]):
                        continue
                    first, second = agenda.audit[one], agenda.audit[other]
                    road = apart_km(register, [table["location"][first]], [table["location"][second]])[0]
                    if road > register.setting("gap_free_km"):
                        audits, who = (scene.audit_id(first), scene.audit_id(second)), scene.auditor_id(i)
                        message = f"{who} has {wait / 2:g} days between the trips to {audits[0]} and {audits[1]}; "
                        found.append(Violation(self.name, message + f"{promised[i]} are promised", audits, (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Between two trips nobody is at home for fewer days than promised."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with two people, promises of none to two days, and places near and far."""
        case = tiny(rng, auditors=2, days=4)
        for i in range(2):
            promised = int(rng.choice([0, 1, 1, 2]))
            case = case.changing("auditors", i, home_days=promised, location=f"L{rng.choice([0, 0, 1])}")
        for a in range(2):
            case = case.changing("audits", a, on_site=1.0, earliest=day(0), latest=day(3), preferred=day(0))
            case = case.changing("organisations", a, location=f"L{a + 1}")
        values = {"away_km": rng.choice([50, 150]), "gap_free_km": rng.choice([50, 50, 150])}
        return case.having(settings=[{"name": name, "value": str(value)} for name, value in values.items()])


RULE = HomeDays()
