"""What lies before the horizon of a sample or cuts into it: careers, lapsing registrations, done audits, usage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from auditmatch.sample.arrays import Bools, Columns, Ints, Texts
from auditmatch.sample.clients import STAGE1, Visits
from auditmatch.sample.competence import Competence, Needs
from auditmatch.sample.figures import BUNDLES
from auditmatch.sample.horizon import ALWAYS, PAST_DAYS, Careers, Horizon
from auditmatch.sample.people import COUNTING, People

CAREER_SHARE, LAPSE_SHARE, LEARNER_SHARE = 0.06, 0.12, 0.08


@dataclass(frozen=True, slots=True)
class Lives:
    """What happens to the auditors.

    Attributes
    ----------
    careers
        First and last day of work.
    lapsing
        Auditors x fields: the registration ends inside the horizon.
    learner
        Some of the person's specialties begin inside the horizon only.
    steady
        None of this: whoever is counted on to make a team possible is steady.
    """

    careers: Careers
    lapsing: Bools
    learner: Bools
    steady: Bools


@dataclass(frozen=True, slots=True)
class Done:
    """Bookings of done audits, one row each: audit, its lead and only member, first and last day, ends at noon."""

    audit: Ints
    lead: Ints
    first: Ints
    last: Ints
    at_noon: Bools


def draw_lives(rng: np.random.Generator, people: People, competence: Competence) -> Lives:
    """Let some auditors come, leave, lapse or learn, but nobody on whom a specialty hangs."""
    count = len(people.role)
    relied_on = np.zeros(count, dtype=bool)
    for chief in competence.first:
        relied_on[chief] = True
    free = ~relied_on & (people.role == COUNTING)
    moved = free & (rng.random(count) < CAREER_SHARE)
    joins = moved & (rng.random(count) < 0.5)
    first = np.where(joins, rng.integers(3, 22, count), -ALWAYS)
    last = np.where(moved & ~joins, rng.integers(10, 61, count), ALWAYS)
    lapsing = people.fields & free[:, None] & (rng.random(people.fields.shape) < LAPSE_SHARE)
    learner = free & (rng.random(count) < LEARNER_SHARE)
    steady = (people.role == COUNTING) & ~moved & ~lapsing.any(axis=1) & ~learner
    return Lives(Careers(first, last), lapsing, learner, steady)


def place_done(
    rng: np.random.Generator, visits: Visits, needs: Needs, able: tuple[Bools, ...], horizon: Horizon
) -> Done:
    """Book the done audits in the weeks before the start, each with one lead, who has a week off in between.

    A stage 1 is done in the last weeks, so that its stage 2 is still in time. Audits of more than five days, or for
    which no week of an able lead is free, are left out.

    Parameters
    ----------
    rng
        Source of chance.
    visits, needs
        The audits and their specialties.
    able
        For each bundle auditors x specialties: steady, holds all fields of the bundle and leads there.
    horizon
        Its calendar.
    """
    weeks = _full_weeks(horizon)[1::2]
    taken: set[tuple[int, int]] = set()
    rows = []
    for audit in np.flatnonzero(visits.done & (visits.days <= 5)).tolist():
        organisation, bundle = visits.organisation[audit], visits.bundle[audit]
        leads = able[bundle][:, needs.rank[organisation, bundle]]
        if bundle == 0 and needs.second[organisation] >= 0:
            leads = leads & able[0][:, needs.second[organisation]]
        recent = weeks[:3] if visits.kind[audit] == STAGE1 else weeks
        free = [(lead, week) for lead in np.flatnonzero(leads).tolist()[:20] for week in recent.tolist()]
        free = [slot for slot in free if slot not in taken]
        if free:
            lead, week = free[int(rng.integers(len(free)))]
            taken.add((lead, week))
            halves = int(2 * visits.days[audit])
            rows.append((audit, lead, week, week + (halves - 1) // 2, halves % 2))
    found = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Done(found[0], found[1], found[2], found[3], found[4] == 1)


def _full_weeks(horizon: Horizon) -> Ints:
    """Return the first days of unbroken runs of five working days or more before the start, the latest first."""
    worked = horizon.calendar.working[:PAST_DAYS] > 0
    begins = np.flatnonzero(worked[1:-5] & ~worked[:-6]) + 1
    full = [day for day in begins.tolist() if worked[day : day + 5].all()]
    return np.array(full[::-1], dtype=np.int64) - PAST_DAYS


def without_rest(visits: Visits, done: Done) -> tuple[Visits, Done]:
    """Drop the done audits that were not booked; a stage 2 whose stage 1 is dropped stands alone."""
    kept = ~visits.done
    kept[done.audit] = True
    number = np.cumsum(kept) - 1
    before = np.where((visits.before >= 0) & kept[visits.before], number[visits.before], -1)
    parts = {name: getattr(visits, name)[kept] for name in Visits.__slots__}
    return replace(Visits(**parts), before=before[kept]), replace(done, audit=number[done.audit])


def done_ends(visits: Visits, done: Done) -> Ints:
    """Return the last day of each done audit; 0 for the others."""
    ends = np.zeros(len(visits.days), dtype=np.int64)
    ends[done.audit] = done.last
    return ends


def usage_columns(rng: np.random.Generator, people: People, visits: Visits, horizon: Horizon, names: Texts) -> Columns:
    """Return the table `usage`: what each counting auditor used of the current cycle-year before the start.

    Cycle-years begin on anniversaries all over the year; one that begins inside the horizon has a row with nothing
    used. Used certificates leave room for the share of the horizon's certificates that falls to a person, as far as a
    cap of 50 has any.
    """
    who = np.flatnonzero(people.role == COUNTING)
    elapsed = rng.integers(1, 365, len(who))
    span = np.minimum(365 - elapsed, horizon.last + 1) / (horizon.last + 1)
    share = visits.fields[~visits.done].sum() * 1.4 / len(who)
    room = np.maximum(48 - span * share, 0.0)
    certificates = np.minimum(room, elapsed / 365 * rng.uniform(10, 30, len(who))).astype(np.int64)
    days = np.round(2 * elapsed / 365 * rng.uniform(40, 110, len(who))) / 2
    again = np.flatnonzero(365 - elapsed <= horizon.last)
    row = np.concatenate([np.arange(len(who)), again])
    begin = -elapsed[row]
    begin[len(who) :] += 365
    fresh = np.arange(len(row)) >= len(who)
    return {
        "auditor_id": names[who[row]],
        "year_start": horizon.date(begin),
        "year_end": horizon.date(begin + 364),
        "days_used": np.where(fresh, 0.0, days[row]),
        "certificates_used": np.where(fresh, 0, certificates[row]),
    }


def able_leads(people: People, competence: Competence, lives: Lives, asked: Bools) -> tuple[Bools, ...]:
    """Return for each bundle auditors x specialties: who could serve such an audit alone on any day."""
    alone = []
    for bundle in range(len(BUNDLES)):
        good = people.whole(bundle, asked) & people.leading(bundle, asked) & lives.steady
        alone.append(competence.hold[bundle] & good[:, None])
    return tuple(alone)
