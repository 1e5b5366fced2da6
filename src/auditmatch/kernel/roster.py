"""Tabu search for a roster: can a given number of people take all tasks, each free and able, nobody in two at once?

Tasks that nobody has yet wait in a pool. A step gives one of them to somebody whose tasks in the way weigh least, and
those go to the pool; a task that is thrown out weighs more from then on, and may not return to the same person for a
while (partial tabu colouring, Blöchliger and Zufferey, Computers & Operations Research 35, 2008, with weights as in
breakout search). Now and then somebody in the roster is exchanged for somebody outside it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.luck import draw_below, lucky
from auditmatch.shapes import Bools, Ints

# Steps for which a task keeps away from who lost it, and people exchanged stay: at least, and a random part.
TENURE, MORE, REST, MORE_REST = 5, 10, 20, 20
# An exchange of people is tried once in so many steps.
SELDOM = 5
# Places in `clock`.
STEP, WAITING, LEAST = range(3)
FAR = 2**62


class Roster(NamedTuple):
    """A roster under way.

    Attributes
    ----------
    begin, finish
        (tasks,) half-days from begin to before finish.
    site, road
        (tasks,) where; (sites, sites) half-days that must lie between two tasks of one person.
    able
        (people, tasks) who may take what.
    active
        (people,) who is in the roster; their number never changes.
    owner, best
        (tasks,) who has a task, -1 nobody; the same when the fewest were waiting.
    held, number
        (people, tasks) the tasks of a person in any order, the first `number` of each row.
    place, pool
        (tasks,) where a task stands in its owner's row or in the pool; the tasks that wait.
    barred, rested
        (tasks, people) step until which a task may not go there; (people,) until which somebody is not exchanged.
    weight
        (tasks,) how often it was thrown out, and 1.
    clock, luck
        Steps done, tasks waiting, the fewest so far; the random state.
    """

    begin: Ints
    finish: Ints
    site: Ints
    road: Ints
    able: Bools
    active: Bools
    owner: Ints
    best: Ints
    held: Any
    number: Ints
    place: Ints
    pool: Ints
    barred: Ints
    rested: Ints
    weight: Ints
    clock: Ints
    luck: Any


def new_roster(
    tasks: tuple[Ints, Ints, Ints, Ints], able: Bools, owner: Ints, size: int, seed: int, spare: Ints | None = None
) -> Roster:
    """Return a roster of `size` people: those who own tasks first, then drawn ones; tasks of others wait.

    Parameters
    ----------
    tasks
        begin, finish, site and road of `Roster`.
    able, owner
        (people, tasks); (tasks,) whom to start from, -1 for nobody.
    size, seed
        People in the roster; of the random numbers.
    spare
        People in the order in which they are taken; None: those with most tasks first, then at random.
    """
    people, count = able.shape
    rng = np.random.default_rng(seed)
    if spare is None:
        tasks_of = np.bincount(owner[owner >= 0], minlength=people)
        spare = np.lexsort((rng.permutation(people), -tasks_of))
    active = np.zeros(people, dtype=bool)
    active[spare[:size]] = True
    owner = np.where((owner >= 0) & active[owner], owner, -1).astype(np.int64)
    held, number = np.zeros((people, count), dtype=np.int32), np.zeros(people, dtype=np.int64)
    place = np.zeros(count, dtype=np.int64)
    for task, person in enumerate(owner.tolist()):
        if person >= 0:
            held[person, number[person]], place[task] = task, number[person]
            number[person] += 1
    waiting = np.flatnonzero(owner < 0)
    pool = np.zeros(count, dtype=np.int64)
    pool[: len(waiting)], place[waiting] = waiting, np.arange(len(waiting))
    return Roster(
        *tasks, able, active, owner, owner.copy(), held, number, place, pool,
        np.zeros((count, people), dtype=np.int64), np.zeros(people, dtype=np.int64),
        np.ones(count, dtype=np.int64), np.array([0, len(waiting), len(waiting)], dtype=np.int64), lucky(seed),
    )  # fmt: skip


@kernel
def apart(roster: Roster, one: int, other: int) -> Any:
    """Tell whether one person can do both tasks."""
    need = roster.road[roster.site[one], roster.site[other]]
    return roster.begin[other] - roster.finish[one] >= need or roster.begin[one] - roster.finish[other] >= need


@kernel
def thrown(roster: Roster, task: int, person: int, limit: int) -> Any:
    """Return the weight of a person's tasks in the way of another; counting ends above the limit."""
    total = 0
    for q in range(roster.number[person]):
        other = roster.held[person, q]
        if not apart(roster, task, other):
            total += roster.weight[other]
            if total > limit:
                break
    return total


