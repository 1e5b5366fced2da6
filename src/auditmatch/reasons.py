"""Why an audit is left out, and what would help: from its funnel, its pins and its dates to one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from auditmatch.funnel import ASKED, Funnel
from auditmatch.plan import Plan, Violation
from auditmatch.problem import Problem
from auditmatch.questions import Finding, Question, between, span
from auditmatch.shapes import ANY_LENGTH, Link, Start, Window
from auditmatch.words import Message, message, rule_words


def broken_pin(problem: Problem, audit: int) -> Finding | None:
    """Return which rule the pinned booking of an audit breaks, asked of the rules' own checks.

    Of an audit that is pinned in part, only what the pinned parts break is looked at.
    """
    scene = problem.scene
    table = scene.published
    rows = scene.register.index("audits", table["audit_id"])
    pin, mine = table["pin"].astype(str), rows == audit
    if not (mine & (pin != "none")).any():
        return None
    together = table.take(np.isin(rows, rows[pin != "none"]))
    focus = np.zeros(len(scene.register.audits), dtype=bool)
    focus[audit] = True
    agenda, found = scene.agenda(Plan(together), focus)
    violations = [*found, *(v for rule in problem.rules for v in rule.check(scene, agenda))]
    if (pin[mine] != "both").any():
        members = set(table["auditor_id"][mine & np.isin(pin, ("member", "both"))])
        dated = bool(np.isin(pin[mine], ("date", "both")).any())
        violations = [v for v in violations if dated and _about(v, members, not problem.lowered.options(audit).forms)]
    if not violations:
        return None
    first = violations[0]
    said = message("pin", rule=rule_words(first.rule), why=first.message)
    return Finding("pin", said, message("do_unpin"))


def _about(violation: Violation, members: set[str], dates: bool) -> bool:
    """Tell whether a violation concerns pinned people, or where asked for the dates alone."""
    return set(violation.auditors) <= members if violation.auditors else dates


def no_dates(problem: Problem, audit: int) -> Finding:
    """Return why an audit has no start at all, whoever comes."""
    scene, lowered = problem.scene, problem.lowered
    shapes, modes = lowered.shapes_of.get(audit, []), lowered.modes.get(audit, [])
    if not modes:
        return Finding("window", message("no_mode"), message("do_knot"))
    low, high = scene.first_slot, scene.last_slot
    for shape in shapes:
        if isinstance(shape, Window):
            k = int(np.searchsorted(shape.audits, audit))
            low, high = max(low, int(shape.first[k])), min(high, int(shape.last[k]))
    table = scene.register.audits
    first, last = max(table["earliest"][audit], scene.start), min(table["latest"][audit], scene.end)
    beyond = table["latest"][audit] > scene.end
    remedy = (
        message("do_horizon", day=table["latest"][audit]) if beyond else message("do_window", span=span(first, last))
    )
    need, have = min(length for _, length, _ in modes), max(0, high - low + 1)
    if have < need:
        unit = "half_days" if scene.calendar.slots_per_day == 2 else "days"
        return Finding(
            "window", message("short", when=between(first, last), have=have, need=need, unit=message(unit)), remedy
        )
    barred = [shape for shape in shapes if isinstance(shape, Start)]
    every = list(dict.fromkeys(shape.reason for shape in barred))
    alone = [r for r in every if _some_start(modes, low, high, [shape for shape in barred if shape.reason != r])]
    why = tuple(rule_words(reason) for reason in alone or every)
    return Finding("window", message("starts", when=between(first, last), why=why), remedy)


def _some_start(modes: list[tuple[int, int, int]], low: int, high: int, barred: list[Start]) -> bool:
    """Tell whether any mode has a start between two slots that is not barred."""
    for _, length, _ in modes:
        free = set(range(low, high - length + 2))
        for shape in barred:
            if shape.length in (ANY_LENGTH, length):
                free.difference_update(shape.slots.tolist())
        if free:
            return True
    return False


def emptied(problem: Problem, funnel: Funnel) -> Finding | None:
    """Return the question after which no team was left, as far as numbers go; None when every question leaves one."""
    if funnel.teams("free", funnel.linked).any():
        return None
    for before, stage in pairwise((None, *ASKED)):
        if stage is None or funnel.teams(stage).any():
            continue
        if stage == "free" and not funnel.teams("under_caps", funnel.linked).any():
            break  # whoever were free, links leave no date
        return Question(problem, funnel, before, stage).finding()
    links = problem.lowered.links_of.get(funnel.options.audit, ())
    dated = (link for link in links if link.lo is not None or link.within is not None)
    return linked(problem, funnel.options.audit, [link for link in dated if _partner(funnel, link) is not None])


def linked(problem: Problem, audit: int, links: Iterable[Link]) -> Finding:
    """Say that links leave no date."""
    why, partners = _in_words(problem, audit, links)
    return Finding("link", message("link", why=why), message("do_link", partners=partners))


def unmatched(problem: Problem, audit: int, needed: set[int]) -> Finding:
    """Say that an audit and one that it needs cannot both be served, although each could."""
    links = problem.lowered.links_of.get(audit, ())
    why, _ = _in_words(problem, audit, (k for k in links if _other(k, audit) in needed and not k.required))
    first = tuple(problem.scene.audit_id(a) for a in sorted(needed))
    said = message("both_linked", first=first, why=why) if why else message("both", first=first)
    return Finding("link", said, message("do_both"))


def _in_words(problem: Problem, audit: int, links: Iterable[Link]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Return links as reasons with partners, and the partners alone; each once."""
    pairs = [(link.reason, problem.scene.audit_id(_other(link, audit))) for link in links]
    why = [message("link_with", reason=rule_words(reason), partner=partner) for reason, partner in dict.fromkeys(pairs)]
    return tuple(why), tuple(dict.fromkeys(partner for _, partner in pairs))


def _other(link: Link, audit: int) -> int:
    return link.second if link.first == audit else link.first


def knotted(problem: Problem, funnel: Funnel) -> Finding:
    """Say what keeps free people from making a team: links between teams, people to be kept apart, upper limits."""
    why: list[Message] = []
    for link in problem.lowered.links_of.get(funnel.options.audit, ()):
        partner = _partner(funnel, link)
        if partner is not None and link.share:
            why.append(message("share_with", share=link.share, partner=problem.scene.audit_id(partner)))
        if partner is not None and link.disjoint:
            why.append(message("nobody_with", partner=problem.scene.audit_id(partner)))
    people = set(funnel.people("free"))
    if any(i in people and k in people for i, k in problem.lowered.apart):
        why.append(message("apart_people"))
    everything = Question(problem, funnel, "under_caps", "free")
    why += [
        everything.label(d)
        for d, demand in enumerate(funnel.options.demands)
        if not demand.at_least and funnel.counts[d].any()
    ]
    why = why or everything.labels()
    return Finding("team", message("knot", why=tuple(dict.fromkeys(why))), message("do_knot"))


def _partner(funnel: Funnel, link: Link) -> int | None:
    """Return the booked audit at the other end of a link."""
    other = _other(link, funnel.options.audit)
    return other if other in funnel.state.booked else None
