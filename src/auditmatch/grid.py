"""Rows of cells, as a CSV file or a sheet holds them, turned into the columns of a raw table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from auditmatch.cells import Cells, as_text, object_array
from auditmatch.errors import InputProblem
from auditmatch.frames import RawTable


def from_rows(label: str, rows: Sequence[Sequence[Any]], unwrap: Callable[[str], str] = str) -> RawTable:
    """Return the raw table whose header is the first of `rows`; rows without content are skipped.

    Parameters
    ----------
    label
        How messages call the table.
    rows
        Rows as a spreadsheet shows them, so that the first is row 1; an empty cell is "" or None.
    unwrap
        What is done to each text, such as taking off the mark that keeps a formula from running.
    """
    if not rows:
        return RawTable(label, {}, np.empty(0, np.int64))
    header = [unwrap(as_text(name if name is not None else "")).strip() for name in rows[0]]
    if not any(header):
        said = InputProblem(label, 1, None, None, "the first row is blank", "put the names of the columns there?")
        return RawTable(label, {}, np.empty(0, np.int64), (said,), broken=True)
    problems, notices = _wrong_names(label, header), []
    kept, numbers, short, width = [], [], 0, len(header)
    for number, row in enumerate(rows[1:], start=2):
        if not any(row) and not _has_content(row):  # `any` alone is quick but takes 0 and False for empty
            continue
        numbers.append(number)
        if len(row) == width:
            kept.append(row)
            continue
        if _has_content(row[width:]):
            message = f"has {len(row)} cells, the header {width}"
            problems.append(InputProblem(label, number, None, None, message, "put quotes around a text with commas?"))
        short += len(row) < width
        kept.append([*row[:width], *[""] * (width - len(row))])
    if short:
        notices.append(f"{label}: {short} rows have fewer cells than the header; the rest are taken as empty")
    columns = list(zip(*kept, strict=True)) if kept else [()] * width
    cells: dict[str, Cells] = {}
    for place, (name, column) in enumerate(zip(header, columns, strict=True), start=1):
        if not name and _has_content(column):
            notices.append(f"{label}: column {place} has no name and is ignored")
        elif name and name not in cells:
            cells[name] = _cells(column, unwrap)
    return RawTable(label, cells, np.array(numbers, dtype=np.int64), tuple(problems), tuple(notices))


def _wrong_names(label: str, header: Sequence[str]) -> list[InputProblem]:
    twice = dict.fromkeys(name for name in header if name and header.count(name) > 1)
    return [InputProblem(label, 1, name, None, "two columns have this name", "rename one?") for name in twice]


def _has_content(cells: Sequence[Any]) -> bool:
    return any(cell not in ("", None) for cell in cells)


def _cells(column: Sequence[Any], unwrap: Callable[[str], str]) -> Cells:
    values = [unwrap(cell) if type(cell) is str else cell for cell in column] if unwrap is not str else column
    absent = [cell is None for cell in column] if None in column else np.zeros(len(column))
    return Cells(object_array(values), np.array(absent, dtype=np.bool_))
