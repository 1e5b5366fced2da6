"""Arguments, options and exit codes that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXITS = (
    "Exit codes: 0 done, and a plan verifies; 1 check found violations; 2 bad input; 3 interrupted, and the plan found "
    "so far is written; 4 there is no plan, for pins cannot hold together or the time was too short; 130 interrupted "
    "before there was a plan."
)
VIOLATIONS, BAD_INPUT, INTERRUPTED, NO_PLAN, BROKEN_OFF = 1, 2, 3, 4, 130

Data = Annotated[Path, typer.Argument(help="Register: a folder of CSV or Parquet files, an .xlsx or a .duckdb file.")]
First = Annotated[str | None, typer.Option("--from", help="First day; default: of the open audits' windows.")]
Last = Annotated[str | None, typer.Option("--to", help="Last day; default: of the open audits' windows.")]
Seconds = Annotated[float | None, typer.Option("--time-limit", help="Seconds to search; default 60, without --work.")]
Work = Annotated[int | None, typer.Option("--work", help="Steps to search, instead of time: equal plans every time.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of reasons, report and calendars: en or zh.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of every random choice.")]
Machine = Annotated[bool, typer.Option("--json", help="Print JSON for programs, and nothing else, on standard output.")]
PlanFile = Annotated[Path, typer.Argument(help="Plan: plan.csv or plan.xlsx, as written or as edited by hand.")]
