"""The lowered problem as flat arrays: what kernels read.

Slots are counted from the horizon's first. Candidates are stored once per class (same seats), their order by travel once
per class and place, people of a pool as bits; so the memory grows with classes, not with pairs of audit and auditor.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from auditmatch.goals import Costs
from auditmatch.kernel import pack, pack_rules
from auditmatch.lowered import Lowered
from auditmatch.shapes import Bools, Ints

# Costs and prices inside kernels are counted in this fraction of a point, so that sums of prices are exact.
SCALE = 1024
# No limit; above every cost, and small enough that sums of a few do not overflow.
NEVER = 2**56


class Flat(NamedTuple):
    """Read-only arrays. `x_ptr[r] : x_ptr[r + 1]` are the rows of table x that belong to r.

    Attributes
    ----------
    begin, finish, day
        (slots,) first calendar half-day of a slot, the one after its last, and its day.
    at_begin, at_finish
        (half-days + 1,) first slot that begins at or after a half-day, first that is over after it; from half0 on.
    form_ptr, counting, length, others
        Forms of an audit: counting members, slots, most others.
    start_ptr, starts
        Starts of a form, ascending.
    group, person_ptr, person, role, always, range_ptr, range_first, range_last
        Class of an audit; its candidates, one for each (person, role), with the slots in which the seat is valid.
    trip, order_ptr, order
        Class and place of an audit; its candidates by travel.
    travel, place, home
        Points between places of audits and homes.
    hardness, emptiness, mismatch
        Mismatch of audit and person: floor(mismatch * hardness * emptiness + 0.5).
    wish_ptr, wish_person, wish_points, wish_most
        Preferences of an audit.
    barred_ptr, barred_person, barred_first, barred_last
        Slots that a booking with this person may not touch.
    cover_ptr, cover
        Covers of an audit.
    at_least, constant, per_counting, cover_pool
        Covers; pools by role: -1 everyone, -2 nobody.
    ever, whole, pool_ptr, pool_person, pool_first, pool_last
        (pools, words) bits of people who belong some time or all the time; ranges sorted by person.
    link_ptr, link, link_first, link_second, lo, hi, within, share, disjoint, required
        Links of an audit; OPEN where a link says nothing.
    site, need, exclusive
        Combination of places of each audit and half-days between any two; whether nobody overlaps.
    cap_ptr, cap_first, cap_last, cap_limit, cap_kind, cap_weight
        Slot caps of an auditor; weight of a slot by kind and audit.
    key_ptr, key_first, key_last, key_limit, key_kind, carried_ptr, carried, carried_pool
        Key caps of an auditor; keys of an audit by kind, at row kind * audits + audit.
    apart_ptr, apart
        Who may not sit with an auditor.
    penalty, must, preferred, lateness, steps, fairness, keep, keep_member
        Goals, in points.
    kept_start, kept_length, kept_ptr, kept_person
        Published bookings; start -1 without one.
    """

    begin: Ints
    finish: Ints
    day: Ints
    half0: int
    at_begin: Ints
    at_finish: Ints
    form_ptr: Ints
    counting: Ints
    length: Ints
    others: Ints
    start_ptr: Ints
    starts: npt.NDArray[np.int32]
    group: Ints
    person_ptr: Ints
    person: npt.NDArray[np.int32]
    role: npt.NDArray[np.int8]
    always: Bools
    range_ptr: Ints
    range_first: Ints
    range_last: Ints
    trip: Ints
    order_ptr: Ints
    order: npt.NDArray[np.int32]
    travel: Ints
    place: Ints
    home: Ints
    hardness: npt.NDArray[np.float64]
    emptiness: npt.NDArray[np.float64]
    mismatch: int
    wish_ptr: Ints
    wish_person: Ints
    wish_points: Ints
    wish_most: Ints
    barred_ptr: Ints
    barred_person: Ints
    barred_first: Ints
    barred_last: Ints
    cover_ptr: Ints
    cover: Ints
    at_least: Bools
    constant: Ints
    per_counting: Ints
    cover_pool: Ints
    ever: npt.NDArray[np.uint64]
    whole: npt.NDArray[np.uint64]
    pool_ptr: Ints
    pool_person: Ints
    pool_first: Ints
    pool_last: Ints
    link_ptr: Ints
    link: Ints
    link_first: Ints
    link_second: Ints
    lo: Ints
    hi: Ints
    within: Ints
    share: Ints
    disjoint: Bools
    required: Bools
    site: Ints
    need: Ints
    exclusive: bool
    cap_ptr: Ints
    cap_first: Ints
    cap_last: Ints
    cap_limit: Ints
    cap_kind: Ints
    cap_weight: Ints
    key_ptr: Ints
    key_first: Ints
    key_last: Ints
    key_limit: Ints
    key_kind: Ints
    carried_ptr: Ints
    carried: Ints
    carried_pool: Ints
    apart_ptr: Ints
    apart: Ints
    penalty: Ints
    must: Bools
    preferred: Ints
    lateness: int
    steps: Ints
    fairness: int
    keep: int
    keep_member: int
    kept_start: Ints
    kept_length: Ints
    kept_ptr: Ints
    kept_person: Ints


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
    for part in parts.values():
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
    return Flat(**parts)
