"""The smallest change that would serve an audit that is left out: each kind tried for real before it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.cheapest import booking_cost, cheapest
from auditmatch.disruptions import Event
from auditmatch.funnel import Funnel, make_funnel
from auditmatch.moves import Found, least_team, rivals
from auditmatch.placement import Placed, State
from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.shapes import Cover, Seat
from auditmatch.variant import after, variant
from auditmatch.words import Message, message, say

REMEDIES = ("move", "window", "absence", "code")
# Calendar days by which a window may be widened, other audits whose move is tried, people who may get a code, people of
# each set that a team is asked for.
WIDEST, MOST_MOVES, MOST_PUPILS, MOST_EACH = 60, 100, 60, 30


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change that serves an audit, all other bookings as they are.

    Attributes
    ----------
    kind
        move (of one other audit); window (opened earlier, or closed later up to the legal deadline, by the fewest
        days); absence (of one person, given up for the days of the booking); code (a further one for one person).
    audit
        Who is served.
    said
        The change as one sentence without a language; `sentence` says it.
    events
        What makes it true, for `replan`; none for a move.
    booking
        The audit's booking then.
    moved
        The new booking of the audit that makes room.
    cost
        Points of that booking beside the plan, by the goals as they were before the change; with what the move of the
        other costs more.
    """

    kind: str
    audit: str
    said: Message
    events: tuple[Event, ...]
    booking: Booking
    moved: Booking | None
    cost: int

    def sentence(self, lang: str = "en") -> str:
        """Return the change as one sentence, "en" or "zh"."""
        return self.said.say(lang)

    def tried(self, lang: str = "en") -> str:
        """Return the change with its cost, "en" or "zh"."""
        return say(lang, "tried", remedy=self.sentence(lang), cost=self.cost)

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.sentence()

    def apply(self, problem: Problem, plan: Plan) -> tuple[Problem, Plan]:
        """Return the problem after the change, and the plan with the audit in it."""
        new = [self.booking, *([self.moved] if self.moved else [])]
        gone = {b.audit for b in new}
        kept = [b for b in plan.bookings if b.audit not in gone]
        return after(problem, self.events) if self.events else problem, Plan.from_bookings([*kept, *new], plan.native)


def find_remedies(
    problem: Problem, state: State, audit: int, kinds: Iterable[str] = REMEDIES, funnel: Funnel | None = None
) -> tuple[Remedy, ...]:
    """Return the remedies of an audit that is not booked in a state, at most one of each kind, the cheapest first.

    Each booking named has been asked of every shape, with the change made. Without a remedy of some kind there may
    still be one: the other audit's booking, the team and the person are searched for within limits.
    """
    funnel = funnel or make_funnel(state, audit)
    ways: dict[str, Callable[[Problem, State, int, Funnel], Remedy | None]] = {
        "move": _move,
        "window": _window,
        "absence": _absence,
        "code": _code,
    }
    found = (ways[kind](problem, state, audit, funnel) for kind in kinds)
    return tuple(sorted((r for r in found if r is not None), key=lambda r: (r.cost, REMEDIES.index(r.kind))))


def _move(problem: Problem, state: State, audit: int, funnel: Funnel) -> Remedy | None:
    """Take one booking out, of a linked audit or of one that holds people, and see whether both find a place."""
    links = problem.lowered.links_of.get(audit, ())
    partners = dict.fromkeys(x.second if x.first == audit else x.first for x in links)
    needed = {x.first for x in links if x.required and x.second == audit}
    others = [a for a in partners if a in state.booked and not state.booked[a].fact]
    others += rivals(funnel)[:MOST_MOVES] if len(funnel.start) else []
    found = [_both(state, audit, other, other in needed) for other in dict.fromkeys(others)]
    best = min((each for each in found if each is not None), key=lambda each: each[0], default=None)
    if best is None:
        return None
    points, mine, theirs = best
    booking, moved = (problem.plan_of([placed]).bookings[0] for placed in (mine, theirs))
    said = message("by_move", other=moved.audit, day=moved.start, team=_names(moved), start=booking.start)
    return Remedy("move", booking.audit, said, (), booking, moved, points)


