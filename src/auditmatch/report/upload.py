"""The plan in the fields of the national certification platform."""

from __future__ import annotations

import csv
from pathlib import Path

from auditmatch.delimited import wrap
from auditmatch.problem import Problem
from auditmatch.report.content import problem_of, visits_of
from auditmatch.report.whole import write_whole
from auditmatch.result import Result

# 市监认证(司)函〔2021〕102号: audit modes.
ON_SITE, REMOTE, MIXED = "FS01", "FS02", "FS03"
COLUMNS = (
    "plan_number", "audit_id", "organisation_id", "organisation", "kind", "audit_mode", "auditor_id", "role",
    "start", "start_half", "end", "end_half",
)  # fmt: skip


def write_platform(result: Result, path: str | Path, problem: Problem | None, prefix: str) -> Path:
    """Write the sheet; see `auditmatch.report.platform`."""
    asked = problem_of(result, problem)
    table = asked.scene.register.audits
    share = dict(zip(table["audit_id"].tolist(), table["on_site"].tolist(), strict=True))
    rows = []
    for visit in visits_of(asked, result.plan):
        audit, b = visit.audit, visit.booking
        if visit.fixed:
            continue
        head = prefix + audit.audit_id, audit.audit_id, audit.client_id, audit.client, audit.kind
        dates = b.start, b.start_half, b.end, b.end_half
        rows += [(*head, mode(share[audit.audit_id]), who, role, *dates) for who, role in b.team]

    def write(draft: Path) -> None:
        with draft.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([wrap(str(cell)) for cell in row] for row in rows)

    return write_whole(path, write)


def mode(on_site: float) -> str:
    """Return the audit mode of a share of time on site."""
    return ON_SITE if on_site >= 1 else REMOTE if on_site <= 0 else MIXED
