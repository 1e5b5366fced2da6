"""How few auditors could do the audits of a plan on the dates that they have?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.placement import Placed, State
from auditmatch.plan import Plan, Violation
from auditmatch.problem import Problem
from auditmatch.result import Status
from auditmatch.shapes import Bools
from auditmatch.verify import verify
from auditmatch.whatif.fewest import Fewest, Tasks, fewest, staff

__all__ = ["Fewest", "Headcount", "fewest", "headcount"]


@dataclass(frozen=True, slots=True, eq=False)
class Headcount:
    """The fewest auditors found for a plan's audits on its dates.

    Attributes
    ----------
    status
        "optimal" where `at_least` people are all it takes, else "feasible".
    before
        How many auditors the plan has.
    people
        Identifiers of the auditors who would do, sorted.
    at_least
        Nobody can do with fewer who replaces members by people able to all that they did in the team.
    plan
        The same audits on the same dates, by those people.
    breaches
        What that plan breaks: yearly caps, monthly limits and links are not counted when people are exchanged.
    seconds
        Wall time.
    """

    status: Status
    before: int
    people: tuple[str, ...]
    at_least: int
    plan: Plan
    breaches: tuple[Violation, ...]
    seconds: float

    def __str__(self) -> str:
        """Return the counts on one line."""
        proof = "proved least" if self.status is Status.OPTIMAL else f"at least {self.at_least}"
        kept = f"; that plan breaks {len(self.breaches)} rules of caps or links" if self.breaches else ""
        return f"{len(self.people)} of {self.before} auditors would do ({proof}){kept}"


def headcount(problem: Problem, plan: Plan, *, seconds: float = 60.0, seed: int = 0) -> Headcount:
    """Return how few auditors could serve the audits of a plan on the plan's dates.

    A member may be replaced by anybody with a seat of the same kind who is there, and who counts for every demand on
    the team that the member counts for. So covers, grades and shares of women or full-time members hold whoever else is
    exchanged; nobody is in two places, and roads are kept. Caps and links are not counted: `breaches` says what of
    them the result breaks.

    Parameters
    ----------
    problem, plan
        Rules and goals, and a plan for them.
    seconds, seed
        Wall time at the most; of the random choices.

    Raises
    ------
    ArgumentError
        The plan books nobody, or breaks rules itself; seconds not above 0.

    Notes
    -----
    Shift minimisation personnel task scheduling: Krishnamoorthy, Ernst, Baatar, European Journal of Operational
    Research 219, 2012, 34-48.
    """
    verdict = verify(problem, plan)
    if not verdict.ok:
        raise ArgumentError(f"the plan breaks rules: {verdict}. Maybe replan(problem, plan) first?")
    placed = problem.place(plan)
    if not placed:
        raise ArgumentError("the plan books nobody. Maybe the plan of solve(problem, ...)?")
    members = [(k, i, role) for k, booking in enumerate(placed) for i, role in booking.team]
    start = np.array([i for _, i, _ in members], dtype=np.int64)
    found = staff(_tasks(problem, placed, members), start, seconds, seed)
    owner = start if found.owner is None else found.owner
    teams: list[list[tuple[int, int]]] = [[] for _ in placed]
    for (k, _, role), who in zip(members, owner.tolist(), strict=True):
        teams[k].append((who, role))
    new = problem.plan_of(
        [
            Placed(b.audit, b.start, b.length, tuple(sorted(team)), b.halves)
            for b, team in zip(placed, teams, strict=True)
        ]
    )
    people = tuple(sorted(problem.scene.auditor_id(i) for i in np.unique(owner).tolist()))
    breaches = verify(problem, new).violations
    return Headcount(found.status, len(np.unique(start)), people, found.at_least, new, breaches, found.seconds)


def _tasks(problem: Problem, placed: tuple[Placed, ...], members: list[tuple[int, int, int]]) -> Tasks:
    """Return a task for each member of each booking."""
    lowered, state = problem.lowered, problem.state()
    booking = np.array([k for k, _, _ in members], dtype=np.int64)
    begin, finish = np.array([b.halves for b in placed], dtype=np.int64)[booking].T.copy()
    site = np.array([lowered.site[b.audit] for b in placed], dtype=np.int64)[booking]
    road = np.maximum(np.array(lowered.site_need[0], dtype=np.int64), 0)
    able = np.zeros((len(lowered.busy), len(members)), dtype=bool)
    for n, (k, who, role) in enumerate(members):
        able[:, n] = _heirs(state, placed[k], who, role)
    return Tasks(begin, finish, site, road, able)


def _heirs(state: State, placed: Placed, who: int, role: int) -> Bools:
    """Tell which auditors could take a member's place in a booking, whoever else is exchanged."""
    lowered, options = state.lowered, state.lowered.options(placed.audit)
    seated = options.seated(placed.start, placed.end) & (options.roles == role)
    mine = seated & (options.people == who)
    for demand in options.demands:
        counts = demand.counts(placed.start, placed.end)
        needed = counts[mine].any()
        seated &= (counts | ~needed) if demand.at_least else (~counts | needed)
    able = np.zeros(len(lowered.busy), dtype=bool)
    free = ~state.taken[:, placed.start : placed.end + 1].any(axis=1)
    able[options.people[seated]] = True
    able &= free
    able[who] = True
    return able
