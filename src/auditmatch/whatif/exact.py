"""Rosters by CP-SAT: a task goes to one person, and of tasks that clash in time a person in the roster takes one."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.shapes import Bools, Ints

if TYPE_CHECKING:
    from collections.abc import Iterable

    from auditmatch.engines.exact import Asked


def moments(begin: Ints, finish: Ints) -> list[Ints]:
    """Return the largest sets of tasks under way at once: every pair that overlaps is in one of them."""
    found: list[Ints] = []
    for at in np.unique(begin):
        now = np.flatnonzero((begin <= at) & (finish > at))
        ends = int(finish[now].min())
        later = begin[(begin > at)]
        # The set is largest where some task ends before the next one begins.
        if not len(later) or ends <= int(later.min()):
            found.append(now)
    return found


def roster_of(
    begin: Ints, finish: Ints, clashes: Iterable[tuple[int, int]], able: Bools, size: int, stop: Asked, seconds: float
) -> tuple[bool | None, Ints | None]:
    """Tell whether `size` people can take all tasks, None when the time is up; and who takes what.

    `clashes` are pairs of tasks that do not overlap and still cannot be one person's, for the road between them.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    works = [model.new_bool_var("") for _ in range(len(able))]
    takes = {(i, t): model.new_bool_var("") for i, t in zip(*(part.tolist() for part in np.nonzero(able)), strict=True)}
    for task in range(able.shape[1]):
        model.add_exactly_one(takes[i, task] for i in np.flatnonzero(able[:, task]).tolist())
    groups = [now.tolist() for now in moments(begin, finish)] + [list(pair) for pair in clashes]
    for i in range(len(able)):
        for group in groups:
            mine = [takes[i, task] for task in group if able[i, task]]
            if mine:
                model.add_at_most_one([*mine, works[i].negated()])
    model.add(sum(works) <= size)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    ended: list[int] = []
    run = Thread(target=lambda: ended.append(solver.solve(model)), daemon=True)
    run.start()
    while run.is_alive():
        run.join(0.05)
        if stop.is_set():
            solver.stop_search()
    status = ended[0] if ended else cp_model.UNKNOWN
    if status == cp_model.INFEASIBLE:
        return False, None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, None
    owner = np.full(able.shape[1], -1, dtype=np.int64)
    for (i, task), take in takes.items():
        if solver.boolean_value(take):
            owner[task] = i
    return True, owner
