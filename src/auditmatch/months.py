"""Calendar months of a scene, and the work of each person in each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auditmatch.agenda import Agenda
from auditmatch.scene import Days, Scene
from auditmatch.shapes import Bools, Ints, SlotCap, ints


def month_slots(scene: Scene) -> tuple[Ints, Ints]:
    """Return the first and the last slot of every calendar month that the calendar touches."""
    bounds = scene.calendar.first_day, scene.calendar.last_day
    low, high = (bound.astype("datetime64[M]").astype(np.int64) for bound in bounds)
    months = np.arange(low, high + 1)
    first_days: Days = months.astype("datetime64[M]").astype("datetime64[D]")
    # The day before the next month begins.
    next_days = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    last_days: Days = (next_days - 1).astype("datetime64[D]")
    return scene.slot_range(first_days, last_days)


def month_cap(scene: Scene, who: Ints, limits: npt.NDArray[np.float64], weight: Ints, reason: str) -> SlotCap:
    """Return the cap of some people's weighted slots by calendar month, at their limits in days."""
    first, last = month_slots(scene)
    people, month = np.repeat(who, len(first)), np.tile(np.arange(len(first)), len(who))
    left = np.floor(100 * scene.calendar.slots_per_day * limits[people] + 1e-6)
    return SlotCap(ints(people), ints(first[month]), ints(last[month]), ints(left), weight, reason)


def days_by_month(scene: Scene, agenda: Agenda, members: Ints) -> tuple[npt.NDArray[np.float64], Bools, Days]:
    """Return the working days of some members of bookings, (auditors, months), where a shown booking has any; months.

    Half-day after half-day, as a calendar on the wall is filled in.
    """
    calendar, people = scene.calendar, len(scene.register.auditors)
    days = calendar.date_of(np.arange(calendar.n_days))
    months, month = np.unique(days.astype("datetime64[M]"), return_inverse=True)
    work = np.zeros((people, len(months)))
    shown = np.zeros((people, len(months)), dtype=bool)
    zero = 2 * int(calendar.first_day.astype(np.int64))
    # One half-day after another of all bookings at once; the longest booking sets how often.
    begin, finish = agenda.begin[agenda.booking[members]] - zero, agenda.finish[agenda.booking[members]] - zero
    begin, finish = np.maximum(begin, 0), np.minimum(finish, 2 * calendar.n_days)
    for step in range(int((finish - begin).max(initial=0))):
        half = begin + step
        rows = np.flatnonzero(half < finish)
        offset, pm = half[rows] // 2, half[rows] % 2
        if calendar.slots_per_day == 1:
            counts = np.where(calendar.working[offset] == 3, 0.5, 0.0)
        else:
            counts = np.where(calendar.working[offset] >> pm & 1, 0.5, 0.0)
        where = agenda.auditor[members[rows]], month[offset]
        np.add.at(work, where, counts)
        np.logical_or.at(shown, where, (counts > 0) & agenda.shown[agenda.booking[members[rows]]])
    return work, shown, months
