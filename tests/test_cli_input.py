"""Bad input at the command: a clear error or a reason, never a traceback, never a lost plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import FRIDAY, case, invoke, reasons, stored

import auditmatch as am
from auditmatch import engines, report
from auditmatch.cases import START, day


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(case(), tmp_path / "data")


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the plan; the report, which has tests of its own, is only marked as written."""

    def mark(result: Any, path: Path, **more: Any) -> None:
        Path(path).touch()

    for name in ("html", "xlsx", "ics"):
        monkeypatch.setattr(report, name, mark)
    return tmp_path / "out"


def broken(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.csv").write_text(text)


def appended(folder: Path, name: str, line: str) -> None:
    path = folder / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8-sig") + line + "\n")


def replaced(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(old, new, 1))


LINK = "first_audit,second_audit,kind\nA1,A2,interval\nA2,A1,interval\n"
BAD = {
    "empty table": (lambda d: broken(d, "auditors", ""), "auditors.csv"),
    "no rows": (lambda d: broken(d, "auditors", "auditor_id\n"), "auditors"),
    "not text": (lambda d: (d / "auditors.csv").write_bytes(b"auditor_id\n\xff\xfe\x81"), "neither UTF-8 nor GB18030"),
    "cyclic link": (lambda d: broken(d, "links", LINK), "waits for itself: A1 -> A2 -> A1"),
    "40 MB cell": (lambda d: appended(d, "auditors", "P2," + "x" * 40_000_000), "auditors.csv"),
    "year 9999": (lambda d: replaced(d, "audits", FRIDAY, "9999-12-31"), "9999-12-31"),
    "no such day": (lambda d: replaced(d, "audits", FRIDAY, "2027-02-30"), "Maybe 2027-02-28?"),
    "NaN factor": (lambda d: broken(d, "auditors", "auditor_id,routine\nP1,nan\n"), "routine"),
    "duplicate key": (lambda d: appended(d, "auditors", "P1"), "stands already in row 2"),
    "unknown name": (lambda d: replaced(d, "requirements", "A1", "A11"), "A11 is not in audits.csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables_are_named_and_nothing_is_written(name: str, data: Path, out: Path) -> None:
    spoil: Callable[[Path], Any] = BAD[name][0]
    spoil(data)
    done = invoke("plan", data, "--work", 10, "--out", out, "--json")
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert BAD[name][1] in done.stderr
    assert len(done.stderr) < 3_000
    stated = json.loads(done.stdout)
    assert stated["error"] == "InputError"
    assert stated["problems"][0]["message"]
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plan", "gone"], "there is no such file or folder"),
        (["match", "gone"], "there is no such file or folder"),
        (["plan", "{data}", "--engine", "exakt"], "Maybe 'exact'?"),
        (["plan", "{data}", "--lang", "de"], "'de' is not a language"),
        (["plan", "{data}", "--from", "2027-03-09", "--to", "2027-03-01"], "before it starts"),
        (["plan", "{data}", "--from", "soon"], "'soon' is not a date"),
        (["plan", "{data}", "--time-limit", "-1"], "seconds=-1.0"),
        (["plan", "{data}", "--out", "{data}/audits.csv"], "audits.csv cannot be written"),
        (["check", "{data}", "gone.csv"], "there is no such file"),
        (["match", "{data}", "--form", "fuzzy"], "fuzzy"),
        (["match", "{data}", "--at", "someday"], "someday"),
        (["sample", "{data}/s", "--auditors", "0"], "auditors is 0"),
        (["sample", "{data}/s", "--load", "nan"], "load is nan"),
        (["plan"], "Missing argument"),
        (["plam"], "No such command"),
        (["plan", "{data}", "--work", "many"], "integer"),
    ],
)
def test_bad_words_are_named(words: list[str], message: str, data: Path, out: Path) -> None:
    done = invoke(*(word.format(data=data) for word in words))
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert message in " ".join(done.stderr.split())


def test_a_place_that_cannot_be_written_is_known_before_the_search(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "solve", None)  # never called
    (tmp_path / "taken").write_text("mine")
    done = invoke("plan", data, "--out", tmp_path / "taken")
    assert done.exit_code == 2
    assert "taken cannot be written" in done.stderr


def test_an_unreadable_workbook(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"PK not a workbook")
    done = invoke("plan", tmp_path / "book.xlsx")
    assert done.exit_code == 2
    assert "cannot be read" in done.stderr


def test_nothing_to_plan(tmp_path: Path) -> None:
    idle = case().changing("audits", 0, status="done").changing("audits", 1, status="cancelled")
    done = invoke("plan", stored(idle, tmp_path / "idle"))
    assert done.exit_code == 2
    assert "nothing to plan" in done.stderr


def test_reasons_instead_of_errors(tmp_path: Path, out: Path) -> None:
    # A window that closed, an audit nobody can serve, an auditor without qualification, a pin that breaks a rule.
    body = case().having(
        auditors=[{"auditor_id": "P2"}],
        audits=[
            {**case().tables["audits"][0], "audit_id": "A3", "earliest": day(-30), "latest": day(-20)},
            {**case().tables["audits"][0], "audit_id": "A4"},
            {**case().tables["audits"][0], "audit_id": "A5"},
        ],
        requirements=[
            {"audit_id": "A3", "field": "QMS", "specialty": "03.04.01"},
            {"audit_id": "A4", "field": "EnMS", "specialty": "03.04.01"},
            {"audit_id": "A5", "field": "QMS", "specialty": "03.04.01"},
        ],
        plan=[{"audit_id": "A5", "auditor_id": "P2", "role": "lead", "start": START, "end": START, "pin": "both"}],
    )
    done = invoke("plan", stored(body, tmp_path / "body"), "--from", START, "--work", 10, "--out", out)
    assert done.exit_code == 0, done.stderr
    found = reasons(out)
    assert {name: (row["status"], row["reason"]) for name, row in found.items()} == {
        "A3": ("hopeless", "closed"),
        "A4": ("hopeless", "competent"),
        "A5": ("hopeless", "pin"),
    }
    assert "breaks the rule" in found["A5"]["detail"]
    assert found["A4"]["remedy"] == "Hire someone for EnMS 03.04.01."


def test_without_a_plan_the_exit_says_so(data: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = am.Result(am.Status.INFEASIBLE, None, None, None, 1.0, "exact")
    monkeypatch.setattr(engines, "solve", lambda *args, **kwargs: none)
    done = invoke("plan", data, "--out", out, "--json")
    assert done.exit_code == 4
    assert "infeasible, no plan" in done.stderr
    assert json.loads(done.stdout)["status"] == "infeasible"
    assert not list(out.iterdir())


def test_what_is_not_installed_is_said_and_the_plan_stays(
    data: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*args: Any, **more: Any) -> None:
        raise am.errors.MissingExtraError("XlsxWriter", "excel", "A workbook")

    monkeypatch.setattr(report, "xlsx", missing)
    done = invoke("plan", data, "--work", 10, "--out", out)
    assert done.exit_code == 0
    assert "pip install 'auditmatch[excel]'" in done.stderr
    assert (out / "plan.csv").exists()
