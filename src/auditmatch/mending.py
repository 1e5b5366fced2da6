"""Mending a plan that does not keep the rules any more, with few changes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from auditmatch.cheapest import cheapest
from auditmatch.engines.greedy import order
from auditmatch.funnel import make_funnel
from auditmatch.moves import least_moves
from auditmatch.placement import Placed, State
from auditmatch.plan import Plan
from auditmatch.problem import Problem

# Bookings that may make room for one audit, and audits that a chain of them may touch.
MOST_MOVED = 3


def mended(
    problem: Problem, plan: Plan, freeze: np.datetime64 | None, new: Iterable[str] = ()
) -> tuple[tuple[Placed, ...], tuple[str, ...], int]:
    """Return legal bookings near the published plan, the audits whose old one cannot stand, and how many must change.

    Bookings stand pinned or frozen ones first, then the urgent; what does not fit is broken. A broken or new audit
    takes its cheapest booking; where nothing fits, the fewest bookings that are neither pinned nor frozen make room,
    if every one of them finds a place again. A booking that does not fit even alone must change in every plan.
    """
    wanted = {placed.audit: placed for placed in problem.place(plan)}
    fixed = _fixed(problem, plan, freeze)
    state, urgent = problem.state(), order(problem)
    suspect = problem.stands.suspect
    # Who is in no breach stands beside all others that are in none, and need not be asked one by one.
    for a in sorted((a for a in urgent if a in wanted), key=lambda a: (a in suspect, a not in fixed)):
        if a not in suspect or state.fits(wanted[a]):
            state.add(wanted[a])
    # Whoever needs another may have been asked before it stood.
    for a in urgent:
        if a in wanted and a not in state.booked and state.fits(wanted[a]):
            state.add(wanted[a])
    index = problem.scene.register.index
    known = set(index("audits", plan.table["audit_id"]).tolist()) & set(problem.audits.tolist())
    stood = set(state.booked)
    asked = known | set(index("audits", list(new)).tolist())
    for a in urgent:
        if a not in state.booked and (a in asked or problem.lowered.must[a]):
            _book(problem, state, a, fixed)
    rows = sorted(set(problem.audits.tolist()) & set(state.booked))
    # Where the order alone kept a booking out, it has come back.
    lost = (a for a in known - stood if a not in wanted or state.booked.get(a) != wanted[a])
    broken = sorted(problem.scene.audit_id(a) for a in lost)
    bare = problem.state()
    fewest = len(known - stood) - sum(bare.fits(wanted[a], alone=True) for a in (known - stood) & wanted.keys())
    return tuple(state.booked[a] for a in rows), tuple(broken), fewest


def _fixed(problem: Problem, plan: Plan, freeze: np.datetime64 | None) -> frozenset[int]:
    """Return the audits that must not move while they can stand."""
    table = plan.table
    rows = problem.scene.register.index("audits", table["audit_id"])
    held = table["pin"] != "none"
    if freeze is not None:
        held = held | (table["start"] < freeze)
    return frozenset(rows[held].tolist())


def _book(problem: Problem, state: State, audit: int, fixed: frozenset[int]) -> None:
    """Book an audit at its cheapest; where nothing fits, let a few bookings make room for it."""
    found = cheapest(state, audit)
    if found is not None:
        if problem.lowered.must[audit] or found[0] <= problem.costs.penalty[audit]:
            state.add(found[1])
        return
    if not problem.lowered.options(audit).forms:
        return
    funnel = make_funnel(state, audit)
    moves = least_moves(funnel) if len(funnel.start) else None
    if moves is None or len(moves.audits) > MOST_MOVED or any(_stuck(state, m, fixed) for m in moves.audits):
        return
    out = [state.remove(m) for m in moves.audits]
    booked = []
    for a in (audit, *moves.audits):
        found = cheapest(state, a)
        if found is None:
            break
        state.add(found[1])
        booked.append(a)
    if len(booked) <= len(out):
        for a in booked:
            state.remove(a)
        for placed in out:
            state.add(placed)


def _stuck(state: State, audit: int, fixed: frozenset[int]) -> bool:
    """Tell whether a booking must stay: it is fixed or a fact, or a booking that stands needs it."""
    links = state.lowered.links_of.get(audit, ())
    needed = any(link.required and link.first == audit and link.second in state.booked for link in links)
    return audit in fixed or state.booked[audit].fact or needed
