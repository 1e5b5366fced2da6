"""The cheapest booking of one audit among bookings that stand, or the proof that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from auditmatch.lowered import Form, Options
from auditmatch.placement import Placed, State
from auditmatch.shapes import Role


def cheapest(state: State, audit: int, *, alone: bool = False) -> tuple[int, Placed] | None:
    """Return the least cost in points of serving an audit now, and the booking; None when nothing fits.

    Exact over starts, forms and teams. The cost holds start, seats, `keep` and the growth of the load cost. Among
    equals the earliest start, the shortest booking and the lowest rows win, so the answer is always the same. `alone`
    asks as if every audit that this one needs were served.
    """
    links = state.lowered.links_of.get(audit, ())
    if not alone and any(link.required and link.second == audit and link.first not in state.booked for link in links):
        return None
    options = state.lowered.options(audit)
    best = _as_published(state, options)
    keep = state.costs.weights.keep if audit in state.costs.published else 0
    seats = state.costs.seat_costs(audit, options.people, options.roles)
    least = int(seats[options.roles == Role.COUNTING].min(initial=0))
    for points, start, form in _starts(state, options):
        bound = best[0] if best is not None else None
        if bound is not None and points + keep + least * form.counting > bound:
            continue
        found = _team(state, options, form, start, seats, None if bound is None else bound - points - keep)
        if found is not None:
            placed = Placed(audit, start, form.length, found[1], state.lowered.halves(start, form.length))
            cost = found[0] + points + keep
            if best is None or (cost, _key(placed)) < (best[0], _key(best[1])):
                best = cost, placed
    return best


def booking_cost(state: State, placed: Placed) -> int:
    """Return what `cheapest` would ask for a given booking among the bookings that stand."""
    costs, options = state.costs, state.lowered.options(placed.audit)
    people, roles = np.array(placed.team, dtype=np.int64).reshape(-1, 2).T
    points = int(costs.seat_costs(placed.audit, people, roles).sum())
    day = state.lowered.scene.calendar.slot_day[[placed.start]].astype(np.int64)
    points += int(costs.start_costs(options.audit, day)[0])
    if placed.audit in costs.published:
        same = costs.published[placed.audit] == (placed.start, placed.length, placed.people)
        points += 0 if same else costs.weights.keep
    return points + sum(_growth(state, i, placed.length) for i in people.tolist())


def _key(placed: Placed) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    return placed.start, placed.length, placed.team


def _growth(state: State, auditor: int, length: int) -> int:
    """Return how much an auditor's load cost grows by so many slots."""
    load = int(state.load[auditor])
    return state.costs.load_cost(auditor, load + length) - state.costs.load_cost(auditor, load)


def _as_published(state: State, options: Options) -> tuple[int, Placed] | None:
    """Return the published booking of an audit with its cost, where it still fits."""
    published = state.costs.published.get(options.audit)
    if published is None:
        return None
    start, length, people = published
    if start + length > state.taken.shape[1]:
        return None
    able = state.available(options, start, length)
    by_person: list[list[int]] = [[k for k in able if options.people[k] == i] for i in sorted(people)]
    best = None
    for team in _one_each(by_person):
        members = tuple(sorted((int(options.people[k]), int(options.roles[k])) for k in team))
        placed = Placed(options.audit, start, length, members, state.lowered.halves(start, length))
        if state.fits(placed):
            cost = booking_cost(state, placed)
            if best is None or (cost, _key(placed)) < (best[0], _key(best[1])):
                best = cost, placed
    return best


def _one_each(choices: list[list[int]]) -> Iterator[list[int]]:
    """Yield every way to take one seat for each person."""
    if not choices:
        yield []
        return
    for rest in _one_each(choices[1:]):
        for k in choices[0]:
            yield [k, *rest]


def _starts(state: State, options: Options) -> list[tuple[int, int, Form]]:
    """Return (lateness, start, form) of everything that links allow, cheapest first."""
    day_of = state.lowered.scene.calendar.slot_day.astype(np.int64)
    found = []
    for form in options.forms:
        starts = state.free_starts(options.audit, form)
        points = state.costs.start_costs(options.audit, day_of[starts])
        found.extend((int(c), int(s), form) for c, s in zip(points, starts, strict=True))
    return sorted(found, key=lambda row: (row[0], row[1], row[2].length))


def _team(
    state: State, options: Options, form: Form, start: int, seats: np.ndarray, budget: int | None
) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """Return the cheapest team of one form at one start, if it costs at most the budget."""
    able = state.available(options, start, form.length)
    cost = {k: int(seats[k]) + _growth(state, int(options.people[k]), form.length) for k in able}
    order = sorted(able, key=lambda k: (cost[k], int(options.people[k])))
    counting = [k for k in order if options.roles[k] == Role.COUNTING]
    others = [k for k in order if options.roles[k] != Role.COUNTING]
    if len(counting) < form.counting:
        return None
    end = start + form.length - 1
    reach = min(form.others, len(others))
    asked = []
    for demand in options.demands:
        if demand.at_least:
            counts = demand.counts(start, end)
            # What seats beside the counting members could still bring.
            spare = min(reach, int(counts[others].sum())) if others else 0
            need = demand.constant + demand.per_counting * form.counting - spare
            if need > int(counts[counting].sum()):
                return None
            if need > 0:
                asked.append((need, counts.tolist()))
    best: tuple[int, tuple[tuple[int, int], ...]] | None = None

    def members(team: list[int]) -> tuple[tuple[int, int], ...]:
        return tuple(sorted((int(options.people[k]), int(options.roles[k])) for k in team))

    def close(team: list[int], points: int) -> None:
        nonlocal best
        for size in range(reach + 1):
            for extra in combinations(others, size):
                total = points + sum(cost[k] for k in extra)
                whole = [*team, *extra]
                if (best is None or total <= best[0]) and state.team_fits(options, whole, start, form.length):
                    found = total, members(whole)
                    best = found if best is None or found < best else best

    def extend(team: list[int], begin: int, points: int, missing: list[int]) -> None:
        left = form.counting - len(team)
        if left == 0:
            close(team, points)
            return
        for at in range(begin, len(counting) - left + 1):
            # Costs ascend, so the next `left` candidates are the cheapest that can still join.
            dearest = points + sum(cost[k] for k in counting[at : at + left])
            limit = budget if best is None else best[0] if budget is None else min(budget, best[0])
            if limit is not None and dearest > limit:
                return
            k = counting[at]
            still = [need - counts[k] for need, (_, counts) in zip(missing, asked, strict=True)]
            if not still or max(still) < left:
                extend([*team, k], at + 1, points + cost[k], still)

    extend([], 0, 0, [need for need, _ in asked])
    return best
