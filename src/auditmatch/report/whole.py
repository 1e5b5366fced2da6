"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from auditmatch.errors import ArgumentError


def write_whole(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Let `write` make a draft beside `path`, and put it in place when it is complete.

    Raises
    ------
    ArgumentError
        The folder cannot be made or written to, or the path is a folder.
    """
    target = Path(path)
    if target.is_dir():
        raise ArgumentError(f"{target} is a folder. Maybe {target / 'report'}{target.suffix or '.html'}?")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".auditmatch-", dir=target.parent) as scratch:
            draft = Path(scratch, target.name)
            write(draft)
            os.replace(draft, target)
    except OSError as error:
        raise ArgumentError(f"{target} cannot be written: {error.strerror or error}") from error
    return target
