"""Registers go to disk and come back unchanged in every format; what cannot be read or written is said clearly."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from register_samples import TEXTS, Columns, registers, small

import auditmatch as am
from auditmatch.delimited import unwrap, wrap
from auditmatch.errors import ArgumentError, InputError, MissingExtraError
from auditmatch.register import Register
from auditmatch.tables import TABLES

FORMATS = [("cb", "csv"), ("cb", "parquet"), ("cb.xlsx", "csv"), ("cb.duckdb", "csv")]
NASTY = [
    "=cmd|'/c calc'!A0",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "'=1",
    "''-1",
    'a"b',
    "a,b;c",
    "a\r\nb",
]
SEVERAL = [f"A{k}" for k in range(len(NASTY))]


def nasty() -> Register:
    return Register.from_tables({"auditors": {"auditor_id": SEVERAL, "name": NASTY, "=theirs": NASTY[::-1]}})


def wrong(source: Path) -> str:
    with pytest.raises(InputError) as caught:
        am.read(source)
    return "\n".join(map(str, caught.value.problems))


def folder(path: Path, **files: str | bytes) -> Path:
    """Write a good register to `path`, then put other texts in the place of some of its CSV files."""
    Register.from_tables(small()).write(path)
    for name, content in files.items():
        (path / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# Round trips ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "file_format"), FORMATS, ids=["csv", "parquet", "xlsx", "duckdb"])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(tables=registers())
def test_a_register_comes_back_unchanged(
    tmp_path: Path, name: str, file_format: Any, tables: dict[str, Columns]
) -> None:
    """Whatever the texts - Chinese, quotes, line ends, formulas - each format gives back the very register."""
    register = Register.from_tables(tables)
    register.write(tmp_path / name, file_format)
    assert am.read(tmp_path / name) == register
    assert os.listdir(tmp_path) == [name]  # no temporary file is left


@pytest.mark.parametrize(("name", "file_format"), FORMATS, ids=["csv", "parquet", "xlsx", "duckdb"])
def test_texts_that_a_spreadsheet_would_run_come_back_unchanged(tmp_path: Path, name: str, file_format: Any) -> None:
    """Formulas in names and in headers survive every format."""
    nasty().write(tmp_path / name, file_format)
    again = am.read(tmp_path / name)
    assert again == nasty()
    assert again.native == "pandas"


def test_nothing_in_a_csv_file_is_a_formula(tmp_path: Path) -> None:
    """No cell of the file begins with a sign that Excel runs; numbers below zero are numbers."""
    register = nasty().with_tables(locations={"location": ["-x"], "latitude": [-33.9], "longitude": [-70.6]})
    am.write(register, tmp_path / "cb")
    with (tmp_path / "cb" / "auditors.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert (tmp_path / "cb" / "locations.csv").read_text("utf-8-sig").splitlines()[1] == "'-x,-33.9,-70.6,"


@given(TEXTS)
def test_the_quote_in_front_goes_on_and_off(text: str) -> None:
    """Wrapping is undone exactly, also for texts that had such quotes before, and leaves others alone."""
    assert unwrap(wrap(text)) == text
    assert wrap("plain 'text'") == "plain 'text'"
    assert unwrap("'tis") == "'tis"


def test_a_workbook_has_frozen_headers_dates_and_plain_text(tmp_path: Path) -> None:
    """Dates are dates, formulas are text, and the header row stays in sight."""
    register = nasty().with_tables(usage={"auditor_id": ["A1"], "year_start": ["2027-01-01"], "days_used": [1.5]})
    register.write(tmp_path / "cb.xlsx")
    with python_calamine.CalamineWorkbook.from_path(str(tmp_path / "cb.xlsx")) as book:
        assert book.sheet_names == ["auditors", "usage"]
        head, row = book.get_sheet_by_name("usage").to_python()
        assert book.get_sheet_by_name("auditors").to_python()[1][1] == NASTY[0]
    assert head == list(TABLES["usage"].names)
    assert [str(cell) for cell in row] == ["A1", "2027-01-01", "2027-12-31", "1.5", "0.0"]
    with zipfile.ZipFile(tmp_path / "cb.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet


def test_columns_of_their_own_survive_a_workbook(tmp_path: Path) -> None:
    """Infinity and dates that a spreadsheet cannot hold are written as text; numbers keep all their digits."""
    theirs = {"ratio": np.array([0.1 + 0.2, np.inf]), "built": np.array(["1750-01-01", "NaT"], dtype="datetime64[D]")}
    Register.from_tables(small(auditors=theirs)).write(tmp_path / "cb.xlsx")
    again = am.read(tmp_path / "cb.xlsx").auditors
    assert again["ratio"].tolist() == ["0.30000000000000004", "inf"]
    assert again["built"].tolist() == ["1750-01-01", None]


def test_what_others_can_read_is_typed(tmp_path: Path) -> None:
    """Parquet and DuckDB files hold dates, numbers and truths, not texts."""
    register = Register.from_tables(small())
    register.write(tmp_path / "cb", "parquet")
    register.write(tmp_path / "cb.duckdb")
    schema = pq.read_schema(tmp_path / "cb" / "audits.parquet")
    assert schema.field("latest").type == pa.date32()
    with duckdb.connect(str(tmp_path / "cb.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT latest FROM audits").types == [duckdb.type("DATE")]


def test_a_workbook_of_numbers_gives_identifiers(tmp_path: Path) -> None:
    """Excel stores the identifier 12 as 12.0; it is read as 12, and empty sheets and error cells are empty."""
    with xlsxwriter.Workbook(str(tmp_path / "cb.xlsx")) as book:
        sheet = book.add_worksheet(" Auditors ")
        sheet.write_row(0, 0, ["auditor_id", "health", "full_time", "name"])
        sheet.write_row(2, 0, [12, 0, False])
        sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
        book.add_worksheet("Sheet1")
        book.add_worksheet("usage")
    register = am.read(tmp_path / "cb.xlsx")
    assert register.auditors["auditor_id"].tolist() == ["12"]
    assert register.auditors["name"].tolist() == [None]
    assert register.auditors["full_time"].tolist() == [False]
    assert register.auditors.source_rows.tolist() == [3]  # the second row is blank
    assert "no table is called 'Sheet1 (sheet)'" in register.notices
    assert "cb.xlsx, sheet usage: the table is empty" in register.notices


# Text files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without its mark, and what Chinese Excel writes, give the same text."""
    source = folder(tmp_path / "cb", auditors="auditor_id,name\r\nA1,王芳\r\nA2,李雷\r\n".encode(encoding))
    assert am.read(source).auditors["name"].tolist() == ["王芳", "李雷"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "auditors.csv: the file is empty. Maybe delete it, or write the names of the columns in it?"),
        (b"\xef\xbb\xbf\r\n", "auditors.csv: the file is empty"),
        (b"auditor_id\n\xff\xff", "auditors.csv: the text is neither UTF-8 nor GB18030. Maybe save it as CSV UTF-8?"),
        ("auditor_id\nA1".encode("utf-16"), "auditors.csv: the text is neither UTF-8 nor GB18030"),
        (b'auditor_id,name\nA1,"x\nA2,y\n', "auditors.csv row 2: the row cannot be read: unexpected end of data"),
        (b'auditor_id,name\nA1,"x"y\nA2,y\n', "auditors.csv row 2: the row cannot be read"),
        (b"auditor_id;name\nA1;x\n", "auditors.csv row 1: the cells are not separated by commas. Maybe save it as"),
        (b",\nA1,A2\n", "auditors.csv row 1: the first row is blank. Maybe put the names of the columns there?"),
        (b"auditor_id,name,name\nA1,x,y\nA2,x,y", "auditors.csv row 1, name: two columns have this name. Maybe rename"),
        (b"auditor_id,name\nA1,Li, Lei\nA2,x", "auditors.csv row 2: has 3 cells, the header 2. Maybe put quotes"),
        (b"auditor_id,health\nA1,1\nA2,\xc2\xbd", "auditors.csv row 3, health: \u00bd is not a number"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_said_with_its_row(tmp_path: Path, content: bytes, said: str) -> None:
    """Empty files, foreign encodings, unclosed quotes and ragged rows are problems, not tracebacks."""
    assert said in wrong(folder(tmp_path / "cb", auditors=content))


def test_a_cell_of_forty_megabytes_is_a_problem(tmp_path: Path) -> None:
    """A runaway cell is reported with its row, whether or not the csv module was told to let it pass."""
    source = folder(tmp_path / "cb", auditors=b"auditor_id,name\nA1,x\nA2," + b"x" * 40_000_000)
    assert "auditors.csv row 3: the row cannot be read: field larger than field limit" in wrong(source)
    before = csv.field_size_limit(sys.maxsize)
    try:
        assert "auditors.csv row 3, name: xxxxxxxx" in wrong(source)
    finally:
        csv.field_size_limit(before)


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    """Line ends inside quotes do not count, blank lines do, and both are skipped rightly."""
    text = 'auditor_id,name\nA1,"two\nlines"\n\n,\n"  ",\nA2,x\nA1,y\n'
    assert wrong(folder(tmp_path / "cb", auditors=text)).splitlines() == [
        "auditors.csv row 5, auditor_id: the cell is empty",
        "auditors.csv row 7, auditor_id: A1 stands already in row 2. Maybe delete one of them?",
    ]


def test_short_rows_and_nameless_columns_are_noticed(tmp_path: Path) -> None:
    """A row cut short ends in empty cells; a column without a name is left out if it holds anything."""
    source = folder(tmp_path / "cb", auditors="auditor_id,name,,\nA1\nA2,x,y,\n")
    register = am.read(source)
    assert register.auditors["name"].tolist() == [None, "x"]
    assert [notice for notice in register.notices if notice.startswith("auditors.csv")] == [
        "auditors.csv: 1 rows have fewer cells than the header; the rest are taken as empty",
        "auditors.csv: column 3 has no name and is ignored",
        "auditors.csv: 2 rows have no location; their distances are taken as 0 km",
    ]


def test_a_table_with_a_header_alone_is_noticed(tmp_path: Path) -> None:
    """A file that waits for its rows is no fault."""
    source = folder(tmp_path / "cb", closures="organisation_id,start,end,reason\n")
    assert am.read(source).notices == ("closures.csv: the table is empty",)


# What cannot be read -------------------------------------------------------------------------------------------------


def corrupt(path: Path) -> None:
    Register.from_tables(small()).write(path)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("cb", lambda path: path.with_name("cbs").mkdir(), "there is no such file or folder. Maybe cbs?"),
        ("cb", Path.mkdir, "holds no table. Maybe name the tables auditors, qualifications, absences and so on?"),
        ("cb.xlsx", corrupt, "cannot be read: invalid Zip archive"),
        ("cb.xlsx", lambda path: path.write_bytes(b""), "cannot be read: "),
        ("cb.duckdb", lambda path: path.write_bytes(b"hello"), "it is not a valid DuckDB database file"),
        ("cb.txt", lambda path: path.write_bytes(b"x"), "is neither a folder nor an .xlsx or .duckdb file"),
        ("a.csv", lambda path: path.write_bytes(b"x"), ".duckdb file. Maybe read the folder that holds it?"),
    ],
)
def test_a_source_that_cannot_be_read_is_said(
    tmp_path: Path, name: str, make: Callable[[Path], None], said: str
) -> None:
    """Missing, empty, corrupt and foreign sources each have a sentence of their own."""
    make(tmp_path / name)
    found = wrong(tmp_path / name)
    assert found.startswith(str(tmp_path / name))
    assert said in found


