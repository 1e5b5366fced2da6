"""A problem as a planner reads it: rows of tables, dates, half-days. No arrays, no slots, no shapes."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from naive import naive_rows

from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.tables import TABLES

Day = datetime.date
Cells = dict[str, Any]
EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Visit:
    """One booking: the first half-day and the one after the last, counted from 0001-01-01 am, and who sits as what."""

    audit: str
    begin: int
    finish: int
    team: Mapping[str, str]
    fact: bool = False

    @property
    def first(self) -> Day:
        return Day.fromordinal(self.begin // 2)

    @property
    def last(self) -> Day:
        return Day.fromordinal((self.finish - 1) // 2)

    @property
    def days(self) -> list[Day]:
        return [Day.fromordinal(n) for n in range(self.begin // 2, (self.finish - 1) // 2 + 1)]

    @property
    def counting(self) -> list[str]:
        return [who for who, role in self.team.items() if role in ("lead", "member")]


class World:
    """The tables of a problem as rows, and its calendar as the set of half-days worked."""

    def __init__(self, problem: Problem) -> None:
        register, scene = problem.scene.register, problem.scene
        self.register = register
        self.memo: dict[str, Any] = {}
        self.rows: dict[str, list[Cells]] = {name: naive_rows(register.table(name)) for name in TABLES}
        self.audits = {row["audit_id"]: row for row in self.rows["audits"]}
        self.auditors = {row["auditor_id"]: row for row in self.rows["auditors"]}
        self.start, self.end = scene.start.item(), scene.end.item()
        self.per_day = scene.calendar.slots_per_day
        self.setting = register.setting
        calendar = scene.calendar
        self.worked: set[int] = set()
        for offset, bits in enumerate(calendar.working.tolist()):
            day = 2 * (calendar.first_day.item().toordinal() + offset)
            if self.per_day == 1 and bits == 3:
                self.worked |= {day}
            elif self.per_day == 2:
                self.worked |= {day + half for half in (0, 1) if bits >> half & 1}
        self.known = (calendar.first_day.item(), calendar.last_day.item())
        self.planned = {scene.audit_id(a) for a in scene.audits.tolist()}
        self.hopeless = {scene.audit_id(a) for a in problem.hopeless.tolist()}
        self.published = visits(naive_rows(scene.published), self.per_day)
        self.facts = visits(naive_rows(scene.facts), self.per_day, fact=True)
        self.pins = [row for row in naive_rows(scene.published) if row["pin"] != "none"]

    def visits(self, bookings: Iterable[Booking]) -> dict[str, Visit]:
        """Return bookings and facts by audit."""
        rows = naive_rows(Plan.from_bookings(bookings).table)
        return {**visits(rows, self.per_day), **self.facts}

    def slots(self, visit: Visit, first: Day | None = None, last: Day | None = None) -> int:
        """Count the working slots of a visit, those between two days only."""
        low, high = first or visit.first, last or visit.last
        return sum(
            half in self.worked and low <= Day.fromordinal(half // 2) <= high
            for half in range(visit.begin, visit.finish)
        )

    def works(self, day: Day) -> bool:
        """Tell whether any slot lies on a day."""
        return bool({2 * day.toordinal(), 2 * day.toordinal() + 1} & self.worked)

    def present(self, who: str, half: int) -> bool:
        """Tell whether a person is employed and not away in a slot that begins with a half-day."""
        person, day = self.auditors[who], Day.fromordinal(half // 2)
        if not (person["from"] or Day.min) <= day <= (person["until"] or Day.max):
            return False
        span = range(half, half + (2 if self.per_day == 1 else 1))
        for row in self.rows["absences"]:
            begin = 2 * row["start"].toordinal() + (row["start_half"] == "pm")
            finish = 2 * row["end"].toordinal() + (row["end_half"] == "pm") + 1
            if row["auditor_id"] == who and any(begin <= h < finish for h in span):
                return False
        return True

    def needs(self, audit: str) -> list[Cells]:
        """Return the requirements of an audit."""
        return [row for row in self.rows["requirements"] if row["audit_id"] == audit]

    def holds(self, who: str, day: Day, field: str, specialty: str | None, *grades: str) -> bool:
        """Tell whether a person holds a grade in a field, or in one specialty of it, on a day."""
        return any(
            row["auditor_id"] == who
            and row["field"] == field
            and (specialty is None or self.code(row["specialty"]) == self.code(specialty))
            and row["grade"] in grades
            and row["valid_from"] <= day <= (row["valid_until"] or Day.max)
            for row in self.rows["qualifications"]
        )

    def code(self, specialty: str) -> str:
        """Return the class at which competence is compared."""
        return ".".join(specialty.split(".")[:2]) if self.setting("middle_class") else specialty

    def wishes(self, audit: str, rule: str) -> list[Cells]:
        """Return the preferences of a kind that speak of an audit or its client."""
        client = self.audits[audit]["organisation_id"]
        return [
            row
            for row in self.rows["preferences"]
            if row["rule"] == rule and (row["audit_id"] == audit or row["organisation_id"] == client)
        ]

    def trainees(self, audit: str) -> set[str]:
        """Return whose training is asked for in an audit."""
        asked = {row["auditor_id"] for row in self.wishes(audit, "require")}
        asked |= {r["auditor_id"] for r in self.pins if r["audit_id"] == audit and r["pin"] in ("member", "both")}
        fields = {row["field"] for row in self.needs(audit)}
        learns = {
            r["auditor_id"] for r in self.rows["qualifications"] if r["grade"] == "intern" and r["field"] in fields
        }
        return asked & learns

    def leads(self, who: str, visit: Visit) -> bool:
        """Tell whether a person may lead a visit: on every day worked, in one field of the audit or in all."""
        fields = {row["field"] for row in self.needs(visit.audit)}
        enough = all if self.setting("lead_fields") == "all" else any
        days = [day for day in visit.days if self.works(day)]
        return all(enough(self.holds(who, day, field, None, "lead") for field in fields) for day in days)

    def km(self, one: str | None, other: str | None) -> float | None:
        """Return great-circle kilometres between two places, None where one has no coordinates."""
        places = {row["location"]: row for row in self.rows["locations"]}
        if one not in places or other not in places:
            return None
        p, q = ([math.radians(places[name][c]) for c in ("latitude", "longitude")] for name in (one, other))
        cosine = math.sin(p[0]) * math.sin(q[0]) + math.cos(p[0]) * math.cos(q[0]) * math.cos(p[1] - q[1])
        return EARTH_KM * math.acos(max(-1.0, min(1.0, cosine)))

    def years(self, who: str) -> list[tuple[Day, Day, float, int]]:
        """Return first day, last day, days and certificates used of each cycle-year of a person near the horizon."""
        stated = [row for row in self.rows["usage"] if row["auditor_id"] == who]
        years = [(r["year_start"], r["year_end"], r["days_used"], r["certificates_used"]) for r in stated]
        years = sorted(years) or [(Day(self.known[0].year, 1, 1), Day(self.known[0].year, 12, 31), 0.0, 0)]
        one = datetime.timedelta(1)
        while years[-1][1] < self.known[1]:
            first = years[-1][1] + one
            years.append((first, anniversary(first, 1) - one, 0.0, 0))
        while years[0][0] > self.known[0]:
            years.insert(0, (anniversary(years[0][0], -1), years[0][0] - one, 0.0, 0))
        between = [(a[1] + one, b[0] - one, 0.0, 0) for a, b in pairwise(years) if a[1] + one < b[0]]
        return sorted([*years, *between])


def anniversary(day: Day, years: int) -> Day:
    """Return the same day so many years later; 1 March for 29 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return Day(day.year + years, 3, 1)


def visits(rows: Iterable[Cells], per_day: int, fact: bool = False) -> dict[str, Visit]:
    """Return plan rows as visits; the first row of an audit gives its dates."""
    found: dict[str, Visit] = {}
    for row in rows:
        begin = 2 * row["start"].toordinal() + (row["start_half"] == "pm")
        finish = 2 * row["end"].toordinal() + (row["end_half"] == "pm") + 1
        if per_day == 1:
            begin, finish = begin // 2 * 2, (finish + 1) // 2 * 2
        team = {**(found[row["audit_id"]].team if row["audit_id"] in found else {}), row["auditor_id"]: row["role"]}
        old = found.get(row["audit_id"])
        visit = Visit(row["audit_id"], begin, finish, team, fact)
        found[row["audit_id"]] = visit if old is None else Visit(old.audit, old.begin, old.finish, team, fact)
    return found
