"""Tiny random problems with all rules mixed, aimed so that each rule and each goal often decides the best plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from auditmatch.cases import FIELDS, SPECIALTIES, Case, day, tiny
from auditmatch.engines.greedy import greedy
from auditmatch.plan import Booking
from auditmatch.problem import Problem

Rng = np.random.Generator
Row = dict[str, Any]
PICKED = 7  # ingredients of one case


class Aim:
    """A case in the making, and a good plan of its beginnings at which ingredients aim."""

    def __init__(self, rng: Rng, case: Case) -> None:
        self.rng, self.case = rng, case
        problem = Problem(case.register(), case.start, case.end)
        self.plan = {b.audit: b for b in problem.plan_of(greedy(problem)).bookings}
        self.able = {f"A{a}": problem.lowered.options(a).people.tolist() for a in problem.scene.audits.tolist()}
        self.audits = len(case.tables["audits"])
        self.people = len(case.tables["auditors"])

    def booking(self) -> Booking | None:
        """Return a booking of the good plan; sometimes, and where nothing is booked, None."""
        names = sorted(self.plan)
        if not names or self.rng.random() < 0.15:
            return None
        return self.plan[str(self.rng.choice(names))]

    def audit(self) -> str:
        booking = self.booking()
        return booking.audit if booking else f"A{self.rng.integers(self.audits)}"

    def person(self, inside: float = 0.8) -> tuple[str, str]:
        """Return an audit and a person, who most often sits in it."""
        booking = self.booking()
        if booking is None or self.rng.random() > inside:
            return self.audit(), f"P{self.rng.integers(self.people)}"
        return booking.audit, booking.team[int(self.rng.integers(len(booking.team)))][0]

    def load(self, who: str, on_site: bool = False) -> float:
        """Return the days of a person in the good plan, or those on site."""
        days = 0.0
        for booking in self.plan.values():
            if who in dict(booking.team):
                span = float((np.datetime64(booking.end) - np.datetime64(booking.start)).astype(int)) + 0.5
                span += (booking.end_half == "pm") / 2 - (booking.start_half == "pm") / 2
                share = self.case.tables["audits"][self.row("audits", "audit_id", booking.audit)]["on_site"]
                days += span * (share if on_site else 1.0)
        return days

    def date(self) -> str:
        booking = self.booking()
        return str(self.rng.choice([booking.start, booking.end])) if booking else day(int(self.rng.integers(0, 3)))

    def pair(self) -> tuple[str, str]:
        """Return two audits, an order away from a cycle."""
        first, second = sorted(self.rng.choice(self.audits, size=2, replace=False).tolist())
        return f"A{first}", f"A{second}"

    def row(self, table: str, key: str, name: str) -> int:
        return next(k for k, row in enumerate(self.case.tables[table]) if row[key] == name)

    def change(self, audit: str, **cells: Any) -> None:
        self.case = self.case.changing("audits", self.row("audits", "audit_id", audit), **cells)

    def add(self, table: str, *rows: Row) -> None:
        self.case = self.case.having(**{table: rows})

    def set(self, name: str, value: object) -> None:
        if not any(row["name"] == name for row in self.case.tables.get("settings", ())):
            self.add("settings", {"name": name, "value": str(value)})

    def wish(self, rule: str, audit: str, who: str, **cells: Any) -> None:
        number = len(self.case.tables.get("preferences", ()))
        where: Row = {"audit_id": audit}
        if self.rng.random() < 0.3:
            where = {"organisation_id": f"O{audit[1:]}"}
        self.add("preferences", {"preference_id": f"w{number}", "auditor_id": who, "rule": rule, **where, **cells})

    def link(self, first: str, second: str, kind: str, **cells: Any) -> None:
        links = self.case.tables.get("links", ())
        if not any((r["first_audit"], r["second_audit"], r["kind"]) == (first, second, kind) for r in links):
            row = {"first_audit": first, "second_audit": second, "kind": kind, **cells}
            self.add("links", {"required": bool(self.rng.random() < 0.25), **row})


def absence(aim: Aim) -> None:
    audit, who = aim.person()
    booking = aim.plan.get(audit)
    start, half = (booking.start, booking.start_half) if booking else (aim.date(), "am")
    long = aim.rng.random() < 0.4
    row = {"auditor_id": who, "start": start, "start_half": half, "end": start, "end_half": "pm" if long else half}
    if not any((r["auditor_id"], r["start"]) == (who, start) for r in aim.case.tables.get("absences", ())):
        aim.add("absences", row)


def employment(aim: Aim) -> None:
    who = aim.row("auditors", "auditor_id", aim.person()[1])
    bound = {"from": day(1)} if aim.rng.random() < 0.5 else {"until": day(0)}
    aim.case = aim.case.changing("auditors", who, **bound)


def closure(aim: Aim) -> None:
    booking = aim.booking()
    name, date = (booking.audit, booking.start) if booking else (aim.audit(), aim.date())
    row = {"organisation_id": f"O{name[1:]}", "start": date, "end": date}
    if row not in aim.case.tables.get("closures", ()):
        aim.add("closures", row)


def continuity(aim: Aim) -> None:
    aim.link(*aim.pair(), "continuity", members=int(aim.rng.choice([1, 1, 2])))


def disjoint(aim: Aim) -> None:
    """Keep teams apart that share somebody in the good plan; any two, where none do."""
    teams = {name: set(dict(booking.team)) for name, booking in aim.plan.items()}
    sharing = [(a, b) for a in teams for b in teams if a < b and teams[a] & teams[b]]
    for first, second in sharing or [aim.pair()]:
        aim.link(first, second, "disjoint", required=False)


def together(aim: Aim) -> None:
    """Bring together two audits that begin on different days in the good plan, or two pairs of them."""
    begins = {name: booking.start for name, booking in aim.plan.items()}
    apart = [(a, b) for a in begins for b in begins if a < b and begins[a] != begins[b]] or [aim.pair()]
    for k in aim.rng.permutation(len(apart))[:2].tolist():
        aim.link(*apart[k], "together", max_days=int(aim.rng.choice([0, 0, 0, 1])), required=False)


def interval(aim: Aim) -> None:
    low = int(aim.rng.integers(0, 3))
    high = None if aim.rng.random() < 0.5 else low + int(aim.rng.integers(0, 2))
    aim.link(*aim.pair(), "interval", min_days=low, max_days=high)


def required(aim: Aim) -> None:
    """Let an audit of the good plan need one that the plan leaves out, or that is hard to serve."""
    first, second = aim.pair()
    for one in range(aim.audits):
        for other in range(one + 1, aim.audits):
            if f"A{one}" not in aim.plan and f"A{other}" in aim.plan:
                first, second = f"A{one}", f"A{other}"
    kind = str(aim.rng.choice(["together", "disjoint", "continuity"]))
    aim.link(first, second, kind, required=True, members=1, max_days=5)
    aim.change(first, priority=0.1)


def designated(aim: Aim) -> None:
    audit, who = aim.person(inside=0.15)
    aim.wish("require", audit, who)


def forbidden(aim: Aim) -> None:
    aim.wish("forbid", *aim.person())


def impartiality(aim: Aim) -> None:
    audit, who = aim.person()
    booking = aim.plan.get(audit)
    since, until = (booking.start, booking.end) if booking else sorted([aim.date(), aim.date()])
    dates = {"from": since, "until": until}
    dates.pop(str(aim.rng.choice(["from", "until", "neither"])), None)
    aim.wish("forbid", audit, who, **dates)


def preferred(aim: Aim) -> None:
    """Prefer somebody who could sit in a team of the good plan and does not."""
    for booking in aim.plan.values():
        able = [f"P{i}" for i in aim.able[booking.audit] if f"P{i}" not in dict(booking.team)]
        if able and aim.rng.random() < 0.8:
            aim.wish("prefer", booking.audit, str(aim.rng.choice(able)), weight=float(aim.rng.choice([1, 3])))
    aim.set("weight_preference", aim.rng.choice([20, 40]))


def minima(aim: Aim, column: str, trait: str, value: object) -> None:
    """Ask for one person of a kind of which the good plan's team has none, most often."""
    audit, who = aim.person()
    aim.change(audit, **{column: 1})
    for name in {who, *(dict(aim.plan[audit].team) if audit in aim.plan else ())}:
        aim.case = aim.case.changing("auditors", aim.row("auditors", "auditor_id", name), **{trait: value})


