"""Yearly certificates: how many certificates a person may audit in a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.credentials import Keys, numbered, valid_on_every_day
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Bools, Ints, KeyCap, Pool, Shape, ints
from auditmatch.years import meet_years


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
        carried = register.audit_certificates
        number = {name: k for k, name in enumerate(sorted(set(carried["certificate_id"])))}
        pools: tuple[Pool | None, ...] = (None,) * len(carried)
        if register.setting("certificates_count") == "holders":
            fields = register.certificates["field"][register.index("certificates", carried["certificate_id"])]
            holds = {field: scene.holders(field, None, ("auditor", "lead")) for field in set(fields)}
            pools = tuple(holds[field] for field in fields)
        yield KeyCap(
            ints([y[0] for y in years]),
            first,
            last,
            ints([limit - y[4] for y in years]),
            register.index("audits", carried["audit_id"]),
            ints([number[name] for name in carried["certificate_id"]]),
            pools,
            "the certificates per year",
        )

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Collect the certificates of each person in each year."""
        register = scene.register
        limit = register.setting("certificates_per_year")
        carried = register.audit_certificates
        names, number = np.unique(carried["certificate_id"].astype(str), return_inverse=True)
        rows = register.index("audits", carried["audit_id"])
        order = np.argsort(rows, kind="stable")
        b = agenda.booking
        years = scene.cycle_years()
        # An audit belongs to the year in which it starts.
        # History may lie on days off; it starts with the first working half-day from then on.
        calendar = scene.calendar
        slot = np.minimum(calendar.first_slot_from(agenda.first_day, agenda.begin % 2), calendar.n_slots - 1)
        begins = calendar.date(slot) if calendar.n_slots else agenda.first_day
        member, year = meet_years(agenda.auditor, begins[b], begins[b], years)
        low = np.searchsorted(rows[order], agenda.audit[b[member]], "left")
        count = np.searchsorted(rows[order], agenda.audit[b[member]], "right") - low
        pair = np.repeat(np.arange(len(member)), count)
        carries = order[np.repeat(low, count) + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)]
        if register.setting("certificates_count") == "holders":
            holds = self._holders(scene, agenda, member[pair], carried["certificate_id"][carries])
            pair, carries = pair[holds], carries[holds]
        touched, inverse = np.unique(year[pair] * len(names) + number[carries], return_inverse=True)
        # A certificate that history or a neighbour touched already is not the shown bookings' doing.
        hidden = np.bincount(inverse, ~agenda.shown[b[member[pair]]], minlength=len(touched)) > 0
        of_year = touched // len(names)
        used = np.array([row[4] for row in years], dtype=np.int64)
        total = np.bincount(of_year, minlength=len(years)) + used
        mine = np.bincount(of_year[~hidden], minlength=len(years))
        found = []
        for k in np.flatnonzero((mine > 0) & (total > limit)):
            who = scene.auditor_id(years[k][0])
            message = f"{who} audits {total[k]} certificates from {years[k][1]} to {years[k][2]}; {limit} are allowed"
            found.append(Violation(self.name, message, (), (who,)))
        return found

    def _holders(self, scene: Scene, agenda: Agenda, member: Ints, certificates: Keys) -> Bools:
        """Tell which members hold the field of a certificate, as auditor or lead, on every day of their booking."""
        register = scene.register
        held = register.qualifications
        field = register.certificates["field"][register.index("certificates", certificates)]
        counts = np.isin(held["grade"].astype(str), ("auditor", "lead"))
        keys, wanted = numbered(held["field"][counts], field)
        owner = register.index("auditors", held["auditor_id"][counts])
        booking = agenda.booking[member]
        return valid_on_every_day(
            (owner, keys, held["valid_from"][counts], held["valid_until"][counts]),
            (np.arange(len(member)), agenda.auditor[member], wanted),
            (agenda.first_day[booking], agenda.last_day[booking]),
            scene.worked,
            scene.calendar.first_day,
        )

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
        year = "2027-01-01" if rng.random() < 0.7 else str(np.datetime64(day(1)) - np.timedelta64(365, "D"))
        left = int(rng.integers(0, 3))
        usage = [
            {"auditor_id": f"P{i}", "year_start": year, "days_used": 0, "certificates_used": 50 - left} for i in (0, 1)
        ]
        case = case.having(certificates=certificates, audit_certificates=carried, usage=usage)
        count = str(rng.choice(["every", "holders"]))
        return case.having(settings=[{"name": "certificates_count", "value": count}])


RULE = YearlyCertificates()
