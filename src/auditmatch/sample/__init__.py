"""Seeded registers of any size, drawn from public national figures; people, clients and codes are made up."""

from __future__ import annotations

import math
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.calendar import FIRST_DATE, LAST_DATE
from auditmatch.errors import ArgumentError, shorten
from auditmatch.sample.arrays import Columns, as_date
from auditmatch.sample.load import GroupLoad, LoadReport, load_report, sample_horizon
from auditmatch.sample.nation import Nation, nation
from auditmatch.sample.portfolio import portfolio

if TYPE_CHECKING:
    from auditmatch.register import Register

__all__ = [
    "GroupLoad",
    "LoadReport",
    "Nation",
    "load_report",
    "nation",
    "portfolio",
    "sample",
    "sample_horizon",
    "sample_tables",
]


def sample(
    auditors: int = 40,
    audits: int = 200,
    load: float = 0.85,
    scarcity: float = 0.5,
    seed: int = 0,
    start: np.datetime64 | str = "2027-01-04",
) -> Register:
    """Make a register of a certification body that does not exist.

    Provinces, fields and certificates follow the national figures of October 2024; specialty codes are generated (they
    look like LL.MM.SS and stand for no industry); audit time follows IAF MD 5. As far as competence goes, every open
    audit has a team that could serve it: for each of its specialties someone holds it throughout in all its fields, and
    leads there.

    Parameters
    ----------
    auditors
        People of all grades, at least 1; about 8 % are interns and 3 % experts.
    audits
        Open audits, at least 1. Some done ones, with their bookings before `start`, come on top.
    load
        Person-days asked over person-days there, above 0. It fixes the horizon in whole weeks; `load_report` tells the
        load reached, and `sample_horizon` the horizon.
    scarcity
        Ratio in [0, 1]. 0: auditors hold many specialties; 1: half of the specialties are held by one or two people.
    seed
        Equal arguments and seed give equal tables, with the same versions of NumPy and of the calendar package.
    start
        First day of the horizon.

    Raises
    ------
    ArgumentError
        For an argument outside its domain, or a horizon that would end after 2100.
    MissingExtraError
        Without the package that knows the public holidays.
    """
    from auditmatch.register import Register

    return Register.from_tables(sample_tables(auditors, audits, load, scarcity, seed, start))


def sample_tables(
    auditors: int = 40,
    audits: int = 200,
    load: float = 0.85,
    scarcity: float = 0.5,
    seed: int = 0,
    start: np.datetime64 | str = "2027-01-04",
) -> dict[str, Columns]:
    """Make the tables of a sample without checking them: columns by name by table name; arguments as for `sample`."""
    from auditmatch.sample.build import draw_tables

    for name, number, least in (("auditors", auditors, 1), ("audits", audits, 1), ("seed", seed, 0)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
            raise ArgumentError(f"{name} is {number!r}. Maybe a whole number of at least {least}?")
    if not (math.isfinite(load) and load > 0):
        raise ArgumentError(f"load is {load!r}. Maybe a number above 0, such as 0.85?")
    if not 0 <= scarcity <= 1:
        raise ArgumentError(f"scarcity is {scarcity!r}. Maybe a ratio between 0 and 1?")
    return draw_tables(
        np.random.default_rng(int(seed)), (int(auditors), int(audits)), load, scarcity, _first_day(start)
    )


def _first_day(start: np.datetime64 | str) -> np.datetime64:
    try:
        day = as_date(start)
    except ValueError:
        day = np.datetime64("NaT", "D")
    if not FIRST_DATE + np.timedelta64(365, "D") <= day <= LAST_DATE:
        raise ArgumentError(
            f"start is {shorten(str(start))!r}. Maybe a date such as 2027-01-04, between 1991 and {LAST_DATE}?"
        )
    return day


class _Callable(ModuleType):
    """Lets `auditmatch.sample` be both the function and the package that holds it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Register:
        return sample(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
