"""The tables of a sample's clients and their visits: organisations, certificates, audits, requirements, plan."""

from __future__ import annotations

import numpy as np

from auditmatch.sample.arrays import Bools, Columns, Floats, Ints, Texts
from auditmatch.sample.clients import KINDS, SPECIAL, STAGE2, SURVEILLANCE, Clients, Visits
from auditmatch.sample.competence import Needs, Pools
from auditmatch.sample.facts import Done
from auditmatch.sample.figures import CAPITALS, FIELD_BUNDLE, FIELD_NAMES, PROVINCES
from auditmatch.sample.horizon import Horizon
from auditmatch.sample.windows import Teams, Windows
from auditmatch.sample.wishes import Minima, Requirements

CERTIFICATES_A_VISIT = 3  # most certificates of one field that one visit serves; the others fall due later


def named(prefix: str, count: int, width: int) -> Texts:
    """Return ids: the prefix and a number from 1 on, filled with zeros to one width for all."""
    width = max(width, len(str(count)))
    return np.array([f"{prefix}{k + 1:0{width}d}" for k in range(count)], dtype=object)


def location_columns() -> Columns:
    """Return the table `locations`: the provincial capitals."""
    return {
        "location": CAPITALS,
        "latitude": np.array([province.latitude for province in PROVINCES]),
        "longitude": np.array([province.longitude for province in PROVINCES]),
        "province": np.array([province.name for province in PROVINCES], dtype=object),
    }


def organisation_columns(rng: np.random.Generator, clients: Clients, names: Texts) -> Columns:
    """Return the table `organisations`; coordination and policy are given for one in ten, else left to be derived."""
    count = len(names)
    groups = named("G", int(clients.group.max(initial=-1)) + 1, 4)
    grouped = clients.group >= 0
    group = np.full(count, None, dtype=object)
    group[grouped] = groups[clients.group[grouped]]
    given = rng.random((2, count)) < 0.1
    return {
        "organisation_id": names,
        "name": np.array([f"企业 {name[1:]} / Organisation {name[1:]}" for name in names], dtype=object),
        "location": CAPITALS[clients.place],
        "group_id": group,
        "client_timing": _ratio(rng, 7, 2, count),
        "inspections": _ratio(rng, 9, 1.5, count),
        "certificates": clients.certificates.sum(axis=1),
        "coordination": _given(given[0], _ratio(rng, 6, 2, count)),
        "policy": _given(given[1], _ratio(rng, 8, 2, count)),
    }


def _given(given: Bools, values: Floats) -> Texts:
    """Return the values where they are given, None elsewhere."""
    cells = np.full(len(given), None, dtype=object)
    cells[given] = values[given]
    return cells


def _ratio(rng: np.random.Generator, a: float, b: float, count: int) -> Floats:
    return np.asarray(np.clip(np.round(rng.beta(a, b, count), 2), 0.1, 1.0))


