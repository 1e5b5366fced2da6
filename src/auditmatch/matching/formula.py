"""The crisp matching degree on plain arrays: per member, per group, and the means that a group's row shows.

Source: "The matching degree" in the design page. The published article gives the factors A to E with their
directions and ranges in words; its closed form is not available, so form and reading are explicit choices.

Two kinds of functions: `sufficiency` and `difficulty` value single members (auditors, organisations);
`group_sufficiency` and `group_difficulty` sum members into groups. None of them knows names, tables or dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditmatch.matching.domain import (
    EQUAL,
    FORMS,
    READINGS,
    Exponents,
    Floats,
    Form,
    Ints,
    Reading,
    check_choice,
    check_domain,
    check_groups,
)


@dataclass(frozen=True, slots=True, eq=False)
class GroupSufficiency:
    """Supply of each group: X = A1 * B1**b / C1**c, where b, c are the exponents; B1 and C1 are NaN when A1 is 0."""

    A1: Ints
    B1: Floats
    C1: Floats
    X: Floats


@dataclass(frozen=True, slots=True, eq=False)
class GroupDifficulty:
    """Demand of each group: Y as in `group_difficulty`; the four means are NaN and Y is 0 when A2 is 0."""

    A2: Ints
    B2: Floats
    C2: Floats
    D: Floats
    E: Floats
    Y: Floats


def sufficiency(B1: npt.ArrayLike, C1: npt.ArrayLike, exponents: Exponents = EQUAL) -> Floats:
    """Return how fully each auditor can take part: x = B1**b / C1**c, in (0, 1].

    Parameters
    ----------
    B1
        (n,) willingness in (0, 1], already floored.
    C1
        (n,) registrations held, at least 1.
    exponents
        b and c are `exponents.B1` and `exponents.C1`.

    Raises
    ------
    ArgumentError
        For values outside their domain; names all rows.
    """
    factors = check_domain(B1=B1, C1=C1)
    return np.asarray(factors["B1"] ** exponents.B1 / factors["C1"] ** exponents.C1)


def difficulty(
    B2: npt.ArrayLike,
    C2: npt.ArrayLike,
    D: npt.ArrayLike,
    E: npt.ArrayLike,
    form: Form = "product",
    exponents: Exponents = EQUAL,
) -> Floats:
    """Return how hard each organisation is to arrange.

    Product: y = 1 / (B2 * C2 * D * E). Additive: y = 1/B2 + 1/C2 + 1/D + 1/E. Each factor is raised to its exponent.

    Parameters
    ----------
    B2
        (n,) cooperation in (0, 1], already floored.
    C2
        (n,) certificates held, at least 1.
    D, E
        (n,) coordination and policy in (0, 1].
    form
        "product" or "additive".
    exponents
        Exponent of each factor.

    Raises
    ------
    ArgumentError
        For values outside their domain (names all rows) or an unknown form.
    """
    check_choice("form", form, FORMS)
    inverses = _inverses(check_domain(B2=B2, C2=C2, D=D, E=E), exponents)
    return np.asarray(np.prod(inverses, axis=0) if form == "product" else np.sum(inverses, axis=0))


def ideal_difficulty(form: Form) -> float:
    """Return y of the ideal organisation, all of whose factors are 1: 1 (product) or 4 (additive)."""
    return 1.0 if form == "product" else 4.0


def group_sufficiency(
    group: npt.ArrayLike, B1: npt.ArrayLike, C1: npt.ArrayLike, n_groups: int, exponents: Exponents = EQUAL
) -> GroupSufficiency:
    """Sum auditors into groups: X = A1 * mean(x) = sum of x.

    Parameters
    ----------
    group
        (m,) group 0 .. n_groups - 1 of each membership, each auditor once per group.
    B1, C1
        (m,) factors of the auditor of each membership.
    n_groups
        Number of groups; those without members get A1 = 0 and X = 0.
    exponents
        Exponent of each factor.

    Returns
    -------
    GroupSufficiency
        Arrays (n_groups,). The means are effective ones: C1 = A1 / sum(1/C1_i) and B1 = X * C1 / A1 (powers aside), so
        that the row multiplies out.
    """
    index = check_groups(group, n_groups)
    factors = check_domain(B1=B1, C1=C1)
    count = np.bincount(index, minlength=n_groups)
    # B1 raises X, so it enters the chain of divisors with a negative exponent.
    steps = [(factors["C1"], exponents.C1), (factors["B1"], -exponents.B1)]
    (c1, b1), total = _effective_means(index, count, steps)
    return GroupSufficiency(A1=count, B1=b1, C1=c1, X=total)


def group_difficulty(
    group: npt.ArrayLike,
    factors: Mapping[str, npt.ArrayLike],
    n_groups: int,
    form: Form = "product",
    reading: Reading = "load",
    exponents: Exponents = EQUAL,
) -> GroupDifficulty:
    """Sum projects into groups: Y = A2 * mean(y), or mean(y) in the reading per organisation.

    Parameters
    ----------
    group
        (m,) group 0 .. n_groups - 1 of each membership, each project once per group.
    factors
        "B2", "C2", "D", "E": (m,) factors of the organisation of each membership.
    n_groups
        Number of groups; those without members get A2 = 0 and Y = 0.
    form, reading, exponents
        As in `difficulty`; reading "load" or "organisation".

    Returns
    -------
    GroupDifficulty
        Arrays (n_groups,). Product: effective means in the order B2, C2, D, E, so that A2 / (B2 * C2 * D * E) = Y
        (load) or 1 / (B2 * C2 * D * E) = Y (organisation). Additive: each factor's own harmonic mean, so that
        A2 * (1/B2 + 1/C2 + 1/D + 1/E) = Y, without A2 in the reading per organisation. Powers aside.
    """
    check_choice("form", form, FORMS)
    check_choice("reading", reading, READINGS)
    index = check_groups(group, n_groups)
    checked = check_domain(**{name: factors[name] for name in ("B2", "C2", "D", "E")})
    count = np.bincount(index, minlength=n_groups)
    steps = [(values, getattr(exponents, name)) for name, values in checked.items()]
    if form == "product":
        means, total = _effective_means(index, count, steps)
    else:
        alone = [_effective_means(index, count, [step]) for step in steps]
        means = [mean for (mean,), _ in alone]
        total = np.sum([part for _, part in alone], axis=0)
    if reading == "organisation":
        total = total / np.maximum(count, 1)
    b2, c2, d, e = means
    return GroupDifficulty(A2=count, B2=b2, C2=c2, D=d, E=e, Y=total)


def matching(X: npt.ArrayLike, Y: npt.ArrayLike) -> Floats:
    """Return P = X / Y; NaN (absent) where Y is 0: nothing to do, so nothing to match. X = 0 with Y > 0 gives 0."""
    supply, demand = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    absent = np.full(np.broadcast(supply, demand).shape, np.nan)
    return np.asarray(np.divide(supply, demand, out=absent, where=demand > 0))


def _inverses(factors: Mapping[str, Floats], exponents: Exponents) -> list[Floats]:
    return list(np.broadcast_arrays(*(values ** -getattr(exponents, name) for name, values in factors.items())))


def _effective_means(index: Ints, count: Ints, steps: Sequence[tuple[Floats, float]]) -> tuple[list[Floats], Floats]:
    """Divide by one factor after another, and show each by the mean that has the same effect on the group's sum.

    With S_0 = members and S_k = sum of 1 / (f_1**e_1 * ... * f_k**e_k), the mean of factor k is
    (S_(k-1) / S_k)**(1 / e_k): the quotients telescope, so S_0 / (means to their exponents) is S_last to rounding.

    Returns
    -------
    tuple
        The means (one array (n_groups,) per step, NaN for empty groups) and S_last (0 for empty groups).
    """
    n_groups, members = len(count), count.astype(np.float64)
    weights, before = np.ones(len(index)), members
    means = []
    for values, exponent in steps:
        weights = weights * values**-exponent
        after = _sums(index, weights, n_groups)
        plain = _sums(index, 1.0 / values, n_groups) if exponent == 0.0 else None
        means.append(shown_mean(before, after, exponent, members, plain))
        before = after
    return means, before


def _sums(index: Ints, weights: Floats, n_groups: int) -> Floats:
    return np.asarray(np.bincount(index, weights=weights, minlength=n_groups), dtype=np.float64)


def shown_mean(before: Floats, after: Floats, exponent: float, members: Floats, plain: Floats | None) -> Floats:
    """Return the mean of a factor that has its effect on a sum: (before / after)**(1 / exponent).

    A factor of exponent 0 has none, and is shown by the plain harmonic mean members / plain, `plain` being the sum of
    its inverses.
    """
    if plain is not None:
        return quotient(members, plain)
    return np.asarray(quotient(before, after) ** (1.0 / exponent))


def quotient(above: Floats, below: Floats) -> Floats:
    """Return above / below; NaN where `below` is 0, which it is for empty groups alone."""
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))
