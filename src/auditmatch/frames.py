"""Frames of any library: taken apart into columns of cells on the way in, built from a table on the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from auditmatch.cells import Cells, object_array
from auditmatch.errors import InputProblem
from auditmatch.tables import Table

_Backend = Literal["pandas", "polars", "pyarrow"]
_BACKENDS: dict[str, _Backend] = {"polars": "polars", "pyarrow": "pyarrow"}
_PLAIN = {int: np.int64, float: np.float64, bool: np.bool_}


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as it came, before any check.

    Attributes
    ----------
    label
        How messages call it: the file's name when it was read from one ("audits.csv"), else the table's.
    columns
        Cells by column name, all of one length.
    source_rows
        Row of each line as a person counts it, shape (rows,).
    problems
        What was found wrong on the way here.
    notices
        What a person should know, though it is no fault.
    library
        The library of the frame that it came as; None when it was not a frame, "" when a file gave the frame.
    broken
        True when the content is lost, so that nothing that refers to it can be checked.
    """

    label: str
    columns: Mapping[str, Cells]
    source_rows: NDArray[np.int64]
    problems: tuple[InputProblem, ...] = ()
    notices: tuple[str, ...] = ()
    library: str | None = None
    broken: bool = False


def broken(label: str, message: str, maybe: str | None = None, row: int | None = None) -> RawTable:
    """Return a table of which nothing can be used, with the one problem that says why."""
    problem = InputProblem(label, row, None, None, message, maybe)
    return RawTable(label, {}, np.empty(0, np.int64), (problem,), broken=True)


def take_apart(value: object, label: str) -> RawTable:
    """Return the columns of a frame of any library, of a dict of columns, or of a checked table."""
    if isinstance(value, RawTable):
        return value
    if isinstance(value, Table):
        columns = {name: Cells(array, _absent(array)) for name, array in value.columns.items()}
        return RawTable(label, columns, value.source_rows)
    if isinstance(value, Mapping):
        return _from_columns(value, label)
    try:
        frame = nw.from_native(value)  # type: ignore[call-overload]
        frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        columns = {str(column.name).strip(): cells_of(column) for column in frame.iter_columns()}
    except TypeError:
        return broken(label, f"{type(value).__name__} is not a table", "give a data frame or a dict of columns?")
    except (ValueError, ArithmeticError, nw.exceptions.NarwhalsError) as error:  # two columns of one name, among others
        why = (str(error) or type(error).__name__).splitlines()[0]
        maybe = "rename a column?" if isinstance(error, nw.exceptions.DuplicateError) else None
        return broken(label, f"the frame cannot be read: {why}", maybe)
    if len(columns) < len(frame.columns):
        return broken(label, "two columns have the same name but for spaces", "rename one?")
    return RawTable(label, columns, _rows(len(frame)), library=str(frame.implementation))


def _rows(count: int) -> NDArray[np.int64]:
    return np.arange(2, count + 2, dtype=np.int64)


def _from_columns(value: Mapping[Any, object], label: str) -> RawTable:
    columns: dict[str, Cells] = {}
    for name, content in value.items():
        cells = _from_column(content)
        if cells is None:
            return broken(label, f"{name} is {type(content).__name__}, not a list or an array of cells")
        columns[str(name).strip()] = cells
    lengths = {name: len(cells.values) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
        return broken(label, f"the columns differ in length: {shown}")
    return RawTable(label, columns, _rows(next(iter(lengths.values()), 0)))


def _from_column(content: object) -> Cells | None:
    if isinstance(content, np.ndarray) and content.ndim == 1:
        return Cells(content, _absent(content))
    if isinstance(content, Sequence) and not isinstance(content, (str, bytes)):
        array = _array(content)
        return Cells(array, _absent(array))
    try:
        return cells_of(nw.from_native(content, series_only=True))
    except TypeError:
        return None


def _array(content: Sequence[object]) -> NDArray[Any]:
    """Return a list as an array of the plain type that all its elements share, else of objects."""
    types = set(map(type, content))
    if len(types) == 1 and (plain := _PLAIN.get(types.pop())):
        try:
            return np.array(content, dtype=plain)
        except OverflowError:
            return object_array(content)
    return object_array(content)


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind == "M":
        return np.asarray(np.isnat(values))
    if values.dtype.kind == "O":
        return np.array([value is None or _is_missing(value) for value in values.tolist()], dtype=np.bool_)
    return np.zeros(len(values), dtype=np.bool_)


def _is_missing(value: object) -> bool:
    """Tell NaN, NaT and pandas' NA, none of which equals itself, from a value."""
    if type(value) is str:
        return False
    return type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, (float, np.generic)) and value != value)


def cells_of(series: Any) -> Cells:
    """Return the cells of one Narwhals series; dates keep the day of their own time zone."""
    dtype = series.dtype
    if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
        series = series.dt.replace_time_zone(None)
    if isinstance(dtype, (nw.Categorical, nw.Enum)):
        series = series.cast(nw.String)
    absent = np.asarray(series.is_null().to_numpy(), dtype=np.bool_)
    values = np.asarray(series.to_numpy())
    if values.dtype.kind == "O":
        absent = absent | _absent(values)
    return Cells(values, absent)


def native_frame(table: Table, native: str = "pandas") -> Any:
    """Return a table as a data frame of the library called `native`, with dates as dates and text as text."""
    backend = _BACKENDS.get(native, "pandas")
    kinds = {column.name: column.kind for column in table.spec.columns}
    series = {
        name: nw.new_series(name, *_for_frame(values, kinds.get(name) == "int", native), backend=backend)
        for name, values in table.columns.items()
    }
    return nw.from_dict(series, backend=backend).to_native()


def _for_frame(values: NDArray[Any], whole: bool, native: str) -> tuple[Any, Any]:
    """Return what `nw.new_series` wants; only pandas takes NaN and NaT for absent, the others want None."""
    if values.dtype.kind == "O":
        return values.tolist(), nw.String
    if native == "pandas":
        return values.astype("datetime64[s]") if values.dtype.kind == "M" else values.copy(), None
    if values.dtype.kind == "M":
        return values.tolist(), nw.Date
    if values.dtype.kind == "f":
        some = [None if value != value else value for value in values.tolist()]
        return (some, nw.Float64) if not whole else ([None if v is None else int(v) for v in some], nw.Int64)
    return values.copy(), None
