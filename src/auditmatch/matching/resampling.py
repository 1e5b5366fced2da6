"""Uncertainty of exponents by resampling rows, and scores on rows that a model has not seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from auditmatch.matching.domain import Floats, Ints
from auditmatch.matching.likelihood import concordance, fit, linear, losses, predicted, saturated


def interval(
    columns: Floats, y: Floats, binary: bool, start: Floats, resamples: int, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Return the ends of the 95 % percentile interval of each exponent: slope of column k over that of the first.

    Parameters
    ----------
    columns
        (rows, m); the first is ln P without the factors that are estimated.
    start
        The fit of all rows.

    Returns
    -------
    tuple
        (m - 1,) low and high ends; infinite where the first slope may be 0.
    """
    drawn = np.zeros((resamples, columns.shape[1] - 1))
    for each in drawn:
        rows = rng.integers(0, len(y), len(y))
        while np.ptp(y[rows]) == 0:  # one outcome alone has no fit
            rows = rng.integers(0, len(y), len(y))
        slopes = fit(columns[rows], y[rows], binary, start)[1:]
        each[:] = np.divide(slopes[1:], slopes[0], out=np.full(len(slopes) - 1, np.inf), where=slopes[0] > 1e-9)
    # "nearest" takes values as they are, so that an infinite one meets no arithmetic.
    low, high = (np.quantile(drawn, share, axis=0, method="nearest") for share in (0.025, 0.975))
    return low.tolist(), high.tolist()


def scored(
    models: Mapping[str, Floats], y: Floats, binary: bool, folds: int, rng: np.random.Generator
) -> dict[str, tuple[Floats, float]]:
    """Return for each model the loss of each row, predicted from the other folds, and its mean concordance over folds.

    All models meet the same folds; those of a binary outcome have both outcomes in equal parts.
    """
    fold = _folds(y, binary, folds, rng)
    result = {}
    for name, columns in models.items():
        loss, right = np.zeros(len(y)), []
        for number in range(folds):
            test = fold == number
            eta = linear(fit(columns[~test], y[~test], binary), columns[test])
            loss[test] = losses(eta, y[test], binary) - saturated(y[test], binary)
            if np.ptp(y[test]) > 0:
                right.append(concordance(y[test], predicted(eta, binary)))
        result[name] = loss, float(np.mean(right)) if right else 0.5
    return result


def _folds(y: Floats, binary: bool, folds: int, rng: np.random.Generator) -> Ints:
    """Number the fold of each row."""
    order = rng.permutation(len(y))
    if binary:
        order = order[np.argsort(y[order], kind="stable")]
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % folds
    return fold
