"""Replanning after events: how many bookings change against the least that can, how long it takes, what it costs.

Small cases: registers of 8 auditors and 24 audits with an auditor away for a week; the changes against the proven lower
bound, without and with 6 seconds of search, and how often the search proves that nothing leaves out less and changes
fewer. Large: one auditor away for a week from a greedy plan; seconds of lowering the changed problem and in all;
milliseconds of recommend and explain. Remedies: those that explain names, applied and verified. Day by day: mixed
events one after another, against a plan made afresh by auto.
Run: python benchmarks/replanning.py [--smoke] [--json FILE] [--cases 200] [--size 10000x600] [--remedies 500]
     [--events 50] [--seconds 30]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.disruptions import disrupt

Row = dict[str, Any]


def body(audits: int, auditors: int, load: float, seed: int) -> am.Problem:
    """Return a made-up problem."""
    register = am.sample(auditors=auditors, audits=audits, load=load, seed=seed)
    return am.Problem(register, *am.sample.sample_horizon(register))


def away(problem: am.Problem, plan: am.Plan, luck: np.random.Generator) -> am.Event:
    """Return a week's absence of somebody who works in it."""
    row = int(luck.integers(len(plan.table)))
    first = plan.table["start"][row]
    return am.Event("away", auditor_id=str(plan.table["auditor_id"][row]), start=str(first), end=str(first + 6))


def small(cases: int, seconds: float = 6.0) -> Row:
    """Return how often the changes are the fewest that can be, without and with a search after the repair."""
    found: dict[str, list[tuple[int, int, int, bool]]] = {"repair": [], "search": []}
    for seed in range(1, cases + 1):
        problem = body(24, 8, 0.8, seed)
        old = am.solve(problem, am.Budget(work=20, seed=seed)).plan
        event = away(problem, old, np.random.default_rng(seed))
        for way, budget in (("repair", None), ("search", am.Budget(seconds=seconds, seed=seed))):
            after = am.replan(problem, old, [event], budget=budget)
            assert am.verify(after.problem, after.plan).ok
            found[way].append((after.disturbed, after.fewest, len(after.left_out), after.changes_gap == 0))
    row: Row = {"what": "24 audits x 8", "cases": cases}
    for way, some in found.items():
        row[f"{way}: fewest changes, and all served"] = sum(d == f and not lost for d, f, lost, _ in some)
        row[f"{way}: fewest changes"] = sum(d == f for d, f, *_ in some)
        row[f"{way}: audits left out"] = sum(lost for _, _, lost, _ in some)
    proven = [(r, s) for r, s in zip(found["repair"], found["search"], strict=True) if s[3]]
    row["search: proven, fewest left out and then fewest changes"] = len(proven)
    row["of these repair alone is the same"] = sum(r[:3:2] == s[:3:2] for r, s in proven)
    return row


def large(audits: int, auditors: int, times: int) -> Row:
    """Return the seconds of replanning after one absence."""
    problem = body(audits, auditors, 0.85, 1)
    old = am.solve(problem, am.Budget(seconds=600), engine="greedy").plan
    luck, rows = np.random.default_rng(1), []
    for _ in range(times):
        event = away(problem, old, luck)
        began = time.perf_counter()
        after = am.replan(problem, old, [event])
        whole = time.perf_counter() - began
        began = time.perf_counter()
        register = disrupt(problem.scene.register, [event])
        am.Problem(register, problem.scene.start, problem.scene.end, plan=old)
        rows.append((whole, time.perf_counter() - began, len(after.broken), after.beyond, len(after.left_out)))
    columns = list(zip(*rows, strict=True))
    return {
        "what": f"{audits} audits x {auditors}, one away for a week",
        "seconds, first call": round(rows[0][0], 2),
        "seconds, median": round(statistics.median(columns[0]), 2),
        "of these lowering the new problem": round(statistics.median(columns[1]), 2),
        "audits that lost a member": sum(columns[2]),
        "changed beyond these": sum(columns[3]),
        "left out": sum(columns[4]),
    }


