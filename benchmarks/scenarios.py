"""The registers of evidence.py, a recipe each over load, scarcity and willingness; and the file of their rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from execution import ITEMS

import auditmatch as am

LOADS = (0.7, 0.9, 1.1)
SCARCITIES = (0.2, 0.5, 0.8)
WILLINGNESS = (0.95, 0.8, 0.6)
# Registers of each scenario.
ROUNDS = 12
# Concentration of the beta distribution of willingness: the larger, the more alike people are.
ALIKE = 6.0
WORLDS = ("acting", "not acting", "misreported", "people alone", "clients alone")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one register is made from."""

    auditors: int
    audits: int
    load: float
    scarcity: float
    willingness: float
    seed: int

    def register(self) -> am.Register:
        """Return a sample whose willingness and cooperation are drawn anew around the mean asked for."""
        made = am.sample(self.auditors, self.audits, self.load, self.scarcity, self.seed)
        rng = np.random.default_rng([self.seed, round(1000 * self.willingness), 1])
        people, clients = ({c: t[c] for c in t.columns} for t in (made.auditors, made.organisations))
        will = self._ratios(rng, len(made.auditors))
        people |= dict.fromkeys(ITEMS, will)
        kind = self._ratios(rng, len(made.organisations))
        clients |= {"client_timing": kind, "inspections": kind}
        return made.with_tables(auditors=people, organisations=clients)

    def _ratios(self, rng: np.random.Generator, count: int) -> Any:
        drawn = rng.beta(ALIKE * self.willingness, ALIKE * (1 - self.willingness), count)
        return np.clip(np.round(drawn, 2), 0.05, 1.0)


def recipes(rounds: int = ROUNDS, auditors: int = 40, audits: int = 200) -> Iterator[Recipe]:
    """Yield the recipes, each with a seed of its own: 1, 2, ...

    The scenarios come round after round, so that a run that was stopped has something of each.
    """
    for seed, (_, load, scarcity, willingness) in enumerate(product(range(rounds), LOADS, SCARCITIES, WILLINGNESS), 1):
        yield Recipe(auditors, audits, load, scarcity, willingness, seed)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines; a last line that was torn off is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return rows


def recipe_of(row: dict[str, Any]) -> Recipe:
    """Return the recipe of a row."""
    return Recipe(**{name: row[name] for name in Recipe.__slots__})
