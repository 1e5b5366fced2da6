"""The horizon: which audits it holds, and the calendar around it."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.calendar import FIRST_DATE, LAST_DATE, Calendar, build_calendar
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
    if np.isnat(day) or not FIRST_DATE <= day <= LAST_DATE:
        raise ArgumentError(f"{name}={value!r} lies outside 1990-01-01 .. 2100-12-31. Maybe '2027-01-04'?")
    return day


def rows_to_plan(register: Register, first: np.datetime64, last: np.datetime64, fixed: Ints) -> tuple[Ints, Ints]:
    """Return the audits to plan and those whose window closed before the horizon."""
    table = register.audits
    is_open = (table["status"] == "open") & ~np.isin(np.arange(len(table)), fixed)
    meets = (table["earliest"] <= last) & (table["latest"] >= first)
    return ints(np.flatnonzero(is_open & meets)), ints(np.flatnonzero(is_open & (table["latest"] < first)))


def with_history(register: Register, plan: Table) -> Table:
    """Return a plan with the register's rows of done and of pinned audits that the plan does not name."""
    own = register.plan
    status = register.audits["status"]
    done = status[register.index("audits", own["audit_id"])] == "done" if len(own) else np.zeros(0, dtype=bool)
    extra = own.take(np.flatnonzero((done | (own["pin"] != "none")) & ~np.isin(own["audit_id"], plan["audit_id"])))
    if not len(extra):
        return plan
    columns = {name: np.concatenate([plan[name], extra[name]]) for name in [column.name for column in own.spec.columns]}
    return Table("plan", columns, np.arange(2, len(plan) + len(extra) + 2))


def fixed_audits(register: Register, plan: Table, first: np.datetime64, last: np.datetime64) -> Ints:
    """Return the rows of audits whose bookings in a plan are facts: done, or pinned where nothing is to be planned."""
    rows = register.index("audits", plan["audit_id"])
    if not len(rows):
        return ints([])
    table = register.audits
    dated = np.isin(plan["pin"].astype(str), ("date", "both")) & (table["status"][rows] == "open")
    outside = (plan["start"] < first) | (plan["end"] > last)
    outside |= (table["earliest"][rows] > last) | (table["latest"][rows] < first)
    return ints(np.unique(rows[(table["status"][rows] == "done") | (dated & outside)]))


def calendar_around(register: Register, first: np.datetime64, last: np.datetime64, facts: Table) -> Calendar:
    """Return the register's calendar from the first to the last day that matters, and two weeks around.

    The fortnight shows whether the horizon's first morning follows a day off.
    """
    low, high = first, last
    if len(facts):
        low, high = min(low, facts["start"].min()), max(high, facts["end"].max())
    margin = np.timedelta64(14, "D")
    low, high = max(low - margin, FIRST_DATE), min(high + margin, LAST_DATE)
    country, per_day = register.setting("country"), register.setting("slots_per_day")
    return build_calendar(register.calendar, country, per_day, low, high)
