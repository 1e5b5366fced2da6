"""What travels between a run and the workers of an executor, as bytes.

A case, what all tasks of a run share, travels once to each worker and is called by a token. Questions and answers are
arrays of whole numbers, in the narrowest type that holds them, packed. The bytes are made here and not left to an
executor, so that threads, processes and clusters are told the same.
"""

from __future__ import annotations

import hashlib
import pickle
import zlib
from typing import Any, NamedTuple

import numpy as np

from auditmatch.kernel.board import Board
from auditmatch.kernel.flat import Flat
from auditmatch.shapes import Ints

# Level of compression: the fastest.
LEVEL = 1


class Case(NamedTuple):
    """What every task of a run needs: the problem, a board of facts alone, audits to plan, and their shares of keys."""

    flat: Flat
    board: Board
    audits: Ints
    share: Ints


def pack_case(case: Case) -> bytes:
    """Return a case as bytes; equal cases give equal bytes, so that the next run need not send it again."""
    flat, board = Flat(*map(_clean, case.flat)), Board(*map(_clean, case.board))
    whole = Case(flat, board, case.audits, case.share)
    return zlib.compress(pickle.dumps(whole, protocol=pickle.HIGHEST_PROTOCOL), LEVEL)


def _clean(part: Any) -> Any:
    """Return records with zeros between their columns, where memory holds anything."""
    if not isinstance(part, np.recarray):
        return part
    made = np.recarray(part.shape, dtype=part.dtype, buf=bytearray(part.nbytes))
    for name in part.dtype.names or ():
        made[name] = part[name]
    return made


def unpack_case(parcel: bytes) -> Case:
    """Return the case; what kernels may not write is read-only again, so that none is compiled a second time."""
    case: Case = pickle.loads(zlib.decompress(parcel))
    for part in case.flat:
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
    return case


def token_of(parcel: bytes) -> str:
    """Return the name of a case; another version of the package gives it another one."""
    from auditmatch import __version__

    return hashlib.sha256(__version__.encode() + parcel).hexdigest()[:16]


def pack(*parts: Any) -> bytes:
    """Return numbers and arrays of whole numbers as bytes."""
    return zlib.compress(pickle.dumps([_narrow(part) for part in parts], protocol=pickle.HIGHEST_PROTOCOL), LEVEL)


def unpack(parcel: bytes) -> list[Any]:
    """Return what was packed, in arrays that may be written."""
    parts: list[Any] = pickle.loads(zlib.decompress(parcel))
    return [part.astype(np.int64) if isinstance(part, np.ndarray) else part for part in parts]


def _narrow(part: Any) -> Any:
    """Return an array in the narrowest type that holds it."""
    if not isinstance(part, np.ndarray) or part.size == 0:
        return part
    low, high = np.min_scalar_type(int(part.min())), np.min_scalar_type(int(part.max()))
    return part.astype(np.promote_types(low, high))


def sparse(counts: Ints) -> tuple[Ints, Ints]:
    """Return where an array is not zero, each place as its distance from the one before, and what stands there."""
    flat = counts.reshape(-1)
    at = np.flatnonzero(flat)
    return np.diff(at, prepend=0), flat[at]


def add_sparse(counts: Ints, steps: Ints, numbers: Ints) -> None:
    """Add what `sparse` returned to an array."""
    counts.reshape(-1)[np.cumsum(steps)] += numbers
