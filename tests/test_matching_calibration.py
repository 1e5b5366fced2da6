"""Exponents from history: known ones are found again, head count stands beside them, poor histories are refused."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_rows import OILS, SMALL, auditor, client, holds, needs, register

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.matching import matching_degree
from auditmatch.matching.calibration import BASELINE, FITTED, Calibration, calibrate
from auditmatch.matching.history import SIGNS
from auditmatch.matching.likelihood import concordance, fit, losses, predicted, saturated

TRUE = {"B1": 2.0, "C1": 0.5, "B2": 1.0, "C2": 0.3, "D": 1.5, "E": 0.0}


def simulated(n: int, seed: int, exponents: dict[str, float] = TRUE, outcome: str = "in_time") -> dict[str, Any]:
    """Return a history whose outcome follows ln P with these exponents."""
    rng = np.random.default_rng(seed)
    table: dict[str, Any] = {"A1": rng.integers(1, 30, n), "A2": rng.integers(1, 60, n)}
    table |= {"B1": rng.uniform(0.2, 1, n), "C1": rng.uniform(1, 6, n), "B2": rng.uniform(0.2, 1, n)}
    table |= {"C2": rng.uniform(1, 10, n), "D": 1 / rng.integers(1, 8, n), "E": 1 / rng.integers(1, 6, n)}
    index = np.log(table["A1"] / table["A2"])
    index = index + sum(exponents[name] * sign * np.log(table[name]) for name, sign in SIGNS.items())
    eta = 1.5 * (index - index.mean())
    if outcome == "in_time":
        return table | {outcome: rng.random(n) < 1 / (1 + np.exp(-eta))}
    mean = 3 * np.exp(-0.3 * eta)
    if outcome == "refusals":
        return table | {outcome: rng.poisson(np.minimum(mean, 1e6))}
    return table | {outcome: mean * rng.exponential(size=n)}  # days scatter more than Poisson's do


# --- known exponents are found again


@pytest.mark.parametrize("outcome", ["in_time", "refusals", "days"])
def test_known_exponents_are_found_again(outcome: str) -> None:
    told = calibrate(simulated(4000, 3, outcome=outcome), resamples=40)
    frame = told.table.set_index("factor")
    for name, value in TRUE.items():
        assert frame.loc[name, "exponent"] == pytest.approx(value, abs=0.3), name
        wide = frame.loc[name, "high"] - frame.loc[name, "low"]
        assert frame.loc[name, "low"] - 0.5 * wide <= value <= frame.loc[name, "high"] + 0.5 * wide + 0.05
    assert told.better
    scores = told.scores.set_index("model")
    assert scores["loss"].is_monotonic_decreasing  # A1/A2, then P, then the fitted P
    assert scores["auc"].is_monotonic_increasing
    assert scores.loc[FITTED, "low"] > 0


@pytest.mark.long
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = dict.fromkeys(TRUE, 0)
    for seed in range(60):
        frame = calibrate(simulated(1000, seed), resamples=100).table.set_index("factor")
        for name, value in TRUE.items():
            held[name] += frame.loc[name, "low"] - 1e-9 <= value <= frame.loc[name, "high"] + 1e-9
    print("of 60 intervals of 95 %, so many hold the truth:", held)
    # 3 misses are expected; 10 or more of 60 happen by chance about once in 1,400.
    assert min(held.values()) >= 51


def test_the_exponents_go_into_the_matching_degree() -> None:
    told = calibrate(simulated(1500, 1), resamples=40)
    degree = matching_degree(register(*SMALL), exponents=told.exponents)
    assert pytest.approx(2.0, abs=0.6) == degree.options.exponents.B1
    assert told.exponents.E == 0.0  # an estimate near 0 switches the factor off


def test_equal_seeds_give_equal_results_and_others_do_not() -> None:
    history = simulated(600, 5)
    one, two, three = (calibrate(history, resamples=40, seed=seed) for seed in (1, 1, 2))
    assert one.estimate == two.estimate
    assert one.scores.equals(two.scores)
    assert [part[0] for part in one.estimate.values()] == [part[0] for part in three.estimate.values()]
    assert one.estimate != three.estimate
    assert not one.scores.equals(three.scores)


def test_no_fit_is_told_without_its_baseline() -> None:
    told = calibrate(simulated(600, 2), resamples=40)
    assert told.scores["model"].tolist() == ["A1/A2", "P, exponents 1", "P, exponents fitted"]
    assert told.scores.loc[0, ["better_by", "low", "high"]].tolist() == [0, 0, 0]
    assert "Out-of-sample loss: A1/A2 0." in repr(told)
    assert "Fitted P beats plain A1/A2" in repr(told)


def test_factors_that_say_nothing_do_not_beat_the_baseline() -> None:
    # The outcome follows A1/A2 alone.
    told = calibrate(simulated(800, 4, dict.fromkeys(TRUE, 0.0)), resamples=40)
    assert not told.better
    assert max(part[1] for part in told.estimate.values()) < 0.3
    assert "does not beat" in repr(told)


def test_factors_left_out_or_all_the_same_keep_their_exponent_of_one() -> None:
    history = simulated(1500, 7, TRUE | {"B1": 1.0, "D": 1.0}) | {"E": np.ones(1500)}
    told = calibrate(history, estimate=("C1", "B2", "C2", "E"), resamples=40)
    frame = told.table.set_index("factor")
    assert frame["estimated"].to_dict() == {"B1": False, "C1": True, "B2": True, "C2": True, "D": False, "E": False}
    assert frame.loc["B1", ["exponent", "used"]].tolist() == [1.0, 1.0]
    assert math.isnan(frame.loc["B1", "low"])
    assert frame.loc["C1", "exponent"] == pytest.approx(0.5, abs=0.3)
    alone = calibrate(history, estimate=(), resamples=40)
    assert alone.estimate == {}
    assert np.array_equal(alone.folds[FITTED][0], alone.folds["P, exponents 1"][0])


# --- the parts


def test_the_score_of_the_baseline_is_that_of_an_own_fit() -> None:
    history = simulated(400, 9)
    told = calibrate(history, resamples=40, folds=4)
    loss, auc = told.folds[BASELINE]
    heads = np.log(history["A1"] / history["A2"])
    y = history["in_time"].astype(float)
    # A fit of all rows knows what it predicts: on average it cannot do worse than the folds.
    at = fit(heads[:, None], y, True)
    assert losses(at[0] + at[1] * heads, y, True).mean() < loss.mean()
    assert auc == pytest.approx(concordance(y, heads), abs=0.03)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=12).filter(
        lambda rows: len({y for y, _ in rows}) > 1
    )
)
def test_concordance_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, int]]) -> None:
    pairs = [(a, b) for a, b in combinations(rows, 2) if a[0] != b[0]]
    right = sum(0.5 if a[1] == b[1] else float((a[0] < b[0]) == (a[1] < b[1])) for a, b in pairs)
    y, score = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
    assert concordance(y, score) == pytest.approx(right / len(pairs))


def test_losses_are_log_loss_and_half_the_deviance() -> None:
    eta, y = np.array([0.3, -2.0]), np.array([1.0, 0.0])
    p = predicted(eta, True)
    assert losses(eta, y, True) == pytest.approx([-math.log(p[0]), -math.log(1 - p[1])])
    y = np.array([3.0, 0.0])
    mean = predicted(eta, False)
    # Half the deviance: mean - y + y ln(y / mean), and the mean itself where y is 0.
    half = [mean[0] - 3 + 3 * math.log(3 / mean[0]), mean[1]]
    assert losses(eta, y, False) - saturated(y, False) == pytest.approx(half)


@pytest.mark.parametrize("binary", [True, False])
def test_the_fit_is_where_no_step_is_better(binary: bool) -> None:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(300, 2))
    eta = 0.5 + columns @ [1.0, -1.0]  # the second slope wants to be negative, so it rests at 0
    y = (rng.random(300) < predicted(eta, True)).astype(float) if binary else rng.poisson(predicted(eta, False)) * 1.0
    at = fit(columns, y, binary)
    assert at[2] == 0.0

    def loss(point: Any) -> float:
        return float(losses(point[0] + columns @ point[1:], y, binary).mean())

    for step in ([1e-3, 0, 0], [-1e-3, 0, 0], [0, 1e-3, 0], [0, -1e-3, 0], [0, 0, 1e-3]):
        assert loss(at + np.array(step)) > loss(at)


# --- what is read


def test_factors_are_looked_up_on_the_date() -> None:
    rows = [auditor("a"), auditor("b", routine=0.0), holds("a"), holds("b", valid_from="2027-02-01")]
    whole = register(*rows, client("o", policy=0.5), *SMALL[3:])
    history = {"field": ["QMS"] * 3, "specialty": [OILS] * 3, "date": ["2027-01-15", "2027-02-15", "2019-01-01"]}
    read = _read(history | {"refusals": [2, 0, 5]}, whole)
    # January: one auditor with B1 = 1. February: two, B1 = 0.9. Before 2020 nobody is qualified: left out.
    assert read.left_out == 1
    assert read.heads == pytest.approx([0.0, math.log(2)])
    assert read.logs["B1"] == pytest.approx([0.0, math.log(0.9)])
    assert read.logs["E"] == pytest.approx([math.log(0.5)] * 2)
    assert read.y.tolist() == [2, 0]
    with pytest.raises(ArgumentError, match="no register is given"):
        _read(history | {"refusals": [2, 0, 5]}, None)


def _read(history: Any, whole: am.Register | None, reading: Any = "load") -> Any:
    from auditmatch.matching.domain import Options
    from auditmatch.matching.history import read_history

    return read_history(history, whole, None, Options(reading=reading))


def test_tables_of_the_matching_degree_are_a_history() -> None:
    degree = matching_degree(register(*SMALL, holds("a", "EMS"), needs("x", "OHSMS")))
    read = _read(degree.table.assign(days=[1.0, 2.0, 3.5]), None)
    # EMS has no project and OHSMS no auditor, whose factors are absent: both are left out, neither is an error.
    assert (read.left_out, read.y.tolist(), read.outcome) == (2, [3.5], "days")
    organisation = _read(degree.table.assign(days=[1.0, 2.0, 3.5], A2=[0, 1, 7]), None, "organisation")
    assert organisation.heads.tolist() == [0.0]  # A2 has no effect


def test_frames_come_in_the_library_of_the_history() -> None:
    told = calibrate(pl.DataFrame(simulated(600, 1)), resamples=40)
    assert isinstance(told.table, pl.DataFrame)
    assert isinstance(told.scores, pl.DataFrame)


def test_every_problem_of_every_row_is_told_at_once() -> None:
    history = {name: values[:4].tolist() for name, values in simulated(10, 0).items()}
    history["B1"][0], history["C1"][1], history["D"][2], history["E"][3] = 1.2, 0.5, 0.0, float("nan")
    history["A1"][0], history["A2"][1], history["in_time"][2] = -1, float("inf"), "perhaps"
    with pytest.raises(InputError) as caught:
        calibrate(history)
    told = {(problem.row, problem.column) for problem in caught.value.problems}
    assert told == {
        (2, "A1"),
        (2, "B1"),
        (3, "A2"),
        (3, "C1"),
        (4, "D"),
        (4, "in_time"),
        (5, "E"),
    }
    assert "row 4, D: 0 is 0, which has no logarithm. Maybe the floor, 0.05?" in str(caught.value)
    del history["C2"]
    with pytest.raises(InputError, match="C2: the column is missing"):
        calibrate(history)
    with pytest.raises(InputError, match="int is not a table"):
        calibrate(3)


def short_of(history: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: values[rows] for name, values in history.items()}


@pytest.mark.parametrize(
    ("change", "how", "said"),
    [
        (lambda h: short_of(h, slice(0, 60)), {}, r"rows of the rarer outcome; 7 slopes need 70"),
        (lambda h: short_of(h, h["in_time"]), {}, r"and not both outcomes: every project was in time"),
        (lambda h: short_of(h, ~h["in_time"]), {}, r"no project was in time"),
        (lambda h: short_of(h, slice(0, 0)), {}, r"has 0 rows and not both outcomes\. Maybe a longer"),
        (lambda h: h | {"A1": h["A2"]}, {}, "A1/A2 is the same in all rows"),
        (lambda h: h | {"E": h["D"] ** 2 / 2}, {}, "E follows A1/A2, B1, C1, B2, C2, D without error"),
        (lambda h: h | {"A1": h["A2"], "A2": h["A1"]}, {"estimate": ()}, "more people for the projects do not help"),
        (lambda h: h | {"days": h["A1"]}, {}, "has several outcomes, in_time, days. Maybe outcome='in_time'"),
        (lambda h: {k: v for k, v in h.items() if k != "in_time"}, {}, "has no outcome. Maybe a column in_time"),
        (lambda h: h, {"outcome": "in_tme"}, "outcome 'in_tme' is not known. Maybe in_time"),
        (lambda h: h | {"days": 0 * h["A1"] + 2}, {"outcome": "days"}, "all rows have days = 2"),
        (lambda h: h | {"refusals": 0 * h["A1"]}, {"outcome": "refusals"}, "0 rows with refusals above 0"),
        (lambda h: h, {"folds": 1}, "folds is 1"),
        (lambda h: h, {"resamples": 10}, "resamples is 10"),
        (lambda h: h, {"reading": "both"}, "reading 'both'"),
    ],
)
def test_histories_that_can_tell_nothing_are_refused(change: Any, how: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        calibrate(change(simulated(300, 1, dict.fromkeys(TRUE, 0.0))), **how)


def test_an_unknown_factor_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no factor with an exponent is called 'A1'"):
        calibrate(simulated(300, 1), estimate=("A1",))
    assert isinstance(calibrate(simulated(600, 1), estimate=("B1",), resamples=40), Calibration)
