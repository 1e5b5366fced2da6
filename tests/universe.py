"""Every booking and every plan of a tiny case, by enumeration: the ground on which rules and optima are proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations, permutations, product

import numpy as np

from auditmatch import rules as rule_folder
from auditmatch.agenda import Agenda
from auditmatch.engines.exact import fill
from auditmatch.placement import Placed, State
from auditmatch.plan import Booking
from auditmatch.problem import Problem
from auditmatch.scene import Scene
from auditmatch.shapes import Role, Rule, ints
from auditmatch.tables import Table

# Without these nobody sits, nothing has a length, and nobody is kept from being in two places.
BASE = ("membership", "team_size", "windows", "morning_start", "one_place")
# Those of them that judge a booking without looking at any other.
ALONE = ("membership", "team_size", "windows", "morning_start")
LONGEST = 4  # slots at the least; one more than the longest audit needs
ROLES = (Role.COUNTING, Role.INTERN, Role.EXPERT)
PLAN_ROLE = {Role.COUNTING: 1, Role.INTERN: 2, Role.EXPERT: 3}

Span = tuple[int, int, tuple[int, int]]
Team = tuple[tuple[int, int], ...]


@cache
def rule(name: str) -> Rule:
    """Return one of the library's rules."""
    return next(r for r in rule_folder.default() if r.name == name)


def base_and(chosen: Rule) -> tuple[Rule, ...]:
    """Return the base rules and one more, which may be one of them."""
    return (*(rule(name) for name in BASE if name != chosen.name), chosen)


def spans(scene: Scene) -> list[Span]:
    """Return (first slot, slots, half-days) of every stretch of time from a workday before the horizon to one after.

    Stretches that begin or end in a half-day that is not worked have slot -1: no engine can hold them, and rules must
    refuse them. Half-days are counted from the calendar's first day.
    """
    calendar = scene.calendar
    longest = max(LONGEST, int(2 * scene.register.audits["person_days"].max()) + 1)
    step = 1 if calendar.slots_per_day == 2 else 2
    worked = set(calendar.slot_begin(np.arange(calendar.n_slots)).tolist())
    number = {half: slot for slot, half in enumerate(sorted(worked))}
    before = max([h for h in worked if h < 2 * _offset(scene, scene.start)], default=0)
    after = min([h for h in worked if h >= 2 * _offset(scene, scene.end) + 2])
    found = []
    for begin in range(before, after + step, step):
        inside = 0
        for last in range(begin, min(begin + 3 * longest, after + step), step):
            inside += last in worked
            if inside > longest:
                break
            aligned = begin in worked and last in worked
            found.append((number[begin] if aligned else -1, inside if aligned else 0, (begin, last + step)))
    return found


def _offset(scene: Scene, day: np.datetime64) -> int:
    return int((day - scene.calendar.first_day).astype(np.int64))


def teams(people: int, most: int = 4) -> list[Team]:
    """Return every way to seat one to `most` of so many people in any roles."""
    return [
        tuple(zip(chosen, roles, strict=True))
        for size in range(1, min(people, most) + 1)
        for chosen in combinations(range(people), size)
        for roles in product((int(role) for role in ROLES), repeat=size)
    ]


def raw_bookings(problem: Problem, audit: int) -> list[Placed]:
    """Return every stretch of time with every team, legal or not."""
    people = teams(len(problem.scene.register.auditors))
    return [Placed(audit, start, n, team, halves) for start, n, halves in spans(problem.scene) for team in people]


def judged_alone(problem: Problem, audit: int, placed: Sequence[Placed], names: Iterable[str]) -> dict[str, set[int]]:
    """Return by rule which of many bookings of one audit it refuses, each taken alone.

    The audit is copied once for each booking, so that one call of each check judges all. This is sound for rules that
    look at no other booking; the conformance tests compare it with real plans of one booking.
    """
    wide, agenda = _copied(problem.scene, audit, placed)
    number = {name: k for k, name in enumerate(wide.register.audits["audit_id"])}
    return {name: {number[v.audits[0]] for v in rule(name).check(wide, agenda)} for name in names}


