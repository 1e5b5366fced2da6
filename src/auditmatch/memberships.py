"""Membership functions by the names and parameters of scikit-fuzzy, their alpha-cuts in closed form, their centroids.

Source of the functions: scikit-fuzzy, `skfuzzy.membership`. Only functions that rise to 1 and then fall are taken,
since only these have one interval as the cut of every level: no sigmoids (they never reach 1), no differences or
products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, unknown

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]

WIDTH = 4  # most parameters that a function has
_STEPS = 1000  # of the grid on which the centroid of a curved function is taken


def _straight(foot: Floats, top: Floats, level: Floats) -> Floats:
    # From the nearer end, so that both ends are exact and a triangle's peak is one point.
    return np.asarray(np.where(level < 0.5, foot + level * (top - foot), top - (1 - level) * (top - foot)))


def _s_shaped(foot: Floats, top: Floats, level: Floats) -> Floats:
    """Invert 2 * ((x - foot) / (top - foot))**2 below one half and its mirror image above."""
    width = top - foot
    return np.asarray(np.where(level < 0.5, foot + width * np.sqrt(level / 2), top - width * np.sqrt((1 - level) / 2)))


def _gauss(sigma: Floats, level: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(sigma * np.sqrt(-2 * np.log(level)))


def _bell(width: Floats, slope: Floats, level: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.abs(width) * ((1 - level) / level) ** (1 / (2 * slope)))


def _cut_trapmf(p: Floats, level: Floats) -> Ends:
    # The fall is the rise of the mirror image.
    return _straight(p[0], p[1], level), -_straight(-p[3], -p[2], level)


def _cut_trimf(p: Floats, level: Floats) -> Ends:
    return _straight(p[0], p[1], level), -_straight(-p[2], -p[1], level)


def _cut_pimf(p: Floats, level: Floats) -> Ends:
    return _s_shaped(p[0], p[1], level), -_s_shaped(-p[3], -p[2], level)


def _cut_smf(p: Floats, level: Floats) -> Ends:
    rise = _s_shaped(p[0], p[1], level)
    return rise, np.full_like(rise, np.inf)


def _cut_zmf(p: Floats, level: Floats) -> Ends:
    fall = -_s_shaped(-p[1], -p[0], level)
    return np.full_like(fall, -np.inf), fall


def _cut_gaussmf(p: Floats, level: Floats) -> Ends:
    away = _gauss(p[1], level)
    return p[0] - away, p[0] + away


def _cut_gauss2mf(p: Floats, level: Floats) -> Ends:
    return p[0] - _gauss(p[1], level), p[2] + _gauss(p[3], level)


def _cut_gbellmf(p: Floats, level: Floats) -> Ends:
    away = _bell(p[0], p[1], level)
    return p[2] - away, p[2] + away


@dataclass(frozen=True, slots=True)
class Function:
    """One kind of membership function.

    Attributes
    ----------
    parameters
        Their names, as scikit-fuzzy calls them.
    cut
        From parameters (4, ...) and levels to the two ends of the cut, not yet clipped to the domain.
    rising
        Parameters that may not fall from one to the next.
    positive
        Parameters that must be above 0.
    """

    parameters: tuple[str, ...]
    cut: Callable[[Floats, Floats], Ends]
    rising: tuple[int, ...] = ()
    positive: tuple[int, ...] = ()


# The order is the code of each function in arrays and kernels.
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "trapmf": Function(("a", "b", "c", "d"), _cut_trapmf, (0, 1, 2, 3)),
        "trimf": Function(("a", "b", "c"), _cut_trimf, (0, 1, 2)),
        "gaussmf": Function(("mean", "sigma"), _cut_gaussmf, positive=(1,)),
        "gauss2mf": Function(("mean1", "sigma1", "mean2", "sigma2"), _cut_gauss2mf, (0, 2), positive=(1, 3)),
        "gbellmf": Function(("a", "b", "c"), _cut_gbellmf, positive=(0, 1)),
        "pimf": Function(("a", "b", "c", "d"), _cut_pimf, (0, 1, 2, 3)),
        "smf": Function(("a", "b"), _cut_smf, (0, 1)),
        "zmf": Function(("a", "b"), _cut_zmf, (0, 1)),
    }
)
CODES: Mapping[str, int] = MappingProxyType({name: code for code, name in enumerate(FUNCTIONS)})
_LISTS = ("trapmf", "trimf")  # functions that scikit-fuzzy gives their parameters as one list


def fault(function: str, parameters: Sequence[float]) -> tuple[str, str | None] | None:
    """Return what is wrong with the parameters of a known function, and the way out; None when nothing is."""
    kind = FUNCTIONS[function]
    if len(parameters) != len(kind.parameters):
        wanted = f"{function}({', '.join(kind.parameters)})"
        return f"{function} takes {len(kind.parameters)} numbers, not {len(parameters)}", f"{wanted}?"
    if not all(map(math.isfinite, parameters)):
        return f"{function} has a parameter that is not a finite number", "0.5?"
    for place in kind.positive:
        if not parameters[place] > 0:
            return f"{function} has {kind.parameters[place]} {parameters[place]:g}, which is not above 0", "0.1?"
    # An S that rises in one point would divide by zero in scikit-fuzzy.
    steep = {"smf": ((0, 1),), "zmf": ((0, 1),), "pimf": ((0, 1), (2, 3))}.get(function, ())
    order = [parameters[place] for place in kind.rising]
    if any(left > right for left, right in pairwise(order)):
        placed = list(parameters)
        for place, value in zip(kind.rising, sorted(order), strict=True):
            placed[place] = value
        return f"{function} has its numbers out of order", f"{', '.join(f'{value:g}' for value in placed)}?"
    if any(parameters[left] == parameters[right] for left, right in steep):
        return f"{function} rises or falls in one point", "trapmf?"
    return None


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership function with its parameters.

    Attributes
    ----------
    function
        One of `FUNCTIONS`.
    parameters
        As scikit-fuzzy takes them.

    Raises
    ------
    UnknownNameError
        For another function.
    ArgumentError
        For parameters that the function does not take.
    """

    function: str
    parameters: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise unknown("membership function", self.function, FUNCTIONS)
        object.__setattr__(self, "parameters", tuple(float(value) for value in self.parameters))
        wrong = fault(self.function, self.parameters)
        if wrong:
            raise ArgumentError(f"{self}: {wrong[0]}" + (f". Maybe {wrong[1]}" if wrong[1] else ""))

    def __str__(self) -> str:
        return f"{self.function}({', '.join(f'{value:g}' for value in self.parameters)})"

    @property
    def crisp(self) -> bool:
        """Tell whether it is one number."""
        return self.straight and self.parameters[0] == self.parameters[-1]

    @property
    def straight(self) -> bool:
        """Tell whether its sides are straight."""
        return self.function in _LISTS

    @property
    def padded(self) -> tuple[float, ...]:
        """The parameters, filled up with zeros to four."""
        return (*self.parameters, *[0.0] * (WIDTH - len(self.parameters)))

    def reaches(self, low: float, high: float) -> bool:
        """Tell whether some x in [low, high] is a full member."""
        least, most = self.cut(1.0)
        return bool(least <= high and most >= low)

    def grade(self, x: npt.ArrayLike) -> Floats:
        """Return the membership of each x in [0, 1], by scikit-fuzzy."""
        import skfuzzy

        values = np.atleast_1d(np.asarray(x, dtype=np.float64))
        grade: Callable[..., Any] = getattr(skfuzzy, self.function)
        if self.straight:
            found = grade(values.ravel(), np.array(self.parameters))
        else:
            found = grade(values.ravel(), *self.parameters)
        return np.asarray(found, dtype=np.float64).reshape(np.shape(x))

    def cut(self, level: npt.ArrayLike, low: float = -np.inf, high: float = np.inf) -> Ends:
        """Return the least and the greatest x of the domain [low, high] whose membership is at least `level`.

        At level 0 these are the ends of the support. Exact: each function is inverted in closed form.
        """
        alpha = np.asarray(level, dtype=np.float64)
        least, most = FUNCTIONS[self.function].cut(np.array(self.padded), alpha)
        return np.clip(least, low, high), np.clip(most, low, high)

    def centroid(self, low: float, high: float) -> float:
        """Return the centre of gravity under the function over [low, high], itself where the function is one number.

        Exact for trimf and trapmf; for the others the function is taken as straight between 1,001 points, which is
        good to about six digits.
        """
        (least,), (most,) = self.cut(np.zeros(1), low, high)
        if least == most:
            return float(least)
        if self.straight:
            x, y = self._corners(least, most)
        else:
            x = np.linspace(least, most, _STEPS + 1)
            y = self.grade(x)
        return centroid(x, y)

    def _corners(self, low: float, high: float) -> Ends:
        """Return the corners of a straight-sided function cut off at both ends; steps are two corners at one place."""
        corners = self.parameters if self.function == "trapmf" else (*self.parameters[:2], *self.parameters[1:])
        x: list[float] = []
        y: list[float] = []
        for (x1, y1), (x2, y2) in pairwise(zip(corners, (0.0, 1.0, 1.0, 0.0), strict=True)):
            left, right = max(x1, low), min(x2, high)
            if left < right:
                x += [left, right]
                y += np.interp([left, right], [x1, x2], [y1, y2]).tolist()
        return np.array(x), np.array(y)


def centroid(x: Floats, y: Floats) -> float:
    """Return the centre of gravity under the straight segments from (x, y) to (x, y); x rises.

    A segment of width h between heights y1 and y2 has area h * (y1 + y2) / 2, and its moment about its left end is
    h**2 * (y1 + 2 * y2) / 6.
    """
    width = np.diff(x)
    area = width * (y[:-1] + y[1:]) / 2
    moment = x[:-1] * area + width**2 * (y[:-1] + 2 * y[1:]) / 6
    return float(moment.sum() / area.sum())
