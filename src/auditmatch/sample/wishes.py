"""What makes single audits of a sample special: minima, counts, experts, preferences, links, closures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.sample.arrays import Bools, Columns, Ints, Texts
from auditmatch.sample.clients import RECERTIFICATION, SURVEILLANCE, Visits
from auditmatch.sample.competence import Competence, Needs
from auditmatch.sample.facts import Lives
from auditmatch.sample.figures import FIELD_BUNDLE
from auditmatch.sample.horizon import Horizon
from auditmatch.sample.people import COUNTING, EXPERT, INTERN, People
from auditmatch.sample.windows import Intervals, Teams, Windows


@dataclass(frozen=True, slots=True)
class Requirements:
    """Rows of the table `requirements`: audit, field, and rank of the specialty in the pool of the field's bundle."""

    audit: Ints
    field: Ints
    rank: Ints
    count: Ints
    expert_ok: Bools


@dataclass(frozen=True, slots=True)
class Minima:
    """Least number of women, of men and of full-time members of each audit."""

    females: Ints
    males: Ints
    full_time: Ints

    def any(self) -> Bools:
        """Tell which audits have one."""
        return np.asarray((self.females + self.males + self.full_time) > 0)


@dataclass(frozen=True, slots=True)
class Staffing:
    """What the wishes are drawn from: the audits with their teams, and who holds what all the time."""

    visits: Visits
    needs: Needs
    teams: Teams
    people: People
    competence: Competence
    lives: Lives

    def ranks(self) -> Ints:
        """Return the rank of each audit's main specialty."""
        return np.asarray(self.needs.rank[self.visits.organisation, self.visits.bundle])

    def plain(self) -> Bools:
        """Tell which audits are open and ask for one specialty only."""
        twofold = (self.visits.bundle == 0) & (self.needs.second[self.visits.organisation] >= 0)
        return np.asarray(~self.visits.done & ~twofold)

    def holders(self, audit: int) -> Ints:
        """Return the steady counting auditors who hold all fields of the audit and its main specialty."""
        bundle = int(self.visits.bundle[audit])
        held = self.competence.hold[bundle][:, self.needs.rank[self.visits.organisation[audit], bundle]]
        able = held & self.lives.steady & self.people.fields[:, self.visits.fields[audit]].all(axis=1)
        return np.flatnonzero(able)


def draw_requirements(rng: np.random.Generator, staff: Staffing) -> Requirements:
    """List one requirement a field, a second specialty for few; count 2 and experts where such people exist."""
    audit, field = np.nonzero(staff.visits.fields)
    rank = staff.ranks()[audit]
    second = staff.needs.second[staff.visits.organisation[audit]]
    more = np.flatnonzero((FIELD_BUNDLE[field] == 0) & (second >= 0))
    audit, field, rank = (
        np.concatenate([audit, audit[more]]),
        np.concatenate([field, field[more]]),
        np.concatenate([rank, second[more]]),
    )
    order = np.lexsort((rank, field, audit))
    audit, field, rank = audit[order], field[order], rank[order]
    count = np.ones(len(audit), dtype=np.int64)
    large = staff.plain() & (staff.teams.least >= 2)
    for row in np.flatnonzero(large[audit] & (rng.random(len(audit)) < 0.02)).tolist():
        if len(staff.holders(int(audit[row]))) >= 2:
            count[row] = 2
    expert_ok = ~staff.visits.done[audit] & (rng.random(len(audit)) < 0.03)
    return Requirements(audit, field, rank, count, expert_ok)


def draw_expertise(rng: np.random.Generator, people: People, requirements: Requirements) -> Ints:
    """Give each expert one to three of the required specialties that admit one; rows of person, field, rank."""
    admitting = np.flatnonzero(requirements.expert_ok)
    if not admitting.size:
        admitting = np.arange(len(requirements.audit))
    who = np.flatnonzero(people.role == EXPERT)
    person = np.repeat(who, rng.integers(1, 4, len(who)))
    row = rng.choice(admitting, len(person))
    held = np.stack([person, requirements.field[row], requirements.rank[row]], axis=1)
    return np.unique(held, axis=0).reshape(-1, 3)


