"""The cheapest booking of one audit among bookings that stand, or the proof that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from auditmatch.lowered import Form, Options
from auditmatch.placement import Placed, State
from auditmatch.shapes import Ints, Role


def cheapest(state: State, audit: int, *, alone: bool = False, any_will_do: bool = False) -> tuple[int, Placed] | None:
    """Return the least cost in points of serving an audit now, and the booking; None when nothing fits.

    Exact over starts, forms and teams. The cost holds start, seats, `keep` and the growth of the load cost. Among
    equals the earliest start, the shortest booking and the lowest rows win, so the answer is always the same. `alone`
    asks as if every audit that this one needs were served; `any_will_do` stops at the first booking that fits.
    """
    links = state.lowered.links_of.get(audit, ())
    if not alone and any(link.required and link.second == audit and link.first not in state.booked for link in links):
        return None
    options = state.lowered.options(audit)
    best = _as_published(state, options)
    keep = state.costs.weights.keep if audit in state.costs.published else 0
    seats = state.costs.seat_costs(audit, options.people, options.roles)
    boards = [_Board(state, options, form, seats) for form in options.forms]
    rows = [(board.bound(c) + keep, int(board.starts[c]), n, c) for n, board in enumerate(boards) for c in board.there]
    for bound, start, n, column in sorted(rows):
        if best is not None and (any_will_do or bound > best[0]):
            break
        board = boards[n]
        found = board.team(column, None if best is None else best[0] - keep)
        if found is not None:
            length = board.form.length
            placed = Placed(audit, start, length, found[1], state.lowered.halves(start, length))
            cost = found[0] + keep
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


class _Board:
    """Who can sit when in one form of an audit, what each costs, and the least that any team can cost."""

    def __init__(self, state: State, options: Options, form: Form, seats: Ints) -> None:
        self.state, self.options, self.form = state, options, form
        self.starts, self.able = state.availability(options, form)
        people = options.people.tolist()
        self.cost = [int(seats[k]) + _growth(state, i, form.length) for k, i in enumerate(people)]
        day_of = state.lowered.scene.calendar.slot_day.astype(np.int64)
        self.late = state.costs.start_costs(options.audit, day_of[self.starts])
        # Candidates by cost, then by row: the first n that are there are the cheapest n.
        order = sorted(range(len(people)), key=lambda k: (self.cost[k], people[k]))
        counts = options.roles == Role.COUNTING
        self.counting = np.array([k for k in order if counts[k]], dtype=np.int64)
        self.others = np.array([k for k in order if not counts[k]], dtype=np.int64)
        present = self.able[self.counting]
        first_n = present & (np.cumsum(present, axis=0) <= form.counting)
        costs = np.array(self.cost, dtype=np.int64)[self.counting]
        self.least = self.late + (first_n * costs[:, None]).sum(axis=0)
        self.there: list[int] = np.flatnonzero(present.sum(axis=0) >= form.counting).tolist()

    def bound(self, column: int) -> int:
        """Return what no team at this start costs less than."""
        return int(self.least[column])

    def team(self, column: int, budget: int | None) -> tuple[int, tuple[tuple[int, int], ...]] | None:
        """Return the cheapest team at one start with its cost, lateness included, if it costs at most the budget."""
        start, end = int(self.starts[column]), int(self.starts[column]) + self.form.length - 1
        counting = self.counting[self.able[self.counting, column]].tolist()
        others = self.others[self.able[self.others, column]].tolist()
        reach = min(self.form.others, len(others))
        asked = []
        for demand in self.options.demands:
            if demand.at_least:
                counts = demand.counts(start, end)
                # What seats beside the counting members could still bring.
                spare = min(reach, int(counts[others].sum())) if others else 0
                need = demand.constant + demand.per_counting * self.form.counting - spare
                if need > int(counts[counting].sum()):
                    return None
                if need > 0:
                    asked.append((need, counts.tolist()))
        late = int(self.late[column])
        search = _Teams(self, start, counting, others, asked, None if budget is None else budget - late)
        search.extend([], 0, 0, [need for need, _ in asked])
        return None if search.best is None else (search.best[0] + late, search.best[1])


class _Teams:
    """Depth-first search for the cheapest team at one start."""

    def __init__(
        self,
        board: _Board,
        start: int,
        counting: list[int],
        others: list[int],
        asked: list[tuple[int, list[bool]]],
        budget: int | None,
    ) -> None:
        self.board, self.start, self.counting, self.others = board, start, counting, others
        self.asked, self.budget = asked, budget
        self.best: tuple[int, tuple[tuple[int, int], ...]] | None = None

    def extend(self, team: list[int], begin: int, points: int, missing: list[int]) -> None:
        """Try every way to fill the counting seats from the candidates from `begin` on."""
        left = self.board.form.counting - len(team)
        if left == 0:
            self._close(team, points)
            return
        cost = self.board.cost
        for at in range(begin, len(self.counting) - left + 1):
            # Costs ascend, so the next `left` candidates are the cheapest that can still join.
            dearest = points + sum(cost[k] for k in self.counting[at : at + left])
            if dearest > self._limit():
                return
            k = self.counting[at]
            still = [need - counts[k] for need, (_, counts) in zip(missing, self.asked, strict=True)]
            if not still or max(still) < left:
                self.extend([*team, k], at + 1, points + cost[k], still)

    def _limit(self) -> float:
        """Return what a team may cost to be worth having."""
        limits = [points for points in (self.budget, self.best[0] if self.best else None) if points is not None]
        return min(limits, default=float("inf"))

    def _close(self, team: list[int], points: int) -> None:
        """Add the interns and experts that the demands ask for, and keep the team if it is the best."""
        board, options = self.board, self.board.options
        for size in range(min(board.form.others, len(self.others)) + 1):
            for extra in combinations(self.others, size):
                total, whole = points + sum(board.cost[k] for k in extra), [*team, *extra]
                dear = (self.best is not None and total > self.best[0]) or (
                    self.budget is not None and total > self.budget
                )
                if not dear and board.state.team_fits(options, whole, self.start, board.form.length):
                    members = tuple(sorted((int(options.people[k]), int(options.roles[k])) for k in whole))
                    self.best = (total, members) if self.best is None else min(self.best, (total, members))
