"""Dates to working half-day slots and back; public holidays and make-up workdays.

This is the only module that knows `datetime`. Everything else counts days from the calendar's first day, numbers its
working slots from 0, and counts calendar half-days (days off included) for travel.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, InputError, InputProblem, MissingExtraError, nearest, shorten

AM, PM, FULL = 1, 2, 3  # bits of `Calendar.working`
WORKING_WORDS: Mapping[str, int] = {"none": 0, "am": AM, "pm": PM, "full": FULL}

FIRST_DATE, LAST_DATE = np.datetime64("1990-01-01"), np.datetime64("2100-12-31")

# Before 2004 the package's Chinese make-up days were not checked against a second source.
CHINA_KNOWN_FROM = 2004

Dates = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)


class CalendarTable(Protocol):
    """What is read of the register's `calendar` table: columns `date` and `working` by name."""

    def __getitem__(self, column: str, /) -> npt.NDArray[Any]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The days from `first_day` on, and their working slots numbered from 0.

    All methods take one value or an array of any shape and return arrays of the broadcast shape. Halves are 0 for am
    and 1 for pm. With one slot a day, a slot is a full working day: it begins in the am and ends with the pm.

    Attributes
    ----------
    first_day
        Day with offset 0.
    n_days
        Days in the calendar, at least 1.
    slots_per_day
        2: each working half-day is a slot; 1: each full working day is one, half working days make none.
    working
        (n_days,) bitmask per day: 1 am, 2 pm, 3 full, 0 day off.
    provisional
        (n_days,) True where public holidays or make-up workdays of the year are not known yet and no row of the
        `calendar` table states the day.
    slot_day
        (n_slots,) day offset of each slot, ascending.
    slot_half
        (n_slots,) half in which each slot begins.
    day_slot
        (n_days + 1,) number of slots before each day, so the slots of day d are day_slot[d] .. day_slot[d + 1] - 1.
    """

    first_day: np.datetime64
    n_days: int
    slots_per_day: int
    working: npt.NDArray[np.uint8]
    provisional: npt.NDArray[np.bool_]
    slot_day: npt.NDArray[np.int32]
    slot_half: npt.NDArray[np.int8]
    day_slot: npt.NDArray[np.int32]

    @property
    def n_slots(self) -> int:
        """Number of working slots."""
        return len(self.slot_day)

    @property
    def last_day(self) -> np.datetime64:
        """Last day of the calendar (inclusive)."""
        return self.first_day + np.timedelta64(self.n_days - 1, "D")

    def day_offset(self, dates: npt.ArrayLike) -> Ints:
        """Return days from `first_day`, which may lie outside 0 .. n_days - 1.

        Raises
        ------
        ArgumentError
            For an absent date (NaT).
        """
        days = np.asarray(dates, dtype="datetime64[D]")
        if np.isnat(days).any():
            raise ArgumentError("the calendar was asked for an absent date (NaT). Maybe leave those rows out first?")
        return np.asarray((days - self.first_day).astype(np.int64))

    def date_of(self, offset: npt.ArrayLike) -> Dates:
        """Return the dates that lie `offset` days after `first_day`."""
        return np.asarray(self.first_day + np.asarray(offset, dtype=np.int64).astype("timedelta64[D]"))

    def first_slot_from(self, dates: npt.ArrayLike, halves: npt.ArrayLike = 0) -> Ints:
        """Return the first slot that begins at or after the half-day; n_slots where there is none."""
        return self._slots_before(self.day_offset(dates), np.asarray(halves) == 1)

    def last_slot_until(self, dates: npt.ArrayLike, halves: npt.ArrayLike = 1) -> Ints:
        """Return the last slot that ends with the half-day or before; -1 where there is none."""
        offset, pm = self.day_offset(dates), np.asarray(halves) == 1
        # Slots over by the end of (day, pm) are those that begin before the next day; with one slot a day nothing
        # is over at noon that was not over the evening before.
        noon = ~pm & (self.slots_per_day == 2)
        return self._slots_before(offset + pm, noon) - 1

    def slot_begin(self, slots: npt.ArrayLike) -> Ints:
        """Return the calendar half-day in which each slot begins (half-days since `first_day`, inclusive)."""
        index = self._checked(slots)
        return np.asarray(2 * self.slot_day[index].astype(np.int64) + self.slot_half[index])

    def slot_end(self, slots: npt.ArrayLike) -> Ints:
        """Return the calendar half-day at which each slot is over (half-days since `first_day`, exclusive)."""
        return self.slot_begin(slots) + (2 if self.slots_per_day == 1 else 1)

    def slots_between(
        self,
        first_day: npt.ArrayLike,
        first_half: npt.ArrayLike,
        last_day: npt.ArrayLike,
        last_half: npt.ArrayLike,
    ) -> Ints:
        """Return the number of slots that lie wholly within the two half-days, both included; 0 when reversed."""
        count = self.last_slot_until(last_day, last_half) - self.first_slot_from(first_day, first_half) + 1
        return np.asarray(np.maximum(count, 0))

    def date(self, slots: npt.ArrayLike) -> Dates:
        """Return the date of each slot."""
        return self.date_of(self.slot_day[self._checked(slots)])

    def half(self, slots: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Return the half (0 am, 1 pm) in which each slot begins."""
        return np.asarray(self.slot_half[self._checked(slots)])

    def _slots_before(self, offset: Ints, after_am: npt.ArrayLike) -> Ints:
        """Count the slots that begin before day `offset`, and on it in the am where `after_am`."""
        day = np.clip(offset, 0, self.n_days)
        inside = (offset >= 0) & (offset < self.n_days)
        on_day = self.working[np.minimum(day, self.n_days - 1)]
        am_slot = on_day == FULL if self.slots_per_day == 1 else (on_day & AM) > 0
        return np.asarray(self.day_slot[day] + (inside & np.asarray(after_am) & am_slot), dtype=np.int64)

    def _checked(self, slots: npt.ArrayLike) -> Ints:
        """Return slots as integers; a slot outside the calendar is an error, for -1 and n_slots mean "none"."""
        index = np.asarray(slots, dtype=np.int64)
        wrong = index[(index < 0) | (index >= self.n_slots)]
        if wrong.size:
            raise ArgumentError(f"slot {wrong.flat[0]} does not exist. Maybe one of 0 to {self.n_slots - 1}?")
        return index


