"""A programme: the audits of a portfolio, what cannot be placed, and the trace of each audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.matching.frames import row_frame
from auditmatch.programme.packs import PackRule
from auditmatch.register import Register


@dataclass(frozen=True, slots=True)
class Lost:
    """A certificate that cannot be placed legally: why, from which day, and by which clause."""

    certificate: str
    reason: str
    day: str
    clause: str

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.certificate}: {self.reason} ({self.day}; {self.clause})"


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """The audits that a portfolio asks for.

    Attributes
    ----------
    register
        The register with `audits`, `requirements`, `audit_certificates` and `links` of the programme, ready to plan.
    start, end
        Its span.
    lost
        Certificates that cannot be placed legally.
    merged, apart
        Audits that serve several certificates of one client in one visit; and, by client, why visits near each other
        were not merged.
    saved
        Person-days and visits that merging saved.
    """

    register: Register
    start: np.datetime64
    end: np.datetime64
    lost: tuple[Lost, ...]
    merged: tuple[str, ...]
    apart: tuple[tuple[str, str], ...]
    saved: tuple[float, int]
    _traces: dict[str, tuple[Any, ...]] = field(repr=False, default_factory=dict)
    _milestones: list[tuple[str, str, Any, str]] = field(repr=False, default_factory=list)

    def trace(self, audit: str) -> tuple[str, ...]:
        """Return the trace of an audit, a sentence a line: when it is due and by which clause, and its time."""
        if audit not in self._traces:
            raise ArgumentError(f"{audit} is no audit of this programme. Maybe {next(iter(self._traces), 'none')}?")
        dues, lines = self._traces[audit]
        return (*(_due_line(*due) for due in dues), *map(str, lines))

    def rules(self, audit: str) -> tuple[PackRule, ...]:
        """Return the rules that set the window of an audit."""
        return tuple(due[-1] for due in self._traces[audit][0] if due[-1] is not None)

    @property
    def table(self) -> Any:
        """The audits as a data frame: a row each, with window, person-days and trace."""
        t = self.register.audits
        names = ("audit_id", "organisation_id", "kind", "earliest", "latest", "preferred", "person_days", "priority")
        rows = [
            {n: plain(t[n][k]) for n in names} | {"trace": "; ".join(self.trace(str(t["audit_id"][k])))}
            for k in range(len(t))
        ]
        return row_frame(rows, (*names, "trace"), self.register.native)

    @property
    def milestones(self) -> Any:
        """What follows the audits, as a data frame: certificate or application, milestone, day at the latest, clause.

        Of applications the review, the end of stage 2, public notice where a pack states its days, and the decision; of
        certificates the decision before expiry, and the withdrawal that ends a suspension.
        """
        names = ("name", "milestone", "day", "clause")
        rows = sorted((str(day), name, what, clause) for name, what, day, clause in self._milestones)
        told = [dict(zip(("day", "name", "milestone", "clause"), row, strict=True)) for row in rows]
        return row_frame(told, names, self.register.native)

    @property
    def lost_table(self) -> Any:
        """What cannot be placed, as a data frame."""
        names = ("certificate", "reason", "day", "clause")
        return row_frame([{n: getattr(lost, n) for n in names} for lost in self.lost], names, self.register.native)

    def __len__(self) -> int:
        """Return how many audits there are."""
        return len(self._traces)

    def __str__(self) -> str:
        """Return the counts on one line."""
        kinds, count = np.unique(self.register.audits["kind"].astype(str), return_counts=True)
        told = ", ".join(f"{n:,} {kind}" for kind, n in zip(kinds.tolist(), count.tolist(), strict=True))
        days = float(self.register.audits["person_days"].sum())
        saved = (
            f"; merging saved {self.saved[0]:,.1f} person-days and {self.saved[1]:,} visits" if self.saved[1] else ""
        )
        return f"{len(self):,} audits ({told}), {days:,.1f} person-days{saved}; {len(self.lost):,} cannot be placed"


def _due_line(kind: str, number: int, latest: Any, since: str, anchor: Any, rule: PackRule | None) -> str:
    """Return when a visit is due, and why."""
    what = f"{kind} {number}" if kind in ("surveillance", "unannounced") else kind
    if rule is None:
        return f"{what}, due {latest}: {since} {anchor}"
    if rule.name == "calendar_year":
        way = f"once in each calendar year after {anchor}"
    elif rule.name == "cycle_years":
        way = f"before expiry on {anchor}"
    elif rule.name == "restoration":
        way = f"within {rule.value:g} months of expiry on {anchor}"
    elif rule.name == "short_notice":
        way = f"{since} {anchor} + {rule.value:g} days"
    else:
        way = f"{since} {anchor} + {rule.value:g} months"
    return f"{what}, due {latest}: {way}, {rule.cited}"


def plain(value: Any) -> Any:
    """Return a cell as plain Python; a day as text, absent ones as None."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    return value.item() if hasattr(value, "item") else value
