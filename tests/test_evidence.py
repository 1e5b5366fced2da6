"""The evidence on P: the execution of a plan on tiny registers, and the statistics on rows made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditmatch as am

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import evidence  # noqa: E402
import foretelling  # noqa: E402
from execution import Chance, Execution, Truth, inert, truth_of  # noqa: E402
from foretelling import HEADS, INDICES, TROUBLE, Case  # noqa: E402
from scenarios import WORLDS, Recipe, read_rows, recipe_of, recipes  # noqa: E402


def register(**changes: Any) -> am.Register:
    """Return three auditors, of whom Ann and Bo audit QMS 03.04.01, and two clients of one group with an audit each.

    2027-01-04 is a Monday. A1 may be held from the 4th to the 22nd, A2 from the 11th to the 22nd; each takes a day.
    """
    audits = {
        "audit_id": ["A1", "A2"],
        "organisation_id": ["O1", "O2"],
        "kind": ["surveillance"] * 2,
        "earliest": ["2027-01-04", "2027-01-11"],
        "latest": ["2027-01-22"] * 2,
        "person_days": [1, 1],
    }
    tables: dict[str, Any] = {
        "auditors": {"auditor_id": ["Ann", "Bo", "Cy"], "routine": [0.5, 1, 1]},
        "qualifications": {
            "auditor_id": ["Ann", "Bo", "Cy"],
            "field": ["QMS", "QMS", "EMS"],
            "specialty": ["03.04.01"] * 3,
            "valid_from": ["2020-01-01"] * 3,
            "grade": ["lead"] * 3,
        },
        "organisations": {"organisation_id": ["O1", "O2"], "group_id": ["G", "G"], "inspections": [0.6, 1]},
        "audits": audits,
        "requirements": {"audit_id": ["A1", "A2"], "field": ["QMS"] * 2, "specialty": ["03.04.01"] * 2},
    }
    return am.Register.from_tables(tables | changes)


def carried_out(truth: Truth, chance: Chance, cb: am.Register | None = None) -> dict[str, tuple[str, list[str]]]:
    """Plan greedily, carry the plan out, and return start and team of the audits held."""
    from auditmatch.engines.greedy import greedy

    problem = am.Problem(cb or register(), "2027-01-04", "2027-01-22")
    execution = Execution(problem, truth, chance)
    held = execution.run(greedy(problem))
    plan = problem.plan_of([execution.state.booked[a] for a in sorted(held)])
    assert not am.verify(problem, plan).violations
    return {b.audit: (b.start, [who for who, _ in b.team]) for b in plan.bookings}


def chance(**drawn: Any) -> Chance:
    """Return draws under which nothing happens that is not given: 0 accepts, keeps and settles whatever is above 0."""
    parts = {"refuse": np.zeros((2, 3)), "postpone": np.zeros(2), "request": np.zeros(2)}
    return Chance(**parts | {"delay": np.full(2, 4), "week": np.zeros(2)} | drawn)


SURE = Truth(np.ones(3), np.ones(2), np.ones(2))
# The client of A1 is the harder one, so the fuller auditor, Bo, goes there.
PLANNED = {"A1": ("2027-01-04", ["Bo"]), "A2": ("2027-01-11", ["Ann"])}


def test_the_truth_of_a_register_is_read_from_its_own_columns() -> None:
    # Ann: (0.5 + 4) / 5 = 0.9. O1: (1 + 0.6) / 2 = 0.8. Both audits of group G are due in one week, so D = 1 / 2.
    truth = truth_of(register())
    assert truth.accepts.tolist() == pytest.approx([0.9, 1, 1])
    assert truth.keeps.tolist() == pytest.approx([0.8, 1])
    assert truth.settled.tolist() == [0.5, 0.5]
    alone = {"organisation_id": ["O1", "O2"], "coordination": [0.7, None]}
    assert truth_of(register(organisations=alone)).settled.tolist() == [0.7, 1]
    assert inert(truth).accepts.tolist() == [1, 1, 1]


def test_a_plan_is_carried_out_as_planned_where_nothing_acts() -> None:
    wild = chance(refuse=np.full((2, 3), 0.99), postpone=np.full(2, 0.99), request=np.full(2, 0.99))
    assert carried_out(inert(truth_of(register())), wild) == PLANNED


def test_who_refuses_is_replaced_and_without_another_the_audit_is_lost() -> None:
    refuse = np.array([[0, 0.95, 0], [0, 0, 0]])  # Bo, who accepts with 0.9, refuses A1
    truth = Truth(np.array([1, 0.9, 1]), np.ones(2), np.ones(2))
    assert carried_out(truth, chance(refuse=refuse)) == {**PLANNED, "A1": ("2027-01-04", ["Ann"])}
    refuse[0, 0] = 1.0  # Ann refuses as well; Cy does not audit QMS
    assert carried_out(truth, chance(refuse=refuse)) == {"A2": PLANNED["A2"]}


def test_a_client_who_postpones_is_served_from_the_day_named() -> None:
    truth = Truth(np.ones(3), np.array([0.8, 1]), np.ones(2))
    # Four half-days after Monday morning is Wednesday morning; the cheapest start from then on is the first.
    later = carried_out(truth, chance(postpone=np.array([0.9, 0])))
    assert later == {**PLANNED, "A1": ("2027-01-06", ["Bo"])}
    # Thirty half-days are three weeks, and the window is over.
    assert carried_out(truth, chance(postpone=np.array([0.9, 0]), delay=np.array([30, 4]))) == {"A2": PLANNED["A2"]}


def test_a_group_asks_for_the_week_of_its_other_audit() -> None:
    truth = Truth(np.ones(3), np.ones(2), np.array([0.5, 1]))
    held = carried_out(truth, chance(request=np.array([0.6, 0])))
    # A1 moves into the week of the 11th, where A2 is.
    assert held == {"A1": ("2027-01-11", ["Bo"]), "A2": PLANNED["A2"]}


def test_the_past_cannot_be_booked_any_more() -> None:
    problem = am.Problem(register(), "2027-01-04", "2027-01-22")
    execution = Execution(problem, SURE, chance())
    execution.run(())
    execution._advance(problem.scene.first_slot + 12)
    # Twelve slots less one working week of notice.
    assert execution.now == 2
    assert execution.state.desk.board.run[:, :2].max() == 0
    execution._advance(problem.scene.first_slot + 4)
    assert execution.now == 2


def test_an_audit_that_is_lost_takes_those_with_it_that_need_it() -> None:
    links = {"first_audit": ["A1"], "second_audit": ["A2"], "kind": ["interval"], "min_days": [1], "required": [True]}
    truth = Truth(np.zeros(3), np.ones(2), np.ones(2))
    both = np.array([[1, 1, 1], [-1, -1, -1]])  # everyone refuses A1, nobody A2
    assert carried_out(truth, chance(refuse=both), register(links=links)) == {}


def test_each_recipe_has_a_seed_of_its_own_and_its_willingness() -> None:
    every = list(recipes())
    assert [recipe.seed for recipe in every] == list(range(1, 325))
    scenarios = [(r.load, r.scarcity, r.willingness) for r in every]
    assert {scenarios.count(scenario) for scenario in set(scenarios)} == {12}
    low, high = (Recipe(60, 40, 0.9, 0.5, w, 7).register() for w in (0.6, 0.95))
    for table, column in product(("auditors",), ("routine", "health")):
        assert low.table(table)[column].mean() < 0.7 < 0.9 < high.table(table)[column].mean()
    assert Recipe(60, 40, 0.9, 0.5, 0.6, 7).register() == low


def test_rho_and_auc_are_those_of_the_textbook() -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(5)
    values, lost = rng.integers(0, 6, (40, 3)).astype(float), rng.integers(0, 5, (40, 2)) / 8
    rho, auc = foretelling.scores(values, lost)
    for i, w in product(range(3), range(2)):
        assert rho[i, w] == pytest.approx(-spearmanr(values[:, i], lost[:, w]).statistic, abs=1e-12)
        bad, good = values[lost[:, w] >= TROUBLE, i], values[lost[:, w] < TROUBLE, i]
        wins = [(a < b) + 0.5 * (a == b) for a in bad for b in good]
        assert auc[i, w] == pytest.approx(np.mean(wins), abs=1e-12)


def test_low_values_where_much_is_lost_are_foresight() -> None:
    lost = np.array([[0.5, 0.0], [0.3, 0.0], [0.1, 0.0]])
    rho, auc = foretelling.scores(np.array([[1.0, 3.0, 7.0], [2.0, 2.0, 7.0], [3.0, 1.0, 7.0]]), lost)
    assert rho[:2, 0].tolist() == pytest.approx([1, -1])
    assert auc[:, 0].tolist() == [1, 0, 0.5]  # one value for all is a coin
    assert np.isnan(rho[2]).all()
    assert np.isnan(rho[:, 1]).all()  # nothing is lost, so nothing can be foretold
    assert np.isnan(auc[:, 1]).all()


def made(seed: int, lost: list[float], values: list[float]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a row whose audits A, B, C are lost so often in every world, and indices of the groups (A, B) and (C)."""
    recipe = {"auditors": 4, "audits": 3, "load": 0.9, "scarcity": 0.5, "willingness": 0.8, "seed": seed}
    row = {**recipe, "audits_due": ["A", "B", "C"], "lost": dict.fromkeys(WORLDS, lost)}
    groups = {"members": [["A", "B"], ["C"], ["D"]], "without": 1}
    return row, {**recipe, **groups, "values": {name: [*values, 9.0] for name in INDICES}}


