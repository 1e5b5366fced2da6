"""The scene: a register over a calendar and a horizon; names and dates become rows and slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.agenda import Agenda, closed, denied, make_agenda
from auditmatch.calendar import Calendar
from auditmatch.errors import ArgumentError
from auditmatch.horizon import calendar_around, fixed_audits, read_day, rows_to_plan, with_history
from auditmatch.plan import Plan, Violation
from auditmatch.pools import join_pools, join_ranges, meet_pools
from auditmatch.register import Register
from auditmatch.shapes import FOR_EVER, Bools, Ints, Pool, ints
from auditmatch.tables import Table
from auditmatch.years import years_around

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Register, calendar and horizon together.

    Attributes
    ----------
    register, calendar
        What there is, and the working slots from the first fact to the last day of interest.
    start, end
        First and last day of the horizon, both inclusive.
    first_slot, last_slot
        The horizon's slots, both inclusive; last_slot < first_slot when no day of it is worked.
    audits
        Rows of the audits to plan: open, window meeting the horizon, not fixed elsewhere by a pin.
    overdue
        Rows of open audits whose window closed before the horizon.
    facts
        Plan rows that stand: done audits, and bookings pinned to dates outside the horizon or the audit's window.
    published
        Plan rows of the audits to plan, as last published; pins included.
    """

    register: Register
    calendar: Calendar
    start: np.datetime64
    end: np.datetime64
    first_slot: int
    last_slot: int
    audits: Ints
    overdue: Ints
    facts: Table
    published: Table
    _known: dict[str, Any] = field(default_factory=dict, init=False)

    @classmethod
    def build(cls, register: Register, start: Any, end: Any, plan: Plan | None = None) -> Scene:
        """Lay the horizon from `start` to `end` (ISO dates, both inclusive) over a register.

        Parameters
        ----------
        plan
            The published plan; default: the register's `plan` table.

        Raises
        ------
        ArgumentError
            A date cannot be read, or the horizon ends before it starts.
        InputError
            The published plan names audits or auditors that the register does not know.
        """
        first, last = read_day(start, "start"), read_day(end, "end")
        if last < first:
            raise ArgumentError(f"the horizon ends on {last}, before it starts on {first}. Maybe the two are swapped?")
        published = register.plan if plan is None else with_history(register, plan.table)
        rows = register.index("audits", published["audit_id"])
        if (rows < 0).any() or (register.index("auditors", published["auditor_id"]) < 0).any():
            calendar = calendar_around(register, first, last, published)
            make_agenda(register, calendar, published, None, np.ones(len(register.audits), dtype=bool))
        fixed_rows = fixed_audits(register, published, first, last)
        stands = np.isin(rows, fixed_rows)
        audits, overdue = rows_to_plan(register, first, last, fixed_rows)
        facts = published.take(np.flatnonzero(stands))
        calendar = calendar_around(register, first, last, facts)
        first_slot = int(calendar.first_slot_from(np.array([first]))[0])
        last_slot = int(calendar.last_slot_until(np.array([last]))[0])
        kept = published.take(np.flatnonzero(np.isin(rows, audits) & ~stands))
        return cls(register, calendar, first, last, first_slot, last_slot, audits, overdue, facts, kept)

    def audit_id(self, row: int) -> str:
        """Return the identifier of an audit."""
        return str(self.register.audits["audit_id"][row])

    def auditor_id(self, row: int) -> str:
        """Return the identifier of an auditor."""
        return str(self.register.auditors["auditor_id"][row])

    def preferences(self, *kinds: str) -> tuple[Ints, Ints, Ints]:
        """Return (audit, auditor, row of the table) for each preference of a kind, spread over the client's audits."""
        table = self.register.preferences
        chosen = np.flatnonzero(np.isin(table["rule"].astype(str), kinds))
        auditor = self.register.index("auditors", table["auditor_id"][chosen])
        direct = table["audit_id"][chosen] != np.array(None)
        one = self.register.index("audits", np.where(direct, table["audit_id"][chosen], ""))
        client = self.register.index("organisations", np.where(direct, "", table["organisation_id"][chosen]))
        client_of = self.register.index("organisations", self.register.audits["organisation_id"])
        order = np.argsort(client_of, kind="stable")
        low = np.searchsorted(client_of[order], client, "left")
        count = np.where(direct, 1, np.searchsorted(client_of[order], client, "right") - low)
        row = np.repeat(np.arange(len(chosen)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        spread = order[np.minimum(low[row] + within, len(order) - 1)] if len(order) else row
        audit = np.where(direct[row], one[row], spread)
        return ints(audit), ints(auditor[row]), ints(chosen[row])

    def pins(self) -> tuple[Ints, Ints, Bools, Bools]:
        """Return (audit, auditor, date pinned, member pinned) for each pinned row of the published plan."""
        pin = self.published["pin"].astype(str)
        rows = np.flatnonzero(pin != "none")
        audit = self.register.index("audits", self.published["audit_id"][rows])
        auditor = self.register.index("auditors", self.published["auditor_id"][rows])
        kinds = pin[rows]
        return audit, auditor, np.isin(kinds, ("date", "both")), np.isin(kinds, ("member", "both"))

    def asked_for(self) -> tuple[Ints, Ints]:
        """Return (audit, auditor) of everyone who is named for an audit by a `require` preference or a member pin."""
        audit, auditor, _ = self.preferences("require")
        pin_audit, pin_auditor, _, member = self.pins()
        both = np.stack([np.concatenate([audit, pin_audit[member]]), np.concatenate([auditor, pin_auditor[member]])])
        named = np.unique(both, axis=1)
        return ints(named[0]), ints(named[1])

    def agenda(self, plan: Plan, focus: Bools | None = None) -> tuple[Agenda, list[Violation]]:
        """Arrange a plan and the facts for checks; `focus` marks the audits whose breaches are to be reported.

        Rows about facts are left out, for facts stand; those that say otherwise than the facts are violations.
        """
        if focus is None:
            focus = np.zeros(len(self.register.audits), dtype=bool)
            focus[self.audits] = True
        stand = self.register.index("audits", self.facts["audit_id"])
        history = np.isin(self.register.index("audits", plan.table["audit_id"]), stand)
        rest = plan.table.take(np.flatnonzero(~history))
        agenda, found = make_agenda(self.register, self.calendar, rest, self.facts, focus)
        form = [*denied(plan.table.take(np.flatnonzero(history)), self.facts), *closed(self.register, rest)]
        return agenda, [*found, *(v for v in form if focus[self.register.index("audits", v.audits)[0]])]

    def fact_agenda(self) -> Agenda:
        """Return the agenda of the facts alone."""
        focus = np.zeros(len(self.register.audits), dtype=bool)
        empty = self.facts.take(np.zeros(0, dtype=np.int64))
        return make_agenda(self.register, self.calendar, empty, self.facts, focus)[0]

    def slot_range(self, first: Days, last: Days, first_half: Any = 0, last_half: Any = 1) -> tuple[Ints, Ints]:
        """Return the first and last working slot inside [first, last]; last < first where none is.

        NaT as `first` means from ever, as `last` for ever (FOR_EVER).
        """
        low, high = np.asarray(first, dtype="datetime64[D]"), np.asarray(last, dtype="datetime64[D]")
        days = self.calendar.first_day, self.calendar.first_day + np.timedelta64(self.calendar.n_days - 1, "D")
        begins = self.calendar.first_slot_from(np.where(np.isnat(low), days[0], low), first_half)
        ends = self.calendar.last_slot_until(np.where(np.isnat(high), days[1], high), last_half)
        # A range that runs past the calendar's edge covers everything up to it.
        begins = np.where(np.isnat(low) | (low < days[0]), 0, begins)
        ends = np.where(np.isnat(high) | (high > days[1]), FOR_EVER, ends)
        return ints(begins), ints(ends)

    def touched(self, first: Days, first_half: Any, last: Days, last_half: Any) -> tuple[Ints, Ints]:
        """Return the slots of which some part lies inside the half-days; last < first where none does.

        Differs from `slot_range` where a slot is a whole day.
        """
        if self.calendar.slots_per_day == 1:
            first_half, last_half = 0, 1
        return self.slot_range(first, last, first_half, last_half)

    @property
    def worked(self) -> Bools:
        """(days,) whether any slot lies on the day, from the calendar's first day on."""
        return np.diff(self.calendar.day_slot) > 0

    def worked_days(self, first: np.datetime64, last: np.datetime64) -> Days:
        """Return the days from first to last on which a slot lies; days outside the calendar have none."""
        days = np.arange(first, last + np.timedelta64(1, "D"))
        offset = (days - self.calendar.first_day).astype(np.int64)
        inside = (offset >= 0) & (offset < self.calendar.n_days)
        return np.asarray(days[inside][self.worked[offset[inside]]])

    def holders(self, field: str, specialty: str | None, grades: tuple[str, ...]) -> Pool:
        """Return who holds one of `grades` in a field, or in one (field, specialty) of it, and when."""
        code = () if specialty is None else (self.classes(np.array([specialty], dtype=object))[0],)
        held = self._once("held", self._held)
        parts = [held[key] for grade in grades if (key := (field, *code, grade)) in held]
        return join_ranges(*np.concatenate([np.zeros((3, 0), dtype=np.int64), *parts], axis=1))

    def _held(self) -> dict[tuple[str, ...], Ints]:
        """Return (auditor, first slot, last slot) of the holders of each (field, grade) and (field, class, grade)."""
        held = self.register.qualifications
        who = self.register.index("auditors", held["auditor_id"])
        ranges = np.stack([who, *self.slot_range(held["valid_from"], held["valid_until"])])
        rows: dict[tuple[str, ...], list[int]] = {}
        codes = zip(held["field"], self.classes(held["specialty"]), held["grade"], strict=True)
        for k, (name, code, grade) in enumerate(codes):
            rows.setdefault((name, grade), []).append(k)
            rows.setdefault((name, code, grade), []).append(k)
        return {key: ranges[:, some] for key, some in rows.items()}

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what is worked out on its first use and kept."""
        if name not in self._known:
            self._known[name] = make()
        return self._known[name]

    def cycle_years(self) -> list[tuple[int, np.datetime64, np.datetime64, float, int]]:
        """Return (auditor, first day, last day, days used, certificates used) of every year that limits someone.

        The `usage` table states a person's years; before and after them years of the same anniversary follow. Without
        a row, calendar years count. Only years that meet the calendar are returned.
        """
        found: list[tuple[int, np.datetime64, np.datetime64, float, int]] = self._once("years", self._years)
        return found

    def _years(self) -> list[tuple[int, np.datetime64, np.datetime64, float, int]]:
        used = self.register.usage
        rows: dict[int, list[tuple[np.datetime64, np.datetime64, float, int]]] = {}
        who = self.register.index("auditors", used["auditor_id"]).tolist()
        stated = (used[c] for c in ("year_start", "year_end", "days_used", "certificates_used"))
        for i, *row in zip(who, *stated, strict=True):
            rows.setdefault(i, []).append((row[0], row[1], float(np.nan_to_num(row[2])), int(np.nan_to_num(row[3]))))
        low, high = self.calendar.first_day, self.calendar.last_day
        plain = years_around([], low, high)
        years: list[tuple[int, np.datetime64, np.datetime64, float, int]] = []
        for i in range(len(self.register.auditors)):
            mine = years_around(sorted(rows[i]), low, high) if i in rows else plain
            years.extend((i, *year) for year in mine)
        return years

    def links(self, kind: str) -> list[tuple[int, int, int]]:
        """Return (row of the table, first audit, second audit) of each link of a kind."""
        table = self.register.links
        rows = np.flatnonzero(table["kind"] == kind)
        first, second = (self.register.index("audits", table[c][rows]) for c in ("first_audit", "second_audit"))
        return list(zip(rows.tolist(), first.tolist(), second.tolist(), strict=True))

    def linked_bookings(self, agenda: Agenda, kind: str) -> list[tuple[int, tuple[str, str], int, int]]:
        """Return (row of the table, both names, both bookings) of each link whose audits are both booked.

        At least one of the two must be one whose breaches are to be reported.
        """
        return [
            (k, (self.audit_id(a), self.audit_id(c)), int(agenda.booking_of[a]), int(agenda.booking_of[c]))
            for k, a, c in self.links(kind)
            if min(agenda.booking_of[a], agenda.booking_of[c]) >= 0 and (agenda.focus[a] or agenda.focus[c])
        ]

    def fields_of(self) -> dict[int, tuple[str, ...]]:
        """Return the fields of each audit to plan, sorted; to be read only."""
        found: dict[int, tuple[str, ...]] = self._once("fields", self._fields)
        return found

    def _fields(self) -> dict[int, tuple[str, ...]]:
        needs = self.register.requirements
        rows = self.register.index("audits", needs["audit_id"])
        planned = np.isin(rows, self.audits)
        fields: dict[int, set[str]] = {}
        for a, name in zip(rows[planned].tolist(), needs["field"][planned], strict=True):
            fields.setdefault(a, set()).add(name)
        return {a: tuple(sorted(names)) for a, names in fields.items()}

    def trainees(self) -> tuple[Ints, Ints]:
        """Return (audit, auditor) where the training of an intern of one of the audit's fields is asked for."""
        fields, interns = self.fields_of(), {}
        rows = [(a, i) for a, i in zip(*(part.tolist() for part in self.asked_for()), strict=True) if a in fields]
        held = self.register.qualifications
        for name in {each for a, _ in rows for each in fields[a]}:
            learns = (held["grade"] == "intern") & (held["field"] == name)
            interns[name] = set(self.register.index("auditors", held["auditor_id"][learns]).tolist())
        kept = [(a, i) for a, i in rows if any(i in interns[name] for name in fields[a])]
        return ints([a for a, _ in kept]), ints([i for _, i in kept])

    def leads(self, fields: tuple[str, ...]) -> Pool:
        """Return who may lead an audit of these fields, and when: grade lead in one of them, or by setting in all."""
        pools = [self.holders(field, None, ("lead",)) for field in fields]
        if self.register.setting("lead_fields") == "all":
            return reduce(meet_pools, pools)
        return join_pools(pools)

    def classes(self, specialties: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the class at which competence is compared: the small class, or the middle one by the setting."""
        if not self.register.setting("middle_class"):
            return specialties
        return np.array([".".join(s.split(".")[:2]) for s in specialties], dtype=object)
