"""What a run may spend, how it ended, and what it found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from auditmatch.errors import ArgumentError
from auditmatch.plan import Plan

if TYPE_CHECKING:
    from auditmatch.problem import Problem


class Status(StrEnum):
    """How a run ended."""

    OPTIMAL = "optimal"  # the plan is proved best
    FEASIBLE = "feasible"  # a verified plan, its distance from the best bounded by the gap
    INFEASIBLE = "infeasible"  # proved: orders that may not be left out (pins) cannot hold together
    UNKNOWN = "unknown"  # the budget ended before a plan was found, or a proof that there is none


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop; holds no clock, so one budget serves any number of runs.

    Parameters
    ----------
    seconds
        Wall time; None: no limit of its own.
    work
        Steps counted instead of time; runs of equal `work` and `seed` give equal plans. None: no limit.
    gap
        Stop when (cost - bound) / max(1, bound) is at most this.
    seed
        Of every random choice.

    Raises
    ------
    ArgumentError
        A number is negative, or neither seconds nor work is given.
    """

    seconds: float | None = None
    work: int | None = None
    gap: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse budgets that say nothing."""
        if self.seconds is None and self.work is None:
            raise ArgumentError("a budget needs seconds or work. Maybe Budget(seconds=60)?")
        for name in ("seconds", "work", "gap", "seed"):
            number = getattr(self, name)
            if number is not None and not 0 <= number < float("inf"):
                raise ArgumentError(f"{name}={number!r} is not a number from 0 on. Maybe Budget(seconds=60, seed=1)?")


@dataclass(frozen=True, slots=True)
class Step:
    """One improvement: seconds since the start, cost and bound in points then, and who found it."""

    seconds: float
    cost: int | None
    bound: int | None
    engine: str


@dataclass(frozen=True, slots=True)
class Result:
    """A verified plan with its proof; absent is None.

    Attributes
    ----------
    status
        How the run ended.
    plan, cost, terms
        The plan, its cost in points, and the cost by goal; None without a plan.
    bound
        No plan costs less.
    served, deferred, unserved, hopeless
        Identifiers of audits, by what became of them.
    seconds
        Wall time spent.
    engine
        Which engine ran.
    greedy_cost
        Cost of the greedy plan of the same problem, for `closed`; None where greedy did not run.
    served_at_most
        No plan serves more audits; None where it was not worked out.
    interrupted
        True when the run was stopped by Ctrl-C.
    trace
        Every improvement of cost or bound.
    problem
        What was planned, so that a result can be reported on its own.
    """

    status: Status
    plan: Plan | None
    cost: int | None
    bound: int | None
    seconds: float
    engine: str
    served: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    unserved: tuple[str, ...] = ()
    hopeless: tuple[str, ...] = ()
    terms: dict[str, int] | None = None
    greedy_cost: int | None = None
    served_at_most: int | None = None
    interrupted: bool = False
    trace: tuple[Step, ...] = field(default=(), repr=False)
    problem: Problem | None = field(default=None, repr=False)

    @property
    def gap(self) -> float | None:
        """(cost - bound) / max(1, bound); 0 when equal; None without a plan or a bound."""
        return gap(self.cost, self.bound)

    @property
    def closed(self) -> float | None:
        """(greedy - cost) / (greedy - bound): the share of greedy's gap that is closed; None where it has none."""
        if self.cost is None or self.bound is None or self.greedy_cost is None or self.greedy_cost <= self.bound:
            return None
        return (self.greedy_cost - self.cost) / (self.greedy_cost - self.bound)

    def __str__(self) -> str:
        """Return served, cost by term, bound, gap and seconds."""
        if self.cost is None:
            return f"{self.engine}: {self.status}, no plan after {self.seconds:.1f} s"
        audits = len(self.served) + len(self.deferred) + len(self.unserved)
        share = f", gap {self.gap:.2%}" if self.gap is not None else ""
        bound = f", bound {self.bound:,}" if self.bound is not None else ""
        terms = ", ".join(f"{name} {points:,}" for name, points in (self.terms or {}).items() if points)
        most = "" if self.served_at_most is None else f" (no plan serves more than {self.served_at_most:,})"
        return "\n".join(
            [
                f"{self.engine}: {self.status} after {self.seconds:.1f} s",
                f"served {len(self.served)} of {audits} audits{most}; deferred {len(self.deferred)}, "
                f"unserved {len(self.unserved)}; hopeless {len(self.hopeless)}",
                f"cost {self.cost:,} points{bound}{share}",
                f"  {terms}",
            ]
        )


def fates(problem: Problem, booked: Iterable[int]) -> dict[str, tuple[str, ...]]:
    """Return the audits of a problem by what became of them, when those of some rows are booked."""
    name, inside = problem.scene.audit_id, set(booked)
    out = [a for a in problem.audits.tolist() if a not in inside]
    put_off = problem.costs.deferrable
    return {
        "served": tuple(name(a) for a in sorted(inside)),
        "deferred": tuple(name(a) for a in out if put_off[a]),
        "unserved": tuple(name(a) for a in out if not put_off[a]),
        "hopeless": tuple(name(a) for a in problem.hopeless.tolist()),
    }


def gap(cost: int | None, bound: int | None) -> float | None:
    """Return (cost - bound) / max(1, bound), 0 when equal; None where one is absent."""
    if cost is None or bound is None:
        return None
    return 0.0 if cost == bound else (cost - bound) / max(1, bound)
