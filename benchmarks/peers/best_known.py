"""The least cost known of each instance, with its plan: kept in best_known.json beside the benchmarks.

A plan stands there as bookings [audit, start, length, team], deflated; of large instances only its sha256. Nothing
comes in that `verify` does not accept at the cost that is claimed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from instances import Recipe

import auditmatch as am
from auditmatch.placement import Placed

KEPT = Path(__file__).parents[1] / "best_known.json"
# Instances of so many audits keep their plans, 8 kB each; the file stays under 1 MB.
LARGEST_KEPT = 1_000


def read() -> dict[str, dict[str, Any]]:
    """Return what is kept."""
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def costs(recipe: Recipe, family: str) -> list[int]:
    """Return the cost kept of an instance, if there is one."""
    entry = read().get(f"{family} {recipe.name}")
    return [entry["cost"]] if entry else []


def plan_of(entry: dict[str, Any]) -> list[Any]:
    """Return the bookings of an entry that holds a plan."""
    return list(json.loads(zlib.decompress(base64.b85decode(entry["plan"]))))


def update(recipe: Recipe, family: str, rows: list[dict[str, Any]]) -> None:
    """Keep the best plan of some rows where it is better than what is kept and `verify` accepts it."""
    best = min(rows, key=lambda row: row["cost"], default=None)
    if best is None or any(cost <= best["cost"] for cost in costs(recipe, family)):
        return
    problem = recipe.problem(family)
    halves = problem.lowered.halves
    bookings = sorted([audit, start, length, sorted(map(list, team))] for audit, start, length, team in best["plan"])
    placed = [Placed(a, s, p, tuple(map(tuple, team)), halves(s, p)) for a, s, p, team in bookings]
    verdict = am.verify(problem, problem.plan_of(placed))
    if not verdict.ok or verdict.cost != best["cost"]:
        raise SystemExit(f"{recipe.name}: the plan of {best['engine']} claims {best['cost']}, verify says {verdict}")
    text = json.dumps(bookings, separators=(",", ":")).encode()
    entry: dict[str, Any] = {
        "cost": verdict.cost,
        "engine": best["engine"],
        "sha256": hashlib.sha256(text).hexdigest(),
    }
    if recipe.audits <= LARGEST_KEPT:
        entry["plan"] = base64.b85encode(zlib.compress(text, 9)).decode()
    kept = read()
    kept[f"{family} {recipe.name}"] = entry
    KEPT.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
