"""Plans as people read them (names and dates), and the agenda: the same as arrays that rules' checks can read fast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import InputError, InputProblem, nearest
from auditmatch.shapes import Bools, Ints
from auditmatch.tables import TABLES, Table

if TYPE_CHECKING:
    from auditmatch.calendar import Calendar
    from auditmatch.register import Register

ROLES = ("lead", "member", "intern", "expert")
LEAD, MEMBER, INTERN, EXPERT = range(4)
HALVES = ("am", "pm")


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of one rule: what a planner must mend.

    Attributes
    ----------
    rule
        Name of the rule, or "form" where the booking itself is malformed.
    message
        The breach in one sentence, with names and dates.
    audits, auditors
        The identifiers concerned.
    """

    rule: str
    message: str
    audits: tuple[str, ...] = ()
    auditors: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the rule and the breach on one line."""
        return f"{self.rule}: {self.message}"


@dataclass(frozen=True, slots=True, order=True)
class Booking:
    """One audit in the plan: when, and who in which role.

    Attributes
    ----------
    audit
        Identifier of the audit.
    start, end
        First and last day, ISO dates.
    start_half, end_half
        "am" or "pm".
    team
        (auditor identifier, role) pairs; roles are lead, member, intern, expert.
    """

    audit: str
    start: str
    start_half: str
    end: str
    end_half: str
    team: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Bookings as rows of the `plan` table, one row per member.

    Parameters
    ----------
    table
        The `plan` table: audit_id, auditor_id, role, start, start_half, end, end_half, pin, pinned_by, pin_reason.
    native
        Library in which `assignments` comes back: pandas, polars or pyarrow.
    """

    table: Table
    native: str = "pandas"

    @classmethod
    def from_bookings(cls, bookings: Iterable[Booking], native: str = "pandas") -> Plan:
        """Make a plan of bookings, in the order of their audits."""
        rows = [(b, auditor, role) for b in sorted(bookings) for auditor, role in b.team]
        columns = {
            "audit_id": [b.audit for b, _, _ in rows],
            "auditor_id": [auditor for _, auditor, _ in rows],
            "role": [role for _, _, role in rows],
            "start": np.array([b.start for b, _, _ in rows], dtype="datetime64[D]"),
            "start_half": [b.start_half for b, _, _ in rows],
            "end": np.array([b.end for b, _, _ in rows], dtype="datetime64[D]"),
            "end_half": [b.end_half for b, _, _ in rows],
        }
        return cls(plan_table(columns), native)

    @property
    def bookings(self) -> tuple[Booking, ...]:
        """The bookings, sorted by audit; members of one audit that disagree on dates make several bookings."""
        t = self.table
        teams: dict[tuple[str, str, str, str, str], list[tuple[str, str]]] = {}
        for audit, auditor, role, start, half, end, end_half in zip(
            *(t[c] for c in ("audit_id", "auditor_id", "role", "start", "start_half", "end", "end_half")), strict=True
        ):
            teams.setdefault((audit, str(start), half, str(end), end_half), []).append((auditor, role))
        rank = {role: k for k, role in enumerate(ROLES)}
        ordered = (Booking(*k, tuple(sorted(v, key=lambda m: (rank[m[1]], m[0])))) for k, v in teams.items())
        return tuple(sorted(ordered))

    @property
    def audits(self) -> tuple[str, ...]:
        """Identifiers of the audits that are booked, sorted."""
        return tuple(sorted(set(self.table["audit_id"])))

    @property
    def assignments(self) -> Any:
        """The plan as a data frame, one row per audit and member, with the columns of the `plan` table."""
        from auditmatch.frames import native_frame

        return native_frame(self.table, self.native)

    def pinned(self, pins: Mapping[tuple[str, str], tuple[str, str | None, str | None]]) -> Plan:
        """Return the plan with (pin, pinned_by, pin_reason) written to rows of (audit, auditor)."""
        columns: dict[str, Any] = {c: self.table[c] for c in self.table.columns}
        rows = list(zip(self.table["audit_id"], self.table["auditor_id"], strict=True))
        for n, name in enumerate(("pin", "pinned_by", "pin_reason")):
            cells = [pins[row][n] if row in pins else old for row, old in zip(rows, self.table[name], strict=True)]
            columns[name] = np.array(cells, dtype=object)
        return Plan(plan_table(columns), self.native)

    def __len__(self) -> int:
        """Return the number of audits booked."""
        return len(set(self.table["audit_id"]))

    def __eq__(self, other: object) -> bool:
        """Tell whether two plans book the same teams at the same times, whatever the order of rows and the pins."""
        return isinstance(other, Plan) and self.bookings == other.bookings

    __hash__ = None  # type: ignore[assignment]


def plan_table(columns: dict[str, Any]) -> Table:
    """Return a `plan` table of the given columns, the absent ones filled with their defaults."""
    n = len(columns["audit_id"])
    full: dict[str, npt.NDArray[Any]] = {}
    for column in TABLES["plan"].columns:
        if column.name in columns:
            values = columns[column.name]
            kind = "datetime64[D]" if column.kind == "date" else object
            array = np.empty(n, dtype=kind)
            array[:] = values
        else:
            array = np.full(n, column.default, dtype=object)
        array.flags.writeable = False
        full[column.name] = array
    return Table("plan", full, np.arange(2, n + 2))


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

    @property
    def counting(self) -> Ints:
        """(B,) counting members: leads and members."""
        return np.bincount(self.booking[self.role <= MEMBER], minlength=len(self.audit)).astype(np.int64)

    def only(self, kept: Bools) -> Agenda:
        """Return the agenda of the bookings marked in `kept`, (B,) bool."""
        number = np.cumsum(kept) - 1
        members = kept[self.booking]
        booking_of = np.where((self.booking_of >= 0) & kept[self.booking_of], number[self.booking_of], -1)
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
    return days.astype("datetime64[D]").astype(np.int64) * 2 + (np.asarray(halves, dtype=object) == "pm")


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
    twice = np.flatnonzero((pairs[:, 1:] == pairs[:, :-1]).all(axis=0)) if pairs.shape[1] > 1 else []
    for k in twice:
        a, i = pairs[:, k]
        message = f"auditor {people[i]} stands twice in the team of audit {names[a]}"
        found.append(Violation("form", message, (names[a],), (people[i],)))
    return found