@kernel
def lost(roster: Roster, person: int, heir: int, limit: int) -> Any:
    """Return the weight of a person's tasks that another may not take; counting ends above the limit."""
    total = 0
    for q in range(roster.number[person]):
        task = roster.held[person, q]
        if not roster.able[heir, task]:
            total += roster.weight[task]
            if total > limit:
                break
    return total


@kernel
def give(roster: Roster, task: int, person: int) -> None:
    """Take a task from the pool and give it to a person, who loses what is in the way."""
    clock = roster.clock
    last = roster.pool[clock[WAITING] - 1]
    roster.pool[roster.place[task]], roster.place[last] = last, roster.place[task]
    clock[WAITING] -= 1
    q = 0
    while q < roster.number[person]:
        other = roster.held[person, q]
        if apart(roster, task, other):
            q += 1
            continue
        roster.number[person] -= 1
        tail = roster.held[person, roster.number[person]]
        roster.held[person, q], roster.place[tail] = tail, q
        drop(roster, other)
        roster.barred[other, person] = clock[STEP] + TENURE + draw_below(roster.luck, MORE) + clock[WAITING]
    hold(roster, task, person)


@kernel
def hold(roster: Roster, task: int, person: int) -> None:
    """Write a task into a person's row."""
    n = roster.number[person]
    roster.held[person, n], roster.place[task], roster.owner[task] = task, n, person
    roster.number[person] = n + 1


@kernel
def drop(roster: Roster, task: int) -> None:
    """Put a task into the pool."""
    n = roster.clock[WAITING]
    roster.pool[n], roster.place[task], roster.owner[task] = task, n, -1
    roster.clock[WAITING] = n + 1
    roster.weight[task] += 1


@kernel
def exchange(roster: Roster, person: int, heir: int) -> None:
    """Let somebody outside the roster take the place of somebody in it, with what the heir may take."""
    n, step = roster.number[person], roster.clock[STEP]
    roster.number[person] = 0
    roster.active[person], roster.active[heir] = False, True
    for q in range(n):
        task = roster.held[person, q]
        if roster.able[heir, task]:
            hold(roster, task, heir)
        else:
            drop(roster, task)
    roster.rested[person] = step + REST + draw_below(roster.luck, MORE_REST)
    roster.rested[heir] = step + REST + draw_below(roster.luck, MORE_REST)


@kernel
def cheapest_gift(roster: Roster) -> Any:
    """Return (growth of the waiting weight, task, person) of the best step that is not barred, ties at random."""
    least, ties, chosen, taker = FAR, 0, -1, -1
    for p in range(roster.clock[WAITING]):
        task = roster.pool[p]
        gain = roster.weight[task]
        for person in range(roster.able.shape[0]):
            if not roster.active[person] or not roster.able[person, task]:
                continue
            if roster.barred[task, person] > roster.clock[STEP]:
                continue
            cost = thrown(roster, task, person, least + gain) - gain
            if cost < least:
                least, ties, chosen, taker = cost, 1, task, person
            elif cost == least:
                ties += 1
                if draw_below(roster.luck, ties) == 0:
                    chosen, taker = task, person
    return least, chosen, taker


@kernel
def cheapest_exchange(roster: Roster, most: int) -> Any:
    """Return (person, heir) of the best exchange that loses at most so much weight, -1 where there is none."""
    least, ties, leaver, heir = most, 0, -1, -1
    for person in range(roster.able.shape[0]):
        if not roster.active[person] or roster.rested[person] > roster.clock[STEP]:
            continue
        for other in range(roster.able.shape[0]):
            if roster.active[other] or roster.rested[other] > roster.clock[STEP]:
                continue
            cost = lost(roster, person, other, least)
            if cost < least:
                least, ties, leaver, heir = cost, 1, person, other
            elif cost == least:
                ties += 1
                if draw_below(roster.luck, ties) == 0:
                    leaver, heir = person, other
    return leaver, heir


@entry
def search(roster: Roster, steps: int) -> Any:
    """Do so many steps, fewer once nothing waits; return how many tasks waited when the fewest did."""
    clock = roster.clock
    for _ in range(steps):
        if clock[LEAST] == 0:
            break
        clock[STEP] += 1
        cost, task, person = cheapest_gift(roster)
        if cost >= 0 and clock[STEP] % SELDOM == 0:
            leaver, heir = cheapest_exchange(roster, cost)
            if leaver >= 0:
                exchange(roster, leaver, heir)
                continue
        if task >= 0:
            give(roster, task, person)
        if clock[WAITING] < clock[LEAST]:
            clock[LEAST] = clock[WAITING]
            for each in range(len(roster.owner)):
                roster.best[each] = roster.owner[each]
    return clock[LEAST]
