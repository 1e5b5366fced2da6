"""Days asked and days there, read from a register: open audits, qualifications, calendars, absences, limits.

Source: "The matching degree", capacity, in the design page. What its words leave open is settled here:

- An open audit whose window meets the horizon asks all its person-days, split equally over its requirements.
- An auditor gives days to a group while holding grade auditor or lead for it: interns and experts do not count towards
  audit time. With the setting `middle_class` a qualification serves its whole middle class.
- Days there: working days of the horizon on which the auditor is employed, not absent and not booked by a fact (a done
  audit, or one pinned outside). What facts take of the month and of the year is taken off the limits, as is `usage`.
- On-site days: a day for a group takes the mean on-site share of the group's asked days.
- Certificates: a day for a group takes the mean certificates per asked day of the group's audits; a certificate of m
  open audits counts 1 / m for each, for it counts once for one person. With `certificates_count` "holders" only those
  of fields that the auditor holds count. One person alone uses the fewest, so teams are ignored here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auditmatch.horizon import calendar_around, fixed_audits, rows_to_plan
from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.tables import Table

if TYPE_CHECKING:
    from auditmatch.calendar import Calendar
    from auditmatch.register import Register

Days = npt.NDArray[np.datetime64]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The groups that open audits ask, sorted by name; shapes (groups,).

    Attributes
    ----------
    names
        (field, specialty) of each.
    days
        Person-days.
    on_site
        Mean on-site share of these days.
    certificates
        By field of certificate: certificates per asked day.
    """

    names: tuple[Pair, ...]
    days: Floats
    on_site: Floats
    certificates: dict[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """The days looked at.

    Attributes
    ----------
    start, end
        First and last day, both inclusive.
    first_slot
        Number of the first working slot in the calendar.
    dates
        (slots,) date of each working slot; empty where no day is worked.
    audits
        Rows of the open audits whose window meets these days.
    facts
        Plan rows that stand: done audits, and bookings pinned to dates outside.
    """

    calendar: Calendar
    start: np.datetime64
    end: np.datetime64
    first_slot: int
    dates: Days
    audits: Ints
    facts: Table

    @classmethod
    def of(cls, register: Register, start: np.datetime64, end: np.datetime64) -> Horizon:
        """Lay the days `start` to `end` over a register."""
        fixed = fixed_audits(register, register.plan, start, end)
        facts = register.plan.take(np.flatnonzero(np.isin(register.index("audits", register.plan["audit_id"]), fixed)))
        calendar = calendar_around(register, start, end, facts)
        first, last = int(calendar.first_slot_from(start)), int(calendar.last_slot_until(end))
        dates = calendar.date(np.arange(first, last + 1))
        return cls(calendar, start, end, first, dates, rows_to_plan(register, start, end, fixed)[0], facts)

    def touched(self, first: Days, first_pm: Bools, last: Days, last_pm: Bools) -> tuple[Ints, Ints]:
        """Return which slots half-days touch, from `first_slot` on, as begin and end (exclusive)."""
        if self.calendar.slots_per_day == 1:
            first_pm, last_pm = first_pm & False, last_pm | True
        begin = self.calendar.first_slot_from(first, first_pm) - self.first_slot
        end = self.calendar.last_slot_until(last, last_pm) + 1 - self.first_slot
        return np.clip(begin, 0, len(self.dates)), np.clip(end, 0, len(self.dates))


def read_asked(register: Register, horizon: Horizon) -> Asked:
    """Return what the audits of the horizon ask."""
    needs, audits = register.requirements, register.audits
    audit = register.index("audits", needs["audit_id"])
    rows = np.flatnonzero(np.isin(audit, horizon.audits))
    audit = audit[rows]
    pairs = list(zip(needs["field"][rows].tolist(), needs["specialty"][rows].tolist(), strict=True))
    names = tuple(sorted(set(pairs)))
    number = {name: k for k, name in enumerate(names)}
    group = np.fromiter((number[pair] for pair in pairs), np.int64, len(pairs))
    split = np.bincount(audit, minlength=len(audits))
    share = audits["person_days"][audit] / split[audit]
    days = np.bincount(group, weights=share, minlength=len(names))
    # As the rule on yearly days counts: in hundredths.
    on_site = np.floor(100 * audits["on_site"][audit] + 0.5) / 100
    mean = np.bincount(group, weights=share * on_site, minlength=len(names)) / np.maximum(days, 1e-300)
    carried = {
        field: np.bincount(group, weights=each[audit] / split[audit], minlength=len(names)) / np.maximum(days, 1e-300)
        for field, each in _certificates(register, horizon).items()
    }
    return Asked(names, days.astype(np.float64), np.asarray(mean, dtype=np.float64), carried)


def _certificates(register: Register, horizon: Horizon) -> dict[str, Floats]:
    """Return the certificates of each audit, by field; one that several open audits carry is split among them."""
    carried = register.audit_certificates
    audit = register.index("audits", carried["audit_id"])
    rows = np.flatnonzero(np.isin(audit, horizon.audits))
    names = carried["certificate_id"][rows].tolist()
    times: dict[str, int] = {}
    for name in names:
        times[name] = times.get(name, 0) + 1
    fields = register.certificates["field"][register.index("certificates", names)].tolist()
    found: dict[str, Floats] = {}
    for a, name, field in zip(audit[rows].tolist(), names, fields, strict=True):
        found.setdefault(field, np.zeros(len(register.audits)))[a] += 1.0 / times[name]
    return found


def free_slots(register: Register, horizon: Horizon) -> Bools:
    """Tell on which slots of the horizon each auditor could work; shape (auditors, slots)."""
    people = register.auditors
    dates = horizon.dates
    free = np.asarray(~(people["from"][:, None] > dates) & ~(people["until"][:, None] < dates))
    for table in (register.absences, horizon.facts):
        pm = table["start_half"] == "pm", table["end_half"] == "pm"
        begin, end = horizon.touched(table["start"], pm[0], table["end"], pm[1])
        who = register.index("auditors", table["auditor_id"])
        for i, low, high in zip(who.tolist(), begin.tolist(), end.tolist(), strict=True):
            free[i, low:high] = False
    return free


def classes(register: Register, specialties: npt.NDArray[Any] | list[str]) -> list[str]:
    """Return the class at which competence is compared: the small one, or by the setting the middle one."""
    if not register.setting("middle_class"):
        return list(specialties)
    return [".".join(name.split(".")[:2]) for name in specialties]


def read_held(register: Register, horizon: Horizon, asked: Asked) -> tuple[Ints, Ints, Ints, Ints]:
    """Return auditor, group, begin and end (exclusive, in the horizon's slots) of every qualification that serves."""
    held = register.qualifications
    rows = np.flatnonzero((held["grade"] == "auditor") | (held["grade"] == "lead"))
    groups: dict[Pair, list[int]] = {}
    codes = classes(register, [specialty for _, specialty in asked.names])
    for g, ((field, _), code) in enumerate(zip(asked.names, codes, strict=True)):
        groups.setdefault((field, code), []).append(g)
    keys = zip(held["field"][rows].tolist(), classes(register, held["specialty"][rows]), strict=True)
    serves = [groups.get(key, []) for key in keys]
    row = np.repeat(rows, [len(each) for each in serves])
    group = np.array([g for each in serves for g in each], dtype=np.int64)
    begin = np.searchsorted(horizon.dates, held["valid_from"][row], "left")
    until = held["valid_until"][row]
    end = np.searchsorted(horizon.dates, np.where(np.isnat(until), horizon.end, until), "right")
    who = register.index("auditors", held["auditor_id"][row])
    some = begin < end
    return who[some], group[some], begin[some].astype(np.int64), end[some].astype(np.int64)


def count_people(register: Register, horizon: Horizon) -> tuple[tuple[Pair, ...], Ints, Ints]:
    """Return groups that audits ask or certificates name, their people in the horizon, and the fewest on one day.

    People are of grade auditor or lead and employed; a horizon without a working day has nobody on any.
    """
    asked = read_asked(register, horizon).names
    carried = register.certificates
    named = zip(carried["field"].tolist(), carried["specialty"].tolist(), strict=True)
    names = tuple(sorted({*asked, *named}))
    nothing = np.zeros(len(names))
    who, group, begin, end = read_held(register, horizon, Asked(names, nothing, nothing, {}))
    people, dates = register.auditors, horizon.dates
    early = np.where(np.isnat(people["from"]), horizon.start, people["from"])[who]
    late = np.where(np.isnat(people["until"]), horizon.end, people["until"])[who]
    begin = np.maximum(begin, np.searchsorted(dates, early, "left"))
    end = np.minimum(end, np.searchsorted(dates, late, "right"))
    # Two qualifications of one person on one day count once.
    there: dict[int, dict[int, Bools]] = {}
    for i, g, low, high in zip(who.tolist(), group.tolist(), begin.tolist(), end.tolist(), strict=True):
        if low < high:
            there.setdefault(g, {}).setdefault(i, np.zeros(len(dates), dtype=np.bool_))[low:high] = True
    count = np.array([len(there.get(g, {})) for g in range(len(names))], dtype=np.int64)
    fewest = [int(np.sum([*there[g].values()], axis=0).min()) if g in there else 0 for g in range(len(names))]
    return names, count, np.array(fewest, dtype=np.int64)
