"""Does the matching degree foretell which audits are not held? P, P* and head counts against simulated executions.

Over load, scarcity and willingness, each register is planned once (`am.solve`, auto), and the plan is carried out in
worlds in which the factors act as reported, do not act, act but are misreported, or act on one side alone. The
protocol is in docs/evidence.md.
Run: python benchmarks/evidence.py --out rows.jsonl [--processes N]    plan and carry out; goes on where it stopped
     python benchmarks/evidence.py --report rows.jsonl [--json FILE]   what the rows say
     python benchmarks/evidence.py --smoke                             tiny registers, seconds
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import foretelling
import numpy as np
from execution import Chance, Execution, Truth, inert, mistaken, truth_of
from scenarios import ROUNDS, Recipe, read_rows, recipe_of, recipes

import auditmatch as am

# Executions of each plan in each world in which chance acts.
TIMES = 10


def measure(recipe: Recipe, seconds: float) -> dict[str, Any]:
    """Plan one register, carry the plan out in each world, and return how often each due audit was not held."""
    register = recipe.register()
    start, end = am.sample.sample_horizon(register)
    problem = am.Problem(register, start, end)
    result = am.solve(problem, am.Budget(seconds=seconds, seed=recipe.seed))
    placed = problem.place(result.plan)
    planned = np.union1d(problem.audits, problem.hopeless)
    due = planned[register.audits["latest"][planned] <= end]
    lost = {
        world: np.mean([_lost(problem, placed, truth, chance, due) for truth, chance in rounds], axis=0)
        for world, rounds in _worlds(recipe, register).items()
    }
    return {
        **asdict(recipe),
        "seconds": seconds,
        "served": len(result.served),
        "unserved": len(result.unserved),
        "deferred": len(result.deferred),
        "hopeless": len(result.hopeless),
        "cost": result.cost,
        "bound": result.bound,
        "audits_due": register.audits["audit_id"][due].tolist(),
        "lost": {world: np.round(shares, 4).tolist() for world, shares in lost.items()},
    }


def _worlds(recipe: Recipe, register: am.Register) -> dict[str, list[tuple[Truth, Chance]]]:
    """Return for each world what is true, and the draws, of each time; the draws are the same in every world."""
    size = len(register.audits), len(register.auditors)
    rngs = [np.random.default_rng([recipe.seed, time, 2]) for time in range(TIMES)]
    chances = [Chance.draw(rng, *size) for rng in rngs]
    truth = truth_of(register)
    still = inert(truth)
    return {
        "acting": [(truth, chance) for chance in chances],
        "not acting": [(still, chances[0])],
        "misreported": [(mistaken(rng, register, truth), c) for rng, c in zip(rngs, chances, strict=True)],
        "people alone": [(replace(still, accepts=truth.accepts), chance) for chance in chances],
        "clients alone": [(replace(still, keeps=truth.keeps, settled=truth.settled), chance) for chance in chances],
    }


def _lost(problem: am.Problem, placed: Any, truth: Truth, chance: Chance, due: Any) -> Any:
    """Return which of the due audits one execution did not hold within their windows."""
    return ~np.isin(due, list(Execution(problem, truth, chance).run(placed)))


def run(todo: list[Recipe], path: Path, seconds: float, processes: int) -> None:
    """Append a row for each recipe that the file does not hold yet."""
    known = {recipe_of(row) for row in read_rows(path)}
    todo = [recipe for recipe in todo if recipe not in known]
    with path.open("a", encoding="utf-8") as file:
        if file.tell() and not path.read_text(encoding="utf-8").endswith("\n"):
            file.write("\n")
        for k, row in enumerate(_rows(todo, seconds, processes), 1):
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(f"{k} of {len(todo)}", flush=True)


def _rows(todo: list[Recipe], seconds: float, processes: int) -> Iterator[dict[str, Any]]:
    if processes < 2:
        yield from (measure(recipe, seconds) for recipe in todo)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(measure, recipe, seconds) for recipe in todo]):
            yield done.result()


def report(path: Path, target: Path | None, times: int = 300) -> None:
    """Print what the rows of a file say."""
    rows = read_rows(path)
    tables = foretelling.tables(rows, foretelling.indices_of(rows, path.with_suffix(".indices.jsonl")), times)
    foretelling.show(tables)
    if target:
        target.write_text(json.dumps(tables, indent=1))


def main() -> None:
    """Run, report, or both on tiny registers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="append rows to this file of JSON lines")
    parser.add_argument("--report", type=Path, help="say what the rows of this file mean")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    parser.add_argument("--smoke", action="store_true", help="two tiny registers, half a second each")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each plan")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="registers of each scenario")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    if asked.smoke:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.jsonl"
            run(list(recipes(1, 8, 16))[4:6], path, 0.5, 1)
            report(path, asked.json, times=20)
        return
    if not asked.out and not asked.report:
        parser.error("state --out, --report or --smoke")
    if asked.out:
        run(list(recipes(asked.rounds)), asked.out, asked.seconds, asked.processes)
    if asked.report:
        report(asked.report, asked.json)


if __name__ == "__main__":
    main()
