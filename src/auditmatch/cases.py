"""Tiny random registers: the ground on which rules prove themselves and on which optima are counted by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auditmatch.register import Register

Row = Mapping[str, Any]
FIELDS = ("QMS", "EMS")
SPECIALTIES = ("03.04.01", "03.04.02", "17.10.02")
# A Monday; the week has no public holiday, so five workdays follow.
START = "2027-03-01"


@dataclass(frozen=True, slots=True)
class Case:
    """A small register as rows of tables, and its horizon (ISO dates, both inclusive)."""

    tables: Mapping[str, tuple[Row, ...]]
    start: str
    end: str

    def having(self, **rows: Sequence[Row]) -> Case:
        """Return the case with rows added to tables."""
        grown = {name: tuple(self.tables.get(name, ())) + tuple(new) for name, new in rows.items()}
        return replace(self, tables={**self.tables, **grown})

    def changing(self, table: str, row: int, **cells: Any) -> Case:
        """Return the case with some cells of one row changed."""
        rows = list(self.tables[table])
        rows[row] = {**rows[row], **cells}
        return replace(self, tables={**self.tables, table: tuple(rows)})

    def register(self) -> Register:
        """Return the checked register."""
        return Register.from_tables({name: columns(rows) for name, rows in self.tables.items() if rows})


def columns(rows: tuple[Row, ...]) -> dict[str, list[Any]]:
    """Return rows as columns; a cell that a row lacks is absent."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def day(offset: int) -> str:
    """Return the ISO date so many days after START."""
    return str(np.datetime64(START) + np.timedelta64(int(offset), "D"))


def tiny(rng: np.random.Generator, audits: int = 2, auditors: int = 3, days: int = 3) -> Case:
    """Return a random case: short windows, few people, one or two fields, half-day to two-day audits.

    Parameters
    ----------
    rng
        Source of every choice.
    audits, auditors
        How many; identifiers are A0, A1, ... and P0, P1, ...
    days
        Workdays of the horizon, 1 to 5.
    """
    people = [
        {
            "auditor_id": f"P{i}",
            "name": f"Person {i}",
            "gender": str(rng.choice(["F", "M"])),
            "full_time": bool(rng.random() < 0.7),
            "location": f"L{rng.integers(3)}",
            "routine": round(float(rng.uniform(0.4, 1)), 2),
        }
        for i in range(auditors)
    ]
    visits = [_visit(rng, a, days) for a in range(audits)]
    needs = []
    for a in range(audits):
        for field in FIELDS[: 1 + (rng.random() < 0.25)]:
            needs.append({"audit_id": f"A{a}", "field": field, "specialty": str(rng.choice(SPECIALTIES[:2]))})
    return Case(
        {
            "auditors": tuple(people),
            "qualifications": tuple(_held(rng, auditors)),
            "organisations": tuple(
                {"organisation_id": f"O{a}", "location": f"L{rng.integers(3)}", "client_timing": 0.8}
                for a in range(audits)
            ),
            "audits": tuple(visits),
            "requirements": tuple(needs),
            "locations": (
                {"location": "L0", "latitude": 39.9, "longitude": 116.4},
                {"location": "L1", "latitude": 31.2, "longitude": 121.5},
                {"location": "L2", "latitude": 31.3, "longitude": 120.6},
            ),
        },
        START,
        day(days - 1),
    )


def _visit(rng: np.random.Generator, a: int, days: int) -> dict[str, Any]:
    """Return one audit; one in four has a window that leaves the horizon on one side."""
    earliest = int(rng.integers(0, days))
    latest = int(rng.integers(earliest, days))
    if rng.random() < 0.25:
        earliest, latest = (earliest - 5, latest) if rng.random() < 0.5 else (earliest, latest + 7)
    smallest = 1 + int(rng.random() < 0.2)
    return {
        "audit_id": f"A{a}",
        "organisation_id": f"O{a}",
        "kind": "surveillance",
        "earliest": day(earliest),
        "latest": day(latest),
        "preferred": day(int(rng.integers(earliest, latest + 1))),
        "person_days": float(rng.choice([0.5, 0.5, 1.0, 1.0, 1.5, 2.0])),
        "team_min": smallest,
        "team_max": max(smallest, int(rng.choice([1, 2, 2]))),
        "on_site": float(rng.choice([1.0, 1.0, 0.8, 0.0])),
    }


def _held(rng: np.random.Generator, auditors: int) -> list[dict[str, Any]]:
    """Return qualifications: most people hold most specialties, so that bookings exist; some lapse."""
    rows = []
    for i in range(auditors):
        for field in FIELDS:
            for specialty in SPECIALTIES[:2]:
                if rng.random() < (0.85 if field == "QMS" else 0.55):
                    grade = str(rng.choice(["lead", "lead", "auditor", "auditor", "intern", "expert"]))
                    rows.append(
                        {
                            "auditor_id": f"P{i}",
                            "field": field,
                            "specialty": specialty,
                            "valid_from": "2026-01-01" if rng.random() < 0.9 else day(int(rng.integers(0, 3))),
                            "valid_until": None if rng.random() < 0.8 else day(int(rng.integers(0, 5))),
                            "grade": grade,
                        }
                    )
    # Tables may not be empty of grades that could ever serve: the first person leads everywhere.
    if not any(row["auditor_id"] == "P0" and row["grade"] == "lead" for row in rows):
        rows = [row for row in rows if row["auditor_id"] != "P0"]
        rows.append(
            {
                "auditor_id": "P0",
                "field": "QMS",
                "specialty": SPECIALTIES[0],
                "valid_from": "2026-01-01",
                "grade": "lead",
            }
        )
    return [row for k, row in enumerate(rows) if not _ends_first(row)]


def _ends_first(row: Row) -> bool:
    """Tell whether a qualification ends before it begins, which the register refuses."""
    return row.get("valid_until") is not None and str(row["valid_until"]) < str(row["valid_from"])
