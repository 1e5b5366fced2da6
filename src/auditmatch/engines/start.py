"""What a run starts from: how large a problem is, and what stands of a known plan."""

from __future__ import annotations

from auditmatch.engines.greedy import order
from auditmatch.placement import Placed
from auditmatch.plan import Plan
from auditmatch.problem import Problem


def whole_size(problem: Problem) -> int:
    """Return about how many literals the model of the whole problem has."""
    options = (problem.lowered.options(a) for a in problem.audits.tolist())
    return sum(sum(len(f.starts) for f in o.forms) + len(o.people) * (1 + len(o.forms)) for o in options)


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
