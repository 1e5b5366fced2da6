"""Slow and obvious oracle of capacity: half-days in fractions, all subsets of groups, programs without duals."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from naive import naive_rows

from auditmatch.calendar import build_calendar

Pair = tuple[str, str]
ONE = datetime.timedelta(days=1)


@dataclass
class Tiny:
    """What a register asks and has: days by group; free days by (auditor, year, month, groups that they may serve)."""

    asked: dict[Pair, Fraction]
    cells: dict[tuple[str, int, int, frozenset[Pair]], Fraction]
    month_left: dict[tuple[str, int], Fraction]
    year_left: dict[tuple[str, int], tuple[Fraction, int]]
    on_site: dict[Pair, Fraction]
    certificates: dict[tuple[str, Pair], Fraction]


def day_of(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(str(value)[:10])


def worked_halves(register: Any, first: datetime.date, last: datetime.date) -> list[tuple[datetime.date, int]]:
    per_day = register.setting("slots_per_day")
    calendar = build_calendar(register.calendar, register.setting("country"), per_day, str(first), str(last))
    found = []
    for slot in range(calendar.n_slots):
        halves = (0, 1) if per_day == 1 else (int(calendar.half(slot)),)
        found += [(day_of(calendar.date(slot)), half) for half in halves]
    return found


def read_tiny(register: Any, start: datetime.date, end: datetime.date) -> Tiny:
    audits = {row["audit_id"]: row for row in naive_rows(register.audits)}
    open_audits = {
        name
        for name, row in audits.items()
        if row["status"] == "open" and row["earliest"] <= end and row["latest"] >= start
    }
    needs: dict[str, list[Pair]] = defaultdict(list)
    for row in naive_rows(register.requirements):
        needs[row["audit_id"]].append((row["field"], row["specialty"]))
    carriers: dict[str, set[str]] = defaultdict(set)
    for row in naive_rows(register.audit_certificates):
        carriers[row["certificate_id"]].add(row["audit_id"])
    field_of = {row["certificate_id"]: row["field"] for row in naive_rows(register.certificates)}
    asked: dict[Pair, Fraction] = defaultdict(Fraction)
    on_site: dict[Pair, Fraction] = defaultdict(Fraction)
    by_field: dict[tuple[str, Pair], Fraction] = defaultdict(Fraction)
    for name in open_audits:
        for pair in needs[name]:
            part = Fraction(audits[name]["person_days"]) / len(needs[name])
            asked[pair] += part
            on_site[pair] += part * Fraction(round(100 * audits[name]["on_site"]), 100)
            for certificate, mine in carriers.items():
                if name in mine:
                    share = Fraction(1, len(needs[name])) / len(mine & open_audits)
                    by_field[field_of[certificate], pair] += share
    mean = {pair: on_site[pair] / asked[pair] for pair in asked}
    tiny = Tiny(dict(asked), defaultdict(Fraction), {}, {}, mean, {})
    halves = worked_halves(register, start - 40 * ONE, end)  # done audits lie less than 40 days before
    for person in naive_rows(register.auditors):
        read_person(register, tiny, person, by_field, (start, end), audits, halves)
    return tiny


def read_person(
    register: Any,
    tiny: Tiny,
    person: Any,
    by_field: Any,
    horizon: tuple[datetime.date, datetime.date],
    audits: Any,
    halves: list[tuple[datetime.date, int]],
) -> None:
    who, (start, end) = person["auditor_id"], horizon
    held = [
        row
        for row in naive_rows(register.qualifications)
        if row["auditor_id"] == who and row["grade"] in ("auditor", "lead")
    ]
    facts = [
        row
        for row in naive_rows(register.plan)
        if row["auditor_id"] == who and audits[row["audit_id"]]["status"] == "done"
    ]
    away = [row for row in naive_rows(register.absences) if row["auditor_id"] == who]
    whole = register.setting("slots_per_day") == 1

    def covers(row: Any, day: datetime.date, half: int) -> bool:
        first = (row["start"], 0 if whole or row["start_half"] == "am" else 1)
        last = (row["end"], 1 if whole or row["end_half"] == "pm" else 0)
        return first <= (day, half) <= last

    years = sorted(
        (row["year_start"], row["year_end"], row["days_used"], row["certificates_used"])
        for row in naive_rows(register.usage)
        if row["auditor_id"] == who
    )

    def year_of(day: datetime.date) -> int:
        """Number a year: years of the anniversary stated, or calendar years (one row of usage at most)."""
        if not years:
            return day.year
        anniversary = years[0][0].replace(year=day.year)
        return day.year if day >= anniversary else day.year - 1

    month_left: dict[tuple[str, int], Fraction] = {}
    days_left: dict[int, Fraction] = defaultdict(lambda: Fraction(register.setting("days_per_year")))
    keys_left: dict[int, int] = defaultdict(lambda: register.setting("certificates_per_year"))
    for first, _, days, certificates in years:
        days_left[first.year] -= Fraction(days)
        keys_left[first.year] -= certificates
    touched: dict[int, set[str]] = defaultdict(set)
    for day, half in halves:
        month = 12 * day.year + day.month
        if person["monthly_limit"] is not None:
            month_left.setdefault((who, month), Fraction(person["monthly_limit"]))
        busy = [row for row in facts if covers(row, day, half)]
        for row in busy:
            days_left[year_of(day)] -= Fraction(round(100 * audits[row["audit_id"]]["on_site"]), 200)
            if (who, month) in month_left:
                month_left[who, month] -= Fraction(1, 2)
        free = not busy and not any(covers(row, day, half) for row in away) and start <= day <= end
        free &= (person["from"] or day) <= day <= (person["until"] or day)
        serves = frozenset(
            pair
            for pair in tiny.asked
            if any(
                (row["field"], row["specialty"]) == pair and row["valid_from"] <= day <= (row["valid_until"] or day)
                for row in held
            )
        )
        if free and serves:
            tiny.cells[who, year_of(day), month, serves] += Fraction(1, 2)
    carried = naive_rows(register.audit_certificates)
    fields = {row["field"] for row in held if row["valid_from"] <= end and (row["valid_until"] or start) >= start}
    every = register.setting("certificates_count") == "every"
    for row in facts:
        touched[year_of(row["start"])] |= {c["certificate_id"] for c in carried if c["audit_id"] == row["audit_id"]}
    tiny.month_left |= {key: max(left, Fraction(0)) for key, left in month_left.items()}
    for year in {key[1] for key in tiny.cells if key[0] == who}:
        left = max(days_left[year], Fraction(0)), max(keys_left[year] - len(touched[year]), 0)
        tiny.year_left[who, year] = left
    for pair in tiny.asked:
        taken = sum(share for (field, at), share in by_field.items() if at == pair and (every or field in fields))
        tiny.certificates[who, pair] = Fraction(taken) / tiny.asked[pair]


def most_days(tiny: Tiny, groups: set[Pair]) -> Fraction:
    """Return the days that everyone who may serve one of the groups has, where each day on site is a whole one."""
    by_month: dict[tuple[str, int, int], Fraction] = defaultdict(Fraction)
    for (who, year, month, serves), days in tiny.cells.items():
        if serves & groups:
            by_month[who, year, month] += days
    by_year: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for (who, year, month), days in by_month.items():
        by_year[who, year] += min(days, tiny.month_left.get((who, month), days))
    return sum((min(days, tiny.year_left[key][0]) for key, days in by_year.items()), Fraction(0))


def shares_by_subsets(tiny: Tiny, ceiling: Fraction | None) -> dict[Pair, Fraction]:
    """Return the leximin: the least ratio of days there to days asked over all sets of groups, again and again."""
    left, done, level = set(tiny.asked), set(), {}
    while left:
        taken = most_days(tiny, done)
        ratio = {
            subset: (most_days(tiny, done | set(subset)) - taken) / sum(tiny.asked[pair] for pair in subset)
            for size in range(1, len(left) + 1)
            for subset in combinations(sorted(left), size)
        }
        least = min(ratio.values())
        if ceiling is not None and least >= ceiling:
            return level | dict.fromkeys(left, ceiling)
        held = set().union(*(subset for subset, value in ratio.items() if value == least))
        level |= dict.fromkeys(held, least)
        done, left = done | held, left - held
    return level


def shares_by_raising(tiny: Tiny, ceiling: float) -> dict[Pair, float]:
    """Return the leximin with every limit: raise all together, then ask for each group alone whether it could rise."""
    from scipy.optimize import linprog

    pairs = sorted(tiny.asked)
    arcs = [(key, pair) for key in sorted(tiny.cells, key=str) for pair in sorted(key[3])]
    rows: list[tuple[dict[int, float], float]] = []

    def limit(most: Any, weight: Any, member: Any) -> None:
        entries = {k: float(weight(*arc)) for k, arc in enumerate(arcs) if member(*arc)}
        rows.append((entries, float(most)))

    for key, days in tiny.cells.items():
        limit(days, lambda k, g: 1, lambda k, g, key=key: k == key)
    for (who, month), left in tiny.month_left.items():
        limit(left, lambda k, g: 1, lambda k, g, who=who, month=month: (k[0], k[2]) == (who, month))
    for (who, year), (days, certificates) in tiny.year_left.items():
        mine = lambda k, g, who=who, year=year: k[:2] == (who, year)  # noqa: E731
        limit(days, lambda k, g: tiny.on_site[g], mine)
        limit(certificates, lambda k, g: tiny.certificates[k[0], g], mine)

    def best(floor: dict[Pair, float], raised: list[Pair]) -> float:
        matrix = np.zeros((len(rows) + len(pairs), len(arcs) + 1))
        right = np.array([most for _, most in rows] + [0.0] * len(pairs))
        for r, (entries, _) in enumerate(rows):
            for k, weight in entries.items():
                matrix[r, k] = weight
        for r, pair in enumerate(pairs, len(rows)):
            matrix[r, :-1] = [-float(g == pair) for _, g in arcs]
            if pair in raised:
                matrix[r, -1] = float(tiny.asked[pair])
            else:
                right[r] = -floor.get(pair, 0.0) * float(tiny.asked[pair]) + 1e-9
        cost = np.append(np.zeros(len(arcs)), -1.0)
        found = linprog(cost, matrix, right, bounds=[(0, None)] * len(arcs) + [(0, 1e6)], method="highs")
        assert found.status == 0
        return float(-found.fun)

    level: dict[Pair, float] = {}
    while len(level) < len(pairs):
        rest = [pair for pair in pairs if pair not in level]
        together = best(level, rest)
        if together >= ceiling - 1e-9:
            return level | dict.fromkeys(rest, ceiling)
        floor = level | dict.fromkeys(rest, together)
        stuck = [pair for pair in rest if best({k: v for k, v in floor.items() if k != pair}, [pair]) < together + 1e-6]
        assert stuck
        level |= dict.fromkeys(stuck, together)
    return level
