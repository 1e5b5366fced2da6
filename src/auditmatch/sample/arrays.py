"""Array types of the sample's modules, and drawing by weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
Days = npt.NDArray[np.datetime64]
Texts = npt.NDArray[np.object_]
Columns = dict[str, npt.NDArray[Any]]


def as_date(value: np.datetime64 | str) -> np.datetime64:
    """Return a date of whole days; ValueError when it is none."""
    date: np.datetime64 = np.array([value], dtype="datetime64[D]")[0]
    return date


def choice(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Draw `count` positions with probability in proportion to `weights`."""
    edges = np.cumsum(weights)
    drawn = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(drawn, len(weights) - 1), dtype=np.int64)


def zipf(count: int) -> Floats:
    """Return the weights 1 / rank of `count` ranks, summing to one."""
    weights = 1.0 / np.arange(1, count + 1)
    return np.asarray(weights / weights.sum())
