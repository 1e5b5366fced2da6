"""Rules in words: against plain loops, against scikit-fuzzy, and in place of the factors' means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import SMALL, audit, auditor, client, holds, needs, register
from naive_fuzzy import naive_mamdani, naive_strengths
from test_matching_fuzzy import memberships

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.fuzzy_tables import AUDITOR_ITEMS
from auditmatch.matching import Inference, Membership, default_inference, matching_degree, read_rules
from auditmatch.matching.mamdani import Rule, Variable
from auditmatch.matching.mamdani_rows import weights_of
from auditmatch.matching.rule_tables import register_terms
from auditmatch.memberships import centroid

THREE = {"low": "trapmf(0, 0, 0.2, 0.5)", "medium": "trimf(0.2, 0.5, 0.8)", "high": "trapmf(0.5, 0.8, 1, 1)"}
FIVE = {"very low": "trimf(0, 0, 0.25)", "low": "trimf(0, 0.25, 0.5)", "medium": "trimf(0.25, 0.5, 0.75)"}
FIVE |= {"high": "trimf(0.5, 0.75, 1)", "very high": "trimf(0.75, 1, 1)"}
INPUTS = ("client_timing", "inspections")
TABLE = {
    "client_timing": ["low", "medium", "high", None, "high"],
    "inspections": [None, "low|medium", "medium", "low", "high"],
    "B2": ["very low", "low", "high", "low", "very high"],
}
TERMS = {"client_timing": THREE, "inspections": THREE, "B2": FIVE}


def small(points: int = 101) -> Inference:
    return read_rules(TABLE, TERMS, points=points)


@st.composite
def inferences(draw: st.DrawFn) -> Inference:
    """Draw a rule base with functions of every kind, "or", and conditions left out."""

    def variable(name: str) -> Variable:
        shapes = draw(st.lists(memberships().filter(lambda shape: not shape.crisp), min_size=1, max_size=3))
        return Variable(name, {f"w{place}": shape for place, shape in enumerate(shapes)})

    inputs, output = tuple(variable(name) for name in "xyz"[: draw(st.integers(1, 3))]), variable("out")
    rules = []
    for _ in range(draw(st.integers(1, 6))):
        when = []
        for one in inputs:
            words = draw(st.lists(st.sampled_from(sorted(one.terms)), max_size=2, unique=True))
            when += [(one.name, tuple(words))] if words else []
        rules.append(Rule(tuple(when), draw(st.sampled_from(sorted(output.terms)))))
    return Inference(inputs, output, tuple(rules), points=41)


# --- by hand, and against plain loops


def test_one_row_by_hand() -> None:
    # One input, two rules: low -> small, high -> large, with terms that cross at 0.5.
    terms = {"x": {"low": "trimf(0, 0, 1)", "high": "trimf(0, 1, 1)"}}
    terms["out"] = {"small": "trapmf(0, 0, 0.5, 0.5)", "large": "trapmf(0.5, 0.5, 1, 1)"}
    inference = read_rules({"x": ["low", "high"], "out": ["small", "large"]}, terms, points=10_001)
    # x = 0.25: small is clipped at 0.75, large at 0.25. Areas 0.375 and 0.125, centres 0.25 and 0.75.
    expected = (0.375 * 0.25 + 0.125 * 0.75) / 0.5
    assert inference.infer({"x": 0.25}).values.tolist() == pytest.approx([expected], abs=1e-4)
    assert [str(rule) for rule in inference.rules] == ["if x is low then small", "if x is high then large"]
    assert repr(inference) == "Inference of out from x: 2 rules, 10001 points"


@settings(deadline=None, max_examples=30)
@given(inferences(), st.integers(0, 10**6))
def test_loops_arrays_and_kernels_agree(inference: Inference, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = {name: np.append(rng.random(5), [0.0, 1.0, 0.5]) for name in inference.names}
    found = [inference.infer(values, unfired="flag", compiled=compiled) for compiled in (False, True)]
    expected = [
        naive_mamdani(inference, {name: float(column[row]) for name, column in values.items()}) for row in range(8)
    ]
    # Grades are exact to about 1e-16, so that where a term ends a height of that size may stand: beside a strength as
    # faint as that, it moves the centroid.
    strong = [
        max(naive_strengths(inference, {n: float(c[row]) for n, c in values.items()}).values()) > 1e-3
        for row in range(8)
    ]
    # A strength too faint for products is no strength.
    expected = [value if fired else np.nan for value, fired in zip(expected, found[0].fired, strict=True)]
    for each in found:
        np.testing.assert_allclose(each.values[strong], np.array(expected)[strong], rtol=1e-10, atol=1e-12)
        np.testing.assert_array_equal(each.fired, ~np.isnan(each.values))
    np.testing.assert_allclose(found[0].values[strong], found[1].values[strong], rtol=1e-11, atol=1e-12)


def test_blocks_of_rows_join_without_a_seam() -> None:
    rng = np.random.default_rng(5)
    values = {name: rng.random(1300) for name in INPUTS}
    whole = small().infer(values, compiled=True).values
    for row in (0, 511, 512, 513, 1023, 1024, 1299):
        alone = small().infer({name: column[row] for name, column in values.items()}, compiled=True).values
        assert alone.tolist() == [whole[row]]
    assert small().infer({name: [] for name in INPUTS}).values.shape == (0,)


def test_or_is_a_rule_for_each_word() -> None:
    split = {name: [*cells, cells[1]] for name, cells in TABLE.items()}
    split["inspections"] = [None, "low", "medium", "low", "high", "medium"]
    rng = np.random.default_rng(1)
    values = {name: rng.random(200) for name in INPUTS}
    other = read_rules(split, TERMS)
    np.testing.assert_array_equal(small().infer(values).values, other.infer(values).values)


# --- against scikit-fuzzy


def test_the_centroid_of_segments_is_scikit_fuzzys(count: Callable[[int, int], int]) -> None:
    import skfuzzy

    rng = np.random.default_rng(0)
    for _ in range(count(2000, 400)):
        grid = np.sort(rng.random(rng.integers(3, 60)))
        heights = rng.random(len(grid)) * (rng.random(len(grid)) < 0.8)
        if not heights.any():
            continue
        expected = skfuzzy.defuzz(grid, heights, "centroid")
        area, moment = weights_of(grid) @ heights
        assert moment / area == pytest.approx(expected, abs=1e-12)
        assert centroid(grid, heights) == pytest.approx(expected, abs=1e-12)


def test_inference_on_one_grid_is_scikit_fuzzys(count: Callable[[int, int], int]) -> None:
    import skfuzzy

    inference, rng = small(), np.random.default_rng(2)
    grid = np.linspace(0, 1, 101)
    rows = count(2000, 300)
    values = {name: rng.random(rows) for name in INPUTS}
    found = [inference.infer(values, compiled=compiled).values for compiled in (False, True)]
    read = {variable.name: variable.terms for variable in inference.inputs}
    for row in range(rows):
        united = np.zeros(101)
        for rule in inference.rules:
            grades = [
                max(float(read[name][word].grade(values[name][row])) for word in words) for name, words in rule.when
            ]
            united = np.fmax(united, np.fmin(min(grades), inference.output.terms[rule.then].grade(grid)))
        expected = skfuzzy.defuzz(grid, united, "centroid")
        assert [one[row] for one in found] == pytest.approx([expected, expected], abs=1e-12)


def control(points: int) -> Any:
    """Return the same rules as a simulation of skfuzzy.control."""
    from skfuzzy import control as ctrl

    grid = np.linspace(0, 1, points)
    inputs = {name: ctrl.Antecedent(grid, name) for name in INPUTS}
    output = ctrl.Consequent(grid, "B2")
    inference = small(points)
    for variable, mine in (*zip(inputs.values(), inference.inputs, strict=True), (output, inference.output)):
        for word, shape in mine.terms.items():
            variable[word] = shape.grade(grid)
    rules = []
    for rule in inference.rules:
        parts = []
        for name, words in rule.when:
            part = inputs[name][words[0]]
            for word in words[1:]:
                part = part | inputs[name][word]
            parts.append(part)
        whole = parts[0]
        for part in parts[1:]:
            whole = whole & part
        rules.append(ctrl.Rule(whole, output[rule.then]))
    return ctrl.ControlSystemSimulation(ctrl.ControlSystem(rules))


def gap_to_control(points: int, rows: int) -> float:
    simulation, rng = control(points), np.random.default_rng(3)
    values = {name: rng.random(rows) for name in INPUTS}
    found = small(points).infer(values).values
    worst = 0.0
    for row in range(rows):
        for name in INPUTS:
            simulation.input[name] = float(values[name][row])
        simulation.compute()
        worst = max(worst, abs(simulation.output["B2"] - found[row]))
    return worst


def test_a_control_system_agrees_and_the_more_the_finer_the_grid(count: Callable[[int, int], int]) -> None:
    # control adds the points where terms are clipped to its grid; without them 101 points are good to 5e-3.
    rows = count(500, 8)
    coarse, fine, finest = (gap_to_control(points, rows) for points in (101, 401, 1601))
    assert coarse < 5e-3
    assert fine < coarse / 3
    assert finest < fine / 3


# --- no rule, no value


def test_rows_without_a_rule_are_an_error_or_a_flag() -> None:
    inference = read_rules({"client_timing": ["low"], "B2": ["low"]}, TERMS)
    values = {"client_timing": [0.1, 0.9, 0.3, 0.6, 0.7]}
    with pytest.raises(InputError, match=r"no rule fires in rows 1, 3-4; the first has client_timing 0\.9\. Maybe add"):
        inference.infer(values)
    for compiled in (False, True):
        found = inference.infer(values, unfired="flag", compiled=compiled)
        assert found.fired.tolist() == [True, False, True, False, False]
        assert np.isnan(found.values).tolist() == [False, True, False, True, True]
    with pytest.raises(ArgumentError, match=r"unfired 'flags' is not known\. Maybe 'flag'\?"):
        inference.infer(values, unfired="flags")  # type: ignore[arg-type]


def test_a_strength_too_faint_to_count_is_told() -> None:
    # exp(-0.5 * (1 / 0.025)**2) = exp(-800) is far below the smallest product that a float64 holds.
    terms = {"x": {"low": "gaussmf(0, 0.025)"}, "out": {"low": "trimf(0, 0.5, 1)"}}
    inference = read_rules({"x": ["low"], "out": ["low"]}, terms)
    for compiled in (False, True):
        assert inference.infer({"x": [0.0, 1.0]}, unfired="flag", compiled=compiled).fired.tolist() == [True, False]


# --- what is refused


def test_bad_values_are_told_for_all_inputs_at_once() -> None:
    with pytest.raises(InputError) as caught:
        small().infer({"client_timing": [0.5, float("nan"), 1.2], "inspections": [-0.1, 0.5, float("inf")]})
    assert [str(problem) for problem in caught.value.problems] == [
        "B2, client_timing: nan is not in 0 .. 1 in rows 1-2. Maybe clip it first?",
        "B2, inspections: -0.1 is not in 0 .. 1 in rows 0, 2. Maybe clip it first?",
    ]
    with pytest.raises(
        InputError, match=r"inspections: is not a column of the others' length; lengths: client_timing 1"
    ):
        small().infer({"client_timing": [0.5]})
    with pytest.raises(InputError, match="lengths: none"):
        small().infer({})
    with pytest.raises(InputError, match=r"client_timing: nan is not in 0 \.\. 1 in rows 0-1"):
        small().infer({"client_timing": ["low", None], "inspections": [0.5, 0.5]})
    with pytest.raises(UnknownNameError, match=r"'inspection'\. Maybe 'inspections'"):
        small().infer({"client_timing": [0.5], "inspection": [0.5]})


def test_bad_rules_are_told_all_at_once() -> None:
    table = {name: list(cells) for name, cells in TABLE.items()}
    table["client_timing"][0], table["inspections"][1], table["B2"][4] = "lo", "low|mediun", "highest"
    with pytest.raises(InputError) as caught:
        read_rules(table, TERMS)
    assert [str(problem) for problem in caught.value.problems] == [
        "rules for B2 row 2, client_timing: lo is no word of client_timing. Maybe low?",
        "rules for B2 row 3, inspections: mediun is no word of inspections. Maybe medium?",
        "rules for B2 row 6, B2: highest is no word of B2. Maybe high?",
    ]
    variables = small().inputs
    with pytest.raises(InputError, match=r"inspectons is no input of the rules\. Maybe inspections\?"):
        Inference(variables, small().output, (Rule((("inspectons", ("low",)),), "low"),))
    with pytest.raises(InputError, match=r"B2: the rule concludes nothing"):
        read_rules(TABLE | {"B2": ["low", None, "low", "low", "low"]}, TERMS)
    with pytest.raises(InputError, match=r"inspections: the column has no words\. Maybe declare them"):
        read_rules(TABLE, {"client_timing": THREE, "B2": FIVE})
    with pytest.raises(InputError, match=r"B2 low: trimf\(1, 0\) trimf takes 3 numbers, not 2"):
        read_rules(TABLE, TERMS | {"B2": FIVE | {"low": "trimf(1, 0)"}})
    with pytest.raises(InputError, match=r"low: trimf\(2, 3, 4\) never reaches 1 in 0 \.\. 1"):
        read_rules(TABLE, TERMS | {"B2": FIVE | {"low": "trimf(2, 3, 4)"}})
    with pytest.raises(InputError, match="int is not a table"):
        read_rules(7, TERMS)


def test_rule_bases_that_cannot_conclude_are_refused() -> None:
    variable = small().inputs[0]
    with pytest.raises(ArgumentError, match="add the output"):
        read_rules({"B2": ["low"]}, TERMS)
    with pytest.raises(ArgumentError, match="two points"):
        Inference((variable,), small().output, (), 101)
    narrow = {"narrow": "trimf(0.51, 0.52, 0.53)"}
    with pytest.raises(ArgumentError, match=r"narrow lie between two of 11 points\. Maybe more points\?"):
        read_rules({"x": ["low"], "out": ["narrow"]}, {"x": THREE, "out": narrow}, points=11)
    with pytest.raises(ArgumentError, match=r"x: far = trimf\(2, 3, 4\) never reach 1 in 0 \.\. 1"):
        Variable("x", {"far": Membership("trimf", (2, 3, 4))})
    with pytest.raises(ArgumentError, match=r"x has the domain 1 \.\. 0"):
        Variable("x", {"far": Membership("trimf", (0, 0.5, 1))}, 1, 0)
    with pytest.raises(ArgumentError, match="x has no words"):
        Variable("x", {})
    many = {f"w{n}": "trimf(0, 0.5, 1)" for n in range(20)}
    table = {name: ["|".join(many)] for name in "abcd"} | {"out": ["low"]}
    with pytest.raises(ArgumentError, match="more than 100,000"):
        read_rules(table, dict.fromkeys("abcd", many) | {"out": THREE})


# --- the library's own rules


@pytest.mark.parametrize(("factor", "rules"), [("B1", 243), ("B2", 9), ("D", 4), ("E", 4)])
def test_own_rules_conclude_everywhere_from_0_to_1(factor: str, rules: int) -> None:
    inference = default_inference()[factor]
    assert len(inference.rules) == rules
    rng = np.random.default_rng(4)
    values = {v.name: v.low + (v.high - v.low) * rng.random(3000) for v in inference.inputs}
    found = inference.infer(values).values
    assert found.min() > -1e-12
    assert found.max() < 1 + 1e-12


def test_own_rules_by_hand() -> None:
    own = default_inference()
    ends = {name: [0.0, 0.5, 1.0] for name in own["B1"].names}
    np.testing.assert_allclose(own["B1"].infer(ends).values, [0, 0.5, 1], atol=1e-12)
    # One low item allows at most medium, two at most low, three very low, whatever the rest.
    items = {name: np.array([1.0, 1.0, 1.0]) for name in own["B1"].names}
    items["routine"] = np.zeros(3)
    items["health"], items["caprice"] = np.array([1.0, 0, 0]), np.array([1.0, 1, 0])
    np.testing.assert_allclose(own["B1"].infer(items).values, [0.5, 0.25, 0], atol=1e-12)
    # 1, 2, 4, 8 audits in one week; 0, 1, 2, 3 kinds of demand.
    np.testing.assert_allclose(own["D"].infer({"due_in_week": [1, 2, 4, 8, 10]}).values, [1, 0.5, 0.25, 0.125, 0.125])
    np.testing.assert_allclose(own["E"].infer({"demands": [0, 1, 2, 3, 5]}).values, [1, 0.5, 0.25, 0.125, 0.125])


# --- in place of the means


def test_rules_stand_in_for_b1_and_b2() -> None:
    rows = [auditor("a", routine=0.0), *SMALL[1:2], client("o", client_timing=0.0), *SMALL[3:]]
    plain, ruled = (matching_degree(register(*rows), inference=own) for own in (None, default_inference()))
    # The mean of 0, 1, 1, 1, 1 forgives what the rule does not; of 0 and 1 both make one half.
    assert plain.auditors["B1"].tolist() == pytest.approx([0.8])
    assert ruled.auditors["B1"].tolist() == pytest.approx([0.5])
    assert ruled.organisations["B2"].tolist() == pytest.approx([0.5])
    assert ruled.P.tolist() == pytest.approx([0.5 * 0.5])


def test_rules_for_d_and_e_derive_what_the_register_does_not_give() -> None:
    rows = [
        auditor("a"),
        holds("a"),
        client("o", group_id="g"),
        client("p", group_id="g", coordination=0.3, policy=0.9),
    ]
    rows += [audit("x", "o", females_min=1, team_min=2), audit("y", "o"), audit("z", "p"), *map(needs, "xyz")]
    plain, ruled = (matching_degree(register(*rows), inference=own) for own in (None, default_inference()))
    # Three audits of the group in one week; o's demand a woman, two people, and two audits in a year.
    assert plain.organisations["D"].tolist() == pytest.approx([1 / 3, 0.3])
    assert plain.organisations["E"].tolist() == pytest.approx([1 / 4, 0.9])
    own = default_inference()
    three = own["D"].infer({"due_in_week": [3]}).values[0]
    assert 0.25 < three < 0.5
    assert ruled.organisations["D"].tolist() == pytest.approx([three, 0.3])
    assert ruled.organisations["E"].tolist() == pytest.approx([0.125, 0.9])


def test_an_auditor_who_can_nothing_is_still_not_schedulable() -> None:
    whole = register(auditor("a", **dict.fromkeys(AUDITOR_ITEMS, 0.0)), *SMALL[1:])
    degree = matching_degree(whole, inference=default_inference())
    assert degree.auditors.loc[0, ["B1", "floored", "schedulable"]].tolist() == [0.05, True, False]
    assert matching_degree(register(*SMALL), inference=default_inference()).P.tolist() == [1.0]


def test_rules_over_the_words_of_a_register() -> None:
    words = {"word": ["低", "高"], "function": ["trimf", "trimf"], "parameters": ["0, 0, 1", "0, 1, 1"]}
    whole = register(*SMALL).with_tables(terms=words)
    terms = register_terms(whole.terms, *INPUTS, "B2", "due_in_week")
    assert list(terms["B2"]) == ["低", "高"]
    assert terms["due_in_week"] == {}  # words for all describe shares, not counts
    rules = read_rules({"client_timing": ["低", "高"], "B2": ["低", "高"]}, terms)
    degree = matching_degree(whole, inference={"B2": rules})
    # Full membership in 高: the centroid of the triangle 0, 1, 1.
    assert degree.organisations["B2"].tolist() == pytest.approx([2 / 3])


def test_rules_for_other_factors_or_items_are_refused() -> None:
    whole, own = register(*SMALL), default_inference()
    with pytest.raises(UnknownNameError, match="no factor that rules may conclude is called 'B3'"):
        matching_degree(whole, inference={"B3": own["B1"]})
    with pytest.raises(ArgumentError, match=r"the rules for B1 read client_timing, inspections\. Maybe routine"):
        matching_degree(whole, inference={"B1": own["B2"]})
    with pytest.raises(ArgumentError, match="B1 is concluded by rules, so P need not be monotone"):
        matching_degree(whole, inference=own).fuzzy()
    partly = matching_degree(whole, inference={"D": own["D"], "E": own["E"]})
    assert partly.fuzzy(2).low.tolist() == [[1.0], [1.0]]
    silent = read_rules({"client_timing": ["low"], "B2": ["low"]}, TERMS)
    with pytest.raises(InputError, match=r"organisations row 2: no rule for B2 fires\. Maybe add a rule"):
        am.matching_degree(whole, inference={"B2": silent})
