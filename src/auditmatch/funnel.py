"""The funnel of one audit: who is left after each question, on which dates, and whether they could make a team.

Everything here is worked out for all (form, start) of the audit at once: column c of a matrix is one of them, row k one
candidate seat of `Options`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditmatch.demand import Demand
from auditmatch.lowered import Form, Options
from auditmatch.placement import State
from auditmatch.shapes import Bools, Ints, Role

# The questions that are asked of each person, in this order; "all" stands before and "team" after them.
ASKED = ("competent", "impartial", "present", "under_caps", "free")
STAGES = ("all", *ASKED, "team")


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Who may sit in one audit, alone, on each of its C possible (form, start).

    Attributes
    ----------
    state, options
        The bookings that stand, and what shapes say of the audit.
    form, start, end
        (C,) index in `options.forms`, first and last slot.
    able
        By question of `ASKED`: (candidates, C) who passed it and all before. Links are left aside.
    linked
        (C,) the dates keep the links to booked partners.
    counts
        By demand of `options.demands`: (candidates, C) who counts for it.
    """

    state: State
    options: Options
    form: Ints
    start: Ints
    end: Ints
    able: dict[str, Bools]
    linked: Bools
    counts: tuple[Bools, ...]

    def people(self, stage: str, demand: int | None = None) -> list[int]:
        """Return the auditors who passed a question on some date, of those who count for a demand if one is given.

        Demand -1 stands for the counting members.
        """
        mask = self.able[stage]
        if demand == -1:
            mask = mask & (self.options.roles == Role.COUNTING)[:, None]
        elif demand is not None:
            mask = mask & self.counts[demand]
        return [int(i) for i in np.unique(self.options.people[mask.any(axis=1)])]

    def demands(self) -> list[tuple[int, Ints]]:
        """Return (index of the demand, people needed at each column) of all that is asked for; -1: counting members."""
        counting = np.array([f.counting for f in self.options.forms], dtype=np.int64)[self.form]
        asked = [(-1, counting)]
        for d, demand in enumerate(self.options.demands):
            if demand.at_least:
                asked.append((d, demand.constant + demand.per_counting * counting))
        return asked

    def have(self, stage: str, demand: int) -> Ints:
        """Return (C,) how many people count for a demand after a question."""
        mask = self.able[stage]
        if demand < 0:
            return np.asarray(mask[self.options.roles == Role.COUNTING].sum(axis=0))
        return np.asarray((mask & self.counts[demand]).sum(axis=0))

    def teams(self, stage: str, columns: Bools | None = None) -> Bools:
        """Tell at which columns the people left could make a team that meets each demand.

        What people must not do together (links, people to be kept apart, upper limits) is left aside, so True means
        "as far as numbers go" and False is a proof.
        """
        asked = [(d, need) for d, need in self.demands() if d >= 0]
        kind = (self.options.roles != Role.COUNTING).astype(np.int64)[:, None] + np.zeros_like(self.form)
        for bit, (d, _) in enumerate(asked, start=1):
            kind = kind | self.counts[d].astype(np.int64) << bit
        good = np.zeros(len(self.form), dtype=bool)
        known: dict[tuple[object, ...], bool] = {}
        for c in np.flatnonzero(np.ones_like(good) if columns is None else columns).tolist():
            form = self.options.forms[self.form[c]]
            kinds, number = np.unique(kind[self.able[stage][:, c], c], return_counts=True)
            number = np.minimum(number, form.counting + form.others)
            needs = tuple(int(need[c]) for _, need in asked)
            key = form.counting, form.others, needs, kinds.tobytes(), number.tobytes()
            if key not in known:
                seats = dict(zip(kinds.tolist(), number.tolist(), strict=True))
                known[key] = _covers(seats, form.counting, form.others, needs)
            good[c] = known[key]
        return good


def make_funnel(state: State, audit: int) -> Funnel:
    """Ask every question of every candidate of an audit, among the bookings of a state without that audit."""
    options = state.lowered.options(audit)
    forms = options.forms
    form = np.repeat(np.arange(len(forms)), [len(f.starts) for f in forms]).astype(np.int64)
    start = np.concatenate([f.starts for f in forms]) if forms else np.zeros(0, dtype=np.int64)
    end = start + np.array([f.length for f in forms], dtype=np.int64)[form] - 1
    competent = (options.first[:, None] <= start) & (end <= options.last[:, None])
    impartial = competent.copy()
    for k, low, high in options.barred:
        impartial[k] &= (start > high) | (end < low)
    spent = np.zeros((len(options.people), state.lowered.busy.shape[1] + 1), dtype=np.int32)
    np.cumsum(state.lowered.busy[options.people], axis=1, out=spent[:, 1:])
    present = impartial & (spent[:, end + 1] == spent[:, start])
    capped = _without_bookings(state)
    unlinked = copy.copy(state)
    unlinked.booked = {}
    linked = np.concatenate(
        [np.isin(f.starts, state.free_starts(audit, f)) for f in forms] or [np.zeros(0, dtype=bool)]
    )
    under_caps = present & _availability(capped, options, forms)
    free = under_caps & _availability(unlinked, options, forms, caps=False)
    able = dict(zip(ASKED, (competent, impartial, present, under_caps, free), strict=True))
    counts = tuple(_counts(demand, start, end) for demand in options.demands)
    return Funnel(state, options, form, start, end, able, linked, counts)


def _without_bookings(state: State) -> State:
    """Return a state in which caps are used as in the given one, and nobody is booked."""
    bare = copy.copy(state)
    bare.booked, bare.by_auditor, bare.taken = {}, {}, state.lowered.busy
    return bare


def _availability(state: State, options: Options, forms: Sequence[Form], *, caps: bool = True) -> Bools:
    """Return (candidates, C) who can sit alone, links aside; without `caps` whatever these say."""
    parts = [state.availability(options, form, caps=caps)[1] for form in forms]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(options.people), 0), dtype=bool)


def _counts(demand: Demand, start: Ints, end: Ints) -> Bools:
    """Return (candidates, C) who counts for a demand."""
    good = np.zeros((len(demand.first), len(start)), dtype=bool)
    for r in range(demand.first.shape[1]):
        good |= (demand.first[:, [r]] <= start) & (end <= demand.last[:, [r]])
    return good


def _covers(seats: dict[int, int], counting: int, others: int, needs: tuple[int, ...]) -> bool:
    """Tell whether so many counting members and at most so many others meet all needs.

    Parameters
    ----------
    seats
        How many candidates there are of each kind: bit 0 is set for those who do not count as members, bit d + 1 for
        those who meet need d.
    """
    free = sum(number for kind, number in seats.items() if not kind & 1)
    if free < counting:
        return False
    open_needs = [d for d, need in enumerate(needs) if need > 0]
    if not open_needs:
        return True
    d = open_needs[0]
    for kind, number in seats.items():
        if number == 0 or not kind >> (d + 1) & 1 or (others if kind & 1 else counting) == 0:
            continue
        rest = tuple(need - (kind >> (e + 1) & 1) for e, need in enumerate(needs))
        left = {**seats, kind: number - 1}
        if _covers(left, counting - (not kind & 1), others - (kind & 1), rest):
            return True
    return False
