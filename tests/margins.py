"""How far a plan lies from the limit of each rule, in the rule's smallest steps, by loops over rows and dates.

0 is the last legal step, a negative number breaks the rule. Rules with no number to them know 0 and -1 only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import timedelta

from world import Cells, Day, Visit, World

Visits = dict[str, Visit]


def absences(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        for who in visit.team:
            for row in world.rows["absences"]:
                if row["auditor_id"] == who:
                    begin = 2 * row["start"].toordinal() + (row["start_half"] == "pm")
                    finish = 2 * row["end"].toordinal() + (row["end_half"] == "pm") + 1
                    if world.per_day == 1:
                        begin, finish = begin // 2 * 2, (finish + 1) // 2 * 2
                    yield between(world, (begin, finish), visit)
            person = world.auditors[who]
            if person["from"]:
                yield (visit.first - person["from"]).days
            if person["until"]:
                yield (person["until"] - visit.last).days


def between(world: World, away: tuple[int, int], visit: Visit) -> int:
    """Return the half-days between two stretches, or minus the slots that they share."""
    apart = max(away[0] - visit.finish, visit.begin - away[1])
    common = range(max(away[0], visit.begin), min(away[1], visit.finish))
    return apart if apart >= 0 else -sum(half in world.worked for half in common)


def between_days(world: World, first: Day, last: Day, visit: Visit) -> int:
    """Return the days between a stretch of days and a visit, or minus the days worked that they share."""
    apart = max((first - visit.last).days, (visit.first - last).days) - 1
    common = [day for day in visit.days if first <= day <= last]
    return apart if apart >= 0 else -sum(map(world.works, common))


def closures(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        for row in world.rows["closures"]:
            if row["organisation_id"] == world.audits[visit.audit]["organisation_id"]:
                yield between_days(world, row["start"], row["end"], visit)


def linked(world: World, plan: Visits, kind: str) -> Iterator[tuple[Cells, Visit, Visit]]:
    """Yield each link of a kind whose audits are both booked, one of them at least not a fact."""
    for row in world.rows["links"]:
        if row["kind"] == kind and row["first_audit"] in plan and row["second_audit"] in plan:
            one, other = plan[row["first_audit"]], plan[row["second_audit"]]
            if not (one.fact and other.fact):
                yield row, one, other


def continuity(world: World, plan: Visits) -> Iterator[int]:
    for row, one, other in linked(world, plan, "continuity"):
        yield len(one.team.keys() & other.team.keys()) - row["members"]


def disjoint(world: World, plan: Visits) -> Iterator[int]:
    for _, one, other in linked(world, plan, "disjoint"):
        yield -len(one.team.keys() & other.team.keys())


def group_together(world: World, plan: Visits) -> Iterator[int]:
    for row, one, other in linked(world, plan, "together"):
        yield (row["max_days"] or 0) - abs((other.first - one.first).days)


def stage_interval(world: World, plan: Visits) -> Iterator[int]:
    for row, one, other in linked(world, plan, "interval"):
        days = (other.first - one.last).days
        yield min(other.begin - one.finish, 0)
        yield days - row["min_days"]
        if row["max_days"] is not None:
            yield int(row["max_days"]) - days


def required(world: World, plan: Visits) -> Iterator[int]:
    for row in world.rows["links"]:
        if row["required"] and row["second_audit"] in plan:
            yield 0 if row["first_audit"] in plan else -1


def designated(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        for row in world.wishes(visit.audit, "require"):
            yield 0 if row["auditor_id"] in visit.team else -1


def forbidden(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        for row in world.wishes(visit.audit, "forbid"):
            if row["from"] is None and row["until"] is None:
                yield -1 if row["auditor_id"] in visit.team else 0


def impartiality(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        for row in world.wishes(visit.audit, "forbid"):
            if (row["from"] or row["until"]) and row["auditor_id"] in visit.team:
                first = row["from"] or visit.first - timedelta(1000)
                yield between_days(world, first, row["until"] or visit.last + timedelta(1000), visit)


def full_time(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        have = sum(world.auditors[who]["full_time"] for who in visit.counting)
        yield have - world.audits[visit.audit]["full_time_min"]


def gender(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        for column, code in (("females_min", "F"), ("males_min", "M")):
            have = sum(world.auditors[who]["gender"] == code for who in visit.counting)
            yield have - world.audits[visit.audit][column]


def interns(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        have = list(visit.team.values()).count("intern")
        yield world.setting("interns_per_auditor") * len(visit.counting) - have


def lead(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        able = {who for who in visit.counting if world.leads(who, visit)}
        named = {who for who, role in visit.team.items() if role == "lead"}
        yield len(able) - 1
        if able:
            yield 0 if len(named) == 1 and named <= able else -1


def membership(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        days = [day for day in visit.days if world.works(day)]
        for who, role in visit.team.items():
            yield 0 if may_sit(world, visit.audit, who, role, days) else -1


def may_sit(world: World, audit: str, who: str, role: str, days: list[Day]) -> bool:
    """Tell whether a person may sit in an audit as this, judged day by day for one and the same need."""
    needs = world.needs(audit)
    if role == "expert":
        codes = [(row["field"], row["specialty"]) for row in needs if row["expert_ok"]]
        return all(any(world.holds(who, day, *code, "expert") for code in codes) for day in days)
    if role == "intern" and who not in world.trainees(audit):
        return False
    grades = ("intern",) if role == "intern" else ("auditor", "lead")
    return all(any(world.holds(who, day, row["field"], None, *grades) for row in needs) for day in days)


def specialty(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        days = [day for day in visit.days if world.works(day)]
        for row in world.needs(visit.audit):
            have = 0
            for who, role in visit.team.items():
                grades = ("auditor", "lead") if role in ("lead", "member") else ()
                grades = ("expert",) if role == "expert" and row["expert_ok"] else grades
                have += all(world.holds(who, day, row["field"], row["specialty"], *grades) for day in days)
            yield have - row["count"]


def team_size(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        audit, counting = world.audits[visit.audit], len(visit.counting)
        yield counting - audit["team_min"]
        yield audit["team_max"] - counting
        halves = math.floor(2 * audit["person_days"] + 0.5)
        slots = halves if world.per_day == 2 else math.ceil(halves / 2)
        yield -abs(world.slots(visit) - max(1, math.ceil(slots / max(counting, 1))))
        admitted = sum(row["count"] for row in world.needs(visit.audit) if row["expert_ok"])
        yield admitted + len(world.trainees(visit.audit)) - (len(visit.team) - counting)


def windows(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        audit = world.audits[visit.audit]
        yield (visit.first - max(audit["earliest"], world.start)).days
        yield (min(audit["latest"], world.end) - visit.last).days


def morning_start(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        last = visit.finish - (2 if world.per_day == 1 else 1)
        yield 0 if {visit.begin, last} <= world.worked else -1
        yield 0 if world.slots(visit) < 2 or visit.begin % 2 == 0 else -1
        if not all(map(world.works, visit.days)):
            audit = world.audits[visit.audit]
            low, high = max(audit["earliest"], world.start), min(audit["latest"], world.end)
            room = longest_run(world, low, high)
            before = visit.first - timedelta(1)
            earlier = 2 * visit.first.toordinal() in world.worked and visit.begin % 2 == 1
            yield 0 if world.slots(visit) > room and not world.works(before) and not earlier else -1


def longest_run(world: World, low: Day, high: Day) -> int:
    """Return the most slots in a row of workdays from one day to another."""
    best = now = 0
    day = low
    while day <= high:
        now = now + len({2 * day.toordinal(), 2 * day.toordinal() + 1} & world.worked) if world.works(day) else 0
        best, day = max(best, now), day + timedelta(1)
    return best


def pairs(plan: Visits) -> Iterator[tuple[str, Visit, Visit]]:
    """Yield each person with each two of their visits, the earlier first; not both facts."""
    every = sorted(plan.values(), key=lambda visit: visit.begin)
    for n, one in enumerate(every):
        for other in every[n + 1 :]:
            if not (one.fact and other.fact):
                yield from ((who, one, other) for who in one.team.keys() & other.team.keys())


def one_place(world: World, plan: Visits) -> Iterator[int]:
    for _, one, other in pairs(plan):
        yield other.begin - one.finish


def travel_gap(world: World, plan: Visits) -> Iterator[int]:
    for _, one, other in pairs(plan):
        audits = world.audits[one.audit], world.audits[other.audit]
        km = world.km(audits[0]["location"], audits[1]["location"])
        if km is not None and km > world.setting("gap_free_km") and min(a["on_site"] for a in audits) > 0:
            yield other.begin - one.finish - math.ceil(km / world.setting("gap_km_per_half_day"))


def monthly_limit(world: World, plan: Visits) -> Iterator[int]:
    for who, person in world.auditors.items():
        if person["monthly_limit"] is not None:
            months: dict[tuple[int, int], int] = {}
            for visit in plan.values():
                for half in range(visit.begin, visit.finish):
                    if who in visit.team and half in world.worked:
                        day = Day.fromordinal(half // 2)
                        months[day.year, day.month] = months.get((day.year, day.month), 0) + 1
            yield from (math.floor(world.per_day * person["monthly_limit"] + 1e-9) - n for n in months.values())


def away(world: World, who: str, audit: str) -> bool:
    """Tell whether an audit is away from home for a person."""
    km = world.km(world.auditors[who]["location"], world.audits[audit]["location"])
    return km is not None and km > world.setting("away_km") and world.audits[audit]["on_site"] > 0


def away_days(world: World, plan: Visits) -> Iterator[int]:
    for who, person in world.auditors.items():
        if person["away_monthly"] is not None:
            halves = {
                half
                for visit in plan.values()
                for half in range(visit.begin, visit.finish)
                if who in visit.team and half in world.worked and away(world, who, visit.audit)
            }
            for month in {Day.fromordinal(half // 2).replace(day=1) for half in halves}:
                spent = sum(Day.fromordinal(half // 2).replace(day=1) == month for half in halves)
                yield math.floor(world.per_day * person["away_monthly"] + 1e-9) - spent


def home_days(world: World, plan: Visits) -> Iterator[int]:
    for who, one, other in pairs(plan):
        audits = world.audits[one.audit], world.audits[other.audit]
        if world.auditors[who]["home_days"] > 0 and all(away(world, who, a["audit_id"]) for a in audits):
            km = world.km(audits[0]["location"], audits[1]["location"])
            if km is not None and km > world.setting("gap_free_km"):
                yield other.begin - one.finish - 2 * world.auditors[who]["home_days"]


def rotation(world: World, plan: Visits) -> Iterator[int]:
    limit = world.setting("rotation_visits")
    for visit in open_visits(plan) if limit else ():
        for row in world.rows["audit_certificates"]:
            if row["audit_id"] != visit.audit:
                continue
            held = [h for h in world.rows["history"] if h["certificate_id"] == row["certificate_id"]]
            for who in visit.team:
                yield limit - max(in_a_row(held, who, day) for day in visit.days if world.works(day)) - 1


def in_a_row(held: list[Cells], who: str, day: Day) -> int:
    """Count the last visits before a day, one after another, that a person was at."""
    count = 0
    for date in sorted({row["date"] for row in held if row["date"] < day}, reverse=True):
        if not any(r["date"] == date and r["auditor_id"] == who and r["role"] != "reviewer" for r in held):
            break
        count += 1
    return count


def reviewer(world: World, plan: Visits) -> Iterator[int]:
    for visit in open_visits(plan):
        reviewers = {world.audits[visit.audit]["reviewer"]}
        if reviewers == {None}:
            for name in [r["certificate_id"] for r in world.rows["audit_certificates"] if r["audit_id"] == visit.audit]:
                rows = [r for r in world.rows["history"] if r["certificate_id"] == name and r["role"] == "reviewer"]
                reviewers |= {r["auditor_id"] for r in rows if r["date"] == max(s["date"] for s in rows)}
        yield -1 if reviewers & visit.team.keys() else 0


def yearly_days(world: World, plan: Visits) -> Iterator[int]:
    for who in world.auditors:
        for first, last, used, _ in world.years(who):
            spent = 0
            for visit in plan.values():
                share = math.floor(100 * world.audits[visit.audit]["on_site"] + 0.5)
                spent += (
                    (who in visit.team) * world.slots(visit, max(first, visit.first), min(last, visit.last)) * share
                )
            if spent:
                # In hundredths of a slot, as on-site shares are.
                left = math.floor(100 * world.per_day * (world.setting("days_per_year") - used) + 1e-6) - spent
                yield int(math.copysign(1, left)) if left else 0


def yearly_certificates(world: World, plan: Visits) -> Iterator[int]:
    for who in world.auditors:
        for first, last, _, used in world.years(who):
            mine = [visit for visit in plan.values() if who in visit.team and first <= visit.first <= last]
            touched = {name for visit in mine for name in certificates(world, who, visit)}
            if touched:
                yield world.setting("certificates_per_year") - used - len(touched)


def certificates(world: World, who: str, visit: Visit) -> Iterator[str]:
    """Yield the certificates of a visit that a member is matched to."""
    fields = {row["certificate_id"]: row["field"] for row in world.rows["certificates"]}
    days = [day for day in visit.days if world.works(day)]
    for row in world.rows["audit_certificates"]:
        if row["audit_id"] == visit.audit:
            field = fields[row["certificate_id"]]
            holds = all(world.holds(who, day, field, None, "auditor", "lead") for day in days)
            if holds or world.setting("certificates_count") == "every":
                yield row["certificate_id"]


def pins(world: World, plan: Visits) -> Iterator[int]:
    for row in world.pins:
        visit, old = plan.get(row["audit_id"]), world.published[row["audit_id"]]
        if visit is None and row["audit_id"] in world.hopeless:
            continue
        dates = visit is not None and (visit.begin, visit.finish) == (old.begin, old.finish)
        member = visit is not None and row["auditor_id"] in visit.team
        good = {"date": dates, "member": member, "both": dates and member}[row["pin"]]
        yield 0 if good else -1


def open_visits(plan: Visits) -> list[Visit]:
    """Return the visits that are not facts."""
    return [visit for visit in plan.values() if not visit.fact]


MARGINS: dict[str, Callable[[World, Visits], Iterator[int]]] = {
    made.__name__: made
    for made in (
        *(
            absences,
            away_days,
            closures,
            continuity,
            designated,
            disjoint,
            forbidden,
            full_time,
            gender,
            group_together,
            home_days,
        ),
        *(impartiality, interns, lead, membership, monthly_limit, morning_start, one_place, pins, required),
        *(
            reviewer,
            rotation,
            specialty,
            stage_interval,
            team_size,
            travel_gap,
            windows,
            yearly_certificates,
            yearly_days,
        ),
    )
}
# Rules that know no number, and so no step beyond the limit.
YES_OR_NO = ("reviewer", "designated", "forbidden", "required", "pins", "membership", "disjoint", "morning_start")
