"""The agenda: a plan with the facts around it, as arrays that rules' checks can read fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import InputError, InputProblem, nearest
from auditmatch.plan import MEMBER, ROLES, Violation
from auditmatch.shapes import Bools, Ints
from auditmatch.tables import Table

if TYPE_CHECKING:
    from auditmatch.calendar import Calendar
    from auditmatch.register import Register


@dataclass(frozen=True, slots=True, eq=False)
class Agenda:
    """A plan with the facts around it, as arrays for rules' checks; still names (as rows) and dates, no slots.

    B bookings, M members; half-days are counted from 1970-01-01 am, days off included.

    Attributes
    ----------
    audit
        (B,) row in the audits table.
    begin, finish
        (B,) first half-day, and the half-day after the last.
    length
        (B,) working half-day slots inside.
    fact
        (B,) True for history and for bookings that are only there as neighbours.
    booking, auditor, role
        (M,) index of the booking, row in the auditors table, LEAD / MEMBER / INTERN / EXPERT; sorted by booking.
    booking_of
        (audits,) index of the audit's booking, -1 without one.
    focus
        (audits,) True where breaches are to be reported.
    """

    audit: Ints
    begin: Ints
    finish: Ints
    length: Ints
    fact: Bools
    booking: Ints
    auditor: Ints
    role: Ints
    booking_of: Ints
    focus: Bools

    @property
    def first_day(self) -> npt.NDArray[np.datetime64]:
        """(B,) first day."""
        return (self.begin // 2).astype("datetime64[D]")

    @property
    def last_day(self) -> npt.NDArray[np.datetime64]:
        """(B,) last day."""
        return ((self.finish - 1) // 2).astype("datetime64[D]")

    def team(self, booking: int) -> Ints:
        """Return the auditors of a booking."""
        low, high = np.searchsorted(self.booking, (booking, booking + 1))
        return self.auditor[low:high]

    @property
    def counting(self) -> Ints:
        """(B,) counting members: leads and members."""
        return np.asarray(np.bincount(self.booking[self.role <= MEMBER], minlength=len(self.audit)), dtype=np.int64)

    def only(self, kept: Bools) -> Agenda:
        """Return the agenda of the bookings marked in `kept`, (B,) bool."""
        number = np.cumsum(kept) - 1
        members = kept[self.booking]
        booking_of = np.full(len(self.booking_of), -1, dtype=np.int64)
        booking_of[self.audit[kept]] = number[kept]
        return replace(
            self,
            audit=self.audit[kept],
            begin=self.begin[kept],
            finish=self.finish[kept],
            length=self.length[kept],
            fact=self.fact[kept],
            booking=number[self.booking[members]],
            auditor=self.auditor[members],
            role=self.role[members],
            booking_of=booking_of,
        )

    @property
    def shown(self) -> Bools:
        """(B,) bookings whose breaches are to be reported."""
        return self.focus[self.audit]


def half_days(days: npt.NDArray[Any], halves: Sequence[str] | npt.NDArray[Any]) -> Ints:
    """Return half-days since 1970-01-01 am for dates and "am" / "pm"."""
    return np.asarray(days.astype("datetime64[D]").astype(np.int64) * 2 + (np.asarray(halves, dtype=object) == "pm"))


def make_agenda(
    register: Register, calendar: Calendar, table: Table, facts: Table | None, focus: Bools
) -> tuple[Agenda, list[Violation]]:
    """Arrange plan rows and facts into an agenda; rows that contradict each other become violations.

    Raises
    ------
    InputError
        An audit or auditor of the plan is not in the register; all such rows are listed.
    """
    parts = [table] if facts is None else [table, facts]
    text = {c: np.concatenate([p[c] for p in parts]) for c in ("audit_id", "auditor_id", "role")}
    audit_row, auditor_row = _rows(register, table, text)
    begin = np.concatenate([half_days(p["start"], p["start_half"]) for p in parts])
    finish = np.concatenate([half_days(p["end"], p["end_half"]) for p in parts]) + 1
    if calendar.slots_per_day == 1:
        begin, finish = begin // 2 * 2, (finish + 1) // 2 * 2
    is_fact = np.repeat(np.arange(len(parts)) > 0, [len(p) for p in parts])
    order = np.lexsort((auditor_row, audit_row))
    audits, where, inverse = np.unique(audit_row[order], return_index=True, return_inverse=True)
    lead_row = order[where]
    form = _form(register, table, audit_row, auditor_row, begin, finish, lead_row[inverse], order)
    first, last = begin[lead_row], finish[lead_row]
    length = calendar.slots_between(
        (first // 2).astype("datetime64[D]"), first % 2, ((last - 1) // 2).astype("datetime64[D]"), (last - 1) % 2
    )
    booking_of = np.full(len(register.audits), -1, dtype=np.int64)
    booking_of[audits] = np.arange(len(audits))
    shown = focus.copy()
    shown[audits[is_fact[lead_row]]] = False
    codes = {name: k for k, name in enumerate(ROLES)}
    role = np.array([codes[r] for r in text["role"]], dtype=np.int64)[order]
    agenda = Agenda(
        audits,
        first,
        last,
        length,
        is_fact[lead_row],
        inverse.reshape(-1),
        auditor_row[order],
        role,
        booking_of,
        shown,
    )
    return agenda, [v for v in form if shown[register.index("audits", [v.audits[0]])[0]]]


def _rows(register: Register, table: Table, text: dict[str, npt.NDArray[Any]]) -> tuple[Ints, Ints]:
    """Return the rows of audits and auditors; every unknown name is one problem."""
    problems = []
    found = []
    for column, home in (("audit_id", "audits"), ("auditor_id", "auditors")):
        rows = register.index(home, text[column])
        known = register.table(home)[column]
        for k in np.flatnonzero(rows < 0):
            name = text[column][k]
            near = nearest(str(name), known)
            place = int(table.source_rows[k]) if k < len(table) else None
            way_out = f"{near!r}?" if near else None
            problems.append(InputProblem("plan", place, column, str(name), f"is not in the table {home}", way_out))
        found.append(rows)
    if problems:
        raise InputError(problems)
    return found[0], found[1]


def _form(
    register: Register,
    table: Table,
    audit_row: Ints,
    auditor_row: Ints,
    begin: Ints,
    finish: Ints,
    model: Ints,
    order: Ints,
) -> list[Violation]:
    """Report rows of one audit that disagree on dates, people named twice, and bookings that end before they start."""
    names, people = register.audits["audit_id"], register.auditors["auditor_id"]
    found = []
    differs = (begin[order] != begin[model]) | (finish[order] != finish[model])
    for a in np.unique(audit_row[order][differs]):
        found.append(Violation("form", f"the rows of audit {names[a]} disagree on its dates", (names[a],)))
    for a in np.unique(audit_row[finish <= begin]):
        found.append(Violation("form", f"the booking of audit {names[a]} ends before it starts", (names[a],)))
    pairs = np.stack([audit_row[order], auditor_row[order]])
    twice = np.flatnonzero((pairs[:, 1:] == pairs[:, :-1]).all(axis=0))
    for k in twice:
        a, i = pairs[:, k]
        message = f"auditor {people[i]} stands twice in the team of audit {names[a]}"
        found.append(Violation("form", message, (names[a],), (people[i],)))
    return found


def denied(rows: Table, facts: Table) -> list[Violation]:
    """Report rows that contradict a fact."""
    parts = ("audit_id", "auditor_id", "start", "start_half", "end", "end_half")
    stands = set(zip(*(facts[c] for c in parts), strict=True))
    claims = zip(*(rows[c] for c in parts), strict=True)
    wrong = dict.fromkeys(row[0] for row in claims if row not in stands)
    return [Violation("form", f"{a} is done or pinned elsewhere and cannot be planned anew", (a,)) for a in wrong]


def closed(register: Register, rows: Table) -> list[Violation]:
    """Report rows about audits that are not open."""
    names = dict.fromkeys(rows["audit_id"])
    status = register.audits["status"][register.index("audits", list(names))]
    return [Violation("form", f"{a} is {s}, not open", (a,)) for a, s in zip(names, status, strict=True) if s != "open"]
