"""Absences from calendar files (iCalendar, RFC 5545): events whose title or people name an auditor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditmatch.cells import Cells, as_text, object_array
from auditmatch.errors import ArgumentError, InputError, InputProblem, MissingExtraError
from auditmatch.events import Span, home_zone, spans
from auditmatch.frames import RawTable, take_apart
from auditmatch.intake import type_table

_WORDS_IN_A_NAME = 4
_BETWEEN_WORDS = re.compile(r"[\s:：,，;；()（）\[\]【】]+")
_ABOUT = 200  # characters of a title that are kept as the reason

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the calendar files gave, filled while they are read; `spans` by auditor, with the event's title."""

    spans: list[tuple[str, Span, str]] = field(default_factory=list)
    problems: list[InputProblem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def add_absences(tables: Mapping[str, object], sources: Paths) -> dict[str, object]:
    """Return the tables with the events of calendar files added to the absences.

    An event belongs to the auditors whose auditor_id or name stands in its title; else to those whose mail or name is
    an attendee's; else the organizer's; else to the one that the file is named after. Timed events take halves: before
    12:00 am, after it pm. An event that names nobody gives a notice, one that cannot be read a problem.

    Raises
    ------
    InputError
        When a file does not exist or is no calendar.
    MissingExtraError
        When icalendar is not installed.
    """
    people = _people(_raw(tables, "auditors"))
    found = _Found()
    for path in _files(sources):
        _read(path, people, found)
    raw = _raw(tables, "absences")
    raw = replace(raw, problems=(*raw.problems, *found.problems), notices=(*raw.notices, *found.notices))
    return {**tables, "absences": _joined(raw, found.spans)}


def _raw(tables: Mapping[str, object], name: str) -> RawTable:
    given = tables.get(name)
    return take_apart({} if given is None else given, name)


def _files(sources: Paths) -> Iterator[Path]:
    for source in [sources] if isinstance(sources, (str, Path)) else sources:
        if not isinstance(source, (str, Path)):
            raise ArgumentError(f"absences_ics holds {source!r}, which is not the path of a file or folder")
        path = Path(source)
        if not path.exists():
            raise _unusable(path, "there is no such file or folder")
        inside = sorted(path.glob("*.ics")) if path.is_dir() else [path]
        if not inside:
            raise _unusable(path, "the folder holds no .ics file")
        yield from inside


def _unusable(path: Path, message: str) -> InputError:
    return InputError([InputProblem(str(path), None, None, None, message)])


def _read(path: Path, people: Mapping[str, frozenset[str]], found: _Found) -> None:
    nobody: list[str] = []
    for calendar in _calendars(path):
        try:
            zone = home_zone(calendar)
        except ValueError as error:
            found.problems.append(InputProblem(path.name, None, "X-WR-TIMEZONE", None, str(error)))
            continue
        for event in calendar.walk("VEVENT"):
            if str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            title = " ".join(str(event.get("SUMMARY", "")).split())
            called = _called(event, title, path, people)
            if not called:
                nobody.append(repr(title[:40]))
            found.problems.extend(_doubtful(path, title, called))
            try:
                stretches = spans(event, zone) if called else []
            except ValueError as error:
                message = str(error).splitlines()[0]
                found.problems.append(InputProblem(path.name, None, "VEVENT", title[:_ABOUT], message))
                continue
            owners = sorted({auditor for auditors in called.values() for auditor in auditors})
            found.spans.extend((owner, span, title) for owner in owners for span in stretches)
    if nobody:
        shown = ", ".join(nobody[:5]) + (f" and {len(nobody) - 5} more" if len(nobody) > 5 else "")
        found.notices.append(f"{path.name}: {len(nobody)} events name no auditor and are ignored: {shown}")


def _calendars(path: Path) -> list[Any]:
    try:
        import icalendar
    except ImportError as error:
        raise MissingExtraError("icalendar", "calendar", "Reading absences from .ics") from error
    try:
        found = list(icalendar.Calendar.from_ical(path.read_bytes(), multiple=True))
    except OSError as error:
        raise _unusable(path, f"the file cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _unusable(path, f"is not a calendar: {str(error).splitlines()[0]}") from error
    if not found:
        raise _unusable(path, "is not a calendar: it holds none")
    return found


def _doubtful(path: Path, title: str, called: Mapping[str, frozenset[str]]) -> list[InputProblem]:
    return [
        InputProblem(
            path.name,
            None,
            "SUMMARY",
            title[:_ABOUT],
            f"may mean {' or '.join(sorted(several))}, who are all called {name}",
            "write the auditor_id?",
        )
        for name, several in called.items()
        if len(several) > 1
    ]


# Who -----------------------------------------------------------------------------------------------------------------


def _people(auditors: RawTable) -> dict[str, frozenset[str]]:
    """Return the auditors by what a calendar may call them, identifier or name, in folded case."""
    called: dict[str, set[str]] = {}
    ids = _texts(auditors.columns.get("auditor_id"))
    for column in ("auditor_id", "name"):
        for auditor, text in zip(ids, _texts(auditors.columns.get(column)), strict=False):
            if auditor and text:
                called.setdefault(text.casefold(), set()).add(auditor)
    return {name: frozenset(auditors) for name, auditors in called.items()}


def _texts(cells: Cells | None) -> list[str]:
    if cells is None:
        return []
    pairs = zip(cells.values, cells.absent.tolist(), strict=True)
    return ["" if gone else as_text(value).strip() for value, gone in pairs]


def _called(event: Any, title: str, path: Path, people: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the auditors that an event means, by the names that mean them; the first kind of name that fits."""
    kinds = (_in_title(title), _in_people(event, "ATTENDEE"), _in_people(event, "ORGANIZER"), [path.stem])
    for names in kinds:
        found = {name: people[name.casefold()] for name in names if name.casefold() in people}
        if found:
            return found
    return {}


def _in_title(title: str) -> list[str]:
    """Return the whole title and every run of a few words in it, in which a name may stand; a number only in front."""
    words = [word for word in _BETWEEN_WORDS.split(title) if word]
    lengths = range(1, _WORDS_IN_A_NAME + 1)
    runs = [words[at : at + length] for length in lengths for at in range(len(words) - length + 1)]
    return [title, *words[:1], *(" ".join(run) for run in runs if not all(map(str.isdigit, run)))]


def _in_people(event: Any, role: str) -> list[str]:
    """Return mail addresses, their parts before the @, and names of those who attend or organise an event."""
    people = event.get(role, [])
    names: list[str] = []
    for person in people if isinstance(people, list) else [people]:
        mail = re.sub(r"(?i)^mailto:", "", str(person)).strip()
        common = getattr(person, "params", {}).get("CN", "")
        names += [mail, mail.partition("@")[0], str(common).strip()]
    return [name for name in names if name]


# Into the table ------------------------------------------------------------------------------------------------------


def _joined(raw: RawTable, found: Iterable[tuple[str, Span, str]]) -> RawTable:
    """Add the stretches to the table; of several that begin alike the longest counts, and the table's own first."""
    typed = type_table("absences", raw).table
    own = set(zip(*(typed[key].tolist() for key in typed.spec.keys), strict=True))
    longest: dict[tuple[object, ...], tuple[Span, str]] = {}
    for auditor, span, title in found:
        key = (auditor, span.start.item(), span.start_half)
        if key not in own and (key not in longest or longest[key][0].ending < span.ending):
            longest[key] = (span, title)
    added: dict[str, list[Any]] = {
        "auditor_id": [key[0] for key in longest],
        "start": [str(span.start) for span, _ in longest.values()],
        "start_half": [span.start_half for span, _ in longest.values()],
        "end": [str(span.end) for span, _ in longest.values()],
        "end_half": [span.end_half for span, _ in longest.values()],
        "reason": [_printable(title) for _, title in longest.values()],
    }
    count, before = len(longest), len(raw.source_rows)
    columns = {
        name: _longer(raw.columns.get(name), added.get(name), before, count) for name in {**raw.columns, **added}
    }
    last = int(raw.source_rows[-1]) if before else 1
    rows = np.concatenate([raw.source_rows, np.arange(last + 1, last + 1 + count)])
    return replace(raw, columns=columns, source_rows=rows)


def _longer(cells: Cells | None, added: list[Any] | None, before: int, count: int) -> Cells:
    if cells is not None and not count:
        return cells
    values: list[Any] = [None] * before if cells is None else list(cells.values)
    absent: NDArray[np.bool_] = np.ones(before, dtype=np.bool_) if cells is None else cells.absent
    values += [None] * count if added is None else added
    return Cells(object_array(values), np.concatenate([absent, np.full(count, added is None)]))


def _printable(title: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in title[:_ABOUT])
