"""What the command shows: key figures, tables, progress, JSON; and patience with Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditmatch.words import say

if TYPE_CHECKING:
    from auditmatch.errors import InputProblem
    from auditmatch.matching import MatchingDegree
    from auditmatch.plan import Change
    from auditmatch.result import Step
    from auditmatch.sample.load import LoadReport
    from auditmatch.verify import Verdict

# Groups that `match` prints.
SHOWN = 20


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def problem_record(problem: InputProblem) -> dict[str, Any]:
    """Return a fault of the input as plain values."""
    return {name: getattr(problem, name) for name in ("table", "row", "column", "value", "message", "maybe")}


def frame_records(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a data frame as plain values; absent ones are None."""
    import narwhals.stable.v2 as nw

    rows = nw.from_native(frame, eager_only=True).rows(named=True)
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if value != value else value


def figures(stated: Mapping[str, Any], lang: str, folder: Path) -> str:
    """Return the key figures of a run, and where to look, as lines of text.

    Parameters
    ----------
    stated
        What `outputs.summary` returns.
    lang
        "en" or "zh".
    folder
        Where the files are.
    """
    terms = ", ".join(f"{say(lang, f'term_{name}')} {points:,}" for name, points in stated["terms"].items() if points)
    lines = [
        say(
            lang,
            "figures_run",
            **{name: stated[name] for name in ("engine", "start", "end")},
            seconds=stated["seconds"],
        ),
        say(lang, "figures_served", **{n: stated[n] for n in ("served", "audits", "deferred", "unserved", "hopeless")}),
        say(lang, "figures_cost", cost=stated["cost"], terms=terms or "-"),
    ]
    if stated["bound"] is not None:
        lines.append(say(lang, "figures_bound", bound=stated["bound"], gap=f"{stated['gap']:.1%}"))
    if stated["interrupted"]:
        lines.append(say(lang, "figures_interrupted"))
    page = folder / "report.html"
    lines.append(
        say(lang, "figures_page", page=page, folder=folder)
        if page.exists()
        else say(lang, "figures_folder", folder=folder)
    )
    return "\n".join(lines)


def show_degree(degree: MatchingDegree, out: Path | None) -> None:
    """Print the groups of lowest matching degree as a table."""
    from rich.console import Console
    from rich.table import Table

    rows = frame_records(degree.table)
    rows.sort(key=lambda row: (row["P"] is None, row["P"] if row["P"] is not None else 0.0))
    table = Table()
    for name in ("field", "specialty"):
        table.add_column(name)
    numbers = ("A1", "X", "A2", "Y", "P")
    for name in numbers:
        table.add_column(name, justify="right")
    for row in rows[:SHOWN]:
        table.add_row(row["field"], row["specialty"], *("" if row[n] is None else f"{row[n]:.3g}" for n in numbers))
    console = Console()
    console.print(str(degree), soft_wrap=True)
    console.print(table)
    more = len(rows) - SHOWN
    if out is not None:
        console.print(f"The whole table is in {out}.")
    elif more > 0:
        console.print(f"{more} more groups; --out FILE.csv writes them all, --json prints them.")


@contextmanager
def progress() -> Iterator[Callable[[Step], None] | None]:
    """Show cost, bound and gap as they improve on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from auditmatch.result import gap

    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("planning")

        def tell(step: Step) -> None:
            share = gap(step.cost, step.bound)
            shown = [f"cost {step.cost:,}" if step.cost is not None else "no plan yet"]
            shown += [f"bound {step.bound:,}"] if step.bound is not None else []
            shown += [f"gap {share:.1%}"] if share is not None else []
            bar.update(task, description=", ".join([*shown, step.engine]))

        yield tell


@contextmanager
def patient() -> Iterator[None]:
    """Let a plan be written in spite of one more Ctrl-C: only the next one after that breaks off."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def wait(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        sys.stderr.write("The plan found so far is being written; Ctrl-C once more gives it up.\n")

    signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def show_changes(changes: tuple[Change, ...], as_json: bool) -> None:
    """Print changes of a plan: a line for each audit and whom to tell, or JSON."""
    if as_json:
        print_json(
            [
                {
                    "audit": change.audit,
                    "kind": change.kind,
                    "before": None if change.before is None else asdict(change.before),
                    "after": None if change.after is None else asdict(change.after),
                    "tell": change.tell,
                }
                for change in changes
            ]
        )
        return
    sys.stdout.write(f"{len(changes)} audits change.\n")
    for change in changes:
        sys.stdout.write(f"  {change}; tell {', '.join(change.tell)}\n")


def verdict_record(verdict: Verdict, span: tuple[str, str]) -> dict[str, Any]:
    """Return what `verify` found over a horizon as plain values."""
    violations = [
        {"rule": v.rule, "message": v.message, "audits": v.audits, "auditors": v.auditors} for v in verdict.violations
    ]
    found = {"ok": verdict.ok, "start": span[0], "end": span[1], "violations": violations}
    return {**found, "cost": verdict.cost, "terms": verdict.terms}


def load_record(report: LoadReport) -> dict[str, Any]:
    """Return the load of a made-up register as plain values."""
    groups = [
        {"field": g.field, "specialty": g.specialty, "holders": g.holders, "asked": g.asked, "load": g.load}
        for g in (*report.fields, *report.scarcest)
    ]
    span = {"start": str(report.start), "end": str(report.end), "weeks": report.weeks}
    return {**span, "auditors": report.auditors, "load": report.load, "groups": groups}
