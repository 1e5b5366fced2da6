"""Register: the checked tables of one certification body; read() and write()."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditmatch.checks import Findings, check
from auditmatch.cycle_checks import check_cycle
from auditmatch.errors import ArgumentError, InputError, InputProblem, nearest, unknown
from auditmatch.frames import native_frame, take_apart
from auditmatch.fuzzy_checks import check_fuzzy
from auditmatch.intake import Typed, fill_defaults, read_settings, type_table
from auditmatch.tables import SETTINGS, TABLES, Table


@dataclass(frozen=True, slots=True, repr=False)
class Register:
    """All tables of one certification body, checked; a table that was not supplied is empty.

    Make one with `read` or `Register.from_tables`, change one with `with_tables`. Two registers are equal when their
    tables are.

    Attributes
    ----------
    notices
        What a person should know though it is no fault: unknown columns, places without a distance.
    native
        The library that `frame` answers in: "pandas", "polars" or "pyarrow".
    """

    auditors: Table
    qualifications: Table
    absences: Table
    usage: Table
    organisations: Table
    closures: Table
    certificates: Table
    audits: Table
    audit_certificates: Table
    requirements: Table
    preferences: Table
    links: Table
    locations: Table
    calendar: Table
    settings: Table
    plan: Table
    history: Table
    sites: Table
    applications: Table
    scores: Table
    terms: Table
    fuzzy: Table
    notices: tuple[str, ...] = field(default=(), compare=False)
    native: str = field(default="pandas", compare=False)
    _settings: Mapping[str, Any] = field(default_factory=dict, compare=False)
    _lookups: dict[tuple[str, str], dict[Any, int]] = field(default_factory=dict, compare=False)

    @staticmethod
    def from_tables(tables: Mapping[str, object]) -> Register:
        """Check tables and gather them.

        Parameters
        ----------
        tables
            By table name: a data frame (pandas, polars, pyarrow), a dict of columns (lists or arrays), or a `Table`.

        Returns
        -------
        Register
            It holds a notice for each table name that is not known.

        Raises
        ------
        InputError
            With every problem of every table.
        """
        if not isinstance(tables, Mapping):
            raise ArgumentError(f"tables must be a dict of tables by name, not {type(tables).__name__}")
        return _gather(tables, {})

    def with_tables(self, **tables: object) -> Register:
        """Return a register with some tables replaced (None empties one), checked again as a whole.

        Defaults that depend on other cells were filled when this register was made and stay as they are.

        Raises
        ------
        UnknownNameError
            When a name is not that of a table.
        InputError
            With every problem of every table.
        """
        for name in tables:
            if name not in TABLES:
                raise unknown("table", name, TABLES)
        kept = {name: self.table(name) for name in TABLES if name not in tables}
        return _gather({name: value for name, value in tables.items() if value is not None}, kept, self.native)

    def part(self, rows: Mapping[str, NDArray[np.int64]]) -> Register:
        """Return a register of some rows of some tables and all of the others, not checked again."""
        fewer: dict[str, Any] = {name: self.table(name).take(kept) for name, kept in rows.items()}
        return replace(self, **fewer, _lookups={})

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        if name not in TABLES:
            raise unknown("table", name, TABLES)
        found: Table = getattr(self, name)
        return found

    def frame(self, name: str) -> Any:
        """Return a table as a data frame of the library that the register came from; pandas after reading files."""
        return native_frame(self.table(name), self.native)

    def setting(self, name: str) -> Any:
        """Return the value of a setting, or its default where the register does not name it."""
        if name not in SETTINGS:
            raise unknown("setting", name, SETTINGS)
        return self._settings.get(name, SETTINGS[name].default)

    def index(self, table: str, names: Sequence[str] | NDArray[Any], column: str | None = None) -> NDArray[np.int64]:
        """Return the row of each name in a column (default: the table's first key), -1 where it is not found.

        The first row counts where several have the name.
        """
        found = self.table(table)
        column = column or found.spec.keys[0]
        lookup = self._lookups.get((table, column))
        if lookup is None:
            values = found[column].tolist()
            lookup = dict(zip(reversed(values), range(len(values) - 1, -1, -1), strict=True))
            lookup.pop(None, None)
            self._lookups[table, column] = lookup
        wanted = names.tolist() if isinstance(names, np.ndarray) else names
        return np.array([lookup.get(name, -1) for name in wanted], dtype=np.int64)

    def write(self, target: str | Path, file_format: Literal["csv", "parquet"] = "csv") -> None:
        """Write the register; see `write`."""
        write(self, target, file_format)

    def __repr__(self) -> str:
        sizes = [f"{name} {len(self.table(name))}" for name in TABLES if len(self.table(name))]
        return f"Register({', '.join(sizes)})"


def read(
    source: str | Path | Mapping[str, object], *, absences_ics: str | Path | Sequence[str | Path] | None = None
) -> Register:
    """Read a register.

    Parameters
    ----------
    source
        A folder of .csv or .parquet files named like the tables, an .xlsx workbook with a sheet for each table, a
        .duckdb file, or a dict of tables as `Register.from_tables` takes it. Text is UTF-8 or GB18030.
    absences_ics
        Calendar files (.ics), or a folder of them, whose events are added to the absences.

    Raises
    ------
    InputError
        With every problem found.
    MissingExtraError
        When a format needs a package that is not installed.
    """
    if isinstance(source, Mapping):
        tables: Mapping[str, object] = source
    else:
        from auditmatch.files import read_tables

        tables = read_tables(source)
    if absences_ics is not None:
        from auditmatch.ics import add_absences

        tables = add_absences(tables, absences_ics)
    return Register.from_tables(tables)


def write(register: Register, target: str | Path, file_format: Literal["csv", "parquet"] = "csv") -> None:
    """Write a register, whole or not at all.

    Parameters
    ----------
    register
        What to write; empty tables are left out.
    target
        A file ending in .xlsx or .duckdb, or a folder.
    file_format
        Format of the files in a folder.

    Raises
    ------
    ArgumentError
        When the target exists and is not a register, or cannot be written.
    """
    from auditmatch.files import write_tables

    write_tables({name: register.table(name) for name in TABLES if len(register.table(name))}, target, file_format)


def _gather(given: Mapping[str, object], kept: Mapping[str, Table], native: str | None = None) -> Register:
    """Check the tables given together with those kept from a register that was checked before."""
    raw = {name: take_apart(value, name) for name, value in given.items() if name in TABLES}
    strange = tuple(str(name) for name in given if name not in TABLES)
    typed = {name: type_table(name, table) for name, table in raw.items()}
    tables = {name: typed[name].table if name in typed else kept.get(name, Table.empty(name)) for name in TABLES}
    labels = {name: raw[name].label if name in raw else name for name in TABLES}
    found = Findings(tables, labels, frozenset(name for name, table in raw.items() if table.broken), strange)
    for name, table in typed.items():
        found.problems.extend(table.problems)
        found.notices.extend(table.notices)
        if not len(table.table) and not raw[name].broken:
            found.notices.append(f"{labels[name]}: the table is empty")
    settings, problems, notices = read_settings(tables["settings"], labels["settings"])
    found.problems.extend(problems)
    found.notices.extend([*_about_strange(strange), *notices])
    filled = fill_defaults(tables, settings["team_max"], _left(typed, "audits", "team_max", len(tables["audits"])))
    checked = replace(found, tables=filled)
    check(checked)
    check_fuzzy(checked)
    check_cycle(checked)
    if checked.problems:
        raise InputError(_in_order(checked.problems, labels))
    library = native or next((table.library for table in raw.values() if table.library), "pandas")
    by_name: dict[str, Any] = dict(filled)
    return Register(**by_name, notices=tuple(checked.notices), native=library, _settings=settings)


def _left(typed: Mapping[str, Typed], name: str, column: str, count: int) -> NDArray[np.bool_]:
    return typed[name].blank[column] if name in typed else np.zeros(count, dtype=np.bool_)


def _about_strange(names: Sequence[str]) -> list[str]:
    said = []
    for name in names:
        near = nearest(name.casefold(), TABLES)
        said.append(f"no table is called {name[:40]!r}" + (f". Maybe {near!r}?" if near else ""))
    return said


def _in_order(problems: list[InputProblem], labels: Mapping[str, str]) -> list[InputProblem]:
    """Sort problems by table, whole-table ones first, then by row."""
    rank = {label: place for place, label in enumerate(labels.values())}
    return sorted(problems, key=lambda problem: (rank.get(problem.table, -1), problem.row or 0))
