"""What every form of the report shows, gathered once: visits, people, audits left out, in names and dates.

Reasons of absences and the items behind willingness and cooperation are personal; nothing here reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.agenda import half_days
from auditmatch.errors import ArgumentError
from auditmatch.matching import MatchingDegree, matching_degree
from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.result import Result
from auditmatch.shapes import Bools
from auditmatch.words import say


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit as a reader knows it.

    Attributes
    ----------
    needs
        "field specialty" of each requirement; `fields` are the distinct fields.
    remote
        True where no time of it is on site.
    """

    audit_id: str
    client_id: str
    client: str
    kind: str
    location: str
    province: str
    remote: bool
    fields: tuple[str, ...]
    needs: tuple[str, ...]
    earliest: str
    latest: str
    deadline: str
    person_days: float


@dataclass(frozen=True, slots=True)
class Visit:
    """One booking.

    Attributes
    ----------
    begin, finish
        First half-day, and the half-day after the last, from the horizon's first morning; days off included.
    days
        Working days inside the horizon.
    fixed
        True for what stood before planning: done audits and pins outside the horizon.
    """

    audit: Audit
    booking: Booking
    begin: int
    finish: int
    days: float
    fixed: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One auditor in the horizon: days booked, days there, and (begin, finish) half-days away, as in `Visit`."""

    auditor_id: str
    name: str
    location: str
    booked: float
    available: float
    away: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One audit without a booking: deferred, unserved or hopeless, why, and what would help.

    Attributes
    ----------
    steps
        The funnel: (step, auditors left).
    tried
        Changes that would serve it, as sentences with their cost.
    """

    audit: Audit
    status: str
    reason: str
    remedy: str
    steps: tuple[tuple[str, int], ...] = ()
    tried: tuple[str, ...] = ()


def problem_of(result: Result, problem: Problem | None) -> Problem:
    """Return the problem given, or the one that the result carries.

    Raises
    ------
    ArgumentError
        There is neither.
    """
    found = problem or result.problem
    if found is None:
        raise ArgumentError("the result does not say what was planned. Maybe give problem=...?")
    return found


def degree_of(problem: Problem, degree: MatchingDegree | None) -> MatchingDegree:
    """Return the matching degree given, or that of the register on the horizon's first day."""
    return degree or matching_degree(problem.scene.register, at=problem.scene.start)


def audits_of(problem: Problem) -> dict[str, Audit]:
    """Return every audit of the register by its identifier."""
    register = problem.scene.register
    table, needs = register.audits, register.requirements
    clients, places = register.organisations, register.locations
    owner = register.index("organisations", table["organisation_id"])
    place = register.index("locations", table["location"])
    wanted: dict[str, list[tuple[str, str]]] = {}
    for name, field, specialty in zip(needs["audit_id"], needs["field"], needs["specialty"], strict=True):
        wanted.setdefault(name, []).append((field, specialty))
    found = {}
    for k, name in enumerate(table["audit_id"]):
        pairs = sorted(wanted.get(name, ()))
        client = table["organisation_id"][k]
        found[name] = Audit(
            audit_id=name,
            client_id=client,
            client=clients["name"][owner[k]] or client,
            kind=table["kind"][k],
            location=table["location"][k] or "",
            province=(places["province"][place[k]] or "") if place[k] >= 0 else "",
            remote=bool(table["on_site"][k] == 0),
            fields=tuple(dict.fromkeys(field for field, _ in pairs)),
            needs=tuple(f"{field} {specialty}" for field, specialty in pairs),
            earliest=str(table["earliest"][k]),
            latest=str(table["latest"][k]),
            deadline=str(table["deadline"][k]),
            person_days=float(table["person_days"][k]),
        )
    return found


def visits_of(problem: Problem, plan: Plan | None) -> tuple[Visit, ...]:
    """Return the bookings of a plan and the facts that meet the horizon, by begin and then by audit.

    Raises
    ------
    InputError
        The plan names audits or auditors that the register does not know; all are listed.
    """
    if plan is not None:
        problem.scene.agenda(plan)
    scene, audits = problem.scene, audits_of(problem)
    stands = set(scene.facts["audit_id"])
    planned = [(b, False) for b in plan.bookings if b.audit not in stands] if plan is not None else []
    facts = [
        (b, True)
        for b in Plan(scene.facts).bookings
        if np.datetime64(b.start) <= scene.end and np.datetime64(b.end) >= scene.start
    ]
    every = [*planned, *facts]
    zero = 2 * int(scene.start.astype(np.int64))
    begin, finish = (half_days(*ends) - zero for ends in _ends([b for b, _ in every]))
    days = _days_inside(problem, begin, finish + 1)
    rows = zip(every, begin.tolist(), (finish + 1).tolist(), days.tolist(), strict=True)
    found = (Visit(audits[b.audit], b, low, high, number, fixed) for (b, fixed), low, high, number in rows)
    return tuple(sorted(found, key=lambda visit: (visit.begin, visit.audit.audit_id)))


