"""Max-min fair shares by successive linear programs, for limits that weigh days differently (HiGHS, by scipy).

    max t   with   given_g >= t * asked_g  for the groups not settled yet,
                   given_g >= share_g * asked_g  for those that are,
                   days, pools and limits kept.

A group with a positive dual price gets t in every best solution: it is settled at t, and the next program is solved
(Ogryczak and Sliwinski 2006, "On direct methods for lexicographic min-max optimization"). The duals prove t: no plan of
days is worth more, at these prices, than the days and limits themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.errors import EngineError
from auditmatch.matching.domain import Bools, Floats
from auditmatch.matching.network import Staffing

# What HiGHS is asked to keep rows and reduced costs to.
TOLERANCE = 1e-9
# Part of the price of all groups (1) from which a group counts as priced.
_PRICED = 1e-7
# Two shares nearer than this are one.
NEAR = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Dual prices: for each arc, groups[g] <= stretches[s] + pools[p] + sum over limits of weight * limits[l].

    So for every plan of days, sum(groups * given) <= sum(stretches * days) + sum(pools * most) + sum(limits * most).
    """

    groups: Floats
    stretches: Floats
    pools: Floats
    limits: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """One program solved: the share, the days along arcs, the prices (of asked days of open groups: 1 in all)."""

    share: float
    along: Floats
    prices: Prices


class Program:
    """The rows of one staffing; solved for different sets of open and settled groups.

    Parameters
    ----------
    staffing
        The network with its weighted limits.
    """

    def __init__(self, staffing: Staffing) -> None:
        from scipy.sparse import csr_array, vstack

        self.staffing = staffing
        n_groups, n_stretches, n_pools = staffing.sizes
        arcs, each = np.arange(len(staffing.group)), np.ones(len(staffing.group))
        pooled = np.flatnonzero(staffing.pool[staffing.stretch] >= 0)
        limits = staffing.limits

        def rows(values: Floats, row: Any, column: Any, count: int) -> Any:
            return csr_array((values, (row, column)), shape=(count, len(arcs)))

        self._given = rows(each, staffing.group, arcs, n_groups)
        of_pool = rows(each[pooled], staffing.pool[staffing.stretch[pooled]], pooled, n_pools)
        of_limit = rows(limits.weight, limits.limit, limits.arc, len(limits.most))
        self._held = vstack([rows(each, staffing.stretch, arcs, n_stretches), of_pool, of_limit]).tocsr()
        self._most = np.concatenate([staffing.days, staffing.pool_most, limits.most])

    def solve(self, wanted: Bools, settled: Floats, ceiling: float) -> Optimum:
        """Return the greatest share that all wanted groups can have together.

        Parameters
        ----------
        wanted
            (groups,) the groups to lift.
        settled
            (groups,) share that each other group keeps; 0 where it may get nothing.
        ceiling
            Greatest share of interest; may be infinite.

        Raises
        ------
        EngineError
            When HiGHS finds no optimum.
        """
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, hstack, vstack

        asked = self.staffing.asked
        # HiGHS may leave a row by its tolerance; what was settled must stay possible.
        floor = np.where(wanted, 0.0, settled * asked - 2 * TOLERANCE * np.maximum(1.0, settled * asked))
        kept = np.flatnonzero(wanted | (settled > 0))
        lifted = csr_array(np.where(wanted, asked, 0.0)[kept, None])
        empty = csr_array((self._held.shape[0], 1))
        matrix = vstack([hstack([-self._given[kept], lifted]), hstack([self._held, empty])]).tocsr()
        right = np.concatenate([-floor[kept], self._most])
        cost = np.zeros(matrix.shape[1])
        cost[-1] = -1.0
        bounds = np.zeros((matrix.shape[1], 2))
        bounds[:, 1] = np.inf
        bounds[-1, 1] = ceiling
        options = {"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE}
        found = linprog(cost, A_ub=matrix, b_ub=right, bounds=bounds, method="highs", options=options)
        if found.status != 0:
            raise EngineError(f"HiGHS finds no max-min fair share: {found.message}")
        price = np.maximum(-found.ineqlin.marginals, 0.0)
        groups = np.zeros(len(asked))
        groups[kept] = price[: len(kept)]
        ends = np.cumsum([len(kept), *self.staffing.sizes[1:]])
        parts = [price[low:high] for low, high in zip(ends, [*ends[1:], len(price)], strict=True)]
        return Optimum(float(found.x[-1]), np.maximum(found.x[:-1], 0.0), Prices(groups, *parts))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Groups settled together at one share, the shares that stood before, and the prices that prove theirs."""

    level: float
    groups: Bools
    before: Floats
    prices: Prices


def shares_by_programs(staffing: Staffing, ceiling: float) -> tuple[Floats, Floats, tuple[Step, ...]]:
    """Return the max-min fair shares up to a ceiling, the days along arcs, and the steps below the ceiling.

    Raises
    ------
    EngineError
        When HiGHS finds no optimum.
    """
    program = Program(staffing)
    wanted = np.ones(len(staffing.asked), dtype=np.bool_)
    settled = np.zeros(len(staffing.asked))
    steps: list[Step] = []
    while wanted.any():
        best = program.solve(wanted, settled, ceiling)
        along = best.along
        priced = wanted & (best.prices.groups * staffing.asked > _PRICED)
        if best.share >= ceiling - NEAR:
            settled[wanted] = ceiling
            break
        if not priced.any():
            raise EngineError(f"the linear program gives the share {best.share} and no price to prove it")
        steps.append(Step(best.share, priced, settled.copy(), best.prices))
        settled[priced] = best.share
        wanted &= ~priced
    return settled, along, tuple(steps)


def irreducible(staffing: Staffing, step: Step) -> list[Step]:
    """Split a step into inclusion-minimal bottlenecks: without any one of its groups the rest could get more.

    Found by deletion: a group that the share does not need is left out, together with all that then has no price.

    Raises
    ------
    EngineError
        When HiGHS finds no optimum.
    """
    program, settled, left = Program(staffing), step.before.copy(), step.groups.copy()
    found: list[Step] = []
    while left.any():
        core, prices = left.copy(), None
        for group in np.flatnonzero(left).tolist():
            if not core[group] or core.sum() == 1:
                continue
            core[group] = False
            best = program.solve(core, settled, np.inf)
            if best.share > step.level + NEAR:
                core[group] = True
            else:
                core, prices = core & (best.prices.groups * staffing.asked > _PRICED), best.prices
        prices = prices or program.solve(core, settled, np.inf).prices
        found.append(Step(step.level, core, settled.copy(), prices))
        settled[core] = step.level
        left &= ~core
    return found