def _both(state: State, audit: int, other: int, needed: bool) -> tuple[int, Placed, Placed] | None:
    """Return what it costs to book an audit first and then another anew, and both bookings.

    `needed`: the audit needs the other, which is booked by the days between the two.
    """
    before = state.remove(other)
    try:
        first = cheapest(state, audit, alone=needed)
        old = cheapest(state, other) if first is not None else None
        if first is None or old is None:
            return None
        state.add(first[1])
        second = cheapest(state, other)
        state.remove(audit)
        if second is None:
            return None
        if needed:
            # It may need others that are not there.
            state.add(second[1])
            fits = state.fits(first[1])
            state.remove(other)
        return (first[0] + second[0] - old[0], first[1], second[1]) if not needed or fits else None
    finally:
        state.add(before)


def _window(problem: Problem, state: State, audit: int, _: Funnel) -> Remedy | None:
    """Open the window earlier, or close it later up to the legal deadline, by as few days as can be."""
    scene, table = problem.scene, problem.scene.register.audits
    first, last = table["earliest"][audit], table["latest"][audit]
    wide = max(first - WIDEST, min(first, scene.start)), max(last, min(last + WIDEST, table["deadline"][audit]))
    if wide == (first, last):
        return None
    name, people = scene.audit_id(audit), _people(problem, state, audit)
    made = variant(problem, state, audit, people, [Event("moved", name, start=str(wide[0]), end=str(wide[1]))])
    trial = make_funnel(made, audit)
    if not len(trial.start):
        return None
    begin, finish = scene.calendar.date(trial.start), scene.calendar.date(trial.end)
    beyond = np.maximum((first - begin).astype(np.int64), (finish - last).astype(np.int64))
    enough = trial.linked & trial.teams("free", trial.linked & (beyond > 0))
    for days in np.unique(beyond[enough]).tolist():
        able = trial.able["free"] & (enough & (beyond == days))
        found = least_team(trial, able, np.zeros(able.shape, dtype=np.int64))
        if found is not None:
            span = str(min(first, begin[found.column])), str(max(last, finish[found.column]))
            event = Event("moved", name, start=span[0], end=span[1])
            said = message("by_window", days=days, first=span[0], last=span[1])
            return _checked("window", problem, state, trial, found, event, said)
    return None


def _absence(problem: Problem, state: State, audit: int, funnel: Funnel) -> Remedy | None:
    """Let one person give up an absence for the days of the audit."""
    people = _people(problem, state, audit)
    names, scene = problem.scene.register.auditors["auditor_id"], problem.scene
    held = set(scene.register.absences["auditor_id"].tolist())
    span = str(scene.start), str(scene.end)
    recalled = [Event("available", auditor_id=str(names[i]), start=span[0], end=span[1])
                for i in people if names[i] in held]  # fmt: skip
    if not recalled or not len(funnel.start):
        return None
    trial = make_funnel(variant(problem, state, audit, people, recalled), audit)
    spent = np.zeros((len(trial.options.people), state.lowered.busy.shape[1] + 1), dtype=np.int64)
    np.cumsum(state.lowered.busy[trial.options.people], axis=1, out=spent[:, 1:])
    weights = (spent[:, trial.end + 1] > spent[:, trial.start]).astype(np.int64)
    found = least_team(trial, trial.able["free"] & trial.linked, weights, 1)
    if found is None or found.weight != 1:
        return None
    who = next(k for k in found.team if weights[k, found.column])
    first, last = (str(day) for day in scene.calendar.date([trial.start[found.column], trial.end[found.column]]))
    name = str(names[trial.options.people[who]])
    event = Event("available", auditor_id=name, start=first, end=last)
    said = message("by_absence", who=name, first=first, last=last)
    return _checked("absence", problem, state, trial, found, event, said)


