"""The price bound: every slot of a person, every cap and every load has a price, and each audit picks by itself.

Lagrangian relaxation (Held and Karp 1970; Fisher, The Lagrangian Relaxation Method, 1981). For prices u >= 0

    bound(u) = sum over audits of min(penalty, cheapest booking at prices u) - what all people, caps and loads can sell

is at most the cost of any plan: a plan pays for what it uses, and nobody sells more than there is. What is sold is
each person's dearest chain of bookings, with the roads between them (where nobody may overlap), the room under each
cap, and each person's load through the conjugate of its convex cost. Relaxed are the links between audits, that all
members of a team follow one chain each, and keys that several audits carry, which count as shares. All sums are whole
numbers of 1/1024 point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from auditmatch.kernel.board import Board
from auditmatch.kernel.chains import blocks_of, chains_for, sell
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.rounds import Use, no_picks, no_use, pick_round
from auditmatch.kernel.tolls import PARTS, Prices, shares
from auditmatch.kernel.work import work_for
from auditmatch.problem import Problem
from auditmatch.shapes import Bools, Ints

Floats = npt.NDArray[np.float64]
Map = Callable[[Callable[[int], tuple[int, Use]], Iterable[int]], Iterable[tuple[int, Use]]]
# Prices of slots, loads, keys and slots under caps, in whole fractions of a point.
Whole = tuple[Ints, Ints, Ints, Ints]
Never = Callable[[], bool]

# Which of the prices are those of loads: slots, loads, keys, slots under caps.
LOAD = 1
# Audits of one task of a round; how many tasks there are must not depend on the threads.
SHARD = 2_500
# Steps are shares of a price, so that cheap and dear people learn alike; BASE points are added for those at zero.
FIRST_STEP, LAST_STEP, BASE = 0.3, 0.0005, 5.0
# Share of the last direction that is kept, and the most that one round's surplus counts.
MEMORY, MOST_SURPLUS = 0.8, 2.0
# Points added where an audit left out costs one point and nothing else counts.
SERVICE_BASE = 0.02
# Most prices of slots: beyond, roads take no time in the bound.
MOST_PRICES = 10_000_000


class Dual:
    """Prices that learn, and the best bound so far.

    Parameters
    ----------
    flat, board
        The problem; a board on which nothing stands but facts, read only.
    audits
        Rows of the audits to plan.
    base
        Points added to a price before its step is taken, so that prices of zero can rise.
    """

    def __init__(self, flat: Flat, board: Board, audits: Ints, base: float = BASE) -> None:
        self.base = base * SCALE
        self.flat, self.board, self.audits = flat, board, np.array(audits, dtype=np.int64)
        self.free = ~self.board.base
        self.picks, self.fresh = no_picks(self.board), True
        cuts = range(0, len(audits), SHARD)
        self.shards = [self.audits[n : n + SHARD] for n in cuts]
        self.works = [work_for(flat) for _ in self.shards]
        self.share = shares(flat, self.audits)
        people, slots = self.free.shape
        self._sell_at(1)
        # Loads at which the load cost bends, and what they cost.
        there = self.free.sum(axis=1, keepdims=True)
        self.loads = np.concatenate([np.zeros_like(there), np.minimum(flat.steps, there), there], axis=1)
        over = np.maximum(self.loads[:, :, None] - flat.steps[:, None, :], 0).sum(axis=2)
        self.load_cost = over * flat.fairness * SCALE
        self.key_room = np.maximum(flat.key["key_limit"] - self.board.touched, 0)
        self.cap_room = np.maximum(flat.cap["cap_limit"] - self.board.used, 0)
        shapes = ((people, 1, slots), (people,), flat.key.shape, flat.cap.shape)
        self.prices: list[Floats] = [np.zeros(shape) for shape in shapes]
        self.course: list[Floats] = [np.zeros(shape) for shape in shapes]
        self.bound: int | None = None
        self.best = self._whole()
        self.steered: tuple[Whole, Prices] | None = None

    def widen(self) -> None:
        """Tell sites apart from now on, so that roads take time; the bound is the same at first, or better."""
        sites = self.flat.need.shape[1]
        if sites > 1 and self.prices[0].size * sites <= MOST_PRICES:
            self._sell_at(sites)
            for part in (self.prices, self.course):
                part[0] = np.repeat(part[0], sites, axis=1)

    def _sell_at(self, sites: int) -> None:
        """Let people sell their slots at so many sites."""
        self.sites = sites
        self.blocks, self.chains = blocks_of(self.flat, self.audits, sites), chains_for(len(self.flat.slot), sites)

    def round(
        self, step: float, run: Map = map, ended: Never = lambda: False, picked: Picked | None = None
    ) -> int | None:
        """Let every audit pick at the present prices, keep the bound, and move the prices; None when ended early.

        Parameters
        ----------
        step
            Share by which a price moves for a surplus of one.
        run
            Runs the tasks of a round; results in order.
        picked
            Lets all audits pick somewhere else, in place of `run`.
        """
        slot, load, key, cap = whole = self._whole()
        found = self._picked(whole, run, ended) if picked is None else picked(self, whole)
        if found is None or ended():
            self.fresh = True  # some audits have picks of an older round
            return None
        total, use = found
        self.fresh = False
        at = (left := self.load_cost - load[:, None] * self.loads).argmin(axis=1)
        total += int(left.min(axis=1).sum())
        sold = np.zeros_like(slot)
        total -= int(sell(self.board, self.blocks, self.chains, before(slot), sold))
        total -= int((key * self.key_room).sum()) + -(-int((cap * self.cap_room).sum()) // 100)
        loads = self.loads[np.arange(len(at)), at]
        surplus = [
            use.slot - sold,
            (use.slot.sum(axis=(1, 2)) - loads) / 4,
            (use.key / PARTS - self.key_room) / 4,
            (use.cap - self.cap_room) / 400,
        ]
        bound = -(-total // SCALE)
        if self.bound is None or bound > self.bound:
            self.bound, self.best = bound, whole
        self._move(surplus, step)
        return bound

    def _picked(self, whole: Whole, run: Map, ended: Never) -> tuple[int, Use]:
        """Let every audit pick; return the sum of their costs and what they use."""
        prices = asked(whole, self.free, self.share)

        def task(n: int) -> tuple[int, Use]:
            use = no_use(self.flat, self.sites)
            if ended():
                return 0, use
            return pick_round(
                self.flat, self.board, self.works[n], prices, self.shards[n], self.picks, use, self.fresh
            ), use

        total, use = 0, no_use(self.flat, self.sites)
        for value, some in run(task, range(len(self.shards))):
            total += int(value)
            for part, more in zip(use, some, strict=True):
                part += more
        return total, use

    def _move(self, surplus: list[Floats], step: float) -> None:
        """Raise what is asked too often, lower what is not."""
        if not self.flat.exclusive:
            return  # people may overlap: a slot, and so a load, sells more than once
        for n, more in enumerate(surplus):
            self.course[n] = MEMORY * self.course[n] + (1 - MEMORY) * np.clip(more, -MOST_SURPLUS, MOST_SURPLUS)
            pace = self.prices[n] + self.base if n != LOAD else 0.3 * SCALE
            self.prices[n] = np.maximum(self.prices[n] + step * pace * self.course[n], 0)
        # No slot of a load costs more than the steepest part of its cost.
        self.prices[1] = np.minimum(self.prices[1], self.flat.steps.shape[1] * self.flat.fairness * SCALE)

    def _whole(self) -> Whole:
        """Return the prices in whole fractions of a point."""
        slot, load, key, cap = (np.round(part).astype(np.int64) for part in self.prices)
        return slot, load, key, cap

    def steering(self) -> Prices:
        """Return the prices of the best bound, for kernels that place audits; loads are theirs to count."""
        if self.steered is None or self.steered[0] is not self.best:
            slot, _, key, cap = best = self.best
            self.steered = best, Prices(before(slot), cap, key, self.share)
        return self.steered[1]


# Lets all audits pick at prices; returns the sum of their costs and what they use, None when ended early.
Picked = Callable[[Dual, Whole], tuple[int, Use] | None]


def asked(whole: Whole, free: Bools, share: Ints) -> Prices:
    """Return prices as kernels read them; a slot's is its own and that of the load it adds."""
    slot, load, key, cap = whole
    return Prices(before(slot) + before(load[:, None, None] * free[:, None]), cap, key, share)


