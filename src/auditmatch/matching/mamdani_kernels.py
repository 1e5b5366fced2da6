"""Mamdani inference for millions of rows: three compiled loops, each over a block of rows.

Rows run innermost, so that the compiler values several at once. Each loop stands alone: `compiled` compiles it on
first use, and with NUMBA_DISABLE_JIT=1 in the environment it stays Python. The readable form stands in mamdani_rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from auditmatch.matching.domain import Floats, Ints


@cache
def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Return a loop as machine code, kept on disk; it runs without Python's global lock."""
    from numba import njit

    machine: Callable[..., None] = njit(cache=True, nogil=True, error_model="numpy")(function)
    return machine


def fill_grades(x: Floats, source: Ints, kinds: Ints, parameters: Floats, grades: Any) -> None:
    """Write the membership of every row in every input term.

    Parameters
    ----------
    x
        (inputs, rows) values.
    source
        (terms,) input of each term.
    kinds, parameters
        (terms,) and (terms, 4): 0 trapezoid, 1 two half Gaussians, 2 bell, 3 pi, as `mamdani_rows.kind_of` gives them.
    grades
        (terms, rows) written.
    """
    for term in range(len(source)):
        a, b, c, d = parameters[term]
        kind, values, out = kinds[term], x[source[term]], grades[term]
        for row in range(len(out)):
            v = values[row]
            if kind == 0:
                rise = 1.0 if v >= b else (0.0 if v <= a else (v - a) / (b - a))
                fall = 1.0 if v <= c else (0.0 if v >= d else (d - v) / (d - c))
                out[row] = rise if rise < fall else fall
            elif kind == 1:
                away = (v - a) / b if v < a else ((v - c) / d if v > c else 0.0)
                out[row] = math.exp(-away * away / 2)
            elif kind == 2:
                out[row] = 1.0 / (1.0 + abs((v - c) / a) ** (2 * b))
            elif v <= a or v >= d:
                out[row] = 0.0
            elif v < b:
                out[row] = 2 * ((v - a) / (b - a)) ** 2 if v <= (a + b) / 2 else 1 - 2 * ((v - b) / (b - a)) ** 2
            elif v > c:
                out[row] = 1 - 2 * ((v - c) / (d - c)) ** 2 if v < (c + d) / 2 else 2 * ((v - d) / (d - c)) ** 2
            else:
                out[row] = 1.0


def fill_strengths(grades: Floats, rules: Ints, shared: Ints, then: Ints, least: Any, strengths: Any) -> None:
    """Write how strongly each output term is concluded: the greatest, over its rules, of their least grade.

    Parameters
    ----------
    grades
        (terms, rows).
    rules
        (rules, most conditions) terms of each rule's conditions, -1 after the last.
    shared
        (rules,) how many first conditions a rule shares with the one before; their least grade is kept.
    then
        (rules,) output term.
    least
        (most conditions, rows) space to work in.
    strengths
        (output terms, rows) written.
    """
    strengths[:] = 0.0
    least[0, :] = 1.0
    for rule in range(len(rules)):
        place = shared[rule]
        while rules[rule, place] >= 0:
            grade, before, after = grades[rules[rule, place]], least[place], least[place + 1]
            for row in range(len(after)):
                after[row] = grade[row] if grade[row] < before[row] else before[row]
            place += 1
        one, best = least[place], strengths[then[rule]]
        for row in range(len(best)):
            best[row] = one[row] if one[row] > best[row] else best[row]


def fill_centroids(strengths: Floats, heights: Floats, weights: Floats, space: Any, values: Any) -> None:
    """Write the centroid of each row's clipped and united output terms; NaN where no rule fires.

    Parameters
    ----------
    strengths
        (output terms, rows).
    heights
        (output terms, points) membership of the points of the output's grid.
    weights
        (2, points) what a height of 1 at one point adds to the area and to the moment; see `mamdani_rows.weights_of`.
    space
        (3, rows) space to work in.
    values
        (rows,) written.
    """
    height, area, moment = space[0], space[1], space[2]
    area[:] = 0.0
    moment[:] = 0.0
    for point in range(heights.shape[1]):
        height[:] = 0.0
        for term in range(len(heights)):
            top = heights[term, point]
            if top > 0.0:
                strength = strengths[term]
                for row in range(len(values)):
                    clipped = strength[row] if strength[row] < top else top
                    height[row] = clipped if clipped > height[row] else height[row]
        for row in range(len(values)):
            area[row] += weights[0, point] * height[row]
            moment[row] += weights[1, point] * height[row]
    for row in range(len(values)):
        values[row] = moment[row] / area[row] if area[row] > 0.0 else math.nan
