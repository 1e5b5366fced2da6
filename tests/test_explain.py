"""Why an audit is left out: one sentence for each cause, and what holds of every explanation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import auditmatch as am
from auditmatch import rules as rule_folder
from auditmatch.cases import Case, tiny
from auditmatch.cheapest import cheapest
from auditmatch.engines.greedy import greedy
from auditmatch.errors import UnknownNameError
from auditmatch.explain import Explainer, explain, explain_all
from auditmatch.plan import Booking, Plan
from auditmatch.problem import Problem
from auditmatch.scene import Scene
from auditmatch.shapes import ANY_LENGTH, Apart, Rule, Shape, Start, ints
from auditmatch.verify import verify

# A Monday; the five days that follow are workdays.
MONDAY, TUESDAY, WEDNESDAY, FRIDAY = "2027-03-01", "2027-03-02", "2027-03-03", "2027-03-05"
NOTHING = Plan.from_bookings([])


@dataclass(frozen=True)
class Body:
    """A body with two auditors and an intern, and audits of one day in one week; rows can be added and changed."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def having(self, table: str, *rows: dict[str, Any]) -> Body:
        return Body({**self.tables, table: [*self.tables.get(table, []), *rows]})

    def audit(self, name: str, specialty: str = "03.04.01", **cells: Any) -> Body:
        visit = {
            "audit_id": name,
            "organisation_id": "O1",
            "kind": "special",
            "earliest": MONDAY,
            "latest": FRIDAY,
            "person_days": 1.0,
            "team_max": 1,
        }
        need = {"audit_id": name, "field": "QMS", "specialty": specialty}
        return self.having("audits", {**visit, **cells}).having("requirements", need)

    def problem(self, rules: Iterable[Rule] | None = None, **plan: Any) -> Problem:
        register = Case({name: tuple(rows) for name, rows in self.tables.items()}, MONDAY, FRIDAY).register()
        return Problem(register, MONDAY, FRIDAY, rules=rules, **plan)


def held(who: str, specialty: str, grade: str, **cells: Any) -> dict[str, Any]:
    row = {"auditor_id": who, "field": "QMS", "specialty": specialty, "valid_from": "2026-01-01", "grade": grade}
    return {**row, **cells}


def body() -> Body:
    """P1 leads, P2 audits, P3 learns, all of them QMS 03.04.01."""
    return (
        Body()
        .having("auditors", *({"auditor_id": f"P{i}", "gender": "M"} for i in (1, 2, 3)))
        .having("qualifications", held("P1", "03.04.01", "lead"), held("P2", "03.04.01", "auditor"))
        .having("qualifications", held("P3", "03.04.01", "intern"))
        .having("organisations", {"organisation_id": "O1"})
    )


def booked(audit: str, day: str, *team: tuple[str, str]) -> Booking:
    return Booking(audit, day, "am", day, "pm", team)


def counts(found: am.explain.Explanation) -> list[int]:  # type: ignore[name-defined]
    return [stage.count for stage in found.funnel]


# The steps of the funnel ----------------------------------------------------------------------------------------------


def test_nobody_holds_the_specialty() -> None:
    found = explain(body().audit("A1", "17.10.02").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "competent")
    assert found.sentence() == "No one holds QMS 17.10.02 as auditor or lead between 2027-03-01 and 2027-03-05."
    assert found.sentence("zh") == "2027-03-01 至 2027-03-05 期间无人持有 QMS 17.10.02 审核员或组长资格。"
    assert found.remedy() == "Qualify one of P1 and P2 for QMS 17.10.02."
    # Both may sit in an audit of QMS, and both stay on at every step; only a team that covers the code is missing.
    assert counts(found) == [3, 2, 2, 2, 2, 2, 0]
    assert found.funnel[1].auditors == ("P1", "P2")


