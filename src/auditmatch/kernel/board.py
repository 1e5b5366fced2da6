"""Bookings that stand, as arrays, and the kernels that add one, take one out and ask what caps and gaps leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.flat import Flat
from auditmatch.kernel.jit import entry, kernel
from auditmatch.placement import State
from auditmatch.shapes import Bools, Ints

# Start of an audit that is not booked; facts may begin before the horizon, at negative slots.
NONE = -(2**31)


class Board(NamedTuple):
    """What stands; written by kernels.

    Attributes
    ----------
    base, run
        (auditors, slots) away or held by a fact; (auditors, slots) free slots in a row from this one on.
    start, length, size, low, high
        (audits,) booking of each audit: first slot (NONE: not booked), slots, people, first half-day and the one after
        the last.
    team, seat
        (audits, largest team) people, ascending, and their roles.
    fact
        (audits,) stands for ever.
    held, holds
        (auditors, most) audits of each auditor in no order, and how many.
    load
        (auditors,) slots of bookings that are no facts.
    used, touched
        By row of a slot cap: weighted slots used; by row of a key cap: distinct keys touched.
    """

    base: Bools
    run: Ints
    start: Ints
    length: Ints
    size: Ints
    low: Ints
    high: Ints
    team: Ints
    seat: Ints
    fact: Bools
    held: Ints
    holds: Ints
    load: Ints
    used: Ints
    touched: Ints


def board_of(flat: Flat, state: State) -> Board:
    """Return the board of a state in which nothing stands but facts."""
    audits, (people, slots) = len(flat.penalty), (len(flat.home), len(flat.begin))
    zero = state.lowered.scene.first_slot
    facts = {placed.audit: placed for placed in state.facts}
    widest = max([1, *(len(p.team) for p in facts.values()), int((flat.counting + flat.others).max(initial=0))])
    room = min(slots, audits) if flat.exclusive else audits
    most = room + max([0, *(len(some) for some in state.by_auditor.values())])
    numbers = {name: np.zeros(audits, dtype=np.int64) for name in ("length", "size", "low", "high")}
    board = Board(
        base=np.ascontiguousarray(state.taken[:, zero : zero + slots]),
        run=np.zeros((people, slots + 1), dtype=np.int64),
        start=np.full(audits, NONE, dtype=np.int64),
        **numbers,
        team=np.zeros((audits, widest), dtype=np.int64),
        seat=np.zeros((audits, widest), dtype=np.int64),
        fact=np.zeros(audits, dtype=np.bool_),
        held=np.zeros((people, max(most, 1)), dtype=np.int64),
        holds=np.zeros(people, dtype=np.int64),
        load=np.zeros(people, dtype=np.int64),
        used=np.zeros(len(flat.cap_kind), dtype=np.int64),
        touched=np.zeros(len(flat.key_kind), dtype=np.int64),
    )
    for placed in facts.values():
        members = np.array(placed.team, dtype=np.int64).reshape(-1, 2)
        board.team[placed.audit, : len(members)], board.seat[placed.audit, : len(members)] = members.T
        _stand(flat, board, placed.audit, placed.start - zero, placed.length, len(members), *placed.halves)
        board.fact[placed.audit] = True
    _runs(board.base, board.run)
    board.load[:] = 0
    return board


def copy(board: Board) -> Board:
    """Return a board that can change on its own; what never changes is shared."""
    shared = {"base", "fact"}
    return Board(*(part if name in shared else part.copy() for name, part in zip(board._fields, board, strict=True)))


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
    _stand(flat, board, audit, start, length, size, flat.begin[start], flat.finish[start + length - 1])
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
def _stand(
    flat: Flat, board: Board, audit: int, start: int, length: int, size: int, low: int, high: int
) -> None:
    """Book people, caps, keys and load."""
    board.start[audit], board.length[audit], board.size[audit] = start, length, size
    board.low[audit], board.high[audit] = low, high
    for m in range(size):
        i = board.team[audit, m]
        board.load[i] += length
        for r in range(flat.cap_ptr[i], flat.cap_ptr[i + 1]):
            board.used[r] += slots_inside(flat, r, start, length) * flat.cap_weight[flat.cap_kind[r], audit]
        for r in range(flat.key_ptr[i], flat.key_ptr[i + 1]):
            board.touched[r] += new_keys(flat, board, r, i, audit, start, length)
        board.held[i, board.holds[i]] = audit
        board.holds[i] += 1


@entry
def remove(flat: Flat, board: Board, audit: int) -> None:
    """Take a booking out; its team stays written."""
    start, length = board.start[audit], board.length[audit]
    for m in range(board.size[audit]):
        i = board.team[audit, m]
        board.load[i] -= length
        place = 0
        while board.held[i, place] != audit:
            place += 1
        board.holds[i] -= 1
        board.held[i, place] = board.held[i, board.holds[i]]
        for r in range(flat.cap_ptr[i], flat.cap_ptr[i + 1]):
            board.used[r] -= slots_inside(flat, r, start, length) * flat.cap_weight[flat.cap_kind[r], audit]
        for r in range(flat.key_ptr[i], flat.key_ptr[i + 1]):
            board.touched[r] -= new_keys(flat, board, r, i, audit, start, length)
        if flat.exclusive:
            t = start + length - 1
            while t >= 0 and (t >= start or board.run[i, t] > 0):
                board.run[i, t] = 0 if board.base[i, t] else board.run[i, t + 1] + 1
                t -= 1
    board.start[audit] = NONE


@kernel
def slots_inside(flat: Flat, row: int, start: int, length: int) -> int:
    """Return how many slots of a booking lie inside a slot cap."""
    return max(0, min(start + length - 1, flat.cap_last[row]) - max(start, flat.cap_first[row]) + 1)


@kernel
def in_pool(flat: Flat, pool: int, person: int, first: int, last: int) -> bool:
    """Tell whether a person belongs to a pool during slots [first, last]; -1 is everyone, -2 nobody."""
    if pool < 0:
        return pool == -1
    word, bit = person >> 6, np.uint64(1) << np.uint64(person & 63)
    if first >= 0 and last < len(flat.begin):
        # The bits speak of the horizon alone; a fact may lie outside it.
        if flat.whole[pool, word] & bit:
            return True
        if not flat.ever[pool, word] & bit:
            return False
    low, high = flat.pool_ptr[pool], flat.pool_ptr[pool + 1]
    while low < high:
        middle = (low + high) // 2
        if flat.pool_person[middle] < person:
            low = middle + 1
        else:
            high = middle
    while low < flat.pool_ptr[pool + 1] and flat.pool_person[low] == person:
        if flat.pool_first[low] <= first and last <= flat.pool_last[low]:
            return True
        low += 1
    return False


@kernel
def new_keys(flat: Flat, board: Board, row: int, person: int, audit: int, start: int, length: int) -> int:
    """Return how many keys of a key cap a booking touches that no other booking of the person touches."""
    if not flat.key_first[row] <= start <= flat.key_last[row]:
        return 0
    at = flat.key_kind[row] * len(flat.penalty) + audit
    found = 0
    for c in range(flat.carried_ptr[at], flat.carried_ptr[at + 1]):
        key = flat.carried[c]
        if in_pool(flat, flat.carried_pool[c], person, start, start + length - 1):
            again = False
            for d in range(flat.carried_ptr[at], c):
                if flat.carried[d] == key and in_pool(
                    flat, flat.carried_pool[d], person, start, start + length - 1
                ):
                    again = True
            if not again and not _touched(flat, board, row, person, audit, key):
                found += 1
    return found


@kernel
def _touched(flat: Flat, board: Board, row: int, person: int, audit: int, key: int) -> bool:
    """Tell whether another booking of a person touches a key inside the cap."""
    for h in range(board.holds[person]):
        other = board.held[person, h]
        first = board.start[other]
        if other == audit or not flat.key_first[row] <= first <= flat.key_last[row]:
            continue
        at = flat.key_kind[row] * len(flat.penalty) + other
        for c in range(flat.carried_ptr[at], flat.carried_ptr[at + 1]):
            last = first + board.length[other] - 1
            if flat.carried[c] == key and in_pool(flat, flat.carried_pool[c], person, first, last):
                return True
    return False


@kernel
def roomy(flat: Flat, board: Board, audit: int, person: int, length: int) -> bool:
    """Tell whether every cap of a person has room for an audit wherever it starts; False when in doubt."""
    for r in range(flat.cap_ptr[person], flat.cap_ptr[person + 1]):
        more = length * flat.cap_weight[flat.cap_kind[r], audit]
        if more > 0 and board.used[r] + more > flat.cap_limit[r]:
            return False
    for r in range(flat.key_ptr[person], flat.key_ptr[person + 1]):
        at = flat.key_kind[r] * len(flat.penalty) + audit
        more = flat.carried_ptr[at + 1] - flat.carried_ptr[at]
        if more > 0 and board.touched[r] + more > flat.key_limit[r]:
            return False
    return True


@kernel
def under_caps(flat: Flat, board: Board, audit: int, person: int, start: int, length: int) -> bool:
    """Tell whether a person has room under every cap for a booking."""
    for r in range(flat.cap_ptr[person], flat.cap_ptr[person + 1]):
        more = slots_inside(flat, r, start, length) * flat.cap_weight[flat.cap_kind[r], audit]
        if more > 0 and board.used[r] + more > flat.cap_limit[r]:
            return False
    for r in range(flat.key_ptr[person], flat.key_ptr[person + 1]):
        more = new_keys(flat, board, r, person, audit, start, length)
        if more > 0 and board.touched[r] + more > flat.key_limit[r]:
            return False
    return True
