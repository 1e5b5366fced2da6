"""Coordination D and policy E of organisations, derived from their open audits where the register gives none.

Source: "The matching degree" in the design page. What its words leave open is settled here: an audit is due on its
`deadline`, a week runs from Monday to Sunday, a year from January to December, and only open audits count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auditmatch.matching.domain import Bools, Floats, Ints

if TYPE_CHECKING:
    from auditmatch.register import Register

POLICY_DEMANDS = ("gender", "team size", "designated auditor", "stage interval", "yearly frequency")


def coordination(register: Register) -> Floats:
    """Return D of each organisation: 1 / (most open audits of its group that are due in one week).

    Organisations without a group are a group of their own; without open audits D is 1. Shape (organisations,), in
    (0, 1].
    """
    organisation, deadline = _open_audits(register)
    group = _groups(register)
    # 1970-01-01 was a Thursday: with 3 days more, numbers change on Mondays.
    week = (deadline.astype(np.int64) + 3) // 7
    return np.asarray(1.0 / np.maximum(_most(group[organisation], week, len(group))[group], 1))


def policy(register: Register) -> Floats:
    """Return E of each organisation: 1 / (1 + kinds of policy demand its open audits carry). Shape (organisations,)."""
    return np.asarray(1.0 / (1.0 + policy_demands(register).sum(axis=1)))


def policy_demands(register: Register) -> Bools:
    """Tell which kinds of policy demand the open audits of each organisation carry.

    Returns
    -------
    (organisations, 5) bool in the order of `POLICY_DEMANDS`:
        gender (`females_min` or `males_min` above 0); team size (`team_min` above 1); designated auditor (a preference
        `require` for one of the audits or for the organisation); stage interval (a link `interval` from or to one of
        the audits); yearly frequency (two audits or more due in one calendar year).
    """
    audits, links, wishes = register.audits, register.links, register.preferences
    organisation, deadline = _open_audits(register)
    still_open = audits["status"] == "open"
    n = len(register.organisations)

    # Organisation of each audit, -1 for audits that are not open (they carry nothing any more) and, at the end, for
    # the row -1 of no audit.
    owner = np.where(still_open, register.index("organisations", audits["organisation_id"]), -1)
    owner_or_none = np.append(owner, -1)
    required = wishes["rule"] == "require"
    designated = owner_or_none[register.index("audits", wishes["audit_id"][required])]
    by_name = register.index("organisations", wishes["organisation_id"][required])
    interval = links["kind"] == "interval"
    staged = np.concatenate([links["first_audit"][interval], links["second_audit"][interval]])
    year = deadline.astype("datetime64[Y]").astype(np.int64)
    columns = (
        _mark(n, owner[(audits["females_min"] > 0) | (audits["males_min"] > 0)]),
        _mark(n, owner[audits["team_min"] > 1]),
        _mark(n, np.concatenate([designated, by_name])),
        _mark(n, owner_or_none[register.index("audits", staged)]),
        _most(organisation, year, n) > 1,
    )
    return np.stack(columns, axis=1)


def _open_audits(register: Register) -> tuple[Ints, npt.NDArray[np.datetime64]]:
    """Return organisation row and deadline of each open audit."""
    still_open = register.audits["status"] == "open"
    names = register.audits["organisation_id"][still_open]
    organisation = register.index("organisations", names)
    return organisation, register.audits["deadline"][still_open]


def _groups(register: Register) -> Ints:
    """Number the groups of organisations; one without a group gets a number of its own. Shape (organisations,)."""
    names = register.organisations["group_id"].tolist()
    number = {name: row for row, name in enumerate(names) if name is not None}  # last row of each group
    return np.fromiter((number.get(name, row) for row, name in enumerate(names)), np.int64, len(names))


def _most(owner: Ints, period: Ints, n: int) -> Ints:
    """Return for each owner 0 .. n - 1 how many of its rows fall into its fullest period."""
    result = np.zeros(n, dtype=np.int64)
    if len(owner):
        first, width = period.min(), np.ptp(period) + 1
        keys, count = np.unique(owner * width + (period - first), return_counts=True)
        np.maximum.at(result, keys // width, count)
    return result


def _mark(n: int, rows: Ints) -> Bools:
    marked = np.zeros(n, dtype=np.bool_)
    marked[rows[rows >= 0]] = True
    return marked
