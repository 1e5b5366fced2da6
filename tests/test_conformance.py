"""Each rule says one thing: CP-SAT, the kernel, its check and a loop over dates accept the same plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from margins import MARGINS, YES_OR_NO
from universe import ALONE, Ground, Kernel, base_and, judged_alone, model_cost, plans, raw_bookings, rule
from world import World

from auditmatch import rules as rule_folder
from auditmatch.cheapest import booking_cost
from auditmatch.engines.exact import every_plan
from auditmatch.placement import Placed
from auditmatch.problem import Problem
from auditmatch.shapes import Rule
from auditmatch.verify import verify

RULES = rule_folder.default()
MOST_BOOKINGS = 14  # of one audit in the product of a case
MOST_RAW = 4000  # bookings of one audit, legal or not, that the checks judge; those that CP-SAT books are among them
MOST_ASKED = 50  # of these, that the kernel and the loops are asked about as well; the kernel of all legal ones
Count = Callable[[int, int], int]
PlanSet = set[frozenset[Placed]]


@dataclass
class Tally:
    """What occurred over the cases of one rule."""

    accepted: int = 0
    only_this: int = 0
    steps: set[int] = field(default_factory=set)

    def note(self, base: bool, mine: bool) -> None:
        self.accepted += base and mine
        self.only_this += base and not mine


def problems(chosen: Rule, number: int) -> Iterator[tuple[Problem, np.random.Generator]]:
    """Yield so many of the rule's own random cases under the base rules and this one.

    Cases in which some audit has no time at all are drawn again, nine in ten.
    """
    seed = 0
    while number:
        rng = np.random.default_rng([seed, 7])
        seed += 1
        case = chosen.sample(rng)
        problem = Problem(case.register(), case.start, case.end, rules=base_and(chosen))
        forms = [len(problem.lowered.options(a).forms) for a in problem.scene.audits.tolist()]
        if (forms and all(forms)) or rng.random() < 0.1:
            number -= 1
            yield problem, rng


@pytest.mark.parametrize("chosen", [r for r in RULES if r.name not in ALONE], ids=lambda r: r.name)
def test_three_engines_and_a_loop_over_dates_accept_the_same_plans(chosen: Rule, count: Count) -> None:
    tally = Tally()
    for problem, rng in problems(chosen, count(200, 15)):
        ground, kernel, world = Ground(problem), Kernel(problem), World(problem)
        solver = every_plan(problem)
        legal = [ground.legal_alone(a) for a in problem.scene.audits.tolist()]
        assert {p for plan in solver for p in plan} <= {p for some in legal for p in some}
        assert solver == every_plan(problem, timed=True)
        thin = [thinned(some, rng) for some in legal]
        kept = {p for some in thin for p in some}
        solver = {plan for plan in solver if plan <= kept}
        for plan in plans(thin):
            base = ground.accepts([rule("one_place")], plan) if chosen.name != "one_place" else True
            mine = ground.accepts([chosen], plan)
            assert (base and mine) == kernel.accepts(plan) == (plan in solver), described(ground, plan)
            tally.note(base, mine)
            if rng.random() < 0.25:
                steps = look(ground, world, chosen, plan)
                tally.steps |= steps
                assert mine == (min(steps, default=0) >= 0), (steps, described(ground, plan))
        same_costs(problem, ground, solver, rng)
    assert_it_matters(tally, chosen)


@pytest.mark.parametrize("chosen", [r for r in RULES if r.name in ALONE], ids=lambda r: r.name)
def test_rules_on_single_bookings_agree_on_every_time_and_team(chosen: Rule, count: Count) -> None:
    tally = Tally()
    for problem, rng in problems(chosen, count(200, 15)):
        ground, kernel, world = Ground(problem), Kernel(problem), World(problem)
        solver = every_plan(problem)
        for audit in problem.scene.audits.tolist():
            booked = {p for plan in solver for p in plan if p.audit == audit}
            raw = sifted(raw_bookings(problem, audit), booked, rng)
            refused = judged_alone(problem, audit, raw, ALONE)
            others = set().union(*(refused[name] for name in ALONE if name != chosen.name))
            some = set(rng.permutation(len(raw))[:MOST_ASKED].tolist())
            for k, placed in enumerate(raw):
                plan, good = frozenset([placed]), k not in others and k not in refused[chosen.name]
                assert good == (plan in solver), described(ground, plan)
                tally.note(k not in others, k not in refused[chosen.name])
                if good or k in some:
                    assert good == (placed.length > 0 and kernel.accepts(plan)), described(ground, plan)
                if k in some or (good and rng.random() < 0.2):
                    assert good == ground.accepts(base_and(chosen), plan), described(ground, plan)
                    steps = look(ground, world, chosen, plan)
                    tally.steps |= steps
                    mine = k not in refused[chosen.name]
                    # What begins or ends on a day off is for mornings to refuse; the other rules need not say why.
                    if placed.start >= 0 or chosen.name == "morning_start":
                        assert mine == (min(steps) >= 0), (steps, described(ground, plan))
        same_costs(problem, ground, set(solver), rng)
    assert_it_matters(tally, chosen)


def sifted(raw: list[Placed], booked: set[Placed], rng: np.random.Generator) -> list[Placed]:
    """Return those of all bookings that CP-SAT books, which must be among them, and at most MOST_RAW others."""
    assert booked <= set(raw)
    chosen = set(rng.permutation(len(raw))[:MOST_RAW].tolist())
    return [placed for k, placed in enumerate(raw) if k in chosen or placed in booked]


def thinned(some: Sequence[Placed], rng: np.random.Generator) -> list[Placed]:
    """Return at most MOST_BOOKINGS of many bookings."""
    chosen = rng.permutation(len(some))[:MOST_BOOKINGS]
    return [some[k] for k in sorted(chosen.tolist())]


def look(ground: Ground, world: World, chosen: Rule, plan: frozenset[Placed]) -> set[int]:
    """Return how far a plan lies from the limits of a rule."""
    return set(MARGINS[chosen.name](world, world.visits(ground.booking(p) for p in plan)))


def assert_it_matters(tally: Tally, chosen: Rule) -> None:
    """No vacuous proof: plans were accepted, plans were refused by this rule alone, and limits were met and missed."""
    assert tally.accepted >= 20
    assert tally.only_this >= 5
    assert {0, -1} <= tally.steps
    if chosen.name not in YES_OR_NO:
        assert 1 in tally.steps


def same_costs(problem: Problem, ground: Ground, accepted: PlanSet, rng: np.random.Generator) -> None:
    """Compare the costs of some plans: kernel booking by booking, CP-SAT's objective, and verify."""
    ordered = sorted(
        accepted, key=lambda plan: (-len(plan), sorted(p.start for p in plan), str(sorted(map(str, plan))))
    )
    for plan in [*ordered[:1], *(ordered[int(k)] for k in rng.integers(0, max(1, len(ordered)), 2) if ordered)]:
        verdict = verify(problem, problem.plan_of(plan))
        assert verdict.ok, verdict
        state, points = problem.state(), 0
        for placed in sorted(plan, key=lambda p: rng.random()):
            points += booking_cost(state, placed)
            state.add(placed)
        booked = {p.audit for p in plan}
        points += sum(int(problem.costs.penalty[a]) for a in problem.audits.tolist() if a not in booked)
        assert points == verdict.cost
    if ordered:
        assert model_cost(problem, ordered[0]) == verify(problem, problem.plan_of(ordered[0])).cost


def described(ground: Ground, plan: frozenset[Placed]) -> str:
    """Return a plan in names and dates, for a failing test."""
    return "; ".join(str(ground.booking(p)) for p in plan) or "nothing booked"
