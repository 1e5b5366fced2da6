"""From raw tables to tables of the declared columns: cells parsed, defaults filled, unknown columns kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditmatch.cells import Cells, Parsed, as_text, object_array, parse
from auditmatch.columns import Column
from auditmatch.errors import InputProblem, nearest
from auditmatch.frames import RawTable
from auditmatch.tables import FIRST_DATE, LAST_DATE, SETTINGS, TABLES, Table

_FACTORS = frozenset(
    {"routine", "health", "caprice", "holidays", "incidents", "client_timing", "inspections", "coordination", "policy"}
)
_SHOWN = 200  # characters of a value that a problem keeps


@dataclass(frozen=True, slots=True)
class Typed:
    """A table of the declared columns, with what was found; `blank` marks the cells left to a default."""

    table: Table
    blank: Mapping[str, NDArray[np.bool_]]
    problems: tuple[InputProblem, ...]
    notices: tuple[str, ...]


def type_table(name: str, raw: RawTable) -> Typed:
    """Parse every column of a raw table, and keep the columns that are not declared."""
    spec, count = TABLES[name], len(raw.source_rows)
    unknown = [column for column in raw.columns if column and column not in spec.names]
    problems, notices = [*raw.problems, *_bad_names(raw, unknown, spec.names)], list(raw.notices)
    arrays: dict[str, NDArray[Any]] = {}
    blank: dict[str, NDArray[np.bool_]] = {}
    for column in spec.columns:
        cells = raw.columns.get(column.name)
        if cells is None:
            arrays[column.name] = np.full(count, column.blank, dtype=column.dtype)
            blank[column.name] = np.ones(count, dtype=np.bool_)
            if column.required and not raw.broken and (raw.columns or count):
                problems.append(_missing(raw.label, column, unknown))
            continue
        parsed = parse(column, cells)
        problems += _located(raw, column.name, parsed)
        arrays[column.name], blank[column.name] = parsed.values, parsed.blank
        notices += _not_a_number(raw, column, cells)
    for extra in unknown:
        parsed = _keep(extra, raw.columns[extra])
        problems += _located(raw, extra, parsed)
        arrays[extra] = parsed.values
    if unknown:
        notices.append(_about_unknown(raw.label, unknown, spec.names))
    return Typed(Table(name, arrays, raw.source_rows), blank, tuple(problems), tuple(notices))


def _located(raw: RawTable, column: str, parsed: Parsed) -> list[InputProblem]:
    return [
        InputProblem(
            raw.label,
            int(raw.source_rows[fault.row]),
            column,
            None if fault.value is None else fault.value[:_SHOWN],
            fault.message,
            fault.maybe,
        )
        for fault in parsed.faults
    ]


def _missing(label: str, column: Column, unknown: list[str]) -> InputProblem:
    folded = {name.casefold(): name for name in unknown}
    near = nearest(column.name, folded)
    return InputProblem(
        label, None, column.name, None, "the column is missing", f"rename the column {folded[near]}?" if near else None
    )


def _bad_names(raw: RawTable, unknown: list[str], known: tuple[str, ...]) -> list[InputProblem]:
    """Refuse names that no file could hold, and names that some formats could not tell apart."""
    names = object_array(unknown)
    faults = parse(Column("", "text", ""), Cells(names, np.zeros(len(names), dtype=np.bool_))).faults
    problems = [
        InputProblem(raw.label, 1, name[:_SHOWN], None, f"the name {fault.message}", fault.maybe)
        for fault, name in ((fault, unknown[fault.row]) for fault in faults)
    ]
    folded = {name.casefold(): name for name in known}
    for name in unknown:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            problems.append(
                InputProblem(
                    raw.label, 1, name, None, f"differs from the column {other} by case only", f"write {other}?"
                )
            )
    return problems


def _about_unknown(label: str, unknown: list[str], known: tuple[str, ...]) -> str:
    shown = []
    for name in unknown:
        near = nearest(name.casefold(), known)
        shown.append(f"{name[:40]!r}" + (f" (maybe {near!r}?)" if near else ""))
    return f"{label}: unknown columns are kept and ignored: {', '.join(shown)}"


def _not_a_number(raw: RawTable, column: Column, cells: Cells) -> list[str]:
    """Say that NaN in a factor was taken as absent, where the caller's library has no other way to write absent."""
    if column.name not in _FACTORS or raw.library not in (None, "pandas") or cells.values.dtype.kind != "f":
        return []
    count = int(np.isnan(cells.values).sum())
    taken = "derived" if column.default is None else f"taken as {column.default:g}"
    return [f"{raw.label}, {column.name}: {count} cells are NaN and are {taken}"] if count else []


