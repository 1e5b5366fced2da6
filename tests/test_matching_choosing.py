"""The best hires and trainings: against every subset, tried on whole registers; what is submodular and what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import OILS, SMALL, audit, auditor, client, needs, random_register, register

import auditmatch as am
from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.matching import matching_degree
from auditmatch.matching.changes import Hire, Train
from auditmatch.matching.choosing import best_hires, best_trainings, possible_trainings
from auditmatch.matching.staffing import staffing_effect

DAY = "2027-02-01"
FIELDS, CLASSES = ("QMS", "EMS", "OHSMS"), (OILS, "33.02.00")
PAIRS = tuple((field, specialty) for field in FIELDS for specialty in CLASSES)
Set = frozenset[int]


def naive_gain(whole: am.Register, changes: Sequence[Any], threshold: float, weigh: str, **options: Any) -> float:
    """Return what changes take off the shortfall, by making them and computing P anew."""
    changed = whole
    for change in changes:
        changed = change.applied(changed, np.datetime64(DAY))
    lacks = [naive_lack(each, threshold, weigh, **options) for each in (whole, changed)]
    return lacks[0] - lacks[1]


def naive_lack(whole: am.Register, threshold: float, weigh: str, **options: Any) -> float:
    degree = matching_degree(whole, DAY, **options)
    pairs = zip(degree.P.tolist(), degree.demand.Y.tolist(), strict=True)
    return sum(max(0.0, threshold - p) * (y if weigh == "auditors" else 1.0) for p, y in pairs if y > 0)


def every_gain(whole: am.Register, offered: Sequence[Any], **how: Any) -> dict[Set, float]:
    """Return the gain of every subset."""
    sets = chain.from_iterable(combinations(range(len(offered)), n) for n in range(len(offered) + 1))
    return {frozenset(chosen): naive_gain(whole, [offered[c] for c in chosen], **how) for chosen in sets}


def best_of(gains: dict[Set, float], offered: Sequence[Any], k: int, budget: float | None) -> float:
    fits = [s for s in gains if len(s) <= k and (budget is None or sum(offered[c].cost for c in s) <= budget + 1e-9)]
    return max(gains[s] for s in fits)


def draw_hires(rng: np.random.Generator, n: int, cost: bool) -> list[Hire]:
    return [
        Hire(
            f"n{number}",
            tuple(PAIRS[p] for p in rng.choice(len(PAIRS), rng.integers(1, 4), replace=False)),
            float(rng.uniform(0.1, 1)),
            cost=float(rng.integers(1, 4)) if cost else 1.0,
        )
        for number in range(n)
    ]


def draw_trainings(whole: am.Register, rng: np.random.Generator, n: int, cost: bool, held_only: bool) -> list[Train]:
    """Draw trainings of few people, so that several of one person meet."""
    degree = matching_degree(whole, DAY)
    have = {(row["auditor_id"], row["field"]) for row in rows(whole) if counts(row)}
    full = {(row["auditor_id"], row["field"], row["specialty"]) for row in rows(whole) if counts(row)}
    people = whole.auditors
    works = ~(people["from"] > degree.at) & ~(people["until"] < degree.at)
    names = people["auditor_id"][works].tolist()[:3]
    all_of = [(name, *pair) for name in names for pair in PAIRS if (name, *pair) not in full]
    all_of = [row for row in all_of if not held_only or row[:2] in have]
    chosen = rng.permutation(len(all_of))[:n]
    return [Train(*all_of[c], cost=float(rng.integers(1, 4)) if cost else 1.0) for c in sorted(chosen)]


def rows(whole: am.Register) -> list[dict[str, Any]]:
    return list(whole.frame("qualifications").to_dict("records"))


def counts(row: dict[str, Any]) -> bool:
    until = str(row["valid_until"])[:10]
    return row["grade"] in ("auditor", "lead") and (until == "NaT" or until == "None" or until >= DAY)


# --- against every subset


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(["auditors", "groups"]), st.booleans(), st.integers(1, 3))
def test_the_best_hires_are_those_of_all_subsets(seed: int, weigh: Any, cost: bool, k: int) -> None:
    rng = np.random.default_rng(seed)
    whole, people = random_register(seed), draw_hires(rng, 4, cost)
    how: dict[str, Any] = {"threshold": 1.5, "weigh": weigh}
    gains = every_gain(whole, people, **how)
    budget = 3.0 if cost else None
    best = best_of(gains, people, k, budget)
    exact = best_hires(whole, people, k, DAY, budget=budget, method="exact", **how)
    assert exact.gain == pytest.approx(best, abs=1e-6)
    assert exact.guarantee == 1.0
    auto = best_hires(whole, people, k, DAY, budget=budget, **how)
    assert auto.method == ("exact" if len({each.cost for each in people}) > 1 else "greedy")
    greedy = best_hires(whole, people, k, DAY, budget=budget, method="greedy", **how)
    for choice in (exact, auto, greedy):
        assert choice.gain == pytest.approx(naive_gain(whole, choice.changes, **how), abs=1e-9)
        assert best <= choice.bound + 1e-6
        assert choice.gain >= choice.guarantee * best - 1e-6
        assert len(choice.changes) <= k
        assert budget is None or choice.cost <= budget


@settings(deadline=None, max_examples=12)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["auditors", "groups"]),
    st.booleans(),
    st.sampled_from(["fields", "pairs"]),
    st.sampled_from([1.0, 0.0, 2.0]),
)
def test_the_best_trainings_are_those_of_all_subsets(
    seed: int, weigh: Any, cost: bool, registrations: Any, power: float
) -> None:
    rng = np.random.default_rng(seed)
    whole = random_register(seed)
    offered = draw_trainings(whole, rng, 4, cost, held_only=False)
    how: dict[str, Any] = {"threshold": 1.5, "weigh": weigh}
    how |= {"registrations": registrations, "exponents": {"C1": power}}
    gains = every_gain(whole, offered, **how)
    budget = 4.0 if cost else None
    choice = best_trainings(whole, offered, 3, DAY, budget=budget, **how)
    assert choice.gain == pytest.approx(best_of(gains, offered, 3, budget), abs=1e-6)
    assert choice.gain == pytest.approx(naive_gain(whole, choice.changes, **how), abs=1e-9)
    assert choice.guarantee == 1.0 or choice.method == "greedy"
    forced = best_trainings(whole, offered, 3, DAY, budget=budget, method="greedy", **how)
    assert forced.gain == pytest.approx(naive_gain(whole, forced.changes, **how), abs=1e-9)
    assert choice.gain >= forced.gain - 1e-6


@pytest.mark.long
@pytest.mark.parametrize("kind", ["hires", "trainings"])
def test_500_choices_equal_brute_force(kind: str) -> None:
    worst = 1.0
    for seed in range(500):
        rng = np.random.default_rng(seed)
        whole, cost = random_register(seed), bool(seed % 2)
        how: dict[str, Any] = {"threshold": 1.5, "weigh": ("auditors", "groups")[seed // 2 % 2]}
        budget = 4.0 if cost else None
        if kind == "hires":
            offered: list[Any] = draw_hires(rng, 5, cost)
            choose: Callable[..., Any] = best_hires
        else:
            offered, choose = draw_trainings(whole, rng, 5, cost, held_only=False), best_trainings
        best = best_of(every_gain(whole, offered, **how), offered, 3, budget)
        exact = choose(whole, offered, 3, DAY, budget=budget, method="exact", **how)
        assert abs(exact.gain - best) <= 1e-6
        greedy = choose(whole, offered, 3, DAY, budget=budget, method="greedy", **how)
        assert greedy.gain >= greedy.guarantee * best - 1e-6
        worst = min(worst, greedy.gain / best if best > 1e-9 else 1.0)
    print(f"{kind}: 500 exact choices equal brute force; greedy has at least {worst:.3f} of the best")


# --- monotone and submodular, or not


def violations(gains: dict[Set, float], n: int) -> tuple[int, int]:
    """Count where F falls by one change more, and where the gain of one more rises in a greater set."""
    falls = rises = 0
    for s in gains:
        for e in set(range(n)) - s:
            falls += gains[s | {e}] < gains[s] - 1e-9
            for more in set(range(n)) - s - {e}:
                rises += gains[s | {more, e}] - gains[s | {more}] > gains[s | {e}] - gains[s] + 1e-9
    return falls, rises


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from(["auditors", "groups"]), st.sampled_from(["hires", "held"]))
def test_hires_and_trainings_in_fields_held_are_monotone_and_submodular(seed: int, weigh: Any, kind: str) -> None:
    rng = np.random.default_rng(seed)
    whole = random_register(seed)
    offered: list[Any] = draw_hires(rng, 4, False) if kind == "hires" else draw_trainings(whole, rng, 4, False, True)
    gains = every_gain(whole, offered, threshold=1.5, weigh=weigh)
    assert violations(gains, len(offered)) == (0, 0)


def counterexample() -> am.Register:
    """One full auditor of QMS (P = 1 there); two classes of EMS that one easy client each needs and nobody has."""
    rows = [*SMALL, client("p"), client("q"), audit("y", "p"), audit("z", "q")]
    return register(*rows, needs("y", "EMS"), needs("z", "EMS", specialty="33.02.00"))


def test_trainings_that_bring_a_field_are_neither_monotone_nor_submodular() -> None:
    whole = counterexample()
    offered = [Train("a", "EMS", OILS), Train("a", "EMS", "33.02.00"), Train("a", "ISMS", OILS)]
    gains = every_gain(whole, offered, threshold=1.0, weigh="auditors")
    one, two, useless = ({frozenset(s): gains[frozenset(s)] for s in ({0}, {0, 1}, {2})}).values()
    # The first brings a field: x falls from 1 to 1/2, so QMS lacks 1/2 and EMS gains 1/2: nothing. The second costs
    # nothing more: +1/2, which is more than the first. A field that nobody asks for: -1/2.
    assert (one, two, useless) == pytest.approx((0.0, 0.5, -0.5))
    falls, rises = violations(gains, 3)
    assert falls > 0
    assert rises > 0


def test_where_greedy_stops_the_exact_choice_goes_on() -> None:
    whole = counterexample()
    offered = [Train("a", "EMS", OILS), Train("a", "EMS", "33.02.00")]
    assert best_trainings(whole, offered, 2, method="greedy").changes == ()
    choice = best_trainings(whole, offered, 2)
    assert choice.method == "exact"
    assert choice.gain == pytest.approx(0.5)
    assert choice.table["gain"].tolist() == pytest.approx([0.0, 0.5])
    assert choice.table["shortfall"].tolist() == pytest.approx([2.0, 1.5])
    assert best_trainings(whole, offered, 1).changes == ()


def test_greedy_hires_can_miss_the_best_but_not_by_more_than_promised() -> None:
    # Two classes of EMS lack 1 each. The generalist gives 0.6 to both; the two specialists together give all.
    whole = counterexample()
    people = [
        Hire("both", (("EMS", OILS), ("EMS", "33.02.00")), 0.6),
        Hire("first", (("EMS", OILS),)),
        Hire("second", (("EMS", "33.02.00"),)),
    ]
    greedy = best_hires(whole, people, 2)
    exact = best_hires(whole, people, 2, method="exact")
    # Greedy: both takes 1.2, then first 0.4: 1.6. Best: first and second, 2.
    assert [each.auditor_id for each in greedy.changes] == ["both", "first"]
    assert (greedy.gain, exact.gain) == pytest.approx((1.6, 2.0))
    assert greedy.guarantee == pytest.approx(max(0.75, 1.6 / greedy.bound))
    assert greedy.bound >= 2.0 - 1e-9
    assert repr(exact) == "Choice of 2 for 2: shortfall 2 -> 0 by exact, at least 1.000 of the best gain"


# --- what is offered, and what is refused


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_the_trainings_offered_bring_no_field(seed: int) -> None:
    degree = matching_degree(random_register(seed), DAY)
    offered = possible_trainings(degree, 1.5)
    short = set(degree.table.loc[degree.P < 1.5, ["field", "specialty"]].itertuples(index=False, name=None))
    assert {(each.field, each.specialty) for each in offered} <= short
    choice = best_trainings(degree.register, None, 2, DAY, threshold=1.5)
    assert choice.method == "greedy"
    assert len(choice.changes) <= 2
    for each in choice.changes:
        risen = staffing_effect(degree.register, each, DAY)
        assert (risen.table["X_after"] > risen.table["X_before"]).all()


def test_what_brings_nothing_is_not_chosen() -> None:
    choice = best_hires(register(*SMALL), [Hire("n", (("QMS", OILS),))], 1)
    assert choice.changes == ()
    assert (choice.gain, choice.bound, choice.guarantee) == (0.0, 0.0, 1.0)
    assert len(choice.table) == 0
    assert best_trainings(register(*SMALL), k=3).changes == ()
    assert best_hires(register(*SMALL), [], 1, method="exact").changes == ()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "neither k nor budget"),
        ({"k": 0}, "k is 0"),
        ({"k": 1.5}, "k is 1.5"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"k": 1, "weigh": "heads"}, "weigh 'heads'"),
        ({"k": 1, "method": "guess"}, "method 'guess'"),
        ({"k": 1, "threshold": -1.0}, "threshold -1.0"),
    ],
)
def test_arguments_outside_their_domain_are_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        best_hires(register(*SMALL), [Hire("n", (("QMS", OILS),))], **how)


def test_candidates_that_cannot_be_had_are_all_named() -> None:
    whole = register(*SMALL, auditor("b", until="2026-12-31"), auditor("c"))
    offered = [Train("a", "QMS", OILS), Train("b", "QMS", OILS), Train("c", "EMS", OILS), Train("c", "EMS", OILS)]
    with pytest.raises(ArgumentError) as caught:
        best_trainings(whole, offered, 1)
    for said in ("a in QMS 03.04.01: held already", "b in QMS 03.04.01: not with the body on", "EMS 03.04.01: stands"):
        assert said in str(caught.value)
    with pytest.raises(UnknownNameError, match="no auditor is called 'd'"):
        best_trainings(whole, [Train("d", "QMS", OILS)], 1)
    with pytest.raises(ArgumentError, match="auditors called a, n exist already or stand twice"):
        best_hires(whole, [Hire(name, (("EMS", OILS),)) for name in ("a", "n", "n")], 1)
    many = [Hire(f"n{number}", (("QMS", OILS),)) for number in range(20_001)]
    with pytest.raises(ArgumentError, match="20001 candidates are more than 20000"):
        best_hires(whole, many, 1)
