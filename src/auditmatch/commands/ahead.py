"""The command that turns certificates into a programme, and on request plans it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditmatch import console
from auditmatch.commands import app, guarded, read_register
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.options import EXITS, Data, Lang, Machine

if TYPE_CHECKING:
    from auditmatch.programme import Programme
    from auditmatch.register import Register


@app.command(epilog=EXITS)
@guarded
def programme(
    data: Data,
    first: Annotated[str, typer.Option("--from", help="First day.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    packs: Annotated[list[Path], typer.Option("--pack", help="A rule pack of your own (TOML).")] = [],  # noqa: B006
    stated: Annotated[list[str], typer.Option("--set", help="FIELD:RULE=NUMBER.")] = [],  # noqa: B006
    integration: Annotated[float | None, typer.Option("--integration", help="Share saved by merging.")] = None,
    level: Annotated[bool, typer.Option("--level", help="Prefer days that flatten the months.")] = False,
    seconds: Annotated[float, typer.Option("--plan", help="Plan it for so many seconds; 0: no plan.")] = 0.0,
    out: Annotated[Path, typer.Option("--out", help="Folder for the register, traces and plan.")] = Path(
        "auditmatch-programme"
    ),
    lang: Lang = "en",
    as_json: Machine = False,
) -> None:
    """Turn certificates into audits with a trace for each, and write them as a register; with --plan plan them too."""
    from auditmatch.outputs import prepare, write_frame
    from auditmatch.programme import levelled, load
    from auditmatch.programme import programme as make

    register = read_register(data)
    made = make(register, first, last, packs=packs, stated=_stated(stated), integration=integration)
    made = levelled(made) if level else made
    home = prepare(out)
    made.register.write(home / "register")
    write_frame(home / "programme.csv", made.table)
    write_frame(home / "lost.csv", made.lost_table)
    write_frame(home / "load.csv", load(made))
    if as_json:
        console.print_json(
            {"audits": len(made), "lost": len(made.lost), "merged": len(made.merged), "saved": made.saved}
        )
    else:
        typer.echo(str(made))
    for notice in _for_people(made, home, lang):
        typer.echo(f"Note: {notice}", err=True)
    if seconds > 0:
        _plan(made, home / "plan", seconds, lang)


def _for_people(made: Programme, home: Path, lang: str) -> list[str]:
    """Write workbook, calendar, notices and ratings; return a notice for each part that is not installed."""
    from auditmatch import report
    from auditmatch.outputs import write_frame
    from auditmatch.programme import quarters, ratings

    write_frame(home / "milestones.csv", made.milestones)
    write_frame(home / "quarters.csv", quarters(made))
    if len(made.register.scores):
        write_frame(home / "ratings.csv", ratings(made.register))
    try:
        report.programme(made, home, lang=lang)
    except MissingExtraError as error:
        return [str(error)]
    return []


def _plan(made: Programme, home: Path, seconds: float, lang: str) -> None:
    """Plan a programme, and write the plan with its report."""
    from auditmatch.engines import solve
    from auditmatch.outputs import write_outputs
    from auditmatch.problem import Problem
    from auditmatch.result import Budget

    result = solve(Problem(made.register, made.start, made.end), Budget(seconds=seconds))
    for notice in write_outputs(result, home, lang=lang, programme=made):
        typer.echo(f"Note: {notice}", err=True)
    typer.echo(f"{len(result.served):,} of them planned; {home / 'report.html'}")


def _stated(texts: list[str]) -> dict[str, dict[str, float]]:
    """Return numbers by field and rule."""
    found: dict[str, dict[str, float]] = {}
    for text in texts:
        head, _, number = text.partition("=")
        name, _, rule = head.rpartition(":")
        try:
            found.setdefault(name, {})[rule] = float(number)
        except ValueError:
            raise ArgumentError(
                f"--set {text} is not FIELD:RULE=NUMBER. Maybe Service:surveillance_interval=12?"
            ) from None
    return found


def quarter(body: Register, out: Path, seed: int) -> Programme:
    """Return the programme of a made-up body for the first quarter of 2027; write it with its register."""
    from auditmatch.outputs import write_frame
    from auditmatch.programme import levelled
    from auditmatch.programme import programme as make
    from auditmatch.sample import portfolio

    folio = portfolio(body, "2026-12-01", seed)
    stated = {"Service": {"first_surveillance": 12.0, "surveillance_interval": 12.0}}
    made = levelled(make(folio, "2027-01-01", "2027-03-31", integration=0.1, stated=stated))
    made.register.write(out / "register")
    write_frame(out / "programme.csv", made.table)
    typer.echo(str(made), err=True)
    return made
