"""Single points of failure: what falls below 1 when one auditor leaves.

Most people can be replaced; that is seen without solving anew. Where all that the auditor gives can be given by
others, nothing changes. Where it cannot, only the groups that can be reached from those in want, along days that could
be moved, may change: their people serve them alone, so they are solved alone. Weighted limits spoil that; there the
whole part of the network is solved anew.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from auditmatch.matching.domain import Bools, Floats
from auditmatch.matching.flow import Flow, Pipes, fill, room_of
from auditmatch.matching.network import Staffing
from auditmatch.matching.programs import NEAR, Program
from auditmatch.matching.shares import Fair, max_min_shares
from auditmatch.matching.stretches import Workforce

# Shares as near to 1 as this are 1.
_WHOLE = 1e-6


def departures(fair: Fair, workforce: Workforce) -> list[tuple[int, int, float]]:
    """Return (auditor, group, share after) for each group that falls below 1 when the auditor leaves.

    Raises
    ------
    EngineError
        When flow or linear program does not settle.
    """
    staffing = workforce.staffing
    level = np.minimum(fair.level, 1.0)
    along = fair.along * np.minimum(1.0, level / np.where(fair.level > 0, fair.level, 1.0))[staffing.group]
    of_group, of_stretch, count = staffing.components()
    weighted = np.zeros(count, dtype=np.bool_)
    weighted[of_group[staffing.group[staffing.limits.arc]]] = True
    found: list[tuple[int, int, float]] = []
    for k in range(count):
        groups, stretches = of_group == k, of_stretch == k
        if not (level[groups] >= 1 - _WHOLE).any():
            continue
        small, old, mine, arcs = staffing.narrowed(groups, stretches)
        owner, shares = workforce.owner[mine], level[old]
        lost = _by_programs if weighted[k] else _by_flow
        for i in np.unique(owner).tolist():
            given = along[arcs] * (owner == i)[small.stretch]
            if given.sum() > 1e-9:
                after = lost(small, shares, along[arcs], owner == i)
                fallen = np.flatnonzero((shares >= 1 - _WHOLE) & (after < 1 - _WHOLE))
                found += [(i, int(old[g]), float(after[g])) for g in fallen.tolist()]
    return found


def _by_flow(staffing: Staffing, shares: Floats, along: Floats, gone: Bools) -> Floats:
    """Return the shares after some stretches are gone, by moving days and then solving what is in want alone."""
    every = np.ones(len(staffing.asked), dtype=np.bool_)
    rest, _, _, arcs = staffing.narrowed(every, ~gone)
    target = shares * rest.asked
    flow: Flow = fill(Pipes(rest), target, along[arcs])
    missing = target - flow.given(rest)
    short = missing > np.maximum(flow.grain, 1e-9 * target)
    if not short.any():
        return shares
    groups, stretches, _ = room_of(rest, flow, flow.grain * (1 + 1e-6)).from_groups(short)
    small, old, _, _ = rest.narrowed(groups, stretches)
    after = shares.copy()
    after[old] = max_min_shares(small, 1.0).level
    return after


def _by_programs(staffing: Staffing, shares: Floats, along: Floats, gone: Bools) -> Floats:
    """Return the shares after some stretches are gone: unchanged if one program says so, else solved anew."""
    every = np.ones(len(staffing.asked), dtype=np.bool_)
    rest, _, _, _ = staffing.narrowed(every, ~gone)
    some = shares > 0
    if some.any():
        # All shares at once as one demand: a share of 1 of it means that nobody needs those who are gone.
        same = replace(rest, asked=np.where(some, shares * rest.asked, 1.0))
        if Program(same).solve(some, np.zeros(len(shares)), 1.0).share > 1 - NEAR:
            return shares
    return max_min_shares(rest, 1.0).level
