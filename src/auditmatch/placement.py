"""Placing one audit among bookings that stand: what fits, and what is cheapest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditmatch.caps import keys_of, overlap, places, rows_by_auditor
from auditmatch.goals import Costs
from auditmatch.kernel.desk import Desk
from auditmatch.kernel.flat import Flat
from auditmatch.lowered import Form, Lowered, Options
from auditmatch.shapes import Bools, ByAudit, Ints, Link, Role


@dataclass(frozen=True, slots=True)
class Placed:
    """A booking in rows and slots: audit, first slot, number of slots, and (auditor, Role) of each member, sorted.

    `halves` are the first calendar half-day and the one after the last; a `fact` may lie on days off.
    """

    audit: int
    start: int
    length: int
    team: tuple[tuple[int, int], ...]
    halves: tuple[int, int] = (0, 0)
    fact: bool = False

    @property
    def end(self) -> int:
        """Last slot."""
        return self.start + self.length - 1

    @property
    def people(self) -> frozenset[int]:
        """Auditors of the team."""
        return frozenset(i for i, _ in self.team)


class State:
    """Bookings that stand, and what they leave free.

    Parameters
    ----------
    lowered, costs
        The rules and goals as arrays.
    flat
        The same once more, for kernels.
    facts
        Bookings that stand from the beginning and are never taken out.
    """

    def __init__(self, lowered: Lowered, costs: Costs, flat: Flat, facts: tuple[Placed, ...] = ()) -> None:
        self.lowered, self.costs, self.flat = lowered, costs, flat
        self.booked: dict[int, Placed] = {}
        self.taken: Bools = lowered.busy.copy()
        self.by_auditor: dict[int, list[Placed]] = {}
        self.load = np.zeros(lowered.busy.shape[0], dtype=np.int64)
        self.used = [np.zeros(len(cap.auditors), dtype=np.int64) for cap in lowered.slot_caps]
        self.keys: list[dict[int, Counter[int]]] = [{} for _ in lowered.key_caps]
        self._slot_rows = [rows_by_auditor(cap.auditors) for cap in lowered.slot_caps]
        self._key_rows = [rows_by_auditor(cap.auditors) for cap in lowered.key_caps]
        self._carried = [ByAudit.numbered(len(lowered.must), cap.key_audits) for cap in lowered.key_caps]
        self.facts = facts
        for placed in facts:
            self._stand(placed)
        self.load[:] = 0
        self.desk = Desk(flat, self)

    def add(self, placed: Placed) -> None:
        """Let a booking stand; whether it fits is not asked."""
        self._stand(placed)
        self.desk.add(placed.audit, placed.start, placed.length, placed.team)

    def _stand(self, placed: Placed) -> None:
        """Book people, caps, keys and load."""
        self.booked[placed.audit] = placed
        self._count(placed, 1)
        for i, _ in placed.team:
            self.by_auditor.setdefault(i, []).append(placed)
            if self.lowered.exclusive:
                self.taken[i, placed.start : placed.end + 1] = True

    def remove(self, audit: int) -> Placed:
        """Take a booking out and return it."""
        placed = self.booked.pop(audit)
        self.desk.remove(audit)
        self._count(placed, -1)
        for i, _ in placed.team:
            self.by_auditor[i].remove(placed)
            if self.lowered.exclusive:
                span = slice(placed.start, placed.end + 1)
                self.taken[i, span] = self.lowered.busy[i, span]
                for other in self.by_auditor[i]:
                    self.taken[i, other.start : other.end + 1] = True
        return placed

    def _count(self, placed: Placed, sign: int) -> None:
        """Book or release caps, keys and load."""
        for i, _ in placed.team:
            self.load[i] += sign * placed.length
            for used, cap, rows in zip(self.used, self.lowered.slot_caps, self._slot_rows, strict=True):
                for r in rows.get(i, ()):
                    used[r] += (
                        sign * overlap(placed.start, placed.end, cap.first[r], cap.last[r]) * cap.weight[placed.audit]
                    )
            for n in range(len(self.keys)):
                for r in self._key_rows_at(n, i, placed.start):
                    for key in self._keys_of(n, placed.audit, i, placed.start, placed.end):
                        self.keys[n].setdefault(r, Counter())[key] += sign

    def _key_rows_at(self, n: int, auditor: int, start: int) -> Iterator[int]:
        cap = self.lowered.key_caps[n]
        return (r for r in self._key_rows[n].get(auditor, ()) if cap.first[r] <= start <= cap.last[r])

    def _keys_of(self, n: int, audit: int, auditor: int, begin: int, end: int) -> set[int]:
        """Return the keys that an auditor touches in a booking."""
        return keys_of(self.lowered.key_caps[n], self._carried[n].get(audit, []), auditor, begin, end)

    def under_caps(self, audit: int, auditor: int, start: int, length: int) -> bool:
        """Tell whether an auditor has room under every cap for a booking."""
        placed = Placed(audit, start, length, ())
        for used, cap, rows in zip(self.used, self.lowered.slot_caps, self._slot_rows, strict=True):
            for r in rows.get(auditor, ()):
                more = overlap(placed.start, placed.end, cap.first[r], cap.last[r]) * cap.weight[audit]
                if more > 0 and used[r] + more > cap.limit[r]:
                    return False
        for n, keyed in enumerate(self.lowered.key_caps):
            for r in self._key_rows_at(n, auditor, start):
                have = +self.keys[n].get(r, Counter())
                new = self._keys_of(n, audit, auditor, start, start + length - 1) - set(have)
                if new and len(have) + len(new) > keyed.limit[r]:
                    return False
        return True

    def apart_in_time(self, audit: int, auditor: int, start: int, length: int) -> bool:
        """Tell whether an auditor's bookings leave the gaps that a booking needs."""
        if not self.lowered.gaps:
            return True
        begin, finish = self.lowered.halves(start, length)
        for other in self.by_auditor.get(auditor, ()):
            need = self.lowered.need(auditor, audit, other.audit)
            if need >= 0 and other.audit != audit:
                low, high = other.halves
                if begin - high < need and low - finish < need:
                    return False
        return True

    def free_starts(self, audit: int, form: Form) -> Ints:
        """Return the starts of a form that the links to booked partners allow."""
        starts = form.starts
        for link in self.lowered.links_of.get(audit, ()):
            partner = link.second if link.first == audit else link.first
            if partner in self.booked:
                starts = starts[self.link_allows(link, audit, self.booked[partner], starts, form.length)]
        return starts

    def link_allows(self, link: Link, audit: int, partner: Placed, starts: Ints, length: int) -> Bools:
        """Tell which starts keep a link's days to its booked partner."""
        begin, finish = self.lowered.slot_begin[starts], self.lowered.slot_end[starts + length - 1]
        low, high = partner.halves
        good = np.ones(len(starts), dtype=bool)
        if link.lo is not None:
            if audit == link.second:
                between, after = begin // 2 - (high - 1) // 2, begin >= high
            else:
                between, after = low // 2 - (finish - 1) // 2, finish <= low
            good &= after & (between >= link.lo)
            good &= between <= (link.hi if link.hi is not None else np.inf)
        if link.within is not None:
            good &= np.abs(begin // 2 - low // 2) <= link.within
        return good

    def available(self, options: Options, start: int, length: int, among: Bools | None = None) -> list[int]:
        """Return the candidates who can sit in a booking, each alone; `among` tells which are asked, default: all."""
        end = start + length - 1
        free = options.seated(start, end) & (True if among is None else among)
        free &= ~self.taken[options.people, start : end + 1].any(axis=1)
        return [
            k
            for k in np.flatnonzero(free).tolist()
            if self.apart_in_time(options.audit, int(options.people[k]), start, length)
            and self.under_caps(options.audit, int(options.people[k]), start, length)
        ]

    def availability(self, options: Options, form: Form, *, caps: bool = True) -> tuple[Ints, Bools]:
        """Return the starts of a form that links allow, (S,), and who can sit alone at each, (K, S).

        The same as `available` start by start, worked out at once; without `caps` these are not asked.
        """
        starts = self.free_starts(options.audit, form)
        ends = starts + form.length - 1
        people = options.people
        free = (options.first[:, None] <= starts) & (ends <= options.last[:, None])
        for k, low, high in options.barred:
            free[k] &= (starts > high) | (ends < low)
        low, high = (int(starts[0]), int(ends[-1]) + 1) if len(starts) else (0, 0)
        spent = np.zeros((len(people), high - low + 1), dtype=np.int32)
        np.cumsum(self.taken[people, low:high], axis=1, out=spent[:, 1:])
        free &= spent[:, ends + 1 - low] == spent[:, starts - low]
        begins, finishes = self.lowered.slot_begin[starts], self.lowered.slot_end[ends]
        earliest, latest = (int(begins[0]), int(finishes[-1])) if len(starts) else (0, 0)
        road = self.lowered.longest_road
        for k in np.flatnonzero(free.any(axis=1)).tolist():
            i = int(people[k])
            for other in self.by_auditor.get(i, ()):
                if other.halves[1] + road <= earliest or other.halves[0] - road >= latest:
                    continue
                need = self.lowered.need(i, options.audit, other.audit)
                if need > 0 or (need == 0 and (not self.lowered.exclusive or other.fact)):
                    low, high = other.halves
                    free[k] &= (begins - high >= need) | (low - finishes >= need)
            if caps and not self._roomy(options.audit, i, form.length):
                asked = np.flatnonzero(free[k])
                free[k, asked] = self._room(options.audit, i, starts[asked], form.length)
        return starts, free

    def _roomy(self, audit: int, auditor: int, length: int) -> bool:
        """Tell whether every cap of an auditor has room for an audit wherever it starts; False when in doubt."""
        for used, cap, rows in zip(self.used, self.lowered.slot_caps, self._slot_rows, strict=True):
            more = length * int(cap.weight[audit])
            for r in rows.get(auditor, ()) if more else ():
                if used[r] + more > cap.limit[r]:
                    return False
        for n, keyed in enumerate(self.lowered.key_caps):
            new = len(self._carried[n].get(audit, []))
            for r in self._key_rows[n].get(auditor, ()) if new else ():
                if len(self.keys[n].get(r, ())) + new > keyed.limit[r]:
                    return False
        return True

    def _room(self, audit: int, auditor: int, starts: Ints, length: int) -> list[bool]:
        """Tell at which starts an auditor has room under every cap; starts that lie alike are asked once."""
        caps, rows = (self.lowered.slot_caps, self.lowered.key_caps), (self._slot_rows, self._key_rows)
        carried = zip(self.lowered.key_caps, self._carried, strict=True)
        dated = any(cap.key_pools[j] is not None for cap, of in carried for j in of.get(audit, []))
        alike, known = places(caps, rows, auditor, starts, length, dated), dict[tuple[int, ...], bool]()
        for start, where in zip(starts.tolist(), alike, strict=True):
            if where not in known:
                known[where] = self.under_caps(audit, auditor, start, length)
        return [known[where] for where in alike]

    def fits(self, placed: Placed, *, alone: bool = False) -> bool:
        """Tell whether a booking keeps every shape among the bookings that stand.

        `alone` asks as if every audit that this one needs were served.
        """
        options = self.lowered.options(placed.audit)
        for link in self.lowered.links_of.get(placed.audit, ()):
            if not alone and link.required and link.second == placed.audit and link.first not in self.booked:
                return False
        mine = np.isin(options.people, list(placed.people))
        able = self.available(options, placed.start, placed.length, mine) if placed.end < self.taken.shape[1] else []
        seats = {(int(options.people[k]), int(options.roles[k])): k for k in able}
        if not all(member in seats for member in placed.team):
            return False
        team = [seats[member] for member in placed.team]
        counting = sum(role == Role.COUNTING for _, role in placed.team)
        return any(
            f.counting == counting
            and f.length == placed.length
            and len(team) - counting <= f.others
            and placed.start in self.free_starts(placed.audit, f)
            for f in options.forms
        ) and self.team_fits(options, team, placed.start, placed.length)

    def team_fits(self, options: Options, team: list[int], start: int, length: int) -> bool:
        """Tell whether candidates together meet the demands on a team, and the links to booked partners."""
        people = options.people[team].tolist()
        if len(set(people)) < len(people):
            return False
        counting = int((options.roles[team] == Role.COUNTING).sum())
        for demand in options.demands:
            have = int(demand.counts(start, start + length - 1)[team].sum())
            bound = demand.constant + demand.per_counting * counting
            if have < bound if demand.at_least else have > bound:
                return False
        if any((i, k) in self.lowered.apart for i in people for k in people):
            return False
        for link in self.lowered.links_of.get(options.audit, ()):
            partner = self.booked.get(link.second if link.first == options.audit else link.first)
            if partner is not None:
                common = len(partner.people.intersection(people))
                if common < link.share or (link.disjoint and common):
                    return False
        return True
