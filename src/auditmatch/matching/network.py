"""Days asked and days there as a network: groups, the stretches of days that may serve them, and limits on both.

Groups ask person-days; a *stretch* is the days of one auditor over which the same qualifications hold; an *arc* says
that a stretch may serve a group. Everything here is arrays: who and what they are is told elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from auditmatch.matching.domain import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Weighted limits: for each, the sum over its entries of weight * (days given along the arc) is at most `most`.

    Attributes
    ----------
    most
        (limits,) days or certificates, at least 0.
    limit, arc, weight
        (entries,) the limit, the arc, and how much of the limit a day along the arc takes.
    """

    most: Floats
    limit: Ints
    arc: Ints
    weight: Floats

    @staticmethod
    def none() -> Limits:
        """Return no limits at all."""
        return Limits(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Staffing:
    """What is asked and what is there, in person-days.

    Attributes
    ----------
    asked
        (groups,) days asked, above 0.
    days
        (stretches,) days there, above 0.
    group, stretch
        (arcs,) the stretch may serve the group; each pair once.
    pool
        (stretches,) the pool that holds a stretch, -1: none.
    pool_most
        (pools,) days that the stretches of a pool may give together.
    limits
        Weighted limits; the flow leaves them out, the linear program keeps them.
    """

    asked: Floats
    days: Floats
    group: Ints
    stretch: Ints
    pool: Ints
    pool_most: Floats
    limits: Limits

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Numbers of groups, stretches and pools."""
        return len(self.asked), len(self.days), len(self.pool_most)

    def narrowed(self, groups: Bools, stretches: Bools) -> tuple[Staffing, Ints, Ints, Ints]:
        """Keep some groups and stretches, all pools, and the arcs and limits between them.

        Returns
        -------
        The smaller staffing; old numbers of its groups, of its stretches, of its arcs.
        """
        of_group, of_stretch = np.flatnonzero(groups), np.flatnonzero(stretches)
        arcs = np.flatnonzero(groups[self.group] & stretches[self.stretch])
        new_group, new_stretch = np.cumsum(groups) - 1, np.cumsum(stretches) - 1
        new_arc = np.full(len(self.group), -1, dtype=np.int64)
        new_arc[arcs] = np.arange(len(arcs))
        entries = np.flatnonzero(new_arc[self.limits.arc] >= 0)
        limits = replace(
            self.limits,
            limit=self.limits.limit[entries],
            arc=new_arc[self.limits.arc[entries]],
            weight=self.limits.weight[entries],
        )
        small = Staffing(
            self.asked[of_group],
            self.days[of_stretch],
            new_group[self.group[arcs]],
            new_stretch[self.stretch[arcs]],
            self.pool[of_stretch],
            self.pool_most,
            limits,
        )
        return small, of_group, of_stretch, arcs

    def reach(self, stretches: Bools, of: Ints, parts: int) -> Floats:
        """Return the days that marked stretches have, pools respected, summed over parts; shape (parts,).

        Parameters
        ----------
        stretches
            (stretches,) which count.
        of
            (stretches,) the part of each; a pool lies within one part.
        parts
            Number of parts.
        """
        days = np.where(stretches, self.days, 0.0)
        alone = self.pool < 0
        total = np.bincount(of[alone], weights=days[alone], minlength=parts)
        pooled = np.bincount(self.pool[~alone], weights=days[~alone], minlength=len(self.pool_most))
        part = np.zeros(len(self.pool_most), dtype=np.int64)
        part[self.pool[~alone]] = of[~alone]
        total = total + np.bincount(part, weights=np.minimum(pooled, self.pool_most), minlength=parts)
        return np.asarray(total, dtype=np.float64)

    def components(self) -> tuple[Ints, Ints, int]:
        """Number the parts that share no arc, pool or limit: part of each group, of each stretch, how many."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n_groups, n_stretches, n_pools = self.sizes
        pooled = np.flatnonzero(self.pool >= 0)
        first = n_groups + n_stretches
        begins = [self.group, n_groups + pooled, first + n_pools + self.limits.limit]
        ends = [n_groups + self.stretch, first + self.pool[pooled], self.group[self.limits.arc]]
        size = first + n_pools + len(self.limits.most)
        rows, columns = np.concatenate(begins), np.concatenate(ends)
        graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
        _, label = connected_components(graph, directed=False)
        # Pools and limits without arcs are no parts of their own.
        used, of_node = np.unique(label[:first], return_inverse=True)
        return of_node[:n_groups].astype(np.int64), of_node[n_groups:].astype(np.int64), len(used)
