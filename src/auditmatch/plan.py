"""Plans as people read them: names and dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, nearest
from auditmatch.tables import TABLES, Table

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

    @property
    def text(self) -> str:
        """Dates and team on one line."""
        people = ", ".join(who for who, _ in self.team)
        return f"{self.start} {self.start_half} to {self.end} {self.end_half}, {people}"


@dataclass(frozen=True, slots=True)
class Change:
    """How one audit differs between two plans.

    Attributes
    ----------
    audit
        Identifier of the audit.
    kind
        added; removed; moved (other dates, whoever comes); restaffed (same dates, other people or roles).
    before, after
        Its booking in either plan; None where it has none.
    """

    audit: str
    kind: str
    before: Booking | None
    after: Booking | None

    @property
    def tell(self) -> tuple[str, ...]:
        """Identifiers of the auditors whose calendar or role changes, sorted."""
        old, new = (set() if b is None else set(b.team) for b in (self.before, self.after))
        return tuple(sorted({who for who, _ in (old | new if self.kind == "moved" else old ^ new)}))

    def __str__(self) -> str:
        """Return the change on one line."""
        old, new = ("not planned" if b is None else b.text for b in (self.before, self.after))
        return f"{self.audit} {self.kind}: {old} -> {new}"


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
        """Make a plan of bookings, in the order of their audits.

        Raises
        ------
        ArgumentError
            A role, a half or a date does not exist.
        """
        rows = [(b, auditor, role) for b in sorted(bookings) for auditor, role in b.team]
        columns = {
            "audit_id": [b.audit for b, _, _ in rows],
            "auditor_id": [auditor for _, auditor, _ in rows],
            "role": _known([role for _, _, role in rows], ROLES, "role"),
            "start": _dates([b.start for b, _, _ in rows]),
            "start_half": _known([b.start_half for b, _, _ in rows], HALVES, "half"),
            "end": _dates([b.end for b, _, _ in rows]),
            "end_half": _known([b.end_half for b, _, _ in rows], HALVES, "half"),
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

    def changes(self, other: Plan) -> tuple[Change, ...]:
        """Return how another plan differs from this one, by audit; pins are no difference.

        Parameters
        ----------
        other
            The later plan; this one is what it is compared with.
        """
        old, new = ({b.audit: b for b in plan.bookings} for plan in (self, other))
        found = []
        for audit in sorted(old.keys() | new.keys()):
            before, after = old.get(audit), new.get(audit)
            if before != after:
                found.append(Change(audit, _kind(before, after), before, after))
        return tuple(found)

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


def _kind(before: Booking | None, after: Booking | None) -> str:
    """Return what sort of change it is."""
    if before is None or after is None:
        return "added" if before is None else "removed"
    return "restaffed" if replace(before, team=after.team) == after else "moved"


def _known(words: list[str], known: tuple[str, ...], what: str) -> list[str]:
    """Return the words; one that is not known is refused."""
    for word in dict.fromkeys(words):
        if word not in known:
            raise ArgumentError(f"no {what} is called {word!r}. Maybe {nearest(str(word), known) or known[0]!r}?")
    return words


def _dates(days: list[str]) -> npt.NDArray[np.datetime64]:
    """Return ISO dates as an array; a day that does not exist is refused."""
    stamps = []
    for day in days:
        try:
            stamps.append(np.datetime64(day, "D"))
        except ValueError:
            raise ArgumentError(f"{day!r} is not a date. Maybe '2027-01-04'?") from None
    return np.array(stamps, dtype="datetime64[D]")


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


def stacked(*tables: Table, native: str = "pandas") -> Plan:
    """Return the rows of several `plan` tables as one plan."""
    return Plan(plan_table({c: np.concatenate([t[c] for t in tables]) for c in tables[0].columns}), native)
