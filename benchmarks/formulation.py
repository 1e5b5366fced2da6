"""Which CP-SAT formulation and parameters? The whole problem, one change at a time from the default.

Prints for each variant the cost and bound after the same seconds, as ratios to greedy's cost, medians over seeds.
Run: python benchmarks/formulation.py [--smoke] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import auditmatch as am
from auditmatch.engines.exact import Limits, Tuning, solve_free
from auditmatch.engines.greedy import greedy

VARIANTS = {
    "interval": Tuning(),
    "time-indexed": Tuning(timed=True),
    "interval, no hint": Tuning(hint=False),
    "interval, no presolve": Tuning(parameters=(("cp_model_presolve", False),)),
    "interval, probing 0": Tuning(parameters=(("cp_model_probing_level", 0),)),
    "interval, symmetry 0": Tuning(parameters=(("symmetry_level", 0),)),
    "interval, linearization 2": Tuning(parameters=(("linearization_level", 2),)),
    "interval, fixed search": Tuning(parameters=(("search_branching", "FIXED_SEARCH"),)),
    "time-indexed, linearization 2": Tuning(timed=True, parameters=(("linearization_level", 2),)),
    "time-indexed, probing 0, symmetry 0": Tuning(
        timed=True, parameters=(("cp_model_probing_level", 0), ("symmetry_level", 0))
    ),
}


def measure(audits: int, auditors: int, seconds: float, seeds: list[int]) -> list[dict[str, object]]:
    """Run every variant on the same instances, and return one row each."""
    rows: list[dict[str, object]] = []
    problems = []
    for seed in seeds:
        register = am.sample(auditors=auditors, audits=audits, load=0.85, seed=seed)
        report = am.sample.load_report(register)
        problems.append(am.Problem(register, report.start, report.end))
    for name, tune in VARIANTS.items():
        costs, bounds, built = [], [], []
        for seed, problem in zip(seeds, problems, strict=True):
            known = greedy(problem)
            base = am.verify(problem, problem.plan_of(known)).cost
            began = time.perf_counter()
            limits = Limits(seconds=seconds, workers=2, seed=seed)
            answer = solve_free(problem, problem.state(), problem.audits.tolist(), known, limits, tune=tune)
            built.append(time.perf_counter() - began)
            costs.append(answer.cost / base if answer.cost is not None else float("nan"))
            bounds.append((answer.bound or 0) / base)
        row = {
            "instance": f"{audits} x {auditors}",
            "variant": name,
            "cost / greedy": round(statistics.median(costs), 4),
            "bound / greedy": round(statistics.median(bounds), 4),
            "seconds": round(statistics.median(built), 1),
        }
        rows.append(row)
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    return rows


def main() -> None:
    """Measure 50, 200 and 1,000 audits, or one tiny instance with --smoke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="one tiny instance, a second each")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sizes", default="50x10,200x40,1000x120")
    arguments = parser.parse_args()
    rows = []
    if arguments.smoke:
        rows = measure(12, 6, 0.5, [1])
    else:
        for size in arguments.sizes.split(","):
            audits, auditors = (int(part) for part in size.split("x"))
            rows += measure(audits, auditors, arguments.seconds, [1, 2, 3])
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
