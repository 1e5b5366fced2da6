"""Sums over the distinct members of groups, in NumPy: short and readable, for what fits in memory.

`kernels` says the same for millions of rows; tests hold the two against each other and against plain loops.
Source: "The matching degree" in the design page: a parent's A1 and A2 count distinct members, X and Y are sums over
them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.matching.domain import Floats, Ints


def distinct_pairs(group: Ints, member: Ints) -> Ints:
    """Return the first row of each distinct (group, member), sorted by group and then by member."""
    width = int(member.max(initial=0)) + 1
    _, rows = np.unique(group * width + member, return_index=True)
    return np.asarray(rows, dtype=np.int64)


def group_sums(group: Ints, terms: npt.NDArray[Any], n_groups: int) -> tuple[Ints, Floats]:
    """Return how many rows each group has and the sums of their terms.

    Parameters
    ----------
    group
        (rows,) 0 .. n_groups - 1.
    terms
        (rows,) or (rows, k).
    n_groups
        Number of groups.

    Returns
    -------
    tuple
        (n_groups,) counts, and sums (n_groups,) or (n_groups, k).
    """
    count = np.asarray(np.bincount(group, minlength=n_groups), dtype=np.int64)
    columns = (terms if terms.ndim > 1 else terms[:, None]).T
    sums = [np.bincount(group, weights=column, minlength=n_groups) for column in columns]
    return count, np.stack(sums, axis=-1).astype(np.float64).reshape(n_groups, *terms.shape[1:])


def difficulty_terms(factors: tuple[Floats, Floats, Floats, Floats], additive: bool) -> Floats:
    """Return the four terms of each organisation whose sums make a group's row, (rows, 4).

    Product: 1/B2, 1/(B2 C2), 1/(B2 C2 D), 1/(B2 C2 D E). Additive: 1/B2, 1/C2, 1/D, 1/E.
    """
    inverse = 1.0 / np.stack(factors, axis=1)
    return np.asarray(inverse if additive else np.cumprod(inverse, axis=1))


def sufficiency_terms(B1: Floats, C1: Floats, additive: bool) -> Floats:
    """Return the two terms of each auditor, (rows, 2): 1/C1 and B1/C1, or, additive, 1/C1 and 1/B1."""
    return np.stack([1.0 / C1, 1.0 / B1 if additive else B1 / C1], axis=1)
