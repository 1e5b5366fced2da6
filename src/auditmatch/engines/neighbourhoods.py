"""Large problems by pieces: CP-SAT re-decides a few audits that compete for people and days, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.cheapest import booking_cost
from auditmatch.engines.exact import Asked, Limits, solve_free
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem

# Audits in a piece: where a piece is proved quickly the next may be larger.
SMALLEST, LARGEST, FIRST = 6, 40, 12
# Deterministic seconds of CP-SAT that one unit of work buys.
PIECE_WORK = 0.1
# A piece of 12 is proved in a tenth of a second, one of 25 in two, one of 40 not in five (benchmarks/formulation.py).
PIECE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Clock:
    """When the pieces end: after so many rounds, or when `seconds_left` says 0."""

    rounds: int | None
    seconds_left: Callable[[], float]
    by_time: bool


def improve(
    problem: Problem,
    start: Iterable[Placed],
    clock: Clock,
    seed: int,
    stop: Asked,
    found: Callable[[int], None],
) -> tuple[Placed, ...]:
    """Improve a legal plan piece by piece; never worse than the start.

    Parameters
    ----------
    start
        Bookings of a legal plan.
    clock
        When to stop.
    seed
        Of the choice of pieces.
    stop
        Ends the search early.
    found
        Called with the points gained by each improvement.
    """
    state = problem.state()
    for placed in start:
        state.add(placed)
    rng = np.random.default_rng(seed)
    near = _Near(problem)
    size, rounds, idle = float(FIRST), 0, 0
    while not stop.is_set() and (clock.rounds is None or rounds < clock.rounds):
        left = clock.seconds_left()
        if left <= 0 or (idle > 50 and size >= len(problem.audits)):
            break
        piece = near.piece(rng, state, min(int(size), LARGEST))
        seconds = min(left, PIECE_SECONDS) if clock.by_time else None
        work = None if clock.by_time else PIECE_WORK
        gained, proved = _redo(problem, state, piece, Limits(seconds, work, 1, int(rng.integers(2**31))), stop)
        rounds += 1
        idle = 0 if gained else idle + 1
        size = min(size * 1.03, LARGEST) if proved else max(size * 0.8, SMALLEST)
        if gained:
            found(gained)
    mine = set(problem.audits.tolist())
    return tuple(state.booked[a] for a in sorted(state.booked) if a in mine)


def _redo(problem: Problem, state: State, piece: list[int], limits: Limits, stop: Asked) -> tuple[int, bool]:
    """Take a piece out, decide it anew, and keep the better of the two; return the points gained and whether proved."""
    old = [state.remove(a) for a in piece if a in state.booked]
    before = _insert(problem, state, piece, old)
    for placed in old:
        state.remove(placed.audit)
    answer = solve_free(problem, state, piece, old, limits, stop)
    new = old if answer.placed is None else list(answer.placed)
    after = _insert(problem, state, piece, new)
    if after >= before and new is not old:
        for placed in new:
            state.remove(placed.audit)
        _insert(problem, state, piece, old)
        after = before
    return before - after, answer.status == "optimal"


def _insert(problem: Problem, state: State, piece: list[int], placed: Iterable[Placed]) -> int:
    """Let bookings stand and return the points of the piece; load costs telescope, so the order does not matter."""
    booked = {p.audit: p for p in placed}
    points = sum(int(problem.costs.penalty[a]) for a in piece if a not in booked)
    for one in booked.values():
        points += booking_cost(state, one)
        state.add(one)
    return points


class _Near:
    """Which audits compete: people in common and windows that meet."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.audits = problem.audits
        people = len(problem.costs.home)
        self.can = np.zeros((len(self.audits), people), dtype=bool)
        self.span = np.zeros((len(self.audits), 2), dtype=np.int64)
        for n, a in enumerate(self.audits.tolist()):
            options = problem.lowered.options(a)
            self.can[n, options.people] = True
            starts = [int(s) for form in options.forms for s in form.starts[[0, -1]]]
            self.span[n] = min(starts, default=0), max(starts, default=0) + 1
        self.row = {a: n for n, a in enumerate(self.audits.tolist())}

    def piece(self, rng: np.random.Generator, state: State, size: int) -> list[int]:
        """Return audits near a random one, half the time one that is left out; linked families whole."""
        out = np.array([a not in state.booked for a in self.audits.tolist()])
        pool = np.flatnonzero(out) if out.any() and rng.random() < 0.5 else np.arange(len(self.audits))
        seed = int(rng.choice(pool))
        common = (self.can & self.can[seed]).sum(axis=1) / np.maximum(self.can.sum(axis=1), 1)
        meets = (self.span[:, 0] < self.span[seed, 1]) & (self.span[seed, 0] < self.span[:, 1])
        score = common * (0.2 + meets) * (1 + 0.5 * out) * rng.random(len(common)) ** 0.5
        score[seed] = np.inf
        chosen: dict[int, None] = {}
        for n in np.argsort(-score, kind="stable"):
            if len(chosen) >= size:
                break
            for a in self._family(int(self.audits[n])):
                chosen.setdefault(a)
        return sorted(chosen)

    def _family(self, audit: int) -> list[int]:
        """Return an audit and those linked to it that are to be decided."""
        family = {audit}
        for link in self.problem.lowered.links_of.get(audit, ()):
            family.update(a for a in (link.first, link.second) if a in self.row)
        return sorted(family)
