"""Audits that nothing can serve, whatever is done with the others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from auditmatch.cheapest import cheapest
from auditmatch.placement import Placed, State
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Role, ints

# Pairs of bookings tried before an audit that needs another is given the benefit of the doubt.
MOST_TRIES = 20_000


def find_hopeless(state: State, scene: Scene) -> Ints:
    """Return the rows of audits without any booking when only facts, pinned bookings and link ancestors stand.

    Whoever needs a hopeless audit is hopeless too. Where an audit needs others, their bookings are tried together; a
    family that is still undecided after MOST_TRIES tries is not called hopeless, which is always safe.
    """
    lost: set[int] = set()
    pinned = _fully_pinned(scene)
    planned = set(scene.audits.tolist())
    for a in [*sorted(pinned), *sorted(planned - pinned)]:
        if a in pinned:
            found = cheapest(state, a)
            if found is None:
                lost.add(a)
            else:
                state.add(found[1])
            continue
        needed = _ancestors(state, a)
        if any(f not in planned and f not in state.booked for f in needed) or not _placeable(state, [*needed, a]):
            lost.add(a)
    grown = True
    while grown:
        more = {a for a in planned - lost if any(f in lost for f in _ancestors(state, a))}
        grown = bool(more)
        lost |= more
    return ints(sorted(lost))


def _fully_pinned(scene: Scene) -> set[int]:
    """Return the audits of which every published row is pinned in date and member."""
    rows = scene.register.index("audits", scene.published["audit_id"])
    both = scene.published["pin"] == "both"
    return set(rows[both].tolist()) - set(rows[~both].tolist())


def _ancestors(state: State, audit: int) -> list[int]:
    """Return the audits that an audit needs by required links, the remotest first; each once."""
    found: list[int] = []
    for link in state.lowered.links_of.get(audit, ()):
        if link.required and link.second == audit:
            found = [*found, *_ancestors(state, link.first), link.first]
    return list(dict.fromkeys(found))


def _placeable(state: State, family: list[int]) -> bool:
    """Tell whether the audits of a family fit together; those that stand already are kept."""
    waiting = [a for a in family if a not in state.booked]
    if not _place_cheapest(state, waiting):
        tries = [MOST_TRIES]
        return _place_any(state, waiting, tries)
    return True


def _place_cheapest(state: State, waiting: list[int]) -> bool:
    """Try the quick way: each at its cheapest, one after another."""
    placed = []
    for a in waiting:
        found = cheapest(state, a, any_will_do=True)
        if found is None:
            break
        state.add(found[1])
        placed.append(a)
    for a in placed:
        state.remove(a)
    return len(placed) == len(waiting)


def _place_any(state: State, waiting: list[int], tries: list[int]) -> bool:
    """Try every booking of the first with every booking of the rest."""
    if not waiting:
        return True
    if len(waiting) == 1:
        tries[0] -= 1
        return cheapest(state, waiting[0], any_will_do=True) is not None
    for placed in bookings(state, waiting[0]):
        state.add(placed)
        good = _place_any(state, waiting[1:], tries)
        state.remove(placed.audit)
        if good or tries[0] <= 0:
            return True
    return False


def bookings(state: State, audit: int) -> Iterator[Placed]:
    """Yield every booking of an audit that fits among those that stand."""
    options = state.lowered.options(audit)
    for form in options.forms:
        for start in state.free_starts(audit, form).tolist():
            able = state.available(options, start, form.length)
            sits = {role: [k for k in able if (options.roles[k] == Role.COUNTING) == role] for role in (True, False)}
            for team in combinations(sits[True], form.counting):
                for size in range(form.others + 1):
                    for extra in combinations(sits[False], size):
                        members = np.array([*team, *extra], dtype=np.int64)
                        people = zip(options.people[members].tolist(), options.roles[members].tolist(), strict=True)
                        whole = tuple(sorted(people))
                        placed = Placed(audit, start, form.length, whole, state.lowered.halves(start, form.length))
                        if state.fits(placed):
                            yield placed
