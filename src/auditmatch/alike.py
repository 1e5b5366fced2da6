"""The nearest known name of many unknown ones, without comparing each with each."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable

from auditmatch.errors import nearest

_NAMES = 50  # names that get a suggestion
_COMPARED = 2_000  # known names that one unknown name is compared with


def nearest_of(names: Iterable[str], known: list[str]) -> dict[str, str | None]:
    """Return the nearest known name of each name, or None where none is near.

    Only the first names get one, and where many are known only the most alike are compared, since difflib takes about
    10 us for each.
    """
    near: dict[str, str | None] = dict.fromkeys(names)
    for name in list(near)[:_NAMES]:
        alike = known
        if len(known) > _COMPARED:
            alike = [other for other in known if abs(len(other) - len(name)) < 2 and _share_an_end(name, other)]
            if len(alike) > _COMPARED:
                alike = heapq.nlargest(_COMPARED, alike, key=lambda other: _shared(name, other))
        near[name] = nearest(name, alike)
    return near


def _share_an_end(one: str, other: str) -> bool:
    half = max(1, len(one) // 2)
    return one[:half] == other[:half] or one[-half:] == other[-half:]


def _shared(one: str, other: str) -> int:
    """Return how many signs two names share at their beginning and their end."""
    both = (zip(one, other, strict=False), zip(reversed(one), reversed(other), strict=False))
    return sum(sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)) for pairs in both)
