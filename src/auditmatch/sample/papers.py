"""The tables of a sample's people: auditors and qualifications."""

from __future__ import annotations

import numpy as np

from auditmatch.sample.arrays import Columns, Days, Floats, Ints, Texts
from auditmatch.sample.competence import Competence, Pools
from auditmatch.sample.facts import Lives
from auditmatch.sample.figures import BUNDLES, CAPITALS, FIELD_NAMES, in_bundle
from auditmatch.sample.horizon import ALWAYS, Horizon
from auditmatch.sample.people import COUNTING, People

_GRADES = np.array(["auditor", "lead", "intern", "expert"], dtype=object)


def auditor_columns(rng: np.random.Generator, people: People, lives: Lives, horizon: Horizon, names: Texts) -> Columns:
    """Return the table `auditors`; the willingness items are drawn from beta distributions (assumptions)."""
    count = len(names)
    routine = np.where(people.full_time, _items(rng, 8, 2, count), _items(rng, 4, 3, count))
    limited = ~people.full_time & (rng.random(count) < 0.4)
    numbers = [name[1:] for name in names]
    return {
        "auditor_id": names,
        "name": np.array([f"审核员 {number} / Auditor {number}" for number in numbers], dtype=object),
        "gender": np.where(people.female, "F", "M").astype(object),
        "full_time": people.full_time,
        "location": CAPITALS[people.place],
        "from": _dates(horizon, lives.careers.first),
        "until": _dates(horizon, lives.careers.last),
        "monthly_limit": np.where(limited, 15.0, np.nan),
        "routine": routine,
        "health": _items(rng, 18, 1.5, count),
        "caprice": _items(rng, 12, 2, count),
        "holidays": _items(rng, 9, 2, count),
        "incidents": _items(rng, 14, 1.5, count),
    }


def _items(rng: np.random.Generator, a: float, b: float, count: int) -> Floats:
    return np.asarray(np.clip(np.round(rng.beta(a, b, count), 2), 0.05, 1.0))


def _dates(horizon: Horizon, day: Ints) -> Days:
    """Return the dates of days, absent where the day stands for always."""
    known = np.abs(day) < ALWAYS
    return np.where(known, horizon.date(np.where(known, day, 0)), np.datetime64("NaT", "D"))


def qualification_columns(
    rng: np.random.Generator,
    people: People,
    lives: Lives,
    horizon: Horizon,
    held: tuple[Pools, Competence, Ints],
    names: Texts,
) -> Columns:
    """Return the table `qualifications`.

    A registration ends for a person and field as a whole: mostly one to three years after the start, for a tenth never,
    for some inside the horizon; three in ten of those are renewed after two weeks, in rows of their own.

    Parameters
    ----------
    rng
        Source of chance.
    people, lives
        The auditors.
    horizon
        Its last day.
    held
        The pools, who holds what, and the experts' rows (person, field, rank).
    names
        Of the auditors.
    """
    pools, competence, expertise = held
    person, field, rank = _expand(people, competence)
    grade = np.where(people.role[person] == COUNTING, people.leads[person, field], 2).astype(np.int64)
    person, field, rank = (
        np.concatenate([part, more]) for part, more in zip((person, field, rank), expertise.T, strict=True)
    )
    grade = np.append(grade, np.full(len(expertise), 3))
    lapses = _lapse_days(rng, lives, horizon)[person, field]
    since = -rng.integers(150, 1000, len(person))
    learnt = lives.learner[person] & (rng.random(len(person)) < 0.25)
    since = np.where(learnt, rng.integers(1, horizon.last + 1, len(person)), since)
    renewed = np.flatnonzero(lives.lapsing[person, field] & (rng.random(len(names)) < 0.3)[person] & (lapses > since))
    row = np.append(np.arange(len(person)), renewed)
    begin = np.append(since, lapses[renewed] + 15)
    end = np.append(np.maximum(lapses, since + 30), lapses[renewed] + 1095)
    order = np.lexsort((begin, rank[row], field[row], person[row]))
    row = row[order]
    return {
        "auditor_id": names[person[row]],
        "field": FIELD_NAMES[field[row]],
        "specialty": pools.of(field, rank)[row],
        "valid_from": horizon.date(begin[order]),
        "valid_until": _dates(horizon, end[order]),
        "grade": _GRADES[grade[row]],
    }


def _expand(people: People, competence: Competence) -> tuple[Ints, Ints, Ints]:
    """List person, field and rank of all that is held: a specialty counts in each of the person's fields."""
    persons, fields, ranks = [], [], []
    for bundle in range(len(BUNDLES)):
        person, rank = np.nonzero(competence.hold[bundle])
        for field in np.flatnonzero(in_bundle(bundle)):
            mine = people.fields[person, field]
            persons.append(person[mine])
            ranks.append(rank[mine])
            fields.append(np.full(int(mine.sum()), field))
    return np.concatenate(persons), np.concatenate(fields), np.concatenate(ranks)


def _lapse_days(rng: np.random.Generator, lives: Lives, horizon: Horizon) -> Ints:
    """Return auditors x fields: the last day of each registration, `ALWAYS` for none."""
    shape = lives.lapsing.shape
    ends = horizon.last + rng.integers(120, 1095, shape)
    ends = np.where(rng.random(shape) < 0.1, ALWAYS, ends)
    inside = rng.integers(0, horizon.last, shape)
    return np.where(lives.lapsing, inside, ends)
