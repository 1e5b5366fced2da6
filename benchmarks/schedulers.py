"""Engines side by side on sample instances: served, cost, bound, gap, seconds, memory.

Each engine runs in a process of its own, so that its peak memory is its own; kernels are there before a clock starts.
Ratios are to greedy and to the best of the engines on the same instance; figures are medians over the seeds. Every plan
has passed `verify` (solve refuses others).
Run: python benchmarks/schedulers.py [--smoke] [--json FILE] [--seconds 60] [--sizes 50x10,200x40,1000x120]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import auditmatch as am

ENGINES = ("greedy", "exact", "auto")


def run(audits: int, auditors: int, seed: int, engine: str, seconds: float) -> dict[str, Any]:
    """Plan one sample with one engine, and return what a planner would ask."""
    register = am.sample(auditors=auditors, audits=audits, load=0.85, seed=seed)
    horizon = am.sample.sample_horizon(register)
    # Lowering calls kernels as well: have them compiled, or read from disk, on an instance that takes no time.
    am.Problem(am.sample(auditors=2, audits=2), *horizon)
    began = time.perf_counter()
    problem = am.Problem(register, *horizon)
    lowered = time.perf_counter() - began
    result = am.solve(problem, am.Budget(seconds=seconds, seed=seed), engine=engine)
    return {
        "audits": len(problem.audits),
        "served": len(result.served),
        "at most": result.served_at_most,
        "deferred": len(result.deferred),
        "hopeless": len(result.hopeless),
        "cost": result.cost,
        "greedy": result.greedy_cost,
        "bound": result.bound,
        "gap": result.gap,
        "seconds": result.seconds,
        "lowering": lowered,
        # Linux counts in kilobytes.
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def rows(sizes: list[tuple[int, int]], seeds: list[int], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield one row for each instance size and engine."""
    context = multiprocessing.get_context("spawn")
    for audits, auditors in sizes:
        runs: dict[str, list[dict[str, Any]]] = {engine: [] for engine in ENGINES}
        for engine in ENGINES:
            for seed in seeds:
                with ProcessPoolExecutor(1, mp_context=context) as pool:
                    runs[engine].append(pool.submit(run, audits, auditors, seed, engine, seconds).result())
        best = [min(row["cost"] for row in same) for same in zip(*runs.values(), strict=True)]
        for engine, found in runs.items():

            def middle(name: str, found: list[dict[str, Any]] = found) -> float:
                return statistics.median(row[name] for row in found)

            limits = [row["at most"] for row in found if row["at most"] is not None]

            yield {
                "instance": f"{audits} x {auditors}",
                "engine": engine,
                "served": f"{middle('served'):g} of {middle('audits'):g}",
                "served_at_most": statistics.median(limits) if limits else "",
                "cost": middle("cost"),
                "cost / greedy": round(statistics.median(row["cost"] / row["greedy"] for row in found), 3),
                "cost / best": round(
                    statistics.median(row["cost"] / max(1, b) for row, b in zip(found, best, strict=True)), 3
                ),
                "bound": middle("bound"),
                "gap": round(middle("gap"), 4),
                "seconds": round(middle("seconds"), 1),
                "lowering s": round(middle("lowering"), 2),
                "MB": round(middle("megabytes")),
                "seeds": len(seeds),
            }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one tiny instance, two seconds each")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sizes", default="50x10,200x40,1000x120")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    sizes = [tuple(int(part) for part in size.split("x")) for size in arguments.sizes.split(",")]
    seeds, seconds = list(range(1, arguments.seeds + 1)), arguments.seconds
    if arguments.smoke:
        sizes, seeds, seconds = [(12, 6)], [1], 2.0
    table = []
    for row in rows([(a, b) for a, b in sizes], seeds, seconds):
        table.append(row)
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
