"""What a change would bring: told at once by prices and by the plan in place, then by planning again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.cheapest import cheapest
from auditmatch.engines import solve
from auditmatch.engines.greedy import order
from auditmatch.engines.prices import Dual, step_at
from auditmatch.engines.start import legal_part
from auditmatch.errors import ArgumentError
from auditmatch.matching.frames import row_frame
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.result import Budget, Result
from auditmatch.verify import verify
from auditmatch.whatif.edits import Edit, edited

# Rounds in which prices learn before anything is asked, and after each change; where on the scale of steps these begin.
LEARNT, ROUNDS, FROM = 200, 10, 0.6


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """What edits would bring; points and audits after them less those before, so that below 0 is cheaper.

    Attributes
    ----------
    edits
        What was tried.
    estimate
        Points that the price bound moves by: nobody's plan is looked at, and every plan may be.
    at_once
        Points that the plan in place costs more once the audits it leaves out are booked where they fit, with nobody
        else moved; what edits break is left out.
    truth
        Points by planning again, with the same budget before and after; None where none was given.
    served
        Audits served more, at once and by planning again (None without a budget).
    seconds
        Wall time of estimate and of at_once together, and of planning again.
    problem, result
        The problem after the edits; its result, None without a budget.
    """

    edits: tuple[Edit, ...]
    estimate: int
    at_once: int
    truth: int | None
    served: tuple[int, int | None]
    seconds: tuple[float, float]
    problem: Problem
    result: Result | None

    @property
    def difference(self) -> int | None:
        """The truth less the estimate."""
        return None if self.truth is None else self.truth - self.estimate

    def __str__(self) -> str:
        """Return the edits and what they bring on one line."""
        what = "; ".join(map(str, self.edits))
        head = f"{what}: estimate {self.estimate:+,} points, at once {self.at_once:+,} ({self.served[0]:+} audits)"
        if self.truth is None:
            return head
        return (
            f"{head}, planned again {self.truth:+,} ({self.served[1]:+} audits), {self.difference:+,} off the estimate"
        )


class Base:
    """A problem and its plan, before edits are tried: prices are learnt, and the plan is improved, once.

    Parameters
    ----------
    problem, plan
        Rules and goals, and the plan in place.
    budget
        For planning again, before and after alike; None for estimates alone.

    Raises
    ------
    InputError
        The plan names audits or auditors that the register does not know.
    """

    def __init__(self, problem: Problem, plan: Plan, budget: Budget | None = None) -> None:
        self.problem, self.budget = problem, budget
        self.placed = legal_part(problem, plan)
        self.result = None if budget is None else solve(problem, budget, start=plan)
        self.plan = plan if self.result is None or self.result.plan is None else self.result.plan
        self.dual = Dual(problem.flat, problem.state().desk.board, problem.audits)
        for n in range(LEARNT):
            self.dual.round(step_at(n / LEARNT))
        self.bound = _after(self.dual, problem)
        self.now = _filled(problem, self.plan)

    def ask(self, edits: Edit | Iterable[Edit]) -> WhatIf:
        """Return what edits would bring, all of them together; see `ask`."""
        some = (edits,) if isinstance(edits, Edit) else tuple(edits)
        began = time.monotonic()
        problem = edited(self.problem, some)
        if not len(problem.scene.audits):
            raise ArgumentError("the edits leave no audit to plan. Maybe fewer of them?")
        estimate = _after(self.dual, problem) - self.bound
        cost, served = _filled(problem, self.plan)
        quick = time.monotonic() - began
        result = None if self.budget is None else solve(problem, self.budget, start=self.plan)
        truth = more = None
        if result is not None and self.result is not None and result.cost is not None and self.result.cost is not None:
            truth, more = _whole(result) - _whole(self.result), len(result.served) - len(self.result.served)
        parts = estimate, cost - self.now[0], truth, (served - self.now[1], more)
        return WhatIf(some, *parts, (quick, time.monotonic() - began - quick), problem, result)


def ask(problem: Problem, plan: Plan, edits: Edit | Iterable[Edit], budget: Budget | None = None) -> WhatIf:
    """Return what edits of a register would bring to a plan.

    The estimate is the change of the Lagrangian bound (see `engines.prices`) where the prices learnt before stay, and
    new people come at a price of zero and are sold by a few rounds of the market.

    Parameters
    ----------
    problem, plan
        Rules and goals, and the plan in place.
    edits
        One or several of `hire`, `leave`, `train`, `expert`, `widen`, `merge`, `reserve`, `weigh`, all at once.
    budget
        For planning again, before and after alike; None for the estimates alone. For several questions about one plan
        `Base(problem, plan, budget).ask(edits)` learns and plans before only once.

    Raises
    ------
    ArgumentError, InputError
        An edit contradicts the register, or leaves nobody.
    """
    return Base(problem, plan, budget).ask(edits)


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """Served share and cost against how many of a list of edits are done.

    Attributes
    ----------
    edits
        In their order.
    results
        With none of them, the first, the first two, ...
    """

    edits: tuple[Edit, ...]
    results: tuple[Result, ...]

    @property
    def table(self) -> Any:
        """A data frame: a row for each number of edits, with audits served, their share, cost, bound, gap."""
        rows = [
            {
                "number": n,
                "last": str(self.edits[n - 1]) if n else "",
                "served": len(r.served),
                "share": len(r.served) / max(1, len(r.served) + len(r.deferred) + len(r.unserved) + len(r.hopeless)),
                "served_at_most": r.served_at_most,
                "cost": r.cost,
                "bound": r.bound,
                "gap": r.gap,
            }
            for n, r in enumerate(self.results)
        ]
        native = self.results[0].problem.scene.register.native if self.results[0].problem else "pandas"
        return row_frame(rows, tuple(rows[0]), native)

    def __str__(self) -> str:
        """Return a line for each number."""
        return "\n".join(
            f"{n} {self.edits[n - 1] if n else '(none)'}: {len(r.served)} served, cost {r.cost:,}"
            for n, r in enumerate(self.results)
        )


def frontier(problem: Problem, edits: Sequence[Edit], budget: Budget, plan: Plan | None = None) -> Frontier:
    """Return what each further one of some edits brings, such as one hire after another.

    Each step starts from the plan of the one before, so that with equal budgets service does not fall as people come.

    Parameters
    ----------
    problem
        Rules and goals.
    edits
        Done one after another, in this order.
    budget
        Of each step.
    plan
        To start from.
    """
    results = [solve(problem, budget, start=plan)]
    for n in range(1, len(edits) + 1):
        results.append(solve(edited(problem, edits[:n]), budget, start=results[-1].plan))
    return Frontier(tuple(edits), tuple(results))


def _after(dual: Dual, problem: Problem) -> int:
    """Return the bound of a problem a few rounds after it has taken over the prices of another."""
    new = Dual(problem.flat, problem.state().desk.board, problem.audits)
    for price, known in zip(new.prices, dual.best, strict=True):
        part = tuple(slice(0, min(n, m)) for n, m in zip(price.shape, known.shape, strict=True))
        price[part] = known[part]
    for n in range(ROUNDS):
        new.round(step_at(FROM + (1 - FROM) * n / ROUNDS))
    return (new.bound or 0) + _lost(problem)


def _filled(problem: Problem, plan: Plan) -> tuple[int, int]:
    """Return points and audits served by what is legal of a plan, with what is left out booked where it fits."""
    state = problem.state()
    for placed in legal_part(problem, plan):
        state.add(placed)
    for a in order(problem):
        if a not in state.booked:
            found = cheapest(state, a)
            if found is not None and found[0] <= problem.costs.penalty[a]:
                state.add(found[1])
    mine = [state.booked[a] for a in problem.audits.tolist() if a in state.booked]
    verdict = verify(problem, problem.plan_of(mine))
    return (verdict.cost or 0) + _lost(problem), len(mine)


def _whole(result: Result) -> int:
    return (result.cost or 0) + (_lost(result.problem) if result.problem else 0)


def _lost(problem: Problem) -> int:
    """Return the points of the hopeless audits, which neither cost nor bound holds."""
    return int(np.sum(problem.costs.penalty[problem.hopeless]))
