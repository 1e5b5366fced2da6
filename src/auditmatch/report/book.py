"""The workbook: plan, by auditor, unserved, matching, load, cost, summary; dates as dates, and every text as text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from auditmatch import __version__
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.matching import MatchingDegree
from auditmatch.problem import Problem
from auditmatch.report.content import (
    Audit,
    LeftOut,
    Person,
    Visit,
    audits_of,
    degree_of,
    left_out,
    people_of,
    problem_of,
    visits_of,
)
from auditmatch.report.labels import label, label_or
from auditmatch.report.whole import write_whole
from auditmatch.result import Result
from auditmatch.tables import TABLES, Table

_MOST_ROWS = 1_048_575  # of a sheet, below its header
_MOST_LETTERS = 32_767  # of a cell
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as data: title, and (header, kind, cells) of each column; kinds are text, number, date, share, bool."""

    title: str
    columns: Sequence[tuple[str, str, Sequence[Any]]]

    @property
    def rows(self) -> int:
        """Rows below the header."""
        return len(self.columns[0][2])


def write_book(
    result: Result,
    path: str | Path,
    *,
    problem: Problem | None = None,
    degree: MatchingDegree | None = None,
    explanations: Iterable[Any] = (),
    lang: str = "en",
) -> Path:
    """Write the workbook; see `auditmatch.report.xlsx`."""
    return write_sheets(make_sheets(result, problem_of(result, problem), degree, explanations, lang), path)


