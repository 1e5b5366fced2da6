"""Rotation: nobody audits the same certificate visit after visit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.held import Dates, visits_of
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Barred, Shape, ints


@dataclass(frozen=True, slots=True)
class Rotation:
    """Who was in the team at each of the last `rotation_visits` visits of a certificate sits out its next one.

    Visits are the days of a certificate in `history`, with the people that it names but reviewers; a day without names
    ends a run. The setting is 0 at first, which asks for no rotation: it is the body's policy, and no standard gives a
    number (domain rule PPL-13).
    """

    name: str = "rotation"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bar those who are due to sit out, from the day after their last visit to the day of the next."""
        register, limit = scene.register, scene.register.setting("rotation_visits")
        if not limit:
            return
        rows: list[tuple[int, int, np.datetime64, np.datetime64]] = []
        people = {name: i for i, name in enumerate(register.auditors["auditor_id"].tolist())}
        visits, carried = visits_of(register, reviewers=False), register.audit_certificates
        open_rows = set(scene.audits.tolist())
        audits = register.index("audits", carried["audit_id"]).tolist()
        for a, certificate in zip(audits, carried["certificate_id"].tolist(), strict=True):
            held = visits.get(certificate, {}) if a in open_rows else {}
            dates, teams = list(held), list(held.values())
            for k in range(limit - 1, len(dates)):
                until = dates[k + 1] if k + 1 < len(dates) else np.datetime64("NaT")
                tired = set.intersection(*(set(team) for team in teams[k - limit + 1 : k + 1]))
                since = dates[k] + np.timedelta64(1, "D")
                rows += [(a, people[who], since, until) for who in sorted(tired) if who in people]
        audit, auditor = ([row[k] for row in rows] for k in (0, 1))
        days = [np.array([row[k] for row in rows], dtype="datetime64[D]") for k in (2, 3)]
        first, last = scene.slot_range(days[0], days[1])
        kept = last >= first
        yield Barred(
            ints(ints(audit)[kept]), ints(ints(auditor)[kept]), ints(first[kept]), ints(last[kept]), "is due to rotate"
        )

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Look back from each day of a booking at the last visits of its certificates."""
        register, limit = scene.register, scene.register.setting("rotation_visits")
        if not limit:
            return []
        visits, carried = visits_of(register, reviewers=False), register.audit_certificates
        certificates: dict[str, list[str]] = {}
        for audit, certificate in zip(carried["audit_id"].tolist(), carried["certificate_id"].tolist(), strict=True):
            certificates.setdefault(audit, []).append(certificate)
        found = []
        for m in np.flatnonzero(agenda.shown[agenda.booking]).tolist():
            b = int(agenda.booking[m])
            audit, who = scene.audit_id(agenda.audit[b]), scene.auditor_id(agenda.auditor[m])
            days = scene.worked_days(agenda.first_day[b], agenda.last_day[b])
            for certificate in certificates.get(audit, ()):
                if any(self._tired(visits.get(certificate, {}), who, d, limit) for d in days):
                    message = f"{who} was at the last {limit} visits of {certificate}, and is in the team of {audit}"
                    found.append(Violation(self.name, message, (audit,), (who,)))
        return found

    def _tired(self, held: dict[np.datetime64, tuple[str, ...]], who: str, day: np.datetime64, limit: int) -> bool:
        """Tell whether a person was at each of the last visits before a day."""
        before: Dates = np.array([d for d in held if d < day], dtype="datetime64[D]")
        return len(before) >= limit and all(who in held[d] for d in np.sort(before)[-limit:])

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody who was at each of the last visits of a certificate (a setting, off at first) is at the next."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with visits before and inside the horizon, and a rotation of one or two visits."""
        case = tiny(rng)
        certificates = [
            {"certificate_id": f"C{k}", "specialty": "03.04.01", "organisation_id": f"O{k}", "field": "QMS"}
            for k in range(2)
        ]
        carried = [
            {"audit_id": f"A{a}", "certificate_id": f"C{c}"} for a in range(2) for c in range(2) if rng.random() < 0.7
        ]
        history = [
            {"certificate_id": f"C{c}", "kind": "surveillance", "date": day(d), **who}
            for c in range(2)
            for d in sorted(rng.choice(np.arange(-5, 3), size=3, replace=False).tolist())
            for who in ([{"auditor_id": f"P{i}"} for i in range(3) if rng.random() < 0.6] or [{}])
        ]
        for row in history:
            row["role"] = str(rng.choice(["lead", "member", "member", "reviewer"]))
        setting = {"name": "rotation_visits", "value": str(rng.choice([1, 2]))}
        return case.having(certificates=certificates, audit_certificates=carried, history=history, settings=[setting])


RULE = Rotation()
