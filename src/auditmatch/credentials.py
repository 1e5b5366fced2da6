"""Who was qualified for what on which days: for rules' checks, which share nothing with the pools that engines read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.shapes import Bools, Ints

Keys = npt.NDArray[Any]
Days = npt.NDArray[np.datetime64]


def numbered(first: Keys, second: Keys) -> tuple[Ints, Ints]:
    """Return the same whole numbers for equal keys of two arrays of keys."""
    codes = np.unique(np.concatenate([first, second]).astype(str), return_inverse=True)[1].reshape(-1)
    return codes[: len(first)].astype(np.int64), codes[len(first) :].astype(np.int64)


def valid_on_every_day(
    held: tuple[Ints, Ints, Days, Days],
    asked: tuple[Ints, Ints, Ints],
    spans: tuple[Days, Days],
    worked: Bools,
    day_zero: np.datetime64,
) -> Bools:
    """Tell for each group whether on each working day of its span one of its questions is answered yes.

    Parameters
    ----------
    held
        Auditor, key, first and last day (NaT: for ever) of each credential held.
    asked
        Group, auditor and key of each question ("does this auditor hold this key?").
    spans
        First and last day of each group.
    worked, day_zero
        Which days are worked, from day_zero on.

    Returns
    -------
    (groups,) bool
    """
    owner, key, since, until = held
    group, who, wanted = asked
    first, last = spans
    width = int(max([key.max(initial=0), wanted.max(initial=0)])) + 1
    order = np.argsort(owner * width + key, kind="stable")
    sorted_keys = (owner * width + key)[order]
    low = np.searchsorted(sorted_keys, who * width + wanted, "left")
    count = np.searchsorted(sorted_keys, who * width + wanted, "right") - low
    question = np.repeat(np.arange(len(who)), count)
    within = np.arange(len(question)) - np.repeat(np.cumsum(count) - count, count)
    row = order[np.repeat(low, count) + within]
    g = group[question]
    ends = np.where(np.isnat(until[row]), np.datetime64("9999-12-31"), until[row])
    whole = (since[row] <= first[g]) & (ends >= last[g])
    answered = np.bincount(g[whole], minlength=len(first)) > 0
    touching = (since[row] <= last[g]) & (ends >= first[g])
    # Rarely a span is covered only by several credentials one after another; those few are walked day by day.
    for k in np.flatnonzero(~answered & (np.bincount(g[touching], minlength=len(first)) > 1)):
        mine = touching & (g == k)
        days = np.arange(first[k], last[k] + np.timedelta64(1, "D"))
        offset = (days - day_zero).astype(np.int64)
        inside = (offset >= 0) & (offset < len(worked))
        days = days[inside][worked[offset[inside]]]
        good = (since[row[mine]][:, None] <= days) & (ends[mine][:, None] >= days)
        answered[k] = bool(good.any(axis=0).all())
    return answered