def write_sheets(sheets: Sequence[Sheet], path: str | Path) -> Path:
    """Write sheets as one workbook, whole or not at all."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError("XlsxWriter", "excel", "Writing a workbook") from error
    for sheet in sheets:
        if sheet.rows > _MOST_ROWS:
            raise ArgumentError(f"{sheet.title} has {sheet.rows} rows; a sheet holds {_MOST_ROWS}. Maybe plan.csv?")
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}

    def write(draft: Path) -> None:
        with xlsxwriter.Workbook(str(draft), plain) as book:
            formats = _formats(book)
            for sheet in sheets:
                _write_sheet(book.add_worksheet(sheet.title), sheet, formats)

    return write_whole(path, write)


def make_sheets(
    result: Result, problem: Problem, degree: MatchingDegree | None, explanations: Iterable[Any], lang: str
) -> tuple[Sheet, ...]:
    """Return the sheets in their order."""
    visits = visits_of(problem, result.plan)
    people = people_of(problem, visits)
    missing = left_out(problem, result, explanations, lang)
    found = degree_of(problem, degree)
    return (
        _plan(problem, result),
        _by_auditor(visits, people, lang),
        _unserved(missing, lang),
        _matching(found, lang),
        _load(people, lang),
        _cost(result, lang),
        _summary(result, problem, found, missing, lang),
    )


def _plan(problem: Problem, result: Result) -> Sheet:
    """Return the `plan` table as it is read, with what a reader wants to see beside it."""
    table = result.plan.table if result.plan is not None else Table.empty("plan")
    audits, people = audits_of(problem), problem.scene.register.auditors
    names = dict(zip(people["auditor_id"], people["name"], strict=True))
    mine = [audits[name] for name in table["audit_id"]]
    spec = TABLES["plan"].columns
    columns = [(c.name, "date" if c.kind == "date" else "text", table[c.name].tolist()) for c in spec]
    columns.append(("auditor_name", "text", [names[who] for who in table["auditor_id"]]))
    columns.append(("client", "text", [audit.client for audit in mine]))
    columns.append(("kind", "text", [audit.kind for audit in mine]))
    columns.append(("location", "text", [audit.location for audit in mine]))
    columns.append(("needs", "text", [", ".join(audit.needs) for audit in mine]))
    return Sheet("plan", columns)


def _by_auditor(visits: Iterable[Visit], people: Iterable[Person], lang: str) -> Sheet:
    """Return a row for each person and visit, person by person in the order of their days."""
    mine: dict[str, list[tuple[Visit, str]]] = {person.auditor_id: [] for person in people}
    names = {person.auditor_id: person.name for person in people}
    for visit in visits:
        for who, role in visit.booking.team:
            mine[who].append((visit, role))
    rows = [(who, visit, role) for who, each in mine.items() for visit, role in each]
    parts = {
        "auditor_id": ("text", [who for who, _, _ in rows]),
        "name": ("text", [names[who] for who, _, _ in rows]),
        "start": ("date", _days(visit.booking.start for _, visit, _ in rows)),
        "start_half": ("text", [label(lang, f"ui_{visit.booking.start_half}") for _, visit, _ in rows]),
        "end": ("date", _days(visit.booking.end for _, visit, _ in rows)),
        "end_half": ("text", [label(lang, f"ui_{visit.booking.end_half}") for _, visit, _ in rows]),
        "days": ("number", [visit.days for _, visit, _ in rows]),
        "role": ("text", [label(lang, f"role_{role}") for _, _, role in rows]),
        **_about([visit.audit for _, visit, _ in rows], lang),
        "team": ("text", [", ".join(member for member, _ in visit.booking.team) for _, visit, _ in rows]),
    }
    return Sheet(label(lang, "sheet_by_auditor"), _titled(parts, lang))


def _about(audits: Sequence[Audit], lang: str) -> dict[str, tuple[str, list[Any]]]:
    """Return the columns that say which audit a row is about."""
    return {
        "audit_id": ("text", [audit.audit_id for audit in audits]),
        "client": ("text", [audit.client for audit in audits]),
        "kind": ("text", [label_or(lang, f"kind_{audit.kind}", audit.kind) for audit in audits]),
        "location": ("text", [audit.location for audit in audits]),
        "province": ("text", [audit.province for audit in audits]),
        "needs": ("text", [", ".join(audit.needs) for audit in audits]),
    }


def _unserved(missing: Sequence[LeftOut], lang: str) -> Sheet:
    parts = _about([each.audit for each in missing], lang)
    parts |= {
        "status": ("text", [label(lang, f"ui_{each.status}") for each in missing]),
        "reason": ("text", [each.reason for each in missing]),
        "remedy": ("text", [each.remedy for each in missing]),
        "earliest": ("date", _days(each.audit.earliest for each in missing)),
        "latest": ("date", _days(each.audit.latest for each in missing)),
        "deadline": ("date", _days(each.audit.deadline for each in missing)),
        "person_days": ("number", [each.audit.person_days for each in missing]),
    }
    first = ("audit_id", "status", "client", "reason", "remedy")
    ordered = {name: parts[name] for name in (*first, *(name for name in parts if name not in first))}
    return Sheet(label(lang, "sheet_unserved"), _titled(ordered, lang))


def _matching(degree: MatchingDegree, lang: str) -> Sheet:
    frame = nw.from_native(degree.table, eager_only=True)
    kinds = {"field": "text", "specialty": "text", "schedulable": "bool"}
    parts = {name: (kinds.get(name, "number"), frame[name].to_list()) for name in frame.columns}
    return Sheet(label(lang, "sheet_matching"), _titled(parts, lang))


def _load(people: Sequence[Person], lang: str) -> Sheet:
    parts = {
        "auditor_id": ("text", [person.auditor_id for person in people]),
        "name": ("text", [person.name for person in people]),
        "location": ("text", [person.location for person in people]),
        "booked": ("number", [person.booked for person in people]),
        "there": ("number", [person.available for person in people]),
        "share": ("share", [person.booked / person.available if person.available else None for person in people]),
    }
    return Sheet(label(lang, "sheet_load"), _titled(parts, lang))


def _cost(result: Result, lang: str) -> Sheet:
    terms = list((result.terms or {}).items())
    parts = {
        "term": ("text", [label_or(lang, f"term_{name}", name) for name, _ in terms]),
        "points": ("number", [points for _, points in terms]),
        "share": ("share", [points / result.cost if result.cost else None for _, points in terms]),
        "meaning": ("text", [label_or(lang, f"about_{name}", "") for name, _ in terms]),
    }
    return Sheet(label(lang, "sheet_cost"), _titled(parts, lang))


def _summary(result: Result, problem: Problem, degree: MatchingDegree, missing: Sequence[LeftOut], lang: str) -> Sheet:
    items = {
        "from": problem.scene.start.item(),
        "to": problem.scene.end.item(),
        "status": label(lang, f"result_{result.status}"),
        "engine": result.engine,
        "served": len(result.served),
        "deferred": len(result.deferred),
        "unserved": len(result.unserved),
        "hopeless": sum(each.status == "hopeless" for each in missing),
        "cost": result.cost,
        "bound": result.bound,
        "gap": result.gap,
        "closed": result.closed,
        "seconds": round(result.seconds, 2),
        "interrupted": result.interrupted,
        "at": degree.at.item(),
        "version": __version__,
    }
    names = [label(lang, f"summary_{name}") for name in items]
    return Sheet(
        label(lang, "sheet_summary"),
        [(label(lang, "head_item"), "text", names), (label(lang, "head_value"), "any", list(items.values()))],
    )


def _titled(parts: dict[str, tuple[str, Any]], lang: str) -> list[tuple[str, str, Sequence[Any]]]:
    """Return columns under their headers in a language; factors such as A1 are called the same in every one."""
    return [(label_or(lang, f"head_{name}", name), kind, cells) for name, (kind, cells) in parts.items()]


def _days(dates: Iterable[str]) -> list[Any]:
    return list(np.array(list(dates), dtype="datetime64[D]").tolist())


# Writing -------------------------------------------------------------------------------------------------------------


def _formats(book: Any) -> dict[str, Any]:
    top = {"valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bg_color": "#E4EEF6", "bottom": 1, "valign": "top"}),
        "text": book.add_format({**top, "text_wrap": True}),
        "number": book.add_format({**top, "num_format": "#,##0.###"}),
        "date": book.add_format({**top, "num_format": "yyyy-mm-dd"}),
        "share": book.add_format({**top, "num_format": "0.0%"}),
        "bool": book.add_format(top),
    }


def _write_sheet(sheet: Any, content: Sheet, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, content.rows, len(content.columns) - 1)
    for place, (title, kind, cells) in enumerate(content.columns):
        sheet.write_string(0, place, title, formats["head"])
        sheet.set_column(place, place, _width(title, kind, cells))
        for row, value in enumerate(cells, start=1):
            if value is not None and value == value:
                _write_cell(sheet, row, place, value, kind if kind != "any" else _kind(value), formats)


def _write_cell(sheet: Any, row: int, place: int, value: Any, kind: str, formats: dict[str, Any]) -> None:
    if kind == "text":
        sheet.write_string(row, place, str(value)[:_MOST_LETTERS], formats["text"])
    elif kind == "date":
        sheet.write_datetime(row, place, value, formats["date"])
    elif kind == "bool":
        sheet.write_boolean(row, place, bool(value), formats["bool"])
    else:
        sheet.write_number(row, place, float(value), formats[kind])


def _kind(value: Any) -> str:
    """Return the kind of a cell in a column that mixes them."""
    if isinstance(value, str | bool):
        return "text" if isinstance(value, str) else "bool"
    if isinstance(value, int):
        return "number"
    return "share" if isinstance(value, float) else "date"


def _width(title: str, kind: str, cells: Sequence[Any]) -> float:
    """Return a width that shows most cells whole; a Chinese letter takes two."""
    if kind != "text":
        return max(11, _letters(title) + 4)
    longest = max((_letters(str(cell)) for cell in cells[:1000] if cell is not None), default=0)
    return min(_WIDEST, max(longest, _letters(title) + 2, 8) + 2)


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
