"""The load of a register: person-days asked over person-days there, overall, by field and for scarce specialties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.calendar import build_calendar
from auditmatch.errors import ArgumentError
from auditmatch.sample.arrays import Bools, Days, Floats, Ints, Texts, as_date
from auditmatch.sample.horizon import ALWAYS, Careers, Leave, presence

if TYPE_CHECKING:
    from auditmatch.register import Register

SHOWN = 10  # specialties in a report


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """Load of one field, or of one specialty of it.

    Attributes
    ----------
    field, specialty
        Names; no specialty for the field as a whole.
    holders
        Auditors of grade auditor or lead there, at any time.
    asked
        Person-days; those of an audit are split equally over its requirements.
    there
        Person-days of the holders. A person counts in full in each group, so the groups' days add up to more than there
        are, and these loads are lower bounds.
    """

    field: str
    specialty: str | None
    holders: int
    asked: float
    there: float

    @property
    def load(self) -> float | None:
        """Days asked over days there; None when nobody is there."""
        return self.asked / self.there if self.there > 0 else None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Load of the open audits on the auditors of grade auditor or lead.

    Attributes
    ----------
    start, end
        First and last day looked at.
    weeks
        Length in weeks, seven days each.
    auditors
        How many are of grade auditor or lead.
    asked, there
        Person-days; there: working days less absences, within each one's time of employment.
    fields
        By field, the highest load first.
    scarcest
        The ten specialties of highest load, those without anyone first.
    """

    start: np.datetime64
    end: np.datetime64
    weeks: float
    auditors: int
    asked: float
    there: float
    fields: tuple[GroupLoad, ...]
    scarcest: tuple[GroupLoad, ...]

    @property
    def load(self) -> float | None:
        """Days asked over days there; None when nobody is there."""
        return self.asked / self.there if self.there > 0 else None

    def __str__(self) -> str:
        """Return the report as a few lines of text."""
        head = f"load {_shown(self.load)}: {self.asked:,.1f} person-days asked, {self.there:,.1f} there"
        lines = [f"{head} ({self.auditors} auditors, {self.weeks:g} weeks, {self.start} to {self.end})"]
        lines += ["by field (people count in each of their fields)", *(_line(group) for group in self.fields)]
        lines += ["scarcest specialties", *(_line(group) for group in self.scarcest)]
        return "\n".join(lines)


def _shown(load: float | None) -> str:
    return "without anyone" if load is None else f"{load:.2f}"


def _line(group: GroupLoad) -> str:
    name = group.field if group.specialty is None else f"{group.field} {group.specialty}"
    people = "person" if group.holders == 1 else "people"
    return f"  {name:<38} {_shown(group.load):>6}  {group.asked:>9,.1f} days  {group.holders:>5} {people}"


def sample_horizon(register: Register) -> tuple[np.datetime64, np.datetime64]:
    """Return first and last day of the horizon that a sample was made for.

    They are the first `earliest` and the last `latest` of the open audits with a wished date: a sample gives one to
    every audit that must be finished within the horizon, and to no other. A register in which none has one gives the
    span of all windows.

    Raises
    ------
    ArgumentError
        When the register has no open audit.
    """
    audits = register.audits
    rows = audits["status"] == "open"
    if not rows.any():
        raise ArgumentError("a register without an open audit has no horizon. Maybe state start and end?")
    due = rows & ~np.isnat(audits["preferred"])
    rows = due if due.any() else rows
    return audits["earliest"][rows].min(), audits["latest"][rows].max()


