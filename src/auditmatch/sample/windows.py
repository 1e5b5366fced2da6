"""When the audits of a sample may take place: windows, deadlines, wishes, and the links between audits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from auditmatch.sample.arrays import Bools, Floats, Ints
from auditmatch.sample.clients import RECERTIFICATION, SPECIAL, STAGE1, SURVEILLANCE, UNANNOUNCED, Clients, Visits
from auditmatch.sample.horizon import PAST_DAYS, Horizon, finish_table

# Widths of windows in days (assumptions): surveillance has several weeks, a special audit must come soon.
_WIDTHS: Final = {SURVEILLANCE: (28, 56), RECERTIFICATION: (24, 49), SPECIAL: (12, 24), UNANNOUNCED: (14, 35)}
SOONEST_STAGE2: Final = 14  # days from stage 1 to stage 2 (practice: two to eight weeks)
DEFERRABLE_SHARE, DEFERRED_DAYS = 0.12, 14  # windows that outlast the horizon, and by how many days at most


@dataclass(frozen=True, slots=True)
class Teams:
    """Size of the team of each audit; `usual` members share its days, `most` is -1 where the setting decides."""

    least: Ints
    most: Ints
    usual: Ints

    def lasting(self, days: Floats) -> Ints:
        """Return the working days that the usual team takes, half days rounded up."""
        return np.ceil(np.ceil(2 * days / self.usual) / 2).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows in days from the start of the horizon; `wished` is -1 where nobody wished a date."""

    earliest: Ints
    latest: Ints
    deadline: Ints
    wished: Ints


@dataclass(frozen=True, slots=True)
class Intervals:
    """Interval links from a stage 1 to its stage 2, one row each; `least` and `most` in calendar days."""

    first: Ints
    second: Ints
    least: Ints
    most: Ints


def team_sizes(visits: Visits, heads: Ints) -> Teams:
    """Choose team sizes that make sense for the person-days: about four days a member, one head to spare.

    Parameters
    ----------
    visits
        The audits.
    heads
        Counting auditors who hold all fields of each bundle.
    """
    there = heads[visits.bundle]
    days = visits.days
    least = np.minimum(np.where(days <= 5, 1, np.where(days <= 12, 2, 3)), np.maximum(there - 1, 1))
    most = np.where(days > 15, np.clip(np.ceil(days / 5).astype(np.int64), 3, 8), -1)
    room = np.minimum(np.where(most > 0, most, 3), there)
    usual = np.clip(np.ceil(days / 4).astype(np.int64), least, room)
    return Teams(least, most, usual)


def draw_windows(
    rng: np.random.Generator, visits: Visits, lasting: Ints, horizon: Horizon, together: Ints, done_end: Ints
) -> tuple[Windows, Intervals]:
    """Draw windows in which each audit, and each pair of stages, can take place.

    Parameters
    ----------
    rng
        Source of chance.
    visits
        The audits.
    lasting
        Working days that each takes.
    horizon
        Its calendar says which days are worked.
    together
        For each audit the row whose window it shares (its own row, when none).
    done_end
        Last day of each done audit, before 0; anything for the others.

    Returns
    -------
    Windows
        An audit has a wished date exactly when it must be finished within the horizon, so the horizon can be found
        again; the first window begins with it and the last of those ends with it.
    Intervals
        Including those whose stage 1 is done.
    """
    count, last = len(visits.days), horizon.last
    fits = {days: _Fit(horizon, days) for days in np.unique(lasting).tolist()}
    earliest, latest = _alone(rng, visits, last)
    longest = lasting.copy()
    np.maximum.at(longest, together, lasting)  # a chain's window must do for its longest visit
    for days, fit in fits.items():
        rows = np.flatnonzero(longest == days)
        earliest[rows], latest[rows] = fit.widen(earliest[rows], latest[rows], last)
    earliest, latest = earliest[together], latest[together]
    ends = _Ends(lasting, fits, done_end)
    intervals = _stages(rng, visits, (earliest, latest), ends, horizon)
    earliest[visits.done], latest[visits.done] = done_end[visits.done] - 20, done_end[visits.done] + 10
    slack = np.where(visits.kind == RECERTIFICATION, rng.integers(0, 8, count), rng.integers(0, 29, count))
    must = ~visits.done & (latest <= last)
    _touch_both_ends(earliest, latest, must, last)
    wished = earliest + ((latest - earliest) * rng.uniform(0.1, 0.6, count)).astype(np.int64)
    wished = np.minimum(_next_workday(horizon, wished), latest)
    return Windows(earliest, latest, latest + slack, np.where(must, wished, -1)), intervals


def _alone(rng: np.random.Generator, visits: Visits, last: int) -> tuple[Ints, Ints]:
    """Draw windows without regard to the calendar, evenly over the horizon; some outlast it by two weeks at most."""
    count = len(visits.days)
    low, high = np.array([_WIDTHS.get(kind, (21, 35)) for kind in range(6)])[visits.kind].T
    width = rng.integers(low, high + 1)
    middle = rng.uniform(0, last + 1, count)
    earliest = np.clip((middle - width / 2).astype(np.int64), 0, max(last - 4, 0))
    latest = (middle + width / 2).astype(np.int64)
    beyond = np.flatnonzero(latest > last)
    # One audit must be due within the horizon, or nothing would show where it ends.
    number = min(int(DEFERRABLE_SHARE * (~visits.done).sum()), len(beyond))
    deferrable = rng.permutation(beyond)[:number]
    free = np.zeros(count, dtype=bool)
    free[deferrable] = True
    free &= (visits.kind != STAGE1) & ~visits.done
    return earliest, np.where(free, np.minimum(latest, last + DEFERRED_DAYS), np.minimum(latest, last))


