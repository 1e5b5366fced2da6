"""What the rows of evidence.py say: does an index rank the groups by the share of their audits that is lost?

Per (field, specialty) of each register: the indices as of the first day, and the share of its due audits that an
execution did not hold. Spearman's rank correlation and AUC, oriented so that more is better foretold; intervals from a
bootstrap over registers inside each scenario, for the groups of one register are not independent.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scenarios import WORLDS, Recipe, read_rows, recipe_of

import auditmatch as am

Floats = npt.NDArray[np.float64]
Pair = tuple[str, str]

HEADS = "A1 / A2"
FORMS = {
    "P product, load": {"form": "product", "reading": "load"},
    "P product, organisation": {"form": "product", "reading": "organisation"},
    "P additive, load": {"form": "additive", "reading": "load"},
    "P additive, organisation": {"form": "additive", "reading": "organisation"},
    "P product, load, of audits": {"form": "product", "reading": "load", "projects": "audits"},
}
PLAIN = (HEADS, "A1 / audits", "A1 / person-days")
INDICES = (*FORMS, *PLAIN, "X / person-days", "P*", "P* with spare")
# A group counts as in trouble, for the AUC, when it loses at least this share of its due audits.
TROUBLE = 0.25
SCENARIO = ("load", "scarcity", "willingness")


@dataclass(frozen=True, slots=True)
class Case:
    """One register: values (groups, INDICES), share of the due audits that is lost (groups, WORLDS)."""

    scenario: tuple[float, ...]
    values: Floats
    lost: Floats


def indices_of(rows: Iterable[dict[str, Any]], cache: Path) -> dict[Recipe, dict[str, Any]]:
    """Return the indices of the registers of some rows; they are drawn again, and kept in a file of JSON lines."""
    known = {recipe_of(row): row for row in read_rows(cache)}
    with cache.open("a", encoding="utf-8") as file:
        for recipe in [recipe_of(row) for row in rows]:
            if recipe not in known or list(known[recipe]["values"]) != list(INDICES):
                known[recipe] = _indices(recipe)
                file.write(json.dumps(known[recipe]) + "\n")
                file.flush()
    return known


def _indices(recipe: Recipe) -> dict[str, Any]:
    """Return the groups of a register with a project and a due audit: names, indices, due audits."""
    register = recipe.register()
    start, end = am.sample.sample_horizon(register)
    audits, needs = register.audits, register.requirements
    due = dict(zip(audits["audit_id"], (audits["status"] == "open") & (audits["latest"] <= end), strict=True))
    members: dict[Pair, list[str]] = defaultdict(list)
    for audit, field, specialty in zip(needs["audit_id"], needs["field"], needs["specialty"], strict=True):
        if due[audit]:
            members[field, specialty].append(audit)
    values = _values(register, start, end)
    groups = [key for key in sorted(members) if all(np.isfinite(values[name].get(key, np.nan)) for name in INDICES)]
    return {
        **{name: getattr(recipe, name) for name in Recipe.__slots__},
        "without": len(members) - len(groups),
        "members": [sorted(set(members[key])) for key in groups],
        "values": {name: [float(values[name][key]) for key in groups] for name in INDICES},
    }


def _values(register: am.Register, start: Any, end: Any) -> dict[str, dict[Pair, float]]:
    """Return every index of every group."""
    degrees = {name: am.matching_degree(register, start, **choice) for name, choice in FORMS.items()}
    found = {name: _by_pair(degree, degree.P) for name, degree in degrees.items()}
    first, last = degrees["P product, load"], degrees["P product, load, of audits"]
    found[HEADS] = _by_pair(first, _over(first.supply.A1, first.demand.A2))
    found["A1 / audits"] = _by_pair(last, _over(last.supply.A1, last.demand.A2))
    for name, spare in (("P*", False), ("P* with spare", True)):
        table = am.capacity(register, start, end, spare=spare).table
        pairs = list(zip(table["field"], table["specialty"], strict=True))
        found[name] = dict(zip(pairs, table["P_star"], strict=True))
    days = {pair: asked for pair, asked in zip(pairs, table["asked"], strict=True) if asked > 0}
    for name, supply in (("A1 / person-days", first.supply.A1), ("X / person-days", first.supply.X)):
        people = _by_pair(first, supply)
        found[name] = {pair: people.get(pair, 0) / asked for pair, asked in days.items()}
    return found


def _by_pair(degree: am.MatchingDegree, values: npt.NDArray[Any]) -> dict[Pair, float]:
    return dict(zip(zip(degree.factors.field, degree.factors.specialty, strict=True), values.tolist(), strict=True))


def _over(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Floats:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def cases_of(rows: Iterable[dict[str, Any]], indices: Mapping[Recipe, dict[str, Any]]) -> list[Case]:
    """Return a case for each row."""
    cases = []
    for row in rows:
        place = {audit: k for k, audit in enumerate(row["audits_due"])}
        lost = np.array([row["lost"][world] for world in WORLDS]).T
        found = indices[recipe_of(row)]
        members = [[place[audit] for audit in audits if audit in place] for audits in found["members"]]
        kept = [g for g, some in enumerate(members) if some]
        values = np.array([found["values"][name] for name in INDICES]).T.reshape(-1, len(INDICES))[kept]
        shares = np.array([lost[members[g]].mean(axis=0) for g in kept]).reshape(-1, len(WORLDS))
        cases.append(Case(tuple(row[name] for name in SCENARIO), values, shares))
    return cases


def scores(values: Floats, lost: Floats) -> tuple[Floats, Floats]:
    """Return (indices, worlds) Spearman's correlation of low values with lost shares, and the AUC; NaN where undefined.

    AUC: the chance that a group in trouble has the lower value of two, a tie counting half.
    """
    from scipy.stats import rankdata

    ranks, worse = rankdata(values, axis=0), rankdata(lost, axis=0)
    centred, other = ranks - ranks.mean(axis=0), worse - worse.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))[:, None] * np.sqrt((other**2).sum(axis=0))
    rho = np.divide(-centred.T @ other, norms, out=np.full(norms.shape, np.nan), where=norms > 0)
    trouble = (lost >= TROUBLE).astype(np.float64)
    many = trouble.sum(axis=0)
    pairs = many * (len(lost) - many)
    above = ranks.T @ trouble - many * (many + 1) / 2
    auc = 1 - np.divide(above, pairs, out=np.full(above.shape, np.nan), where=pairs > 0)
    return rho, auc


def statistics(cases: list[Case], alone: Floats, draws: list[npt.NDArray[np.int64]]) -> Floats:
    """Return (scenarios + 3, 2, indices, worlds) rho and AUC of the cases drawn, which `draws` lists by scenario.

    The rows after the scenarios: mean over scenarios; all groups pooled; mean over registers, each by itself, which
    `alone` holds of every case.
    """
    found = [_pooled([cases[k] for k in draw.tolist()]) for draw in draws]
    chosen = np.concatenate(draws)
    return np.stack(
        [*found, _mean(np.stack(found)), _pooled([cases[k] for k in chosen.tolist()]), _mean(alone[chosen])]
    )


def _pooled(cases: list[Case]) -> Floats:
    """Return rho and AUC over the groups of several registers at once."""
    return np.stack(scores(np.concatenate([c.values for c in cases]), np.concatenate([c.lost for c in cases])))


def _mean(stack: Floats) -> Floats:
    """Return the mean over the first axis of the numbers that are defined."""
    count = np.isfinite(stack).sum(axis=0)
    return np.divide(np.nansum(stack, axis=0), count, out=np.full(stack.shape[1:], np.nan), where=count > 0)


def tables(rows: list[dict[str, Any]], indices: Mapping[Recipe, dict[str, Any]], times: int) -> dict[str, Any]:
    """Return everything that the page publishes: each estimate with its interval of 95 %, and what was looked at."""
    cases = cases_of(rows, indices)
    scenarios = sorted({case.scenario for case in cases})
    mine = [np.flatnonzero([case.scenario == scenario for case in cases]) for scenario in scenarios]
    alone, rng = np.stack([_pooled([case]) for case in cases]), np.random.default_rng(0)
    known = statistics(cases, alone, mine)
    drawn = np.stack([statistics(cases, alone, [rng.choice(some, len(some)) for some in mine]) for _ in range(times)])
    names = [dict(zip(SCENARIO, s, strict=True)) for s in scenarios]
    names += [{"over": over} for over in ("mean of scenarios", "pooled", "mean of registers")]
    heads = INDICES.index(HEADS)
    shares = np.concatenate([case.lost for case in cases])
    return {
        "registers": len(rows),
        "groups": len(shares),
        "share lost": dict(zip(WORLDS, shares.mean(axis=0).round(3).tolist(), strict=True)),
        "in trouble": dict(zip(WORLDS, (shares >= TROUBLE).mean(axis=0).round(3).tolist(), strict=True)),
        "groups left out": sum(indices[recipe_of(row)]["without"] for row in rows),
        "lost": _lost(rows),
        "estimates": _told(names, known, drawn),
        "more than A1 / A2": _told(names, known - known[:, :, [heads]], drawn - drawn[:, :, :, [heads]]),
    }


def _told(names: list[dict[str, Any]], known: Floats, drawn: Floats) -> list[dict[str, Any]]:
    """Return a row for each scenario, world and index; intervals from the draws in which a number is defined."""
    low, high = (_quantile(drawn, share) for share in (0.025, 0.975))
    found = []
    for s, name in enumerate(names):
        for w, world in enumerate(WORLDS):
            for i, index in enumerate(INDICES):
                row = {**name, "world": world, "index": index}
                for m, measure in enumerate(("rho", "auc")):
                    three = (part[s, m, i, w] for part in (known, low, high))
                    row[measure] = [None if np.isnan(x) else round(float(x), 3) for x in three]
                found.append(row)
    return found


def _quantile(drawn: Floats, share: float) -> Floats:
    """Return the quantile over the first axis of the numbers that are defined, NaN where none is."""
    flat = drawn.reshape(len(drawn), -1).T
    some = [np.quantile(line[np.isfinite(line)], share) if np.isfinite(line).any() else np.nan for line in flat]
    return np.array(some).reshape(drawn.shape[1:])


def _lost(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the mean share of due audits lost, by scenario and world."""
    parts: dict[tuple[float, ...], list[list[float]]] = defaultdict(list)
    for row in rows:
        parts[tuple(row[name] for name in SCENARIO)].append([float(np.mean(row["lost"][world])) for world in WORLDS])
    return [
        dict(zip(SCENARIO, key, strict=True)) | dict(zip(WORLDS, np.mean(some, axis=0).round(3).tolist(), strict=True))
        for key, some in sorted(parts.items())
    ]


def show(found: dict[str, Any]) -> None:
    """Print the tables: over all scenarios, then each scenario where the factors act."""
    print(f"{found['registers']} registers, {found['groups']} groups ({found['groups left out']} without an index)")
    print(f"mean share lost {found['share lost']}\ngroups in trouble {found['in trouble']}")
    for table in ("estimates", "more than A1 / A2"):
        print(f"\n{table}: rho [95 %], AUC [95 %]")
        for row in found[table]:
            if "over" in row:
                print(
                    f"{row['over']:<18} {row['world']:<14} {row['index']:<26} {_said(row['rho'])} {_said(row['auc'])}"
                )
    print("\nscenarios (load, scarcity, willingness), acting: AUC")
    for row in found["estimates"]:
        if "over" not in row and row["world"] == "acting":
            where = " ".join(f"{row[name]:g}" for name in SCENARIO)
            print(f"{where:<14} {row['index']:<26} {_said(row['auc'])}")


def _said(three: list[float | None]) -> str:
    middle, low, high = ("-" if x is None else f"{x:.3f}" for x in three)
    return f"{middle:>7} [{low}, {high}]".ljust(26)
