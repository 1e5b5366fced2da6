"""What does the price bound lose, and to which of the parts that it leaves relaxed?

For each small instance the optimum with all rules, without each part in turn and without all parts (columns.py),
and the price bound after many rounds. In per cent of the optimum with all rules the whole loss is split into

- links, roads, keys: the optimum less that without the links between audits, without the roads between two bookings of
  one person, with keys that several audits carry counted as shares (those of facts stay: the bound keeps them);
- together: what all three lose at once beyond the sum of their own losses;
- integrality: the optimum without all three less the best bound that any prices give, the linear programme over
  bookings; no price bound, however long it learns, closes this part;
- learning: that less the bound which the prices reached.

Instances: mixed problems (tests/mixed.py: four audits, three people, two days, every rule) and tiny sample bodies.
Run: python benchmarks/relaxation.py [--smoke] [--mixed 100] [--samples 100] [--sizes 6x3,8x3,10x4]
     [--loads 0.6,0.85,1.05] [--rounds 1500] [--seconds 30] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, islice, product
from pathlib import Path

import numpy as np
from columns import RELAXED, bookings, learnt, optimum

import auditmatch as am
from auditmatch.errors import EngineError
from auditmatch.kernel.flat import NEVER
from auditmatch.sample import sample_horizon

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from mixed import mixed_case

LOSSES = (*RELAXED, "together", "integrality", "learning", "whole")
# Seeds of the first instances.
FIRST_MIXED, FIRST_SAMPLE = 80_000, 1


def mixed() -> Iterator[tuple[str, am.Problem]]:
    """Yield mixed problems."""
    for seed in count(FIRST_MIXED):
        case = mixed_case(np.random.default_rng(seed))
        yield f"mixed {seed}", am.Problem(case.register(), case.start, case.end)


def samples(sizes: list[tuple[int, int]], loads: list[float]) -> Iterator[tuple[str, am.Problem]]:
    """Yield sample bodies, seed by seed."""
    seen = set()
    for seed in count(FIRST_SAMPLE):
        for (audits, auditors), load in product(sizes, loads):
            register = am.sample(auditors=auditors, audits=audits, load=load, seed=seed)
            horizon = sample_horizon(register)
            # Horizons are whole weeks, so that two loads may give one instance.
            if (audits, auditors, seed, *horizon) not in seen:
                seen.add((audits, auditors, seed, *horizon))
                yield f"sample {audits}x{auditors} load {load} seed {seed}", am.Problem(register, *horizon)


def losses(problem: am.Problem, rounds: int, seconds: float) -> dict[str, float] | str:
    """Return the losses in per cent of the optimum, or why there are none."""
    try:
        result = am.solve(problem, am.Budget(seconds=1, seed=1))
    except EngineError as fault:
        return f"refused by solve: {fault}"
    if result.problem is None or result.cost is None or not result.cost:
        return "no plan, or one that costs nothing"
    problem, known = result.problem, result.cost
    dual = learnt(problem, rounds)
    some = bookings(problem, dual, known)
    best: dict[tuple[str, ...], int] = {}
    for without in ((), *((part,) for part in RELAXED), RELAXED):
        answer = optimum(problem, some, known, without, seconds)
        if answer.bound < answer.cost:
            return f"not proved in {seconds:g} s without {', '.join(without) or 'nothing'}"
        best[without] = answer.cost
    # The programme needs every booking: parts of dear ones might help it.
    limit = optimum(problem, bookings(problem, dual, NEVER), known, RELAXED, seconds, whole=False).bound
    bound, all_rules = dual.bound or 0, best[()]
    points = {part: all_rules - best[part,] for part in RELAXED}
    points["together"] = all_rules - best[RELAXED] - sum(points.values())
    points["integrality"] = best[RELAXED] - limit
    points["learning"] = limit - bound
    points["whole"] = all_rules - bound
    return {name: 100 * value / all_rules for name, value in points.items()}


def show(family: str, found: dict[str, list[float]]) -> None:
    """Print mean, median and most of each loss, and in how many instances there is any."""
    number = len(found["whole"])
    for name in LOSSES:
        some = np.array(found[name])
        print(
            f"{family:<10} {name:<12} {some.mean():>8.2f} {np.median(some):>8.2f} {some.min():>8.2f} "
            f"{some.max():>8.2f} {int((abs(some) > 1e-9).sum()):>7} of {number}",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="three mixed problems and one sample body")
    parser.add_argument("--mixed", type=int, default=100)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--sizes", default="6x3,8x3,10x4")
    parser.add_argument("--loads", default="0.6,0.85,1.05")
    parser.add_argument("--rounds", type=int, default=1_500)
    parser.add_argument("--seconds", type=float, default=30.0, help="for each optimum")
    parser.add_argument("--json", type=Path, help="write the losses of each instance to this file")
    arguments = parser.parse_args()
    sizes = [(int(a), int(b)) for a, b in (size.split("x") for size in arguments.sizes.split(","))]
    wanted, rounds = {"mixed": arguments.mixed, "samples": arguments.samples}, arguments.rounds
    if arguments.smoke:
        sizes, wanted, rounds = [(6, 3)], {"mixed": 3, "samples": 1}, 100
    made = {"mixed": mixed(), "samples": samples(sizes, [float(load) for load in arguments.loads.split(",")])}
    began = time.perf_counter()
    every: dict[str, list[float]] = defaultdict(list)
    named: dict[str, dict[str, float]] = {}
    print(f"{'per cent of the optimum':<23} {'mean':>8} {'median':>8} {'least':>8} {'most':>8} {'not zero':>10}")
    for family, number in wanted.items():
        found: dict[str, list[float]] = defaultdict(list)
        for name, problem in islice(made[family], 4 * number):
            if len(found["whole"]) == number:
                break
            some = losses(problem, rounds, arguments.seconds)
            if isinstance(some, str):
                print(f"left out: {name}: {some}", flush=True)
                continue
            if min(some[part] for part in (*RELAXED, "integrality", "learning", "whole")) < -1e-9:
                print(f"FAULT: {name}: a loss is negative: {some}", flush=True)
            named[name] = some
            for part, value in some.items():
                found[part].append(value)
                every[part].append(value)
        show(family, found) if number else None
    show("all", every)
    print(f"{len(every['whole'])} instances, {time.perf_counter() - began:.0f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(named, indent=1))


if __name__ == "__main__":
    main()
