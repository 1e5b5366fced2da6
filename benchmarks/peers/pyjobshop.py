"""PyJobShop: each audit an optional task, each team a mode on the machines that are its people.

Said through its own words: teams as modes; absences as breaks of machines; the starts allowed as breaks of a machine of
the audit's own, on which a marker task of one slot must start when the audit does; seat costs and penalties as
tardiness of a job at time 0, one mode for each level of cost, bound to the teams by mode dependencies; lateness as the
marker's tardiness; roads as setup times; required links as task selection. Warm-started; two workers.

What its model cannot say: covers (teams are listed, the cheapest `TEAMS` of each form in which nobody stands in more
than `SHARE_OF` of them, and the start plan's), competence that expires within an audit's window (who cannot sit at half
of the starts is left out, others may come out illegal), load cost and caps, distances in days between linked audits,
shared people. Lateness counts working slots, not calendar days. Setup times are in working slots, which is stricter
than half-days over a weekend; beyond `MOST_ROADS` pairs they are left out. So it has no bound of the problem.
"""

from __future__ import annotations

import time
from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np

from peers.board import Sheet, desk
from peers.common import Answer, Audit, Booking, Instance
from peers.kernel import best_team, warm

TEAMS, SHARE_OF, MOST_ROADS = 25, 10, 60_000
PARAMETERS: dict[str, Any] = {"cp_model_probing_level": 0, "symmetry_level": 0}
Team = tuple[int, tuple[int, ...]]


