"""Exact: CP-SAT over the shapes, for a whole problem or for a few audits among bookings that stand.

One literal for each (form, start) of an audit, at most one true; one for each candidate seat. What a candidate cannot
do alone (seats, absences, bookings that stand, caps) becomes one row: seat + forbidden starts <= 1. People who could
sit in two free audits are kept from overlapping by optional intervals. OR-Tools is imported here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from auditmatch.engines import sheet_goals, sheet_pairs
from auditmatch.engines.sheet import Sheet, add_audit, add_demands
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem
from auditmatch.result import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Asked(Protocol):
    """Whether to end now: a threading.Event will do."""

    def is_set(self) -> bool:
        """Tell whether to end now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What CP-SAT found for the free audits: bookings, their cost in the model, and a bound on it; None when absent."""

    status: Status
    placed: tuple[Placed, ...] | None
    cost: int | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """When CP-SAT stops, and with how many workers: wall seconds, or work in deterministic seconds."""

    seconds: float | None = None
    work: float | None = None
    workers: int = 1
    seed: int = 0
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """How CP-SAT is asked: measured by benchmarks/formulation.py, the defaults are what measured best.

    Attributes
    ----------
    timed
        Overlap forbidden slot by slot (True) or by intervals.
    hint
        Whether the known plan is told.
    parameters
        Names and values of CP-SAT's own parameters; words of an enumeration as text.
    """

    timed: bool = False
    hint: bool = True
    parameters: tuple[tuple[str, int | bool | str], ...] = ()


def solve_free(
    problem: Problem,
    state: State,
    free: Iterable[int],
    hint: Iterable[Placed],
    limits: Limits,
    stop: Asked | None = None,
    watch: Callable[[int | None, int], None] | None = None,
    tune: Tuning | None = None,
) -> Answer:
    """Place the free audits at least cost around the bookings that stand in `state`.

    Parameters
    ----------
    problem, state
        Rules and goals; bookings that stand. Free audits must not be booked in `state`.
    free
        Rows of the audits to decide.
    hint
        A known way to place them; the answer is never dearer.
    limits
        When to stop.
    stop
        When set, the best so far is returned.
    tune
        Formulation and parameters; default what measured best.
    watch
        Called with (cost, bound) of the model when either improves.
    """
    from ortools.sat.python import cp_model

    chosen = tune or Tuning()
    sheet = fill(cp_model.CpModel(), problem, state, sorted(free), chosen.timed)
    sheet.model.minimize(sheet.objective())
    known = {placed.audit: placed for placed in hint}
    if chosen.hint:
        _hint(sheet, known)
    solver = cp_model.CpSolver()
    _set(solver.parameters, limits, chosen)
    status = _run(solver, sheet.model, stop, watch)
    found = _map(cp_model, status)
    if found in (Status.INFEASIBLE, Status.UNKNOWN):
        bound = None if found is Status.INFEASIBLE else _ceil(solver.best_objective_bound)
        return Answer(found, None, None, bound)
    placed = tuple(p for a in sheet.audits if (p := sheet.booking(a, solver.boolean_value)) is not None)
    return Answer(found, placed, round(solver.objective_value), _ceil(solver.best_objective_bound))


def every_plan(problem: Problem, timed: bool = False) -> set[frozenset[Placed]]:
    """Return every plan that the shapes allow: the conformance tests compare it with the rules' checks."""
    from ortools.sat.python import cp_model

    # Without goals, whose slack variables would show each plan once for each of their values.
    sheet = fill(cp_model.CpModel(), problem, problem.state(), problem.audits.tolist(), timed, goals=False)

    class Collect(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.plans: set[frozenset[Placed]] = set()

        def on_solution_callback(self) -> None:
            found = (sheet.booking(a, self.boolean_value) for a in sheet.audits)
            self.plans.add(frozenset(p for p in found if p is not None))

    collect = Collect()
    solver = cp_model.CpSolver()
    solver.parameters.enumerate_all_solutions = True
    solver.parameters.num_workers = 1
    solver.solve(sheet.model, collect)
    return collect.plans


def fill(
    model: Any, problem: Problem, state: State, audits: list[int], timed: bool = False, goals: bool = True
) -> Sheet:
    """Write everything that shapes, and goals, say of the free audits into a model."""
    sheet = Sheet(model, problem, state, audits, timed)
    for audit in audits:
        add_audit(sheet, audit)
    for audit in audits:
        add_demands(sheet, audit)
    sheet_pairs.add(sheet)
    if goals:
        sheet_goals.add(sheet)
    return sheet


def _map(cp_model: Any, status: Any) -> Status:
    """Return our word for a CP-SAT status; a model error is a fault of this file and says so."""
    from auditmatch.errors import EngineError

    table = {
        cp_model.OPTIMAL: Status.OPTIMAL,
        cp_model.FEASIBLE: Status.FEASIBLE,
        cp_model.INFEASIBLE: Status.INFEASIBLE,
        cp_model.UNKNOWN: Status.UNKNOWN,
    }
    if status not in table:
        raise EngineError(f"CP-SAT refused the model with status {status}. Maybe report this with Problem.save()?")
    return table[status]


def _set(parameters: Any, limits: Limits, tune: Tuning) -> None:
    """Write the limits and the tuning into the solver's parameters."""
    for name, value in tune.parameters:
        word = isinstance(value, str)
        setattr(parameters, name, getattr(getattr(parameters, name), str(value)) if word else value)
    parameters.num_workers = limits.workers
    parameters.random_seed = limits.seed
    parameters.relative_gap_limit = limits.gap
    parameters.catch_sigint_signal = False
    if limits.seconds is not None:
        parameters.max_time_in_seconds = max(limits.seconds, 0.01)
    if limits.work is not None:
        parameters.max_deterministic_time = limits.work


def _run(solver: Any, model: Any, stop: Asked | None, watch: Callable[[int | None, int], None] | None) -> Any:
    """Solve; a second thread passes on a stop, for CP-SAT asks nobody between two solutions."""
    from ortools.sat.python import cp_model

    class Watch(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            if watch is not None:
                watch(round(self.objective_value), _ceil(self.best_objective_bound))

    if watch is not None:
        solver.best_bound_callback = lambda bound: watch(None, _ceil(bound))
    done = Event()

    def pass_on() -> None:
        while stop is not None and not done.wait(0.05):
            if stop.is_set():
                solver.stop_search()
                return

    guard = Thread(target=pass_on, daemon=True)
    guard.start()
    try:
        return solver.solve(model, Watch())
    finally:
        done.set()
        guard.join()


def _hint(sheet: Sheet, known: dict[int, Placed]) -> None:
    """Tell CP-SAT the known bookings, literal by literal."""
    for audit in sheet.audits:
        placed = known.get(audit)
        for (form, start), literal in sheet.starts[audit].items():
            here = placed is not None and (placed.start, placed.length) == (start, form.length)
            counting = sum(role == 0 for _, role in placed.team) if placed is not None else 0
            sheet.model.add_hint(literal, bool(here and counting == form.counting))
        team = set(placed.team) if placed is not None else set()
        for member, literal in sheet.seats[audit].items():
            sheet.model.add_hint(literal, member in team)


def _ceil(bound: float) -> int:
    """Return a bound as whole points; costs are whole, so it may be rounded up, less a hair for the solver's sums."""
    return int(np.ceil(bound - 1e-6))