def _copied(scene: Scene, audit: int, placed: Sequence[Placed]) -> tuple[Scene, Agenda]:
    """Return a scene in which an audit stands once for each booking, and the agenda of these bookings."""
    n, register = len(placed), scene.register
    name = scene.audit_id(audit)

    def spread(table: str) -> Table:
        old = register.table(table)
        rows = np.flatnonzero(old["audit_id"] == name)
        grown = old.take(np.tile(rows, n))
        names = np.repeat(np.array([f"{name}#{k}" for k in range(n)], dtype=object), len(rows))
        cells = {c: names if c == "audit_id" else grown[c] for c in grown.columns}
        rest = old.take(np.flatnonzero(old["audit_id"] != name)) if table == "preferences" else old.take(rows[:0])
        cells = {c: np.concatenate([cells[c], rest[c]]) for c in cells}
        return Table(table, cells, np.arange(len(cells["audit_id"])))

    tables = {table: spread(table) for table in ("audits", "requirements", "preferences", "plan")}
    wide = replace(register, **tables, _lookups={})
    facts = scene.facts.take(np.zeros(0, dtype=np.int64))
    slots = {halves: _slots(scene, halves) for halves in {p.halves for p in placed}}
    grown = replace(scene, register=wide, audits=ints(np.arange(n)), facts=facts, published=tables["plan"])
    rows = [(k, _row(scene, p, slots[p.halves])) for k, p in enumerate(placed)]
    return grown, _agenda(grown, rows, None, np.ones(n, dtype=bool))


Row = tuple[int, int, int, list[tuple[int, int]]]


