"""Checks across cells: keys, references, orders, exclusions, cycles. Every problem is collected, none raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditmatch.alike import nearest_of
from auditmatch.cells import as_text
from auditmatch.cycles import cycles
from auditmatch.errors import InputProblem, nearest
from auditmatch.tables import TABLES, Table

_LISTED = 5  # names that a notice lists

# (table, smaller, larger): smaller <= larger wherever both stand.
_ORDERS = (
    ("auditors", "from", "until"),
    ("qualifications", "valid_from", "valid_until"),
    ("absences", "start", "end"),
    ("usage", "year_start", "year_end"),
    ("closures", "start", "end"),
    ("certificates", "issued", "expires"),
    ("certificates", "decided", "expires"),
    ("audits", "earliest", "latest"),
    ("audits", "latest", "deadline"),
    ("audits", "team_min", "team_max"),
    ("preferences", "from", "until"),
    ("links", "min_days", "max_days"),
    ("plan", "start", "end"),
)


@dataclass(frozen=True, slots=True)
class Findings:
    """The tables under check, how messages call them, and what was found.

    Attributes
    ----------
    tables
        All tables.
    labels
        How messages call each table.
    broken
        Tables whose content is lost; nothing that refers to them is checked.
    strange
        Names supplied that no table has.
    problems
        Faults found.
    notices
        What a person should know, though it is no fault.
    """

    tables: Mapping[str, Table]
    labels: Mapping[str, str]
    broken: frozenset[str] = frozenset()
    strange: tuple[str, ...] = ()
    problems: list[InputProblem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def add(self, name: str, row: int | None, column: str | None, message: str, maybe: str | None = None) -> None:
        """Note a fault of one row (counted from 0) of a table, or of the whole table; the cell's value is shown."""
        table = self.tables[name]
        place = None if row is None else int(table.source_rows[row])
        value = None if row is None or column is None or table[column][row] is None else as_text(table[column][row])
        self.problems.append(InputProblem(self.labels[name], place, column, value and value[:200], message, maybe))


def check(found: Findings) -> None:
    """Run every check, noting problems and notices in `found`."""
    _presence(found)
    for name, spec in TABLES.items():
        _keys(found, name)
        for column in spec.columns:
            if column.references:
                _reference(found, name, column.name, column.references)
    for name, smaller, larger in _ORDERS:
        _order(found, name, smaller, larger)
    _halves(found, "absences")
    _halves(found, "plan")
    _preferences(found)
    _requirements(found)
    _certificates(found)
    _links(found)
    _plan(found)
    _places(found)


