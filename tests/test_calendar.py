"""The calendar agrees with published Chinese schedules, with the user's table, and with counting day by day."""

from __future__ import annotations

import builtins
import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditmatch.calendar import WORKING_WORDS, Calendar, _country_days, build_calendar
from auditmatch.errors import ArgumentError, InputError, MissingExtraError

ONE_DAY = datetime.timedelta(days=1)


def table(days: dict[str, str]) -> dict[str, np.ndarray[Any, Any]]:
    return {"date": np.array(list(days), dtype="datetime64[D]"), "working": np.array(list(days.values()), dtype=object)}


def works(calendar: Calendar, day: str) -> int:
    return int(calendar.working[calendar.day_offset(day)])


# --- what is known of the country


def test_spring_festival_2026_is_off_and_its_make_up_saturdays_are_worked() -> None:
    # State Council notice for 2026: off Sunday 15 to Monday 23 February; Saturdays 14 and 28 are worked.
    calendar = build_calendar(None, "CN", 2, "2026-01-01", "2026-12-31")
    days_off = [f"2026-02-{day}" for day in range(15, 24)]
    assert [works(calendar, day) for day in days_off] == [0] * 9
    assert works(calendar, "2026-02-14") == works(calendar, "2026-02-28") == 3
    assert works(calendar, "2026-02-13") == works(calendar, "2026-02-24") == 3
    assert works(calendar, "2026-02-21") == works(calendar, "2026-03-01") == 0  # plain Saturday and Sunday


def test_the_other_make_up_days_of_2026_are_worked_sundays_among_them() -> None:
    calendar = build_calendar(None, "cn", 2, "2026-01-01", "2026-12-31")
    # The notice: Sunday 4 January, Saturday 9 May, Sunday 20 September, Saturday 10 October.
    assert [works(calendar, day) for day in ("2026-01-04", "2026-05-09", "2026-09-20", "2026-10-10")] == [3] * 4
    # 2026 has 261 Mondays to Fridays; the notice takes 19 of them off and works 6 weekend days: 248.
    assert int((calendar.working == 3).sum()) == 248


def test_years_without_published_make_up_days_are_provisional() -> None:
    calendar = build_calendar(None, "CN", 2, "2025-12-30", "2045-01-02")
    offsets = calendar.day_offset(["2025-12-30", "2026-12-31", "2044-06-01"])
    assert calendar.provisional[offsets].tolist() == [False, False, True]
    far = build_calendar(None, "CN", 2, "2060-03-01", "2060-03-05")
    assert far.provisional.all()
    assert build_calendar(None, "CN", 2, "2003-12-31", "2004-01-01").provisional.tolist() == [True, False]


def test_another_country_brings_its_own_holidays() -> None:
    # Independence Day 2025 is a Friday.
    usa = build_calendar(None, "US", 2, "2025-07-03", "2025-07-07")
    assert usa.working.tolist() == [3, 0, 0, 0, 3]
    assert not usa.provisional.any()
    # Hungary worked Saturday 18 October 2025 for Friday the 24th.
    hungary = build_calendar(None, "HU", 2, "2025-10-17", "2025-10-24")
    assert hungary.working.tolist() == [3, 3, 0, 3, 3, 3, 0, 0]
    assert not build_calendar(None, "HU", 2, "2026-08-08", "2026-08-08").provisional.any()  # a make-up day
    assert build_calendar(None, "HU", 2, "2090-01-01", "2090-01-02").provisional.all()


def test_make_up_days_of_december_that_belong_to_the_next_new_year_are_worked() -> None:
    # The weekend of 29 and 30 December 2001 was worked for the New Year holiday of 2002.
    assert build_calendar(None, "CN", 2, "2001-12-29", "2001-12-30").working.tolist() == [3, 3]


def test_a_country_is_provisional_before_its_records_begin() -> None:
    # The package knows Montenegro from 2006 on.
    assert build_calendar(None, "ME", 2, "1999-03-01", "1999-03-02").provisional.all()


def test_without_a_country_weekends_are_off() -> None:
    calendar = build_calendar(None, "", 2, "2026-02-16", "2026-02-22")  # Monday to Sunday
    assert calendar.working.tolist() == [3] * 5 + [0, 0]
    assert not calendar.provisional.any()
    assert calendar.last_day == np.datetime64("2026-02-22")


def test_an_unknown_country_is_refused_with_a_way_out() -> None:
    with pytest.raises(ArgumentError, match=r"'CNX'.*Maybe 'C"):
        build_calendar(None, "CNX", 2, "2026-01-01", "2026-01-02")
    with pytest.raises(ArgumentError, match="weekends only"):
        build_calendar(None, "??", 2, "2026-01-01", "2026-01-02")