def draw_minima(rng: np.random.Generator, staff: Staffing, requirements: Requirements) -> Minima:
    """Ask few audits for a woman, a man or a full-time member, where one is steadily there beside the lead."""
    people, visits = staff.people, staff.visits
    able = staff.plain() & (np.bincount(requirements.audit, requirements.count > 1, len(visits.days)) == 0)
    able &= staff.teams.usual + 1 <= np.maximum(staff.teams.most, 3)
    drawn = rng.random(len(visits.days))
    found = []
    for low, high, trait in (
        (0.0, 0.02, people.female),
        (0.02, 0.027, ~people.female),
        (0.03, 0.055, people.full_time),
    ):
        there = people.fields[(people.role == COUNTING) & staff.lives.steady & trait].any(axis=0)
        known = (visits.fields & there).any(axis=1)
        found.append((able & known & (low <= drawn) & (drawn < high)).astype(np.int64))
    return Minima(*found)


def preference_columns(
    rng: np.random.Generator, staff: Staffing, unusual: Bools, horizon: Horizon, names: tuple[Texts, Texts, Texts]
) -> Columns:
    """Return the table `preferences`: designated and trained people, impartiality, objections, likings.

    Nobody is forbidden on whom a specialty hangs, nor at a client with a designated member or another special wish, so
    every audit keeps a team that could serve it. `unusual` audits have minima or counts, and get no preference here;
    `names` are those of auditors, organisations and audits.
    """
    auditors, organisations, audits = names
    chance = np.where(staff.plain() & ~unusual, rng.random(len(staff.visits.days)), 1.0)
    rows: list[tuple[object, object, object, str, float, str, object, object]] = []
    never = np.datetime64("NaT", "D")
    for audit in np.flatnonzero(chance < 0.07).tolist():
        rule, reason, weight, who = "prefer", "knows the client", float(rng.integers(1, 4)), staff.holders(audit)
        if chance[audit] < 0.02:
            rule, reason, weight = "require", "designated by the client", 1.0
        elif chance[audit] < 0.03:
            rule, reason, weight, who = "require", "training", 1.0, _trainees(staff, audit)
        if len(who):
            person = auditors[rng.choice(who)]
            rows.append((audits[audit], None, person, rule, weight, reason, never, never))
    open_clients = np.unique(staff.visits.organisation[~staff.visits.done])
    special = np.union1d(staff.visits.organisation[chance < 0.03], staff.visits.organisation[unusual])
    special = np.union1d(special, np.flatnonzero(staff.needs.second >= 0))
    for client in np.setdiff1d(open_clients[rng.random(len(open_clients)) < 0.06], special).tolist():
        who = _forbiddable(staff, client)
        if not len(who):
            continue
        person, since = auditors[rng.choice(who)], horizon.date(-rng.integers(30, 700, 1))[0]
        objected = rng.random() < 0.3
        reason = "objected to by the client" if objected else "consulted for the client"
        # Two years after consultancy ends (ISO/IEC 17021-1, 5.2, as commonly read).
        dates = (never, never) if objected else (since, since + np.timedelta64(730, "D"))
        rows.append((None, organisations[client], person, "forbid", 1.0, reason, *dates))
    return _preference_table(rows)


def _preference_table(rows: list[tuple[object, object, object, str, float, str, object, object]]) -> Columns:
    parts = list(zip(*rows, strict=True)) if rows else [()] * 8
    names = ("audit_id", "organisation_id", "auditor_id", "rule", "weight", "reason", "from", "until")
    kinds: tuple[Any, ...] = (object, object, object, object, float, object, "datetime64[D]", "datetime64[D]")
    keys = np.array([f"W{k + 1:05d}" for k in range(len(rows))], dtype=object)
    columns = {name: np.array(part, dtype=kind) for name, part, kind in zip(names, parts, kinds, strict=True)}
    return {"preference_id": keys, **columns}


def _trainees(staff: Staffing, audit: int) -> Ints:
    """Return the interns of a field of the audit."""
    held = staff.competence.hold[int(staff.visits.bundle[audit])].any(axis=1)
    known = staff.people.fields[:, staff.visits.fields[audit]].any(axis=1)
    return np.flatnonzero(held & known & (staff.people.role == INTERN))


