"""The horizon of a sample: working days, leave, the days that people are there, and the weeks that give the load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from auditmatch.calendar import AM, LAST_DATE, PM, Calendar, build_calendar
from auditmatch.errors import ArgumentError
from auditmatch.sample.arrays import Bits, Bools, Columns, Days, Ints, Texts, choice

PAST_DAYS: Final = 126  # days before the start: done audits lie there
AFTER_WEEKS: Final = 13  # beyond the end: deferrable windows, and leave already asked for
ALWAYS: Final = 1_000_000  # days; minus this for the first day


@dataclass(frozen=True, slots=True)
class Leave:
    """Absences, one row each, in days from the start of the horizon; halves are 0 am and 1 pm."""

    person: Ints
    first: Ints
    first_half: Ints
    last: Ints
    last_half: Ints
    reason: Ints


@dataclass(frozen=True, slots=True)
class Careers:
    """First and last day of work of each auditor, in days from the start; `ALWAYS` on the open side."""

    first: Ints
    last: Ints


REASONS: Final = ("holiday leave", "summer leave", "leave", "training")


@dataclass(frozen=True, slots=True)
class Horizon:
    """The horizon that gives the load.

    Attributes
    ----------
    start
        First day; offsets of days count from it.
    weeks
        Length; the last day is 7 * weeks - 1.
    calendar
        From `PAST_DAYS` before the start to `AFTER_WEEKS` beyond the end.
    leave
        Absences from the start on, as far as the calendar runs.
    """

    start: np.datetime64
    weeks: int
    calendar: Calendar
    leave: Leave

    @property
    def last(self) -> int:
        """Last day of the horizon."""
        return 7 * self.weeks - 1

    def date(self, day: Ints) -> Days:
        """Return the dates of days."""
        return np.asarray(self.start + day.astype("timedelta64[D]"))


def find_horizon(
    rng: np.random.Generator,
    start: np.datetime64,
    asked: float,
    present: tuple[Bools, Careers],
    load: float,
    longest: int,
) -> Horizon:
    """Choose the whole weeks from `start` whose load comes nearest.

    Parameters
    ----------
    rng
        Source of chance, for leave.
    start
        First day.
    asked
        Person-days of the open audits.
    present
        Who is auditor or lead, and everybody's careers; leave is drawn for all.
    load
        Person-days asked over person-days there.
    longest
        Working days of the longest audit: no horizon is shorter than its first possible end.

    Raises
    ------
    ArgumentError
        When the horizon would run beyond the last date that tables may hold.
    """
    counting, careers = present
    # No more than a third of the time is lost to leave and public holidays over such a span.
    guess = int(np.ceil(asked / (int(counting.sum()) * 5 * load) * 1.5)) + AFTER_WEEKS + 8
    last = start + np.timedelta64(7 * (guess + AFTER_WEEKS), "D")
    if last > LAST_DATE:
        raise ArgumentError(
            f"{asked:.0f} person-days at load {load:g} would keep {int(counting.sum())} auditors "
            f"busy beyond {LAST_DATE}. "
            "Maybe fewer audits, more auditors or a higher load?"
        )
    calendar = build_calendar(None, "CN", 2, start - np.timedelta64(PAST_DAYS, "D"), last)
    working = calendar.working[PAST_DAYS:]
    leave = _draw_leave(rng, start, working, len(counting))
    there = presence(working, leave, careers)[counting].sum(axis=0).reshape(-1, 2).sum(axis=1) / 2
    ends = np.cumsum(there)[6::7]
    first_end = int(finish_table(calendar.working > 0, longest)[PAST_DAYS]) - PAST_DAYS
    least = first_end // 7 + 1
    loads = asked / np.maximum(ends[least - 1 : guess], 1e-9)
    return Horizon(start, least + int(np.argmin(np.abs(loads - load))), calendar, leave)


def presence(working: Bits, leave: Leave, careers: Careers) -> Bools:
    """Return people x half-days (two a day): a working half-day of the career without leave."""
    halves = 2 * len(working)
    away = np.zeros((len(careers.first), halves + 1), dtype=np.int32)
    first = np.clip(2 * leave.first + leave.first_half, 0, halves)
    after = np.clip(2 * leave.last + leave.last_half + 1, 0, halves)
    np.add.at(away, (leave.person, first), 1)
    np.add.at(away, (leave.person, after), -1)
    worked = np.stack([(working & AM) > 0, (working & PM) > 0], axis=1).reshape(-1)
    day = np.arange(halves) // 2
    employed = (day >= careers.first[:, None]) & (day <= careers.last[:, None])
    return np.asarray((np.cumsum(away[:, :-1], axis=1) == 0) & worked & employed)


def finish_table(worked: Bools, days: int) -> Ints:
    """Return for each day the earliest last day of a visit of `days` whole days that starts then or later.

    A visit that fits a week of five days straddles no day off; a longer one starts on the first day after one. Where
    there is no end, the number of days stands.
    """
    total = len(worked)
    done = np.concatenate(([0], np.cumsum(worked)))
    if days <= 5:
        fits = np.zeros(total, dtype=bool)
        fits[: max(total - days + 1, 0)] = done[days:] - done[:-days] == days if total >= days else False
    else:
        fits = worked & ~np.concatenate(([False], worked[:-1]))
    end = np.searchsorted(done, done[:-1] + days, side="left") - 1
    end = np.where(fits & (end < total), end, total)
    return np.minimum.accumulate(end[::-1])[::-1].astype(np.int64)


def _draw_leave(rng: np.random.Generator, start: np.datetime64, working: Bits, people: int) -> Leave:
    """Draw leave: beside long public holidays, in the summer, and scattered; no two rows begin at one half-day."""
    parts = [*_beside_holidays(rng, working == 0, people), *_in_summer(rng, start, len(working), people)]
    number = rng.poisson(len(working) / 63.0, people)
    person = np.repeat(np.arange(people), number)
    count = len(person)
    first = rng.integers(0, len(working), count)
    half = (rng.random(count) < 0.3).astype(np.int64)
    halves = np.array([1, 2, 3, 4, 6])[choice(rng, np.array([0.3, 0.35, 0.1, 0.15, 0.1]), count)]
    last = 2 * first + half + halves - 1
    parts.append(np.stack([person, first, half, last // 2, last % 2, 2 + (rng.random(count) < 0.3)], axis=1))
    rows = np.concatenate(parts).astype(np.int64)
    rows = rows[(rows[:, 1] >= 0) & (rows[:, 3] < len(working))]
    rows = rows[np.unique(rows[:, :3], axis=0, return_index=True)[1]]
    return Leave(*rows.T)


def _beside_holidays(rng: np.random.Generator, off: Bools, people: int) -> list[Ints]:
    """Stretch days off of five or more (Spring Festival, National Day) by some days before or after, for a third."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], off, [False])).astype(np.int8)))
    parts = []
    for first, after in edges.reshape(-1, 2):
        if after - first < 5:
            continue
        who = np.flatnonzero(rng.random(people) < 0.35)
        length = rng.integers(1, 5, len(who))
        early = rng.random(len(who)) < 0.5
        begin = np.where(early, first - length, after)
        parts.append(_whole_days(who, begin, begin + length - 1, 0))
    return parts


