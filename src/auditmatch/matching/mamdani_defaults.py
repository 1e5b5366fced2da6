"""Rule bases for B1, B2, D and E that may stand in for the means and quotients: a choice, stated in docs/fuzzy.md.

The output's words are symmetric about their peaks, and the outermost reach beyond 0 and 1, so that all items at 1
conclude exactly 1: a centroid inside [0, 1] alone never could.
"""

from __future__ import annotations

from itertools import product

from auditmatch.fuzzy_tables import AUDITOR_ITEMS
from auditmatch.matching.mamdani import Inference, Rule, Variable
from auditmatch.memberships import Membership

LEVELS = ("very low", "low", "medium", "high", "very high")
_SHARES = ("low", "medium", "high")
_POINTS = 121  # over a range of 1.5: all peaks and feet lie on a point


def default_inference() -> dict[str, Inference]:
    """Return the library's own rule base of each factor: B1, B2, D, E.

    B1, B2: items are low (0), medium (1) or high (2). The sum of n items, as a share of 2 n, concludes the nearest of
    five levels; for B1 one low item allows at most medium, two at most low, more very low. D: from the most audits due
    in one week; E: from the kinds of policy demand.
    """
    return {
        "B1": _shares("B1", AUDITOR_ITEMS, (4, 2, 1, 0, 0, 0)),
        "B2": _shares("B2", ("client_timing", "inspections"), (4, 4, 4)),
        "D": _counts(
            "D",
            Variable(
                "due_in_week",
                {"one": _tri(1, 1, 2), "few": _tri(1, 2, 4), "some": _tri(2, 4, 8), "many": _top(4, 8)},
                1,
                10,
            ),
        ),
        "E": _counts(
            "E",
            Variable(
                "demands", {"none": _tri(0, 0, 1), "one": _tri(0, 1, 2), "two": _tri(1, 2, 3), "many": _top(2, 3)}, 0, 5
            ),
        ),
    }


def _shares(factor: str, items: tuple[str, ...], most: tuple[int, ...]) -> Inference:
    """Return a rule for every combination; `most`: the highest level that so many low items allow."""
    words = {"low": Membership("trapmf", (0, 0, 0.2, 0.5)), "medium": _tri(0.2, 0.5, 0.8), "high": _top(0.5, 0.8)}
    rules = []
    for scores in product(range(3), repeat=len(items)):
        level = min(int(4 * sum(scores) / (2 * len(items)) + 0.5), most[scores.count(0)])
        when = tuple((item, (_SHARES[score],)) for item, score in zip(items, scores, strict=True))
        rules.append(Rule(when, LEVELS[level]))
    inputs = tuple(Variable(item, words) for item in items)
    return Inference(inputs, _output(factor, 0.0), tuple(rules), _POINTS)


def _counts(factor: str, count: Variable) -> Inference:
    """Return a rule for each word of a count: 1, 0.5, 0.25 and 0.125, much as 1 / n."""
    levels = ("very high", "medium", "low", "very low")
    rules = tuple(Rule(((count.name, (word,)),), level) for word, level in zip(count.terms, levels, strict=True))
    # A count hinders and never forbids, so its lowest level lies above 0.
    return Inference((count,), _output(factor, 0.125), rules, _POINTS)


def _output(factor: str, lowest: float) -> Variable:
    peaks = {"very low": lowest, "low": 0.25, "medium": 0.5, "high": 0.75, "very high": 1.0}
    half = {"very low": 0.25 if lowest == 0.0 else lowest}
    words = {
        level: _tri(peak - half.get(level, 0.25), peak, peak + half.get(level, 0.25)) for level, peak in peaks.items()
    }
    return Variable(factor, words, -0.25, 1.25)


def _tri(low: float, peak: float, high: float) -> Membership:
    return Membership("trimf", (low, peak, high))


def _top(foot: float, top: float) -> Membership:
    """Return a word that stays at 1 from `top` on."""
    return Membership("trapmf", (foot, top, 1000.0, 1000.0))
