"""The fewest people: against brute force on tiny cases, and on plans, whose result must keep its rules."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.kernel.roster import LEAST, WAITING, Roster, new_roster, search
from auditmatch.whatif.fewest import Tasks, staff


def apart(case: Tasks, one: int, other: int) -> bool:
    road = case.road[case.site[one], case.site[other]]
    return bool(case.begin[other] - case.finish[one] >= road or case.begin[one] - case.finish[other] >= road)


def legal(case: Tasks, owner: list[int]) -> bool:
    """Tell by plain loops whether everybody may and can do what is his."""
    tasks = range(len(owner))
    return all(case.able[owner[t], t] for t in tasks) and all(
        owner[a] != owner[b] or apart(case, a, b) for a in tasks for b in tasks if a < b
    )


def brute(case: Tasks) -> int | None:
    people, tasks = case.able.shape
    sizes = [len(set(owner)) for owner in product(range(people), repeat=tasks) if legal(case, list(owner))]
    return min(sizes, default=None)


def tiny(seed: int, people: int = 4, tasks: int = 5, roads: bool = False) -> Tasks:
    luck = np.random.default_rng(seed)
    begin = luck.integers(0, 8, tasks)
    able = luck.random((people, tasks)) < 0.6
    able[luck.integers(people, size=tasks), np.arange(tasks)] = True
    road = luck.integers(0, 3, (2, 2)) * roads
    road = np.maximum(road, road.T).astype(np.int64)
    return Tasks(begin, begin + luck.integers(1, 5, tasks), luck.integers(0, 2, tasks), road, able)


@pytest.mark.parametrize("seed", range(60))
def test_the_fewest_people_of_brute_force_with_proof(seed: int) -> None:
    case = tiny(seed, roads=seed % 2 == 1)
    found, least = staff(case, None, 20.0, seed), brute(case)
    if least is None:
        assert found.status == "infeasible"
        assert found.owner is None
    else:
        assert (found.status, found.people, found.at_least) == ("optimal", least, least)
        assert found.owner is not None
        assert legal(case, found.owner.tolist())


def waiting(roster: Roster) -> set[int]:
    return set(roster.pool[: roster.clock[WAITING]].tolist())


@pytest.mark.parametrize("seed", range(20))
def test_the_roster_kernel_keeps_its_books(seed: int) -> None:
    case = tiny(seed, people=5, tasks=14, roads=True)
    roster = new_roster(case.timed, case.able, np.full(14, -1, dtype=np.int64), 3, seed)
    for _ in range(30):
        least = search(roster, 1)
        assert roster.active.sum() == 3
        assert waiting(roster) == set(np.flatnonzero(roster.owner < 0).tolist())
        for person in range(5):
            row = roster.held[person, : roster.number[person]].tolist()
            assert sorted(row) == np.flatnonzero(roster.owner == person).tolist()
            assert roster.active[person] or not row
            assert all(case.able[person, t] and (t == u or apart(case, t, u)) for t in row for u in row)
        assert least == roster.clock[LEAST] == (roster.best < 0).sum() <= roster.clock[WAITING]


def test_two_people_for_three_tasks() -> None:
    found = am.whatif.fewest([0, 1, 2], [2, 3, 4], [[True, True, True]] * 3)
    assert (found.people, found.at_least, found.status) == (2, 2, "optimal")


@pytest.mark.parametrize(
    ("begin", "finish", "able", "told"),
    [
        ([0], [0], [[True]], "task 0 begins at 0"),
        ([0, 1], [1, 2], [[True, False]], "nobody may take task 1"),
        ([0], [1, 2], [[True]], "do not fit"),
        ([0.5], [1.5], [[True]], "whole numbers"),
    ],
)
def test_bad_tasks_are_refused(begin: list[int], finish: list[int], able: list[list[bool]], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        am.whatif.fewest(begin, finish, able)


def test_fewer_auditors_for_a_plan_keep_dates_covers_and_roads() -> None:
    register = am.sample(auditors=14, audits=20, load=0.4, seed=3)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    plan = am.solve(problem, am.Budget(work=20, seed=1), engine="greedy").plan
    assert plan is not None
    found = am.whatif.headcount(problem, plan, seconds=5)
    assert found.at_least <= len(found.people) <= found.before
    assert {change.kind for change in plan.changes(found.plan)} <= {"restaffed"}
    assert set(found.plan.table["auditor_id"]) == set(found.people)
    told = {breach.rule for breach in found.breaches}
    assert not told & {"specialty", "lead", "one_place", "absences", "membership", "interns", "team_size", "travel_gap"}
    assert str(len(found.people)) in str(found)


def test_a_plan_without_bookings_has_no_headcount() -> None:
    register = am.sample(auditors=4, audits=4, seed=1)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    with pytest.raises(ArgumentError, match="books nobody"):
        am.whatif.headcount(problem, am.Plan.from_bookings([]))
