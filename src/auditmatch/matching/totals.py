"""X or Y of groups that are already numbered, in one pass over the columns.

Source: "The matching degree" in the design page, product form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.matching.domain import COUNT, DOMAINS, Floats, check_domain
from auditmatch.matching.tally import BLOCK, FEW_CELLS, FEW_PARTS, PARTS, joined, workers

SUPPLY, DEMAND = ("B1", "C1"), ("B2", "C2", "D", "E")
_TINY = float(np.nextafter(0.0, 1.0))


def group_totals(
    group: npt.ArrayLike,
    factors: Mapping[str, npt.ArrayLike],
    n_groups: int,
    *,
    threads: int | None = None,
    check: bool = True,
) -> Floats:
    """Return X = sum of B1 / C1, or Y = sum of 1 / (B2 C2 D E), of each group.

    Parameters
    ----------
    group
        (rows,) group 0 .. n_groups - 1 of each member, each member once per group; 32-bit numbers are used as they are.
    factors
        "B1", "C1", or "B2", "C2", "D", "E": (rows,) factors of the members, floored; float64 is used as it is.
    n_groups
        Number of groups; those without members get 0.
    threads
        At most 8; None: as many as processors. The sums have the same bits on any number.
    check
        False leaves out the check of the factors' domain, one more pass: the caller vouches for it.

    Raises
    ------
    ArgumentError
        For factors outside their domain (names all rows) or of other names, columns of different lengths, group numbers
        outside their range, or `threads` outside its own.
    """
    index, columns = _columns(group, factors, n_groups)
    if check:
        _check(columns)
    parts = PARTS if n_groups <= FEW_CELLS else FEW_PARTS
    tables = np.zeros((parts, n_groups))
    waiting = iter(range(parts))  # whoever is free takes the next part; this thread works as well

    def work() -> bool:
        return all(_sum_part(index, columns, part, tables) for part in waiting)

    others = min(parts, workers(threads)) - 1
    pool = ThreadPoolExecutor(max(others, 1))  # starts no thread before there is a task
    tasks = [pool.submit(work) for _ in range(others)]
    right = work() and all(task.cancel() or task.result() for task in tasks)  # who has not begun comes too late
    pool.shutdown(wait=not right)
    if not right:
        raise ArgumentError(
            f"group numbers must lie in 0 .. {n_groups - 1}, but go from {index.min()} to {index.max()}"
        )
    return joined(tables)


def _sum_part(index: npt.NDArray[np.int32], columns: Mapping[str, Floats], part: int, tables: Floats) -> bool:
    """Sum every block of rows of one part; tell whether all group numbers were right."""
    from auditmatch.matching.kernels import total_difficulty, total_sufficiency

    kernel: Callable[..., bool] = total_difficulty if len(columns) == len(DEMAND) else total_sufficiency
    return bool(kernel(index, *columns.values(), part, len(tables), BLOCK, tables[part]))


def _columns(
    group: npt.ArrayLike, factors: Mapping[str, npt.ArrayLike], n_groups: int
) -> tuple[npt.NDArray[np.int32], dict[str, Floats]]:
    names = next((names for names in (DEMAND, SUPPLY) if set(names) == set(factors)), None)
    if names is None:
        raise ArgumentError(f"factors are {', '.join(factors)}. Maybe B1 and C1, or B2, C2, D and E?")
    raw = np.asarray(group)
    if raw.dtype.kind not in "iu" or raw.ndim != 1 or n_groups >= 1 << 31:
        raise ArgumentError(f"group numbers are of type {raw.dtype}. Maybe whole numbers, one for each row?")
    if raw.dtype.itemsize > 4 and raw.size and not (raw.min() >= 0 and raw.max() < n_groups):
        raise ArgumentError(f"group numbers must lie in 0 .. {n_groups - 1}, but go from {raw.min()} to {raw.max()}")
    columns = {name: _frozen(np.asarray(factors[name], dtype=np.float64)) for name in names}
    lengths = {name: len(values) for name, values in columns.items()}
    if set(lengths.values()) != {len(raw)}:
        raise ArgumentError(f"{len(raw)} group numbers, but {lengths} factors. Maybe one row for each?")
    return _frozen(raw.astype(np.int32, copy=False)), columns


def _frozen(values: Any) -> Any:
    """Return a view that is only read: the kernels are compiled once, for such."""
    view = np.ascontiguousarray(values)[:]
    view.flags.writeable = False
    return view


def _check(columns: Mapping[str, Floats]) -> None:
    from auditmatch.matching.kernels import scan_count, scan_share

    again = _frozen(np.zeros(len(next(iter(columns.values()))), dtype=np.bool_))
    for name, values in columns.items():
        if scan_count(values, again, 1.0) if DOMAINS[name] == COUNT else scan_share(values, again, 1.0, _TINY):
            check_domain(**columns)  # names the rows of all factors
