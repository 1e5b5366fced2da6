"""The problem: a scene, its rules and its goals, lowered for the engines; hopeless audits set apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from auditmatch import rules as rule_folder
from auditmatch.agenda import Agenda
from auditmatch.errors import unknown
from auditmatch.goals import Costs, lower_goals
from auditmatch.hopeless import find_hopeless
from auditmatch.instance import read_instance, write_instance
from auditmatch.kernel.flat import Flat, flatten
from auditmatch.kernel.pack import ranges
from auditmatch.lowered import Lowered, lower
from auditmatch.placement import Placed, State
from auditmatch.plan import HALVES, ROLES, Plan, plan_table, stacked
from auditmatch.quiet import uncollected
from auditmatch.register import Register
from auditmatch.scene import Scene
from auditmatch.shapes import Bools, Ints, Pool, Role, Rule, ints
from auditmatch.standing_plan import Standing, standing
from auditmatch.weights import Weights

Key = TypeVar("Key")


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
    facts, stands
        Bookings that stand for good; which of the published ones could stand.

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
    stands: Standing

    @uncollected()
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
        goals = weights or Weights.of(register)
        lowered = lower(scene, (shape for rule in chosen for shape in rule.lower(scene)))
        costs = lower_goals(scene, goals, lowered.busy, lowered.largest_teams())
        facts, flat = _facts(scene), flatten(lowered, costs)
        stands = standing(scene, lowered, chosen)
        hopeless = find_hopeless(State(lowered, costs, flat, facts), scene, stands.sound)
        audits = ints(np.setdiff1d(scene.audits, hopeless))
        parts = (scene, chosen, goals, lowered, costs, flat, audits, hopeless, facts, stands)
        for name, part in zip(self.__slots__, parts, strict=True):
            object.__setattr__(self, name, part)

    def without(self, rows: Iterable[int]) -> Problem:
        """Return the problem with audits set apart as hopeless, and those that need them."""
        lost, links = set(rows), self.lowered.links
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

    @property
    def known_plan(self) -> Plan:
        """Facts and published bookings, as a problem takes them."""
        return stacked(self.scene.facts, self.scene.published)

    def save(self, path: str | Path) -> None:
        """Write the problem to one JSON file: tables, horizon, weights, names of its rules, published plan.

        Parameters
        ----------
        path
            The file; replaced whole, or left as it was when writing fails.
        """
        register = self.scene.register.with_tables(plan=self.known_plan.table)
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
        some, register = tuple(placed), self.scene.register
        audit = np.array([p.audit for p in some], dtype=np.int64)
        begin, finish = np.array([p.halves for p in some], dtype=np.int64).reshape(-1, 2).T
        booking = np.repeat(np.arange(len(some)), [len(p.team) for p in some])
        who, role = np.array([member for p in some for member in p.team], dtype=np.int64).reshape(-1, 2).T
        # Role counts from COUNTING, the plan's roles from lead and member.
        is_lead = who == self._leads(some, booking, who, role)[booking]
        names = register.audits["audit_id"][audit], register.auditors["auditor_id"][who]
        words = np.array(ROLES, dtype=object)[np.where(is_lead, 0, role + 1)]
        keys = words, names[1], finish[booking], begin[booking], names[0][booking]
        order = np.lexsort([_ranks(key) for key in keys])
        of, halves, calendar = booking[order], np.array(HALVES, dtype=object), self.scene.calendar
        columns = {
            "audit_id": names[0][of],
            "auditor_id": names[1][order],
            "role": words[order],
            "start": calendar.date_of(begin // 2)[of],
            "start_half": halves[begin % 2][of],
            "end": calendar.date_of((finish - 1) // 2)[of],
            "end_half": halves[(finish - 1) % 2][of],
        }
        return self._with_pins(Plan(plan_table(columns), register.native))

    def place(self, plan: Plan) -> tuple[Placed, ...]:
        """Return the bookings of a plan in rows and slots; those that no audit of the problem has are left out.

        A booking that does not begin and end in working slots is left out as well: no engine could hold it.
        """
        agenda, _ = self.scene.agenda(plan)
        mine = ~agenda.fact & np.isin(agenda.audit, self.audits)
        return tuple(
            p
            for p in _placed(self.scene, agenda, mine, fact=False)
            if p.halves == (self.lowered.halves(p.start, p.length) if p.length > 0 else (0, 0))
        )

    def _leads(self, placed: tuple[Placed, ...], booking: Ints, who: Ints, role: Ints) -> Ints:
        """Return who leads each booking: grade lead, then most of the codes required, then the identifier; else -1."""
        scene, register, members = self.scene, self.scene.register, np.flatnonzero(role == Role.COUNTING)
        parts = np.array([(p.audit, p.start, p.end) for p in placed], dtype=np.int64).reshape(-1, 3)
        audit, first, last = parts[booking].T
        able, match = np.zeros(len(who), dtype=bool), np.zeros(len(who), dtype=np.int64)
        # Where one person counts there is nothing to choose.
        asked = members[np.bincount(booking[members], minlength=len(placed))[booking[members]] > 1]
        fields, needs = scene.fields_of(), register.requirements
        for names, some in _grouped(asked, [fields.get(a, ()) for a in audit[asked].tolist()]):
            pool = scene.leads(names) if names else Pool.always(())
            able[some] = _belong(pool, who[some], first[some], last[some])
        rows = register.index("audits", needs["audit_id"])
        order = np.argsort(rows, kind="stable")
        low, high = (np.searchsorted(rows[order], audit[asked], side) for side in ("left", "right"))
        asked, need = np.repeat(asked, high - low), order[ranges(low, high)]
        for code, some in _grouped(asked, list(zip(needs["field"][need], needs["specialty"][need], strict=True))):
            pool = scene.holders(*code, ("auditor", "lead"))
            np.add.at(match, some, _belong(pool, who[some], first[some], last[some]))
        ids = register.auditors["auditor_id"][who]
        best = members[np.lexsort((_ranks(ids)[members], -match[members], ~able[members], booking[members]))]
        leads = np.full(len(placed), -1, dtype=np.int64)
        leads[booking[best[::-1]]] = who[best[::-1]]
        return leads

    def _with_pins(self, plan: Plan) -> Plan:
        """Carry the pins of the published plan over to the same audit and auditor."""
        old = self.scene.published
        pins = {
            (old["audit_id"][k], old["auditor_id"][k]): tuple(old[c][k] for c in ("pin", "pinned_by", "pin_reason"))
            for k in np.flatnonzero(old["pin"] != "none")
        }
        return plan.pinned(pins) if pins else plan


def _facts(scene: Scene) -> tuple[Placed, ...]:
    """Return the facts in rows and slots; a fact on days off has no slots and still its half-days."""
    agenda = scene.fact_agenda()
    return _placed(scene, agenda, np.ones(len(agenda.audit), dtype=bool), fact=True)


def _placed(scene: Scene, agenda: Agenda, mine: Bools, *, fact: bool) -> tuple[Placed, ...]:
    """Return some bookings of an agenda in rows and slots."""
    zero = 2 * int(scene.calendar.first_day.astype(np.int64))
    members = list(zip(agenda.auditor.tolist(), np.maximum(agenda.role - 1, 0).tolist(), strict=True))
    cuts = np.searchsorted(agenda.booking, np.arange(len(agenda.audit) + 1))
    starts = scene.calendar.first_slot_from(agenda.first_day, agenda.begin % 2)
    halves = agenda.begin - zero, agenda.finish - zero
    parts = (part[mine].tolist() for part in (agenda.audit, starts, agenda.length, cuts[:-1], cuts[1:], *halves))
    return tuple(
        Placed(a, start, length, tuple(sorted(members[low:high])), (begin, finish), fact)
        for a, start, length, low, high, begin, finish in zip(*parts, strict=True)
    )


def _ranks(names: npt.NDArray[Any]) -> Ints:
    """Return the place of each name in the order of the names, the same for equal ones."""
    return np.asarray(np.unique(names, return_inverse=True)[1].reshape(-1))


def _grouped(rows: Ints, keys: list[Key]) -> Iterator[tuple[Key, Ints]]:
    """Yield each key with the rows that have it."""
    number: dict[Key, int] = {}
    if not keys:
        return
    group = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
    order = np.argsort(group, kind="stable")
    yield from zip(number, np.split(rows[order], np.cumsum(np.bincount(group))[:-1]), strict=True)


def _belong(pool: Pool, who: Ints, first: Ints, last: Ints) -> Bools:
    """Tell whether each auditor belongs to a pool, whose ranges are disjoint and sorted, from one slot to another."""
    if not len(pool.auditors):
        return np.zeros(len(who), dtype=bool)
    width = 2**32
    at = np.searchsorted(pool.auditors * width + pool.first, who * width + first, side="right") - 1
    return np.asarray((at >= 0) & (pool.auditors[at] == who) & (last <= pool.last[at]))
