"""The horizon: which audits it holds, and the calendar around it."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.calendar import Calendar, build_calendar
from auditmatch.errors import ArgumentError
from auditmatch.register import Register
from auditmatch.shapes import Ints, ints
from auditmatch.tables import Table


def read_day(value: Any, name: str) -> np.datetime64:
    """Return a date; anything else is refused with the way out."""
    try:
        day = np.datetime64(value, "D")
    except (TypeError, ValueError):
        raise ArgumentError(f"{name}={value!r} is not a date. Maybe '2027-01-04'?") from None
    if np.isnat(day) or not np.datetime64("1990-01-01") <= day <= np.datetime64("2100-12-31"):
        raise ArgumentError(f"{name}={value!r} lies outside 1990-01-01 .. 2100-12-31. Maybe '2027-01-04'?")
    return day


def rows_to_plan(register: Register, first: np.datetime64, last: np.datetime64, fixed: Ints) -> tuple[Ints, Ints]:
    """Return the audits to plan and those whose window closed before the horizon."""
    table = register.audits
    is_open = (table["status"] == "open") & ~np.isin(np.arange(len(table)), fixed)
    meets = (table["earliest"] <= last) & (table["latest"] >= first)
    return ints(np.flatnonzero(is_open & meets)), ints(np.flatnonzero(is_open & (table["latest"] < first)))


def calendar_around(register: Register, first: np.datetime64, last: np.datetime64, facts: Table) -> Calendar:
    """Return the register's calendar from the first to the last day that matters, and two weeks around.

    The fortnight shows whether the horizon's first morning follows a day off.
    """
    low, high = first, last
    if len(facts):
        low, high = min(low, facts["start"].min()), max(high, facts["end"].max())
    margin = np.timedelta64(14, "D")
    country, per_day = register.setting("country"), register.setting("slots_per_day")
    return build_calendar(register.calendar, country, per_day, low - margin, high + margin)
