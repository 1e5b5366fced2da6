"""The programme on the page: traces, person-days by month, what cannot be placed, quarters short of people."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from auditmatch.programme import Programme, load, quarters

# Groups short of people that the page lists, the shortest first.
MOST_SHORT = 200


def programme_part(made: Programme) -> dict[str, Any]:
    """Return what the page shows of a programme, as JSON knows it."""
    table = made.register.audits
    clients = dict(zip(*(made.register.organisations[c].tolist() for c in ("organisation_id", "name")), strict=True))
    audits = [
        [
            name, clients.get(table["organisation_id"][k]) or table["organisation_id"][k], str(table["kind"][k]),
            str(table["earliest"][k]), str(table["latest"][k]), float(table["person_days"][k]), list(made.trace(name)),
        ]
        for k, name in enumerate(table["audit_id"].tolist())
    ]  # fmt: skip
    frame = nw.from_native(load(made), eager_only=True)
    months, where = np.unique(np.array(frame["month"].to_list(), dtype=str), return_inverse=True)
    days = np.bincount(where.reshape(-1), weights=np.array(frame["person_days"].to_list()), minlength=len(months))
    short = nw.from_native(quarters(made), eager_only=True).filter(nw.col("P_star") < 1).sort("P_star")
    return {
        "audits": audits,
        "months": [[month, round(value, 1)] for month, value in zip(months.tolist(), days.tolist(), strict=True)],
        "lost": [[each.certificate, each.reason, each.day, each.clause] for each in made.lost],
        "short": [
            [row["quarter"], f"{row['field']} {row['specialty']}", round(row["asked"], 1), round(row["P_star"], 3)]
            for row in short.head(MOST_SHORT).iter_rows(named=True)
        ],
    }
