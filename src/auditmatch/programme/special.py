"""Special audits: at short notice after a failed spot check, and before a suspension is over."""

from __future__ import annotations

import numpy as np

from auditmatch.programme.cycle import Certificates, Found
from auditmatch.programme.dates import add_months
from auditmatch.programme.packs import PackRule, RuleBook
from auditmatch.programme.portfolio import Portfolio

DAY = np.timedelta64(1, "D")


def specials(book: RuleBook, held: Portfolio, span: tuple[np.datetime64, np.datetime64], found: Found) -> None:
    """Add the special audits that fall into a span of days; tell of those whose day has passed.

    A notice of a failed spot check asks for an audit within the days that the rule in force on it says; a suspension
    ends after the months that the rule in force on its first day says, and the certificate is withdrawn then.
    """
    for days, name, reason, since in (
        (held.notice, "short_notice", "unanswered", "spot check failed"),
        (held.suspended, "suspension", "withdrawn", "suspension"),
    ):
        for row in np.flatnonzero(~np.isnat(days)).tolist():
            day = days[row]
            rule = book.at(str(held.field[row]), name, day)
            if rule is None:
                found.lost.append((row, f"no_{name}", day, None))
                continue
            latest = day + int(rule.value) if name == "short_notice" else add_months(days[[row]], int(rule.value))[0]
            if latest < span[0]:
                found.lost.append((row, reason, latest, rule))
            elif day + DAY <= span[1]:
                _add(held, row, max(day + DAY, span[0]), latest, day, rule, since, found)


def _add(
    held: Portfolio, row: int, earliest: np.datetime64, latest: np.datetime64, anchor: np.datetime64, rule: PackRule,
    since: str, found: Found,
) -> None:  # fmt: skip
    some = np.array([row])
    certs = Certificates(some, held.decided[some], held.expires[some], held.done[some], held.visited[some])
    days = [np.array([d], dtype="datetime64[D]") for d in (anchor, earliest, latest)]
    found.add(certs, np.ones(1, dtype=bool), "special", 1, days[0], days[1], days[2], found.rule(rule), since)