def full_time(aim: Aim) -> None:
    minima(aim, "full_time_min", "full_time", False)


def women(aim: Aim) -> None:
    minima(aim, "females_min", "gender", "M")


def men(aim: Aim) -> None:
    minima(aim, "males_min", "gender", "F")


def late(aim: Aim) -> None:
    """Let a client who is served on the second day of the good plan wish the first, more dearly than to be put off."""
    aim.set("weight_lateness", aim.rng.choice([60, 150]))
    for booking in aim.plan.values():
        if booking.start > day(0):
            put_off: Row = {"latest": day(5), "priority": 0.3} if aim.rng.random() < 0.4 else {}
            aim.change(booking.audit, preferred=day(0), earliest=day(0), **put_off)


def fair(aim: Aim) -> None:
    """Ask for little work, so that it could all fall to one person."""
    aim.set("weight_fairness", aim.rng.choice([30, 60]))
    for k in range(aim.audits):
        aim.change(f"A{k}", person_days=float(aim.rng.choice([0.5, 0.5, 1.0])), team_max=1, team_min=1)


def month(aim: Aim) -> None:
    """Let somebody work half a day less than in the good plan."""
    name = aim.person()[1]
    limit = max(aim.load(name) - 0.5, 0.5)
    aim.case = aim.case.changing("auditors", aim.row("auditors", "auditor_id", name), monthly_limit=limit)


