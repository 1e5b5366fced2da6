"""Slow and obvious oracles of the array code: plain loops over rows, one section per part of the library."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

# ------------------------------------------------------------------------------------------------------------ matching

Row = dict[str, float]
MEANS = ("B2", "C2", "D", "E")


def naive_group(
    auditors: Sequence[tuple[float, float]],
    projects: Sequence[tuple[float, float, float, float]],
    form: str = "product",
    reading: str = "load",
    powers: Mapping[str, float] | None = None,
) -> Row:
    """Return the row of one group from (B1, C1) of its auditors and (B2, C2, D, E) of its projects; no NaN: absent."""
    power = dict.fromkeys(("B1", "C1", *MEANS), 1.0) | dict(powers or {})
    row: Row = {"A1": len(auditors), "A2": len(projects), "X": 0.0, "Y": 0.0}
    for b1, c1 in auditors:
        row["X"] += b1 ** power["B1"] / c1 ** power["C1"]
    if auditors:
        inverse = sum(1 / c1 ** power["C1"] for _, c1 in auditors)
        row["C1"] = naive_mean(len(auditors), inverse, [c1 for _, c1 in auditors], power["C1"])
        if power["B1"]:
            row["B1"] = (row["X"] / inverse) ** (1 / power["B1"])
        else:
            row["B1"] = naive_mean(0, 0, [b1 for b1, _ in auditors], 0.0)
    if projects:
        row |= naive_demand(projects, form, power)
        if reading == "organisation":
            row["Y"] /= len(projects)
    if row["Y"] > 0:
        row["P"] = row["X"] / row["Y"]
    return row


def naive_demand(projects: Sequence[tuple[float, ...]], form: str, power: Mapping[str, float]) -> Row:
    """Return the shown means in the order B2, C2, D, E, and Y as the sum of y."""
    row: Row = {"Y": 0.0}
    for factors in projects:
        inverses = [1 / value ** power[name] for name, value in zip(MEANS, factors, strict=True)]
        row["Y"] += math.prod(inverses) if form == "product" else sum(inverses)
    before = float(len(projects))
    for place, name in enumerate(MEANS):
        after = 0.0
        for factors in projects:
            first = 0 if form == "product" else place
            part = zip(MEANS[first : place + 1], factors[first : place + 1], strict=True)
            after += math.prod(1 / value ** power[other] for other, value in part)
        row[name] = naive_mean(before, after, [factors[place] for factors in projects], power[name])
        before = after if form == "product" else float(len(projects))
    return row


def naive_mean(before: float, after: float, values: Sequence[float], power: float) -> float:
    """Return the mean with the same effect, or the plain harmonic one of a factor without effect."""
    return (before / after) ** (1 / power) if power else len(values) / sum(1 / value for value in values)


def naive_rows(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a checked table as dicts; absent cells are None."""
    columns = {name: array.tolist() for name, array in table.columns.items()}
    rows = []
    for number in range(len(table)):
        cells = {name: values[number] for name, values in columns.items()}
        rows.append({name: None if value != value else value for name, value in cells.items()})
    return rows


def naive_degree(
    register: Any,
    at: datetime.date,
    grades: str = "auditing",
    registrations: str = "fields",
    projects: str = "organisations",
    floor: float = 0.05,
    **how: Any,
) -> dict[tuple[str, str], Row]:
    """Return the row of each (field, specialty), by loops over the register's rows."""
    supply = naive_supply(register, at, grades)
    demand = naive_needs(register, projects)
    willingness, cooperation = {}, {}
    for person in naive_rows(register.auditors):
        mean = sum(person[item] for item in ("routine", "health", "caprice", "holidays", "incidents")) / 5
        own = {pair for pair, people in supply.items() if person["auditor_id"] in people}
        count = len(own) if registrations == "pairs" else len({field for field, _ in own})
        willingness[person["auditor_id"]] = (max(mean, floor), count)
    for client in naive_rows(register.organisations):
        b2 = (client["client_timing"] + client["inspections"]) / 2
        d = naive_coordination(register, client) if client["coordination"] is None else client["coordination"]
        e = naive_policy(register, client) if client["policy"] is None else client["policy"]
        factors = (max(b2, floor), client["certificates"], max(d, floor), max(e, floor))
        cooperation[client["organisation_id"]] = factors
    result = {}
    for pair in {*supply, *demand}:
        people = [willingness[name] for name in sorted(supply.get(pair, ()))]
        needs = [cooperation[organisation] for _, organisation in sorted(demand.get(pair, ()))]
        result[pair] = naive_group(people, needs, **how)
    return result


