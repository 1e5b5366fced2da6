"""From a register to its matching degree: options, date, factors, formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.domain import Exponents, Form, Grades, Options, Projects, Reading, Registrations
from auditmatch.matching.factors import read_factors
from auditmatch.matching.formula import difficulty, group_difficulty, group_sufficiency, matching, sufficiency
from auditmatch.tables import FIRST_DATE, LAST_DATE

if TYPE_CHECKING:
    from auditmatch.matching.mamdani import Inference
    from auditmatch.register import Register


def matching_degree(
    register: Register,
    at: Any = None,
    form: Form = "product",
    reading: Reading = "load",
    exponents: Exponents | Mapping[str, float] | None = None,
    *,
    grades: Grades = "auditing",
    registrations: Registrations = "fields",
    projects: Projects = "organisations",
    floor: float | None = None,
    inference: Mapping[str, Inference] | None = None,
) -> MatchingDegree:
    """Return the matching degree P = X / Y of each (field, specialty) of a register.

    The published article gives the factors, their directions and ranges in words; its formula is not available.
    Form and reading are therefore choices, not claims.

    Parameters
    ----------
    register
        The tables of one certification body.
    at
        The date; None: the first day of the open audits' windows.
    form
        How the factors of an organisation make its difficulty: "product" or "additive".
    reading
        "load": Y grows with the projects; "organisation": Y is their mean.
    exponents
        Weights of the factors B1, C1, B2, C2, D, E, as {"B1": 2.0}; those left out are 1.
    grades
        Qualifications that count: "auditing" (auditor and lead) or "all".
    registrations
        What C1 counts: distinct "fields" or "pairs" of field and specialty.
    projects
        What A2 counts: "organisations" or open "audits".
    floor
        Least value of B1, B2, D and E, in (0, 1]; None: the register's setting.
    inference
        Rules that conclude B1, B2, D or E in place of their means and quotients, by factor; `default_inference` has
        some.

    Raises
    ------
    ArgumentError
        For a choice, an exponent, a floor or a date outside its domain; for `at` None without an open audit.
    UnknownNameError
        For an exponent or rules of an unknown factor.
    InputError
        For members for which no rule fires.
    """
    least = register.setting("floor") if floor is None else floor
    options = Options(
        form, reading, Exponents.of(exponents), grades, registrations, projects, float(least), inference or {}
    )
    day = _date(register, at)
    factors = read_factors(register, day, options)
    people, clients = factors.auditors, factors.organisations
    who, what = factors.supply.member, factors.demand.member
    n_groups, weights = len(factors.field), options.exponents
    supply = group_sufficiency(factors.supply.group, people.B1[who], people.C1[who], n_groups, weights)
    members = {name: getattr(clients, name)[what] for name in ("B2", "C2", "D", "E")}
    demand = group_difficulty(factors.demand.group, members, n_groups, form, reading, weights)
    registered = ~np.isnan(people.C1)
    x = np.full(len(registered), np.nan)
    x[registered] = sufficiency(people.B1[registered], people.C1[registered], weights)
    y = difficulty(clients.B2, clients.C2, clients.D, clients.E, form, weights)
    P = matching(supply.X, demand.Y)
    return MatchingDegree(register, day, options, factors, supply, demand, P, x, y)


def _date(register: Register, at: Any) -> np.datetime64:
    """Return the date asked for, or the first day of the open audits' windows."""
    if at is None:
        first = register.audits["earliest"][register.audits["status"] == "open"]
        if not first.size:
            raise ArgumentError("no audit is open, so there is no date to take. Maybe give one: at='2027-01-04'?")
        return np.datetime64(first.min())
    try:
        (day,) = np.asarray([at], dtype="datetime64[D]")
    except (ValueError, TypeError):
        day = np.datetime64("NaT", "D")
    if not FIRST_DATE <= day <= LAST_DATE:  # false for NaT as well
        raise ArgumentError(f"at = {at!r} is not a date of {FIRST_DATE} to {LAST_DATE}. Maybe '2027-01-04'?")
    return np.datetime64(day)