def test_a_folder_that_holds_the_register_as_a_file_says_so(tmp_path: Path) -> None:
    """Given the folder around a workbook, the workbook is offered; given a misspelt table, its name."""
    Register.from_tables(small()).write(tmp_path / "a" / "cb.xlsx")
    assert "holds no table. Maybe read cb.xlsx in it?" in wrong(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "Audit.csv").write_text("audit_id\n")
    assert "holds no table. Maybe rename Audit.csv to audits?" in wrong(tmp_path / "b")


@pytest.mark.parametrize("source", [5, None, "", b"cb"])
def test_what_is_no_path_is_refused(source: Any) -> None:
    """Only a path or a dict of tables can be read."""
    with pytest.raises((ArgumentError, InputError)):
        am.read(source)


def test_files_that_are_no_table_are_noticed(tmp_path: Path) -> None:
    """Other CSV files in the folder are left alone, with the nearest table's name; other kinds are not looked at."""
    source = folder(tmp_path / "cb", absence="auditor_id\n", hotels="audit_id\n", unserved="audit_id\n")
    (source / "notes.txt").write_text("x")
    (source / ".hidden.csv").write_text("x")
    assert am.read(source).notices == (
        "no table is called 'absence.csv'. Maybe 'absences'?",
        "no table is called 'hotels.csv'",
    )


