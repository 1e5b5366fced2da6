"""Frames of every library are taken apart alike, and come back with dates as dates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from auditmatch.frames import native_frame, take_apart
from auditmatch.register import Register
from auditmatch.tables import Table

COLUMNS: dict[str, list[Any]] = {
    "text": ["x", None, "王"],
    "whole": [1, None, 3],
    "number": [1.5, None, 2.5],
    "day": [dt.date(2027, 1, 1), None, dt.date(2027, 1, 3)],
    "moment": [dt.datetime(2027, 1, 1), None, None],
    "truth": [True, None, False],
    "money": [Decimal("1.5"), None, None],
}
MAKERS = {
    "pandas": pd.DataFrame,
    "pandas nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "pandas arrow": lambda columns: pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "lists": dict,
    "series": lambda columns: {name: pl.Series(name, values) for name, values in columns.items()},
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_absent_cells_are_absent_in_every_library(maker: Any) -> None:
    """None, NaN, NaT and NA all mean that nothing stands there."""
    raw = take_apart(maker(COLUMNS), "t")
    assert not raw.problems
    assert raw.source_rows.tolist() == [2, 3, 4]
    for name, values in COLUMNS.items():
        assert raw.columns[name].absent.tolist() == [value is None for value in values], name


@pytest.mark.parametrize("value", [5, "x", [{"a": 1}], None])
def test_what_is_no_table_is_refused(value: object) -> None:
    """A number or a list of rows is no table; the message says what to give."""
    (problem,) = take_apart(value, "audits").problems
    assert "is not a table. Maybe give a data frame or a dict of columns?" in str(problem)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": "x"}, "a is str, not a list or an array of cells"),
        ({"a": 5}, "a is int, not a list or an array of cells"),
        ({"a": np.zeros((2, 2))}, "a is ndarray, not a list or an array of cells"),
        ({"a": [1], "b": []}, "the columns differ in length: a 1, b 0"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "the frame cannot be read"),
        (pd.DataFrame([[1, 2]], columns=["a", " a"]), "two columns have the same name but for spaces"),
    ],
)
def test_columns_that_do_not_fit_together_are_refused(value: object, said: str) -> None:
    """Columns of different length, no columns at all and names that stand twice are reported."""
    assert said in str(take_apart(value, "audits").problems[0])


def test_columns_of_a_dict_may_be_arrays_and_lists_of_anything() -> None:
    """Arrays keep their type, and lists get the type that their elements share."""
    raw = take_apart(
        {"a": np.array([1, 2]), "b": (1, 2), "c": [True, False], "d": [10**30, 1], "e": [1, 2.5], "f": [[1], [2]]}, "t"
    )
    assert "".join(cells.values.dtype.kind for cells in raw.columns.values()) == "iibOOO"
    assert take_apart({"a": np.array(["NaT", "2027-01-01"], "M8[D]")}, "t").columns["a"].absent.tolist() == [
        True,
        False,
    ]
    assert take_apart({"a": [np.datetime64("NaT", "D"), pd.NaT, pd.NA, 1]}, "t").columns["a"].absent.tolist() == [
        1,
        1,
        1,
        0,
    ]


def test_a_moment_keeps_the_day_of_its_own_zone() -> None:
    """Midnight in Shanghai is not the evening before."""
    frame = pl.DataFrame({"day": [dt.datetime(2027, 1, 4)]}).with_columns(
        pl.col("day").dt.replace_time_zone("Asia/Shanghai")
    )
    assert take_apart(frame, "t").columns["day"].values.astype("datetime64[D]").tolist() == [dt.date(2027, 1, 4)]


@pytest.mark.parametrize(
    "made", [pd.Series(["x", None], dtype="category"), pl.Series(["x", None], dtype=pl.Categorical)]
)
def test_categories_are_text(made: Any) -> None:
    """A column of categories is read as the text of its cells."""
    cells = take_apart({"a": made}, "t").columns["a"]
    assert cells.values.tolist()[0] == "x"
    assert cells.absent.tolist() == [False, True]


def plan() -> Table:
    auditors = {"auditor_id": ["A1"], "until": ["2027-12-31"], "theirs": np.array([7])}
    return Register.from_tables({"auditors": auditors}).auditors


def linked() -> Table:
    cells = {"max_days": np.array([np.nan, 5.0]), "min_days": np.array([1, 1])}
    return Table("links", cells, np.arange(2, 4))


def test_frames_come_back_with_the_types_of_their_columns() -> None:
    """Dates are dates, truths truths, and a number that is absent is null where the library has nulls."""
    polars = native_frame(plan(), "polars")
    assert isinstance(polars, pl.DataFrame)
    assert polars.schema["until"] == pl.Date
    assert polars["from"].to_list() == [None]
    assert polars["monthly_limit"].to_list() == [None]
    whole = native_frame(linked(), "polars")["max_days"]
    assert (whole.dtype, whole.to_list()) == (pl.Int64, [None, 5])
    assert polars["full_time"].to_list() == [True]
    arrow = native_frame(plan(), "pyarrow")
    assert arrow.schema.field("until").type == pa.date32()
    assert arrow.schema.field("health").type == pa.float64()
    pandas = native_frame(plan(), "pandas")
    assert pandas["until"].tolist() == [pd.Timestamp("2027-12-31")]
    assert pandas["theirs"].tolist() == [7]
    assert isinstance(native_frame(plan(), "modin"), pd.DataFrame)


def test_a_frame_can_be_written_without_touching_the_table() -> None:
    """A frame handed out is a copy: the register stays as it was checked."""
    table = plan()
    frame = native_frame(table)
    frame.loc[0, "health"] = 0.0
    assert table["health"].tolist() == [1.0]


@pytest.mark.parametrize("native", ["pandas", "polars", "pyarrow"])
def test_every_library_can_hold_an_empty_table(native: str) -> None:
    """A table without rows is a frame with all columns, and is read back as such."""
    empty = Table.empty("plan")
    assert take_apart(native_frame(empty, native), "plan").columns.keys() == empty.columns.keys()