def asking(audits: int, auditors: int, times: int) -> Row:
    """Return the milliseconds of questions about single audits, the first ones apart."""
    problem = body(audits, auditors, 0.85, 1)
    plan = am.solve(problem, am.Budget(seconds=600), engine="greedy").plan
    luck = np.random.default_rng(1)
    names = np.array([problem.scene.audit_id(a) for a in problem.audits.tolist()])
    out = np.setdiff1d(names, plan.audits)
    row: Row = {"what": f"{audits} audits x {auditors}, questions about one audit"}
    for what, ask, some in (
        ("recommend", am.recommend, names),
        ("recommend, left out", am.recommend, out),
        ("explain without remedies, left out", partial(am.explain, remedies=False), out),
        ("explain, left out", am.explain, out),
    ):
        spent = []
        for name in luck.choice(some, min(times, len(some)), replace=False).tolist():
            began = time.perf_counter()
            ask(problem, plan, name)
            spent.append(1000 * (time.perf_counter() - began))
        if spent:
            late = sorted(spent[1:] or spent)
            row[f"{what}: ms, first call"] = round(spent[0], 1)
            row[f"{what}: ms, median"] = round(statistics.median(late), 1)
            row[f"{what}: ms, slowest of {len(late)}"] = round(late[-1], 1)
    return row


def cures(audits: int, auditors: int, asked: int) -> Row:
    """Return how many of the remedies that explain names serve the audit once they are applied to a whole problem."""
    named: Counter[str] = Counter()
    audits_asked = helped = broken = seed = 0
    while audits_asked < asked:
        problem = body(audits, auditors, 0.85, seed := seed + 1)
        plan = am.solve(problem, am.Budget(seconds=600), engine="greedy").plan
        for name in np.setdiff1d([problem.scene.audit_id(a) for a in problem.audits.tolist()], plan.audits).tolist():
            found = am.explain(problem, plan, name).remedies
            audits_asked, helped = audits_asked + 1, helped + bool(found)
            for remedy in found:
                changed, after = remedy.apply(problem, plan)
                named[remedy.kind] += 1
                broken += not am.verify(changed, after).ok or name not in after.audits
    row: Row = {"what": f"{audits} audits x {auditors}, {seed} bodies: remedies applied", "left out": audits_asked}
    kinds = {f"named: {kind}": number for kind, number in sorted(named.items())}
    return row | {"with a remedy": helped, **kinds, "that do not serve the audit": broken}


def daily(audits: int, auditors: int, events: int, seconds: float) -> Row:
    """Return the cost after many events, one replanning each, over that of a plan made afresh at the end."""
    problem = body(audits, auditors, 0.85, 2)
    plan = am.solve(problem, am.Budget(seconds=seconds, seed=1)).plan
    luck, changed, spent = np.random.default_rng(2), 0, 0.0
    for n in range(events):
        booked = plan.audits
        audit = str(luck.choice(booked))
        row = problem.scene.register.index("audits", [audit])[0]
        first, last = (problem.scene.register.audits[name][row] for name in ("earliest", "latest"))
        event = (
            away(problem, plan, luck),
            am.Event("cancelled", audit_id=audit),
            am.Event("moved", audit_id=audit, start=str(first + 2), end=str(max(last, first + 2))),
        )[n % 3]
        began = time.perf_counter()
        after = am.replan(problem, plan, [event])
        spent += time.perf_counter() - began
        changed += after.disturbed
        problem, plan = after.problem, after.plan
    bare = am.Problem(problem.scene.register.with_tables(plan=None), problem.scene.start, problem.scene.end)
    fresh = am.solve(bare, am.Budget(seconds=max(spent, 1.0), seed=1))
    return {
        "what": f"{audits} audits x {auditors}, {events} events in turn",
        "seconds": round(spent, 1),
        "bookings changed": changed,
        "cost": am.verify(bare, plan).cost,
        "cost afresh, in the same time": fresh.cost,
        "audits that a fresh plan books another way": len(plan.changes(fresh.plan)),
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny, seconds")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--size", default="10000x600", help="of the large one")
    parser.add_argument("--remedies", type=int, default=500, help="audits left out whose remedies are applied")
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0, help="for the first plan of the day by day")
    asked = parser.parse_args()
    audits, auditors = (int(part) for part in asked.size.split("x"))
    rows: list[Row] = []
    jobs = (
        (
            lambda: small(2, 1.0),
            lambda: large(60, 12, 2),
            lambda: asking(60, 12, 3),
            lambda: cures(60, 12, 2),
            lambda: daily(40, 10, 4, 1.0),
        )
        if asked.smoke
        else (
            lambda: small(asked.cases),
            lambda: large(audits, auditors, 5),
            lambda: asking(audits, auditors, 100),
            lambda: cures(200, 40, asked.remedies),
            lambda: daily(200, 40, asked.events, asked.seconds),
        )
    )
    for job in jobs:
        rows.append(job())
        for name, value in rows[-1].items():
            print(f"{name}: {value}", flush=True)
        print(flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
