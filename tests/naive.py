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


# --------------------------------------------------------------------------------------------------------------- cost
#
# Points of a plan, worked out from a `world.World` (rows, dates, half-days) and bookings as `world.Visit`.

STEPS = (1.0, 1.25, 1.5)


def naive_terms(world: Any, weights: Any, counted: set[str], plan: Mapping[str, Any]) -> dict[str, int]:
    """Return the points of each term; `counted` are the audits that are planned and not hopeless."""
    terms = dict.fromkeys(("unserved", "deferral", "lateness", "travel", "mismatch", "preference", "keep"), 0)
    mine = [visit for name, visit in plan.items() if name in counted]
    for name in counted - plan.keys():
        kind, points = naive_penalty(world, weights, name)
        terms[kind] += points
    for visit in mine:
        for kind, points in naive_booking(world, weights, visit).items():
            terms[kind] += points
    return {**terms, "fairness": naive_fairness(world, weights, naive_loads(world, mine))}


def naive_booking(world: Any, weights: Any, visit: Any) -> dict[str, int]:
    """Return the points of one booking but for the load of its people."""
    audit, wanted = world.audits[visit.audit], naive_wishes(world, weights, visit.audit)
    late = (visit.first - (audit["preferred"] or audit["earliest"])).days
    terms = {"lateness": weights.lateness * max(late, 0), "travel": 0, "mismatch": 0, "preference": 0}
    for who in visit.team:
        terms["travel"] += naive_trip(world, weights, visit.audit, world.auditors[who]["location"])
        if who in visit.counting:
            hard, empty = naive_hardness(world)[visit.audit], naive_emptiness(world)[who]
            terms["mismatch"] += math.floor(weights.mismatch * hard * empty + 0.5)
            terms["preference"] += max([0, *wanted.values()]) - wanted.get(who, 0)
    return {**terms, "keep": naive_keep(world, weights, visit)}


def naive_keep(world: Any, weights: Any, visit: Any) -> int:
    """Return the points for leaving the published booking, whose days off do not matter."""
    old = world.published.get(visit.audit)
    worked = [half for half in range(old.begin, old.finish) if half in world.worked] if old else []
    if not worked:
        return 0
    same = (visit.begin, world.slots(visit)) == (worked[0], len(worked)) and visit.team.keys() == old.team.keys()
    return weights.keep * (not same) + weights.keep_member * len(visit.team.keys() - old.team.keys())


def naive_trip(world: Any, weights: Any, name: str, home: str | None) -> int:
    """Return the points of a return trip."""
    audit = world.audits[name]
    km = world.km(audit["location"], home) if audit["on_site"] > 0 else None
    return 0 if km is None else math.floor(weights.travel * 2 * km / 100 + 0.5)


def naive_wishes(world: Any, weights: Any, name: str) -> dict[str, int]:
    """Return the points by which each person is preferred for an audit."""
    wanted: dict[str, int] = {}
    for row in world.wishes(name, "prefer"):
        points = math.floor(weights.preference * row["weight"] + 0.5)
        wanted[row["auditor_id"]] = wanted.get(row["auditor_id"], 0) + points
    return wanted


def naive_emptiness(world: Any) -> dict[str, float]:
    """Return 1 - willingness / registrations held on the first day, 1 for nobody's registration."""
    if "emptiness" not in world.memo:
        supply = naive_supply(world.register, world.start, "auditing")
        found = {}
        for who, person in world.auditors.items():
            mean = sum(person[item] for item in ("routine", "health", "caprice", "holidays", "incidents")) / 5
            fields = {field for (field, _), people in supply.items() if who in people}
            found[who] = 1 - max(mean, world.setting("floor")) / len(fields) if fields else 1.0
        world.memo["emptiness"] = found
    return world.memo["emptiness"]


