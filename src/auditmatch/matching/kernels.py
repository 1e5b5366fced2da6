"""Compiled loops over millions of rows: groups numbered, columns checked, members summed into groups.

Each says what `grouped` says in NumPy, in one pass and without a temporary. All run without Python's global lock, so
that threads share the work. This module loads the compiler: import it inside functions.

Two things make them fast. An index that is an unsigned number, or counts up from 0, spares the compiler the question
whether it is negative: rows therefore come as slices that start at 0. And a group far away in memory is asked for
`AHEAD` rows before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from numba import config, njit, types
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])
Array = npt.NDArray[Any]
AHEAD, NEAR = 48, 1 << 16  # rows; cells up to which all lie near
# Columns of Tally.marks.
SEEN, COUNT, LOW, ZERO = range(4)
# What a scan of a column finds, as bits.
OUTSIDE, BELOW, SPLIT = 1, 2, 4
# Knuth's multiplicative hashing of the lower and the upper half of a key: 2**32 over the golden ratio, and a prime.
_LOWER, _UPPER, _HALF = 0x9E3779B1, 0x85EBCA77, 0xFFFFFFFF


class Tally(NamedTuple):
    """What is summed of each cell: a group, or a parent of groups.

    Attributes
    ----------
    marks
        (cells, 4) int32: number of the last member seen; members; those with a factor raised to the floor; those with
        a factor given as 0.
    sums
        (cells, k) float64: sums of the terms.
    """

    marks: Array
    sums: Array


def _compiled(function: Function) -> Function:
    """Compile a function on its first call, and keep the machine code on disk."""
    made: Function = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
    return made


def _fetch(_context: Any, table: Any, index: Any) -> Any:
    """Ask the processor for an element of a flat array that will be written soon (LLVM's prefetch)."""
    from llvmlite import ir

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        flat = context.make_array(kind)(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(flat.data, [arguments[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        asked = ir.FunctionType(ir.VoidType(), [place.type, word, word, word])
        known = builder.module.globals.get("llvm.prefetch.p0i8")
        builder.call(
            known or ir.Function(builder.module, asked, "llvm.prefetch.p0i8"), [place, word(1), word(3), word(1)]
        )
        return context.get_dummy_value()

    return types.void(table, index), code


def _fetch_nothing(_table: Array, _index: int) -> None:
    """Stand in for `fetch` where nothing is compiled."""


fetch: Any = _fetch_nothing if config.DISABLE_JIT else intrinsic(_fetch)


def _find(keys: Array, known: Array, slots: Array, count: int, out: Array) -> tuple[int, int]:
    rows, room = len(keys), len(known)
    # As many of the top bits of a hash as the slots, a power of two, have numbers.
    bits = 0
    while (1 << bits) < len(slots):
        bits += 1
    shift, mask, one = np.uint64(32 - bits), np.uint64(len(slots) - 1), np.uint64(1)
    half, lower, upper, down = np.uint64(_HALF), np.uint64(_LOWER), np.uint64(_UPPER), np.uint64(32)
    for row in range(rows):
        key = keys[row]
        mixed = np.uint64(key)
        place = ((((mixed & half) * lower) ^ ((mixed >> down) * upper)) & half) >> shift
        number = slots[place]
        while number >= 0 and known[np.uint64(number)] != key:
            place = (place + one) & mask
            number = slots[place]
        if number < 0:
            if count == room:
                return row, count
            number = count
            known[count] = key
            slots[place] = count
            count += 1
        out[row] = number
    return rows, count


def _scan_share(values: Array, again: Array, before: float, floor: float) -> int:
    outside = below = split = False
    for row in range(len(values)):
        value = values[row]
        outside |= not ((value >= 0.0) & (value <= 1.0))
        below |= value < floor
        split |= again[row] & (value != before)
        before = value
    return outside * OUTSIDE + below * BELOW + split * SPLIT


def _scan_count(values: Array, again: Array, before: float) -> int:
    outside = split = False
    for row in range(len(values)):
        value = values[row]
        outside |= not ((value >= 1.0) & (value < np.inf))
        split |= again[row] & (value != before)
        before = value
    return outside * OUTSIDE + split * SPLIT


def _add_near(group: Array, B2: Array, C2: Array, D: Array, E: Array, totals: Array) -> bool:
    cells, right = len(totals), True
    for row in range(len(group)):
        cell = np.uint32(group[row])
        if cell >= cells:
            right = False
            continue
        totals[cell] += 1.0 / (B2[row] * C2[row] * D[row] * E[row])
    return right


def _add_far(group: Array, B2: Array, C2: Array, D: Array, E: Array, totals: Array) -> bool:
    greatest = np.uint32(0)
    for row in range(len(group)):
        greatest = max(greatest, np.uint32(group[row]))
    if greatest >= len(totals):
        return False
    later = group[AHEAD:]
    for row in range(len(later)):
        fetch(totals, np.int64(np.uint32(later[row])))
        totals[np.uint32(group[row])] += 1.0 / (B2[row] * C2[row] * D[row] * E[row])
    return add_near(group[len(later) :], B2[len(later) :], C2[len(later) :], D[len(later) :], E[len(later) :], totals)


add_near = _compiled(_add_near)
add_far = _compiled(_add_far)


def _total_difficulty(
    group: Array, B2: Array, C2: Array, D: Array, E: Array, part: int, parts: int, block: int, totals: Array
) -> bool:
    right, far = True, len(totals) > NEAR
    for first in range(part * block, len(group), parts * block):
        last = min(first + block, len(group))
        g, b, c, d, e = group[first:last], B2[first:last], C2[first:last], D[first:last], E[first:last]
        right &= add_far(g, b, c, d, e, totals) if far else add_near(g, b, c, d, e, totals)
    return right


def _total_sufficiency(group: Array, B1: Array, C1: Array, part: int, parts: int, block: int, totals: Array) -> bool:
    cells, right = len(totals), True
    for first in range(part * block, len(group), parts * block):
        last = min(first + block, len(group))
        some, b1, c1 = group[first:last], B1[first:last], C1[first:last]
        for row in range(len(some)):
            cell = np.uint32(some[row])
            if cell >= cells:
                right = False
                continue
            totals[cell] += b1[row] / c1[row]
    return right


def _note_difficulty(tally: Tally, cell: Any, member: int, flag: int, a: float, b: float, c: float, d: float) -> None:
    marks, sums = tally.marks, tally.sums
    marks[cell, SEEN] = member
    marks[cell, COUNT] += 1
    if flag:
        marks[cell, LOW] += flag & 1
        marks[cell, ZERO] += flag >> 1
    sums[cell, 0] += a
    sums[cell, 1] += b
    sums[cell, 2] += c
    sums[cell, 3] += d


def _note_sufficiency(tally: Tally, cell: Any, member: int, flag: int, a: float, b: float) -> None:
    marks, sums = tally.marks, tally.sums
    marks[cell, SEEN] = member
    marks[cell, COUNT] += 1
    if flag:
        marks[cell, LOW] += flag & 1
        marks[cell, ZERO] += flag >> 1
    sums[cell, 0] += a
    sums[cell, 1] += b


find = _compiled(_find)
scan_share, scan_count = _compiled(_scan_share), _compiled(_scan_count)
total_difficulty, total_sufficiency = _compiled(_total_difficulty), _compiled(_total_sufficiency)
note_difficulty, note_sufficiency = _compiled(_note_difficulty), _compiled(_note_sufficiency)


def _add_difficulty(
    group: Array,
    member: Array,
    flag: Array,
    factors: tuple[Array, Array, Array, Array],
    additive: bool,
    up: Array,
    base: Tally,
    above: Tally,
) -> None:
    B2, C2, D, E = factors
    for row in range(len(group)):
        cell, who = np.uint32(group[row]), member[row]
        if base.marks[cell, SEEN] == who:
            continue  # seen in this group, and so in all its parents
        if additive:
            a, b, c, d = 1.0 / B2[row], 1.0 / C2[row], 1.0 / D[row], 1.0 / E[row]
        else:  # one division, and back by what it holds too much
            d = 1.0 / (B2[row] * C2[row] * D[row] * E[row])
            c = d * E[row]
            b = c * D[row]
            a = b * C2[row]
        note_difficulty(base, cell, who, flag[row], a, b, c, d)
        for level in range(up.shape[1]):
            parent = np.uint32(up[cell, level])
            if above.marks[parent, SEEN] != who:
                note_difficulty(above, parent, who, flag[row], a, b, c, d)


def _add_sufficiency(
    group: Array,
    member: Array,
    flag: Array,
    factors: tuple[Array, Array],
    additive: bool,
    up: Array,
    base: Tally,
    above: Tally,
) -> None:
    C1, B1 = factors
    for row in range(len(group)):
        cell, who = np.uint32(group[row]), member[row]
        if base.marks[cell, SEEN] == who:
            continue
        a = 1.0 / C1[row]
        b = 1.0 / B1[row] if additive else a * B1[row]
        note_sufficiency(base, cell, who, flag[row], a, b)
        for level in range(up.shape[1]):
            parent = np.uint32(up[cell, level])
            if above.marks[parent, SEEN] != who:
                note_sufficiency(above, parent, who, flag[row], a, b)


add_difficulty, add_sufficiency = _compiled(_add_difficulty), _compiled(_add_sufficiency)
