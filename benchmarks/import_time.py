"""How long does the package take to load? Fresh interpreters, their own start taken off, against NumPy's.

Prints for each statement the medians over runs: processor time, its ratio to `import numpy`, and wall time. The
statements take turns, so that what else the machine does falls on all alike. `import auditmatch` is to stay under
150 ms.
Run: python benchmarks/import_time.py [--smoke] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

STATEMENTS = {
    "nothing": "pass",
    "numpy": "import numpy",
    "auditmatch": "import auditmatch",
    "auditmatch.read": "import auditmatch; auditmatch.read",
    "auditmatch.matching_degree": "import auditmatch; auditmatch.matching_degree",
    "auditmatch.solve": "import auditmatch; auditmatch.solve",
}


def milliseconds(statement: str) -> tuple[float, float]:
    """Return the processor time and the wall time of a fresh interpreter that runs one statement."""
    began = time.perf_counter()
    code = f"{statement}; import time; print(time.process_time())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout) * 1000, (time.perf_counter() - began) * 1000


def measure(runs: int) -> list[dict[str, object]]:
    """Return a row for each statement."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in STATEMENTS}
    for _ in range(runs + 1):
        for name, statement in STATEMENTS.items():
            times[name].append(milliseconds(statement))
    # The first round fills the disk cache and the compiled files, and is left out.
    median = {
        name: [statistics.median(kind) for kind in zip(*rounds[1:], strict=True)] for name, rounds in times.items()
    }
    start = median.pop("nothing")
    net = {name: [each - own for each, own in zip(kinds, start, strict=True)] for name, kinds in median.items()}
    least = max(net["numpy"][0], 0.1)
    return [
        {"import": name, "CPU ms": round(cpu, 1), "ratio to numpy": round(cpu / least, 2), "wall ms": round(wall, 1)}
        for name, (cpu, wall) in net.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="one run each")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    arguments = parser.parse_args()
    rows = measure(1 if arguments.smoke else 15)
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    if arguments.json:
        found = {"python": platform.python_version(), "machine": platform.platform(), "rows": rows}
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
