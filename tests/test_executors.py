"""Any executor: equal plans, valid bounds, and a plan whatever happens to its workers."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brute import Brute
from mixed import mixed_case

import auditmatch as am
from auditmatch.engines import auto, crew, errands, parcels, run
from auditmatch.engines.greedy import greedy
from auditmatch.engines.merge import Change, Regions
from auditmatch.engines.points import points_of
from auditmatch.engines.prices import Dual, step_at
from auditmatch.engines.regions import families, split
from auditmatch.engines.standing import Standing, boards, standing_on
from auditmatch.errors import ArgumentError, EngineError
from auditmatch.problem import Problem
from auditmatch.result import Budget, Result, Step

Count = Callable[[int, int], int]
JIT = os.environ.get("NUMBA_DISABLE_JIT") != "1"


class Inline(Executor):
    """Does each task when it is handed over; notes its question and how long the answer is."""

    def __init__(self) -> None:
        self.log: list[tuple[str, int, int, bool]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        reply: Future[Any] = Future()
        found = fn(*args, **kwargs)
        _, kind, parts, parcel = args
        self.log.append((kind, sum(map(len, parts)), len(found or b""), parcel is not None))
        reply.set_result(found)
        return reply


class Failing(Inline):
    """Fails at tasks: `how` gets the number of the task and raises, or does not."""

    def __init__(self, how: Callable[[int], None]) -> None:
        super().__init__()
        self.how, self.asked = how, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += 1
        try:
            self.how(self.asked)
        except ZeroDivisionError as error:
            reply: Future[Any] = Future()
            reply.set_exception(error)
            return reply
        return super().submit(fn, *args, **kwargs)


@pytest.fixture(autouse=True)
def everything_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send rounds of small problems out as well."""
    monkeypatch.setattr(crew, "SMALL", 0)


@pytest.fixture(scope="module")
def problem() -> Problem:
    """Return sixty audits for twelve people."""
    register = am.sample(auditors=12, audits=60, load=0.85, seed=1)
    made = Problem(register, *am.sample.sample_horizon(register))
    assert run.whole_size(made) > run.SMALL_WHOLE
    return made


@pytest.fixture(scope="module")
def processes() -> Iterator[am.Processes]:
    """Return two processes that live as long as this module's tests."""
    with am.Processes(workers=2) as pool:
        yield pool


BUDGET = Budget(work=20, seed=3)


