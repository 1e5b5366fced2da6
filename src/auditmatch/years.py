"""Cycle-years: the years over which a person's caps are counted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from auditmatch.shapes import Ints

Days = npt.NDArray[np.datetime64]
Year = tuple[np.datetime64, np.datetime64, float, int]
Row = tuple[int, np.datetime64, np.datetime64, float, int]


def years_around(stated: list[Year], low: np.datetime64, high: np.datetime64) -> list[Year]:
    """Return the stated years and those that follow, precede and lie between them, as far as they meet [low, high]."""
    day = np.timedelta64(1, "D")
    if not stated:
        first = low.astype("datetime64[Y]").astype("datetime64[D]")
        stated = [(first, _anniversary(first, 1) - day, 0.0, 0)]
    years = list(stated)
    while years[0][0] > low:
        years.insert(0, (_anniversary(years[0][0], -1), years[0][0] - day, 0.0, 0))
    while years[-1][1] < high:
        first = years[-1][1] + day
        years.append((first, _anniversary(first, 1) - day, 0.0, 0))
    gaps = [(one[1] + day, two[0] - day, 0.0, 0) for one, two in pairwise(years) if one[1] + day < two[0]]
    return [year for year in sorted([*years, *gaps]) if year[0] <= high and year[1] >= low]


def _anniversary(day: np.datetime64, years: int) -> np.datetime64:
    """Return the same day so many years later; 29 February becomes 1 March where there is none."""
    month = day.astype("datetime64[M]")
    moved = (month + np.timedelta64(12 * years, "M")).astype("datetime64[D]")
    return np.datetime64(moved + (day - month.astype("datetime64[D]")), "D")


def meet_years(auditor: Ints, first: Days, last: Days, years: list[Row]) -> tuple[Ints, Ints]:
    """Pair each span of days of a person with that person's years that it meets.

    Parameters
    ----------
    auditor, first, last
        (M,) whose span, and its first and last day.
    years
        (auditor, first day, last day, ...) rows.

    Returns
    -------
    (K,) index of the span, (K,) index of the year
    """
    owner = np.array([year[0] for year in years], dtype=np.int64)
    begins = np.array([year[1] for year in years], dtype="datetime64[D]")
    ends = np.array([year[2] for year in years], dtype="datetime64[D]")
    order = np.argsort(owner, kind="stable")
    low = np.searchsorted(owner[order], auditor, "left")
    count = np.searchsorted(owner[order], auditor, "right") - low
    span = np.repeat(np.arange(len(auditor)), count)
    year_at = order[np.repeat(low, count) + np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)]
    meets = (begins[year_at] <= last[span]) & (ends[year_at] >= first[span])
    return span[meets], year_at[meets]
