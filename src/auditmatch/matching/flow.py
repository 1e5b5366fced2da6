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


def fill(staffing: Staffing, target: Floats, along: Floats) -> Flow:
    """Raise a flow until each group has its target or no more can be had.

    Parameters
    ----------
    staffing
        The network; its weighted limits are not looked at.
    target
        (groups,) days wanted.
    along
        (arcs,) a flow to start from; it is scaled down where a group has more than its target.
    """
    given = _sum(staffing.group, along, len(target))
    along = along * np.minimum(1.0, target / np.where(given > 0, given, 1.0))[staffing.group]
    grain = 0.0
    for _ in range(_MOST_PASSES):
        missing = np.maximum(target - _sum(staffing.group, along, len(target)), 0.0)
        total = float(missing.sum())
        if not (missing > EXACT * target).any():
            break
        per_day = _LARGEST / total
        more, gained = _pass(staffing, missing, along, total, per_day)
        along = np.maximum(along + more, 0.0)
        grain = 1.0 / per_day
        if not gained:
            break
    return Flow(along, grain)


def _pass(staffing: Staffing, missing: Floats, along: Floats, total: float, per_day: float) -> tuple[Floats, bool]:
    """Send what one grid can send; return the days added to each arc, and whether there were any."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    n_groups, n_stretches, n_pools = staffing.sizes
    size = 2 + n_groups + n_stretches + n_pools
    used, pool_used = Flow(along, 0.0).used(staffing)
    stretch, pooled = 1 + n_groups + np.arange(n_stretches), staffing.pool >= 0
    onward = np.where(pooled, 1 + n_groups + n_stretches + staffing.pool, size - 1)
    pools = 1 + n_groups + n_stretches + np.arange(n_pools)
    source, sink = np.zeros(n_groups, dtype=np.int64), np.full(n_pools, size - 1)
    group, served = 1 + staffing.group, 1 + n_groups + staffing.stretch
    rows = np.concatenate([source, group, served, stretch, onward[pooled], pools])
    columns = np.concatenate([1 + np.arange(n_groups), served, group, onward, stretch[pooled], sink])
    room = [missing, np.full(len(group), total), along, staffing.days - used, used[pooled]]
    room.append(staffing.pool_most - pool_used)
    capacity = np.floor(np.clip(np.concatenate(room), 0.0, total) * per_day).astype(np.int32)
    graph = csr_array((capacity, (rows, columns)), shape=(size, size))
    result = maximum_flow(graph, 0, size - 1)
    sent = result.flow.tocoo()
    # The flow is written in both directions with opposite signs; ours is the one from group to stretch.
    mine = (sent.row >= 1) & (sent.row <= n_groups) & (sent.col > n_groups) & (sent.data != 0)
    keys = group * size + served
    order = np.argsort(keys, kind="stable")
    at = order[np.searchsorted(keys[order], sent.row[mine].astype(np.int64) * size + sent.col[mine])]
    more = np.zeros(len(group))
    more[at] = sent.data[mine] / per_day
    return more, result.flow_value > 0


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
