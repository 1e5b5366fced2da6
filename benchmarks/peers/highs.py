"""A time-indexed mixed-integer program solved by HiGHS through highspy, warm-started with the start plan.

A binary for each (form, start) and for each seat at each start: the disaggregated form, whose relaxation sees people
run out. Nobody sits twice in one slot; covers hold at each start; loads are continuous. Links are rows of pairs of
starts; shared people are counted through the lesser of two sums. States all of a core instance; of a full one, roads
would be millions of rows, so they are added in rounds where a plan breaks them, and what the last round still breaks
is taken out by the adapter itself; key caps count a certificate an audit, which is stricter than the rule. OR-Tools
must not be imported in its process: each brings its own HiGHS library.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from itertools import combinations
from typing import Any

import numpy as np

from peers.common import Answer, Audit, Booking, Instance, NotForMeError

MOST_ENTRIES = 5_000_000
PARAMETERS: dict[str, Any] = {"threads": 2, "mip_rel_gap": 0.0, "mip_heuristic_effort": 0.2}


class _Program:
    """Columns and rows in the making."""

    def __init__(self, instance: Instance, began: float, seconds: float) -> None:
        self.instance = instance
        self.cost: list[float] = []
        self.whole: list[bool] = []
        self.upper: list[float] = []
        self.least: list[float] = []
        self.most: list[float] = []
        self.index: list[int] = []
        self.value: list[float] = []
        self.begins = [0]
        self.starts: list[dict[tuple[int, int], int]] = []
        self.seats: list[dict[tuple[int, int, int], int]] = []
        self.stricter = False
        busy: dict[tuple[int, int], list[int]] = defaultdict(list)
        load: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for audit in instance.audits:
            self._add(audit, busy, load)
            if time.perf_counter() - began > seconds or len(self.index) > MOST_ENTRIES:
                raise NotForMeError(f"the program is too large: {len(self.index):,} entries and still growing")
        for some in busy.values():
            if len(some) > 1:
                self.row([(j, 1.0) for j in some], -math.inf, 1.0)
        self._loads(load)
        self._caps()
        for link in instance.links:
            self._link(link)

    def column(self, cost: float, whole: bool = True, upper: float = 1.0) -> int:
        """Add a column and return its number."""
        self.cost.append(cost)
        self.whole.append(whole)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, entries: list[tuple[int, float]], least: float, most: float) -> None:
        """Add a row."""
        self.index += [j for j, _ in entries]
        self.value += [v for _, v in entries]
        self.begins.append(len(self.index))
        self.least.append(least)
        self.most.append(most)

    def _add(self, audit: Audit, busy: Any, load: Any) -> None:
        starts: dict[tuple[int, int], int] = {}
        seats: dict[tuple[int, int, int], int] = {}
        for f, form in enumerate(audit.forms):
            for s in range(len(form.starts)):
                # The penalty of all audits stands in the offset, so a start gains it back.
                x = starts[f, s] = self.column(float(form.costs[s] - audit.penalty))
                able = np.flatnonzero(form.able[:, s]).tolist()
                here = {k: self.column(float(audit.costs[k])) for k in able}
                seats.update({(k, f, s): z for k, z in here.items()})
                counting = [(z, 1.0) for k, z in here.items() if audit.counting[k]]
                self.row([*counting, (x, -float(form.counting))], 0.0, 0.0)
                others = [(z, 1.0) for k, z in here.items() if not audit.counting[k]]
                if others:
                    self.row([*others, (x, -float(form.others))], -math.inf, 0.0)
                by_person: dict[int, list[int]] = defaultdict(list)
                for k, z in here.items():
                    by_person[int(audit.people[k])].append(z)
                for i, some in by_person.items():
                    # One seat needs no row of its own: the sum of counting seats ties it to the start already.
                    if len(some) > 1:
                        self.row([*((z, 1.0) for z in some), (x, -1.0)], -math.inf, 0.0)
                    load[i] += [(z, float(form.length)) for z in some]
                    for slot in range(int(form.starts[s]), int(form.starts[s]) + form.length):
                        busy[i, slot] += some
                for cover in audit.covers:
                    inside = [(z, 1.0) for k, z in here.items() if cover.who[f][k, s]]
                    need = float(cover.constant + cover.per_counting * form.counting)
                    low, high = (0.0, math.inf) if cover.at_least else (-math.inf, 0.0)
                    if inside or cover.at_least:
                        self.row([*inside, (x, -need)], low, high)
        self.row([(x, 1.0) for x in starts.values()], 1.0 if audit.must else -math.inf, 1.0)
        self.starts.append(starts)
        self.seats.append(seats)

    def _loads(self, load: Any) -> None:
        for i, entries in load.items() if self.instance.fairness else ():
            total = self.column(0.0, False, math.inf)
            self.row([*entries, (total, -1.0)], 0.0, 0.0)
            for step in self.instance.load_steps[i].tolist():
                over = self.column(float(self.instance.fairness), False, math.inf)
                self.row([(total, 1.0), (over, -1.0)], -math.inf, float(step))

    def _caps(self) -> None:
        instance = self.instance
        mine: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        for n, seats in enumerate(self.seats if instance.caps else ()):
            audit = instance.audit(n)
            for (k, f, s), z in seats.items():
                mine[int(audit.people[k])].append((n, int(audit.forms[f].starts[s]), audit.forms[f].length, z))
        owner = {z: n for some in mine.values() for n, _, _, z in some}
        for cap in instance.caps:
            entries = []
            for n, first, length, z in mine[cap.auditor]:
                inside = max(0, min(first + length - 1, cap.last) - max(first, cap.first) + 1)
                times = inside if cap.by_slot else int(cap.first <= first <= cap.last)
                if times * cap.weight[n]:
                    entries.append((z, float(times * cap.weight[n])))
            dearest: dict[int, float] = defaultdict(float)
            for z, weight in entries:
                dearest[owner[z]] = max(dearest[owner[z]], weight)
            if sum(dearest.values()) > cap.limit:
                self.stricter |= not cap.by_slot
                self.row(entries, -math.inf, float(cap.limit))

    def _link(self, link: Any) -> None:
        instance, one, two = self.instance, link.first, link.second
        first, second = self.starts[one], self.starts[two]
        if link.required:
            self.row([*((x, -1.0) for x in first.values()), *((x, 1.0) for x in second.values())], -math.inf, 0.0)
        halves = [
            {(f, s): instance.halves(*instance.span(Booking(n, f, s, ()))) for f, s in self.starts[n]}
            for n in (one, two)
        ]
        for key, x in first.items():
            begin, finish = halves[0][key]
            barred = []
            for other, y in second.items():
                low = halves[1][other][0]
                between = low // 2 - (finish - 1) // 2
                good = link.lo is None or (low >= finish and between >= link.lo)
                good &= link.lo is None or link.hi is None or between <= link.hi
                good &= link.within is None or abs(low // 2 - begin // 2) <= link.within
                barred += [] if good else [(y, 1.0)]
            if barred:
                self.row([(x, 1.0), *barred], -math.inf, 1.0)
        sits: list[dict[int, list[int]]] = [defaultdict(list), defaultdict(list)]
        for part, n in zip(sits, (one, two), strict=True):
            for (k, _, _), z in self.seats[n].items():
                part[int(instance.audit(n).people[k])].append(z)
        shared = []
        for i in sorted(set(sits[0]) & set(sits[1])) if link.share or link.disjoint else ():
            if link.disjoint:
                self.row([(z, 1.0) for part in sits for z in part[i]], -math.inf, 1.0)
            if link.share:
                shared.append(self.column(0.0))
                for part in sits:
                    self.row([*((z, -1.0) for z in part[i]), (shared[-1], 1.0)], -math.inf, 0.0)
        if link.share:
            m = float(link.share)
            served = [(x, -m) for starts in (first, second) for x in starts.values()]
            self.row([*((c, 1.0) for c in shared), *served], -m, math.inf)

    def solution(self, start: list[Booking]) -> Any:
        """Return the columns' values of a plan; loads and shared people are left to HiGHS."""
        values = np.zeros(len(self.cost))
        for booking in start:
            values[self.starts[booking.audit][booking.form, booking.start]] = 1
            for k in booking.team:
                values[self.seats[booking.audit][k, booking.form, booking.start]] = 1
        return values

    def read(self, chosen: Any) -> list[Booking]:
        """Return the bookings of the columns that are 1."""
        found = []
        for n, starts in enumerate(self.starts):
            for (f, s), x in starts.items():
                if chosen[x]:
                    team = tuple(sorted(k for (k, g, t), z in self.seats[n].items() if (g, t) == (f, s) and chosen[z]))
                    found.append(Booking(n, f, s, team))
        return found


