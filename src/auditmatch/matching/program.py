"""A mixed-integer program gathered row by row from arrays, and solved by SciPy's HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.matching.domain import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The best point found.

    Attributes
    ----------
    values
        (variables,)
    bound
        No point is worth more.
    """

    values: Floats
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Variables and rows so far; the worth of the point is maximised."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    worth: list[float] = field(default_factory=list)
    rows: list[tuple[Ints, Floats, float, float]] = field(default_factory=list)

    def variables(
        self, n: int, high: npt.ArrayLike = 1.0, *, low: float = 0.0, whole: bool = True, worth: npt.ArrayLike = 0.0
    ) -> Ints:
        """Add n variables; return their numbers."""
        first = len(self.low)
        self.low.extend([low] * n)
        self.high.extend(np.broadcast_to(np.asarray(high, dtype=np.float64), n).tolist())
        self.worth.extend(np.broadcast_to(np.asarray(worth, dtype=np.float64), n).tolist())
        self.whole.extend([int(whole)] * n)
        return np.arange(first, first + n)

    def row(self, columns: npt.ArrayLike, values: npt.ArrayLike, low: float, high: float) -> None:
        """Add low <= sum of values * variables <= high; a column may stand twice."""
        names = np.asarray(columns, dtype=np.int64)
        self.rows.append((names, np.array(np.broadcast_to(np.asarray(values, np.float64), names.shape)), low, high))

    def solve(self, seconds: float) -> Solved:
        """Return the best point that is found in the time.

        Raises
        ------
        ArgumentError
            When none is found in the time.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        counts = [len(columns) for columns, *_ in self.rows]
        where = np.repeat(np.arange(len(self.rows)), counts), np.concatenate([columns for columns, *_ in self.rows])
        values = np.concatenate([each for _, each, *_ in self.rows])
        matrix = csr_array((values, where), shape=(len(self.rows), len(self.low)))
        limits = [np.array([row[side] for row in self.rows]) for side in (2, 3)]
        found = milp(
            -np.array(self.worth),
            integrality=np.array(self.whole),
            bounds=Bounds(np.array(self.low), np.array(self.high)),
            constraints=LinearConstraint(matrix, *limits),
            options={"time_limit": float(seconds), "mip_rel_gap": 0.0},
        )
        if found.x is None:
            raise ArgumentError(f"no choice was found in {seconds} seconds. Maybe more seconds, or fewer candidates?")
        bound = float(found.fun if found.mip_dual_bound is None else found.mip_dual_bound)
        return Solved(np.asarray(found.x), -bound)