def test_a_group_is_judged_by_the_mean_of_its_due_audits() -> None:
    row, indices = made(1, [0.2, 0.6, 0.1], [3.0, 4.0])
    (case,) = foretelling.cases_of([row], {recipe_of(row): indices})
    assert case.scenario == (0.9, 0.5, 0.8)
    assert case.lost[:, 0].tolist() == pytest.approx([0.4, 0.1])  # the third group has no due audit in the row
    assert case.values[:, 0].tolist() == [3.0, 4.0]


def test_indices_are_kept_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row, indices = made(1, [0.2, 0.6, 0.1], [3.0, 4.0])
    other, more = made(2, [0.2, 0.6, 0.1], [5.0, 6.0])
    asked: list[int] = []

    def drawn(recipe: Recipe) -> dict[str, Any]:
        asked.append(recipe.seed)
        return {1: indices, 2: more}[recipe.seed]

    monkeypatch.setattr(foretelling, "_indices", drawn)
    cache = tmp_path / "indices.jsonl"
    foretelling.indices_of([row], cache)
    known = foretelling.indices_of([row, other], cache)
    assert asked == [1, 2]
    assert known == {recipe_of(row): indices, recipe_of(other): more}


def test_the_indices_of_a_register_are_those_of_the_library() -> None:
    recipe = next(recipes(1, 12, 30))
    cb, found = recipe.register(), foretelling._indices(recipe)
    start, end = am.sample.sample_horizon(cb)
    table = am.matching_degree(cb, start).table.set_index(["field", "specialty"])
    needs = cb.requirements
    due = cb.audits["audit_id"][(cb.audits["status"] == "open") & (cb.audits["latest"] <= end)]
    wanted: dict[tuple[str, str], set[str]] = {}
    for audit, *group in zip(needs["audit_id"], needs["field"], needs["specialty"], strict=True):
        if audit in due:
            wanted.setdefault((group[0], group[1]), set()).add(audit)
    keys = [key for key in sorted(wanted) if table.loc[key, "A2"] > 0]
    assert [set(some) for some in found["members"]] == [wanted[key] for key in keys]
    assert found["values"]["P product, load"] == pytest.approx([table.loc[key, "P"] for key in keys])
    assert found["values"][HEADS] == pytest.approx([table.loc[key, "A1"] / table.loc[key, "A2"] for key in keys])
    days = am.capacity(cb, start, end).table.set_index(["field", "specialty"])
    assert found["values"]["P*"] == pytest.approx([days.loc[key, "P_star"] for key in keys])
    assert found["values"]["X / person-days"] == pytest.approx(
        [table.loc[key, "X"] / days.loc[key, "asked"] for key in keys]
    )


