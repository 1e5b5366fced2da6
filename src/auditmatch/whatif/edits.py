"""Changes to try: somebody hired, gone or trained, an expert bought, windows moved, audits merged, goals weighed.

Each is a value that turns a register, and perhaps weights, into others; nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from auditmatch.draft import Draft
from auditmatch.errors import ArgumentError, unknown
from auditmatch.horizon import read_day
from auditmatch.problem import Problem
from auditmatch.register import Register
from auditmatch.weights import Weights

# Working days of a month, where no limit of a person says less.
MONTH = 21.0
# A qualification without a first day is valid from here on.
LONG_AGO = np.datetime64("2000-01-01", "D")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to try.

    Attributes
    ----------
    said
        The change in a few words.
    write
        Writes it into a draft of the register.
    weights
        Points of goals that it sets.
    """

    said: str
    write: Callable[[Any], None] = field(repr=False, default=lambda _: None)
    weights: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        """Return the change in a few words."""
        return self.said


def applied(register: Register, weights: Weights, edits: Iterable[Edit]) -> tuple[Register, Weights]:
    """Return register and weights after some edits, one after another.

    Raises
    ------
    ArgumentError
        An edit names somebody unknown, or leaves no auditor or no audit.
    InputError
        The register that they lead to cannot be.
    """
    draft, chosen = Draft(register), weights
    for edit in edits:
        edit.write(draft)
        for name, points in edit.weights:
            if not hasattr(chosen, name):
                raise unknown("weight", name, [w for w in dir(chosen) if not w.startswith("_")])
            chosen = replace(chosen, **{name: points})
    return draft.register(), chosen


def edited(problem: Problem, edits: Iterable[Edit]) -> Problem:
    """Return a problem after some edits, with its published plan as it was; errors are those of `applied`."""
    scene = problem.scene
    register, weights = applied(scene.register, problem.weights, edits)
    return Problem(register, scene.start, scene.end, problem.rules, weights, problem.known_plan)


def hire(
    auditor_id: str,
    like: str | None = None,
    qualifications: Sequence[tuple[str, str, str]] = (),
    location: str | None = None,
    **cells: Any,
) -> Edit:
    """Hire an auditor.

    Parameters
    ----------
    auditor_id
        A new identifier.
    like
        An auditor whose qualifications, place and limits the new one has; leave, use of caps and wishes are not taken
        over.
    qualifications
        (field, specialty, grade), beside those of `like`.
    location
        Where trips begin.
    cells
        Other columns of `auditors`, such as gender="F" or monthly_limit=10.
    """

    def write(draft: Draft) -> None:
        _strange(draft, "auditors", "auditor_id", auditor_id)
        own = {"auditor_id": auditor_id, **cells} | ({"location": location} if location else {})
        if like is not None:
            row = _row(draft, "auditors", "auditor_id", like)
            draft.copy("auditors", row, name=None, incidents=0, **own)
            for k in reversed(draft.rows("qualifications", auditor_id=like)):
                draft.copy("qualifications", k, auditor_id=auditor_id)
        else:
            draft.append("auditors", **own)
        _qualify(draft, auditor_id, qualifications, None)

    whom = f" like {like}" if like else ""
    return Edit(f"hire {auditor_id}{whom}" + (f" in {location}" if location else ""), write)


def leave(auditor_id: str, last: Any = None) -> Edit:
    """Let an auditor go: after a last day of work (ISO date), or at once and for good.

    Raises
    ------
    ArgumentError
        When applied: nobody would be left.
    """

    def write(draft: Draft) -> None:
        row = _row(draft, "auditors", "auditor_id", auditor_id)
        if last is not None:
            draft.put("auditors", row, until=read_day(last, "last"))
            return
        # A row must stay, for plans and wishes name it.
        draft.put("auditors", row, until=_before_all(draft), **{"from": None})
        ends = draft.column("auditors", "until").astype("datetime64[D]")
        if not (np.isnat(ends) | (ends > _before_all(draft))).any():
            raise ArgumentError(f"{auditor_id} is the last auditor; nobody would be left. Maybe hire somebody first?")

    return Edit(f"{auditor_id} leaves" + (f" after {last}" if last is not None else ""), write)


def train(auditor_id: str, field: str, specialty: str, grade: str = "auditor", start: Any = None) -> Edit:
    """Let an auditor hold one more code: field, specialty, grade; from a day on, or throughout."""

    def write(draft: Draft) -> None:
        _row(draft, "auditors", "auditor_id", auditor_id)
        _qualify(draft, auditor_id, [(field, specialty, grade)], None if start is None else read_day(start, "start"))

    return Edit(f"train {auditor_id} for {field} {specialty} as {grade}", write)


