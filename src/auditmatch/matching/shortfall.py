"""How far groups fall short of a threshold of P, and what a rise of X takes off it.

The shortfall of a group is weight * max(0, t * Y - X). With weight 1 it counts full auditors missing; with weight 1 / Y
it is max(0, t - P), all groups alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.domain import Floats, check_choice

Weigh = Literal["auditors", "groups"]


@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """Where groups stand against a threshold t.

    Attributes
    ----------
    need, slack
        (groups,) max(0, t * Y - X) and max(0, X - t * Y), in full auditors.
    weight
        (groups,) 0 without projects.
    """

    need: Floats
    slack: Floats
    weight: Floats

    @staticmethod
    def of(degree: MatchingDegree, threshold: float, weigh: Weigh) -> Shortfall:
        """Return the shortfall of a matching degree.

        Raises
        ------
        ArgumentError
            For an unknown way to weigh.
        """
        check_choice("weigh", weigh, get_args(Weigh))
        X, Y = degree.supply.X, degree.demand.Y
        apart = threshold * Y - X
        asked = Y > 0
        weight = np.divide(1.0, Y, out=np.zeros_like(Y), where=asked) if weigh == "groups" else asked.astype(np.float64)
        return Shortfall(np.maximum(apart, 0.0), np.maximum(-apart, 0.0), weight)

    @property
    def total(self) -> float:
        """The weighted shortfall of all groups."""
        return float(self.weight @ self.need)

    def gain(self, rise: Floats) -> float:
        """Return what is taken off the total when X of each group rises by so much; negative where it falls."""
        return float(self.weight @ (self.need - np.maximum(self.need - self.slack - rise, 0.0)))
