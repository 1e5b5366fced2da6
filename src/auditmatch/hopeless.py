"""Audits that nothing can serve, whatever is done with the others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from auditmatch.cheapest import cheapest
from auditmatch.lowered import Form
from auditmatch.placement import Placed, State
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Role, ints

# Bookings of needed audits tried before an audit is given the benefit of the doubt.
MOST_TRIES = 500


def find_hopeless(state: State, scene: Scene) -> Ints:
    """Return the rows of audits without any booking when only facts, pinned bookings and link ancestors stand.

    Whoever needs a hopeless audit is hopeless too. Where an audit needs others, their bookings are tried together; a
    family that is still undecided after MOST_TRIES tries is not called hopeless, which is always safe.
    """
    lost: set[int] = set()
    pinned = _fully_pinned(state, scene)
    planned = set(scene.audits.tolist())
    needs = {a: _ancestors(state, a) for a in planned}
    for a in sorted(pinned, key=lambda a: (len(needs[a]), a)):
        if not _reachable(state, planned, needs[a]) or not _placeable(state, [*needs[a], a]):
            lost.add(a)
        elif (found := cheapest(state, a, alone=True)) is not None:
            state.add(found[1])
    for a in sorted(planned - pinned):
        if not _reachable(state, planned, needs[a]) or not _placeable(state, [*needs[a], a]):
            lost.add(a)
    grown = True
    while grown:
        more = {a for a in planned - lost if any(f in lost for f in needs[a])}
        grown = bool(more)
        lost |= more
    return ints(sorted(lost))


def _fully_pinned(state: State, scene: Scene) -> set[int]:
    """Return the audits whose pins leave exactly one booking: dates and members pinned, and no room for more."""
    plan = scene.published
    rows = scene.register.index("audits", plan["audit_id"])
    both = plan["pin"] == "both"
    found = set()
    for a in set(rows[both].tolist()) - set(rows[~both].tolist()):
        forms = state.lowered.options(a).forms
        counting = int((np.isin(plan["role"], ("lead", "member")) & (rows == a)).sum())
        if forms and all(form.counting <= counting and form.others == 0 for form in forms):
            found.add(a)
    return found


def _reachable(state: State, planned: set[int], needed: list[int]) -> bool:
    """Tell whether every audit needed is to be planned or stands already."""
    return all(f in planned or f in state.booked for f in needed)


def _ancestors(state: State, audit: int) -> list[int]:
    """Return the audits that an audit needs by required links, who is needed before who needs; each once."""
    found: dict[int, None] = {}

    def visit(a: int) -> None:
        for link in state.lowered.links_of.get(a, ()):
            if link.required and link.second == a and link.first not in found:
                visit(link.first)
                found.setdefault(link.first)

    visit(audit)
    return list(found)


def _placeable(state: State, family: list[int]) -> bool:
    """Tell whether the audits of a family fit together; those that stand already are kept."""
    waiting = [a for a in family if a not in state.booked]
    if len(waiting) == 1:
        return cheapest(state, waiting[0]) is not None
    if _place_cheapest(state, waiting):
        return True
    if not _dates_agree(state, waiting):
        return False
    return _place_any(state, waiting, [MOST_TRIES])


def _dates_agree(state: State, family: list[int]) -> bool:
    """Tell whether each linked pair of a family has dates that keep the link, whoever goes."""
    for link in {x for a in family for x in state.lowered.links_of.get(a, ())}:
        if link.first not in family or link.second not in family:
            continue
        pairs = (
            state.link_allows(link, link.second, _dated(state, link.first, start, one), other.starts, other.length)
            for one in state.lowered.options(link.first).forms
            for start in one.starts.tolist()
            for other in state.lowered.options(link.second).forms
        )
        if not any(good.any() for good in pairs):
            return False
    return True


def _dated(state: State, audit: int, start: int, form: Form) -> Placed:
    """Return a booking of nobody, for its dates."""
    return Placed(audit, start, form.length, (), state.lowered.halves(start, form.length))


def _place_cheapest(state: State, waiting: list[int]) -> bool:
    """Try the quick way: each at its cheapest, one after another."""
    placed = []
    for a in waiting:
        found = cheapest(state, a)
        if found is None:
            break
        state.add(found[1])
        placed.append(a)
    for a in placed:
        state.remove(a)
    return len(placed) == len(waiting)


def _place_any(state: State, waiting: list[int], tries: list[int]) -> bool:
    """Try every booking of the first with every booking of the rest; True when found, or when the tries run out."""
    if len(waiting) == 1:
        return cheapest(state, waiting[0]) is not None
    for placed in bookings(state, waiting[0]):
        tries[0] -= 1
        if tries[0] <= 0:
            return True
        state.add(placed)
        good = _place_any(state, waiting[1:], tries)
        state.remove(placed.audit)
        if good:
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
