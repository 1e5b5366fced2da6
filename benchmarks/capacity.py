"""Capacity: shares of a register, and the first level of a nation, against HiGHS on the same rows in the same run.

A nation: people of 31 provinces with ten pairs of (field, large class) each, four quarters; groups are (field, large
class, province, quarter). The peer is the one linear program that asks for the same least share, part by part; it must
find the same numbers. Processor seconds of this process.
Run: python benchmarks/capacity.py [--smoke] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.matching.first_level import first_level
from auditmatch.matching.network import Limits, Staffing
from auditmatch.matching.programs import Program, shares_by_programs

FIELDS, CLASSES, PROVINCES, QUARTERS, HELD = 10, 39, 31, 4, 10


def nation(people: int, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Return days asked and there, and pairs of group and (person, quarter)."""
    rng = np.random.default_rng(seed)
    province = rng.choice(PROVINCES, people, p=rng.dirichlet(np.full(PROVINCES, 3.0)))
    common = rng.zipf(1.5, 10_000) % CLASSES
    groups, persons = [], []
    for _ in range(HELD):
        field = np.minimum(rng.geometric(0.35, people) - 1, FIELDS - 1)
        place = (field * CLASSES + common[rng.integers(0, 10_000, people)]) * PROVINCES + province
        for quarter in range(QUARTERS):
            groups.append(place * QUARTERS + quarter)
            persons.append(np.arange(people) * QUARTERS + quarter)
    group, person = np.concatenate(groups), np.concatenate(persons)
    there = rng.integers(20, 60, people * QUARTERS).astype(float)
    holders = np.bincount(group, minlength=FIELDS * CLASSES * PROVINCES * QUARTERS)
    # Uneven demand: some codes ask far more of their people than others.
    return holders * rng.lognormal(0.3, 1.0, len(holders)) * 3, there, group, person


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    found = call()
    return time.process_time() - began, found


def peer(asked: Any, there: Any, group: Any, person: Any, found: Any) -> float:
    """Solve each part by one linear program; return the greatest difference of its share from ours."""
    worst = 0.0
    for part, level in enumerate(found.level.tolist()):
        keys = np.unique(np.stack([group, person])[:, found.part[group] == part], axis=1)
        groups, g = np.unique(keys[0], return_inverse=True)
        people, p = np.unique(keys[1], return_inverse=True)
        alone = np.full(len(people), -1)
        staffing = Staffing(asked[groups], there[people], g, p, alone, np.zeros(0), Limits.none())
        best = Program(staffing).solve(np.ones(len(groups), dtype=bool), np.zeros(len(groups)), np.inf)
        worst = max(worst, abs(best.share - level) / max(level, 1e-9))
    return worst


def nation_row(people: int, with_peer: bool) -> dict[str, Any]:
    arrays = nation(people)
    seconds, found = timed(lambda: first_level(*arrays))
    row = {
        "people": people,
        "groups": int((arrays[0] > 0).sum()),
        "pairs": len(arrays[2]),
        "seconds": round(seconds, 2),
    }
    row |= {"parts": len(found.level), "held": int(found.held.sum()), "least": round(float(found.level.min()), 4)}
    if with_peer:
        other, worst = timed(lambda: peer(*arrays, found))
        row |= {"HiGHS over ours": round(other / seconds, 1), "difference": float(f"{worst:.1e}")}
    return row


def register_row(auditors: int, audits: int, load: float) -> dict[str, Any]:
    register = am.sample(auditors, audits, load=load, seed=1)
    start, end = am.sample.sample_horizon(register)
    seconds, found = timed(lambda: am.capacity(register, start, end))
    other, shares = timed(lambda: shares_by_programs(found.staffing, 1.0))
    row = {
        "audits": audits,
        "auditors": auditors,
        "groups": len(found.P_star),
        "below 1": int((found.P_star < 1).sum()),
    }
    row |= {"seconds": round(seconds, 2), "programs needed": len(found.fair.parts)}
    worst = float(np.abs(shares[0] - found.P_star).max())
    return row | {"programs over the whole": round(other / seconds, 1), "difference": float(f"{worst:.1e}")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="small sizes")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    arguments = parser.parse_args()
    am.capacity(am.sample(5, 5))  # loads what is loaded once
    sizes = [(500, True)] if arguments.smoke else [(2_000, True), (20_000, False), (200_000, False)]
    registers = [(40, 200, 1.2)] if arguments.smoke else [(40, 200, 1.2), (120, 1_000, 1.2), (400, 10_000, 0.9)]
    rows = []
    for row in chain((register_row(*size) for size in registers), (nation_row(*size) for size in sizes)):
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
        rows.append(row)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {peak:.1f} GB")
    if arguments.json:
        found = {"python": platform.python_version(), "machine": platform.platform(), "peak_gb": peak, "rows": rows}
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
