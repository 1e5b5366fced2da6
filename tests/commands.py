"""The command as tests call it, and a small register for it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from auditmatch.cases import START, Case, day
from auditmatch.cli import app

COMMAND = [sys.executable, "-m", "auditmatch.cli"]
FRIDAY = day(4)


def invoke(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def case() -> Case:
    """One auditor and two audits of a day, in one week."""
    visit = {"organisation_id": "O1", "kind": "special", "earliest": START, "latest": FRIDAY, "person_days": 1.0}
    audits = ({**visit, "audit_id": "A1"}, {**visit, "audit_id": "A2"})
    held = {"auditor_id": "P1", "field": "QMS", "specialty": "03.04.01", "valid_from": "2026-01-01", "grade": "lead"}
    needs = tuple({"audit_id": name, "field": "QMS", "specialty": "03.04.01"} for name in ("A1", "A2"))
    return Case(
        {
            "auditors": ({"auditor_id": "P1"},),
            "qualifications": (held,),
            "organisations": ({"organisation_id": "O1"},),
            "audits": audits,
            "requirements": needs,
        },
        START,
        FRIDAY,
    )


def stored(body: Case, folder: Path) -> Path:
    body.register().write(folder)
    return folder


def reasons(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "unserved.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["audit_id"]: row for row in csv.DictReader(file)}