def _in_summer(rng: np.random.Generator, start: np.datetime64, total: int, people: int) -> list[Ints]:
    """Give nearly half of the people three to ten days between 10 July and the end of August of each year."""
    first_year = int(str(start)[:4])
    parts = []
    for year in range(first_year, first_year + total // 365 + 2):
        opens = int((np.datetime64(f"{year}-07-10") - start).astype(np.int64))
        who = np.flatnonzero(rng.random(people) < 0.45)
        begin = opens + rng.integers(0, 43, len(who))
        parts.append(_whole_days(who, begin, begin + rng.integers(2, 10, len(who)), 1))
    return parts


def _whole_days(person: Ints, first: Ints, last: Ints, reason: int) -> Ints:
    rows = [person, first, np.zeros_like(first), last, np.ones_like(last), np.full_like(first, reason)]
    return np.stack(rows, axis=1)


def leave_columns(horizon: Horizon, names: Texts) -> Columns:
    """Return the table `absences`: all that begins up to 60 days after the end, as people ask for it ahead."""
    leave = horizon.leave
    kept = np.flatnonzero(leave.first <= horizon.last + 60)
    half = np.array(["am", "pm"], dtype=object)
    return {
        "auditor_id": names[leave.person[kept]],
        "start": horizon.date(leave.first[kept]),
        "start_half": half[leave.first_half[kept]],
        "end": horizon.date(leave.last[kept]),
        "end_half": half[leave.last_half[kept]],
        "reason": np.array(REASONS, dtype=object)[leave.reason[kept]],
    }
