"""The best hires and the best trainings for the money: greedy where that has a guarantee, else exact.

The gain of a set S of changes is what it takes off the weighted shortfall of all groups,

    F(S) = sum_g w_g * (max(0, t - P_g) - max(0, t - P_g(S))),        t the threshold.

With w_g = Y_g (`weigh="auditors"`) a term is max(0, t * Y_g - X_g), the full auditors missing: F counts in auditors,
and a group with ten times the difficulty weighs ten times as much. With w_g = 1 (`weigh="groups"`) all weigh alike.

**Hires.** One adds x >= 0 to X of its groups and changes nothing else, so a term of F is a concave function, min, of a
sum of non-negative numbers: monotone and submodular, and so is the sum F. At one price the greedy choice of k then has
at least 1 - (1 - 1/k)^k > 1 - 1/e of the best gain (Nemhauser, Wolsey, Fisher 1978, Mathematical Programming 14).

**Trainings.** One in a field that is held leaves C1, and so x, as it is: like a hire. One that brings a registration
raises C1 and lowers x in all groups that the auditor has: F may fall, so it is not monotone; and the second specialty
of a new field costs nothing more, so its gain is greater after the first: not submodular. docs/staffing.md has figures.

Where prices differ, or a training brings a registration, the greedy choice has no such guarantee, and the choice is
made exactly, as a mixed-integer program (`candidates.py` states it) solved by HiGHS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.matching.candidates import Candidates, Hires, Trainings
from auditmatch.matching.changes import Hire, Train
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.domain import Floats, check_choice
from auditmatch.matching.factors import counting_qualifications
from auditmatch.matching.frames import native_frame
from auditmatch.matching.measure import matching_degree
from auditmatch.matching.picking import exact, greedy, ordered
from auditmatch.matching.shortfall import Shortfall, Weigh
from auditmatch.matching.staffing import positive_threshold

if TYPE_CHECKING:
    from auditmatch.register import Register

Method = Literal["auto", "greedy", "exact"]
MOST_CANDIDATES = 20_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice:
    """The changes chosen; `best_hires` and `best_trainings` make it.

    Attributes
    ----------
    before
        The matching degree without them.
    changes
        Those chosen, each the best next to those before it.
    gains
        (changes,) what each takes off the shortfall next to those before it.
    shortfall
        The weighted shortfall before.
    bound
        No choice under the same limits gains more.
    method
        "greedy" or "exact".
    guarantee
        Share of the best gain that is certain: gain / bound, or what the method promises where that is more; 1 for an
        optimum.
    """

    before: MatchingDegree
    changes: tuple[Hire | Train, ...]
    gains: Floats
    shortfall: float
    bound: float
    method: Method
    guarantee: float

    @property
    def gain(self) -> float:
        """What all changes together take off the shortfall."""
        return float(self.gains.sum())

    @property
    def cost(self) -> float:
        """What they cost together."""
        return float(sum(change.cost for change in self.changes))

    @property
    def table(self) -> Any:
        """Return change, cost, gain, shortfall (what is left) of each change, in order."""
        return native_frame(
            {
                "change": np.array([change.describe() for change in self.changes], dtype=object),
                "cost": np.array([change.cost for change in self.changes], dtype=np.float64),
                "gain": self.gains,
                "shortfall": self.shortfall - np.cumsum(self.gains),
            },
            self.before.register.native,
        )

    def __repr__(self) -> str:
        return (
            f"Choice of {len(self.changes)} for {self.cost:g}: shortfall {self.shortfall:.4g} -> "
            f"{self.shortfall - self.gain:.4g} by {self.method}, at least {self.guarantee:.3f} of the best gain"
        )


def best_hires(
    register: Register,
    people: Sequence[Hire],
    k: int | None = None,
    at: Any = None,
    *,
    budget: float | None = None,
    threshold: float = 1.0,
    weigh: Weigh = "auditors",
    method: Method = "auto",
    seconds: float = 60.0,
    **options: Any,
) -> Choice:
    """Return the best k people to hire for the money.

    Parameters
    ----------
    register
        The tables of one certification body.
    people
        Who may be hired, each once; `cost` in the unit of the budget.
    k, budget
        Most people, and most money, at least one of the two.
    at
        The date; None: the first day of the open audits' windows.
    threshold
        P that groups are to reach.
    weigh
        "auditors": the gain counts full auditors missing; "groups": P, each group alike.
    method
        "auto": greedy where it has a guarantee, else exact; "greedy", "exact".
    seconds
        Most time of an exact choice; a choice cut short is not proved, and `bound` tells how far it may be.
    options
        As `matching_degree` takes them.

    Raises
    ------
    ArgumentError
        For arguments outside their domain, names that exist already or stand twice, and an exact choice that finds
        nothing in its time.
    """
    degree, short = _asked(register, at, threshold, weigh, options)
    names = Counter(person.auditor_id for person in people)
    known = set(register.auditors["auditor_id"].tolist())
    taken = [name for name, number in names.items() if number > 1 or name in known]
    if taken:
        raise ArgumentError(f"auditors called {', '.join(taken)} exist already or stand twice. Maybe other names?")
    return _choose(degree, short, people, Hires.of(degree, people), (k, budget), method, seconds)


def best_trainings(
    register: Register,
    trainings: Sequence[Train] | None = None,
    k: int | None = None,
    at: Any = None,
    *,
    budget: float | None = None,
    threshold: float = 1.0,
    weigh: Weigh = "auditors",
    method: Method = "auto",
    seconds: float = 60.0,
    **options: Any,
) -> Choice:
    """Return the best k trainings for the money.

    Parameters
    ----------
    trainings
        Those that may be given; None: every auditor in every specialty below the threshold that they do not have and
        whose field they have (so none brings a registration), for a cost of 1.
    register, k, budget, at, threshold, weigh, method, seconds, options
        As in `best_hires`.

    Raises
    ------
    UnknownNameError
        For an auditor that the register does not know.
    ArgumentError
        As in `best_hires`; for trainings that cannot be had (all are named), and more than 20,000 of them.
    """
    degree, short = _asked(register, at, threshold, weigh, options)
    offered = possible_trainings(degree, threshold) if trainings is None else list(trainings)
    return _choose(degree, short, offered, Trainings.of(degree, offered), (k, budget), method, seconds)


def possible_trainings(degree: MatchingDegree, threshold: float = 1.0) -> list[Train]:
    """Return every training of an auditor in a specialty below the threshold of a field that they have."""
    register, at = degree.register, degree.at
    rows = counting_qualifications(register, at, degree.options.grades)
    held = register.qualifications
    who = held["auditor_id"][rows].tolist()
    pairs = set(zip(who, held["field"][rows].tolist(), held["specialty"][rows].tolist(), strict=True))
    below = threshold > degree.P
    short = list(zip(degree.factors.field[below].tolist(), degree.factors.specialty[below].tolist(), strict=True))
    people = dict.fromkeys((name, field) for name, field, _ in sorted(pairs))
    return [
        Train(name, field, specialty)
        for name, field in people
        for other, specialty in short
        if other == field and (name, field, specialty) not in pairs
    ]


def _asked(
    register: Register, at: Any, threshold: float, weigh: Weigh, options: dict[str, Any]
) -> tuple[MatchingDegree, Shortfall]:
    positive_threshold(threshold)
    degree = matching_degree(register, at, **options)
    return degree, Shortfall.of(degree, threshold, weigh)


def _choose(
    degree: MatchingDegree,
    short: Shortfall,
    offered: Sequence[Hire] | Sequence[Train],
    candidates: Candidates,
    limits: tuple[int | None, float | None],
    method: Method,
    seconds: float,
) -> Choice:
    """Choose by the method, drop what brings nothing, and order the rest."""
    check_choice("method", method, get_args(Method))
    cost = np.array([each.cost for each in offered], dtype=np.float64)
    most, money = _limits(limits, len(offered))
    alike = bool((cost == cost[:1]).all())
    promised = 0.0
    by: Method = "greedy"
    if method == "greedy" or (method == "auto" and alike and candidates.additive is not None):
        chosen, bound = greedy(short, candidates, cost, most, money)
        if alike and candidates.additive is not None and len(cost):
            number = max(min(most, int(min(money / cost[0] + 1e-9, most))), 1)
            promised = 1.0 - (1.0 - 1.0 / number) ** number
    else:
        chosen, bound = exact(short, candidates, cost, most, money, seconds)
        by = "exact"
    order, gains = ordered(short, candidates, chosen)
    # A bound from floating point may lie below the gain by rounding; 1e-6 is the tolerance of HiGHS.
    gain = float(gains.sum())
    reached = 1.0 if bound - gain <= 1e-6 * max(1.0, gain) else gain / bound
    changes = tuple(offered[c] for c in order.tolist())
    return Choice(degree, changes, gains, short.total, max(bound, gain), by, max(promised, reached))


def _limits(limits: tuple[int | None, float | None], n: int) -> tuple[int, float]:
    """Return most changes and most money."""
    k, budget = limits
    if k is None and budget is None:
        raise ArgumentError("neither k nor budget is given, so there is no limit. Maybe k=5?")
    if k is not None and (isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1):
        raise ArgumentError(f"k is {k!r}. Maybe 5?")
    if budget is not None and not budget > 0:  # true for NaN as well
        raise ArgumentError(f"budget is {budget!r}, not a number above 0. Maybe the cost of one change?")
    if n > MOST_CANDIDATES:
        raise ArgumentError(f"{n} candidates are more than {MOST_CANDIDATES}. Maybe choose among fewer?")
    return n if k is None else min(int(k), n), np.inf if budget is None else float(budget)
