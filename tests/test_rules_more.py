"""Whose breaches are reported, and the corners of single rules, in stories of one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from office import FRI, MON, THU, TUE, WED, audit, book, day, grade, judged, office, person, problem, setting
from test_rules import LEGAL, broken, link, on_the_road, pair, wish

from auditmatch.cases import Case
from auditmatch.plan import Plan
from auditmatch.rules import forbidden, impartiality
from auditmatch.verify import verify

# ------------------------------------------------------------------------------------- whose breaches are reported

# Every rule that looks at what stands; `pins` and `required` look at what is missing.
ALL = [
    *("absences", "away_days", "closures", "continuity", "designated", "disjoint", "forbidden", "full_time", "gender"),
    *(
        "group_together",
        "home_days",
        "impartiality",
        "interns",
        "lead",
        "membership",
        "monthly_limit",
        "morning_start",
        "one_place",
    ),
    *(
        "reviewer",
        "rotation",
        "specialty",
        "stage_interval",
        "team_size",
        "travel_gap",
        "windows",
        "yearly_certificates",
        "yearly_days",
    ),
]
BAD = (
    book("X", f"{MON} pm", f"{TUE} am", Bo="lead", Cai="intern"),
    book("Y", TUE, TUE, Bo="lead", Cai="intern"),
)


def wrong_in_all() -> Case:
    """BAD breaks every rule by X and by Y: both are booked too early, while all are away and the clients closed."""
    case = office(
        absences=[{"auditor_id": "Bo", "start": MON, "end": TUE}],
        closures=[{"organisation_id": client, "start": MON, "end": TUE} for client in ("Oil", "Salt")],
        links=[link(kind, members=3, max_days=0) for kind in ("interval", "together", "continuity", "disjoint")],
        history=[
            {"certificate_id": f"of {name}", "kind": "stage2", "date": "2026-03-02", "auditor_id": "Bo"}
            for name in "XY"
        ],
        certificates=[
            {"certificate_id": f"of {name}", "specialty": "03.04.01", "organisation_id": "Oil", "field": "QMS"}
            for name in "XY"
        ],
        audit_certificates=[{"audit_id": name, "certificate_id": f"of {name}"} for name in "XY"],
        preferences=[
            wish(rule, who, name, **dates)
            for name in "XY"
            for rule, who, dates in (
                ("require", "Ann", {}),
                ("forbid", "Bo", {}),
                ("forbid", "Cai", {"from": MON, "until": TUE}),
            )
        ],
    )
    case = person(grade(on_the_road(case), "Bo", field="EMS"), "Bo", full_time=False, monthly_limit=0.5)
    case = person(case, "Bo", location="Suzhou", away_monthly=0, home_days=2)
    for name, value in (
        ("interns_per_auditor", 0),
        ("rotation_visits", 1),
        ("away_km", 50),
        ("days_per_year", 0),
        ("certificates_per_year", 0),
    ):
        case = setting(case, name, value)
    for name in "XY":
        case = audit(case, name, earliest=WED, females_min=1, full_time_min=1, reviewer="Bo")
    return case


def test_one_plan_breaks_every_rule() -> None:
    assert broken(wrong_in_all(), *BAD) == ALL


def test_history_is_nobodys_fault_whatever_it_breaks() -> None:
    rows = [
        {**dates, "auditor_id": who, "role": role}
        for dates in (
            {"audit_id": "X", "start": MON, "start_half": "pm", "end": TUE, "end_half": "am"},
            {"audit_id": "Y", "start": TUE, "end": TUE},
        )
        for who, role in (("Bo", "lead"), ("Cai", "intern"))
    ]
    case = wrong_in_all().having(plan=rows)
    done = audit(audit(case, "X", status="done"), "Y", status="done")
    assert broken(done) == LEGAL
    # Against Y alone: what X breaks by itself is not asked, what the two break together is.
    assert set(ALL) - set(broken(audit(case, "X", status="done"), BAD[1])) == {"morning_start"}


def test_only_reports_no_rule_that_other_audits_break() -> None:
    made = problem(wrong_in_all())
    plan = Plan.from_bookings([*BAD, day("Z", WED)])
    assert {v.rule for v in verify(made, plan, only=["X"]).violations} == set(ALL)
    assert {v.rule for v in verify(made, plan, only=["Y"]).violations} == set(ALL) - {"morning_start"}
    assert verify(made, plan, only=["W"]).ok
    # Ann is fine on Wednesday but for the settings that allow nobody a day.
    assert {v.rule for v in verify(made, plan, only=["Z"]).violations} == {"yearly_days"}


# ----------------------------------------------------------------------------------------------- days kept free


def kept_free(case: Case, rule: str, first: str, last: str) -> Case:
    """Return the case in which a rule keeps X, or Ann, from working on these days; Bo may lead as well."""
    case = grade(case, "Bo", grade="lead")
    if rule == "absences":
        return case.having(absences=[{"auditor_id": "Ann", "start": first, "end": last}])
    if rule == "closures":
        return case.having(closures=[{"organisation_id": "Oil", "start": first, "end": last}])
    return case.having(preferences=[wish("forbid", "Ann", **{"from": first, "until": last})])


def moved(case: Case, monday: str) -> Case:
    """Return the case with its week moved to another Monday, worked in full."""
    days = moved_days(monday)
    tables = {t: tuple({c: days.get(v, v) for c, v in row.items()} for row in case.tables[t]) for t in case.tables}
    return Case(tables, days[MON], days[FRI]).having(calendar=[{"date": d, "working": "full"} for d in days.values()])


def moved_days(monday: str) -> dict[str, str]:
    return {old: str(np.datetime64(monday) + n) for n, old in enumerate((MON, TUE, WED, THU, FRI))}


RULES = ("absences", "closures", "impartiality")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("half", ["am", "pm"])
def test_half_a_day_of_work_on_a_day_kept_free_is_too_much(rule: str, half: str) -> None:
    case = audit(kept_free(office(calendar=[{"date": WED, "working": half}]), rule, WED, WED), "X", person_days=0.5)
    assert broken(case, book("X", f"{WED} {half}", f"{WED} {half}", Ann="lead")) == [rule]
    assert broken(case, book("X", f"{TUE} pm", f"{TUE} pm", Ann="lead")) == LEGAL
    assert broken(case, book("X", THU, f"{THU} am", Ann="lead")) == LEGAL


@pytest.mark.parametrize("rule", RULES)
def test_a_day_off_kept_free_takes_nothing(rule: str) -> None:
    # Three days around the Wednesday off; nobody works on it anyway.
    case = audit(office(calendar=[{"date": WED, "working": "none"}]), "X", person_days=3.0)
    assert broken(kept_free(case, rule, WED, WED), book("X", MON, THU, Ann="lead")) == LEGAL


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("monday", [MON, "1990-01-01", "2100-12-27"], ids=["", "first week known", "last week known"])
@pytest.mark.parametrize("per_day", [1, 2])
def test_one_day_kept_free_is_that_day(rule: str, monday: str, per_day: int) -> None:
    days = moved_days(monday)
    for free in (MON, WED, FRI):
        case = moved(setting(kept_free(office(), rule, free, free), "slots_per_day", per_day), monday)
        case = grade(grade(case, "Ann", valid_from="1990-01-01"), "Bo", valid_from="1990-01-01")
        for start in (MON, TUE, WED, THU, FRI):
            assert broken(case, day("X", days[start])) == ([rule] if start == free else LEGAL)


@pytest.mark.parametrize("rule", RULES)
def test_days_kept_free_may_go_on_for_years(rule: str) -> None:
    case = kept_free(office(), rule, WED, "2040-12-31")
    assert broken(case, day("X", TUE)) == LEGAL
    assert broken(case, day("X", WED)) == broken(case, day("X", FRI)) == [rule]


def test_a_bar_without_dates_is_no_matter_of_impartiality_and_one_with_dates_none_of_forbidden() -> None:
    case = office(preferences=[wish("forbid", "Ann", "X"), wish("forbid", "Ann", "Y", **{"from": TUE})])
    case = case.having(preferences=[wish("forbid", "Bo", "Y", until=TUE)])
    scene = problem(case).scene
    barred = {
        rule.name: [scene.audit_id(a) for shape in rule.lower(scene) for a in shape.audits.tolist()]
        for rule in (forbidden.RULE, impartiality.RULE)
    }
    assert barred == {"forbidden": ["X"], "impartiality": ["Y", "Y"]}


def test_a_bar_says_why() -> None:
    bar = wish("forbid", "Ann", until=MON)
    for row, why in (({**bar, "reason": "consultancy"}, "consultancy"), (bar, "impartiality")):
        (violation,) = judged(office(preferences=[row]), day("X", MON)).violations
        assert violation.message.endswith(f": {why}")


# ------------------------------------------------------------------------------------------------------ two teams


@pytest.mark.parametrize(("kind", "said"), [("continuity", ["continuity"]), ("disjoint", LEGAL)])
def test_the_team_of_a_third_audit_is_no_matter_of_a_link(kind: str, said: list[str]) -> None:
    case = grade(grade(office(links=[link(kind, members=1)]), "Bo", grade="lead"), "Cai", grade="lead")
    assert broken(case, day("X", MON), day("Y", TUE, "Bo"), day("Z", WED, "Cai")) == said


# ------------------------------------------------------------------------------------------------------- the lead


def test_who_sits_as_intern_does_not_lead() -> None:
    verdict = judged(office(), book("X", MON, Bo="lead", Ann="intern"))
    assert {v.rule for v in verdict.violations} == {"lead", "membership", "team_size"}
    assert [v.message for v in verdict.violations if v.rule == "lead"] == ["nobody in the team of X may lead it"]


def test_a_team_that_nobody_may_lead_is_told_once() -> None:
    verdict = judged(pair(office()), book("X", MON, f"{MON} am", Bo="member", Cai="member"))
    assert [v.message for v in verdict.violations] == ["nobody in the team of X may lead it"]


@pytest.mark.parametrize("names", [{"Ann": "lead", "Bo": "lead"}, {"Ann": "member"}, {"Ann": "member", "Bo": "lead"}])
def test_whom_history_names_lead_is_nobodys_fault(names: dict[str, str]) -> None:
    rows = [{"audit_id": "X", "auditor_id": who, "role": role, "start": MON, "end": MON} for who, role in names.items()]
    assert broken(audit(office(plan=rows), "X", status="done"), day("Y", TUE)) == LEGAL


def test_a_day_off_makes_nobody_a_lead() -> None:
    assert broken(office(), day("X", "2027-02-28", "Bo")) == ["lead", "morning_start", "team_size", "windows"]