def _slots(scene: Scene, halves: tuple[int, int]) -> int:
    """Return the working slots inside a stretch of half-days."""
    (begin, finish), calendar = halves, scene.calendar
    first, last = calendar.date_of([begin // 2, (finish - 1) // 2])
    return int(calendar.slots_between(first, begin % 2, last, (finish - 1) % 2))


def _row(scene: Scene, placed: Placed, inside: int, lead: int | None = None) -> Row:
    """Return begin, finish, slots and (auditor, role in the plan) of a booking; one who counts leads by default."""
    zero = 2 * int(scene.calendar.first_day.astype(np.int64))
    counting = [i for i, role in placed.team if role == Role.COUNTING]
    lead = min(counting, default=-1) if lead is None else lead
    team = [(i, 0 if i == lead and r == Role.COUNTING else PLAN_ROLE[Role(r)]) for i, r in placed.team]
    return placed.halves[0] + zero, placed.halves[1] + zero, inside, sorted(team)


def _agenda(scene: Scene, rows: list[tuple[int, Row]], facts: Agenda | None, focus: np.ndarray) -> Agenda:
    """Return the agenda of bookings by audit, facts included; the same as `Scene.agenda` makes, but fast."""
    old = [] if facts is None else [_fact_row(facts, b) for b in range(len(facts.audit))]
    ordered = sorted([(a, False, row) for a, row in rows] + [(a, True, row) for a, row in old], key=lambda r: r[0])
    audits = np.array([a for a, _, _ in ordered], dtype=np.int64)
    booking_of = np.full(len(scene.register.audits), -1, dtype=np.int64)
    booking_of[audits] = np.arange(len(audits))
    fact = np.array([f for _, f, _ in ordered], dtype=bool)
    shown = focus.copy()
    shown[audits[fact]] = False
    columns = np.array([row[:3] for _, _, row in ordered], dtype=np.int64).reshape(-1, 3).T
    members = [(b, i, r) for b, (_, _, row) in enumerate(ordered) for i, r in row[3]]
    booking, auditor, role = np.array(members, dtype=np.int64).reshape(-1, 3).T
    return Agenda(audits, *columns, fact, booking, auditor, role, booking_of, shown)


def _fact_row(facts: Agenda, b: int) -> tuple[int, Row]:
    mine = facts.booking == b
    team = sorted(zip(facts.auditor[mine].tolist(), facts.role[mine].tolist(), strict=True))
    return int(facts.audit[b]), (int(facts.begin[b]), int(facts.finish[b]), int(facts.length[b]), team)


class Ground:
    """A problem, with what is worked out once for each booking."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.scene = problem, problem.scene
        self.facts = self.scene.fact_agenda()
        self.focus = np.zeros(len(self.scene.register.audits), dtype=bool)
        self.focus[problem.audits] = True
        self._rows: dict[Placed, Row] = {}
        self._bookings: dict[Placed, Booking] = {}

    def booking(self, placed: Placed) -> Booking:
        """Return a booking in names and dates, its lead named by the library."""
        if placed not in self._bookings:
            self._bookings[placed] = self.problem.plan_of([placed]).bookings[0]
        return self._bookings[placed]

    def agenda(self, plan: Iterable[Placed]) -> Agenda:
        """Return the agenda of a plan as `verify` would make it."""
        focus = self.focus.copy()
        rows = []
        for placed in plan:
            if placed not in self._rows:
                leads = [who for who, role in self.booking(placed).team if role == "lead"]
                lead = self.scene.register.index("auditors", leads)
                inside = _slots(self.scene, placed.halves)
                self._rows[placed] = _row(self.scene, placed, inside, int(lead[0]) if len(lead) else -1)
            rows.append((placed.audit, self._rows[placed]))
            focus[placed.audit] = True
        return _agenda(self.scene, rows, self.facts, focus)

    def accepts(self, chosen: Iterable[Rule], plan: Iterable[Placed]) -> bool:
        """Tell whether the checks of some rules find nothing in a plan."""
        agenda = self.agenda(plan)
        return not any(r.check(self.scene, agenda) for r in chosen)

    def legal_alone(self, audit: int) -> list[Placed]:
        """Return the bookings of an audit that the base rules' checks accept when each stands alone.

        Times are sifted first, with one team, for windows and mornings do not look at teams.
        """
        everybody = teams(len(self.scene.register.auditors))
        times = [Placed(audit, start, n, everybody[0], halves) for start, n, halves in spans(self.scene)]
        times = self._sifted(audit, times, ("windows", "morning_start"))
        raw = [replace(placed, team=team) for placed in times for team in everybody]
        return self._sifted(audit, raw, ("team_size", "membership"))

    def _sifted(self, audit: int, placed: list[Placed], names: Sequence[str]) -> list[Placed]:
        for name in names:
            refused = judged_alone(self.problem, audit, placed, [name])[name]
            placed = [p for k, p in enumerate(placed) if k not in refused]
        return placed


def plans(choices: Sequence[Sequence[Placed]]) -> Iterator[frozenset[Placed]]:
    """Yield every plan that serves each audit by one of its bookings or leaves it out."""
    for chosen in product(*([None, *some] for some in choices)):
        yield frozenset(p for p in chosen if p is not None)


class Kernel:
    """What the placing kernel says of plans; each partial plan is asked once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.states: dict[frozenset[Placed], State] = {}
        self.known: dict[tuple[frozenset[Placed], Placed], bool] = {}
        self.before = {(x.first, x.second) for x in problem.lowered.links if x.required}

    def fits(self, standing: frozenset[Placed], placed: Placed) -> bool:
        """Tell whether a booking fits among bookings that stand."""
        key = standing, placed
        if key not in self.known:
            if standing not in self.states:
                state = self.problem.state()
                for other in sorted(standing, key=lambda p: p.audit):
                    state.add(other)
                self.states[standing] = state
            self.known[key] = self.states[standing].fits(placed)
        return self.known[key]

    def accepts(self, plan: frozenset[Placed]) -> bool:
        """Tell whether a plan fits booking by booking; every order that respects required links must say the same."""
        booked = {p.audit for p in plan}
        if any(a not in booked for a in self.problem.audits.tolist() if self.problem.lowered.must[a]):
            return False
        said = {self._in_order(plan, order) for order in self._orders(plan)}
        assert len(said) == 1, f"the order of placing matters for {sorted(plan, key=lambda p: p.audit)}"
        return said.pop()

    def _orders(self, plan: frozenset[Placed]) -> Iterator[tuple[Placed, ...]]:
        for order in permutations(sorted(plan, key=lambda p: p.audit)):
            names = [p.audit for p in order]
            if not any((b, a) in self.before for a, b in combinations(names, 2)):
                yield order

    def _in_order(self, plan: frozenset[Placed], order: tuple[Placed, ...]) -> bool:
        return all(self.fits(frozenset(order[:k]), placed) for k, placed in enumerate(order))


def model_cost(problem: Problem, plan: Iterable[Placed], timed: bool = False) -> int:
    """Return what CP-SAT's objective says of a plan whose literals are fixed."""
    from ortools.sat.python import cp_model

    sheet = fill(cp_model.CpModel(), problem, problem.state(), problem.audits.tolist(), timed)
    booked = {p.audit: p for p in plan}
    for audit in sheet.audits:
        placed = booked.get(audit)
        counting = 0 if placed is None else sum(role == Role.COUNTING for _, role in placed.team)
        for (form, start), literal in sheet.starts[audit].items():
            here = placed is not None and (placed.start, placed.length) == (start, form.length)
            sheet.model.add(literal == (here and form.counting == counting))
        for member, literal in sheet.seats[audit].items():
            sheet.model.add(literal == (placed is not None and member in placed.team))
    sheet.model.minimize(sheet.objective())
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(sheet.model) == cp_model.OPTIMAL
    return round(solver.objective_value)