def test_a_table_in_two_files_is_a_problem(tmp_path: Path) -> None:
    """Nobody can say which of audits.csv and audits.parquet is meant."""
    source = folder(tmp_path / "cb")
    Register.from_tables(small()).write(tmp_path / "other", "parquet")
    shutil.copy(tmp_path / "other" / "audits.parquet", source)
    assert wrong(source) == "audits: stands in two files, audits.csv and audits.parquet. Maybe delete one?"


def test_a_parquet_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """One corrupt file does not hide what is wrong with the others, and nothing that refers to it is blamed."""
    Register.from_tables(small()).write(tmp_path / "cb", "parquet")
    (tmp_path / "cb" / "organisations.parquet").write_bytes(b"PAR1")
    assert "organisations.parquet: the file cannot be read: Parquet file size is 4 bytes" in wrong(tmp_path / "cb")
    assert "row" not in wrong(tmp_path / "cb")
    double = pa.Table.from_arrays([pa.array(["A"]), pa.array(["B"])], names=["audit_id", "audit_id"])
    pq.write_table(double, tmp_path / "cb" / "organisations.parquet")
    assert "organisations.parquet: the frame cannot be read: Expected unique column names" in wrong(tmp_path / "cb")


def test_null_and_nan_in_a_file_are_told_apart(tmp_path: Path) -> None:
    """In Parquet a null is an empty cell, and a NaN a number that is none."""
    register = Register.from_tables(small(organisations={"policy": [None]}))
    register.write(tmp_path / "cb", "parquet")
    assert am.read(tmp_path / "cb").notices == ()
    frame = pl.read_parquet(tmp_path / "cb" / "organisations.parquet").with_columns(policy=pl.lit(float("nan")))
    frame.write_parquet(tmp_path / "cb" / "organisations.parquet")
    assert wrong(tmp_path / "cb") == "organisations.parquet row 2, policy: nan is not a finite number"


