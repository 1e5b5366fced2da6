"""The instances of comparison.py: a recipe and a checksum each, kept in instances.json.

Family *core* holds the rules that every peer can state; *full* holds all default rules. Both stand on the same
register, `am.sample` at loads 0.6, 0.85 and 1.05. The checksum is over the register's tables, written canonically, so
that somebody else's instance is the same one or is seen not to be.
Run: python benchmarks/instances.py --check [--smoke]      all checksums, or those of the small sizes
     python benchmarks/instances.py --write [--sizes 50x10,200x40]
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch import rules

HERE = Path(__file__).parent
KEPT = HERE / "instances.json"
LOADS = (0.6, 0.85, 1.05)
# Seeds by size: five where a run is short, one where reading the instance takes minutes.
SIZES = {(50, 10): 5, (200, 40): 5, (1_000, 120): 5, (10_000, 600): 1, (100_000, 5_000): 1}
SMALL = {(50, 10), (200, 40)}
# What every peer can state fully: forms, starts, absences and competence of a person, covers, one place at a time.
CORE = frozenset(
    ("absences", "interns", "lead", "membership", "morning_start", "one_place", "specialty", "team_size", "windows")
)
FAMILIES = ("core", "full")


@dataclass(frozen=True, slots=True, order=True)
class Recipe:
    """Arguments of `am.sample`."""

    audits: int
    auditors: int
    load: float
    seed: int

    @property
    def size(self) -> str:
        """Audits x auditors."""
        return f"{self.audits}x{self.auditors}"

    @property
    def name(self) -> str:
        """Key in instances.json."""
        return f"{self.size} load {self.load:.2f} seed {self.seed}"

    def register(self) -> am.Register:
        """Return the register."""
        return am.sample(auditors=self.auditors, audits=self.audits, load=self.load, seed=self.seed)

    def problem(self, family: str) -> am.Problem:
        """Return the problem of a family."""
        register = self.register()
        report = am.sample.load_report(register)
        chosen = [rule for rule in rules.default() if family == "full" or rule.name in CORE]
        return am.Problem(register, report.start, report.end, rules=chosen)


def recipes(sizes: list[tuple[int, int]] | None = None) -> Iterator[Recipe]:
    """Yield all recipes, or those of some sizes."""
    for size, seeds in SIZES.items():
        if sizes is None or size in sizes:
            for load in LOADS:
                for seed in range(1, seeds + 1):
                    yield Recipe(*size, load, seed)


def checksum(register: am.Register) -> str:
    """Return the sha256 of a register's tables: names and values in order, numbers by their shortest text.

    Columns that came later are left out: samples leave them at their defaults, and no plan depends on them.
    """
    from auditmatch.cycle_tables import CERTIFICATE_COLUMNS
    from auditmatch.tables import TABLES

    total, cycle = hashlib.sha256(), {column.name for column in CERTIFICATE_COLUMNS}
    later = {"certificates": cycle, "auditors": {"away_monthly", "home_days"}, "audits": {"reviewer"}}
    for name in sorted(TABLES):
        table = register.table(name)
        asked = sorted(set(table.columns) - later.get(name, set()))
        for column in asked if len(table) else ():
            values = [_text(value) for value in np.asarray(table[column]).tolist()]
            total.update(json.dumps([name, column, values], ensure_ascii=False).encode())
    return total.hexdigest()


def _text(value: Any) -> str | None:
    """Return one cell as text; None where it is absent."""
    if value is None or value != value:
        return None
    return repr(value) if isinstance(value, float) else str(value)


def kept() -> dict[str, dict[str, Any]]:
    """Return what instances.json holds."""
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def main() -> None:
    """Check or write the checksums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare all checksums (also what --smoke does)")
    parser.add_argument("--write", action="store_true", help="write the checksums of --sizes")
    parser.add_argument("--smoke", action="store_true", help="the small sizes only")
    parser.add_argument("--sizes", help="such as 50x10,200x40; default all")
    arguments = parser.parse_args()
    sizes = [s for s in SIZES if s in SMALL] if arguments.smoke else None
    if arguments.sizes:
        sizes = [(int(a), int(b)) for a, b in (size.split("x") for size in arguments.sizes.split(","))]
    known, wrong = kept(), 0
    for recipe in recipes(sizes):
        if not arguments.write and recipe.name not in known:
            print(f"{recipe.name}: no checksum is kept")
            continue
        found = checksum(recipe.register())
        if arguments.write:
            known[recipe.name] = {**asdict(recipe), "sha256": found}
            KEPT.write_text(json.dumps(known, indent=1) + "\n")
        elif known[recipe.name]["sha256"] != found:
            wrong += 1
            print(f"{recipe.name}: {found} is not {known[recipe.name]['sha256']}")
    print(f"{len(known)} instances kept, {wrong} differ")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