def expert(auditor_id: str, field: str, specialty: str, first: Any, last: Any, location: str | None = None) -> Edit:
    """Buy a technical expert for some days (ISO dates, both inclusive); counts where requirements admit experts."""

    def write(draft: Draft) -> None:
        _strange(draft, "auditors", "auditor_id", auditor_id)
        days = {"from": read_day(first, "first"), "until": read_day(last, "last")}
        draft.append("auditors", auditor_id=auditor_id, location=location, full_time=False, **days)
        _qualify(draft, auditor_id, [(field, specialty, "expert")], None)

    return Edit(f"expert {auditor_id} for {field} {specialty}, {first} to {last}", write)


def widen(audits: str | Iterable[str], days: int) -> Edit:
    """Open windows so many calendar days earlier and close them later, up to the legal deadline."""
    names = [audits] if isinstance(audits, str) else sorted(audits)

    def write(draft: Draft) -> None:
        for name in names:
            row = _row(draft, "audits", "audit_id", name)
            first, last, legal = (draft.cell("audits", row, c) for c in ("earliest", "latest", "deadline"))
            draft.put("audits", row, earliest=first - days, latest=min(last + days, max(legal, last)))

    return Edit(f"windows of {len(names)} audits wider by {days} days", write)


def merge(first: str, *others: str) -> Edit:
    """Serve audits of one client as one visit: person-days add up, windows are what they have in common.

    Raises
    ------
    ArgumentError
        When applied: they are of different clients, or have no day in common.
    """

    def write(draft: Draft) -> None:
        rows = [_row(draft, "audits", "audit_id", name) for name in (first, *others)]
        clients = {draft.cell("audits", r, "organisation_id") for r in rows}
        if len(clients) > 1:
            raise ArgumentError(f"{', '.join((first, *others))} are audits of {len(clients)} clients. Maybe of one?")
        opens, closes = (f(draft.cell("audits", r, c) for r in rows) for f, c in ((max, "earliest"), (min, "latest")))
        if closes < opens:
            raise ArgumentError(
                f"{', '.join((first, *others))} have no day in common. Maybe widen their windows first?"
            )
        legal = min(draft.cell("audits", r, "deadline") for r in rows)
        days = sum(float(draft.cell("audits", r, "person_days")) for r in rows)
        draft.put("audits", rows[0], earliest=opens, latest=closes, deadline=legal, person_days=days)
        draft.put("audits", *rows[1:], status="cancelled")
        held = {(draft.cell("requirements", k, "field"), draft.cell("requirements", k, "specialty"))
                for k in draft.rows("requirements", audit_id=first)}  # fmt: skip
        for name in others:
            for k in reversed(draft.rows("requirements", audit_id=name)):
                code = draft.cell("requirements", k, "field"), draft.cell("requirements", k, "specialty")
                if code not in held:
                    held.add(code)
                    draft.copy("requirements", k, audit_id=first)
            for k in reversed(draft.rows("audit_certificates", audit_id=name)):
                draft.copy("audit_certificates", k, audit_id=first)

    return Edit(f"merge {', '.join(others)} into {first}", write)


def reserve(days: float) -> Edit:
    """Keep so many days of each person and month free, by limits of the month."""

    def write(draft: Draft) -> None:
        own = draft.column("auditors", "monthly_limit").astype(float)
        left = np.maximum(np.where(np.isnan(own), MONTH, np.minimum(own, MONTH)) - days, 0.0)
        for row, value in enumerate(left.tolist()):
            draft.put("auditors", row, monthly_limit=value)

    return Edit(f"{days:g} days of each person and month in reserve", write)


def weigh(**points: int) -> Edit:
    """Give goals other points: weigh(travel=20, fairness=5)."""
    return Edit(
        "weights " + ", ".join(f"{name} {value}" for name, value in points.items()), weights=tuple(points.items())
    )


def _row(draft: Draft, table: str, column: str, name: str) -> int:
    rows = draft.rows(table, **{column: name})
    if not rows:
        raise unknown(table.removesuffix("s"), name, draft.column(table, column))
    return rows[0]


def _strange(draft: Draft, table: str, column: str, name: str) -> None:
    if draft.rows(table, **{column: name}):
        raise ArgumentError(f"{name} stands in {table} already. Maybe {name}-2?")


def _qualify(draft: Draft, who: str, codes: Iterable[tuple[str, str, str]], start: Any) -> None:
    since = LONG_AGO if start is None else start
    for name, specialty, grade in codes:
        draft.append(
            "qualifications", auditor_id=who, field=name, specialty=specialty, grade=grade, valid_from=since
        )  # fmt: skip


def _before_all(draft: Draft) -> Any:
    """Return the day before the first window opens."""
    days = draft.column("audits", "earliest").astype("datetime64[D]")
    return min([LONG_AGO, *days]) - np.timedelta64(1, "D")
