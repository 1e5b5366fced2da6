"""The problem: a scene, its rules and its goals, lowered for the engines; hopeless audits set apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch import rules as rule_folder
from auditmatch.errors import unknown
from auditmatch.goals import Costs, lower_goals
from auditmatch.hopeless import find_hopeless
from auditmatch.instance import read_instance, write_instance
from auditmatch.kernel.flat import Flat, flatten
from auditmatch.lowered import Lowered, lower
from auditmatch.placement import Placed, State
from auditmatch.plan import ROLES, Booking, Plan, plan_table
from auditmatch.register import Register
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Pool, Role, Rule, ints
from auditmatch.tables import Table
from auditmatch.weights import Weights


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Problem:
    """Which audits to plan, under which rules, at which cost.

    Parameters
    ----------
    register
        The tables of the certification body.
    start, end
        The horizon, ISO dates, both inclusive.
    rules
        Default: `auditmatch.rules.default()`.
    weights
        Default: the register's settings.
    plan
        The published plan; default: the register's `plan` table.

    Attributes
    ----------
    scene, rules, weights, costs, lowered, flat
        The parts; engines read `lowered` and `costs`, kernels the same as flat arrays.
    audits
        Rows of the audits that engines decide on: those of the scene less the hopeless.
    hopeless
        Rows of audits that no booking can serve, in neither cost nor bound.
    facts
        Bookings that stand.

    Raises
    ------
    ArgumentError
        The horizon cannot be read or ends before it starts; a weight is out of range.
    """

    scene: Scene
    rules: tuple[Rule, ...]
    weights: Weights
    lowered: Lowered
    costs: Costs
    flat: Flat
    audits: Ints
    hopeless: Ints
    facts: tuple[Placed, ...]

    def __init__(
        self,
        register: Register,
        start: Any,
        end: Any,
        rules: Iterable[Rule] | None = None,
        weights: Weights | None = None,
        plan: Plan | None = None,
    ) -> None:
        scene = Scene.build(register, start, end, plan)
        chosen = rule_folder.default() if rules is None else tuple(rules)
        goals = Weights.of(register) if weights is None else weights
        lowered = lower(scene, (shape for rule in chosen for shape in rule.lower(scene)))
        costs = lower_goals(scene, goals, lowered.busy, lowered.largest_teams())
        facts = _facts(scene)
        flat = flatten(lowered, costs)
        hopeless = find_hopeless(State(lowered, costs, flat, facts), scene)
        audits = ints(np.setdiff1d(scene.audits, hopeless))
        parts = (scene, chosen, goals, lowered, costs, flat, audits, hopeless, facts)
        for name, part in zip(self.__slots__, parts, strict=True):
            object.__setattr__(self, name, part)

    def without(self, rows: Iterable[int]) -> Problem:
        """Return the problem with audits set apart as hopeless, and those that need them."""
        lost = set(rows)
        links = self.lowered.links
        while more := {x.second for x in links if x.required and x.first in lost} - lost:
            lost |= more
        gone = ints(sorted(lost & set(self.audits.tolist())))
        fewer = object.__new__(Problem)
        parts = {name: getattr(self, name) for name in self.__slots__}
        parts |= {"audits": ints(np.setdiff1d(self.audits, gone)), "hopeless": ints(np.union1d(self.hopeless, gone))}
        for name, part in parts.items():
            object.__setattr__(fewer, name, part)
        return fewer

    @property
    def notices(self) -> tuple[str, ...]:
        """What a planner should know though it is no fault: rounded person-days, days off not yet known, and more."""
        table, scene = self.scene.register.audits, self.scene
        days = table["person_days"][scene.audits]
        odd = scene.audits[np.floor(2 * days + 0.5) != 2 * days]
        found = list(scene.register.notices)
        if len(odd):
            names = ", ".join(scene.audit_id(a) for a in odd[:5].tolist()) + (", ..." if len(odd) > 5 else "")
            found.append(f"person-days are rounded to the nearest half day in {len(odd)} audits: {names}")
        calendar = scene.calendar
        first, last = calendar.day_offset(np.array([scene.start, scene.end]))
        if calendar.provisional[first : last + 1].any():
            found.append(
                "public holidays or make-up workdays of the horizon are provisional; the table calendar sets days"
            )
        return tuple(found)

    def save(self, path: str | Path) -> None:
        """Write the problem to one JSON file: tables, horizon, weights, names of its rules, published plan.

        Parameters
        ----------
        path
            The file; replaced whole, or left as it was when writing fails.
        """
        plan = plan_table(_joined(self.scene.facts, self.scene.published))
        register = self.scene.register.with_tables(plan=plan)
        stated = {
            "start": str(self.scene.start),
            "end": str(self.scene.end),
            "weights": asdict(self.weights),
            "rules": [rule.name for rule in self.rules],
        }
        write_instance(path, register, stated)

    @classmethod
    def load(cls, path: str | Path, rules: Iterable[Rule] | None = None) -> Problem:
        """Read a problem that `save` wrote.

        Parameters
        ----------
        path
            The file.
        rules
            The rules, where it holds any that are not in `auditmatch.rules`; default: those named in the file.

        Raises
        ------
        InputError
            The file cannot be read or is not of this format.
        UnknownNameError
            The file names a rule that `auditmatch.rules` does not have, and `rules` is not given.
        """
        register, stated = read_instance(path)
        if rules is None:
            known = {rule.name: rule for rule in rule_folder.default()}
            for name in stated["rules"]:
                if name not in known:
                    raise unknown("rule", name, known)
            rules = [known[name] for name in stated["rules"]]
        return cls(register, stated["start"], stated["end"], rules, Weights(**stated["weights"]))

    def state(self) -> State:
        """Return an empty state: facts stand, nothing else."""
        return State(self.lowered, self.costs, self.flat, self.facts)

    def plan_of(self, placed: Iterable[Placed]) -> Plan:
        """Return bookings in rows and slots as a plan in names and dates, leads named."""
        pools: dict[object, Pool] = {}
        fields, needs = self.scene.fields_of(), self._needs()
        bookings = [self._booking(p, fields.get(p.audit, ()), needs.get(p.audit, ()), pools) for p in placed]
        return self._with_pins(Plan.from_bookings(bookings, self.scene.register.native))

    def place(self, plan: Plan) -> tuple[Placed, ...]:
        """Return the bookings of a plan in rows and slots; those that no audit of the problem has are left out.

        A booking that does not begin and end in working slots is left out as well: no engine could hold it.
        """
        agenda, _ = self.scene.agenda(plan)
        found = []
        calendar = self.scene.calendar
        for b in np.flatnonzero(~agenda.fact & np.isin(agenda.audit, self.audits)):
            start = int(calendar.first_slot_from(agenda.first_day[b], agenda.begin[b] % 2))
            members = agenda.booking == b
            roles = np.maximum(agenda.role[members] - 1, 0)
            team = tuple(sorted(zip(agenda.auditor[members].tolist(), roles.tolist(), strict=True)))
            length = int(agenda.length[b])
            halves = self.lowered.halves(start, length) if length > 0 else (0, 0)
            zero = 2 * int(calendar.first_day.astype(np.int64))
            if halves == (int(agenda.begin[b]) - zero, int(agenda.finish[b]) - zero):
                found.append(Placed(int(agenda.audit[b]), start, length, team, halves))
        return tuple(found)

    def _needs(self) -> dict[int, list[tuple[str, str]]]:
        """Return the codes that each audit requires."""
        table = self.scene.register.requirements
        needs: dict[int, list[tuple[str, str]]] = {}
        rows = self.scene.register.index("audits", table["audit_id"]).tolist()
        for a, field, specialty in zip(rows, table["field"], table["specialty"], strict=True):
            needs.setdefault(a, []).append((field, specialty))
        return needs

    def _booking(
        self, placed: Placed, fields: tuple[str, ...], needs: Iterable[tuple[str, str]], pools: dict[object, Pool]
    ) -> Booking:
        """Name the lead and the dates of one booking."""
        scene, calendar = self.scene, self.scene.calendar

        def belongs(key: object, make: Any, auditor: int) -> bool:
            if key not in pools:
                pools[key] = make()
            pool = pools[key]
            mine = (pool.auditors == auditor) & (pool.first <= placed.start) & (placed.end <= pool.last)
            return bool(mine.any())

        def rank(auditor: int) -> tuple[bool, int, str]:
            leads = bool(fields) and belongs(("lead", fields), partial(scene.leads, fields), auditor)
            match = sum(belongs(code, partial(scene.holders, *code, ("auditor", "lead")), auditor) for code in needs)
            return not leads, -match, scene.auditor_id(auditor)

        counting = [i for i, role in placed.team if role == Role.COUNTING]
        lead = min(counting, key=rank, default=None)
        # Role counts from COUNTING, the plan's roles from lead and member.
        team = [(scene.auditor_id(i), ROLES[0] if i == lead else ROLES[role + 1]) for i, role in placed.team]
        begin, finish = placed.halves
        first, last = (str(calendar.date_of(half // 2)) for half in (begin, finish - 1))
        halves = ("am", "pm")
        return Booking(
            scene.audit_id(placed.audit), first, halves[begin % 2], last, halves[(finish - 1) % 2], tuple(sorted(team))
        )

    def _with_pins(self, plan: Plan) -> Plan:
        """Carry the pins of the published plan over to the same audit and auditor."""
        old = self.scene.published
        pins = {
            (old["audit_id"][k], old["auditor_id"][k]): tuple(old[c][k] for c in ("pin", "pinned_by", "pin_reason"))
            for k in np.flatnonzero(old["pin"] != "none")
        }
        return plan.pinned(pins) if pins else plan


def _joined(one: Table, other: Table) -> dict[str, Any]:
    """Return the columns of two plan tables, one under the other."""
    return {name: np.concatenate([one[name], other[name]]) for name in one.columns}


def _facts(scene: Scene) -> tuple[Placed, ...]:
    """Return the facts in rows and slots; a fact on days off has no slots and still its half-days."""
    agenda = scene.fact_agenda()
    zero = 2 * int(scene.calendar.first_day.astype(np.int64))
    starts = scene.calendar.first_slot_from(agenda.first_day, agenda.begin % 2)
    found = []
    for b in range(len(agenda.audit)):
        members = agenda.booking == b
        roles = np.maximum(agenda.role[members] - 1, 0)
        team = tuple(sorted(zip(agenda.auditor[members].tolist(), roles.tolist(), strict=True)))
        halves = int(agenda.begin[b]) - zero, int(agenda.finish[b]) - zero
        found.append(Placed(int(agenda.audit[b]), int(starts[b]), int(agenda.length[b]), team, halves, True))
    return tuple(found)