def away(aim: Aim) -> None:
    """Let somebody be away for half a day at most, with a home far from the work."""
    audit, name = aim.person(inside=1.0)
    aim.change(audit, on_site=1.0)
    at = aim.case.tables["audits"][aim.row("audits", "audit_id", audit)]["organisation_id"]
    client = aim.case.tables["organisations"][aim.row("organisations", "organisation_id", at)]
    home = "L1" if client["location"] == "L0" else "L0"
    row = aim.row("auditors", "auditor_id", name)
    aim.case = aim.case.changing("auditors", row, away_monthly=float(aim.rng.choice([0, 0, 0.5])), location=home)


def home(aim: Aim) -> None:
    """Promise most people days at home between two trips, and let the work lie in two places far from home."""
    for i in range(aim.people):
        aim.case = aim.case.changing("auditors", i, home_days=int(aim.rng.choice([0, 1, 2, 2])), location="L0")
    for k in range(aim.audits):
        aim.change(f"A{k}", on_site=1.0, person_days=float(aim.rng.choice([0.5, 0.5, 1.0])), team_max=1, team_min=1)
        aim.case = aim.case.changing("organisations", k, location=f"L{1 + k % 2}")
    aim.set("gap_free_km", 50)


def rotating(aim: Aim) -> None:
    """Let somebody who sits in the good plan be due to rotate, most often."""
    some = [carry(aim, *aim.person()) for _ in range(2)]
    aim.set("rotation_visits", aim.rng.choice([1, 2]))
    for certificate, who in some:
        for k in range(2):
            row = {"certificate_id": certificate, "kind": "surveillance", "date": day(-40 + 20 * k), "auditor_id": who}
            aim.add("history", row)


