"""Which specialties a sample's clients need, and which of them each auditor holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from auditmatch.sample.arrays import Bools, Floats, Ints, Texts, choice, zipf
from auditmatch.sample.clients import Clients, Visits
from auditmatch.sample.figures import BUNDLES, FIELD_BUNDLE, FIELDS, SCHEMES, SMALL, in_bundle, specialty_codes
from auditmatch.sample.people import COUNTING, EXPERT, INTERN, People

SCHEME_BUNDLES: Final = tuple(BUNDLES.index(field.bundle) for field in FIELDS if field.schemes)
MOST_CODES, LEAST_CODES = 12, 2  # that an auditor seeks; duty may add some


@dataclass(frozen=True, slots=True)
class Pools:
    """The specialties that the body has opened: in each bundle the first `sizes[b]` of `names[b]`, by rank."""

    names: tuple[Texts, ...]
    sizes: Ints

    def of(self, field: Ints, rank: Ints) -> Texts:
        """Return the specialties that ranks stand for in the pools of the fields' bundles."""
        found = np.empty(len(field), dtype=object)
        for bundle, pool in enumerate(self.names):
            mine = FIELD_BUNDLE[field] == bundle
            found[mine] = pool[rank[mine]]
        return found


@dataclass(frozen=True, slots=True)
class Needs:
    """Specialties of the organisations, by rank in the pool of the bundle.

    Attributes
    ----------
    rank
        Organisations x bundles; -1 without a certificate there.
    second
        A second one of the core bundle, for a few organisations that hold one core field only; else -1.
    """

    rank: Ints
    second: Ints


@dataclass(frozen=True, slots=True)
class Competence:
    """Who holds what.

    Attributes
    ----------
    hold
        For each bundle, auditors x specialties of its pool.
    first
        For each bundle and specialty an auditor who holds it in every field of the bundle, and leads there: one person
        who could serve any such audit alone.
    """

    hold: tuple[Bools, ...]
    first: tuple[Ints, ...]


def open_pools(rng: np.random.Generator, people: People, asked: Bools) -> Pools:
    """Open specialties in each bundle, more where more auditors hold it whole and lead; shuffle the ranks of codes."""
    codes = np.array(specialty_codes(), dtype=object)[rng.permutation(SMALL)]
    names, sizes = [], np.zeros(len(BUNDLES), dtype=np.int64)
    for b, bundle in enumerate(BUNDLES):
        scheme = np.array([f"{bundle} scheme {k + 1:02d}" for k in range(SCHEMES)], dtype=object)
        names.append(scheme if b in SCHEME_BUNDLES else codes)
        if asked[in_bundle(b)].any():
            whole = people.whole(b, asked)
            heads, leads = int(whole.sum()), int((whole & people.leading(b, asked)).sum())
            wished = 2 + heads // 2 if b in SCHEME_BUNDLES else min(4 + round(2.4 * heads), 2 + 7 * leads)
            sizes[b] = min(wished, len(names[-1]))
    return Pools(tuple(names), sizes)


def draw_needs(rng: np.random.Generator, clients: Clients, pools: Pools) -> Needs:
    """Draw the specialties of the organisations by Zipf's law; each keeps its rank over the coded bundles."""
    count, bundles = len(clients.place), clients.bundles()
    rank = np.full((count, len(BUNDLES)), -1, dtype=np.int64)
    own = np.full(count, SMALL, dtype=np.int64)
    for b in np.argsort(-pools.sizes, kind="stable"):
        if pools.sizes[b] == 0:
            continue
        drawn = choice(rng, zipf(int(pools.sizes[b])), count)
        if b not in SCHEME_BUNDLES:
            drawn = np.where(own < pools.sizes[b], own, drawn)
            own = np.where(own < SMALL, own, drawn)
        rank[:, b] = np.where(bundles[:, b], drawn, -1)
    second = np.full(count, -1, dtype=np.int64)
    lone = np.flatnonzero((clients.fields[:, FIELD_BUNDLE == 0].sum(axis=1) == 1) & (rng.random(count) < 0.08))
    second[lone] = choice(rng, zipf(max(int(pools.sizes[0]), 1)), len(lone))
    return Needs(rank, np.where(second == rank[:, 0], -1, second))


def days_by_specialty(visits: Visits, needs: Needs, pools: Pools) -> tuple[Floats, ...]:
    """Return for each bundle the person-days of the visits to each specialty."""
    found = []
    for b, size in enumerate(pools.sizes.tolist()):
        mine = visits.bundle == b
        organisation, days = visits.organisation[mine], visits.days[mine]
        total = np.bincount(needs.rank[organisation, b], days, minlength=size).astype(np.float64)
        if b == 0:
            more = needs.second[organisation] >= 0
            total += np.bincount(needs.second[organisation[more]], days[more], minlength=size)
        found.append(total)
    return tuple(found)


