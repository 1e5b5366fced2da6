"""Each rule in stories of one sentence, at its limit and one step beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from office import (
    CODE,
    FRI,
    MON,
    THU,
    TUE,
    WED,
    audit,
    book,
    day,
    grade,
    judged,
    office,
    person,
    problem,
    setting,
)

from auditmatch import rules
from auditmatch.cases import Case
from auditmatch.plan import Booking, Plan
from auditmatch.shapes import Rule

LEGAL: list[str] = []


def broken(case: Case, *bookings: Booking) -> list[str]:
    """Return the rules that bookings break, sorted; those that break none are not hopeless either."""
    verdict = judged(case, *bookings)
    assert not verdict.ok or len(problem(case).place(Plan.from_bookings(bookings))) == len(bookings)
    return sorted({violation.rule for violation in verdict.violations})


def held(who: str, **cells: Any) -> dict[str, Any]:
    return {"auditor_id": who, **CODE, "valid_from": "2026-02-01", "grade": "auditor", **cells}


def wish(rule: str, who: str, audit_id: str | None = "X", **cells: Any) -> dict[str, Any]:
    return {"preference_id": f"{rule} {who} {audit_id}", "audit_id": audit_id, "auditor_id": who, "rule": rule, **cells}


def link(kind: str, first: str = "X", second: str = "Y", **cells: Any) -> dict[str, Any]:
    return {"first_audit": first, "second_audit": second, "kind": kind, **cells}


def pair(case: Case) -> Case:
    """X asks for two people who share one person-day, half a day each."""
    return audit(case, "X", team_min=1, team_max=2)


def test_the_office_can_work() -> None:
    assert broken(office(), day("X", MON), day("Y", TUE)) == LEGAL


def test_every_rule_says_what_it_is_in_one_sentence() -> None:
    made = rules.default()
    assert len({rule.name for rule in made}) == len(made) == 29
    for rule in made:
        assert rule.describe().endswith(".")
        assert rule.describe().count(".") == 1


@pytest.mark.parametrize("rule", rules.default(), ids=lambda rule: rule.name)
def test_every_rule_draws_registers_that_are_valid_and_the_same_for_one_seed(rule: Rule) -> None:
    one, other = (rule.sample(np.random.default_rng(5)).tables for _ in range(2))
    assert one == other
    assert rule.sample(np.random.default_rng(6)).tables != one


# ------------------------------------------------------------------------------------------------- who may sit where


def test_a_credential_counts_on_the_days_of_the_audit_not_before() -> None:
    case = office(qualifications=[held("Bo", field="EMS", grade="lead")])
    case = grade(case, "Ann", valid_from=TUE)
    assert broken(case, day("X", MON)) == ["lead", "membership", "specialty"]
    assert broken(case, day("X", TUE)) == LEGAL


def test_a_credential_counts_on_its_last_day_and_not_on_the_next() -> None:
    case = grade(audit(office(), "X", person_days=2.0), "Ann", valid_until=TUE)
    assert broken(case, book("X", MON, TUE, Ann="lead")) == LEGAL
    assert broken(case, book("X", TUE, WED, Ann="lead")) == ["lead", "membership", "specialty"]


def test_credentials_that_follow_each_other_count_as_one() -> None:
    case = grade(audit(office(), "X", person_days=2.0), "Ann", valid_until=TUE)
    unbroken = case.having(qualifications=[held("Ann", valid_from=WED, grade="lead")])
    assert broken(unbroken, book("X", TUE, WED, Ann="lead")) == LEGAL
    gap = case.having(qualifications=[held("Ann", valid_from=THU, grade="lead")])
    assert broken(gap, book("X", TUE, WED, Ann="lead")) == ["lead", "membership", "specialty"]


def test_a_member_of_another_field_may_not_sit() -> None:
    case = grade(pair(office()), "Bo", field="EMS")
    assert broken(case, book("X", MON, f"{MON} am", Ann="lead", Bo="member")) == ["membership"]


def test_a_member_of_one_field_of_two_may_sit() -> None:
    case = pair(office(requirements=[{"audit_id": "X", "field": "EMS", "specialty": "03.04.01"}]))
    case = grade(case, "Bo", field="EMS")
    assert broken(case, book("X", MON, f"{MON} am", Ann="lead", Bo="member")) == LEGAL


def test_an_intern_sits_only_where_training_is_asked_for() -> None:
    case = grade(office(), "Cai", grade="intern")
    team = book("X", MON, Ann="lead", Cai="intern")
    assert broken(case, team) == ["membership", "team_size"]
    assert broken(case.having(preferences=[wish("require", "Cai")]), team) == LEGAL


def test_an_intern_may_not_sit_as_a_member() -> None:
    case = grade(pair(office()), "Cai", grade="intern").having(preferences=[wish("require", "Cai")])
    assert broken(case, book("X", MON, f"{MON} am", Ann="lead", Cai="member")) == ["membership"]


def test_an_expert_sits_only_for_a_code_that_admits_one() -> None:
    case = grade(office(), "Cai", grade="expert")
    team = book("X", MON, Ann="lead", Cai="expert")
    assert broken(case, team) == ["membership", "team_size"]
    admitting = case.changing("requirements", 1, expert_ok=True)
    assert broken(admitting, team) == LEGAL
    # An expert of another code does not help, even where an expert is admitted.
    other = grade(admitting, "Cai", specialty="17.10.02")
    assert broken(other, team) == ["membership"]


# ---------------------------------------------------------------------------------------------------- what a team needs


def test_the_team_covers_every_code_together() -> None:
    case = pair(office(requirements=[{"audit_id": "X", "field": "QMS", "specialty": "17.10.02"}]))
    case = grade(case, "Bo", specialty="17.10.02")
    assert broken(case, day("X", MON)) == ["specialty"]
    assert broken(case, book("X", MON, f"{MON} am", Ann="lead", Bo="member")) == LEGAL


def test_a_count_of_two_asks_for_two_people_and_one_person_may_meet_two_codes() -> None:
    case = pair(office(qualifications=[held("Ann", specialty="17.10.02")]))
    both = case.having(requirements=[{"audit_id": "X", "field": "QMS", "specialty": "17.10.02"}])
    assert broken(both, day("X", MON)) == LEGAL
    twice = case.changing("requirements", 1, count=2)
    assert broken(twice, day("X", MON)) == ["specialty"]
    assert broken(twice, book("X", MON, f"{MON} am", Ann="lead", Bo="member")) == LEGAL


def test_the_middle_class_serves_only_where_the_setting_says_so() -> None:
    case = office().changing("requirements", 1, specialty="03.04.09")
    assert broken(case, day("X", MON)) == ["specialty"]
    assert broken(setting(case, "middle_class", "true"), day("X", MON)) == LEGAL
    other = case.changing("requirements", 1, specialty="03.05.01")
    assert broken(setting(other, "middle_class", "true"), day("X", MON)) == ["specialty"]


def test_an_expert_covers_a_code_only_where_the_requirement_admits_one() -> None:
    case = grade(office(), "Cai", grade="expert", specialty="17.10.02")
    need = {"audit_id": "X", "field": "QMS", "specialty": "17.10.02"}
    team = book("X", MON, Ann="lead", Cai="expert")
    assert broken(case.having(requirements=[{**need, "expert_ok": True}]), team) == LEGAL
    assert "specialty" in broken(case.having(requirements=[need]), team)


def test_a_team_without_anybody_of_grade_lead_cannot_work() -> None:
    assert broken(office(), book("X", MON, Bo="lead")) == ["lead"]
    assert broken(pair(office()), book("X", MON, f"{MON} am", Bo="lead", Cai="member")) == ["lead"]


def test_the_one_named_lead_must_be_one_who_may() -> None:
    case, half = pair(office()), f"{MON} am"
    assert "is named lead" in judged(case, book("X", MON, half, Bo="lead", Ann="member")).violations[0].message
    assert (
        "0 people are named lead" in judged(case, book("X", MON, half, Bo="member", Ann="member")).violations[0].message
    )
    assert "2 people are named lead" in judged(case, book("X", MON, half, Bo="lead", Ann="lead")).violations[0].message


def test_the_lead_leads_all_fields_only_where_the_setting_says_so() -> None:
    case = office(requirements=[{"audit_id": "X", "field": "EMS", "specialty": "03.04.01"}])
    case = case.having(qualifications=[held("Ann", field="EMS")])
    assert broken(case, day("X", MON)) == LEGAL
    assert broken(setting(case, "lead_fields", "all"), day("X", MON)) == ["lead"]


@pytest.mark.parametrize(
    ("days", "team", "half_days"),
    [
        # n members stay ceil(2 * days / n) half-days; 1.3 days are 2.6 half-days, rounded to 3; 1.2 days to 2.
        (1.0, ("Ann",), 2),
        (1.3, ("Ann",), 3),
        (1.2, ("Ann",), 2),
        (1.5, ("Ann", "Bo"), 2),
        (2.0, ("Ann", "Bo", "Cai"), 2),
        (3.0, ("Ann", "Bo", "Cai"), 2),
        (0.5, ("Ann", "Bo"), 1),
    ],
)
def test_a_team_stays_exactly_as_long_as_the_person_days_need(
    days: float, team: tuple[str, ...], half_days: int
) -> None:
    case = audit(office(), "X", person_days=days, team_max=3)
    ends = [f"{MON} am", MON, f"{TUE} am", TUE]
    roles = {who: "lead" if who == "Ann" else "member" for who in team}
    legal = [n for n, end in enumerate(ends, 1) if broken(case, book("X", MON, end, **roles)) == LEGAL]
    assert legal == [half_days]


def test_a_team_is_as_large_as_the_audit_allows() -> None:
    case = audit(office(), "X", person_days=3.0, team_min=2, team_max=2)
    assert broken(case, book("X", MON, WED, Ann="lead")) == ["team_size"]
    assert broken(case, book("X", MON, f"{TUE} am", Ann="lead", Bo="member")) == LEGAL
    assert broken(case, book("X", MON, Ann="lead", Bo="member", Cai="member")) == ["team_size"]


def test_with_whole_days_a_half_day_of_work_takes_a_day() -> None:
    # 1.5 days are 3 half-days, 2 whole days for one person and 1 for two.
    case = setting(audit(office(), "X", person_days=1.5, team_max=2), "slots_per_day", 1)
    assert broken(case, day("X", MON)) == ["team_size"]
    assert broken(case, book("X", MON, TUE, Ann="lead")) == LEGAL
    assert broken(case, book("X", MON, Ann="lead", Bo="member")) == LEGAL


def test_interns_and_experts_are_as_many_as_asked_for_and_admitted() -> None:
    case = grade(grade(office(), "Bo", grade="expert"), "Cai", grade="intern")
    case = case.changing("requirements", 1, expert_ok=True).having(preferences=[wish("require", "Cai")])
    assert broken(case, book("X", MON, Ann="lead", Bo="expert", Cai="intern")) == LEGAL
    other = case.changing("requirements", 1, expert_ok=False)
    assert broken(other, book("X", MON, Ann="lead", Bo="expert", Cai="intern")) == ["membership", "team_size"]


def test_women_and_men_are_counted_among_members_only() -> None:
    case = pair(office())
    half = f"{MON} am"
    assert broken(audit(case, "X", males_min=1), day("X", MON)) == ["gender"]
    assert broken(audit(case, "X", males_min=1), book("X", MON, half, Ann="lead", Bo="member")) == LEGAL
    assert broken(audit(case, "X", females_min=2), book("X", MON, half, Ann="lead", Bo="member")) == ["gender"]
    assert broken(audit(case, "X", females_min=2), book("X", MON, half, Ann="lead", Cai="member")) == LEGAL
    training = grade(audit(case, "X", males_min=1), "Bo", grade="intern").having(preferences=[wish("require", "Bo")])
    assert broken(training, book("X", MON, Ann="lead", Bo="intern")) == ["gender"]


def test_full_time_members_are_counted_among_members_only() -> None:
    case = audit(person(pair(office()), "Ann", full_time=False), "X", full_time_min=1)
    assert broken(case, day("X", MON)) == ["full_time"]
    assert broken(case, book("X", MON, f"{MON} am", Ann="lead", Bo="member")) == LEGAL
    training = grade(case, "Bo", grade="intern").having(preferences=[wish("require", "Bo")])
    assert broken(training, book("X", MON, Ann="lead", Bo="intern")) == ["full_time"]


def test_each_member_supervises_as_many_interns_as_the_setting_says() -> None:
    case = grade(grade(office(), "Bo", grade="intern"), "Cai", grade="intern")
    case = case.having(preferences=[wish("require", "Bo"), wish("require", "Cai")])
    team = book("X", MON, Ann="lead", Bo="intern", Cai="intern")
    assert broken(case, team) == ["interns"]
    assert broken(setting(case, "interns_per_auditor", 2), team) == LEGAL


# ------------------------------------------------------------------------------------------------------- named people


def test_a_designated_person_is_in_the_team_of_each_audit_of_the_client() -> None:
    case = office(preferences=[wish("require", "Bo", None, organisation_id="Oil")])
    assert broken(case, day("X", MON)) == ["designated"]
    assert broken(case, day("Y", MON)) == LEGAL
    assert broken(pair(case), book("X", MON, f"{MON} am", Ann="lead", Bo="member")) == LEGAL


def test_a_forbidden_person_is_in_no_team_of_the_client() -> None:
    case = office(preferences=[wish("forbid", "Ann", None, organisation_id="Oil")])
    assert broken(case, day("X", MON)) == broken(case, day("W", MON)) == ["forbidden"]
    assert broken(case, day("Y", MON)) == LEGAL


def test_an_impartiality_bar_holds_on_its_first_and_last_day() -> None:
    case = office(preferences=[wish("forbid", "Ann", **{"from": TUE, "until": WED})])
    days = {start: broken(case, day("X", start)) for start in (MON, TUE, WED, THU)}
    assert days == {MON: LEGAL, TUE: ["impartiality"], WED: ["impartiality"], THU: LEGAL}


@pytest.mark.parametrize(("dates", "barred"), [({"from": WED}, (WED, FRI)), ({"until": WED}, (MON, WED))])
def test_an_impartiality_bar_may_be_open_at_one_side(dates: dict[str, str], barred: tuple[str, str]) -> None:
    case = office(preferences=[wish("forbid", "Ann", **dates)])
    for start in (MON, TUE, WED, THU, FRI):
        expected = ["impartiality"] if barred[0] <= start <= barred[1] else LEGAL
        assert broken(case, day("X", start)) == expected


# -------------------------------------------------------------------------------------------------------------- time


def test_an_absence_takes_its_half_days_and_no_more() -> None:
    away = {"auditor_id": "Ann", "start": TUE, "start_half": "pm", "end": WED, "end_half": "am"}
    case = audit(office(absences=[away]), "X", person_days=0.5)
    free = {half: broken(case, book("X", half, half, Ann="lead")) for half in (f"{TUE} am", f"{TUE} pm", f"{WED} am")}
    assert free == {f"{TUE} am": LEGAL, f"{TUE} pm": ["absences"], f"{WED} am": ["absences"]}
    assert broken(case, book("X", f"{WED} pm", f"{WED} pm", Ann="lead")) == LEGAL


def test_with_whole_days_half_a_day_of_absence_takes_the_day() -> None:
    away = {"auditor_id": "Ann", "start": TUE, "start_half": "pm", "end": TUE, "end_half": "pm"}
    case = setting(office(absences=[away]), "slots_per_day", 1)
    assert broken(case, day("X", TUE)) == ["absences"]
    assert broken(case, day("X", WED)) == LEGAL


def test_nobody_works_before_joining_or_after_leaving() -> None:
    case = person(office(), "Ann", **{"from": TUE, "until": WED})
    days = {start: broken(case, day("X", start)) for start in (MON, TUE, WED, THU)}
    assert days == {MON: ["absences"], TUE: LEGAL, WED: LEGAL, THU: ["absences"]}


def test_a_closed_client_takes_no_audit_on_any_day_of_the_closure() -> None:
    case = office(closures=[{"organisation_id": "Oil", "start": TUE, "end": WED}])
    days = {start: broken(case, day("X", start)) for start in (MON, TUE, WED, THU)}
    assert days == {MON: LEGAL, TUE: ["closures"], WED: ["closures"], THU: LEGAL}
    assert broken(case, day("Y", TUE)) == LEGAL
    long = audit(case, "X", person_days=4.0)
    assert broken(long, book("X", MON, THU, Ann="lead")) == ["closures"]


def test_an_audit_lies_inside_its_window_ends_included() -> None:
    case = audit(office(), "X", earliest=TUE, latest=THU, person_days=2.0)
    assert broken(case, book("X", MON, TUE, Ann="lead")) == ["windows"]
    assert broken(case, book("X", TUE, WED, Ann="lead")) == broken(case, book("X", WED, THU, Ann="lead")) == LEGAL
    assert broken(case, book("X", THU, FRI, Ann="lead")) == ["windows"]


def test_an_audit_lies_inside_the_horizon_ends_included() -> None:
    case = audit(office(), "X", earliest="2027-02-22", latest="2027-03-12")
    assert broken(case, day("X", "2027-02-26")) == broken(case, day("X", "2027-03-08")) == ["windows"]
    assert broken(case, day("X", MON)) == broken(case, day("X", FRI)) == LEGAL


def test_two_half_days_start_in_the_morning_and_one_may_start_after_noon() -> None:
    case = audit(office(), "Y", person_days=0.5)
    assert broken(case, book("X", f"{MON} pm", f"{TUE} am", Ann="lead")) == ["morning_start"]
    assert broken(case, book("Y", f"{MON} pm", f"{MON} pm", Ann="lead")) == LEGAL


def test_an_audit_does_not_straddle_a_day_off_that_it_could_avoid() -> None:
    # Wednesday off: Monday-Tuesday and Thursday-Friday remain, two days each.
    case = audit(office(calendar=[{"date": WED, "working": "none"}]), "X", person_days=2.0)
    assert broken(case, book("X", TUE, THU, Ann="lead")) == ["morning_start"]
    assert broken(case, book("X", MON, TUE, Ann="lead")) == broken(case, book("X", THU, FRI, Ann="lead")) == LEGAL


def test_an_audit_longer_than_any_run_starts_on_the_first_morning_after_a_day_off() -> None:
    # Three days fit neither Monday-Tuesday nor Thursday-Friday, so they start on Monday; Tuesday would be too late.
    case = audit(office(calendar=[{"date": WED, "working": "none"}]), "X", person_days=3.0)
    assert broken(case, book("X", MON, THU, Ann="lead")) == LEGAL
    assert broken(case, book("X", TUE, FRI, Ann="lead")) == ["morning_start"]


def test_nobody_works_on_a_day_off() -> None:
    case = office(calendar=[{"date": WED, "working": "am"}])
    assert broken(case, day("X", WED)) == ["morning_start", "team_size"]
    half = audit(case, "X", person_days=0.5)
    assert broken(half, book("X", WED, f"{WED} am", Ann="lead")) == LEGAL
    assert broken(half, book("X", f"{WED} pm", f"{WED} pm", Ann="lead")) == ["morning_start", "team_size"]


# ------------------------------------------------------------------------------------------------------- two audits


def test_nobody_is_in_two_audits_at_once_and_back_to_back_is_fine() -> None:
    case = audit(office(), "Y", person_days=0.5)
    assert broken(case, day("X", MON), book("Y", f"{MON} pm", f"{MON} pm", Ann="lead")) == ["one_place"]
    assert broken(case, day("X", MON), book("Y", TUE, f"{TUE} am", Ann="lead")) == LEGAL


def test_a_short_audit_inside_a_long_one_is_seen_behind_a_third() -> None:
    # X takes Monday to Wednesday, Y Monday morning, Z Wednesday afternoon: both lie inside X, one beside the other.
    case = audit(audit(audit(office(), "X", person_days=3.0), "Y", person_days=0.5), "Z", person_days=0.5)
    verdict = judged(
        case,
        book("X", MON, WED, Ann="lead"),
        book("Y", MON, f"{MON} am", Ann="lead"),
        book("Z", f"{WED} pm", f"{WED} pm", Ann="lead"),
    )
    assert sorted(v.audits for v in verdict.violations) == [("X", "Y"), ("X", "Z")]


def on_the_road(case: Case) -> Case:
    """Oil is in Beijing, Salt in Shanghai: 1,067 km, two half-days at 800 km each."""
    places = [("Beijing", 39.9, 116.4), ("Shanghai", 31.2, 121.5), ("Suzhou", 31.3, 120.6)]
    case = case.having(locations=[{"location": n, "latitude": a, "longitude": b} for n, a, b in places])
    return case.changing("organisations", 0, location="Beijing").changing("organisations", 1, location="Shanghai")


def test_a_day_on_the_road_lies_between_beijing_and_shanghai() -> None:
    case = audit(audit(on_the_road(office()), "X", person_days=0.5), "Y", person_days=0.5)
    first = book("X", MON, f"{MON} am", Ann="lead")
    seconds = [f"{MON} pm", f"{TUE} am", f"{TUE} pm"]
    said = [broken(case, first, book("Y", half, half, Ann="lead")) for half in seconds]
    # Half-days between: none, one, two.
    assert said == [["travel_gap"], ["travel_gap"], LEGAL]
    assert broken(setting(case, "gap_km_per_half_day", 1100), first, book("Y", TUE, f"{TUE} am", Ann="lead")) == LEGAL


def test_no_time_is_needed_up_to_the_free_kilometres_or_for_a_remote_audit() -> None:
    case = on_the_road(office())
    assert broken(case, day("X", MON), day("Y", TUE)) == ["travel_gap"]
    assert broken(audit(case, "Y", on_site=0.0), day("X", MON), day("Y", TUE)) == LEGAL
    near = case.changing("organisations", 0, location="Suzhou")  # 86 km, below 150
    assert broken(near, day("X", MON), day("Y", TUE)) == LEGAL
    assert broken(setting(near, "gap_free_km", 50), day("X", MON), day("Y", TUE)) == ["travel_gap"]


def test_days_off_count_as_time_on_the_road() -> None:
    case = on_the_road(office(calendar=[{"date": TUE, "working": "none"}]))
    assert broken(case, day("X", MON), day("Y", WED)) == LEGAL


@pytest.mark.parametrize(
    ("start", "said"), [(TUE, ["stage_interval"]), (WED, LEGAL), (THU, LEGAL), (FRI, ["stage_interval"])]
)
def test_stage_two_follows_two_or_three_days_after_stage_one(start: str, said: list[str]) -> None:
    # X ends on Monday: Tuesday is one day after, Wednesday two, Thursday three, Friday four.
    case = office(links=[link("interval", min_days=2, max_days=3)])
    assert broken(case, day("X", MON), day("Y", start)) == said


def test_stage_two_never_starts_before_stage_one_ends() -> None:
    case = audit(audit(office(links=[link("interval")]), "X", person_days=0.5), "Y", person_days=0.5)
    am, pm = f"{MON} am", f"{MON} pm"
    assert broken(case, book("X", am, am, Ann="lead"), book("Y", pm, pm, Ann="lead")) == LEGAL
    assert broken(case, book("X", pm, pm, Ann="lead"), book("Y", am, am, Ann="lead")) == ["stage_interval"]


def test_stage_two_needs_stage_one_where_the_link_says_so() -> None:
    case = office(links=[link("interval", required=True)])
    assert broken(case, day("Y", WED)) == ["required"]
    assert broken(case, day("X", MON)) == broken(case, day("X", MON), day("Y", WED)) == LEGAL


def test_audits_of_one_group_begin_within_the_days_allowed() -> None:
    case = office(links=[link("together", max_days=1)])
    assert broken(case, day("X", MON), day("Y", TUE)) == LEGAL
    assert (
        broken(case, day("X", MON), day("Y", WED)) == broken(case, day("X", WED), day("Y", MON)) == ["group_together"]
    )
    assert broken(office(links=[link("together")]), day("X", MON), day("Y", TUE)) == ["group_together"]


def test_continuity_asks_for_as_many_of_the_same_people() -> None:
    case = audit(pair(office(links=[link("continuity", members=1)])), "Y", team_max=2)
    first = book("X", MON, f"{MON} am", Ann="lead", Bo="member")
    assert broken(case, first, day("Y", TUE)) == LEGAL
    two = case.changing("links", 0, members=2)
    assert broken(two, first, day("Y", TUE)) == ["continuity"]
    assert broken(two, first, book("Y", TUE, f"{TUE} am", Ann="lead", Bo="member")) == LEGAL


def test_disjoint_teams_share_nobody() -> None:
    case = grade(office(links=[link("disjoint")]), "Bo", grade="lead")
    assert broken(case, day("X", MON), day("Y", TUE)) == ["disjoint"]
    assert broken(case, day("X", MON), day("Y", TUE, "Bo")) == LEGAL


# --------------------------------------------------------------------------------------------------------------- caps


def used(days: float = 0.0, certificates: int = 0, start: str = "2027-01-01") -> dict[str, Any]:
    return {"auditor_id": "Ann", "year_start": start, "days_used": days, "certificates_used": certificates}


@pytest.mark.parametrize(("days", "said"), [(179.0, LEGAL), (179.5, ["yearly_days"]), (178.0, LEGAL)])
def test_nobody_is_on_site_for_more_than_180_days_in_a_year(days: float, said: list[str]) -> None:
    assert broken(office(usage=[used(days)]), day("X", MON)) == said


def test_a_day_on_site_counts_its_share_and_a_remote_one_nothing() -> None:
    case = office(usage=[used(179.2)])
    assert broken(case, day("X", MON)) == ["yearly_days"]
    assert broken(audit(case, "X", on_site=0.8), day("X", MON)) == LEGAL
    assert broken(audit(case, "X", on_site=0.81), day("X", MON)) == ["yearly_days"]
    assert broken(audit(office(usage=[used(180.0)]), "X", on_site=0.0), day("X", MON)) == LEGAL


def test_a_new_year_of_the_person_begins_on_its_anniversary() -> None:
    # The year from 2026-03-03 is full; from Wednesday 2027-03-03 on a new one counts.
    case = audit(office(usage=[used(180.0, start="2026-03-03")]), "Y", person_days=2.0)
    assert broken(case, day("X", TUE)) == ["yearly_days"]
    assert broken(case, day("X", WED)) == LEGAL
    assert broken(case, book("Y", TUE, WED, Ann="lead")) == ["yearly_days"]


def test_the_cap_of_days_is_a_setting() -> None:
    case = setting(office(), "days_per_year", 2)
    assert broken(case, day("W", MON), day("X", TUE)) == LEGAL
    assert broken(case, day("W", MON), day("X", TUE), day("Y", WED)) == ["yearly_days"]


def certified(case: Case, *pairs: tuple[str, str]) -> Case:
    """Return the case in which audits serve certificates."""
    names = sorted({name for _, name in pairs})
    held = [{"certificate_id": n, "specialty": "03.04.01", "organisation_id": "Oil", "field": "QMS"} for n in names]
    return case.having(certificates=held, audit_certificates=[{"audit_id": a, "certificate_id": n} for a, n in pairs])


@pytest.mark.parametrize(("number", "said"), [(48, LEGAL), (49, ["yearly_certificates"])])
def test_nobody_audits_more_than_50_certificates_in_a_year(number: int, said: list[str]) -> None:
    case = certified(office(usage=[used(0.0, number)]), ("X", "C1"), ("Y", "C2"))
    assert broken(case, day("X", MON), day("Y", TUE)) == said


def test_two_stages_of_one_certificate_count_once() -> None:
    case = certified(office(usage=[used(0.0, 49)]), ("X", "C1"), ("Y", "C1"))
    assert broken(case, day("X", MON), day("Y", TUE)) == LEGAL


def test_an_audit_belongs_to_the_year_in_which_it_starts() -> None:
    case = audit(certified(office(usage=[used(0.0, 50, "2026-03-03")]), ("X", "C1")), "X", person_days=2.0)
    assert broken(case, book("X", TUE, WED, Ann="lead")) == ["yearly_certificates"]
    assert broken(case, book("X", WED, THU, Ann="lead")) == LEGAL


def test_certificates_count_for_holders_alone_where_the_setting_says_so() -> None:
    # Ann holds QMS and no EMS, so that an EMS certificate is not hers.
    case = certified(office(usage=[used(0.0, 50)]), ("X", "C1")).changing("certificates", 0, field="EMS")
    assert broken(case, day("X", MON)) == ["yearly_certificates"]
    case = setting(case, "certificates_count", "holders")
    assert broken(case, day("X", MON)) == LEGAL
    assert broken(case.changing("certificates", 0, field="QMS"), day("X", MON)) == ["yearly_certificates"]


def test_nobody_works_more_days_in_a_month_than_agreed() -> None:
    case = person(office(), "Ann", monthly_limit=2.5)
    case = audit(audit(case, "Y", person_days=0.5), "Z", person_days=1.0, on_site=0.0)
    plan = [day("W", MON), day("X", TUE)]
    assert broken(case, *plan, book("Y", WED, f"{WED} am", Ann="lead")) == LEGAL
    assert broken(case, *plan, day("Z", WED)) == ["monthly_limit"]


def test_each_month_has_its_own_limit() -> None:
    case = person(audit(office(), "X", earliest="2027-03-29", latest="2027-04-02"), "Ann", monthly_limit=2.0)
    case = Case(audit(case, "X", person_days=4.0).tables, "2027-03-29", "2027-04-02")
    # Tuesday and Wednesday lie in March, Thursday and Friday in April: two days each.
    assert broken(case, book("X", "2027-03-30", "2027-04-02", Ann="lead")) == LEGAL
    assert broken(case, book("X", "2027-03-29", "2027-04-01", Ann="lead")) == ["monthly_limit"]


# --------------------------------------------------------------------------------------------------------------- pins


def pinned(pin: str, who: str = "Ann") -> Case:
    """X is published on Tuesday with one person and pinned."""
    row = {"audit_id": "X", "auditor_id": who, "role": "lead", "start": TUE, "end": TUE, "pin": pin}
    return grade(office(plan=[row]), "Bo", grade="lead")


@pytest.mark.parametrize(
    ("pin", "other_day", "other_person"),
    [("none", LEGAL, LEGAL), ("date", ["pins"], LEGAL), ("member", LEGAL, ["pins"]), ("both", ["pins"], ["pins"])],
)
def test_a_pin_keeps_the_dates_the_member_or_both(pin: str, other_day: list[str], other_person: list[str]) -> None:
    assert broken(pinned(pin), day("X", TUE)) == LEGAL
    assert broken(pinned(pin), day("X", WED)) == other_day
    assert broken(pinned(pin), day("X", TUE, "Bo")) == other_person


@pytest.mark.parametrize("pin", ["date", "member", "both"])
def test_a_pinned_audit_may_not_be_left_out(pin: str) -> None:
    assert broken(pinned(pin)) == ["pins"]
    assert broken(pinned("none")) == LEGAL


def test_a_date_pin_keeps_the_length_as_well_as_the_start() -> None:
    row = {"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": TUE, "end": TUE, "pin": "date"}
    case = audit(office(plan=[row]), "X", team_max=2)
    assert broken(case, book("X", TUE, f"{TUE} am", Ann="lead", Bo="member")) == ["pins"]
    assert broken(case, day("X", TUE)) == LEGAL


def test_a_pinned_intern_has_his_training_asked_for() -> None:
    rows = [
        {"audit_id": "X", "auditor_id": who, "role": role, "start": TUE, "end": TUE, "pin": pin}
        for who, role, pin in (("Ann", "lead", "none"), ("Cai", "intern", "member"))
    ]
    case = grade(office(plan=rows), "Cai", grade="intern")
    assert broken(case, book("X", TUE, Ann="lead", Cai="intern")) == LEGAL
    assert broken(case, day("X", TUE)) == ["pins"]


def test_a_pin_that_breaks_a_rule_makes_the_audit_hopeless_and_not_missing() -> None:
    case = office(plan=[{"audit_id": "X", "auditor_id": "Bo", "role": "lead", "start": TUE, "end": TUE, "pin": "both"}])
    assert problem(case).hopeless.tolist() == [1]
    assert broken(case, day("Y", MON)) == LEGAL
