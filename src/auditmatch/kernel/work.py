"""What one thread scribbles on while it looks for the cheapest booking."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.pack import blank
from auditmatch.shapes import Bools, Ints

# Most demands that an audit can have: one bit each, and one bit to say that a person's bits depend on dates.
DEMANDS = 62
# Places in `found`.
COST, START, LENGTH, SIZE, CALLS, TOUCHED = range(6)


class Work(NamedTuple):
    """Scratch arrays of one thread.

    Attributes
    ----------
    at
        (starts,) starts, late, bound: of the form at hand, in slots; their cost; the least that a booking can cost.
    candidate
        (candidates,) person, seat, cost, mask, source: gathered for the form, with base cost, demands each may meet,
        and row of the class; kept: rows kept, as numbers of these.
    row
        (candidates, starts) cost of each kept candidate at each start, NEVER where it cannot sit.
    low, hold, cheap
        (starts, members) the cheapest candidates; (starts + 1, demands) the cheapest who meets each demand: by base
        cost in row 0, at start s in row s + 1; (members + 1,) the cheapest by base cost.
    pool, ask
        (demands, roles) who counts; (demands,) least, limit: at least or at most how many; asked: how many counting
        members must meet it; have: how many do; partner: whose people count, -1 without; scarce: demands by how few
        meet them; bid: what the cheapest who meets it costs.
    seated, beside
        (candidates,) list_, list_cost, list_mask: who can sit at the start at hand, cheapest first; other, other_cost,
        other_mask: the same for seats that do not count.
    path, mark
        (members,) pick, cursor, branch: the search's path; (candidates,) barred, inside: tried before, in the team.
    extra
        (others,) the seats beside the counting members that are tried.
    found, best
        Cost, start, length, size of the best booking, calls and candidates touched so far; its team and role.
    fresh
        (auditors,) whom the step under way has freed; a short list leaves none of them out.
    """

    at: Any
    candidate: Any
    row: Ints
    low: Ints
    hold: Ints
    cheap: Ints
    pool: Ints
    ask: Any
    seated: Any
    beside: Any
    path: Any
    mark: Any
    extra: Ints
    found: Ints
    best: Any
    fresh: Bools


def work_for(flat: Flat) -> Work:
    """Return scratch arrays that are large enough for every audit of a problem."""

    def most(numbers: Ints) -> int:
        return max(int(numbers.max(initial=0)), 1)

    def whole(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    people, starts = most(np.diff(flat.person_ptr)), most(np.diff(flat.form["start_ptr"]))
    members, extra = most(flat.form["counting"]), most(flat.form["others"])
    demands = most(np.diff(flat.audit["cover_ptr"])) + most(np.diff(flat.audit["link_ptr"]))
    if demands > DEMANDS:
        raise ArgumentError(
            f"an audit has {demands} demands and links, the most is {DEMANDS}. Maybe split its requirements?"
        )
    return Work(
        at=blank(starts, "starts late bound"),
        candidate=blank(people, "person seat cost mask source kept"),
        row=whole(people, starts),
        low=whole(starts, members),
        hold=whole(starts + 1, demands),
        cheap=whole(members + 1),
        pool=whole(demands, 3),
        ask=blank(demands, "least limit asked have partner scarce bid"),
        seated=blank(people, "list_ list_cost list_mask"),
        beside=blank(people, "other other_cost other_mask"),
        path=blank(members + 1, "pick cursor branch"),
        mark=blank(people, "barred inside"),
        extra=whole(extra + 1),
        found=whole(6),
        best=blank(members + extra, "team role"),
        fresh=np.zeros(len(flat.steps), dtype=np.bool_),
    )