def reviewing(aim: Aim) -> None:
    """Let somebody who sits in the good plan be its reviewer, stated or known from history."""
    audit, who = aim.person()
    if aim.rng.random() < 0.5:
        aim.change(audit, reviewer=who)
        return
    certificate, who = carry(aim, audit, who)
    row = {"certificate_id": certificate, "kind": "stage2", "date": day(-60), "auditor_id": who, "role": "reviewer"}
    aim.add("history", row)


def carry(aim: Aim, audit: str, who: str) -> tuple[str, str]:
    """Return a new certificate that an audit carries, and the person."""
    name = f"H{len(aim.case.tables.get('certificates', ()))}"
    cells = {"specialty": SPECIALTIES[0], "organisation_id": "O0", "field": FIELDS[0]}
    aim.add("certificates", {"certificate_id": name, **cells})
    aim.add("audit_certificates", {"audit_id": audit, "certificate_id": name})
    return name, who


def usage(aim: Aim, who: str, days: float, certificates: int) -> None:
    if not any(row["auditor_id"] == who for row in aim.case.tables.get("usage", ())):
        start = "2027-01-01" if aim.rng.random() < 0.7 else str(np.datetime64(day(1)) - np.timedelta64(365, "D"))
        aim.add("usage", {"auditor_id": who, "year_start": start, "days_used": days, "certificates_used": certificates})


def year(aim: Aim) -> None:
    """Leave somebody a little less of the year than the good plan has on site, most often."""
    audit, who = aim.person()
    if aim.rng.random() < 0.7:
        aim.change(audit, on_site=1.0)
    less = float(aim.rng.choice([0.2, 0.5, 0.5, 1.0]))
    usage(aim, who, 180 - max(aim.load(who, on_site=True) - less, 0.0), int(aim.rng.choice([0, 0, 0, 49])))


def certificates(aim: Aim) -> None:
    if "certificates" not in aim.case.tables:
        some = [
            {"certificate_id": f"C{k}", "specialty": SPECIALTIES[0], "organisation_id": f"O{k}", "field": FIELDS[k % 2]}
            for k in range(3)
        ]
        aim.add("certificates", *some)
        pairs = {(int(aim.rng.integers(aim.audits)), int(aim.rng.integers(3))) for _ in range(5)}
        aim.add("audit_certificates", *({"audit_id": f"A{a}", "certificate_id": f"C{c}"} for a, c in sorted(pairs)))
    aim.set("certificates_count", aim.rng.choice(["every", "every", "holders"]))
    for _ in range(2):
        usage(aim, aim.person()[1], 0.0, 50 - int(aim.rng.integers(0, 2)))


def pinned(aim: Aim) -> None:
    """Pin a booking a person or a day away from the good plan."""
    publish(aim, str(aim.rng.choice(["date", "member", "both"])))


def published(aim: Aim) -> None:
    publish(aim, "none")
    aim.set("weight_keep", aim.rng.choice([80, 200]))


def publish(aim: Aim, pin: str) -> None:
    booking, plan = aim.booking(), aim.case.tables.get("plan", ())
    if booking is None or any(row["audit_id"] == booking.audit for row in plan):
        return
    days = [booking.start, booking.end]
    shift = bool(booking.start == booking.end and aim.rng.random() < 0.5)
    if shift:
        days = [day(1) if booking.start == day(0) else day(0)] * 2
    taken = {name for name, _ in booking.team}
    for who, role in booking.team:
        able = [f"P{i}" for i in aim.able[booking.audit] if f"P{i}" not in taken]
        if able and (not shift or aim.rng.random() < 0.3):
            who = str(aim.rng.choice(able))
            taken.add(who)
        cells = {"start": days[0], "start_half": booking.start_half, "end": days[1], "end_half": booking.end_half}
        aim.add("plan", {"audit_id": booking.audit, "auditor_id": who, "role": role, **cells, "pin": pin})


