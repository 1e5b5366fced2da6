"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
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


def write_texts(home: Path, texts: Mapping[str, str], ours: Callable[[str], object], what: str) -> tuple[Path, ...]:
    """Write texts into a folder by file name, all or none; files of an earlier run are removed.

    Parameters
    ----------
    home
        Made where it does not exist.
    texts
        By file name.
    ours
        Tells of a file name whether such a run wrote it.
    what
        What they are, for the error.

    Raises
    ------
    ArgumentError
        The folder cannot be made or written to.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".auditmatch-", dir=home) as scratch:
            for name, text in texts.items():
                Path(scratch, name).write_text(text, encoding="utf-8")
            for stale in home.glob("*.txt"):
                if ours(stale.name) and stale.name not in texts:
                    stale.unlink()
            for name in texts:
                os.replace(Path(scratch, name), home / name)
    except OSError as error:
        raise ArgumentError(f"{what} cannot be written to {home}: {error.strerror or error}") from error
    return tuple(home / name for name in texts)
