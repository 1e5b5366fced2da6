"""The workbook: the right sheets, dates as dates, text that stays text, and a plan sheet that reads back."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from report_samples import FORMULA, IMAGE, PEOPLE, SCRIPT, SECRET, TOLD, hostile

import auditmatch as am
import auditmatch.report.book as book
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.plan import Plan, plan_table
from auditmatch.tables import TABLES

SHEETS = ["plan", "by auditor", "unserved", "matching", "load", "cost", "summary"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = am.report.xlsx(hostile(), tmp_path_factory.mktemp("book") / "plan.xlsx", explanations=TOLD)
    return openpyxl.load_workbook(path)


def rows(sheet: Any) -> list[dict[str, Any]]:
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def test_a_result_alone_is_enough(tmp_path: Path) -> None:
    assert am.report.xlsx(hostile(), tmp_path / "plan.xlsx") == tmp_path / "plan.xlsx"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.xlsx"]


def test_every_sheet_has_a_frozen_header_and_a_filter(opened: Any) -> None:
    assert opened.sheetnames == SHEETS
    for sheet in opened:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(9 < column.width <= 62 for column in sheet.column_dimensions.values())


def test_no_cell_is_a_formula_and_hostile_texts_stand_as_they_are(opened: Any) -> None:
    cells = [cell for sheet in opened for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert all(cell.hyperlink is None for cell in cells)
    texts = {cell.value for cell in cells}
    assert {FORMULA, IMAGE, SCRIPT, f"remedy en {FORMULA}"} <= texts
    assert not any(SECRET in str(text) for text in texts)


def test_the_plan_sheet_reads_back_as_the_plan(opened: Any) -> None:
    sheet = rows(opened["plan"])
    names = [column.name for column in TABLES["plan"].columns]
    assert list(sheet[0])[: len(names)] == names
    columns = {name: [row[name] for row in sheet] for name in names}
    for day in ("start", "end"):
        assert {type(value) for value in columns[day]} == {datetime.datetime}
        columns[day] = [value.date() for value in columns[day]]
    assert Plan(plan_table(columns)) == hostile().plan
    assert [row["client"] for row in sheet] == [IMAGE, IMAGE, FORMULA, FORMULA]


def test_by_auditor_lists_each_persons_days_in_order(opened: Any) -> None:
    sheet = rows(opened["by auditor"])
    assert [(row["auditor_id"], row["audit_id"], row["role"], row["days"]) for row in sheet] == [
        (PEOPLE[0], "V1", "lead", 1.5),
        (PEOPLE[0], "V0", "lead", 1),
        (PEOPLE[1], "V1", "member", 1.5),
        (PEOPLE[1], "V2", "lead", 1),
        (PEOPLE[2], "V2", "intern", 1),
    ]
    assert sheet[0]["start"] == datetime.datetime(2027, 1, 4)
    assert sheet[0]["team"] == f"{PEOPLE[0]}, {PEOPLE[1]}"


def test_unserved_matching_load_and_cost_say_their_numbers(opened: Any) -> None:
    unserved = rows(opened["unserved"])
    assert [(row["audit_id"], row["status"]) for row in unserved] == [
        (SCRIPT, "unserved"),
        ("V4", "deferred"),
        ("V5", "hopeless"),
    ]
    assert unserved[1]["deadline"] == datetime.datetime(2027, 2, 15)
    degree = am.matching_degree(hostile().problem.scene.register, at="2027-01-04").table
    assert [row["specialty"] for row in rows(opened["matching"])] == degree["specialty"].tolist()
    assert [row["A1"] for row in rows(opened["matching"])] == degree["A1"].tolist()
    assert [(row["days booked"], row["days there"]) for row in rows(opened["load"])] == [
        (2.5, 10),
        (2.5, 10),
        (1, 8.5),
        (0, 5),
    ]
    assert rows(opened["cost"])[0] == {
        "goal": "unserved",
        "points": 1000,
        "share": 1000 / 1200,
        "meaning": "audits left out",
    }


def test_the_summary_says_what_the_result_says(opened: Any) -> None:
    summary = {row["item"]: row["value"] for row in rows(opened["summary"])}
    assert summary["horizon from"] == datetime.datetime(2027, 1, 4)
    assert (summary["cost in points"], summary["bound in points"], summary["gap"]) == (1200, 800, 0.5)
    assert (summary["audits served"], summary["audits hopeless"], summary["status"]) == (2, 1, "feasible")
    assert summary["stopped early"] is False


def test_chinese_sheets_keep_the_plan_sheet_readable(tmp_path: Path) -> None:
    made = openpyxl.load_workbook(am.report.xlsx(hostile(), tmp_path / "b.xlsx", explanations=TOLD, lang="zh"))
    assert made.sheetnames == ["plan", "按审核员", "未安排", "匹配度", "工作负荷", "成本", "汇总"]
    assert made["plan"]["A1"].value == "audit_id"
    assert made["按审核员"]["A1"].value == "审核员编号"
    assert made["未安排"]["D2"].value == f"reason zh {IMAGE}"


def test_a_result_without_a_plan_is_a_workbook_as_well(tmp_path: Path) -> None:
    nothing = replace(hostile(), plan=None, cost=None, bound=None, terms=None, served=(), greedy_cost=None)
    made = openpyxl.load_workbook(am.report.xlsx(nothing, tmp_path / "b.xlsx"))
    assert made["plan"].max_row == 1
    assert {row["item"]: row["value"] for row in rows(made["summary"])}["cost in points"] is None


def test_a_sheet_too_long_for_a_workbook_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(book, "_MOST_ROWS", 3)
    with pytest.raises(ArgumentError, match="plan has 4 rows; a sheet holds 3"):
        am.report.xlsx(hostile(), tmp_path / "b.xlsx", explanations=TOLD)
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_the_command_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"auditmatch\[excel\]"):
        am.report.xlsx(hostile(), tmp_path / "b.xlsx")
