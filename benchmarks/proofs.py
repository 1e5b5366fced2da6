"""How far is auto's plan from the best of all plans, and how far is its bound?

Sample bodies small enough that the optimum can be proved: by auto itself (its cost equals its bound), else by a
mixed-integer programme over whole bookings (columns.py), else by CP-SAT on the whole model, hinted with the best plan
known. CP-SAT runs slot by slot with its full linear relaxation on one worker: of what was tried that proves most.
Every optimum has passed `verify` at the cost that was proved. For each size and load, over the proved instances:

- optimal: how often auto's plan is an optimum;
- plan: (cost - optimum) / optimum, the part of auto's gap that a better plan would close;
- bound: (optimum - bound) / optimum, the part that only a better bound would close;
- could serve: auto's "no plan serves more than" less what is served in the optimum found.

`--search` shuts out CP-SAT from auto, which else settles the smallest instances by itself.
Run: python benchmarks/proofs.py [--smoke] [--sizes 10x4,12x5,15x6,20x8] [--loads 0.6,0.85,1.05] [--seeds 11]
     [--first 1] [--seconds 10] [--columns 60] [--cpsat 60] [--search] [--verbose] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

from columns import bookings, learnt, optimum

import auditmatch as am
from auditmatch.engines import run
from auditmatch.engines.exact import Limits, Tuning, solve_free
from auditmatch.placement import Placed
from auditmatch.sample import sample_horizon

TUNING = Tuning(timed=True, parameters=(("linearization_level", 2),))
ROUNDS = 1_500
Key = tuple[object, ...]
PROVERS = ("auto", "columns", "cp-sat", "nobody")


@dataclass(frozen=True)
class Proof:
    """One instance: auto's cost and bound, the least cost known, who proved it, and what is served."""

    size: str
    load: float
    seed: int
    cost: int
    bound: int
    best: int
    lower: int
    prover: str
    served: int
    at_most: int | None
    seconds: float

    @property
    def proved(self) -> bool:
        """Tell whether the least cost is the optimum."""
        return self.best == self.lower


def prove(
    audits: int, auditors: int, load: float, seed: int, limits: tuple[float, ...], search: bool, known: set[Key]
) -> Proof | None:
    """Plan one sample by auto and look for the proof; `limits` are the seconds of auto, columns and CP-SAT.

    None where the instance is `known`: horizons are whole weeks, so that two loads may give one instance.
    """
    register = am.sample(auditors=auditors, audits=audits, load=load, seed=seed)
    horizon = sample_horizon(register)
    if (audits, auditors, seed, *horizon) in known:
        return None
    known.add((audits, auditors, seed, *horizon))
    problem = am.Problem(register, *horizon)
    began = time.perf_counter()
    with mock.patch.object(run, "SMALL_WHOLE", 0) if search else nullcontext():
        result = am.solve(problem, am.Budget(seconds=limits[0], seed=seed))
    assert result.plan is not None
    assert result.cost is not None
    assert result.bound is not None
    best, lower, placed, prover = result.cost, result.bound, problem.place(result.plan), "auto"
    if lower < best and limits[1] > 0:
        dual = learnt(problem, ROUNDS)
        lower = max(lower, dual.bound or 0)
        if lower < best:
            prover, answer = "columns", optimum(problem, bookings(problem, dual, best), best, seconds=limits[1])
            placed, best, lower = answer.placed or placed, answer.cost, max(lower, answer.bound)
    if lower < best and limits[2] > 0:
        limit = Limits(seconds=limits[2], workers=1, seed=seed)
        found = solve_free(problem, problem.state(), problem.audits.tolist(), placed, limit, tune=TUNING)
        prover, lower = "cp-sat", max(lower, found.bound or 0)
        if found.placed is not None and found.cost is not None and found.cost < best:
            placed, best = found.placed, found.cost
    check(problem, placed, best, lower, f"{audits}x{auditors} load {load} seed {seed}")
    return Proof(
        f"{audits}x{auditors}",
        load,
        seed,
        result.cost,
        result.bound,
        best,
        lower,
        prover if lower == best else "nobody",
        len(placed),
        result.served_at_most,
        time.perf_counter() - began,
    )