def build_calendar(
    table: CalendarTable | None, country: str, slots_per_day: int, first: npt.ArrayLike, last: npt.ArrayLike
) -> Calendar:
    """Build the calendar of the days `first` .. `last`, both included.

    Parameters
    ----------
    table
        The register's `calendar` table (columns `date` and `working`: none / am / pm / full), which overrides single
        days; days outside the calendar are ignored; None for no table.
    country
        ISO 3166 code whose public holidays and make-up workdays apply, upper or lower case; "" for weekends only.
    slots_per_day
        1 or 2.
    first, last
        Dates in 1990-01-01 .. 2100-12-31.

    Raises
    ------
    ArgumentError
        For an unknown country, slots per day other than 1 or 2, dates outside the range or in the wrong order.
    InputError
        For rows of `table` without a date or with an unknown word.
    MissingExtraError
        Without the package `holidays`, unless `country` is "".
    """
    first_day, last_day = _range(first, last)
    if slots_per_day not in (1, 2):
        raise ArgumentError(f"slots_per_day is {slots_per_day}. Maybe 1 (full days) or 2 (half-days)?")
    if country.strip():
        known = _country_days(country.strip().upper(), first_day, last_day)
        working, provisional = known[0].copy(), known[1].copy()
    else:
        # 1970-01-01 was a Thursday, so Monday is 0 after adding 3.
        weekday = (np.arange(first_day.astype(np.int64), last_day.astype(np.int64) + 1) + 3) % 7
        working, provisional = np.where(weekday < 5, FULL, 0).astype(np.uint8), np.zeros(len(weekday), dtype=np.bool_)
    if table is not None:
        _override(working, provisional, first_day, table)
    return _number_slots(first_day, slots_per_day, working, provisional)


def _range(first: npt.ArrayLike, last: npt.ArrayLike) -> tuple[np.datetime64, np.datetime64]:
    first_day, last_day = np.asarray([first, last], dtype="datetime64[D]")
    if not FIRST_DATE <= first_day <= last_day <= LAST_DATE:  # false for NaT as well
        raise ArgumentError(
            f"a calendar cannot run from {first_day} to {last_day}. "
            f"Maybe two dates in order, between {FIRST_DATE} and {LAST_DATE}?"
        )
    return first_day, last_day


