"""Reading and writing registers on disk: folders of CSV or Parquet, workbooks, DuckDB files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from auditmatch.delimited import read_csv, write_csv
from auditmatch.errors import ArgumentError, InputError, InputProblem, MissingExtraError, UnreadableError, nearest
from auditmatch.frames import RawTable, broken, native_frame, take_apart
from auditmatch.tables import TABLES, Table
from auditmatch.workbook import read_workbook, sheet_names, write_workbook

__all__ = ["native_frame", "read_tables", "write_tables"]

_BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_OUTPUTS = ("unserved", "matching")  # tables that a planning run may leave in the folder
_DATABASES = (".duckdb", ".ddb", ".db")


# Reading -------------------------------------------------------------------------------------------------------------


def read_tables(source: str | Path) -> dict[str, RawTable]:
    """Return the tables of a folder, a workbook or a DuckDB file, as they stand there.

    A file or sheet that is not named like a table is there as well, under its own name and without content.

    Raises
    ------
    InputError
        When there is no such file, it cannot be read, or it holds no table.
    ArgumentError
        When `source` is not a path.
    """
    path = _path(source)
    try:
        if not path.exists():
            raise _fault(path, "there is no such file or folder", _beside(path))
        if path.is_dir():
            tables = _read_folder(path)
        elif path.suffix.lower() in _BOOKS:
            tables = read_workbook(path)
        elif path.suffix.lower() in _DATABASES:
            tables = _read_database(path)
        else:
            way_out = "read the folder that holds it?" if path.suffix.lower() in (".csv", ".parquet") else None
            raise _fault(path, "is neither a folder nor an .xlsx or .duckdb file", way_out)
    except OSError as error:
        raise _fault(path, f"cannot be read: {error.strerror or error}") from error
    if not any(name in TABLES for name in tables):
        raise _fault(path, "holds no table", _way_out(path, tables))
    return tables


def _path(given: object) -> Path:
    if not isinstance(given, (str, os.PathLike)) or not os.fspath(given) or "\0" in str(given):
        raise ArgumentError(f"{given!r} is not the path of a file or folder, nor a dict of tables")
    return Path(given)


def _beside(path: Path) -> str | None:
    near = nearest(path.name, (other.name for other in path.parent.iterdir())) if path.parent.is_dir() else None
    return f"{near}?" if near else None


def _fault(path: Path, message: str, maybe: str | None = None) -> InputError:
    return InputError([InputProblem(str(path), None, None, None, message, maybe)])


def _way_out(path: Path, tables: Iterable[str]) -> str:
    inside = sorted(other.name for other in path.iterdir()) if path.is_dir() else []
    for name in inside:
        if Path(name).suffix.lower() in _BOOKS + _DATABASES:
            return f"read {name} in it?"
    near = [(name, nearest(Path(name).stem.casefold(), TABLES)) for name in tables]
    renamed = [f"rename {name} to {other}?" for name, other in near if other]
    return renamed[0] if renamed else f"name the tables {', '.join(list(TABLES)[:3])} and so on?"


def _read_folder(path: Path) -> dict[str, RawTable]:
    tables: dict[str, RawTable] = {}
    for file in sorted(path.iterdir()):
        name = file.stem.strip().casefold()
        if file.suffix.lower() not in (".csv", ".parquet") or file.name.startswith(".") or not file.is_file():
            continue
        if name in _OUTPUTS:
            continue
        if name not in TABLES:
            tables[file.name] = take_apart({}, file.name)
        elif name in tables:
            tables[name] = broken(name, f"stands in two files, {tables[name].label} and {file.name}", "delete one?")
        else:
            tables[name] = read_csv(file) if file.suffix.lower() == ".csv" else _read_parquet(file)
    return tables


def _read_parquet(path: Path) -> RawTable:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "io", "Reading Parquet") from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            content = file.read()
    except (OSError, pyarrow.ArrowException) as error:
        return broken(path.name, f"the file cannot be read: {error}")
    return _from_file(content, path.name)


def _from_file(content: object, label: str) -> RawTable:
    """Take a frame apart that a file gave, so that it does not set the library in which the register answers."""
    return replace(take_apart(content, label), library="")


def _read_database(path: Path) -> dict[str, RawTable]:
    with _database(path, read_only=True) as connection:
        tables = {}
        for name in _names(connection):
            known = name.strip().casefold()
            quoted = '"' + name.replace('"', '""') + '"'
            content = connection.sql(f"SELECT * FROM {quoted}").to_arrow_table() if known in TABLES else {}
            tables[known if known in TABLES else f"{name} (table)"] = _from_file(content, known)
        return tables


@contextmanager
def _database(path: Path, read_only: bool) -> Iterator[Any]:
    try:
        import duckdb
        import pyarrow  # noqa: F401 -- DuckDB hands over its tables by Arrow
    except ImportError as error:
        raise MissingExtraError("duckdb", "io", "A DuckDB file") from error
    try:
        with duckdb.connect(str(path), read_only=read_only) as connection:
            yield connection
    except duckdb.Error as error:
        raise UnreadableError(str(error).splitlines()[0]) from error


def _names(connection: Any) -> list[str]:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
    return [str(name) for (name,) in connection.execute(query).fetchall()]


# Writing -------------------------------------------------------------------------------------------------------------


def write_tables(tables: Mapping[str, Table], target: str | Path, file_format: Literal["csv", "parquet"]) -> None:
    """Write tables to a workbook, a DuckDB file or a folder, whole or not at all.

    Raises
    ------
    ArgumentError
        When the target exists and is not a register, or cannot be written.
    """
    path = _path(target).resolve()
    if file_format not in ("csv", "parquet"):
        raise ArgumentError(f"file_format is {file_format!r}. Maybe 'csv' or 'parquet'?")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In the folder itself where there is one: it may be a mount, and a file is not renamed across mounts.
        beside = path if path.is_dir() else path.parent
        with tempfile.TemporaryDirectory(prefix=".auditmatch-", dir=beside) as scratch:
            if path.suffix.lower() == ".xlsx" or path.suffix.lower() in _DATABASES:
                _refuse_other_file(path)
                new = Path(scratch, path.name)
                write_workbook(tables, new) if path.suffix.lower() == ".xlsx" else _write_database(tables, new)
                os.replace(new, path)
            else:
                _refuse_other_folder(path)
                _write_folder(tables, path, Path(scratch), file_format)
    except OSError as error:
        raise ArgumentError(f"{target} cannot be written: {error.strerror or error}") from error


def _refuse_other_file(path: Path) -> None:
    if path.is_dir():
        raise ArgumentError(f"{path} is a folder. Maybe give a name without {path.suffix}?")
    if path.with_name(path.name + ".wal").exists():
        raise ArgumentError(f"{path} is open in another program: it has a .wal file. Maybe close that program?")
    if not path.exists() or not path.stat().st_size:
        return
    try:
        if path.suffix.lower() == ".xlsx":
            names: Iterable[str] = sheet_names(path)
        else:
            with _database(path, read_only=True) as connection:
                names = _names(connection)
    except OSError:
        names = ()
    if not any(name in TABLES for name in names):
        raise ArgumentError(f"{path} exists and is not a register. Maybe choose another name, or delete it?")


def _refuse_other_folder(path: Path) -> None:
    if path.is_file():
        raise ArgumentError(f"{path} is a file. Maybe name a folder, or end the name in .xlsx or .duckdb?")
    if path.suffix.lower() in (*_BOOKS, ".csv", ".parquet"):
        raise ArgumentError(f"{path.name} cannot be written. Maybe name a folder, or end the name in .xlsx or .duckdb?")
    if path.is_dir():
        inside = [other for other in path.iterdir() if not other.name.startswith(".")]
        if inside and not any(map(_is_table, inside)):
            raise ArgumentError(f"{path} is not empty and not a register. Maybe choose another folder?")


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".parquet") and path.stem.casefold() in TABLES


def _write_folder(tables: Mapping[str, Table], path: Path, scratch: Path, file_format: str) -> None:
    new, old = scratch / "new", scratch / "old"
    new.mkdir()
    old.mkdir()
    for name, table in tables.items():
        if file_format == "csv":
            write_csv(table, new / f"{name}.csv")
        else:
            _write_parquet(table, new / f"{name}.parquet")
    if path.exists():
        _exchange(path, new, old)
    else:
        os.rename(new, path)


def _exchange(path: Path, new: Path, old: Path) -> None:
    """Put the files of `new` in the place of the table files of `path`; on a failure put the old ones back.

    The folder itself stays: it may be a mount or the working directory, and may hold files of other kinds.
    """
    placed: list[Path] = []
    try:
        for file in filter(_is_table, list(path.iterdir())):
            os.rename(file, old / file.name)
        for file in new.iterdir():
            os.rename(file, path / file.name)
            placed.append(path / file.name)
    except BaseException:
        for file in placed:
            file.unlink()
        for file in old.iterdir():
            os.rename(file, path / file.name)
        raise


def _write_parquet(table: Table, path: Path) -> None:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "io", "Writing Parquet") from error
    pyarrow.parquet.write_table(native_frame(table, "pyarrow"), path)


def _write_database(tables: Mapping[str, Table], path: Path) -> None:
    with _database(path, read_only=False) as connection:
        for name, table in tables.items():
            connection.register("incoming", native_frame(table, "pyarrow"))
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
            connection.unregister("incoming")