def test_an_intern_and_an_expert_of_the_specialty_come_first_as_a_way_out() -> None:
    grades = [held("P3", "17.10.02", "intern"), held("P2", "17.10.02", "expert")]
    found = explain(body().having("qualifications", *grades).audit("A1", "17.10.02").problem(), NOTHING, "A1")
    assert found.remedy() == "Qualify one of P3 for QMS 17.10.02, or allow an expert (P2)."


def test_a_qualification_that_lapsed_is_to_be_renewed() -> None:
    lapsed = held("P2", "17.10.02", "auditor", valid_until="2027-02-28")
    found = explain(body().having("qualifications", lapsed).audit("A1", "17.10.02").problem(), NOTHING, "A1")
    assert found.remedy() == "Renew the qualification of P2 for QMS 17.10.02."
    assert found.remedy("zh") == "为 P2 延续 QMS 17.10.02 资格。"


def test_nobody_leads() -> None:
    tables = {**body().tables, "qualifications": [held("P2", "03.04.01", "auditor")]}
    found = explain(Body(tables).audit("A1").problem(), NOTHING, "A1")
    assert found.sentence() == "No one holds grade lead in QMS between 2027-03-01 and 2027-03-05."
    assert found.remedy() == "Promote one of P2 to lead in QMS."


def test_a_team_too_small_for_what_it_must_cover() -> None:
    # P1 leads, P2 alone holds 17.10.02, and one member is allowed.
    found = explain(
        body().having("qualifications", held("P2", "17.10.02", "auditor")).audit("A1", "17.10.02").problem(),
        NOTHING,
        "A1",
    )
    assert found.sentence() == ("No team of 1 covers a lead in QMS and QMS 17.10.02 between 2027-03-01 and 2027-03-05.")
    assert found.remedy().startswith("Allow a team larger than 1")


def test_more_women_than_there_are() -> None:
    found = explain(body().audit("A1", females_min=1).problem(), NOTHING, "A1")
    assert found.sentence() == ("No one may sit in the team and is a woman between 2027-03-01 and 2027-03-05.")


def test_two_of_a_kind_are_asked_for_and_one_is_there() -> None:
    tables = body().audit("A1", team_min=2, team_max=2).tables
    needs = [{**tables["requirements"][0], "count": 2}]
    quals = [held("P1", "03.04.01", "lead"), held("P2", "17.10.02", "auditor")]
    found = explain(Body({**tables, "requirements": needs, "qualifications": quals}).problem(), NOTHING, "A1")
    assert found.sentence() == (
        "It needs 2 people of whom each holds QMS 03.04.01 as auditor or lead; "
        "between 2027-03-01 and 2027-03-05 there is only P1."
    )


def test_everyone_is_barred() -> None:
    bar = {"preference_id": "w", "organisation_id": "O1", "auditor_id": "P1", "rule": "forbid"}
    found = explain(body().having("preferences", bar).audit("A1").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "impartial")
    assert found.sentence() == "Everyone who holds grade lead in QMS is barred from it: P1."
    assert found.remedy() == "Lift the bar on P1, or qualify someone else."
    assert counts(found) == [3, 2, 1, 1, 1, 1, 0]


def test_everyone_is_away_and_no_word_of_why() -> None:
    leave = {"auditor_id": "P1", "start": MONDAY, "end": FRIDAY, "reason": "sick leave"}
    found = explain(body().having("absences", leave).audit("A1").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "present")
    assert found.sentence() == (
        "Everyone who holds grade lead in QMS is away whenever it could take place "
        "between 2027-03-01 and 2027-03-05: P1."
    )
    assert "P1" in found.remedy()
    assert "sick" not in f"{found}{found.sentence('zh')}"
    assert counts(found) == [3, 2, 2, 1, 1, 1, 0]


def test_everyone_has_reached_a_limit() -> None:
    used = {"auditor_id": "P1", "year_start": "2027-01-01", "days_used": 179.5, "certificates_used": 0}
    found = explain(body().having("usage", used).audit("A1").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "under_caps")
    assert found.sentence() == "Everyone who holds grade lead in QMS would exceed a limit: P1 (the days per year)."
    assert found.sentence("zh") == "可任 QMS 审核组长的人员均会超出上限：P1（年度现场审核天数）。"
    assert counts(found) == [3, 2, 2, 2, 1, 1, 0]


