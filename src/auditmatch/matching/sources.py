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
    """

    names: tuple[str, ...]
    library: str
    read: Callable[[Sequence[str]], Iterator[Batch]]
    by: Callable[[str], Source] | None = None


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

    def read(names: Sequence[str], order: Any = None) -> Iterator[Batch]:
        rows = max((len(whole(name)) for name in names), default=0)
        for first in range(0, rows, BATCH):
            cut = slice(first, first + BATCH)
            yield {name: _part(whole(name), cut if order is None else order[cut]) for name in names}

    def by(name: str) -> Source:
        column = whole(name)
        if isinstance(column, Coded):
            texts = [str(value) for value in column.values]
            values = sorted(range(len(texts)), key=texts.__getitem__)
            rank = np.empty(len(values) + 1, dtype=np.int64)
            rank[values], rank[-1] = np.arange(len(values)), -1
            column = rank[column.codes]
        order = np.argsort(column, kind="stable")
        return Source(names, "", lambda wanted: read(wanted, order))

    names = tuple(columns)
    return Source(names, "", read, by)


def _part(column: Column, rows: Any) -> Column:
    return column.part(rows) if isinstance(column, Coded) else column[rows]


def _from_frame(frame: nw.DataFrame[Any]) -> Source:
    def read(names: Sequence[str]) -> Iterator[Batch]:
        for first in range(0, len(frame), BATCH):
            part = frame[first : first + BATCH]
            yield {name: column_of(part[name].to_native()) for name in names}

    library = frame.implementation.value
    return Source(tuple(frame.columns), library, read, lambda name: _from_frame(frame.sort(name)))


def _from_arrow(table: Any) -> Source:
    def read(names: Sequence[str]) -> Iterator[Batch]:
        for batch in table.select(list(names)).to_batches(max_chunksize=BATCH):
            yield {name: column_of(batch.column(name)) for name in names}

    return Source(tuple(table.schema.names), "pyarrow", read, lambda name: _from_arrow(table.sort_by(name)))


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
