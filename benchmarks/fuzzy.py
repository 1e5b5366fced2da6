"""How fast are fuzzy factors? Rules against skfuzzy.control on the same rows, cuts of P against crisp valuations.

Rules: the same rule bases, terms, grid (101 points) and random rows, in the library's kernels, in its NumPy form and in
skfuzzy.control, which is asked row by row as its scalar mode asks for (its array mode fails where an output term has no
rule). Rows a second, the ratio to control of the same run, and the greatest difference of the outputs. Control adds
points to its grid where terms are clipped, so outputs differ by up to 5e-3.
Cuts: P of every group of a sampled register at 11 levels, and the seconds of one crisp matching degree beside it.
All run on one thread, and seconds are the processor's, so that what else the machine does falls on none.
Run: python benchmarks/fuzzy.py [--smoke] [--rows 1000000] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.fuzzy_tables import AUDITOR_ITEMS, ORGANISATION_ITEMS
from auditmatch.matching import Inference, matching_degree, read_rules

THREE = {"low": "trapmf(0, 0, 0.2, 0.5)", "medium": "trimf(0.2, 0.5, 0.8)", "high": "trapmf(0.5, 0.8, 1, 1)"}
FIVE = {"very low": "trimf(0, 0, 0.25)", "low": "trimf(0, 0.25, 0.5)", "medium": "trimf(0.25, 0.5, 0.75)"}
FIVE |= {"high": "trimf(0.5, 0.75, 1)", "very high": "trimf(0.75, 1, 1)"}


def rule_base(number: int) -> Inference:
    """Return rules with five conditions each: all 243, or some of them drawn at random."""
    every = list(product(range(3), repeat=5))
    if number < len(every):
        every = [every[row] for row in np.random.default_rng(0).choice(len(every), number, replace=False)]
    words, levels = tuple(THREE), tuple(FIVE)
    table = {item: [words[scores[place]] for scores in every] for place, item in enumerate(AUDITOR_ITEMS)}
    table["B1"] = [levels[int(4 * sum(scores) / 10 + 0.5)] for scores in every]
    return read_rules(table, dict.fromkeys(AUDITOR_ITEMS, THREE) | {"B1": FIVE})


def control(inference: Inference) -> Any:
    """Return the same rules as a simulation of skfuzzy.control; it keeps no results, so that none is looked up."""
    from skfuzzy import control as ctrl

    grid = np.linspace(0, 1, inference.points)
    inputs = {name: ctrl.Antecedent(grid, name) for name in inference.names}
    output = ctrl.Consequent(grid, inference.output.name)
    for variable, mine in (*zip(inputs.values(), inference.inputs, strict=True), (output, inference.output)):
        for word, shape in mine.terms.items():
            variable[word] = shape.grade(grid)
    rules = []
    for rule in inference.rules:
        whole = None
        for name, (word,) in rule.when:
            part = inputs[name][word]
            whole = part if whole is None else whole & part
        rules.append(ctrl.Rule(whole, output[rule.then]))
    return ctrl.ControlSystemSimulation(ctrl.ControlSystem(rules), cache=False)


def by_control(inference: Inference, values: Mapping[str, Any], rows: int) -> tuple[float, Any]:
    """Return seconds and outputs of the first rows; NaN where no rule fires, of which control says nothing."""
    simulation, found = control(inference), np.full(rows, np.nan)
    began = time.process_time()
    for row in range(rows):
        for name in inference.names:
            simulation.input[name] = float(values[name][row])
        simulation.compute()
        found[row] = simulation.output.get(inference.output.name, np.nan)
    return time.process_time() - began, found


def median_seconds(run: Callable[[], Any], times: int) -> float:
    run()  # compiles, and fills the caches
    taken = []
    for _ in range(times):
        began = time.process_time()
        run()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def compare_rules(number: int, rows: int, slow: int, times: int) -> dict[str, Any]:
    """Return a row of the table: one rule base."""
    inference, rng = rule_base(number), np.random.default_rng(1)
    values = {name: rng.random(rows) for name in inference.names}
    few = {name: column[: max(rows // 50, 1)] for name, column in values.items()}

    def ask(some: Mapping[str, Any], compiled: bool) -> Any:
        return inference.infer(some, unfired="flag", compiled=compiled).values

    kernels = rows / median_seconds(lambda: ask(values, True), times)
    plain = len(few[AUDITOR_ITEMS[0]]) / median_seconds(lambda: ask(few, False), times)
    seconds, peer = by_control(inference, values, slow)
    mine = ask({name: column[:slow] for name, column in values.items()}, True)
    both = ~np.isnan(mine) & ~np.isnan(peer)
    return {
        "rules": number,
        "rows": rows,
        "kernels, rows/s": round(kernels),
        "NumPy, rows/s": round(plain),
        "control, rows/s": round(slow / seconds, 1),
        "kernels over control": round(kernels * seconds / slow),
        "greatest difference": float(np.abs(mine - peer)[both].max(initial=0.0)),
        "rows without a rule": int(np.isnan(mine).sum()),
        "of them silent in control": int((np.isnan(mine) & np.isnan(peer)).sum()),
    }


def compare_cuts(audits: int, times: int) -> dict[str, Any]:
    """Return seconds of a crisp degree and of a fuzzy one of a sampled register, every item of which is fuzzy."""
    register, rng = am.sample(audits=audits, seed=1), np.random.default_rng(2)
    rows: dict[str, list[str]] = {"member_id": [], "item": [], "value": []}
    items = [("auditors", "auditor_id", item) for item in AUDITOR_ITEMS]
    items += [("organisations", "organisation_id", item) for item in ORGANISATION_ITEMS if item != "certificates"]
    for table, key, item in items:
        for member in register.table(table)[key].tolist():
            rows["member_id"].append(member)
            rows["item"].append(item)
            rows["value"].append(f"trap({', '.join(f'{corner:.3f}' for corner in np.sort(rng.random(4)))})")
    fuzzy = register.with_tables(fuzzy=rows)
    degree = matching_degree(fuzzy)
    crisp = median_seconds(lambda: matching_degree(register), times)
    cuts = median_seconds(lambda: degree.fuzzy(11), times)
    chances = median_seconds(lambda: degree.fuzzy(2).possibility(1.0), times)
    return {
        "audits": audits,
        "groups": len(degree.P),
        "fuzzy items": len(rows["item"]),
        "crisp degree, s": round(crisp, 4),
        "11 levels, s": round(cuts, 4),
        "11 levels over 22 crisp degrees": round(cuts / (22 * crisp), 3),
        "exact possibility, s": round(chances, 4),
    }


def show(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(
            "  ".join(
                f"{name} {value:,}" if isinstance(value, int) else f"{name} {value:.4g}" for name, value in row.items()
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="few rows: that it runs, not what it finds")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows for the kernels")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    arguments = parser.parse_args()
    rows, times = (5_000, 1) if arguments.smoke else (arguments.rows, 5)
    rules = [compare_rules(25, rows, 20 if arguments.smoke else 200, times)]
    rules.append(compare_rules(243, rows, 1 if arguments.smoke else 10, times))
    show(rules)
    cuts = [compare_cuts(50 if arguments.smoke else 1_000, times)]
    show(cuts)
    if arguments.json:
        found = {"python": platform.python_version(), "machine": platform.platform(), "rules": rules, "cuts": cuts}
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
