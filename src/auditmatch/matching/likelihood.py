"""The likelihoods of what came of projects, their fit, and how well a prediction does on rows that it has not seen.

- In time or not: logistic, Pr = 1 / (1 + exp(-eta)).
- Refusals, or days, until arranged: Poisson mean exp(-eta). With a mean of this form the estimates are consistent,
  though counts scatter more than Poisson's (Gourieroux, Monfort, Trognon 1984, Econometrica 52); intervals then come
  from the bootstrap, not from the likelihood.

eta = intercept + sum of slope * column, slopes >= 0: what raises P can only help. Both likelihoods are concave.
"""

from __future__ import annotations

import numpy as np

from auditmatch.matching.domain import Floats, Ints

# A trace of a penalty on slopes keeps them finite where the outcome can be told without error.
RIDGE = 1e-6
_MOST = 30.0  # |eta| beyond this is rounding for one outcome, and overflow for the other


def fit(columns: Floats, y: Floats, binary: bool, start: Floats | None = None) -> Floats:
    """Return intercept and slopes of the greatest likelihood, slopes at least 0.

    Parameters
    ----------
    columns
        (rows, m)
    y
        (rows,) 0 or 1 when `binary`, else at least 0.
    start
        Where to begin.
    """
    from scipy.optimize import minimize

    m = columns.shape[1]
    design = np.column_stack([np.ones(len(y)), columns])
    weight = np.full(m + 1, RIDGE)
    weight[0] = 0.0

    def loss(at: Floats) -> tuple[float, Floats]:
        # einsum keeps to one thread: BLAS wakes all for rows this short, and sums in another order on each machine.
        eta = np.clip(np.einsum("nm,m->n", design, at), -_MOST, _MOST)
        mean = predicted(eta, binary)
        # d loss / d eta: mean - y for the logistic; for Poisson exp(-eta) + y * eta, so y - mean.
        slope = (mean - y) if binary else (y - mean)
        value = losses(eta, y, binary).mean() + 0.5 * float(weight @ (at * at))
        return float(value), np.asarray(np.einsum("nm,n->m", design, slope) / len(y) + weight * at)

    first = np.concatenate([[0.0], np.full(m, 0.5)]) if start is None else start
    bounds = [(None, None), *[(0.0, None)] * m]
    # Truncated Newton (Nash 1984): SciPy's L-BFGS-B wakes BLAS threads for tiny systems, at many times the time.
    precise = {"gtol": 1e-8, "ftol": 1e-15, "xtol": 1e-10, "maxfun": 5000}
    found = minimize(loss, first, jac=True, method="TNC", bounds=bounds, options=precise)
    return np.asarray(found.x, dtype=np.float64)


def linear(at: Floats, columns: Floats) -> Floats:
    """Return eta of each row."""
    return np.asarray(np.clip(at[0] + np.einsum("nm,m->n", columns, at[1:]), -_MOST, _MOST))


def predicted(eta: Floats, binary: bool) -> Floats:
    """Return the probability of being in time, or the mean count."""
    return np.asarray(1.0 / (1.0 + np.exp(-eta)) if binary else np.exp(-eta))


def losses(eta: Floats, y: Floats, binary: bool) -> Floats:
    """Return the loss of each row: log loss, or half the Poisson deviance up to a term of y alone."""
    if binary:
        return np.asarray(np.logaddexp(0.0, eta) - y * eta)
    return np.asarray(np.exp(-eta) + y * eta)


def saturated(y: Floats, binary: bool) -> Floats:
    """Return the least loss that any mean has: what is taken off so that the loss of counts is half their deviance."""
    if binary:
        return np.zeros_like(y)
    return np.asarray(y - y * np.log(np.where(y > 0, y, 1.0)))


def concordance(y: Floats, score: Floats) -> float:
    """Return the share of pairs of unequal outcome that the score puts in the right order, ties counting a half.

    For a binary outcome this is the area under the ROC curve. From Kendall's tau-b, whose numerator it shares.
    """
    from scipy.stats import kendalltau

    n = len(y)
    ties_y, ties_score = (_pairs(np.unique(values, return_counts=True)[1]) for values in (y, score))
    every = n * (n - 1) / 2
    if ties_score == every:
        return 0.5
    tau = float(kendalltau(y, score).statistic)
    return 0.5 + 0.5 * tau * float(np.sqrt((every - ties_y) * (every - ties_score))) / (every - ties_y)


def _pairs(counts: Ints) -> float:
    return float((counts * (counts - 1.0) / 2.0).sum())
