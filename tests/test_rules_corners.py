"""The corners of single rules: months, weeks, pins, years, and the first and last days that a calendar knows."""

from __future__ import annotations

import numpy as np
import pytest
from office import FRI, MON, THU, TUE, WED, audit, book, day, grade, office, person, problem, setting
from test_rules import LEGAL, broken, held, on_the_road, used, wish
from test_rules_more import moved, moved_days

from auditmatch.cases import Case
from auditmatch.plan import Plan
from auditmatch.verify import verify

# ------------------------------------------------------------------------------------------------------- the month


def test_days_off_and_afternoons_of_whole_days_are_no_work_of_the_month() -> None:
    # Monday, Tuesday and Thursday: three days around the Wednesday off.
    case = audit(office(calendar=[{"date": WED, "working": "none"}]), "X", person_days=3.0)
    for per_day in (1, 2):
        for limit, said in ((3.0, LEGAL), (2.5, ["monthly_limit"])):
            limited = setting(person(case, "Ann", monthly_limit=limit), "slots_per_day", per_day)
            assert broken(limited, book("X", MON, THU, Ann="lead")) == said


def test_a_month_that_history_overran_accuses_no_booking_that_works_no_day_of_it() -> None:
    row = {"audit_id": "Y", "auditor_id": "Ann", "role": "lead", "start": "2027-02-24", "end": "2027-02-25"}
    case = person(audit(office(plan=[row]), "Y", status="done"), "Ann", monthly_limit=1.0)
    assert broken(case, day("X", MON)) == LEGAL
    # Friday of February adds to it, Sunday does not.
    assert "monthly_limit" in broken(case, day("X", "2027-02-26"))
    assert "monthly_limit" not in broken(case, day("X", "2027-02-28"))


def test_a_booking_across_all_years_overruns_the_month_without_a_traceback() -> None:
    case = person(office(), "Ann", monthly_limit=10.0)
    assert "monthly_limit" in broken(case, book("X", "1990-01-01", "2100-12-31", Ann="lead"))


@pytest.mark.parametrize(("monday", "start"), [("1990-01-01", MON), ("2100-12-27", FRI)])
def test_the_first_and_the_last_day_known_belong_to_their_month(monday: str, start: str) -> None:
    case = grade(moved(audit(office(), "X", person_days=1.0), monday), "Ann", valid_from="1990-01-01")
    for limit, said in ((1.0, LEGAL), (0.5, ["monthly_limit"])):
        assert broken(person(case, "Ann", monthly_limit=limit), day("X", moved_days(monday)[start])) == said


# -------------------------------------------------------------------------------------------------- weeks kept whole


@pytest.mark.parametrize("days", [2.5, 3.0])
def test_a_run_ends_with_the_window(days: float) -> None:
    # Tuesday off: Monday, and Wednesday and Thursday; Friday would make three days in a row, but lies after the window.
    case = audit(office(calendar=[{"date": TUE, "working": "none"}]), "X", person_days=days, latest=THU)
    end = THU if days == 3.0 else f"{THU} am"
    assert broken(case, book("X", MON, end, Ann="lead")) == LEGAL
    assert broken(audit(case, "X", latest=FRI), book("X", MON, end, Ann="lead")) == ["morning_start"]


def test_a_long_audit_does_not_start_on_the_day_off_itself() -> None:
    case = audit(office(calendar=[{"date": WED, "working": "none"}]), "X", person_days=3.0)
    assert broken(case, book("X", "2027-02-28", THU, Ann="lead")) == ["morning_start", "windows"]
    assert broken(case, book("X", MON, THU, Ann="lead")) == LEGAL


def test_the_first_day_known_counts_as_one_after_a_day_off() -> None:
    first = "1990-01-01"
    days = moved_days(first)
    case = grade(moved(office(), first), "Ann", valid_from=first)
    off = case.changing("calendar", 2, working="none")
    long = audit(off, "X", person_days=3.0)
    assert broken(long, book("X", days[MON], days[THU], Ann="lead")) == LEGAL
    assert broken(long, book("X", days[TUE], days[FRI], Ann="lead")) == ["morning_start"]
    short = audit(case.changing("calendar", 1, working="none"), "X", person_days=2.0)
    assert broken(short, book("X", days[MON], days[WED], Ann="lead")) == ["morning_start"]


