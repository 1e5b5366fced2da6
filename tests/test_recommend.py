"""The best few ways to serve one audit: all of them, in order, none that breaks a rule, and the plan stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bodies import FRIDAY, MONDAY, NOTHING, TUESDAY, Body, body, booked, held
from commands import case, invoke, stored
from test_placement import half_booked

import auditmatch as am
from auditmatch.cheapest import booking_cost
from auditmatch.errors import ArgumentError, AuditmatchError
from auditmatch.placement import Placed
from auditmatch.plan import Plan
from auditmatch.ranked import best_few

Count = Callable[[int, int], int]


def like(one: Placed, other: Placed) -> bool:
    """Tell whether the second has the people of the first, and perhaps some more, at the same time."""
    return (one.start, one.length) == (other.start, other.length) and one.people <= other.people


def test_the_best_few_are_the_best_of_all_that_fit_in_order(count: Count) -> None:
    several = 0
    for brute, state, free in half_booked(range(count(400, 40))):
        for a in free:
            cost = {p: booking_cost(state, p) for p in brute.bookings[a] if state.fits(p)}
            found = best_few(state, a, 4, "booking")
            assert [points for points, _ in found] == sorted(cost[p] for _, p in found)
            assert len({p for _, p in found}) == len(found)
            last = found[-1][0] if len(found) == 4 else np.inf
            missed = [p for p, c in cost.items() if c < last and p not in {p for _, p in found}]
            assert all(any(like(q, p) for _, q in found) for p in missed)
            days = {state.lowered.scene.calendar.slot_day[p.start] for p in cost}
            best = sorted(min(c for p, c in cost.items() if _day(state, p) == day) for day in days)
            assert [points for points, _ in best_few(state, a, 4, "day")] == best[:4]
            teams = best_few(state, a, 4, "team")
            assert len({p.people for _, p in teams}) == len(teams)
            assert [points for points, _ in teams] == sorted(cost[p] for _, p in teams)
            assert not cost or teams[0][0] == min(cost.values())
            several += len(found) == 4
    assert several >= 10


def _day(state: object, placed: Placed) -> int:
    return int(state.lowered.scene.calendar.slot_day[placed.start])


def office() -> Body:
    """P1 and P4 lead code .01; A and B may be on any day of the week."""
    return body().having("qualifications", held("P4", "03.04.01", "lead")).having("auditors", {"auditor_id": "P4"})


def test_an_option_keeps_every_rule_and_its_cost_is_what_the_plan_grows_by() -> None:
    problem = office().audit("A").audit("B").problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead"))])
    found = am.recommend(problem, plan, "B", k=12)
    assert len(found.options) == 9  # two leads on five days, but P1 on Monday
    without = am.verify(problem, plan).cost
    for option in found.options:
        verdict = am.verify(problem, Plan.from_bookings([*plan.bookings, option.booking]))
        assert verdict.ok
        assert verdict.cost == without - found.penalty + option.cost
        assert sum(option.terms.values()) == option.cost
        assert option.change.kind == "added"
    assert found.table.shape[0] == 9
    assert str(found).splitlines()[0] == f"B: 9 ways beside the plan; left out it costs {found.penalty} points"


def test_a_served_audit_gets_other_ways_and_stays_where_it_is() -> None:
    problem = office().audit("A").audit("B").problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead")), booked("B", MONDAY, ("P4", "lead"))])
    found = am.recommend(problem, plan, "A", k=20)
    kinds = {option.change.kind if option.change else "same" for option in found.options}
    assert kinds == {"same", "moved", "restaffed"} - ({"restaffed"} if _taken(found, "P4", MONDAY) else set())
    # Asked once more, and about the other one, the answer is the same: the first question left no trace.
    assert str(am.recommend(problem, plan, "B")) == str(am.recommend(problem, plan, "B"))
    assert am.explain(problem, plan, "A").status == "served"


def _taken(found: am.Recommendation, who: str, day: str) -> bool:
    return not any(who in dict(o.booking.team) and o.booking.start == day for o in found.options)


def test_what_a_booking_leaves_short_is_told() -> None:
    office_ = office().having("settings", {"name": "certificates_per_year", "value": "1"})
    office_ = office_.having(
        "certificates", {"certificate_id": "C", "specialty": "03.04.01", "organisation_id": "O1", "field": "QMS"}
    ).having("audit_certificates", {"audit_id": "A", "certificate_id": "C"})
    problem = office_.audit("A").problem()
    option = am.recommend(problem, NOTHING, "A", k=1).options[0]
    short = {press.rule: press for press in option.presses}
    # The week ends on Friday and so does the window.
    assert short["deadline"].left == (np.datetime64(FRIDAY) - np.datetime64(option.booking.end)).astype(int)
    # One certificate a year: with this one none is left.
    assert [p.left for p in option.presses if p.auditor == option.booking.team[0][0]] == [0]


def test_an_audit_that_is_not_in_the_register_yet_is_asked_for_by_an_event() -> None:
    problem = office().audit("A").problem()
    call = am.Event(
        "added", audit_id="N", organisation_id="O1", field="QMS", specialty="03.04.01", person_days=1.0,
        start=TUESDAY, end=TUESDAY,
    )  # fmt: skip
    found = am.recommend(problem, NOTHING, call)
    assert {option.booking.start for option in found.options} == {TUESDAY}
    assert "N" not in problem.scene.register.audits["audit_id"]


def test_questions_that_make_no_sense_are_refused_with_a_way_out() -> None:
    problem = office().audit("A").audit("C", status="cancelled").problem()
    with pytest.raises(ArgumentError, match=r"from 1 to 100. Maybe 5\?"):
        am.recommend(problem, NOTHING, "A", k=0)
    with pytest.raises(ArgumentError, match="none of booking, day, team"):
        am.recommend(problem, NOTHING, "A", spread="people")
    with pytest.raises(AuditmatchError, match="no audit"):
        am.recommend(problem, NOTHING, "Z")
    with pytest.raises(ArgumentError, match="C cannot be planned here"):
        am.recommend(problem, NOTHING, "C")
    with pytest.raises(ArgumentError, match="brings no new audit"):
        am.recommend(problem, NOTHING, am.Event("cancelled", audit_id="A"))


def test_an_audit_for_which_nothing_is_free_has_no_way() -> None:
    problem = office().audit("A", latest=MONDAY).audit("B", latest=MONDAY).audit("C", latest=MONDAY).problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead")), booked("B", MONDAY, ("P4", "lead"))])
    assert am.recommend(problem, plan, "C").options == ()


def test_the_commands_ask_the_same_questions(tmp_path: Path) -> None:
    data = stored(case(), tmp_path / "cb")
    assert invoke("plan", data, "--work", 1, "--out", tmp_path / "out").exit_code == 0
    plan = tmp_path / "out" / "plan.csv"
    found = invoke("recommend", data, plan, "A1", "--options", 2, "--json")
    assert found.exit_code == 0, found.output
    options = json.loads(found.stdout)["options"]
    assert [option["cost"] for option in options] == sorted(option["cost"] for option in options)
    assert len(options) == 2
    assert invoke("recommend", data, plan, "A1").stdout.startswith("A1: 4 ways beside the plan")  # A2 has a day
    assert json.loads(invoke("explain", data, plan, "A1", "--json").stdout)["status"] == "served"
    assert "A1" in invoke("explain", data, plan, "A1").stdout
    assert "P1" in invoke("explain", data, plan, "A1", "--lang", "zh").stdout
    strange = invoke("explain", data, plan, "A9")
    assert strange.exit_code == 2
    assert "A9" in strange.stderr
