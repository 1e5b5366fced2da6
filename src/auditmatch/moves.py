"""The few bookings whose move would free a full team for an audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.funnel import Funnel
from auditmatch.placement import Placed
from auditmatch.shapes import Bools, Ints, Role

# Steps after which the search for a better team ends, about 0.1 s.
MOST_STEPS = 2_000
NO_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Moves:
    """A team that could serve an audit in slots [start, end], were the bookings of some audits elsewhere."""

    audits: tuple[int, ...]
    people: tuple[int, ...]
    start: int
    end: int


def least_moves(funnel: Funnel) -> Moves | None:
    """Return a team and dates that clash with few bookings, the earliest of equals; None where there is none.

    A booking counts once for each member that it takes; facts cannot move. No team clashes with fewer, unless the
    search ended after MOST_STEPS.
    """
    able, clashes = _clashes(funnel)
    found = least_team(funnel, able, clashes, 1)
    if found is None:
        return None
    c = found.column
    people = tuple(sorted(int(funnel.options.people[k]) for k in found.team))
    audits = {p.audit for i in people for p in _near(funnel, i) if _clash(funnel, i, [p])[0, c]}
    return Moves(tuple(sorted(audits)), people, int(funnel.start[c]), int(funnel.end[c]))


@dataclass(frozen=True, slots=True)
class Found:
    """A team: candidates, column of the funnel, and the sum of their weights."""

    team: tuple[int, ...]
    column: int
    weight: int


def least_team(funnel: Funnel, able: Bools, weights: Ints, floor: int = 0) -> Found | None:
    """Return a full team of least weight; None where there is none, or none was found in MOST_STEPS.

    Parameters
    ----------
    able, weights
        (candidates, C) who may sit at which column, and what each weighs there, 0 or more.
    floor
        No team weighs less, as is known before.
    """
    counting = funnel.options.roles == Role.COUNTING
    best: Found | None = None
    steps = MOST_STEPS
    for least, c in _by_promise(funnel, able, weights, counting):
        if steps <= 0 or (best is not None and max(least, floor) >= best.weight):
            break
        search = _Search(funnel, c, able[:, c], weights[:, c], (best.weight if best else NO_LIMIT, steps))
        search.extend([], 0, 0, search.needs)
        steps = search.steps
        if search.team is not None:
            best = Found(tuple(search.team), c, search.below)
    return best


def rivals(funnel: Funnel) -> list[int]:
    """Return the audits that hold the people who could come: in the way, most dates first, then under their caps."""
    score: dict[int, int] = {}
    there = {stage: funnel.able[stage] & funnel.linked for stage in ("present", "under_caps")}
    for i in np.unique(funnel.options.people[there["present"].any(axis=1)]).tolist():
        rows = funnel.options.people == i
        near, mine = _near(funnel, i), there["under_caps"][rows].any(axis=0)
        clashes = (_clash(funnel, i, near) & mine).sum(axis=1).tolist() if near else []
        for placed, number in zip(near, clashes, strict=True):
            score[placed.audit] = score.get(placed.audit, 0) + number
        if not mine.any():
            score |= {p.audit: score.get(p.audit, 0) for p in funnel.state.by_auditor.get(i, ())}
    booked = funnel.state.booked
    return sorted((a for a in score if not booked[a].fact), key=lambda a: (-score[a], a))


def _clashes(funnel: Funnel) -> tuple[Bools, Ints]:
    """Return (candidates, C) who could sit but for bookings that can move, and with how many of those each clashes."""
    able = funnel.able["under_caps"] & funnel.linked
    number = np.zeros(able.shape, dtype=np.int64)
    for i in np.unique(funnel.options.people[able.any(axis=1)]).tolist():
        if near := _near(funnel, i):
            rows, clash = np.flatnonzero(funnel.options.people == i), _clash(funnel, i, near)
            fixed = np.array([p.fact for p in near], dtype=bool)
            able[rows] &= ~clash[fixed].any(axis=0)
            number[rows] = clash.sum(axis=0)
    return able, number


def _near(funnel: Funnel, auditor: int) -> list[Placed]:
    """Return the bookings of a person that may be in the way on some date of the audit."""
    lowered = funnel.state.lowered
    road = lowered.longest_road
    first = int(lowered.slot_begin[funnel.start.min()]) - road
    last = int(lowered.slot_end[funnel.end.max()]) + road
    mine = funnel.state.by_auditor.get(auditor, ())
    return [p for p in mine if p.halves[0] < last and p.halves[1] > first]


def _clash(funnel: Funnel, auditor: int, bookings: list[Placed]) -> Bools:
    """Tell which bookings of a person are in the way at which columns, (bookings, C)."""
    lowered = funnel.state.lowered
    mine = funnel.options.audit
    need = np.array([lowered.need(auditor, mine, p.audit) for p in bookings], dtype=np.int64)[:, None]
    halves = np.array([p.halves for p in bookings], dtype=np.int64)
    begin, finish = lowered.slot_begin[funnel.start], lowered.slot_end[funnel.end]
    return np.asarray((begin - halves[:, [1]] < need) & (halves[:, [0]] - finish < need) & (need >= 0))


def _by_promise(funnel: Funnel, able: Bools, clashes: Ints, counting: Bools) -> list[tuple[int, int]]:
    """Return (least clashes that any team has, column) of the columns with people enough, the most promising first."""
    size = np.array([form.counting for form in funnel.options.forms], dtype=np.int64)[funnel.form]
    ranked = np.sort(np.where(able, clashes, NO_LIMIT)[counting], axis=0)
    enough = np.flatnonzero(able[counting].sum(axis=0) >= size)
    return sorted((int(ranked[: size[c], c].sum()), int(c)) for c in enough)


class _Search:
    """Depth-first search for the team with the fewest clashes at one column.

    What a candidate meets is a bit mask: bit 0 for counting members, bit d + 1 for demand d.
    """

    def __init__(self, funnel: Funnel, column: int, able: Bools, clashes: Ints, limits: tuple[int, int]) -> None:
        self.funnel, self.column = funnel, column
        self.form = funnel.options.forms[funnel.form[column]]
        self.below, self.steps = limits
        self.team: list[int] | None = None
        self.people: list[int] = funnel.options.people.tolist()
        self.clashes: list[int] = clashes.tolist()
        meets = (funnel.options.roles == Role.COUNTING).astype(np.int64)
        self.needs: tuple[int, ...] = (self.form.counting,)
        for bit, (d, need) in enumerate(funnel.demands()[1:], start=1):
            meets = meets | funnel.counts[d][:, column].astype(np.int64) << bit
            self.needs = (*self.needs, int(need[column]))
        self.meets: list[int] = meets.tolist()
        self.order: list[int] = sorted(np.flatnonzero(able).tolist(), key=lambda k: self.clashes[k])

    def extend(self, team: list[int], mask: int, points: int, needs: tuple[int, ...]) -> None:
        """Add people who meet an open demand; of those alike the one with the fewest clashes."""
        self.steps -= 1
        if points >= self.below or self.steps < 0:
            return
        missing = [bit for bit, need in enumerate(needs) if need > 0]
        if not missing:
            start, end = int(self.funnel.start[self.column]), int(self.funnel.end[self.column])
            if self.funnel.state.team_fits(self.funnel.options, team, start, end - start + 1):
                self.team, self.below = team, points
            return
        # The demand for counting members is bit 0 and the widest, so it is filled last.
        seen: set[int] = set()
        others = len(team) - (self.form.counting - needs[0])
        for k in self.order:
            kind = self.meets[k]
            seat = needs[0] > 0 if kind & 1 else others < self.form.others
            if kind >> missing[-1] & 1 and kind not in seen and seat and not mask >> self.people[k] & 1:
                seen.add(kind)
                rest = tuple(need - (kind >> bit & 1) for bit, need in enumerate(needs))
                self.extend([*team, k], mask | 1 << self.people[k], points + self.clashes[k], rest)
