"""One self-contained page: the content as JSON, drawn by the scripts beside this file; nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch import __version__
from auditmatch.matching import MatchingDegree
from auditmatch.plan import ROLES, Change, Plan
from auditmatch.problem import Problem
from auditmatch.programme import Programme
from auditmatch.report.content import (
    Audit,
    LeftOut,
    Person,
    Visit,
    audits_of,
    degree_of,
    left_out,
    people_of,
    problem_of,
    provisional_years,
    visits_of,
)
from auditmatch.report.labels import label, labels
from auditmatch.report.programme_part import programme_part
from auditmatch.report.rollup import SCHEMES, rollup
from auditmatch.report.whole import write_whole
from auditmatch.result import Result

SCRIPTS = ("page.js", "tables.js", "heat.js", "gantt.js", "plan.js", "later.js", "ahead.js", "sections.js")
_HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}
_MARK = re.compile("@@([A-Z]+)@@")
# Steps of the search that the page draws; more could not be told apart.
_MOST_STEPS = 400


def write_page(
    result: Result,
    path: str | Path,
    *,
    problem: Problem | None = None,
    degree: MatchingDegree | None = None,
    explanations: Iterable[Any] = (),
    lang: str = "en",
    before: Plan | None = None,
    steps: Sequence[tuple[str, Result]] = (),
    programme: Programme | None = None,
) -> Path:
    """Write the page; see `auditmatch.report.html`."""
    asked = problem_of(result, problem)
    content = payload(result, asked, degree, explanations, lang, before, steps)
    text = page(content | {"programme": None if programme is None else programme_part(programme)})
    return write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8", newline="\n"))


def page(content: dict[str, Any]) -> str:
    """Return the page that shows a payload.

    Names can hold anything, so they only ever stand inside the JSON block, with every character that could end it
    escaped; the scripts write them as text. The policy admits the page's own script and style by their digests.
    """
    style = _asset("page.css")
    script = "(() => {\n'use strict';\n" + "\n".join(map(_asset, SCRIPTS)) + "\n})();"
    title = f"{label(content['lang'], 'ui_title')} {content['from']} – {content['to']}"
    parts = {
        "LANG": _HTML_LANGUAGE[content["lang"]],
        "TITLE": html.escape(title),
        "POLICY": "; ".join(
            [
                "default-src 'none'",
                f"script-src '{_digest(script)}'",
                f"style-src '{_digest(style)}'",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        ),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": inert_json(content),
    }
    return _MARK.sub(lambda found: parts[found[1]], _asset("page.html"))


def inert_json(content: Any) -> str:
    """Return JSON that no HTML parser takes for markup."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _asset(name: str) -> str:
    return files("auditmatch.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


# The payload ---------------------------------------------------------------------------------------------------------


def payload(
    result: Result,
    problem: Problem,
    degree: MatchingDegree | None,
    explanations: Iterable[Any],
    lang: str,
    before: Plan | None = None,
    steps: Sequence[tuple[str, Result]] = (),
) -> dict[str, Any]:
    """Return what the page shows, as JSON knows it; rows are lists, names are told once and numbered."""
    scene = problem.scene
    visits = visits_of(problem, result.plan)
    people = people_of(problem, visits)
    missing = left_out(problem, result, explanations, lang)
    names = _Names()
    found = degree_of(problem, degree)
    changes = None if before is None or result.plan is None else before.changes(result.plan)
    changed = frozenset(change.audit for change in changes or ())
    notices = [label(lang, "provisional", year=str(year)) for year in provisional_years(problem)]
    return {
        "lang": lang,
        "words": labels(lang),
        "version": __version__,
        "from": str(scene.start),
        "to": str(scene.end),
        "working": _working(problem),
        "figures": _figures(result),
        "visits": [_visit(visit, names, {p.auditor_id: k for k, p in enumerate(people)}, changed) for visit in visits],
        "people": [_person(person) for person in people],
        "changes": None if changes is None else _changes(changes, audits_of(problem), names),
        "frontier": [_step(name, step) for name, step in steps],
        "left": [_left(each, names) for each in missing],
        "heat": _heat(found),
        "notices": [*notices, *scene.register.notices],
        **names.told(),
    }


class _Names:
    """Tells each audit, client, place and kind once; rows refer to them by number."""

    def __init__(self) -> None:
        self.audits: dict[str, int] = {}
        self.rows: list[list[Any]] = []
        self.lists: dict[str, dict[Any, int]] = {"fields": {}, "kinds": {}, "places": {}, "clients": {}}

    def audit(self, audit: Audit) -> int:
        if audit.audit_id not in self.audits:
            self.audits[audit.audit_id] = len(self.rows)
            place = self._number("places", (audit.location, audit.province))
            client = self._number("clients", (audit.client_id, audit.client))
            fields = [self._number("fields", field) for field in audit.fields]
            kind = self._number("kinds", audit.kind)
            dates = [audit.earliest, audit.latest, audit.deadline]
            rest = [fields, list(audit.needs), dates, audit.person_days, int(audit.remote)]
            self.rows.append([audit.audit_id, client, kind, place, *rest])
        return self.audits[audit.audit_id]

    def _number(self, what: str, name: Any) -> int:
        return self.lists[what].setdefault(name, len(self.lists[what]))

    def told(self) -> dict[str, Any]:
        return {"audits": self.rows, **{what: list(known) for what, known in self.lists.items()}}


def _working(problem: Problem) -> str:
    """Return a digit for each day of the horizon: 0 day off, 1 morning, 2 afternoon, 3 full."""
    scene = problem.scene
    low, high = scene.calendar.day_offset(np.array([scene.start, scene.end])).tolist()
    return "".join(map(str, scene.calendar.working[low : high + 1].tolist()))


def _visit(visit: Visit, names: _Names, row: dict[str, int], changed: frozenset[str]) -> list[Any]:
    team = [[row[who], ROLES.index(role)] for who, role in visit.booking.team]
    return [
        names.audit(visit.audit),
        visit.begin,
        visit.finish,
        team,
        int(visit.fixed),
        int(visit.booking.audit in changed),
    ]


def _person(person: Person) -> list[Any]:
    away = [half for stretch in person.away for half in stretch]
    return [person.auditor_id, person.name, person.location, person.booked, person.available, away]


def _left(each: LeftOut, names: _Names) -> list[Any]:
    return [names.audit(each.audit), each.status, each.reason, each.remedy, each.steps, each.tried]


def _changes(changes: Iterable[Change], audits: Mapping[str, Audit], names: _Names) -> list[list[Any]]:
    return [
        [
            names.audit(audits[c.audit]),
            c.kind,
            c.before.text if c.before else "",
            c.after.text if c.after else "",
            c.tell,
        ]
        for c in changes
        if c.audit in audits
    ]


def _step(name: str, result: Result) -> list[Any]:
    """Return one step of a frontier: its name, audits served of how many, cost."""
    served = len(result.served)
    return [name, served, served + len(result.deferred) + len(result.unserved) + len(result.hopeless), result.cost]


def _heat(degree: MatchingDegree) -> dict[str, Any]:
    cells = rollup(degree)
    fields = sorted({cell.field for cell in cells})
    number = {field: k for k, field in enumerate(fields)}
    rows = [
        [number[c.field], c.level, c.code, c.A1, _short(c.X), c.A2, _short(c.Y), None if c.P is None else _short(c.P)]
        for c in cells
    ]
    loads = degree.options.reading == "load"
    return {"at": str(degree.at), "fields": fields, "rows": rows, "schemes": SCHEMES, "load": loads}


def _short(value: float) -> float:
    """Return four significant digits."""
    return float(f"{value:.4g}")


def _figures(result: Result) -> dict[str, Any]:
    step = max(1, len(result.trace) // _MOST_STEPS)
    steps = [*result.trace[:-1:step], *result.trace[-1:]]
    return {
        "status": str(result.status),
        "engine": result.engine,
        "served": len(result.served),
        "deferred": len(result.deferred),
        "unserved": len(result.unserved),
        "hopeless": len(result.hopeless),
        "cost": result.cost,
        "bound": result.bound,
        "gap": result.gap,
        "seconds": round(result.seconds, 2),
        "interrupted": result.interrupted,
        "terms": list((result.terms or {}).items()),
        "trace": [[round(s.seconds, 2), s.cost, s.bound] for s in steps],
    }