@lru_cache(maxsize=16)
def _country_days(country: str, first: Any, last: Any) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Return working bitmask and provisional flag of each day, as the package `holidays` knows the country."""
    try:
        import holidays
    except ImportError:
        raise MissingExtraError("holidays", "calendar", f"The calendar of the country {country!r}") from None
    stamps: list[datetime.date] = np.arange(first, last + np.timedelta64(1, "D")).tolist()
    first_year, last_year = stamps[0].year, stamps[-1].year
    # One year more at both ends: make-up days of late December are listed with the next year's holidays. From 2004
    # on, so that a horizon far ahead still sees that this country has make-up days at all.
    years = range(min(first_year, CHINA_KNOWN_FROM) - 1, last_year + 2)
    try:
        known = holidays.country_holidays(country, years=years)
    except NotImplementedError:
        codes = holidays.list_supported_countries(include_aliases=True)
        near = nearest(country, codes) or "CN"
        raise ArgumentError(
            f"country {shorten(country)!r} is not an ISO code with known holidays. "
            f"Maybe {near!r}, or '' for weekends only?"
        ) from None
    working = np.array([FULL if known.is_working_day(day) else 0 for day in stamps], dtype=np.uint8)
    make_up_years = {day.year for day in known.weekend_workdays}
    settled = {year for year in range(first_year, last_year + 1) if _settled(year, country, known, make_up_years)}
    return working, np.array([day.year not in settled for day in stamps], dtype=np.bool_)


def _settled(year: int, country: str, known: Any, make_up_years: set[int]) -> bool:
    """Tell whether the country's days of a year are known for good.

    China announces each year's make-up days in the November before, and no year since 2004 went without. Elsewhere a
    country that uses make-up days is known up to the last year that has one.
    """
    if not known.start_year <= year <= known.end_year:
        return False
    if country in ("CN", "CHN"):
        return year >= CHINA_KNOWN_FROM and year in make_up_years
    return not make_up_years or year <= max(make_up_years)


def _override(
    working: npt.NDArray[np.uint8], provisional: npt.NDArray[np.bool_], first_day: np.datetime64, table: CalendarTable
) -> None:
    """Write the table's days into `working`; a stated day is no longer provisional."""
    dates, words = np.asarray(table["date"], dtype="datetime64[D]"), np.asarray(table["working"], dtype=object)
    bits = np.full(len(words), -1, dtype=np.int64)
    for word, bit in WORKING_WORDS.items():
        bits[words == word] = bit
    wrong = np.flatnonzero((bits < 0) | np.isnat(dates))
    if wrong.size:
        raise InputError(_table_problem(int(row), dates[row], words[row], table) for row in wrong)
    offset = (dates - first_day).astype(np.int64)
    inside = (offset >= 0) & (offset < len(working))
    working[offset[inside]] = bits[inside]
    provisional[offset[inside]] = False


def _table_problem(row: int, date: np.datetime64, word: object, table: CalendarTable) -> InputProblem:
    rows = getattr(table, "source_rows", None)
    source_row = int(rows[row]) if rows is not None else row + 2  # the header is row 1
    if np.isnat(date):
        return InputProblem("calendar", source_row, "date", None, "a date is missing", "write it as YYYY-MM-DD")
    shown = None if word is None else str(word)
    near = nearest(str(word), WORKING_WORDS) or "one of " + ", ".join(WORKING_WORDS)
    return InputProblem("calendar", source_row, "working", shown, "does not say how the day is worked", f"{near}?")


def _number_slots(
    first_day: np.datetime64, slots_per_day: int, working: npt.NDArray[np.uint8], provisional: npt.NDArray[np.bool_]
) -> Calendar:
    """Number the slots and freeze the arrays."""
    full = working == FULL
    halves = np.stack([(working & AM) > 0, (working & PM) > 0] if slots_per_day == 2 else [full, full & False], axis=1)
    slot_day, slot_half = np.nonzero(halves)
    day_slot = np.concatenate(([0], np.cumsum(halves.sum(axis=1))))
    return Calendar(
        first_day=first_day,
        n_days=len(working),
        slots_per_day=slots_per_day,
        working=_frozen(working),
        provisional=_frozen(provisional),
        slot_day=_frozen(slot_day.astype(np.int32)),
        slot_half=_frozen(slot_half.astype(np.int8)),
        day_slot=_frozen(day_slot.astype(np.int32)),
    )


def _frozen(array: npt.NDArray[Number]) -> npt.NDArray[Number]:
    array.setflags(write=False)
    return array
