"""The first level of capacity on plain arrays, for a whole nation: the least share, and where it binds.

Groups are whatever the caller numbers: (field, large class, province, quarter), say, with a person standing once for
each quarter. Parts of the network that share nobody, such as provinces and quarters, are solved side by side, so each
has a least share of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError
from auditmatch.matching.domain import Bools, Floats, Ints, check_groups
from auditmatch.matching.flow import room_of
from auditmatch.matching.leximin import NOISE, first_levels
from auditmatch.matching.network import Limits, Staffing


@dataclass(frozen=True, slots=True, eq=False)
class FirstLevels:
    """The least share of each part of a network.

    Attributes
    ----------
    part
        (groups,) part of each group, -1 where nothing is asked.
    level
        (parts,) the greatest share that all groups of the part can have together; it may exceed 1.
    held
        (groups,) True for the groups that cannot get more than it: the bottleneck.
    asked, there
        (parts,) days that the held groups ask, and days of everyone who may serve one of them: level = there / asked.
    serving
        (people,) True for those people.
    """

    part: Ints
    level: Floats
    held: Bools
    asked: Floats
    there: Floats
    serving: Bools


def first_level(asked: npt.ArrayLike, there: npt.ArrayLike, group: npt.ArrayLike, person: npt.ArrayLike) -> FirstLevels:
    """Return the least max-min fair share of each part of a network of groups and people.

    People who may serve the same groups are put together, so the work grows with distinct sets of groups. Exact to
    1e-9.

    Parameters
    ----------
    asked
        (groups,) days asked, at least 0.
    there
        (people,) days of each person, at least 0.
    group, person
        (pairs,) the person may serve the group; a pair that stands twice counts once.

    Raises
    ------
    ArgumentError
        For days that are negative, NaN or infinite, numbers out of range, arrays of different length, or nothing asked.
    EngineError
        When the flow does not settle.
    """
    want, have = _days("asked", asked), _days("there", there)
    of_group, of_person = check_groups(group, len(want)), check_groups(person, len(have))
    if len(of_group) != len(of_person):
        raise ArgumentError(f"group has {len(of_group)} entries and person {len(of_person)}. Maybe one row a pair?")
    if not (want > 0).any():
        raise ArgumentError("no group asks a day. Maybe the days asked were filtered out?")
    staffing, groups, people, kind = _merged(want, have, of_group, of_person)
    parts = staffing.components()
    level, flow = first_levels(staffing, parts, np.inf)
    held = ~room_of(staffing, flow, NOISE * max(1.0, float(staffing.asked.sum()))).to_spare()[0]
    serving = np.zeros(len(staffing.days), dtype=np.bool_)
    serving[staffing.stretch[held[staffing.group]]] = True
    part, is_held = np.full(len(want), -1, dtype=np.int64), np.zeros(len(want), dtype=np.bool_)
    part[groups], is_held[groups] = parts[0], held
    serves = np.zeros(len(have), dtype=np.bool_)
    serves[people] = serving[kind]
    totals = np.zeros(parts[2])
    np.add.at(totals, parts[0][held], staffing.asked[held])
    # Parts of people alone ask nothing; they come last or between, and are left out.
    some = np.bincount(parts[0], minlength=parts[2]) > 0
    number = np.cumsum(some) - 1
    part[groups] = number[parts[0]]
    days = staffing.reach(serving, parts[1], parts[2])
    return FirstLevels(part, level[some], is_held, totals[some], days[some], serves)


def _days(name: str, values: npt.ArrayLike) -> Floats:
    days = np.asarray(values, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(days) & (days >= 0)))
    if wrong.size:
        first = ", ".join(map(str, wrong[:5].tolist()))
        raise ArgumentError(
            f"{name} must be a number of days of at least 0, but is not in {wrong.size} rows, first {first}. "
            "Maybe absent days should be 0?"
        )
    return days


def _merged(want: Floats, have: Floats, group: Ints, person: Ints) -> tuple[Staffing, Ints, Ints, Ints]:
    """Put people with equal sets of groups together.

    Returns
    -------
    The network; the numbers of its groups; the people in it, and the stretch that each went into.
    """
    groups = np.flatnonzero(want > 0)
    place = np.cumsum(want > 0) - 1
    keep = (want[group] > 0) & (have[person] > 0)
    keys = np.unique(person[keep] * len(groups) + place[group[keep]])
    who, what = keys // len(groups), keys % len(groups)
    begins = np.flatnonzero(np.diff(who, prepend=-1))
    # A set is known by two sums of 64-bit random numbers of its members: two sets of a nation are told apart but for
    # a chance of about 1e-27.
    marks = np.random.default_rng(0).integers(0, 2**64 - 1, size=(2, len(groups)), dtype=np.uint64)
    sums = np.stack([np.add.reduceat(mark[what], begins) if len(what) else mark[:0] for mark in marks])
    _, first, kind = np.unique(sums, axis=1, return_index=True, return_inverse=True)
    kind = kind.reshape(-1).astype(np.int64)
    people = who[begins]
    days = np.bincount(kind, weights=have[people], minlength=len(first)).astype(np.float64)
    length = np.diff(begins, append=len(who))
    size = length[first]
    stretch = np.repeat(np.arange(len(first)), size)
    within = np.arange(len(stretch)) - np.repeat(np.cumsum(size) - size, size)
    arcs = what[begins[first][stretch] + within]
    none = np.full(len(first), -1, dtype=np.int64)
    return Staffing(want[groups], days, arcs, stretch, none, np.zeros(0), Limits.none()), groups, people, kind
