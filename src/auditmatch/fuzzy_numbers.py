"""Fuzzy numbers, and how a cell of text is read as one: 0.6, [0.5, 0.8], tri(0.4, 0.6, 0.8), gaussmf(0.7, 0.1)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, nearest
from auditmatch.meant import NUMBER, number_meant
from auditmatch.memberships import FUNCTIONS, Ends, Floats, Membership, fault

_SHORT: Mapping[str, str] = MappingProxyType({"tri": "trimf", "trap": "trapmf"})
_INTERVAL = re.compile(r"\[(.*)\]")
_CALL = re.compile(r"([a-z][a-z0-9_]*)\s*\((.*)\)")
_NO_NUMBER = frozenset({"nan", "inf", "+inf", "-inf", "infinity", "-infinity"})
_WRITTEN = "0.6, [0.5, 0.8] or tri(0.4, 0.6, 0.8)?"


@dataclass(frozen=True, slots=True)
class Unread:
    """What is wrong with a text that looks like a fuzzy number and is none, and the way out."""

    message: str
    maybe: str | None = None


@dataclass(frozen=True, slots=True)
class FuzzyNumber:
    """A trapezoidal fuzzy number: possible from a to d, fully from b to c, straight between.

    A triangle has b = c, an interval a = b and c = d, a plain number all four equal.

    Raises
    ------
    ArgumentError
        Unless a <= b <= c <= d are finite.
    """

    a: float
    b: float
    c: float
    d: float

    def __post_init__(self) -> None:
        for name, value in zip("abcd", self._corners, strict=True):
            object.__setattr__(self, name, float(value))
        wrong = fault("trapmf", self._corners)
        if wrong:
            shown = ", ".join(f"{value:g}" for value in self._corners)
            message = wrong[0].replace("trapmf has", "it has")
            raise ArgumentError(f"({shown}) is no fuzzy number: {message}. Maybe {wrong[1]}")

    @staticmethod
    def number(value: float) -> FuzzyNumber:
        """Return the plain number."""
        return FuzzyNumber(value, value, value, value)

    @staticmethod
    def interval(low: float, high: float) -> FuzzyNumber:
        """Return the interval: every number in it is fully possible."""
        return FuzzyNumber(low, low, high, high)

    @staticmethod
    def triangle(low: float, peak: float, high: float) -> FuzzyNumber:
        """Return the triangle."""
        return FuzzyNumber(low, peak, peak, high)

    @staticmethod
    def parse(text: str) -> FuzzyNumber:
        """Read "0.6", "[0.5, 0.8]", "tri(0.4, 0.6, 0.8)" or "trap(0.3, 0.5, 0.7, 0.9)".

        Raises
        ------
        ArgumentError
            For anything else, and for numbers out of order.
        """
        read = read_shape(text)
        if isinstance(read, Membership) and read.function == "trapmf":
            return FuzzyNumber(*read.parameters)
        if isinstance(read, Membership) and read.function == "trimf":
            return FuzzyNumber.triangle(*read.parameters)
        wrong = read if isinstance(read, Unread) else Unread("is no fuzzy number", _WRITTEN)
        raise ArgumentError(f"{text!r} {wrong.message}" + (f". Maybe {wrong.maybe}" if wrong.maybe else ""))

    @property
    def _corners(self) -> tuple[float, float, float, float]:
        return self.a, self.b, self.c, self.d

    @property
    def membership(self) -> Membership:
        """The same as a membership function."""
        return Membership("trapmf", self._corners)

    @property
    def support(self) -> tuple[float, float]:
        """What is possible at all: a to d."""
        return self.a, self.d

    @property
    def core(self) -> tuple[float, float]:
        """What is fully possible: b to c."""
        return self.b, self.c

    @property
    def centroid(self) -> float:
        """The centre of gravity under the trapezoid; a plain number itself."""
        return self.membership.centroid(self.a, self.d)

    def cut(self, level: npt.ArrayLike) -> Ends:
        """Return both ends of what is possible to at least `level`: a + level * (b - a) and d - level * (d - c)."""
        return self.membership.cut(level)

    def grade(self, x: npt.ArrayLike) -> Floats:
        """Return how far each x is possible, in [0, 1]."""
        return self.membership.grade(x)

    def __str__(self) -> str:
        """Return the shortest text that `parse` reads as the same number."""
        shown = [np.format_float_positional(value, trim="-") for value in self._corners]
        if self.a == self.d:
            return shown[0]
        if self.a == self.b and self.c == self.d:
            return f"[{shown[0]}, {shown[3]}]"
        if self.b == self.c:
            return f"tri({shown[0]}, {shown[1]}, {shown[3]})"
        return f"trap({', '.join(shown)})"


def read_shape(text: str) -> Membership | Unread | None:
    """Read a text as a membership function; None when it looks like a word.

    Full-width digits, brackets and commas are read as plain ones.
    """
    plain = unicodedata.normalize("NFKC", text).replace("、", ",").strip().casefold()
    if NUMBER.fullmatch(plain) and math.isfinite(float(plain)):
        return Membership("trapmf", (float(plain),) * 4)
    if plain in _NO_NUMBER or NUMBER.fullmatch(plain):
        return Unread("is not a finite number", _WRITTEN)
    if inside := _INTERVAL.fullmatch(plain):
        return _read_interval(inside[1])
    if call := _CALL.fullmatch(plain):
        name = _SHORT.get(call[1], call[1])
        if name not in FUNCTIONS:
            near = nearest(name, [*_SHORT, *FUNCTIONS])
            return Unread(f"has {call[1]}, which is no membership function", f"{near}?" if near else "tri or trap?")
        return read_parameters(name, call[2], call[1])
    if plain.startswith("[") or plain[:1] in "+-.0123456789":
        return Unread("is no fuzzy number", number_meant(plain) or _WRITTEN)
    return None


def read_parameters(function: str, text: str, called: str | None = None) -> Membership | Unread:
    """Read the parameters of a known function, divided by commas or spaces; `called`: how the text names it."""
    name = called or function
    numbers = _numbers(text)
    if isinstance(numbers, Unread):
        return numbers
    wrong = fault(function, numbers)
    if wrong is None:
        return Membership(function, tuple(numbers))
    message, maybe = wrong[0].replace(function, name), wrong[1]
    if called and maybe and "," in maybe and "(" not in maybe:
        maybe = f"{name}({maybe[:-1]})?"
    return Unread(message, maybe.replace(function, name) if maybe else None)


def inside(shape: Membership, low: float, high: float) -> FuzzyNumber:
    """Return the fuzzy number in a domain that a straight-sided one outside was probably meant to be: 80 means 0.8."""
    p = shape.parameters if shape.function == "trapmf" else (*shape.parameters[:2], *shape.parameters[1:])
    scale = 100.0 if high == 1.0 < p[-1] <= 100.0 and p[-1] >= 10.0 else 1.0
    return FuzzyNumber(*np.clip(np.array(p) / scale, low, high).tolist())


def _read_interval(text: str) -> Membership | Unread:
    numbers = _numbers(text)
    if isinstance(numbers, Unread):
        return numbers
    if len(numbers) != 2:
        return Unread(f"takes two numbers in brackets, not {len(numbers)}", "[0.5, 0.8]?")
    low, high = numbers
    if low > high:
        return Unread("has its numbers out of order", f"[{high:g}, {low:g}]?")
    return Membership("trapmf", (low, low, high, high))


def _numbers(text: str) -> list[float] | Unread:
    """Return the numbers that commas, semicolons or spaces divide."""
    parts = re.split(r"\s*[,;]\s*|\s+", unicodedata.normalize("NFKC", text).replace("、", ",").strip())
    for part in parts:
        if not (NUMBER.fullmatch(part) and math.isfinite(float(part))):
            shown = f"has {part[:20]!r} where a number is wanted" if part else "lacks a number"
            return Unread(shown, number_meant(part))
    return [float(part) for part in parts]
