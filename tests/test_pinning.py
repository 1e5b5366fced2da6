"""Pins and edits: what is pinned stays, and the log tells who pinned what, when and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from bodies import FRIDAY, MONDAY, TUESDAY, body, booked

import auditmatch as am
from auditmatch.errors import ArgumentError, UnknownNameError
from auditmatch.pinning import keep_edits, pin, read_log, unpin
from auditmatch.plan import Plan

LEAD, OTHER = ("P1", "lead"), ("P2", "member")
PLAN = Plan.from_bookings([booked("A", MONDAY, LEAD, OTHER), booked("B", TUESDAY, LEAD)])
WHO = {"by": "Li", "reason": "promised"}


def pins(plan: Plan) -> dict[tuple[str, str], str]:
    t = plan.table
    return dict(zip(zip(t["audit_id"], t["auditor_id"], strict=True), t["pin"], strict=True))


def test_an_audit_several_or_all_that_a_question_picks_are_pinned() -> None:
    assert pins(pin(PLAN, "A", **WHO)) == {("A", "P1"): "both", ("A", "P2"): "both", ("B", "P1"): "none"}
    assert set(pins(pin(PLAN, ["A", "B"], "date", **WHO)).values()) == {"date"}
    assert pins(pin(PLAN, lambda b: b.start == TUESDAY, "team", **WHO))["B", "P1"] == "member"
    assert set(pins(PLAN).values()) == {"none"}  # the plan itself stays


def test_one_member_is_pinned_and_pins_add_up() -> None:
    member = pin(PLAN, "A", "member", member="P2", **WHO)
    assert pins(member) == {("A", "P1"): "none", ("A", "P2"): "member", ("B", "P1"): "none"}
    dated = pin(member, "A", "date", **WHO)
    assert pins(dated)["A", "P2"] == "both"
    assert pins(dated)["A", "P1"] == "date"
    assert set(pins(unpin(dated, "A", **WHO)).values()) == {"none"}


def test_the_log_is_appended_to_and_read_back(tmp_path: Path) -> None:
    log = tmp_path / "log" / "pins.csv"
    pinned = pin(PLAN, "A", "date", by="=Li", reason="client asked", log=log)
    before = log.read_bytes()
    unpin(pinned, "A", by="Wang", reason="client agreed", log=log)
    assert log.read_bytes().startswith(before)
    lines = read_log(log)
    told = [(x["action"], x["audit_id"], x["auditor_id"], x["what"], x["reason"]) for x in lines]
    assert told == [
        ("pin", "A", "P1", "date", "client asked"),
        ("pin", "A", "P2", "date", "client asked"),
        ("unpin", "A", "P1", "date", "client agreed"),
        ("unpin", "A", "P2", "date", "client agreed"),
    ]
    assert lines[0]["by"] == "'=Li"  # no spreadsheet runs it
    assert lines[0]["at"].endswith("+00:00")


def test_what_nobody_answers_for_is_refused_and_nothing_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "pins.csv"
    for wrong in ({"by": " ", "reason": "x"}, {"by": "Li", "reason": ""}):
        with pytest.raises(ArgumentError, match="is empty"):
            pin(PLAN, "A", log=log, **wrong)
    with pytest.raises(ArgumentError, match="what='dates'"):
        pin(PLAN, "A", "dates", **WHO, log=log)
    with pytest.raises(ArgumentError, match="a member is named"):
        pin(PLAN, "A", "member", **WHO, log=log)
    with pytest.raises(UnknownNameError, match="no booked audit is called 'a'"):
        pin(PLAN, "a", **WHO, log=log)
    with pytest.raises(UnknownNameError, match="auditor of these audits is called 'P2'"):
        pin(PLAN, "B", "member", member="P2", **WHO, log=log)
    assert not log.exists()
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ArgumentError, match="no log of pins"):
        read_log(tmp_path / "other.csv")


def test_a_log_that_cannot_be_written_pins_nothing(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="Nothing is pinned"):
        pin(PLAN, "A", **WHO, log=tmp_path)


def test_replan_keeps_a_persons_edits_and_mends_the_rest(tmp_path: Path) -> None:
    problem = body().audit("A").audit("B").audit("C").problem()
    old = Plan.from_bookings([booked("A", MONDAY, LEAD), booked("B", TUESDAY, LEAD), booked("C", FRIDAY, LEAD)])
    # A person put A on B's day.
    edited = Plan.from_bookings([booked("A", TUESDAY, LEAD), booked("B", TUESDAY, LEAD)])
    assert not am.verify(problem, edited).ok
    kept = keep_edits(old, edited, by="Li", reason="client asked", log=tmp_path / "log.csv")
    after = am.replan(problem, kept)
    assert am.verify(after.problem, after.plan).ok
    days = {b.audit: b.start for b in after.plan.bookings}
    assert days["A"] == TUESDAY
    assert days["B"] != TUESDAY
    assert [(x["action"], x["audit_id"], x["what"]) for x in read_log(tmp_path / "log.csv")] == [
        ("edit", "A", "moved"),
        ("edit", "C", "removed"),
    ]
