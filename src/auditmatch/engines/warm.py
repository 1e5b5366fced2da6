"""Compiling all kernels before they are timed: once a machine, then read from disk."""

from __future__ import annotations

import numpy as np

from auditmatch.engines.greedy import needed_by_others
from auditmatch.kernel.build import build
from auditmatch.kernel.rounds import no_picks, no_use, pick_round
from auditmatch.kernel.search import search
from auditmatch.kernel.trail import trail_for
from auditmatch.problem import Problem


def warm(problem: Problem) -> None:
    """Call every kernel once on nothing, so that none is compiled while the clock of a run ticks."""
    flat, state = problem.flat, problem.state()
    desk, nobody = state.desk, np.zeros(0, dtype=np.int64)
    pick_round(flat, desk.board, desk.work, desk.none, nobody, no_picks(desk.board), no_use(flat, 1), True)
    build(flat, desk.board, desk.work, desk.none, nobody, 0, 0, needed_by_others(problem), 0)
    trail = trail_for(desk.board, nobody, 0, 0)
    search(flat, desk.board, desk.board, desk.work, trail, desk.none, desk.none, nobody, 0, 1, 1.0)
