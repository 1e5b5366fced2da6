"""Results to report: a small one, worked out by hand, whose names are hostile; and large ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np

from auditmatch.disruptions import Event
from auditmatch.engines import solve
from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.programme import Programme, programme
from auditmatch.register import Register
from auditmatch.replan import replan
from auditmatch.result import Budget, Result, Status, Step
from auditmatch.sample import portfolio, sample, sample_horizon

SCRIPT = "</script><script>window.hacked=1</script>"
IMAGE = "\"><img src='x' onerror='window.hacked=1'>"
FORMULA = "=cmd|' /C calc'!A0"
MARKS = "@@DATA@@ {{7*7}} ${1+1} \u202etxt\u2028line"
PEOPLE = ("../../etc/passwd", "CON", "a/b", "A/B")
SECRET = "SECRET-REASON"


@dataclass(frozen=True)
class Told:
    """Stands for an explanation; the report asks for no more than this."""

    audit: str
    status: str

    def sentence(self, lang: str) -> str:
        return f"reason {lang} {IMAGE}"

    def remedy(self, lang: str) -> str:
        return f"remedy {lang} {FORMULA}"


def tables() -> dict[str, Any]:
    """Return a register of four auditors and six audits; 2027-01-04 is a Monday, and no holiday follows to the 17th."""
    audits = ["V0", "V1", "V2", SCRIPT, "V4", "V5"]
    return {
        "auditors": {
            "auditor_id": list(PEOPLE),
            "name": [SCRIPT, "王芳", IMAGE, FORMULA],
            "location": ["Xi'an", "Xi'an", None, "Beijing"],
            "until": [None, None, None, "2027-01-08"],
            "health": [0.123, 1, 1, 1],
        },
        "qualifications": {
            "auditor_id": [PEOPLE[0], PEOPLE[1], PEOPLE[0], PEOPLE[1]],
            "field": ["<b>QMS</b>", "<b>QMS</b>", "<b>QMS</b>", "Service"],
            "specialty": ["03.04.01", "03.04.01", "03.04.02", IMAGE],
            "valid_from": ["2020-01-01"] * 4,
            "grade": ["lead", "lead", "auditor", "auditor"],
        },
        "absences": {
            "auditor_id": [PEOPLE[2]],
            "start": ["2027-01-13"],
            "end": ["2027-01-14"],
            "end_half": ["am"],
            "reason": [SECRET],
        },
        "organisations": {
            "organisation_id": ["O1", "O2", "O3"],
            "name": [IMAGE, FORMULA, MARKS],
            "location": ["Xi'an", "Beijing", "Beijing"],
        },
        "audits": {
            "audit_id": audits,
            "organisation_id": ["O1", "O1", "O2", "O3", "O3", "O2"],
            "kind": ["special", "surveillance", "stage1", "stage2", "recertification", "surveillance"],
            "earliest": ["2027-01-04"] * 6,
            "latest": ["2027-01-15", "2027-01-15", "2027-01-15", "2027-01-15", "2027-02-15", "2027-01-15"],
            "person_days": [1.0, 3.0, 1.0, 2.0, 2.0, 1.0],
            "on_site": [1, 1, 0, 1, 1, 1],
            "status": ["done", *["open"] * 5],
        },
        "requirements": {
            "audit_id": [*audits, "V1"],
            "field": ["<b>QMS</b>"] * 5 + ["Service", "<b>QMS</b>"],
            "specialty": ["03.04.01"] * 5 + ["nobody's", "03.04.02"],
        },
        "locations": {
            "location": ["Xi'an", "Beijing"],
            "latitude": [34.3, 39.9],
            "longitude": [108.9, 116.4],
            "province": ["Shaanxi <i>", "Beijing"],
        },
        "plan": {
            "audit_id": ["V0"],
            "auditor_id": [PEOPLE[0]],
            "role": ["lead"],
            "start": ["2027-01-12"],
            "end": ["2027-01-12"],
        },
    }


# V1: Monday to Tuesday noon, 1.5 days. V2: Friday afternoon to Monday noon, 1 day beside the weekend.
BOOKINGS = (
    Booking("V1", "2027-01-04", "am", "2027-01-05", "am", ((PEOPLE[0], "lead"), (PEOPLE[1], "member"))),
    Booking("V2", "2027-01-08", "pm", "2027-01-11", "am", ((PEOPLE[1], "lead"), (PEOPLE[2], "intern"))),
)
TOLD = (Told(SCRIPT, "unserved"), Told("V4", "deferred"), Told("V5", "hopeless"))


@cache
def hostile(**settings: Any) -> Result:
    """Return a result whose names try to break out of every format; its problem is inside."""
    made = tables()
    if settings:
        made["settings"] = {"name": list(settings), "value": [str(value) for value in settings.values()]}
    problem = Problem(Register.from_tables(made), "2027-01-04", "2027-01-17")
    return Result(
        status=Status.FEASIBLE,
        plan=Plan.from_bookings(BOOKINGS),
        cost=1200,
        bound=800,
        seconds=1.25,
        engine="exact",
        served=("V1", "V2"),
        deferred=("V4",),
        unserved=(SCRIPT,),
        hopeless=("V5",),
        terms={"unserved": 1000, "deferral": 150, "lateness": 0, "travel": 50},
        greedy_cost=1600,
        trace=(Step(0.1, None, 500, "bound"), Step(0.2, 1600, 500, "greedy"), Step(1.0, 1200, 800, "exact")),
        problem=problem,
    )


@cache
def large(audits: int, auditors: int) -> Result:
    """Return a sample whose audits are booked back to back on whoever is next, whatever the rules; fast to make."""
    register = sample(auditors=auditors, audits=audits)
    start, end = sample_horizon(register)
    problem = Problem(register, start, end, rules=())
    table = register.audits
    days = [str(day) for day in np.arange(start, end + np.timedelta64(1, "D")) if np.is_busday(day)]
    free = dict.fromkeys(register.auditors["auditor_id"].tolist(), 0)
    bookings, left = [], []
    people = cycle(free)
    for k in np.flatnonzero(table["status"] == "open").tolist():
        length = max(1, int(table["person_days"][k] // 2))
        team = [next(people), next(people)] if table["person_days"][k] > 2 else [next(people)]
        first = max(free[who] for who in team)
        if first + length > len(days):
            left.append(table["audit_id"][k])
            continue
        roles = ("lead", "member")
        ends = days[first], "am", days[first + length - 1], "pm"
        bookings.append(Booking(table["audit_id"][k], *ends, tuple(zip(team, roles, strict=False))))
        for who in team:
            free[who] = first + length
    plan = Plan.from_bookings(bookings)
    terms = {"unserved": 1000 * len(left)}
    return Result(
        status=Status.FEASIBLE,
        plan=plan,
        cost=sum(terms.values()),
        bound=0,
        seconds=1.0,
        engine="by hand",
        served=plan.audits,
        unserved=tuple(left),
        terms=terms,
        problem=problem,
    )


def told(result: Result) -> tuple[Told, ...]:
    """Return something to say of each audit left out."""
    return tuple(Told(name, "unserved") for name in result.unserved)


@cache
def replanned() -> tuple[Plan, Result]:
    """Return a plan, and what became of it when somebody fell ill for a week."""
    register = sample(auditors=20, audits=100, load=0.9, seed=4)
    problem = Problem(register, *sample_horizon(register))
    plan = solve(problem, Budget(work=10, seed=1)).plan
    assert plan is not None
    who, first = plan.table["auditor_id"][0], plan.table["start"][0]
    ill = Event("away", auditor_id=who, start=str(first), end=str(first + 6))
    return plan, replan(problem, plan, [ill]).result


@cache
def programme_planned() -> tuple[Programme, Result]:
    """Return a made-up body's first quarter of 2026, and a plan of it."""
    made = programme(portfolio(sample(auditors=12, audits=40, seed=2), "2025-12-01"), "2026-01-01", "2026-03-31")
    return made, solve(Problem(made.register, made.start, made.end), Budget(work=20, seed=1))
