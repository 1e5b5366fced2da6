"""How well does the estimate of a what-if foretell the truth of planning again?

Random hires (like somebody, at a random home) and trainings (of a code that some audit requires) are each asked of one
plan: the price estimate, what fits at once, and the cost after planning again with the same budget as before. Printed
are Spearman's rank correlations of either with the truth, and milliseconds of the estimates, their lowering of the
changed problem included. The truth is a search's: the spread of its cost over seeds, without any change, is printed
beside, for no foretelling can be better than that.
Run: python benchmarks/whatifs.py [--smoke] [--size 200x40] [--asked 100] [--seconds 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import auditmatch as am
from auditmatch import whatif

SEEDS = 8
GUESSES = ("estimate", "at_once")


def edit(problem: am.Problem, luck: np.random.Generator, n: int) -> whatif.Edit:
    """Return a hire or a training."""
    register = problem.scene.register
    who = str(luck.choice(register.auditors["auditor_id"]))
    if n % 2 == 0:
        home = str(luck.choice(register.auditors["location"]))
        return whatif.hire("NEW", like=who, location=home)
    row = int(luck.integers(len(register.requirements)))
    field, specialty = (str(register.requirements[c][row]) for c in ("field", "specialty"))
    return whatif.train(who, field, specialty, "lead" if luck.random() < 0.5 else "auditor", "2001-01-01")


def rank(rows: list[dict[str, Any]], guess: str) -> str:
    """Return the rank correlation of a guess with the truth; a constant has none."""
    columns = [row[guess] for row in rows], [row["truth"] for row in rows]
    return "none" if any(len(set(c)) < 2 for c in columns) else f"{spearmanr(*columns).statistic:.2f}"


def main() -> None:
    """Print the correlations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny, seconds")
    parser.add_argument("--size", default="200x40")
    parser.add_argument("--asked", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    asked = parser.parse_args()
    size, number, seconds = ("30x8", 4, 0.3) if asked.smoke else (asked.size, asked.asked, asked.seconds)
    audits, auditors = map(int, size.split("x"))
    register = am.sample(auditors=auditors, audits=audits, load=0.85, seed=2)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    start = am.solve(problem, am.Budget(seconds=4 * seconds, seed=1)).plan
    base = whatif.Base(problem, start, am.Budget(seconds=seconds, seed=1))
    costs = [am.solve(problem, am.Budget(seconds=seconds, seed=s), start=start).cost for s in range(1, SEEDS + 1)]
    luck, rows = np.random.default_rng(1), []
    for n in range(number):
        found = base.ask(edit(problem, luck, n))
        row = {name: getattr(found, name) for name in ("estimate", "at_once", "truth", "served", "seconds")}
        rows.append({"what": str(found.edits[0]), **row})
        print(found, flush=True)
    truth = [row["truth"] for row in rows]
    print()
    for name, some in {"all": rows, "hires": rows[::2], "trainings": rows[1::2]}.items():
        print(f"{name}: rank correlation with the truth: " + ", ".join(f"{w} {rank(some, w)}" for w in GUESSES))
    quick = [1000 * row["seconds"][0] for row in rows]
    print(f"milliseconds of both, first {quick[0]:.0f}, median {statistics.median(quick):.0f}")
    print(f"truth: median {statistics.median(truth):+,}, from {min(truth):+,} to {max(truth):+,}")
    print(f"cost without any change, {SEEDS} seeds: standard deviation {statistics.stdev(costs):,.0f}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