def _code(problem: Problem, state: State, audit: int, _: Funnel) -> Remedy | None:
    """Let one person hold one more of the codes required."""
    scene, needs = problem.scene, problem.scene.register.requirements
    mine = np.flatnonzero(needs["audit_id"] == scene.audit_id(audit))
    best: Remedy | None = None
    for field, specialty in sorted({(str(needs["field"][k]), str(needs["specialty"][k])) for k in mine}):
        pupils = _pupils(problem, state, field, specialty)
        names = scene.register.auditors["auditor_id"][pupils].tolist()
        start = str(min(scene.start, scene.register.audits["earliest"][audit]))
        events = {n: Event("qualified", auditor_id=n, field=field, specialty=specialty, start=start) for n in names}
        if not events:
            continue
        made = variant(problem, state, audit, [*_people(problem, state, audit), *pupils], events.values())
        trial = make_funnel(made, audit)
        if not len(trial.start):
            continue
        weights = np.isin(trial.options.people, pupils).astype(np.int64)[:, None] + np.zeros_like(trial.start)
        found = least_team(trial, trial.able["free"] & trial.linked, weights, 1)
        if found is None or found.weight != 1:
            continue
        who = next(scene.auditor_id(int(trial.options.people[k])) for k in found.team if weights[k, 0])
        said = message("by_code", who=who, code=f"{field} {specialty}")
        remedy = _checked("code", problem, state, trial, found, events[who], said)
        if remedy is not None and (best is None or remedy.cost < best.cost):
            best = remedy
    return best


def _pupils(problem: Problem, state: State, field: str, specialty: str) -> list[int]:
    """Return people who do not count for a code: those who hold others of its field first, then the least loaded."""
    scene, table = problem.scene, problem.scene.register.qualifications
    grown = np.isin(table["grade"], ("auditor", "lead"))
    near = set(table["auditor_id"][(table["field"] == field) & grown].tolist())
    have = set(table["auditor_id"][(table["field"] == field) & grown & (table["specialty"] == specialty)].tolist())
    names = scene.register.auditors["auditor_id"].tolist()
    rows = (i for i, name in enumerate(names) if name not in have)
    return sorted(rows, key=lambda i: (names[i] not in near, state.load[i], i))[:MOST_PUPILS]


def _people(problem: Problem, state: State, audit: int) -> list[int]:
    """Return those who might sit: of each set that the team is asked for the people with the least load."""
    lowered, found = problem.lowered, set[int]()
    for shape in lowered.shapes_of.get(audit, []):
        pools = [shape.pool] if isinstance(shape, Seat) else []
        if isinstance(shape, Cover):
            pools = [pool for _, pool in shape.seats if pool is not None]
        who = sorted({int(i) for pool in pools for i in pool.auditors}, key=lambda i: (state.load[i], i))
        found.update(who[:MOST_EACH])
    return sorted(found)


def _checked(
    kind: str, problem: Problem, state: State, trial: Funnel, found: Found, event: Event, said: Message
) -> Remedy | None:
    """Return the remedy if its booking fits once nothing but the one event has happened."""
    start, end = int(trial.start[found.column]), int(trial.end[found.column])
    team = tuple(sorted((int(trial.options.people[k]), int(trial.options.roles[k])) for k in found.team))
    placed = Placed(trial.options.audit, start, end - start + 1, team, state.lowered.halves(start, end - start + 1))
    alone = variant(problem, state, placed.audit, placed.people, [event])
    if not alone.fits(placed):
        return None
    booking = problem.plan_of([placed]).bookings[0]
    return Remedy(kind, booking.audit, said, (event,), booking, None, booking_cost(state, placed))


def _names(booking: Booking) -> tuple[str, ...]:
    return tuple(who for who, _ in booking.team)
