"""Travel gap: time on the road between two audits of one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.places import great_circle, kilometres, places
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Gap, Shape, ints


@dataclass(frozen=True, slots=True)
class TravelGap:
    """Between two on-site audits of one person lie ceil(km / gap_km_per_half_day) half-days, 0 up to gap_free_km.

    Calendar half-days, days off included, by great-circle kilometres between the places. A remote audit (on_site 0)
    has no place. A travel day between distant sites is the body's policy (domain rule PPL-18): both numbers are
    settings. Places without coordinates are 0 km from everywhere.
    """

    name: str = "travel_gap"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Give the matrix of half-days between places."""
        names, position = places(scene.register)
        on_site = scene.register.audits["on_site"] > 0
        km = kilometres(*position)
        free, speed = (scene.register.setting(s) for s in ("gap_free_km", "gap_km_per_half_day"))
        need = np.where(km <= free, -1, np.ceil(km / speed)).astype(np.int64)
        at = scene.register.audits["location"]
        place = np.array([names.get(name, -1) if here else -1 for name, here in zip(at, on_site, strict=True)])
        if (need >= 0).any():
            yield Gap(ints(place), need, "is on the road")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Measure the road and the time between each two on-site bookings of a person."""
        table = scene.register.audits
        names, (latitude, longitude) = places(scene.register)
        free, speed = (scene.register.setting(s) for s in ("gap_free_km", "gap_km_per_half_day"))
        found: list[Violation] = []
        if not names:
            return found
        here = (table["on_site"] > 0) & np.array([name in names for name in table["location"]])
        rows = np.flatnonzero(here[agenda.audit[agenda.booking]])
        order = rows[np.lexsort((agenda.begin[agenda.booking[rows]], agenda.auditor[rows]))]
        who, booking = agenda.auditor[order], agenda.booking[order]
        spot = np.array([names.get(name, 0) for name in table["location"]])[agenda.audit[booking]]
        # 20,040 km is the furthest that two places on Earth can lie apart.
        furthest = np.ceil(20040 / speed)
        for step in range(1, len(order)):
            first, second = booking[:-step], booking[step:]
            wait = agenda.begin[second] - agenda.finish[first]
            near = (who[:-step] == who[step:]) & (wait < furthest)
            if not near.any():
                break
            k = np.flatnonzero(near & (agenda.shown[first] | agenda.shown[second]))
            a, b = spot[:-step][k], spot[step:][k]
            km = great_circle(a, b, latitude, longitude)
            need = np.where(km <= free, 0, np.ceil(km / speed))
            for j in k[(wait[k] < need) & (need > 0)]:
                audits = (scene.audit_id(agenda.audit[first[j]]), scene.audit_id(agenda.audit[second[j]]))
                person = scene.auditor_id(who[j])
                message = f"{person} has {wait[j]} half-days to travel from {audits[0]} to {audits[1]}, too few"
                found.append(Violation(self.name, message, audits, (person,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody's audits follow each other faster than the road between them allows."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with two people and roads of none to three half-days."""
        case = tiny(rng, auditors=2, days=4).changing("audits", 0, on_site=1.0)
        speed = str(rng.choice([400, 700, 1200]))
        return case.having(settings=[{"name": "gap_km_per_half_day", "value": speed}])


RULE = TravelGap()
