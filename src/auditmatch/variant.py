"""One audit as it would be after some events, among bookings that stand: lowered anew by itself, in milliseconds."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from auditmatch.demand import Demand
from auditmatch.disruptions import Event, disrupt
from auditmatch.lowered import Form, Options
from auditmatch.placement import State
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.register import Register
from auditmatch.shapes import Bools, Ints, ints
from auditmatch.tables import TABLES

# Tables of which the rules of one audit ask nothing.
UNASKED = ("links", "plan", "sites", "applications", "scores")


def variant(problem: Problem, state: State, audit: int, people: Iterable[int], events: Iterable[Event]) -> State:
    """Return a state with an audit after events that concern it or some people, its candidates.

    Options of the audit and absences of the people are those after the events. The kernel does not know of them: ask
    `fits` and the funnel, not `cheapest`.

    Raises
    ------
    InputError
        The events contradict the register.
    """
    # A register needs somebody who holds something, the first who does, and those whom the audit's rows name.
    scene, published = problem.scene, problem.scene.published
    pinned = published.take(
        np.flatnonzero((published["audit_id"] == scene.audit_id(audit)) & (published["pin"] != "none"))
    )
    named = {*scene.register.qualifications["auditor_id"][:1].tolist(), *pinned["auditor_id"].tolist()}
    named |= _named(scene.register, audit)
    rows = ints(sorted({*people, *scene.register.index("auditors", sorted(named)).tolist()}))
    names = scene.register.auditors["auditor_id"][rows]
    small = disrupt(cut(scene.register, scene.audit_id(audit), names.tolist()), events)
    alone = Problem(small, scene.start, scene.end, problem.rules, problem.weights, Plan(pinned))
    shift = scene.first_slot - alone.scene.first_slot
    busy, whole = _busy(state.lowered.busy, alone, rows, shift)
    options = _shifted(alone.lowered.options(0), audit, rows, shift)
    changed = copy.copy(state)
    changed.lowered = replace(state.lowered, busy=busy, _options={**state.lowered._options, audit: options})
    changed.taken = state.taken.copy()
    for i in whole:
        changed.taken[i] = busy[i]
        for placed in state.by_auditor.get(i, ()) if state.lowered.exclusive else ():
            changed.taken[i, placed.start : placed.end + 1] = True
    return changed


def after(problem: Problem, events: Iterable[Event]) -> Problem:
    """Return the whole problem after events, with its published plan as it was."""
    scene = problem.scene
    register = disrupt(scene.register, events)
    return Problem(register, scene.start, scene.end, problem.rules, problem.weights, problem.known_plan)


def cut(register: Register, audit: str, people: list[str]) -> Register:
    """Return a register of one audit and some people, links and other people's bookings left out."""
    parts, audits, borne = {}, register.audits, _borne(register, audit)
    owners = register.certificates["organisation_id"][register.index("certificates", borne)]
    clients = [audits["organisation_id"][register.index("audits", [audit])[0]], *owners]
    rows = _rows_of(register)
    for name in TABLES:
        table = register.table(name)
        if name in UNASKED:
            kept = ints([])
        elif name == "history":
            kept = _visits(register, borne)
        else:
            chosen = np.ones(len(table), dtype=bool)
            for column, known in (("audit_id", [audit]), ("auditor_id", people), ("organisation_id", clients)):
                if (name, column) in rows:
                    mine = np.zeros(len(table), dtype=bool)
                    mine[_picked(rows[name, column], known)] = True
                    chosen &= mine
            kept = ints(np.flatnonzero(chosen))
        if len(kept) < len(table):
            parts[name] = kept
    return register.part(parts)


def _borne(register: Register, audit: str) -> npt.NDArray[Any]:
    """Return the certificates that an audit carries."""
    rows = _rows_of(register)["audit_certificates", "audit_id"].get(audit, [])
    return np.asarray(register.audit_certificates["certificate_id"][rows])


def _visits(register: Register, borne: npt.NDArray[Any]) -> Ints:
    """Return the rows of history that are about some certificates."""
    rows = _rows_of(register)["history", "certificate_id"]
    return ints(sorted(k for name in set(borne.tolist()) for k in rows.get(name, [])))


def _named(register: Register, audit: int) -> set[str]:
    """Return the reviewer of an audit, and who was at the visits of its certificates."""
    there = _visits(register, _borne(register, register.audits["audit_id"][audit]))
    return {*register.history["auditor_id"][there].tolist(), register.audits["reviewer"][audit]} - {None}


# Rows of a table by what a column says; None: those that leave it open.
_ByName: TypeAlias = dict[str | None, list[int]]
# Those of the last register, for many questions are asked of one.
_LAST: list[tuple[Register, dict[tuple[str, str], _ByName]]] = []


def _rows_of(register: Register) -> dict[tuple[str, str], _ByName]:
    """Return the rows of every table by audit, auditor and client, and those of history by certificate."""
    if not (_LAST and _LAST[0][0] is register):
        found: dict[tuple[str, str], _ByName] = {}
        for name in TABLES:
            table = register.table(name)
            mine = ("certificate_id",) if name == "history" else ("audit_id", "auditor_id", "organisation_id")
            for column in mine:
                if column in table.columns and name not in UNASKED:
                    by_name = found[name, column] = {}
                    for k, value in enumerate(table[column].tolist()):
                        by_name.setdefault(value, []).append(k)
        _LAST[:] = [(register, found)]
    return _LAST[0][1]


def _picked(rows: _ByName, names: Iterable[str]) -> Ints:
    """Return the rows of some names, with those that leave the name open."""
    return ints(np.concatenate([ints(rows.get(name, [])) for name in (None, *dict.fromkeys(names))]))


def _busy(busy: Bools, alone: Problem, people: Ints, shift: int) -> tuple[Bools, list[int]]:
    """Return who is away when after the events, and the people for whom that differs."""
    first, last = alone.scene.first_slot, alone.scene.last_slot + 1
    new = busy.copy()
    new[people, first + shift : last + shift] = alone.lowered.busy[:, first:last]
    return new, people[(new[people] != busy[people]).any(axis=1)].tolist()


def _shifted(options: Options, audit: int, people: Ints, shift: int) -> Options:
    """Return options in the rows and slots of the whole problem."""
    forms = tuple(Form(f.counting, f.length, f.others, f.starts + shift) for f in options.forms)
    barred = tuple((k, low + shift, high + shift) for k, low, high in options.barred)
    who = people[options.people] if len(options.people) else options.people
    demands = tuple(_moved(demand, shift) for demand in options.demands)
    first, last = options.first + shift, options.last + shift
    return Options(audit, forms, who, options.roles, first, last, barred, demands)


def _moved(demand: Demand, shift: int) -> Demand:
    """Return a demand in the slots of the whole problem; an empty range stays empty."""
    return replace(demand, first=demand.first + shift, last=demand.last + shift)
