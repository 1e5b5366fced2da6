"""auditmatch's engines beside schedulers that a user could take instead, on the instances of instances.py.

Every run has a process of its own with two threads and the same seconds, building of its model included. A peer
starts from the greedy plan and its seconds are less those that greedy took, as our engines run greedy within theirs.
Every plan is judged by `verify`: a peer's bookings are laid one by one into an empty state; what does not fit is
illegal, is taken out and counts as unserved. The bound is the best valid one of any engine on the instance; "best" is
the least cost of any engine here or in best_known.json. An instance counts in a headline only where first fit costs at
least 1.25 times the bound. Peers: peers/requirements.txt; one that is not installed is skipped.
Run: python benchmarks/comparison.py [--smoke] [--json FILE] [--plot FILE] [--sizes 50x10,200x40] [--loads 0.85]
     [--seeds 5] [--seconds 60] [--engines auto,cpsat] [--families core,full] [--update-best]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from instances import FAMILIES, LOADS, SIZES, Recipe
from peers import best_known

import auditmatch as am
from auditmatch.engines import ENGINES

# The package that each peer needs beside auditmatch's own.
PEERS = {
    "first_fit": None,
    "cpsat": "ortools",
    "highs": "highspy",
    "pyjobshop": "pyjobshop",
    "alns": "alns",
    "timefold": "timefold",
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
# A process may take so many seconds beyond its budget, for reading the instance and judging the plan.
GRACE = 180.0
HEADLINE = 1.25
COLUMNS = (
    "family", "size", "load", "seed", "engine", "served", "illegal", "cost", "bound", "gap", "cost / best", "reached s",
    "seconds", "MB", "headline", "note",
)  # fmt: skip
Row = dict[str, Any]


def child(job: Row) -> Row:
    """Run one engine on one instance, in this process, and return what it found."""
    recipe = Recipe(**job["recipe"])
    problem = recipe.problem(job["family"])
    if job["engine"] in ENGINES:
        budget = am.Budget(seconds=job["seconds"], seed=recipe.seed)
        result = am.solve(problem, budget, engine=job["engine"])
        if result.plan is None:
            return {"note": str(result.status)}
        placed, note, illegal = problem.place(result.plan), "", 0
        trace = [(step.seconds, step.cost) for step in result.trace if step.cost is not None]
        bound, own = result.bound, result.seconds
    else:
        from peers import bookings as convert
        from peers.common import NotForMeError
        from peers.lower import make

        instance = make(problem, keep=job["engine"] != "first_fit")
        start = convert.read(instance, job["start"])
        peer = importlib.import_module(f"peers.{job['engine']}")
        seconds = max(job["seconds"] - job["greedy_seconds"], 1.0)
        began = time.perf_counter()
        try:
            answer = peer.solve(instance, seconds, recipe.seed, start)
        except NotForMeError as why:
            return {"note": f"declines: {why}"}
        own = time.perf_counter() - began + job["greedy_seconds"]
        placed, illegal = convert.legal_part(problem, [convert.placed(instance, b) for b in answer.bookings])
        bound, note = answer.bound, answer.note
        trace = [(seconds + job["greedy_seconds"], cost) for seconds, cost in answer.trace]
    verdict = am.verify(problem, problem.plan_of(placed))
    if not verdict.ok:
        raise SystemExit(f"verify refuses the plan of {job['engine']}: {verdict}")
    return {
        "audits": len(problem.audits),
        "served": len(placed),
        "illegal": illegal,
        "cost": verdict.cost,
        "bound": bound,
        "seconds": own,
        "trace": trace,
        "note": note,
        "plan": [[p.audit, p.start, p.length, p.team] for p in placed],
    }


def run(job: Row) -> Row:
    """Run `child` in a process of its own; killed when it takes far longer than its budget."""
    with tempfile.TemporaryDirectory() as folder:
        asked, told, said = Path(folder, "job.json"), Path(folder, "answer.json"), Path(folder, "log")
        asked.write_text(json.dumps(job))
        environment = os.environ | dict.fromkeys(THREADS, "2")
        with said.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, __file__, "--child", str(asked), str(told)],
                stdout=log, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip
        deadline = time.monotonic() + job["seconds"] * 1.5 + GRACE
        while True:
            # wait4 tells this child's own peak memory; getrusage would tell that of the largest child so far.
            done, _, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > deadline:
                process.kill()
                _, _, usage = os.wait4(process.pid, 0)
                break
            time.sleep(0.05)
        # Popen has not seen the child end.
        process.returncode = 0
        late = time.monotonic() > deadline
        last = said.read_text().strip().splitlines()[-1:] or ["no message"]
        answer = json.loads(told.read_text()) if told.exists() else {"note": "killed" if late else f"failed: {last[0]}"}
        # Linux counts in kilobytes.
        return {**answer, "megabytes": usage.ru_maxrss / 1024}


def group(recipe: Recipe, family: str, engines: list[str], seconds: float) -> list[Row]:
    """Run all engines on one instance and return their rows."""
    common = {"recipe": asdict(recipe), "family": family, "seconds": seconds}
    first = run({**common, "engine": "greedy"})
    if "plan" not in first:
        return [{"family": family, "recipe": recipe, "engine": "greedy", **first}]
    start = {"start": first["plan"], "greedy_seconds": first["trace"][-1][0]}
    fit = run({**common, **start, "engine": "first_fit", "greedy_seconds": 0.0})
    rows = []
    for engine in engines:
        known = {"greedy": first, "first_fit": fit}.get(engine)
        found = known or run({**common, **start, "engine": engine})
        rows.append({"family": family, "recipe": recipe, "engine": engine, **found})
    costs = [row["cost"] for row in (*rows, first, fit) if "cost" in row]
    best = min([*costs, *best_known.costs(recipe, family)])
    for row in rows:
        if row.get("bound") is not None and row["bound"] > best:
            # A legal plan that costs less refutes it.
            row["note"], row["bound"] = f"its bound {row['bound']} is wrong: a plan costs {best}", None
    bound = max((row["bound"] for row in rows if row.get("bound") is not None), default=first.get("bound"))
    for row in rows:
        row["headline"] = "cost" in fit and bound is not None and fit["cost"] >= HEADLINE * max(bound, 1)
        row["best"], row["best bound"] = best, bound
    return rows


def shown(row: Row) -> Row:
    """Return one row as it is printed."""
    recipe: Recipe = row["recipe"]
    head = {
        "family": row["family"],
        "size": recipe.size,
        "load": recipe.load,
        "seed": recipe.seed,
        "engine": row["engine"],
    }
    if "cost" not in row:
        return {**dict.fromkeys(COLUMNS, ""), **head, "note": row["note"]}
    reached = [seconds for seconds, cost in row["trace"] if cost <= row["cost"]]
    bound = row["best bound"]
    return {
        **head,
        "served": f"{row['served']} of {row['audits']}",
        "illegal": row["illegal"],
        "cost": row["cost"],
        "bound": "" if bound is None else bound,
        "gap": "" if bound is None else round((row["cost"] - bound) / max(1, bound), 4),
        "cost / best": round(row["cost"] / max(1, row["best"]), 3),
        "reached s": round(reached[0], 1) if reached and not row["illegal"] else "",
        "seconds": round(row["seconds"], 1),
        "MB": round(row["megabytes"]),
        "headline": "yes" if row["headline"] else "no",
        "note": row["note"],
    }


def show(rows: list[Row]) -> None:
    """Print rows as a table."""
    cells = [list(COLUMNS), *([str(row[c]) for c in COLUMNS] for row in map(shown, rows))]
    widths = [max(len(line[n]) for line in cells) for n in range(len(COLUMNS))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip(), flush=True)
    print(flush=True)


def usable(names: list[str]) -> Iterator[str]:
    """Yield the engines that can run here; say why another is left out."""
    for name in names:
        if name not in ENGINES and name not in PEERS:
            raise SystemExit(f"no engine is called {name!r}; there are {', '.join((*ENGINES, *PEERS))}")
        package = PEERS.get(name)
        there = Path(__file__).with_name("peers").joinpath(f"{name}.py").exists()
        if name in PEERS and not there:
            print(f"{name} is left out: no adapter in peers/")
        elif package is not None and importlib.util.find_spec(package) is None:
            print(f"{name} is left out: the package {package} is not installed")
        else:
            yield name


def plot(rows: list[Row], path: Path) -> None:
    """Draw cost over best known against seconds, a panel for each family and size."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows = [row for row in rows if "cost" in row and row["trace"]]
    panels = sorted({(row["recipe"].audits, row["recipe"].size, row["family"]) for row in rows})
    engines = list(dict.fromkeys(row["engine"] for row in rows))
    figure, axes = plt.subplots(1, len(panels), figsize=(5 * len(panels), 4), squeeze=False, layout="constrained")
    for ax, (_, size, family) in zip(axes[0], panels, strict=True):
        for row in rows:
            if (row["recipe"].size, row["family"]) == (size, family):
                # Claims of a plan with illegal bookings are not drawn: only what verify accepted, when it was over.
                claims = [] if row["illegal"] else [(s, c) for s, c in row["trace"] if c >= row["cost"]]
                points = [*claims, (row["seconds"], row["cost"])]
                x, y = [max(s, 0.01) for s, _ in points], [c / max(1, row["best"]) for _, c in points]
                n = engines.index(row["engine"])
                ax.step(x, y, where="post", color=f"C{n}", lw=1, marker="o", ms=2, label=row["engine"])
        ax.set(title=f"{size}, {family}", xlabel="seconds", ylabel="cost over best known", xscale="log", yscale="log")
    handles = {label: h for ax in axes[0] for h, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside right upper")
    figure.savefig(path, dpi=150)


def versions() -> dict[str, str]:
    """Return the machine and the versions that numbers depend on."""
    from importlib import metadata

    names = ("auditmatch", "numpy", "numba", "ortools", "highspy", "pyjobshop", "alns", "timefold")
    there = {d.metadata["Name"].lower() for d in metadata.distributions()}
    found = {name: metadata.version(name) for name in names if name in there}
    return {"machine": platform.machine(), "cores": str(os.cpu_count()), "python": platform.python_version(), **found}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one tiny core instance, three seconds each")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--plot", type=Path, help="draw cost over best known against seconds into this file")
    parser.add_argument("--sizes", default="50x10,200x40,1000x120")
    parser.add_argument("--loads", default=",".join(map(str, LOADS)))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--engines", default=",".join((*ENGINES, *PEERS)))
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--update-best", action="store_true", help="keep better plans in best_known.json")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        asked, told = map(Path, arguments.child)
        told.write_text(json.dumps(child(json.loads(asked.read_text()))))
        return
    engines = list(usable(arguments.engines.split(",")))
    sizes = [(int(a), int(b)) for a, b in (size.split("x") for size in arguments.sizes.split(","))]
    chosen = [
        Recipe(*size, float(load), seed)
        for size in sizes
        for load in arguments.loads.split(",")
        for seed in range(1, min(arguments.seeds, SIZES.get(size, arguments.seeds)) + 1)
    ]
    families, seconds = arguments.families.split(","), arguments.seconds
    if arguments.smoke:
        chosen, families, seconds = [Recipe(12, 6, 0.85, 1)], ["core"], 3.0
    rows: list[Row] = []
    for recipe in chosen:
        for family in families:
            rows += (found := group(recipe, family, engines, seconds))
            show(found)
            if arguments.update_best and not arguments.smoke:
                best_known.update(recipe, family, [row for row in found if "cost" in row])
    if arguments.json:
        kept = [{k: v for k, v in row.items() if k != "plan"} | {"recipe": asdict(row["recipe"])} for row in rows]
        arguments.json.write_text(json.dumps({"versions": versions(), "seconds": seconds, "rows": kept}, indent=1))
    if arguments.plot:
        plot(rows, arguments.plot)


if __name__ == "__main__":
    main()
