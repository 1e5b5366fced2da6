"""The files of a planning run: what stands in them, each whole or not at all, and plans read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditmatch as am
from auditmatch import outputs, report
from auditmatch.cases import START, Case, day, tiny
from auditmatch.engines import solve
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.outputs import UNSERVED_COLUMNS, read_plan, summary, write_outputs
from auditmatch.problem import Problem
from auditmatch.result import Budget, Result

FIGURES = [
    "status",
    "start",
    "end",
    "engine",
    "interrupted",
    "audits",
    "served",
    "deferred",
    "unserved",
    "hopeless",
    "cost",
    "terms",
    "bound",
    "gap",
    "closed",
    "served_at_most",
    "seconds",
    "seed",
    "versions",
]


def crowded() -> Case:
    """Six audits for three people and three days, one of which nobody can serve and one whose window has closed."""
    case = tiny(np.random.default_rng(1), audits=6, auditors=3, days=3)
    case = case.changing("requirements", 0, specialty="39.99.99")
    case = case.changing("audits", 0, earliest=START, latest=day(2), person_days=0.5, team_min=1)
    return case.changing("audits", 1, earliest=day(-9), latest=day(-8), preferred=day(-9))


def run(case: Case) -> Result:
    problem = Problem(case.register(), case.start, case.end)
    return solve(problem, Budget(work=10), engine="greedy")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Stand in for the report, and tell what it was asked for."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def stand_in(name: str) -> Callable[..., None]:
        def write(result: Result, path: Path, **more: Any) -> None:
            calls.append((name, more))
            target = Path(path)
            if name == "ics":
                target.mkdir(exist_ok=True)
                target /= "P0.ics"
            target.write_text("written")

        return write

    for name in ("html", "xlsx", "ics"):
        monkeypatch.setattr(report, name, stand_in(name))
    return calls


def test_everything_is_written(tmp_path: Path, told: list[tuple[str, dict[str, Any]]]) -> None:
    result = run(crowded())
    assert write_outputs(result, tmp_path / "new" / "run", lang="zh", seed=7) == ()
    home = tmp_path / "new" / "run"
    names = {path.name for path in home.iterdir()}
    assert names == {
        *("plan.csv", "unserved.csv", "summary.json", "matching.csv", "plan.xlsx", "calendars", "report.html"),
    }
    assert [name for name, _ in told] == ["xlsx", "ics", "html"]
    assert all(more["lang"] == "zh" for _, more in told)


def test_the_plan_comes_back_as_it_was(tmp_path: Path, told: list[Any]) -> None:
    result = run(crowded())
    write_outputs(result, tmp_path)
    assert result.plan is not None
    assert result.problem is not None
    back = read_plan(result.problem.scene.register, tmp_path / "plan.csv")
    assert back == result.plan
    assert am.verify(result.problem, back).ok


def test_pins_are_in_the_plan(tmp_path: Path, told: list[Any]) -> None:
    case = tiny(np.random.default_rng(0), audits=1, auditors=1, days=3)
    held = {"auditor_id": "P0", "field": "QMS", "specialty": "03.04.01", "valid_from": "2026-01-01", "grade": "lead"}
    need = {"audit_id": "A0", "field": "QMS", "specialty": "03.04.01"}
    case = Case({**case.tables, "qualifications": (held,), "requirements": (need,)}, START, day(2))
    pin = {"audit_id": "A0", "auditor_id": "P0", "role": "lead", "start": START, "end": START, "pin": "member"}
    case = case.having(plan=[{**pin, "pinned_by": "Li", "pin_reason": "=HYPERLINK(1)"}])
    case = case.changing("audits", 0, team_min=1, team_max=1, person_days=1.0, earliest=START, latest=day(2))
    write_outputs(run(case), tmp_path)
    (row,) = rows(tmp_path / "plan.csv")
    assert (row["pin"], row["pinned_by"]) == ("member", "Li")
    assert row["pin_reason"] == "'=HYPERLINK(1)"  # no spreadsheet runs it


def test_reasons_stand_beside_what_was_left_out(tmp_path: Path, told: list[Any]) -> None:
    write_outputs(run(crowded()), tmp_path)
    found = {row["audit_id"]: row for row in rows(tmp_path / "unserved.csv")}
    assert tuple(found["A0"]) == UNSERVED_COLUMNS
    assert (found["A0"]["status"], found["A0"]["reason"]) == ("hopeless", "competent")
    assert found["A0"]["detail"].startswith("No one holds QMS 39.99.99")
    assert found["A0"]["remedy"].startswith("Qualify one of")
    assert (found["A1"]["status"], found["A1"]["reason"]) == ("hopeless", "closed")
    write_outputs(run(crowded()), tmp_path, lang="zh")
    assert "期间无人持有" in {row["audit_id"]: row for row in rows(tmp_path / "unserved.csv")}["A0"]["detail"]


def test_the_summary_holds_the_key_figures(tmp_path: Path, told: list[Any]) -> None:
    result = run(crowded())
    write_outputs(result, tmp_path, seed=7)
    stated = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert list(stated) == FIGURES
    left = rows(tmp_path / "unserved.csv")
    # Six audits, the overdue one among the hopeless; what was not served stands in unserved.csv.
    assert stated["audits"] == 6
    assert stated["audits"] - stated["served"] == len(left)
    for status in ("deferred", "unserved", "hopeless"):
        assert stated[status] == sum(row["status"] == status for row in left)
    assert stated["cost"] == result.cost == sum(stated["terms"].values())
    assert stated["served_at_most"] is None
    assert (stated["seed"], stated["start"], stated["end"]) == (7, START, day(2))
    assert {"python", "numpy", "auditmatch"} <= set(stated["versions"])


def test_the_matching_degree_is_that_of_the_first_day(tmp_path: Path, told: list[Any]) -> None:
    result = run(crowded())
    write_outputs(result, tmp_path)
    assert result.problem is not None
    degree = am.matching_degree(result.problem.scene.register, START)
    found = rows(tmp_path / "matching.csv")
    assert [row["specialty"] for row in found] == degree.table["specialty"].tolist()
    for row, p in zip(found, degree.P.tolist(), strict=True):
        assert row["P"] == "" if np.isnan(p) else float(row["P"]) == pytest.approx(p)


def test_what_is_not_installed_leaves_a_notice_and_nothing_stale(
    tmp_path: Path, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(crowded())
    write_outputs(result, tmp_path)
    (tmp_path / "calendars" / "notes.txt").write_text("mine")

    def missing(*args: Any, **kwargs: Any) -> None:
        raise MissingExtraError("XlsxWriter", "excel", "A workbook")

    monkeypatch.setattr(report, "xlsx", missing)
    monkeypatch.setattr(report, "ics", missing)
    notices = write_outputs(result, tmp_path)
    assert [notice.split()[0] for notice in notices] == ["plan.xlsx", "calendars"]
    assert all("pip install 'auditmatch[excel]'" in notice for notice in notices)
    assert not (tmp_path / "plan.xlsx").exists()
    # The calendars of the earlier plan are gone; what a person put there is not.
    assert [path.name for path in (tmp_path / "calendars").iterdir()] == ["notes.txt"]
    assert (tmp_path / "report.html").exists()


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(crowded())
    write_outputs(result, tmp_path)
    before = (tmp_path / "plan.csv").read_bytes()

    def broken(table: Any, path: Path) -> None:
        path.write_text("audit_id,")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "write_csv", broken)
    with pytest.raises(ArgumentError, match="No space left on device"):
        write_outputs(result, tmp_path)
    assert (tmp_path / "plan.csv").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_fault_of_the_report_does_not_lose_the_plan(
    tmp_path: Path, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ArgumentError("the workbook is open in another program")

    monkeypatch.setattr(report, "xlsx", broken)
    with pytest.raises(ArgumentError, match="open in another program"):
        write_outputs(run(crowded()), tmp_path)
    assert {"plan.csv", "unserved.csv", "summary.json"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_one(place: str, tmp_path: Path, told: list[Any]) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ArgumentError, match="cannot be written"):
        write_outputs(run(crowded()), tmp_path / place)
    assert (tmp_path / "file").read_text() == "mine"


def test_without_a_plan_or_a_language_there_is_nothing_to_write(tmp_path: Path) -> None:
    result = run(crowded())
    with pytest.raises(ArgumentError, match="'de' is not a language"):
        write_outputs(result, tmp_path, lang="de")
    empty = Result(am.Status.UNKNOWN, None, None, None, 1.0, "exact")
    with pytest.raises(ArgumentError, match="there is no plan to write"):
        write_outputs(empty, tmp_path)
    assert not list(tmp_path.iterdir())
    assert summary(empty, None, ())["start"] is None
