"""The search as a crew does it: regions one beside the other, and their changes merged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from auditmatch.engines.crew import Crew
from auditmatch.engines.greedy import needed_by_others, order
from auditmatch.engines.parcels import pack
from auditmatch.engines.points import points_of
from auditmatch.engines.regions import families, split
from auditmatch.engines.standing import standing_on
from auditmatch.engines.start import serves_musts
from auditmatch.engines.steps import heat_at, hottest
from auditmatch.kernel.tolls import Prices
from auditmatch.placement import Placed
from auditmatch.problem import Problem

# Where time is counted a task takes about as long as a shard of a round, for both wait in one line; in seconds.
SHORTEST, LONGEST = 0.05, 0.8


class Change(NamedTuple):
    """What a region found: the audits that changed, and their bookings."""

    audits: list[int]
    placed: list[Placed]


class Regions:
    """Ruin and recreate from a plan, in regions; as in one search, the plan that stands may be worse than the best.

    Parameters
    ----------
    problem
        What to plan.
    start, cost
        Bookings to start from, and their cost in points.
    seed
        Of every random choice.
    crew
        Who searches.

    Attributes
    ----------
    chunk, units
        Steps of each region between two merges where time is counted; units of work between two.
    """

    units = 2

    def __init__(self, problem: Problem, start: Iterable[Placed], cost: int, seed: int, crew: Crew) -> None:
        self.problem, self.state, self.cost, self.seed, self.crew = problem, problem.state(), cost, seed, crew
        for placed in start:
            self.state.add(placed)
        self.audits = np.array(problem.audits, dtype=np.int64)
        self.kept = self._stands()
        self.family = families(problem.flat, self.audits)
        self.rank = {a: n for n, a in enumerate(order(problem))}
        self.needed = needed_by_others(problem)
        self.linked = {a for a, links in problem.lowered.links_of.items() if links}
        self.hot = hottest(problem)
        self.epoch, self.chunk = 0, 50
        self.steered: tuple[Prices | None, bytes] = (None, b"")

    def run(self, steps: int, prices: Prices, progress: float) -> None:
        """Search each region for so many steps and merge what they found; `progress`, from 0 to 1, cools."""
        self.epoch += 1
        seed, heat = (self.seed, self.epoch), heat_at(self.hot, progress)
        board, flat = self.state.desk.board, self.problem.flat
        regions = split(flat, board, self.audits, self.family, self.crew.tasks, seed)
        bookings = pack(*standing_on(board, self.audits))
        seeds = np.random.default_rng(seed).integers(2**31, size=len(regions)).tolist()
        tails = [pack(*region, own, steps, heat) for region, own in zip(regions, seeds, strict=True)]
        found = self.crew.ask("search", [(self._steering(prices), bookings, tail) for tail in tails])
        answers = [answer for answer in found if answer is not None]
        self._pace(steps, [answer[2] for answer in answers])
        changes = [self._change(answer) for answer in answers if len(answer[3])]
        if changes:
            self._merge(changes)

    def best(self) -> tuple[Placed, ...]:
        """Return the bookings of the best plan so far."""
        return self.kept

    def _stands(self) -> tuple[Placed, ...]:
        """Return the bookings that stand."""
        booked = self.state.booked
        return tuple(booked[a] for a in self.audits.tolist() if a in booked)

    def _pace(self, steps: int, seconds: list[float]) -> None:
        """Set how many steps are made next where time is counted."""
        if seconds:
            mean, wanted = max(sum(seconds) / len(seconds), 1e-3), min(max(self.crew.pace, SHORTEST), LONGEST)
            self.chunk = max(int(steps * min(max(wanted / mean, 0.5), 2.0)), 1)

    def _steering(self, prices: Prices) -> bytes:
        """Return prices as they travel; packed once."""
        if self.steered[0] is not prices:
            self.steered = prices, pack(np.diff(prices.slot, axis=2), prices.cap, prices.key)
        return self.steered[1]

    def _change(self, answer: list[Any]) -> Change:
        """Return what a region found, in rows and slots."""
        _, _, _, changed, *columns, person, seat = answer
        zero, halves = self.state.desk.zero, self.problem.lowered.halves
        placed, member = [], 0
        for a, start, length, size in zip(*(column.tolist() for column in columns), strict=True):
            members = slice(member, member + size)
            team = zip(person[members].tolist(), seat[members].tolist(), strict=True)
            placed.append(Placed(a, start + zero, length, tuple(sorted(team)), halves(start + zero, length)))
            member += size
        return Change(changed.tolist(), placed)

    def _merge(self, changes: list[Change]) -> None:
        """Apply changes in order and place again what no longer fits; keep the plan if it is the cheapest so far.

        Where a pinned audit finds no place, all is as it was before.
        """
        state, before = self.state, dict(self.state.booked)
        touched = {a for change in changes for a in change.audits}
        for a in sorted(touched & before.keys()):
            state.remove(a)
        lost = self._apply(changes, touched)
        touched |= set(lost)
        for a in sorted(lost, key=self.rank.__getitem__):
            self._place(a)
        stands = self._stands()
        if serves_musts(self.problem, stands):
            cost = points_of(self.problem, stands)
            if cost < self.cost:
                self.cost, self.kept = cost, stands
            return
        for a in sorted(touched & state.booked.keys()):
            state.remove(a)
        for a in sorted(touched & before.keys(), key=self.rank.__getitem__):
            state.add(before[a])

    def _apply(self, changes: list[Change], touched: set[int]) -> list[int]:
        """Book what regions booked; return the audits that do not fit, and those that need one of them."""
        state = self.state
        last: dict[int, int] = {}
        clashing = {
            i
            for n, change in enumerate(changes)
            for placed in change.placed
            for i in placed.people
            if last.setdefault(i, n) != n
        }
        lost = []
        for change in changes:
            for placed in sorted(change.placed, key=lambda p: self.rank[p.audit]):
                alone = placed.audit not in self.linked and not placed.people & clashing
                if alone or state.fits(placed):
                    state.add(placed)
                else:
                    lost.append(placed.audit)
        waiting = list(lost)
        while waiting:
            first = waiting.pop()
            for link in self.problem.lowered.links_of.get(first, ()):
                if link.required and link.first == first and link.second in state.booked:
                    state.remove(link.second)
                    lost.append(link.second)
                    waiting.append(link.second)
        return lost

    def _place(self, audit: int) -> None:
        """Book an audit at its cheapest, unless leaving it out costs less."""
        problem, found = self.problem, self.state.desk.cheapest(audit, False)
        anyhow = problem.lowered.must[audit] or self.needed[audit]
        if found is not None and (anyhow or found[0] <= problem.costs.penalty[audit]):
            _, start, length, team = found
            self.state.add(Placed(audit, start, length, team, problem.lowered.halves(start, length)))
