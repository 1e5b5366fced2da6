"""One calendar file for each auditor (iCalendar, RFC 5545): an event for each booking, in working hours."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.problem import Problem
from auditmatch.report.content import Person, Visit, people_of, problem_of, visits_of
from auditmatch.report.labels import label, label_or
from auditmatch.report.updates import earlier, renewed, withdrawn
from auditmatch.result import Result

PRODUCT = "-//auditmatch//audit plan//EN"
# Local hours of a half-day; a booking of several runs from the first half's begin to the last half's end.
BEGINS, ENDS = {"am": "08:00", "pm": "13:00"}, {"am": "12:00", "pm": "17:00"}
_CHINA = "Asia/Shanghai"
_UNSAFE = re.compile(r"[^\w.\-]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
# Names that Windows gives to devices, whatever follows the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 160  # bytes; no system takes more than 255


def write_calendars(
    result: Result, folder: str | Path, *, problem: Problem | None = None, lang: str = "en"
) -> tuple[Path, ...]:
    """Write the calendars; see `auditmatch.report.ics`."""
    try:
        import icalendar  # noqa: F401 -- asked for before anything is written
    except ImportError as error:
        raise MissingExtraError("icalendar", "calendar", "Writing calendars") from error
    asked = problem_of(result, problem)
    home = Path(folder)
    stamp = np.datetime64("now").item().replace(tzinfo=ZoneInfo("UTC"))
    now = calendars(asked, visits_of(asked, result.plan), lang, stamp)
    try:
        before = earlier(home, PRODUCT)
        files = {
            name: renewed(calendar, before.pop(name, None), stamp)
            for name, calendar in zip(file_names(now), now.values(), strict=True)
        }
        written = tuple(home / name for name in files)
        files |= {name: withdrawn(calendar, stamp) for name, calendar in before.items()}
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".auditmatch-", dir=home) as scratch:
            for name, text in files.items():
                Path(scratch, name).write_bytes(text)
            for name in files:
                os.replace(Path(scratch, name), home / name)
    except OSError as error:
        raise ArgumentError(f"calendars cannot be written to {home}: {error.strerror or error}") from error
    return written


def calendars(problem: Problem, visits: Iterable[Visit], lang: str, stamp: Any) -> dict[str, Any]:
    """Return the calendar of each auditor who has a booking, in the register's order; facts are left out."""
    planned = [visit for visit in visits if not visit.fixed]
    people = {person.auditor_id: person for person in people_of(problem, planned)}
    zone = _CHINA if problem.scene.register.setting("country") == "CN" else None
    texts = {}
    for who, person in people.items():
        mine = [visit for visit in planned if who in dict(visit.booking.team)]
        if mine:
            texts[who] = _calendar(person, mine, people, zone, stamp, lang)
    return texts


def file_names(auditors: Iterable[str]) -> list[str]:
    """Return a file name for each identifier: safe on every system, and different even where case is ignored."""
    found: list[str] = []
    taken: set[str] = set()
    for auditor in auditors:
        stem = _UNSAFE.sub("_", auditor).strip(".").encode()[:_LONGEST].decode(errors="ignore")
        if not stem or stem != auditor or _DEVICES.fullmatch(stem) or stem.casefold() in taken:
            stem = f"{stem or 'auditor'}-{hashlib.sha256(auditor.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
            stem = f"_{stem}" if _DEVICES.fullmatch(stem) else stem
        taken.add(stem.casefold())
        found.append(f"{stem}.ics")
    return found


def _calendar(
    person: Person, visits: list[Visit], people: Mapping[str, Person], zone: str | None, stamp: Any, lang: str
) -> Any:
    """Return one person's calendar."""
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", label(lang, "calendar_name", name=_line(person.name or person.auditor_id)))
    if zone is not None:
        calendar.add("x-wr-timezone", zone)
        calendar.add_component(_china())
    for visit in visits:
        event = icalendar.Event()
        booking, audit = visit.booking, visit.audit
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"auditmatch:{audit.audit_id}:{person.auditor_id}")
        event.add("uid", f"{name}@auditmatch")
        event.add("dtstamp", stamp)
        event.add("dtstart", _moment(booking.start, BEGINS[booking.start_half], zone))
        event.add("dtend", _moment(booking.end, ENDS[booking.end_half], zone))
        kind = label_or(lang, f"kind_{audit.kind}", audit.kind)
        event.add("summary", _line(f"{audit.audit_id} {audit.client} ({kind})"))
        event.add("location", _line(label(lang, "event_remote") if audit.remote else _place(visit)))
        event.add("description", _description(visit, person, people, lang))
        event.add("sequence", 0)
        calendar.add_component(event)
    return calendar


def _china() -> Any:
    """Return the time zone of China: eight hours ahead all year since 1992."""
    import icalendar

    zone, standard = icalendar.Timezone(), icalendar.TimezoneStandard()
    ahead = np.timedelta64(8, "h").item()
    zone.add("tzid", _CHINA)
    standard.add("dtstart", np.datetime64("1992-01-01T00:00:00").item())
    standard.add("tzoffsetfrom", ahead)
    standard.add("tzoffsetto", ahead)
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone


def _moment(day: str, time: str, zone: str | None) -> Any:
    """Return a local time; without a zone it floats: the same hours wherever it is read."""
    moment: Any = np.datetime64(f"{day}T{time}:00").item()
    return moment if zone is None else moment.replace(tzinfo=ZoneInfo(zone))


def _place(visit: Visit) -> str:
    parts = dict.fromkeys((visit.audit.client, visit.audit.location, visit.audit.province))
    return ", ".join(part for part in parts if part)


def _description(visit: Visit, person: Person, people: Mapping[str, Person], lang: str) -> str:
    """Return team and role, client and what is needed, a line each."""
    audit, roles = visit.audit, dict(visit.booking.team)
    team = ", ".join(
        f"{people[who].name or who} {who} ({label(lang, f'role_{role}')})" for who, role in visit.booking.team
    )
    kind = label_or(lang, f"kind_{audit.kind}", audit.kind)
    lines = [
        label(lang, "event_role", role=label(lang, f"role_{roles[person.auditor_id]}")),
        label(lang, "event_team", team=team),
        label(lang, "event_client", client=f"{audit.client} ({audit.client_id})"),
        label(lang, "event_kind", audit=audit.audit_id, kind=kind),
        label(lang, "event_needs", needs=", ".join(audit.needs)),
    ]
    return "\n".join(_line(line) for line in lines)


def _line(text: str) -> str:
    """Return a name as one line without control characters, which calendar files cannot hold."""
    return _CONTROL.sub(" ", text.replace("\n", " "))