class _Fit:
    """What a visit of some working days needs, over the calendar of the horizon."""

    def __init__(self, horizon: Horizon, days: int) -> None:
        self.finish = finish_table(horizon.calendar.working > 0, days)[PAST_DAYS:] - PAST_DAYS

    def end(self, first: Ints) -> Ints:
        """Return the earliest last day of a visit that starts on day `first` or later."""
        return self.finish[first]

    def start(self, last: Ints) -> Ints:
        """Return the latest day from which a visit still ends by day `last`, -1 for none."""
        return np.asarray(np.searchsorted(self.finish, last, side="right") - 1)

    def widen(self, earliest: Ints, latest: Ints, last: int) -> tuple[Ints, Ints]:
        """Widen windows until the visit fits with four days to spare; beyond the horizon only where they were."""
        bound = np.maximum(latest, last)
        latest = np.minimum(np.maximum(latest, self.end(earliest) + 4), bound)
        earliest = np.where(self.end(earliest) <= latest, earliest, np.maximum(self.start(latest), 0))
        return earliest, latest


def too_short_for_stages(visits: Visits, lasting: Ints, horizon: Horizon) -> bool:
    """Tell whether a fifth of the open pairs of stages, or more, cannot both take place within the horizon."""
    second = np.flatnonzero(visits.before >= 0)
    second = second[~visits.done[visits.before[second]]]
    fits = {days: _Fit(horizon, days) for days in np.unique(lasting).tolist()}
    ends = _Ends(lasting, fits, np.zeros(0, dtype=np.int64))
    end1 = ends.of(visits.before[second], np.zeros_like(second))
    late = ends.of(second, end1 + SOONEST_STAGE2) + 2 > horizon.last
    return len(second) > 0 and float(late.mean()) >= 0.2


@dataclass(frozen=True, slots=True)
class _Ends:
    """When visits end: of done ones the fact, of open ones the earliest day by the calendar."""

    lasting: Ints
    fits: dict[int, _Fit]
    done: Ints

    def of(self, rows: Ints, begin: Ints) -> Ints:
        """Return the earliest last day of each visit that starts on its day `begin` or later."""
        end = np.zeros(len(rows), dtype=np.int64)
        for days, fit in self.fits.items():
            mine = self.lasting[rows] == days
            end[mine] = fit.end(begin[mine])
        return end


def _stages(
    rng: np.random.Generator, visits: Visits, windows: tuple[Ints, Ints], ends: _Ends, horizon: Horizon
) -> Intervals:
    """Set the windows of the stages (in place) so that stage 2 can follow stage 1 at its interval."""
    earliest, latest = windows
    second = np.flatnonzero(visits.before >= 0)
    first = visits.before[second]
    carried = visits.done[first]
    count, last = len(second), horizon.last
    least = np.array([SOONEST_STAGE2, SOONEST_STAGE2, 21, 28])[rng.integers(0, 4 if last > 42 else 2, count)]
    most = np.array([90, 120])[rng.integers(0, 2, count)]
    # Stage 1 begins early enough for stage 2 within the horizon, or with the horizon when nothing does.
    room = np.maximum(last - least - 2 * (ends.lasting[first] + ends.lasting[second]) - 21, 0)
    begin1 = (rng.random(count) * (room + 1)).astype(np.int64)
    end1 = np.where(carried, ends.done[first], ends.of(first, begin1))
    begin2 = np.maximum(end1 + least, 0)
    end2 = ends.of(second, begin2)
    open1 = first[~carried]
    earliest[open1] = begin1[~carried]
    latest[open1] = np.maximum(np.minimum(end1 + rng.integers(7, 22, count), last), end1)[~carried]
    # Stage 2 stays inside the horizon where it can; after a short horizon it may be finished, or be put off.
    wished_end = np.minimum(end2 + rng.integers(10, 36, count), last)
    latest[second] = np.where(end2 + 2 <= last, wished_end, end2 + 3)
    earliest[second] = np.minimum(begin2, last)
    return Intervals(first, second, least, most)


def _touch_both_ends(earliest: Ints, latest: Ints, must: Bools, last: int) -> None:
    """Let the first window begin with the horizon and the last of those that must be met end with it, in place."""
    rows = np.flatnonzero(must)
    if len(rows):
        earliest[rows[np.argmin(earliest[rows])]] = 0
        latest[rows[np.argmax(latest[rows])]] = last


def _next_workday(horizon: Horizon, day: Ints) -> Ints:
    """Return the first working day at or after each day."""
    worked = np.flatnonzero(horizon.calendar.working > 0) - PAST_DAYS
    return worked[np.searchsorted(worked, day)]


def pair_together(rng: np.random.Generator, clients: Clients, visits: Visits) -> tuple[Ints, Ints]:
    """Choose audits of one group that take place together: chains of two or three, in four groups of ten.

    Returns
    -------
    ndarray
        For each audit the first audit of its chain, its own row outside one.
    ndarray
        Pairs x 2: the links of the chains.
    """
    head = np.arange(len(visits.days))
    group = clients.group[visits.organisation]
    can = (group >= 0) & ~visits.done & np.isin(visits.kind, (SURVEILLANCE, RECERTIFICATION))
    rows = np.flatnonzero(can)
    rows = rows[np.argsort(group[rows], kind="stable")]
    same = np.append(False, group[rows][1:] == group[rows][:-1])
    place = np.arange(len(rows)) - np.maximum.accumulate(np.where(same, 0, np.arange(len(rows))))
    chosen = rng.random(int(clients.group.max(initial=-1)) + 1) < 0.4
    linked = np.flatnonzero(same & (place < 3) & chosen[group[rows]])
    head[rows[linked]] = rows[linked - place[linked]]
    return head, np.stack([rows[linked - 1], rows[linked]], axis=1)
