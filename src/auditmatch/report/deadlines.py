"""A programme for people: a workbook, a calendar of last legal days, and a notice to each client."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import narwhals.stable.v2 as nw
import numpy as np

from auditmatch.errors import MissingExtraError
from auditmatch.horizon import read_day
from auditmatch.programme import Programme, load, quarters, warnings
from auditmatch.report.book import Sheet, write_sheets
from auditmatch.report.calendars import PRODUCT, file_names
from auditmatch.report.labels import label, label_or
from auditmatch.report.post import SILENT
from auditmatch.report.updates import earlier, renewed
from auditmatch.report.whole import write_texts, write_whole
from auditmatch.words import language

# Days ahead that a client is told of.
AHEAD = 90


def write_programme(made: Programme, folder: str | Path, day: Any, lang: str, signed: str) -> tuple[Path, ...]:
    """Write workbook, calendar and notices; see `auditmatch.report.programme`."""
    language(lang)
    today = made.start if day is None else read_day(day, "day")
    home = Path(folder)
    entries = calendar(made, lang, home / "programme.ics")
    book = write_sheets(_sheets(made, today), home / "programme.xlsx")
    dates = write_whole(home / "programme.ics", lambda draft: draft.write_bytes(entries))
    texts = notices(made, today, lang, signed)
    return (book, dates, *write_texts(home / "notices", texts, lambda name: name.startswith("client-"), "notices"))


def _sheets(made: Programme, today: np.datetime64) -> list[Sheet]:
    """Return the sheets: audits with their traces, milestones, what cannot be placed, load, P* by quarter, warnings."""
    frames = {"audits": made.table, "milestones": made.milestones, "lost": made.lost_table, "load": load(made)}
    frames |= {"quarters": quarters(made), "warnings": warnings(made, today)}
    found = []
    for title, frame in frames.items():
        table = nw.from_native(frame, eager_only=True)
        columns = [(name, _kind(name), table[name].to_list()) for name in table.columns]
        found.append(Sheet(title, columns))
    return found


def _kind(name: str) -> str:
    """Return the kind of a column of a programme's frames."""
    numbers = ("person_days", "priority", "asked", "given", "P_star", "auditors", "days_left", "band")
    return "number" if name in numbers else "text"


def calendar(made: Programme, lang: str, path: Path) -> bytes:
    """Return a calendar file with an entry on the last legal day of each audit, and on each milestone.

    Where the file is there already its entries are numbered on, and those that fell away stand as cancelled.
    """
    try:
        import icalendar
    except ImportError as error:
        raise MissingExtraError("icalendar", "calendar", "Writing calendars") from error
    table, found = made.register.audits, icalendar.Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    stamp = np.datetime64("now").item().replace(tzinfo=ZoneInfo("UTC"))
    names = dict(zip(*_names(made), strict=True))
    for k, name in enumerate(table["audit_id"].tolist()):
        kind = label_or(lang, f"kind_{table['kind'][k]}", str(table["kind"][k]))
        client = names.get(table["organisation_id"][k]) or table["organisation_id"][k]
        title = label(lang, "programme_due", audit=name, client=client, kind=kind)
        _entry(found, stamp, f"audit:{name}", table["latest"][k], title, "\n".join(made.trace(name)))
    rows = nw.from_native(made.milestones, eager_only=True).iter_rows(named=True)
    for row in rows:
        title = f"{row['name']}: {label_or(lang, _key(row['milestone']), row['milestone'])}"
        _entry(found, stamp, f"{row['milestone']}:{row['name']}", np.datetime64(row["day"]), title, row["clause"])
    return renewed(found, earlier(path.parent, PRODUCT).get(path.name), stamp)


def _entry(found: Any, stamp: Any, key: str, day: np.datetime64, title: str, about: str) -> None:
    """Add one entry of a whole day."""
    import icalendar

    event = icalendar.Event()
    event.add("uid", f"{uuid.uuid5(uuid.NAMESPACE_URL, f'auditmatch:programme:{key}')}@auditmatch")
    event.add("dtstamp", stamp)
    event.add("dtstart", day.item())
    event.add("dtend", (day + np.timedelta64(1, "D")).item())
    event.add("summary", " ".join(title.split()))
    event.add("description", about)
    event.add("transp", "TRANSPARENT")
    event.add("sequence", 0)
    found.add_component(event)


def _names(made: Programme) -> tuple[list[Any], list[Any]]:
    table = made.register.organisations
    return table["organisation_id"].tolist(), table["name"].tolist()


def _key(milestone: str) -> str:
    return "milestone_" + milestone.replace(",", "").replace(" ", "_")


def notices(made: Programme, today: np.datetime64, lang: str, signed: str) -> dict[str, str]:
    """Return a text for each client whom something concerns within 90 days, by file name.

    What is unannounced stays so. Dates by which the body itself reviews are left out.
    """
    register, table = made.register, made.register.audits
    owner = dict(zip(*(register.certificates[c].tolist() for c in ("certificate_id", "organisation_id")), strict=True))
    applied = register.applications
    owner |= dict(zip(applied["application_id"].tolist(), applied["organisation_id"].tolist(), strict=True))
    until, told = today + np.timedelta64(AHEAD, "D"), dict[str, list[str]]()
    for k in np.flatnonzero((table["latest"] >= today) & (table["earliest"] <= until)).tolist():
        if table["kind"][k] not in SILENT:
            kind = label_or(lang, f"kind_{table['kind'][k]}", str(table["kind"][k]))
            dates = {"first": table["earliest"][k], "last": table["latest"][k]}
            line = label(lang, "notice_audit", audit=table["audit_id"][k], kind=kind, **dates)
            told.setdefault(table["organisation_id"][k], []).append(line)
    for row in nw.from_native(made.milestones, eager_only=True).iter_rows(named=True):
        if str(today) <= row["day"] <= str(until) and "review" not in row["milestone"] and row["name"] in owner:
            what = label_or(lang, _key(row["milestone"]), row["milestone"])
            line = label(lang, "notice_milestone", name=row["name"], what=what, day=row["day"])
            told.setdefault(owner[row["name"]], []).append(line)
    for lost in made.lost:
        if lost.certificate in owner and lost.day:
            line = label(lang, "notice_lost", name=lost.certificate, day=lost.day, clause=lost.clause)
            told.setdefault(owner[lost.certificate], []).append(line)
    names = dict(zip(*_names(made), strict=True))
    stems = [name.removesuffix(".ics") for name in file_names(sorted(told))]
    return {
        f"client-{stem}.txt": _letter(names.get(client) or client, told[client], lang, signed)
        for stem, client in zip(stems, sorted(told), strict=True)
    }


def _letter(name: str, lines: Sequence[str], lang: str, signed: str) -> str:
    head = [label(lang, "letter_dear", name=name), "", label(lang, "notice_head"), ""]
    return "\n".join(" ".join(line.split()) for line in [*head, *lines, "", *([signed] if signed else [])]) + "\n"
