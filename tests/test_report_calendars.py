"""Calendars: one file for each auditor, parsed back by icalendar; safe names; times of China or floating."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import icalendar
import pytest
from bodies import FRIDAY, MONDAY, TUESDAY, body, booked
from hypothesis import given
from hypothesis import strategies as st
from report_samples import IMAGE, MARKS, PEOPLE, SCRIPT, hostile

import auditmatch as am
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.report.calendars import PRODUCT, file_names


def read(path: Path) -> Any:
    return icalendar.Calendar.from_ical(path.read_bytes())


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return list(am.report.ics(hostile(), tmp_path_factory.mktemp("calendars")))


def test_everyone_with_a_booking_has_a_file_and_no_one_else(calendars: list[Path]) -> None:
    # The first auditor's done audit is a fact, not news; the fourth auditor has nothing.
    assert [len(read(path).walk("VEVENT")) for path in calendars] == [1, 2, 1]
    assert {path.parent for path in calendars} == {calendars[0].parent}
    assert sorted(calendars) == sorted(calendars[0].parent.iterdir())


def test_a_booking_is_one_event_from_its_first_to_its_last_half_day(calendars: list[Path]) -> None:
    first, second = read(calendars[1]).walk("VEVENT")
    assert first.decoded("dtstart").replace(tzinfo=None) == datetime.datetime(2027, 1, 4, 8)
    assert first.decoded("dtend").replace(tzinfo=None) == datetime.datetime(2027, 1, 5, 12)
    assert second.decoded("dtstart").replace(tzinfo=None) == datetime.datetime(2027, 1, 8, 13)
    assert second.decoded("dtend").replace(tzinfo=None) == datetime.datetime(2027, 1, 11, 12)
    assert first["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert first.decoded("dtstart").utcoffset() == datetime.timedelta(hours=8)
    assert first["sequence"] == 0
    assert first.decoded("dtstamp").utcoffset() == datetime.timedelta(0)


def test_the_file_brings_its_time_zone(calendars: list[Path]) -> None:
    calendar = read(calendars[0])
    assert calendar["prodid"] == PRODUCT
    assert calendar["version"] == "2.0"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Asia/Shanghai"
    assert zone.to_tz().utcoffset(datetime.datetime(2027, 6, 1)) == datetime.timedelta(hours=8)


def test_an_event_tells_client_place_team_and_role(calendars: list[Path]) -> None:
    event = read(calendars[1]).walk("VEVENT")[0]
    assert str(event["summary"]) == f"V1 {IMAGE} (surveillance)"
    assert str(event["location"]) == f"{IMAGE}, Xi'an, Shaanxi <i>"
    text = str(event["description"])
    assert "Your role: member" in text
    assert f"Team: {SCRIPT} {PEOPLE[0]} (lead), 王芳 CON (member)" in text
    assert "Needs: <b>QMS</b> 03.04.01, <b>QMS</b> 03.04.02" in text
    assert str(read(calendars[1]).walk("VEVENT")[1]["location"]) == "Remote"


def test_names_cannot_break_out_of_their_line(calendars: list[Path]) -> None:
    for path in calendars:
        lines = path.read_bytes().split(b"\r\n")
        assert lines.count(b"BEGIN:VCALENDAR") == 1
        assert all(len(line) <= 75 for line in lines)
        assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_an_event_keeps_its_name_from_plan_to_plan(calendars: list[Path], tmp_path: Path) -> None:
    again = am.report.ics(hostile(), tmp_path, lang="zh")
    names = [[str(e["uid"]) for e in read(path).walk("VEVENT")] for path in calendars]
    assert [[str(e["uid"]) for e in read(path).walk("VEVENT")] for path in again] == names
    assert len({name for each in names for name in each}) == 4


def test_chinese_calendars_speak_chinese(tmp_path: Path) -> None:
    event = read(am.report.ics(hostile(), tmp_path, lang="zh")[1]).walk("VEVENT")[0]
    assert "监督审核" in str(event["summary"])
    assert "本人角色：组员" in str(event["description"])


def test_elsewhere_times_float(tmp_path: Path) -> None:
    calendar = read(am.report.ics(hostile(country="DE"), tmp_path)[0])
    assert calendar.walk("VTIMEZONE") == []
    assert calendar.walk("VEVENT")[0].decoded("dtstart") == datetime.datetime(2027, 1, 4, 8)


def test_files_of_other_programs_stay(tmp_path: Path) -> None:
    folder = tmp_path / "calendars"
    am.report.ics(hostile(), folder)
    (folder / "mine.ics").write_text("BEGIN:VCALENDAR\r\nPRODID:-//me//EN\r\nEND:VCALENDAR\r\n")
    (folder / "broken.ics").write_text(f"PRODID:{PRODUCT}\r\n")
    kept = {name: (folder / name).read_bytes() for name in ("mine.ics", "broken.ics")}
    am.report.ics(hostile(), folder)
    assert {name: (folder / name).read_bytes() for name in kept} == kept


def changed(move: bool) -> tuple[am.Result, am.Result]:
    """Return results of two audits of P1, and the same with A moved, or B's auditor another and A gone."""
    problem = body().audit("A").audit("B").problem()
    old = [booked("A", MONDAY, ("P1", "lead")), booked("B", TUESDAY, ("P1", "lead"))]
    new = [booked("A", FRIDAY, ("P1", "lead")), old[1]] if move else [booked("B", TUESDAY, ("P2", "lead"))]
    results = [
        am.Result(am.Status.FEASIBLE, am.Plan.from_bookings(some), 0, 0, 0.0, "by hand", problem=problem)
        for some in (old, new)
    ]
    return results[0], results[1]


