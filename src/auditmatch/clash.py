"""When no audit may be left out: the audits and rules that cannot hold together, and none of them to spare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.draft import Draft
from auditmatch.engines.exact import Limits, Tuning, solve_free
from auditmatch.plan import Violation
from auditmatch.problem import Problem
from auditmatch.register import Register
from auditmatch.result import Budget, Status
from auditmatch.scene import Scene
from auditmatch.shapes import Mode, Must, Rule, Seat, Shape, Window
from auditmatch.words import Message, message, rule_words

# (kind, name): an audit that must be served, or a rule that must hold.
_Item: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Clash:
    """Audits and rules that cannot hold together.

    Attributes
    ----------
    audits
        Audits that no plan serves all of while the rules hold, sorted.
    rules
        Names of the rules, sorted. Who may sit in a team, its size, and windows hold always and are not named.
    least
        True where it is proved that without any one of them the others hold together; False where the budget ended
        before some plan was found.
    said
        One sentence for each, without a language.
    """

    audits: tuple[str, ...]
    rules: tuple[str, ...]
    least: bool
    said: tuple[Message, ...]

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """Return the sentences, "en" or "zh"."""
        return tuple(each.say(lang) for each in self.said)

    def __str__(self) -> str:
        """Return the sentences, a line each."""
        return "\n".join(self.sentences())


def clash(problem: Problem, budget: Budget | None = None) -> Clash | None:
    """Return audits and rules that cannot hold together when no audit may be left out; None when all can be served.

    The set is irreducible: without any one member the others hold together. It is found by repeated halving
    (QuickXplain: Junker, AAAI 2004), and each answer on the way is a proof by the exact engine, so ask it of some
    hundred audits at the most. There may be other, smaller sets.

    Parameters
    ----------
    problem
        Rules and goals; a published plan counts by its pins.
    budget
        For each question; default 10 s.

    Raises
    ------
    ArgumentError
        It could not be told whether all audits can be served, in that budget.
    """
    asking = _Asking(problem, budget or Budget(seconds=10.0))
    scene = problem.scene
    audits: list[_Item] = [("audit", scene.audit_id(a)) for a in sorted(scene.audits.tolist())]
    rules: list[_Item] = [("rule", rule.name) for rule in problem.rules if not _founds(rule, scene)]
    if asking.holds([*audits, *rules], doubt=True):
        return None
    found = _least([*rules, *audits], asking.holds)
    least = all(asking.holds([item for item in found if item is not left], doubt=False) for left in found)
    names = {kind: tuple(sorted(name for k, name in found if k == kind)) for kind in ("audit", "rule")}
    return Clash(names["audit"], names["rule"], least, _said(problem, names["audit"], names["rule"]))


@dataclass(frozen=True, slots=True)
class _AllServed:
    """Every audit must be served."""

    name: str = "all served"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Order every audit."""
        return [Must(scene.audits, self.name)]

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Leave it to those who ask: nothing is verified by this."""
        return []

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "No audit is left out."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a small random register; every one matters to it."""
        return tiny(rng)


class _Asking:
    """Asks whether some audits can all be served under some rules, each question once."""

    def __init__(self, problem: Problem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.known: dict[frozenset[_Item], bool | None] = {}

    def holds(self, items: list[_Item], doubt: bool | None = None) -> bool:
        """Tell whether the items hold together; `doubt` is the answer where the budget ended, None: as if they did."""
        key = frozenset(items)
        if key not in self.known:
            self.known[key] = self._ask(key)
        answer = self.known[key]
        return answer if answer is not None else doubt is None or doubt

    def _ask(self, items: frozenset[_Item]) -> bool | None:
        scene = self.problem.scene
        audits = {name for kind, name in items if kind == "audit"}
        rules = [r for r in self.problem.rules if ("rule", r.name) in items or _founds(r, scene)]
        if not audits:
            return True
        register = _only(scene.register, audits, {scene.audit_id(a) for a in scene.audits.tolist()})
        parts = register, scene.start, scene.end, (*rules, _AllServed())
        asked = Problem(*parts, self.problem.weights, self.problem.known_plan)
        if len(asked.hopeless):
            return False
        limits = Limits(seconds=self.budget.seconds, work=self.budget.work, seed=self.budget.seed)
        first = Tuning(parameters=(("stop_after_first_solution", True),))
        answer = solve_free(asked, asked.state(), asked.audits.tolist(), (), limits, tune=first)
        return None if answer.status == Status.UNKNOWN else answer.status != Status.INFEASIBLE


def _only(register: Register, audits: set[str], asked: set[str]) -> Register:
    """Return a register in which the other audits of the horizon, and links to them, are gone."""
    draft = Draft(register)
    gone = asked - audits
    rows = np.flatnonzero(np.isin(register.audits["audit_id"], list(gone))).tolist()
    if rows:
        draft.put("audits", *rows, status="cancelled")
    links = register.links
    for k in np.flatnonzero(np.isin(links["first_audit"], list(gone)) | np.isin(links["second_audit"], list(gone)))[
        ::-1
    ]:
        draft.drop("links", int(k))
    return draft.register()


def _founds(rule: Rule, scene: Scene) -> bool:
    """Tell whether a rule says who may sit, how large a team is, or when: without it there is no booking at all."""
    return any(isinstance(shape, Seat | Mode | Window) for shape in rule.lower(scene))


def _least(items: list[_Item], holds: Callable[[list[_Item]], bool]) -> list[_Item]:
    """Return a part of the items that does not hold together, and every smaller part of which does."""

    def explain(base: list[_Item], new: bool, rest: list[_Item]) -> list[_Item]:
        if new and not holds(base):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        late = explain([*base, *first], bool(first), second)
        early = explain([*base, *late], bool(late), first)
        return [*early, *late]

    return explain([], False, items)


def _said(problem: Problem, audits: tuple[str, ...], rules: tuple[str, ...]) -> tuple[Message, ...]:
    scene = problem.scene
    table, rows = scene.register.audits, scene.register.index("audits", list(audits)).tolist()
    head = message("clash", audits=len(audits), rules=len(rules))
    served = [
        message(
            "clash_audit",
            audit=name,
            first=max(table["earliest"][a], scene.start),
            last=min(table["latest"][a], scene.end),
        )
        for name, a in zip(audits, rows, strict=True)
    ]
    described = {rule.name: rule.describe() for rule in problem.rules}
    return (head, *served, *(message("clash_rule", rule=rule_words(name), says=described[name]) for name in rules))
