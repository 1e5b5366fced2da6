"""The command that tries changes of a plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from auditmatch import console
from auditmatch.commands import app, guarded, read_register, span
from auditmatch.errors import ArgumentError
from auditmatch.options import EXITS, Data, First, Last, Machine, PlanFile

if TYPE_CHECKING:
    from auditmatch.plan import Plan
    from auditmatch.problem import Problem
    from auditmatch.whatif import Edit

_Many = list[str]


@app.command(epilog=EXITS)
@guarded
def whatif(
    data: Data,
    plan: PlanFile,
    hire: Annotated[_Many, typer.Option("--hire", help="Like this auditor; AUDITOR@PLACE: who lives there.")] = [],  # noqa: B006
    leave: Annotated[_Many, typer.Option("--leave", help="An auditor who goes.")] = [],  # noqa: B006
    train: Annotated[_Many, typer.Option("--train", help="AUDITOR:FIELD:SPECIALTY[:GRADE].")] = [],  # noqa: B006
    widen: Annotated[_Many, typer.Option("--widen", help="AUDIT:DAYS.")] = [],  # noqa: B006
    weigh: Annotated[_Many, typer.Option("--weigh", help="GOAL=POINTS.")] = [],  # noqa: B006
    frontier: Annotated[bool, typer.Option("--frontier", help="One after another instead of all together.")] = False,
    storm: Annotated[int, typer.Option("--storm", help="Instead: runs of illness and postponement.")] = 0,
    headcount: Annotated[bool, typer.Option("--headcount", help="Instead: the fewest people for these dates.")] = False,
    first: First = None,
    last: Last = None,
    seconds: Annotated[float, typer.Option("--time-limit", help="Seconds of planning again; 0: estimates.")] = 20.0,
    seed: Annotated[int, typer.Option("--seed", help="Of all chance.")] = 0,
    as_json: Machine = False,
) -> None:
    """Print what changes would bring: an estimate, what fits at once, and the truth by planning again."""
    from auditmatch import whatif as trying
    from auditmatch.outputs import horizon_of, read_plan
    from auditmatch.problem import Problem
    from auditmatch.result import Budget

    register, known = read_register(data), horizon_of(plan)
    problem = Problem(register, *span(register, first or known[0], last or known[1]))
    running = read_plan(register, plan)
    if storm or headcount:
        _look(problem, running, storm, headcount, seconds, seed, as_json)
        return
    edits = _edits(problem, hire, leave, train, widen, weigh)
    if not edits:
        raise ArgumentError("nothing is changed. Maybe --hire AUDITOR, --leave AUDITOR, or --storm 100?")
    budget = Budget(seconds=seconds, seed=seed) if seconds > 0 else None
    if frontier:
        found = trying.frontier(problem, edits, budget or Budget(seconds=20, seed=seed), running)
        rows = [
            {"number": n, "served": len(r.served), "cost": r.cost, "bound": r.bound}
            for n, r in enumerate(found.results)
        ]
        console.print_json(rows) if as_json else typer.echo(str(found))
        return
    told = trying.ask(problem, running, edits, budget)
    figures = {name: getattr(told, name) for name in ("estimate", "at_once", "truth", "served", "seconds")}
    console.print_json({"edits": [str(e) for e in edits], **figures}) if as_json else typer.echo(str(told))


def _look(problem: Problem, plan: Plan, runs: int, headcount: bool, seconds: float, seed: int, as_json: bool) -> None:
    """Print what a storm does, or how few people would do."""
    from auditmatch import whatif as trying

    if runs:
        storm = trying.storm(problem, plan, runs=runs, seed=seed)
        console.print_json(asdict(storm)) if as_json else typer.echo(str(storm))
    if headcount:
        few = trying.headcount(problem, plan, seconds=max(seconds, 1.0), seed=seed)
        if as_json:
            console.print_json({"before": few.before, "people": few.people, "at_least": few.at_least})
        else:
            typer.echo(f"{few}\n  {' '.join(few.people)}")


def _edits(problem: Problem, hire: _Many, leave: _Many, train: _Many, widen: _Many, weigh: _Many) -> list[Edit]:
    """Return the edits that the options state, in this order."""
    from auditmatch import whatif as trying

    known = set(problem.scene.register.auditors["auditor_id"].tolist())
    names = (f"NEW{n}" for n in range(1, 10_000))
    new = (name for name in names if name not in known)
    edits = []
    for text in hire:
        like, _, place = text.partition("@")
        edits.append(trying.hire(next(new), like=like, location=place or None))
    edits += [trying.leave(who) for who in leave]
    for text in train:
        parts = text.split(":")
        if len(parts) not in (3, 4):
            raise ArgumentError(f"--train {text} is not AUDITOR:FIELD:SPECIALTY. Maybe P0001:QMS:03.04.01?")
        edits.append(trying.train(*parts))
    for text in widen:
        audit, _, days = text.rpartition(":")
        edits.append(trying.widen(audit, _whole("--widen", text, days, "A-0001:14")))
    for text in weigh:
        goal, _, points = text.partition("=")
        edits.append(trying.weigh(**{goal: _whole("--weigh", text, points, "travel=20")}))
    return edits


def _whole(option: str, text: str, number: str, example: str) -> int:
    if not number.isascii() or not number.isdigit():
        raise ArgumentError(f"{option} {text} ends in no whole number. Maybe {example}?")
    return int(number)
