"""The price bound, the search and greedy against brute force: plans are legal, costs and bounds are true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from brute import Brute
from mixed import mixed_case
from numba import config

import auditmatch as am
from auditmatch.engines.greedy import greedy
from auditmatch.engines.prices import SERVICE_BASE, Dual, alone, service_alone, step_at
from auditmatch.engines.steps import Search
from auditmatch.kernel.chains import blocks_of, chains_for, sell
from auditmatch.kernel.tolls import Prices
from auditmatch.placement import Placed
from auditmatch.problem import Problem

Count = Callable[[int, int], int]
ROUNDS = 30


@pytest.fixture
def few(count: Count) -> Count:
    """As `count`, but a tenth of the short number where kernels run uncompiled, as `.ci/run` has it once."""
    return lambda full, short: max(short // 10, 2) if config.DISABLE_JIT else count(full, short)


def problems(first: int, number: int) -> Iterator[Problem]:
    for seed in range(first, first + number):
        case = mixed_case(np.random.default_rng(seed))
        yield Problem(case.register(), case.start, case.end)


def learnt(problem: Problem, rounds: int = ROUNDS) -> Dual:
    """Return prices after some rounds, having looked at each round's bound."""
    dual = Dual(problem.flat, problem.state().desk.board, problem.audits)
    for n in range(rounds):
        if 2 * n == rounds:
            dual.widen()
        before, value = dual.bound, dual.round(step_at(n / rounds))
        assert value is not None
        assert dual.bound == (value if before is None else max(before, value))
    return dual


def test_no_price_bound_of_the_kernel_is_above_the_best_of_all_plans_and_learning_helps(few: Count) -> None:
    higher = tight = 0
    for problem in problems(20_000, few(2000, 60)):
        best, dual = Brute(problem).best(), learnt(problem)
        assert dual.bound is not None
        assert dual.bound >= alone(problem)
        higher += dual.bound > alone(problem)
        if best.cost is not None:
            assert dual.bound <= best.cost, f"bound {dual.bound} above {best}"
            tight += dual.bound == best.cost
    assert higher >= few(200, 6)
    assert tight >= few(50, 1) - 1


def naive_chain(problem: Problem, person: int, price: np.ndarray) -> int:
    """Return the most that one person can sell: all chains of bookings' dates and sites, one after another.

    Sites where nothing is worth anything are passed by: a booking without a place would shorten a road for nothing.
    """
    lowered, flat, board = problem.lowered, problem.flat, problem.state().desk.board
    zero, sites = problem.scene.first_slot, price.shape[1]
    blocks = {
        (int(flat.audit["site"][a]) if sites > 1 else 0, start, length)
        for a in problem.audits.tolist()
        for _, length, _ in lowered.modes.get(a, ())
        for start in range(len(flat.slot))
        if price[person, int(flat.audit["site"][a]) if sites > 1 else 0].any()
        if any(length == f.length and start + zero in f.starts for f in lowered.options(a).forms)
    }

    def best(after: int, site: int) -> int:
        most = 0
        for at, start, length in blocks:
            begin, finish = lowered.halves(start + zero, length)
            road = max(0, int(lowered.site_need[0][site][at])) if sites > 1 and site >= 0 else 0
            if begin >= after + road and not board.base[person, start : start + length].any():
                most = max(most, int(price[person, at, start : start + length].sum()) + best(finish, at))
        return most

    return best(-(10**6), -1)


def test_no_chain_sells_more_than_the_kernels_and_what_it_sells_is_worth_what_it_says(few: Count) -> None:
    roads = 0
    for seed, problem in enumerate(problems(24_000, few(300, 30))):
        flat, board, rng = problem.flat, problem.state().desk.board, np.random.default_rng(seed)
        values = []
        for sites in {1, max(flat.need.shape[1], 1)}:
            blocks, chains = blocks_of(flat, problem.audits, sites), chains_for(len(flat.slot), sites)
            shape = (len(flat.steps), sites, len(flat.slot))
            price = rng.integers(0, 60, size=shape) * (rng.random(shape) < 0.3)
            sold, before = np.zeros_like(price), np.zeros((*shape[:2], shape[2] + 1), dtype=np.int64)
            np.cumsum(price, axis=2, out=before[:, :, 1:])
            values.append(sell(board, blocks, chains, before, sold))
            assert values[-1] == sum(naive_chain(problem, i, price) for i in range(shape[0]))
            assert values[-1] == (price * sold).sum()
            assert sold.sum(axis=1).max(initial=0) <= 1
            roads += sites > 1 and values[-1] < price.max(axis=1, initial=0).sum()
    assert roads >= few(100, 8) - 2


