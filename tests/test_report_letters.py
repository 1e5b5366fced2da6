"""Letters after a change, and the sheet for the national platform."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from bodies import FRIDAY, MONDAY, TUESDAY, Body, body, booked, held

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.plan import Plan

LEAD, OTHER = ("P1", "lead"), ("P2", "lead")


def office() -> am.Problem:
    """P1 and P2 lead; A is remote, B in part, and C a mystery visit to another client."""
    tables = {
        **body().tables,
        "auditors": [{"auditor_id": who, "gender": "M", "name": f"Name {who}"} for who in ("P1", "P2")],
        "qualifications": [held(who, "03.04.01", "lead") for who in ("P1", "P2")],
        "organisations": [{"organisation_id": "O1"}, {"organisation_id": "O2", "name": "Silent Ltd"}],
    }
    visits = Body(tables).audit("A", on_site=0.0).audit("B", on_site=0.5).audit("D")
    return visits.audit("C", kind="mystery", organisation_id="O2").problem()


OLD = Plan.from_bookings(
    [booked("A", MONDAY, LEAD), booked("B", TUESDAY, LEAD), booked("C", MONDAY, OTHER), booked("D", FRIDAY, OTHER)]
)
NEW = Plan.from_bookings([booked("A", FRIDAY, LEAD), booked("B", TUESDAY, OTHER), booked("D", FRIDAY, OTHER)])


def test_whoever_a_change_concerns_gets_one_letter(tmp_path: Path) -> None:
    files = am.report.letters(OLD, NEW, tmp_path, problem=office(), signed="Planning")
    assert [path.name for path in files] == ["auditor-P1.txt", "auditor-P2.txt", "client-O1.txt"]
    one, two, client = (path.read_text(encoding="utf-8") for path in files)
    assert one.startswith("Name P1,\n")
    assert one.endswith("Planning\n")
    assert "  Before: 2027-03-01 am to 2027-03-01 pm; team: you (lead)" in one
    assert "  Now: 2027-03-05 am to 2027-03-05 pm; team: you (lead)" in one
    assert "  Cancelled: 2027-03-02 am to 2027-03-02 pm; team: you (lead)" in one
    assert "  New: 2027-03-02 am to 2027-03-02 pm; team: you (lead)" in two
    assert "C, " in two  # the mystery visit is news for its auditor
    assert "Before: 2027-03-02 am to 2027-03-02 pm; team: Name P1 (lead)" in client
    assert "If you object to a member of the team" in client
    assert "D, " not in one + two + client


def test_a_client_hears_nothing_of_a_mystery_visit_and_old_letters_go(tmp_path: Path) -> None:
    (tmp_path / "client-O9.txt").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    am.report.letters(OLD, NEW, tmp_path, problem=office())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "auditor-P1.txt",
        "auditor-P2.txt",
        "client-O1.txt",
        "notes.txt",
    ]


def test_letters_come_in_chinese_and_in_no_other_language(tmp_path: Path) -> None:
    files = am.report.letters(OLD, NEW, tmp_path, problem=office(), lang="zh")
    assert "您的审核日程有变更" in files[0].read_text(encoding="utf-8")
    with pytest.raises(ArgumentError):
        am.report.letters(OLD, NEW, tmp_path, problem=office(), lang="fr")


def test_without_a_change_there_is_no_letter(tmp_path: Path) -> None:
    assert am.report.letters(OLD, OLD, tmp_path, problem=office()) == ()


def test_the_platforms_sheet_has_a_row_for_each_member_and_the_mode(tmp_path: Path) -> None:
    result = am.Result(am.Status.FEASIBLE, OLD, 0, 0, 0.0, "by hand", problem=office())
    path = am.report.platform(result, tmp_path / "platform.csv", prefix="CB1-")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["plan_number"], r["audit_mode"], r["auditor_id"], r["start"]) for r in rows] == [
        ("CB1-A", "FS02", "P1", MONDAY),
        ("CB1-C", "FS01", "P2", MONDAY),
        ("CB1-B", "FS03", "P1", TUESDAY),
        ("CB1-D", "FS01", "P2", FRIDAY),
    ]
