"""Columns of any library as NumPy arrays or codes, without a copy where the memory layout allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from auditmatch.coded import Coded

Column = npt.NDArray[Any] | Coded
_PLAIN = "biufM"  # kinds of NumPy: truth, whole numbers, numbers, dates
_NARROW = 1 << 20  # whole numbers within this range are coded by a table, others by sorting


def column_of(values: Any) -> Column:
    """Return a column as it lies in memory: numbers and dates as an array, anything else by codes.

    Categories of pandas and polars and dictionaries of Arrow keep their codes; text gets codes.
    """
    if isinstance(values, Coded):
        return values
    if isinstance(values, np.ndarray):
        return values if values.dtype.kind in _PLAIN else _listed(values.tolist())
    if _is_arrow(values):
        return _from_arrow(values)
    series: Any = nw.from_native(values, series_only=True, pass_through=True)
    if not isinstance(series, nw.Series):
        array = np.asarray(values)
        return array if array.dtype.kind in _PLAIN else _listed(values)
    if series.implementation.is_pandas() and series.dtype in (nw.Categorical, nw.Enum):
        return Coded(values.array.codes, values.cat.categories.tolist())
    if series.dtype.is_numeric() or series.dtype.is_temporal() or series.dtype == nw.Boolean:
        array = series.to_numpy()
        return array if array.dtype.kind in _PLAIN else _listed(array.tolist())
    try:
        return _from_arrow(series.to_arrow())
    except ModuleNotFoundError:
        return _listed(series.to_list())


def coded(column: Column) -> Coded:
    """Return a column by codes; dates stay dates."""
    if isinstance(column, Coded):
        return column
    if column.dtype.kind == "M":
        months = column.astype("datetime64[D]")
        numbers, absent = months.astype(np.int64), np.isnat(months)
        part = _ranked(np.where(absent, 0, numbers))
        codes = np.where(absent, -1, part.codes)
        return Coded(codes, np.array(part.values, dtype="datetime64[D]").tolist() if len(part.values) else [])
    if column.dtype.kind in "ui":
        return _ranked(column.astype(np.int64, copy=False))
    values, codes = np.unique(column, return_inverse=True)
    return Coded(codes, values.tolist())


def _ranked(numbers: npt.NDArray[np.int64]) -> Coded:
    """Code whole numbers by rank."""
    if not numbers.size:
        return Coded(numbers, [])
    first, last = int(numbers.min()), int(numbers.max())
    if last - first >= _NARROW:
        values, codes = np.unique(numbers, return_inverse=True)
        return Coded(codes, values.tolist())
    offset = numbers - first
    there = np.zeros(last - first + 1, dtype=np.bool_)
    there[offset] = True
    rank = np.cumsum(there) - 1
    return Coded(rank[offset], (np.flatnonzero(there) + first).tolist())


def _listed(values: Iterable[Any]) -> Coded:
    """Code values of any kind in the order in which they come; None and NaN get -1."""
    number: dict[Any, int] = {}
    codes = [number.setdefault(value, len(number)) if value is not None and value == value else -1 for value in values]
    return Coded(np.array(codes, dtype=np.int64), list(number))


def _is_arrow(values: Any) -> bool:
    return type(values).__module__.partition(".")[0] == "pyarrow"


def _from_arrow(values: Any) -> Column:
    """Return an array of Arrow, chunked or not; empty numbers become NaN, other empty cells code -1."""
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.unify_dictionaries() if pa.types.is_dictionary(values.type) else values
        values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    if not (pa.types.is_dictionary(values.type) or _plain_type(pa.types, values.type)):
        values = values.dictionary_encode()
    if not pa.types.is_dictionary(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False))
    codes = values.indices
    if codes.null_count:
        codes = codes.cast(pa.int64()).fill_null(-1)
    return Coded(codes.to_numpy(), values.dictionary.to_pylist())


def _plain_type(types: Any, kind: Any) -> bool:
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_temporal(kind) or types.is_boolean(kind))
