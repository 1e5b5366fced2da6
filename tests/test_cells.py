"""One column of cells, of whatever type, becomes one typed array, and every fault has a way out."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from auditmatch.cells import Cells, Parsed, as_text, object_array, parse
from auditmatch.tables import TABLES, Column

RATIO = TABLES["audits"].column("on_site")
COUNT = TABLES["audits"].column("team_min")
DATE = TABLES["audits"].column("latest")
LATER = TABLES["qualifications"].column("valid_until")
TRUTH = TABLES["auditors"].column("full_time")
TEXT = TABLES["auditors"].column("name")
CHOICE = TABLES["qualifications"].column("grade")
LIMIT = TABLES["auditors"].column("monthly_limit")


def read(column: Column, *values: Any, dtype: Any = object) -> Parsed:
    array = object_array(values) if dtype is object else np.array(values, dtype=dtype)
    absent = np.array([value is None for value in values], dtype=bool)
    return parse(column, Cells(array, absent))


def fault(column: Column, value: Any, dtype: Any = object) -> tuple[str, str | None]:
    (found,) = read(column, value, dtype=dtype).faults
    assert found.row == 0
    return found.message, found.maybe


@pytest.mark.parametrize(
    ("text", "maybe"),
    [
        ("2027-02-30", "2027-02-28?"),  # the last day that February has
        ("2028-02-30", "2028-02-29?"),  # a leap year
        ("2027-13-05", "2027-05-13?"),  # day and month swapped
        ("2027/2/3", "2027-02-03?"),
        ("2027年2月3日", "2027-02-03?"),
        ("20270203", "2027-02-03?"),
        ("03.02.2027", "2027-02-03?"),
        ("13/25/2027", None),  # no order makes a date of it
        ("２０２７-01-01", "2027-01-01?"),  # full-width digits
        ("46000", "2025-12-09?"),  # day 46,000 as spreadsheets count from 1899-12-30
        ("99999", None),  # would be in the year 2173
        (46000.0, "2025-12-09?"),
        (20270203, "2027-02-03?"),
        ("2027-01-01 10:30", "2027-01-01?"),
        ("2027-02-40 10:30", None),  # neither the day nor a near one stands
        ("soon", None),
    ],
)
def test_a_wrong_date_gets_the_date_that_is_meant(text: object, maybe: str | None) -> None:
    """A date in another form, or one day too far, is refused with the date that was probably meant."""
    message, offered = fault(DATE, text)
    assert "date" in message or "time of day" in message
    assert offered == maybe


def test_dates_come_from_text_objects_and_arrays_alike() -> None:
    """ISO text, midnight in any notation, date objects and arrays of any unit give the same days."""
    day = np.datetime64("2027-01-04", "D")
    forms = ("2027-01-04", " 2027-01-04 ", "2027-01-04T00:00:00", "2027-01-04 00:00:00.000+08:00", dt.date(2027, 1, 4))
    got = read(DATE, *forms, dt.datetime(2027, 1, 4), np.datetime64("2027-01-04"))
    assert (got.values == day).all()
    assert not got.faults
    assert read(DATE, "2027-01-04", dtype="datetime64[ns]").values.tolist() == [day.item()]


def test_a_time_of_day_is_refused_in_an_array_too() -> None:
    """A moment is no day: dropping its time in silence could move an audit."""
    assert fault(DATE, "2027-01-04T10:30", dtype="datetime64[m]") == ("has a time of day", "2027-01-04?")


@pytest.mark.parametrize("value", ["9999-12-31", "1989-12-31", dt.date(2101, 1, 1)])
def test_years_out_of_reach_are_refused(value: object) -> None:
    """9999-12-31 for "for ever" is refused, and where a cell may be empty, that is the way out."""
    assert fault(LATER, value) == ("lies outside 1990-01-01 .. 2100-12-31", "leave the cell empty?")
    assert fault(DATE, value) == ("lies outside 1990-01-01 .. 2100-12-31", None)


@pytest.mark.parametrize(
    ("value", "message", "maybe"),
    [
        ("2.5", "is not a whole number", "2?"),
        (2.5, "is not a whole number", "2?"),
        ("1,000", "is not a whole number", "1000?"),
        ("１２", "is not a whole number", "12?"),
        ("three", "is not a whole number", None),
        ("9" * 40, "is not a whole number", None),
        (True, "is not a whole number", None),
        ("0", "is below 1", "1?"),
        ("101", "is above 100", "100?"),
    ],
)
def test_a_wrong_count_gets_a_whole_number_near_it(value: object, message: str, maybe: str | None) -> None:
    """A fraction, another script or a number out of range is refused with the number that was probably meant."""
    assert fault(COUNT, value) == (message, maybe)


@pytest.mark.parametrize(
    ("value", "message", "maybe"),
    [
        ("80%", "is not a number", "0.8?"),
        ("80", "is above 1", "0.8?"),
        ("500", "is above 1", "1?"),
        ("-0.1", "is below 0", "0?"),
        ("nan", "is not a number", None),
        ("inf", "is not a number", None),
        ("1e999", "is not a number", None),
        ("0,5", "is not a number", "0.5?"),
        ("1_0", "is not a number", "10?"),
        ("x%", "is not a number", None),
    ],
)
def test_a_wrong_ratio_gets_a_ratio(value: object, message: str, maybe: str | None) -> None:
    """Per cents, NaN, infinity and numbers out of [0, 1] are refused."""
    assert fault(RATIO, value) == (message, maybe)


@pytest.mark.parametrize(("column", "value"), [(RATIO, np.inf), (COUNT, -np.inf), (RATIO, np.nan)])
def test_infinity_in_an_array_is_refused(column: Column, value: float) -> None:
    """Infinity, and a NaN that its frame does not call absent, are no numbers to reckon with."""
    assert fault(column, value, dtype=float) == ("is not a finite number", None)


def test_arrays_of_numbers_are_checked_whole() -> None:
    """Range and wholeness of arrays are checked as of texts, and huge values do not overflow."""
    assert fault(COUNT, 2.5, dtype=float) == ("is not a whole number", "2?")
    assert fault(COUNT, 2**63, dtype=np.uint64) == ("is above 100", "100?")
    assert fault(COUNT, 1e300, dtype=float) == ("is above 100", "100?")
    assert read(COUNT, 2.0, 3.0, dtype=float).values.tolist() == [2, 3]
    assert read(COUNT, 2, 3, dtype=np.int8).values.dtype == np.int64


def test_numbers_come_from_any_type() -> None:
    """Text, Python numbers, decimals and NumPy scalars give the same number; 1e2 is a whole number too."""
    got = read(RATIO, "0.5", 0.5, Decimal("0.5"), np.float32(0.5), "5e-1", ".5", "+0.5")
    assert (got.values == 0.5).all()
    assert not got.faults
    assert read(COUNT, "7.0", "70e0", 7, 7.0).values.tolist() == [7, 70, 7, 7]


@pytest.mark.parametrize(
    ("values", "expected"),
    [(("true", "Yes", "1", "是", True, 1, 1.0), True), (("FALSE", "no", "0", "否", False, 0), False)],
)
def test_truths_are_read_in_english_and_chinese(values: tuple[object, ...], expected: bool) -> None:
    """The usual spellings of yes and no are read, in any case."""
    got = read(TRUTH, *values)
    assert got.values.tolist() == [expected] * len(values)
    assert not got.faults


def test_what_is_no_truth_is_refused() -> None:
    """Neither 2 nor a word that is neither yes nor no passes for a truth."""
    assert fault(TRUTH, "maybe") == ("is neither true nor false", "true or false?")
    assert fault(TRUTH, 2, dtype=int) == ("is neither true nor false", None)
    assert read(TRUTH, 1.0, 0.0, dtype=float).values.tolist() == [True, False]


def test_choices_are_read_in_any_case_and_the_nearest_is_offered() -> None:
    """A choice in capitals is read; one misspelt is refused with the nearest."""
    assert read(CHOICE, "Lead").values.tolist() == ["lead"]
    assert fault(CHOICE, "auditer") == ("is not one of intern, auditor, lead, expert", "auditor?")
    assert fault(CHOICE, "王") == ("is not one of intern, auditor, lead, expert", None)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x" * 10_001, "has 10001 characters; 10000 is the most"),
        ("a\x00b", "has a character that cannot be shown"),
        ("a\ud800b", "has a character that cannot be shown"),
        (dt.date(2027, 4, 3), "is a date where text is wanted"),  # what a spreadsheet makes of 03.04.27
        (np.datetime64("2027-04-03"), "is a date where text is wanted"),
        (["x"], "is not the content of one cell"),
        (b"x", "is not the content of one cell"),
    ],
)
def test_what_is_no_text_is_refused(value: object, message: str) -> None:
    """Texts of book length, control characters, lists and dates that a spreadsheet made are refused."""
    assert fault(TEXT, value)[0] == message


def test_identifiers_lose_the_point_that_spreadsheets_add() -> None:
    """A spreadsheet hands 12 over as 12.0; as an identifier it is 12."""
    assert read(TEXT, 12.0, 12, "012", True, 1.5, float("1e20")).values.tolist()[:5] == [
        "12",
        "12",
        "012",
        "true",
        "1.5",
    ]
    assert read(TEXT, 12.0, 13.5, dtype=float).values.tolist() == ["12", "13.5"]
    assert read(TEXT, "2027-01-01", dtype="datetime64[D]").faults[0].message == "is a date where text is wanted"
    assert as_text(float("inf")) == "inf"


def test_blank_text_is_absent() -> None:
    """Spaces of any width around text go; nothing but spaces is an empty cell, which takes the default."""
    got = read(TEXT, "  王 芳\u3000", "   ", "", None)
    assert got.values.tolist() == ["王 芳", None, None, None]
    assert got.blank.tolist() == [False, True, True, True]
    assert read(COUNT, " ", None).values.tolist() == [1, 1]
    assert np.isnan(read(LIMIT, None, "").values).all()


def test_an_empty_cell_of_a_required_column_is_a_fault() -> None:
    """A cell that must be filled and is not is reported once, and a wrong one is not called empty too."""
    got = read(DATE, "2027-01-01", "", "never")
    assert [(one.row, one.value, one.message) for one in got.faults] == [
        (2, "never", "is not a date written YYYY-MM-DD"),
        (1, None, "the cell is empty"),
    ]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (DATE, np.full(1_000_000, np.datetime64("2027-01-04"))),
        (RATIO, np.full(1_000_000, 0.5)),
        (COUNT, np.full(1_000_000, 2)),
    ],
    ids=["date", "number", "int"],
)
def test_a_million_cells_take_well_under_a_second(column: Column, values: np.ndarray[Any, Any]) -> None:
    """Arrays are checked as arrays: a loop over a million cells would take about a second."""
    begin = time.process_time()
    assert not parse(column, Cells(values, np.zeros(len(values), dtype=bool))).faults
    assert time.process_time() - begin < 0.5