def test_at_prices_of_zero_the_kernels_bound_is_the_sum_of_what_each_audit_costs_alone(few: Count) -> None:
    """Costs are those of the naive goals; a pinned audit may not be left out, however dear."""
    for problem in problems(23_000, few(1000, 60)):
        brute, state, total = Brute(problem), problem.state(), 0
        for a in problem.audits.tolist():
            costs = [brute.points[p] for p in brute.bookings[a] if state.fits(p, alone=True)]
            out = [] if problem.lowered.must[a] else [int(problem.costs.penalty[a])]
            total += min(costs + out)
        assert alone(problem) == total


def most_served(brute: Brute) -> int | None:
    """Return the greatest number of audits that a legal plan serves; None where no plan is legal."""

    def plans(audits: tuple[int, ...], standing: tuple[Placed, ...]) -> Iterator[tuple[Placed, ...]]:
        if not audits:
            yield standing
            return
        for placed in brute.bookings[audits[0]]:
            if not any(brute.refused(frozenset([placed, other])) for other in (placed, *standing)):
                yield from plans(audits[1:], (*standing, placed))

    audits = brute.problem.audits.tolist()
    for number in range(len(audits), -1, -1):
        if any(brute.legal(plan) for some in combinations(audits, number) for plan in plans(some, ())):
            return number
    return None


def test_no_plan_serves_more_audits_than_the_kernels_bound_on_them_says(few: Count) -> None:
    proved = short = 0
    for problem in problems(26_000, few(2000, 60)):
        flat = service_alone(problem.flat)
        dual = Dual(flat, problem.state().desk.board, problem.audits, SERVICE_BASE)
        for n in range(ROUNDS):
            dual.round(step_at(n / ROUNDS))
        assert dual.bound is not None
        at_most, served = len(problem.audits) - dual.bound, most_served(Brute(problem))
        assert 0 <= dual.bound <= len(problem.audits)
        if served is not None:
            assert served <= at_most
            proved += served == at_most
            short += at_most < len(problem.audits)
    assert proved >= few(500, 20) - 2
    assert short >= few(50, 2) - 2


def started(problem: Problem) -> tuple[tuple[Placed, ...], int] | None:
    """Return a greedy plan and its cost; None where pins clash and it is not legal."""
    start = greedy(problem)
    verdict = am.verify(problem, problem.plan_of(start))
    return (start, verdict.cost) if verdict.ok else None


def searched(problem: Problem, start: tuple[Placed, ...], cost: int, seed: int, chunks: tuple[int, ...]) -> Search:
    """Return a search after some steps, steered by prices, its heat as in the middle of a run."""
    search, prices = Search(problem, start, cost, seed), steered(problem)
    for steps in chunks:
        search.run(steps, prices, 0.5)
    return search


def steered(problem: Problem) -> Prices:
    return learnt(problem, 5).steering()


def test_the_best_plan_of_the_kernels_search_verifies_at_the_cost_it_says(few: Count) -> None:
    better = best = 0
    for seed, problem in enumerate(problems(30_000, few(1000, 60) // (3 if config.DISABLE_JIT else 1))):
        given = started(problem)
        if given is None or not len(problem.audits):
            continue
        search = searched(problem, *given, seed, (300,))
        verdict = am.verify(problem, problem.plan_of(search.best()))
        assert verdict.ok, f"{verdict}"
        assert verdict.cost == search.cost <= given[1]
        better += search.cost < given[1]
        found = Brute(problem).best().cost
        assert found is not None
        assert search.cost >= found
        best += search.cost == found
    assert better >= few(100, 5) - 2
    assert best >= few(700, 40) - 2


def test_equal_seeds_give_equal_plans_in_the_kernels_search_however_the_steps_are_cut(few: Count) -> None:
    for seed, problem in enumerate(problems(33_000, few(500, 20))):
        given = started(problem)
        if given is None or not len(problem.audits):
            continue
        whole = searched(problem, *given, seed, (300,))
        for chunks in ((300,), (100, 100, 100), (1, 7, 292)):
            again = searched(problem, *given, seed, chunks)
            assert (again.cost, again.best()) == (whole.cost, whole.best()), f"cut into {chunks}"


def test_greedy_plans_of_the_kernel_verify_with_prices_and_without(few: Count) -> None:
    other = 0
    for problem in problems(36_000, few(1000, 60)):
        if started(problem) is None:
            continue
        plan = greedy(problem, (), lambda: False, steered(problem))
        verdict = am.verify(problem, problem.plan_of(plan))
        must = {a for a in problem.audits.tolist() if problem.lowered.must[a]}
        assert verdict.ok or not must <= {p.audit for p in plan}, f"{verdict}"
        other += plan != greedy(problem)
    assert other >= few(50, 3) - 1
