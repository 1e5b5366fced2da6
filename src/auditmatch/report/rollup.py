"""The matching degree rolled up: small classes to middle, to large, to the whole field.

A parent's A1 and A2 count distinct members; X and Y are sums over them (in reading "organisation" Y is their mean).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditmatch.matching import MatchingDegree
from auditmatch.matching.classes import FIELD, LARGE, MIDDLE, SCHEMES, SMALL, parents
from auditmatch.matching.formula import matching
from auditmatch.matching.grouped import distinct_pairs, group_sums
from auditmatch.shapes import Ints

__all__ = ["FIELD", "LARGE", "MIDDLE", "SCHEMES", "SMALL", "Cell", "parents", "rollup"]


@dataclass(frozen=True, slots=True)
class Cell:
    """P and what it is made of, for one class of one field; P is None without projects.

    Attributes
    ----------
    code
        "" for a whole field, LL, LL.MM or LL.MM.SS; SCHEMES for all schemes of a field, then a scheme's name.
    level
        FIELD, LARGE, MIDDLE or SMALL.
    """

    field: str
    code: str
    level: int
    A1: int
    X: float
    A2: int
    Y: float
    P: float | None


def rollup(degree: MatchingDegree) -> tuple[Cell, ...]:
    """Return a cell for each class of each field at every level, level by level, sorted by field and code.

    Where projects are audits, one that needs two classes of a parent counts there twice, for the degree does not say
    which audit a project is.
    """
    codes = [parents(specialty) for specialty in degree.factors.specialty]
    return tuple(cell for level in range(SMALL + 1) for cell in _cells(degree, [row[level] for row in codes], level))


def _cells(degree: MatchingDegree, codes: list[str], level: int) -> Iterator[Cell]:
    """Yield the cells of one level."""
    keys = list(zip(degree.factors.field.tolist(), codes, strict=True))
    names = sorted(set(keys))
    number = {name: k for k, name in enumerate(names)}
    parent = np.array([number[key] for key in keys], dtype=np.int64)
    supply, demand = degree.factors.supply, degree.factors.demand
    count_x, total_x = _sums(parent[supply.group], supply.member, degree.x, len(names), True)
    distinct = degree.options.projects == "organisations"
    count_y, total_y = _sums(parent[demand.group], demand.member, degree.y, len(names), distinct)
    if degree.options.reading == "organisation":
        total_y = total_y / np.maximum(count_y, 1)
    P = matching(total_x, total_y)
    rows = zip(names, *(part.tolist() for part in (count_x, total_x, count_y, total_y, P)), strict=True)
    for (field, code), a1, x, a2, y, p in rows:
        if not (level == MIDDLE and code == SCHEMES):
            yield Cell(field, code, level, a1, x, a2, y, None if np.isnan(p) else p)


def _sums(
    group: Ints, member: Ints, worth: npt.NDArray[np.float64], n_groups: int, distinct: bool
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Return how many members each group has, and the sum of their worth."""
    if distinct:
        rows = distinct_pairs(group, member)
        group, member = group[rows], member[rows]
    return group_sums(group, worth[member], n_groups)
