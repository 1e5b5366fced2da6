"""What a run starts from: how large a problem is, and what stands of a known plan."""

from __future__ import annotations

import numpy as np

from auditmatch.engines.greedy import order
from auditmatch.kernel.flat import Flat
from auditmatch.placement import Placed
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.shapes import Ints


def whole_size(problem: Problem) -> int:
    """Return about how many literals the model of the whole problem has."""
    flat, audits = problem.flat, problem.audits
    form_ptr, start_ptr = flat.audit["form_ptr"], flat.form["start_ptr"]
    forms, starts = (np.diff(ptr)[audits] for ptr in (form_ptr, start_ptr[form_ptr]))
    return int((starts + _seats(flat, audits) * (1 + forms)).sum())


def _seats(flat: Flat, audits: Ints) -> Ints:
    """Return for each audit the seats that are valid in some slot that a booking can touch."""
    form_ptr, start_ptr = flat.audit["form_ptr"], flat.form["start_ptr"]
    found = np.zeros(len(flat.audit), dtype=np.int64)
    dated = np.flatnonzero(np.diff(form_ptr) > 0)
    forms = int(form_ptr[-1])
    first, last = (
        flat.starts[start_ptr[:forms]],
        flat.starts[start_ptr[1 : forms + 1] - 1] + flat.form["length"][:forms] - 1,
    )
    low, high = np.zeros_like(found), np.zeros_like(found)
    low[dated] = np.minimum.reduceat(first, form_ptr[dated]) if forms else 0
    high[dated] = np.maximum.reduceat(last, form_ptr[dated]) if forms else 0
    group = flat.audit["group"]
    mine = np.intersect1d(audits, dated)
    order = mine[np.argsort(group[mine], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(rows) and group[rows[0]] >= 0:
            span = flat.span[slice(*flat.candidate["range_ptr"][flat.person_ptr[group[rows[0]] + np.array([0, 1])]])]
            begun = np.searchsorted(np.sort(span["range_first"]), high[rows], side="right")
            over = np.searchsorted(np.sort(span["range_last"]), low[rows], side="left")
            found[rows] = begun - over
    return found[audits]


def serves_musts(problem: Problem, placed: tuple[Placed, ...]) -> bool:
    """Tell whether every audit that is not optional is placed."""
    booked = {p.audit for p in placed}
    return all(a in booked for a in problem.audits.tolist() if problem.lowered.must[a])


def needed_by(problem: Problem, audits: list[int]) -> set[int]:
    """Return the audits to decide that some need, through required links."""
    needed: set[int] = set()
    waiting = list(audits)
    while waiting:
        a = waiting.pop()
        for link in problem.lowered.links_of.get(a, ()):
            if link.required and link.second == a and link.first not in needed and link.first in problem.audits:
                needed.add(link.first)
                waiting.append(link.first)
    return needed


def legal_part(problem: Problem, plan: Plan) -> tuple[Placed, ...]:
    """Return the bookings of a plan that fit, taken one after another, who is needed first."""
    wanted = {placed.audit: placed for placed in problem.place(plan)}
    state = problem.state()
    for audit in order(problem):
        if audit in wanted and state.fits(wanted[audit]):
            state.add(wanted[audit])
    return tuple(state.booked[a] for a in sorted(wanted) if a in state.booked)
