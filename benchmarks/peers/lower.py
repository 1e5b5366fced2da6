"""From a problem to the neutral instance: what shapes and goals say, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from auditmatch.lowered import Options
from auditmatch.placement import State
from auditmatch.problem import Problem
from auditmatch.shapes import Bools, Ints, Link
from peers.common import Audit, Cap, Cover, Form, Instance


def make(problem: Problem, keep: bool = True) -> Instance:
    """Return the neutral instance of a problem."""
    lowered, costs = problem.lowered, problem.costs
    rows = tuple(problem.audits.tolist())
    number = {a: n for n, a in enumerate(rows)}
    state = problem.state()
    kinds, each = _kinds(problem)
    needs = np.array([[lowered.need(0, a, c) for c in each] for a in each], dtype=np.int64)
    links = tuple(
        Link(number[x.first], number[x.second], x.lo, x.hi, x.within, x.share, x.disjoint, x.required)
        for x in lowered.links
        if x.first in number and x.second in number
    )
    return Instance(
        problem,
        state,
        rows,
        len(problem.scene.register.auditors),
        lowered.busy.shape[1],
        lowered.slot_begin,
        lowered.slot_end,
        needs.reshape(len(needs), len(needs)),
        kinds,
        links,
        tuple(_caps(problem, state)),
        costs.load_steps,
        costs.weights.fairness,
        keep,
    )


def _kinds(problem: Problem) -> tuple[Ints, list[int]]:
    """Return the combination of places of each audit number, and an audit row of each combination."""
    nowhere = np.zeros(len(problem.audits), dtype=np.int64)
    places = np.stack([nowhere, *(gap.places[problem.audits] for gap in problem.lowered.gaps)], axis=1)
    _, sample, kind = np.unique(places, axis=0, return_index=True, return_inverse=True)
    return kind.reshape(-1), problem.audits[sample].tolist()


def _caps(problem: Problem, state: State) -> Iterable[Cap]:
    """Yield the caps, less what facts have used."""
    lowered, rows = problem.lowered, problem.audits
    for used, cap in zip(state.used, lowered.slot_caps, strict=True):
        for r, i in enumerate(cap.auditors.tolist()):
            room = max(int(cap.limit[r] - used[r]), 0)
            yield Cap(i, int(cap.first[r]), int(cap.last[r]), room, cap.weight[rows], True)
    for keys, keyed in zip(state.keys, lowered.key_caps, strict=True):
        carried = np.bincount(keyed.key_audits, minlength=len(lowered.must))[rows].astype(np.int64)
        for r, i in enumerate(keyed.auditors.tolist()):
            room = max(int(keyed.limit[r]) - len(+keys[r] if r in keys else {}), 0)
            yield Cap(i, int(keyed.first[r]), int(keyed.last[r]), room, carried, False)


def audit_of(instance: Instance, number: int) -> Audit:
    """Lower one audit: rows of one person in one role become one candidate, those who can never sit fall away."""
    problem, state, row = instance.problem, instance.state, instance.rows[number]
    options = problem.lowered.options(row)
    members, where = np.unique(np.stack([options.people, options.roles]), axis=1, return_inverse=True)
    where = where.reshape(-1)
    join = _joiner(where, members.shape[1])
    tables = [(form, *state.availability(options, form)) for form in options.forms]
    tables = [(form, starts, join(able)) for form, starts, able in tables if len(starts)]
    ever = np.zeros(members.shape[1], dtype=bool)
    for _, _, able in tables:
        ever |= able.any(axis=1)
    kept = np.flatnonzero(ever)
    day = problem.scene.calendar.slot_day.astype(np.int64)
    forms = tuple(
        Form(
            form.counting,
            form.length,
            form.others,
            starts,
            problem.costs.start_costs(row, day[starts]),
            np.ascontiguousarray(able[kept]),
        )
        for form, starts, able in tables
    )
    people, roles = members[:, kept]
    return Audit(
        number,
        row,
        int(problem.costs.penalty[row]),
        bool(problem.lowered.must[row]),
        int(instance.kinds[number]),
        people,
        roles,
        problem.costs.seat_costs(row, people, roles),
        forms,
        (*_covers(options, forms, join, kept), *_beside_facts(instance, row, people, forms)),
    )


def _beside_facts(instance: Instance, row: int, people: Ints, forms: tuple[Form, ...]) -> Iterable[Cover]:
    """Yield what links to bookings that stand ask of the team; the days that they ask for are in the starts."""
    for link in instance.problem.lowered.links_of.get(row, ()):
        fact = instance.state.booked.get(link.second if link.first == row else link.first)
        if fact is not None and (link.share or link.disjoint):
            mates = np.isin(people, sorted(fact.people))[:, None]
            who = tuple(np.broadcast_to(mates, (len(people), len(form.starts))) for form in forms)
            yield Cover(not link.disjoint, 0 if link.disjoint else link.share, 0, who)


def _joiner(where: Ints, size: int) -> Callable[[Bools], Bools]:
    """Return a function that joins the rows of a table that speak of one member."""

    def join(table: Bools) -> Bools:
        joined = np.zeros((size, table.shape[1]), dtype=bool)
        np.logical_or.at(joined, where, table)
        return joined

    return join


def _covers(options: Options, forms: tuple[Form, ...], join: Callable[[Bools], Bools], kept: Ints) -> Iterable[Cover]:
    """Yield what the team must have; a set that never changes takes no room of its own for each start."""
    for demand in options.demands:
        who = []
        for form in forms:
            if demand.steady is not None:
                column = join(demand.steady[:, None])[kept]
                who.append(np.broadcast_to(column, (len(kept), len(form.starts))))
                continue
            begins, ends = form.starts, form.starts + form.length - 1
            counts = np.zeros((len(demand.first), len(begins)), dtype=bool)
            for r in range(demand.first.shape[1]):
                counts |= (demand.first[:, r, None] <= begins) & (ends <= demand.last[:, r, None])
            who.append(join(counts)[kept])
        yield Cover(demand.at_least, demand.constant, demand.per_counting, tuple(who))
