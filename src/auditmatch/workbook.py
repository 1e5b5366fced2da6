"""Workbooks: one sheet a table, dates as dates, and every text as plain text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auditmatch.errors import ArgumentError, MissingExtraError, UnreadableError
from auditmatch.frames import RawTable, broken
from auditmatch.grid import from_rows
from auditmatch.tables import TABLES, Table

_MOST_ROWS = 1_048_576  # of a sheet, header included


def read_workbook(path: Path) -> dict[str, RawTable]:
    """Read every sheet whose name is that of a table; the other names stand with empty tables.

    Raises
    ------
    UnreadableError
        When the file is not a workbook.
    """
    tables: dict[str, RawTable] = {}
    with _open(path) as book:
        for sheet in book.sheet_names:
            name = sheet.strip().casefold()
            label = f"{path.name}, sheet {sheet}"
            if name not in TABLES:
                tables[f"{sheet} (sheet)"] = from_rows(label, [])
            elif name in tables:
                tables[name] = broken(label, "two sheets have this name", "rename one?")
            else:
                rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
                tables[name] = from_rows(label, rows)
    return tables


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets, in lower case."""
    with _open(path) as book:
        return tuple(sheet.strip().casefold() for sheet in book.sheet_names)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        import python_calamine
    except ImportError as error:
        raise MissingExtraError("python-calamine", "excel", "Reading a workbook") from error
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            yield book
    except python_calamine.CalamineError as error:
        raise UnreadableError(str(error)) from error


def write_workbook(tables: Mapping[str, Table], path: Path) -> None:
    """Write each table into a sheet of its name."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError("XlsxWriter", "excel", "Writing a workbook") from error
    for name, table in tables.items():
        if len(table) >= _MOST_ROWS:
            raise ArgumentError(f"{name} has {len(table)} rows; a sheet holds {_MOST_ROWS - 1}. Maybe write a folder?")
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(str(path), plain) as book:
        head, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in tables.items():
            _write_sheet(book.add_worksheet(name), table, head, day)


def _write_sheet(sheet: Any, table: Table, head: Any, day: Any) -> None:
    sheet.freeze_panes(1, 0)
    for place, (name, values) in enumerate(table.columns.items()):
        sheet.set_column(place, place, max(12, min(40, len(name) + 2)))
        sheet.write_string(0, place, name, head)
        kind = values.dtype.kind
        for row, value in enumerate(values.tolist(), start=1):
            if value is None or value != value:
                continue
            if kind == "O" or value in (math.inf, -math.inf):
                sheet.write_string(row, place, str(value))  # a sheet has no infinity
            elif kind == "M":
                sheet.write_datetime(row, place, value, day)
            elif kind == "b":
                sheet.write_boolean(row, place, value)
            else:
                sheet.write_number(row, place, _Exact(value))


class _Exact(float):
    """A number that keeps its 17 digits; XlsxWriter would write 16 of them."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))