def test_a_limit_on_certificates() -> None:
    used = {"auditor_id": "P1", "year_start": "2027-01-01", "days_used": 0, "certificates_used": 50}
    paper = {"certificate_id": "C1", "specialty": "03.04.01", "organisation_id": "O1", "field": "QMS"}
    carried = {"audit_id": "A1", "certificate_id": "C1"}
    full = body().having("usage", used).having("certificates", paper).having("audit_certificates", carried)
    found = explain(full.audit("A1").problem(), NOTHING, "A1")
    assert "P1 (the certificates per year)" in found.sentence()


def test_everyone_is_booked_elsewhere_and_one_move_frees_a_team() -> None:
    # Tuesday is the whole window of A1; A2 takes P1 on it and could wait until Wednesday.
    problem = body().audit("A1", earliest=TUESDAY, latest=TUESDAY).audit("A2").problem()
    plan = Plan.from_bookings([booked("A2", TUESDAY, ("P1", "lead"))])
    found = explain(problem, plan, "A1")
    assert (found.status, found.reason) == ("unserved", "free")
    assert found.sentence() == (
        "Everyone who holds grade lead in QMS is booked elsewhere or on the road on 2027-03-02: P1 (A2)."
    )
    assert found.remedy() == "Move A2; then P1 could serve it on 2027-03-02."
    assert counts(found) == [3, 2, 2, 2, 2, 1, 0]


def test_a_pinned_person_who_is_away() -> None:
    row = {"audit_id": "A1", "auditor_id": "P1", "role": "lead", "start": MONDAY, "end": MONDAY, "pin": "member"}
    leave = {"auditor_id": "P1", "start": MONDAY, "end": FRIDAY}
    found = explain(body().audit("A1").having("plan", row).having("absences", leave).problem(), NOTHING, "A1")
    assert found.sentence() == (
        "The pinned P1 is away whenever it could take place between 2027-03-01 and 2027-03-05: P1."
    )


# Other reasons --------------------------------------------------------------------------------------------------------


def test_a_team_is_free_and_the_plan_does_without() -> None:
    problem = body().audit("A1").problem()
    found = explain(problem, NOTHING, "A1")
    assert (found.status, found.reason) == ("unserved", "cost")
    assert found.booking == booked("A1", MONDAY, ("P1", "lead"))
    assert found.cost is not None
    assert found.penalty is not None
    assert found.cost < found.penalty
    assert found.sentence().startswith("It could start on 2027-03-01 with P1 for ")
    assert found.funnel[-1].auditors == ("P1",)


def test_serving_costs_more_than_putting_off() -> None:
    # Nothing is lost by putting off, and a day late costs two points.
    free = am.Weights(deferral=0, lateness=2)
    wanted = body().audit("A1", latest="2027-03-12", preferred=MONDAY, earliest=TUESDAY).problem(weights=free)
    found = explain(wanted, NOTHING, "A1")
    assert (found.status, found.reason, found.penalty) == ("deferred", "cost", 0)
    assert found.sentence() == f"Serving it costs at least {found.cost} points, more than the 0 of leaving it out."


@pytest.mark.parametrize(
    ("cells", "reason", "sentence"),
    [
        ({"status": "done"}, "done", "It is done."),
        ({"status": "cancelled"}, "cancelled", "It is cancelled."),
        (
            {"earliest": "2027-03-08", "latest": "2027-03-09"},
            "later",
            "Its window opens on 2027-03-08, after the horizon ends on 2027-03-05.",
        ),
    ],
)
def test_audits_of_other_times_are_outside(cells: dict[str, Any], reason: str, sentence: str) -> None:
    found = explain(body().audit("A1", **cells).problem(), NOTHING, "A1")
    assert (found.status, found.reason, found.sentence()) == ("outside", reason, sentence)


