"""The visits of certificates over their cycles: windows, and the rule that sets each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from auditmatch.programme.dates import FAR, Dates, add_months, latest_legal
from auditmatch.programme.packs import PackRule, RuleBook

Ints: TypeAlias = npt.NDArray[np.int64]
DAY = np.timedelta64(1, "D")
# Days that a window needs at the least inside a calendar year.
SHORTEST = 30


@dataclass(frozen=True, slots=True)
class Certificates:
    """Certificates of one field, row by row; `visited` is the last surveillance of this cycle, NaT: none yet.

    Attributes
    ----------
    row
        Where each stands in the portfolio.
    decided, expires
        Decision, and last day of validity.
    done
        Surveillances held in this cycle.
    """

    row: Ints
    decided: Dates
    expires: Dates
    done: Ints
    visited: Dates

    def take(self, mask: npt.NDArray[np.bool_]) -> Certificates:
        """Return some of them."""
        return Certificates(*(getattr(self, n)[mask] for n in ("row", "decided", "expires", "done", "visited")))


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits that fall into a span, as columns.

    Attributes
    ----------
    row
        Certificate, as in `Certificates.row`.
    kind
        surveillance, recertification, unannounced, restoration (recertification after expiry) or special.
    number
        Which one of its cycle, from 1.
    anchor, earliest, latest
        From which day the limit counts; the window.
    rule
        Number of the rule in `rules` that sets `latest`.
    since
        Kind of day that the anchor is.
    after
        Days within which it follows the visit before, in the same programme; 0: nothing.
    """

    row: Ints
    kind: npt.NDArray[np.object_]
    number: Ints
    anchor: Dates
    earliest: Dates
    latest: Dates
    rule: Ints
    since: npt.NDArray[np.object_]
    after: Ints


@dataclass(slots=True)
class Found:
    """Visits and what cannot be placed, gathered field by field.

    `lost` holds (certificate, reason, day, rule or None).
    """

    rules: list[PackRule] = field(default_factory=list)
    parts: list[tuple[object, ...]] = field(default_factory=list)
    lost: list[tuple[int, str, np.datetime64, PackRule | None]] = field(default_factory=list)

    def rule(self, rule: PackRule) -> int:
        """Return the number of a rule."""
        if rule not in self.rules:
            self.rules.append(rule)
        return self.rules.index(rule)

    def visits(self) -> Visits:
        """Return all visits, by certificate and date."""
        names = ("row", "kind", "number", "anchor", "earliest", "latest", "rule", "since", "after")
        dates: list[str] = ["datetime64[D]"] * 3
        types: list[Any] = [np.int64, object, np.int64, *dates, np.int64, object, np.int64]
        columns: dict[str, Any] = {
            n: np.concatenate([np.array([], dtype=t), *(np.asarray(part[k]) for part in self.parts)])
            for k, (n, t) in enumerate(zip(names, types, strict=True))
        }
        order = np.lexsort([columns["latest"], columns["row"]])
        return Visits(**{n: c[order] for n, c in columns.items()})

    def add(
        self, certs: Certificates, mask: npt.NDArray[np.bool_], kind: str, number: Ints | int, anchor: Dates,
        earliest: Dates, latest: Dates, rule: Ints | int, since: str, after: Ints | int = 0,
    ) -> None:  # fmt: skip
        """Add the visits of some certificates."""
        n = int(mask.sum())
        if not n:
            return
        whole = (certs.row, np.full(len(mask), kind, dtype=object), number, anchor, earliest, latest, rule)
        rest = (np.full(len(mask), since, dtype=object), after)
        self.parts.append(tuple(np.broadcast_to(np.asarray(p), mask.shape)[mask] for p in (*whole, *rest)))


