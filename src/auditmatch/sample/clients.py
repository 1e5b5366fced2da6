"""Organisations of a sample, the visits that they are due, and the audit time of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from auditmatch.sample.arrays import Bools, Floats, Ints, choice
from auditmatch.sample.figures import (
    BUNDLES,
    CERTIFICATES_EACH,
    CORE,
    FIELD_BUNDLE,
    FIELD_SHARE,
    FIELDS,
    LARGEST_STAFF,
    PROVINCES,
    core_patterns,
    half_days,
    in_bundle,
    initial_days,
)

KINDS: Final = ("stage1", "stage2", "surveillance", "recertification", "special", "unannounced")
STAGE1, STAGE2, SURVEILLANCE, RECERTIFICATION, SPECIAL, UNANNOUNCED = range(len(KINDS))
_SINGLE, _PAIR, _CARRIED, _PAST = range(4)  # what an organisation is due; carried: its stage 1 is already done

# Shares of the open audits (assumptions): pairs count twice.
PAIR_SHARE, CARRIED_SHARE, PAST_SHARE, SECOND_SHARE = 0.09, 0.02, 0.03, 0.04
GROUP_SHARE = 0.18  # of the organisations are subsidiaries of a group
SINGLE_KINDS: Final = {SURVEILLANCE: 0.735, RECERTIFICATION: 0.22, SPECIAL: 0.03, UNANNOUNCED: 0.015}


@dataclass(frozen=True, slots=True)
class Clients:
    """The organisations, one row each.

    Attributes
    ----------
    place
        Row of `PROVINCES`.
    group
        Number of the group, -1 outside one.
    fields
        Organisations x fields: holds a certificate there.
    certificates
        Organisations x fields: how many.
    staff, environment, safety
        Effective personnel and complexities, as `initial_days` takes them.
    """

    place: Ints
    group: Ints
    fields: Bools
    certificates: Ints
    staff: Ints
    environment: Ints
    safety: Ints

    def bundles(self) -> Bools:
        """Return organisations x bundles: holds a field of the bundle."""
        return np.stack([self.fields[:, in_bundle(b)].any(axis=1) for b in range(len(BUNDLES))], axis=1)


@dataclass(frozen=True, slots=True)
class Visits:
    """The audits, one row each, in order of their organisations.

    Attributes
    ----------
    organisation, bundle, kind
        Row of `Clients`, of `BUNDLES` and of `KINDS`.
    done
        True for a fact before the horizon.
    before
        Row of the stage 1 of a stage 2, else -1.
    fields
        Visits x fields: the ones audited, one to three.
    days
        Person-days, a multiple of one half.
    """

    organisation: Ints
    bundle: Ints
    kind: Ints
    done: Bools
    before: Ints
    fields: Bools
    days: Floats


def draw_clients(rng: np.random.Generator, count: int, auditors: int) -> Clients:
    """Draw organisations whose places, fields and certificates follow the national figures.

    A small body opens only fields whose share of the organisations is worth an auditor or two, and serves smaller
    clients: a single auditor cannot see to a works of 4,000 people.
    """
    opened = (FIELD_SHARE * auditors >= 1.5) | (np.arange(len(FIELDS)) < CORE)
    fields = draw_fields(rng, count, opened)
    each = rng.geometric(np.minimum(1.0, 1.0 / CERTIFICATES_EACH), (count, len(FIELDS)))
    weights = np.array([province.certificates for province in PROVINCES], dtype=np.float64)
    place = choice(rng, weights, count)
    group = _draw_groups(rng, count)
    for_group = rng.integers(0, max(count, 1), count)
    grouped = (group >= 0) & (rng.random(count) < 0.6)
    # Six subsidiaries in ten sit where the group does; drawn by the same figures, so the shares stay.
    place[grouped] = place[for_group[group[grouped]]]
    largest = min(LARGEST_STAFF, max(25, 20 * (auditors - 1)))
    staff = np.clip(rng.lognormal(np.log(45), 1.1, count).astype(np.int64), 1, largest)
    environment = choice(rng, np.array([0.15, 0.4, 0.4, 0.05]), count)
    safety = choice(rng, np.array([0.15, 0.45, 0.4]), count)
    return Clients(place, group, fields, np.where(fields, each, 0), staff, environment, safety)


def draw_fields(rng: np.random.Generator, count: int, opened: Bools) -> Bools:
    """Draw organisations x fields, at least one each, with the national share of every opened field.

    The core fields come together by `core_patterns`; who has none of them has one other field; the others are drawn one
    by one, so that each field's share of all organisations is its figure.
    """
    patterns, shares = core_patterns()
    other = np.flatnonzero(opened[CORE:]) + CORE
    bare = shares[-1] * FIELD_SHARE[other].sum() / FIELD_SHARE[CORE:].sum()
    shares = np.append(shares[:-1] / shares[:-1].sum() * (1.0 - bare), bare)
    fields = np.zeros((count, len(FIELDS)), dtype=bool)
    fields[:, :CORE] = patterns[choice(rng, shares, count)]
    if other.size == 0:
        return fields
    without = np.asarray(~fields[:, :CORE].any(axis=1))
    fields[without, other[choice(rng, FIELD_SHARE[other], int(without.sum()))]] = True
    thinned = (1.0 - bare / FIELD_SHARE[other].sum()) / (1.0 - bare)
    more = rng.random((count, len(other))) < FIELD_SHARE[other] * thinned
    fields[:, other] |= more & ~without[:, None]
    digital = [f for f in other.tolist() if FIELDS[f].bundle == "digital"]
    if len(digital) == 2:
        _bring_together(fields, digital[0], digital[1])
    return fields


def _bring_together(fields: Bools, first: int, second: int) -> None:
    """Move the second field to organisations that have the first, most of them, so that both are audited together."""
    spare = np.flatnonzero(fields[:, second] & ~fields[:, first] & fields[:, :CORE].any(axis=1))
    taker = np.flatnonzero(fields[:, first] & ~fields[:, second])
    moved = min(len(spare), len(taker))
    fields[spare[:moved], second] = False
    fields[taker[:moved], second] = True


def _draw_groups(rng: np.random.Generator, count: int) -> Ints:
    """Put `GROUP_SHARE` of the organisations into groups of two to six; return the group of each, -1 for none."""
    group = np.full(count, -1, dtype=np.int64)
    members = int(GROUP_SHARE * count)
    sizes = 1 + np.minimum(rng.geometric(0.45, members), 5)
    sizes = sizes[np.cumsum(sizes) <= members]
    labels = np.repeat(np.arange(len(sizes)), sizes)
    group[rng.permutation(count)[: len(labels)]] = labels
    return group


def draw_visits(rng: np.random.Generator, audits: int, auditors: int, staged: bool) -> tuple[Clients, Visits]:
    """Draw the organisations and what they are due: exactly `audits` open audits, and a few done ones beside them.

    Without `staged` no stage 1 is open; a stage 2 may still follow one that is done.
    """
    pairs = max(round(PAIR_SHARE * audits), 1) if staged and audits >= 4 else 0
    carried, past = round(CARRIED_SHARE * audits), round(PAST_SHARE * audits)
    single = audits - 2 * pairs - carried
    clients = draw_clients(rng, single + pairs + carried + past, auditors)
    due = rng.permutation(np.repeat([_SINGLE, _PAIR, _CARRIED, _PAST], [single, pairs, carried, past]))
    clients, due, twice = _visit_twice(rng, clients, due, round(SECOND_SHARE * audits))
    score = np.where(clients.bundles(), rng.random((len(due), len(BUNDLES))), -1.0)
    ranked = np.argsort(-score, axis=1, kind="stable")
    rows = np.where((due == _PAIR) | (due == _CARRIED) | twice, 2, 1)
    organisation = np.repeat(np.arange(len(due)), rows)
    second = np.append(False, organisation[1:] == organisation[:-1])
    kind = choice(rng, np.array(list(SINGLE_KINDS.values())), len(organisation)) + SURVEILLANCE
    kind[due[organisation] == _PAST] = SURVEILLANCE
    stages = np.isin(due[organisation], (_PAIR, _CARRIED))
    kind[stages] = np.where(second[stages], STAGE2, STAGE1)
    bundle = ranked[organisation, np.where(second & ~stages, 1, 0)]
    done = (due[organisation] == _PAST) | ((due[organisation] == _CARRIED) & ~second)
    before = np.where(second & stages, np.arange(len(organisation)) - 1, -1)
    fields = clients.fields[organisation] & (bundle[:, None] == FIELD_BUNDLE)
    days = _person_days(rng, clients, organisation, fields, kind)
    return clients, Visits(organisation, bundle, kind, done, before, fields, days)


def _visit_twice(rng: np.random.Generator, clients: Clients, due: Ints, wanted: int) -> tuple[Clients, Ints, Bools]:
    """Let some organisations be visited twice, in different bundles, each instead of another single visit."""
    twice = np.zeros(len(due), dtype=bool)
    able = np.flatnonzero((due == _SINGLE) & (clients.bundles().sum(axis=1) > 1))
    able = rng.permutation(able)[:wanted]
    spare = np.setdiff1d(np.flatnonzero(due == _SINGLE), able)
    able = able[: len(spare)]
    twice[able] = True
    kept = np.ones(len(due), dtype=bool)
    kept[spare[len(spare) - len(able) :]] = False
    parts = {name: getattr(clients, name)[kept] for name in Clients.__slots__}
    return Clients(**parts), due[kept], twice[kept]


def _person_days(rng: np.random.Generator, clients: Clients, organisation: Ints, fields: Bools, kind: Ints) -> Floats:
    """Return the person-days of each visit.

    Sum of the fields' initial times, less 0 to 20 % when integrated (IAF MD 11), times one third for surveillance and
    other short visits, two thirds for recertification; stage 1 takes a third of the initial time and stage 2 the rest.
    Every figure is rounded to the nearest half day.
    """
    each = initial_days(clients.staff, clients.environment, clients.safety)[organisation]
    reduction = rng.integers(0, 5, len(clients.staff))[organisation] * 0.05
    initial = np.where(fields, each, 0.0).sum(axis=1)
    initial *= np.where(fields.sum(axis=1) > 1, 1.0 - reduction, 1.0)
    total = half_days(initial)
    first_stage = np.maximum(0.5, half_days(total / 3))
    days = np.maximum(0.5, half_days(initial / 3))
    days = np.where(kind == RECERTIFICATION, half_days(initial * 2 / 3), days)
    days = np.where(kind == STAGE1, first_stage, days)
    return np.where(kind == STAGE2, total - first_stage, days)
