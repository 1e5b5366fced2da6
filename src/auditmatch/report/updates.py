"""Calendars after a change: an event that differs has a higher SEQUENCE, one that fell away is cancelled (RFC 5545)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What a person would be told of anew.
TOLD = ("dtstart", "dtend", "summary", "location", "description")
CANCELLED = "CANCELLED"


def earlier(folder: Path, product: str) -> dict[str, Any]:
    """Return the calendars of a folder that are ours, by file name; what cannot be read is none of them."""
    import icalendar

    found = {}
    for path in sorted(folder.glob("*.ics")) if folder.is_dir() else []:
        content = path.read_bytes()
        if product.encode() not in content[:200]:
            continue
        try:
            found[path.name] = icalendar.Calendar.from_ical(content)
        except ValueError:
            continue
    return found


def renewed(calendar: Any, before: Any | None, stamp: Any) -> bytes:
    """Return a calendar's file, its events numbered on from the one before; events that fell away stand cancelled.

    Parameters
    ----------
    calendar
        As it should be now, each event of sequence 0; it is changed in place.
    before
        As it was handed out last; None the first time.
    stamp
        The time of this change.
    """
    old = {str(event["uid"]): event for event in before.walk("VEVENT")} if before is not None else {}
    new = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    for name, event in new.items():
        if name in old:
            same = _same(event, old[name]) and not _is_cancelled(old[name])
            event["sequence"] = int(old[name].get("sequence", 0)) + (not same)
            if same:
                event["dtstamp"] = old[name]["dtstamp"]
    for name, event in old.items():
        if name not in new:
            calendar.add_component(_cancelled(event, stamp))
    return bytes(calendar.to_ical())


def withdrawn(before: Any, stamp: Any) -> bytes:
    """Return the file of a calendar all of whose events fell away."""
    for event in before.walk("VEVENT"):
        _cancelled(event, stamp)
    return bytes(before.to_ical())


def _is_cancelled(event: Any) -> bool:
    return str(event.get("status", "")).upper() == CANCELLED


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two events say the same."""
    return all(one[part].to_ical() == other[part].to_ical() for part in TOLD if part in one) and all(
        part in one for part in TOLD if part in other
    )


def _cancelled(event: Any, stamp: Any) -> Any:
    """Cancel an event, once."""
    if not _is_cancelled(event):
        event["sequence"] = int(event.get("sequence", 0)) + 1
        event.pop("dtstamp", None)
        event.add("dtstamp", stamp)
        event.add("status", CANCELLED)
    return event
