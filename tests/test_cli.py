"""The command: what it prints and writes, how it exits, and how it bears Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from commands import COMMAND, FRIDAY, case, invoke, stored

import auditmatch as am
from auditmatch import report
from auditmatch.cases import START, day
from auditmatch.console import figures, patient
from auditmatch.sample import sample


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


def test_replan_mends_a_plan_and_diff_tells_what_changed(data: Path, out: Path, tmp_path: Path) -> None:
    assert invoke("plan", data, "--work", 1, "--out", out).exit_code == 0
    events, new = tmp_path / "events.csv", tmp_path / "new"
    events.write_text("kind,audit_id\ncancelled,A1\n")
    told = invoke("replan", data, out / "plan.csv", events, "--out", new, "--time-limit", 0)
    assert told.exit_code == 0, told.output
    assert told.output.startswith("1 audits change.\n  A1 removed: ")
    assert (new / "changes.csv").read_text(encoding="utf-8-sig").splitlines()[1].startswith("A1,removed,")
    assert {path.name for path in new.iterdir()} >= {"plan.csv", "unserved.csv", "summary.json", "report.html"}
    difference = invoke("diff", data, out / "plan.csv", new / "plan.csv", "--json")
    assert [(row["audit"], row["kind"], row["tell"]) for row in json.loads(difference.output)] == [
        ("A1", "removed", ["P1"])
    ]
    assert invoke("diff", data, new / "plan.csv", new / "plan.csv").output == "0 audits change.\n"


def test_replan_writes_letters(data: Path, out: Path, tmp_path: Path) -> None:
    assert invoke("plan", data, "--work", 1, "--out", out).exit_code == 0
    events = tmp_path / "events.csv"
    events.write_text("kind,audit_id\ncancelled,A1\n")
    assert invoke("replan", data, out / "plan.csv", events, "--out", out, "--time-limit", 0).exit_code == 0
    assert sorted(path.name for path in (out / "letters").iterdir()) == ["auditor-P1.txt", "client-O1.txt"]


def test_whatif_tries_changes_storms_and_headcounts(data: Path, out: Path) -> None:
    assert invoke("plan", data, "--work", 1, "--out", out).exit_code == 0
    plan = out / "plan.csv"
    told = invoke("whatif", data, plan, "--hire", "P1", "--train", "P1:QMS:17.10.02", "--time-limit", 0, "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    assert found["edits"] == ["hire NEW1 like P1", "train P1 for QMS 17.10.02 as auditor"]
    assert found["truth"] is None
    again = invoke("whatif", data, plan, "--weigh", "travel=3", "--time-limit", 1)
    assert "planned again" in again.output
    assert invoke("whatif", data, plan, "--storm", 2).output.startswith("of all bookings")
    assert invoke("whatif", data, plan, "--headcount").output.startswith("1 of 1 auditors would do (proved least)")
    line = invoke("whatif", data, plan, "--hire", "P1", "--frontier", "--time-limit", 1)
    assert line.output.splitlines()[0].startswith("0 (none): 2 served")
    for wrong in (("--train", "P1:QMS"), ("--widen", "A1:x"), ("--weigh", "travel"), ("--leave", "P9"), ()):
        refused = invoke("whatif", data, plan, *wrong)
        assert refused.exit_code == 2
        assert "Maybe" in refused.output or "P9" in refused.output


def test_replan_refuses_events_about_strangers_and_writes_nothing(data: Path, out: Path, tmp_path: Path) -> None:
    assert invoke("plan", data, "--work", 1, "--out", out).exit_code == 0
    events, before = tmp_path / "events.csv", (out / "plan.csv").read_bytes()
    events.write_text("kind,audit_id\ncancelled,A9\n")
    told = invoke("replan", data, out / "plan.csv", events, "--out", tmp_path / "new")
    assert told.exit_code == 2
    assert "events row 2, audit_id: A9 is not in audits" in told.output
    assert not (tmp_path / "new" / "plan.csv").exists()
    assert (out / "plan.csv").read_bytes() == before