def _ends(bookings: list[Booking]) -> tuple[tuple[npt.NDArray[Any], list[str]], tuple[npt.NDArray[Any], list[str]]]:
    """Return days and halves of the starts, and of the ends."""
    starts = np.array([b.start for b in bookings], dtype="datetime64[D]")
    ends = np.array([b.end for b in bookings], dtype="datetime64[D]")
    return (starts, [b.start_half for b in bookings]), (ends, [b.end_half for b in bookings])


def _days_inside(problem: Problem, begin: npt.NDArray[Any], finish: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the working days between two half-days, as far as they lie in the horizon."""
    scene = problem.scene
    last = 2 * int((scene.end - scene.start).astype(np.int64)) + 1
    low, high = np.maximum(begin, 0), np.minimum(finish - 1, last)
    day = [scene.start + (half // 2).astype("timedelta64[D]") for half in (low, high)]
    slots = scene.calendar.slots_between(day[0], low % 2, day[1], high % 2)
    return np.asarray(slots / scene.calendar.slots_per_day)


def people_of(problem: Problem, visits: Iterable[Visit]) -> tuple[Person, ...]:
    """Return every auditor with the load that visits make, in the register's order."""
    scene, table = problem.scene, problem.scene.register.auditors
    names = table["auditor_id"].tolist()
    booked = dict.fromkeys(names, 0.0)
    for visit in visits:
        for who, _ in visit.booking.team:
            booked[who] += visit.days
    busy = problem.lowered.busy[:, scene.first_slot : scene.last_slot + 1]
    there = (~busy).sum(axis=1) / scene.calendar.slots_per_day
    return tuple(
        Person(who, table["name"][k] or "", table["location"][k] or "", booked[who], float(there[k]), away)
        for k, (who, away) in enumerate(zip(names, _away(problem, busy), strict=True))
    )


def _away(problem: Problem, busy: Bools) -> list[tuple[tuple[int, int], ...]]:
    """Return the stretches of slots that each auditor is away, as half-days from the horizon's first morning."""
    scene = problem.scene
    zero = 2 * int((scene.start - scene.calendar.first_day).astype(np.int64))
    slots = np.arange(scene.first_slot, scene.first_slot + busy.shape[1])
    begin, finish = scene.calendar.slot_begin(slots) - zero, scene.calendar.slot_end(slots) - zero
    found = []
    for row in busy:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
        found.append(tuple((int(begin[a]), int(finish[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)))
    return found


def left_out(problem: Problem, result: Result, explanations: Iterable[Any], lang: str) -> tuple[LeftOut, ...]:
    """Return the audits without a booking; reasons come from the explanations, which are made where none are given."""
    told = {each.audit: each for each in explanations}
    missing = (("deferred", result.deferred), ("unserved", result.unserved), ("hopeless", result.hopeless))
    if not told and result.plan is not None:
        from auditmatch.explain import explain_all

        told = {each.audit: each for each in explain_all(problem, result.plan)}
    status = {name: word for word, names in missing for name in names}
    status |= {name: each.status for name, each in told.items()}
    audits = audits_of(problem)
    return tuple(
        _left(audits[name], word, told.get(name), lang)
        for name, word in sorted(status.items())
        if word in ("deferred", "unserved", "hopeless")
    )


def _left(audit: Audit, status: str, explanation: Any, lang: str) -> LeftOut:
    """Return an audit left out with its explanation in a language; without one the parts are empty."""
    if explanation is None:
        return LeftOut(audit, status, "", "")
    steps = tuple((say(lang, f"stage_{s.name}"), s.count) for s in getattr(explanation, "funnel", ()))
    tried = tuple(each.tried(lang) for each in getattr(explanation, "remedies", ()))
    return LeftOut(audit, status, explanation.sentence(lang), explanation.remedy(lang), steps, tried)


def provisional_years(problem: Problem) -> tuple[int, ...]:
    """Return the years of the horizon whose public holidays are not all known yet."""
    scene = problem.scene
    low, high = scene.calendar.day_offset(np.array([scene.start, scene.end]))
    days = scene.calendar.date_of(low + np.flatnonzero(scene.calendar.provisional[low : high + 1]))
    return tuple(sorted({int(str(day)[:4]) for day in days}))
