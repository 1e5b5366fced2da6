"""Visits held for a certificate, and the people that history names."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from auditmatch.register import Register

Dates: TypeAlias = npt.NDArray[np.datetime64]


def visits_of(register: Register, *, reviewers: bool) -> dict[str, dict[np.datetime64, tuple[str, ...]]]:
    """Return by certificate the days of its visits, ascending, and who was there: reviewers, or everybody else."""
    table = register.history
    found: dict[str, dict[np.datetime64, tuple[str, ...]]] = {}
    order = np.argsort(table["date"], kind="stable").tolist()
    names, people, roles = (table[c].tolist() for c in ("certificate_id", "auditor_id", "role"))
    for k in order:
        held = found.setdefault(names[k], {})
        team = held.setdefault(table["date"][k], ())
        if people[k] is not None and (roles[k] == "reviewer") == reviewers:
            held[table["date"][k]] = (*team, people[k])
    return found
