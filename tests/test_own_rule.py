"""A rule that a user writes in a file of their own is worth as much as one of the library's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from office import MON, audit, book, grade, office, problem
from universe import Ground, Kernel, base_and, plans, rule

import auditmatch as am
from auditmatch.agenda import Agenda
from auditmatch.cases import Case, tiny
from auditmatch.engines.exact import every_plan
from auditmatch.errors import ArgumentError
from auditmatch.plan import Violation
from auditmatch.problem import Problem
from auditmatch.scene import Scene
from auditmatch.shapes import Apart, Shape, ints


@dataclass(frozen=True, slots=True)
class NeverTogether:
    """Pairs of people who do not work in one team."""

    pairs: tuple[tuple[str, str], ...]
    name: str = "never_together"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        first, second = (scene.register.index("auditors", names) for names in zip(*self.pairs, strict=True))
        yield Apart(ints(first), ints(second), "they do not work together")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        found = []
        for b in np.flatnonzero(agenda.shown):
            team = {scene.auditor_id(i) for i in agenda.auditor[agenda.booking == b]}
            for one, other in self.pairs:
                if {one, other} <= team:
                    name = scene.audit_id(agenda.audit[b])
                    found.append(Violation(self.name, f"{one} and {other} are both in {name}", (name,), (one, other)))
        return found

    def describe(self) -> str:
        return "Some people never work in one team."

    def sample(self, rng: np.random.Generator) -> Case:
        case = tiny(rng, audits=2, auditors=3)
        for a in range(2):
            case = case.changing("audits", a, team_max=2, person_days=1.0)
        return case


MINE = NeverTogether((("P0", "P1"), ("P2", "P1")))


def test_the_rule_is_proved_like_those_of_the_library() -> None:
    accepted = refused = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        case = MINE.sample(rng)
        made = Problem(case.register(), case.start, case.end, rules=base_and(MINE))
        ground, kernel, solver = Ground(made), Kernel(made), every_plan(made)
        some = [ground.legal_alone(a) for a in made.scene.audits.tolist()]
        thin = [[bookings[k] for k in sorted(rng.permutation(len(bookings))[:12].tolist())] for bookings in some]
        for plan in plans(thin):
            base, mine = ground.accepts([rule("one_place")], plan), ground.accepts([MINE], plan)
            assert (base and mine) == (plan in solver) == kernel.accepts(plan)
            apart = all({i, k} not in ({0, 1}, {1, 2}) for p in plan for i, k in combinations(sorted(p.people), 2))
            assert mine == apart
            accepted += base and mine
            refused += base and not mine
    assert min(accepted, refused) >= 100


def quarrel() -> Case:
    """X asks for two people, both of them leads; Ann and Bo are the cheapest, for Cai is far away."""
    case = grade(audit(office(), "X", team_min=2, team_max=2), "Cai", grade="auditor")
    places = [("Xi'an", 34.3, 108.9), ("Urumqi", 43.8, 87.6)]
    case = case.having(locations=[{"location": n, "latitude": a, "longitude": b} for n, a, b in places])
    case = case.changing("organisations", 0, location="Xi'an")
    for who, home in enumerate(("Xi'an", "Xi'an", "Urumqi")):
        case = case.changing("auditors", who, location=home)
    return case


def team_of_x(result: am.Result) -> set[str]:
    assert result.plan is not None
    return {who for booking in result.plan.bookings if booking.audit == "X" for who, _ in booking.team}


@pytest.mark.parametrize("engine", ["exact", "greedy"])
def test_the_rule_changes_what_solve_plans(engine: str) -> None:
    case, mine = quarrel(), NeverTogether((("Ann", "Bo"),))
    budget = am.Budget(seconds=20)
    without = am.solve(problem(case), budget, engine=engine)
    kept = am.solve(problem(case, rules=(*am.rules.default(), mine)), budget, engine=engine)
    assert team_of_x(without) == {"Ann", "Bo"}
    assert team_of_x(kept) == {"Ann", "Cai"}
    # Xi'an to Urumqi is 2,116 km; there and back 42.3 times 100 km, a point each.
    assert kept.terms is not None
    assert kept.terms["travel"] == 42


def test_verify_finds_what_the_rule_forbids() -> None:
    made = problem(quarrel(), rules=(*am.rules.default(), NeverTogether((("Bo", "Ann"),))))
    team = am.Plan.from_bookings([book("X", MON, f"{MON} am", Ann="lead", Bo="member")])
    assert [str(v) for v in am.verify(made, team).violations] == ["never_together: Bo and Ann are both in X"]


def test_weights_of_ones_own_replace_those_of_the_settings() -> None:
    # Travel weighs 3 points for each 100 km by the register's setting, and nothing by one's own weights.
    case = quarrel().having(settings=[{"name": "weight_travel", "value": "3"}])
    mine = (NeverTogether((("Ann", "Bo"),)),)
    stated = am.solve(problem(case, rules=am.rules.default() + mine), am.Budget(seconds=20))
    own = am.solve(problem(case, rules=am.rules.default() + mine, weights=am.Weights(travel=0)), am.Budget(seconds=20))
    assert (stated.terms or {})["travel"] == 127  # 3 * 42.32 = 126.96
    assert (own.terms or {})["travel"] == 0


def test_weights_that_are_no_whole_numbers_are_refused() -> None:
    for wrong in (-1, 1.5, True, 2_000_000):
        with pytest.raises(ArgumentError, match="Maybe a whole number"):
            am.Weights(travel=wrong)  # type: ignore[arg-type]
