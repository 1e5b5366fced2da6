"""Rows of small nations for the tests, as dicts of columns."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Columns = dict[str, Any]
FIELDS = ("EMS", "QMS")
SPECIALTIES = ("03.04.01", "03.04.02", "03.05.00", "17.01.01", "toys")
PROVINCES = ("Anhui", "Tibet")
MONTHS = ("2026-12", "2027-01", "2027-02")


def some_demand(seed: int, rows: int = 60, members: int = 12) -> Columns:
    """Return certificates of a few organisations, sorted by organisation; some factors are 0 or below the floor."""
    rng = np.random.default_rng(seed)
    who = np.sort(rng.integers(0, members, rows))
    cooperation = rng.choice([0.0, 0.02, 0.5, 0.75, 1.0], members)
    return {
        "organisation_id": np.array([f"O{number:03d}" for number in who], dtype=object),
        **_keys(rng, rows),
        "month": rng.choice(np.array(MONTHS, dtype=object), rows),
        "B2": cooperation[who],
        "C2": rng.integers(1, 6, members).astype(float)[who],
        "D": rng.choice([0.01, 0.5, 1.0], members)[who],
        "E": rng.uniform(0.2, 1.0, members)[who],
    }


def some_supply(seed: int, rows: int = 40, members: int = 9) -> Columns:
    """Return qualifications of a few auditors, sorted by auditor; there is no month among their columns."""
    rng = np.random.default_rng(seed + 1_000_000)
    who = np.sort(rng.integers(0, members, rows))
    return {
        "auditor_id": who,
        **_keys(rng, rows),
        "B1": rng.choice([0.0, 0.03, 0.6, 1.0], members)[who],
        "C1": rng.integers(1, 4, members).astype(float)[who],
    }


def _keys(rng: np.random.Generator, rows: int) -> Columns:
    choices = {"field": FIELDS, "specialty": SPECIALTIES, "province": PROVINCES}
    return {name: rng.choice(np.array(values, dtype=object), rows) for name, values in choices.items()}


def as_rows(columns: Columns) -> list[dict[str, Any]]:
    """Return columns as a list of rows."""
    lists = {name: np.asarray(values).tolist() for name, values in columns.items()}
    return [dict(zip(lists, cells, strict=True)) for cells in zip(*lists.values(), strict=True)]


def cut(columns: Columns, *bounds: int) -> list[Columns]:
    """Return columns in batches, cut at the given rows."""
    edges = [0, *bounds, len(next(iter(columns.values())))]
    return [{name: values[first:last] for name, values in columns.items()} for first, last in pairwise(edges)]
