"""The fewest people who can take tasks with fixed dates (shift minimisation personnel task scheduling).

Krishnamoorthy, Ernst, Baatar, European Journal of Operational Research 219, 2012, 34-48. Nobody does with fewer people
than tasks are under way at once. Sizes from that bound upwards are tried by tabu search; where the first size found is
above the bound, CP-SAT looks for one person less, or proves that there is none, while the search goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.kernel.roster import new_roster, search
from auditmatch.result import Status
from auditmatch.shapes import Bools, Ints
from auditmatch.whatif.exact import roster_of

# Steps between two looks at the clock; steps for each size on the way up; steps until a search begins anew.
CHUNK, QUICK, LONG = 5_000, 200_000, 2_000_000
# Seconds for each size on the way up, of all seconds.
QUICK_SHARE = 0.1
# Pairs of person and task, and tasks, above which CP-SAT is not asked.
MOST_PAIRS, MOST_TASKS = 200_000, 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Fewest:
    """A roster with its proof.

    Attributes
    ----------
    status
        optimal, feasible, infeasible (proved: not even all people can), unknown (time ended before a roster was found).
    owner
        (tasks,) row of the person who takes each task; None without a roster.
    at_least
        No roster has fewer people.
    seconds
        Wall time.
    """

    status: Status
    owner: Ints | None
    at_least: int
    seconds: float

    @property
    def people(self) -> int | None:
        """How many people the roster has."""
        return None if self.owner is None else len(np.unique(self.owner))


@dataclass(frozen=True, slots=True, eq=False)
class Tasks:
    """Tasks with half-days [begin, finish), sites, half-days on the road between sites, and (people, tasks) who may."""

    begin: Ints
    finish: Ints
    site: Ints
    road: Ints
    able: Bools

    @property
    def timed(self) -> tuple[Ints, Ints, Ints, Ints]:
        """All but who may."""
        return self.begin, self.finish, self.site, self.road

    def most_at_once(self) -> int:
        """Return the most tasks under way at one moment."""
        when = np.concatenate([self.finish, self.begin])
        change = np.repeat([-1, 1], len(self.begin))
        return int(change[np.lexsort((change, when))].cumsum().max(initial=0))

    def clashes(self) -> list[tuple[int, int]]:
        """Return the pairs that do not overlap and cannot be one person's, for the road between them."""
        if not self.road.any():
            return []
        wait = self.begin[None, :] - self.finish[:, None]
        close = (wait >= 0) & (wait < self.road[self.site[:, None], self.site[None, :]])
        return [(int(one), int(other)) for one, other in zip(*np.nonzero(close), strict=True)]


def fewest(
    begin: npt.ArrayLike,
    finish: npt.ArrayLike,
    able: npt.ArrayLike,
    *,
    seconds: float = 60.0,
    seed: int = 0,
) -> Fewest:
    """Return the fewest people found who can take all tasks, and how many it takes at the least.

    Parameters
    ----------
    begin, finish
        (tasks,) whole numbers; a person can take the next task when it begins at or after the finish of the last.
    able
        (people, tasks) true where a person may take a task.
    seconds, seed
        Wall time at the most; of the random choices.

    Raises
    ------
    ArgumentError
        Shapes that do not fit, a task that ends before it begins or that nobody may take, seconds not above 0.
    """
    tasks = _checked(np.array(begin), np.array(finish), np.array(able, dtype=bool, order="C"))
    return staff(tasks, None, seconds, seed)