def test_a_booking_pinned_outside_the_horizon_is_outside() -> None:
    row = {
        "audit_id": "A1",
        "auditor_id": "P1",
        "role": "lead",
        "start": "2027-03-08",
        "end": "2027-03-08",
        "pin": "both",
    }
    found = explain(body().audit("A1", latest="2027-03-12").having("plan", row).problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("outside", "fact")
    assert "2027-03-08" in found.sentence()


def test_a_window_that_closed_is_hopeless() -> None:
    problem = body().audit("A1", earliest="2027-01-04", latest="2027-02-26").problem()
    found = explain(problem, NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "closed")
    assert found.sentence() == "Its window closed on 2027-02-26, before the horizon starts on 2027-03-01."
    assert found.remedy() == "Agree on a new window, or mark it as done or cancelled."


def test_a_window_too_short() -> None:
    found = explain(body().audit("A1", latest=TUESDAY, person_days=3.0).problem(), NOTHING, "A1")
    assert (found.status, found.reason, found.funnel) == ("hopeless", "window", ())
    assert found.sentence() == (
        "Of the 6 working half-days that it takes, its window leaves 4 between 2027-03-01 and 2027-03-02."
    )
    assert found.remedy() == "Widen its window, now 2027-03-01 to 2027-03-02."


def test_a_window_that_the_horizon_cuts_short() -> None:
    found = explain(body().audit("A1", earliest=FRIDAY, latest="2027-03-12", person_days=3.0).problem(), NOTHING, "A1")
    assert found.remedy() == "Let the horizon run at least until 2027-03-12."


def test_a_client_who_is_closed() -> None:
    shut = {"organisation_id": "O1", "start": MONDAY, "end": FRIDAY}
    found = explain(body().having("closures", shut).audit("A1").problem(), NOTHING, "A1")
    assert found.sentence() == ("It may start on no date between 2027-03-01 and 2027-03-05: the client is closed.")


def test_a_pin_that_breaks_a_rule_names_the_rule() -> None:
    row = {"audit_id": "A1", "auditor_id": "P1", "role": "lead", "start": MONDAY, "end": MONDAY, "pin": "both"}
    leave = {"auditor_id": "P1", "start": MONDAY}
    found = explain(body().audit("A1").having("plan", row).having("absences", leave).problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "pin")
    assert found.sentence() == "It is pinned, but the pin breaks the rule absences: P1 is away during A1."
    assert found.sentence("zh").startswith("已固定，但违反规则“缺勤”")


def test_two_pins_on_one_person_at_once() -> None:
    row = {"auditor_id": "P1", "role": "lead", "start": MONDAY, "end": MONDAY, "pin": "both"}
    rows = [{**row, "audit_id": name} for name in ("A1", "A2")]
    found = explain(body().audit("A1").audit("A2").having("plan", *rows).problem(), NOTHING, "A2")
    assert found.sentence() == "It is pinned, but the pin breaks the rule one_place: P1 is in A1 and A2 at once."


def test_an_audit_that_needs_one_that_is_not_served() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "interval", "required": True}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, NOTHING, "A2")
    assert (found.status, found.reason) == ("unserved", "needs")
    assert found.sentence() == "It needs A1, which is unserved."
    assert found.remedy() == "Serve A1 first."


def test_an_audit_that_needs_a_hopeless_one() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "interval", "required": True}
    problem = body().audit("A1", "17.10.02").audit("A2").having("links", link).problem()
    found = explain(problem, NOTHING, "A2")
    assert (found.status, found.sentence()) == ("hopeless", "It needs A1, which is hopeless.")


def test_two_audits_that_could_be_served_but_not_both() -> None:
    # Stage 2 ten days after stage 1 lies beyond both windows.
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "interval", "required": True, "min_days": 10}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, NOTHING, "A2")
    assert (found.status, found.reason) == ("hopeless", "link")
    assert found.sentence() == "It needs A1, and no dates or people suit both: the stage interval with A1."