def _forbiddable(staff: Staffing, client: int) -> Ints:
    """Return who holds a specialty of the client, counting, without being the one on whom it hangs."""
    holds = np.zeros(len(staff.people.role), dtype=bool)
    relied_on = []
    for bundle in np.flatnonzero(staff.needs.rank[client] >= 0).tolist():
        rank = staff.needs.rank[client, bundle]
        holds |= staff.competence.hold[bundle][:, rank]
        relied_on.append(int(staff.competence.first[bundle][rank]))
    holds[relied_on] = False
    return np.flatnonzero(holds & (staff.people.role == COUNTING))


def link_columns(
    rng: np.random.Generator, staff: Staffing, intervals: Intervals, together: Ints, names: Texts
) -> Columns:
    """Return the table `links`: stages, group audits, some continuity between stages, some separate teams."""
    visits = staff.visits
    continued = np.flatnonzero(rng.random(len(intervals.first)) < 0.3)
    same = np.flatnonzero(visits.organisation[1:] == visits.organisation[:-1])
    same = same[(visits.before[same + 1] < 0) & ~visits.done[same] & ~visits.done[same + 1]]
    chief = _chiefs(staff)
    apart = same[(chief[same] != chief[same + 1]) & (staff.teams.least[same] + staff.teams.least[same + 1] == 2)]
    apart = apart[staff.plain()[apart] & staff.plain()[apart + 1] & (rng.random(len(apart)) < 0.5)]
    sizes = [len(intervals.first), len(together), len(continued), len(apart)]
    none, days = np.full(sum(sizes), np.nan), rng.integers(1, 3, len(together)) * 7
    first = [intervals.first, together[:, 0], intervals.first[continued], apart]
    second = [intervals.second, together[:, 1], intervals.second[continued], apart + 1]
    least, most, members = none.copy(), none.copy(), none.copy()
    least[: sizes[0]] = intervals.least
    most[: sizes[0] + sizes[1]] = np.concatenate([intervals.most, days])
    members[sizes[0] + sizes[1] : sum(sizes[:3])] = 1
    kinds = np.array(["interval", "together", "continuity", "disjoint"], dtype=object)
    return {
        "first_audit": names[np.concatenate(first)],
        "second_audit": names[np.concatenate(second)],
        "kind": np.repeat(kinds, sizes),
        "min_days": least,
        "max_days": most,
        "members": members,
        "required": np.arange(sum(sizes)) < sizes[0],
    }


def _chiefs(staff: Staffing) -> Ints:
    """Return for each audit the one auditor who could always serve it alone."""
    ranks, chief = staff.ranks(), np.zeros(len(staff.visits.days), dtype=np.int64)
    for bundle, first in enumerate(staff.competence.first):
        mine = staff.visits.bundle == bundle
        chief[mine] = first[ranks[mine]]
    return chief


def closure_columns(
    rng: np.random.Generator, visits: Visits, windows: Windows, lasting: Ints, horizon: Horizon, names: Texts
) -> Columns:
    """Return the table `closures`: some clients close for three to seven days at one end of a wide window."""
    wide = (windows.latest - windows.earliest >= 28) & (lasting <= 4) & ~visits.done
    wide &= np.isin(visits.kind, (SURVEILLANCE, RECERTIFICATION))
    once = np.bincount(visits.organisation)[visits.organisation] == 1
    rows = np.flatnonzero(wide & once & (rng.random(len(visits.days)) < 0.08))
    length, early = rng.integers(3, 8, len(rows)), rng.random(len(rows)) < 0.5
    begin = np.where(early, windows.earliest[rows], windows.latest[rows] - length + 1)
    reasons = np.array(["shutdown", "stocktaking", "holiday works"], dtype=object)
    return {
        "organisation_id": names[visits.organisation[rows]],
        "start": horizon.date(begin),
        "end": horizon.date(begin + length - 1),
        "reason": reasons[rng.integers(0, 3, len(rows))],
    }