def test_the_tables_hold_estimates_with_intervals_and_the_difference_to_head_counts() -> None:
    pairs = [made(1, [0.4, 0.4, 0.0], [1.0, 2.0]), made(2, [0.0, 0.0, 0.5], [5.0, 3.0])]
    pairs[1][1]["values"][HEADS] = [3.0, 5.0, 9.0]  # head counts mistake the second register
    rows = [row for row, _ in pairs]
    told = foretelling.tables(rows, {recipe_of(row): indices for row, indices in pairs}, times=30)
    assert (told["registers"], told["groups"], told["groups left out"]) == (2, 4, 2)
    assert told["share lost"]["acting"] == pytest.approx((0.4 + 0 + 0 + 0.5) / 4, abs=1e-3)
    assert told["in trouble"]["acting"] == 0.5
    by, more = (
        {(row["over"], row["index"]): row for row in told[name] if row["world"] == "acting" and "over" in row}
        for name in ("estimates", "more than A1 / A2")
    )
    # Register by register P is always right, head counts once right and once wrong.
    assert by["mean of registers", "P product, load"]["auc"] == [1, 1, 1]
    assert by["mean of registers", HEADS]["auc"][0] == 0.5
    assert by["mean of registers", HEADS]["auc"][1:] == [0, 1]
    assert more["mean of registers", "P product, load"]["auc"][0] == 0.5
    assert more["mean of registers", HEADS]["auc"] == [0, 0, 0]
    # Pooled, groups in trouble have P of 1 and 3, the others 2 and 5: three of four pairs are right.
    assert by["pooled", "P product, load"]["auc"][0] == 0.75