def naive_supply(register: Any, at: datetime.date, grades: str) -> dict[tuple[str, str], set[str]]:
    """Return the auditors who count for each pair on the date."""
    people = {person["auditor_id"]: person for person in naive_rows(register.auditors)}
    found: dict[tuple[str, str], set[str]] = {}
    for row in naive_rows(register.qualifications):
        person = people[row["auditor_id"]]
        works = (person["from"] or at) <= at <= (person["until"] or at)
        valid = row["valid_from"] <= at <= (row["valid_until"] or at)
        if works and valid and (grades == "all" or row["grade"] in ("auditor", "lead")):
            found.setdefault((row["field"], row["specialty"]), set()).add(row["auditor_id"])
    return found


def naive_needs(register: Any, projects: str) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Return (project, organisation) of each pair."""
    audits = {audit["audit_id"]: audit for audit in naive_rows(register.audits)}
    certificates = naive_rows(register.certificates)
    holders = {row["organisation_id"] for row in certificates}
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in naive_rows(register.requirements):
        audit, pair = audits[row["audit_id"]], (row["field"], row["specialty"])
        owner = audit["organisation_id"]
        if audit["status"] != "open":
            continue
        if projects == "audits":
            found.setdefault(pair, set()).add((audit["audit_id"], owner))
        elif owner not in holders:
            found.setdefault(pair, set()).add((owner, owner))
    for row in certificates if projects == "organisations" else ():
        found.setdefault((row["field"], row["specialty"]), set()).add((row["organisation_id"], row["organisation_id"]))
    return found


def naive_open(register: Any, organisations: set[str]) -> list[dict[str, Any]]:
    """Return the open audits of some organisations."""
    audits = naive_rows(register.audits)
    return [row for row in audits if row["status"] == "open" and row["organisation_id"] in organisations]


def naive_coordination(register: Any, client: Mapping[str, Any]) -> float:
    """Return 1 / (most open audits of the client's group due in one week from Monday to Sunday)."""
    group = {client["organisation_id"]}
    for other in naive_rows(register.organisations):
        if client["group_id"] is not None and other["group_id"] == client["group_id"]:
            group.add(other["organisation_id"])
    weeks: dict[tuple[int, int], int] = {}
    for audit in naive_open(register, group):
        year, week, _ = audit["deadline"].isocalendar()
        weeks[year, week] = weeks.get((year, week), 0) + 1
    return 1 / max([1, *weeks.values()])


def naive_policy(register: Any, client: Mapping[str, Any]) -> float:
    """Return 1 / (1 + kinds of policy demand that the client's open audits carry)."""
    name = client["organisation_id"]
    audits = naive_open(register, {name})
    names = {audit["audit_id"] for audit in audits}
    years = [audit["deadline"].year for audit in audits]
    links = [row for row in naive_rows(register.links) if row["kind"] == "interval"]
    wishes = [row for row in naive_rows(register.preferences) if row["rule"] == "require"]
    demands = [
        any(audit["females_min"] > 0 or audit["males_min"] > 0 for audit in audits),
        any(audit["team_min"] > 1 for audit in audits),
        any(row["organisation_id"] == name or row["audit_id"] in names for row in wishes),
        any(row["first_audit"] in names or row["second_audit"] in names for row in links),
        any(years.count(year) > 1 for year in years),
    ]
    return 1 / (1 + sum(demands))