def codes_of(*columns: NDArray[Any]) -> NDArray[np.int64]:
    """Return one number per row, equal where all the columns are equal, shape (rows,)."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        if column.dtype == object:
            known: dict[Any, int] = {}
            own = np.array([known.setdefault(value, len(known)) for value in column.tolist()], dtype=np.int64)
            size = len(known)
        else:
            distinct, own = np.unique(column, return_inverse=True)
            size = len(distinct)
        if len(codes) and int(codes.max()) * size >= 2**62:
            codes = np.unique(codes, return_inverse=True)[1]
        codes = codes * max(size, 1) + own
    return codes


def first_rows(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, for each row, the first row that has the same code."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64)


def _presence(found: Findings) -> None:
    if not len(found.tables["auditors"]):
        _need(found, "auditors", "but somebody must audit")
    if len(found.tables["requirements"]) and not len(found.tables["qualifications"]):
        _need(found, "qualifications", "but requirements exist")
    if not len(found.tables["audits"]) and "audits" not in found.broken:
        found.notices.append(f"{found.labels['audits']}: there are no audits, so there is nothing to schedule")


def _need(found: Findings, name: str, why: str) -> None:
    """Note once that a table without rows is needed; a table under a name like its own may be the one."""
    label = found.labels[name]
    if name in found.broken or any(problem.table == label and problem.row is None for problem in found.problems):
        return
    near = nearest(name, (strange.casefold() for strange in found.strange))
    found.add(name, None, None, f"the table is empty or missing, {why}", f"rename {near}?" if near else None)


def _keys(found: Findings, name: str) -> None:
    table = found.tables[name]
    keys = table.spec.keys
    whole = np.ones(len(table), dtype=np.bool_)
    # A key without a default may be left open, as who was at a visit may: then that is what the row says.
    for key in (c.name for c in table.spec.columns if c.key and (c.required or c.default is not None)):
        whole &= ~_absent(table[key])
    rows = np.flatnonzero(whole)
    if not len(rows):
        return
    first = rows[first_rows(codes_of(*(table[key][rows] for key in keys)))]
    for row, before in zip(rows[first != rows].tolist(), first[first != rows].tolist(), strict=True):
        also = f" (with {', '.join(keys[1:])})" if len(keys) > 1 else ""
        found.add(name, row, keys[0], f"stands already in row {table.source_rows[before]}{also}", "delete one of them?")


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=np.bool_)
    return np.asarray(values != values)  # NaN and NaT alone differ from themselves


def _reference(found: Findings, name: str, column: str, target: str) -> None:
    table, key = target.split(".")
    soft = table == "locations"
    if table in found.broken or (soft and not len(found.tables[table])):
        return
    values = found.tables[name][column].tolist()
    known = dict.fromkeys(found.tables[table][key].tolist())
    lost = [row for row, value in enumerate(values) if value is not None and value not in known]
    if not lost:
        return
    if not known:
        _need(found, table, f"but {found.labels[name]} refers to it")
        return
    near = nearest_of(dict.fromkeys(values[row] for row in lost), list(filter(None, known)))
    if soft:
        listed = [f"{value!r}" + (f" (maybe {near[value]!r}?)" if near.get(value) else "") for value in near]
        found.notices.append(f"{found.labels[name]}, {column}: no distance for {_some(listed)}, taken as 0 km")
        return
    where = found.labels[table]
    for row in lost:
        other = near.get(values[row])
        found.add(name, row, column, f"is not in {where}", f"{other}?" if other else f"add it to {where}?")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _order(found: Findings, name: str, smaller: str, larger: str) -> None:
    table = found.tables[name]
    for row in np.flatnonzero(table[smaller] > table[larger]).tolist():
        is_date = table[smaller].dtype.kind == "M"
        relation = "is after" if is_date else "is above"
        message = f"{relation} {larger} {as_text(table[larger][row])}"
        found.add(name, row, smaller, message, "the two are swapped?" if is_date else f"{as_text(table[larger][row])}?")


def _halves(found: Findings, name: str) -> None:
    table = found.tables[name]
    wrong = (table["start"] == table["end"]) & (table["start_half"] == "pm") & (table["end_half"] == "am")
    for row in np.flatnonzero(wrong).tolist():
        found.add(name, row, "start_half", "begins after end_half am of the same day", "the two are swapped?")


def _preferences(found: Findings) -> None:
    table = found.tables["preferences"]
    neither, both = _absent(table["audit_id"]), ~_absent(table["organisation_id"])
    for row in np.flatnonzero(neither != both).tolist():
        message = (
            "has neither audit_id nor organisation_id" if neither[row] else "has both audit_id and organisation_id"
        )
        found.add("preferences", row, "preference_id", message, "fill in exactly one of the two?")
    for column in ("from", "until"):
        for row in np.flatnonzero(~_absent(table[column]) & (table["rule"] != "forbid")).tolist():
            found.add("preferences", row, column, f"does not go with rule {table['rule'][row]}", "leave it empty?")


def _requirements(found: Findings) -> None:
    audits = found.tables["audits"]
    if "requirements" in found.broken:
        return
    stated = set(found.tables["requirements"]["audit_id"].tolist())
    for row, (audit, status) in enumerate(zip(audits["audit_id"].tolist(), audits["status"].tolist(), strict=True)):
        if status == "open" and audit is not None and audit not in stated:
            found.add("audits", row, "audit_id", f"has no row in {found.labels['requirements']}", "add one?")


def _certificates(found: Findings) -> None:
    table = found.tables["certificates"]
    first = first_rows(codes_of(table["certificate_id"]))
    for column in ("organisation_id", "field"):
        values = table[column]
        differs = (values != values[first]) & ~_absent(table["certificate_id"]) & ~_absent(values)
        for row in np.flatnonzero(differs & ~_absent(values[first])).tolist():
            before = first[row]
            message = f"differs from {values[before]} in row {table.source_rows[before]} of the same certificate"
            found.add("certificates", row, column, message, f"{values[before]}?")


def _links(found: Findings) -> None:
    table = found.tables["links"]
    one, two = table["first_audit"].tolist(), table["second_audit"].tolist()
    ordered = (table["kind"] == "interval") | table["required"]
    arcs: dict[str, dict[str, int]] = {}
    for row, (first, second, counts) in enumerate(zip(one, two, ordered.tolist(), strict=True)):
        if first is not None and first == second:
            found.add("links", row, "second_audit", "is the first audit itself", "name the other audit?")
        elif first is not None and second is not None and counts:
            arcs.setdefault(first, {}).setdefault(second, row)
    for cycle in cycles(arcs):
        row = arcs[cycle[0]][cycle[1]]
        found.add("links", row, "first_audit", f"waits for itself: {_chain(cycle)}", "delete one of these links?")


def _chain(cycle: Sequence[str]) -> str:
    shown = list(cycle) if len(cycle) <= 12 else [*cycle[:6], "...", *cycle[-5:]]
    return " -> ".join(shown)


def _plan(found: Findings) -> None:
    table = found.tables["plan"]
    first = first_rows(codes_of(table["audit_id"]))
    differs = np.zeros(len(table), dtype=np.bool_)
    for column in ("start", "start_half", "end", "end_half"):
        differs |= table[column] != table[column][first]
    if differs.any():
        audits = [f"{audit!r}" for audit in dict.fromkeys(table["audit_id"][differs].tolist())]
        found.notices.append(f"{found.labels['plan']}: the members of {_some(audits)} do not share their dates")


def _places(found: Findings) -> None:
    if not len(found.tables["locations"]):
        if any(not _absent(found.tables[name]["location"]).all() for name in ("auditors", "audits")):
            found.notices.append("locations: the table is empty, so every distance is taken as 0 km")
        return
    for name in ("auditors", "audits"):
        count = int(_absent(found.tables[name]["location"]).sum())
        if count:
            found.notices.append(
                f"{found.labels[name]}: {count} rows have no location; their distances are taken as 0 km"
            )