def test_two_sheets_of_one_table_are_a_problem(tmp_path: Path) -> None:
    """Sheet names may differ by spaces; two sheets of one table cannot both be meant."""
    with xlsxwriter.Workbook(str(tmp_path / "cb.xlsx")) as book:
        for name in ("auditors", "Auditors "):
            book.add_worksheet(name).write_row(0, 0, ["auditor_id"])
    assert "cb.xlsx, sheet Auditors : two sheets have this name. Maybe rename one?" in wrong(tmp_path / "cb.xlsx")


def test_other_tables_of_a_database_are_noticed(tmp_path: Path) -> None:
    """A DuckDB file may hold tables and views of its own."""
    Register.from_tables(small()).write(tmp_path / "cb.duckdb")
    with duckdb.connect(str(tmp_path / "cb.duckdb")) as connection:
        connection.execute('CREATE VIEW "my ""view" AS SELECT 1 AS x')
    assert am.read(tmp_path / "cb.duckdb").notices == ("no table is called 'my \"view (table)'",)


# What cannot be written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "file_format"), FORMATS, ids=["csv", "parquet", "xlsx", "duckdb"])
def test_a_register_is_written_over_an_older_one(tmp_path: Path, name: str, file_format: Any) -> None:
    """The new register takes the place of the old; tables that it lacks are gone, other files stay."""
    old = Register.from_tables(small(closures={"organisation_id": ["O1"], "start": ["2027-01-04"]}))
    old.write(tmp_path / name)
    if (tmp_path / name).is_dir():
        (tmp_path / name / "notes.txt").write_text("keep")
    Register.from_tables(small()).write(tmp_path / name, file_format)
    assert am.read(tmp_path / name) == Register.from_tables(small())
    if (tmp_path / name).is_dir():
        assert (tmp_path / name / "notes.txt").read_text() == "keep"


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("cb", lambda path: (path.mkdir(), (path / "photo.jpg").touch()), "is not empty and not a register"),
        ("cb", Path.touch, "is a file. Maybe name a folder, or end the name in .xlsx or .duckdb?"),
        ("cb.xlsx", Path.mkdir, "is a folder. Maybe give a name without .xlsx?"),
        ("cb.xlsx", lambda path: path.write_text("mine"), "exists and is not a register. Maybe choose another name"),
        ("cb.duckdb", lambda path: path.write_text("mine"), "exists and is not a register"),
        ("cb.duckdb", lambda path: path.with_name("cb.duckdb.wal").touch(), "is open in another program"),
        ("cb.csv", lambda path: None, "cannot be written. Maybe name a folder"),
        ("cb.ods", lambda path: None, "cannot be written. Maybe name a folder"),
    ],
)
def test_what_is_not_a_register_is_not_overwritten(
    tmp_path: Path, name: str, make: Callable[[Path], Any], said: str
) -> None:
    """A slip in the target's name must not cost the user a folder of photographs."""
    make(tmp_path / name)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(ArgumentError) as caught:
        Register.from_tables(small()).write(tmp_path / name)
    assert said in str(caught.value)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_another_workbook_is_not_overwritten(tmp_path: Path) -> None:
    """A workbook or database without any table of a register is somebody's; an empty file is nobody's."""
    with xlsxwriter.Workbook(str(tmp_path / "cb.xlsx")) as book:
        book.add_worksheet("Budget")
    with duckdb.connect(str(tmp_path / "cb.duckdb")) as connection:
        connection.execute("CREATE TABLE budget AS SELECT 1 AS x")
    for name in ("cb.xlsx", "cb.duckdb"):
        with pytest.raises(ArgumentError, match="exists and is not a register"):
            Register.from_tables(small()).write(tmp_path / name)
    (tmp_path / "empty.xlsx").touch()
    Register.from_tables(small()).write(tmp_path / "empty.xlsx")
    assert am.read(tmp_path / "empty.xlsx") == Register.from_tables(small())