def test_a_month_without_work_leaves_every_audit_out() -> None:
    days = np.arange("2027-02-01", "2027-04-01", dtype="datetime64[D]").tolist()
    made = problem(office(calendar=[{"date": str(d), "working": "none"} for d in days]))
    assert len(made.hopeless) == 4
    assert not verify(made, Plan.from_bookings([day("X", MON)])).ok


# ------------------------------------------------------------------------------------------------------------ pins


def pinned_to(start: str, end: str, **halves: str) -> dict[str, str]:
    return {"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": start, "end": end, "pin": "date", **halves}


@pytest.mark.parametrize("halves", [{}, {"end_half": "am"}, {"start_half": "pm"}])
def test_a_pin_of_whole_days_does_not_look_at_halves(halves: dict[str, str]) -> None:
    case = setting(office(plan=[pinned_to(TUE, TUE, **halves)]), "slots_per_day", 1)
    assert broken(case, day("X", TUE)) == LEGAL
    assert broken(case, day("X", WED)) == ["pins"]


@pytest.mark.parametrize(
    ("working", "row"),
    [
        ("none", pinned_to(WED, THU)),
        ("none", pinned_to(TUE, WED)),
        ("am", pinned_to(TUE, WED)),
        ("pm", pinned_to(WED, THU)),
        ("pm", pinned_to(WED, WED)),
    ],
)
@pytest.mark.parametrize("days", [0.5, 1.0, 1.5, 2.0])
def test_a_pin_that_begins_or_ends_off_work_is_kept_by_no_booking(
    working: str, row: dict[str, str], days: float
) -> None:
    case = office(calendar=[{"date": WED, "working": working}], plan=[row])
    assert problem(audit(case, "X", person_days=days)).hopeless.tolist() == [1]


def test_a_pin_of_two_days_keeps_both() -> None:
    case = audit(office(plan=[pinned_to(MON, TUE)]), "X", person_days=2.0)
    assert broken(case, book("X", MON, TUE, Ann="lead")) == LEGAL
    assert broken(case, book("X", TUE, WED, Ann="lead")) == ["pins"]


@pytest.mark.parametrize(
    ("monday", "off", "rows"),
    [
        ("1990-01-01", 2, [(WED, THU)]),
        ("1990-01-01", 2, [(MON, MON), (TUE, TUE)]),
        ("1990-01-01", 0, [(MON, MON)]),
        ("2100-12-27", 4, [(FRI, FRI)]),
    ],
    ids=["begins off work", "rows that disagree", "before any work", "after all work"],
)
def test_a_pin_that_nothing_keeps_frees_no_slot_at_the_edge(monday: str, off: int, rows: list[tuple[str, str]]) -> None:
    plan = [{**pinned_to(*dates), "auditor_id": who} for dates, who in zip(rows, ("Ann", "Bo"), strict=False)]
    case = moved(audit(office(plan=plan), "X", person_days=0.5), monday).changing("calendar", off, working="none")
    assert problem(grade(case, "Ann", valid_from="1990-01-01")).hopeless.tolist() == [1]


# ----------------------------------------------------------------------------------------------------------- years


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [(179.0, 178.0, LEGAL), (179.5, 178.0, ["yearly_days"]), (179.0, 178.5, ["yearly_days"])],
)
def test_a_booking_across_the_end_of_a_year_counts_in_each_with_its_part(
    old: float, new: float, said: list[str]
) -> None:
    # Tuesday belongs to the year that ends with it, Wednesday and Thursday to the one that begins.
    years = [used(old, start="2026-03-03"), used(new, start=WED)]
    case = audit(office(usage=years), "X", person_days=3.0)
    assert broken(case, book("X", TUE, THU, Ann="lead")) == said
    whole = setting(case, "slots_per_day", 1)
    assert broken(whole, book("X", TUE, THU, Ann="lead")) == said


@pytest.mark.parametrize("half", ["am", "pm"])
def test_half_a_day_uses_half_a_day_of_the_year(half: str) -> None:
    for used_days, said in ((179.5, LEGAL), (179.6, ["yearly_days"])):
        case = audit(office(usage=[used(used_days)]), "X", person_days=0.5)
        assert broken(case, book("X", f"{MON} {half}", f"{MON} {half}", Ann="lead")) == said


def test_two_audits_in_one_place_at_once_are_no_matter_of_the_road() -> None:
    case = on_the_road(office())
    assert broken(case, day("W", MON), day("X", MON)) == ["one_place"]
    assert broken(case, day("X", MON), day("Y", MON)) == ["one_place", "travel_gap"]


