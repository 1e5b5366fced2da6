"""Bookings that stand, as arrays, and the kernels that add one, take one out and ask what caps and gaps leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.kernel.pack import blank, table
from auditmatch.kernel.pack_rules import EVERYONE, NOBODY
from auditmatch.shapes import Bools, Ints

if TYPE_CHECKING:
    from auditmatch.placement import State

# Start of an audit that is not booked; facts may begin before the horizon, at negative slots.
NONE = -(2**31)


class Board(NamedTuple):
    """What stands; written by kernels.

    Attributes
    ----------
    base, run
        (auditors, slots) away or held by a fact; (auditors, slots) free slots in a row from this one on.
    book
        (audits,) start, length, people, low, high: first slot (NONE: not booked), slots, people, first half-day and the
        one after the last; fact: stands for ever.
    team, seat
        (audits, largest team) people, ascending, and their roles.
    held
        (auditors, most) audits of each auditor, in no order.
    person
        (auditors,) holds: how many; load: slots of bookings that are no facts.
    used, touched
        By row of a slot cap: weighted slots used; by row of a key cap: distinct keys touched.
    """

    base: Bools
    run: Ints
    book: Any
    team: Ints
    seat: Ints
    held: Ints
    person: Any
    used: Ints
    touched: Ints


def board_of(flat: Flat, state: State) -> Board:
    """Return the board of a state in which nothing stands but facts."""
    audits, people, slots = len(flat.audit) - 1, len(flat.steps), len(flat.slot)
    zero = state.lowered.scene.first_slot
    facts = {placed.audit: placed for placed in state.facts}
    most = int((flat.form["counting"] + flat.form["others"]).max(initial=0))
    widest = max([1, most, *(len(p.team) for p in facts.values())])
    room = min(slots, audits) if flat.exclusive else audits
    held = room + max([1, *(len(some) for some in state.by_auditor.values())])

    def whole(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    board = Board(
        base=state.taken[:, zero : zero + slots].copy(),
        run=whole(people, slots + 1),
        book=table(
            {
                "start": np.full(audits, NONE, dtype=np.int64),
                **{name: whole(audits) for name in ("length", "people", "low", "high")},
                "fact": np.zeros(audits, dtype=np.bool_),
            }
        ),
        team=whole(audits, widest),
        seat=whole(audits, widest),
        held=whole(people, held),
        person=blank(people, "load holds"),
        used=whole(len(flat.cap)),
        touched=whole(len(flat.key)),
    )
    for placed in facts.values():
        members = np.array(placed.team, dtype=np.int64).reshape(-1, 2)
        board.team[placed.audit, : len(members)], board.seat[placed.audit, : len(members)] = members.T
        _stand(flat, board, placed.audit, placed.start - zero, placed.length, len(members), *placed.halves)
        board.book[placed.audit].fact = True
    _runs(board.base, board.run)
    board.person[:].load = 0
    return board


@entry
def _runs(base: Bools, run: Ints) -> None:
    """Count the free slots in a row from each slot on."""
    people, slots = base.shape
    for i in range(people):
        for t in range(slots - 1, -1, -1):
            run[i, t] = 0 if base[i, t] else run[i, t + 1] + 1


@entry
def add(flat: Flat, board: Board, audit: int, start: int, length: int, size: int) -> None:
    """Let a booking stand whose team is already written into `board.team` and `board.seat`."""
    _stand(flat, board, audit, start, length, size, flat.slot[start].begin, flat.slot[start + length - 1].finish)
    if flat.exclusive:
        for m in range(size):
            i = board.team[audit, m]
            for t in range(start, start + length):
                board.run[i, t] = 0
            t = start - 1
            while t >= 0 and board.run[i, t] > 0:
                board.run[i, t] = board.run[i, t + 1] + 1
                t -= 1


@entry
def _stand(flat: Flat, board: Board, audit: int, start: int, length: int, size: int, low: int, high: int) -> None:
    """Book people, caps, keys and load."""
    board.book[audit].start, board.book[audit].length, board.book[audit].people = start, length, size
    board.book[audit].low, board.book[audit].high = low, high
    for m in range(size):
        i = board.team[audit, m]
        board.person[i].load += length
        for r in range(flat.auditor[i].cap_ptr, flat.auditor[i + 1].cap_ptr):
            board.used[r] += slots_inside(flat, r, start, length) * flat.cap_weight[flat.cap[r].cap_kind, audit]
        for r in range(flat.auditor[i].key_ptr, flat.auditor[i + 1].key_ptr):
            board.touched[r] += new_keys(flat, board, r, i, audit, start, length)
        board.held[i, board.person[i].holds] = audit
        board.person[i].holds += 1


@entry
def remove(flat: Flat, board: Board, audit: int) -> None:
    """Take a booking out; its team stays written."""
    start, length = board.book[audit].start, board.book[audit].length
    for m in range(board.book[audit].people):
        i = board.team[audit, m]
        board.person[i].load -= length
        place = 0
        while board.held[i, place] != audit:
            place += 1
        board.person[i].holds -= 1
        board.held[i, place] = board.held[i, board.person[i].holds]
        for r in range(flat.auditor[i].cap_ptr, flat.auditor[i + 1].cap_ptr):
            board.used[r] -= slots_inside(flat, r, start, length) * flat.cap_weight[flat.cap[r].cap_kind, audit]
        for r in range(flat.auditor[i].key_ptr, flat.auditor[i + 1].key_ptr):
            board.touched[r] -= new_keys(flat, board, r, i, audit, start, length)
        if flat.exclusive:
            t = start + length - 1
            while t >= 0 and (t >= start or board.run[i, t] > 0):
                board.run[i, t] = 0 if board.base[i, t] else board.run[i, t + 1] + 1
                t -= 1
    board.book[audit].start = NONE


@kernel
def slots_inside(flat: Flat, row: int, start: int, length: int) -> int:
    """Return how many slots of a booking lie inside a slot cap."""
    return max(0, min(start + length - 1, flat.cap[row].cap_last) - max(start, flat.cap[row].cap_first) + 1)


@kernel
def carried_row(flat: Flat, kind: int, audit: int) -> int:
    """Return the row of `carried_ptr` that holds an audit's keys for a kind of key cap."""
    return kind * (len(flat.audit) - 1) + audit


