"""The command: what it prints and writes, how it exits, and that it never ends in a traceback."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import auditmatch as am
from auditmatch import engines, report
from auditmatch.cases import START, Case, day
from auditmatch.cli import app
from auditmatch.console import figures, patient
from auditmatch.sample import sample

COMMAND = [sys.executable, "-m", "auditmatch.cli"]
FRIDAY = day(4)


def invoke(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def case() -> Case:
    """One auditor and two audits of a day, in one week."""
    visit = {"organisation_id": "O1", "kind": "special", "earliest": START, "latest": FRIDAY, "person_days": 1.0}
    audits = ({**visit, "audit_id": "A1"}, {**visit, "audit_id": "A2"})
    held = {"auditor_id": "P1", "field": "QMS", "specialty": "03.04.01", "valid_from": "2026-01-01", "grade": "lead"}
    needs = tuple({"audit_id": name, "field": "QMS", "specialty": "03.04.01"} for name in ("A1", "A2"))
    return Case(
        {
            "auditors": ({"auditor_id": "P1"},),
            "qualifications": (held,),
            "organisations": ({"organisation_id": "O1"},),
            "audits": audits,
            "requirements": needs,
        },
        START,
        FRIDAY,
    )


def stored(body: Case, folder: Path) -> Path:
    body.register().write(folder)
    return folder


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


def reasons(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "unserved.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["audit_id"]: row for row in csv.DictReader(file)}


# What it does ---------------------------------------------------------------------------------------------------------


def test_help_names_commands_and_exit_codes() -> None:
    shown = " ".join(invoke("--help").stdout.split())
    for word in ("demo", "match", "plan", "check", "sample"):
        assert word in shown
    assert "0 done" in shown
    assert "130 interrupted" in shown
    assert "Exit codes" in invoke("plan", "--help").stdout


def test_sample_writes_a_register_and_prints_its_load(tmp_path: Path) -> None:
    done = invoke("sample", tmp_path / "s", "--auditors", 6, "--audits", 12, "--seed", 1)
    assert done.exit_code == 0
    assert "person-days asked" in done.stdout
    assert f"auditmatch plan {tmp_path / 's'} --from 2027-01-04" in done.stdout
    assert am.read(tmp_path / "s") == sample(auditors=6, audits=12, seed=1)
    machine = invoke("sample", tmp_path / "t", "--auditors", 6, "--audits", 12, "--seed", 1, "--json")
    stated = json.loads(machine.stdout)
    assert stated["start"] == "2027-01-04"
    assert stated["load"] > 0


def test_match_prints_and_writes_the_degrees(data: Path, tmp_path: Path) -> None:
    done = invoke("match", data, "--out", tmp_path / "degrees.csv")
    assert done.exit_code == 0
    assert "03.04.01" in done.stdout
    assert (tmp_path / "degrees.csv").read_text(encoding="utf-8-sig").startswith("field,specialty,A1")
    stated = json.loads(invoke("match", data, "--json", "--form", "additive", "--at", START).stdout)
    assert (stated["at"], stated["form"]) == (START, "additive")
    # One auditor with x = 1; one client with y = 1/B2 + 1/C2 + 1/D + 1/E, of which E = 1/2 for two audits in a year.
    (group,) = stated["groups"]
    assert (group["A1"], group["X"], group["A2"]) == (1, 1.0, 1)


def test_match_shows_the_lowest_and_tells_of_the_rest(tmp_path: Path) -> None:
    sample(auditors=6, audits=12, seed=1).write(tmp_path / "s")
    done = invoke("match", tmp_path / "s")
    groups = json.loads(invoke("match", tmp_path / "s", "--json").stdout)["groups"]
    assert f"{len(groups) - 20} more groups" in done.stdout
    shown = [float(line.split("│")[7]) for line in done.stdout.splitlines() if line.count("│") == 8 and "." in line]
    known = sorted(group["P"] for group in groups if group["P"] is not None)
    assert shown == pytest.approx(known[: len(shown)], rel=0.01)


def test_plan_writes_prints_and_verifies(data: Path, out: Path) -> None:
    done = invoke("plan", data, "--work", 10, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "Served 2 of 2 audits" in done.stdout
    assert str(out / "report.html") in done.stdout
    stated = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    # The dates default to the span of the open audits' windows.
    assert (stated["start"], stated["end"]) == (START, FRIDAY)
    assert invoke("check", data, out / "plan.csv").exit_code == 0


def test_plan_speaks_chinese(data: Path, out: Path) -> None:
    done = invoke("plan", data, "--work", 10, "--out", out, "--lang", "zh", "--engine", "greedy")
    assert "已安排 2 / 2 项审核" in done.stdout


def test_json_is_all_that_stands_on_standard_output(data: Path, out: Path) -> None:
    done = invoke("plan", data, "--work", 10, "--out", out, "--seed", 3, "--json")
    stated = json.loads(done.stdout)
    assert stated["served"] == 2
    assert stated["seed"] == 3
    assert stated["out"] == str(out)


def test_check_finds_what_a_hand_has_broken(data: Path, out: Path) -> None:
    invoke("plan", data, "--work", 10, "--out", out)
    text = (out / "plan.csv").read_text(encoding="utf-8-sig")
    first = text.splitlines()[1].split(",")[3]
    # Both audits on one day: the one auditor is in two places.
    edited = out / "edited.csv"
    edited.write_text(re.sub(r"2027-03-\d\d", first, text))
    done = invoke("check", data, edited)
    assert done.exit_code == 1
    assert "one_place: P1 is in A1 and A2 at once" in done.stdout
    stated = json.loads(invoke("check", data, edited, "--json").stdout)
    assert stated["ok"] is False
    assert stated["violations"][0]["audits"] == ["A1", "A2"]


def test_check_takes_the_horizon_from_the_summary(data: Path, out: Path) -> None:
    invoke("plan", data, "--from", START, "--to", day(2), "--work", 10, "--out", out)
    assert f"Horizon {START} to {day(2)}" in invoke("check", data, out / "plan.csv").stdout
    assert f"Horizon {START} to {FRIDAY}" in invoke("check", data, out / "plan.csv", "--to", FRIDAY).stdout


def test_notices_go_to_standard_error(data: Path, out: Path) -> None:
    (data / "auditor.csv").write_text("a\n")
    done = invoke("plan", data, "--work", 10, "--out", out, "--json")
    assert "Note: no table is called 'auditor.csv'" in done.stderr
    assert json.loads(done.stdout)["notices"]


def test_key_figures_leave_out_what_is_not_known(tmp_path: Path) -> None:
    known = {"engine": "exact", "start": START, "end": FRIDAY, "seconds": 1.5, "served": 1, "audits": 1, "deferred": 0}
    known |= {"unserved": 0, "hopeless": 0, "cost": 5, "terms": {"travel": 5, "keep": 0}, "bound": None, "gap": None}
    shown = figures({**known, "interrupted": True}, "en", tmp_path)
    assert "Cost 5 points: travel 5." in shown
    assert "No plan costs less" not in shown
    assert "Interrupted" in shown
    assert shown.endswith(f"All files are in {tmp_path}.")


# Bad input ------------------------------------------------------------------------------------------------------------


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


# Ctrl-C ---------------------------------------------------------------------------------------------------------------


def test_interrupted_before_there_is_a_plan(data: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditmatch.problem.Problem.__init__", pressed)
    done = invoke("plan", data, "--out", out)
    assert done.exit_code == 130
    assert "no plan was written" in done.stderr


def test_one_more_press_while_the_plan_is_written_is_borne() -> None:
    # The search takes the first Ctrl-C for itself; this is about those that come after.
    borne = []

    def press_twice() -> None:
        with patient():
            os.kill(os.getpid(), signal.SIGINT)
            borne.append(True)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)

    with pytest.raises(KeyboardInterrupt):
        press_twice()
    assert borne


def test_ctrl_c_writes_the_plan_found_so_far(tmp_path: Path) -> None:
    sample(auditors=20, audits=100, seed=1).write(tmp_path / "data")
    out = tmp_path / "out"
    terminal, end = pty.openpty()  # progress is shown on terminals only
    words = [*COMMAND, "plan", str(tmp_path / "data"), "--time-limit", "300", "--out", str(out), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=end) as process:
        os.close(end)
        shown = b""
        while b"cost" not in shown:
            shown += os.read(terminal, 4096)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        printed = process.stdout.read()
        assert process.wait(60) == 3
    os.close(terminal)
    stated = json.loads(printed)
    assert stated["interrupted"] is True
    assert (out / "plan.csv").exists()
    assert b"Traceback" not in shown
    checked = subprocess.run([*COMMAND, "check", str(tmp_path / "data"), str(out / "plan.csv")], check=False)
    assert checked.returncode == 0


# As a process ---------------------------------------------------------------------------------------------------------


def test_the_demo_from_start_to_finish(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    done = subprocess.run(
        [*COMMAND, "demo", "--time-limit", "1", "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    names = {path.name for path in out.iterdir()}
    assert {"register", "plan.csv", "unserved.csv", "summary.json", "matching.csv", "plan.xlsx", "report.html"} <= names
    assert list((out / "calendars").glob("*.ics"))
    assert f"Open {out / 'report.html'}" in done.stdout
    stated = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert stated["audits"] == 200
    checked = subprocess.run([*COMMAND, "check", str(out / "register"), str(out / "plan.xlsx")], check=False)
    assert checked.returncode == 0


def test_the_command_is_light_to_load() -> None:
    asked = "import sys, auditmatch.cli; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    heavy = {"pandas", "ortools", "numba", "scipy", "pyarrow", "matplotlib", "narwhals", "numpy", "skfuzzy"}
    assert not heavy & set(done.stdout.split())