def events(folder: Path, who: str) -> dict[str, tuple[int, str]]:
    found = read(folder / f"{who}.ics").walk("VEVENT")
    return {str(e["summary"])[:1]: (int(e["sequence"]), str(e.get("status", ""))) for e in found}


def test_an_event_that_changed_is_numbered_on_and_others_are_not(tmp_path: Path) -> None:
    old, new = changed(move=True)
    am.report.ics(old, tmp_path)
    names = {str(e["uid"]) for e in read(tmp_path / "P1.ics").walk("VEVENT")}
    am.report.ics(new, tmp_path)
    assert events(tmp_path, "P1") == {"A": (1, ""), "B": (0, "")}
    assert {str(e["uid"]) for e in read(tmp_path / "P1.ics").walk("VEVENT")} == names
    am.report.ics(new, tmp_path)
    assert events(tmp_path, "P1") == {"A": (1, ""), "B": (0, "")}


def test_events_that_fell_away_are_cancelled_and_may_come_back(tmp_path: Path) -> None:
    old, new = changed(move=False)
    am.report.ics(old, tmp_path)
    files = am.report.ics(new, tmp_path)
    assert [path.name for path in files] == ["P2.ics"]
    assert events(tmp_path, "P1") == {"A": (1, "CANCELLED"), "B": (1, "CANCELLED")}
    am.report.ics(new, tmp_path)
    assert events(tmp_path, "P1") == {"A": (1, "CANCELLED"), "B": (1, "CANCELLED")}
    am.report.ics(old, tmp_path)
    assert events(tmp_path, "P1") == {"A": (2, ""), "B": (2, "")}
    assert events(tmp_path, "P2") == {"B": (1, "CANCELLED")}


def test_file_names_are_safe_and_differ() -> None:
    odd = ["a/b", "A/B", "p0001", "王芳", "..", "", "x" * 300, "𐌰" * 100]
    names = file_names(["P0001", "../../etc/passwd", "CON", "con.x", *odd])
    assert names[0] == "P0001.ics"
    assert names[7] == "王芳.ics"
    assert len({name.casefold() for name in names}) == len(names)
    assert not any(set("/\\:") & set(name) or name.startswith(".") for name in names)
    assert not any(name.split(".")[0].casefold() in ("con", "") for name in names)
    assert max(len(name.encode()) for name in names) < 200


@given(st.lists(st.text(max_size=120), unique=True, max_size=8))
def test_any_identifiers_give_different_names_inside_the_folder(identifiers: list[str]) -> None:
    names = file_names(identifiers)
    assert len({name.casefold() for name in names}) == len(identifiers)
    for name in names:
        assert Path(name).name == name
        assert name.endswith(".ics")
        assert len(name) > 4


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="calendars cannot be written"):
        am.report.ics(hostile(), tmp_path / "file")


def test_without_the_package_the_command_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingExtraError, match=r"auditmatch\[calendar\]"):
        am.report.ics(hostile(), tmp_path)


def test_marks_of_other_formats_are_text_here(calendars: list[Path]) -> None:
    assert MARKS not in calendars[0].read_text(encoding="utf-8")  # that client has no booking
