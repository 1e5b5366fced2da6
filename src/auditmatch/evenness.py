"""How evenly a plan spreads work and travel over people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.matching.frames import row_frame
from auditmatch.places import kilometres, places
from auditmatch.plan import Plan
from auditmatch.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """Load and travel of everybody who is there for at least a day of the horizon.

    Attributes
    ----------
    load, travel
        Gini coefficients, 0 (all alike) to below 1 (one has all), of booked over available days and of kilometres.
    least, most
        Least and greatest share of the available days that anybody is booked; max-min fairness raises the least.
    table
        A data frame: auditor_id, days booked, days available, share, kilometres (there and back for each booking).
    """

    load: float
    travel: float
    least: float
    most: float
    table: Any

    def __str__(self) -> str:
        """Return the figures on one line."""
        return (
            f"load: Gini {self.load:.2f}, from {self.least:.0%} to {self.most:.0%} of the days there; "
            f"travel: Gini {self.travel:.2f}"
        )


def balance(problem: Problem, plan: Plan) -> Balance:
    """Return how evenly a plan spreads work and travel.

    Work is what the goal `fairness` levels while planning; travel is only told.

    Parameters
    ----------
    problem, plan
        Rules and goals, and any plan for them; its facts are left out.
    """
    scene, costs = problem.scene, problem.costs
    register, per_day = scene.register, scene.calendar.slots_per_day
    names, position = places(register)
    at = np.array([names.get(name, -1) for name in register.audits["location"]], dtype=np.int64)
    home = np.array([names.get(name, -1) for name in register.auditors["location"]], dtype=np.int64)
    far = kilometres(*position) if names else np.zeros((0, 0))
    days, road = np.zeros(len(home)), np.zeros(len(home))
    for placed in problem.place(plan):
        for i in placed.people:
            days[i] += placed.length / per_day
            remote = costs.audit_place[placed.audit] == len(names)
            if not remote and at[placed.audit] >= 0 and home[i] >= 0:
                road[i] += 2 * far[at[placed.audit], home[i]]
    busy = problem.lowered.busy[:, scene.first_slot : scene.last_slot + 1]
    there = (~busy).sum(axis=1) / per_day
    rows = np.flatnonzero(there >= 1)
    share = days[rows] / there[rows]
    table = [
        {
            "auditor_id": scene.auditor_id(int(i)), "days": float(days[i]), "available": float(there[i]),
            "share": float(days[i] / there[i]), "kilometres": float(road[i]),
        }
        for i in rows
    ]  # fmt: skip
    heads = ("auditor_id", "days", "available", "share", "kilometres")
    least, most = float(share.min(initial=1.0)), float(share.max(initial=0.0))
    return Balance(gini(share), gini(road[rows]), least, most, row_frame(table, heads, register.native))


def gini(values: npt.NDArray[np.float64]) -> float:
    """Return the Gini coefficient of values of 0 or more: half the mean difference over the mean; 0 where all are 0."""
    total, n = float(values.sum()), len(values)
    if total <= 0:
        return 0.0
    ranked = np.sort(values)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ranked / (n * total))