def test_a_link_to_a_booked_audit_that_leaves_no_date() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "together", "max_days": 0}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, Plan.from_bookings([booked("A1", FRIDAY, ("P1", "lead"))]), "A2")
    # P1 alone leads and is booked on that very day.
    assert (found.status, found.reason) == ("unserved", "link")
    assert found.sentence() == "Its links leave no date or no team: the group's dates with A1."


def test_free_people_who_must_not_meet_again() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "disjoint"}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, Plan.from_bookings([booked("A1", FRIDAY, ("P1", "lead"))]), "A2")
    assert (found.status, found.reason) == ("unserved", "team")
    assert found.sentence() == "People are free, but no team of them keeps nobody shared with A1."


@dataclass(frozen=True)
class NoStart:
    """A rule in a user's own file: nothing starts, for a reason of its own."""

    name: str = "moon"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        yield Start(scene.audits, ANY_LENGTH, ints(np.arange(scene.calendar.n_slots)), "the moon is full")

    def check(self, scene: Scene, agenda: Any) -> list[Any]:
        return []

    def describe(self) -> str:
        return "Nothing starts at full moon."

    def sample(self, rng: np.random.Generator) -> Case:
        return tiny(rng)


def test_a_rule_of_ones_own_speaks_for_itself() -> None:
    found = explain(body().audit("A1").problem(rules=(*rule_folder.default(), NoStart())), NOTHING, "A1")
    assert found.sentence().endswith(": the moon is full.")
    assert "the moon is full" in found.sentence("zh")


@dataclass(frozen=True)
class Enemies(NoStart):
    """P1 and P2 are never in one team."""

    name: str = "enemies"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        yield Apart(ints([0]), ints([1]), "they do not speak")


def test_people_who_may_not_work_together() -> None:
    problem = body().audit("A1", team_min=2, team_max=2).problem(rules=(*rule_folder.default(), Enemies()))
    found = explain(problem, NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "team")
    assert found.sentence() == "People are free, but no team of them keeps who may not work together."


def test_more_interns_asked_for_than_may_learn_at_once() -> None:
    wish = {"preference_id": "w", "audit_id": "A1", "auditor_id": "P3", "rule": "require"}
    none = {"name": "interns_per_auditor", "value": "0"}
    found = explain(body().having("preferences", wish).having("settings", none).audit("A1").problem(), NOTHING, "A1")
    assert found.sentence() == "People are free, but no team of them keeps the limit on interns."


def test_without_rules_no_team_has_a_size() -> None:
    found = explain(body().audit("A1").problem(rules=()), NOTHING, "A1")
    assert found.sentence() == "No rule allows it any size of team."


def test_a_fact_in_the_way_does_not_move() -> None:
    done = {"audit_id": "A2", "auditor_id": "P1", "role": "lead", "start": TUESDAY, "end": TUESDAY}
    tuesday = body().audit("A1", earliest=TUESDAY, latest=TUESDAY).audit("A2", status="done").having("plan", done)
    found = explain(tuesday.problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "free")
    assert found.sentence().endswith("on 2027-03-02: P1 (A2).")
    assert found.remedy() == "Widen its window, now 2027-03-02."


def test_a_booking_at_odd_hours_is_still_told() -> None:
    # No engine could hold a booking on a Sunday, but a hand can write one.
    sunday = Plan.from_bookings([booked("A1", "2027-02-28", ("P1", "lead"))])
    found = explain(body().audit("A1").problem(), sunday, "A1")
    assert found.status == "served"
    assert "From 2027-02-28 am" in found.sentence()


# Served audits and calls ----------------------------------------------------------------------------------------------


