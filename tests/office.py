"""A small certification body for story tests: three people, four audits at two clients, one week of March 2027.

Monday is 2027-03-01; the week is worked in full. Ann leads everything, Bo and Cai are auditors; each audit asks for one
person-day of one person, QMS 03.04.01, at any time of the week.
"""

from __future__ import annotations

from typing import Any

from auditmatch.cases import Case
from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.verify import Verdict, verify

MON, TUE, WED, THU, FRI = (f"2027-03-0{d}" for d in range(1, 6))
PEOPLE = ("Ann", "Bo", "Cai")
CODE = {"field": "QMS", "specialty": "03.04.01"}


def office(**tables: list[dict[str, Any]]) -> Case:
    """Return the office, with rows added to its tables."""
    case = Case(
        {
            "auditors": tuple({"auditor_id": who, "gender": "M" if who == "Bo" else "F"} for who in PEOPLE),
            "qualifications": tuple(
                {"auditor_id": who, **CODE, "valid_from": "2026-01-01", "grade": "lead" if who == "Ann" else "auditor"}
                for who in PEOPLE
            ),
            "organisations": ({"organisation_id": "Oil"}, {"organisation_id": "Salt"}),
            "audits": tuple(
                {
                    "audit_id": name,
                    "organisation_id": "Oil" if name in ("W", "X") else "Salt",
                    "kind": "surveillance",
                    "earliest": MON,
                    "latest": FRI,
                    "person_days": 1.0,
                    "team_max": 1,
                }
                for name in ("W", "X", "Y", "Z")
            ),
            "requirements": tuple({"audit_id": name, **CODE} for name in ("W", "X", "Y", "Z")),
        },
        MON,
        FRI,
    )
    return case.having(**tables)


def audit(case: Case, name: str, **cells: Any) -> Case:
    """Return the case with cells of one audit changed."""
    rows = [row["audit_id"] for row in case.tables["audits"]]
    return case.changing("audits", rows.index(name), **cells)


def person(case: Case, name: str, **cells: Any) -> Case:
    """Return the case with cells of one auditor changed."""
    return case.changing("auditors", PEOPLE.index(name), **cells)


def grade(case: Case, name: str, **cells: Any) -> Case:
    """Return the case with cells of one auditor's qualification changed."""
    return case.changing("qualifications", PEOPLE.index(name), **cells)


def setting(case: Case, name: str, value: object) -> Case:
    """Return the case with a setting."""
    return case.having(settings=[{"name": name, "value": str(value)}])


def book(name: str, start: str, end: str | None = None, /, **team: str) -> Booking:
    """Return a booking of a team from "2027-03-01" or "2027-03-01 pm" to the end of a day or half-day."""
    first, start_half = [*start.split(), "am"][:2]
    last, end_half = [*(end or first).split(), "pm"][:2]
    return Booking(name, first, start_half, last, end_half, tuple(team.items()))


def day(name: str, start: str, who: str = "Ann") -> Booking:
    """Return a booking of one person for one whole day."""
    return book(name, start, **{who: "lead"})


def problem(case: Case, **how: Any) -> Problem:
    return Problem(case.register(), case.start, case.end, **how)


def judged(case: Case, *bookings: Booking) -> Verdict:
    """Return what verify says of bookings, after asking the kernel whether it agrees."""
    made = problem(case)
    plan = Plan.from_bookings(bookings)
    verdict = verify(made, plan)
    placed = made.place(plan)
    if len(placed) == len(bookings):
        state, fits = made.state(), True
        for one in placed:
            fits = fits and state.fits(one)
            state.add(one)
        missing = any(made.lowered.must[a] and a not in {p.audit for p in placed} for a in made.audits.tolist())
        # The kernel names no leads, so it cannot see that the wrong person is named.
        about_names = all(v.rule == "lead" and "named" in v.message for v in verdict.violations)
        assert (fits and not missing) == (verdict.ok or about_names), str(verdict)
    return verdict


def broken(case: Case, *bookings: Booking) -> list[str]:
    """Return the rules that bookings break, sorted."""
    return sorted({violation.rule for violation in judged(case, *bookings).violations})
