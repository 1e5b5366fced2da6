"""Which sites of a multi-site organisation an audit visits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.programme.trace import Line

# IAF MD 1:2018: the factor of the square root, and the least random share of the sample.
FACTORS = {"initial": 1.0, "surveillance": 0.6, "recertification": 0.8}
RANDOM = 0.25
# IAF MD 1, 6.2: sites to visit in a calendar year where sampling is not appropriate.
UNSAMPLED = {"initial": 1.0, "surveillance": 0.3, "recertification": 1.0}


@dataclass(frozen=True, slots=True)
class Sample:
    """The sites of one audit; the central function is visited besides.

    Attributes
    ----------
    chosen
        Positions of the sites chosen by need, the first the most needed.
    drawn
        Positions of those drawn by lot, ascending.
    trace
        The steps, each with its rule.
    """

    chosen: tuple[int, ...]
    drawn: tuple[int, ...]
    trace: tuple[Line, ...]

    @property
    def sites(self) -> tuple[int, ...]:
        """All positions, ascending."""
        return tuple(sorted(self.chosen + self.drawn))


def sample_size(sites: int, kind: str, sampled: bool = True) -> int:
    """Return how many sites an audit visits beside the central function.

    Parameters
    ----------
    sites
        Sites without the central function, 0 to 1,000,000.
    kind
        initial (the square root of the sites), surveillance (0.6 of it), recertification (0.8); rounded up.
    sampled
        Whether sampling is appropriate; if not, all sites are visited, under surveillance 30 % of them
        in a calendar year (IAF MD 1, 6.2).

    Raises
    ------
    ArgumentError
        `kind` is unknown or `sites` out of its range.
    """
    if kind not in FACTORS:
        raise ArgumentError(f"kind={kind!r} is none of {', '.join(FACTORS)}. Maybe kind='surveillance'?")
    if not 0 <= sites <= 1_000_000 or sites != int(sites):
        raise ArgumentError(f"sites={sites!r} is no whole number from 0 to 1,000,000. Maybe 24?")
    exact = FACTORS[kind] * math.sqrt(sites) if sampled else UNSAMPLED[kind] * sites
    return math.ceil(exact - 1e-9)  # 0.6 * 10 is a little above 6 in binary


def sample_sites(needs: Sequence[float], kind: str, seed: int, sampled: bool = True) -> Sample:
    """Return which sites an audit visits: at least a quarter by lot, the others by need.

    Parameters
    ----------
    needs
        Of each site, how much it needs a visit: risk, complaints, years since the last one; (sites,), finite.
    kind, sampled
        See `sample_size`.
    seed
        Of the lot, 0 or more.

    Raises
    ------
    ArgumentError
        As `sample_size`, or a need is no finite number.
    """
    asked = np.asarray(needs, dtype=float)
    if asked.ndim != 1 or not np.isfinite(asked).all():
        raise ArgumentError("needs must be a list of finite numbers. Maybe 0 for a site of which nothing is known?")
    size = sample_size(len(asked), kind, sampled)
    by_lot = math.ceil(RANDOM * size) if size < len(asked) else 0
    chosen = np.lexsort((np.arange(len(asked)), -asked))[: size - by_lot]
    rest = np.setdiff1d(np.arange(len(asked)), chosen)
    drawn = np.sort(np.random.default_rng(seed).choice(rest, by_lot, replace=False))
    trace = (
        Line(
            f"{kind}: sites of {len(asked)}, beside the central function",
            size,
            "IAF MD 1:2018" if sampled else "IAF MD 1:2018, 6.2",
        ),
        Line("of these by lot", by_lot, "IAF MD 1:2018, at least 25 % random"),
    )
    return Sample(tuple(chosen.tolist()), tuple(drawn.tolist()), trace)
