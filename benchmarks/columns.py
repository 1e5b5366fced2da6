"""The best plan of a small problem by mixed-integer programming over whole bookings, with HiGHS.

proofs.py and relaxation.py ask it. It shares nothing with the CP-SAT model and little with the kernel.

    minimise  sum of penalties + sum over bookings (cost - penalty of its audit) x + fairness * slots over the steps
    where     each audit has at most one booking, each slot of a person, each cap and key has room, and of two bookings
              that a link or a road keeps apart at most one is chosen.

Bookings are left out whose cost at prices is so far above the cheapest of their audit that no plan below a known one
can hold them: bound + excess > known cost (Lagrangian price fixing). Parts can be left out: "links" between audits,
"roads" between two bookings of one person, and "keys", which are then counted in shares as the price bound does.
Run, to compare it with brute force (tests/brute.py): python benchmarks/columns.py [--smoke] [--problems 200]
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from itertools import combinations, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

import auditmatch as am
from auditmatch.engines.prices import Dual, step_at
from auditmatch.kernel.flat import NEVER, SCALE
from auditmatch.kernel.seek import cheapest
from auditmatch.kernel.tolls import PARTS, Prices, shares
from auditmatch.placement import Placed, State, keys_of
from auditmatch.shapes import Ints, KeyCap, Link, Pool, Role

RELAXED = ("links", "roads", "keys")
INFEASIBLE = 2  # status of scipy.optimize.milp
Some = dict[int, dict[Placed, int]]  # by audit: its bookings, each with its cost but for load
Term = tuple[int, float]
Key = Callable[[Placed], Hashable]
Clash = Callable[[Placed, Placed], bool]


class Answer(NamedTuple):
    """Least cost and bound found; bookings, where they cost less than the plan known before. Proved when equal."""

    cost: int
    bound: int
    placed: tuple[Placed, ...] | None


def learnt(problem: am.Problem, rounds: int) -> Dual:
    """Return prices after so many rounds."""
    dual = Dual(problem.flat, problem.state().desk.board, problem.audits)
    for n in range(rounds):
        dual.round(step_at(n / rounds))
    return dual


def bookings(problem: am.Problem, dual: Dual, known: int) -> Some:
    """Return the bookings that a plan cheaper than `known` may hold, each with its cost but for load."""
    state, (slot, load, key, cap) = problem.state(), dual.best
    price = np.pad(np.cumsum(slot[:, 0] + load[:, None] * dual.free, axis=1), ((0, 0), (1, 0)))
    prices, desk = Prices(np.ascontiguousarray(price[:, None]), cap, key, dual.share), state.desk
    found: Some = {}
    for a in problem.audits.tolist():
        limit = NEVER if problem.lowered.must[a] else int(problem.costs.penalty[a]) * SCALE
        least = int(cheapest(problem.flat, desk.board, desk.work, prices, a, False, True, limit))
        # Tolls of caps are left out here, which only keeps more bookings.
        most = least + (known - (dual.bound or 0)) * SCALE
        found[a] = dict(_bookings(problem, state, a, price, most))
    return found


def _bookings(problem: am.Problem, state: State, audit: int, price: Ints, most: int) -> Iterator[tuple[Placed, int]]:
    """Yield the bookings of an audit that cost at most so much at prices, and their cost without."""
    lowered, costs = problem.lowered, problem.costs
    options = lowered.options(audit)
    seat = costs.seat_costs(audit, options.people, options.roles).tolist()
    day_of = lowered.scene.calendar.slot_day.astype(np.int64)
    for form in options.forms:
        for start in state.free_starts(audit, form).tolist():
            able, first = state.available(options, start, form.length), start - state.desk.zero
            late = int(costs.start_costs(audit, day_of[[start]])[0])
            toll = (price[options.people, first + form.length] - price[options.people, first]).tolist()
            sits = [k for k in able if options.roles[k] == Role.COUNTING]
            beside = [k for k in able if options.roles[k] != Role.COUNTING]
            extras = [extra for size in range(form.others + 1) for extra in combinations(beside, size)]
            for counting, extra in product(combinations(sits, form.counting), extras):
                team = [*counting, *extra]
                points = late + sum(seat[k] for k in team)
                priced = points * SCALE + sum(toll[k] for k in team)
                if priced <= most and state.team_fits(options, team, start, form.length):
                    members = tuple(sorted((int(options.people[k]), int(options.roles[k])) for k in team))
                    placed = Placed(audit, start, form.length, members, lowered.halves(start, form.length))
                    shown = costs.published.get(audit, (start, form.length, placed.people))
                    keep = 0 if shown == (start, form.length, placed.people) else costs.weights.keep
                    yield placed, points + keep


def optimum(
    problem: am.Problem, some: Some, known: int, without: Collection[str] = (), seconds: float = 60, whole: bool = True
) -> Answer:
    """Return the least cost over these bookings with some parts of the rules left out, and a bound on it.

    `known` is the cost of a plan; cheaper ones need no bookings but these. With `whole` False bookings may be split:
    without links, roads and keys the bound is then what no price bound exceeds.
    """
    model = Model(problem, some, without)
    binary = np.arange(len(model.cost)) <= len(model.at)
    bounds, options = Bounds(0, np.where(binary, 1.0, np.inf)), {"time_limit": seconds, "mip_rel_gap": 0.0}
    result = milp(model.cost, integrality=binary * whole, bounds=bounds, constraints=model.rows(), options=options)
    if result.status == INFEASIBLE:  # nothing but the known plan is left
        return Answer(known, known, None)
    lower = result.mip_dual_bound if whole else result.fun
    # Costs are whole; a hair for the solver's tolerance.
    bound = 0 if lower is None or not np.isfinite(lower) else min(known, math.ceil(lower - 1e-4))
    if not whole or result.x is None or round(result.fun) >= known:
        return Answer(known, bound, None)
    placed = tuple(p for p, n in model.at.items() if result.x[n] > 0.5)
    return Answer(round(result.fun), bound, placed)


class Model:
    """Rows over one variable a booking, and a few more for loads and keys."""

    def __init__(self, problem: am.Problem, some: Some, without: Collection[str]) -> None:
        assert problem.lowered.exclusive, "people may overlap"
        self.problem, self.some, self.state = problem, some, problem.state()
        self.cost: list[float] = []
        self.entries: list[tuple[int, int, float]] = []
        self.limits: list[tuple[float, float]] = []
        penalty = problem.costs.penalty
        # What it costs to leave out everything: a variable that is 1.
        self.row([(self.variable(float(penalty[problem.audits].sum())), 1.0)], 1, 1)
        self.at = {p: self.variable(c - int(penalty[a])) for a in some for p, c in some[a].items()}
        self.mine: dict[int, list[Placed]] = defaultdict(list)
        for p in self.at:
            for i in p.people:
                self.mine[i].append(p)
        for a in some:
            self.row(self.sum(some[a]), 1, float(problem.lowered.must[a]))
        self._people()
        self._slot_caps()
        for n, cap in enumerate(problem.lowered.key_caps):
            for r in range(len(cap.auditors)):
                self._key_cap(n, cap, r, "keys" in without)
        self._roads() if "roads" not in without else None
        self._links() if "links" not in without else None

    def variable(self, cost: float) -> int:
        """Add a variable of at least 0."""
        self.cost.append(cost)
        return len(self.cost) - 1

    def row(self, terms: list[Term], high: float, low: float = -np.inf) -> None:
        """Add low <= sum <= high."""
        self.entries += [(len(self.limits), *term) for term in terms]
        self.limits.append((low, high))

    def sum(self, placed: Iterable[Placed]) -> list[Term]:
        """Return the terms that count bookings."""
        return [(self.at[p], 1.0) for p in placed]

    def rows(self) -> LinearConstraint:
        """Return all rows."""
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = csr_array((values, (rows, columns)), shape=(len(self.limits), len(self.cost)))
        return LinearConstraint(matrix, *np.array(self.limits).T)

    def _people(self) -> None:
        """Give each person one booking a slot, and charge the load above each step."""
        costs = self.problem.costs
        for i, mine in self.mine.items():
            busy: dict[int, list[Placed]] = defaultdict(list)
            for p in mine:
                for t in range(p.start, p.end + 1):
                    busy[t].append(p)
            for placed in busy.values():
                self.row(self.sum(placed), 1)
            for step in costs.load_steps[i].tolist() if costs.weights.fairness else ():
                load = [(self.at[p], float(p.length)) for p in mine]
                self.row([*load, (self.variable(costs.weights.fairness), -1.0)], step)

    def _slot_caps(self) -> None:
        """Keep slots under their caps."""
        for n, cap in enumerate(self.problem.lowered.slot_caps):
            for r, i in enumerate(cap.auditors.tolist()):
                first, last, room = int(cap.first[r]), int(cap.last[r]), int(cap.limit[r] - self.state.used[n][r])
                inside = [(p, max(0, min(p.end, last) - max(p.start, first) + 1)) for p in self.mine[i]]
                spent = [(self.at[p], float(cap.weight[p.audit] * slots)) for p, slots in inside]
                if sum(value for _, value in spent) > max(room, 0):
                    self.row([term for term in spent if term[1]], max(room, 0))

    def _key_cap(self, n: int, cap: KeyCap, r: int, shared: bool) -> None:
        """Keep keys under one row of a cap: a variable for each key that somebody touches, or shares of keys."""

        def always(pool: Pool | None) -> bool:
            low, high = self.problem.scene.first_slot, self.problem.scene.last_slot
            return pool is None or bool(((pool.auditors == i) & (pool.first <= low) & (high <= pool.last)).any())

        i, have = int(cap.auditors[r]), set(+self.state.keys[n].get(r, Counter()))
        room = max(int(cap.limit[r]) - len(have), 0)
        carried: dict[int, list[int]] = defaultdict(list)
        for j, a in enumerate(cap.key_audits.tolist()):
            carried[a].append(j)
        touches: dict[tuple[int, int], list[Placed]] = defaultdict(list)
        share, total = shares(self.problem.flat, self.problem.audits)[n], []
        for p in self.mine[i]:
            rows = carried.get(p.audit, [])
            if rows and cap.first[r] <= p.start <= cap.last[r]:
                for key in keys_of(cap, rows, i, p.start, p.end) - have:
                    touches[key, p.audit].append(p)
                # As kernel/tolls.py charges it: nothing where dates decide, or where a key is touched already.
                if all(always(cap.key_pools[j]) for j in rows) and not have & {int(cap.keys[j]) for j in rows}:
                    total.append((self.at[p], float(share[p.audit])))
        keys = sorted({key for key, _ in touches})
        if shared:
            self.row(total, room * PARTS)
        elif len(keys) > room:
            used = {key: self.variable(0) for key in keys}
            for (key, _), placed in touches.items():
                self.row([*self.sum(placed), (used[key], -1.0)], 0)
            self.row([(variable, 1.0) for variable in used.values()], room)

    def _roads(self) -> None:
        """Keep two bookings of one person as far apart as their places ask."""
        for a, c in combinations(self.some, 2):
            people = [{i for p in self.some[x] for i in p.people} for x in (a, c)]
            for i in people[0] & people[1]:
                need = self.problem.lowered.need(i, a, c)
                if need <= 0:
                    continue

                def near(p: Placed, q: Placed, need: int = need) -> bool:
                    return p.halves[0] < q.halves[1] + need and q.halves[0] < p.halves[1] + need

                one, other = ([p for p in self.some[x] if i in p.people] for x in (a, c))
                self._never_both(one, other, lambda p: p.halves, near)

    def _links(self) -> None:
        """Keep the days between two audits and the people in common; the second only with the first."""
        for link in self.problem.lowered.links:
            if link.first not in self.some or link.second not in self.some:
                continue
            one, other = list(self.some[link.first]), list(self.some[link.second])
            needed = [(n, -1.0) for n, _ in self.sum(one)]
            self.row([*self.sum(other), *needed], 0) if link.required else None

            def far(p: Placed, q: Placed, link: Link = link) -> bool:
                return not self.state.link_allows(link, q.audit, p, np.array([q.start]), q.length)[0]

            def strange(p: Placed, q: Placed, link: Link = link) -> bool:
                common = len(p.people & q.people)
                return common < link.share or (link.disjoint and common > 0)

            if link.lo is not None or link.within is not None:
                self._never_both(one, other, lambda p: p.halves, far)
            if link.share or link.disjoint:
                self._never_both(one, other, lambda p: p.people, strange)

    def _never_both(self, one: list[Placed], other: list[Placed], alike: Key, clash: Clash) -> None:
        """Forbid bookings of one audit beside those of another that clash; of each audit at most one is chosen."""
        groups: tuple[dict[Hashable, list[Placed]], ...] = (defaultdict(list), defaultdict(list))
        for group, placed in zip(groups, (one, other), strict=True):
            for p in placed:
                group[alike(p)].append(p)
        for some in groups[0].values():
            against = [p for those in groups[1].values() if clash(some[0], those[0]) for p in those]
            self.row(self.sum([*some, *against]), 1) if against else None


def main() -> None:
    """Compare with brute force."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="ten problems")
    parser.add_argument("--problems", type=int, default=200)
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from brute import Brute
    from mixed import mixed_case

    began, wrong, asked = time.perf_counter(), 0, 0
    for seed in range(70_000, 70_010 if arguments.smoke else 70_000 + arguments.problems):
        case = mixed_case(np.random.default_rng(seed))
        problem = am.Problem(case.register(), case.start, case.end)
        if (best := Brute(problem).best()).cost is not None:
            # As if a plan were known that costs 30 points more, so that the model has to find the best.
            answer = optimum(problem, bookings(problem, learnt(problem, 100), best.cost + 30), best.cost + 30)
            asked += 1
            if not answer.cost == answer.bound == best.cost:
                wrong += 1
                print(f"DIFFERENT: seed {seed}: {answer}, brute force {best}", flush=True)
    print(f"{asked} optima, {wrong} differ from brute force; {time.perf_counter() - began:.0f} s")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
