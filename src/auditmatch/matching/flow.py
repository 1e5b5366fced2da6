"""Maximum flow from groups to the days of people, by scipy's integer algorithm made as exact as floats.

scipy's `maximum_flow` counts in 32-bit whole numbers. One call on capacities rounded down to a grid leaves a remainder;
the next call works on what is left, on a grid as much finer as the remainder is smaller, until nothing is left to gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.matching.network import Staffing

# Half of what 32 bits hold, for scipy adds a capacity and a flow.
_LARGEST = 2.0**29
# Share of what a group is to get that may be missing and still counts as given.
EXACT = 1e-12
# Part of all targets below which what is missing is rounding of their sum.
_NOISE = 1e-15
_MOST_PASSES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Days given along arcs.

    Attributes
    ----------
    along
        (arcs,) days.
    grain
        Days below which room along an arc counts as none.
    """

    along: Floats
    grain: float

    def given(self, staffing: Staffing) -> Floats:
        """Return the days that each group gets."""
        return _sum(staffing.group, self.along, len(staffing.asked))

    def used(self, staffing: Staffing) -> tuple[Floats, Floats]:
        """Return the days that each stretch and each pool gives."""
        used = _sum(staffing.stretch, self.along, len(staffing.days))
        pooled = staffing.pool >= 0
        return used, _sum(staffing.pool[pooled], used[pooled], len(staffing.pool_most))


def _sum(where: Ints, what: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(where, weights=what, minlength=size), dtype=np.float64)


class Pipes:
    """A staffing laid out once for `maximum_flow`: one sparse matrix whose capacities change from pass to pass.

    Parameters
    ----------
    staffing
        The network; its weighted limits are not looked at.
    """

    def __init__(self, staffing: Staffing) -> None:
        n_groups, n_stretches, n_pools = staffing.sizes
        self.staffing, self.size = staffing, 2 + n_groups + n_stretches + n_pools
        groups, stretches = 1 + np.arange(n_groups), 1 + n_groups + np.arange(n_stretches)
        pools, sink = 1 + n_groups + n_stretches + np.arange(n_pools), self.size - 1
        onward = np.where(staffing.pool >= 0, 1 + n_groups + n_stretches + staffing.pool, sink)
        begins = np.concatenate([groups * 0, 1 + staffing.group, stretches, pools])
        ends = np.concatenate([groups, 1 + n_groups + staffing.stretch, onward, pools * 0 + sink])
        # Both directions of every pipe stand in the matrix, so that the flow comes back in the same order.
        keys = np.concatenate([begins * self.size + ends, ends * self.size + begins])
        self._order = np.argsort(keys)
        rows, columns = np.divmod(keys[self._order], self.size)
        self._columns = columns.astype(np.int32)
        self._starts = np.searchsorted(rows, np.arange(self.size + 1)).astype(np.int32)
        place = np.empty(len(keys), dtype=np.int64)
        place[self._order] = np.arange(len(keys))
        self._arcs = place[n_groups : n_groups + len(staffing.group)]

    def send(self, missing: Floats, along: Floats, total: float, per_day: float) -> tuple[Floats, bool]:
        """Send what one grid can send; return the days added to each arc, and whether there were any."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_flow

        staffing, pooled = self.staffing, self.staffing.pool >= 0
        used, pool_used = Flow(along, 0.0).used(staffing)
        most = staffing.pool_most
        ahead = [missing, np.full(len(along), total), staffing.days - used, most - pool_used]
        back = [missing * 0, along, np.where(pooled, used, 0.0), most * 0]
        room = np.clip(np.concatenate([*ahead, *back]), 0.0, total)[self._order]
        capacity = np.floor(room * per_day).astype(np.int32)
        graph = csr_array((capacity, self._columns, self._starts), shape=(self.size, self.size))
        result = maximum_flow(graph, 0, self.size - 1)
        return result.flow.data[self._arcs] / per_day, result.flow_value > 0


def fill(pipes: Pipes, target: Floats, along: Floats) -> Flow:
    """Raise a flow until each group has its target or no more can be had.

    Parameters
    ----------
    pipes
        The network.
    target
        (groups,) days wanted.
    along
        (arcs,) a flow to start from; it is scaled down where a group has more than its target.
    """
    group = pipes.staffing.group
    given = _sum(group, along, len(target))
    along = along * np.minimum(1.0, target / np.where(given > 0, given, 1.0))[group]
    grain, noise = 0.0, _NOISE * float(target.sum())
    for _ in range(_MOST_PASSES):
        missing = np.maximum(target - _sum(group, along, len(target)), 0.0)
        total = float(missing.sum())
        if total <= noise or not (missing > EXACT * target).any():
            break
        more, gained = pipes.send(missing, along, total, _LARGEST / total)
        along = np.maximum(along + more, 0.0)
        grain = total / _LARGEST
        if not gained:
            break
    return Flow(along, grain)


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Where a flow could still go: a graph of groups, stretches and pools, in this order, and one node for spare days.

    An edge leads from a group to the stretches that may serve it, from a stretch to the groups that it serves, through
    pools likewise, and to the last node from what has days to spare.
    """

    graph: Any
    sizes: tuple[int, int, int]

    def from_groups(self, groups: Bools) -> tuple[Bools, Bools, Bools]:
        """Mark the groups, stretches and pools that can be reached from some groups."""
        return self._walk(np.flatnonzero(groups), self.graph)

    def to_spare(self) -> tuple[Bools, Bools, Bools]:
        """Mark the groups, stretches and pools from which days to spare can be reached."""
        return self._walk(np.array([self.graph.shape[0] - 1]), self.graph.T.tocsr())

    def _walk(self, begins: Ints, graph: Any) -> tuple[Bools, Bools, Bools]:
        from scipy.sparse import csr_array, vstack
        from scipy.sparse.csgraph import breadth_first_order

        size = graph.shape[0]
        row = csr_array((np.ones(len(begins), np.int8), (np.zeros(len(begins), np.int64), begins)), (1, size))
        tall = vstack([graph, row]).tocsr()
        tall.resize((size + 1, size + 1))
        seen = np.zeros(size + 1, dtype=np.bool_)
        seen[breadth_first_order(tall, size, return_predecessors=False)] = True
        first, second, _ = self.sizes
        return seen[:first], seen[first : first + second], seen[first + second : size - 1]


def room_of(staffing: Staffing, flow: Flow, least: float) -> Room:
    """Return where a flow could still go; room of `least` days or fewer counts as none."""
    from scipy.sparse import csr_array

    n_groups, n_stretches, n_pools = staffing.sizes
    size = n_groups + n_stretches + n_pools + 1
    used, pool_used = flow.used(staffing)
    stretch, pooled = n_groups + np.arange(n_stretches), staffing.pool >= 0
    pool_at = n_groups + n_stretches
    onward = np.where(pooled, pool_at + staffing.pool, size - 1)
    group, served = staffing.group, n_groups + staffing.stretch
    back, spare = flow.along > least, staffing.days - used > least
    through, pool_spare = pooled & (used > least), staffing.pool_most - pool_used > least
    rows = [group, served[back], stretch[spare], onward[through], pool_at + np.flatnonzero(pool_spare)]
    ends = [served, group[back], onward[spare], stretch[through], np.full(int(pool_spare.sum()), size - 1)]
    begin, end = np.concatenate(rows), np.concatenate(ends)
    graph = csr_array((np.ones(len(begin), dtype=np.int8), (begin, end)), shape=(size, size))
    return Room(graph, staffing.sizes)
