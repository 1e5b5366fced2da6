"""When an event of a calendar file takes place, as days and halves; repeated events one by one."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.errors import EventError
from auditmatch.tables import FIRST_DATE, LAST_DATE

_HOME_ZONE = "Asia/Shanghai"
_MOST_REPEATS = 5_000
_UNREAD = ("RDATE", "RECURRENCE-ID", "EXRULE")
_NOON = np.timedelta64(12, "h")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days and halves, both ends included."""

    start: np.datetime64
    start_half: str
    end: np.datetime64
    end_half: str

    @property
    def ending(self) -> tuple[np.datetime64, bool]:
        """What orders two spans by their ends."""
        return self.end, self.end_half == "pm"


def home_zone(calendar: Any) -> Any:
    """Return the time zone in which times given in UTC are read: the calendar's own, else that of China.

    Raises
    ------
    EventError
        When the calendar names a zone that does not exist.
    """
    from zoneinfo import ZoneInfo

    name = str(calendar.get("X-WR-TIMEZONE", _HOME_ZONE))
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # the three ways in which zoneinfo refuses a name
        raise EventError(f"no time zone is called {name}") from None


def spans(event: Any, home: Any) -> list[Span]:
    """Return the stretches that an event takes, one for each repetition; days by the wall clock of the event's zone.

    Raises
    ------
    EventError
        When the dates cannot be read, lie outside the years allowed, or repeat in a way that is not supported.
    """
    for name in _UNREAD:
        if name in event:
            raise EventError(f"has {name}, which is not supported. Maybe add these days to the absences table?")
    try:
        begin, until = event.start, event.end
        length = until - begin
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise EventError(f"has no dates that can be read: {error}") from error
    whole_days = not hasattr(begin, "hour")
    found = []
    for first in _occurrences(event, begin):
        found.append(
            _days(first, first + length) if whole_days else _halves(_wall(first, home), _wall(first + length, home))
        )
    outside = [span for span in found if span.start < FIRST_DATE or span.end > LAST_DATE]
    if outside:
        raise EventError(f"lies outside {FIRST_DATE} .. {LAST_DATE}")
    return found


def _days(first: Any, after: Any) -> Span:
    """Return whole days; the end of an event is exclusive, and one that ends where it begins takes its day."""
    start = np.datetime64(first, "D")
    end: np.datetime64 = np.datetime64(after, "D") + np.timedelta64(-1, "D")
    if end < start - np.timedelta64(1, "D"):
        raise EventError("ends before it begins")
    return Span(start, "am", max(start, end), "pm")


def _halves(begin: np.datetime64, until: np.datetime64) -> Span:
    """Return the halves that a timed event touches: until 12:00 is am, from 12:00 is pm."""
    if until < begin:
        raise EventError("ends before it begins")
    last = max(begin, until - np.timedelta64(1, "s"))
    start, end = begin.astype("datetime64[D]"), last.astype("datetime64[D]")
    return Span(start, "pm" if begin - start >= _NOON else "am", end, "pm" if last - end >= _NOON else "am")


def _wall(moment: Any, home: Any) -> np.datetime64:
    if moment.tzinfo is not None and moment.tzname() == "UTC":
        moment = moment.astimezone(home)
    wall: np.datetime64 = np.datetime64(moment.replace(tzinfo=None), "s")
    return wall


def _occurrences(event: Any, begin: Any) -> Iterator[Any]:
    """Yield the beginning of the event, or of each repetition that is not excepted."""
    rule = event.get("RRULE")
    if rule is None:
        yield begin
        return
    if isinstance(rule, list) or not ("COUNT" in rule or "UNTIL" in rule):
        raise EventError("repeats without an end. Maybe add COUNT or UNTIL to its RRULE?")
    rrulestr = importlib.import_module("dateutil.rrule").rrulestr  # comes with icalendar; it has no types
    whole_days = not hasattr(begin, "hour")
    origin = np.datetime64(begin, "s").item() if whole_days else begin
    try:
        moments = list(itertools.islice(rrulestr(rule.to_ical().decode(), dtstart=origin), _MOST_REPEATS + 1))
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise EventError(f"repeats in a way that cannot be read: {error}") from error
    if len(moments) > _MOST_REPEATS:
        raise EventError(f"repeats more than {_MOST_REPEATS} times. Maybe add an earlier UNTIL to its RRULE?")
    excepted = {_moment(except_) for except_ in _exceptions(event)}
    for moment in moments:
        occurrence = moment.date() if whole_days else moment
        if _moment(occurrence) not in excepted:
            yield occurrence


def _exceptions(event: Any) -> list[Any]:
    lists = event.get("EXDATE", [])
    return [day.dt for dates in (lists if isinstance(lists, list) else [lists]) for day in dates.dts]


def _moment(value: Any) -> str:
    """Return what makes two dates, or two times of any zones, the same occurrence."""
    if not hasattr(value, "hour"):
        return str(value)
    return str(value.timestamp()) if value.tzinfo is not None else str(value)
