"""Drivers: log P of a group split exactly among the shown factors, against a reference row.

Source: the logarithmic-mean Divisia method, Ang (2004), Energy Policy 32, 1131-1139, and Ang (2005), Energy Policy 33,
867-871; its limits where a value is zero: Ang and Liu (2007), Energy Policy 35, 238-246. With the logarithmic mean
L(a, b) = (a - b) / ln(a / b), L(a, a) = a, a sum S = m_1 + ... + m_4 changes by

    ln(S / S') = sum_k L(m_k, m_k') / L(S, S') * ln(m_k / m_k') = sum_k (m_k - m_k') / L(S, S'),

so each term has a share of its own and nothing is left over. A product is the case of one term: its factors share by
their plain logarithms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching.domain import Floats, Ints, Options
from auditmatch.matching.formula import ideal_difficulty
from auditmatch.matching.frames import Columns, native_frame

if TYPE_CHECKING:
    from auditmatch.matching.degree import MatchingDegree

    Reference: TypeAlias = str | tuple[str, str] | MatchingDegree

SUPPLY, DEMAND = ("A1", "B1", "C1"), ("A2", "B2", "C2", "D", "E")
FACTORS = (*SUPPLY, *DEMAND)
Rows = Mapping[str, Floats]


def log_mean(a: Floats, b: Floats) -> Floats:
    """Return the logarithmic mean (a - b) / ln(a / b) of positive numbers, a where they are equal.

    Written with log1p, so that it keeps its digits where a and b are close.
    """
    rise = (a - b) / b
    quotient = np.divide(rise, np.log1p(rise), out=np.ones_like(rise), where=rise != 0)
    return np.asarray(b * quotient)


def split(row: Rows, reference: Rows, options: Options) -> dict[str, Floats]:
    """Return the contribution of each factor to ln P - ln P_ref.

    Parameters
    ----------
    row, reference
        By factor name: (n,) shown values; A1 and A2 are at least 0, the others count only where their own side (A1 for
        B1 and C1; A2 for B2 to E) is not 0.
    options
        Form, reading and exponents, the same for both rows.

    Returns
    -------
    dict
        (n,) by factor, never NaN. On each side, with its count A here and A' in the reference:

        - A, A' > 0: finite contributions;
        - A = 0 < A': A1 contributes -inf, A2 contributes +inf, the others of the side 0 (there is nobody to have them);
        - A > 0 = A': the opposite sign;
        - A = A' = 0: all 0, the limit of both sides vanishing alike.
    """
    power = options.exponents
    signs = {"A1": 1.0, "B1": power.B1, "C1": -power.C1, "A2": -1.0 if options.reading == "load" else 0.0}
    signs |= {name: getattr(power, name) for name in DEMAND[1:]}
    plain = (*SUPPLY, *(DEMAND if options.form == "product" else DEMAND[:1]))
    parts: dict[str, Floats] = {}
    # Absent rows have no logarithm; `_limits` overwrites them.
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in plain:
            parts[name] = signs[name] * (np.log(row[name]) - np.log(reference[name]))
        if options.form == "additive":
            terms = {name: row[name] ** -signs[name] for name in DEMAND[1:]}
            others = {name: reference[name] ** -signs[name] for name in DEMAND[1:]}
            mean = log_mean(np.sum(list(terms.values()), axis=0), np.sum(list(others.values()), axis=0))
            parts |= {name: -(terms[name] - others[name]) / mean for name in DEMAND[1:]}
    for side, sign in ((SUPPLY, 1.0), (DEMAND, -1.0)):
        _limits(parts, side, sign, row[side[0]], reference[side[0]])
    return {name: parts[name] + 0.0 for name in FACTORS}  # + 0.0 turns -0.0 into 0.0


def _limits(parts: dict[str, Floats], side: tuple[str, ...], sign: float, here: Floats, there: Floats) -> None:
    """Put the limits of `split` where a side of the row or of the reference has no members."""
    whole = (here > 0) & (there > 0)
    infinite = np.where(here > 0, sign, -sign) * np.inf
    for name in side:
        parts[name] = np.where(whole, parts[name], 0.0)
    parts[side[0]] = np.where((here > 0) != (there > 0), infinite, parts[side[0]])


def driver_frame(degree: MatchingDegree, field: str, specialty: str, reference: Reference) -> Any:
    """Return one row per factor of one group; `MatchingDegree.drivers` says what they hold."""
    pairs, here, there = _paired(degree, reference)
    if (field, specialty) not in pairs:
        names = sorted({pair[0] for pair in pairs})
        if field not in names:
            raise unknown("field", field, names)
        raise unknown(f"specialty of {field}", specialty, [pair[1] for pair in pairs if pair[0] == field])
    at = pairs.index((field, specialty))
    here, there = here[at : at + 1], there[at : at + 1]
    row, other = shown(degree, here), _reference_rows(degree, reference, there)
    contribution = np.concatenate(list(split(row, other, degree.options).values()))
    columns: Columns = {"factor": np.array(FACTORS, dtype=object)}
    columns |= {"value": np.concatenate([row[name] for name in FACTORS])}
    columns |= {"reference": np.concatenate([other[name] for name in FACTORS])}
    return native_frame(columns | {"contribution": contribution, "share": shares(contribution)}, degree.register.native)


def all_drivers_frame(degree: MatchingDegree, reference: Reference) -> Any:
    """Return one row per group; `MatchingDegree.all_drivers` says what they hold."""
    pairs, here, there = _paired(degree, reference)
    row, other = shown(degree, here), _reference_rows(degree, reference, there)
    parts = split(row, other, degree.options)
    with np.errstate(invalid="ignore"):  # nobody on either side: +inf - inf is absent, as P is
        change = np.sum(list(parts.values()), axis=0)
    columns: Columns = {
        "field": np.array([pair[0] for pair in pairs], dtype=object),
        "specialty": np.array([pair[1] for pair in pairs], dtype=object),
        "P": row["P"],
        "reference": other["P"],
    }
    return native_frame(columns | parts | {"change": change}, degree.register.native)


def shares(contribution: Floats) -> Floats:
    """Return contributions over the sum of their sizes: in [-1, 1], sizes add up to 1, all 0 where nothing differs.

    An infinite contribution takes all of it; two take a half each.
    """
    endless = np.isinf(contribution)
    sized = np.where(endless, np.sign(contribution), 0.0) if endless.any() else contribution
    return np.asarray(sized / max(float(np.abs(sized).sum()), np.finfo(np.float64).tiny))


def shown(degree: MatchingDegree, rows: Ints) -> dict[str, Floats]:
    """Return the shown factors and P of groups, as floats; a row of -1 is an absent group: counts 0, the rest NaN."""
    values = {name: getattr(degree.supply, name) for name in SUPPLY}
    values |= {name: getattr(degree.demand, name) for name in DEMAND} | {"P": degree.P}
    blank = {"A1": 0.0, "A2": 0.0}
    return {name: np.append(each.astype(np.float64), blank.get(name, np.nan))[rows] for name, each in values.items()}


def _paired(degree: MatchingDegree, reference: Reference) -> tuple[list[tuple[str, str]], Ints, Ints]:
    """Return the groups, their rows here, and their rows in the reference (-1: absent).

    Groups are those of the degree; against another degree, those of either.
    """
    own = group_rows(degree)
    if isinstance(reference, str | tuple):
        rows = np.arange(len(own))
        at = _row_of(own, reference) if isinstance(reference, tuple) else 0
        return list(own), rows, np.full(len(own), at)
    other = group_rows(reference)
    pairs = sorted({*own, *other})
    here = np.array([own.get(pair, -1) for pair in pairs], dtype=np.int64)
    return pairs, here, np.array([other.get(pair, -1) for pair in pairs], dtype=np.int64)


def _reference_rows(degree: MatchingDegree, reference: Reference, rows: Ints) -> dict[str, Floats]:
    if isinstance(reference, str):
        if reference != "ideal":
            raise ArgumentError(
                f"reference {reference!r} is not known. Maybe 'ideal', a pair (field, specialty), or a matching degree?"
            )
        ones = {name: np.ones(len(rows)) for name in FACTORS}
        return ones | {"P": np.full(len(rows), 1.0 / ideal_difficulty(degree.options.form))}
    if isinstance(reference, tuple):
        return shown(degree, rows)
    for name in ("form", "reading", "exponents"):
        mine, theirs = getattr(degree.options, name), getattr(reference.options, name)
        if mine != theirs:
            raise ArgumentError(f"the reference has {name} {theirs!r}, not {mine!r}. Maybe compute both alike?")
    return shown(reference, rows)


def group_rows(degree: MatchingDegree) -> dict[tuple[str, str], int]:
    """Return the row of each (field, specialty) of a degree."""
    pairs = zip(degree.factors.field.tolist(), degree.factors.specialty.tolist(), strict=True)
    return {pair: row for row, pair in enumerate(pairs)}


def _row_of(rows: Mapping[tuple[str, str], int], pair: tuple[str, str]) -> int:
    if pair not in rows:
        raise unknown("group", " ".join(map(str, pair)), [" ".join(each) for each in rows])
    return rows[pair]
