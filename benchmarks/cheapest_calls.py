"""Is `cheapest` right, and how fast is it?

Cases: on random boards of tiny problems with all rules mixed (tests/mixed.py) each audit that is not booked is asked
for in four ways, each one case, and every case lies on a board or at prices of its own:

- free, and alone where an audit needs another: the kernel's cost is that of the naive oracle
  (tests/naive_cheapest.py), is what its booking costs, and the booking fits; with a limit just above the cost it is
  found again, with the cost as the limit nothing is;
- prices: at random prices of slots and caps the kernel's cost is the least of all bookings that fit, each worked out;
- inside: as prices, but nobody can pay for a slot outside one booking, so that exactly what fits inside is accepted.

A tenth of all cases, of the first two kinds, lies on samples of 70 people, where sets of people fill two words.
Speed: calls a second and candidates touched a call, in price rounds and in the search. Exits with 1 on a difference.
Run: python benchmarks/cheapest_calls.py [--smoke] [--cases 100000] [--minutes 8] [--first 200000]
     [--sizes 1000x120,10000x600] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.cheapest import booking_cost
from auditmatch.engines.greedy import greedy
from auditmatch.engines.prices import Dual, step_at
from auditmatch.engines.steps import Search
from auditmatch.engines.warm import warm
from auditmatch.kernel.flat import NEVER, SCALE
from auditmatch.kernel.tolls import no_prices
from auditmatch.kernel.work import CALLS, TOUCHED
from auditmatch.placement import Placed, State
from auditmatch.sample import sample_horizon

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from mixed import mixed_case
from test_kernel import DEAR, NOTHING, equals_the_oracle, priced, prices_of, sampled, toll
from universe import Ground

Row = dict[str, Any]
KINDS = ("free", "alone", "prices", "inside")
# Boards tried for one problem; only different ones count.
BOARDS = 24
# Price rounds and search steps that are timed.
ROUNDS, STEPS = 10, 2_000


def boards(problem: am.Problem, bookings: dict[int, list[Placed]], rng: np.random.Generator) -> Iterator[State]:
    """Yield the empty board of a problem and different ones with some audits booked at random, legally."""
    seen: set[frozenset[Placed]] = set()
    for number in range(BOARDS):
        state = problem.state()
        for a in rng.permutation(problem.audits.tolist()).tolist()[: min(number, int(rng.integers(0, 4)))]:
            some = [p for p in bookings[a] if state.fits(p)]
            if some:
                state.add(some[int(rng.integers(len(some)))])
        board = frozenset(state.booked.values())
        if board not in seen:
            seen.add(board)
            yield state


def at_prices(state: State, audit: int, bookings: list[Placed], kind: str, rng: np.random.Generator) -> bool:
    """Compare the kernel at random prices with the least of all bookings that fit; return whether any does."""
    zero, shape = state.desk.zero, (len(state.flat.steps), len(state.flat.slot))
    fitting = [p for p in bookings if state.fits(p)]
    if kind == "inside":
        one = bookings[int(rng.integers(len(bookings)))]
        price = np.full(shape, DEAR)
        price[list(one.people), one.start - zero : one.end + 1 - zero] = 0
        fitting = [p for p in fitting if p.people <= one.people and toll(state, p, price, NOTHING) == 0]
        prices, cap = no_prices(state.flat)._replace(slot=prices_of(state, price, NOTHING).slot), NOTHING
    else:
        price = rng.integers(0, 60 * SCALE, size=shape)
        cap = rng.integers(0, 60 * SCALE, size=len(state.flat.cap)) * rng.integers(0, 2)
        prices = prices_of(state, price, cap)
    least = min((booking_cost(state, p) * SCALE + toll(state, p, price, cap) for p in fitting), default=NEVER)
    found = priced(state, audit, prices)
    if kind == "inside" and found >= DEAR:
        found = NEVER
    assert found == least, f"kernel {found}, least of all {least}"
    return bool(fitting)


def tiny_cases(seed: int) -> Iterator[tuple[str, bool, str]]:
    """Yield kind, whether anything fits, and what is wrong, of all cases of one tiny problem."""
    rng = np.random.default_rng(seed)
    case = mixed_case(rng, contended_share=0.1)
    problem = am.Problem(case.register(), case.start, case.end)
    ground = Ground(problem)
    bookings = {a: ground.legal_alone(a) for a in problem.scene.audits.tolist()}
    for state in boards(problem, bookings, rng):
        for a in problem.audits.tolist():
            if a not in state.booked:
                needs = any(x.required and x.second == a for x in problem.lowered.links_of.get(a, ()))
                for kind in KINDS:
                    if kind == "free" or (kind == "alone" and needs):
                        ask = partial(fits_as_oracle, state, a, kind == "alone")
                    elif kind != "alone" and bookings[a]:
                        ask = partial(at_prices, state, a, bookings[a], kind, rng)
                    else:
                        continue
                    yield kind, *told(ask, f"{kind}, seed {seed}, audit {problem.scene.audit_id(a)}", state)


def wide_cases(seed: int) -> Iterator[tuple[str, bool, str]]:
    """Yield the same of a sample of 70 people, each audit booked at its cheapest or not, after it was asked for."""
    rng, problem = np.random.default_rng(seed), sampled(70, 90, seed % 40)
    state = problem.state()
    for a in rng.permutation(problem.audits.tolist()).tolist():
        alone = bool(rng.integers(2))
        where = f"{KINDS[alone]}, sample of seed {seed % 40}, audit {problem.scene.audit_id(a)}"
        yield KINDS[alone], *told(partial(fits_as_oracle, state, a, alone), where, state)
        found = state.desk.cheapest(a, False)
        if found is not None and rng.random() < 0.7:
            start, length, team = found[1:]
            state.add(Placed(a, start, length, team, state.lowered.halves(start, length)))


def fits_as_oracle(state: State, audit: int, alone: bool) -> bool:
    """Compare the kernel with the oracle; return whether anything fits."""
    return equals_the_oracle(state, audit, alone) is not None


def told(ask: partial[bool], where: str, state: State) -> tuple[bool, str]:
    """Return an answer, and what is wrong with it."""
    try:
        return ask(), ""
    except AssertionError as wrong:
        return False, f"{where}, board {sorted(state.booked.items())}: {wrong}"


def compare(cases: int, minutes: float, first: int) -> Counter[str]:
    """Ask until there are so many cases or time is over; print and return the counts."""
    began, seed = time.perf_counter(), first
    asked: Counter[str] = Counter()
    fitting: Counter[str] = Counter()
    wrong = wide = problems = 0
    while sum(asked.values()) < cases and time.perf_counter() - began < 60 * minutes:
        from_wide = 10 * wide < sum(asked.values())
        for kind, fits, words in wide_cases(seed) if from_wide else tiny_cases(seed):
            if sum(asked.values()) < cases:
                asked[kind] += 1
                fitting[kind] += fits
                wide += from_wide
                wrong += bool(words)
                if words:
                    print(f"DIFFERENT: {words}", flush=True)
        seed, problems = seed + 1, problems + (not from_wide)
    print(f"{'kind':<8} {'cases':>9} {'with a booking':>15}")
    for kind in KINDS:
        print(f"{kind:<8} {asked[kind]:>9,} {fitting[kind]:>15,}")
    print(f"{'all':<8} {sum(asked.values()):>9,} {sum(fitting.values()):>15,}")
    print(
        f"{wrong} differences in {problems:,} tiny problems and {wide:,} cases of samples of 70 people, "
        f"{time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return asked + Counter(differences=wrong)


def speed(audits: int, auditors: int) -> list[Row]:
    """Print and return calls a second and candidates touched a call at one size, on one thread."""
    register = am.sample(auditors=auditors, audits=audits, load=0.85, seed=1)
    problem = am.Problem(register, *sample_horizon(register))
    warm(problem)
    dual = Dual(problem.flat, problem.state().desk.board, problem.audits)

    rows: list[Row] = []

    def row(name: str, works: list[np.ndarray], seconds: float) -> None:
        calls, touched = (sum(int(found[n]) for found in works) for n in (CALLS, TOUCHED))
        print(
            f"{f'{audits} x {auditors}':<14} {name:<22} {calls:>10,} {calls / seconds:>14,.0f} "
            f"{touched / max(calls, 1):>14.1f} {seconds:>8.2f}",
            flush=True,
        )
        size = f"{audits} x {auditors}"
        rows.append({"instance": size, "where": name, "calls": calls, "touched": touched, "seconds": seconds})
        for found in works:
            found[[CALLS, TOUCHED]] = 0

    works = [work.found for work in dual.works]
    for name, rounds in (("first price round", 1), (f"next {ROUNDS} rounds", ROUNDS)):
        began = time.perf_counter()
        for n in range(rounds):
            dual.round(step_at(n / rounds))
        row(name, works, time.perf_counter() - began)
    start = greedy(problem)
    cost = am.verify(problem, problem.plan_of(start)).cost
    search = Search(problem, start, cost, 1)
    began = time.perf_counter()
    search.run(STEPS, dual.steering(), 0.5)
    row(f"{STEPS:,} search steps", [search.desk.work.found], time.perf_counter() - began)
    return rows


def main() -> None:
    """Compare, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="500 cases and one tiny size")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=8.0, help="of comparing, at most")
    parser.add_argument("--first", type=int, default=200_000, help="seed of the first problem")
    parser.add_argument("--sizes", default="1000x120,10000x600", help="of the speed; empty: none")
    parser.add_argument("--json", type=Path, help="write the counts and speeds to this file")
    arguments = parser.parse_args()
    cases, sizes = (500, "12x6") if arguments.smoke else (arguments.cases, arguments.sizes)
    counts = compare(cases, arguments.minutes, arguments.first)
    print(f"{'instance':<14} {'where':<22} {'calls':>10} {'calls / s':>14} {'touched / call':>14} {'seconds':>8}")
    rows: list[Row] = []
    for size in filter(None, sizes.split(",")):
        audits, auditors = size.split("x")
        rows += speed(int(audits), int(auditors))
    if arguments.json:
        arguments.json.write_text(json.dumps({"cases": counts, "speed": rows}, indent=1))
    raise SystemExit(counts["differences"] > 0)


if __name__ == "__main__":
    main()