def solve(instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
    """Build the model, solve it, and read the bookings."""
    import pyjobshop as pjs

    warm()
    began = time.perf_counter()
    model = pjs.Model()
    known = {booking.audit: booking for booking in start}
    away = instance.state.taken
    people = [model.add_machine(breaks=_ranges(away[i])) for i in range(instance.auditors)]
    first: list[Any] = []
    tasks: dict[int, tuple[Any, dict[int, Team], Any, dict[int, Any]]] = {}
    shared = desk(instance)
    for audit in instance.audits:
        teams = _teams(instance, shared.sheet(audit.number), known.get(audit.number))
        if teams:
            tasks[audit.number] = _state(model, instance, audit, people, teams)
    _bind(model, instance, tasks, people)
    model.set_objective(weight_total_tardiness=1)
    first = _first(model, instance, tasks, known)
    left = max(seconds - (time.perf_counter() - began), 1.0)
    result = model.solve(
        "ortools", left, display=False, num_workers=2, initial_solution=pjs.Solution(model.data(), first),
        random_seed=seed, **PARAMETERS,
    )  # fmt: skip
    if not result.best.tasks:
        return Answer(start, None, [(0.0, instance.cost(start))], "no plan of its own: the start is returned")
    bookings = []
    index = {id(task): n for n, task in enumerate(model.tasks)}
    for number, (task, by_mode, _, _) in tasks.items():
        found = result.best.tasks[index[id(task)]]
        if found.present:
            form, team = by_mode[found.mode]
            at = int(np.searchsorted(instance.audit(number).forms[form].starts, found.start))
            bookings.append(Booking(number, form, at, team))
    spent = time.perf_counter() - began
    if instance.cost(bookings) > instance.cost(start):
        # Its stricter roads may forbid the start plan; a user would keep that plan.
        return Answer(start, None, [(0.0, instance.cost(start))], "teams cut; its own plan is worse, the start is kept")
    trace = [(0.0, instance.cost(start)), (spent, instance.cost(bookings))]
    return Answer(bookings, None, trace, "teams cut")


def _ranges(barred: Any) -> list[Any]:
    """Return the runs of true slots as breaks."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], barred.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _teams(instance: Instance, sheet: Sheet, booking: Booking | None) -> list[Team]:
    """Return teams of each form, cheap first: the cheapest, then the cheapest without whoever stands in many."""
    audit, found = sheet.audit, []
    for f, form in enumerate(audit.forms):
        able = form.able.mean(axis=1) >= 0.5
        column = int(np.argmax(form.able.sum(axis=0) + 0.0))
        mine: dict[tuple[int, ...], None] = {}
        if booking is not None and booking.form == f:
            mine[booking.team] = None
        count: Counter[int] = Counter()
        c = int(np.flatnonzero(sheet.form == f)[column])
        rng = np.random.default_rng(audit.number)
        for _ in range(3 * TEAMS):
            if len(mine) >= TEAMS:
                break
            allowed = np.array([able[k] and count[k] < SHARE_OF for k in range(len(able))])
            # A little noise brings another team of nearly the same cost.
            seat = np.floor(audit.costs * (1 + 0.5 * rng.random(len(able)))).astype(np.int64)
            free = (allowed & form.able[:, column])[:, None]
            grow = np.zeros((len(audit.forms), len(able)), dtype=np.int64)
            who = sheet.who[:, :, c : c + 1]
            got = best_team(
                free, audit.people, audit.counting, seat, grow, np.zeros(1, dtype=np.int64), sheet.form[c : c + 1],
                sheet.counting, sheet.others, who, sheet.need[:, c : c + 1], sheet.at_least, 2**60, False,
            )  # fmt: skip
            if got[2] < 0:
                break
            team = tuple(sorted(got[3][got[3] >= 0].tolist()))
            mine[team] = None
            count.update(team)
        found += [(f, team) for team in mine]
    return found


def _state(model: Any, instance: Instance, audit: Audit, people: list[Any], teams: list[Team]) -> Any:
    """Add one audit: its task, its marker and its cost."""
    by_length: dict[int, Any] = {}
    for form in audit.forms:
        by_length[form.length] = np.union1d(by_length.get(form.length, form.starts), form.starts)
    low = min(int(form.starts[0]) for form in audit.forms)
    high = max(int(form.starts[-1]) + form.length for form in audit.forms)
    task = model.add_task(earliest_start=low, latest_end=high, optional=not audit.must)
    lateness = np.concatenate([form.costs for form in audit.forms])
    starts = np.concatenate([form.starts for form in audit.forms])
    punctual = starts[lateness == 0]
    due = int(punctual.max()) + 1 if len(punctual) else int(starts.min()) + 1
    marker_job = model.add_job(weight=1, due_date=due)
    marker = model.add_task(marker_job, earliest_start=low, latest_end=high, optional=True)
    model.add_select_all_or_none([task, marker])
    model.add_start_at_start(task, marker)
    marks = {}
    for length, allowed in by_length.items():
        barred = np.ones(instance.slots, dtype=bool)
        barred[allowed] = False
        marks[length] = model.add_mode(marker, model.add_machine(breaks=_ranges(barred)), 1)
    levels: dict[int, list[Any]] = {}
    by_mode: dict[int, Team] = {}
    modes: dict[Team, Any] = {}
    for form, team in teams:
        length = audit.forms[form].length
        mode = modes[form, team] = model.add_mode(task, [people[i] for i in audit.people[list(team)].tolist()], length)
        by_mode[len(model.modes) - 1] = form, team
        model.add_mode_dependency(mode, [marks[length]])
        levels.setdefault(int(audit.costs[list(team)].sum()), []).append(mode)
    price = model.add_task(model.add_job(weight=1, due_date=0), latest_start=0)
    prices = {-1: model.add_mode(price, model.add_machine(), audit.penalty)}
    for points, mine in sorted(levels.items()):
        if points < audit.penalty:
            prices[points] = model.add_mode(price, model.add_machine(), points)
            model.add_mode_dependency(prices[points], mine)
    return task, by_mode, (marker, marks, price, prices), modes


def _bind(model: Any, instance: Instance, tasks: Any, people: list[Any]) -> None:
    """Add required links and roads."""
    for link in instance.links:
        if link.first in tasks and link.second in tasks:
            one, two = tasks[link.first][0], tasks[link.second][0]
            if link.required:
                model.add_select_at_least_one([one], condition_task=two)
            if link.lo is not None:
                model.add_end_before_start(one, two)
    users: dict[int, list[int]] = {}
    for number, (_, by_mode, _, _) in tasks.items():
        audit = instance.audit(number)
        for i in {int(audit.people[k]) for _, team in by_mode.values() for k in team}:
            users.setdefault(i, []).append(number)
    roads = []
    for i, numbers in users.items():
        for a, c in combinations(numbers, 2):
            need = int(instance.needs[instance.kinds[a], instance.kinds[c]])
            if need > 0:
                roads.append((i, a, c, need))
    for i, a, c, need in roads if len(roads) <= MOST_ROADS else ():
        model.add_setup_time(people[i], tasks[a][0], tasks[c][0], need)
        model.add_setup_time(people[i], tasks[c][0], tasks[a][0], need)


def _first(model: Any, instance: Instance, tasks: Any, known: dict[int, Booking]) -> list[Any]:
    """Return the start plan as scheduled tasks."""
    from pyjobshop import ScheduledTask

    scheduled = [ScheduledTask(0, [], 0, 0, present=False) for _ in model.tasks]
    place = {id(task): n for n, task in enumerate(model.tasks)}
    mode_of = {id(mode): n for n, mode in enumerate(model.modes)}

    def put(task: Any, mode: Any, begin: int) -> None:
        length = mode.duration
        scheduled[place[id(task)]] = ScheduledTask(mode_of[id(mode)], mode.resources, begin, begin + length)

    for number, (task, _, (marker, marks, price, prices), modes) in tasks.items():
        booking, audit = known.get(number), instance.audit(number)
        points = -1
        if booking is not None:
            form = audit.forms[booking.form]
            begin = int(form.starts[booking.start])
            put(task, modes[booking.form, booking.team], begin)
            put(marker, marks[form.length], begin)
            points = int(audit.costs[list(booking.team)].sum())
        put(price, prices.get(points, prices[-1]), 0)
    return scheduled
