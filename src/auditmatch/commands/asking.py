"""The commands that ask about one audit of a plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from auditmatch import console
from auditmatch.commands import app, guarded, read_register, span
from auditmatch.options import EXITS, Data, First, Lang, Last, Machine, PlanFile

if TYPE_CHECKING:
    from pathlib import Path

    from auditmatch.plan import Plan
    from auditmatch.problem import Problem

Audit = Annotated[str, typer.Argument(help="Identifier of the audit.")]


@app.command(epilog=EXITS)
@guarded
def explain(
    data: Data,
    plan: PlanFile,
    audit: Audit,
    first: First = None,
    last: Last = None,
    lang: Lang = "en",
    as_json: Machine = False,
) -> None:
    """Say what became of one audit, why, and what would help."""
    from auditmatch.explain import explain as ask
    from auditmatch.words import language

    language(lang)
    problem, known = _opened(data, plan, first, last)
    found = ask(problem, known, audit)
    if as_json:
        said = {"sentence": found.sentence(lang), "remedy": found.remedy(lang), "penalty": found.penalty}
        stages = [{"name": stage.name, "auditors": stage.auditors} for stage in found.funnel]
        booking = None if found.booking is None else asdict(found.booking)
        head = {"audit": found.audit, "status": found.status, "reason": found.reason}
        console.print_json(
            {
                **head,
                **said,
                "funnel": stages,
                "booking": booking,
                "cost": found.cost,
                "remedies": [
                    {
                        "kind": r.kind,
                        "sentence": r.sentence(lang),
                        "cost": r.cost,
                        "booking": asdict(r.booking),
                        "events": [asdict(e) for e in r.events],
                    }
                    for r in found.remedies
                ],
            }
        )
    else:
        typer.echo(str(found) if lang == "en" else f"{found.sentence(lang)} {found.remedy(lang)}".strip())


@app.command(epilog=EXITS)
@guarded
def recommend(
    data: Data,
    plan: PlanFile,
    audit: Audit,
    k: Annotated[int, typer.Option("--options", help="How many at the most.")] = 5,
    spread: Annotated[str, typer.Option("--spread", help="What differs: booking, day or team.")] = "booking",
    first: First = None,
    last: Last = None,
    as_json: Machine = False,
) -> None:
    """Print the best few teams and dates for one audit beside a plan, the cheapest first."""
    from auditmatch.recommend import recommend as ask

    problem, known = _opened(data, plan, first, last)
    found = ask(problem, known, audit, k, spread)
    if as_json:
        console.print_json(
            {"audit": found.audit, "penalty": found.penalty, "options": [asdict(option) for option in found.options]}
        )
    else:
        typer.echo(str(found))


def _opened(data: Path, plan: Path, first: str | None, last: str | None) -> tuple[Problem, Plan]:
    """Read a register and a plan. The horizon defaults to that of the summary beside the plan."""
    from auditmatch.outputs import horizon_of, read_plan
    from auditmatch.problem import Problem

    register, known = read_register(data), horizon_of(plan)
    problem = Problem(register, *span(register, first or known[0], last or known[1]))
    return problem, read_plan(register, plan)