def done(aim: Aim) -> None:
    """Let a finished audit take a person's time, caps and place, and sometimes be linked."""
    name = f"A{aim.audits}"
    if any(row["audit_id"] == name for row in aim.case.tables["audits"]):
        return
    audit, who = aim.person()
    booking = aim.plan.get(audit)
    start, half = (booking.start, booking.start_half) if booking else (aim.date(), "am")
    old = {**aim.case.tables["audits"][0], "audit_id": name, "status": "done", "on_site": 1.0}
    aim.add("audits", {**old, "earliest": day(-10), "latest": day(10), "preferred": day(0)})
    cells = {"start": start, "start_half": half, "end": start, "end_half": half, "role": "lead"}
    aim.add("plan", {"audit_id": name, "auditor_id": who, **cells})
    if aim.rng.random() < 0.5:
        kind = str(aim.rng.choice(["continuity", "disjoint", "together", "interval"]))
        aim.link(name, aim.audit(), kind)


def expert(aim: Aim) -> None:
    """Let an expert cover a code that few hold."""
    k = int(aim.rng.integers(len(aim.case.tables["requirements"])))
    need = aim.case.tables["requirements"][k]
    aim.case = aim.case.changing("requirements", k, expert_ok=True, count=int(aim.rng.choice([1, 1, 2])))
    row = {"auditor_id": f"P{aim.rng.integers(aim.people)}", "valid_from": "2026-02-01", "grade": "expert"}
    aim.add("qualifications", {**row, "field": need["field"], "specialty": need["specialty"]})


def training(aim: Aim) -> None:
    """Ask for the training of one or two people who are interns and nothing else."""
    booking = aim.booking()
    audit = booking.audit if booking else aim.audit()
    inside = set(dict(booking.team)) if booking else set()
    need = next(row for row in aim.case.tables["requirements"] if row["audit_id"] == audit)
    outside = [k for k in range(aim.people) if f"P{k}" not in inside]
    for who in aim.rng.permutation(outside)[: int(aim.rng.choice([1, 1, 2]))].tolist():
        kept = [row for row in aim.case.tables["qualifications"] if row["auditor_id"] != f"P{who}"]
        aim.case = Case({**aim.case.tables, "qualifications": tuple(kept)}, aim.case.start, aim.case.end)
        row = {"auditor_id": f"P{who}", "valid_from": "2026-02-02", "grade": "intern"}
        aim.add("qualifications", {**row, "field": need["field"], "specialty": need["specialty"]})
        aim.wish("require", audit, f"P{who}")
    aim.set("interns_per_auditor", aim.rng.choice([0, 0, 0, 1]))


def grades(aim: Aim) -> None:
    """Take the grade of lead from someone."""
    who = aim.person()[1]
    for k, row in enumerate(aim.case.tables["qualifications"]):
        if row["auditor_id"] == who and row["grade"] == "lead":
            aim.case = aim.case.changing("qualifications", k, grade="auditor")
    if aim.rng.random() < 0.3:
        aim.set("lead_fields", "all")


def lapse(aim: Aim) -> None:
    """Let somebody's credentials end or begin within the horizon."""
    who = aim.person()[1]
    for k, row in enumerate(aim.case.tables["qualifications"]):
        if row["auditor_id"] == who and aim.rng.random() < 0.7:
            ends = aim.rng.random() < 0.6
            dates = (
                {"valid_from": "2026-01-01", "valid_until": day(0)}
                if ends
                else {"valid_from": day(1), "valid_until": None}
            )
            aim.case = aim.case.changing("qualifications", k, **dates)


def codes(aim: Aim) -> None:
    """Ask for a code that is rarer, or for two people."""
    k = int(aim.rng.integers(len(aim.case.tables["requirements"])))
    aim.case = aim.case.changing("requirements", k, count=2 if aim.rng.random() < 0.4 else 1)
    if aim.rng.random() < 0.3:
        aim.set("middle_class", "true")


def day_off(aim: Aim) -> None:
    date = aim.date()
    if not any(row["date"] == date for row in aim.case.tables.get("calendar", ())):
        aim.add("calendar", {"date": date, "working": str(aim.rng.choice(["none", "am", "pm"]))})


