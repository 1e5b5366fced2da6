"""Timefold's last Python package (1.24 beta, no longer maintained; Java 17 behind it): no headline rests on it.

Each audit is an entity with one planning variable, a choice of team and start from its own list; it may stay empty.
Teams are listed as for PyJobShop, the cheapest of each form, so its plans are cut; starts are all those at which the
whole team can sit. Hard: nobody sits in two audits that overlap or lie closer than the road between them. Soft:
penalties, starts, seats. One move thread: the second needs the enterprise edition. Not said: load cost, caps, links; a
full instance's bookings that break them come out as illegal.
"""

# Annotations are read by the package while it runs, so they may not be postponed to text.
import time
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np

from peers.board import desk
from peers.common import Answer, Booking, Instance
from peers.kernel import warm
from peers.pyjobshop import _teams


def _java() -> Any:
    """Return the package's words, with the entity and its constraints declared; starts the Java machine."""
    from timefold.solver import domain
    from timefold.solver import score as points

    @dataclass
    class Choice:
        number: int
        form: int
        start: int
        team: str
        begin: int
        finish: int
        people: int
        points: int

    @domain.planning_entity
    @dataclass
    class Visit:
        number: Annotated[int, domain.PlanningId]
        kind: int
        penalty: int
        needs: list[int]
        choices: Annotated[list[Choice], domain.ValueRangeProvider] = field(default_factory=list)
        choice: Annotated[Choice | None, domain.PlanningVariable(allows_unassigned=True)] = field(default=None)

    @domain.planning_solution
    @dataclass
    class Plan:
        visits: Annotated[list[Visit], domain.PlanningEntityCollectionProperty]
        score: Annotated[points.HardSoftScore | None, domain.PlanningScore] = field(default=None)

    def clash(one: Visit, two: Visit) -> bool:
        a, b, need = one.choice, two.choice, one.needs[two.kind]
        return (a.people & b.people) != 0 and a.begin - b.finish < need and b.begin - a.finish < need

    @points.constraint_provider
    def rules(factory: points.ConstraintFactory) -> list[points.Constraint]:
        return [
            factory.for_each_unique_pair(Visit)
            .filter(clash)
            .penalize(points.HardSoftScore.ONE_HARD)
            .as_constraint("one place"),
            factory.for_each_including_unassigned(Visit)
            .filter(lambda visit: visit.choice is None)
            .penalize(points.HardSoftScore.ONE_SOFT, lambda visit: visit.penalty)
            .as_constraint("unserved"),
            factory.for_each(Visit)
            .penalize(points.HardSoftScore.ONE_SOFT, lambda visit: visit.choice.points)
            .as_constraint("points"),
        ]

    return Choice, Visit, Plan, rules


def solve(instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
    """Build the entities, solve, and read the bookings."""
    from timefold.solver import SolverFactory
    from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig

    warm()
    began = time.perf_counter()
    choice_of, visit_of, plan_of, rules = _java()
    known, shared, visits = {b.audit: b for b in start}, desk(instance), []
    for audit in instance.audits:
        visit = visit_of(audit.number, audit.kind, audit.penalty, instance.needs[audit.kind].tolist())
        booking = known.get(audit.number)
        for f, team in _teams(instance, shared.sheet(audit.number), booking):
            people = sum(1 << i for i in audit.people[list(team)].tolist())
            for s in np.flatnonzero(audit.forms[f].able[list(team)].all(axis=0)).tolist():
                this = Booking(audit.number, f, s, team)
                begin, finish = instance.halves(*instance.span(this))
                text = " ".join(map(str, team))
                choice = choice_of(audit.number, f, s, text, begin, finish, people, instance.points(this))
                visit.choices.append(choice)
                if this == booking:
                    visit.choice = choice
        visits.append(visit)
    left = max(int(seconds - (time.perf_counter() - began)), 1)
    config = SolverConfig(
        solution_class=plan_of,
        entity_class_list=[visit_of],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(seconds=left)),
        random_seed=seed,
    )
    solved = SolverFactory.create(config).build_solver().solve(plan_of(visits))
    bookings = [
        Booking(c.number, c.form, c.start, tuple(map(int, c.team.split())))
        for c in (visit.choice for visit in solved.visits)
        if c is not None
    ]
    trace = [(0.0, instance.cost(start)), (time.perf_counter() - began, instance.cost(bookings))]
    return Answer(bookings, None, trace, f"score {solved.score}, teams cut, unmaintained")
