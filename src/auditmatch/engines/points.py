"""What bookings cost, in the engines' own rows and slots."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.goals import value
from auditmatch.placement import Placed
from auditmatch.problem import Problem
from auditmatch.shapes import Ints


def points_of(problem: Problem, placed: tuple[Placed, ...]) -> int:
    """Return the cost of bookings, as `verify` values them, without going through names and dates."""
    zero = 2 * int(problem.scene.calendar.first_day.astype(np.int64))

    def column(numbers: Iterable[int]) -> Ints:
        return np.fromiter(numbers, dtype=np.int64)

    audit, halves = column(p.audit for p in placed), np.array([p.halves for p in placed], dtype=np.int64).reshape(-1, 2)
    rows = len(problem.lowered.must)
    booking_of = np.full(rows, -1, dtype=np.int64)
    booking_of[audit] = np.arange(len(audit))
    agenda = Agenda(
        audit,
        halves[:, 0] + zero,
        halves[:, 1] + zero,
        column(p.length for p in placed),
        np.zeros(len(audit), dtype=bool),
        np.repeat(np.arange(len(placed)), [len(p.team) for p in placed]),
        column(i for p in placed for i, _ in p.team),
        column(role + 1 for p in placed for _, role in p.team),
        booking_of,
        np.zeros(rows, dtype=bool),
    )
    return sum(value(problem.scene, problem.costs, agenda, problem.audits).values())
