"""Columns to data frames of the library that the user works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.matching.domain import Bools, Floats

Columns = dict[str, npt.NDArray[Any]]


def native_frame(columns: Mapping[str, npt.NDArray[Any]], library: str) -> Any:
    """Return a new data frame of the named library; NaN becomes null where the library tells the two apart.

    Parameters
    ----------
    columns
        Text (object), number and truth columns of one length.
    library
        "polars" or "pyarrow"; any other stands for "pandas".
    """
    backend: Literal["pandas", "polars", "pyarrow"] = "pandas"
    if library == "polars":
        backend = "polars"
    elif library == "pyarrow":
        backend = "pyarrow"
    frame: nw.DataFrame[Any] = nw.from_dict({name: values.copy() for name, values in columns.items()}, backend=backend)
    # Without rows a text column has no type yet.
    casts = [nw.col(name).cast(nw.String) for name, values in columns.items() if values.dtype.kind == "O"]
    if backend != "pandas":
        casts += [nw.col(name).fill_nan(None) for name, values in columns.items() if values.dtype.kind == "f"]
    return frame.with_columns(casts).to_native()


def greatest(columns: Columns, by: Floats, among: Bools, top: int | None) -> Columns:
    """Return the rows `among`, greatest `by` first, ties in the order they came; at most `top`, None for all.

    Raises
    ------
    ArgumentError
        For `top` below 1.
    """
    if top is not None and top < 1:
        raise ArgumentError(f"top is {top}. Maybe 10, or None for all rows?")
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(-by[rows], kind="stable")][:top]
    return {name: values[rows] for name, values in columns.items()}


def row_frame(rows: Sequence[Mapping[str, Any]], names: Sequence[str], library: str) -> Any:
    """Return a new data frame of some rows: columns of numbers as numbers (absent: NaN), all others as text."""
    columns = {}
    for name in names:
        values = [row[name] for row in rows]
        known = [value for value in values if value is not None]
        if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
            columns[name] = np.array([np.nan if v is None else v for v in values])
        else:
            columns[name] = np.fromiter(values, dtype=object, count=len(values))
    return native_frame(columns, library)
