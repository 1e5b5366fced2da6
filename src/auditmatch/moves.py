"""The fewest bookings whose move would free a full team for an audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.funnel import Funnel
from auditmatch.placement import Placed
from auditmatch.shapes import Bools, Ints, Role


@dataclass(frozen=True, slots=True)
class Moves:
    """A team that could serve an audit in slots [start, end], were the bookings of some audits elsewhere."""

    audits: tuple[int, ...]
    people: tuple[int, ...]
    start: int
    end: int


def least_moves(funnel: Funnel) -> Moves | None:
    """Return the team and dates that clash with the fewest bookings; the earliest of equals, None where there is none.

    A booking counts once for each member that it takes. Facts cannot move.
    """
    able, clashes = _clashes(funnel)
    counting = funnel.options.roles == Role.COUNTING
    best: tuple[int, list[int], int] | None = None
    for least, c in _by_promise(funnel, able, clashes, counting):
        if best is not None and least >= best[0]:
            break
        search = _Search(funnel, c, clashes[:, c], None if best is None else best[0])
        search.extend(np.flatnonzero(able[:, c]).tolist(), [], 0)
        if search.team is not None:
            best = search.points, search.team, c
    if best is None:
        return None
    _, team, c = best
    people = tuple(sorted(int(funnel.options.people[k]) for k in team))
    audits = {p.audit for i in people for p in funnel.state.by_auditor.get(i, ()) if _clash(funnel, p)[c]}
    return Moves(tuple(sorted(audits)), people, int(funnel.start[c]), int(funnel.end[c]))


def _clashes(funnel: Funnel) -> tuple[Bools, Ints]:
    """Return (candidates, C) who could sit but for bookings that can move, and with how many of those each clashes."""
    able = funnel.able["under_caps"] & funnel.linked
    number = np.zeros(able.shape, dtype=np.int64)
    for i in np.unique(funnel.options.people).tolist():
        rows = np.flatnonzero(funnel.options.people == i)
        for placed in funnel.state.by_auditor.get(i, ()):
            clash = _clash(funnel, placed)
            if placed.fact:
                able[rows] &= ~clash
            number[rows] += clash
    return able, number


def _clash(funnel: Funnel, placed: Placed) -> Bools:
    """Tell at which columns a booking of a person is in the way."""
    lowered = funnel.state.lowered
    need = lowered.need(funnel.options.audit, placed.audit)
    low, high = placed.halves
    begin, finish = lowered.slot_begin[funnel.start], lowered.slot_end[funnel.end]
    return np.asarray((begin - high < need) & (low - finish < need) & (need >= 0))


def _by_promise(funnel: Funnel, able: Bools, clashes: Ints, counting: Bools) -> list[tuple[int, int]]:
    """Return (least clashes that any team has, column) of the columns with people enough, the most promising first."""
    size = np.array([form.counting for form in funnel.options.forms], dtype=np.int64)[funnel.form]
    ranked = np.sort(np.where(able, clashes, np.iinfo(np.int32).max)[counting], axis=0)
    enough = np.flatnonzero(able[counting].sum(axis=0) >= size)
    return sorted((int(ranked[: size[c], c].sum()), int(c)) for c in enough)


class _Search:
    """Depth-first search for the team with the fewest clashes at one column."""

    def __init__(self, funnel: Funnel, column: int, clashes: Ints, below: int | None) -> None:
        self.funnel, self.column = funnel, column
        self.clashes: list[int] = clashes.tolist()
        self.form = funnel.options.forms[funnel.form[column]]
        self.needs = [(d, int(need[column])) for d, need in funnel.demands()]
        self.counting: list[bool] = (funnel.options.roles == Role.COUNTING).tolist()
        self.points = np.iinfo(np.int32).max if below is None else below
        self.team: list[int] | None = None

    def extend(self, free: list[int], team: list[int], points: int) -> None:
        """Add people who meet the first demand still open, of those alike the one with the fewest clashes."""
        if points >= self.points:
            return
        missing = [d for d, need in self.needs if need > sum(self._meets(k, d) for k in team)]
        if not missing:
            if self.funnel.state.team_fits(self.funnel.options, team, *self._span()):
                self.team, self.points = team, points
            return
        # The demand for counting members stands first and is the widest, so it is filled last.
        seen: set[tuple[bool, ...]] = set()
        for k in sorted((k for k in free if self._meets(k, missing[-1])), key=lambda k: self.clashes[k]):
            alike = tuple(self._meets(k, d) for d, _ in self.needs)
            if alike not in seen and self._seated(k, team):
                seen.add(alike)
                person = self.funnel.options.people[k]
                rest = [j for j in free if self.funnel.options.people[j] != person]
                self.extend(rest, [*team, k], points + self.clashes[k])

    def _meets(self, k: int, d: int) -> bool:
        return bool(self.counting[k] if d < 0 else self.funnel.counts[d][k, self.column])

    def _seated(self, k: int, team: list[int]) -> bool:
        """Tell whether the form has a seat left for a candidate."""
        inside = sum(self.counting[j] for j in team)
        return inside < self.form.counting if self.counting[k] else len(team) - inside < self.form.others

    def _span(self) -> tuple[int, int]:
        start = int(self.funnel.start[self.column])
        return start, int(self.funnel.end[self.column]) - start + 1
