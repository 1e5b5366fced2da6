"""What is installed: metadata, typing marker, command; and what is said when an optional part is not installed."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

import auditmatch as am
from auditmatch import calendar

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def installed() -> Distribution:
    try:
        return distribution("auditmatch")
    except PackageNotFoundError:
        pytest.skip("run from the source tree; `python3 run.py test` installs the wheel")


def test_the_installed_package_is_typed_and_whole(installed: Distribution) -> None:
    files = {str(path) for path in installed.files or ()}
    assert "auditmatch/py.typed" in files
    kept = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*") if path.is_file()}
    assert {name for name in kept if not name.endswith(".pyc")} <= files
    assert any(name.endswith("licenses/LICENSE") for name in files)


def test_the_metadata_says_what_the_project_file_says(installed: Distribution) -> None:
    meta = installed.metadata
    assert meta["Name"] == "auditmatch"
    assert meta["Version"] == am.__version__ == PROJECT["version"]
    assert meta["Requires-Python"] == ">=3.11"
    assert meta["License-Expression"] == "MIT"
    assert set(meta.get_all("Provides-Extra") or ()) == set(PROJECT["optional-dependencies"])


def test_the_command_leads_to_the_function(installed: Distribution) -> None:
    (entry,) = installed.entry_points.select(group="console_scripts", name="auditmatch")
    assert callable(entry.load())


def test_the_extra_all_takes_every_optional_part() -> None:
    extras = PROJECT["optional-dependencies"]
    named = re.fullmatch(r"auditmatch\[(.*)\]", extras["all"][0])
    assert named is not None
    assert set(named[1].split(",")) == set(extras) - {"all", "docs", "test", "dev"}


def test_the_constraints_name_versions_and_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 50
    assert not [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line)]
    pinned = {line.partition("==")[0] for line in lines}
    wanted = [
        *PROJECT["dependencies"],
        *(need for needs in PROJECT["optional-dependencies"].values() for need in needs),
    ]
    names = {re.split(r"[\[<>=]", need)[0].lower() for need in wanted} - {"auditmatch"}
    assert names <= pinned


@pytest.fixture(scope="module")
def register() -> am.Register:
    return am.sample(auditors=6, audits=8, seed=1)


def plan_of(register: am.Register) -> am.Result:
    first, last = register.audits["earliest"].min(), register.audits["latest"].max()
    return am.solve(am.Problem(register, first, last), am.Budget(work=1), engine="greedy")


def read_back(name: str) -> Callable[[am.Register, Path], object]:
    """Return a reader of a file that exists, whatever stands in it: the missing package is noticed first."""

    def read(_: am.Register, folder: Path) -> object:
        (folder / name).write_bytes(b"PK\x03\x04 anything")
        return am.read(folder / name if name.endswith((".xlsx", ".duckdb")) else folder)

    return read


def read_calendar(register: am.Register, folder: Path) -> object:
    register.write(folder / "cb")
    (folder / "leave.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    return am.read(folder / "cb", absences_ics=folder / "leave.ics")


MISSING: dict[str, tuple[str, str, Callable[[am.Register, Path], object]]] = {
    "read a workbook": ("python_calamine", "excel", read_back("cb.xlsx")),
    "write a workbook": ("xlsxwriter", "excel", lambda r, folder: r.write(folder / "cb.xlsx")),
    "read Parquet": ("pyarrow.parquet", "io", read_back("audits.parquet")),
    "write Parquet": ("pyarrow.parquet", "io", lambda r, folder: r.write(folder / "cb", "parquet")),
    "read a DuckDB file": ("duckdb", "io", read_back("cb.duckdb")),
    "write a DuckDB file": ("duckdb", "io", lambda r, folder: r.write(folder / "cb.duckdb")),
    "read absences": ("icalendar", "calendar", read_calendar),
    "know the holidays": ("holidays", "calendar", lambda r, _: am.Problem(r, "2027-01-04", "2027-01-29")),
    "write calendars": ("icalendar", "calendar", lambda r, folder: am.report.ics(plan_of(r), folder)),
    "draw a figure": ("matplotlib", "plot", lambda r, _: am.report.plots.trace(plan_of(r))),
    "write the plan's workbook": (
        "xlsxwriter",
        "excel",
        lambda r, folder: am.report.xlsx(plan_of(r), folder / "p.xlsx"),
    ),
}


@pytest.mark.parametrize("what", MISSING)
def test_a_missing_part_is_named_with_the_command_that_installs_it(
    what: str, register: am.Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, extra, call = MISSING[what]
    calendar._country_days.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)  # importing it raises ImportError from now on
    with pytest.raises(am.errors.MissingExtraError) as caught:
        call(register, tmp_path)
    assert f"pip install 'auditmatch[{extra}]'" in str(caught.value)
    assert not list(tmp_path.glob("cb/*.parquet"))  # nothing half written
