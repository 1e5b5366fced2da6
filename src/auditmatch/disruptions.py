"""What happens after a plan is made, as data: an auditor falls ill, an audit is added, a client closes a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch.delimited import read_csv
from auditmatch.draft import Draft
from auditmatch.errors import InputError, InputProblem, nearest
from auditmatch.frames import take_apart
from auditmatch.register import Register

# What each kind must state; whatever else it may.
KINDS: dict[str, tuple[str, ...]] = {
    "away": ("auditor_id", "start", "end"),
    "back": ("auditor_id", "start"),
    "added": ("audit_id", "organisation_id", "field", "specialty", "person_days", "start", "end"),
    "spot_check": ("audit_id", "organisation_id", "field", "specialty", "person_days", "start"),
    "cancelled": ("audit_id",),
    "moved": ("audit_id", "start", "end"),
    "lengthened": ("audit_id", "person_days"),
    "closed": ("organisation_id", "start", "end"),
    "suspended": ("auditor_id", "field", "specialty", "start"),
    "available": ("auditor_id", "start", "end"),
    "qualified": ("auditor_id", "field", "specialty", "start"),
}
# Days within which a short-notice audit is held, from the day it is ordered (ISO/IEC 17021-1, 9.6.4.2; the 30 days are
# those after a failed spot check).
SPOT_CHECK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Columns of an `events` table have the same names.

    Attributes
    ----------
    kind
        away (auditor, start to end); back (auditor, from start on); added (a new audit of one code, its window start
        to end);
        spot_check (the same, within 30 days of start); cancelled; moved (an audit's new window); lengthened (its new
        person-days); closed (an organisation, start to end); suspended (an auditor's qualification, from start, to end
        where stated); available (auditor, start to end, whatever absence was stated before); qualified (an auditor
        holds a further code as auditor, from start, to end where stated).
    audit_id, auditor_id, organisation_id, field, specialty
        Whom or what it concerns, as far as the kind asks.
    start, end
        ISO dates, both inclusive.
    person_days
        Of an added, checked or lengthened audit; above 0.
    reason
        Why, in a person's words.
    """

    kind: str
    audit_id: str | None = None
    auditor_id: str | None = None
    organisation_id: str | None = None
    field: str | None = None
    specialty: str | None = None
    start: str | None = None
    end: str | None = None
    person_days: float | None = None
    reason: str | None = None

    def __str__(self) -> str:
        """Return the event on one line."""
        whom = self.auditor_id or self.audit_id or self.organisation_id
        days = f" {self.start}" + (f" to {self.end}" if self.end else "") if self.start else ""
        return f"{whom} {self.kind.replace('_', ' ')}{days}" + (f" ({self.reason})" if self.reason else "")


def read_events(source: object) -> tuple[Event, ...]:
    """Read events.

    Parameters
    ----------
    source
        A CSV file, a data frame of any library, or a dict of columns: kind and what it asks for, see `Event`.

    Raises
    ------
    InputError
        With every problem of every row.
    """
    if isinstance(source, (str, Path)):
        if not Path(source).is_file():
            raise InputError([InputProblem("events", None, None, str(source), "is no file")])
        raw = read_csv(Path(source))
    else:
        raw = take_apart(source, "events")
    known = tuple(each.name for each in fields(Event))
    problems = list(raw.problems)
    for name in raw.columns:
        if name not in known:
            near = nearest(name, known)
            what = "is no column of events"
            problems.append(InputProblem("events", None, name, None, what, f"rename it {near}?" if near else None))
    columns = {name: raw.columns[name].values for name in known if name in raw.columns}
    events = []
    for n, row in enumerate(raw.source_rows.tolist()):
        cells = {name: _cell(values[n]) for name, values in columns.items()}
        days = cells.get("person_days")
        try:
            cells["person_days"] = None if days is None else float(days)
        except ValueError:
            problems.append(InputProblem("events", row, "person_days", days, "is not a number", "2.5?"))
            continue
        event = Event(**{"kind": "", **cells})
        problems += _faults(event, row)
        events.append(event)
    if problems:
        raise InputError(problems)
    return tuple(events)


def disrupt(register: Register, events: Iterable[Event]) -> Register:
    """Return the register after some events, one after another.

    Raises
    ------
    InputError
        Events name somebody unknown, lack what their kind asks for, or contradict the register; every problem is
        listed, rows counted as in a sheet of events.
    """
    draft, problems = Draft(register), []
    for row, event in enumerate(events, start=2):
        faults = list(_faults(event, row)) or list(_strangers(draft, event, row))
        problems += faults
        if not faults:
            _apply(draft, event)
    if problems:
        raise InputError(problems)
    return draft.register()


def _cell(value: Any) -> Any:
    """Return a cell as text; None where it is empty."""
    text = "" if value is None or value != value else str(value).strip()
    return text or None


def _faults(event: Event, row: int) -> Iterable[InputProblem]:
    """Yield what an event lacks and what cannot be read."""
    if event.kind not in KINDS:
        near = nearest(event.kind, KINDS)
        yield InputProblem("events", row, "kind", event.kind, "is no kind of event", f"{near or 'away'}?")
        return
    for name in KINDS[event.kind]:
        if getattr(event, name) is None:
            yield InputProblem("events", row, name, None, f"is empty, and {event.kind} asks for it")
    days = []
    for name in ("start", "end"):
        text = getattr(event, name)
        try:
            days.append(None if text is None else np.datetime64(text, "D"))
        except ValueError:
            days.append(None)
            yield InputProblem("events", row, name, text, "is not a date", "2027-01-04?")
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        yield InputProblem("events", row, "end", event.end, f"comes before start, {event.start}", "exchange the two?")
    if event.person_days is not None and not 0 < event.person_days <= 1_000:
        yield InputProblem("events", row, "person_days", str(event.person_days), "must be above 0 and at most 1000")


