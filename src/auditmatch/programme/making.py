"""The tables of a programme in the making: visits become audits, those of one client near each other one audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from auditmatch.programme.audit_time import AuditTime, audit_time, integrated, stated_time
from auditmatch.programme.cycle import Found, Visits
from auditmatch.programme.made import Lost, Programme
from auditmatch.programme.packs import RuleBook
from auditmatch.programme.portfolio import Portfolio
from auditmatch.programme.sites import WITHIN, Sites
from auditmatch.register import Register

Row: TypeAlias = dict[str, Any]
Size: TypeAlias = tuple[str, int, str | None, float]
# What a visit of the cycle is called in `audits`; and in audit time, where it is as long as another kind.
KINDS = {"restoration": "recertification"}
LIKE = {"unannounced": "surveillance", "special": "surveillance"}
SHORT = {"surveillance": "S", "recertification": "R", "restoration": "X", "unannounced": "U", "special": "P"}
# Days before the last legal one from which an audit weighs more, up to twice as much; and how much more where the rule
# says that a window missed suspends. Choices, no rules.
NEAR, SUSPENDS = 90, 2.0


class Maker:
    """Gathers the tables of a programme."""

    def __init__(
        self, register: Register, held: Portfolio, found: Found, book: RuleBook, span: tuple[Any, Any],
        integration: float | None, seed: int,
    ) -> None:  # fmt: skip
        self.register, self.held, self.found, self.book = register, held, found, book
        self.span, self.integration = span, integration
        self.sites, self.together = Sites(register, seed), list[tuple[str, str]]()
        self.audits: list[Row] = []
        self.needs: list[tuple[str, str, str]] = []
        self.serves: list[tuple[str, str]] = []
        self.links: list[tuple[str, str, int | None]] = []
        self.traces: dict[str, tuple[Any, ...]] = {}
        self.milestones: list[tuple[str, str, Any, str]] = []
        self.merged: list[str] = []
        self.apart: list[tuple[str, str]] = []
        self.saved_days, self.saved_visits = 0.0, 0

    def visits(self, visits: Visits) -> None:
        """Turn visits into audits, those of one client near each other into one where that is legal and saves days."""
        client = self.held.client[visits.row]
        order = np.lexsort([visits.latest, client])
        cuts = np.flatnonzero(np.diff(client[order])) + 1
        last_of: dict[int, str] = {}
        for group in np.split(order, cuts) if len(order) else []:
            for some in self._groups(visits, group.tolist()):
                name = self._audit(visits, some)
                for k in some:
                    before = last_of.get(int(visits.row[k]))
                    if visits.after[k] and before is not None and before != name:
                        self.links.append((before, name, int(visits.after[k])))
                    last_of[int(visits.row[k])] = name

    def _groups(self, visits: Visits, group: list[int]) -> list[list[int]]:
        """Return the visits of one client as lists that are held as one."""
        if self.integration is None or len(group) == 1:
            return [[k] for k in group]
        done: list[list[int]] = []
        for k in group:
            near = done[-1] if done else None
            if near is not None and self._joins(visits, near, k):
                near.append(k)
            else:
                done.append([k])
        return done

    def _joins(self, visits: Visits, near: list[int], k: int) -> bool:
        """Tell whether a visit may be held together with others, and saves person-days; keep the reason if not."""
        rows = [*near, k]
        client = str(self.held.clients[self.held.client[visits.row[k]]])
        if any(visits.kind[j] in LIKE for j in rows):
            return False
        if visits.row[k] in visits.row[near]:
            return False
        opens, closes = max(visits.earliest[j] for j in rows), min(visits.latest[j] for j in rows)
        names = " and ".join(str(self.held.names[visits.row[j]]) for j in (near[-1], k))
        if closes < opens:
            if (opens - closes).astype(int) <= 60:
                self.apart.append((client, f"{names} have no day in common: {opens} is after {closes}"))
            return False
        fields = {str(self.held.field[visits.row[j]]) for j in rows}
        alone = sum(self._time(visits, j).days for j in rows)
        together = self._together(visits, rows).days
        if together > alone or (together == alone and len(fields) == 1):
            self.apart.append((client, f"{names}: together {together:g} person-days, apart {alone:g}"))
            return False
        return True

    def _time(self, visits: Visits, k: int) -> AuditTime:
        return time_of(*self.held.size(int(visits.row[k])), _timed_as(visits.kind[k]))

    def _together(self, visits: Visits, rows: Sequence[int]) -> AuditTime:
        parts = [self._time(visits, k) for k in rows]
        return parts[0] if len(parts) == 1 else integrated(parts, self.integration or 0.0)

    def _audit(self, visits: Visits, rows: list[int]) -> str:
        """Add one audit that serves some visits."""
        held, k = self.held, rows[0]
        time = self._together(visits, rows)
        kinds = {KINDS.get(visits.kind[j], visits.kind[j]) for j in rows}
        kind = "recertification" if "recertification" in kinds else str(visits.kind[k])
        opens, closes = max(visits.earliest[j] for j in rows), min(visits.latest[j] for j in rows)
        head = str(held.names[visits.row[k]]) if len(rows) == 1 else str(held.clients[held.client[visits.row[k]]])
        name = f"{head}-{SHORT[visits.kind[k]] if len(rows) == 1 else 'I'}{str(closes)[2:7].replace('-', '')}"
        while name in self.traces:
            name += "a"
        if len(rows) > 1:
            alone = sum(self._time(visits, j).days for j in rows)
            self.saved_days, self.saved_visits = self.saved_days + alone - time.days, self.saved_visits + len(rows) - 1
            self.merged.append(name)
        weight = self.priority(closes) * (SUSPENDS if any(self._suspends(visits, j) for j in rows) else 1.0)
        self.add(name, str(held.clients[held.client[visits.row[k]]]), kind, opens, closes, time, weight)
        for j in rows:
            self.serves.append((name, str(held.names[visits.row[j]])))
            field_name = str(held.field[visits.row[j]])
            self.needs += [(name, field_name, code) for code in held.codes(int(visits.row[j]))]
        rules = self.found.rules
        dues = [
            (visits.kind[j], int(visits.number[j]), visits.latest[j], visits.since[j], visits.anchor[j],
             rules[visits.rule[j]] if visits.rule[j] >= 0 else None)
            for j in rows
        ]  # fmt: skip
        self.traces[name] = dues, time.trace
        for j in rows:
            self._milestones(visits, j)
        self._visit_sites(visits, rows, name, kind)
        return name

    def _visit_sites(self, visits: Visits, rows: list[int], name: str, kind: str) -> None:
        """Add a visit to each sampled site of the client, near the audit itself."""
        sizes = [self.held.size(int(visits.row[j])) for j in rows]
        kinds = [_timed_as(visits.kind[j]) for j in rows]
        for audit in self.at_sites(name, kind, sizes, kinds):
            for j in rows:
                self.serves.append((audit, str(self.held.names[visits.row[j]])))

    def at_sites(self, name: str, kind: str, sizes: Sequence[Size], kinds: Sequence[str]) -> list[str]:
        """Add a visit to each sampled site of the audit just added, and return their names.

        The time at a site is that of its own people, or half of what the body states for the whole.
        """
        main, (dues, _) = self.audits[-1], self.traces[name]
        sites, sample = self.sites.sample(main["organisation_id"], kind, name, main["latest"])
        codes, made = [(field, code) for audit, field, code in self.needs if audit == name] if sites else [], []
        for site in sites:
            parts = [
                time_of(scheme, site.headcount, risk, days / 2, each)
                for (scheme, _, risk, days), each in zip(sizes, kinds, strict=True)
            ]
            time = parts[0] if len(parts) == 1 else integrated(parts, self.integration or 0.0)
            audit = f"{name}@{site.name}"
            self.add(audit, main["organisation_id"], kind, main["earliest"], main["latest"], time, main["priority"])
            self.audits[-1]["location"] = site.location
            self.needs += [(audit, *code) for code in codes]
            self.together.append((name, audit))
            self.traces[audit] = dues, (*(sample.trace if sample else ()), *time.trace)
            made.append(audit)
        return made

    def _milestones(self, visits: Visits, k: int) -> None:
        """Note what follows an audit: the decision before expiry, or withdrawal where a suspension goes on."""
        name, rule = str(self.held.names[visits.row[k]]), visits.rule[k]
        cited = self.found.rules[rule].cited if rule >= 0 else ""
        if visits.kind[k] == "recertification":
            self.milestones.append((name, "recertification decision", visits.anchor[k], cited))
        elif visits.kind[k] == "restoration":
            self.milestones.append((name, "restoration decision", visits.latest[k], cited))
        elif visits.since[k] == "suspension":
            self.milestones.append((name, "withdrawal, unless restored", visits.latest[k] + 1, cited))

    def priority(self, latest: Any) -> float:
        """Return how much an audit weighs on the first day of the span: 1, up to 2 on its last legal day."""
        left = int(np.clip((latest - self.span[0]).astype(int), 0, NEAR))
        return round(2.0 - left / NEAR, 3)

    def _suspends(self, visits: Visits, k: int) -> bool:
        """Tell whether missing a visit suspends the certificate."""
        rule = self.book.at(str(self.held.field[visits.row[k]]), "must_suspend", visits.latest[k])
        return rule is not None and rule.value > 0

    def add(
        self, name: str, client: str, kind: str, opens: Any, closes: Any, time: AuditTime, priority: float = 1.0,
        on_site: float | None = None,
    ) -> None:  # fmt: skip
        """Add a row of `audits`."""
        wanted = np.datetime64("NaT", "D")
        if kind == "unannounced":
            # A day by lot, which nobody can guess from the visit before.
            wanted = opens + int(self.sites.lot(name, int((closes - opens).astype(int)) + 1))
        share = time.on_site_least / time.days if on_site is None else on_site
        self.audits.append(
            {
                "audit_id": name, "organisation_id": client, "kind": kind, "location": None,
                "earliest": opens, "latest": closes, "deadline": closes, "preferred": wanted,
                "person_days": time.days, "on_site": min(1.0, share), "priority": priority,
                "team_max": max(1, int(np.ceil(time.days / 2))),
            }
        )  # fmt: skip

    def programme(self) -> Programme:
        """Return what has been gathered."""
        parts: dict[str, dict[str, Any]] = {
            "audits": _columns(self.audits),
            "requirements": _zipped(self.needs, ("audit_id", "field", "specialty")),
            "audit_certificates": _zipped(self.serves, ("audit_id", "certificate_id")),
            "links": self._links(),
            "plan": {},
        }
        own = self.register.preferences
        parts["preferences"] = {c: own[c][[a is None for a in own["audit_id"].tolist()]] for c in own.columns}
        return Programme(
            self.register.with_tables(**parts),
            *self.span,
            tuple(self._lost()),
            tuple(self.merged),
            tuple(self.apart),
            (round(self.saved_days, 6), self.saved_visits),
            self.traces,
            self.milestones,
        )

    def _links(self) -> dict[str, Any]:
        """Return the links, the tightest where two audits have several."""
        most: dict[tuple[str, str], int | None] = {}
        for first, second, days in self.links:
            old = most.get((first, second), days)
            most[first, second] = days if old is None else old if days is None else min(old, days)
        rows = [(*pair, "interval", 0, days, pair[1].endswith("-stage2")) for pair, days in most.items()]
        rows += [
            (first, second, "disjoint", 0, None, False) for first, second, _ in self.links if first.endswith("-mystery")
        ]
        rows += [(main, site, "together", 0, WITHIN, False) for main, site in self.together]
        return _zipped(rows, ("first_audit", "second_audit", "kind", "min_days", "max_days", "required"))

    def _lost(self) -> Iterable[Lost]:
        """Yield what cannot be placed, in words."""
        said = {
            "closed": "its window has closed; the certificate is to be suspended or withdrawn",
            "expired": "it has expired and cannot be restored; certify anew",
            "unset": "no pack says how often surveillance takes place; state surveillance_interval",
            "application": "its three months are over, or too little of them is left for review, notice and decision",
            "operated": "its system will not have run long enough within the three months",
            "unanswered": "the days for the special audit after a failed spot check are over",
            "withdrawn": "its suspension is over; the certificate is to be withdrawn",
            "no_short_notice": "no pack says within how many days a special audit follows a failed spot check",
            "no_suspension": "no pack says how long a suspension may last; state suspension",
        }
        for row, reason, at, rule in self.found.lost:
            name = self.held.names[row] if row >= 0 else self.register.applications["application_id"][-1 - row]
            yield Lost(str(name), said[reason], str(at), rule.cited if rule else "no rule in force")
        for name in self.held.undated:
            yield Lost(name, "it states no decision, so that nothing is due; state decided", "", "no date")
        for name, status, day in self.held.set_apart:
            yield Lost(name, f"it is {status}", day, "status of the certificate")


def _timed_as(kind: str) -> str:
    """Return the kind of visit whose audit time a visit takes."""
    return LIKE.get(kind, KINDS.get(kind, kind))


@cache
def time_of(scheme: str, personnel: int, complexity: str | None, days: float, kind: str) -> AuditTime:
    """Return the time of a visit, from the tables or from the days that the body states."""
    return stated_time(days, kind) if days else audit_time(scheme, personnel, kind, complexity)


def _columns(rows: list[Row]) -> dict[str, Any]:
    if not rows:
        return {}
    dates = ("earliest", "latest", "deadline", "preferred")
    return {
        name: np.array([row[name] for row in rows], dtype="datetime64[D]")
        if name in dates
        else np.array([row[name] for row in rows], dtype=object)
        for name in rows[0]
    }


def _zipped(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[str, Any]:
    if not rows:
        return {}
    unique = list(dict.fromkeys(rows))
    columns: Iterable[npt.NDArray[Any]] = (np.array(c, dtype=object) for c in zip(*unique, strict=True))
    return dict(zip(names, columns, strict=True))
