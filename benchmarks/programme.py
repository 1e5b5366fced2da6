"""From certificates to a programme: how long does it take, what does merging save, and does a nation fit?

A body: certificates of `sample.portfolio` to the audits of a year, with and without merging, then levelled. A nation:
the visits of `sample.nation` for a year in batches, their person-days and P by field, large class, province and month.
Seconds of this process, and its peak memory.
Run: python benchmarks/programme.py [--smoke] [--audits 36000] [--certificates 4084224] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.coded import Coded
from auditmatch.programme import levelled, national, peak
from auditmatch.programme.national import _large

Row = dict[str, Any]
YEAR = ("2027-01-01", "2027-12-31")
# Numbers that no pack can confirm, as a body would state them.
STATED = {"Service": {"first_surveillance": 12.0, "surveillance_interval": 12.0}}
BY = ("field", "large", "province", "month")


def body(audits: int) -> Row:
    """Return what a year's programme of a body takes and saves."""
    register = am.sample.portfolio(am.sample(auditors=max(10, audits // 9), audits=audits, seed=1), "2026-12-01")
    began = time.perf_counter()
    plain = am.programme(register, *YEAR, stated=STATED)
    middle = time.perf_counter()
    merged = am.programme(register, *YEAR, stated=STATED, integration=0.1)
    after = time.perf_counter()
    flat = levelled(merged)
    number = len(np.unique(register.certificates["certificate_id"].astype(str)))
    days = float(plain.register.audits["person_days"].sum())
    return {
        "what": f"{number:,} certificates, a year",
        "seconds, not merged": round(middle - began, 2),
        "seconds, merged": round(after - middle, 2),
        "audits": len(plain),
        "audits, merged": len(merged),
        "person-days": days,
        "person-days saved by merging": round(merged.saved[0], 1),
        "share of them": f"{merged.saved[0] / days:.1%}",
        "cannot be placed": len(plain.lost),
        "fullest month over the mean, before and after levelling": [
            round(p / m, 2) for p, m in (peak(merged), peak(flat))
        ],
    }


def country(certificates: int) -> Row:
    """Return what a year's programme of a nation takes."""
    nation = am.sample.nation(certificates, seed=1, year=2027)
    began = time.perf_counter()
    total = {"visits": 0, "days": 0.0}

    def demand() -> Iterator[Row]:
        for batch in national(nation, *YEAR, stated=STATED):
            days = batch.pop("person_days")
            total["visits"] += len(days)
            total["days"] += float(days.sum())
            yield batch

    def supply() -> Iterator[Row]:
        for batch in nation.supply():
            codes, large = _large(batch["specialty"].values)
            yield batch | {"large": Coded(codes[batch["specialty"].codes], large)}

    degree = am.matching.degree_of(demand(), supply(), by=BY)
    return {
        "what": f"a nation of {certificates:,} certificates, a year, with P by {', '.join(BY)}",
        "seconds": round(time.perf_counter() - began, 1),
        "visits": total["visits"],
        "person-days": round(total["days"], 1),
        "groups": len(degree["P"]),
        "groups with P below 1": int((np.asarray(degree["P"], dtype=float) < 1).sum()),
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny, seconds")
    parser.add_argument("--audits", type=int, default=36_000, help="of the sample whose certificates are taken")
    parser.add_argument("--certificates", type=int, default=4_084_224, help="of the nation")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    asked = parser.parse_args()
    rows = []
    for job in (
        lambda: body(60 if asked.smoke else asked.audits),
        lambda: country(20_000 if asked.smoke else asked.certificates),
    ):
        rows.append(job() | {"peak GB so far": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2)})
        for name, value in rows[-1].items():
            print(f"{name}: {value}", flush=True)
        print(flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
