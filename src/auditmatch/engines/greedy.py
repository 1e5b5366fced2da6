"""Greedy: book audits one after another, the urgent first, each at its cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditmatch.cheapest import cheapest
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem


def greedy(
    problem: Problem, kept: Iterable[Placed] = (), ended: Callable[[], bool] = lambda: False
) -> tuple[Placed, ...]:
    """Return bookings made in order of urgency, each exact for its audit, none ever taken back.

    Pinned audits come first, then those whose latest day comes first, a link's first audit before its second. An audit
    that costs less left out than served stays out. The plan keeps every rule except that a pinned audit may be missing
    where pins clash. Bookings in `kept` stand from the beginning. Once `ended` says so, the rest is left out.
    """
    state = problem.state()
    for placed in kept:
        state.add(placed)
    ranked = order(problem)
    # Pinned audits, and those that they need, are placed even when time is over.
    pinned = 1 + max((n for n, audit in enumerate(ranked) if problem.lowered.must[audit]), default=-1)
    for n, audit in enumerate(ranked):
        if audit not in state.booked and (n < pinned or not ended()):
            place(problem, state, audit)
    return tuple(state.booked[a] for a in sorted(state.booked) if a in set(problem.audits.tolist()))


def place(problem: Problem, state: State, audit: int) -> bool:
    """Book one audit at its cheapest, if that is dearer than leaving it out only where it must be served."""
    found = cheapest(state, audit)
    if found is None:
        return False
    if found[0] > problem.costs.penalty[audit] and not problem.lowered.must[audit] and not _needed(problem, audit):
        return False
    state.add(found[1])
    return True


def order(problem: Problem) -> list[int]:
    """Return the audits, urgent first; who is needed comes before who needs."""
    table, must = problem.scene.register.audits, problem.lowered.must
    deferrable = problem.costs.deferrable
    ranked = sorted(
        problem.audits.tolist(),
        key=lambda a: (not must[a], bool(deferrable[a]), table["latest"][a], -int(problem.costs.penalty[a]), a),
    )
    first = {a: [x.first for x in problem.lowered.links_of.get(a, ()) if x.second == a] for a in ranked}
    done: dict[int, None] = {}

    def visit(a: int, path: frozenset[int]) -> None:
        for needed in first.get(a, ()):
            if needed not in path and needed not in done:
                visit(needed, path | {a})
        if a in first:
            done.setdefault(a)

    for a in ranked:
        visit(a, frozenset())
    return list(done)


def _needed(problem: Problem, audit: int) -> bool:
    """Tell whether another audit may be served only with this one."""
    return any(link.required and link.first == audit for link in problem.lowered.links_of.get(audit, ()))
