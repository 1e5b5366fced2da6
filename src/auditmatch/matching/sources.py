"""Where rows come from: dicts of arrays, frames, Arrow tables, Parquet files, DuckDB, or batches of any of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from auditmatch.coded import Coded
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.matching.batches import Column, column_of
from auditmatch.matching.domain import Ints
from auditmatch.matching.members import Members

BATCH: Final = 1 << 18  # rows
Batch = Mapping[str, Column]
_DATABASES = (".duckdb", ".ddb", ".db")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One table, read in batches.

    Attributes
    ----------
    names
        Its columns.
    library
        Library of the frame that it came as; "" when it was none.
    read
        Yields batches of the columns named.
    by
        Returns the same table sorted by a column; None where that takes more memory than a batch.
    order
        The row of the table as given of each row as read; None where rows come as given.
    """

    names: tuple[str, ...]
    library: str
    read: Callable[[Sequence[str]], Iterator[Batch]]
    by: Callable[[str], Source] | None = None
    order: Ints | None = None


def open_source(given: Any, table: str) -> Source:
    """Open a table.

    Parameters
    ----------
    given
        A dict of columns; a frame of pandas, polars or pyarrow; a relation of DuckDB; the path of a Parquet file, of a
        folder of Parquet files, or of a DuckDB file; or an iterable of batches, each a dict, frame or record batch.
    table
        Name of the table in messages and in a DuckDB file.

    Raises
    ------
    ArgumentError
        For anything else.
    MissingExtraError
        For a Parquet or DuckDB file without the package that reads it.
    """
    if isinstance(given, str | Path):
        return _from_path(Path(given), table)
    if isinstance(given, Mapping):
        return _from_columns(given)
    if hasattr(given, "to_arrow_reader") and hasattr(given, "order"):
        return _from_relation(given)
    if type(given).__module__.startswith("pyarrow") and hasattr(given, "schema"):
        import pyarrow as pa

        if isinstance(given, pa.RecordBatch):
            given = pa.Table.from_batches([given])
        if isinstance(given, pa.Table):
            return _from_arrow(given)
    frame: Any = nw.from_native(given, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        return _from_frame(frame)
    if isinstance(given, Iterable):
        return _from_batches(iter(given), table)
    raise ArgumentError(
        f"{table} is a {type(given).__name__}. Maybe a dict of columns, a data frame, a path or batches of these?"
    )


def _from_columns(columns: Mapping[str, Any]) -> Source:
    # A column that is a plain list, or text, is taken apart once: rows of a slice would be taken apart again and again.
    ready: dict[str, Column] = {}

    def whole(name: str) -> Column:
        if name not in ready:
            ready[name] = column_of(columns[name])
        return ready[name]

    def read(names: Sequence[str], order: Ints | None = None) -> Iterator[Batch]:
        rows = max((len(whole(name)) for name in names), default=0)
        for cut in _cuts(rows, order):
            yield {name: _part(whole(name), cut) for name in names}

    return _in_memory(tuple(columns), "", read, whole)


def _in_memory(
    names: tuple[str, ...],
    library: str,
    read: Callable[..., Iterator[Batch]],
    column: Callable[[str], Column],
) -> Source:
    """Return a table that can be sorted: `read` takes an order of its rows as well."""

    def by(name: str) -> Source:
        order = _order(column(name))
        return Source(names, library, lambda wanted: read(wanted, order), order=order)

    return Source(names, library, read, by)


def _cuts(rows: int, order: Ints | None) -> Iterator[Any]:
    """Yield which rows each batch takes: slices, or parts of an order."""
    for first in range(0, rows, BATCH):
        cut = slice(first, first + BATCH)
        yield cut if order is None else order[cut]


def _order(column: Column) -> Ints:
    """Return the rows sorted by a column, equal ones as they came."""
    if isinstance(column, Coded):
        texts = [str(value) for value in column.values]
        sorted_codes = sorted(range(len(texts)), key=texts.__getitem__)
        rank = np.full(len(texts) + 1, -1, dtype=np.int64)  # empty cells, of code -1, first
        rank[sorted_codes] = np.arange(len(texts))
        return np.argsort(rank[column.codes], kind="stable")
    return np.argsort(column, kind="stable")


def _part(column: Column, rows: Any) -> Column:
    return column.part(rows) if isinstance(column, Coded) else column[rows]


def _from_frame(frame: nw.DataFrame[Any]) -> Source:
    def read(names: Sequence[str], order: Ints | None = None) -> Iterator[Batch]:
        for cut in _cuts(len(frame), order):
            part = frame[cut, list(names)]
            yield {name: column_of(part[name].to_native()) for name in names}

    names = tuple(frame.columns)
    return _in_memory(names, frame.implementation.value, read, lambda name: column_of(frame[name].to_native()))


def _from_arrow(table: Any) -> Source:
    def read(names: Sequence[str], order: Ints | None = None) -> Iterator[Batch]:
        some = table.select(list(names))
        if order is None:
            parts = iter(some.to_batches(max_chunksize=BATCH))
        else:
            parts = (some.take(cut) for cut in _cuts(some.num_rows, order))
        for part in parts:
            yield {name: column_of(part.column(name)) for name in names}

    return _in_memory(tuple(table.schema.names), "pyarrow", read, lambda name: column_of(table.column(name)))


def _from_reader(names: tuple[str, ...], batches: Callable[[Sequence[str]], Iterable[Any]]) -> Source:
    def read(wanted: Sequence[str]) -> Iterator[Batch]:
        for batch in batches(wanted):
            yield {name: column_of(batch.column(name)) for name in wanted}

    return Source(names, "pyarrow", read)


def _from_relation(relation: Any) -> Source:
    def batches(names: Sequence[str]) -> Iterator[Any]:
        chosen = relation.project(", ".join(map(_quoted, names)))
        yield from chosen.to_arrow_reader(BATCH)

    source = _from_reader(tuple(relation.columns), batches)
    # The database sorts, on disk where memory does not suffice.
    return Source(source.names, "", source.read, lambda name: _from_relation(relation.order(_quoted(name))))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _from_path(path: Path, table: str) -> Source:
    if not path.exists():
        raise ArgumentError(f"{table}: there is no {path}. Maybe another folder?")
    if path.suffix.lower() in _DATABASES:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise MissingExtraError("duckdb", "io", f"reading {path.name}") from None
        return _from_relation(duckdb.connect(str(path), read_only=True).table(table))
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files or (path.is_file() and path.suffix.lower() not in (".parquet", ".pq")):
        raise ArgumentError(
            f"{table}: {path} is no Parquet. Maybe a .parquet file, a folder of them, or a .duckdb file?"
        )
    return _from_parquet(files)


def _from_parquet(files: Sequence[Path]) -> Source:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise MissingExtraError("pyarrow", "io", f"reading {files[0].name}") from None
    schema = parquet.read_schema(files[0])
    text = [entry.name for entry in schema if pa.types.is_string(entry.type) or pa.types.is_large_string(entry.type)]

    def batches(names: Sequence[str]) -> Iterator[Any]:
        for file in files:
            opened = parquet.ParquetFile(file, read_dictionary=text, pre_buffer=True)
            yield from opened.iter_batches(batch_size=BATCH, columns=list(names))

    return _from_reader(tuple(schema.names), batches)


def _from_batches(batches: Iterator[Any], table: str) -> Source:
    first = next(batches, None)
    if first is None:
        return Source((), "", lambda names: iter(()))
    opened = open_source(first, table)

    def read(names: Sequence[str]) -> Iterator[Batch]:
        for batch in chain([opened], (open_source(given, table) for given in batches)):
            missing = [name for name in names if name not in batch.names]
            if missing:
                raise ArgumentError(
                    f"{table}: a batch lacks {', '.join(missing)}. Maybe the same columns in each batch?"
                )
            yield from batch.read(names)

    return Source(opened.names, opened.library, read)


def is_sorted(source: Source, name: str) -> bool:
    """Tell whether a table that can be read twice is sorted by a column."""
    members = Members()
    return not any(members.of(batch[name]).falls.size for batch in source.read([name]) if len(batch[name]))
