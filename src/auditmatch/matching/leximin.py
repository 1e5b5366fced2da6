"""Max-min fair shares by repeated minimum cuts.

The share of a group is the part of its asked days that it is given. Without weighted limits, the days that a set S of
groups can get at most, f(S), are the days of everyone who may serve one of them, and the least share is

    t = min over S of f(S) / asked(S).

It is found from above (Dinkelbach 1967): try a share t; where it cannot be had, the minimum cut is a set S whose
f(S) / asked(S) is smaller; try that. The groups that cannot get more than t, and the days they use up, are then set
aside, and what remains is solved in the same way (Megiddo 1974, "Optimal flows in networks with multiple sources and
sinks").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

import numpy as np

from auditmatch.errors import EngineError
from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.matching.flow import Flow, Pipes, Room, fill, room_of
from auditmatch.matching.network import Staffing

_MOST_TRIES = 1000
# A cut whose ratio is not smaller by this part repeats the one before it.
_SAME = 1e-12
# Part of all asked days below which room to spare is noise.
NOISE = 4e-12


@dataclass(frozen=True, slots=True, eq=False)
class Tight:
    """Groups that hold each other at one share: an inclusion-minimal bottleneck.

    Attributes
    ----------
    level
        Their share.
    groups
        The groups.
    stretches, pools
        What they use up.
    """

    level: float
    groups: Ints
    stretches: Ints
    pools: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Max-min fair shares.

    Attributes
    ----------
    level
        (groups,) the share of each.
    along
        (arcs,) days given that reach the shares.
    tight
        Every bottleneck below the ceiling; none needs one that stands after it.
    """

    level: Floats
    along: Floats
    tight: tuple[Tight, ...]


def first_levels(staffing: Staffing, parts: tuple[Ints, Ints, int], ceiling: float) -> tuple[Floats, Flow]:
    """Return the least share of each part, at most `ceiling`, and a flow that gives it to all groups of the part.

    Parameters
    ----------
    staffing
        The network.
    parts
        What `Staffing.components` returned.
    ceiling
        Greatest share of interest, above 0.

    Raises
    ------
    EngineError
        When the flow does not settle.
    """
    of_group, _, count = parts
    level = np.full(count, ceiling)
    every = np.ones(len(staffing.days), dtype=np.bool_)
    _lower(level, staffing, parts, np.ones(len(staffing.asked), dtype=np.bool_), every)
    # One group alone with everyone who may serve it.
    alone = np.bincount(staffing.group, weights=staffing.days[staffing.stretch], minlength=len(staffing.asked))
    np.minimum.at(level, of_group, alone / staffing.asked)
    along, pipes = np.zeros(len(staffing.group)), Pipes(staffing)
    for _ in range(_MOST_TRIES):
        target = level[of_group] * staffing.asked
        flow = fill(pipes, target, along)
        along = flow.along
        missing = target - flow.given(staffing)
        short = missing > np.maximum(flow.grain, _SAME * target)
        if not short.any():
            return level, flow
        groups, stretches, _ = room_of(staffing, flow, flow.grain * (1 + 1e-6)).from_groups(short)
        if not _lower(level, staffing, parts, groups, stretches):
            if (missing <= 1e-9 * target + 1e-13 * target.sum()).all():
                return level, flow
            break
    worst = int(np.argmax(missing / np.maximum(target, 1e-300)))
    raise EngineError(f"the flow misses {missing[worst]} of {target[worst]} days of group {worst} and finds no cut")


def _lower(level: Floats, staffing: Staffing, parts: tuple[Ints, Ints, int], groups: Bools, stretches: Bools) -> bool:
    """Lower the level of each part to the ratio of its marked groups and days; tell whether one got lower."""
    of_group, of_stretch, count = parts
    asked = np.bincount(of_group[groups], weights=staffing.asked[groups], minlength=count)
    there = staffing.reach(stretches, of_stretch, count)
    ratio = np.divide(there, asked, out=np.full(count, np.inf), where=asked > 0)
    lower = ratio < level * (1 - _SAME)
    level[lower] = ratio[lower]
    return bool(lower.any())


def shares_by_flow(staffing: Staffing, ceiling: float) -> Shares:
    """Return the max-min fair shares up to a ceiling; weighted limits are not looked at.

    Raises
    ------
    EngineError
        When the flow does not settle.
    """
    n_groups, n_stretches, _ = staffing.sizes
    level, along = np.zeros(n_groups), np.zeros(len(staffing.group))
    open_groups, open_stretches = np.ones(n_groups, dtype=np.bool_), np.ones(n_stretches, dtype=np.bool_)
    tight: list[Tight] = []
    rest = staffing
    while open_groups.any():
        small, of_group, of_stretch, arcs = rest.narrowed(open_groups, open_stretches)
        parts = small.components()
        least, flow = first_levels(small, parts, ceiling)
        share = least[parts[0]]
        room = room_of(small, flow, NOISE * max(1.0, float(small.asked.sum())))
        held = ~room.to_spare()[0] & (share < ceiling)
        if not (held | (share >= ceiling)).any():
            raise EngineError(f"no group is held at its share; the least is {least.min()}")
        done = held | (share >= ceiling)
        level[of_group[done]] = share[done]
        along[arcs[done[small.group]]] = flow.along[done[small.group]]
        _, stretches, pools = room.from_groups(held)
        tight += _bottlenecks(room, share, (held, stretches, pools), (of_group, of_stretch))
        open_groups[of_group[done]] = False
        open_stretches[of_stretch[stretches]] = False
        rest = _without(rest, of_stretch[stretches], pools)
        open_stretches &= np.append(rest.pool_most > 0, True)[rest.pool]
    return Shares(level, along, tuple(tight))


def _without(staffing: Staffing, stretches: Ints, pools: Bools) -> Staffing:
    """Take days that are used up from the pools that hold them; pools that are used up have none left."""
    most = staffing.pool_most.copy()
    pooled = stretches[staffing.pool[stretches] >= 0]
    np.subtract.at(most, staffing.pool[pooled], staffing.days[pooled])
    most[pools | (most < NOISE * max(1.0, float(staffing.asked.sum())))] = 0.0
    return replace(staffing, pool_most=most)


def _bottlenecks(
    room: Room, share: Floats, held: tuple[Bools, Bools, Bools], old: tuple[Ints, Ints]
) -> Iterator[Tight]:
    """Split what is held at its share into inclusion-minimal bottlenecks, each after those that it leans on.

    Groups of which each could take days from the other stand or fall together: the strong components.
    """
    from scipy.sparse.csgraph import connected_components

    nodes = np.flatnonzero(np.concatenate([*held, [False]]))
    graph: Any = room.graph[nodes][:, nodes]
    count, label = connected_components(graph, connection="strong")
    edges = graph.tocoo()
    leans: dict[int, set[int]] = {k: set() for k in range(count)}
    for k, j in set(zip(label[edges.row].tolist(), label[edges.col].tolist(), strict=True)):
        if k != j:
            leans[k].add(j)
    n_groups, n_stretches, _ = room.sizes
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(count + 1))
    for k in TopologicalSorter(leans).static_order():
        mine = np.sort(nodes[order[bounds[k] : bounds[k + 1]]])
        groups = mine[mine < n_groups]
        stretches = mine[(mine >= n_groups) & (mine < n_groups + n_stretches)] - n_groups
        pools = mine[mine >= n_groups + n_stretches] - n_groups - n_stretches
        if len(groups):
            yield Tight(float(share[groups[0]]), old[0][groups], old[1][stretches], pools)
