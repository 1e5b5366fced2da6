"""The naive oracle of the kernel: the cheapest booking of one audit, in plain Python and NumPy, slow and obvious."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from auditmatch.cheapest import booking_cost
from auditmatch.lowered import Form, Options
from auditmatch.placement import Placed, State
from auditmatch.shapes import Ints, Role

# A demand at one start: how many of the counting members must meet it, and which candidates do.
Asked = tuple[int, list[bool]]
NEVER = 2**60


def cheapest(state: State, audit: int, *, alone: bool = False) -> tuple[int, Placed] | None:
    """Return the least cost in points of serving an audit now, and the booking; None when nothing fits.

    Exact over starts, forms and teams. The cost holds start, seats, `keep` and the growth of the load cost. Among
    equals the first in a fixed order wins. `alone` asks as if every audit that this one needs were served.
    """
    links = state.lowered.links_of.get(audit, ())
    if not alone and any(link.required and link.second == audit and link.first not in state.booked for link in links):
        return None
    options = state.lowered.options(audit)
    best = _as_published(state, options, alone)
    keep = state.costs.weights.keep if audit in state.costs.published else 0
    seats = state.costs.seat_costs(audit, options.people, options.roles)
    boards: list[_Board] = []
    rows: list[tuple[int, int, int, int]] = []
    for form in options.forms:
        boards.append(board := _Board(state, options, form, seats))
        rows.extend((board.bound(c) + keep, int(board.starts[c]), len(boards) - 1, c) for c in board.there)
    for bound, start, n, column in sorted(rows):
        if best is not None and bound >= best[0]:
            break
        board = boards[n]
        found = board.team(column, None if best is None else best[0] - keep - 1)
        if found is not None:
            length = board.form.length
            placed = Placed(audit, start, length, found[1], state.lowered.halves(start, length))
            best = found[0] + keep, placed
    return best


def _key(placed: Placed) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    return placed.start, placed.length, placed.team


def _growth(state: State, people: Ints, length: int) -> Ints:
    """Return how much the load cost of each person grows by so many slots."""
    load = state.load[people]
    return state.costs.load_costs(people, load + length) - state.costs.load_costs(people, load)


def _as_published(state: State, options: Options, alone: bool) -> tuple[int, Placed] | None:
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
        if state.fits(placed, alone=alone):
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
        self.cost: list[int] = (seats + _growth(state, options.people, form.length)).tolist()
        day_of = state.lowered.scene.calendar.slot_day.astype(np.int64)
        self.late = state.costs.start_costs(options.audit, day_of[self.starts])
        # Candidates by cost, then by row: the first n that are there are the cheapest n.
        order = sorted(range(len(people)), key=lambda k: (self.cost[k], people[k]))
        counts = options.roles == Role.COUNTING
        self.counting = np.array([k for k in order if counts[k]], dtype=np.int64)
        self.others = np.array([k for k in order if not counts[k]], dtype=np.int64)
        self.least = self.late + self._least_teams()
        self.there: list[int] = np.flatnonzero(self.least < NEVER).tolist()

    def _least_teams(self) -> Ints:
        """Return for each start what no team costs less than; NEVER where none can be.

        The n - 1 cheapest who are there, and the dearer of the n-th and the cheapest whom each demand needs.
        """
        n, present = self.form.counting, self.able[self.counting]
        costs = np.array(self.cost, dtype=np.int64)[self.counting][:, None]
        rank = np.cumsum(present, axis=0)
        fewer = ((present & (rank < n)) * costs).sum(axis=0)
        last = np.where(present & (rank == n), costs, NEVER).min(axis=0, initial=NEVER)
        for demand in self.options.demands:
            ever = np.asarray((demand.first <= demand.last).any(axis=1))
            beside = self.form.others > 0 and bool(ever[self.others].any())
            if demand.at_least and demand.constant + demand.per_counting * n > 0 and not beside:
                serving = present & ever[self.counting][:, None]
                last = np.maximum(last, np.where(serving, costs, NEVER).min(axis=0, initial=NEVER))
        return np.asarray(fewer + last)

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
        search = _Teams(self, start, counting, others, None if budget is None else budget - late)
        search.cover([], frozenset(), 0, asked)
        return None if search.best is None else (search.best[0] + late, search.best[1])


class _Teams:
    """Depth-first search for the cheapest team at one start: first whom the demands need, then the cheapest."""

    def __init__(self, board: _Board, start: int, counting: list[int], others: list[int], budget: int | None) -> None:
        self.board, self.start, self.counting, self.others = board, start, counting, others
        self.limit = float("inf") if budget is None else float(budget)
        self.best: tuple[int, tuple[tuple[int, int], ...]] | None = None

    def cover(self, team: list[int], barred: frozenset[int], points: int, asked: list[Asked]) -> None:
        """Branch over who meets the demand that fewest can; who was tried before is barred from then on."""
        left = self.board.form.counting - len(team)
        open_ = [(need - sum(counts[k] for k in team), counts) for need, counts in asked]
        open_ = [(need, counts) for need, counts in open_ if need > 0]
        free = [k for k in self.counting if k not in barred and k not in team]
        if not open_:
            self._fill(team, free, 0, points)
            return
        if max(need for need, _ in open_) > left:
            return
        serving = min(([k for k in free if counts[k]] for _, counts in open_), key=len)
        cost = self.board.cost
        tried = barred
        for k in serving:
            # The others of the team cost at least as much as the cheapest who are left.
            rest = [j for j in free if j != k and j not in tried][: left - 1]
            if len(rest) == left - 1 and points + cost[k] + sum(cost[j] for j in rest) <= self.limit:
                self.cover([*team, k], tried, points + cost[k], asked)
            tried = tried | {k}

    def _fill(self, team: list[int], free: list[int], begin: int, points: int) -> None:
        """Fill the seats that are left, cheapest first."""
        left = self.board.form.counting - len(team)
        if left == 0:
            self._close(team, points)
            return
        cost = self.board.cost
        for at in range(begin, len(free) - left + 1):
            # Costs ascend, so the next `left` candidates are the cheapest that can still join.
            if points + sum(cost[k] for k in free[at : at + left]) > self.limit:
                return
            self._fill([*team, free[at]], free, at + 1, points + cost[free[at]])

    def _close(self, team: list[int], points: int) -> None:
        """Add the interns and experts that the demands ask for, and keep the team if it is the best."""
        board, options = self.board, self.board.options
        for size in range(min(board.form.others, len(self.others)) + 1):
            for extra in combinations(self.others, size):
                total, whole = points + sum(board.cost[k] for k in extra), [*team, *extra]
                if total <= self.limit and board.state.team_fits(options, whole, self.start, board.form.length):
                    members = tuple(sorted((int(options.people[k]), int(options.roles[k])) for k in whole))
                    self.best, self.limit = (total, members), total - 1
