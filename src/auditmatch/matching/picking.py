"""Picking among candidates for the greatest gain under a number and a sum of money: greedily, and exactly."""

from __future__ import annotations

import numpy as np

from auditmatch.matching.candidates import Candidates
from auditmatch.matching.domain import Bools, Floats, Ints
from auditmatch.matching.program import Program
from auditmatch.matching.shortfall import Shortfall

_NOTHING = 1e-9  # a gain below this is rounding


def greedy(short: Shortfall, candidates: Candidates, cost: Floats, most: int, money: float) -> tuple[Bools, float]:
    """Take what gains most for its cost until nothing gains or fits; return the choice and a bound on the best gain.

    The bound is the least over all steps of F(S) + the best that the gains next to S would add up to under the same
    limits: no submodular F gains more (Nemhauser, Wolsey, Fisher 1978, proposition 2.2).
    """
    chosen, spent = np.zeros(len(cost), dtype=np.bool_), 0.0
    bound = short.total
    while True:
        gains = np.where(chosen, 0.0, _next_gains(short, candidates, chosen))
        if candidates.additive is not None:
            bound = min(bound, short.gain(candidates.rise(chosen)) + _at_most(gains, cost, most, money))
        fits = (gains > _NOTHING) & (cost <= money - spent + 1e-9)
        if chosen.sum() >= most or not fits.any():
            return chosen, bound
        best = int(np.argmax(np.where(fits, gains / cost, -np.inf)))
        chosen[best] = True
        spent += cost[best]


def _next_gains(short: Shortfall, candidates: Candidates, chosen: Bools) -> Floats:
    """Return what each candidate would gain next to those chosen; shape (candidates,)."""
    rise = candidates.rise(chosen)
    if candidates.additive is not None:
        group, candidate, x = candidates.additive
        left = np.maximum(short.need - short.slack - rise, 0.0)
        worth = short.weight[group] * np.minimum(left[group], x)
        return np.asarray(np.bincount(candidate, weights=worth, minlength=len(chosen)), dtype=np.float64)
    now = short.gain(rise)
    gains = np.zeros(len(chosen))
    for c in np.flatnonzero(~chosen).tolist():
        more = chosen.copy()
        more[c] = True
        gains[c] = short.gain(candidates.rise(more)) - now
    return gains


def _at_most(gains: Floats, cost: Floats, most: int, money: float) -> float:
    """Return a bound on the sum of gains of at most so many for at most so much: the lower of two relaxations."""
    by_number = float(np.sort(gains)[::-1][:most].sum())
    order = np.argsort(-gains / cost, kind="stable")
    room = np.maximum(money - (np.cumsum(cost[order]) - cost[order]), 0.0)
    return min(by_number, float((gains[order] * np.minimum(room / cost[order], 1.0)).sum()))


def exact(
    short: Shortfall, candidates: Candidates, cost: Floats, most: int, money: float, seconds: float
) -> tuple[Bools, float]:
    """Return the best choice found in the time, and a bound on the gain of any.

    The gain s_g of group g obeys s_g <= need_g and s_g <= slack_g + rise of X; the sum of weight_g * s_g is maximised.
    """
    program = Program()
    chooses, (group, variable, x) = candidates.state(program, most)
    touched = np.unique(group[short.weight[group] > 0])
    if not touched.size:
        return np.zeros(len(cost), dtype=np.bool_), 0.0
    takes = program.variables(len(touched), short.need[touched], low=-np.inf, whole=False, worth=short.weight[touched])
    for g, take in zip(touched.tolist(), takes.tolist(), strict=True):
        mine = group == g
        program.row(np.append(variable[mine], take), np.append(-x[mine], 1.0), -np.inf, float(short.slack[g]))
    program.row(chooses, 1.0, 0.0, most)
    if np.isfinite(money):
        program.row(chooses, cost, 0.0, money)
    found = program.solve(seconds)
    return found.values[chooses] > 0.5, found.bound


def ordered(short: Shortfall, candidates: Candidates, chosen: Bools) -> tuple[Ints, Floats]:
    """Drop what brings nothing; return the rest, each the best next to those before it, with its gain there."""
    kept, whole = chosen.copy(), short.gain(candidates.rise(chosen))
    for c in np.flatnonzero(chosen).tolist():
        kept[c] = False
        kept[c] = short.gain(candidates.rise(kept)) < whole - _NOTHING
    order: list[int] = []
    gains: list[float] = []
    done = np.zeros_like(chosen)
    while (left := kept & ~done).any():
        next_gains = np.where(left, _next_gains(short, candidates, done), -np.inf)
        order.append(int(np.argmax(next_gains)))
        gains.append(float(next_gains[order[-1]]))
        done[order[-1]] = True
    return np.array(order, dtype=np.int64), np.array(gains)