@kernel
def in_pool(flat: Flat, pool: int, person: int, first: int, last: int) -> bool:
    """Tell whether a person belongs to a pool during slots [first, last]."""
    if pool < 0:
        return pool == EVERYONE
    word, bit = person >> 6, np.uint64(1) << np.uint64(person & 63)
    if first >= 0 and last < len(flat.slot):
        # The bits speak of the horizon alone; a fact may lie outside it.
        if flat.whole[pool, word] & bit:
            return True
        if not flat.ever[pool, word] & bit:
            return False
    low, high = flat.pool_ptr[pool], flat.pool_ptr[pool + 1]
    while low < high:
        middle = (low + high) // 2
        if flat.member[middle].pool_person < person:
            low = middle + 1
        else:
            high = middle
    while low < flat.pool_ptr[pool + 1] and flat.member[low].pool_person == person:
        if flat.member[low].pool_first <= first and last <= flat.member[low].pool_last:
            return True
        low += 1
    return False


@kernel
def new_keys(flat: Flat, board: Board, row: int, person: int, audit: int, start: int, length: int) -> int:
    """Return how many keys of a key cap a booking touches that no other booking of the person touches."""
    if not flat.key[row].key_first <= start <= flat.key[row].key_last:
        return 0
    at = carried_row(flat, flat.key[row].key_kind, audit)
    found = 0
    for c in range(flat.carried_ptr[at], flat.carried_ptr[at + 1]):
        key = flat.carry[c].carried
        if in_pool(flat, flat.carry[c].carried_pool, person, start, start + length - 1):
            again = False
            for d in range(flat.carried_ptr[at], c):
                if flat.carry[d].carried == key and in_pool(
                    flat, flat.carry[d].carried_pool, person, start, start + length - 1
                ):
                    again = True
            if not again and not is_touched(flat, board, row, person, audit, key):
                found += 1
    return found


@kernel
def is_touched(flat: Flat, board: Board, row: int, person: int, audit: int, key: int) -> bool:
    """Tell whether another booking of a person touches a key inside the cap."""
    for h in range(board.person[person].holds):
        other = board.held[person, h]
        first = board.book[other].start
        if other == audit or not flat.key[row].key_first <= first <= flat.key[row].key_last:
            continue
        at = carried_row(flat, flat.key[row].key_kind, other)
        for c in range(flat.carried_ptr[at], flat.carried_ptr[at + 1]):
            last = first + board.book[other].length - 1
            if flat.carry[c].carried == key and in_pool(flat, flat.carry[c].carried_pool, person, first, last):
                return True
    return False


@kernel
def roomy(flat: Flat, board: Board, audit: int, person: int, length: int) -> bool:
    """Tell whether every cap of a person has room for an audit wherever it starts; False when in doubt."""
    for r in range(flat.auditor[person].cap_ptr, flat.auditor[person + 1].cap_ptr):
        more = length * flat.cap_weight[flat.cap[r].cap_kind, audit]
        if more > 0 and board.used[r] + more > flat.cap[r].cap_limit:
            return False
    for r in range(flat.auditor[person].key_ptr, flat.auditor[person + 1].key_ptr):
        at = carried_row(flat, flat.key[r].key_kind, audit)
        more = flat.carried_ptr[at + 1] - flat.carried_ptr[at]
        if more > 0 and board.touched[r] + more > flat.key[r].key_limit:
            return False
    return True


@kernel
def steady_keys(flat: Flat, at: int, person: int) -> bool:
    """Tell whether the keys in row `at` of the carried count for a person at all times of the horizon."""
    for c in range(flat.carried_ptr[at], flat.carried_ptr[at + 1]):
        pool, word, bit = flat.carry[c].carried_pool, person >> 6, np.uint64(1) << np.uint64(person & 63)
        if pool == NOBODY or (pool >= 0 and not flat.whole[pool, word] & bit):
            return False
    return True
