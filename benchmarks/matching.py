"""The matching degree of a nation: how far from the memory's own speed, how far ahead of data frame engines?

Rows are the 4,084,224 certificates of `am.sample.nation`, or fewer. Everything is timed in one process for each number
of threads, in turns, so that what else the machine does falls on all alike; medians of five runs, wall and processor
time. The floor is `np.sum` of the same four columns and the ids: nobody can read the rows faster.

1. Sum of 1 / (B2 C2 D E) over groups that are already numbered (int32, in random order, the hardest), 6,260 groups and
   2.3 million, beside plain NumPy, pandas, polars, DuckDB and pyarrow. "checked" looks at the domain of every factor
   as well, which no other does.
2. The whole call, from Parquet to P (keys, distinct members, effective means, checks), beside polars'
   scan and collect of the same columns, which only reads them.
3. Peak memory of a process that streams the nation, or ten of them, through `degree_of`.

Run: python benchmarks/matching.py [--smoke] [--json FILE] [--certificates 4084224] [--only kernel,whole,memory]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.coded import Coded
from auditmatch.matching import degree_of, group_totals
from auditmatch.sample.nation import CERTIFICATES

RUNS = 5
GROUPS = (6_260, 2_300_000)
FACTORS = ("B2", "C2", "D", "E")
TWO, FOUR = ("field", "specialty"), ("field", "specialty", "province", "month")
CALLS = {
    "2 keys": (TWO, False),
    "2 keys, rolled up": (TWO, True),
    "4 keys": (FOUR, False),
    "4 keys, rolled up": (FOUR, True),
}
PEERS = ("numpy", "polars", "duckdb", "pandas", "pyarrow", "numba")
Row = dict[str, Any]
Work = Callable[[], Any]


def medians(works: dict[str, Work]) -> dict[str, tuple[float, float]]:
    """Return the median milliseconds of each work over RUNS turns, after one that warms up: wall and processor time.

    On one thread the two are equal on a quiet machine; on a busy one the processor's time is the truer.
    """
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(RUNS + 1):
        for name, work in works.items():
            began, busy = time.perf_counter(), time.process_time()
            work()
            if turn:
                times[name].append(((time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000))
    return {name: tuple(map(statistics.median, zip(*each, strict=True))) for name, each in times.items()}


def engines(columns: dict[str, Any], groups: int, threads: int) -> dict[str, Work]:
    """Return the peers' ways to sum 1 / (B2 C2 D E) by group, each on its own kind of table."""
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    group, b2, c2, d, e = columns.values()
    frame, lazy = pd.DataFrame(columns), pl.DataFrame(columns).lazy()
    base = duckdb.connect()
    base.execute(f"SET threads = {threads}")
    arrow = pa.table(columns)
    base.register("arrow", arrow)
    base.execute("CREATE TABLE rows AS SELECT * FROM arrow")
    pa.set_cpu_count(threads)
    product = pl.col("B2") * pl.col("C2") * pl.col("D") * pl.col("E")
    query = 'SELECT "group", sum(1 / (B2 * C2 * D * E)) AS y FROM rows GROUP BY "group"'

    def arrow_sum() -> Any:
        import pyarrow.compute as pc

        whole = arrow.column("B2")
        for name in FACTORS[1:]:
            whole = pc.multiply(whole, arrow.column(name))
        table = pa.table({"group": arrow.column("group"), "y": pc.divide(1.0, whole)})
        return table.group_by("group").aggregate([("y", "sum")])

    return {
        "NumPy bincount": lambda: np.bincount(group, weights=1 / (b2 * c2 * d * e), minlength=groups),
        "pandas": lambda: (1 / (frame.B2 * frame.C2 * frame.D * frame.E)).groupby(frame["group"], sort=False).sum(),
        "polars": lambda: lazy.group_by("group").agg((1 / product).sum()).collect(),
        "DuckDB": lambda: base.execute(query).fetchnumpy(),
        "pyarrow": arrow_sum,
    }


def kernel_rows(folder: Path, threads: int) -> list[Row]:
    """Time the sum over numbered groups; check that all find the same."""
    columns = {name: np.load(folder / f"{name}.npy") for name in FACTORS}
    rows, found = len(columns["B2"]), []
    for groups in GROUPS:
        group = np.random.default_rng(groups).integers(0, groups, rows).astype(np.int32)
        table = {"group": group, **columns}
        works: dict[str, Work] = {"floor": lambda table=table: [values.sum() for values in table.values()]}
        for name, check in (("kernel", False), ("kernel, checked", True)):
            works[name] = lambda group=group, groups=groups, check=check: group_totals(
                group, columns, groups, threads=threads, check=check
            )
        works |= engines(table, groups, threads)
        agree(works, groups)
        times = medians(works)
        engine = [times[name] for name in ("pandas", "polars", "DuckDB")]
        (floor, floor_cpu), (least, least_cpu) = times["floor"], map(min, zip(*engine, strict=True))
        for name, (wall, cpu) in times.items():
            row = {"threads": threads, "groups": groups, "what": name, "ms": wall, "of floor": wall / floor}
            row |= {
                "sooner": least / wall,
                "CPU ms": cpu,
                "CPU of floor": cpu / floor_cpu,
                "CPU sooner": least_cpu / cpu,
            }
            found.append(row)
    return found