def certificate_columns(
    rng: np.random.Generator,
    clients: Clients,
    visits: Visits,
    due: Ints,
    horizon: Horizon,
    specialties: tuple[Pools, Needs],
    names: tuple[Texts, Texts],
) -> tuple[Columns, Columns]:
    """Return the tables `certificates` and `audit_certificates`.

    A certificate is due when the open visit that serves it is (absent for a first certification, whose certificate is
    not issued yet), else within the year after the horizon. `due` is the deadline of each visit; `names` are those of
    organisations and audits.
    """
    pools, needs = specialties
    organisations, audits = names
    owner, field = np.nonzero(clients.certificates)
    each = clients.certificates[owner, field]
    first = np.zeros(clients.certificates.shape, dtype=np.int64)
    first[owner, field] = np.cumsum(each) - each
    pair = np.repeat(np.arange(len(owner)), each)
    ids = named("C", len(pair), 5)
    day = horizon.last + rng.integers(30, 366, len(pair))
    date = horizon.date(day)
    visit, seen = np.nonzero(visits.fields)
    served = np.minimum(clients.certificates[visits.organisation[visit], seen], CERTIFICATES_A_VISIT)
    row = np.repeat(np.arange(len(visit)), served)
    certificate = first[visits.organisation[visit[row]], seen[row]] + _within(served)
    staged = visits.kind[visit[row]] <= STAGE2
    is_open = ~visits.done[visit[row]]
    date[certificate[is_open]] = horizon.date(due[visit[row]])[is_open]
    date[certificate[staged]] = np.datetime64("NaT", "D")
    rank = needs.rank[owner[pair], FIELD_BUNDLE[field[pair]]]
    more = np.flatnonzero((FIELD_BUNDLE[field] == 0) & (needs.second[owner] >= 0))
    also = first[owner[more], field[more]]  # the second specialty stands on the first certificate of the field
    line = np.append(np.arange(len(pair)), also)
    rank = np.append(rank, needs.second[owner[more]])
    certificates: Columns = {
        "certificate_id": ids[line],
        "specialty": pools.of(field[pair][line], rank),
        "organisation_id": organisations[owner[pair]][line],
        "field": FIELD_NAMES[field[pair]][line],
        "due": date[line],
    }
    return certificates, {"audit_id": audits[visit[row]], "certificate_id": ids[certificate]}


def _within(counts: Ints) -> Ints:
    """Return 0, 1, ... within each run of `counts`."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def requirement_columns(requirements: Requirements, pools: Pools, audits: Texts) -> Columns:
    """Return the table `requirements`."""
    return {
        "audit_id": audits[requirements.audit],
        "field": FIELD_NAMES[requirements.field],
        "specialty": pools.of(requirements.field, requirements.rank),
        "count": requirements.count,
        "expert_ok": requirements.expert_ok,
    }


def audit_columns(
    rng: np.random.Generator,
    visits: Visits,
    timing: tuple[Windows, Horizon],
    teams: Teams,
    minima: Minima,
    names: tuple[Texts, Texts],
) -> Columns:
    """Return the table `audits`; `names` are those of organisations and audits."""
    windows, horizon = timing
    organisations, audits = names
    count = len(audits)
    remote = np.isin(visits.kind, (SURVEILLANCE, SPECIAL)) & (rng.random(count) < 0.03)
    blended = rng.random(count) < 0.1
    wished = horizon.date(np.maximum(windows.wished, 0))
    elsewhere = np.full(count, None, dtype=object)
    moved = np.flatnonzero(rng.random(count) < 0.02)
    elsewhere[moved] = CAPITALS[rng.integers(0, len(CAPITALS), len(moved))]
    return {
        "audit_id": audits,
        "organisation_id": organisations[visits.organisation],
        "kind": np.array(KINDS, dtype=object)[visits.kind],
        "location": elsewhere,
        "earliest": horizon.date(windows.earliest),
        "latest": horizon.date(windows.latest),
        "deadline": horizon.date(windows.deadline),
        "preferred": np.where(windows.wished >= 0, wished, np.datetime64("NaT", "D")),
        "person_days": visits.days,
        "on_site": np.where(remote, 0.0, np.where(blended, 0.8, 1.0)),
        "team_min": teams.least,
        "team_max": np.where(teams.most > 0, teams.most, np.nan),
        "females_min": minima.females,
        "males_min": minima.males,
        "full_time_min": minima.full_time,
        "priority": np.where(rng.random(count) < 0.05, 2.0, 1.0),
        "status": np.where(visits.done, "done", "open").astype(object),
    }


def plan_columns(done: Done, horizon: Horizon, auditors: Texts, audits: Texts) -> Columns:
    """Return the table `plan`: the bookings of the done audits."""
    count = len(done.audit)
    return {
        "audit_id": audits[done.audit],
        "auditor_id": auditors[done.lead],
        "role": np.full(count, "lead", dtype=object),
        "start": horizon.date(done.first),
        "start_half": np.full(count, "am", dtype=object),
        "end": horizon.date(done.last),
        "end_half": np.where(done.at_noon, "am", "pm").astype(object),
    }
