"""Auto: prices and search side by side; the prices prove how good the plan is and steer the search."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, nullcontext
from typing import Protocol

from auditmatch.engines.crew import Crew, tasks_for
from auditmatch.engines.greedy import greedy
from auditmatch.engines.merge import Regions
from auditmatch.engines.parcels import Case
from auditmatch.engines.prices import SERVICE_BASE, Dual, service_alone, step_at
from auditmatch.engines.reserve import margins, reserved
from auditmatch.engines.start import serves_musts
from auditmatch.engines.steps import Search
from auditmatch.kernel.tolls import Prices
from auditmatch.placement import Placed
from auditmatch.problem import Problem
from auditmatch.result import Budget

# Share of the run in which prices learn alone, and share after which they count served audits instead of points.
LEARN, COUNT = 0.15, 0.9
# Shares of the run after which a greedy plan under the newest prices is tried; the most of its time that one of these
# may take, and that all of the first ones together may.
RENEW, DEAREST, MOST_GREEDY = (0.3, 0.5, 0.7), 0.05, 0.2
# Share of the time of prices after which they tell sites apart.
ROADS = 0.4
# Steps of the search for each unit of work, beside one round of prices; of each region where there are some.
CHUNK = 100
# Times that prices are handed over when work is counted.
EPOCHS = 40
RENEW_EPOCHS = tuple(round(EPOCHS * share) for share in RENEW)


class Run(Protocol):
    """What an engine is told of the run, and tells it."""

    problem: Problem
    budget: Budget
    executor: Executor | None
    tasks: int | None
    at_barriers: bool

    def ended(self) -> bool:
        """Tell whether to end now."""

    def left(self) -> float:
        """Return the seconds left."""

    def note(self, cost: int | None, bound: int | None, who: str) -> None:
        """Keep a better cost or bound."""

    def settle(self) -> None:
        """End the run when the gap is small enough."""

    def cost_of(self, placed: tuple[Placed, ...]) -> int:
        """Return the cost of bookings."""


class Auto:
    """One run of the engine; `served_at_most` is there after it."""

    def __init__(self, run: Run) -> None:
        self.run, self.problem, self.budget = run, run.problem, run.budget
        self.seconds = max(run.left(), 1e-3)
        problem, board = self.problem, self.problem.state().desk.board
        self.dual = Dual(problem.flat, board, problem.audits)
        self.service = Dual(service_alone(problem.flat), board, problem.audits, SERVICE_BASE)
        self.pool = ThreadPoolExecutor(2)
        self.greedy_seconds = self.margin = 0.0
        self.crew = None if run.executor is None else self._crew(run.executor, run.tasks)

    def _crew(self, executor: Executor, tasks: int | None) -> Crew:
        """Return who does the work of price rounds and search outside of this thread's process."""
        dual = self.dual
        case = Case(dual.flat, dual.board, dual.audits, dual.share)
        return Crew(executor, case, tasks or tasks_for(len(dual.audits)), self.run.ended)

    def plan(self, best: tuple[Placed, ...], cost: int) -> tuple[Placed, ...]:
        """Improve a plan until the budget ends."""
        with self.pool, closing(self.crew) if self.crew is not None else nullcontext():
            self._learn()
            search = self._renewed(None, best, cost)
            search = self._by_time(search) if self.budget.work is None else self._by_work(search, self.budget.work)
        return search.best() if search.cost < cost else best

    def _renewed(self, search: Search | Regions | None, best: tuple[Placed, ...], cost: int) -> Search | Regions:
        """Return a search from the greedy plan under the newest prices where that costs less than the best, else go on.

        Without a search to go on with, one from the best plan.
        """
        for n, margin in enumerate(margins(self.problem) if search is None else (self.margin,)):
            if n > 0 and self.budget.work is None and (n + 1) * self.greedy_seconds > MOST_GREEDY * self.seconds:
                break
            steered = self._steered(margin)
            points = cost if steered is None else self.run.cost_of(steered)
            if steered is not None and points < cost:
                self.run.note(points, None, "greedy")
                search, best, cost, self.margin = None, steered, points, margin
        if search is not None:
            return search
        if self.crew is None:
            return Search(self.problem, best, cost, self.budget.seed)
        return Regions(self.problem, best, cost, self.budget.seed, self.crew)

    @property
    def served_at_most(self) -> int:
        """Audits that any plan can serve, at most."""
        return len(self.problem.audits) - (self.service.bound or 0)

    def _learn(self) -> None:
        """Let the prices learn, on all threads."""
        if self.budget.work is not None:
            self._rounds(self.dual, lambda n: n >= LEARN * (self.budget.work or 0), self._worked, both=True)
        else:
            self._rounds(self.dual, lambda _: self._spent() >= LEARN, lambda _: self._spent(), both=True)

    def _prices(self, search: Search | Regions) -> Prices:
        """Return the prices that steer a search from where it stands."""
        return reserved(self.dual.steering(), self.problem.flat, search.state.desk.board, self.margin)

    def _steered(self, margin: float) -> tuple[Placed, ...] | None:
        """Return a greedy plan steered by the prices; None where a pinned audit is missing."""
        if self.dual.bound is None or self.run.ended():
            return None
        began = time.monotonic()
        placed = greedy(self.problem, (), self.run.ended, self.dual.steering(), margin)
        self.greedy_seconds = time.monotonic() - began
        return placed if serves_musts(self.problem, placed) else None

    def _rounds(
        self, dual: Dual, over: Callable[[int], bool], progress: Callable[[int], float], both: bool = False
    ) -> None:
        """Let prices learn until it is over; `progress` of the round sets the step."""
        n = 0
        while not self.run.ended() and not over(n):
            before = dual.bound
            if progress(n) >= ROADS and dual.sites == 1:
                dual.widen()
            picked = None if self.crew is None else self.crew.picked(dual is self.service)
            dual.round(step_at(progress(n)), self.pool.map if both else map, self.run.ended, picked)
            if dual is self.dual and dual.bound != before:
                self.run.note(None, dual.bound, "prices")
            n += 1

    def _by_time(self, search: Search | Regions) -> Search | Regions:
        """Run both side by side until time is over."""

        def learn() -> None:
            self._rounds(self.dual, lambda _: self._spent() >= COUNT, lambda _: self._spent() / COUNT)
            since = self._spent()
            rest = max(1 - since, 1e-9)
            self._rounds(self.service, lambda _: False, lambda _: (self._spent() - since) / rest)

        learning = self.pool.submit(learn)
        renewed = 0
        while not self.run.ended():
            if renewed < len(RENEW) and self._spent() >= RENEW[renewed]:
                renewed += 1
                if self.greedy_seconds <= DEAREST * self.seconds:
                    search = self._renewed(search, search.best(), search.cost)
            self._search(search, search.chunk, self._prices(search), (self._spent() - LEARN) / (1 - LEARN))
        learning.result()
        return search

    def _by_work(self, search: Search | Regions, work: int) -> Search | Regions:
        """Run both side by side for so many units, and hand prices over at fixed counts."""
        self.run.at_barriers = True
        done = int(LEARN * work)
        for epoch in range(1, EPOCHS + 1):
            units = round(LEARN * work + (work - LEARN * work) * epoch / EPOCHS) - done
            if units <= 0 or self.run.ended():
                continue
            if epoch in RENEW_EPOCHS:
                search = self._renewed(search, search.best(), search.cost)
            prices = self._prices(search)
            learning = self.pool.submit(self._units, done, units)
            for n in range(0, units, search.units):
                if self.run.ended():
                    break
                steps = CHUNK * min(search.units, units - n)
                self._search(search, steps, prices, (self._worked(done + n) - LEARN) / (1 - LEARN))
            learning.result()
            self.run.settle()
            done += units
        rounds = (1 - COUNT) * work
        self._rounds(self.service, lambda n: n >= rounds, lambda n: n / max(rounds, 1), both=True)
        return search

    def _units(self, done: int, units: int) -> None:
        """Let prices learn for so many units of work, after those done."""
        self._rounds(self.dual, lambda n: n >= units, lambda n: self._worked(done + n))

    def _search(self, search: Search | Regions, steps: int, prices: Prices, progress: float) -> None:
        """Make a few steps, and say what they found."""
        before = search.cost
        search.run(steps, prices, progress)
        if search.cost < before:
            self.run.note(search.cost, None, "search")

    def _spent(self) -> float:
        """Return the share of the time that is over."""
        return 1 - self.run.left() / self.seconds

    def _worked(self, units: int) -> float:
        """Return the share of the work that is done."""
        return units / max(self.budget.work or 1, 1)
