"""A problem as one JSON file, so that an instance can be sent to somebody else."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch.errors import InputError, InputProblem
from auditmatch.register import Register
from auditmatch.tables import TABLES, Table

FORMAT = "auditmatch problem 1"


def write_instance(path: str | Path, register: Register, stated: Mapping[str, Any]) -> None:
    """Write tables and what else states a problem; the file appears whole or not at all."""
    tables = {name: _columns(register.table(name)) for name in TABLES if len(register.table(name))}
    target = Path(path)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, **stated, "tables": tables}, file, ensure_ascii=False)
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def read_instance(path: str | Path) -> tuple[Register, dict[str, Any]]:
    """Read what `write_instance` wrote.

    Raises
    ------
    InputError
        The file is missing, is no JSON, is not of this format, or its tables have faults.
    """
    name = Path(path).name
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError([InputProblem(name, None, None, None, f"cannot be read as JSON: {error}")]) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("tables"), dict):
        way_out = "a file that Problem.save() wrote?"
        raise InputError([InputProblem(name, None, None, None, f"does not say it is {FORMAT!r}", way_out)])
    return Register.from_tables(content.pop("tables")), content


def _columns(table: Table) -> dict[str, list[Any]]:
    """Return a table as lists that JSON knows; absent cells are null, dates ISO text."""
    return {name: _cells(values) for name, values in table.columns.items()}


def _cells(values: np.ndarray[Any, Any]) -> list[Any]:
    """Return one column as a list."""
    if values.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in values]
    if values.dtype.kind == "f":
        return [None if np.isnan(v) else float(v) for v in values]
    return list(values.tolist())
