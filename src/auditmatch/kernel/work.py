"""What one thread scribbles on while it looks for the cheapest booking."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditmatch.kernel.flat import Flat
from auditmatch.shapes import Bools, Ints

# Most demands that an audit can have: one bit each, and one bit to say that a person's bits depend on dates.
DEMANDS = 62
# Places in `found`.
COST, START, LENGTH, SIZE, CALLS, TOUCHED = range(6)


class Work(NamedTuple):
    """Scratch arrays of one thread.

    Attributes
    ----------
    starts, late, bound
        (starts,) of the form at hand, in slots; their cost; the least that a booking there can cost.
    person, seat, cost, mask, source, kept
        (candidates,) gathered for the form; base cost; which demands each may meet; candidate of the class; rows kept,
        as numbers of these.
    row
        (candidates, starts) cost of each kept candidate at each start, NEVER where it cannot sit.
    low, hold
        (starts, members) the cheapest candidates; (starts + 1, demands) the cheapest who meets each demand: by base
        cost in row 0, at start s in row s + 1.
    pool, least, limit, asked, have, partner, scarce
        (demands, roles) or (demands,): who counts, at least or at most, the bound, how many counting members must meet
        it, how many do; partner whose people count, -1 without; demands by how few meet them.
    list_, list_cost, list_mask
        (candidates,) who can sit at the start at hand, cheapest first; other_... the same for seats that do not count.
    pick, cursor, branch
        (members,) the search's path. `barred`, `inside`: (candidates,) tried before, in the team.
    found, team, role
        Cost, start, length, size of the best booking, calls and candidates touched so far; its people and roles.
    """

    starts: Ints
    late: Ints
    bound: Ints
    person: Ints
    seat: Ints
    cost: Ints
    mask: Ints
    source: Ints
    kept: Ints
    row: Ints
    low: Ints
    hold: Ints
    cheap: Ints
    pool: Ints
    least: Bools
    limit: Ints
    asked: Ints
    have: Ints
    partner: Ints
    scarce: Ints
    list_: Ints
    list_cost: Ints
    list_mask: Ints
    other: Ints
    other_cost: Ints
    other_mask: Ints
    pick: Ints
    cursor: Ints
    branch: Ints
    barred: Ints
    inside: Bools
    extra: Ints
    found: Ints
    team: Ints
    role: Ints


def work_for(flat: Flat) -> Work:
    """Return scratch arrays that are large enough for every audit of a problem."""
    people = max(int(np.diff(flat.person_ptr).max(initial=0)), 1)
    starts = max(int(np.diff(flat.start_ptr).max(initial=0)), 1)
    members = max(int(flat.counting.max(initial=0)), 1)
    extra = max(int(flat.others.max(initial=0)), 1)
    demands = int(np.diff(flat.cover_ptr).max(initial=0)) + int(np.diff(flat.link_ptr).max(initial=0)) + 1

    def whole(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    return Work(
        *(whole(starts) for _ in range(3)),
        *(whole(people) for _ in range(6)),
        row=whole(people, starts),
        low=whole(starts, members),
        hold=whole(starts + 1, demands),
        cheap=whole(members + 1),
        pool=whole(demands, 3),
        least=np.zeros(demands, dtype=np.bool_),
        limit=whole(demands),
        asked=whole(demands),
        have=whole(demands),
        partner=whole(demands),
        scarce=whole(demands),
        list_=whole(people),
        list_cost=whole(people),
        list_mask=whole(people),
        other=whole(people),
        other_cost=whole(people),
        other_mask=whole(people),
        pick=whole(members + 1),
        cursor=whole(members + 1),
        branch=whole(members + 1),
        barred=whole(people),
        inside=np.zeros(people, dtype=np.bool_),
        extra=whole(extra + 1),
        found=whole(6),
        team=whole(members + extra),
        role=whole(members + extra),
    )
