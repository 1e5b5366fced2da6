"""Mamdani inference on arrays: rules and terms as numbers, valued with NumPy, or with kernels where rows are many.

Source: E. H. Mamdani and S. Assilian, International Journal of Man-Machine Studies 7 (1975): "and" is the least grade,
a rule clips its output term at its strength, the clipped terms are united by the greatest, and the centroid is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.matching.domain import Floats, Ints
from auditmatch.memberships import Membership

_BLOCK = 512  # rows whose grades fit into a processor's near memory
FEWEST = 2000  # rows from which compiled loops repay their loading
# A strength below this is none: products with it would lose their digits.
FAINT = 1e-200
_TRAPEZOID, _GAUSS, _BELL, _PI = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class RuleArrays:
    """One rule base as numbers.

    Attributes
    ----------
    shapes
        Membership function of each input term.
    source, kinds, parameters
        (terms,), (terms,), (terms, 4) input, kind and parameters of each input term.
    rules, shared, then
        (rules, most conditions + 1) terms of the conditions, sorted, -1 after the last; (rules,) how many first ones
        are those of the rule before; (rules,) output term.
    heights
        (output terms, points) memberships of the points of the output's grid.
    weights
        (2, points) of the grid, as `weights_of` gives them.
    """

    shapes: tuple[Membership, ...]
    source: Ints
    kinds: Ints
    parameters: Floats
    rules: Ints
    shared: Ints
    then: Ints
    heights: Floats
    weights: Floats


def kind_of(shape: Membership) -> tuple[int, tuple[float, ...]]:
    """Return the general kind that a function is a case of, and its four parameters: S and Z are halves of a pi."""
    p, inf = shape.parameters, np.inf
    if shape.function in ("trapmf", "trimf"):
        return _TRAPEZOID, p if len(p) == 4 else (p[0], p[1], p[1], p[2])
    if shape.function in ("gaussmf", "gauss2mf"):
        return _GAUSS, p if len(p) == 4 else (*p, *p)
    if shape.function == "gbellmf":
        return _BELL, (*p, 0.0)
    return _PI, {"pimf": p, "smf": (*p, inf, inf), "zmf": (-inf, -inf, *p)}[shape.function]


def weights_of(grid: Floats) -> Floats:
    """Return what a height of 1 at each point adds to area and moment when heights are joined by straight segments.

    A segment from (x1, y1) to (x2, y2) of width h has area h * (y1 + y2) / 2 and moment
    h * (y1 * (2 * x1 + x2) + y2 * (x1 + 2 * x2)) / 6: both are sums over points, so the exact centroid of the segments
    is a quotient of two weighted sums of heights. Shape (2, points).
    """
    width, left, right = np.diff(grid), grid[:-1], grid[1:]
    weights = np.zeros((2, len(grid)))
    weights[0, :-1] += width / 2
    weights[0, 1:] += width / 2
    weights[1, :-1] += width * (2 * left + right) / 6
    weights[1, 1:] += width * (left + 2 * right) / 6
    return weights


def infer_rows(arrays: RuleArrays, x: Floats, compiled: bool) -> Floats:
    """Return the output of every row; NaN where no rule fires.

    Parameters
    ----------
    arrays
        The rule base.
    x
        (inputs, rows) values, each in its input's domain.
    compiled
        True for the kernels, False for NumPy; they agree to 1e-12.
    """
    values = np.empty(x.shape[1])
    run = _kernels if compiled else _numpy
    for at in range(0, x.shape[1], _BLOCK):
        run(arrays, x[:, at : at + _BLOCK], values[at : at + _BLOCK])
    return values


def _numpy(arrays: RuleArrays, x: Floats, values: Floats) -> None:
    graded = [shape.grade(x[source]) for shape, source in zip(arrays.shapes, arrays.source.tolist(), strict=True)]
    # The row after the last term is full membership: what a condition that is not there asks.
    grades = np.array([*graded, np.ones(x.shape[1])])
    fired = grades[arrays.rules].min(axis=1, initial=1.0)
    strengths = np.zeros((len(arrays.heights), x.shape[1]))
    np.maximum.at(strengths, arrays.then, fired)
    strengths[strengths < FAINT] = 0.0
    united = np.minimum(strengths[:, :, None], arrays.heights[:, None, :]).max(axis=0)
    area, moment = arrays.weights @ united.T
    values[:] = np.divide(moment, area, out=np.full_like(area, np.nan), where=area > 0)


def _kernels(arrays: RuleArrays, x: Floats, values: Floats) -> None:
    from auditmatch.matching import mamdani_kernels as kernels

    rows, block = x.shape[1], np.ascontiguousarray(x)
    grades, strengths = np.empty((len(arrays.source), rows)), np.empty((len(arrays.heights), rows))
    space, least = np.empty((3, rows)), np.empty((arrays.rules.shape[1], rows))
    kernels.compiled(kernels.fill_grades)(block, arrays.source, arrays.kinds, arrays.parameters, grades)
    kernels.compiled(kernels.fill_strengths)(grades, arrays.rules, arrays.shared, arrays.then, least, strengths)
    strengths[strengths < FAINT] = 0.0
    kernels.compiled(kernels.fill_centroids)(strengths, arrays.heights, arrays.weights, space, values)
