"""The lowered problem as flat arrays: what kernels read.

Slots are counted from the horizon's first. Candidates are stored once per class (same seats), their order by travel
once per class and place, people of a pool as bits; so the memory grows with classes, not with pairs of audit and
auditor.
Columns that go together are records of one table: a kernel compiles in time with the number of arrays it is given.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from auditmatch.goals import Costs
from auditmatch.kernel import pack, pack_rules
from auditmatch.lowered import Lowered
from auditmatch.shapes import Ints

# Costs and prices inside kernels are counted in this fraction of a point, so that sums of prices are exact.
SCALE = 1024
# No limit; above every cost, and small enough that sums of a few do not overflow.
NEVER = 2**56


class Flat(NamedTuple):
    """Read-only arrays. `x_ptr` of row r and of row r + 1 enclose the rows of table x that belong to r.

    Attributes
    ----------
    slot
        begin, finish, day: first calendar half-day of a slot, the one after its last, and its day.
    half, half0
        at_begin, at_finish: first slot that begins at or after half-day half0 + row, first that is over after it.
    form, starts
        counting, length, others, start_ptr: counting members, slots, most others; starts, ascending.
    person_ptr, candidate, span
        By class of audits: person, role, always, range_ptr, one row for each (person, role); range_first, range_last:
        slots in which the seat is valid.
    order_ptr, order
        By class and place: candidates by travel.
    audit
        form_ptr, group (class), trip (class and place), place, site (combination of places), penalty, must, preferred,
        hardness, wish_most; wish_ptr, barred_ptr, cover_ptr, link_ptr; the published booking: kept_start (-1: none),
        kept_length, kept_ptr.
    auditor
        home, emptiness; cap_ptr, key_ptr, apart_ptr.
    travel
        Points between places of audits and homes.
    steps
        (auditors, bends) loads from which a slot costs `fairness` points more.
    wish, barred
        wish_person, wish_points; barred_person, barred_first, barred_last: slots a booking with them may not touch.
    cover, demand, cover_pool
        Covers of an audit; at_least, constant, per_counting; pools by role: -1 everyone, -2 nobody.
    ever, whole, pool_ptr, member
        (pools, words) bits of people who belong some time, or all the time; pool_person, pool_first, pool_last, by
        person.
    link, tie
        Links of an audit; link_first, link_second, lo, hi, within, share, disjoint, required.
    need, exclusive
        Half-days by layer between sites; whether nobody overlaps.
    cap, cap_weight, key, carried_ptr, carry
        Slot caps of an auditor: cap_first, cap_last, cap_limit, cap_kind; weight of a slot by kind and audit. Key caps:
        key_first, key_last, key_limit, key_kind; carried, carried_pool: keys by kind * audits + audit.
    apart
        Who may not sit with an auditor.
    kept_person
        Published teams.
    mismatch, lateness, fairness, keep, keep_member
        Weights in points; mismatch of a pair is floor(mismatch * hardness * emptiness + 0.5).
    """

    slot: Any
    half: Any
    half0: int
    form: Any
    starts: npt.NDArray[np.int32]
    person_ptr: Ints
    candidate: Any
    span: Any
    order_ptr: Ints
    order: npt.NDArray[np.int32]
    audit: Any
    auditor: Any
    travel: Ints
    steps: Ints
    wish: Any
    barred: Any
    cover: Ints
    demand: Any
    cover_pool: Ints
    ever: npt.NDArray[np.uint64]
    whole: npt.NDArray[np.uint64]
    pool_ptr: Ints
    member: Any
    link: Ints
    tie: Any
    need: Ints
    exclusive: bool
    cap: Any
    cap_weight: Ints
    key: Any
    carried_ptr: Ints
    carry: Any
    apart: Ints
    kept_person: Ints
    mismatch: int
    lateness: int
    fairness: int
    keep: int
    keep_member: int


TABLES = {
    "slot": "begin finish day",
    "half": "at_begin at_finish",
    "form": "counting length others start_ptr",
    "candidate": "person role always range_ptr",
    "span": "range_first range_last",
    "audit": "form_ptr group trip place site penalty must preferred hardness wish_most wish_ptr barred_ptr cover_ptr "
    "link_ptr kept_start kept_length kept_ptr",
    "auditor": "home layer emptiness cap_ptr key_ptr apart_ptr",
    "wish": "wish_person wish_points",
    "barred": "barred_person barred_first barred_last",
    "demand": "at_least constant per_counting",
    "member": "pool_person pool_first pool_last",
    "tie": "link_first link_second lo hi within share disjoint required",
    "cap": "cap_first cap_last cap_limit cap_kind",
    "key": "key_first key_last key_limit key_kind",
    "carry": "carried carried_pool",
}


def flatten(lowered: Lowered, costs: Costs) -> Flat:
    """Turn shapes and goals into flat arrays."""
    scene = lowered.scene
    zero, slots = scene.first_slot, max(scene.last_slot - scene.first_slot + 1, 0)
    pools = pack_rules.Pools(len(scene.register.auditors), zero, slots)
    parts: dict[str, Any] = {}
    parts |= pack.times(lowered, zero, slots)
    parts |= pack.forms(lowered, zero, slots)
    parts |= pack.classes(lowered, costs, zero, slots)
    parts |= pack_rules.covers(lowered, pools)
    parts |= pack_rules.links(lowered)
    parts |= pack_rules.caps(lowered, pools, zero)
    parts |= pack.goals(lowered, costs, zero)
    parts |= pools.arrays()
    for name, columns in TABLES.items():
        parts[name] = pack.table({column: parts.pop(column) for column in columns.split()})
    for part in parts.values():
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
    return Flat(**parts)
