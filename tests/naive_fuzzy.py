"""Slow, obvious oracles of fuzzy factors: membership point by point, P from items, Mamdani in plain loops."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def naive_trapezoid(x: float, a: float, b: float, c: float, d: float) -> float:
    """Membership of one number in a trapezoid."""
    if b <= x <= c:
        return 1.0
    if x <= a or x >= d:
        return 0.0
    return (x - a) / (b - a) if x < b else (d - x) / (d - c)


def naive_grade(function: str, p: Sequence[float], x: float) -> float:
    """Membership of one number, by the formulas of scikit-fuzzy's documentation."""
    if function == "trapmf":
        return naive_trapezoid(x, *p)
    if function == "trimf":
        return naive_trapezoid(x, p[0], p[1], p[1], p[2])
    if function == "gaussmf":
        return math.exp(-((x - p[0]) ** 2) / (2 * p[1] ** 2))
    if function == "gauss2mf":
        left, right = naive_grade("gaussmf", p[:2], x), naive_grade("gaussmf", p[2:], x)
        return left if x < p[0] else right if x > p[2] else 1.0
    if function == "gbellmf":
        return 1 / (1 + abs((x - p[2]) / p[0]) ** (2 * p[1]))
    if function == "smf":
        t = min(max((x - p[0]) / (p[1] - p[0]), 0.0), 1.0)
        return 2 * t * t if t <= 0.5 else 1 - 2 * (1 - t) ** 2
    if function == "zmf":
        return 1 - naive_grade("smf", p, x)
    assert function == "pimf"
    return min(naive_grade("smf", p[:2], x), naive_grade("zmf", p[2:], x))


def naive_p(
    auditors: Sequence[Mapping[str, Any]],
    clients: Sequence[Mapping[str, Any]],
    form: str,
    reading: str,
    power: Mapping[str, float],
    floor: float,
) -> Any:
    """P of one group from the items of its members; items may be arrays of equal length, one entry for each point."""
    supply, demand = 0.0, 0.0
    for one in auditors:
        b1 = (one["routine"] + one["health"] + one["caprice"] + one["holidays"] + one["incidents"]) / 5
        supply = supply + np.maximum(b1, floor) ** power["B1"] / one["C1"] ** power["C1"]
    for one in clients:
        b2 = np.maximum((one["client_timing"] + one["inspections"]) / 2, floor) ** power["B2"]
        c2 = one["certificates"] ** power["C2"]
        d = np.maximum(one["coordination"], floor) ** power["D"]
        e = np.maximum(one["policy"], floor) ** power["E"]
        demand = demand + (1 / (b2 * c2 * d * e) if form == "product" else 1 / b2 + 1 / c2 + 1 / d + 1 / e)
    return supply / (demand if reading == "load" else demand / len(clients))


def naive_strengths(inference: Any, row: Mapping[str, float]) -> dict[str, float]:
    """How strongly the rules conclude each term of the output from one row."""
    strengths = dict.fromkeys(inference.output.terms, 0.0)
    terms = {variable.name: variable.terms for variable in inference.inputs}
    for rule in inference.rules:
        strength = 1.0
        for name, words in rule.when:
            grades = [
                naive_grade(terms[name][word].function, terms[name][word].parameters, row[name]) for word in words
            ]
            strength = min(strength, max(grades))
        strengths[rule.then] = max(strengths[rule.then], strength)
    return strengths


def naive_mamdani(inference: Any, row: Mapping[str, float]) -> float:
    """What rules conclude from one row, NaN when none fires: loops over rules, points of the grid, and segments."""
    strengths = naive_strengths(inference, row)
    low, high, last = inference.output.low, inference.output.high, inference.points - 1
    grid = [low + (high - low) * place / last for place in range(inference.points)]
    heights = [
        max(
            min(strengths[word], naive_grade(f.function, f.parameters, x)) for word, f in inference.output.terms.items()
        )
        for x in grid
    ]
    area = moment = 0.0
    for place in range(last):
        x1, x2, y1, y2 = grid[place], grid[place + 1], heights[place], heights[place + 1]
        segment = (x2 - x1) * (y1 + y2) / 2
        if segment > 0:
            # The centre of a trapezoid lies (y1 + 2 * y2) / (3 * (y1 + y2)) of its width from its left side.
            moment += segment * (x1 + (x2 - x1) * (y1 + 2 * y2) / (3 * (y1 + y2)))
            area += segment
    return moment / area if area else math.nan
