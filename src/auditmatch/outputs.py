"""The files of a planning run: written one by one, each whole or not at all, and read back for a check."""

from __future__ import annotations

import csv
import json
import platform
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from auditmatch.cells import as_text
from auditmatch.delimited import read_csv, wrap, write_csv
from auditmatch.errors import ArgumentError, InputError, InputProblem, MissingExtraError
from auditmatch.explain import Explanation, explain, explain_all
from auditmatch.matching import MatchingDegree, matching_degree
from auditmatch.plan import Plan
from auditmatch.problem import Problem
from auditmatch.programme import Programme
from auditmatch.register import Register
from auditmatch.report.whole import write_whole
from auditmatch.result import Result
from auditmatch.words import language

UNSERVED_COLUMNS = ("audit_id", "status", "reason", "detail", "remedy")
# Audits left out for which remedies are tried, a tenth of a second each.
MOST_REMEDIES = 20
_PACKAGES = ("auditmatch", "numpy", "ortools", "numba", "scipy", "narwhals", "holidays")


def write_outputs(
    result: Result,
    folder: str | Path,
    *,
    degree: MatchingDegree | None = None,
    lang: str = "en",
    seed: int | None = None,
    before: Plan | None = None,
    programme: Programme | None = None,
) -> tuple[str, ...]:
    """Write plan.csv, unserved.csv, summary.json, matching.csv, plan.xlsx, calendars and report.html into a folder.

    Parameters
    ----------
    result
        A run with a plan and its problem.
    folder
        Made where it is not there; other files in it are left alone.
    degree
        The matching degree; default: on the horizon's first day.
    lang
        Language of reasons, workbook, calendars and report.
    seed
        The run's seed, for the summary.
    before, programme
        The plan before, and the programme planned, for the report to show.

    Returns
    -------
    tuple of str
        A notice for each file that could not be written because an optional part is not installed. A file of that name
        from an earlier run is removed, for it would tell of another plan.

    Raises
    ------
    ArgumentError
        The result has no plan, the language is not known, or the folder cannot be written.
    """
    language(lang)
    problem, plan = result.problem, result.plan
    if problem is None or plan is None:
        raise ArgumentError("there is no plan to write. Maybe give the run more time?")
    home = prepare(folder)
    # The plan comes first: whatever goes wrong later, it is not lost.
    write_whole(home / "plan.csv", partial(write_csv, plan.table))
    left_out = _with_remedies(problem, plan, explain_all(problem, plan))
    rows = [_row(each, lang) for each in left_out]
    write_whole(home / "unserved.csv", lambda path: _write_rows(path, UNSERVED_COLUMNS, rows))
    stated = json.dumps(summary(result, seed, left_out), ensure_ascii=False, indent=2, allow_nan=False)
    write_whole(home / "summary.json", lambda path: path.write_text(stated + "\n", encoding="utf-8"))
    degree = degree or matching_degree(problem.scene.register, problem.scene.start)
    write_frame(home / "matching.csv", degree.table)
    page: dict[str, Any] = {"before": before, "programme": programme}
    return _write_report(result, home, degree, left_out, lang, page)


def _with_remedies(problem: Problem, plan: Plan, told: Sequence[Explanation]) -> tuple[Explanation, ...]:
    """Return explanations, those of the audits that cost most with the remedies that were tried."""
    dear = sorted(told, key=lambda each: -(each.penalty or 0))[:MOST_REMEDIES]
    asked = {each.audit for each in dear}
    return tuple(explain(problem, plan, each.audit) if each.audit in asked else each for each in told)


