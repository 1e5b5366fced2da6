"""The compiled kernels against naive oracles: cheapest bookings, boards, prices of slots and caps, random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import naive_cheapest
import numpy as np
import pytest
from numba import config, njit
from test_placement import half_booked

import auditmatch as am
from auditmatch.cheapest import booking_cost, cheapest
from auditmatch.kernel import seek
from auditmatch.kernel.board import NONE
from auditmatch.kernel.flat import NEVER, SCALE
from auditmatch.kernel.tolls import Prices, no_prices, shares
from auditmatch.kernel.trail import draw, trail_for
from auditmatch.kernel.work import SIZE
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem

Count = Callable[[int, int], int]
# Points, in fractions, that no booking of a tiny problem costs, and sums of which stay below NEVER.
DEAR = 2**40


@pytest.fixture
def few(count: Count) -> Count:
    """As `count`, but a tenth of the short number where kernels run uncompiled, as `.ci/run` has it once."""
    return lambda full, short: max(short // 10, 2) if config.DISABLE_JIT else count(full, short)


@cache
def sampled(auditors: int, audits: int, seed: int) -> Problem:
    register = am.sample(auditors=auditors, audits=audits, load=0.85, seed=seed)
    report = am.sample.load_report(register)
    return Problem(register, report.start, report.end)


def equals_the_oracle(state: State, audit: int, alone: bool) -> tuple[int, Placed] | None:
    """Return the kernel's answer after comparing it with the oracle's; of equal bookings each may name another."""
    found, naive = cheapest(state, audit, alone=alone), naive_cheapest.cheapest(state, audit, alone=alone)
    if naive is None or found is None:
        assert found is naive, f"kernel {found}, oracle {naive}"
        return None
    assert found[0] == naive[0] == booking_cost(state, found[1]), f"kernel {found}, oracle {naive}"
    assert state.fits(found[1], alone=alone)
    assert found[1].halves == state.lowered.halves(found[1].start, found[1].length)
    # A limit cuts the search short, and must not cut off what costs less than it.
    desk, points = state.desk, found[0] * SCALE
    for limit in (points + 1, points):
        least = seek.cheapest(desk.flat, desk.board, desk.work, desk.none, audit, True, alone, limit)
        assert least == points
        assert (desk.work.found[SIZE] > 0) == (points < limit)
    return found


def test_the_cheapest_booking_of_the_kernel_costs_what_the_oracle_finds_and_fits(few: Count) -> None:
    none = some = dear = lonely = 0
    for _, state, free in half_booked(range(3000, 3000 + few(2000, 150))):
        for a in free:
            found, alone = (equals_the_oracle(state, a, alone) for alone in (False, True))
            none += found is None
            some += found is not None
            dear += found is not None and found[0] > 0
            lonely += found is None and alone is not None
    assert min(none, some, dear) >= few(300, 20)
    assert lonely >= few(20, 1) - 2  # audits that lack nothing but one they need


def test_the_kernel_and_the_oracle_agree_where_people_fill_more_than_one_word_of_bits(few: Count) -> None:
    problem = sampled(70, 90, 4)
    assert problem.flat.ever.shape[1] == 2  # words of 64 people each
    state, some = problem.state(), 0
    for n, a in enumerate(np.random.default_rng(4).permutation(problem.audits).tolist()[: few(90, 90)]):
        found = equals_the_oracle(state, a, alone=bool(n % 2))
        if found is not None and n % 3 < 2 and state.fits(found[1]):
            state.add(found[1])
            some += 1
    assert some >= few(40, 40)


def walked(problem: Problem, seed: int, moves: int) -> State:
    """Return a state after random bookings were added at their cheapest and taken out again."""
    rng, state = np.random.default_rng(seed), problem.state()
    for _ in range(moves):
        a = int(rng.choice(problem.audits))
        if a in state.booked:
            state.remove(a)
        elif (found := cheapest(state, a)) is not None:
            state.add(found[1])
    return state


def contents(state: State) -> dict[str, object]:
    """Return what a board says, but for what means nothing and for the order of `held`."""
    board = state.desk.board
    booked = np.flatnonzero(board.book["start"] != NONE).tolist()
    return {
        **{name: getattr(board, name).tolist() for name in ("base", "run", "used", "touched")},
        "person": board.person.tolist(),
        "held": [set(board.held[i, :n].tolist()) for i, n in enumerate(board.person["holds"].tolist())],
        "book": {a: board.book[a].tolist() for a in booked},
        "seats": {
            a: list(zip(*(part[a, : board.book[a].people].tolist() for part in (board.team, board.seat)), strict=True))
            for a in booked
        },
    }


def walks(few: Count) -> Iterator[State]:
    """Yield states after a random walk: tiny problems with all rules, and samples in which days are full."""
    for seed, (brute, _, _) in enumerate(half_booked(range(6000, 6000 + few(500, 60)))):
        if len(brute.problem.audits):
            yield walked(brute.problem, seed, 15)
    for seed in range(few(20, 3)):
        yield walked(sampled(10, 50, 1), seed, 20 if config.DISABLE_JIT else 200)


def test_the_kernels_board_after_adds_and_removes_is_the_board_of_what_is_left(few: Count) -> None:
    booked = gone = 0
    for state in walks(few):
        fresh = State(state.lowered, state.costs, state.flat, state.facts)
        facts = {placed.audit for placed in state.facts}
        for a in sorted(state.booked.keys() - facts, reverse=True):
            fresh.add(state.booked[a])
        assert contents(state) == contents(fresh)
        booked += len(state.booked) - len(facts)
        gone += len(state.booked) < len(state.flat.audit) - 1
    assert min(booked, gone) >= few(400, 40) - 2


def test_the_kernels_board_says_what_the_state_says(few: Count) -> None:
    """Free slots, loads, and the sums over people of what caps count."""
    touched = used = 0
    for state in walks(few):
        board, zero = state.desk.board, state.desk.zero
        slots = len(state.flat.slot)
        assert ((board.run[:, :slots] == 0) == state.taken[:, zero : zero + slots]).all()
        assert board.person["load"].tolist() == state.load.tolist()
        kinds = range(len(state.used)), range(len(state.keys))
        assert [board.used[state.flat.cap["cap_kind"][: len(board.used)] == n].sum() for n in kinds[0]] == [
            int(part.sum()) for part in state.used
        ]
        assert [board.touched[state.flat.key["key_kind"][: len(board.touched)] == n].sum() for n in kinds[1]] == [
            sum(len(+counted) for counted in state.keys[n].values()) for n in kinds[1]
        ]
        used, touched = used + int(board.used.sum() > 0), touched + int(board.touched.sum() > 0)
    assert min(used, touched) >= 1


def priced(state: State, audit: int, prices: Prices) -> int:
    """Return the least cost in fractions of a point that the kernel finds at prices, NEVER without a booking."""
    desk = state.desk
    points = int(seek.cheapest(desk.flat, desk.board, desk.work, prices, audit, True, False, NEVER))
    assert (desk.work.found[SIZE] == 0) == (points == NEVER)
    return points


def toll(state: State, placed: Placed, price: np.ndarray, cap: np.ndarray) -> int:
    """Return what a booking pays: `price` of each slot and person, `cap` of each whole slot under a cap."""
    rows = [(int(i), n, r) for n, shape in enumerate(state.lowered.slot_caps) for r, i in enumerate(shape.auditors)]
    points, zero = 0, state.desk.zero
    for i, _ in placed.team:
        points += int(price[i, placed.start - zero : placed.end + 1 - zero].sum())
        for k, (who, n, r) in enumerate(sorted(rows, key=lambda row: row[0])):
            shape = state.lowered.slot_caps[n]
            inside = sum(shape.first[r] <= t <= shape.last[r] for t in range(placed.start, placed.end + 1))
            points += int(cap[k]) * int(inside * shape.weight[placed.audit]) // 100 if who == i else 0
    return points


def prices_of(state: State, price: np.ndarray, cap: np.ndarray) -> Prices:
    price = price.reshape(len(price), -1, price.shape[-1])
    summed = np.zeros((*price.shape[:2], price.shape[2] + 1), dtype=np.int64)
    np.cumsum(price, axis=2, out=summed[:, :, 1:])
    audits = np.arange(len(state.flat.audit) - 1)
    return Prices(summed, cap, np.zeros(len(state.flat.key), dtype=np.int64), shares(state.flat, audits))


def test_the_kernel_accepts_the_bookings_that_fit_and_no_others(few: Count) -> None:
    """Each time a price that nobody can pay lies on all slots of all people but those of one booking.

    What the kernel finds for less lies inside that booking; it must be the cheapest of those inside that `State.fits`
    accepts, and it must find nothing where none fits. So every booking that fits and holds no smaller one is accepted,
    every one that does not fit and holds none is refused, and among people's roles and shorter stays the cheapest is
    right. Bookings are all that the checks of the base rules allow, which `Brute` lists without the kernel.
    """
    yes = no = 0
    for seed, (brute, state, free) in enumerate(half_booked(range(9000, 9000 + few(1000, 60)))):
        rng, slots, zero = np.random.default_rng(seed), len(state.flat.slot), state.desk.zero
        for a in free:
            every = brute.bookings[a]
            fitting = [p for p in every if state.fits(p)]
            for k in rng.permutation(len(every))[:12].tolist():
                mask = np.full((len(state.flat.steps), slots), DEAR)
                mask[list(every[k].people), every[k].start - zero : every[k].end + 1 - zero] = 0
                inside = [p for p in fitting if p.people <= every[k].people and toll(state, p, mask, NOTHING) == 0]
                least = min((booking_cost(state, p) * SCALE for p in inside), default=None)
                found = priced(state, a, no_prices(state.flat)._replace(slot=prices_of(state, mask, NOTHING).slot))
                assert (found if found < DEAR else None) == least, f"{brute.problem.scene.audit_id(a)}: {every[k]}"
                yes, no = yes + bool(inside), no + (not inside)
    assert min(yes, no) >= few(1000, 100)


NOTHING = np.zeros(100, dtype=np.int64)


def test_the_kernel_finds_the_cheapest_booking_at_random_prices_of_slots_and_caps(few: Count) -> None:
    some = other = 0
    for seed, (brute, state, free) in enumerate(half_booked(range(12000, 12000 + few(1000, 90)))):
        rng = np.random.default_rng(seed)
        price = rng.integers(0, 60 * SCALE, size=(len(state.flat.steps), len(state.flat.slot)))
        cap = rng.integers(0, 60 * SCALE, size=len(state.flat.cap)) * rng.integers(0, 2)
        for a in free:
            fitting = [p for p in brute.bookings[a] if state.fits(p)]
            costs = [booking_cost(state, p) * SCALE for p in fitting]
            total = [c + toll(state, p, price, cap) for c, p in zip(costs, fitting, strict=True)]
            assert priced(state, a, prices_of(state, price, cap)) == min(total, default=NEVER)
            some += len(fitting) > 1
            other += len(fitting) > 1 and costs[int(np.argmin(total))] > min(costs)
    assert min(some, other) >= few(100, 10)


@njit
def drawn(trail: object, below: int, found: np.ndarray) -> None:
    for k in range(len(found)):
        found[k] = draw(trail, below)


def test_random_numbers_of_the_kernel_stay_below_their_limit_and_reach_every_value() -> None:
    problem, number = sampled(10, 50, 1), 2_000
    for seed in range(3):
        trail = trail_for(problem.state().desk.board, problem.audits, 0, seed)
        for below in (1, 2, 7, 13):
            found = np.zeros(number, dtype=np.int64)
            drawn(trail, below, found)
            times = np.bincount(found, minlength=below)
            assert len(times) == below
            # Each is hit number / below times, give or take six standard deviations.
            assert (abs(times - number / below) <= 6 * np.sqrt(number / below)).all()
        assert trail.random[0] != 0


def test_equal_seeds_draw_equal_numbers_in_the_kernel_and_others_do_not() -> None:
    board, audits = sampled(10, 50, 1).state().desk.board, sampled(10, 50, 1).audits
    rows = []
    for seed in (5, 5, 6):
        found = np.zeros(20, dtype=np.int64)
        drawn(trail_for(board, audits, 0, seed), 1_000, found)
        rows.append(found.tolist())
    assert rows[0] == rows[1] != rows[2]
