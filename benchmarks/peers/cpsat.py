"""A direct CP-SAT model of the whole problem, as a practitioner would write it.

One literal for each (form, start), one for each seat, an optional interval for each seat on the calendar's half-days,
no overlap among a person's intervals, an order literal for each pair of audits whose road takes time. Hinted with the
start plan, two workers. States everything that the instance says; key caps count a certificate an audit. Beyond
`MOST_ROADS` rows roads are left out, and its bound is still a bound.

Tried on one instance of each size (core, load 0.85, seed 1; 20 s, single runs on a busy machine; greedy 15,588 and
10,937). At 50 x 10 this form ended between 5,344 and 7,759 in four runs with the same or nearly the same parameters,
so no form or parameter there is shown to be better: a literal for each seat at each start 6,765, without presolve
7,294; with covers and team sizes at each start 7,313, 9,517 and 9,035 by linearization and presolve. At 200 x 40 all
ended between 10,909 and 10,937: default probing alone took 14 s and left no plan; this form 10,926 (linearization 0:
10,928; 2: 10,926; LNS only: 10,931), without presolve 10,918 and a bound of 2,650 instead of 959; a literal for each
seat at each start 10,937, without presolve 10,919, LNS only and without presolve 10,909. So presolve is off from
`LARGE` audits on, for the bound. Nothing was tried on other seeds or loads.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from peers.common import Answer, Audit, Booking, Instance

MOST_ROADS = 1_500_000
LARGE = 100


class _Model:
    """The model in the making: literals by audit number."""

    def __init__(self, instance: Instance) -> None:
        from ortools.sat.python import cp_model

        self.instance, self.model = instance, cp_model.CpModel()
        self.starts: list[dict[tuple[int, int], Any]] = []
        self.seats: list[list[Any]] = []
        self.served: list[Any] = []
        self.people: list[dict[int, Any]] = []
        self.begin: list[Any] = []
        self.finish: list[Any] = []
        self.window: list[tuple[int, int]] = []
        self.points: list[Any] = []
        # Key caps are stricter than the rule: with one that could bind, the model's bound is not the problem's.
        self.stricter = False
        self.mine: dict[int, list[int]] = defaultdict(list)
        intervals: dict[int, list[Any]] = defaultdict(list)
        for audit in instance.audits:
            self._add(audit, intervals)
        for some in intervals.values():
            self.model.add_no_overlap(some)

    def _add(self, audit: Audit, intervals: dict[int, list[Any]]) -> None:
        model = self.model
        starts = {(f, s): model.new_bool_var("") for f, form in enumerate(audit.forms) for s in range(len(form.starts))}
        seats = [model.new_bool_var("") for _ in audit.people]
        served = model.new_bool_var("")
        model.add(sum(starts.values()) == served)
        if audit.must:
            model.add(served == 1)
        for k, seat in enumerate(seats):
            barred = [lit for (f, s), lit in starts.items() if not audit.forms[f].able[k, s]]
            model.add_at_most_one([*barred, seat])
            model.add_implication(seat, served)
        counting = sum(seat for seat, counts in zip(seats, audit.counting, strict=True) if counts)
        model.add(counting == sum(audit.forms[f].counting * lit for (f, _), lit in starts.items()))
        if not audit.counting.all():
            others = sum(seat for seat, counts in zip(seats, audit.counting, strict=True) if not counts)
            model.add(others <= sum(audit.forms[f].others * lit for (f, _), lit in starts.items()))
        spans = {(f, s): self._halves(audit, f, s) for f, s in starts}
        low, high = min(b for b, _ in spans.values()), max(e for _, e in spans.values())
        begin, finish = model.new_int_var(low, high, ""), model.new_int_var(low, high, "")
        model.add(begin == low + sum((spans[key][0] - low) * lit for key, lit in starts.items()))
        model.add(finish == low + sum((spans[key][1] - low) * lit for key, lit in starts.items()))
        size = model.new_int_var(0, high - low, "")
        model.add(size == finish - begin)
        people: dict[int, Any] = {}
        for i in dict.fromkeys(audit.people.tolist()):
            some = [seats[k] for k in np.flatnonzero(audit.people == i)]
            people[i] = some[0] if len(some) == 1 else model.new_bool_var("")
            if len(some) > 1:
                model.add(sum(some) == people[i])
            intervals[i].append(model.new_optional_interval_var(begin, size, finish, people[i], ""))
            self.mine[i].append(audit.number)
        self._covers(audit, starts, seats, served, counting)
        self.points += [audit.penalty * (1 - served)]
        self.points += [int(audit.forms[f].costs[s]) * lit for (f, s), lit in starts.items()]
        self.points += [int(c) * seat for c, seat in zip(audit.costs, seats, strict=True)]
        for store, part in zip(
            (self.starts, self.seats, self.served, self.people, self.begin, self.finish, self.window),
            (starts, seats, served, people, begin, finish, (low, high)),
            strict=True,
        ):
            store.append(part)

    def _halves(self, audit: Audit, f: int, s: int) -> tuple[int, int]:
        first = int(audit.forms[f].starts[s])
        return self.instance.halves(first, first + audit.forms[f].length - 1)

    def _covers(self, audit: Audit, starts: Any, seats: Any, served: Any, counting: Any) -> None:
        model = self.model
        for cover in audit.covers:
            counted: list[Any] = []
            for k, seat in enumerate(seats):
                outside = [lit for (f, s), lit in starts.items() if not cover.who[f][k, s]]
                if len(outside) == len(starts):
                    continue
                # Who belongs only for a part of the window counts only there.
                part = seat if not outside else model.new_bool_var("")
                if outside:
                    inside = sum(lit for (f, s), lit in starts.items() if cover.who[f][k, s])
                    model.add(part <= seat)
                    model.add(part <= inside)
                    model.add(part >= seat + inside - 1)
                counted.append(part)
            bound = cover.constant * served + cover.per_counting * counting
            model.add(sum(counted) >= bound) if cover.at_least else model.add(sum(counted) <= bound)

    def length(self, n: int, i: int) -> Any:
        """Return the slots that a person spends in an audit."""
        forms = self.instance.audit(n).forms
        lengths = sorted({form.length for form in forms})
        spent = lengths[0] * self.people[n][i]
        for shorter, longer in pairwise(lengths):
            part = self.model.new_bool_var("")
            long = sum(lit for (f, _), lit in self.starts[n].items() if forms[f].length >= longer)
            self.model.add(part >= self.people[n][i] + long - 1)
            self.model.add_implication(part, self.people[n][i])
            self.model.add(part <= long)
            spent += (longer - shorter) * part
        return spent

    def bind(self) -> str:
        """Add what binds several audits beside overlap, and the load cost."""
        instance, model = self.instance, self.model
        longest = [max(form.length for form in audit.forms) for audit in instance.audits]
        for i, numbers in self.mine.items():
            most = sum(longest[n] for n in numbers)
            if instance.fairness and most > instance.load_steps[i].min(initial=most):
                load = sum(self.length(n, i) for n in numbers)
                for step in instance.load_steps[i].tolist():
                    over = model.new_int_var(0, most, "")
                    model.add(over >= load - step)
                    self.points.append(instance.fairness * over)
        self._caps()
        for link in instance.links:
            self._link(link)
        return self._roads()

    def _caps(self) -> None:
        for cap in self.instance.caps:
            rows, most = [], 0
            for n in self.mine.get(cap.auditor, ()):
                spent = {}
                for (f, s), lit in self.starts[n].items():
                    first = int(self.instance.audit(n).forms[f].starts[s])
                    last = first + self.instance.audit(n).forms[f].length - 1
                    inside = max(0, min(last, cap.last) - max(first, cap.first) + 1)
                    times = inside if cap.by_slot else int(cap.first <= first <= cap.last)
                    if times * cap.weight[n]:
                        spent[lit] = times * int(cap.weight[n])
                if spent:
                    rows.append((n, spent))
                    most += max(spent.values())
            if most <= cap.limit:
                continue
            self.stricter |= not cap.by_slot
            total = []
            for n, spent in rows:
                used = self.model.new_int_var(0, max(spent.values()), "")
                needed = sum(times * lit for lit, times in spent.items())
                self.model.add(used >= needed).only_enforce_if(self.people[n][cap.auditor])
                total.append(used)
            self.model.add(sum(total) <= cap.limit)

    def _link(self, link: Any) -> None:
        model, one, two = self.model, link.first, link.second
        both = self.served[one], self.served[two]
        if link.required:
            model.add_implication(both[1], both[0])
        days = []
        for n in (one, two):
            spans = [(lit, self._halves(self.instance.audit(n), f, s)) for (f, s), lit in self.starts[n].items()]
            days.append([sum(b // 2 * lit for lit, (b, _) in spans), sum((e - 1) // 2 * lit for lit, (_, e) in spans)])
        if link.lo is not None:
            model.add(self.finish[one] <= self.begin[two]).only_enforce_if(*both)
            model.add(days[1][0] - days[0][1] >= link.lo).only_enforce_if(*both)
            if link.hi is not None:
                model.add(days[1][0] - days[0][1] <= link.hi).only_enforce_if(*both)
        if link.within is not None:
            model.add(days[1][0] - days[0][0] <= link.within).only_enforce_if(*both)
            model.add(days[0][0] - days[1][0] <= link.within).only_enforce_if(*both)
        common = [(lit, self.people[two][i]) for i, lit in self.people[one].items() if i in self.people[two]]
        if link.disjoint:
            for lits in common:
                model.add_at_most_one(lits)
        if link.share:
            shared = []
            for lits in common:
                shared.append(model.new_bool_var(""))
                for lit in lits:
                    model.add_implication(shared[-1], lit)
            model.add(sum(shared) >= link.share).only_enforce_if(*both)

    def _roads(self) -> str:
        instance, model, rows = self.instance, self.model, 0
        for a, c in combinations(range(len(instance)), 2):
            need = int(instance.needs[instance.kinds[a], instance.kinds[c]])
            (low, high), (begin, end) = self.window[a], self.window[c]
            if need <= 0 or high + need <= begin or end + need <= low:
                continue
            common = [i for i in self.people[a] if i in self.people[c]]
            rows += len(common)
            if rows > MOST_ROADS:
                return "roads are left out: too many rows"
            if common:
                together, first = model.new_bool_var(""), model.new_bool_var("")
                for i in common:
                    model.add_bool_or(self.people[a][i].negated(), self.people[c][i].negated(), together)
                model.add(self.finish[a] + need <= self.begin[c]).only_enforce_if(together, first)
                model.add(self.finish[c] + need <= self.begin[a]).only_enforce_if(together, first.negated())
        return ""

    def hint(self, start: list[Booking]) -> None:
        """Tell CP-SAT the start plan."""
        known = {booking.audit: booking for booking in start}
        for n in range(len(self.starts)):
            booking = known.get(n)
            self.model.add_hint(self.served[n], booking is not None)
            for key, lit in self.starts[n].items():
                self.model.add_hint(lit, booking is not None and key == (booking.form, booking.start))
            for k, lit in enumerate(self.seats[n]):
                self.model.add_hint(lit, booking is not None and k in booking.team)

    def complete(self, cp_model: Any, seconds: float) -> None:
        """Hint every variable: solved once with the hinted ones fixed, for a partial hint is easily lost."""
        solver = cp_model.CpSolver()
        solver.parameters.fix_variables_to_their_hinted_value = True
        solver.parameters.num_workers, solver.parameters.cp_model_probing_level = 1, 0
        solver.parameters.max_time_in_seconds = seconds
        if solver.solve(self.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            values = [
                (var, solver.value(var))
                for var in map(self.model.get_int_var_from_proto_index, range(len(self.model.proto.variables)))
            ]
            self.model.clear_hints()
            for var, value in values:
                self.model.add_hint(var, value)


def solve(instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
    """Build, hint and solve within the seconds."""
    from ortools.sat.python import cp_model

    began = time.perf_counter()
    sheet = _Model(instance)
    note = sheet.bind()
    sheet.model.minimize(sum(sheet.points))
    sheet.hint(start)
    sheet.complete(cp_model, max(seconds - (time.perf_counter() - began), 0.5) / 4)
    trace = [(0.0, instance.cost(start))]

    class Watch(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            trace.append((time.perf_counter() - began, round(self.objective_value)))

    solver = cp_model.CpSolver()
    for name, value in PARAMETERS.items():
        setattr(solver.parameters, name, value)
    solver.parameters.cp_model_presolve = len(instance) < LARGE
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(seconds - (time.perf_counter() - began), 0.5)
    status = solver.solve(sheet.model, Watch())
    bound = None if sheet.stricter else math.ceil(solver.best_objective_bound - 1e-6)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(start, None, trace, f"{note} no plan of its own: the start is returned".strip())
    bookings = []
    for n, starts in enumerate(sheet.starts):
        for (f, s), lit in starts.items():
            if solver.boolean_value(lit):
                team = tuple(k for k, seat in enumerate(sheet.seats[n]) if solver.boolean_value(seat))
                bookings.append(Booking(n, f, s, team))
    return Answer(bookings, bound, trace, note)


# Default presolve probed 14 s at 200 audits x 40 auditors.
PARAMETERS: dict[str, Any] = {"num_workers": 2, "cp_model_probing_level": 0, "symmetry_level": 0}
