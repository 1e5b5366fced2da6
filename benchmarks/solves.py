"""Does any engine ever hand out a plan that breaks a rule, or a cost or bound that is not true?

Random problems with all rules mixed (tests/mixed.py) are planned by every engine in turn, with small budgets of work
and of seconds alternately; "prices and search" is auto without CP-SAT, which else proves problems so small by itself.
Each result is asked of `verify` again and held against the best of all plans, found by trying everything
(tests/brute.py).
Exits with 1 when any fault is found. Problems in which pins clash have no plan; engines set one of them apart, so that
the best of all plans says nothing of theirs.
Run: python benchmarks/solves.py [--smoke] [--problems 1000] [--first 50000] [--work 30] [--seconds 0.2]
     [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import auditmatch as am
from auditmatch.engines import run
from auditmatch.errors import EngineError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from brute import Best, Brute
from mixed import mixed_case

# Name, engine, and literals of a model below which auto asks CP-SAT for the whole.
ENGINES = (
    ("greedy", "greedy", run.SMALL_WHOLE),
    ("exact", "exact", run.SMALL_WHOLE),
    ("auto", "auto", run.SMALL_WHOLE),
    ("prices and search", "auto", 0),
)
FAULTS = (
    "violations",  # breaches of rules that verify finds in a plan handed out
    "cost not verify's",
    "bound above cost",
    "bound above optimum",
    "cost below optimum",
    "optimal claimed falsely",
    "refused by solve",  # EngineError: solve found one of the above itself
    "crashed",
)
COLUMNS = ("solves", "with a plan", *FAULTS, "pins clash", "is the optimum", "proved")


def problem_of(seed: int) -> am.Problem:
    """Return the mixed problem of a seed."""
    case = mixed_case(np.random.default_rng(seed))
    return am.Problem(case.register(), case.start, case.end)


def solved(problem: am.Problem, best: Best, name: str, budget: am.Budget) -> tuple[Counter[str], str]:
    """Solve with one engine and return what is counted, and what is wrong in words."""
    _, engine, small = next(row for row in ENGINES if row[0] == name)
    found = Counter(solves=1)
    try:
        with mock.patch.object(run, "SMALL_WHOLE", small):
            result = am.solve(problem, budget, engine=engine)
    except EngineError as fault:
        return found + Counter({"refused by solve": 1}), str(fault)
    except Exception as fault:  # whatever it is, it is counted and told
        return found + Counter(crashed=1), repr(fault)
    if result.plan is None or result.cost is None or result.bound is None or result.problem is None:
        return found, ""
    found["with a plan"] += 1
    verdict = am.verify(result.problem, result.plan)
    found["violations"] += len(verdict.violations)
    found["cost not verify's"] += result.cost != verdict.cost
    found["bound above cost"] += result.bound > result.cost
    proved = result.status is am.Status.OPTIMAL
    found["proved"] += proved
    if set(result.problem.audits.tolist()) != set(problem.audits.tolist()):
        found["pins clash"] += 1
    elif best.cost is None:
        found["violations"] += 1  # a plan where none is legal
    else:
        found["bound above optimum"] += result.bound > best.cost
        found["cost below optimum"] += result.cost < best.cost
        found["optimal claimed falsely"] += proved and result.cost != best.cost
        found["is the optimum"] += result.cost == best.cost
    return found, f"{result} {verdict} {best}"


def main() -> None:
    """Print a row for each engine, and every fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="eight problems")
    parser.add_argument("--problems", type=int, default=1000, help="each is solved by every engine")
    parser.add_argument("--first", type=int, default=50_000, help="seed of the first problem")
    parser.add_argument("--work", type=int, default=30, help="budget of problems with an even seed")
    parser.add_argument("--seconds", type=float, default=0.2, help="budget of problems with an odd seed")
    parser.add_argument("--json", type=Path, help="write the counts to this file")
    arguments = parser.parse_args()
    number = 8 if arguments.smoke else arguments.problems
    began = time.perf_counter()
    counts: dict[str, Counter[str]] = {name: Counter() for name, _, _ in ENGINES}
    contended = 0
    for seed in range(arguments.first, arguments.first + number):
        problem = problem_of(seed)
        best = Brute(problem).best()
        contended += best.plan is not None and 2 <= len(best.plan) < len(problem.audits)
        limit: dict[str, Any] = {"work": arguments.work} if seed % 2 == 0 else {"seconds": arguments.seconds}
        for name, _, _ in ENGINES:
            found, words = solved(problem, best, name, am.Budget(seed=seed % 7, **limit))
            counts[name] += found
            if any(found[fault] for fault in FAULTS):
                print(f"FAULT: seed {seed}, {name}, {limit}: {+found}\n{words}", flush=True)
    total = sum(counts.values(), Counter[str]())
    rows = {**counts, "all": total}
    width = max(map(len, COLUMNS))
    print(" ".join([" " * width, *(f"{name:>18}" for name in rows)]))
    for column in COLUMNS:
        print(" ".join([column.ljust(width), *(f"{row[column]:>18,}" for row in rows.values())]))
    print(f"{number:,} problems; the best plan of {contended:,} serves two audits or more and leaves out one or more")
    print(f"{time.perf_counter() - began:.0f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))
    raise SystemExit(any(total[fault] for fault in FAULTS))


if __name__ == "__main__":
    main()
