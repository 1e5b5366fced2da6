"""What limits the days of a person beside the calendar: months, on-site days of a year, certificates of a year.

Sources: the settings `days_per_year` (180; CNCA-QMS-01:2025 clause 3.9) and `certificates_per_year` (50; clause 3.10),
the column `monthly_limit`. Facts, that is done audits and bookings pinned outside the horizon, and `usage` are taken
off first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from auditmatch.matching.domain import Floats, Ints
from auditmatch.matching.workforce import Days, Horizon
from auditmatch.years import meet_years, years_around

if TYPE_CHECKING:
    from auditmatch.register import Register

Kind = Literal["monthly_limit", "days_per_year", "certificates_per_year"]
Year = tuple[int, np.datetime64, np.datetime64, float, int]


@dataclass(frozen=True, slots=True)
class Cap:
    """One limit of one person over some days.

    Attributes
    ----------
    auditor
        Row of the person.
    kind
        What is limited.
    begin, end
        Slots of the horizon, end exclusive.
    most
        Days or certificates left, at least 0.
    """

    auditor: int
    kind: Kind
    begin: int
    end: int
    most: float


def read_caps(register: Register, horizon: Horizon) -> list[Cap]:
    """Return every limit of every person that meets the horizon, facts and usage taken off."""
    facts = _Facts.of(register, horizon)
    return [*_monthly(register, horizon, facts), *_yearly(register, horizon, facts)]


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """Bookings that stand: who, from when to when, and how large a part of a day on site counts; shapes (facts,)."""

    auditor: Ints
    audit: Ints
    first: Days
    last: Days
    on_site: Floats
    halves: tuple[Ints, Ints]

    @classmethod
    def of(cls, register: Register, horizon: Horizon) -> _Facts:
        table = horizon.facts
        audit = register.index("audits", table["audit_id"])
        on_site = np.floor(100 * register.audits["on_site"][audit] + 0.5) / 100
        halves = (table["start_half"] == "pm").astype(np.int64), (table["end_half"] == "pm").astype(np.int64)
        if horizon.calendar.slots_per_day == 1:
            halves = halves[0] * 0, halves[1] * 0 + 1
        who = register.index("auditors", table["auditor_id"])
        return cls(who, audit, table["start"], table["end"], on_site, halves)

    def days(self, horizon: Horizon, rows: Ints, low: Days, high: Days) -> Floats:
        """Return the working days of some facts that lie between two dates, both inclusive."""
        first, last = np.maximum(self.first[rows], low), np.minimum(self.last[rows], high)
        begin = np.where(first == self.first[rows], self.halves[0][rows], 0)
        end = np.where(last == self.last[rows], self.halves[1][rows], 1)
        slots = horizon.calendar.slots_between(first, begin, last, end)
        return np.asarray(slots / horizon.calendar.slots_per_day)


def _span(horizon: Horizon, first: np.datetime64, last: np.datetime64) -> tuple[int, int]:
    low, high = np.searchsorted(horizon.dates, first, "left"), np.searchsorted(horizon.dates, last, "right")
    return int(low), int(high)


def _monthly(register: Register, horizon: Horizon, facts: _Facts) -> list[Cap]:
    limits = register.auditors["monthly_limit"]
    found = []
    months = np.unique(horizon.dates.astype("datetime64[M]"))
    one = np.timedelta64(1, "D")
    for i in np.flatnonzero(~np.isnan(limits)).tolist():
        mine = np.flatnonzero(facts.auditor == i)
        for month in months:
            first, last = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]") - one
            used = facts.days(horizon, mine, first, last).sum()
            found.append(Cap(i, "monthly_limit", *_span(horizon, first, last), max(float(limits[i] - used), 0.0)))
    return found


def cycle_years(register: Register, horizon: Horizon) -> list[Year]:
    """Return (auditor, first day, last day, days used, certificates used) of every year that meets the horizon."""
    used = register.usage
    stated: dict[int, list[tuple[np.datetime64, np.datetime64, float, int]]] = {}
    columns = (used[name] for name in ("year_start", "year_end", "days_used", "certificates_used"))
    for i, *row in zip(register.index("auditors", used["auditor_id"]).tolist(), *columns, strict=True):
        stated.setdefault(i, []).append((row[0], row[1], float(np.nan_to_num(row[2])), int(np.nan_to_num(row[3]))))
    plain = years_around([], horizon.start, horizon.end)
    years: list[Year] = []
    for i in range(len(register.auditors)):
        mine = years_around(sorted(stated[i]), horizon.start, horizon.end) if i in stated else plain
        years.extend((i, *year) for year in mine)
    return years


def _yearly(register: Register, horizon: Horizon, facts: _Facts) -> list[Cap]:
    years = cycle_years(register, horizon)
    lows, highs = (np.array([year[k] for year in years], dtype="datetime64[D]") for k in (1, 2))
    fact, year = meet_years(facts.auditor, facts.first, facts.last, years)
    days = facts.days(horizon, fact, lows[year], highs[year]) * facts.on_site[fact]
    on_site = np.bincount(year, weights=days, minlength=len(years)) + [row[3] for row in years]
    touched = _touched(register, facts, years) + [row[4] for row in years]
    most = register.setting("days_per_year"), register.setting("certificates_per_year")
    found = []
    for k, (i, first, last, _, _) in enumerate(years):
        span = _span(horizon, first, last)
        found.append(Cap(i, "days_per_year", *span, max(most[0] - float(on_site[k]), 0.0)))
        found.append(Cap(i, "certificates_per_year", *span, max(most[1] - float(touched[k]), 0.0)))
    return found


def _touched(register: Register, facts: _Facts, years: list[Year]) -> Floats:
    """Return the distinct certificates that facts touch in each year; an audit belongs to the year of its start."""
    carried = register.audit_certificates
    of_audit: dict[int, list[str]] = {}
    for a, name in zip(register.index("audits", carried["audit_id"]).tolist(), carried["certificate_id"], strict=True):
        of_audit.setdefault(a, []).append(name)
    holders = register.setting("certificates_count") == "holders"
    fact, year = meet_years(facts.auditor, facts.first, facts.first, years)
    seen: dict[int, set[str]] = {}
    for f, k in zip(fact.tolist(), year.tolist(), strict=True):
        names = of_audit.get(int(facts.audit[f]), [])
        if holders and names:
            fields = register.certificates["field"][register.index("certificates", names)].tolist()
            mine = fields_held(register, int(facts.auditor[f]), facts.first[f], facts.last[f])
            names = [name for name, field in zip(names, fields, strict=True) if field in mine]
        seen.setdefault(k, set()).update(names)
    return np.array([len(seen.get(k, ())) for k in range(len(years))], dtype=np.float64)


def fields_held(register: Register, auditor: int, first: np.datetime64, last: np.datetime64) -> set[str]:
    """Return the fields that a person holds as auditor or lead at some time between two dates."""
    held = register.qualifications
    mine = held["auditor_id"] == register.auditors["auditor_id"][auditor]
    mine &= (held["grade"] == "auditor") | (held["grade"] == "lead")
    mine &= (held["valid_from"] <= last) & ~(held["valid_until"] < first)
    return set(held["field"][mine].tolist())