def cycles(
    book: RuleBook, field_name: str, certs: Certificates, span: tuple[np.datetime64, np.datetime64], found: Found,
    window: int, decision: int, risk: str = "",
) -> None:  # fmt: skip
    """Add the visits of one field's certificates, of one risk class, that fall into a span of days.

    Parameters
    ----------
    window
        Days that a window is open, or fewer where the visit before lies nearer.
    decision
        Days from the recertification audit to the decision, which comes before expiry.
    """
    if inspections := book.rules(field_name, f"follow_up_{risk or 'none'}") or book.rules(field_name, "follow_up"):
        _follow_up(inspections, certs, span, found, window)
        return
    if not book.rules(field_name, "surveillance_interval") and not book.rules(field_name, "calendar_year"):
        for row in certs.row.tolist():
            found.lost.append((row, "unset", span[0], None))
        return
    certs = _expired(book, field_name, certs, span, found)
    years = int(_value(book, field_name, "cycle_years", span[0], 3))
    while len(certs.row):
        _one_cycle(book, field_name, certs, span, found, window, decision)
        alive = certs.expires < span[1]
        certs = certs.take(alive)
        zero = np.zeros(len(certs.row), dtype=np.int64)
        none = np.full(len(certs.row), np.datetime64("NaT", "D"))
        certs = Certificates(certs.row, certs.expires, add_months(certs.expires, 12 * years), zero, none)


def _value(book: RuleBook, name: str, rule: str, day: np.datetime64, default: float) -> float:
    found = book.at(name, rule, day)
    return default if found is None else found.value


def _expired(
    book: RuleBook, name: str, certs: Certificates, span: tuple[np.datetime64, np.datetime64], found: Found
) -> Certificates:
    """Restore what has expired where the rules allow it, and tell of the rest; return those in force."""
    gone = certs.expires < span[0]
    rules = book.rules(name, "restoration")
    late = certs.take(gone)
    if len(late.row):
        limit, which = latest_legal(late.expires, rules)
        allowed = np.array([which[k] >= 0 and rules[which[k]].value > 0 for k in range(len(which))], dtype=bool)
        allowed &= limit >= span[0]
        numbers = np.array([found.rule(rules[w]) if w >= 0 else -1 for w in which.tolist()], dtype=np.int64)
        begin = np.full(len(late.row), span[0])
        found.add(late, allowed, "restoration", 1, late.expires, begin, limit, numbers, "expiry")
        for k in np.flatnonzero(~allowed).tolist():
            rule = rules[which[k]] if which[k] >= 0 else None
            found.lost.append((int(late.row[k]), "expired", late.expires[k], rule))
    return certs.take(~gone)


def _one_cycle(
    book: RuleBook, name: str, certs: Certificates, span: tuple[np.datetime64, np.datetime64], found: Found,
    window: int, decision: int,
) -> None:  # fmt: skip
    """Add the surveillances and the recertification of one cycle."""
    n = len(certs.row)
    final = certs.expires - np.timedelta64(decision, "D")
    before, held = certs.decided.copy(), np.zeros(n, dtype=bool)
    count = max((int(r.value) for r in book.rules(name, "surveillances")), default=2)
    for number in range(1, count + 1):
        past = number <= certs.done
        limit_rules = book.rules(name, "first_surveillance" if number == 1 else "surveillance_interval")
        latest, which = latest_legal(before, limit_rules)
        rule = np.array([found.rule(r) for r in limit_rules] or [-1], dtype=np.int64)[which]
        latest, rule = _calendar_year(book, name, before, latest, rule, found)
        last_held = past & (number == certs.done) & ~np.isnat(certs.visited)
        due = ~past & (latest < final) & (latest < FAR)
        early = np.maximum(latest - np.timedelta64(window, "D"), before + DAY)
        if book.rules(name, "calendar_year"):
            # Held on any day of its window it counts for one calendar year, and the next is due in the year after.
            early = np.where(latest < FAR, np.maximum(early, _year(latest)), early)
        since = "certification decision" if number == 1 else f"surveillance {number - 1}"
        _windows(certs, due, "surveillance", number, before, early, latest, rule, since, span, found, held)
        before = np.where(last_held, certs.visited, np.where(past, before, np.where(due, latest, before)))
        held = due & (latest >= span[0])
    cycle = book.rules(name, "cycle_years")
    rule_at = _numbers(found, cycle, certs.expires)
    early = np.maximum(final - np.timedelta64(window, "D"), before + DAY)
    every = np.ones(n, dtype=bool)
    none = np.zeros(n, dtype=bool)
    _windows(certs, every, "recertification", 1, certs.expires, early, final, rule_at, "expiry", span, found, none)