def agree(works: dict[str, Work], groups: int) -> None:
    """Stop unless every engine finds the same sums."""
    expected = works["NumPy bincount"]()
    np.testing.assert_allclose(works["kernel"](), expected, rtol=1e-11)
    polars, duck = works["polars"](), works["DuckDB"]()
    for ids, sums in (
        (polars["group"].to_numpy(), polars["B2" if "B2" in polars else "literal"].to_numpy()),
        (duck["group"], duck["y"]),
    ):
        whole = np.zeros(groups)
        whole[ids] = sums
        np.testing.assert_allclose(whole, expected, rtol=1e-11)


def whole_rows(folder: Path, threads: int) -> list[Row]:
    """Time the whole call from Parquet, beside reading alone."""
    import polars as pl

    paths = (folder / "demand.parquet", folder / "supply.parquet")
    found = []
    for name, (by, rollup) in CALLS.items():
        wanted = (
            [*by, "organisation_id", *FACTORS],
            [*(key for key in by if key != "month"), "auditor_id", "B1", "C1"],
        )
        times = medians(
            {
                "call": lambda by=by, rollup=rollup: degree_of(*paths, by, rollup=rollup, threads=threads),
                "scan": lambda wanted=wanted: [
                    pl.scan_parquet(path).select(names).collect() for path, names in zip(paths, wanted, strict=True)
                ],
            }
        )
        rows = len(degree_of(*paths, by, rollup=rollup, threads=threads))
        (wall, cpu), (scan, scan_cpu) = times["call"], times["scan"]
        row = {"threads": threads, "what": name, "rows": rows, "ms": wall, "scan ms": scan, "of scan": wall / scan}
        found.append(row | {"CPU ms": cpu, "CPU of scan": cpu / scan_cpu})
    return found


def memory_row(certificates: int, name: str) -> Row:
    """Stream a nation through one call, and tell the peak memory of this process."""
    by, rollup = CALLS[name]
    degree_of(am.sample.nation(1_000).demand(), am.sample.nation(1_000).supply(), by, rollup=rollup)
    before = peak()
    nation = am.sample.nation(certificates)
    began = time.perf_counter()
    degree = degree_of(nation.demand(), nation.supply(), by, rollup=rollup)
    seconds = time.perf_counter() - began
    return {
        "certificates": certificates,
        "what": name,
        "rows": len(degree),
        "before MB": before,
        "peak MB": peak(),
        "seconds": seconds,
    }


def peak() -> float:
    """Return the greatest memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def prepare(folder: Path, certificates: int) -> None:
    """Write the rows that all read: Parquet, and the factors of demand as arrays."""
    nation = am.sample.nation(certificates)
    nation.write(folder)
    batches = list(nation.demand())
    for name in FACTORS:
        parts = [batch[name] for batch in batches]
        assert not isinstance(parts[0], Coded)
        np.save(folder / f"{name}.npy", np.concatenate(parts))


def in_process(*arguments: str, threads: int | None = None) -> list[Row]:
    """Run a part of this script in a process of its own, as engines take their threads from the environment."""
    count = {} if threads is None else dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS"), str(threads))
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | count)
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def show(rows: list[Row]) -> None:
    """Print rows as a table."""
    if rows:
        cells = [
            [
                f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
                for value in row.values()
            ]
            for row in rows
        ]
        widths = [max(map(len, column)) for column in zip(list(rows[0]), *cells, strict=True)]
        for line in (list(rows[0]), *cells):
            print("  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)), flush=True)
        print(flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="40,000 certificates: that it runs, not what it finds")
    parser.add_argument("--certificates", type=int, default=CERTIFICATES)
    parser.add_argument("--only", default="kernel,whole,memory")
    parser.add_argument("--json", type=Path, help="write all rows to this file, with machine and versions")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        part, what, count = arguments.part
        ways = {"kernel": kernel_rows, "whole": whole_rows}
        found = [memory_row(int(count), what)] if part == "memory" else ways[part](Path(what), int(count))
        print(json.dumps(found))
        return
    size = 40_000 if arguments.smoke else arguments.certificates
    rows: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), size)
        for part in [part for part in ("kernel", "whole") if part in arguments.only]:
            rows[part] = []
            for threads in (1, 2):
                rows[part] += in_process("--part", part, folder, str(threads), threads=threads)
            show(rows[part])
    if "memory" in arguments.only:
        rows["memory"] = [
            in_process("--part", "memory", name, str(times * size))[0] for name in CALLS for times in (1, 10)
        ]
        show(rows["memory"])
    if arguments.json:
        versions = {name: metadata.version(name) for name in PEERS}
        machine = {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            **versions,
        }
        arguments.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
