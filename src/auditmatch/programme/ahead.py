"""What a programme says of the months ahead: person-days, P, warnings, and dates that flatten the peaks."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.horizon import read_day
from auditmatch.matching import matching_degree
from auditmatch.matching.capacity import capacity
from auditmatch.matching.frames import row_frame
from auditmatch.programme.made import Programme, plain
from auditmatch.register import Register

# Days before a date at which people are warned (domain rule PPL-12).
BANDS = (30, 60, 90)
_MONTH = "datetime64[M]"
_OF_QUARTERS = ("quarter", "field", "specialty", "asked", "given", "P_star", "auditors")


def load(programme: Programme) -> Any:
    """Return person-days by field, specialty, province and month, as a data frame.

    An audit counts in the month of its preferred day, or of the middle of its window; its person-days are shared evenly
    among its requirements.
    """
    register, needs = programme.register, programme.register.requirements
    rows = register.index("audits", needs["audit_id"])
    share = np.bincount(rows, minlength=len(register.audits))
    days = register.audits["person_days"][rows] / share[rows]
    province = _provinces(register)[rows]
    month = _months(register)[rows].astype(str)
    total: dict[tuple[str, str, str, str], float] = {}
    for key, value in zip(
        zip(needs["field"].tolist(), needs["specialty"].tolist(), province.tolist(), month.tolist(), strict=True),
        days.tolist(),
        strict=True,
    ):
        total[key] = total.get(key, 0.0) + value
    names = ("field", "specialty", "province", "month")
    table = [dict(zip(names, key, strict=True)) | {"person_days": value} for key, value in sorted(total.items())]
    return row_frame(table, (*names, "person_days"), register.native)


def outlook(programme: Programme) -> Any:
    """Return the matching degree P by month, field and specialty, as a data frame.

    P of a month is the degree of the register on its first day, for the certificates that the month's audits serve; see
    `matching_degree`. Months without an audit are left out.
    """
    register = programme.register
    served, months = register.audit_certificates, _months(register)
    month = months[register.index("audits", served["audit_id"])]
    empty: dict[str, Any] = {name: {} for name in ("audits", "requirements", "audit_certificates", "links", "history")}
    rows: list[dict[str, Any]] = []
    for each in np.unique(month):
        mine = np.isin(register.certificates["certificate_id"], served["certificate_id"][month == each])
        part = {c: register.certificates[c][mine] for c in register.certificates.columns}
        small = register.with_tables(certificates=part, **empty)
        degree = matching_degree(small, at=each.astype("datetime64[D]"))
        columns = {c: np.asarray(degree.table[c]) for c in ("field", "specialty", "X", "Y", "P")}
        rows += [
            {"month": str(each), **{c: plain(columns[c][k]) for c in columns}} for k in range(len(columns["field"]))
        ]
    return row_frame(rows, ("month", "field", "specialty", "X", "Y", "P"), register.native)


def quarters(programme: Programme) -> Any:
    """Return P* by calendar quarter, field and specialty, as a data frame; see `auditmatch.matching.capacity`.

    An audit counts in the quarter of its preferred day, or of the middle of its window, and is to be held within it.
    Columns quarter, field, specialty, asked, given (person-days), P_star, auditors.
    """
    return row_frame(list(_quarter_rows(programme)), _OF_QUARTERS, programme.register.native)


@lru_cache(maxsize=1)
def _quarter_rows(programme: Programme) -> tuple[dict[str, Any], ...]:
    """Return the rows of `quarters`; sheet, file and page ask for the same."""
    register = programme.register
    months = _months(register)
    quarter = months.astype("datetime64[Y]").astype(_MONTH) + (months.astype(np.int64) % 12 // 3 * 3)
    rows: list[dict[str, Any]] = []
    for each in np.unique(quarter):
        first, last = each.astype("datetime64[D]"), (each + 3).astype("datetime64[D]") - np.timedelta64(1, "D")
        asked = capacity(_held_within(register, quarter == each, first, last), first, last).table
        columns = {c: np.asarray(asked[c]) for c in _OF_QUARTERS[1:]}
        told = f"{str(each)[:4]} Q{int(each.astype(np.int64)) % 12 // 3 + 1}"
        rows += [{"quarter": told, **{c: plain(columns[c][k]) for c in columns}} for k in range(len(columns["P_star"]))]
    return tuple(rows)


def _held_within(register: Register, mine: npt.NDArray[Any], first: Any, last: Any) -> Register:
    """Return the register of some audits, their windows cut to a span of days."""
    table, names = register.audits, register.audits["audit_id"][mine]
    audits = {c: table[c][mine] for c in table.columns}
    audits["earliest"] = np.clip(audits["earliest"], first, last)
    audits["latest"] = np.clip(audits["latest"], audits["earliest"], last)
    audits["deadline"] = np.maximum(audits["deadline"], audits["latest"])
    audits["preferred"] = np.full(len(names), np.datetime64("NaT", "D"))
    parts: dict[str, Any] = {"audits": audits, "links": None, "plan": None, "history": None}
    for name in ("requirements", "audit_certificates"):
        of = register.table(name)
        kept = np.isin(of["audit_id"].astype(str), names.astype(str))
        parts[name] = {c: of[c][kept] for c in of.columns}
    return register.with_tables(**parts)


def warnings(programme: Programme, day: Any) -> Any:
    """Return what needs attention on a day, as a data frame.

    Windows that close within 90 days (band 30, 60 or 90), what the rules say of it, and qualifications that end within
    90 days.
    """
    today, register = read_day(day, "day"), programme.register
    rows: list[dict[str, Any]] = []
    for name, latest in zip(register.audits["audit_id"].tolist(), register.audits["latest"], strict=True):
        left = int((latest - today).astype(np.int64))
        if 0 <= left <= BANDS[-1]:
            clause = "; ".join(dict.fromkeys(rule.cited for rule in programme.rules(name)))
            rows.append(_warning("window closes", name, latest, left, clause))
    table = register.qualifications
    for k in np.flatnonzero(~np.isnat(table["valid_until"])).tolist():
        left = int((table["valid_until"][k] - today).astype(np.int64))
        if 0 <= left <= BANDS[-1]:
            what = f"{table['auditor_id'][k]} {table['field'][k]} {table['specialty'][k]}"
            rows.append(_warning("qualification ends", what, table["valid_until"][k], left, "valid on the audit date"))
    rows.sort(key=lambda row: (row["days_left"], row["what"]))
    return row_frame(rows, ("what", "name", "day", "days_left", "band", "clause"), register.native)


def levelled(programme: Programme) -> Programme:
    """Return the programme with a preferred day for each audit, inside its window, that flattens the months.

    The audits with the fewest months to choose from come first; each takes the month with the fewest person-days for
    each of its days so far.
    """
    table = programme.register.audits
    last = max([programme.end, *table["latest"]])
    months = np.arange(programme.start.astype(_MONTH), last.astype(_MONTH) + 1, dtype=_MONTH)
    first = months.astype("datetime64[D]")
    size = (np.append(first[1:], (months[-1] + 1).astype("datetime64[D]")) - first).astype(float)
    low = np.searchsorted(months, table["earliest"].astype(_MONTH))
    high = np.searchsorted(months, table["latest"].astype(_MONTH))
    taken, preferred = np.zeros(len(months)), table["preferred"].copy()
    for k in np.lexsort([table["audit_id"].astype(str), high - low]).tolist():
        inside = slice(low[k], high[k] + 1)
        m = low[k] + int(np.argmin(taken[inside] / size[inside]))
        taken[m] += table["person_days"][k]
        preferred[k] = max(table["earliest"][k], first[m])
    columns = {c: table[c] for c in table.columns} | {"preferred": preferred}
    return replace(programme, register=programme.register.with_tables(audits=columns))


def peak(programme: Programme) -> tuple[float, float]:
    """Return person-days of the fullest month, and of the mean month; the last month may be cut short."""
    months = _months(programme.register)
    _, where = np.unique(months, return_inverse=True)
    sums = np.bincount(where.reshape(-1), weights=programme.register.audits["person_days"])
    return float(sums.max(initial=0)), float(sums.mean()) if len(sums) else 0.0


def _months(register: Register) -> npt.NDArray[Any]:
    """Return the month in which each audit counts."""
    table = register.audits
    middle = table["earliest"] + (table["latest"] - table["earliest"]) // 2
    return np.asarray(np.where(np.isnat(table["preferred"]), middle, table["preferred"]).astype(_MONTH))


def _provinces(register: Register) -> npt.NDArray[Any]:
    """Return the province of each audit's client; empty where it is not known."""
    client = register.index("organisations", register.audits["organisation_id"])
    place = register.index("locations", register.organisations["location"][client])
    names = np.append(register.locations["province"], "")
    return np.array([names[p] or "" for p in place.tolist()], dtype=object)


def _warning(what: str, name: str, day: Any, left: int, clause: str) -> dict[str, Any]:
    band = next(b for b in BANDS if left <= b)
    return {"what": what, "name": name, "day": str(day), "days_left": left, "band": band, "clause": clause}
