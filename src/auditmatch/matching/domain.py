"""What the matching degree accepts: forms, readings, exponents, the domain of each factor, and the floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, nearest, unknown

Form = Literal["product", "additive"]
Reading = Literal["load", "organisation"]
Grades = Literal["auditing", "all"]
Registrations = Literal["fields", "pairs"]
Projects = Literal["organisations", "audits"]
FORMS: tuple[Form, ...] = get_args(Form)
READINGS: tuple[Reading, ...] = get_args(Reading)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SHARE = ("a number above 0 and at most 1", 0.0, 1.0)
COUNT = ("a number of at least 1", 1.0, np.inf)
DOMAINS: Mapping[str, tuple[str, float, float]] = {
    "B1": SHARE,
    "C1": COUNT,
    "B2": SHARE,
    "C2": COUNT,
    "D": SHARE,
    "E": SHARE,
}


@dataclass(frozen=True, slots=True)
class Exponents:
    """Weight of each factor as its exponent: 1 as published, 0 switches the factor off, else 0.1 to 10.

    The counts A1 and A2 have none: with a power of a count, one more auditor could lower X and one more organisation
    could raise P.

    Raises
    ------
    ArgumentError
        For an exponent outside its range.
    """

    B1: float = 1.0
    C1: float = 1.0
    B2: float = 1.0
    C2: float = 1.0
    D: float = 1.0
    E: float = 1.0

    def __post_init__(self) -> None:
        wrong = [f"{field.name} = {getattr(self, field.name)}" for field in fields(self) if not self._fits(field.name)]
        if wrong:
            raise ArgumentError(f"exponents outside their range: {', '.join(wrong)}. Maybe 0, or 0.1 to 10?")

    def _fits(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value == 0.0 or 0.1 <= value <= 10.0)

    @classmethod
    def of(cls, given: Exponents | Mapping[str, float] | None) -> Exponents:
        """Return exponents from a mapping of factor names; the factors left out keep 1.

        Raises
        ------
        UnknownNameError
            For a name that is not B1, C1, B2, C2, D or E.
        """
        if isinstance(given, Exponents):
            return given
        for name in given or {}:
            if name not in DOMAINS:
                raise unknown("factor with an exponent", name, DOMAINS)
        return cls(**{name: float(value) for name, value in (given or {}).items()})


EQUAL = Exponents()


@dataclass(frozen=True, slots=True)
class Options:
    """The choices that fix one matching degree.

    Attributes
    ----------
    form
        "product": y = 1 / (B2 * C2 * D * E); "additive": y = 1/B2 + 1/C2 + 1/D + 1/E.
    reading
        "load": Y = A2 * mean(y); "organisation": Y = mean(y).
    exponents
        Weight of each factor.
    grades
        Qualifications that count: "auditing" (grades auditor and lead) or "all" (interns and experts too).
    registrations
        What C1 counts: distinct "fields", or "pairs" of field and specialty.
    projects
        What A2 counts: "organisations" that need the group, or open "audits".
    floor
        Least value of B1, B2, D and E, in (0, 1].

    Raises
    ------
    ArgumentError
        For an unknown choice or a floor outside (0, 1].
    """

    form: Form = "product"
    reading: Reading = "load"
    exponents: Exponents = EQUAL
    grades: Grades = "auditing"
    registrations: Registrations = "fields"
    projects: Projects = "organisations"
    floor: float = 0.05

    def __post_init__(self) -> None:
        check_choice("form", self.form, FORMS)
        check_choice("reading", self.reading, READINGS)
        check_choice("grades", self.grades, get_args(Grades))
        check_choice("registrations", self.registrations, get_args(Registrations))
        check_choice("projects", self.projects, get_args(Projects))
        if not 0.0 < self.floor <= 1.0:
            raise ArgumentError(f"floor is {self.floor}, not above 0 and at most 1. Maybe 0.05?")


def floored(values: npt.ArrayLike, floor: float) -> tuple[Floats, Bools]:
    """Return values raised to `floor` where below it, and a mask of those that were raised.

    Raising everything below, not the zeros alone, keeps P monotone in the factor.
    """
    raw = np.asarray(values, dtype=np.float64)
    return np.maximum(raw, floor), raw < floor


def check_choice(argument: str, value: str, choices: Sequence[str]) -> None:
    """Raise ArgumentError unless `value` is one of `choices`."""
    if value not in choices:
        near = nearest(str(value), choices)
        way_out = repr(near) if near else "one of " + ", ".join(map(repr, choices))
        raise ArgumentError(f"{argument} {value!r} is not known. Maybe {way_out}?")


def check_domain(**factors: npt.ArrayLike) -> dict[str, Floats]:
    """Return the named factors as float arrays; one ArgumentError names every row of every factor that is wrong."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in factors.items()}
    faults = []
    for name, values in arrays.items():
        words, low, high = DOMAINS[name]
        right = np.isfinite(values) & (values >= low) & (values <= high) & (values > 0)
        wrong = np.flatnonzero(~right)
        if wrong.size:
            faults.append(f"{name} must be {words}, but is not in rows {runs(wrong)}")
    if faults:
        raise ArgumentError("; ".join(faults) + ". Maybe floor the zeros first and count from 1?")
    return arrays


def runs(rows: Ints) -> str:
    """Return ascending rows as text, runs shortened: 0-3, 7."""
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def check_groups(group: npt.ArrayLike, n_groups: int) -> Ints:
    """Return group numbers as integers; raise ArgumentError unless all lie in 0 .. n_groups - 1."""
    index = np.asarray(group, dtype=np.int64)
    if index.size and not (index.min() >= 0 and index.max() < n_groups):
        raise ArgumentError(
            f"group numbers must lie in 0 .. {n_groups - 1}, but go from {index.min()} to {index.max()}"
        )
    return index
