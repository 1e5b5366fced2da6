"""A plan carried out: people refuse, clients postpone, groups of companies ask for another week, the plan is repaired.

Kept apart from the matching degree on purpose: nothing here imports `auditmatch.matching`, and every draw of chance is
made before the first event, so that two executions of one plan differ by their rates alone.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

import auditmatch as am
from auditmatch.cheapest import cheapest
from auditmatch.placement import Placed, State

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ITEMS = ("routine", "health", "caprice", "holidays", "incidents")
# Half-day slots between the day on which a team and its client are asked, and the start: one working week.
NOTICE = 10
# A client who postpones names a day that is so many slots, two to ten working days, after the start that was planned.
POSTPONED = (4, 20)


@dataclass(frozen=True, slots=True)
class Truth:
    """How people and clients really behave.

    Attributes
    ----------
    accepts
        (auditors,) chance that a person takes a booking.
    keeps
        (audits,) chance that the client keeps the date.
    settled
        (audits,) chance that the client's group asks for no other week.
    """

    accepts: Floats
    keeps: Floats
    settled: Floats


@dataclass(frozen=True, slots=True)
class Chance:
    """All draws of one execution: (audits, auditors) and (audits,) uniform in [0, 1), delays in slots, a share."""

    refuse: Floats
    postpone: Floats
    request: Floats
    delay: Ints
    week: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator, audits: int, auditors: int) -> Chance:
        """Draw them."""
        return cls(
            rng.random((audits, auditors)),
            rng.random(audits),
            rng.random(audits),
            rng.integers(*POSTPONED, audits, endpoint=True),
            rng.random(audits),
        )


def truth_of(register: am.Register) -> Truth:
    """Return what the register says: means of the items, and D as given or one over the group's fullest week."""
    owner = register.index("organisations", register.audits["organisation_id"])
    accepts = np.mean([register.auditors[item] for item in ITEMS], axis=0)
    clients = register.organisations
    keeps = (clients["client_timing"] + clients["inspections"]) / 2
    return Truth(accepts, keeps[owner], _settled(register, owner))


