"""The scene: which audits a horizon holds, what stands, and how dates become slots."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from office import CODE, FRI, MON, THU, TUE, WED, audit, grade, office, problem, setting

from auditmatch.cases import Case
from auditmatch.errors import ArgumentError, InputError
from auditmatch.plan import Booking, Plan
from auditmatch.pools import join_pools, join_ranges, meet_pools
from auditmatch.scene import Scene
from auditmatch.shapes import FOR_EVER, Pool, ints


def scene(case: Case, plan: Plan | None = None, start: Any = MON, end: Any = FRI) -> Scene:
    return Scene.build(case.register(), start, end, plan)


def names(made: Scene, rows: Any) -> list[str]:
    return [made.audit_id(a) for a in rows]


def row(name: str, who: str, start: str, end: str | None = None, **cells: str) -> dict[str, str]:
    return {"audit_id": name, "auditor_id": who, "role": "lead", "start": start, "end": end or start, **cells}


# -------------------------------------------------------------------------------------------------- what it holds


@pytest.mark.parametrize(
    ("earliest", "latest", "held"),
    [
        ("2027-02-20", "2027-02-28", False),  # closed the day before the horizon
        ("2027-02-20", MON, True),
        (FRI, "2027-03-12", True),
        ("2027-03-06", "2027-03-12", False),  # opens the day after
        ("2027-02-01", "2027-04-01", True),
    ],
)
def test_a_problem_holds_the_open_audits_whose_window_meets_the_horizon(earliest: str, latest: str, held: bool) -> None:
    case = audit(office(), "X", earliest=earliest, latest=latest)
    made = scene(case)
    assert ("X" in names(made, made.audits)) == held
    assert ("X" in names(made, made.overdue)) == (latest < MON)
    for status in ("done", "cancelled"):
        other = scene(audit(case, "X", status=status))
        assert "X" not in names(other, [*other.audits, *other.overdue])


def test_a_done_audit_with_a_booking_is_a_fact_and_without_one_is_nothing() -> None:
    done = audit(audit(office(plan=[row("X", "Ann", "2027-02-25")]), "X", status="done"), "Y", status="done")
    made = scene(done)
    assert names(made, made.audits) == ["W", "Z"]
    assert made.facts["audit_id"].tolist() == ["X"]
    assert len(made.published) == 0


@pytest.mark.parametrize(
    ("pin", "start", "fact"),
    [
        ("date", "2027-02-26", True),
        ("both", "2027-03-08", True),
        ("member", "2027-02-26", False),
        ("none", "2027-02-26", False),
        ("both", MON, False),
        ("date", FRI, False),
    ],
)
def test_a_booking_pinned_outside_the_horizon_is_a_fact(pin: str, start: str, fact: bool) -> None:
    wide = audit(office(plan=[row("X", "Ann", start, pin=pin)]), "X", earliest="2027-02-01", latest="2027-03-31")
    made = scene(wide)
    assert made.facts["audit_id"].tolist() == (["X"] if fact else [])
    assert ("X" in names(made, made.audits)) == (not fact)
    assert made.published["audit_id"].tolist() == ([] if fact else ["X"])


def test_a_booking_pinned_across_the_edge_of_the_horizon_is_a_fact() -> None:
    wide = audit(office(plan=[row("X", "Ann", "2027-02-26", MON, pin="date")]), "X", earliest="2027-02-01")
    assert scene(wide).facts["audit_id"].tolist() == ["X"]


def test_the_published_plan_is_the_registers_unless_another_is_given() -> None:
    case = office(plan=[row("X", "Ann", TUE)])
    assert scene(case).published["start"].tolist() == [np.datetime64(TUE).item()]
    other = Plan.from_bookings([Booking("Y", WED, "am", WED, "pm", (("Bo", "lead"),))])
    made = scene(case, other)
    assert made.published["audit_id"].tolist() == ["Y"]


def test_a_published_plan_with_unknown_names_is_refused_with_all_of_them() -> None:
    strange = Plan.from_bookings([Booking("Q", WED, "am", WED, "pm", (("Anne", "lead"),))])
    with pytest.raises(InputError) as caught:
        scene(office(), strange)
    assert [p.value for p in caught.value.problems] == ["Q", "Anne"]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (FRI, MON, "ends on 2027-03-01, before it starts"),
        ("yesterday", FRI, "start='yesterday' is not a date"),
        (MON, "2101-01-01", "end='2101-01-01' lies outside"),
        ("1989-12-31", FRI, "start='1989-12-31' lies outside"),
        (None, FRI, "start=None"),
    ],
)
def test_horizons_that_cannot_be_are_refused(start: Any, end: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        scene(office(), None, start, end)


def test_a_horizon_may_lie_at_either_end_of_the_known_dates() -> None:
    assert len(scene(office(), None, "1990-01-01", "1990-01-02").audits) == 0
    assert len(scene(office(), None, "2100-12-30", "2100-12-31").audits) == 0


def test_the_horizons_slots_are_its_working_half_days_both_ends_included() -> None:
    made = scene(office(calendar=[{"date": MON, "working": "none"}, {"date": FRI, "working": "am"}]))
    assert made.last_slot - made.first_slot + 1 == 3 * 2 + 1
    assert str(made.calendar.date(made.first_slot)) == TUE
    assert str(made.calendar.date(made.last_slot)) == FRI
    empty = scene(office(), None, "2027-03-06", "2027-03-07")  # a weekend
    assert empty.last_slot < empty.first_slot


# ------------------------------------------------------------------------------------------------- dates to slots


def test_ranges_of_days_become_ranges_of_slots_and_nat_is_open() -> None:
    made = scene(office(), None, MON, FRI)
    never = np.datetime64("NaT", "D")
    days = np.array([MON, "2027-03-06", TUE], dtype="datetime64[D]")
    last = np.array([TUE, "2027-03-07", "2027-03-06"], dtype="datetime64[D]")
    low, high = made.slot_range(days, last)
    # Four half-days; none on a weekend; from Tuesday to Friday eight.
    assert (high - low + 1).tolist() == [4, 0, 8]
    low, high = made.slot_range(np.array([never, days[0]]), np.array([days[0], never]))
    assert (low[0], high[1]) == (0, FOR_EVER)
    assert str(made.calendar.date(high[0])) == MON
    far = made.slot_range(
        np.array(["1999-01-01"], dtype="datetime64[D]"), np.array(["2099-01-01"], dtype="datetime64[D]")
    )
    assert (far[0][0], far[1][0]) == (0, FOR_EVER)


def test_half_a_day_touches_a_whole_day_where_days_are_slots() -> None:
    tuesday = np.array([TUE], dtype="datetime64[D]")
    halves = scene(office())
    days = scene(setting(office(), "slots_per_day", 1))
    first, last = halves.touched(tuesday, [True], tuesday, [True])
    assert (last - first + 1).tolist() == [1]
    assert halves.calendar.half(first[0]) == 1
    first, last = days.touched(tuesday, [True], tuesday, [True])
    assert (last - first + 1).tolist() == [1]
    assert str(days.calendar.date(first[0])) == TUE


# --------------------------------------------------------------------------------------------------------- people


def test_holders_of_a_code_have_the_slots_of_their_credentials_joined() -> None:
    case = grade(office(), "Ann", valid_from="2027-01-01", valid_until=TUE)
    case = case.having(qualifications=[{"auditor_id": "Ann", **CODE, "valid_from": WED, "grade": "auditor"}])
    made = scene(case)
    both = made.holders("QMS", "03.04.01", ("auditor", "lead"))
    assert [(i, last) for i, last in zip(both.auditors.tolist(), both.last.tolist(), strict=True) if i == 0] == [
        (0, FOR_EVER)
    ]
    leads = made.holders("QMS", None, ("lead",))
    assert leads.auditors.tolist() == [0]
    assert str(made.calendar.date(leads.last[0])) == TUE
    assert made.holders("QMS", "03.04.02", ("auditor",)).auditors.tolist() == []
    assert scene(setting(case, "middle_class", "true")).holders("QMS", "03.04.02", ("lead",)).auditors.tolist() == [0]


def test_pools_are_joined_where_they_touch_and_met_where_they_overlap() -> None:
    joined = join_ranges(ints([1, 0, 0, 0, 0]), ints([5, 0, 3, 8, 9]), ints([6, 2, 4, 8, 7]))
    assert list(zip(joined.auditors, joined.first, joined.last, strict=True)) == [(0, 0, 4), (0, 8, 8), (1, 5, 6)]
    other = Pool(ints([0, 0, 2]), ints([4, 6, 0]), ints([5, 8, 9]))
    met = meet_pools(joined, other)
    assert list(zip(met.auditors, met.first, met.last, strict=True)) == [(0, 4, 4), (0, 8, 8)]
    whole = join_pools([joined, other])
    assert list(zip(whole.auditors, whole.first, whole.last, strict=True)) == [(0, 0, 8), (1, 5, 6), (2, 0, 9)]
    assert Pool.always([3]).last.tolist() == [FOR_EVER]


def test_a_preference_for_a_client_speaks_of_each_of_its_audits() -> None:
    wishes = [
        {"preference_id": "a", "audit_id": "X", "auditor_id": "Bo", "rule": "require"},
        {"preference_id": "b", "organisation_id": "Salt", "auditor_id": "Cai", "rule": "require"},
        {"preference_id": "c", "organisation_id": "Oil", "auditor_id": "Ann", "rule": "forbid"},
    ]
    made = scene(office(preferences=wishes))
    audit_rows, people, table = made.preferences("require")
    assert list(zip(names(made, audit_rows), people.tolist(), table.tolist(), strict=True)) == [
        ("X", 1, 0),
        ("Y", 2, 1),
        ("Z", 2, 1),
    ]
    assert names(made, made.preferences("forbid")[0]) == ["W", "X"]
    assert [len(part) for part in made.preferences("prefer")] == [0, 0, 0]
    assert len(made.preferences("require", "forbid")[0]) == 5


def test_people_are_asked_for_by_preferences_and_by_pins_each_once() -> None:
    wish = {"preference_id": "a", "audit_id": "X", "auditor_id": "Bo", "rule": "require"}
    plan = [row("X", "Bo", TUE, pin="member"), row("X", "Cai", TUE, pin="date"), row("Y", "Cai", TUE, pin="both")]
    made = scene(office(preferences=[wish], plan=plan))
    asked = made.asked_for()
    assert list(zip(names(made, asked[0]), asked[1].tolist(), strict=True)) == [("X", 1), ("Y", 2)]


def test_trainees_are_interns_of_a_field_of_the_audit_whom_somebody_asks_for() -> None:
    wish = {"preference_id": "a", "audit_id": "X", "rule": "require"}
    case = office(preferences=[{**wish, "auditor_id": "Cai"}, {**wish, "preference_id": "b", "auditor_id": "Bo"}])
    for cells, learns in (({"grade": "intern"}, ["X"]), ({"grade": "intern", "field": "EMS"}, []), ({}, [])):
        made = scene(grade(case, "Cai", **cells))
        assert names(made, made.trainees()[0]) == learns


# ---------------------------------------------------------------------------------------------------------- years


def years(case: Case, who: int = 0) -> list[tuple[str, str, float, int]]:
    made = scene(case)
    return [(str(a), str(b), days, n) for i, a, b, days, n in made.cycle_years() if i == who]


def test_without_usage_calendar_years_count() -> None:
    assert years(office()) == [("2027-01-01", "2027-12-31", 0.0, 0)]


def test_years_of_the_same_anniversary_follow_the_one_stated() -> None:
    used = {"auditor_id": "Ann", "year_start": "2026-03-03", "days_used": 12.5, "certificates_used": 7}
    assert years(office(usage=[used])) == [("2026-03-03", "2027-03-02", 12.5, 7), ("2027-03-03", "2028-03-02", 0.0, 0)]
    later = {"auditor_id": "Ann", "year_start": "2027-03-03"}
    assert years(office(usage=[later]))[0] == ("2026-03-03", "2027-03-02", 0.0, 0)
    assert years(office(usage=[used]), who=1) == [("2027-01-01", "2027-12-31", 0.0, 0)]


def test_a_year_from_the_29th_of_february_is_followed_by_one_from_the_1st_of_march() -> None:
    used = {"auditor_id": "Ann", "year_start": "2024-02-29", "year_end": "2025-02-28"}
    assert years(office(usage=[used])) == [("2026-03-01", "2027-02-28", 0.0, 0), ("2027-03-01", "2028-02-29", 0.0, 0)]


def test_the_days_between_two_stated_years_are_a_year_of_their_own() -> None:
    first = {"auditor_id": "Ann", "year_start": "2026-03-03", "year_end": MON}
    second = {"auditor_id": "Ann", "year_start": THU}
    assert [(a, b) for a, b, _, _ in years(office(usage=[first, second]))] == [
        ("2026-03-03", MON),
        (TUE, WED),
        (THU, "2028-03-03"),
    ]


def test_a_problem_leaves_the_collector_of_cycles_as_it_was() -> None:
    for running in (True, False):
        (gc.enable if running else gc.disable)()
        try:
            problem(office())
            with pytest.raises(ArgumentError):
                problem(Case(office().tables, "2027-03-05", "2027-03-01"))
            assert gc.isenabled() == running
        finally:
            gc.enable()