def test_a_served_audit_tells_when_who_and_its_cost_by_term() -> None:
    problem = body().audit("A1", preferred=MONDAY).problem()
    plan = Plan.from_bookings([booked("A1", WEDNESDAY, ("P1", "lead"))])
    found = explain(problem, plan, "A1")
    assert (found.status, found.lead, found.booking) == ("served", "P1", plan.bookings[0])
    # The only audit of the plan: its terms are the plan's.
    assert found.terms == verify(problem, plan).terms
    assert found.terms["lateness"] == 4  # two days, two points each
    assert found.cost == sum(found.terms.values())
    assert found.sentence() == f"From 2027-03-03 am to 2027-03-03 pm by P1, led by P1; cost {found.cost}."
    assert found.remedy() == ""


def test_an_unknown_audit_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="Maybe 'A-0173'"):
        explain(body().audit("A-0173").problem(), NOTHING, "A-0137x")


def test_the_module_can_be_called() -> None:
    problem = body().audit("A1").problem()
    assert am.explain(problem, NOTHING, "A1") == explain(problem, NOTHING, "A1")


def test_all_that_is_left_out_is_explained_in_order() -> None:
    late = {"earliest": "2027-01-04", "latest": "2027-02-26"}
    problem = (
        body().audit("A3").audit("A1", "17.10.02").audit("A2", **late).audit("A4").audit("A5", status="done").problem()
    )
    plan = Plan.from_bookings([booked("A4", MONDAY, ("P1", "lead"))])
    found = explain_all(problem, plan)
    assert [(each.audit, each.status) for each in found] == [
        ("A1", "hopeless"),
        ("A2", "hopeless"),
        ("A3", "unserved"),
    ]
    assert found == tuple(explain(problem, plan, each.audit) for each in found)


def test_what_is_printed_holds_reason_way_out_and_counts() -> None:
    printed = str(explain(body().audit("A1", "17.10.02").problem(), NOTHING, "A1"))
    assert printed.startswith("A1, hopeless: No one holds QMS 17.10.02")
    assert "Qualify one of P1 and P2" in printed
    assert printed.endswith(
        "all 3, competent 2, impartial 2, present in the window 2, under caps 2, free 2, in a full team 0"
    )


# What holds of every explanation --------------------------------------------------------------------------------------


def _random_plans(rule: Rule, seeds: int) -> Iterable[tuple[Problem, Explainer]]:
    """Yield tiny problems in which a rule matters, with parts of their greedy plans."""
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        case = rule.sample(rng)
        problem = Problem(case.register(), case.start, case.end)
        kept = [placed for placed in greedy(problem) if rng.random() < 0.8]
        yield problem, Explainer(problem, problem.plan_of(kept))


@pytest.mark.parametrize("rule", rule_folder.default(), ids=lambda rule: rule.name)
def test_funnels_shrink_and_agree_with_the_kernel(rule: Rule) -> None:
    for problem, explainer in _random_plans(rule, 12):
        for row, name in enumerate(problem.scene.register.audits["audit_id"]):
            found = explainer.explain(name)
            numbers = counts(found)
            assert numbers == sorted(numbers, reverse=True)
            for wider, narrower in zip(found.funnel, found.funnel[1:], strict=False):
                assert set(narrower.auditors) <= set(wider.auditors)
            if found.status in ("unserved", "deferred"):
                best = cheapest(explainer.state, row)
                assert (best is not None) == (found.reason == "cost") == bool(found.funnel[-1].count)
                assert found.cost == (best[0] if best else None)
            for lang in ("en", "zh"):
                text = found.sentence(lang) + found.remedy(lang)
                # No gap where a name should stand.
                assert not any(hole in text for hole in ("{", "  ", ": .", "：。", "None", "of  "))


@pytest.mark.parametrize("rule", rule_folder.default(), ids=lambda rule: rule.name)
def test_hopeless_means_what_the_problem_says(rule: Rule) -> None:
    for problem, explainer in _random_plans(rule, 12):
        scene = problem.scene
        lost = {scene.audit_id(a) for a in (*problem.hopeless.tolist(), *scene.overdue.tolist())}
        assert {n for n in scene.register.audits["audit_id"] if explainer.explain(n).status == "hopeless"} == lost
