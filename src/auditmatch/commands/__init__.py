"""What every command shares: the application, its way to end, and the reading of registers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import typer

from auditmatch import console, options
from auditmatch.errors import ArgumentError, AuditmatchError, InputError
from auditmatch.options import EXITS

if TYPE_CHECKING:
    from auditmatch.register import Register

__all__ = ["app", "guarded", "read_register", "span"]

app = typer.Typer(
    name="auditmatch",
    help="Do we have the people, and who goes where, when? Matching degrees and verified audit plans.\n\n" + EXITS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Given = ParamSpec("Given")


def guarded(command: Callable[Given, None]) -> Callable[Given, None]:
    """Return a command that ends with a message and an exit code where it would end with a traceback."""

    @functools.wraps(command)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (AuditmatchError, OSError) as error:
            typer.echo(str(error), err=True)
            if kwargs.get("as_json"):
                problems = [console.problem_record(p) for p in error.problems] if isinstance(error, InputError) else []
                console.print_json({"error": type(error).__name__, "message": str(error), "problems": problems})
            raise typer.Exit(options.BAD_INPUT) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted; no plan was written.", err=True)
            raise typer.Exit(options.BROKEN_OFF) from None

    return run


def read_register(data: Path) -> Register:
    """Read a register and pass its notices on."""
    from auditmatch.register import read

    register = read(data)
    for notice in register.notices:
        typer.echo(f"Note: {notice}", err=True)
    return register


def span(register: Register, first: str | None, last: str | None) -> tuple[str, str]:
    """Return the horizon: as stated, else the span of the open audits' windows."""
    rows = register.audits["status"] == "open"
    if not rows.any() and (first is None or last is None):
        raise ArgumentError("no audit is open, so there is nothing to plan. Maybe the column status says otherwise?")
    table = register.audits
    return first or str(table["earliest"][rows].min()), last or str(table["latest"][rows].max())
