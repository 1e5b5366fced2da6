"""Auditors of a sample: where they live, what they are, and in which fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from auditmatch.sample.arrays import Bools, Floats, Ints, choice
from auditmatch.sample.clients import Visits
from auditmatch.sample.figures import BUNDLES, CORE, FIELD_BUNDLE, FIELDS, PROVINCES, in_bundle

COUNTING, INTERN, EXPERT = range(3)
INTERN_SHARE, EXPERT_SHARE, LEAD_SHARE = 0.08, 0.03, 0.75

# Which core fields a core auditor holds (assumption): most are qualified for the integrated audit.
_CORE_PROFILES: Final = (
    (1, 1, 1, 0.55),
    (1, 1, 0, 0.12),
    (1, 0, 1, 0.08),
    (0, 1, 1, 0.05),
    (1, 0, 0, 0.17),
    (0, 1, 0, 0.02),
    (0, 0, 1, 0.01),
)


@dataclass(frozen=True, slots=True)
class People:
    """The auditors, one row each.

    Attributes
    ----------
    role
        COUNTING (auditor or lead), INTERN or EXPERT.
    home
        Row of `BUNDLES`: what the person mostly does.
    fields
        Auditors x fields: qualified there, one to three.
    leads
        Auditors x fields: grade lead there.
    place
        Row of `PROVINCES`.
    female, full_time
        As the columns say.
    """

    role: Ints
    home: Ints
    fields: Bools
    leads: Bools
    place: Ints
    female: Bools
    full_time: Bools

    def whole(self, bundle: int, asked: Bools) -> Bools:
        """Tell which counting auditors hold every asked field of a bundle."""
        fields = np.flatnonzero(in_bundle(bundle) & asked)
        whole: Bools = self.fields[:, fields].all(axis=1) & (self.role == COUNTING)
        return whole

    def leading(self, bundle: int, asked: Bools) -> Bools:
        """Tell which auditors are leads in every asked field of a bundle."""
        return np.asarray(self.leads[:, in_bundle(bundle) & asked].all(axis=1))


def draw_people(rng: np.random.Generator, count: int, visits: Visits, asked: Bools) -> People:
    """Draw `count` auditors to suit the visits.

    Each bundle gets counting auditors in proportion to its person-days, at least one. The first
    two of each bundle hold it whole, and the first leads in it, so that one person alone can serve any audit of
    the bundle as far as fields go.

    Parameters
    ----------
    rng
        Source of chance.
    count
        Number of auditors, at least 1.
    visits
        What is asked.
    asked
        Fields in which any organisation holds a certificate.
    """
    role = _draw_roles(rng, count)
    counting = np.flatnonzero(role == COUNTING)
    heads = _headcounts(visits, asked, len(counting))
    home = np.zeros(count, dtype=np.int64)
    home[counting] = rng.permutation(np.repeat(np.arange(len(BUNDLES)), heads))
    home[role != COUNTING] = choice(rng, heads.astype(np.float64), int((role != COUNTING).sum()))
    fields = _draw_fields(rng, home, role, visits, asked)
    leads = fields & (rng.random(count) < LEAD_SHARE)[:, None]
    own = FIELD_BUNDLE[None, :] == home[:, None]
    leads &= own | (rng.random(leads.shape) < 0.7)
    for bundle in np.flatnonzero(heads):
        first = counting[home[counting] == bundle][0]
        leads[first] |= fields[first] & own[first]
    leads[role != COUNTING] = False
    weights = np.array([province.certificates for province in PROVINCES], dtype=np.float64)
    place = choice(rng, weights, count)
    return People(role, home, fields, leads, place, rng.random(count) < 0.45, rng.random(count) < 0.88)


def _draw_roles(rng: np.random.Generator, count: int) -> Ints:
    interns, experts = round(INTERN_SHARE * count), round(EXPERT_SHARE * count)
    roles = [INTERN] * interns + [EXPERT] * experts
    return np.asarray(rng.permutation(np.array(roles + [COUNTING] * (count - len(roles)), dtype=np.int64)))


def _headcounts(visits: Visits, asked: Bools, counting: int) -> Ints:
    """Share the counting auditors among the bundles by person-days; each bundle with a certificate has someone."""
    days = np.bincount(visits.bundle, visits.days, minlength=len(BUNDLES)).astype(np.float64)
    used = np.array([bool(asked[in_bundle(b)].any()) for b in range(len(BUNDLES))])
    least = used.astype(np.int64)
    rest = counting - int(least.sum())
    exact = _spare(days, least, counting)
    heads: Ints = least + np.floor(exact * rest).astype(np.int64)
    short = counting - int(heads.sum())
    heads[np.argsort(-(exact * rest % 1.0), kind="stable")[:short]] += 1
    return heads


def _spare(days: Floats, least: Ints, counting: int) -> Floats:
    """Return the shares by which auditors beyond the least are dealt out: what a bundle lacks to its proportion."""
    lacks = np.maximum(days / days.sum() * counting - least, 0.0)
    return np.asarray(lacks / lacks.sum() if lacks.sum() > 0 else days / days.sum())


def _draw_fields(rng: np.random.Generator, home: Ints, role: Ints, visits: Visits, asked: Bools) -> Bools:
    """Draw auditors x fields, one to three each, none outside the fields that are asked."""
    count = len(home)
    fields = np.zeros((count, len(FIELDS)), dtype=bool)
    profiles = np.array(_CORE_PROFILES)
    core = home == 0
    fields[core, :CORE] = profiles[choice(rng, profiles[:, CORE], int(core.sum())), :CORE].astype(bool)
    for bundle in range(1, len(BUNDLES)):
        fields[np.ix_(home == bundle, in_bundle(bundle))] = True
        # Who audits a rarer field usually began with quality or environment.
        fields[home == bundle, 0] = rng.random(int((home == bundle).sum())) < 0.6
        fields[home == bundle, 1] = rng.random(int((home == bundle).sum())) < 0.25
    for bundle in range(len(BUNDLES)):
        fields[np.ix_(np.flatnonzero((home == bundle) & (role == COUNTING))[:2], in_bundle(bundle))] = True
    room = np.flatnonzero(core & (fields.sum(axis=1) < 3) & (rng.random(count) < 0.8))
    _lend(fields, room, visits, asked, role == COUNTING)
    fields &= asked
    # A core auditor whose few fields nobody asks for holds quality, or the first field that is asked.
    bare = np.flatnonzero(~fields.any(axis=1))
    fields[bare, np.flatnonzero(asked)[0]] = True
    crowded = fields.sum(axis=1) > 3
    fields[crowded] = _keep_three(fields[crowded], home[crowded])
    return fields


def _lend(fields: Bools, room: Ints, visits: Visits, asked: Bools, counting: Bools) -> None:
    """Give each core auditor with room one rarer field, that with the fewest people for its days, in place."""
    other = np.flatnonzero(asked[CORE:]) + CORE
    if not other.size:
        return
    parts = np.maximum(visits.fields.sum(axis=1), 1)
    days = np.maximum((visits.fields[:, other] * (visits.days / parts)[:, None]).sum(axis=0), 1.0)
    people = fields[np.ix_(counting, other)].sum(axis=0)
    for i in room.tolist():
        scarcest = int(np.argmin(people / days))
        fields[i, other[scarcest]] = True
        people[scarcest] += counting[i]


def _keep_three(fields: Bools, home: Ints) -> Bools:
    """Keep three fields of each row, those of the home bundle first."""
    own = FIELD_BUNDLE[None, :] == home[:, None]
    rank = np.argsort(np.argsort(-(fields * 1 + (fields & own) * 1), axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(fields & (rank < 3))