@pytest.fixture(scope="module")
def expected(problem: Problem) -> Result:
    """Return the result of an executor that works at once, in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "SMALL", 0)
        return am.solve(problem, BUDGET, executor=Inline())


def same(one: Result, other: Result) -> bool:
    """Tell whether two results are equal but for time."""
    return (one.plan, one.cost, one.bound, one.served_at_most) == (
        other.plan,
        other.cost,
        other.bound,
        other.served_at_most,
    )


def holds(problem: Problem, result: Result) -> None:
    """Check all that a result says of itself."""
    verdict = am.verify(problem, result.plan)
    assert verdict.ok
    assert verdict.cost == result.cost
    assert result.bound <= result.cost <= result.greedy_cost


def test_any_executor_gives_a_verified_plan_not_above_greedy(problem: Problem, expected: Result) -> None:
    holds(problem, expected)
    assert expected.cost < expected.greedy_cost
    assert {"prices", "search", "greedy"} <= {step.engine for step in expected.trace}
    alone = am.solve(problem, BUDGET)
    assert (alone.bound, alone.served_at_most) == (expected.bound, expected.served_at_most)


def test_rounds_of_a_crew_prove_what_rounds_of_a_dual_prove(problem: Problem, expected: Result) -> None:
    # Each audit picks by itself, and what it picked last travels along, so who lets it pick changes nothing.
    dual = Dual(problem.flat, problem.state().desk.board, problem.audits)
    other, workers = Dual(problem.flat, problem.state().desk.board, problem.audits), crew_of(problem)
    for n in range(6):
        if n == 3:
            dual.widen()
            other.widen()
        assert dual.round(step_at(n / 6)) == other.round(step_at(n / 6), picked=workers.picked(False))
        assert all((one == two).all() for one, two in zip(dual.prices, other.prices, strict=True))


def test_the_plan_is_the_same_whichever_executor_works(
    problem: Problem, expected: Result, processes: am.Processes
) -> None:
    with ThreadPoolExecutor(2) as threads:
        assert same(am.solve(problem, BUDGET, executor=threads), expected)
    assert same(am.solve(problem, BUDGET, executor=processes), expected)
    assert same(am.solve(problem, BUDGET, executor=processes), expected)


def test_small_rounds_stay_at_home_and_the_plan_is_the_same_again(
    problem: Problem, expected: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "SMALL", 1000)
    spy = Inline()
    assert same(am.solve(problem, BUDGET, executor=spy), expected)
    assert {kind for kind, *_ in spy.log} == {"search"}


def test_work_is_cut_into_as_many_tasks_as_asked(problem: Problem) -> None:
    for tasks in (1, 3):
        errands._held.clear()
        spy = Inline()
        holds(problem, am.solve(problem, Budget(work=4), executor=spy, tasks=tasks))
        told = [line for line in spy.log if line[2] == 0]
        assert len(told) == tasks  # the first round: nobody knows the case, all are told it
        assert [line[3] for line in spy.log[: 2 * tasks]] == [False] * tasks + [True] * tasks
        assert not any(line[3] for line in spy.log[2 * tasks :])
        assert crew_of(problem).token in errands._held  # the next run of the same problem need not tell it
    assert (crew.tasks_for(60), crew.tasks_for(10_000), crew.tasks_for(10**6)) == (2, 10, 64)


def test_bounds_are_below_the_best_of_all_plans_of_tiny_problems(count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SMALL_WHOLE", 0)  # so that CP-SAT is not asked
    proved = best_found = 0
    for seed in range(60_000, 60_000 + count(200, 8)):
        case = mixed_case(np.random.default_rng(seed))
        tiny = Problem(case.register(), case.start, case.end)
        best = Brute(tiny).best()
        if best.plan is None or not len(tiny.audits):
            continue  # pins that clash are set apart, so that the problem is another one
        result = am.solve(tiny, Budget(work=20, seed=1), executor=Inline())
        holds(tiny, result)
        assert result.bound <= best.cost <= result.cost
        proved += 1
        best_found += result.cost == best.cost
    assert proved >= count(100, 4)
    assert best_found > proved / 2


def pids(pool: am.Processes) -> list[int]:
    """Return the processes that live in a pool."""
    return list(pool._pool._processes or ())


class Killer:
    """Kills a process at the first improvement by the search, and notes it."""

    def __init__(self, victims: Callable[[], list[int]]) -> None:
        self.victims, self.killed = victims, 0

    def __call__(self, step: Step) -> None:
        if step.engine == "search" and not self.killed:
            self.killed = self.victims()[0]
            os.kill(self.killed, signal.SIGKILL)


def test_a_killed_process_is_replaced_and_the_plan_is_the_same(problem: Problem, expected: Result) -> None:
    with am.Processes(workers=2) as pool:
        killer = Killer(lambda: pids(pool))
        result = am.solve(problem, BUDGET, executor=pool, on_progress=killer)
        assert killer.killed
        assert pool.remade == 1
        assert killer.killed not in pids(pool)
    assert same(result, expected)


def test_a_task_that_kills_every_process_is_given_up() -> None:
    with am.Processes(workers=1) as pool:
        doomed = pool.submit(os._exit, 1)
        with pytest.raises(BrokenProcessPool):
            doomed.result()
        assert pool.remade == 3  # it was tried again three times
        assert pool.submit(abs, -7).result() == 7
        assert pool.remade == 4
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
    with pytest.raises(ArgumentError, match="workers=0"):
        am.Processes(workers=0)


def test_a_pool_that_broke_too_often_says_so(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditmatch.engines.processes.MOST_REMADE", 0)
    with am.Processes(workers=1) as pool:
        with pytest.raises(BrokenProcessPool):
            pool.submit(os._exit, 1).result()
        with pytest.raises(BrokenProcessPool):
            pool.submit(abs, -7)
        holds(problem, am.solve(problem, Budget(work=4), executor=pool))  # by threads


def compiled_anew(_: int) -> list[str]:
    """Return the kernels that this process compiled though they lie on disk, and those compiled for two kinds."""
    from auditmatch.kernel.rounds import pick_round
    from auditmatch.kernel.search import search

    missed = [k.__name__ for k in (pick_round, search) if k.stats.cache_misses]
    return missed + [k.__name__ for k in (pick_round, search) if len(k.signatures) > 1]


@pytest.mark.skipif(not JIT, reason="kernels are plain Python")
def test_processes_read_kernels_from_disk(problem: Problem, expected: Result, processes: am.Processes) -> None:
    am.solve(problem, BUDGET, executor=processes)
    assert list(processes.map(compiled_anew, range(4))) == [[]] * 4


def raising(number: int) -> None:
    """Fail at every third task."""
    if number % 3 == 0:
        raise ZeroDivisionError


def broken(number: int) -> None:
    """Be broken from the tenth task on."""
    if number >= 10:
        raise BrokenExecutor("all workers are gone")


def hopeless(number: int) -> None:
    raise ZeroDivisionError


def closed(number: int) -> None:
    raise RuntimeError("cannot schedule new futures after shutdown")


@pytest.mark.parametrize("how", [raising, broken, hopeless, closed])
def test_an_executor_that_fails_does_not_change_the_plan(
    problem: Problem, expected: Result, how: Callable[[int], None]
) -> None:
    failing = Failing(how)
    assert same(am.solve(problem, BUDGET, executor=failing), expected)
    # Once it is broken for good nobody asks it any more.
    assert how is raising or failing.asked <= crew.FAILURES + 2


class Silent(Executor):
    """Takes tasks and never answers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return Future()


