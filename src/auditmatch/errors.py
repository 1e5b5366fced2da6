"""The exception tree; every message names what is wrong, where it stands, and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class AuditmatchError(Exception):
    """Base of every error that the library raises on purpose."""


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One fault in one cell, or in one table when `row` or `column` is None.

    Attributes
    ----------
    table
        Name of the table, as in design of the tables ("audits").
    row
        Row as a person counts it in a spreadsheet: the header is row 1; None for the whole table.
    column
        Name of the column; None when no single one is at fault.
    value
        What stands there, as text; None when nothing does.
    message
        What is wrong, without a full stop.
    maybe
        The way out, as one question or order; None when there is nothing better to say than the message.
    """

    table: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    maybe: str | None = None

    def __str__(self) -> str:
        """Return one line: place, value, what is wrong, the way out."""
        place = self.table + (f" row {self.row}" if self.row is not None else "")
        place += f", {self.column}" if self.column is not None else ""
        shown = f"{shorten(self.value)} " if self.value is not None else ""
        way_out = f". Maybe {self.maybe}" if self.maybe else ""
        return f"{place}: {shown}{self.message}{way_out}"


class InputError(AuditmatchError):
    """Input tables, files or arguments that cannot be used; holds every problem found, not the first only."""

    def __init__(self, problems: Iterable[InputProblem]) -> None:
        self.problems = tuple(problems)
        shown = [f"  {problem}" for problem in self.problems[:50]]
        if len(self.problems) > 50:
            shown.append(f"  ... and {len(self.problems) - 50} more (all in .problems)")
        count = f"{len(self.problems)} problem" + ("" if len(self.problems) == 1 else "s")
        super().__init__("\n".join([f"{count} in the input:", *shown]))


class UnknownNameError(AuditmatchError):
    """A name that the register does not know; the nearest known one is offered."""


class MissingExtraError(AuditmatchError):
    """An optional part that is not installed; the message is the command that installs it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}. Maybe: pip install 'auditmatch[{extra}]'")


class ArgumentError(AuditmatchError):
    """An argument outside its domain."""


class EngineError(AuditmatchError):
    """An engine returned a plan that breaks a rule or whose cost does not add up; both sides are printed."""


class UnreadableError(AuditmatchError, OSError):
    """A file whose format its library cannot read or write; callers add which file."""


class EventError(AuditmatchError, ValueError):
    """A calendar event that is no absence; callers add which event."""


def shorten(value: str, limit: int = 40) -> str:
    """Return `value` for a message: one line, cut at `limit` characters."""
    flat = " ".join(value.split())
    return flat if len(flat) <= limit else flat[:limit] + "..."


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when none is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Make the error for an unknown name, with the nearest known one as the way out."""
    near = nearest(name, known)
    return UnknownNameError(f"no {what} is called {shorten(name)!r}" + (f". Maybe {near!r}?" if near else ""))
