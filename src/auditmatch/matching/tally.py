"""Members summed into cells by threads: fixed blocks of rows go to fixed parts, and parts are joined in order.

The sums therefore have the same bits on any number of threads. A block ends where a member's rows end, so that nobody
is counted in two parts; block and part of a row do not depend on how the rows came in batches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.matching.domain import Floats, Ints

BLOCK: Final = 1 << 15  # rows
# Parts while there are few cells, so that a part stays in a processor's own memory; and beyond, where many parts would
# take more memory than they save time.
PARTS, FEW_PARTS, FEW_CELLS = 8, 2, 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows ready to be summed; shapes (rows,).

    Attributes
    ----------
    group
        Number of the group.
    member
        Number of the member, from 1, never falling.
    begins
        True on the first row of a member.
    flag
        Bit 1: a factor was raised to the floor; bit 2: one was given as 0.
    factors
        For each pass the factors as its kernel takes them.
    """

    group: npt.NDArray[np.int32]
    member: npt.NDArray[np.int32]
    begins: npt.NDArray[np.bool_]
    flag: npt.NDArray[np.uint8]
    factors: tuple[tuple[Floats, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What was summed, all parts together: members, low, zero (cells,) and the sums of each pass (cells, k)."""

    count: Ints
    low: Ints
    zero: Ints
    sums: tuple[Floats, ...]


class Counter:
    """Sums members into the cells of groups, and of their parents.

    Parameters
    ----------
    kernel
        `add_difficulty` or `add_sufficiency`.
    terms
        Terms that it sums.
    additive
        For each pass, whether terms are those of the additive form.
    pool, threads
        Who works.
    """

    def __init__(
        self,
        kernel: Callable[..., None],
        terms: int,
        additive: Sequence[bool],
        pool: ThreadPoolExecutor,
        threads: int,
    ) -> None:
        self._kernel, self._terms, self._additive = kernel, terms, tuple(additive)
        self._pool, self._threads = pool, threads
        self._parts, self._rows, self._block = PARTS, 0, 0
        self._running: list[Future[None]] = []
        # marks and sums (parts, cells, k) of groups and of parents, for each pass
        self._tables = [[self._blank(PARTS, 64) for _ in range(2)] for _ in self._additive]

    def add(self, rows: Rows, up: npt.NDArray[np.int32], parents: int) -> None:
        """Sum rows in the background, after those before; `up` holds the parents of each group, (groups, climbs)."""
        self._wait()
        self._make_room(len(up), parents)
        bounds, blocks = self._blocks(rows)
        parts = blocks % self._parts
        shares = [parts % self._threads == worker for worker in range(self._threads)]
        self._running = [
            self._pool.submit(self._work, rows, up, bounds, parts, np.flatnonzero(share))
            for share in shares
            if share.any()
        ]

    def totals(self, level: int) -> Totals:
        """Return the totals of groups (level 0) or parents (1), the parts joined in order."""
        self._wait()
        tables = [table[level] for table in self._tables]
        marks = tables[0][0].astype(np.int64).sum(axis=0)
        return Totals(marks[:, 1], marks[:, 2], marks[:, 3], tuple(joined(sums) for _, sums in tables))

    def _work(self, rows: Rows, up: Any, bounds: Ints, parts: Ints, blocks: Ints) -> None:
        from auditmatch.matching.kernels import Tally

        for factors, additive, tables in zip(rows.factors, self._additive, self._tables, strict=True):
            for block in blocks.tolist():
                cut = slice(bounds[block], bounds[block + 1])
                base, above = (Tally(marks[parts[block]], sums[parts[block]]) for marks, sums in tables)
                some = tuple(values[cut] for values in factors)
                self._kernel(rows.group[cut], rows.member[cut], rows.flag[cut], some, additive, up, base, above)

    def _blocks(self, rows: Rows) -> tuple[Ints, Ints]:
        """Return the bounds of blocks in these rows, and the number of each block.

        A member belongs to the block that its first row falls into, counted from the first row of all.
        """
        starts = np.flatnonzero(rows.begins)
        blocks = (self._rows + starts) // BLOCK
        new = np.flatnonzero(np.diff(blocks, prepend=self._block))
        numbers = np.concatenate([[self._block], blocks[new]])
        self._rows += len(rows.group)
        self._block = int(numbers[-1])
        return np.concatenate([[0], starts[new], [len(rows.group)]]), numbers

    def _wait(self) -> None:
        for task in self._running:
            task.result()
        self._running = []

    def _make_room(self, groups: int, parents: int) -> None:
        """Let the tables grow with what they count; with many cells, go on with few parts."""
        if self._parts == PARTS and groups + parents > FEW_CELLS:
            self._tables = [[self._fold(*level) for level in table] for table in self._tables]
            self._parts = FEW_PARTS
        for table in self._tables:
            for level, cells in enumerate((groups, parents)):
                have = table[level][0].shape[1]
                if cells > have:
                    fresh = self._blank(self._parts, max(cells, 2 * have))
                    for old, new in zip(table[level], fresh, strict=True):
                        new[:, :have] = old
                    table[level] = fresh

    def _fold(self, marks: Any, sums: Any) -> tuple[Any, Any]:
        """Join every second part, in order; the member at hand goes on in the part that now holds its rows."""
        fewer = marks.reshape(PARTS // FEW_PARTS, FEW_PARTS, -1, 4).sum(axis=0, dtype=np.int32)
        fewer[:, :, 0] = 0
        fewer[self._block % FEW_PARTS, :, 0] = marks[self._block % PARTS, :, 0]
        halves = sums.reshape(PARTS // FEW_PARTS, FEW_PARTS, -1, self._terms)
        return fewer, np.stack([joined(halves[:, part]) for part in range(FEW_PARTS)])

    def _blank(self, parts: int, cells: int) -> tuple[Any, Any]:
        return np.zeros((parts, cells, 4), dtype=np.int32), np.zeros((parts, cells, self._terms))


def joined(sums: Floats) -> Floats:
    """Return the sum of parts (parts, ...), added in order."""
    total: Floats = sums[0].copy()
    for part in sums[1:]:
        total += part
    return total


def workers(threads: int | None) -> int:
    """Return how many threads work: those asked for, or one for each processor, at most one for each part.

    Raises
    ------
    ArgumentError
        For a number outside 1 to `PARTS`.
    """
    if threads is None:
        return min(PARTS, os.cpu_count() or 1)
    if isinstance(threads, bool) or not isinstance(threads, int | np.integer) or not 1 <= threads <= PARTS:
        raise ArgumentError(f"threads is {threads!r}. Maybe a whole number from 1 to {PARTS}?")
    return int(threads)