def whole_days(aim: Aim) -> None:
    aim.set("slots_per_day", 1)


def road(aim: Aim) -> None:
    aim.set("gap_km_per_half_day", aim.rng.choice([400, 700]))


def fewer(aim: Aim) -> None:
    """Keep one person only for much of the work, so that audits compete."""
    for k in range(aim.audits):
        aim.change(f"A{k}", person_days=float(aim.rng.choice([1.0, 1.5, 2.0])), team_min=1, team_max=1)


def contended(rng: Rng) -> Case:
    """Return a case without special rules in which the work is about what the people can do."""
    case = tiny(rng, audits=4, auditors=3, days=2)
    for k in range(4):
        days, most = float(rng.choice([0.5, 1.0, 1.0, 1.5, 2.0])), int(rng.choice([1, 1, 2]))
        cells: Row = {
            "person_days": days,
            "team_min": 1,
            "team_max": most,
            "on_site": float(rng.choice([1.0, 0.8, 0.0])),
        }
        if rng.random() < 0.8:
            latest = day(1) if rng.random() < 0.7 else day(int(rng.integers(3, 8)))
            cells |= {"earliest": day(0), "latest": latest, "preferred": day(int(rng.random() < 0.2))}
        cells["priority"] = float(rng.choice([0.1, 0.5, 1.0]))
        case = case.changing("audits", k, **cells)
    held = [
        {"auditor_id": f"P{i}", "field": field, "specialty": specialty, "valid_from": "2026-01-01", "grade": grade}
        for i in range(3)
        for field, rare in (("QMS", 0.1), ("EMS", 0.3))
        for grade in [str(rng.choice(["lead", "lead", "auditor"]))]
        for specialty in SPECIALTIES[:2]
        if rng.random() > rare
    ]
    return Case({**case.tables, "qualifications": tuple(held)}, case.start, case.end)


INGREDIENTS: Mapping[Callable[[Aim], None], float] = {
    together: 5.3,
    published: 4.6,
    fair: 4.3,
    late: 3.7,
    disjoint: 3.6,
    **dict.fromkeys((impartiality, preferred), 3.2),
    year: 2.4,
    forbidden: 2.6,
    month: 2.2,
    **dict.fromkeys((training, interval, pinned, closure), 1.8),
    **dict.fromkeys((women, full_time, continuity), 1.5),
    **dict.fromkeys((required, certificates), 1.2),
    **dict.fromkeys(
        (absence, employment, day_off, whole_days, men, grades, lapse, fewer, done, expert, codes, road), 0.5
    ),
    reviewing: 2.6,
    **dict.fromkeys((away, rotating), 2.0),
    home: 3.4,
    designated: 0.2,
}


def mixed_case(rng: Rng, contended_share: float = 0.6) -> Case:
    """Return a case of four audits, three people and two days with several rules at work.

    This share of cases is drawn again until the greedy plan serves two audits and leaves out one that can be served.
    """
    wanted = rng.random() < contended_share
    while True:
        aim = Aim(rng, contended(rng))
        aim.set("weight_mismatch", rng.choice([20, 30]))
        weights = np.array(list(INGREDIENTS.values()))
        chosen = rng.choice(len(weights), size=PICKED, replace=False, p=weights / weights.sum())
        for k in chosen.tolist():
            list(INGREDIENTS)[k](aim)
        case = _each_credential_once(aim.case)
        if not wanted or _contended_still(case):
            return case


def _each_credential_once(case: Case) -> Case:
    key = ("auditor_id", "field", "specialty", "valid_from")
    rows = {tuple(row[cell] for cell in key): row for row in case.tables["qualifications"]}
    return Case({**case.tables, "qualifications": tuple(rows.values())}, case.start, case.end)


def _contended_still(case: Case) -> bool:
    problem = Problem(case.register(), case.start, case.end)
    return 2 <= len(greedy(problem)) < len(problem.audits)
