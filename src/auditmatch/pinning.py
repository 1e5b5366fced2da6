"""Pins and edits of a plan, and the log of who made them, when and why."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np

from auditmatch.delimited import wrap
from auditmatch.errors import ArgumentError, unknown
from auditmatch.plan import Booking, Plan

PINS = ("date", "team", "member", "both")
LOG_COLUMNS = ("at", "by", "action", "audit_id", "auditor_id", "what", "reason")

Which: TypeAlias = str | Iterable[str] | Callable[[Booking], bool]
_Row: TypeAlias = tuple[str, str]


def pin(
    plan: Plan,
    which: Which,
    what: str = "both",
    *,
    by: str,
    reason: str,
    member: str | None = None,
    log: str | Path | None = None,
) -> Plan:
    """Return a plan in which some bookings stay as they are whatever happens.

    A problem with that plan as the published one, and so `replan`, keeps what is pinned. Pins that are there stay, and
    add up: date and team are both.

    Parameters
    ----------
    plan
        The plan; it is left as it is.
    which
        An audit, several, or a question asked of each booking.
    what
        "date", "team" (everyone in it), "member" (the one named by `member`), "both" (date and team).
    by, reason
        Who pins, and why; an assessor asks for both.
    member
        Identifier of an auditor in the team.
    log
        File to which a line for each booking and member is appended; see `read_log`.

    Raises
    ------
    UnknownNameError
        The plan does not book an audit, or the member is in none of the teams.
    ArgumentError
        `what` is not known, `by` or `reason` is empty, or the log cannot be written: then nothing is pinned.
    """
    if what not in PINS:
        raise ArgumentError(f"what={what!r} is none of {', '.join(PINS)}. Maybe what='both'?")
    if (what == "member") != (member is not None):
        raise ArgumentError("a member is named where what='member', and only there. Maybe what='team'?")
    _signed(by, reason)
    rows = [row for row in _rows(plan, which) if member is None or row[1] == member]
    if not rows:
        people = sorted({who for _, who in _rows(plan, which)})
        raise unknown("auditor of these audits", str(member), people)
    word = "member" if what == "team" else what
    old = _pins(plan)
    pins = {row: (_both(old[row], word), by, reason) for row in rows}
    _append(log, [(by, "pin", *row, what, reason) for row in rows])
    return plan.pinned(pins)


def unpin(plan: Plan, which: Which, *, by: str, reason: str, log: str | Path | None = None) -> Plan:
    """Return a plan in which some bookings are free again; parameters and errors are those of `pin`."""
    _signed(by, reason)
    old = _pins(plan)
    rows = [row for row in _rows(plan, which) if old[row] != "none"]
    _append(log, [(by, "unpin", *row, old[row], reason) for row in rows])
    return plan.pinned(dict.fromkeys(rows, ("none", None, None)))


def keep_edits(old: Plan, edited: Plan, *, by: str, reason: str, log: str | Path | None = None) -> Plan:
    """Return an edited plan with every booking pinned that a person has changed, for `replan` to mend the rest.

    Parameters
    ----------
    old, edited
        The plan before, and as it came back from a spreadsheet (`auditmatch.read_plan`).
    by, reason, log
        As in `pin`.
    """
    _signed(by, reason)
    changes = old.changes(edited)
    mine = {change.audit for change in changes if change.after is not None}
    rows = [row for row in _pins(edited) if row[0] in mine]
    gone = [(by, "edit", change.audit, "", "removed", reason) for change in changes if change.after is None]
    kinds = {change.audit: change.kind for change in changes}
    _append(log, [*((by, "edit", *row, kinds[row[0]], reason) for row in rows), *gone])
    return edited.pinned(dict.fromkeys(rows, ("both", by, reason)))


def read_log(path: str | Path) -> tuple[dict[str, str], ...]:
    """Return the lines of a log, the oldest first: at (UTC), by, action (pin, unpin, edit), audit_id, auditor_id,
    what, reason.

    Raises
    ------
    ArgumentError
        The file is no log of pins.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = tuple(reader)
            if tuple(reader.fieldnames or ()) != LOG_COLUMNS:
                raise ArgumentError(
                    f"{path} is no log of pins: its columns are {reader.fieldnames}. Maybe another file?"
                )
            return rows
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{path} cannot be read as a log of pins: {error}. Maybe another file?") from error


def _signed(by: str, reason: str) -> None:
    """Refuse what nobody answers for."""
    for name, text in (("by", by), ("reason", reason)):
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError(f"{name} is empty. Maybe {name}={'a name' if name == 'by' else 'why'!r}?")


def _rows(plan: Plan, which: Which) -> list[_Row]:
    """Return (audit, auditor) of the bookings meant."""
    if callable(which):
        mine = {b.audit for b in plan.bookings if which(b)}
    else:
        mine = {which} if isinstance(which, str) else set(which)
        for name in sorted(mine - set(plan.audits)):
            raise unknown("booked audit", name, plan.audits)
    return [row for row in _pins(plan) if row[0] in mine]


def _pins(plan: Plan) -> dict[_Row, str]:
    """Return the pin of each (audit, auditor)."""
    table = plan.table
    names = zip(table["audit_id"].tolist(), table["auditor_id"].tolist(), strict=True)
    return dict(zip(names, table["pin"].tolist(), strict=True))


def _both(old: str, new: str) -> str:
    """Return two pins of one row as one."""
    return new if old in ("none", new) else "both"


def _append(log: str | Path | None, lines: list[tuple[str, ...]]) -> None:
    """Append lines to a log in one write, so that none stands by half."""
    if log is None or not lines:
        return
    path, now = Path(log), f"{np.datetime64('now')}+00:00"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if file.tell() == 0:
                writer.writerow(LOG_COLUMNS)
            writer.writerows([now, *map(wrap, line)] for line in lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ArgumentError(
            f"the log {path} cannot be written: {error.strerror or error}. Nothing is pinned."
        ) from error