def _clashes(instance: Instance, bookings: list[Booking]) -> list[tuple[int, Booking, Booking, int]]:
    """Return who cannot travel between which two bookings, the later one second, and the half-days that he needs."""
    mine: dict[int, list[tuple[int, int, Booking]]] = defaultdict(list)
    for booking in bookings:
        span = instance.halves(*instance.span(booking))
        for i in instance.audit(booking.audit).people[list(booking.team)].tolist():
            mine[i].append((*span, booking))
    found = []
    for i, some in mine.items():
        for (_, finish, one), (begin, _, two) in combinations(sorted(some), 2):
            need = int(instance.needs[instance.kinds[one.audit], instance.kinds[two.audit]])
            if begin - finish < need:
                found.append((i, one, two, need))
    return found


def _forbid(model: Any, program: _Program, clash: tuple[int, Booking, Booking, int]) -> Any:
    """Add rows: among places as far apart as these two, a person's bookings made longer do not overlap."""
    instance, (i, one, two, need) = program.instance, clash
    clique = {int(instance.kinds[n]) for n in (one.audit, two.audit)}
    for kind in range(len(instance.needs)):
        if kind not in clique and all(instance.needs[kind, k] >= need for k in clique):
            clique.add(kind)
    sits = []
    for n, seats in enumerate(program.seats):
        people = instance.audit(n).people
        if int(instance.kinds[n]) in clique and i in people:
            spans = {key: instance.halves(*instance.span(Booking(n, *key, ()))) for key in program.starts[n]}
            sits += [(*spans[f, s], n, z) for (k, f, s), z in seats.items() if people[k] == i]
    table = np.array(sits)
    for at in np.unique(table[:, 0]).tolist():
        here = table[(table[:, 0] <= at) & (at < table[:, 1] + need)]
        if len(np.unique(here[:, 2])) > 1:
            model.addRow(-math.inf, 1.0, len(here), here[:, 3].astype(np.int32), np.ones(len(here)))
    return i, need, frozenset(clique)


