"""Slow and obvious oracle of `degree_of`: sets of members, loops over rows, one row of the answer at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from naive import Row, naive_group

Rows = list[dict[str, Any]]
Place = tuple[tuple[str, str], ...]  # level and text of each key


def levels_of(key: str, value: str, rollup: bool) -> list[tuple[str, str]]:
    """Return what a value counts for: itself and its parents."""
    if not rollup or key not in ("specialty", "province"):
        return [(key, value)]
    if key == "province":
        return [("province", value), ("nation", "")]
    parts = value.split(".")
    if len(parts) == 3:
        return [("small", value), ("middle", ".".join(parts[:2])), ("large", parts[0]), ("field", "")]
    return [("small", value), ("large", "*"), ("field", "")]


def places(row: Mapping[str, Any], by: Sequence[str], rollup: bool, values: Mapping[str, set[str]]) -> Iterator[Place]:
    """Yield the groups and parents that a row counts for; a key it lacks stands for all values."""
    choices = []
    for key in by:
        some = [row[key]] if key in row else sorted(values[key])
        choices.append([level for value in some for level in levels_of(key, value, rollup)])
    yield from dict.fromkeys(product(*choices))


def naive_degrees(
    demand: Rows, supply: Rows, by: Sequence[str], rollup: bool = False, floor: float = 0.05, **how: Any
) -> dict[Place, Row]:
    """Return the row of every group and parent; members keep the factors of any of their rows."""
    values = {key: {row[key] for row in demand + supply if key in row} for key in by}
    people: dict[Place, dict[Any, tuple[float, float]]] = defaultdict(dict)
    clients: dict[Place, dict[Any, tuple[float, float, float, float]]] = defaultdict(dict)
    for row in supply:
        for place in places(row, by, rollup, values):
            people[place][row["auditor_id"]] = (max(floor, row["B1"]), row["C1"])
    for row in demand:
        for place in places(row, by, rollup, values):
            b2, d, e = (max(floor, row[name]) for name in ("B2", "D", "E"))
            clients[place][row["organisation_id"]] = (b2, row["C2"], d, e)
    found = {
        place: naive_group(list(people[place].values()), list(clients[place].values()), **how)
        for place in sorted({*people, *clients})
    }
    return found | naive_years(found, by, values) if rollup and "month" in by else found


def naive_years(found: Mapping[Place, Row], by: Sequence[str], values: Mapping[str, set[str]]) -> dict[Place, Row]:
    """Return A1 and X as means, A2 and Y as sums over the months of each year (Y in reading "load")."""
    spot = list(by).index("month")
    years: dict[Place, Row] = defaultdict(lambda: dict.fromkeys(("A1", "X", "A2", "Y"), 0.0))
    for place, row in found.items():
        year = place[spot][1][:4]
        months = len({month for month in values["month"] if month.startswith(year)})
        total = years[(*place[:spot], ("year", year), *place[spot + 1 :])]
        for name in total:
            total[name] += row[name] / (months if name in ("A1", "X") else 1)
    return dict(years)
