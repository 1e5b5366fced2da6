"""The best plan and the hopeless audits of a tiny problem by trying everything: naive costs, rules by their checks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from naive import naive_booking, naive_penalty, naive_rows, naive_steps
from universe import Ground
from world import World

from auditmatch.placement import Placed
from auditmatch.problem import Problem

Choice = tuple[Placed, ...]


@dataclass(frozen=True)
class Best:
    """The cheapest legal plan, its cost, and how many plans were cheaper and refused; None where no plan is legal."""

    plan: Choice | None
    cost: int | None
    tried: int


class Brute:
    """All bookings and plans of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.ground, self.world = problem, Ground(problem), World(problem)
        self.bookings = {a: self.ground.legal_alone(a) for a in problem.scene.audits.tolist()}
        self._refused: dict[frozenset[Placed], bool] = {}
        self.required = {(x.first, x.second) for x in problem.lowered.links if x.required}

    def refused(self, some: frozenset[Placed]) -> bool:
        """Tell whether no plan with these bookings is legal.

        More bookings only take room away; they mend nothing but a missing audit that another needs, or that is pinned.
        """
        if some not in self._refused:
            agenda = self.ground.agenda(some)
            names = {self.problem.scene.audit_id(p.audit) for p in some}
            found = [v for r in self.problem.rules if r.name != "required" for v in r.check(self.ground.scene, agenda)]
            self._refused[some] = any(v.rule != "pins" or v.audits[0] in names for v in found)
        return self._refused[some]

    def legal(self, plan: Choice) -> bool:
        """Tell whether the checks of all rules accept a plan; cheap reasons against it are asked first."""
        alone = [frozenset([p]) for p in plan]
        twos = [a | b for k, a in enumerate(alone) for b in alone[:k]]
        if any(self.refused(some) for some in (*alone, *twos)):
            return False
        return self.ground.accepts(self.problem.rules, plan)

    def stands(self, plan: Choice, pinned: Choice) -> bool:
        """Tell whether bookings can be made beside pins that stand, whatever else those may need."""
        booked = {p.audit for p in (*plan, *pinned, *self.problem.facts)}
        new = {p.audit for p in plan}
        needed = all(first in booked for first, second in self.required if second in new)
        return needed and not self.refused(frozenset([*plan, *pinned]))

    def alone(self, placed: Placed) -> bool:
        """Tell whether a booking is legal beside the facts, whatever else may be missing."""
        return not self.refused(frozenset([placed]))

    @cached_property
    def points(self) -> dict[Placed, int]:
        """Cost of each booking but for the load of its people."""
        found = {}
        for placed in (p for some in self.bookings.values() for p in some):
            visit = self.world.visits([self.ground.booking(placed)])[self.problem.scene.audit_id(placed.audit)]
            found[placed] = sum(naive_booking(self.world, self.problem.weights, visit).values())
        return found

    def best(self) -> Best:
        """Walk all plans by cost and return the first that is legal."""
        choices, costs = self._choices()
        shape = tuple(len(some) for some in choices)
        for tried, flat in enumerate(np.argsort(costs, axis=None, kind="stable").tolist()):
            picked = np.unravel_index(flat, shape) if shape else ()
            plan = tuple(p for some, k in zip(choices, picked, strict=True) if (p := some[k]) is not None)
            if self.legal(plan):
                return Best(plan, int(costs.reshape(-1)[flat]), tried)
        return Best(None, None, costs.size)

    def _choices(self) -> tuple[list[list[Placed | None]], np.ndarray]:
        """Return what can become of each audit, and the cost of every plan, one axis an audit."""
        name, weights = self.problem.scene.audit_id, self.problem.weights
        choices: list[list[Placed | None]] = []
        costs, people = np.zeros(()), len(self.world.auditors)
        loads = np.zeros((people,))
        for a in self.problem.audits.tolist():
            some = [None, *(p for p in self.bookings[a] if not self.refused(frozenset([p])))]
            choices.append(some)
            mine = [naive_penalty(self.world, weights, name(a))[1] if p is None else self.points[p] for p in some]
            load = np.zeros((len(some), people))
            for k, placed in enumerate(some):
                for i, _ in placed.team if placed is not None else ():
                    load[k, i] = placed.length
            costs = costs[..., None] + np.array(mine)
            loads = loads[..., None, :] + load
        steps = np.array(list(naive_steps(self.world).values()))
        over = np.maximum(loads[..., None] - steps, 0).sum(axis=(-1, -2))
        return choices, (costs + weights.fairness * over).astype(np.int64)

    def hopeless(self) -> set[int]:
        """Return the audits that nothing serves beside pins, facts and what they need, and those that need them."""
        pinned: list[Placed] = []
        lost: set[int] = set()
        facts = {p.audit for p in self.problem.facts}
        every = self.problem.scene.audits.tolist()
        planned = sorted(every, key=lambda a: (not self._one_way(a), len(self.needed(a)), a))
        for a in planned:
            standing = facts | {p.audit for p in pinned}
            family = [f for f in (*self.needed(a), a) if f not in standing]
            if not any(self.stands(plan, tuple(pinned)) for plan in self._together(family)):
                lost.add(a)
            elif self._one_way(a):
                pinned += [p for p in self.bookings[a] if not self.refused(frozenset([*pinned, p]))]
        while more := {a for a in planned if a not in lost and lost & set(self.needed(a))}:
            lost |= more
        return lost

    def needed(self, audit: int) -> list[int]:
        """Return the audits that an audit needs, directly or not."""
        found: list[int] = []
        for first, second in self.required:
            if second == audit:
                found += [first, *self.needed(first)]
        return sorted(set(found))

    def _one_way(self, audit: int) -> bool:
        """Tell whether pins leave one booking of an audit: dates and all members, and no room for more.

        Pinned dates fix the length, and with it the team sizes: a day and a half from Monday am to Tuesday am is one
        person's work, though the audit might have two people for a day. Room counts, whether or not anybody could join.
        """
        name = self.problem.scene.audit_id(audit)
        rows = [row for row in naive_rows(self.problem.scene.published) if row["audit_id"] == name]
        if not rows or any(row["pin"] != "both" for row in rows):
            return False
        visit, cells = self.world.published[name], self.world.audits[name]
        days = math.floor(2 * cells["person_days"] + 0.5) / 2
        larger = range(max(len(visit.counting) + 1, cells["team_min"]), cells["team_max"] + 1)
        room = any(math.ceil(days * self.world.per_day / n) == self.world.slots(visit) for n in larger)
        return not (room or self.world.trainees(name) or any(row["expert_ok"] for row in self.world.needs(name)))

    def _together(self, family: list[int]) -> Iterator[Choice]:
        """Yield every way to book each of some audits."""
        if not family:
            yield ()
            return
        for rest in self._together(family[1:]):
            for placed in self.bookings.get(family[0], ()):
                yield (placed, *rest)