def naive_hardness(world: Any) -> dict[str, float]:
    """Return the difficulty of each audit's client over the greatest of the audits planned, 1 at the most."""
    if "hardness" not in world.memo:
        difficulty, floor = {}, world.setting("floor")
        for client in world.rows["organisations"]:
            d = naive_coordination(world.register, client) if client["coordination"] is None else client["coordination"]
            e = naive_policy(world.register, client) if client["policy"] is None else client["policy"]
            b2 = (client["client_timing"] + client["inspections"]) / 2
            y = 1 / (max(b2, floor) * client["certificates"] * max(d, floor) * max(e, floor))
            difficulty[client["organisation_id"]] = y
        by_audit = {name: difficulty[row["organisation_id"]] for name, row in world.audits.items()}
        greatest = max(by_audit[name] for name in world.planned)
        world.memo["hardness"] = {name: min(y / greatest, 1) for name, y in by_audit.items()}
    return world.memo["hardness"]


def naive_penalty(world: Any, weights: Any, name: str) -> tuple[str, int]:
    """Return the term and the points of leaving an audit out."""
    audit = world.audits[name]
    if audit["latest"] > world.end:
        first = max(audit["earliest"], world.start)
        share = ((world.end - first).days + 1) / ((audit["latest"] - first).days + 1)
        return "deferral", math.floor(weights.deferral * audit["priority"] * share + 0.5)
    urgency = 1 + min(1, max(0, 1 - (audit["deadline"] - world.end).days / 90))
    halves = math.floor(2 * audit["person_days"] + 0.5)
    trip = max((naive_trip(world, weights, name, row["location"]) for row in world.rows["locations"]), default=0)
    wish = max([0, *naive_wishes(world, weights, name).values()])
    member = trip + weights.mismatch + wish + weights.keep_member + len(STEPS) * weights.fairness * halves
    experts = sum(row["count"] for row in world.needs(name) if row["expert_ok"])
    most = audit["team_max"] + experts + len(world.trainees(name))
    late = weights.lateness * max((world.end - (audit["preferred"] or audit["earliest"])).days, 0)
    dearest = member * most + late + weights.keep
    return "unserved", dearest + math.floor(weights.unserved * audit["priority"] * urgency + 0.5)


def naive_loads(world: Any, plan: Sequence[Any]) -> dict[str, int]:
    """Return the slots that each person works."""
    return {who: sum(world.slots(visit) for visit in plan if who in visit.team) for who in world.auditors}


def naive_steps(world: Any) -> dict[str, list[int]]:
    """Return the loads of each person above which each slot costs more: by presence, absences taken off."""
    horizon = [h for h in world.worked if world.start.toordinal() <= h // 2 <= world.end.toordinal()]
    there = {who: sum(world.present(who, half) for half in horizon) for who in world.auditors}
    work = 0
    for name in world.planned:
        halves = math.floor(2 * world.audits[name]["person_days"] + 0.5)
        work += halves if world.per_day == 2 else math.ceil(halves / 2)
    share = work / max(sum(there.values()), 1)
    return {who: [math.ceil(slots * share * step) for step in STEPS] for who, slots in there.items()}


def naive_fairness(world: Any, weights: Any, loads: Mapping[str, int]) -> int:
    """Return the points of loads above the fair share."""
    if "steps" not in world.memo:
        world.memo["steps"] = naive_steps(world)
    steps = world.memo["steps"]
    return weights.fairness * sum(max(loads[who] - step, 0) for who, mine in steps.items() for step in mine)


def naive_lead(world: Any, visit: Any) -> str:
    """Return who leads a team: who may, of these who holds most of the codes asked for, of these the first by name."""

    def rank(who: str) -> tuple[bool, int, str]:
        days = [day for day in visit.days if world.works(day)]
        codes = [(row["field"], row["specialty"]) for row in world.needs(visit.audit)]
        held = sum(all(world.holds(who, day, *code, "auditor", "lead") for day in days) for code in codes)
        return not world.leads(who, visit), -held, who

    return min(visit.counting, key=rank)
