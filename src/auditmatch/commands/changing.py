"""The commands that change a plan and say what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditmatch import console
from auditmatch.commands import app, guarded, read_register, span
from auditmatch.options import EXITS, Data, First, Lang, Last, Machine, PlanFile


@app.command(epilog=EXITS)
@guarded
def diff(
    data: Data,
    old: Annotated[Path, typer.Argument(help="The earlier plan: plan.csv or plan.xlsx.")],
    new: Annotated[Path, typer.Argument(help="The later plan.")],
    as_json: Machine = False,
) -> None:
    """Print how one plan differs from another, audit by audit, and whom to tell."""
    from auditmatch.outputs import read_plan

    register = read_register(data)
    console.show_changes(read_plan(register, old).changes(read_plan(register, new)), as_json)


@app.command(epilog=EXITS)
@guarded
def replan(
    data: Data,
    plan: PlanFile,
    events: Annotated[Path | None, typer.Argument(help="CSV of events; none to mend a plan edited by hand.")] = None,
    first: First = None,
    last: Last = None,
    freeze: Annotated[str | None, typer.Option("--freeze", help="Bookings that begin before this day stay.")] = None,
    seconds: Annotated[float, typer.Option("--time-limit", help="Seconds to search after the repair; 0: none.")] = 10.0,
    lang: Lang = "en",
    out: Annotated[Path, typer.Option("--out", help="Folder for the new plan and its changes.")] = Path(
        "auditmatch-plan"
    ),
    as_json: Machine = False,
) -> None:
    """Mend a plan after events with few changes, and write the new plan, its changes, report, calendars and letters.

    Calendars of the same folder are carried on: events that fall away are cancelled in them.

    The register is not written: enter what has happened there as well.
    """
    from auditmatch.disruptions import read_events
    from auditmatch.outputs import horizon_of, prepare, read_plan, write_frame, write_outputs
    from auditmatch.problem import Problem
    from auditmatch.replan import replan as mend
    from auditmatch.report import letters
    from auditmatch.result import Budget

    register = read_register(data)
    known, told = horizon_of(plan), () if events is None else read_events(events)
    problem = Problem(register, *span(register, first or known[0], last or known[1]))
    prepare(out)
    budget = Budget(seconds=seconds) if seconds > 0 else None
    old = read_plan(register, plan)
    after = mend(problem, old, told, freeze, budget)
    for notice in write_outputs(after.result, out, lang=lang, before=old):
        typer.echo(f"Note: {notice}", err=True)
    write_frame(out / "changes.csv", after.table)
    letters(old, after.plan, out / "letters", problem=after.problem, lang=lang)
    console.show_changes(after.changes, as_json)
    for audit in after.left_out if not as_json else ():
        typer.echo(f"{audit} is left out: {out / 'unserved.csv'} says why.")