def _without_clashes(instance: Instance, bookings: list[Booking]) -> list[Booking]:
    """Drop the cheaper-to-lose booking of each clash, and who needs one that is dropped."""
    while clashes := _clashes(instance, bookings):
        lost = min(clashes[0][1:3], key=lambda b: instance.audit(b.audit).penalty)
        bookings = [b for b in bookings if b is not lost]
    while True:
        there = {b.audit for b in bookings}
        orphans = {x.second for x in instance.links if x.required and x.first not in there} & there
        if not orphans:
            return bookings
        bookings = [b for b in bookings if b.audit not in orphans]


def solve(instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
    """Build, warm-start and solve within the seconds."""
    import highspy

    began = time.perf_counter()
    program = _Program(instance, began, seconds)
    model = highspy.Highs()
    model.setOptionValue("output_flag", LOG)
    for name, value in (*PARAMETERS.items(), ("random_seed", seed)):
        model.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.least)
    lp.col_cost_, lp.col_lower_ = np.array(program.cost), np.zeros(len(program.cost))
    lp.col_upper_ = np.array(program.upper)
    lp.row_lower_, lp.row_upper_ = np.array(program.least), np.array(program.most)
    lp.offset_ = float(instance.cost([]))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = np.array(program.begins), np.array(program.index)
    lp.a_matrix_.value_ = np.array(program.value)
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in program.whole]
    model.passModel(lp)
    chosen = np.flatnonzero(program.whole).astype(np.int32)
    trace = [(0.0, instance.cost(start))]

    def improved(event: Any) -> None:
        if instance.plain:
            trace.append((time.perf_counter() - began, round(event.data_out.mip_primal_bound)))

    model.cbMipImprovingSolution.subscribe(improved)
    best, bound, rounds = list(start), None, 0
    while True:
        left = seconds - (time.perf_counter() - began)
        if rounds and left < 1:
            break
        # Without roads one round is all; else half of what is left, so that rows for clashes can still be added.
        share = 1.0 if instance.plain or left < seconds / 8 else 0.6
        model.setOptionValue("time_limit", model.getRunTime() + max(left * share, 0.5))
        model.setSolution(len(chosen), chosen, program.solution(best)[chosen])
        model.run()
        rounds += 1
        info = model.getInfo()
        if math.isfinite(info.mip_dual_bound) and not program.stricter:
            bound = max(math.ceil(info.mip_dual_bound - 1e-4), bound or 0)
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            break
        found = program.read(np.array(model.getSolution().col_value) > 0.5)
        clashes = _clashes(instance, found)
        mended = _without_clashes(instance, found)
        if instance.cost(mended) < instance.cost(best):
            best = mended
            trace.append((time.perf_counter() - began, instance.cost(best)))
        if not clashes and (share == 1.0 or model.getModelStatus() == highspy.HighsModelStatus.kOptimal):
            break
        forbidden: set[Any] = set()
        for i, one, two, need in clashes:
            pair = {int(instance.kinds[one.audit]), int(instance.kinds[two.audit])}
            if not any((i, need) == (who, most) and pair <= clique for who, most, clique in forbidden):
                forbidden.add(_forbid(model, program, (i, one, two, need)))
    return Answer(best, bound, trace, "" if instance.plain else f"{rounds} rounds")


LOG = False