def prepare(folder: str | Path) -> Path:
    """Make a folder ready to be written to, before a long search rather than after it.

    Raises
    ------
    ArgumentError
        It cannot be made or written to.
    """
    home = Path(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            return home
    except OSError as error:
        raise ArgumentError(f"{folder} cannot be written: {error.strerror or error}. Maybe another folder?") from error


def summary(result: Result, seed: int | None, left_out: Sequence[Explanation]) -> dict[str, Any]:
    """Return the key figures of a run as plain values; absent ones are None.

    Parameters
    ----------
    result
        A run with its problem.
    seed
        The run's seed.
    left_out
        Explanations of the audits left out, as `explain_all` returns them; the overdue count among the hopeless.
    """
    hopeless = sum(each.status == "hopeless" for each in left_out)
    counts = {"served": len(result.served), "deferred": len(result.deferred), "unserved": len(result.unserved)}
    scene = result.problem.scene if result.problem else None
    return {
        "status": str(result.status),
        "start": str(scene.start) if scene else None,
        "end": str(scene.end) if scene else None,
        "engine": result.engine,
        "interrupted": result.interrupted,
        "audits": sum(counts.values()) + hopeless,
        **counts,
        "hopeless": hopeless,
        "cost": result.cost,
        "terms": result.terms,
        "bound": result.bound,
        "gap": result.gap,
        "closed": result.closed,
        "served_at_most": result.served_at_most,
        "seconds": round(result.seconds, 3),
        "seed": seed,
        "versions": _versions(),
    }


def read_plan(register: Register, path: str | Path) -> Plan:
    """Read a plan that a person may have edited: a .csv file, or the sheet `plan` of a workbook.

    Raises
    ------
    InputError
        The file cannot be read, or rows of it cannot be used; all problems are listed.
    MissingExtraError
        A workbook, without the package that reads it.
    """
    file = Path(path)
    if not file.is_file():
        near = file / "plan.csv"
        raise _fault(file, "there is no such file", f"{near}?" if near.is_file() else None)
    try:
        if file.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"):
            from auditmatch.workbook import read_workbook

            sheets = read_workbook(file)
            if "plan" not in sheets:
                raise _fault(file, "has no sheet called plan", f"rename the sheet {next(iter(sheets), 'with it')}?")
            raw = sheets["plan"]
        else:
            raw = read_csv(file)
    except OSError as error:
        raise _fault(file, f"cannot be read: {error.strerror or error}") from error
    return Plan(register.with_tables(plan=raw).plan, register.native)


def horizon_of(path: str | Path) -> tuple[str | None, str | None]:
    """Return the horizon that the summary beside a plan states; None where there is none."""
    try:
        stated = json.loads(Path(path).with_name("summary.json").read_text(encoding="utf-8"))
        return stated.get("start"), stated.get("end")
    except (OSError, ValueError, AttributeError):
        return None, None


def write_frame(path: Path, frame: Any) -> None:
    """Write a data frame of any library as CSV, whole or not at all; absent cells are empty."""
    table = nw.from_native(frame, eager_only=True)
    write_whole(path, lambda draft: _write_rows(draft, table.columns, table.iter_rows()))


def _fault(file: Path, what: str, maybe: str | None = None) -> InputError:
    return InputError([InputProblem(str(file), None, None, None, what, maybe)])


def _row(each: Explanation, lang: str) -> tuple[str, ...]:
    return each.audit, each.status, each.reason, each.sentence(lang), each.remedy(lang)


def _versions() -> dict[str, str]:
    """Return the versions of what can change a result."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if "auditmatch" not in found:
        from auditmatch import __version__

        found["auditmatch"] = __version__
    return found


def _write_rows(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow("" if cell is None or cell != cell else wrap(as_text(cell)) for cell in row)


def _write_report(
    result: Result,
    home: Path,
    degree: MatchingDegree,
    left_out: Sequence[Explanation],
    lang: str,
    page: dict[str, Any],
) -> tuple[str, ...]:
    """Write what people look at; a part that is not installed is left out with a notice."""
    from auditmatch import report

    common: dict[str, Any] = {"degree": degree, "explanations": left_out, "lang": lang}
    notices = _try(home / "plan.xlsx", lambda path: report.xlsx(result, path, **common))
    notices += _try(home / "calendars", lambda path: report.ics(result, path, lang=lang))
    notices += _try(home / "report.html", lambda path: report.html(result, path, **common, **page))
    return tuple(notices)


def _try(path: Path, write: Callable[[Path], object]) -> list[str]:
    """Write a file or folder, or remove what stands there and say what is missing."""
    try:
        write(path)
    except MissingExtraError as error:
        for stale in path.glob("*.ics") if path.is_dir() else [path]:
            stale.unlink(missing_ok=True)
        return [f"{path.name} was not written. {error}"]
    return []
