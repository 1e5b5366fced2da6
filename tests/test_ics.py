"""Calendar files become absences: whose, on which days, in which halves."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from register_samples import small

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, MissingExtraError
from auditmatch.register import Register

ALL_DAY = "DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270106"
Row = tuple[str, str, str, str, str]


def event(*lines: str, title: str = "A1 leave") -> str:
    return "\n".join(["BEGIN:VEVENT", "UID:1", f"SUMMARY:{title}", *lines, "END:VEVENT"])


def calendar(path: Path, *events: str, zone: str = "") -> Path:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *([f"X-WR-TIMEZONE:{zone}"] if zone else [])]
    path.write_text("\n".join([*head, *events, "END:VCALENDAR", ""]), encoding="utf-8")
    return path


def read(tmp_path: Path, *events: str, zone: str = "", **tables: Any) -> Register:
    return am.read(small(**tables), absences_ics=calendar(tmp_path / "team.ics", *events, zone=zone))


def rows(register: Register) -> list[Row]:
    names = ("auditor_id", "start", "start_half", "end", "end_half")
    return list(zip(*(register.absences[name].astype(str).tolist() for name in names), strict=True))


def wrong(tmp_path: Path, *events: str, zone: str = "", **tables: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, *events, zone=zone, **tables)
    return "\n".join(map(str, caught.value.problems))


# When ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (ALL_DAY, ("2027-01-04", "am", "2027-01-05", "pm")),  # the end is exclusive
        ("DTSTART;VALUE=DATE:20270104", ("2027-01-04", "am", "2027-01-04", "pm")),
        ("DTSTART;VALUE=DATE:20270104\nDURATION:P3D", ("2027-01-04", "am", "2027-01-06", "pm")),
        ("DTSTART:20270104T090000\nDTEND:20270104T120000", ("2027-01-04", "am", "2027-01-04", "am")),
        ("DTSTART:20270104T120000\nDTEND:20270104T130000", ("2027-01-04", "pm", "2027-01-04", "pm")),
        ("DTSTART:20270104T115900\nDTEND:20270104T120100", ("2027-01-04", "am", "2027-01-04", "pm")),
        ("DTSTART:20270104T130000\nDTEND:20270105T000000", ("2027-01-04", "pm", "2027-01-04", "pm")),
        ("DTSTART:20270104T130000\nDURATION:PT20H", ("2027-01-04", "pm", "2027-01-05", "am")),
        ("DTSTART:20270104T130000", ("2027-01-04", "pm", "2027-01-04", "pm")),
        ("DTSTART:20270104T233000Z\nDTEND:20270105T003000Z", ("2027-01-05", "am", "2027-01-05", "am")),
        ("DTSTART;TZID=Asia/Shanghai:20270104T090000\nDURATION:PT1H", ("2027-01-04", "am", "2027-01-04", "am")),
    ],
)
def test_an_event_takes_the_days_and_halves_that_it_touches(
    tmp_path: Path, lines: str, expected: tuple[str, ...]
) -> None:
    """Whole days end the day before DTEND; times before noon are am, from noon on pm; UTC is read in China's time."""
    assert rows(read(tmp_path, event(lines))) == [("A1", *expected)]


def test_the_calendar_may_have_a_zone_of_its_own(tmp_path: Path) -> None:
    """23:30 in UTC is after midnight in Berlin, and 07:30 in Shanghai."""
    late = event("DTSTART:20270104T233000Z\nDURATION:PT1H")
    assert rows(read(tmp_path, late, zone="Europe/London"))[0][1:3] == ("2027-01-04", "pm")
    assert "team.ics, X-WR-TIMEZONE: no time zone is called Mars/Base" in wrong(tmp_path, late, zone="Mars/Base")


def test_repeated_events_are_taken_one_by_one(tmp_path: Path) -> None:
    """A weekly afternoon, three times but for one, takes two half-days."""
    weekly = "DTSTART;TZID=Asia/Shanghai:20270104T140000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=3"
    excepted = "EXDATE;TZID=Asia/Shanghai:20270111T140000"
    assert [row[1:3] for row in rows(read(tmp_path, event(weekly, excepted)))] == [
        ("2027-01-04", "pm"),
        ("2027-01-18", "pm"),
    ]


