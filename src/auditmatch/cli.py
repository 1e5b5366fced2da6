"""The command `auditmatch`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditmatch import console, options
from auditmatch.commands import app, guarded, read_register, span
from auditmatch.options import EXITS, Data, First, Lang, Last, Machine, PlanFile, Seconds, Seed, Work  # fmt: skip

if TYPE_CHECKING:
    from auditmatch.programme import Programme
    from auditmatch.register import Register
    from auditmatch.result import Budget

MORE = ("changing", "asking", "trying", "ahead")  # modules of `commands`, whose commands follow these in the help


@app.command(epilog=EXITS)
@guarded
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the register and the plan.")] = Path("auditmatch-demo"),
    seconds: Annotated[float, typer.Option("--time-limit", help="Seconds to search.")] = 35.0,
    seed: Seed = 1,
    certificates: Annotated[bool, typer.Option("--certificates", help="Begin with certificates, not audits.")] = False,
    lang: Lang = "en",
    as_json: Machine = False,
) -> None:
    """Make up a body with 40 auditors and 200 audits, plan it, and write everything into a folder.

    With --certificates the audits are those that its certificates ask for in a quarter; traces are written beside.
    """
    from auditmatch.result import Budget
    from auditmatch.sample import load_report, sample_horizon
    from auditmatch.sample import sample as make

    register = make(auditors=40, audits=200, load=0.85, seed=seed)
    if certificates:
        from auditmatch.commands.ahead import quarter

        made = quarter(register, out, seed)
        dates, budget = (str(made.start), str(made.end)), Budget(seconds=seconds, seed=seed)
        _plan(made.register, dates, budget, "auto", lang, out, as_json, made)
        return
    register.write(out / "register")
    if not as_json:
        typer.echo(f"A made-up certification body is in {out / 'register'}.\n{load_report(register)}\n")
    start, end = sample_horizon(register)
    _plan(register, (str(start), str(end)), Budget(seconds=seconds, seed=seed), "auto", lang, out, as_json)


@app.command(epilog=EXITS)
@guarded
def match(
    data: Data,
    at: Annotated[str | None, typer.Option("--at", help="Date; default: the open audits' first day.")] = None,
    form: Annotated[str, typer.Option("--form", help="product or additive.")] = "product",
    reading: Annotated[str, typer.Option("--reading", help="load or organisation.")] = "load",
    out: Annotated[Path | None, typer.Option("--out", help="CSV file for the whole table.")] = None,
    as_json: Machine = False,
) -> None:
    """Print the matching degree P = X / Y of each field and specialty, the lowest first."""
    from auditmatch.matching import matching_degree
    from auditmatch.outputs import write_frame

    register = read_register(data)
    degree = matching_degree(register, at, form, reading)  # type: ignore[arg-type]
    if out is not None:
        write_frame(out, degree.table)
    if as_json:
        console.print_json(
            {"at": str(degree.at), "form": form, "reading": reading, "groups": console.frame_records(degree.table)}
        )
    else:
        console.show_degree(degree, out)


@app.command(epilog=EXITS)
@guarded
def plan(
    data: Data,
    first: First = None,
    last: Last = None,
    seconds: Seconds = None,
    work: Work = None,
    engine: Annotated[str, typer.Option("--engine", help="auto, exact or greedy.")] = "auto",
    seed: Seed = 0,
    lang: Lang = "en",
    out: Annotated[Path, typer.Option("--out", help="Folder for the plan.")] = Path("auditmatch-plan"),
    as_json: Machine = False,
) -> None:
    """Plan the open audits and write plan, reasons, report, workbook and calendars into a folder.

    Ctrl-C ends the search and writes the plan found so far.
    """
    from auditmatch.result import Budget
    from auditmatch.words import language

    language(lang)
    budget = Budget(seconds=60.0 if seconds is None and work is None else seconds, work=work, seed=seed)
    register = read_register(data)
    _plan(register, span(register, first, last), budget, engine, lang, out, as_json)


@app.command(epilog=EXITS)
@guarded
def check(
    data: Data,
    plan: PlanFile,
    first: First = None,
    last: Last = None,
    as_json: Machine = False,
) -> None:
    """Check a plan against every rule and value it. The horizon defaults to that of the summary beside the plan."""
    from auditmatch.outputs import horizon_of, read_plan
    from auditmatch.problem import Problem
    from auditmatch.verify import verify

    register = read_register(data)
    known = horizon_of(plan)
    horizon = span(register, first or known[0], last or known[1])
    verdict = verify(Problem(register, *horizon), read_plan(register, plan))
    if as_json:
        console.print_json(console.verdict_record(verdict, horizon))
    else:
        typer.echo(f"Horizon {horizon[0]} to {horizon[1]}: {verdict}")
    if not verdict.ok:
        raise typer.Exit(options.VIOLATIONS)


@app.command(epilog=EXITS)
@guarded
def sample(
    out: Annotated[Path, typer.Argument(help="Folder, .xlsx or .duckdb file to write the register to.")],
    auditors: Annotated[int, typer.Option("--auditors", help="How many auditors.")] = 40,
    audits: Annotated[int, typer.Option("--audits", help="How many open audits.")] = 200,
    load: Annotated[float, typer.Option("--load", help="Person-days asked over person-days there.")] = 0.85,
    scarcity: Annotated[float, typer.Option("--scarcity", help="0 to 1: how few people hold a specialty.")] = 0.5,
    seed: Seed = 0,
    as_json: Machine = False,
) -> None:
    """Write a made-up register and print its load."""
    from auditmatch.sample import load_report
    from auditmatch.sample import sample as make

    register = make(auditors=auditors, audits=audits, load=load, scarcity=scarcity, seed=seed)
    register.write(out)
    report = load_report(register)
    if as_json:
        console.print_json({"out": str(out), **console.load_record(report)})
        return
    typer.echo(f"{register}\n{report}\n\nPlan it with:")
    typer.echo(f"  auditmatch plan {out} --from {report.start} --to {report.end}")


def _plan(
    register: Register, horizon: tuple[str, str], budget: Budget, engine: str, lang: str, out: Path, as_json: bool,
    made: Programme | None = None,
) -> None:  # fmt: skip
    """Plan, write the files, and say what was found."""
    from auditmatch.engines import solve
    from auditmatch.explain import explain_all
    from auditmatch.outputs import prepare, summary, write_outputs
    from auditmatch.problem import Problem

    problem = Problem(register, *horizon)
    prepare(out)
    with console.patient():
        with console.progress() as tell:
            result = solve(problem, budget, engine=engine, on_progress=tell)
        if result.plan is None:
            typer.echo(f"{result}. Maybe a pin must go, or the search needs more time?", err=True)
            if as_json:
                console.print_json(summary(result, budget.seed, ()))
            raise typer.Exit(options.NO_PLAN)
        notices = write_outputs(result, out, lang=lang, seed=budget.seed, programme=made)
    for notice in notices:
        typer.echo(f"Note: {notice}", err=True)
    stated = summary(result, budget.seed, explain_all(problem, result.plan))
    if as_json:
        console.print_json({**stated, "out": str(out), "notices": [*register.notices, *notices]})
    else:
        typer.echo(console.figures(stated, lang, out))
    if result.interrupted:
        raise typer.Exit(options.INTERRUPTED)


for _more in MORE:
    importlib.import_module(f"auditmatch.commands.{_more}")


def main() -> None:
    """Run the command; what a terminal cannot show is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