def check(problem: am.Problem, placed: tuple[Placed, ...], best: int, lower: int, name: str) -> None:
    """Say where a plan is not legal, costs something else, or costs less than what was proved."""
    verdict = am.verify(problem, problem.plan_of(placed))
    if not verdict.ok or verdict.cost != best or lower > best:
        print(f"FAULT: {name}: claimed {best}, bound {lower}; {verdict}", flush=True)


def share(values: Iterable[float]) -> str:
    """Return mean, median and most in per cent."""
    some = [100 * value for value in values]
    return f"{statistics.mean(some):.2f} {statistics.median(some):.2f} {max(some):.2f}" if some else "-"


def show(name: str, proofs: list[Proof]) -> None:
    """Print one row."""
    known = [p for p in proofs if p.proved]
    by = " ".join(str(sum(p.prover == who for p in proofs)) for who in PROVERS)
    room = [p.at_most - p.served for p in known if p.at_most is not None]
    open_ = [(p.best - p.lower) / p.best for p in proofs if not p.proved]
    print(
        f"{name:<16} {len(proofs):>4} {len(known):>6} {by:>12} {sum(p.cost == p.best for p in known):>8} "
        f"{share((p.cost - p.best) / max(1, p.best) for p in known):>17} "
        f"{share((p.best - p.bound) / max(1, p.best) for p in known):>19} "
        f"{f'{statistics.mean(room):.2f} {max(room)} of {len(room)}' if room else '-':>16} {share(open_):>19} "
        f"{statistics.mean(p.seconds for p in proofs):>8.1f}",
        flush=True,
    )


def main() -> None:
    """Print a row for each size and load, and for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one tiny body, a second or two each")
    parser.add_argument("--sizes", default="10x4,12x5,15x6,20x8")
    parser.add_argument("--loads", default="0.6,0.85,1.05")
    parser.add_argument("--seeds", type=int, default=11, help="how many for each size and load")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seconds", type=float, default=10.0, help="of auto")
    parser.add_argument("--columns", type=float, default=60.0, help="seconds of HiGHS over bookings; 0: not asked")
    parser.add_argument("--cpsat", type=float, default=60.0, help="seconds of CP-SAT; 0: not asked")
    parser.add_argument("--search", action="store_true", help="auto by prices and search alone")
    parser.add_argument("--verbose", action="store_true", help="a line for each instance")
    parser.add_argument("--json", type=Path, help="write the instances to this file")
    arguments = parser.parse_args()
    sizes = [(int(a), int(b)) for a, b in (size.split("x") for size in arguments.sizes.split(","))]
    loads = [float(load) for load in arguments.loads.split(",")]
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    limits = arguments.seconds, arguments.columns, arguments.cpsat
    if arguments.smoke:
        sizes, loads, seeds, limits = [(8, 3)], [0.85], range(1, 3), (1.0, 2.0, 1.0)
    print(
        f"seeds {seeds.start} to {seeds.stop - 1}; seconds: auto {limits[0]:g}, columns {limits[1]:g}, "
        f"cp-sat {limits[2]:g}; per cent of the optimum: mean, median, most"
    )
    print(
        f"{'size, load':<16} {'all':>4} {'proved':>6} {'a/c/cp/-':>12} {'optimal':>8} {'plan':>17} {'bound':>19} "
        f"{'could serve':>16} {'still open':>19} {'seconds':>8}"
    )
    every: list[Proof] = []
    seen: set[Key] = set()
    for audits, auditors in sizes:
        for load in loads:
            found = []
            for seed in seeds:
                proof = prove(audits, auditors, load, seed, limits, arguments.search, seen)
                found += [proof] if proof else []
                print(proof, flush=True) if arguments.verbose and proof else None
            show(f"{audits}x{auditors} {load}", found) if found else None
            every += found
    show("all", every)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(proof) for proof in every], indent=1))


if __name__ == "__main__":
    main()