def test_one_intern_asked_for_makes_room_for_one() -> None:
    # One expert is admitted and one intern asked for: two beside Ann, of any kind that may sit, and not three.
    experts = [held("Bo", grade="expert"), held("Dan", grade="expert"), held("Cai", grade="intern", valid_from=MON)]
    case = office(auditors=[{"auditor_id": "Dan"}], qualifications=experts, preferences=[wish("require", "Cai")])
    case = grade(case.changing("requirements", 1, expert_ok=True), "Cai", grade="expert")
    assert broken(case, book("X", MON, Ann="lead", Cai="expert", Bo="expert")) == LEGAL
    assert broken(case, book("X", MON, Ann="lead", Cai="expert", Bo="expert", Dan="expert")) == ["team_size"]


def test_a_cancelled_audit_that_requires_nothing_has_room_for_no_intern() -> None:
    case = audit(office(), "X", status="cancelled")
    needs = tuple(row for row in case.tables["requirements"] if row["audit_id"] != "X")
    case = Case({**case.tables, "requirements": needs}, case.start, case.end)
    assert broken(case, book("X", MON, Ann="lead", Cai="intern")) == ["form", "lead", "membership", "team_size"]


def certified(case: Case, **used_up: object) -> Case:
    """Return the case in which X serves a certificate and Ann has used up the 50 of a year, but for what is told."""
    one = {"certificate_id": "C", "specialty": "03.04.01", "organisation_id": "Oil", "field": "QMS"}
    case = case.having(certificates=[one], audit_certificates=[{"audit_id": "X", "certificate_id": "C"}])
    return case.having(usage=[{"auditor_id": "Ann", "days_used": 0.0, "certificates_used": 50, **used_up}])


@pytest.mark.parametrize(("last", "first"), [(MON, TUE), (TUE, WED), (WED, THU)])
def test_the_last_morning_of_a_year_belongs_to_it(last: str, first: str) -> None:
    case = certified(office(calendar=[{"date": last, "working": "am"}]), year_start=first)
    case = audit(case, "X", person_days=0.5)
    assert broken(case, book("X", last, f"{last} am", Ann="lead")) == LEGAL
    assert broken(case, book("X", first, f"{first} am", Ann="lead")) == ["yearly_certificates"]


def test_a_year_may_begin_on_the_last_day_known() -> None:
    case = setting(moved(office(), "2100-12-27"), "slots_per_day", 1)
    days = moved_days("2100-12-27")
    case = certified(case, year_start=days[FRI])
    assert broken(case, day("X", days[THU])) == LEGAL
    assert broken(case, day("X", days[FRI])) == ["yearly_certificates"]


def test_a_year_that_was_overrun_before_accuses_nobody_who_adds_nothing() -> None:
    case = certified(office(), year_start="2027-01-01", certificates_used=60, days_used=200.0)
    assert broken(audit(case, "Y", on_site=0.0), day("Y", TUE)) == LEGAL
    assert broken(case, day("X", MON)) == ["yearly_certificates", "yearly_days"]


@pytest.mark.parametrize(("spent", "said"), [(175.0, LEGAL), (175.04, ["yearly_days"])])
def test_five_days_on_site_are_five_and_not_a_hundredth_less(spent: float, said: list[str]) -> None:
    case = audit(office(usage=[used(spent)]), "X", person_days=5.0)
    assert broken(case, book("X", MON, FRI, Ann="lead")) == said


def test_antipodes_lie_half_the_earth_apart() -> None:
    # pi * 6371 km are 20,015 km: at 800 km a half-day 26 half-days, thirteen days; rounding lengthens this very chord.
    places = [("here", 17.91, 19.64), ("there", -17.91, -160.36)]
    case = office(locations=[{"location": n, "latitude": a, "longitude": b} for n, a, b in places])
    case = case.changing("organisations", 0, location="here").changing("organisations", 1, location="there")
    case = audit(audit(case, "X", latest="2027-03-19"), "Y", latest="2027-03-19")
    case = Case(case.tables, MON, "2027-03-19")
    assert broken(case, day("X", MON), day("Y", "2027-03-15")) == LEGAL
    assert broken(case, day("X", MON), day("Y", "2027-03-12")) == ["travel_gap"]
