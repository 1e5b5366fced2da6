"""How do time and memory grow with the number of audits?

Each size runs in a process of its own: the sample is made and lowered, then auto runs for a while. Printed are seconds
to lower, to one price round and to 1,000 steps of the search (one thread), seconds until the gap was at most each
level, the gap at the end, and the peak memory of the process. Exponents are slopes of least squares on log axes; 1 is
linear. The auditors grow with the audits. Run it on an idle machine, or seconds mean little.
Run: python benchmarks/scaling.py [--smoke] [--sizes 100x12,200x24,500x60,1000x120,2000x240,5000x600] [--load 0.85]
     [--seed 1] [--seconds 300] [--levels 0.1,0.05,0.03] [--threads 2] [--json FILE] [--plot FILE]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.engines.greedy import greedy
from auditmatch.engines.prices import Dual, step_at
from auditmatch.engines.steps import Search
from auditmatch.engines.warm import warm
from auditmatch.result import gap
from auditmatch.sample import sample_horizon

Row = dict[str, Any]
# Price rounds timed after the first two, and steps of the search.
ROUNDS, STEPS = 5, 1_000
# What is fitted against the number of audits.
FITTED = ("lowering s", "first round s", "round s", "1,000 steps s", "MB more")


def megabytes() -> float:
    """Return the peak memory of this process; Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(audits: int, auditors: int, load: float, seed: int, seconds: float, levels: list[float]) -> Row:
    """Plan one sample, and return what it took."""
    # Have kernels compiled, or read from disk, on an instance that takes no time.
    warm(am.Problem(am.sample(auditors=2, audits=2), *sample_horizon(am.sample(auditors=2, audits=2))))
    register = am.sample(auditors=auditors, audits=audits, load=load, seed=seed)
    horizon = sample_horizon(register)
    before, began = megabytes(), time.perf_counter()
    problem = am.Problem(register, *horizon)
    row: Row = {"audits": audits, "auditors": auditors, "lowering s": time.perf_counter() - began}
    warm(problem)
    row |= pieces(problem)
    result = am.solve(problem, am.Budget(seconds=seconds, seed=seed))
    for level in levels:
        within = [x.seconds for x in result.trace if (found := gap(x.cost, x.bound)) is not None and found <= level]
        row[f"to {level:.0%} s"] = min(within, default=None)
    return row | {
        "gap": result.gap,
        "cost": result.cost,
        "bound": result.bound,
        "served": len(result.served),
        "at most": result.served_at_most,
        "seconds": result.seconds,
        "MB": megabytes(),
        "MB more": megabytes() - before,  # than before the problem was made
    }


def pieces(problem: am.Problem) -> Row:
    """Return the seconds of single price rounds and of steps of the search."""
    dual, spent = Dual(problem.flat, problem.state().desk.board, problem.audits), []
    for n in range(2 + ROUNDS):
        began = time.perf_counter()
        dual.round(step_at(n / (2 + ROUNDS)))
        spent.append(time.perf_counter() - began)
    start = greedy(problem)
    search = Search(problem, start, am.verify(problem, problem.plan_of(start)).cost, 1)
    began = time.perf_counter()
    search.run(STEPS, dual.steering(), 0.5)
    steps = time.perf_counter() - began
    return {"first round s": spent[0], "round s": float(np.median(spent[2:])), "1,000 steps s": steps}


def exponents(rows: list[Row]) -> dict[str, tuple[float, float]]:
    """Return slope and factor of each quantity on log axes: it is about factor * audits ** slope."""
    audits = np.log([row["audits"] for row in rows])
    found = {}
    for name in FITTED:
        slope, height = np.polyfit(audits, np.log([max(row[name], 1e-9) for row in rows]), 1)
        found[name] = float(slope), float(np.exp(height))
    return found


def text(value: Any) -> str:
    """Return a cell as it is printed."""
    if value is None:
        return "never"
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}"


def plot(rows: list[Row], levels: list[float], path: Path) -> None:
    """Draw everything against the audits on log axes, with the fitted lines."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    audits = np.array([row["audits"] for row in rows])
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.5), layout="constrained")
    panels = (("lowering s", "first round s", "round s", "1,000 steps s"), ("MB more",))
    for ax, names in zip(axes, panels, strict=False):
        for n, name in enumerate(names):
            slope, factor = exponents(rows)[name] if len(rows) > 1 else (0.0, 0.0)
            ax.plot(audits, [row[name] for row in rows], "o", color=f"C{n}", label=f"{name}: exponent {slope:.2f}")
            ax.plot(audits, factor * audits**slope, color=f"C{n}", lw=1)
    for n, level in enumerate(levels):
        reached = [(row["audits"], row[f"to {level:.0%} s"]) for row in rows if row[f"to {level:.0%} s"] is not None]
        axes[2].plot(*zip(*reached, strict=True), "o-", color=f"C{n}", label=f"gap of {level:.0%}") if reached else None
    for ax, title in zip(axes, ("seconds", "megabytes beyond the sample", "seconds until the gap"), strict=True):
        ax.set(title=title, xlabel="audits", xscale="log", yscale="log")
        ax.legend() if ax.lines else None
    figure.savefig(path, dpi=150)


def main() -> None:
    """Print a row for each size, then the exponents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="two tiny sizes, a second each")
    parser.add_argument("--sizes", default="100x12,200x24,500x60,1000x120,2000x240,5000x600")
    parser.add_argument("--load", type=float, default=0.85)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300.0, help="of auto at each size")
    parser.add_argument("--levels", default="0.1,0.05,0.03", help="gaps whose first time is told")
    parser.add_argument("--threads", type=int, default=2, help="of libraries for linear algebra; auto itself takes two")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--plot", type=Path, help="draw all against the audits into this file")
    arguments = parser.parse_args()
    sizes = [(int(a), int(b)) for a, b in (size.split("x") for size in arguments.sizes.split(","))]
    levels, seconds = [float(level) for level in arguments.levels.split(",")], arguments.seconds
    if arguments.smoke:
        sizes, seconds = [(12, 6), (24, 8)], 1.0
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(arguments.threads)
    context, rows = multiprocessing.get_context("spawn"), []
    for audits, auditors in sizes:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            done = pool.submit(run, audits, auditors, arguments.load, arguments.seed, seconds, levels)
            rows.append(done.result())
        print("  ".join(f"{name} {text(value)}" for name, value in rows[-1].items()), flush=True)
    print(f"\n{'':<16}exponent  factor")
    for name, (slope, factor) in exponents(rows).items() if len(rows) > 1 else ():
        print(f"{name:<16}{slope:>8.2f}  {factor:.3g}")
    for level in levels:
        name = f"to {level:.0%} s"
        missed = [f"{row['audits']:,}: {row['gap']:.2%}" for row in rows if row[name] is None]
        print(f"gap of {level:.0%} not reached in {seconds:g} s: {', '.join(missed) or 'none'}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))
    if arguments.plot:
        plot(rows, levels, arguments.plot)


if __name__ == "__main__":
    main()