def before(slot: Ints) -> Ints:
    """Return prices of all slots before each slot."""
    price = np.zeros((*slot.shape[:2], slot.shape[2] + 1), dtype=np.int64)
    np.cumsum(slot, axis=2, out=price[:, :, 1:])
    return price


def step_at(progress: float) -> float:
    """Return the step for a share of the run that is over, from 0 to 1: geometric, from FIRST_STEP to LAST_STEP."""
    return float(FIRST_STEP * (LAST_STEP / FIRST_STEP) ** min(max(progress, 0.0), 1.0))


def alone(problem: Problem, ended: Never = lambda: False) -> int:
    """Return the bound at prices of zero: the sum over audits of the cheaper of leaving out and the cheapest booking.

    Once `ended` says so, it is 0, which is valid as well.
    """
    return Dual(problem.flat, problem.state().desk.board, problem.audits).round(0.0, ended=ended) or 0


def service_alone(flat: Flat) -> Flat:
    """Return the problem in which an audit left out costs one point and nothing else costs anything."""
    audit, wish = flat.audit.copy(), flat.wish.copy()
    audit["penalty"], audit["wish_most"], wish["wish_points"] = 1, 0, 0
    travel = np.zeros_like(flat.travel)
    for part in (audit, wish, travel):
        part.flags.writeable = False  # as in the problem, so that no kernel is compiled twice
    return flat._replace(
        audit=audit, wish=wish, travel=travel, mismatch=0, lateness=0, fairness=0, keep=0, keep_member=0
    )
