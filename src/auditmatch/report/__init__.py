"""What people are handed: a page, a workbook, calendars, and figures for notebooks."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditmatch.matching import MatchingDegree
    from auditmatch.plan import Plan
    from auditmatch.problem import Problem
    from auditmatch.programme import Programme
    from auditmatch.result import Result
    from auditmatch.whatif import Frontier

__all__ = ["html", "ics", "letters", "platform", "plots", "plots_drivers", "programme", "xlsx"]


def html(
    result: Result,
    path: str | Path,
    *,
    problem: Problem | None = None,
    degree: MatchingDegree | None = None,
    explanations: Iterable[Any] = (),
    lang: str = "en",
    before: Plan | None = None,
    frontier: Frontier | None = None,
    programme: Programme | None = None,
) -> Path:
    """Write a result as one page that opens from disk and loads nothing from any network.

    Parameters
    ----------
    result
        What `solve` returned.
    path
        The file; it appears whole or not at all.
    problem
        What was planned; default: the problem that the result carries.
    degree
        Matching degree to show; default: that of the register on the first day of the horizon.
    explanations
        Why audits are left out, as `explain_all` gives them; default: they are made.
    lang
        "en" or "zh".
    before
        The plan before, to show what has changed since.
    frontier
        What further hires bring, as `whatif.frontier` returns it.
    programme
        The programme that was planned, to show its traces, what cannot be placed, and where people run short.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ArgumentError
        The problem is not known, the language is unknown, or the file cannot be written.
    """
    from auditmatch.report.page import write_page

    steps = [] if frontier is None else list(zip(["", *map(str, frontier.edits)], frontier.results, strict=True))
    common: dict[str, Any] = {"problem": problem, "degree": degree, "explanations": explanations, "lang": lang}
    return write_page(result, path, **common, before=before, steps=steps, programme=programme)


def xlsx(
    result: Result,
    path: str | Path,
    *,
    problem: Problem | None = None,
    degree: MatchingDegree | None = None,
    explanations: Iterable[Any] = (),
    lang: str = "en",
) -> Path:
    """Write a result as a workbook: plan, by auditor, unserved, matching, load, cost, summary.

    The sheet `plan` has the columns of the `plan` table first, so that it can be edited and read again. Parameters,
    return and errors are those of `html`.

    Raises
    ------
    MissingExtraError
        XlsxWriter is not installed.
    """
    from auditmatch.report.book import write_book

    return write_book(result, path, problem=problem, degree=degree, explanations=explanations, lang=lang)


def ics(result: Result, folder: str | Path, *, problem: Problem | None = None, lang: str = "en") -> tuple[Path, ...]:
    """Write one calendar file for each auditor who has a booking in the plan.

    Calendars that an earlier run left in the folder are carried on: an event that has changed keeps its UID and has a
    higher SEQUENCE, one that fell away stands as cancelled, so that a calendar program takes over both (RFC 5545,
    3.8.7.4 and 3.8.1.11). Other files stay.

    Parameters
    ----------
    result, problem, lang
        As in `html`.
    folder
        Made where it does not exist.

    Returns
    -------
    tuple of Path
        The files of those with a booking, in the register's order of auditors.

    Raises
    ------
    ArgumentError
        The problem is not known, the language is unknown, or the folder cannot be written.
    MissingExtraError
        icalendar is not installed.
    """
    from auditmatch.report.calendars import write_calendars

    return write_calendars(result, folder, problem=problem, lang=lang)


def letters(
    old: Plan, new: Plan, folder: str | Path, *, problem: Problem, lang: str = "en", signed: str = ""
) -> tuple[Path, ...]:
    """Write a letter to each auditor and each client whom a change of plan concerns.

    Clients are not told of unannounced and mystery audits. Reasons of absences stand in no letter.

    Parameters
    ----------
    old, new
        The plan that was handed out, and the one that holds now.
    folder
        Made where it does not exist; gets auditor-*.txt and client-*.txt, UTF-8. Letters of an earlier change are
        removed.
    problem
        What was planned.
    lang
        "en" or "zh".
    signed
        Who signs.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    ArgumentError
        The language is unknown, or the folder cannot be written.
    """
    from auditmatch.report.post import write_letters

    return write_letters(problem, old, new, folder, lang, signed)


def programme(
    made: Programme, folder: str | Path, *, day: Any = None, lang: str = "en", signed: str = ""
) -> tuple[Path, ...]:
    """Write a programme as a workbook, a calendar and notices.

    `programme.xlsx` has the audits with their traces, milestones, what cannot be placed, person-days, P* by quarter,
    and warnings; `programme.ics` an entry on the last legal day of each audit and on each milestone; `notices` a text
    for each client whom an audit, a decision, a suspension or a withdrawal concerns within 90 days. Unannounced and
    mystery audits stand in no notice.

    Parameters
    ----------
    made
        What `auditmatch.programme` returned.
    folder
        Made where it does not exist.
    day
        ISO date of the notices; default: the programme's first.
    lang
        "en" or "zh", of calendar and notices.
    signed
        Who signs the notices.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    ArgumentError
        The day cannot be read, the language is unknown, or the folder cannot be written.
    MissingExtraError
        XlsxWriter or icalendar is not installed.
    """
    from auditmatch.report.deadlines import write_programme

    return write_programme(made, folder, day, lang, signed)


def platform(result: Result, path: str | Path, *, problem: Problem | None = None, prefix: str = "") -> Path:
    """Write the audit plan in the fields of the national platform (No. 市监认证(司)函〔2021〕102号), as CSV.

    A row for each audit and member: plan number, audit mode (FS01 on site, FS02 remote, FS03 both), auditor ID number,
    role, dates. Facts are left out.

    Parameters
    ----------
    result, problem
        As in `html`.
    path
        The file; it appears whole or not at all.
    prefix
        What plan numbers begin with: the body's number, then the branch. The audit's identifier follows.

    Raises
    ------
    ArgumentError
        The problem is not known, or the file cannot be written.
    """
    from auditmatch.report.upload import write_platform

    return write_platform(result, path, problem, prefix)


def __getattr__(name: str) -> ModuleType:
    if name in ("plots", "plots_drivers"):
        return importlib.import_module(f"auditmatch.report.{name}")
    raise AttributeError(f"module 'auditmatch.report' has no attribute {name!r}")