def test_an_executor_that_never_answers_is_done_without(
    problem: Problem, expected: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "PATIENCE", 0.0)
    monkeypatch.setattr(crew, "LOOK", 0.001)
    assert same(am.solve(problem, BUDGET, executor=Silent()), expected)


def test_a_stop_does_not_wait_for_an_executor_that_never_answers(problem: Problem) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    result = am.solve(problem, Budget(seconds=600), executor=Silent(), stop=stop)
    holds(problem, result)
    holds(problem, am.solve(problem, Budget(seconds=0.5), executor=Silent()))


@pytest.mark.parametrize("after", [0.3, 0.9])
def test_ctrl_c_ends_a_run_on_processes_with_a_verified_plan(
    problem: Problem, processes: am.Processes, after: float
) -> None:
    threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT)).start()
    result = am.solve(problem, Budget(seconds=600, seed=1), executor=processes)
    holds(problem, result)
    assert result.interrupted


def test_time_and_a_gap_end_a_run_on_an_executor(problem: Problem, expected: Result) -> None:
    holds(problem, am.solve(problem, Budget(seconds=1.5, seed=1), executor=Inline()))
    close = am.solve(problem, Budget(work=10**6, seed=3, gap=2 * expected.gap), executor=Inline())
    holds(problem, close)
    assert close.gap <= 2 * expected.gap


def test_what_is_no_executor_is_refused(problem: Problem) -> None:
    with pytest.raises(ArgumentError, match=r"executor=2 cannot submit tasks\. Maybe"):
        am.solve(problem, BUDGET, executor=2)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="tasks=0 is below 1"):
        am.solve(problem, BUDGET, executor=Inline(), tasks=0)


def crew_of(problem: Problem, executor: Executor | None = None, tasks: int = 2) -> crew.Crew:
    """Return a crew that knows a problem."""
    dual = Dual(problem.flat, problem.state().desk.board, problem.audits)
    case = parcels.Case(dual.flat, dual.board, dual.audits, dual.share)
    return crew.Crew(executor or Inline(), case, tasks, lambda: False)


