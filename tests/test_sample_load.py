"""The load that a sample reaches, the facts before it begins, and the arguments that it refuses."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from auditmatch.calendar import build_calendar
from auditmatch.errors import ArgumentError
from auditmatch.register import Register
from auditmatch.sample import load_report, sample, sample_horizon


@cache
def made(auditors: int, audits: int) -> Register:
    return sample(auditors, audits, seed=1)


# --- load -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(10, 50), (40, 200), (600, 10_000)])
@pytest.mark.parametrize("load", [0.5, 0.85])
def test_no_other_number_of_weeks_comes_nearer_to_the_load(size: tuple[int, int], load: float) -> None:
    register = sample(*size, load=load, seed=2)
    first, last = sample_horizon(register)
    reached = load_report(register).load
    audits = register.audits
    asked = audits["person_days"][audits["status"] == "open"].sum()
    assert load_report(register).asked == asked  # put-off ones are asked as well
    for weeks in (-1, 1):
        there = load_report(register, first, last + 7 * weeks).there
        assert abs(asked / there - load) >= abs(reached - load)
    assert reached == pytest.approx(load, rel=0.12)


def test_days_there_are_counted_half_day_by_half_day() -> None:
    register = made(10, 50)
    first, last = sample_horizon(register)
    worked = build_calendar(None, "CN", 2, first, last).working
    held = register.qualifications
    counting = set(held["auditor_id"][np.isin(held["grade"].astype(str), ("auditor", "lead"))])
    people = register.auditors
    halves = 0
    for i, who in enumerate(people["auditor_id"]):
        away = set()
        for k in np.flatnonzero(register.absences["auditor_id"] == who):
            row = {name: array[k] for name, array in register.absences.columns.items()}
            begin = 2 * (row["start"] - first).astype(int) + (row["start_half"] == "pm")
            end = 2 * (row["end"] - first).astype(int) + (row["end_half"] == "pm")
            away |= set(range(begin, end + 1))
        for half in range(2 * len(worked)):
            day = first + half // 2
            employed = not day < people["from"][i] and not day > people["until"][i]  # NaT compares false
            halves += who in counting and employed and worked[half // 2] == 3 and half not in away
    report = load_report(register)
    assert report.there == halves / 2
    assert report.auditors == len(counting)


def test_a_report_by_hand() -> None:
    # Monday to Friday, two auditors: 5 days each, one away from Wednesday noon: 5 + 2.5 = 7.5 days there.
    # Asked: 3 days over QMS and EMS, so 1.5 each, and 1 day of QMS alone; what is done or later counts nothing.
    register = Register.from_tables(
        {
            "auditors": {"auditor_id": ["a", "b", "c"]},
            "qualifications": {
                "auditor_id": ["a", "a", "b", "c"],
                "field": ["QMS", "EMS", "QMS", "QMS"],
                "specialty": ["01.01.01"] * 4,
                "valid_from": ["2020-01-01"] * 4,
                "grade": ["lead", "auditor", "auditor", "intern"],
            },
            "absences": {"auditor_id": ["b"], "start": ["2027-03-03"], "start_half": ["pm"], "end": ["2027-03-09"]},
            "organisations": {"organisation_id": ["o"]},
            "audits": {
                "audit_id": ["x", "y", "z", "w"],
                "organisation_id": ["o"] * 4,
                "kind": ["surveillance"] * 4,
                "earliest": ["2027-03-01", "2027-03-01", "2027-03-01", "2027-03-08"],
                "latest": ["2027-03-05", "2027-03-05", "2027-03-05", "2027-03-12"],
                "person_days": [3.0, 1.0, 5.0, 9.0],
                "status": ["open", "open", "done", "open"],
            },
            "requirements": {
                "audit_id": ["x", "x", "y", "z", "w", "w"],
                "field": ["QMS", "EMS", "QMS", "QMS", "QMS", "ISMS"],
                "specialty": ["01.01.01"] * 6,
            },
        }
    )
    report = load_report(register, "2027-03-01", "2027-03-05")
    assert (report.asked, report.there, report.auditors) == (4.0, 7.5, 2)
    assert report.load == pytest.approx(4 / 7.5)
    assert [(g.field, g.holders, g.asked, g.there) for g in report.fields] == [("QMS", 2, 2.5, 7.5), ("EMS", 1, 1.5, 5)]
    assert "load 0.53: 4.0 person-days asked, 7.5 there" in str(report)
    later = load_report(register, "2027-03-01", "2027-03-12")
    # 9 days more, half of them of ISMS, which nobody holds: it comes first.
    assert (later.scarcest[0].field, later.scarcest[0].load, later.scarcest[0].asked) == ("ISMS", None, 4.5)
    assert "without anyone" in str(later)


def test_a_horizon_is_the_span_of_windows_where_no_date_is_wished() -> None:
    tables = {
        "auditors": {"auditor_id": ["a"]},
        "qualifications": {
            "auditor_id": ["a"],
            "field": ["QMS"],
            "specialty": ["01.01.01"],
            "valid_from": ["2020-01-01"],
            "grade": ["intern"],
        },
        "organisations": {"organisation_id": ["o"]},
        "audits": {
            "audit_id": ["x", "y"],
            "organisation_id": ["o", "o"],
            "kind": ["special", "special"],
            "earliest": ["2027-03-02", "2027-03-01"],
            "latest": ["2027-03-05", "2027-03-08"],
            "person_days": [1.0, 1.0],
            "status": ["open", "open"],
        },
        "requirements": {"audit_id": ["x", "y"], "field": ["QMS", "QMS"], "specialty": ["01.01.01"] * 2},
    }
    register = Register.from_tables(tables)
    assert sample_horizon(register) == (np.datetime64("2027-03-01"), np.datetime64("2027-03-08"))
    assert load_report(register).load is None  # interns do not count
    tables["audits"]["status"] = ["done", "cancelled"]
    with pytest.raises(ArgumentError, match="without an open audit"):
        sample_horizon(Register.from_tables(tables))


# --- facts and arguments --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(3, 60), (40, 200), (600, 10_000)])
def test_done_audits_are_booked_before_the_horizon_without_clash(size: tuple[int, int]) -> None:
    register = made(*size)
    plan, audits = register.plan, register.audits
    assert len(plan) > 0
    assert set(plan["audit_id"]) == set(audits["audit_id"][audits["status"] == "done"])
    assert (plan["end"] < sample_horizon(register)[0]).all()
    days = dict(zip(audits["audit_id"], audits["person_days"], strict=True))
    busy = set()
    for who, audit, start, end, half in zip(
        *(plan[name] for name in ("auditor_id", "audit_id", "start", "end", "end_half")), strict=True
    ):
        # One lead alone, from the first morning on, within one working week.
        assert ((end - start).astype(int) + 1 - 0.5 * (half == "am")) == days[audit] <= 5
        own = {(who, start + k) for k in range(-2, 7)}
        assert not own & busy
        busy |= own


def test_usage_has_a_row_for_each_cycle_year_that_meets_the_horizon() -> None:
    register = made(600, 10_000)
    usage, (first, last) = register.usage, sample_horizon(register)
    assert (usage["year_end"] - usage["year_start"] == 364).all()
    assert ((usage["year_start"] <= last) & (usage["year_end"] >= first)).all()
    fresh = usage["year_start"] >= first
    assert (usage["days_used"][fresh] == 0).all()
    assert usage["days_used"].max() <= 110
    assert usage["certificates_used"].max() <= 30


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"auditors": 0}, "auditors is 0. Maybe a whole number of at least 1"),
        ({"audits": 2.5}, "audits is 2.5"),
        ({"seed": -1}, "seed is -1"),
        ({"audits": True}, "audits is True"),
        ({"load": 0.0}, "load is 0.0"),
        ({"load": float("nan")}, "load is nan"),
        ({"scarcity": 1.5}, "scarcity is 1.5. Maybe a ratio"),
        ({"start": "soon"}, "start is 'soon'. Maybe a date"),
        ({"start": "1980-01-01"}, "between 1991"),
        ({"auditors": 1, "audits": 20_000}, "Maybe fewer audits, more auditors or a higher load"),
    ],
)
def test_an_argument_outside_its_domain_is_told_with_the_way_out(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(told)):
        sample(**arguments)  # type: ignore[arg-type]
