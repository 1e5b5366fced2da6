"""Prices that hold back what a plan will run out of: a cap's keys grow dear as it fills.

The best prices of the bound tell what a key is worth where bookings may be mixed in fractions. A plan books one audit
after another, in whole ones, and has nothing left for the last, which costs its penalty. An exponential in how full a
cap is is the usual potential for packing one after another (Buchbinder and Naor, The Design of Competitive Online
Algorithms via a Primal-Dual Approach, 2009).
"""

from __future__ import annotations

import numpy as np

from auditmatch.kernel.board import Board
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.tolls import Prices
from auditmatch.problem import Problem

# Exponent of a full cap; what is added to an empty cap's price, as shares of the median penalty, in the order tried.
STEEP, MARGINS = 2.0, (0.0, 0.002, 0.001, 0.004)


def margins(problem: Problem) -> tuple[float, ...]:
    """Return the points to try that a key of an empty cap is made dearer by; 0 alone where there are no key caps."""
    if not (problem.flat.key["key_limit"] > 0).any():
        return MARGINS[:1]
    median = float(np.median(problem.costs.penalty[problem.audits]))
    return tuple(share * median for share in MARGINS)


def reserved(prices: Prices, flat: Flat, board: Board, margin: float) -> Prices:
    """Return prices with `margin` points, times up to e**2 as a cap fills, added to each key."""
    if margin == 0 or len(prices.key) == 0:
        return prices
    full = np.clip(board.touched / np.maximum(flat.key["key_limit"], 1), 0, 1)
    more = np.round(margin * SCALE * np.exp(STEEP * full)).astype(np.int64)
    return prices._replace(key=prices.key + more)