def test_a_worker_keeps_the_last_few_cases_and_refuses_those_of_another_version(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = crew_of(problem)
    question = (parcels.pack(*(np.zeros(shape, dtype=np.int64) for shape in ((12, 1, 5), 12, 0, 0))), b"")
    errands._held.clear()
    assert errands.answer(one.token, "round", question) is None
    for n in range(5):
        monkeypatch.setattr(am, "__version__", f"0.{n}")
        errands._case(parcels.token_of(one.parcel), one.parcel)
    assert len(errands._held) == errands.KEPT
    with pytest.raises(EngineError, match="another version"):
        errands._case(one.token, one.parcel)
    errands._held.clear()


def test_what_travels_comes_out_as_it_went_in(problem: Problem) -> None:
    case = crew_of(problem).case
    back = parcels.unpack_case(parcels.pack_case(case))
    for old, new in zip((*case.flat, *case.board), (*back.flat, *back.board), strict=True):
        assert np.array_equal(old, new)
        if isinstance(old, np.ndarray):
            # Numba compiles anew for another kind of array.
            assert type(old) is type(new)
            assert (old.dtype, old.flags.writeable) == (new.dtype, new.flags.writeable)
            assert (old.flags.aligned, old.flags.c_contiguous) == (new.flags.aligned, new.flags.c_contiguous)
    numbers = np.array([[0, -3], [70_000, 0]])
    at, counts = parcels.sparse(numbers)
    found, left, more = parcels.unpack(parcels.pack(numbers, at, 0.5))
    assert (found.tolist(), more) == (numbers.tolist(), 0.5)
    again = np.zeros_like(numbers)
    parcels.add_sparse(again, left, counts)
    assert again.tolist() == numbers.tolist()


def test_boards_that_workers_make_are_those_that_bookings_make_one_by_one(problem: Problem) -> None:
    placed, state = greedy(problem), problem.state()
    for booking in placed:
        state.add(booking)
    rows = np.array(problem.audits[::2])
    standing = standing_on(state.desk.board, problem.audits)
    everyone = np.arange(len(problem.flat.steps))
    board, bare = boards(problem.flat, problem.state().desk.board, standing, rows, everyone, 0, len(problem.flat.slot))
    rest = problem.state()
    for booking in placed:
        if booking.audit not in rows:
            rest.add(booking)
    for made, right in ((board, state.desk.board), (bare, rest.desk.board)):
        assert (made.run == right.run).all()
        assert (made.person == right.person).all()
        for i in everyone:
            holds_ = right.person["holds"][i]
            assert set(made.held[i, :holds_]) == set(right.held[i, :holds_])
        there = right.book["start"] >= 0
        for name in ("start", "length", "people", "low", "high"):
            assert (made.book[name][there] == right.book[name][there]).all()
        assert made.book["fact"][np.setdiff1d(problem.audits, rows)].all()
        assert not made.book["fact"][rows].any()
    assert (board.used == state.desk.board.used).all()
    assert (board.touched == state.desk.board.touched).all()


def test_regions_share_no_free_slot_and_keep_families_together(problem: Problem) -> None:
    flat, state = problem.flat, problem.state()
    for booking in greedy(problem):
        state.add(booking)
    facts, board, audits = problem.state().desk.board, state.desk.board, np.array(problem.audits)
    family = families(flat, audits)
    assert len(set(family.tolist())) < len(audits)  # some are linked
    standing: Standing = standing_on(board, audits)
    splits = [split(flat, board, audits, family, 4, (1, epoch)) for epoch in range(6)]
    for regions in splits:
        assert sorted(np.concatenate([r.audits for r in regions]).tolist()) == sorted(audits.tolist())
        owners = {a: k for k, r in enumerate(regions) for a in r.audits.tolist()}
        for a, b in zip(audits.tolist(), family.tolist(), strict=True):
            assert {owners[x] for x, y in zip(audits.tolist(), family.tolist(), strict=True) if y == b} == {owners[a]}
        free = [boards(flat, facts, standing, *region)[0].run[:, :-1] > 0 for region in regions]
        assert (np.sum(free, axis=0) <= 1).all()
    assert len({tuple(r.audits.tolist()) for regions in splits for r in regions}) > 15  # cut anew each time


def test_changes_that_clash_are_placed_again(problem: Problem) -> None:
    # Both regions book the same people on the same days: the second finds another place or stays out.
    plan = greedy(problem)
    cost = points_of(problem, plan)
    regions = Regions(problem, (), points_of(problem, ()), 1, crew_of(problem))
    unlinked = [p for p in plan if p.audit not in regions.linked]
    first = unlinked[0]
    other = next(p for p in unlinked[1:] if not p.people & first.people)
    doubled = am.placement.Placed(other.audit, first.start, first.length, first.team, first.halves)
    changes = [Change([first.audit], [first]), Change([other.audit], [doubled])]
    regions._merge(changes)
    assert regions.cost == points_of(problem, regions.best())
    assert regions.state.booked[first.audit] == first
    assert regions.state.booked.get(other.audit) != doubled
    assert am.verify(problem, problem.plan_of(regions.best())).ok
    before = regions.best()
    regions._merge([Change([first.audit], [])])  # dearer: it stands, and the best is kept
    assert first.audit not in regions.state.booked
    assert (regions.best(), regions.cost) == (before, points_of(problem, before))
    assert cost == sum(am.verify(problem, problem.plan_of(plan)).terms.values())


def test_what_travels_is_as_small_as_the_pages_say(problem: Problem) -> None:
    spy = Inline()
    one = crew_of(problem, spy)
    raw = len(pickle.dumps(one.case, protocol=5))
    assert len(one.parcel) < raw / 4
    assert len(one.parcel) < 60_000
    am.solve(problem, BUDGET, executor=spy)
    known = [line for line in spy.log if line[2] > 0]
    for kind, most_out, most_back in (("round", 15_000, 2_000), ("search", 15_000, 2_000)):
        lines = [line for line in known if line[0] == kind]
        assert lines
        assert max(out for _, out, _, _ in lines) < most_out
        assert max(back for _, _, back, _ in lines) < most_back


def test_the_library_never_imports_dask() -> None:
    for module in (auto, crew, errands, parcels):
        assert "import distributed" not in Path(str(module.__file__)).read_text(encoding="utf-8")


def test_a_cluster_of_dask_that_loses_a_worker_gives_the_same_plan(problem: Problem, expected: Result) -> None:
    distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor(pure=False)
        killer = Killer(lambda: list(client.run(os.getpid).values()))
        result = am.solve(problem, BUDGET, executor=executor, on_progress=killer)
        assert killer.killed
    assert same(result, expected)
    assert "distributed" in sys.modules
