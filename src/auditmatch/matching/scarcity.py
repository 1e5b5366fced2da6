"""A bottleneck by name and in words: which codes share which people, days asked, days there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch.matching.caps import Kind
from auditmatch.matching.programs import Prices
from auditmatch.matching.shares import Bottleneck, Fair
from auditmatch.matching.stretches import Workforce
from auditmatch.words import Catalogue

Pair = tuple[str, str]
_KINDS: tuple[Kind, ...] = ("monthly_limit", "days_per_year", "certificates_per_year")
# Prices below this part of the greatest are rounding.
_PRICED = 1e-7


@cache
def _catalogue() -> Catalogue:
    return Catalogue.read(Path(__file__).with_name("capacity.toml"))


def phrase(lang: str, key: str, /, **values: Any) -> str:
    """Return a sentence or label about capacity in a language, filled; see `Catalogue.say`."""
    return _catalogue().say(lang, key, **values)


@dataclass(frozen=True, slots=True, eq=False)
class Scarcity:
    """Groups that hold each other at one share P*: leave any of them out, and the others could get more.

    Attributes
    ----------
    P_star
        The share.
    groups
        (field, specialty) of each.
    auditors
        Those whose days they share.
    used_up
        Those who hold one of the groups as well, but whose days scarcer groups use up.
    bound
        (kind of limit, auditor) of the limits that hold them down: monthly_limit, days_per_year, certificates_per_year.
    asked, there
        Person-days asked, and those that can be given: there = P_star * asked.
    prices
        The proof, over the rows of `Capacity.staffing`; see `auditmatch.matching.programs.Prices`.
    """

    P_star: float
    groups: tuple[Pair, ...]
    auditors: tuple[str, ...]
    used_up: tuple[str, ...]
    bound: tuple[tuple[str, str], ...]
    asked: float
    there: float
    prices: Prices

    def say(self, lang: str = "en") -> str:
        """Return the bottleneck in words.

        Parameters
        ----------
        lang
            "en" or "zh".

        Raises
        ------
        ArgumentError
            For another language.
        """
        return (" " if lang == "en" else "").join(self._sentences(lang))

    def __str__(self) -> str:
        return self.say()

    def _sentences(self, lang: str) -> Iterator[str]:
        people = len(self.auditors)
        if people:
            key = ("shares" if len(self.groups) > 1 else "has") + ("_many" if people > 1 else "_one")
        else:
            key = "has_none"
        days = {"asked": f"{self.asked:,.4g}", "there": f"{self.there:,.4g}"}
        yield phrase(lang, key, codes=len(self.groups), people=people, **days)
        names = tuple(phrase(lang, "code", field=field, specialty=specialty) for field, specialty in self.groups)
        yield phrase(lang, "which", names=names)
        for key, who in (("who", self.auditors), ("used_up", self.used_up)):
            if who:
                yield phrase(lang, key, names=who)
        for kind in _KINDS:
            if who := tuple(name for what, name in self.bound if what == kind):
                yield phrase(lang, f"bound_{kind}", names=who)


def scarcity_of(
    found: Bottleneck, fair: Fair, workforce: Workforce, names: tuple[Pair, ...], people: list[str]
) -> Scarcity:
    """Name the parts of a bottleneck.

    Parameters
    ----------
    found
        The bottleneck.
    fair, workforce
        What it was found in.
    names
        (field, specialty) of each group.
    people
        Names of the register's auditors by row.
    """
    staffing = workforce.staffing
    arcs = np.isin(staffing.group, found.groups)
    serving = np.zeros(len(people), dtype=np.bool_)
    serving[workforce.owner[staffing.stretch[arcs & (fair.along > 1e-6)]]] = True
    able = np.zeros(len(people), dtype=np.bool_)
    able[workforce.owner[staffing.stretch[arcs]]] = True
    price = found.prices.limits
    binding = np.flatnonzero(price > _PRICED * max(1.0, float(price.max(initial=0.0))))
    asked = float(staffing.asked[found.groups].sum())
    return Scarcity(
        P_star=found.level,
        groups=tuple(names[g] for g in found.groups.tolist()),
        auditors=tuple(people[i] for i in np.flatnonzero(serving).tolist()),
        used_up=tuple(people[i] for i in np.flatnonzero(able & ~serving).tolist()),
        bound=tuple((workforce.caps[k].kind, people[workforce.caps[k].auditor]) for k in binding.tolist()),
        asked=asked,
        there=found.level * asked,
        prices=found.prices,
    )
