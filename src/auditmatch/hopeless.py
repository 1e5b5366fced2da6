"""Audits that nothing can serve, whatever is done with the others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from auditmatch.cheapest import cheapest
from auditmatch.lowered import Form, Options
from auditmatch.placement import Placed, State
from auditmatch.scene import Scene
from auditmatch.shapes import Bools, Ints, Role, ints

# Bookings of needed audits tried, and half-made teams looked at, before an audit is given the benefit of the doubt.
MOST_TRIES, MOST_LOOKS = 500, 20_000


def find_hopeless(state: State, scene: Scene, sound: frozenset[int] = frozenset()) -> Ints:
    """Return the rows of audits without any booking when only facts, pinned bookings and link ancestors stand.

    Whoever needs a hopeless audit is hopeless too. Where an audit needs others, their bookings are tried together; a
    family that is still undecided after MOST_TRIES tries or MOST_LOOKS looks is not called hopeless, which is always
    safe. `sound` audits of the published plan are in no breach of it, so that they fit as they are published.
    """
    lost, fits = set[int](), set[int](sound)
    pinned = _fully_pinned(state, scene)
    planned = set(scene.audits.tolist())
    needs = {a: _ancestors(state, a) for a in planned}
    for a in sorted(pinned, key=lambda a: (len(needs[a]), a)):
        if not _reachable(state, planned, needs[a]) or not _placeable(state, [*needs[a], a], set()):
            lost.add(a)
        elif (found := cheapest(state, a, alone=True)) is not None:
            state.add(found[1])
    # Those who need others come first: where a family fits at its cheapest, each of it does.
    for a in sorted(planned - pinned, key=lambda a: (not needs[a], a)):
        if a in fits:
            continue
        if not _reachable(state, planned, needs[a]) or not _placeable(state, [*needs[a], a], fits):
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


def _placeable(state: State, family: list[int], fits: set[int]) -> bool:
    """Tell whether the audits of a family fit together; those that stand already are kept.

    The others are noted in `fits` where they were placed.
    """
    waiting = [a for a in family if a not in state.booked]
    if len(waiting) == 1:
        return cheapest(state, waiting[0]) is not None
    if _place_cheapest(state, waiting):
        fits.update(waiting)
        return True
    if not _dates_agree(state, waiting):
        return False
    return _place_any(state, waiting, [MOST_TRIES], [MOST_LOOKS])


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


def _place_any(state: State, waiting: list[int], tries: list[int], looks: list[int]) -> bool:
    """Try every booking of the first with every booking of the rest; True when found, or when tries run out."""
    if cheapest(state, waiting[0]) is None:
        return False
    if len(waiting) == 1:
        return True
    for placed in bookings(state, waiting[0], looks):
        tries[0] -= 1
        if tries[0] <= 0:
            return True
        state.add(placed)
        good = _place_any(state, waiting[1:], tries, looks)
        state.remove(placed.audit)
        if good:
            return True
    return looks[0] <= 0


def bookings(state: State, audit: int, looks: list[int] | None = None) -> Iterator[Placed]:
    """Yield every booking of an audit that fits among those that stand, until the looks run out."""
    left = [2**62] if looks is None else looks
    options = state.lowered.options(audit)
    for form in options.forms:
        starts, free = state.availability(options, form)
        for s, start in enumerate(starts.tolist()):
            able = np.flatnonzero(free[:, s])
            counts = options.roles[able] == Role.COUNTING
            halves = state.lowered.halves(start, form.length)
            for team in _teams(state, options, form, start, able[counts], able[~counts], left):
                for size in range(form.others + 1):
                    for extra in combinations(able[~counts].tolist(), size):
                        left[0] -= 1
                        members = np.array([*team, *extra], dtype=np.int64)
                        people = zip(options.people[members].tolist(), options.roles[members].tolist(), strict=True)
                        placed = Placed(audit, start, form.length, tuple(sorted(people)), halves)
                        if left[0] > 0 and state.fits(placed):
                            yield placed


def _teams(
    state: State, options: Options, form: Form, start: int, able: Ints, others: Ints, looks: list[int]
) -> Iterator[tuple[int, ...]]:
    """Yield the teams of counting members, in the order of candidates, that may meet each demand with some others."""
    asked, least, most = _asked(state, options, form, start)
    counts, n = asked[:, able], form.counting
    least = least - np.minimum(asked[:, others].sum(axis=1), form.others)
    # Who counts from each candidate on.
    rest = np.zeros((len(counts), len(able) + 1), dtype=np.int64)
    rest[:, :-1] = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]

    def grow(team: tuple[int, ...], first: int, have: Ints) -> Iterator[tuple[int, ...]]:
        """Add candidates from `first` on, as long as the rest can still meet what lacks."""
        lacking = n - len(team)
        if lacking == 0:
            yield team
            return
        last = len(able) - lacking + 1
        looks[0] -= 1
        if last <= first or looks[0] <= 0:
            return
        with_them = have[:, None] + counts[:, first:last]
        hope = with_them + np.minimum(rest[:, first + 1 : last + 1], lacking - 1) >= least[:, None]
        for k in np.flatnonzero((hope & (with_them <= most[:, None])).all(axis=0)).tolist():
            yield from grow((*team, int(able[first + k])), first + k + 1, with_them[:, k])

    yield from grow((), 0, np.zeros(len(counts), dtype=np.int64))


def _asked(state: State, options: Options, form: Form, start: int) -> tuple[Ints, Ints, Ints]:
    """Return who counts for each demand, (demands, candidates), and the least and most of them in a team.

    Shared and disjoint teams of booked partners are demands as well.
    """
    end, none, never = start + form.length - 1, np.zeros(len(options.people), dtype=np.int64), 2**31
    rows: list[tuple[Bools | Ints, int, int]] = [(none, 0, 0)]
    for demand in options.demands:
        bound = demand.constant + demand.per_counting * form.counting
        rows.append((demand.counts(start, end), *((bound, never) if demand.at_least else (-never, bound))))
    for link in state.lowered.links_of.get(options.audit, ()):
        partner = state.booked.get(link.second if link.first == options.audit else link.first)
        if partner is not None:
            common = np.isin(options.people, list(partner.people))
            rows.append((common, link.share, 0 if link.disjoint else never))
    who, least, most = zip(*rows, strict=True)
    return np.array(who, dtype=np.int64), ints(least), ints(most)
