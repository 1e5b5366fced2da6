"""Explanations of the audits of one plan: what became of each, why, and what would help."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from auditmatch.cheapest import cheapest
from auditmatch.errors import unknown
from auditmatch.explanation import Explanation, Stage
from auditmatch.funnel import ASKED, Funnel, make_funnel
from auditmatch.goals import value
from auditmatch.placement import Placed, State
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.questions import Finding
from auditmatch.reasons import broken_pin, emptied, knotted, no_dates, unmatched
from auditmatch.remedies import Remedy, find_remedies
from auditmatch.shapes import Link, ints
from auditmatch.words import message


class Explainer:
    """Explains audits of one plan; the bookings are laid out once.

    Parameters
    ----------
    problem, plan
        Rules and goals, and any plan for them.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan, self.scene = problem, plan, problem.scene
        self.state = problem.state()
        for placed in problem.place(plan):
            self.state.add(placed)
        self._booked = frozenset(plan.table["audit_id"])
        self._hopeless = frozenset(problem.hopeless.tolist())
        self._overdue = frozenset(self.scene.overdue.tolist())
        self._planned = frozenset(self.scene.audits.tolist())
        self._facts = frozenset(self.scene.facts["audit_id"])
        self._everyone = Stage("all", tuple(sorted(self.scene.register.auditors["auditor_id"])))
        self._bare: State | None = None
        self._funnel: tuple[int, Funnel] | None = None

    def remedies(self, row: int) -> tuple[Remedy, ...]:
        """Return what would serve an audit that the plan leaves out, each change tried."""
        return find_remedies(self.problem, self.state, row, funnel=self._own(row))

    def _own(self, row: int) -> Funnel:
        """Return the funnel of an audit among the plan's bookings; the last one is kept."""
        if self._funnel is None or self._funnel[0] != row:
            self._funnel = row, make_funnel(self.state, row)
        return self._funnel[1]

    def left_out(self) -> list[str]:
        """Return the audits that the plan leaves out, with the hopeless and the overdue ones, sorted."""
        rows = self._planned | self._overdue
        names = ((a, self.scene.audit_id(a)) for a in rows)
        return sorted(name for a, name in names if name not in self._booked or a in self._hopeless)

    def explain(self, audit: str) -> Explanation:
        """Return what became of an audit; see `explain`."""
        row = int(self.scene.register.index("audits", [audit])[0])
        if row < 0:
            raise unknown("audit", audit, self.scene.register.audits["audit_id"])
        status = self._status(row)
        if status == "outside":
            return self._outside(row)
        if status == "served":
            return self._served(row)
        if status == "hopeless":
            return self._lost(row)
        return self._left(row, status)

    def _status(self, row: int) -> str:
        if row in self._overdue or row in self._hopeless:
            return "hopeless"
        if row not in self._planned:
            return "outside"
        if self.scene.audit_id(row) in self._booked:
            return "served"
        return "deferred" if self.problem.costs.deferrable[row] else "unserved"

    def _outside(self, row: int) -> Explanation:
        """Explain an audit that is not for this horizon to plan."""
        table, name = self.scene.register.audits, self.scene.audit_id(row)
        status = str(table["status"][row])
        if status != "open":
            return Explanation(name, "outside", status, message(status), message("do_nothing"))
        if name in self._facts:
            k = int(np.flatnonzero(self.scene.facts["audit_id"] == name)[0])
            said = message("fact", start=self.scene.facts["start"][k], end=self.scene.facts["end"][k])
            return Explanation(name, "outside", "fact", said, message("do_nothing"))
        said = message("later", earliest=table["earliest"][row], end=self.scene.end)
        return Explanation(name, "outside", "later", said, message("do_horizon", day=table["latest"][row]))

    def _served(self, row: int) -> Explanation:
        """Tell when and by whom an audit is served, and its cost by term."""
        name, costs = self.scene.audit_id(row), self.problem.costs
        mine = Plan(self.plan.table.take(self.plan.table["audit_id"] == name), self.plan.native)
        booking = mine.bookings[0]
        terms = value(self.scene, costs, self.scene.agenda(mine)[0], ints([row]))
        if row in self.state.booked:
            booked = self.state.booked[row]
            people = ints(sorted(booked.people))
            load = self.state.load[people]
            terms["fairness"] = int(
                (costs.load_costs(people, load) - costs.load_costs(people, load - booked.length)).sum()
            )
        cost = sum(terms.values())
        said = message(
            "served",
            start=booking.start,
            start_half=message(booking.start_half),
            end=booking.end,
            end_half=message(booking.end_half),
            team=tuple(who for who, _ in booking.team),
            lead=next((who for who, role in booking.team if role == "lead"), "-"),
            cost=cost,
        )
        penalty = int(costs.penalty[row])
        return Explanation(name, "served", "served", said, message("do_nothing"), (), booking, cost, terms, penalty)

    def _left(self, row: int, status: str) -> Explanation:
        """Explain an audit that some plan could serve: what keeps it out of this one."""
        funnel = self._own(row)
        finding, found = self._needs(row, self.state, any_status=True), None
        if finding is None:
            finding = emptied(self.problem, funnel)
        if finding is None:
            found = cheapest(self.state, row)
            finding = knotted(self.problem, funnel) if found is None else self._price(row, *found)
        return self._told(row, status, finding, funnel, found)

    def _lost(self, row: int) -> Explanation:
        """Explain an audit that no plan can serve: what keeps it out although only facts and pins stand."""
        if row in self._overdue:
            latest = self.scene.register.audits["latest"][row]
            said = message("closed", latest=latest, start=self.scene.start)
            return self._told(row, "hopeless", Finding("closed", said, message("do_reopen")))
        finding = broken_pin(self.problem, row)
        if not self.problem.lowered.options(row).forms:
            return self._told(row, "hopeless", finding or no_dates(self.problem, row))
        funnel = make_funnel(self._pinned_state(), row)
        finding = finding or self._needs(row, funnel.state) or emptied(self.problem, funnel)
        if finding is None and cheapest(funnel.state, row, alone=True) is None:
            finding = knotted(self.problem, funnel)
        # What could be served alone is lost by the audits that it needs.
        finding = finding or unmatched(self.problem, row, {k.first for k in self._unmet(row, funnel.state)})
        return self._told(row, "hopeless", finding, funnel)

    def _unmet(self, row: int, state: State) -> list[Link]:
        """Return the links to audits that must be served before, and are not."""
        links = self.problem.lowered.links_of.get(row, ())
        return [link for link in links if link.required and link.second == row and link.first not in state.booked]

    def _needs(self, row: int, state: State, any_status: bool = False) -> Finding | None:
        """Return the audit that must be served before and is not; without `any_status`: that cannot be."""
        for link in self._unmet(row, state):
            status = self._status(link.first)
            if any_status or status in ("hopeless", "outside"):
                name = self.scene.audit_id(link.first)
                said = message("needs", first=name, status=message(f"status_{status}"))
                return Finding("needs", said, message("do_first", first=name))
        return None

    def _price(self, row: int, cost: int, placed: Placed) -> Finding:
        """Compare serving with leaving out."""
        penalty = int(self.problem.costs.penalty[row])
        booking = self.problem.plan_of([placed]).bookings[0]
        team = tuple(who for who, _ in booking.team)
        said = message(
            "dear" if cost > penalty else "cheap", cost=cost, penalty=penalty, team=team, start=booking.start
        )
        remedy = message("do_priority" if cost > penalty else "do_again", team=team, start=booking.start)
        return Finding("cost", said, remedy)

    def _told(
        self,
        row: int,
        status: str,
        finding: Finding,
        funnel: Funnel | None = None,
        found: tuple[int, Placed] | None = None,
    ) -> Explanation:
        """Gather the explanation of an audit left out."""
        stages: tuple[Stage, ...] = ()
        if funnel is not None and len(funnel.start):
            asked = [Stage(name, self._names(funnel.people(name))) for name in ASKED]
            team = Stage("team", self._names(found[1].people if found else ()))
            stages = (self._everyone, *asked, team)
        booking = self.problem.plan_of([found[1]]).bookings[0] if found else None
        return Explanation(
            self.scene.audit_id(row),
            status,
            finding.reason,
            finding.said,
            finding.remedy,
            stages,
            booking,
            found[0] if found else None,
            None,
            int(self.problem.costs.penalty[row]),
        )

    def _names(self, people: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self.scene.auditor_id(i) for i in people))

    def _pinned_state(self) -> State:
        """Return the facts with the fully pinned bookings that can stand: what hopeless audits are judged by."""
        if self._bare is None:
            state, table = self.problem.state(), self.scene.published
            rows = self.scene.register.index("audits", table["audit_id"])
            both = table["pin"] == "both"
            for audit in sorted(set(rows[both].tolist()) - set(rows[~both].tolist()) - self._hopeless):
                found = cheapest(state, audit)
                if found is not None:
                    state.add(found[1])
            self._bare = state
        return self._bare
