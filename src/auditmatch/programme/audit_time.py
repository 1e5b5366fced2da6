"""Audit time: how many auditor-days an audit takes, with a line for each step."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.programme.trace import Line

# IAF MD 5: the most that a table value may be reduced by, and the least share of the time on site.
MOST_REDUCTION, LEAST_ON_SITE = 0.30, 0.80
# IAF MD 11: the most that an integrated audit may be shorter than its parts.
MOST_INTEGRATION = 0.20
MOST_PERSONNEL = 1_000_000
# Shares of the time of an initial audit by IAF MD 5; the split of the stages is custom.
SHARES = {"initial": 1.0, "stage1": 1 / 3, "stage2": 2 / 3, "surveillance": 1 / 3, "recertification": 2 / 3}
TABLES = {"QMS": "IAF MD 5 table QMS 1", "EMS": "IAF MD 5 table EMS 1", "OHSMS": "IAF MD 5 table OH&SMS 1"}
TABLES["ISMS"] = "ISO/IEC 27006-1 audit time chart"


@dataclass(frozen=True, slots=True)
class AuditTime:
    """The time that an audit takes.

    Attributes
    ----------
    days
        Auditor-days, to the nearest half day.
    exact
        The same before it was rounded.
    on_site_least
        Auditor-days of these that must be on site, up to the next half day.
    trace
        The steps, each with its rule.
    """

    days: float
    exact: float
    on_site_least: float
    trace: tuple[Line, ...]

    def __str__(self) -> str:
        """Return the steps, a line each."""
        return "\n".join(map(str, self.trace))


def initial_days(scheme: str, personnel: int, complexity: str | None = None, method: str = "continuum") -> float:
    """Return the auditor-days of stage 1 and stage 2 together, not rounded.

    Parameters
    ----------
    scheme
        QMS, EMS, OHSMS or ISMS.
    personnel
        Effective number of personnel, 1 to 1,000,000.
    complexity
        For EMS high, medium, low or limited; for OHSMS high, medium or low; the others have none.
    method
        "continuum" reads the table's numbers as points of a line, each at the middle of its row, for the notes of IAF
        MD 5 ask for a continuum; "table" reads them as steps. Above the last row both follow the progression: personnel
        times as many as from the middle of the last row but one to that of the last, and days more by as much.

    Raises
    ------
    ArgumentError
        Scheme, complexity or method is unknown, or personnel outside its range or beyond what is known of the table.
    """
    if isinstance(personnel, bool) or not 1 <= personnel <= MOST_PERSONNEL or personnel != int(personnel):
        raise ArgumentError(f"personnel={personnel!r} is no whole number from 1 to 1,000,000. Maybe 45?")
    if method not in ("continuum", "table"):
        raise ArgumentError(f"method={method!r} is neither continuum nor table. Maybe method='continuum'?")
    most, days = _column(scheme, complexity)
    if scheme == "ISMS" and personnel > most[-1]:
        raise ArgumentError(
            f"ISMS beyond {most[-1]} persons: these rows of ISO/IEC 27006-1 are not known here. Maybe take the days "
            "from the standard's own chart?"
        )
    middle = (np.array([1, *(m + 1 for m in most[:-1])]) + np.array(most)) / 2
    if personnel > (most[-1] if method == "table" else middle[-1]):
        pace = math.log(middle[-1] / middle[-2])
        return float(days[-1] + (days[-1] - days[-2]) * math.log(personnel / middle[-1]) / pace)
    if method == "table":
        return float(days[int(np.searchsorted(most, personnel))])
    return float(np.interp(personnel, middle, days))


def audit_time(
    scheme: str,
    personnel: int,
    kind: str = "initial",
    complexity: str | None = None,
    reduction: float = 0.0,
    method: str = "continuum",
) -> AuditTime:
    """Return the time of one audit of one scheme.

    Parameters
    ----------
    scheme, personnel, complexity, method
        See `initial_days`.
    kind
        initial (both stages); stage1 and stage2 (one third, two thirds of it); surveillance (a third); recertification
        (two thirds).
    reduction
        Share by which the table value is reduced, at most 0.3 (IAF MD 5); below 0 it is an addition, at least -1.

    Raises
    ------
    ArgumentError
        As `initial_days`; `kind` is unknown or `reduction` out of its range.
    """
    if kind not in SHARES:
        raise ArgumentError(f"kind={kind!r} is none of {', '.join(SHARES)}. Maybe kind='surveillance'?")
    _within("reduction", reduction, -1.0, MOST_REDUCTION)
    table = initial_days(scheme, personnel, complexity, method)
    named = f"{scheme}{f' {complexity}' if complexity else ''}, {personnel} persons"
    trace = [Line(named, table, TABLES[scheme])]
    exact = table * (1 - reduction)
    if reduction:
        what = "reduced by" if reduction > 0 else "longer by"
        trace.append(Line(f"{what} {abs(reduction):.0%}", exact, "IAF MD 5, at most 30 %"))
    if kind != "initial":
        exact *= SHARES[kind]
        rule = "custom" if kind in ("stage1", "stage2") else "IAF MD 5, about so much"
        trace.append(Line(f"{kind}, {SHARES[kind]:.0%} of it", exact, rule))
    return _rounded(exact, trace)


def stated_time(days: float, kind: str) -> AuditTime:
    """Return the time of one audit whose initial auditor-days the body states, for schemes without a table.

    Parameters
    ----------
    days
        Of stage 1 and stage 2 together, above 0.
    kind
        As in `audit_time`.
    """
    if kind not in SHARES:
        raise ArgumentError(f"kind={kind!r} is none of {', '.join(SHARES)}. Maybe kind='surveillance'?")
    trace = [Line("stated by the body", days, "no table")]
    if kind != "initial":
        trace.append(Line(f"{kind}, {SHARES[kind]:.0%} of it", days * SHARES[kind], "custom"))
    return _rounded(days * SHARES[kind], trace)


def integrated(parts: Sequence[AuditTime], reduction: float) -> AuditTime:
    """Return the time of an integrated audit of several schemes.

    Parameters
    ----------
    parts
        The time of each scheme alone, two or more.
    reduction
        Share saved by the degree of integration, 0 to 0.2 (IAF MD 11). It multiplies with the reductions of the parts.

    Raises
    ------
    ArgumentError
        There are fewer than two parts, or `reduction` is out of its range.
    """
    if len(parts) < 2:
        raise ArgumentError(f"{len(parts)} parts make no integrated audit. Maybe give the time of each scheme?")
    _within("reduction", reduction, 0.0, MOST_INTEGRATION)
    whole = sum(part.exact for part in parts)
    trace = [line for part in parts for line in part.trace[:-2]]
    trace.append(Line("the sum of the schemes", whole, "IAF MD 11"))
    exact = whole * (1 - reduction)
    trace.append(Line(f"integrated, less {reduction:.0%}", exact, "IAF MD 11, at most 20 %"))
    return _rounded(exact, trace)


def enms_complexity(consumption: float, types: float, uses: float) -> tuple[float, str]:
    """Return the complexity C of an energy management system, and its class.

    C = 0.25 FEC + 0.25 FET + 0.5 FSEU; below 1.15 low, up to 1.35 medium, else high (ISO 50003).

    Parameters
    ----------
    consumption, types, uses
        The factors FEC (annual energy consumption), FET (types of energy), FSEU (significant energy uses); 0 or more.

    Raises
    ------
    ArgumentError
        A factor is negative or no number.
    """
    for name, factor in (("consumption", consumption), ("types", types), ("uses", uses)):
        _within(name, factor, 0.0, 100.0)
    c = 0.25 * consumption + 0.25 * types + 0.5 * uses
    # 1.35 as a sum of quarters need not be 1.35 in binary.
    c = round(c, 9)
    return c, "low" if c < 1.15 else "medium" if c <= 1.35 else "high"


def _rounded(exact: float, trace: list[Line]) -> AuditTime:
    """Return the time to the nearest half day, halves of it up, and the part on site."""
    days = max(0.5, math.floor(2 * exact + 0.5 + 1e-9) / 2)
    on_site = math.ceil(2 * LEAST_ON_SITE * days - 1e-9) / 2
    trace.append(Line("to the nearest half day", days, "IAF MD 5, 2.2.3"))
    trace.append(Line("of this on site at least", on_site, "IAF MD 5, at least 80 %"))
    return AuditTime(days, exact, on_site, tuple(trace))


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # not a number is refused as well
        raise ArgumentError(f"{name}={value!r} is not between {low:g} and {high:g}. Maybe {name}={high:g}?")


def _column(scheme: str, complexity: str | None) -> tuple[list[int], list[float]]:
    """Return the most personnel of each row, and its days."""
    found = _tables()
    days: dict[str, list[float]] = found["days"]
    if scheme not in TABLES:
        raise ArgumentError(f"scheme={scheme!r} has no table. Maybe one of {', '.join(TABLES)}?")
    name = scheme if complexity is None else f"{scheme}_{complexity}"
    if name not in days:
        known = [key.partition("_")[2] for key in days if key.startswith(f"{scheme}_")]
        hint = f"one of {', '.join(known)}" if known else "none, for the scheme has one table"
        raise ArgumentError(f"complexity={complexity!r} is no class of {scheme}. Maybe {hint}?")
    return found["most"][: len(days[name])], days[name]


@cache
def _tables() -> Any:
    return tomllib.loads(Path(__file__).with_name("audit_time.toml").read_text(encoding="utf-8"))