def _numbers(found: Found, rules: tuple[PackRule, ...], days: Dates) -> Ints:
    """Return the number of the rule in force on each day; -1 where there is none."""
    numbers = np.full(len(days), -1, dtype=np.int64)
    for rule in rules:
        holds = (rule.first <= days) & (days <= (FAR if np.isnat(rule.last) else rule.last))
        if holds.any():
            numbers[holds] = found.rule(rule)
    return numbers


def _calendar_year(
    book: RuleBook, name: str, before: Dates, latest: Dates, rule: Ints, found: Found
) -> tuple[Dates, Ints]:
    """Return the earlier of a limit and the end of the calendar year after that of the visit before."""
    rules = book.rules(name, "calendar_year")
    if not rules:
        return latest, rule
    years = before.astype("datetime64[Y]") + np.timedelta64(2, "Y")
    ends: Dates = np.asarray(years.astype("datetime64[D]") - DAY, dtype="datetime64[D]")
    numbers = _numbers(found, rules, ends)
    sooner = (ends < latest) & (numbers >= 0)
    latest, rule = np.where(sooner, ends, latest), np.where(sooner, numbers, rule)
    # A window that would end in the first days of a year ends with the year before, so that it lies in one year.
    new_year = _year(latest)
    short = (latest - new_year < np.timedelta64(SHORTEST, "D")) & (new_year - DAY > before) & (latest < FAR)
    return np.where(short, new_year - DAY, latest), np.where(short, _numbers(found, rules, new_year - DAY), rule)


def _year(days: Dates) -> Dates:
    """Return the first day of the year."""
    return np.asarray(days.astype("datetime64[Y]").astype("datetime64[D]"))


def _windows(
    certs: Certificates, due: npt.NDArray[np.bool_], kind: str, number: int, anchor: Dates, early: Dates, latest: Dates,
    rule: Ints, since: str, span: tuple[np.datetime64, np.datetime64], found: Found, held: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """Add the windows that meet the span; tell of those that closed before it."""
    early = np.asarray(np.minimum(early, latest), dtype="datetime64[D]")
    inside = due & (latest >= span[0]) & (early <= span[1])
    closed = due & (latest < span[0]) & (certs.expires >= span[0])
    for k in np.flatnonzero(closed).tolist():
        made = found.rules[rule[k]] if rule[k] >= 0 else None
        found.lost.append((int(certs.row[k]), "closed", latest[k], made))
    # The visit before may be held on any day of its window, and the limit follows it; a day less, for leap years.
    after = np.where(held & (number > 1), (latest - anchor).astype(np.int64) - 1, 0)
    found.add(certs, inside, kind, number, anchor, np.maximum(early, span[0]), latest, rule, since, after)


def _follow_up(
    rules: tuple[PackRule, ...], certs: Certificates, span: tuple[np.datetime64, np.datetime64], found: Found,
    window: int,
) -> None:  # fmt: skip
    """Add unannounced inspections, so many months at most after the decision or the one before."""
    before = np.where(np.isnat(certs.visited), certs.decided, certs.visited)
    number = certs.done + 1
    while True:
        latest, which = latest_legal(before, rules)
        due = (latest < FAR) & (latest <= certs.expires) & (before <= span[1])
        if not due.any():
            return
        rule = np.array([found.rule(r) for r in rules], dtype=np.int64)[which]
        early = np.maximum(latest - np.timedelta64(window, "D"), before + DAY)
        inside = due & (latest >= span[0]) & (early <= span[1])
        begin = np.maximum(early, span[0])
        found.add(certs, inside, "unannounced", number, before, begin, latest, rule, "inspection before")
        for k in np.flatnonzero(due & (latest < span[0]) & (add_months(latest, 12) >= span[0])).tolist():
            found.lost.append((int(certs.row[k]), "closed", latest[k], rules[which[k]]))
        before, number = np.where(due, latest, FAR), number + 1
