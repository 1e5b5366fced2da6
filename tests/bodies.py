"""A small certification body for tests of explanations: rows of tables that can be added to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from auditmatch.cases import Case
from auditmatch.explain import Explanation
from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.shapes import Rule

# A Monday; the five days that follow are workdays.
MONDAY, TUESDAY, WEDNESDAY, FRIDAY = "2027-03-01", "2027-03-02", "2027-03-03", "2027-03-05"
NOTHING = Plan.from_bookings([])


@dataclass(frozen=True)
class Body:
    """A body with two auditors and an intern, and audits of one day in one week; rows can be added and changed."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def having(self, table: str, *rows: dict[str, Any]) -> Body:
        return Body({**self.tables, table: [*self.tables.get(table, []), *rows]})

    def audit(self, name: str, specialty: str = "03.04.01", **cells: Any) -> Body:
        visit = {
            "audit_id": name,
            "organisation_id": "O1",
            "kind": "special",
            "earliest": MONDAY,
            "latest": FRIDAY,
            "person_days": 1.0,
            "team_max": 1,
        }
        need = {"audit_id": name, "field": "QMS", "specialty": specialty}
        return self.having("audits", {**visit, **cells}).having("requirements", need)

    def problem(self, rules: Iterable[Rule] | None = None, **plan: Any) -> Problem:
        register = Case({name: tuple(rows) for name, rows in self.tables.items()}, MONDAY, FRIDAY).register()
        return Problem(register, MONDAY, FRIDAY, rules=rules, **plan)


def held(who: str, specialty: str, grade: str, **cells: Any) -> dict[str, Any]:
    row = {"auditor_id": who, "field": "QMS", "specialty": specialty, "valid_from": "2026-01-01", "grade": grade}
    return {**row, **cells}


def body() -> Body:
    """P1 leads, P2 audits, P3 learns, all of them QMS 03.04.01."""
    return (
        Body()
        .having("auditors", *({"auditor_id": f"P{i}", "gender": "M"} for i in (1, 2, 3)))
        .having("qualifications", held("P1", "03.04.01", "lead"), held("P2", "03.04.01", "auditor"))
        .having("qualifications", held("P3", "03.04.01", "intern"))
        .having("organisations", {"organisation_id": "O1"})
    )


def booked(audit: str, day: str, *team: tuple[str, str]) -> Booking:
    return Booking(audit, day, "am", day, "pm", team)


def counts(found: Explanation) -> list[int]:
    return [stage.count for stage in found.funnel]