def _settled(register: am.Register, owner: Ints) -> Floats:
    """Return (audits,) coordination of the client of each audit."""
    audits, clients = register.audits, register.organisations
    group = [name if name is not None else ("alone", k) for k, name in enumerate(clients["group_id"].tolist())]
    weeks: dict[object, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for a in np.flatnonzero(audits["status"] == "open").tolist():
        weeks[group[owner[a]]][int((audits["deadline"][a].astype("datetime64[D]").astype(np.int64) + 3) // 7)] += 1
    derived = np.array([1.0 / max([1, *weeks[name].values()]) for name in group])
    given = clients["coordination"].astype(np.float64)
    return np.asarray(np.where(np.isnan(given), derived, given)[owner])


def inert(truth: Truth) -> Truth:
    """Return a world in which everyone accepts, keeps and asks for nothing."""
    return Truth(*(np.ones(len(part)) for part in (truth.accepts, truth.keeps, truth.settled)))


def mistaken(rng: np.random.Generator, register: am.Register, truth: Truth) -> Truth:
    """Return a world in which what the register says of one person or client is true of another, drawn at random."""
    owner = register.index("organisations", register.audits["organisation_id"])
    clients = register.organisations
    keeps = rng.permutation((clients["client_timing"] + clients["inspections"]) / 2)
    return Truth(rng.permutation(truth.accepts), keeps[owner], truth.settled)


@dataclass(slots=True)
class Execution:
    """One execution; `run` returns which audits were held.

    Audits come up in the order of their starts, NOTICE slots before. What lies before that day cannot be used any more.
    The client answers first, once an audit; then each member, once an audit. A booking that does not stand is taken out
    and replaced by the kernel's cheapest among the bookings that stand, without those who refused.
    """

    problem: am.Problem
    truth: Truth
    chance: Chance
    state: State = field(init=False)
    now: int = 0
    refused: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    accepted: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    asked: set[int] = field(default_factory=set)
    queue: list[tuple[int, int]] = field(default_factory=list)

    def run(self, placed: tuple[Placed, ...]) -> frozenset[int]:
        """Carry out the bookings, and return the audits held."""
        self.state = self.problem.state()
        for one in placed:
            self.state.add(one)
            heapq.heappush(self.queue, (one.start, one.audit))
        while self.queue:
            start, audit = heapq.heappop(self.queue)
            standing = self.state.booked.get(audit)
            if standing is None or standing.start != start:
                continue  # moved or lost since
            self._advance(start)
            self._come_up(standing)
        return frozenset(self.state.booked) - {one.audit for one in self.problem.facts}

    def _advance(self, start: int) -> None:
        """Let time go on to the day on which a start is asked about; the past is taken."""
        board = self.state.desk.board
        self.now = max(self.now, start - self.state.desk.zero - NOTICE)
        board.base[:, : self.now] = True
        board.run[:, : self.now] = 0

    def _come_up(self, one: Placed) -> None:
        """Ask the client, then the team; mend the booking where one of them says no."""
        first = one.audit not in self.asked
        self.asked.add(one.audit)
        here = one.start - self.state.desk.zero
        if first and self.chance.postpone[one.audit] >= self.truth.keeps[one.audit]:
            self._mend(one, [self._from(here + int(self.chance.delay[one.audit]))])
        elif first and self.chance.request[one.audit] >= self.truth.settled[one.audit]:
            self._mend(one, [self._week(one), self._from(here + 1)])
        elif self._ask(one):
            self._mend(one, [self._from(self.now)])

    def _ask(self, one: Placed) -> bool:
        """Ask those of a team who have not said yes; tell whether somebody refuses."""
        new = one.people - self.accepted[one.audit]
        no = {i for i in new if self.chance.refuse[one.audit, i] >= self.truth.accepts[i]}
        self.refused[one.audit] |= no
        self.accepted[one.audit] |= new - no
        return bool(no)

    def _from(self, slot: int) -> Bools:
        """Return which starts lie at a slot of the horizon or after it."""
        return np.asarray(np.arange(self.state.desk.board.base.shape[1]) >= max(slot, self.now))

    def _week(self, one: Placed) -> Bools:
        """Return the starts in the week for which the group asks: that of its next other audit, else any to come."""
        weeks = self._weeks()
        here = one.start - self.state.desk.zero
        group = self._group(one.audit)
        mates = [
            p.start - self.state.desk.zero
            for a, p in self.state.booked.items()
            if a != one.audit and not p.fact and group is not None and self._group(a) == group
        ]
        other = sorted({int(weeks[s]) for s in mates if s >= self.now} - {int(weeks[here])})
        if not other:
            latest = self.problem.scene.register.audits["latest"][one.audit]
            other = [w for w in np.unique(weeks[self.now :]).tolist() if w != weeks[here] and w <= _week_of(latest)]
            other = other[int(self.chance.week[one.audit] * len(other)) :][:1]
        return np.asarray(np.isin(weeks, other[:1]) & self._from(self.now))

    def _weeks(self) -> Ints:
        """Return the number of the week of each slot of the horizon."""
        scene = self.problem.scene
        slots = scene.first_slot + np.arange(self.state.desk.board.base.shape[1])
        return _week_of(scene.calendar.date_of(scene.calendar.slot_day[slots].astype(np.int64)))

    def _group(self, audit: int) -> str | None:
        """Return the group of companies that an audit's client belongs to."""
        register = self.problem.scene.register
        (row,) = register.index("organisations", [register.audits["organisation_id"][audit]])
        name: str | None = register.organisations["group_id"][row]
        return name

    def _mend(self, one: Placed, choices: list[Bools]) -> None:
        """Book an audit anew at the first of some sets of starts that has a booking; else it is lost."""
        self.state.remove(one.audit)
        for starts in choices:
            found = self._cheapest(one.audit, starts)
            if found is not None:
                self.state.add(found)
                heapq.heappush(self.queue, (found.start, found.audit))
                return
        self._lose(one.audit)

    def _cheapest(self, audit: int, starts: Bools) -> Placed | None:
        """Return the kernel's cheapest booking at some starts without those who refused."""
        run = self.state.desk.board.run
        kept = run.copy()
        run[:, : len(starts)][:, ~starts] = 0
        run[sorted(self.refused[audit])] = 0
        found = cheapest(self.state, audit)
        run[:] = kept
        return None if found is None else found[1]

    def _lose(self, audit: int) -> None:
        """Take out the audits that may be held only with this one."""
        for link in self.problem.lowered.links_of.get(audit, ()):
            if link.required and link.first == audit and link.second in self.state.booked:
                self.state.remove(link.second)
                self._lose(link.second)


def _week_of(days: npt.NDArray[np.datetime64] | np.datetime64) -> Ints:
    """Return the number of the week, Monday to Sunday; 1970-01-01 was a Thursday."""
    return np.asarray((np.asarray(days).astype("datetime64[D]").astype(np.int64) + 3) // 7)