def _keep(name: str, cells: Cells) -> Parsed:
    """Return an unknown column as it came, if it came as numbers, truths or days, else as text."""
    kind = cells.values.dtype.kind
    if kind in "biuf" and not (cells.absent.any() and kind in "biu"):
        return Parsed(cells.values, cells.absent, ())
    if kind == "M":
        days = cells.values.astype("datetime64[D]")
        plain = (days == cells.values) & (days >= FIRST_DATE) & (days <= LAST_DATE)
        if (plain | cells.absent).all():
            return Parsed(days, cells.absent, ())
    texts = [None if gone else as_text(value) for value, gone in zip(cells.values, cells.absent.tolist(), strict=True)]
    return parse(Column(name, "text", ""), Cells(object_array(texts), cells.absent))


def read_settings(table: Table, label: str) -> tuple[dict[str, Any], list[InputProblem], list[str]]:
    """Return the value of every setting, the problems, and a notice for each name that is not one."""
    values: dict[str, Any] = {name: setting.default for name, setting in SETTINGS.items()}
    problems, notices = [], []
    for row, (name, text) in enumerate(zip(table["name"], table["value"], strict=True)):
        if name is None or text is None:
            continue
        if name not in SETTINGS:
            near = nearest(name, SETTINGS)
            notices.append(f"{label}: no setting is called {name[:40]!r}" + (f". Maybe {near!r}?" if near else ""))
            continue
        parsed = parse(SETTINGS[name].column, Cells(object_array([text]), np.zeros(1, dtype=np.bool_)))
        values[name] = parsed.values.tolist()[0]
        for fault in parsed.faults:
            place = int(table.source_rows[row])
            message = f"{fault.message} (setting {name})"
            problems.append(InputProblem(label, place, "value", text[:_SHOWN], message, fault.maybe))
    return values, problems, notices


def fill_defaults(tables: Mapping[str, Table], team_max: int, left: NDArray[np.bool_]) -> dict[str, Table]:
    """Fill the defaults that depend on other cells.

    Parameters
    ----------
    tables
        All tables, typed.
    team_max
        The setting that stands where an audit gives no most team.
    left
        Audits that give none, shape (audits,).
    """
    filled = dict(tables)
    if len(audits := tables["audits"]):
        filled["audits"] = _replaced(audits, _audit_defaults(audits, tables["organisations"], team_max, left))
    for name, column, source in _ENDS:
        if len(table := tables[name]) and np.isnat(table[column]).any():
            filled[name] = _replaced(table, {column: np.where(np.isnat(table[column]), source(table), table[column])})
    if len(links := tables["links"]):
        together = np.isnan(links["max_days"]) & (links["kind"] == "together")
        filled["links"] = _replaced(links, {"max_days": np.where(together, 0.0, links["max_days"])})
    return filled


def _audit_defaults(
    audits: Table, organisations: Table, team_max: int, left: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    homes = dict(zip(organisations["organisation_id"].tolist(), organisations["location"].tolist(), strict=True))
    places = [
        place if place is not None else homes.get(client)
        for place, client in zip(audits["location"].tolist(), audits["organisation_id"].tolist(), strict=True)
    ]
    deadline = np.where(np.isnat(audits["deadline"]), audits["latest"], audits["deadline"])
    most = np.where(left, np.maximum(audits["team_min"], team_max), audits["team_max"])
    return {"location": object_array(places), "deadline": deadline, "team_max": most}


def _year_later(table: Table) -> NDArray[Any]:
    """Return the last day of the year that begins on `year_start`."""
    start = table["year_start"]
    month = start.astype("datetime64[M]")
    last = (
        (month + np.timedelta64(12, "M")).astype("datetime64[D]")
        + (start - month.astype("datetime64[D]"))
        - np.timedelta64(1, "D")
    )
    return np.asarray(np.minimum(last, LAST_DATE))


_ENDS: tuple[tuple[str, str, Callable[[Table], NDArray[Any]]], ...] = (
    ("usage", "year_end", _year_later),
    ("absences", "end", lambda table: table["start"]),
    ("closures", "end", lambda table: table["start"]),
)


def _replaced(table: Table, columns: Mapping[str, NDArray[Any]]) -> Table:
    return Table(table.name, {**table.columns, **columns}, table.source_rows)
