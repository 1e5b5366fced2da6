"""What-ifs: estimates against what can be had, storms against plain counting, and edits that cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from bodies import FRIDAY, MONDAY, TUESDAY, body, booked

import auditmatch as am
from auditmatch import whatif
from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.plan import Plan
from auditmatch.whatif.edits import applied

BUDGET = am.Budget(work=20, seed=1)
LEAD = ("P1", "lead")


def monday_body() -> am.Problem:
    """P1 alone leads; A and B are both for Monday."""
    monday = {"earliest": MONDAY, "latest": MONDAY}
    return body().audit("A", **monday).audit("B", **monday).problem()


PLAN = Plan.from_bookings([booked("A", MONDAY, LEAD)])


def test_one_more_leader_serves_the_audit_left_out() -> None:
    problem = monday_body()
    found = whatif.ask(problem, PLAN, whatif.hire("NEW", like="P1"), BUDGET)
    assert found.served == (1, 1)
    assert found.result is not None
    assert "NEW" in {who for b in found.result.plan.bookings for who, _ in b.team}
    assert found.truth == found.at_once < -1_000
    # Two audits of one slot and one person: the bound knows that one of them is left out.
    assert found.estimate < -1_000
    assert found.difference == found.truth - found.estimate
    assert str(found).startswith("hire NEW like P1: estimate -")


def test_without_a_budget_there_are_estimates_alone() -> None:
    found = whatif.ask(monday_body(), PLAN, whatif.hire("NEW", like="P1"))
    assert (found.truth, found.result, found.difference) == (None, None, None)
    assert found.at_once < 0
    assert "planned again" not in str(found)


def test_who_leaves_is_missed_and_the_problem_asked_about_stays() -> None:
    problem = monday_body()
    found = whatif.ask(problem, PLAN, whatif.leave("P1"), BUDGET)
    assert found.served == (-1, -1)
    assert found.truth is not None
    assert found.truth > 1_000
    assert found.at_once == found.truth
    assert am.verify(problem, PLAN).ok
    stays = whatif.ask(problem, PLAN, whatif.leave("P1", TUESDAY), BUDGET)
    assert stays.served == (0, 0)


def test_training_an_experts_day_and_wider_windows_each_serve_what_they_are_for() -> None:
    trained = whatif.ask(monday_body(), PLAN, [whatif.train("P2", "QMS", "03.04.01", "lead", "2026-01-02")], BUDGET)
    assert trained.served == (1, 1)
    wide = whatif.ask(monday_body(), PLAN, whatif.widen("B", 1), BUDGET)
    assert wide.served == (0, 0)  # not beyond the legal deadline, and not before the horizon
    need = {"audit_id": "A", "field": "QMS", "specialty": "17.10.02", "expert_ok": True}
    problem = body().audit("A").having("requirements", need).problem()
    nothing = Plan.from_bookings([])
    bought = whatif.ask(problem, nothing, whatif.expert("X", "QMS", "17.10.02", TUESDAY, TUESDAY), BUDGET)
    assert bought.served == (1, 1)
    assert bought.result is not None
    assert [b.start for b in bought.result.plan.bookings] == [TUESDAY]


def test_merged_audits_are_one_visit_with_the_needs_of_both() -> None:
    problem = body().audit("A").audit("B", "03.04.02", earliest=TUESDAY).problem()
    register, _ = applied(problem.scene.register, problem.weights, [whatif.merge("A", "B")])
    table = register.audits
    assert table["status"].tolist() == ["open", "cancelled"]
    assert (table["person_days"][0], str(table["earliest"][0]), str(table["latest"][0])) == (2.0, TUESDAY, FRIDAY)
    needs = register.requirements
    assert sorted(needs["specialty"][needs["audit_id"] == "A"]) == ["03.04.01", "03.04.02"]
    other = body().audit("A", latest=MONDAY).audit("B", earliest=TUESDAY).problem()
    with pytest.raises(ArgumentError, match="no day in common"):
        applied(other.scene.register, other.weights, [whatif.merge("A", "B")])


def test_goals_may_be_weighed_and_only_known_ones() -> None:
    problem = monday_body()
    assert whatif.ask(problem, PLAN, whatif.weigh(unserved=5_000)).problem.weights.unserved == 5_000
    with pytest.raises(UnknownNameError, match="travel"):
        whatif.ask(problem, PLAN, whatif.weigh(travell=3))


def test_the_last_auditor_and_strangers_are_refused() -> None:
    problem = monday_body()
    everyone = [whatif.leave(who) for who in ("P3", "P2", "P1")]
    with pytest.raises(ArgumentError, match="P1 is the last auditor"):
        whatif.ask(problem, PLAN, everyone)
    for wrong in (
        whatif.leave("P9"),
        whatif.train("P9", "QMS", "x"),
        whatif.hire("N", like="P9"),
        whatif.widen("Z", 1),
    ):
        with pytest.raises(UnknownNameError):
            whatif.ask(problem, PLAN, wrong)
    for wrong in (whatif.hire("P1"), whatif.expert("P1", "QMS", "x", MONDAY, MONDAY)):
        with pytest.raises(ArgumentError, match="already"):
            whatif.ask(problem, PLAN, wrong)


def test_a_hire_takes_over_qualifications_and_place_but_not_the_past() -> None:
    usage = {"auditor_id": "P1", "year_start": "2026-01-01", "year_end": "2027-12-31", "days_used": 100.0}
    problem = monday_body().scene.register
    base = body().having("usage", usage).audit("A").problem().scene.register
    register, _ = applied(
        base, am.Weights(), [whatif.hire("N", like="P1", qualifications=[("QMS", "17.10.02", "lead")])]
    )
    mine = register.qualifications["auditor_id"] == "N"
    assert sorted(register.qualifications["specialty"][mine]) == ["03.04.01", "17.10.02"]
    assert "N" not in register.usage["auditor_id"]
    assert len(problem.auditors) == 3


def test_each_further_hire_serves_no_fewer() -> None:
    register = am.sample(auditors=8, audits=40, load=1.05, seed=3)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    people = register.auditors["auditor_id"].tolist()
    found = whatif.frontier(
        problem, [whatif.hire(f"N{k}", like=people[k]) for k in range(3)], am.Budget(work=30, seed=1)
    )
    assert list(found.table["number"]) == [0, 1, 2, 3]
    costs = [r.cost for r in found.results]
    assert all(r.plan is not None and am.verify(r.problem, r.plan).ok for r in found.results)
    assert found.table["served"].iloc[-1] >= found.table["served"].iloc[0]
    assert costs[-1] < costs[0]
    assert "(none)" in str(found)


def test_without_illness_and_postponement_nothing_breaks() -> None:
    calm = whatif.storm(monday_body(), PLAN, whatif.Odds(ill=0, postponed=0), runs=3)
    assert (calm.broken, calm.mended, calm.lost) == (0.0, 0.0, 0.0)


def test_a_postponed_audit_is_lost_where_its_window_has_ended_and_mended_where_not() -> None:
    certain = whatif.Odds(ill=0, postponed=1, postponed_days=1)  # by one day, always
    assert whatif.storm(monday_body(), PLAN, certain, runs=5).lost == 1.0
    problem = body().audit("A").problem()
    found = whatif.storm(problem, PLAN, certain, runs=5)
    assert (found.broken, found.mended, found.lost) == (1.0, 1.0, 0.0)


def test_the_share_that_illness_breaks_is_the_chance_of_it() -> None:
    # Five calendar days, Monday to Friday, one booking on Friday; spells of one day begin on any of them alike.
    problem = body().audit("A", earliest=FRIDAY, latest=FRIDAY).problem()
    plan = Plan.from_bookings([booked("A", FRIDAY, LEAD)])
    odds = whatif.Odds(ill=73, ill_days=1, postponed=0)  # one spell a horizon in the mean
    found = whatif.storm(problem, plan, odds, runs=4_000, seed=2)
    assert found.broken == pytest.approx(1 - np.exp(-1 / 5), abs=0.02)
    assert found.lost == found.broken  # nobody else leads


def test_a_storm_leaves_the_plan_as_it_was_and_is_the_same_twice() -> None:
    register = am.sample(auditors=12, audits=60, load=0.7, seed=1)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    plan = am.solve(problem, BUDGET).plan
    odds = whatif.Odds(ill=20, postponed=0.3)
    one = whatif.storm(problem, plan, odds, runs=20, seed=5)
    assert one == whatif.storm(problem, plan, odds, runs=20, seed=5)
    assert 0 < one.lost < one.broken
    assert one.mended + one.lost == pytest.approx(one.broken)


def test_days_in_reserve_are_kept_free_while_planning() -> None:
    register = am.sample(auditors=8, audits=40, load=0.8, seed=3)
    problem = am.Problem(register, *am.sample.sample_horizon(register))
    found = whatif.calm(problem, BUDGET, days=(0.0, 12.0), runs=10)
    assert list(found.table["reserve_days"]) == [0.0, 12.0]
    assert found.table["served"].iloc[1] <= found.table["served"].iloc[0]
    assert found.storms[1].lost <= found.storms[0].lost


def test_numbers_out_of_range_are_refused() -> None:
    for wrong in ({"ill": -1}, {"postponed": 1.1}, {"ill_days": 0}):
        with pytest.raises(ArgumentError, match="Maybe"):
            whatif.Odds(**wrong)
    with pytest.raises(ArgumentError, match="runs=0"):
        whatif.storm(monday_body(), PLAN, runs=0)
    with pytest.raises(ArgumentError, match="books nothing"):
        whatif.storm(monday_body(), Plan.from_bookings([]))
