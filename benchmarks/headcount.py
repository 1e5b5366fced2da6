"""The fewest people for tasks with fixed dates, beside the most tasks at once and a direct CP-SAT model.

Instances of the shift minimisation personnel task scheduling problem (Krishnamoorthy, Ernst, Baatar 2012; OR-Library):
a folder of .dat files, none in the repository. Direct CP-SAT: a literal for each person and task, optional intervals
that do not overlap for each person, two workers, the same seconds.
Run: python benchmarks/headcount.py [--smoke] [--folder ../shared/benchmarks/personnel_tasks] [--seconds 60]
     [--peer] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am

FOLDER = Path(__file__).parents[2] / "shared" / "benchmarks" / "personnel_tasks"


def read(path: Path) -> tuple[Any, Any, Any]:
    """Return begin, finish and able of a file."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    jobs = next(k for k, line in enumerate(lines) if line.startswith("Jobs"))
    people = next(k for k, line in enumerate(lines) if line.startswith("Qualifications"))
    begin, finish = np.array([line.split() for line in lines[jobs + 1 : people]], dtype=np.int64).T
    rows = [[int(job) for job in line.partition(":")[2].split()] for line in lines[people + 1 :]]
    able = np.zeros((len(rows), len(begin)), dtype=bool)
    for person, mine in enumerate(rows):
        able[person, mine] = True
    return begin, finish, able


def made_up() -> tuple[Any, Any, Any]:
    """Return a small case for a smoke run."""
    luck = np.random.default_rng(1)
    begin = luck.integers(0, 40, 30)
    able = luck.random((12, 30)) < 0.5
    able[luck.integers(12, size=30), np.arange(30)] = True
    return begin, begin + luck.integers(2, 9, 30), able


def direct(begin: Any, finish: Any, able: Any, seconds: float) -> int | None:
    """Return the people of the direct model's best roster."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    works = [model.new_bool_var("") for _ in able]
    takes = {(int(i), int(t)): model.new_bool_var("") for i, t in zip(*np.nonzero(able), strict=True)}
    for i in range(len(able)):
        mine = np.flatnonzero(able[i]).tolist()
        model.add_no_overlap(
            model.new_optional_interval_var(int(begin[t]), int(finish[t] - begin[t]), int(finish[t]), takes[i, t], "")
            for t in mine
        )
        for t in mine:
            model.add_implication(takes[i, t], works[i])
    for t in range(len(begin)):
        model.add_exactly_one(takes[int(i), t] for i in np.flatnonzero(able[:, t]))
    model.minimize(sum(works))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 2, seconds
    status = solver.solve(model)
    return round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one made-up case, two seconds")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--peer", action="store_true", help="run the direct model as well")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    paths = sorted(given.folder.glob("*.dat"), key=lambda path: int(path.stem.split("_")[3]))
    cases = [("made up", made_up())] if given.smoke else [(path.stem, read(path)) for path in paths]
    seconds, rows = 2.0 if given.smoke else given.seconds, []
    print(f"{'instance':22}{'people':>8}{'at least':>10}{'seconds':>9}{'direct':>8}")
    for name, (begin, finish, able) in cases:
        found = am.whatif.fewest(begin, finish, able, seconds=seconds, seed=1)
        peer = direct(begin, finish, able, seconds) if given.peer or given.smoke else None
        row = {"instance": name, "people": found.people, "at least": found.at_least, "seconds": found.seconds}
        rows.append(row | {"direct": peer})
        print(f"{name:22}{found.people!s:>8}{found.at_least:>10}{found.seconds:>9.1f}{peer!s:>8}", flush=True)
    proved = sum(row["people"] == row["at least"] for row in rows)
    print(f"proved least: {proved} of {len(rows)}")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