def test_repeated_days_are_taken_one_by_one(tmp_path: Path) -> None:
    """Whole days repeat until a day, with several exceptions in several lines."""
    lines = "DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY;UNTIL=20270108"
    lines += "\nEXDATE;VALUE=DATE:20270105\nEXDATE;VALUE=DATE:20270107"
    assert [row[1] for row in rows(read(tmp_path, event(lines)))] == ["2027-01-04", "2027-01-06", "2027-01-08"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"{ALL_DAY}\nRRULE:FREQ=DAILY", "repeats without an end. Maybe add COUNT or UNTIL to its RRULE?"),
        (f"{ALL_DAY}\nRRULE:FREQ=DAILY;COUNT=9999", "repeats more than 5000 times. Maybe add an earlier UNTIL"),
        (f"{ALL_DAY}\nRRULE:FREQ=DAILY;UNTIL=20270110T000000Z", "repeats in a way that cannot be read"),
        (f"{ALL_DAY}\nRDATE;VALUE=DATE:20270201", "has RDATE, which is not supported"),
        (f"{ALL_DAY}\nRECURRENCE-ID;VALUE=DATE:20270104", "has RECURRENCE-ID, which is not supported"),
        ("DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270101", "ends before it begins"),
        ("DTSTART:20270104T090000\nDTEND:20270104T080000", "ends before it begins"),
        ("DTSTART;VALUE=DATE:19800104", "lies outside 1990-01-01 .. 2100-12-31"),
        ("DTSTART;VALUE=DATE:20270104\nDTEND:20270105T080000", "has no dates that can be read"),
        ("DESCRIPTION:x", "has no dates that can be read"),
    ],
)
def test_an_event_that_cannot_be_placed_is_a_problem(tmp_path: Path, lines: str, said: str) -> None:
    """What the reader does not support, or does not understand, is said and not passed over."""
    found = wrong(tmp_path, event(lines))
    assert found.startswith("team.ics, VEVENT: A1 leave ")
    assert said in found


# Whose ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "more", "expected"),
    [
        ("A1", "", ["A1"]),
        ("a2: dentist", "", ["A2"]),
        ("Training (Li Lei)", "", ["A2"]),
        ("王芳，休假", "", ["A1"]),
        ("A1 A2 conference", "", ["A1", "A2"]),
        ("Leave", "ATTENDEE:mailto:a2@cb.example", ["A2"]),
        ("Leave", "ATTENDEE;CN=Li Lei:mailto:x@cb.example\nATTENDEE;CN=y:MAILTO:A1@cb.example", ["A1", "A2"]),
        ("Leave", "ORGANIZER;CN=王芳:mailto:x@cb.example", ["A1"]),
        ("Leave", "ORGANIZER:mailto:a1@cb.example\nATTENDEE:mailto:a2@cb.example", ["A2"]),
        ("A1 leave", "ATTENDEE:mailto:a2@cb.example", ["A1"]),
    ],
)
def test_the_auditor_is_found_by_title_then_attendee_then_organizer(
    tmp_path: Path, title: str, more: str, expected: list[str]
) -> None:
    """Identifier, name and mail are read in any case; who organises a leave is not always who takes it."""
    found = read(tmp_path, event(ALL_DAY, *more.splitlines(), title=title))
    assert sorted(row[0] for row in rows(found)) == expected


def test_a_number_names_an_auditor_only_in_front(tmp_path: Path) -> None:
    """Where auditors are numbered, "Room 12" is no absence of auditor 12, and "12 leave" is."""
    auditors = {"auditor_id": ["12", "A2"], "name": ["王芳", None]}
    held = {"auditor_id": ["12", "A2"]}
    found = read(
        tmp_path,
        event(ALL_DAY, title="Room 12"),
        event("DTSTART;VALUE=DATE:20270201", title="12 leave"),
        auditors=auditors,
        qualifications=held,
    )
    assert [row[:2] for row in rows(found)] == [("12", "2027-02-01")]


def test_a_file_may_be_named_after_its_auditor(tmp_path: Path) -> None:
    """A folder with a calendar for each person needs no names in the events."""
    (tmp_path / "people").mkdir()
    calendar(tmp_path / "people" / "A1.ics", event(ALL_DAY, title="Holiday"))
    calendar(tmp_path / "people" / "A2.ics", event(ALL_DAY, title="Holiday"))
    found = am.read(small(), absences_ics=tmp_path / "people")
    assert [row[0] for row in rows(found)] == ["A1", "A2"]
    both = [tmp_path / "people" / "A2.ics", str(tmp_path / "people" / "A1.ics")]
    assert len(am.read(small(), absences_ics=both).absences) == 2


def test_an_event_of_nobody_is_noticed(tmp_path: Path) -> None:
    """An office party is no absence; the notice lists what was passed over."""
    found = read(tmp_path, *(event(ALL_DAY, title=f"Party {letter}") for letter in "abcdef"))
    assert len(found.absences) == 0
    assert found.notices[0] == (
        "team.ics: 6 events name no auditor and are ignored: "
        "'Party a', 'Party b', 'Party c', 'Party d', 'Party e' and 1 more"
    )


