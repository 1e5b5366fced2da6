"""A programme for people: workbook, calendar, notices, and P* by quarter worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_programme import body, one

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.programme import Programme, programme, quarters


def made(**cells: Any) -> Programme:
    """Return the year 2026 of two clients: a surveillance due on 2026-06-10, and inspections that nobody is told of."""
    product = one(
        certificate_id="C2", organisation_id="O2", field="Voluntary product", specialty="toys", days=2.0,
        effective_personnel=None, decided="2025-05-20", status="active",
    )  # fmt: skip
    clients = {"organisation_id": ["O1", "O2"], "name": ["Mills\nof Kent", None]}
    return programme(body(one(**cells), product, organisations=clients), "2026-01-01", "2026-12-31")


def test_the_calendar_has_an_entry_on_each_last_legal_day_and_milestone(tmp_path: Path) -> None:
    icalendar = pytest.importorskip("icalendar", reason="needs icalendar: pip install 'auditmatch[calendar]'")
    year = made(decided="2023-08-11")
    am.report.programme(year, tmp_path)
    events = icalendar.Calendar.from_ical((tmp_path / "programme.ics").read_bytes()).walk("VEVENT")
    told = {str(e["summary"]): e["dtstart"].dt.isoformat() for e in events}
    assert told == {
        "C1-R2607 due: Mills of Kent (recertification)": "2026-07-11",
        "C2-U2605 due: O2 (unannounced)": "2026-05-20",
        "C1: recertification decision": "2026-08-10",
    }
    assert "before expiry on 2026-08-10" in "".join(str(e["description"]) for e in events)
    am.report.programme(made(decided="2023-08-21"), tmp_path)
    again = icalendar.Calendar.from_ical((tmp_path / "programme.ics").read_bytes()).walk("VEVENT")
    numbers = {str(e["summary"]): (int(e["sequence"]), str(e.get("status", ""))) for e in again}
    assert numbers["C1: recertification decision"] == (1, "")
    assert numbers["C2-U2605 due: O2 (unannounced)"] == (0, "")
    am.report.programme(year, tmp_path / "zh", lang="zh")
    chinese = (tmp_path / "zh" / "programme.ics").read_text(encoding="utf-8").replace("\r\n ", "")
    assert "再认证决定" in chinese


def test_the_workbook_has_the_same_rows_as_the_frames(tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine", reason="needs python-calamine: pip install 'auditmatch[excel]'")
    year = made()
    am.report.programme(year, tmp_path)
    book = calamine.CalamineWorkbook.from_path(tmp_path / "programme.xlsx")
    assert book.sheet_names == ["audits", "milestones", "lost", "load", "quarters", "warnings"]
    for sheet, frame in (("audits", year.table), ("quarters", quarters(year))):
        head, *rows = book.get_sheet_by_name(sheet).to_python()
        assert (head, len(rows)) == (list(frame.columns), len(frame))
    assert [row[0] for row in book.get_sheet_by_name("audits").to_python()[1:]] == year.table["audit_id"].tolist()


def test_notices_tell_each_client_of_its_next_ninety_days_and_of_nothing_unannounced(tmp_path: Path) -> None:
    year = made(decided="2025-04-20")
    files = am.report.programme(year, tmp_path, day="2026-02-15", signed="The body")
    letters = {path.name: path.read_text(encoding="utf-8") for path in files if path.suffix == ".txt"}
    assert list(letters) == ["client-O1.txt"]
    assert letters["client-O1.txt"] == (
        "Mills of Kent,\n\nOf your certification, within the next 90 days:\n\n"
        "- audit C1-S2604 (surveillance), between 2026-02-19 and 2026-04-20\n\nThe body\n"
    )
    # Nothing concerns anybody in autumn, and the letters of the run before are gone.
    am.report.programme(year, tmp_path, day="2026-07-01")
    assert not list((tmp_path / "notices").iterdir())


def test_a_client_learns_of_a_suspension_and_of_a_window_that_has_closed(tmp_path: Path) -> None:
    for cells, line in (
        ({"status": "suspended", "suspended": "2025-12-10"}, "- C1: withdrawal, unless restored, 2026-06-11"),
        ({"decided": "2024-06-10"}, "- C1: no audit was possible by 2025-06-10 (ISO/IEC 17021-1:2015 9.1.3.3)"),
    ):
        am.report.programme(made(**cells), tmp_path, day="2026-05-01")
        assert line in (tmp_path / "notices" / "client-O1.txt").read_text(encoding="utf-8")


def test_a_wrong_day_or_language_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for wrong in ({"day": "soon"}, {"lang": "fr"}):
        with pytest.raises(ArgumentError):
            am.report.programme(made(), tmp_path / "out", **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_p_star_of_a_quarter_by_hand() -> None:
    """P1 alone holds the code, and is there for the first two workdays of April alone; 1.5 days are asked in May.

    Held within April to June, two days are enough. Of three surveillances, 4.5 days, they are four ninths.
    """
    people = {"auditors": {"auditor_id": ["P1"], "until": ["2026-04-02"]}}
    clients = {"organisation_id": ["O1", "O2", "O3"]}
    for number, expected in ((1, 1.0), (3, 4 / 9)):
        rows = [
            one(certificate_id=f"C{k}", organisation_id=f"O{k}", decided="2025-05-11") for k in range(1, number + 1)
        ]
        year = programme(body(*rows, organisations=clients, **people), "2026-01-01", "2026-12-31")
        register = year.register
        table = {c: register.audits[c] for c in register.audits.columns}
        table["earliest"] = np.full(number, np.datetime64("2026-04-01"))
        year = Programme(register.with_tables(audits=table), year.start, year.end, (), (), (), (0.0, 0))
        (row,) = quarters(year).to_dict("records")
        assert (row["quarter"], row["asked"]) == ("2026 Q2", pytest.approx(1.5 * number))
        assert row["P_star"] == pytest.approx(expected, abs=1e-6)
