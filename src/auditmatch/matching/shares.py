"""Max-min fair shares of a staffing: by flow, and by linear programs where the flow breaks a weighted limit.

The flow leaves weighted limits out, so nothing is fairer than its shares; where the days that it gives keep the limits
all the same, they are the answer. Only the parts of the network where they do not are solved by programs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.matching.leximin import Tight, shares_by_flow
from auditmatch.matching.network import Staffing
from auditmatch.matching.programs import Prices, Step, irreducible, shares_by_programs

# Part of a limit, and days, by which the flow may pass it unnoticed.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the network that needed linear programs: it, the old numbers of groups and stretches, the steps."""

    staffing: Staffing
    groups: Ints
    stretches: Ints
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bottleneck:
    """An inclusion-minimal set of groups that hold each other at one share, with the proof.

    Attributes
    ----------
    level
        The share.
    groups
        The groups.
    prices
        Prices over the whole staffing, see `Prices`. With G the groups that have one and are not in the set, whose
        shares are settled before: level <= (worth of days and limits - sum over G of price * given) / (sum over the set
        of price * asked), for whoever gives more breaks a day or a limit; at the optimum both are equal.
    """

    level: float
    groups: Ints
    prices: Prices


@dataclass(frozen=True, slots=True, eq=False)
class Fair:
    """Max-min fair shares with what proves them.

    Attributes
    ----------
    staffing
        The network.
    level
        (groups,) shares, at most the ceiling.
    along
        (arcs,) days given that reach them.
    tight
        Bottlenecks found by flow.
    parts
        Where linear programs were needed.
    """

    staffing: Staffing
    level: Floats
    along: Floats
    tight: tuple[Tight, ...]
    parts: tuple[Part, ...]

    @property
    def given(self) -> Floats:
        """(groups,) days given."""
        return self.level * self.staffing.asked

    def bottlenecks(self) -> list[Bottleneck]:
        """Return every inclusion-minimal bottleneck below the ceiling, tightest first."""
        found = [self._by_cut(k) for k in range(len(self.tight))]
        for part in self.parts:
            found += [self._by_prices(part, step) for many in part.steps for step in irreducible(part.staffing, many)]
        return sorted(found, key=lambda each: each.level)

    def _by_cut(self, place: int) -> Bottleneck:
        """Price the set, and the bottlenecks that it leans on, at 1; and what they use up."""
        staffing = self.staffing
        n_groups, n_stretches, n_pools = staffing.sizes
        taken, pool_taken = _takers(self.tight, n_stretches), _takers(self.tight, n_pools, pools=True)
        groups, pools = np.zeros(n_groups), np.zeros(n_pools, dtype=np.bool_)
        inside, waiting = {place}, [place]
        serving = np.zeros(n_stretches, dtype=np.bool_)
        while waiting:
            one = self.tight[waiting.pop()]
            groups[one.groups] = 1.0
            pools[one.pools] = True
            serving[one.stretches] = True
            serving[staffing.stretch[np.isin(staffing.group, one.groups)]] = True
            # Days that no bottleneck took were lost with their pool: it is priced, and all that took from it leaned on.
            pools[staffing.pool[serving & (taken < 0) & (staffing.pool >= 0)]] = True
            serving |= np.append(pools, False)[staffing.pool]
            lean = {*taken[serving].tolist(), *pool_taken[pools].tolist()}
            waiting += sorted(lean - inside - {-1})
            inside |= lean
        covered = np.append(pools, False)[staffing.pool]
        stretches = np.where(serving & ~covered, 1.0, 0.0)
        prices = Prices(groups, stretches, pools.astype(np.float64), np.zeros(len(staffing.limits.most)))
        return Bottleneck(self.tight[place].level, self.tight[place].groups, prices)

    def _by_prices(self, part: Part, step: Step) -> Bottleneck:
        groups, stretches = np.zeros(len(self.staffing.asked)), np.zeros(len(self.staffing.days))
        groups[part.groups], stretches[part.stretches] = step.prices.groups, step.prices.stretches
        prices = Prices(groups, stretches, step.prices.pools, step.prices.limits)
        return Bottleneck(step.level, part.groups[step.groups], prices)


def _takers(tight: tuple[Tight, ...], size: int, pools: bool = False) -> Ints:
    """Return which bottleneck uses up each stretch, or each pool; -1: none."""
    taken = np.full(size, -1, dtype=np.int64)
    for k, one in enumerate(tight):
        taken[one.pools if pools else one.stretches] = k
    return taken


def max_min_shares(staffing: Staffing, ceiling: float) -> Fair:
    """Return the max-min fair shares of a staffing, at most `ceiling`.

    The smallest share is as great as can be; then, that being kept, the next smallest; and so on.

    Raises
    ------
    EngineError
        When flow or linear program does not settle.
    """
    shares = shares_by_flow(staffing, ceiling)
    limits = staffing.limits
    used = np.bincount(limits.limit, weights=limits.weight * shares.along[limits.arc], minlength=len(limits.most))
    broken = used > limits.most * (1 + _SLACK) + _SLACK
    if not broken.any():
        return Fair(staffing, shares.level, shares.along, shares.tight, ())
    of_group, of_stretch, _ = staffing.components()
    hit = np.unique(of_group[staffing.group[limits.arc[broken[limits.limit]]]])
    level, along, parts = shares.level.copy(), shares.along.copy(), []
    for k in hit.tolist():
        small, groups, stretches, arcs = staffing.narrowed(of_group == k, of_stretch == k)
        level[groups], along[arcs], steps = shares_by_programs(small, ceiling)
        parts.append(Part(small, groups, stretches, steps))
    by_program: Bools = np.isin(of_group, hit)
    tight = tuple(one for one in shares.tight if not by_program[one.groups[0]])
    return Fair(staffing, level, along, tight, tuple(parts))