def test_without_the_package_the_extra_is_named_and_weekends_still_work(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fail(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "holidays":
            raise ImportError(name)
        return real(name, *arguments, **named)

    _country_days.cache_clear()
    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(MissingExtraError, match=r"auditmatch\[calendar\]"):
        build_calendar(None, "CN", 2, "2026-01-01", "2026-01-02")
    assert build_calendar(None, " ", 1, "2026-01-01", "2026-01-02").n_slots == 2


# --- the user's own days


def test_the_table_overrides_single_days_and_settles_them() -> None:
    own = table(
        {"2045-01-06": "none", "2045-01-07": "full", "2045-01-09": "am", "2045-01-10": "pm", "1999-01-01": "am"}
    )
    calendar = build_calendar(own, "CN", 2, "2045-01-06", "2045-01-11")  # Friday to Wednesday
    assert calendar.working.tolist() == [0, 3, 0, 1, 2, 3]
    assert calendar.provisional.tolist() == [False, False, True, False, False, True]
    assert calendar.slot_day.tolist() == [1, 1, 3, 4, 5, 5]
    assert calendar.slot_half.tolist() == [0, 1, 0, 1, 0, 1]


def test_one_slot_a_day_uses_full_days_only() -> None:
    own = table({"2026-03-03": "am", "2026-03-04": "pm"})
    calendar = build_calendar(own, "", 1, "2026-03-02", "2026-03-06")  # Monday to Friday
    assert calendar.working.tolist() == [3, 1, 2, 3, 3]
    assert calendar.slot_day.tolist() == [0, 3, 4]
    assert calendar.slot_half.tolist() == [0, 0, 0]
    assert calendar.slot_begin([0, 1]).tolist() == [0, 6]
    assert calendar.slot_end([0, 1]).tolist() == [2, 8]
    # From Monday noon the next full day is Thursday; until Thursday noon the last one over is Monday.
    assert int(calendar.first_slot_from("2026-03-02", 1)) == 1
    assert int(calendar.last_slot_until("2026-03-05", 0)) == 0


def test_every_bad_row_of_the_table_is_named() -> None:
    own = table({"2026-03-03": "halff", "2026-03-04": "xyz", "2026-03-05": "am"})
    own["date"] = np.append(own["date"], np.datetime64("NaT", "D"))
    own["working"] = np.append(own["working"], np.array([None], dtype=object))
    own["working"][2] = None
    with pytest.raises(InputError) as caught:
        build_calendar(own, "", 2, "2026-03-02", "2026-03-06")
    message = str(caught.value)
    assert [problem.row for problem in caught.value.problems] == [2, 3, 4, 5]
    assert "calendar row 2, working: halff" in message
    assert "Maybe one of none, am, pm, full?" in message
    assert "calendar row 5, date: a date is missing" in message


def test_bad_rows_carry_the_row_of_the_file_when_the_table_knows_it() -> None:
    class Rows(dict[str, Any]):
        source_rows = np.array([17])

    with pytest.raises(InputError, match="row 17"):
        build_calendar(Rows(table({"2026-03-03": "never"})), "", 2, "2026-03-02", "2026-03-06")


# --- edges


def test_asking_outside_the_calendar_answers_none_or_the_nearest_slot() -> None:
    calendar = build_calendar(None, "", 2, "2026-03-02", "2026-03-08")  # Monday to Sunday: 10 slots
    assert calendar.n_slots == 10
    assert calendar.first_slot_from(["2026-03-07", "2026-03-20", "2026-01-01"]).tolist() == [10, 10, 0]
    assert calendar.first_slot_from("2026-03-06", 1) == 9
    assert calendar.last_slot_until(["2026-01-01", "2026-03-01", "2026-03-20"]).tolist() == [-1, -1, 9]
    assert calendar.last_slot_until("2026-03-02", 0) == 0
    assert calendar.slots_between("2026-03-02", 1, "2026-03-03", 0) == 2
    assert calendar.slots_between("2026-03-05", 0, "2026-03-03", 1) == 0
    assert calendar.slots_between("2020-01-01", 0, "2030-01-01", 1) == 10


def test_slots_give_back_their_date_and_half() -> None:
    calendar = build_calendar(None, "", 2, "2026-03-06", "2026-03-09")  # Friday to Monday
    assert calendar.date([1, 2]).tolist() == [datetime.date(2026, 3, 6), datetime.date(2026, 3, 9)]
    assert calendar.half([1, 2]).tolist() == [1, 0]
    assert calendar.slot_begin([1, 2]).tolist() == [1, 6]
    assert calendar.slot_end([1, 2]).tolist() == [2, 7]
    assert calendar.date_of([-1, 0]).tolist() == [datetime.date(2026, 3, 5), datetime.date(2026, 3, 6)]


def test_the_marks_for_none_are_not_slots() -> None:
    calendar = build_calendar(None, "", 2, "2026-03-06", "2026-03-09")
    for none in (-1, calendar.n_slots):
        with pytest.raises(ArgumentError, match="0 to 3"):
            calendar.date(none)
    with pytest.raises(ArgumentError, match="NaT"):
        calendar.first_slot_from(["NaT"])


def test_a_calendar_may_have_no_slot_at_all() -> None:
    calendar = build_calendar(None, "", 2, "2026-03-07", "2026-03-08")
    assert calendar.n_slots == 0
    assert calendar.first_slot_from("2026-03-07") == 0
    assert calendar.last_slot_until("2026-03-08") == -1


@pytest.mark.parametrize(
    ("slots", "first", "last"),
    [
        (3, "2026-01-01", "2026-01-02"),
        (2, "2026-01-02", "2026-01-01"),
        (2, "1989-12-31", "2026-01-01"),
        (2, "2026-01-01", "2101-01-01"),
        (2, "NaT", "2026-01-01"),
    ],
)
def test_impossible_arguments_are_refused(slots: int, first: str, last: str) -> None:
    with pytest.raises(ArgumentError, match="Maybe"):
        build_calendar(None, "", slots, first, last)


def test_arrays_are_read_only() -> None:
    calendar = build_calendar(None, "CN", 2, "2026-03-06", "2026-03-09")
    for array in (calendar.working, calendar.provisional, calendar.slot_day, calendar.slot_half, calendar.day_slot):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# --- the oracle: count day by day, half by half


def naive_slots(calendar: Calendar) -> list[tuple[int, int]]:
    """Return (begin, end) of every slot in half-days, found by walking the days."""
    slots = []
    for day in range(calendar.n_days):
        bits = int(calendar.working[day])
        if calendar.slots_per_day == 1:
            slots += [(2 * day, 2 * day + 2)] if bits == 3 else []
        else:
            slots += [(2 * day + half, 2 * day + half + 1) for half in (0, 1) if bits >> half & 1]
    return slots


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    first = draw(st.dates(datetime.date(1995, 1, 1), datetime.date(2095, 1, 1)))
    days = draw(st.integers(1, 25))
    words = draw(st.lists(st.sampled_from(sorted(WORKING_WORDS)), min_size=days, max_size=days))
    own = table({str(first + ONE_DAY * day): word for day, word in enumerate(words)})
    return build_calendar(own, "", draw(st.sampled_from([1, 2])), first, first + ONE_DAY * (days - 1))


@given(calendars(), st.lists(st.tuples(st.integers(-5, 32), st.integers(0, 1)), min_size=1, max_size=8))
def test_questions_answer_as_counting_day_by_day(calendar: Calendar, asked: list[tuple[int, int]]) -> None:
    slots = naive_slots(calendar)
    everything = np.arange(len(slots))
    assert calendar.slot_begin(everything).tolist() == [begin for begin, _ in slots]
    assert calendar.slot_end(everything).tolist() == [end for _, end in slots]
    dates = calendar.date_of([day for day, _ in asked])
    halves = np.array([half for _, half in asked])
    firsts = [sum(begin < 2 * day + half for begin, _ in slots) for day, half in asked]
    lasts = [sum(end <= 2 * day + half + 1 for _, end in slots) - 1 for day, half in asked]
    assert calendar.first_slot_from(dates, halves).tolist() == firsts
    assert calendar.last_slot_until(dates, halves).tolist() == lasts
    between = calendar.slots_between(dates[0], halves[0], dates, halves)
    low = 2 * asked[0][0] + asked[0][1]
    expected = [sum(low <= begin and end <= 2 * day + half + 1 for begin, end in slots) for day, half in asked]
    assert between.tolist() == expected


@given(calendars())
def test_slots_and_dates_are_inverse(calendar: Calendar) -> None:
    slots = np.arange(calendar.n_slots)
    dates, halves = calendar.date(slots), calendar.half(slots)
    assert calendar.first_slot_from(dates, halves).tolist() == slots.tolist()
    # A slot of a full day is over in the pm only.
    over = halves if calendar.slots_per_day == 2 else np.ones_like(halves)
    assert calendar.last_slot_until(dates, over).tolist() == slots.tolist()
    counts = np.diff(calendar.day_slot)
    assert counts.sum() == calendar.n_slots
    assert np.repeat(np.arange(calendar.n_days), counts).tolist() == calendar.slot_day.tolist()