def draw_competence(
    rng: np.random.Generator, people: People, pools: Pools, days: tuple[Floats, ...], asked: Bools, scarcity: float
) -> Competence:
    """Give auditors their specialties.

    First by taste: each draws some, likelier what is asked more and what is near the own trade. Then by duty: every
    opened specialty gets enough holders, and a scarce one (the least asked share scarcity / 2 of a pool) keeps one or
    two only, more if those could not bear the days asked.
    """
    wished = _by_taste(rng, people, pools, scarcity)
    counting = people.role == COUNTING
    bearable = 0.5 * sum(float(each.sum()) for each in days) / counting.sum()
    carried = sum(each.sum(axis=1) for each in _distinct(wished))
    first = []
    for b, size in enumerate(pools.sizes.tolist()):
        whole = people.whole(b, asked)
        leads = whole & people.leading(b, asked)
        scarce = np.arange(size) >= round(size * (1.0 - scarcity / 2))
        few = np.where(rng.random(size) < 0.5 + scarcity / 2, 1, 2)
        least = np.where(scarce, few, 3 if scarcity < 0.75 else 2)
        least = np.maximum(least, np.ceil(days[b] / max(bearable, 0.5)).astype(np.int64))
        held, chief = wished[b], np.zeros(size, dtype=np.int64)
        for k in range(size):
            chief[k] = _least_laden(held[:, k] & leads, carried) if (held[:, k] & leads).any() else -1
            if chief[k] < 0:
                chief[k] = _least_laden(leads, carried)
                carried[chief[k]] += 1
                held[chief[k], k] = True
            while (held[:, k] & whole).sum() < min(least[k], whole.sum()):
                more = _least_laden(whole & ~held[:, k], carried)
                carried[more] += 1
                held[more, k] = True
            if scarce[k]:
                held[:, k] &= _keep(rng, held[:, k] & whole, int(chief[k]), int(least[k]))
        first.append(chief)
    _give_at_least(wished, people, pools)
    return Competence(tuple(wished), tuple(first))


def _by_taste(rng: np.random.Generator, people: People, pools: Pools, scarcity: float) -> list[Bools]:
    """Draw for each bundle auditors x specialties, without replacement and by weight; experts draw none."""
    count = len(people.role)
    mean = 11.0 - 7.0 * scarcity
    number = np.clip(np.rint(rng.normal(mean, 2.5, count)), LEAST_CODES, MOST_CODES)
    number[people.role == INTERN] = 3
    number[people.role == EXPERT] = 0
    power = 0.3 + 0.5 * scarcity
    sizes = pools.sizes
    mine = np.stack([people.fields[:, in_bundle(b)].any(axis=1) for b in range(len(sizes))], axis=1)
    coded = ~np.isin(np.arange(len(sizes)), SCHEME_BUNDLES)
    reach = np.max(np.where(mine & coded, sizes, 0), axis=1)
    codes = _gumbel_top(rng, power, int(sizes[coded].max()), reach, number, pools.names[0])
    drawn = []
    for b, size in enumerate(sizes.tolist()):
        if coded[b]:
            drawn.append(codes[:, :size] & mine[:, [b]])
        else:
            drawn.append(_gumbel_top(rng, power, size, np.where(mine[:, b], size, 0), np.ceil(number / 3), None))
    return drawn


def _gumbel_top(
    rng: np.random.Generator, power: float, size: int, reach: Ints, number: Floats, names: Texts | None
) -> Bools:
    """Draw `number` specialties for each auditor among the first `reach` of a pool: the top of log weight plus noise.

    Adding Gumbel noise to log weights and taking the largest draws without replacement in proportion to the weights
    (Efraimidis and Spirakis 2006 in its logarithmic form).
    """
    if size == 0:
        return np.zeros((len(reach), 0), dtype=bool)
    score = power * np.log(zipf(size)) + rng.gumbel(size=(len(reach), size))
    if names is not None:
        trade = np.array([int(name[:2]) for name in names[:size]])
        near = choice(rng, zipf(size), len(reach))
        score += 1.5 * (trade[None, :] == trade[near][:, None])
    score[np.arange(size)[None, :] >= reach[:, None]] = -np.inf
    rank = np.argsort(np.argsort(-score, axis=1), axis=1)
    return np.asarray((rank < number[:, None]) & np.isfinite(score))


def _distinct(held: list[Bools]) -> list[Bools]:
    """Return holdings without counting a code twice that is held in several coded bundles."""
    largest = max(each.shape[1] for b, each in enumerate(held) if b not in SCHEME_BUNDLES)
    codes = np.zeros((len(held[0]), largest), dtype=bool)
    for b, each in enumerate(held):
        if b not in SCHEME_BUNDLES:
            codes[:, : each.shape[1]] |= each
    return [codes, *(held[b] for b in SCHEME_BUNDLES)]


def _least_laden(among: Bools, carried: Ints) -> int:
    """Return who of `among` holds the fewest specialties."""
    rows = np.flatnonzero(among)
    return int(rows[np.argmin(carried[rows])])


def _keep(rng: np.random.Generator, holders: Bools, chief: int, number: int) -> Bools:
    """Keep the chief and others drawn from the holders, `number` in all."""
    others = rng.permutation(np.setdiff1d(np.flatnonzero(holders), [chief]))[: number - 1]
    kept = np.zeros(len(holders), dtype=bool)
    kept[[chief, *others]] = True
    return kept


def _give_at_least(held: list[Bools], people: People, pools: Pools) -> None:
    """Give who was left with fewer than two specialties the most asked ones at home."""
    bare = sum(each.sum(axis=1) for each in _distinct(held)) < LEAST_CODES
    for i in np.flatnonzero(bare & (people.role != EXPERT)):
        own = people.fields[i].nonzero()[0]
        homes = sorted(FIELD_BUNDLE[own].tolist(), key=lambda b: b != people.home[i])
        held[homes[0]][i, : min(LEAST_CODES, int(pools.sizes[homes[0]]))] = True
