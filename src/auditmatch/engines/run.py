"""One call that plans: start, engine, proof, and the check that nothing illegal leaves the house."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from auditmatch.engines.greedy import greedy
from auditmatch.engines.points import points_of
from auditmatch.engines.prices import alone
from auditmatch.engines.start import legal_part, needed_by, serves_musts, whole_size
from auditmatch.engines.stop import Stop, on_interrupt
from auditmatch.engines.warm import warm
from auditmatch.errors import ArgumentError, EngineError, nearest
from auditmatch.placement import Placed
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.result import Budget, Result, Status, Step, fates, gap
from auditmatch.verify import verify

ENGINES = ("auto", "greedy", "exact")
# Literals of a whole model below which CP-SAT alone proves the optimum, and above which it is not asked for the whole:
# at 200 audits its bound stays under the sum of the audits taken alone (benchmarks/formulation.py).
SMALL_WHOLE, LARGEST_WHOLE = 1_000, 6_000
Progress = Callable[[Step], None]


def solve(
    problem: Problem,
    budget: Budget,
    *,
    engine: str = "auto",
    start: Plan | None = None,
    on_progress: Progress | None = None,
    stop: threading.Event | None = None,
    executor: Executor | None = None,
    tasks: int | None = None,
) -> Result:
    """Plan a problem and return a verified plan with its bound.

    Parameters
    ----------
    problem
        What to plan.
    budget
        When to stop.
    engine
        "auto": CP-SAT alone where it proves the optimum at once, else prices and search side by side; "exact": CP-SAT,
        the whole problem while it is small, else piece by piece from the greedy plan; "greedy": the greedy plan alone.
    start
        A known plan; what of it is legal is kept, and the result is never dearer than that.
    on_progress
        Called with each improvement of cost or bound, from the thread that found it.
    stop
        Set it to end the run with the best plan so far; Ctrl-C does the same.
    executor
        Who works for "auto": `Processes(workers=2)`, Dask's `client.get_executor(pure=False)`, or any other executor
        of `concurrent.futures`; left open. Default: two threads of this process. Who fails is done without.
    tasks
        Into how many tasks an executor's work is cut: about as many as it has workers. Default: one for each 1,000
        audits, from 2 to 64. With equal `work` and `tasks`, the plan is the same whichever executor it is.

    Raises
    ------
    ArgumentError
        The engine is unknown, `executor` cannot submit, or `tasks` is below 1.
    EngineError
        An engine's plan breaks a rule, or its cost does not add up.
    """
    if engine not in ENGINES:
        near = nearest(engine, ENGINES)
        raise ArgumentError(f"no engine is called {engine!r}. Maybe {near or ENGINES[-1]!r}?")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ArgumentError(f"executor={executor!r} cannot submit tasks. Maybe am.Processes(workers=2)?")
    if tasks is not None and tasks < 1:
        raise ArgumentError(f"tasks={tasks!r} is below 1. Maybe as many as the executor has workers?")
    ending = Stop(stop)
    with on_interrupt(ending):
        warm(problem)
        run = _Run(problem, budget, engine, on_progress, ending)
        run.executor, run.tasks = executor, tasks
        return run.result(*run.plan(start))


class _Run:
    """One run: its clock, its best plan, its bound and its trace."""

    def __init__(self, problem: Problem, budget: Budget, engine: str, on_progress: Progress | None, stop: Stop) -> None:
        self.problem, self.budget, self.engine = problem, budget, engine
        self.on_progress, self.stop = on_progress, stop
        self.began = time.monotonic()
        self.cost: int | None = None
        self.bound: int | None = None
        self.greedy_cost: int | None = None
        self.served_at_most: int | None = None
        self.trace: list[Step] = []
        self.lock = threading.Lock()
        self.executor: Executor | None = None
        self.tasks: int | None = None
        # Set where two threads count work: the gap is looked at only when both wait for each other.
        self.at_barriers = False

    def left(self) -> float:
        """Return the seconds left; infinite when only work is limited."""
        spent = time.monotonic() - self.began
        return float("inf") if self.budget.seconds is None else self.budget.seconds - spent

    def ended(self) -> bool:
        """Tell whether the time is over or somebody asked to end."""
        return self.stop.is_set() or self.left() <= 0

    def note(self, cost: int | None, bound: int | None, who: str) -> None:
        """Keep a better cost or bound, and tell whoever listens."""
        with self.lock:
            better = cost is not None and (self.cost is None or cost < self.cost)
            higher = bound is not None and (self.bound is None or bound > self.bound)
            if not better and not higher:
                return
            self.cost = cost if better else self.cost
            self.bound = bound if higher else self.bound
            step = Step(time.monotonic() - self.began, self.cost, self.bound, who)
            self.trace.append(step)
            if not self.at_barriers:
                self.settle()
        if self.on_progress is not None:
            self.on_progress(step)

    def settle(self) -> None:
        """End the run when the gap is small enough."""
        close = gap(self.cost, self.bound)
        if close is not None and close <= self.budget.gap:
            self.stop.ended = True

    def plan(self, start: Plan | None) -> tuple[Status, tuple[Placed, ...]]:
        """Run the engine; return how it ended and the bookings."""
        best = self._with_musts(greedy(self.problem, ended=self.ended))
        problem = self.problem
        self.greedy_cost = self.cost_of(best)
        self.note(self.greedy_cost, None, "greedy")
        self.note(None, alone(problem, self.ended), "bound")
        if start is not None:
            kept = legal_part(problem, start)
            cost = self.cost_of(kept)
            if serves_musts(problem, kept) and cost < (self.cost or 0):
                best = kept
                self.note(cost, None, "start")
        if self.engine != "greedy" and len(problem.audits) and not self.stop.is_set():
            best = self._exact(best) if self.engine == "exact" else self._auto(best)
        done = self.cost == self.bound
        return Status.OPTIMAL if done else Status.FEASIBLE, best

    def _with_musts(self, placed: tuple[Placed, ...]) -> tuple[Placed, ...]:
        """Make room for pinned audits that greedy could not place; those that clash are set apart as hopeless.

        Pins are taken in the order of their rows: each stands if it can with those before it.
        """
        problem = self.problem
        musts = [a for a in problem.audits.tolist() if problem.lowered.must[a]]
        if set(musts) <= {p.audit for p in placed}:
            return placed
        stands: list[int] = []
        kept: tuple[Placed, ...] = ()
        clashing: list[int] = []
        for a in musts:
            answer = self._place_all([*stands, a])
            if answer is None:
                clashing.append(a)
            else:
                stands, kept = [*stands, a], answer
        self.problem = problem.without(clashing)
        return greedy(self.problem, kept, self.ended)

    def _place_all(self, musts: list[int]) -> tuple[Placed, ...] | None:
        """Return bookings of audits that must be served, and of those that they need; None where none are found."""
        from auditmatch.engines.exact import Limits, solve_free

        problem = self.problem
        family = sorted({*musts, *needed_by(problem, musts)})
        # Work, not time, so that the answer is the same on any machine; a handful of pins takes a hundredth of it.
        return solve_free(problem, problem.state(), family, (), Limits(work=10.0)).placed

    def _auto(self, best: tuple[Placed, ...]) -> tuple[Placed, ...]:
        """Prove a small problem's optimum by CP-SAT; else prices and search."""
        from auditmatch.engines.auto import Auto

        if whole_size(self.problem) <= SMALL_WHOLE:
            best = self._whole(best, 2, 0.5)
            if self.cost == self.bound or self.ended():
                return best
        auto = Auto(self)
        best = auto.plan(best, self.cost_of(best))
        self.served_at_most = auto.served_at_most
        return best

    def _exact(self, best: tuple[Placed, ...]) -> tuple[Placed, ...]:
        """Ask CP-SAT for the whole where it is small, for pieces where it is large, for both in between."""
        size = whole_size(self.problem)
        if size <= SMALL_WHOLE:
            return self._whole(best, 2)
        if size > LARGEST_WHOLE:
            return self._pieces(best)
        if self.budget.work is not None:
            # One after the other: who finishes first must not decide which of two equal plans is returned.
            return self._pieces(self._whole(best, 1))
        with ThreadPoolExecutor(1) as pool:
            whole = pool.submit(self._whole, best, 1)
            pieces = self._pieces(best)
            self.stop.ended = True
            return min((pieces, whole.result()), key=self.cost_of)

    def _whole(self, best: tuple[Placed, ...], workers: int, share: float = 1.0) -> tuple[Placed, ...]:
        """Solve the whole problem, hinted, in a share of the time that is left."""
        from auditmatch.engines.exact import Limits, solve_free
        from auditmatch.engines.neighbourhoods import PIECE_WORK

        seconds = None if self.budget.seconds is None else share * self.left()
        work = None if self.budget.work is None else PIECE_WORK * self.budget.work
        workers = workers if self.budget.work is None else 1
        limits = Limits(seconds, work, workers, self.budget.seed, self.budget.gap)
        problem = self.problem
        watch = lambda cost, bound: self.note(cost, bound, "exact")  # noqa: E731
        answer = solve_free(problem, problem.state(), problem.audits.tolist(), best, limits, self.stop, watch)
        self.note(answer.cost, answer.bound, "exact")
        if answer.placed is None or self.cost_of(answer.placed) > self.cost_of(best):
            return best
        # Where it was stopped, the model may charge for a change that its plan does not make.
        self.note(self.cost_of(answer.placed), None, "exact")
        return answer.placed

    def _pieces(self, best: tuple[Placed, ...]) -> tuple[Placed, ...]:
        """Improve piece by piece."""
        from auditmatch.engines.neighbourhoods import Clock, improve

        running = self.cost_of(best)

        def found(points: int) -> None:
            nonlocal running
            running -= points
            self.note(running, None, "pieces")

        clock = Clock(self.budget.work, self.left, self.budget.work is None)
        return improve(self.problem, best, clock, self.budget.seed, self.stop, found)

    def cost_of(self, placed: tuple[Placed, ...]) -> int:
        """Return the cost of bookings, as `verify` values them."""
        return points_of(self.problem, placed)

    def result(self, status: Status, placed: tuple[Placed, ...]) -> Result:
        """Verify the plan once more and gather what became of each audit."""
        problem, seconds = self.problem, time.monotonic() - self.began
        plan = problem.plan_of(placed)
        verdict = verify(problem, plan)
        if not verdict.ok or verdict.cost != self.cost or (self.bound is not None and verdict.cost < self.bound):
            raise EngineError(
                f"the engine {self.engine} claims cost {self.cost} and bound {self.bound}; verify finds {verdict}"
            )
        return Result(
            status,
            plan,
            verdict.cost,
            self.bound,
            seconds,
            self.engine,
            **fates(problem, [p.audit for p in placed]),
            terms=verdict.terms,
            greedy_cost=self.greedy_cost,
            served_at_most=self.served_at_most,
            interrupted=self.stop.interrupted,
            trace=tuple(self.trace),
            problem=problem,
        )