def load_report(
    register: Register, start: np.datetime64 | str | None = None, end: np.datetime64 | str | None = None
) -> LoadReport:
    """Report the load of the open audits whose windows meet the days `start` to `end`.

    Parameters
    ----------
    register
        Any register; the days default to `sample_horizon`.
    start, end
        First and last day.

    Raises
    ------
    ArgumentError
        For dates in the wrong order, or when there is no open audit to take them from.
    """
    known = sample_horizon(register) if start is None or end is None else (start, end)
    first = as_date(known[0] if start is None else start)
    last = as_date(known[1] if end is None else end)
    audits, needs = register.audits, register.requirements
    counted = (audits["status"] == "open") & (audits["earliest"] <= last) & (audits["latest"] >= first)
    days = np.where(counted, audits["person_days"], 0.0)
    there = _days_there(register, first, last)
    held = register.qualifications
    grades = np.isin(held["grade"].astype(str), ("auditor", "lead"))
    holder = register.index("auditors", held["auditor_id"])[grades]
    audit = register.index("audits", needs["audit_id"])
    share = days[audit] / np.bincount(audit, minlength=len(days))[audit]
    asks, share = share > 0, share[share > 0]
    field, specialty = needs["field"][asks], needs["specialty"][asks]
    own_field, own_specialty = held["field"][grades], held["specialty"][grades]
    by_field = _groups((field, None), share, (own_field, None), holder, there)
    by_specialty = _groups((field, specialty), share, (own_field, own_specialty), holder, there)
    people = np.unique(holder)
    weeks = float((last - first).astype(np.int64) + 1) / 7
    total, present = float(days.sum()), float(there[people].sum())
    return LoadReport(first, last, weeks, len(people), total, present, by_field, by_specialty[:SHOWN])


def _days_there(register: Register, first: np.datetime64, last: np.datetime64) -> Floats:
    """Return the days of each auditor between two days: working, employed, not absent."""
    country, slots = register.setting("country"), register.setting("slots_per_day")
    calendar = build_calendar(register.calendar, country, slots, first, last)
    away, auditors = register.absences, register.auditors
    leave = Leave(
        person=register.index("auditors", away["auditor_id"]),
        first=_offset(away["start"], first),
        first_half=(away["start_half"] == "pm").astype(np.int64),
        last=_offset(away["end"], first),
        last_half=(away["end_half"] == "pm").astype(np.int64),
        reason=np.zeros(len(away), dtype=np.int64),
    )
    begins, ends = auditors["from"], auditors["until"]
    careers = Careers(
        np.where(np.isnat(begins), -ALWAYS, _offset(begins, first)),
        np.where(np.isnat(ends), ALWAYS, _offset(ends, first)),
    )
    return np.asarray(presence(calendar.working, leave, careers).sum(axis=1) / 2)


def _offset(dates: Days, first: np.datetime64) -> Ints:
    """Return days after `first`; anything for an absent date."""
    return (np.where(np.isnat(dates), first, dates) - first).astype(np.int64)


def _groups(
    asked: tuple[Texts, Texts | None], share: Floats, held: tuple[Texts, Texts | None], holder: Ints, there: Floats
) -> tuple[GroupLoad, ...]:
    """Gather days asked and days there by the keys of the rows, the highest load first."""
    wanted, known = _keys(asked), _keys(held)
    names, place = np.unique(wanted, return_inverse=True)
    days = np.bincount(place, share, minlength=len(names))
    spot = np.searchsorted(names, known)
    match: Bools = spot < len(names)
    match[match] = names[spot[match]] == known[match]
    pairs = np.unique(np.stack([spot[match], holder[match]], axis=1), axis=0).reshape(-1, 2)
    holders = np.bincount(pairs[:, 0], minlength=len(names))
    present = np.bincount(pairs[:, 0], there[pairs[:, 1]], minlength=len(names))
    order = np.lexsort((-days, -np.divide(days, present, out=np.full(len(names), np.inf), where=present > 0)))
    found = []
    for g in order.tolist():
        field, _, specialty = str(names[g]).partition("\n")
        found.append(GroupLoad(field, specialty or None, int(holders[g]), float(days[g]), float(present[g])))
    return tuple(found)


def _keys(columns: tuple[Texts, Texts | None]) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    field, specialty = columns
    text = field if specialty is None else field + "\n" + specialty
    return np.asarray(text.astype(str))
