"""Changes of staff and dates: what each does to the register and to P."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_rows import OILS, SMALL, audit, auditor, client, holds, needs, random_register, register
from naive import naive_degree

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.matching import matching_degree
from auditmatch.matching.changes import Hire, Leave, Lift, Train
from auditmatch.matching.spread import Spread, fewest_per_week
from auditmatch.matching.staffing import staffing_effect

DAY = np.datetime64("2027-02-01")
OTHER = "33.02.00"


def rows_of(effect: Any) -> dict[str, dict[str, Any]]:
    return {row["field"]: row for row in effect.table.to_dict("records")}


def test_a_hire_raises_X_by_their_sufficiency() -> None:
    effect = staffing_effect(register(*SMALL), Hire("new", (("QMS", OILS), ("EMS", OILS)), 0.8))
    rows = rows_of(effect)
    # x = 0.8 / 2 fields. EMS is a new group that nobody asks for.
    assert (rows["QMS"]["X_before"], rows["QMS"]["X_after"]) == (1.0, pytest.approx(1.4))
    assert (rows["QMS"]["A1_before"], rows["QMS"]["A1_after"]) == (1, 2)
    assert rows["EMS"]["X_before"] == 0
    assert np.isnan(rows["EMS"]["P_after"])
    assert len(effect.before.register.auditors) == 1  # what it was tried on stays


def test_who_leaves_no_longer_counts_on_the_date() -> None:
    rows = [auditor("a"), auditor("b", **{"from": "2027-03-01"}), auditor("c", until="2026-05-31"), holds("a")]
    whole = register(*rows, holds("b"), holds("c"), *SMALL[2:])
    effect = staffing_effect(whole, [Leave("a"), Leave("b"), Leave("c")], "2027-02-01")
    assert effect.table["P_after"].tolist() == [0.0]
    assert effect.summary["fallen"] == 1
    people = effect.after.register.auditors
    assert people["until"].astype(str).tolist() == ["2027-01-31", "2027-01-31", "2026-05-31"]
    assert people["from"].astype(str).tolist() == ["NaT", "2027-01-31", "NaT"]  # b never comes


def test_a_training_in_a_new_field_lowers_the_auditor_elsewhere() -> None:
    effect = staffing_effect(register(*SMALL, holds("a", "OHSMS"), needs("x", "EMS")), Train("a", "EMS", OILS))
    rows = rows_of(effect)
    # C1 goes from 2 to 3: x from 1/2 to 1/3 in QMS and OHSMS, and EMS gains 1/3.
    assert rows["QMS"]["P_before"] == pytest.approx(1 / 2)
    assert rows["QMS"]["P_after"] == pytest.approx(1 / 3)
    assert rows["OHSMS"]["X_after"] == pytest.approx(1 / 3)
    assert rows["EMS"]["P_after"] == pytest.approx(1 / 3)


def test_a_training_raises_who_is_an_intern_and_never_makes_a_row_twice() -> None:
    whole = register(*SMALL, auditor("b"), holds("b", grade="intern", valid_from="2027-01-04"))
    effect = staffing_effect(whole, Train("b", "QMS", OILS, grade="lead"))
    assert effect.table["A1_after"].tolist() == [2]
    assert effect.after.register.qualifications["grade"].tolist() == ["auditor", "lead"]


def test_a_lifted_item_counts_a_fifth() -> None:
    effect = staffing_effect(register(auditor("a", health=0.5), *SMALL[1:]), Lift("a", "health"))
    assert effect.table[["P_before", "P_after"]].to_numpy().tolist() == [[pytest.approx(0.9), pytest.approx(1.0)]]
    assert effect.summary == {
        "groups_changed": 1.0,
        "lifted": 1.0,
        "fallen": 0.0,
        "missing_before": pytest.approx(0.1),
        "missing_after": pytest.approx(0.0),
    }
    assert "health of a becomes 1: 1 groups change, 1 reach P = 1" in repr(effect)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(["a1", "a2"]))
def test_the_table_holds_the_groups_that_change_and_no_other(seed: int, who: str) -> None:
    whole = random_register(seed)
    changes = [Hire("new", (("QMS", OILS),), 0.7), Leave(who), Lift("a3", "routine", 1.0)]
    changes.append(Train("a4", "EMS", OTHER))
    effect = staffing_effect(whole, changes, DAY)
    one, two = (naive_degree(each, datetime.date(2027, 2, 1)) for each in (whole, effect.after.register))
    table = {(row["field"], row["specialty"]): row for row in effect.table.to_dict("records")}
    for pair in {*one, *two}:
        sides = [each.get(pair, {"A1": 0, "X": 0.0, "A2": 0, "Y": 0.0}) for each in (one, two)]
        differs = any(sides[0][name] != pytest.approx(sides[1][name], rel=1e-12) for name in ("A1", "X", "A2", "Y"))
        assert (pair in table) == differs
        for name in ("A1", "X", "A2", "Y"):
            if pair in table:
                assert table[pair][f"{name}_before"] == pytest.approx(sides[0][name])
                assert table[pair][f"{name}_after"] == pytest.approx(sides[1][name])


def test_a_measure_of_ones_own_stands_beside_P() -> None:
    whole = register(*SMALL, auditor("b"), holds("b", "EMS"))

    def heads(of: am.Register) -> dict[tuple[str, str], float]:
        return {("QMS", OILS): float(len(of.auditors))}

    effect = staffing_effect(whole, Hire("new", (("EMS", OILS),)), measure=heads)
    rows = rows_of(effect)
    assert (rows["QMS"]["measure_before"], rows["QMS"]["measure_after"]) == (2.0, 3.0)  # changed in the measure alone
    assert np.isnan(rows["EMS"]["measure_before"])


def test_no_change_changes_nothing() -> None:
    effect = staffing_effect(register(*SMALL), [])
    assert len(effect.table) == 0
    assert "StaffingEffect of nothing: 0 groups change" in repr(effect)


def test_columns_of_ones_own_survive_a_hire() -> None:
    rows = [("auditors", {"auditor_id": "a", "shoe": 43, "badge": True, "born": "x"}), *SMALL[1:]]
    after = staffing_effect(register(*rows), Hire("new", (("QMS", OILS),))).after.register
    assert after.auditors["shoe"].tolist() == ["43", None]
    assert after.auditors["born"].tolist() == ["x", None]


# --- dates of a group


def group_of(*audits: tuple[str, str, str]) -> am.Register:
    rows = [client(name, group_id="g") for name in dict.fromkeys(owner for owner, *_ in audits)]
    for number, (owner, first, last) in enumerate(audits):
        rows += [audit(f"x{number}", owner, earliest=first, latest=last), needs(f"x{number}")]
    return register(*SMALL[:2], *rows)


def test_spreading_lifts_D_as_far_as_the_windows_allow() -> None:
    # Three audits due in the week of 2027-02-01 (a Monday); one may only take place in that week, two have a month.
    whole = group_of(
        ("o", "2027-02-01", "2027-02-05"), ("p", "2027-01-04", "2027-02-05"), ("q", "2027-01-04", "2027-02-03")
    )
    effect = staffing_effect(whole, Spread("g"))
    assert effect.before.table["D"].tolist() == pytest.approx([1 / 3])
    assert effect.after.table["D"].tolist() == [1.0]
    assert staffing_effect(whole, Spread("g", 2)).after.table["D"].tolist() == [0.5]
    assert effect.after.register.audits == whole.audits
    tight = group_of(("o", "2027-02-01", "2027-02-05"), ("p", "2027-02-02", "2027-02-05"))
    assert staffing_effect(tight, Spread("g")).table.empty
    with pytest.raises(ArgumentError, match=r"'g' cannot be spread to 1 a week .* Maybe 2\?"):
        staffing_effect(tight, Spread("g", 1))


def test_an_organisation_without_a_group_can_be_spread_and_a_given_D_never_falls() -> None:
    rows = [client("o"), client("p", group_id="g", coordination=0.9), audit("y", "o"), audit("x", "o"), needs("x")]
    whole = register(*SMALL[:2], *rows, needs("y", "EMS"))
    assert staffing_effect(whole, Spread("o")).after.table["D"].tolist() == [1.0, 1.0]
    assert staffing_effect(whole, Spread("g", 2)).after.register.organisations["coordination"].tolist()[1] == 0.9
    with pytest.raises(UnknownNameError, match="organisation without one, is called 'p'"):
        staffing_effect(whole, Spread("p"))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5))
def test_the_fewest_a_week_is_that_of_all_arrangements(windows: list[tuple[int, int]]) -> None:
    monday = np.datetime64("2027-01-04")
    spans = [(min(pair), max(pair)) for pair in windows]
    whole = group_of(*(("o", str(monday + 7 * a), str(monday + 7 * b + 6)) for a, b in spans))
    arrangements = product(*(range(a, b + 1) for a, b in spans))
    fewest = min(max(weeks.count(week) for week in weeks) for weeks in arrangements)
    assert fewest_per_week(whole, np.array([0])) == fewest


# --- what is refused


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Hire("n", ()), "has no qualification"),
        (lambda: Hire("n", (("QMS", OILS), ("QMS", OILS))), "has a qualification twice"),
        (lambda: Hire("n", (("QMS", OILS),), 1.2), "willingness is 1.2, not from 0 to 1"),
        (lambda: Hire("n", (("QMS", OILS),), float("nan")), "willingness is nan"),
        (lambda: Hire("n", (("QMS", OILS),), cost=0.0), "cost is 0.0"),
        (lambda: Hire("n", (("QMS", OILS),), grade="intern"), "grade 'intern' is not known"),  # type: ignore[arg-type]
        (lambda: Train("a", "QMS", OILS, cost=float("inf")), "cost is inf"),
        (lambda: Lift("a", "health", -0.1), "health is -0.1"),
        (lambda: Spread("g", 0), "per_week is 0"),
        (lambda: staffing_effect(register(*SMALL), [], threshold=0.0), "threshold 0.0"),
        (lambda: staffing_effect(register(*SMALL), Hire("a", (("QMS", OILS),))), "called 'a' already. Maybe 'a-2'"),
    ],
)
def test_arguments_outside_their_domain_are_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        make()


def test_names_that_are_not_known_are_refused() -> None:
    for change in (Leave("aa"), Train("aa", "QMS", OILS), Lift("aa", "health")):
        with pytest.raises(UnknownNameError, match=r"no auditor is called 'aa'. Maybe 'a'"):
            staffing_effect(register(*SMALL), change)
    with pytest.raises(UnknownNameError, match="'health'"):
        Lift("a", "helth")
    with pytest.raises(InputError, match="qualifications"):
        staffing_effect(register(*SMALL), Train("a", "", OILS))


def test_what_each_change_is_called() -> None:
    changes = [Hire("n", (("QMS", OILS),)), Leave("a"), Train("a", "EMS", OILS), Spread("g", 2), Spread("g")]
    assert [change.describe() for change in changes] == [
        f"hire n: QMS {OILS}",
        "a leaves",
        f"train a in EMS {OILS}",
        "spread the dates of g to 2 a week",
        "spread the dates of g",
    ]
    assert matching_degree(register(*SMALL)).P.tolist() == [1.0]
