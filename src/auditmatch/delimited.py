"""CSV files: UTF-8 or GB18030 in, UTF-8 out, with nothing in them that a spreadsheet would run."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path

import numpy as np

from auditmatch.cells import as_text
from auditmatch.frames import RawTable, broken
from auditmatch.grid import from_rows
from auditmatch.tables import Table

# Excel runs a text that begins so. A quote in front keeps it still; a text that has such quotes already gets one more,
# so that taking one off on reading gives back the very text.
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


def read_csv(path: Path) -> RawTable:
    """Read a CSV file as text; cells are separated by commas."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return broken(path.name, f"the file cannot be read: {error.strerror}")
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        return broken(path.name, "the file is empty", "delete it, or write the names of the columns in it?")
    text = _decode(data)
    if text is None:
        return broken(path.name, "the text is neither UTF-8 nor GB18030", "save it as CSV UTF-8?")
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return broken(path.name, f"the row cannot be read: {error}", "a quote is not closed?", len(rows) + 1)
    if len(rows[0]) == 1 and (";" in rows[0][0] or "\t" in rows[0][0]):
        return broken(path.name, "the cells are not separated by commas", "save it as CSV with commas?", 1)
    return from_rows(path.name, rows, unwrap if "'" in text else str)  # most files have nothing to take off


def write_csv(table: Table, path: Path) -> None:
    """Write a table as CSV; the mark of UTF-8 in front makes Excel show Chinese."""
    columns = [_texts(table, name) for name in table.columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([wrap(name) for name in table.columns])
        writer.writerows(zip(*columns, strict=True))


def wrap(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{text}" if _RUNS.match(text) else text


def unwrap(text: str) -> str:
    """Return the text that `wrap` was given."""
    return text[1:] if text[:1] == "'" and _QUOTED.match(text) else text


def _decode(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return None


def _texts(table: Table, name: str) -> list[str]:
    values = table[name]
    if values.dtype.kind == "M":
        return ["" if day == "NaT" else day for day in np.datetime_as_string(values).tolist()]
    if values.dtype.kind == "O":
        return ["" if value is None else wrap(value) for value in values.tolist()]
    return ["" if value != value else as_text(value) for value in values.tolist()]