def test_an_empty_folder_and_folders_to_be_made_are_fine(tmp_path: Path) -> None:
    """The folder may be there already, with hidden files, or may have to be made with those above it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").touch()
    for target in (tmp_path / "empty", tmp_path / "new" / "deep", str(tmp_path / "text")):
        Register.from_tables(small()).write(target)
        assert am.read(target) == Register.from_tables(small())


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    """Folders hold CSV or Parquet."""
    with pytest.raises(ArgumentError, match="file_format is 'json'"):
        Register.from_tables(small()).write(tmp_path / "cb", "json")  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [3, 10])
def test_a_failure_half_way_leaves_the_old_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """When a file cannot be moved, those moved before go back: no mixture of old and new is left."""
    old, new = Register.from_tables(small()), Register.from_tables(small(auditors={"name": ["x", "y"]}))
    old.write(tmp_path / "cb")
    moved, rename = [], os.rename

    def failing(source: Any, target: Any) -> None:
        moved.append(source)
        if len(moved) == step:  # six files go out, six come in
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(ArgumentError, match="cannot be written: No space left on device"):
        new.write(tmp_path / "cb")
    monkeypatch.undo()
    assert am.read(tmp_path / "cb") == old
    assert os.listdir(tmp_path) == ["cb"]


def test_a_failure_while_building_leaves_nothing(tmp_path: Path) -> None:
    """A sheet that cannot hold the table is known before anything is written."""
    count = 1_048_576
    many = Register.from_tables({"auditors": {"auditor_id": np.arange(count)}})
    with pytest.raises(ArgumentError, match="auditors has 1048576 rows; a sheet holds 1048575"):
        many.write(tmp_path / "cb.xlsx")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("package", "name", "file_format", "install"),
    [
        ("pyarrow", "cb", "parquet", "io"),
        ("duckdb", "cb.duckdb", "csv", "io"),
        ("python_calamine", "cb.xlsx", "csv", "excel"),
        ("xlsxwriter", "cb.xlsx", "csv", "excel"),
    ],
)
def test_a_missing_package_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, name: str, file_format: Any, install: str
) -> None:
    """Whoever lacks an optional package is told the command that installs it."""
    register = Register.from_tables(small())
    register.write(tmp_path / name, file_format)
    for module in [module for module in sys.modules if module.split(".")[0] == package]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.parquet", None)
    act = [lambda: am.read(tmp_path / name), lambda: register.write(tmp_path / "new" / name, file_format)]
    refused = [one for one in act if package in ("pyarrow", "duckdb") or (package == "xlsxwriter") == (one is act[1])]
    for one in refused:
        with pytest.raises(MissingExtraError, match=rf"pip install 'auditmatch\[{install}\]'"):
            one()


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_cause_another_error(tmp_path: Path, content: bytes) -> None:
    """Any rubbish in a file is either a table or a clear problem."""
    for name in ("cb/auditors.csv", "cp/auditors.parquet", "cb.xlsx", "cb.duckdb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        source = path if path.parent == tmp_path else path.parent
        with contextlib.suppress(InputError):
            am.read(source)
