"""Small registers for the tests of capacity, at random: two weeks over a month's or year's end, two to four people."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from matching_rows import audit, auditor, client, holds, needs, register

import auditmatch as am

CODES = (("QMS", "03.04.01"), ("QMS", "33.02.00"), ("EMS", "03.04.01"), ("EMS", "33.02.00"), ("OHSMS", "03.04.01"))
HORIZONS = (("2027-03-22", "2027-04-09"), ("2027-12-20", "2028-01-07"), ("2027-05-03", "2027-05-14"))


def horizon_of(seed: int) -> tuple[datetime.date, datetime.date]:
    first, last = HORIZONS[seed % len(HORIZONS)]
    return datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)


def capacity_register(seed: int, weighted: bool = False) -> am.Register:
    """Return a register in which all that capacity reads varies; `weighted`: shares on site and certificates too."""
    rng = np.random.default_rng([seed, weighted])
    start, end = horizon_of(seed)
    length = (end - start).days

    def day(low: int = 0, high: int = length) -> str:
        return str(start + datetime.timedelta(days=int(rng.integers(low, high + 1))))

    def chance(share: float) -> bool:
        return bool(rng.random() < share)

    rows: list[tuple[str, dict[str, Any]]] = []
    people = [f"a{k}" for k in range(rng.integers(2, 5))]
    for who in people:
        cells: dict[str, Any] = {"monthly_limit": float(rng.integers(0, 15)) / 2} if chance(0.4) else {}
        cells |= {"until": day()} if chance(0.2) else {"from": day()} if chance(0.2) else {}
        rows.append(auditor(who, **cells))
        for field, code in CODES:
            if chance(0.4):
                span = {"valid_until": day()} if chance(0.25) else {"valid_from": day()} if chance(0.2) else {}
                grade = str(rng.choice(["auditor", "lead", "auditor", "intern"]))
                rows.append(holds(who, field, specialty=code, grade=grade, **span))
        if chance(0.4):
            first, last = sorted([day(-3), day()])
            halves = sorted(str(half) for half in rng.choice(["am", "pm"], 2))
            cells = {"start": first, "start_half": halves[0], "end": last, "end_half": halves[1]}
            rows.append(("absences", {"auditor_id": who} | cells))
        if chance(0.6):
            # Years begin with a month, so that months lie within years.
            begin = str(rng.choice(["2027-01-01", "2027-04-01", "2026-04-01"]))
            left = float(rng.choice([0, 1.5, 4, 30]))
            keys = int(rng.integers(0, 4)) if weighted else 50
            used = {"year_start": begin, "days_used": 180 - left, "certificates_used": 50 - keys}
            rows.append(("usage", {"auditor_id": who} | used))
    rows += [holds(people[0], "ISMS", grade="intern"), client("o0")]
    certificates = ["c0", "c1", "c2"] if weighted else []
    for name in certificates:
        field = str(rng.choice(["QMS", "EMS"]))
        cells = {"certificate_id": name, "specialty": "03.04.01", "organisation_id": "o0", "field": field}
        rows.append(("certificates", cells))
    for k in range(rng.integers(1, 6)):
        asked: dict[str, Any] = {"earliest": day(), "latest": day(length, length + 9)}
        asked |= {"person_days": float(rng.choice([0.5, 1, 2, 3, 5, 8]))}
        if weighted:
            asked["on_site"] = float(rng.choice([0, 0.3, 0.5, 0.8, 1]))
        rows.append(audit(f"x{k}", "o0", **asked))
        chosen = rng.choice(len(CODES), size=rng.integers(1, 4), replace=False)
        rows += [needs(f"x{k}", CODES[c][0], specialty=CODES[c][1]) for c in sorted(chosen.tolist())]
        rows += [
            ("audit_certificates", {"audit_id": f"x{k}", "certificate_id": n}) for n in certificates if chance(0.4)
        ]
    rows += done(rng, people, day, weighted)
    settings = {"slots_per_day": "1"} if chance(0.2) else {}
    if weighted and chance(0.5):
        settings["certificates_count"] = "holders"
    rows += [("settings", {"name": name, "value": value}) for name, value in settings.items()]
    return register(*rows)


def done(rng: np.random.Generator, people: list[str], day: Any, weighted: bool) -> list[tuple[str, dict[str, Any]]]:
    """Return a done audit with its booking, sometimes; it takes days of the horizon, the month and the year."""
    if rng.random() < 0.5:
        return []
    first = day(-8)
    last = str(datetime.date.fromisoformat(first) + datetime.timedelta(days=int(rng.integers(0, 4))))
    on_site = 0.5 if weighted else 1.0
    rows = [audit("d", "o0", status="done", on_site=on_site), needs("d")]
    cells = {"audit_id": "d", "auditor_id": people[0], "role": "lead", "start": first, "end": last}
    rows.append(("plan", cells))
    if weighted:
        rows.append(("audit_certificates", {"audit_id": "d", "certificate_id": "c0"}))
    return rows
