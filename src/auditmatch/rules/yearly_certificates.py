"""Yearly certificates: how many certificates a person may audit in a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import KeyCap, Shape, ints


@dataclass(frozen=True, slots=True)
class YearlyCertificates:
    """Distinct certificates of a person's audits in a cycle-year, those in `usage` included, are at most 50.

    CNCA-QMS-01:2025 clause 3.10 (domain rule PPL-2); the number is the setting `certificates_per_year`. An audit
    belongs to the year in which it starts; stage 1 and stage 2 of one certificate in one year count once. How a
    certificate is matched to the members of a team could not be confirmed, hence the setting `certificates_count`:
    `every` member of the team, or only `holders` of grade auditor or lead in the certificate's field during the audit.
    """

    name: str = "yearly_certificates"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Cap the distinct keys of each person and year."""
        register = scene.register
        limit = register.setting("certificates_per_year")
        years = scene.cycle_years()
        first, last = scene.slot_range(
            np.array([y[1] for y in years], dtype="datetime64[D]"),
            np.array([y[2] for y in years], dtype="datetime64[D]"),
        )
        carried, field = register.audit_certificates, {}
        for name, kind in zip(register.certificates["certificate_id"], register.certificates["field"], strict=True):
            field[name] = kind
        names = sorted(set(carried["certificate_id"]))
        number = {name: k for k, name in enumerate(names)}
        pools = {}
        if register.setting("certificates_count") == "holders":
            pools = {kind: scene.holders(kind, None, ("auditor", "lead")) for kind in set(field.values())}
        yield KeyCap(
            ints([y[0] for y in years]),
            first,
            last,
            ints([limit - y[4] for y in years]),
            register.index("audits", carried["audit_id"]),
            ints([number[name] for name in carried["certificate_id"]]),
            tuple(pools.get(field[name]) for name in carried["certificate_id"]),
            "the certificates per year",
        )

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Collect the certificates of each person in each year."""
        register = scene.register
        limit = register.setting("certificates_per_year")
        carried: dict[int, list[str]] = {}
        rows = register.index("audits", register.audit_certificates["audit_id"]).tolist()
        for a, name in zip(rows, register.audit_certificates["certificate_id"], strict=True):
            carried.setdefault(a, []).append(name)
        years: dict[int, list[tuple[np.datetime64, np.datetime64, int]]] = {}
        for i, first, last, _, used in scene.cycle_years():
            years.setdefault(i, []).append((first, last, used))
        touched: dict[tuple[int, int], dict[str, bool]] = {}
        first_day = agenda.first_day
        for b, i in zip(agenda.booking.tolist(), agenda.auditor.tolist(), strict=True):
            names = carried.get(int(agenda.audit[b]), ())
            year = [k for k, (low, high, _) in enumerate(years[i]) if low <= first_day[b] <= high] if names else ()
            for k in year:
                mine = touched.setdefault((i, k), {})
                for name in names:
                    if self._counts(scene, agenda, b, i, name):
                        mine[name] = mine.get(name, True) and bool(agenda.shown[b])
        found = []
        for (i, k), mine in touched.items():
            used = years[i][k][2]
            # A certificate that history or a neighbour touched already is not the shown bookings' doing.
            if any(mine.values()) and len(mine) + used > limit:
                who = scene.auditor_id(i)
                message = f"{who} audits {len(mine) + used} certificates from {years[i][k][0]} to {years[i][k][1]}; "
                found.append(Violation(self.name, message + f"{limit} are allowed", (), (who,)))
        return found

    def _counts(self, scene: Scene, agenda: Agenda, b: int, i: int, certificate: str) -> bool:
        """Tell whether a member of a booking is matched to a certificate of its audit."""
        register = scene.register
        if register.setting("certificates_count") == "every":
            return True
        field = register.certificates["field"][list(register.certificates["certificate_id"]).index(certificate)]
        held = register.qualifications
        mine = (held["auditor_id"] == scene.auditor_id(i)) & (held["field"] == field)
        mine &= (held["grade"] == "auditor") | (held["grade"] == "lead")
        days = np.arange(agenda.first_day[b], agenda.last_day[b] + 1)
        days = days[scene.worked[(days - scene.calendar.first_day).astype(np.int64)]]
        until = held["valid_until"][mine]
        valid = (held["valid_from"][mine][:, None] <= days) & (np.isnat(until)[:, None] | (until[:, None] >= days))
        return bool(valid.any(axis=0).all())

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody audits more than 50 distinct certificates (a setting) in a cycle-year."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with two or three certificates on two audits and one or two left in the year."""
        case = tiny(rng, auditors=2)
        certificates = [
            {"certificate_id": f"C{k}", "specialty": "03.04.01", "organisation_id": f"O{k % 2}", "field": field}
            for k, field in enumerate(("QMS", "EMS", "QMS"))
        ]
        pairs = sorted({(int(rng.integers(2)), int(rng.integers(3))) for _ in range(4)})
        carried = [{"audit_id": f"A{a}", "certificate_id": f"C{c}"} for a, c in pairs]
        year = "2027-01-01" if rng.random() < 0.7 else str(np.datetime64(day(1)) - 365)
        left = int(rng.integers(0, 3))
        usage = [
            {"auditor_id": f"P{i}", "year_start": year, "days_used": 0, "certificates_used": 50 - left} for i in (0, 1)
        ]
        case = case.having(certificates=certificates, audit_certificates=carried, usage=usage)
        count = str(rng.choice(["every", "holders"]))
        return case.having(settings=[{"name": "certificates_count", "value": count}])


RULE = YearlyCertificates()
