"""Plans read back, as written or as edited by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditmatch as am
from auditmatch.cases import START, tiny
from auditmatch.errors import InputError
from auditmatch.outputs import horizon_of, read_plan
from auditmatch.plan import Plan


@pytest.fixture
def register() -> am.Register:
    return tiny(np.random.default_rng(1), audits=2, auditors=2, days=3).register()


def plan_rows(**cells: Any) -> Any:
    row = {"audit_id": "A0", "auditor_id": "P0", "role": "lead", "start": START, "end": START}
    return {name: [value] for name, value in {**row, **cells}.items()}


@pytest.mark.parametrize("name", ["plan.csv", "edited.csv"])
def test_a_plan_from_a_file(name: str, tmp_path: Path, register: am.Register) -> None:
    (tmp_path / name).write_text(f"audit_id,auditor_id,role,start,end\nA0,P0,lead,{START},{START}\n")
    plan = read_plan(register, tmp_path / name)
    assert [(b.audit, b.start, b.end_half) for b in plan.bookings] == [("A0", START, "pm")]


def test_a_plan_from_a_workbook(tmp_path: Path, register: am.Register) -> None:
    register.with_tables(plan=plan_rows()).write(tmp_path / "plan.xlsx")
    assert read_plan(register, tmp_path / "plan.xlsx").audits == ("A0",)


def test_a_workbook_without_the_sheet(tmp_path: Path, register: am.Register) -> None:
    register.write(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match="has no sheet called plan"):
        read_plan(register, tmp_path / "book.xlsx")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("A0,P0,lead,2027-02-30,2027-03-01", "2027-02-30"),
        ("A0,P9,lead,2027-03-01,2027-03-01", "P9 is not in auditors"),
        ("A9,P0,lead,2027-03-01,2027-03-01", "A9 is not in audits"),
        ("A0,P0,boss,2027-03-01,2027-03-01", "boss"),
        ("A0,P0,lead,9999-01-01,9999-01-01", "9999-01-01"),
        ("A0,P0,lead,2027-03-01,2027-03-01\nA0,P0,lead,2027-03-01,2027-03-01", "stands already in row 2"),
        ("A0,P0,lead,2027-03-01,2027-03-01,one,too,many", "has 8 cells"),
        (f"A0,P0,{'x' * 2_000_000},2027-03-01,2027-03-01", "edited.csv"),
    ],
)
def test_rows_that_cannot_be_used_are_named(content: str, message: str, tmp_path: Path, register: am.Register) -> None:
    path = tmp_path / "edited.csv"
    path.write_text(f"audit_id,auditor_id,role,start,end\n{content}\n")
    with pytest.raises(InputError, match=r"edited\.csv") as caught:
        read_plan(register, path)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize(("name", "message"), [("gone.csv", "no such file"), ("folder", "folder/plan.csv")])
def test_a_file_that_is_not_there(name: str, message: str, tmp_path: Path, register: am.Register) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "plan.csv").write_text("audit_id\n")
    with pytest.raises(InputError, match=message):
        read_plan(register, tmp_path / name)


def test_a_workbook_that_is_none(tmp_path: Path, register: am.Register) -> None:
    (tmp_path / "plan.xlsx").write_text("not a workbook")
    with pytest.raises(InputError, match="cannot be read"):
        read_plan(register, tmp_path / "plan.xlsx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"start": "2027-03-01", "end": "2027-03-05"}', ("2027-03-01", "2027-03-05")),
        ('{"start": "2027-03-01"}', ("2027-03-01", None)),
        ("[1]", (None, None)),
        ("{", (None, None)),
        (None, (None, None)),
    ],
)
def test_the_horizon_is_read_from_the_summary_beside(
    text: str | None, expected: tuple[Any, Any], tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "summary.json").write_text(text)
    assert horizon_of(tmp_path / "plan.csv") == expected


def test_an_empty_plan_is_a_plan(tmp_path: Path, register: am.Register) -> None:
    (tmp_path / "plan.csv").write_text("audit_id,auditor_id,role,start,end\n")
    assert read_plan(register, tmp_path / "plan.csv") == Plan.from_bookings([])