def test_a_name_of_two_people_is_a_problem(tmp_path: Path) -> None:
    """Two auditors of one name cannot be told apart by it."""
    found = wrong(tmp_path, event(ALL_DAY, title="王芳"), auditors={"name": ["王芳", "王芳"]})
    assert found == "team.ics, SUMMARY: 王芳 may mean A1 or A2, who are all called 王芳. Maybe write the auditor_id?"


def test_a_cancelled_event_is_no_absence(tmp_path: Path) -> None:
    """Who cancelled a leave is there."""
    assert len(read(tmp_path, event(ALL_DAY, "STATUS:CANCELLED")).absences) == 0


# Into the table ------------------------------------------------------------------------------------------------------


def test_events_are_added_to_the_absences_that_are_there(tmp_path: Path) -> None:
    """The table's own rows come first and win; of two events that begin alike the longer one counts."""
    own = {"auditor_id": ["A2"], "start": ["2027-01-04"], "reason": ["mine"], "theirs": ["x"]}
    longer = event("DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270109")
    found = read(tmp_path, event(ALL_DAY), longer, event(ALL_DAY, title="A2 away"), absences=own)
    assert rows(found) == [
        ("A2", "2027-01-04", "am", "2027-01-04", "pm"),
        ("A1", "2027-01-04", "am", "2027-01-08", "pm"),
    ]
    assert found.absences["reason"].tolist() == ["mine", "A1 leave"]
    assert found.absences["theirs"].tolist() == ["x", None]
    assert found.absences.source_rows.tolist() == [2, 3]


def test_events_are_added_to_frames_too(tmp_path: Path) -> None:
    """Absences in a frame of any library take up the events of a calendar, dates as dates."""
    own = {"auditor_id": ["A2"], "start": [dt.date(2027, 1, 4)]}
    for frame in (
        pd.DataFrame(own),
        pl.DataFrame(own),
        pl.DataFrame(own).to_pandas().astype({"start": "datetime64[s]"}),
    ):
        tables = {name: type(frame)(columns) for name, columns in small().items()}
        found = am.read({**tables, "absences": frame}, absences_ics=calendar(tmp_path / "team.ics", event(ALL_DAY)))
        assert [row[:2] for row in rows(found)] == [("A2", "2027-01-04"), ("A1", "2027-01-04")]
        assert isinstance(found.frame("absences"), type(frame))


def test_problems_of_calendar_and_tables_come_together(tmp_path: Path) -> None:
    """One run tells what is wrong in both."""
    found = wrong(tmp_path, event("DESCRIPTION:x"), absences={"auditor_id": ["A9"], "start": ["2027-13-01"]})
    assert "team.ics, VEVENT" in found
    assert "absences row 2, start: 2027-13-01 is not a date. Maybe 2027-01-13?" in found
    assert "absences row 2, auditor_id: A9 is not in auditors" in found


def test_titles_lose_what_no_table_can_hold(tmp_path: Path) -> None:
    """A title of any length and with any signs becomes a reason."""
    found = read(tmp_path, event(ALL_DAY, title="A1 \x07" + "x" * 500))
    assert found.absences["reason"][0] == "A1  " + "x" * 196


def test_a_calendar_goes_with_a_folder(tmp_path: Path) -> None:
    """Calendars can be added to whatever is read, and without auditors there is nobody to find."""
    Register.from_tables(small()).write(tmp_path / "cb")
    found = am.read(tmp_path / "cb", absences_ics=calendar(tmp_path / "team.ics", event(ALL_DAY)))
    assert len(found.absences) == 1
    with pytest.raises(InputError, match="auditors: the table is empty or missing"):
        am.read({"organisations": {"organisation_id": ["O1"]}}, absences_ics=tmp_path / "team.ics")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file or folder"),
        (b"", "is not a calendar: it holds none"),
        (b"hello", "is not a calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "is not a calendar"),
        (b"\xff\xfe\x00", "is not a calendar"),
    ],
)
def test_a_file_that_is_no_calendar_is_a_problem(tmp_path: Path, content: bytes | None, said: str) -> None:
    """A missing, empty or foreign file is said, not passed over."""
    if content is not None:
        (tmp_path / "team.ics").write_bytes(content)
    with pytest.raises(InputError) as caught:
        am.read(small(), absences_ics=tmp_path / "team.ics")
    assert said in str(caught.value.problems[0])


def test_what_is_no_calendar_path_is_refused(tmp_path: Path) -> None:
    """A folder must hold calendars, and a path must be one."""
    with pytest.raises(InputError, match=r"the folder holds no \.ics file"):
        am.read(small(), absences_ics=tmp_path)
    with pytest.raises(ArgumentError, match="absences_ics holds 5"):
        am.read(small(), absences_ics=[5])  # type: ignore[list-item]


def test_without_icalendar_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lacks the package is told the command that installs it."""
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'auditmatch\[calendar\]'"):
        read(tmp_path, event(ALL_DAY))