def test_a_number_that_is_undefined_everywhere_is_absent() -> None:
    row, indices = made(1, [0.0, 0.0, 0.0], [1.0, 2.0])
    told = foretelling.tables([row], {recipe_of(row): indices}, times=5)
    assert {str(one["rho"]) for one in told["estimates"]} == {"[None, None, None]"}


def test_a_mean_of_a_case_knows_only_what_is_defined() -> None:
    some = np.array([[1.0, np.nan], [2.0, np.nan]])
    assert foretelling._mean(some)[0] == 1.5
    assert np.isnan(foretelling._mean(some)[1])
    assert Case((1.0,), some, some).values is some


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, todo = tmp_path / "rows.jsonl", list(recipes(1))[:3]
    done: list[Recipe] = []

    def measure(recipe: Recipe, seconds: float) -> dict[str, Any]:
        done.append(recipe)
        return {name: getattr(recipe, name) for name in Recipe.__slots__} | {"seconds": seconds}

    monkeypatch.setattr(evidence, "measure", measure)
    evidence.run(todo[:2], path, 1.0, 1)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"load": 0.7, "torn')
    evidence.run(todo, path, 1.0, 1)
    assert done == todo
    assert [recipe_of(row) for row in read_rows(path)] == todo


@pytest.mark.long
def test_the_benchmark_runs_on_tiny_registers(tmp_path: Path) -> None:
    target = tmp_path / "told.json"
    code = [sys.executable, str(BENCHMARKS / "evidence.py"), "--smoke", "--json", str(target)]
    subprocess.run(code, check=True, capture_output=True)
    assert json.loads(target.read_text())["registers"] == 2
