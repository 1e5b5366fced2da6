"""Letters after a change of plan: what it means for one auditor, and for one client (ISO/IEC 17021-1, 9.2.3.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from auditmatch.plan import Booking, Change, Plan
from auditmatch.problem import Problem
from auditmatch.report.calendars import file_names
from auditmatch.report.content import Audit, audits_of
from auditmatch.report.labels import label, label_or
from auditmatch.report.whole import write_texts
from auditmatch.words import language

# Of these a client learns nothing before they are there.
SILENT = ("unannounced", "mystery")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OURS = re.compile(r"(auditor|client)-.+\.txt")


def write_letters(
    problem: Problem, old: Plan, new: Plan, folder: str | Path, lang: str, signed: str
) -> tuple[Path, ...]:
    """Write the letters; see `auditmatch.report.letters`."""
    language(lang)
    texts = letters(problem, old, new, lang, signed)
    return write_texts(Path(folder), texts, _OURS.fullmatch, "letters")


def letters(problem: Problem, old: Plan, new: Plan, lang: str, signed: str) -> dict[str, str]:
    """Return each letter's text by file name: auditors in the order of their names, then clients."""
    audits, people = audits_of(problem), _people(problem)
    changes = [change for change in old.changes(new) if change.audit in audits]
    auditors: dict[str, list[Change]] = {}
    clients: dict[str, list[Change]] = {}
    for change in changes:
        for who in change.tell:
            auditors.setdefault(who, []).append(change)
        if audits[change.audit].kind not in SILENT:
            clients.setdefault(audits[change.audit].client_id, []).append(change)
    texts: dict[str, str] = {}
    for kind, groups in (("auditor", auditors), ("client", clients)):
        stems = [name.removesuffix(".ics") for name in file_names(sorted(groups))]
        for stem, who in zip(stems, sorted(groups), strict=True):
            mine = groups[who]
            name = people.get(who) or who if kind == "auditor" else audits[mine[0].audit].client or who
            reader = who if kind == "auditor" else None
            texts[f"{kind}-{stem}.txt"] = _letter(kind, name, mine, audits, people, reader, lang, signed)
    return texts


def _people(problem: Problem) -> dict[str, str]:
    table = problem.scene.register.auditors
    names = zip(table["auditor_id"].tolist(), table["name"].tolist(), strict=True)
    return {who: name or who for who, name in names}


def _letter(
    kind: str,
    name: str,
    changes: list[Change],
    audits: Mapping[str, Audit],
    people: Mapping[str, str],
    reader: str | None,
    lang: str,
    signed: str,
) -> str:
    """Return one letter."""
    lines = [label(lang, "letter_dear", name=name), "", label(lang, f"letter_{kind}"), ""]
    for change in changes:
        audit = audits[change.audit]
        what = label_or(lang, f"kind_{audit.kind}", audit.kind)
        lines.append(label(lang, "letter_audit", audit=audit.audit_id, client=audit.client, kind=what))
        before, after = (_mine(b, reader) for b in (change.before, change.after))
        told = [_span(b, people, reader, lang) if b else "" for b in (before, after)]
        if before and after:
            lines += [f"  {label(lang, f'letter_{w}', what=t)}" for w, t in zip(("before", "after"), told, strict=True)]
        elif before or after:
            lines.append(f"  {label(lang, 'letter_removed' if before else 'letter_added', what=told[not before])}")
        lines.append("")
    if kind == "client" and any(change.after for change in changes):
        lines += [label(lang, "letter_objection"), ""]
    return "\n".join(_CONTROL.sub(" ", line) for line in [*lines, *([signed] if signed else [])]) + "\n"


def _mine(booking: Booking | None, reader: str | None) -> Booking | None:
    """Return a booking if the reader is in it; a client is in every one of its own."""
    return booking if booking is None or reader is None or reader in dict(booking.team) else None


def _span(booking: Booking, people: Mapping[str, str], reader: str | None, lang: str) -> str:
    """Return dates and team; a reader who is in the team is called you."""
    team = ", ".join(
        f"{label(lang, 'letter_you') if who == reader else people.get(who, who)} ({label(lang, f'role_{role}')})"
        for who, role in booking.team
    )
    halves = {part: label(lang, f"letter_half_{getattr(booking, part)}") for part in ("start_half", "end_half")}
    return label(lang, "letter_span", start=booking.start, end=booking.end, team=team, **halves)
