"""Applications: review, stage 1, a mystery visit where the service is scored, stage 2, public notice, decision."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.programme.dates import add_months
from auditmatch.programme.making import Maker, time_of
from auditmatch.programme.packs import PackRule
from auditmatch.programme.trace import Line

# Days from the application to its review, and to the certificate: 1 to 3 months, as bodies practise it.
REVIEW, CERTIFICATE = 14, 90
PRACTICE = "practice of 1 to 3 months"


def add_applications(maker: Maker, decision: int) -> None:
    """Add the audits and milestones of each application.

    Parameters
    ----------
    maker
        Gathers the tables.
    decision
        Days from stage 2 to the decision; where a pack states `public_notice`, its days come before it.
    """
    table, book, span = maker.register.applications, maker.book, maker.span
    for k, name in enumerate(table["application_id"].tolist()):
        received, field = table["received"][k], str(table["field"][k])
        due = received + CERTIFICATE
        rule = book.at(field, "public_notice", due)
        notice = int(rule.value) if rule else 0
        closes = due - decision - notice
        opens, late = _opens(maker, k, max(received + REVIEW, span[0]))
        if opens > span[1]:
            continue
        if closes < max(span[0], opens + 1):
            young = late is not None and closes > max(received + REVIEW, span[0])
            maker.found.lost.append((-1 - k, "operated" if young else "application", due, late if young else None))
            continue
        _stages(maker, k, str(name), opens, closes, late)
        days = [
            ("application reviewed", received + REVIEW, PRACTICE),
            ("stage 2 over", closes, PRACTICE),
            ("report reviewed", due - notice - 1, PRACTICE),
            *([("public notice", due - notice, rule.cited)] if rule else []),
            ("certification decision", due, PRACTICE),
        ]
        maker.milestones += [(str(name), *each) for each in days]


def _opens(maker: Maker, k: int, first: np.datetime64) -> tuple[np.datetime64, PackRule | None]:
    """Return the first day for the initial audit, and the rule that puts it off until the system has run for a time."""
    table = maker.register.applications
    since = table["operating"][k]
    rule = None if np.isnat(since) else maker.book.at(str(table["field"][k]), "operated", first)
    if rule is None:
        return first, None
    ready = add_months(table["operating"][[k]], int(rule.value))[0]
    return max(first, ready), rule if ready > first else None


def _stages(maker: Maker, k: int, name: str, opens: Any, closes: Any, rule: PackRule | None) -> None:
    """Add stage 1, stage 2 and the mystery visit of one application."""
    table, size = maker.register.applications, maker.held.applied(k)
    client, code = str(table["organisation_id"][k]), (str(table["field"][k]), str(table["specialty"][k]))
    stages = [("stage1", opens), ("stage2", opens + 1)]
    if maker.book.at(code[0], "pass", opens) is not None:
        stages.insert(1, ("mystery", opens))
    told = f"application received {table['received'][k]} + {CERTIFICATE} days for the certificate, {PRACTICE}"
    head = [Line(f"by {closes}: {told}", CERTIFICATE, "practice")]
    if rule is not None:
        ran = f"not before {opens}: the system runs since {table['operating'][k]}"
        head.append(Line(ran, rule.value, rule.cited))
    for kind, begin in stages:
        audit = f"{name}-{kind}"
        time = time_of(*size, "stage1" if kind == "mystery" else kind)
        maker.add(
            audit, client, kind, begin, closes, time, maker.priority(closes), on_site=0.0 if kind == "stage1" else None
        )
        maker.needs.append((audit, *code))
        maker.traces[audit] = [], (*head, *time.trace)
        if kind == "stage2":
            maker.at_sites(audit, kind, [size], [kind])
    maker.links.append((f"{name}-stage1", f"{name}-stage2", None))
    if len(stages) == 3:
        maker.links.append((f"{name}-mystery", f"{name}-stage2", None))