def _strangers(draft: Draft, event: Event, row: int) -> Iterable[InputProblem]:
    """Yield the names of an event that the register does not know, and new ones that it does."""
    for column, table in (("auditor_id", "auditors"), ("organisation_id", "organisations"), ("audit_id", "audits")):
        name = getattr(event, column)
        if name is None:
            continue
        known = draft.column(table, column)
        new = column == "audit_id" and event.kind in ("added", "spot_check")
        if (name in known) == new:
            near = None if new else nearest(name, known)
            what = f"stands in {table} already" if new else f"is not in {table}"
            yield InputProblem("events", row, column, name, what, f"{near}?" if near else None)
    if event.kind == "suspended" and not draft.rows(
        "qualifications", auditor_id=event.auditor_id, field=event.field, specialty=event.specialty
    ):
        what = f"is not held by {event.auditor_id}"
        yield InputProblem("events", row, "specialty", f"{event.field} {event.specialty}", what)


def _apply(draft: Draft, event: Event) -> None:
    """Write one event into the tables."""
    first: Any = None if event.start is None else np.datetime64(event.start, "D")
    last: Any = None if event.end is None else np.datetime64(event.end, "D")
    if event.kind == "away":
        _absent(draft, event, first, last)
    elif event.kind == "back":
        for k in draft.rows("absences", auditor_id=event.auditor_id):
            if draft.cell("absences", k, "start") >= first:
                draft.drop("absences", k)
            elif draft.cell("absences", k, "end") >= first:
                draft.put("absences", k, end=first - 1, end_half="pm")
    elif event.kind in ("added", "spot_check"):
        if event.kind == "spot_check":
            legal = first + SPOT_CHECK_DAYS
            last = legal if last is None else min(last, legal)
        draft.append(
            "audits", audit_id=event.audit_id, organisation_id=event.organisation_id, kind="special",
            earliest=first, latest=last, deadline=last, person_days=event.person_days,
        )  # fmt: skip
        draft.append("requirements", audit_id=event.audit_id, field=event.field, specialty=event.specialty)
    elif event.kind == "cancelled":
        draft.put("audits", *draft.rows("audits", audit_id=event.audit_id), status="cancelled")
    elif event.kind == "moved":
        draft.put("audits", *draft.rows("audits", audit_id=event.audit_id), earliest=first, latest=last)
    elif event.kind == "lengthened":
        draft.put("audits", *draft.rows("audits", audit_id=event.audit_id), person_days=event.person_days)
    elif event.kind == "closed":
        draft.append("closures", organisation_id=event.organisation_id, start=first, end=last, reason=event.reason)
    elif event.kind == "available":
        _recall(draft, event, first, last)
    elif event.kind == "qualified":
        code = {"auditor_id": event.auditor_id, "field": event.field, "specialty": event.specialty, "valid_from": first}
        for k in draft.rows("qualifications", **code):
            draft.drop("qualifications", k)
        draft.append("qualifications", **code, valid_until=last, grade="auditor")
    else:
        _suspend(draft, event, first, last)


def _absent(draft: Draft, event: Event, first: Any, last: Any) -> None:
    """Add an absence; one that begins on the same morning becomes as long as the longer of both."""
    for k in draft.rows("absences", auditor_id=event.auditor_id):
        if draft.cell("absences", k, "start") == first and draft.cell("absences", k, "start_half") in ("am", None):
            if draft.cell("absences", k, "end") <= last:
                draft.put("absences", k, end=last, end_half="pm")
            return
    draft.append("absences", auditor_id=event.auditor_id, start=first, end=last, reason=event.reason)


def _recall(draft: Draft, event: Event, first: Any, last: Any) -> None:
    """Take some days out of the absences of an auditor; what is left after them is one absence."""
    columns = "start", "start_half", "end", "end_half"
    mine = draft.rows("absences", auditor_id=event.auditor_id)
    rest: list[tuple[Any, str]] = []
    for k, begin, begin_half, end, end_half in [(k, *(draft.cell("absences", k, c) for c in columns)) for k in mine]:
        joins = begin == last + 1 and begin_half == "am"
        if end < first or (begin > last and not joins):
            continue
        if end > last:
            rest.append((end, end_half))
        if begin < first:
            draft.put("absences", k, end=first - 1, end_half="pm")
        else:
            draft.drop("absences", k)
    if rest:
        end, half = max(rest)
        draft.append("absences", auditor_id=event.auditor_id, start=last + 1, end=end, end_half=half)


def _suspend(draft: Draft, event: Event, first: Any, last: Any) -> None:
    """Cut a qualification from a day on, and let it be valid again after the last day, where there is one."""
    code = {"auditor_id": event.auditor_id, "field": event.field, "specialty": event.specialty}
    columns = "valid_from", "valid_until", "grade"
    # Read before anything is written, for a written column holds plain dates.
    rows = [(k, *(draft.cell("qualifications", k, c) for c in columns)) for k in draft.rows("qualifications", **code)]
    again: dict[Any, dict[str, Any]] = {}
    for k, begin, end, grade in rows:
        if not np.isnat(end) and end < first:
            continue
        if last is not None and (np.isnat(end) or end > last):
            again.setdefault(max(last + 1, begin), {"valid_until": None if np.isnat(end) else end, "grade": grade})
        if begin >= first:
            draft.drop("qualifications", k)
        else:
            draft.put("qualifications", k, valid_until=first - 1)
    for begin, cells in again.items():
        draft.append("qualifications", **code, valid_from=begin, **cells)
