"""Yearly days: how long a person may be on site in a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Shape, SlotCap, ints
from auditmatch.years import Days, meet_years


@dataclass(frozen=True, slots=True)
class YearlyDays:
    """On-site days of a person in a cycle-year, those in `usage` included, are at most `days_per_year` (180).

    CNCA-QMS-01:2025 clause 3.9, in force 2026-01-01 (domain rule PPL-1). A day on site counts its `on_site` share, in
    hundredths; every member counts, in any role. A booking across the end of a year counts in each with its part.
    History on days off uses no days. `usage` holds what is not in the `plan` table; done audits and pinned bookings of
    the plan are counted beside it.
    """

    name: str = "yearly_days"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Cap the weighted slots of each person and year."""
        limit, per_day = scene.register.setting("days_per_year"), scene.calendar.slots_per_day
        years = scene.cycle_years()
        first, last = scene.slot_range(
            np.array([y[1] for y in years], dtype="datetime64[D]"),
            np.array([y[2] for y in years], dtype="datetime64[D]"),
        )
        left = [int(np.floor(100 * per_day * (limit - used) + 1e-6)) for _, _, _, used, _ in years]
        weight = np.floor(100 * scene.register.audits["on_site"] + 0.5)
        yield SlotCap(ints([y[0] for y in years]), first, last, ints(left), ints(weight), "the days per year")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Add up each person's on-site days in each year."""
        limit, per_day = scene.register.setting("days_per_year"), scene.calendar.slots_per_day
        share = np.floor(100 * scene.register.audits["on_site"] + 0.5)[agenda.audit] / 100
        years = scene.cycle_years()
        firsts, lasts = (np.array([year[k] for year in years], dtype="datetime64[D]") for k in (1, 2))
        b = agenda.booking
        span, year = meet_years(agenda.auditor, agenda.first_day[b], agenda.last_day[b], years)
        low, high = (
            np.maximum(agenda.first_day[b[span]], firsts[year]),
            np.minimum(agenda.last_day[b[span]], lasts[year]),
        )
        days = _slots(scene, agenda, b[span], low, high) * share[b[span]] / per_day
        used = np.array([row[3] for row in years])
        total = np.bincount(year, days, minlength=len(years)) + used
        mine = np.bincount(year, days * agenda.shown[b[span]], minlength=len(years))
        found = []
        for k in np.flatnonzero((mine > 0) & (total > limit + 1e-6)):
            who = scene.auditor_id(years[k][0])
            message = f"{who} is on site {total[k]:g} days from {firsts[k]} to {lasts[k]}; {limit} are allowed"
            found.append(Violation(self.name, message, (), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody is on site for more than 180 days (a setting) in a cycle-year."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case in which the days left are 0 to 2, and the year sometimes ends inside the horizon."""
        used = 180 - float(rng.choice([0, 0.4, 0.5, 0.8, 1, 1.2, 1.5, 2]))
        start = str(np.datetime64(day(int(rng.integers(-3, 3)))) - np.timedelta64(365, "D"))
        usage = {"auditor_id": "P0", "year_start": start, "days_used": used}
        if rng.random() < 0.6:
            usage["year_start"] = "2027-01-01"
        return tiny(rng, auditors=2).having(usage=[{**usage, "certificates_used": 0}])


def _slots(scene: Scene, agenda: Agenda, booking: Ints, low: Days, high: Days) -> Ints:
    """Count the working slots of each booking from day `low` to day `high`."""
    first_half = np.where(low == agenda.first_day[booking], agenda.begin[booking] % 2, 0)
    # A booking lasts to the evening when the half-day after it is a morning.
    last_half = np.where(high == agenda.last_day[booking], agenda.finish[booking] % 2 == 0, 1)
    return scene.calendar.slots_between(low, first_half, high, last_half)


RULE = YearlyDays()
