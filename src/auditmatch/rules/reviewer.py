"""Reviewer: who reviews an audit and prepares the decision is not in its team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.held import visits_of
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import FOR_EVER, Barred, Shape, ints

_COLUMNS = ("certificate_id", "auditor_id", "role", "date")


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The reviewer of an audit is not in its team.

    Those who decide on a certificate did not carry out the audit (ISO/IEC 17021-1, 9.5.1.1; ISO/IEC 17065, 7.5.1 and
    7.6.2 for products and services; general knowledge, the text could not be confirmed). The reviewer is the audit's
    `reviewer`; where none is stated, whoever reviewed the last visit of each of its certificates by `history`, for a
    file stays with its reviewer.
    """

    name: str = "reviewer"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bar the reviewers for ever."""
        register = scene.register
        stated = register.audits["reviewer"]
        if not len(register.history) and not any(stated):
            return
        people = {name: i for i, name in enumerate(register.auditors["auditor_id"].tolist())}
        pairs = {(a, people[stated[a]]) for a in scene.audits.tolist() if stated[a] in people}
        visits, carried = visits_of(register, reviewers=True), register.audit_certificates
        unstated = {a for a in scene.audits.tolist() if stated[a] is None}
        audits = register.index("audits", carried["audit_id"]).tolist()
        for a, certificate in zip(audits, carried["certificate_id"].tolist(), strict=True):
            held = visits.get(certificate, {}) if a in unstated else {}
            last = next((team for team in reversed(held.values()) if team), ())
            pairs |= {(a, people[who]) for who in last if who in people}
        audit, auditor = (ints([pair[k] for pair in sorted(pairs)]) for k in (0, 1))
        first, last_slot = ints(np.zeros(len(audit))), ints(np.full(len(audit), FOR_EVER))
        yield Barred(audit, auditor, first, last_slot, "reviews the audit")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Look for the reviewer in each team."""
        register = scene.register
        table, carried = register.history, register.audit_certificates
        # (day, who) of the last review of each certificate.
        last: dict[str, tuple[np.datetime64, set[str]]] = {}
        for certificate, who, role, date in zip(*(table[c] for c in _COLUMNS), strict=True):
            if role == "reviewer" and who is not None:
                before = last.get(certificate, (date, set()))
                last[certificate] = (date, {who}) if date > before[0] else before
                if date == last[certificate][0]:
                    last[certificate][1].add(who)
        expected = {a: {who} for a, who in zip(register.audits["audit_id"], register.audits["reviewer"], strict=True)}
        if not last and set().union(*expected.values()) <= {None}:
            return []
        for audit, certificate in zip(carried["audit_id"], carried["certificate_id"], strict=True):
            if None in expected[audit] and certificate in last:
                expected[audit] |= last[certificate][1]
        found = []
        for m in np.flatnonzero(agenda.shown[agenda.booking]).tolist():
            audit, who = scene.audit_id(agenda.audit[agenda.booking[m]]), scene.auditor_id(agenda.auditor[m])
            if who in expected[audit]:
                message = f"{who} reviews {audit} and is in its team"
                found.append(Violation(self.name, message, (audit,), (who,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "The reviewer of an audit is not in its team."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with reviewers stated, known from history, or not at all."""
        case = tiny(rng)
        if rng.random() < 0.5:
            case = case.changing("audits", 0, reviewer=f"P{rng.integers(3)}")
        certificates = [
            {"certificate_id": f"C{k}", "specialty": "03.04.01", "organisation_id": f"O{k}", "field": "QMS"}
            for k in range(2)
        ]
        carried = [{"audit_id": f"A{a}", "certificate_id": f"C{rng.integers(2)}"} for a in range(2)]
        history = [
            {
                "certificate_id": f"C{c}",
                "kind": "surveillance",
                "date": day(-9 - 3 * k),
                "auditor_id": f"P{rng.integers(3)}",
                "role": str(rng.choice(["member", "reviewer"])),
            }
            for c in range(2)
            for k in range(2)
        ]
        return case.having(certificates=certificates, audit_certificates=carried, history=history)


RULE = Reviewer()
