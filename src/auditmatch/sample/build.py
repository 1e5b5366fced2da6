"""The order in which a sample is drawn: clients, people, competence, horizon, facts, windows, wishes, tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from auditmatch.sample.arrays import Bools, Columns, Ints
from auditmatch.sample.clients import Clients, draw_visits
from auditmatch.sample.competence import Pools, days_by_specialty, draw_competence, draw_needs, open_pools
from auditmatch.sample.facts import Done, able_leads, done_ends, draw_lives, place_done, usage_columns, without_rest
from auditmatch.sample.figures import BUNDLES
from auditmatch.sample.horizon import Horizon, find_horizon, leave_columns
from auditmatch.sample.ledger import (
    audit_columns,
    certificate_columns,
    location_columns,
    named,
    organisation_columns,
    plan_columns,
    requirement_columns,
)
from auditmatch.sample.papers import auditor_columns, qualification_columns
from auditmatch.sample.people import COUNTING, draw_people
from auditmatch.sample.windows import Intervals, Windows, draw_windows, pair_together, team_sizes, too_short_for_stages
from auditmatch.sample.wishes import (
    Staffing,
    closure_columns,
    draw_expertise,
    draw_minima,
    draw_requirements,
    link_columns,
    preference_columns,
)


@dataclass(frozen=True, slots=True)
class _Body:
    """The certification body before anything is dated: `asked` are the fields in which a certificate is held."""

    clients: Clients
    staff: Staffing
    pools: Pools
    asked: Bools
    heads: Ints


@dataclass(frozen=True, slots=True)
class _Plot:
    """All that the tables are written from."""

    clients: Clients
    staff: Staffing
    pools: Pools
    horizon: Horizon
    windows: Windows
    intervals: Intervals
    together: Ints
    done: Done


def draw_tables(
    rng: np.random.Generator, size: tuple[int, int], load: float, scarcity: float, start: np.datetime64
) -> dict[str, Columns]:
    """Draw all tables that have rows; `size` is the number of auditors and of open audits.

    Each step has a stream of chance of its own, so that a change in one leaves the others' draws alone.
    """
    steps = rng.spawn(6)
    body = _draw_body(steps[0], size, scarcity, staged=True)
    horizon = _find_horizon(steps[1], body, load, start)
    staff = body.staff
    if too_short_for_stages(staff.visits, staff.teams.lasting(staff.visits.days), horizon):
        body = _draw_body(steps[2], size, scarcity, staged=False)
        horizon = _find_horizon(steps[3], body, load, start)
    return _write(steps[5], _date(steps[4], body, horizon))


def _draw_body(rng: np.random.Generator, size: tuple[int, int], scarcity: float, staged: bool) -> _Body:
    auditors, audits = size
    clients, visits = draw_visits(rng, audits, auditors, staged)
    asked: Bools = np.asarray(clients.fields.any(axis=0))
    people = draw_people(rng, auditors, visits, asked)
    pools = open_pools(rng, people, asked)
    needs = draw_needs(rng, clients, pools)
    days = days_by_specialty(visits, needs, pools)
    competence = draw_competence(rng, people, pools, days, asked, scarcity)
    lives = draw_lives(rng, people, competence)
    heads = np.array([people.whole(b, asked).sum() for b in range(len(BUNDLES))])
    staff = Staffing(visits, needs, team_sizes(visits, heads), people, competence, lives)
    return _Body(clients, staff, pools, asked, heads)


def _find_horizon(rng: np.random.Generator, body: _Body, load: float, start: np.datetime64) -> Horizon:
    staff = body.staff
    is_open = ~staff.visits.done
    longest = int(staff.teams.lasting(staff.visits.days)[is_open].max())
    present = (staff.people.role == COUNTING, staff.lives.careers)
    return find_horizon(rng, start, float(staff.visits.days[is_open].sum()), present, load, longest)


def _date(rng: np.random.Generator, body: _Body, horizon: Horizon) -> _Plot:
    """Book the done audits and give the others their windows."""
    staff = body.staff
    able = able_leads(staff.people, staff.competence, staff.lives, body.asked)
    visits, done = without_rest(staff.visits, place_done(rng, staff.visits, staff.needs, able, horizon))
    teams = team_sizes(visits, body.heads)
    chain, together = pair_together(rng, body.clients, visits)
    lasting = teams.lasting(visits.days)
    windows, intervals = draw_windows(rng, visits, lasting, horizon, chain, done_ends(visits, done))
    staff = replace(staff, visits=visits, teams=teams)
    return _Plot(body.clients, staff, body.pools, horizon, windows, intervals, together, done)


def _write(rng: np.random.Generator, plot: _Plot) -> dict[str, Columns]:
    """Write the tables, drawing on the way what concerns single rows only."""
    clients, staff, horizon, windows = plot.clients, plot.staff, plot.horizon, plot.windows
    people, visits, lives = staff.people, staff.visits, staff.lives
    auditors, organisations = named("P", len(people.role), 4), named("O", len(clients.place), 5)
    audits = named("A-", len(visits.days), 4)
    requirements = draw_requirements(rng, staff)
    minima = draw_minima(rng, staff, requirements)
    unusual = minima.any() | (np.bincount(requirements.audit, requirements.count > 1) > 0)
    held = (plot.pools, staff.competence, draw_expertise(rng, people, requirements))
    specialties, clientele = (plot.pools, staff.needs), (organisations, audits)
    certificates, served = certificate_columns(rng, clients, visits, windows.deadline, horizon, specialties, clientele)
    lasting = staff.teams.lasting(visits.days)
    tables = {
        "auditors": auditor_columns(rng, people, lives, horizon, auditors),
        "qualifications": qualification_columns(rng, people, lives, horizon, held, auditors),
        "absences": leave_columns(horizon, auditors),
        "usage": usage_columns(rng, people, visits, horizon, auditors),
        "organisations": organisation_columns(rng, clients, organisations),
        "closures": closure_columns(rng, visits, windows, lasting, horizon, organisations),
        "certificates": certificates,
        "audits": audit_columns(rng, visits, (windows, horizon), staff.teams, minima, clientele),
        "audit_certificates": served,
        "requirements": requirement_columns(requirements, plot.pools, audits),
        "preferences": preference_columns(rng, staff, unusual, horizon, (auditors, organisations, audits)),
        "links": link_columns(rng, staff, plot.intervals, plot.together, audits),
        "locations": location_columns(),
        "plan": plan_columns(plot.done, horizon, auditors, audits),
    }
    return {name: columns for name, columns in tables.items() if len(next(iter(columns.values())))}
