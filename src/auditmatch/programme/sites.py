"""Sampled sites of an audit as visits of their own, near the visit to the central function (IAF MD 1:2018)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.programme.sampling import Sample, sample_sites
from auditmatch.register import Register

# Calendar days within which central function and sampled sites are visited; sites never visited count as so many years.
WITHIN, NEVER = 30, 10.0
# Which sample an audit takes; others visit no site.
SAMPLES = {"stage2": "initial", "surveillance": "surveillance", "recertification": "recertification"}


@dataclass(frozen=True, slots=True)
class Site:
    """One site: name, place, people, and the day of its last visit."""

    name: str
    location: str | None
    headcount: int
    visited: np.datetime64


class Sites:
    """The sites of every client.

    Parameters
    ----------
    register
        With its table `sites`.
    seed
        Of the lots.
    """

    def __init__(self, register: Register, seed: int) -> None:
        self.seed = seed
        self.of: dict[str, list[Site]] = {}
        table = register.sites
        for k, client in enumerate(table["organisation_id"].tolist()):
            place: Any = table["location"][k]
            site = Site(str(table["site"][k]), place, int(table["headcount"][k]), table["sampled_last"][k])
            self.of.setdefault(str(client), []).append(site)

    def lot(self, name: str, sides: int) -> int:
        """Return a number from 0 to sides - 1, always the same for a name."""
        return int(np.random.default_rng(zlib.crc32(f"{self.seed} {name}".encode())).integers(sides))

    def sample(self, client: str, kind: str, audit: str, day: np.datetime64) -> tuple[list[Site], Sample | None]:
        """Return the sites that an audit visits: those not visited for longest first, a quarter by lot.

        Who is chosen counts as visited on that day, so that the audits of a cycle go round.
        """
        mine = self.of.get(client)
        if not mine or kind not in SAMPLES:
            return [], None
        needs = [NEVER if np.isnat(s.visited) else (day - s.visited).astype(int) / 365.25 for s in mine]
        chosen = sample_sites(needs, SAMPLES[kind], zlib.crc32(f"{self.seed} {audit}".encode()))
        found = [mine[k] for k in chosen.sites]
        for k in chosen.sites:
            mine[k] = Site(mine[k].name, mine[k].location, mine[k].headcount, day)
        return found, chosen
