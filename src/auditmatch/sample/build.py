"""The order in which a sample is drawn: clients, people, competence, horizon, facts, windows, wishes, tables."""

from __future__ import annotations

from dataclasses import dataclass

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
from auditmatch.sample.windows import Intervals, Windows, draw_windows, pair_together, team_sizes
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
    steps = rng.spawn(7)
    plot = _draw(steps[:3], size, (load, scarcity), start, staged=True)
    # A horizon of a few weeks holds no stage 2 after its stage 1: draw again without such pairs.
    return _write(steps[6], plot or _draw(steps[3:6], size, (load, scarcity), start, staged=False) or _none())


def _draw(
    steps: list[np.random.Generator],
    size: tuple[int, int],
    wanted: tuple[float, float],
    start: np.datetime64,
    staged: bool,
) -> _Plot:
    auditors, audits = size
    load, scarcity = wanted
    clients, visits = draw_visits(steps[0], audits, auditors, staged)
    asked: Bools = np.asarray(clients.fields.any(axis=0))
    people = draw_people(steps[1], auditors, visits, asked)
    pools = open_pools(steps[1], people, asked)
    needs = draw_needs(steps[1], clients, pools)
    days = days_by_specialty(visits, needs, pools)
    competence = draw_competence(steps[1], people, pools, days, asked, scarcity)
    lives = draw_lives(steps[1], people, competence)
    heads = np.array([people.whole(b, asked).sum() for b in range(len(BUNDLES))])
    teams = team_sizes(visits, heads)
    is_open = ~visits.done
    longest = int(teams.lasting(visits.days)[is_open].max())
    present = (people.role == COUNTING, lives.careers)
    horizon = find_horizon(steps[2], start, float(visits.days[is_open].sum()), present, load, longest)
    able = able_leads(people, competence, lives, asked)
    visits, done = without_rest(visits, place_done(steps[2], visits, needs, able, horizon))
    teams = team_sizes(visits, heads)
    chain, together = pair_together(steps[2], clients, visits)
    lasting = teams.lasting(visits.days)
    windows, intervals = draw_windows(steps[2], visits, lasting, horizon, chain, done_ends(visits, done))
    staff = Staffing(visits, needs, teams, people, competence, lives)
    return _Plot(clients, staff, pools, horizon, windows, intervals, together, done)


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