def staff(tasks: Tasks, start: Ints | None, seconds: float, seed: int) -> Fewest:
    """Return the fewest people found for tasks; `start` is a roster to begin with."""
    if not 0 < seconds < float("inf"):
        raise ArgumentError(f"seconds={seconds!r} is not above 0. Maybe 60?")
    began = time.monotonic()
    until, least, best = began + seconds, tasks.most_at_once(), start
    top = len(tasks.able) if start is None else len(np.unique(start)) - 1
    for size in _sizes(least, top):
        soon = min(until, time.monotonic() + seconds * QUICK_SHARE)
        found = _searched(tasks, best, size, seed, QUICK, soon, threading.Event())
        if found is not None:
            best = found
            break
    size = len(tasks.able) if best is None else len(np.unique(best)) - 1
    possible: bool | None = True
    while possible and size >= least and time.monotonic() < until:
        possible, found = _both(tasks, best, size, seed, until)
        if found is not None:
            best, size = found, len(np.unique(found)) - 1
        elif possible is False:
            least = size + 1
    spent = time.monotonic() - began
    if best is None:
        hopeless = possible is False or least > len(tasks.able)
        return Fewest(Status.INFEASIBLE if hopeless else Status.UNKNOWN, None, least, spent)
    proved = len(np.unique(best)) == least
    return Fewest(Status.OPTIMAL if proved else Status.FEASIBLE, best, least, spent)


def _checked(begin: npt.NDArray[Any], finish: npt.NDArray[Any], able: Bools) -> Tasks:
    """Return tasks at one place."""
    if begin.ndim != 1 or begin.shape != finish.shape or able.ndim != 2 or able.shape[1] != len(begin):
        shapes = f"begin {begin.shape}, finish {finish.shape}, able {able.shape}"
        raise ArgumentError(f"{shapes} do not fit. Maybe (tasks,), (tasks,), (people, tasks)?")
    if not all(len(part) == 0 or part.dtype.kind in "iu" for part in (begin, finish)):
        raise ArgumentError("begin and finish must be whole numbers. Maybe count in half-days?")
    for task in np.flatnonzero(finish <= begin)[:1].tolist():
        raise ArgumentError(f"task {task} begins at {begin[task]} and ends at {finish[task]}. Maybe exchange the two?")
    for task in np.flatnonzero(~able.any(axis=0))[:1].tolist():
        raise ArgumentError(f"nobody may take task {task}. Maybe a row of able is missing?")
    nowhere = np.zeros(len(begin), dtype=np.int64)
    return Tasks(begin.astype(np.int64), finish.astype(np.int64), nowhere, np.zeros((1, 1), dtype=np.int64), able)


def _sizes(least: int, top: int) -> Iterator[int]:
    """Yield sizes from the least up, with growing strides."""
    size, stride = least, 1
    while size <= top:
        yield size
        size, stride = size + stride, 2 * stride


def _searched(
    tasks: Tasks, start: Ints | None, size: int, seed: int, steps: int, until: float, stop: threading.Event
) -> Ints | None:
    """Return a roster of so many people at the most, None when steps or time are up."""
    nobody = np.full(len(tasks.begin), -1, dtype=np.int64)
    roster = new_roster(tasks.timed, tasks.able, nobody if start is None else start, size, seed)
    for _ in range(-(-steps // CHUNK)):
        if search(roster, CHUNK) == 0:
            return roster.best.copy()
        if time.monotonic() >= until or stop.is_set():
            break
    return None


def _both(tasks: Tasks, best: Ints | None, size: int, seed: int, until: float) -> tuple[bool | None, Ints | None]:
    """Tell whether so many people can do it, by CP-SAT beside the search; None when the time is up."""
    stop = threading.Event()

    def exact() -> tuple[bool | None, Ints | None]:
        if tasks.able.sum() > MOST_PAIRS or tasks.able.shape[1] > MOST_TASKS:
            return None, None
        left = max(until - time.monotonic(), 0.01)
        answer = roster_of(tasks.begin, tasks.finish, tasks.clashes(), tasks.able, size, stop, left)
        if answer[0] is not None:
            stop.set()
        return answer

    with ThreadPoolExecutor(1) as pool:
        proof = pool.submit(exact)
        found, turn = None, 1
        while found is None and not stop.is_set() and time.monotonic() < until:
            found = _searched(tasks, best if turn % 2 else None, size, seed + turn, LONG, until, stop)
            turn += 1
        stop.set()
        possible, roster = proof.result()
    return (True, found) if found is not None else (possible, roster)
