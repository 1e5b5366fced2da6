"""Months added to dates, and the latest legal day under rules that change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from auditmatch.programme.packs import PackRule

Dates = npt.NDArray[np.datetime64]
FAR = np.datetime64("2200-01-01", "D")


def add_months(days: Dates, months: npt.ArrayLike) -> Dates:
    """Return the same day so many months later, or the month's last day where it is shorter."""
    month = days.astype("datetime64[M]")
    into = days - month.astype("datetime64[D]")
    later = month + np.asarray(months, dtype=np.int64).astype("timedelta64[M]")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(np.minimum(later.astype("datetime64[D]") + into, last))


def latest_legal(anchors: Dates, rules: Sequence[PackRule]) -> tuple[Dates, npt.NDArray[np.int64]]:
    """Return the latest day that keeps a limit of months counted from an anchor, and which rule sets it.

    A day is legal where the rule in force on it allows so many months, or where none is in force. The legal days from
    the anchor on are followed until the first that is not; -1 where no rule ever ends them.

    Parameters
    ----------
    anchors
        (n,) days from which the months count.
    rules
        Of one name, by time, no two in force on one day.
    """
    latest, which = np.full(len(anchors), FAR), np.full(len(anchors), -1, dtype=np.int64)
    open_still = np.ones(len(anchors), dtype=bool)
    for k, rule in enumerate(rules):
        ends = FAR if np.isnat(rule.last) else rule.last
        limit = add_months(anchors, int(rule.value))
        here = open_still & (anchors <= ends)
        # Legal under the rule before up to its last day, and already too late under this one.
        late = here & (limit < rule.first) & (anchors < rule.first)
        stops = here & (limit <= ends)
        latest = np.where(late, rule.first - np.timedelta64(1, "D"), np.where(stops, limit, latest))
        before = which if k else np.full(len(anchors), k, dtype=np.int64)
        which = np.where(late, np.maximum(before, k - 1 if k else k), np.where(stops, k, which))
        open_still &= ~(late | stops)
    return latest, which
