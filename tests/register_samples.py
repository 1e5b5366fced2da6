"""Small registers for tests: one made by hand, and random ones with the texts that break files."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from hypothesis import strategies as st

from auditmatch.tables import TABLES

Columns = dict[str, list[Any]]

_SMALL: dict[str, Columns] = {
    "auditors": {"auditor_id": ["A1", "A2"], "name": ["王芳", "Li Lei"], "location": ["Xi'an", "Beijing"]},
    "qualifications": {
        "auditor_id": ["A1", "A2"],
        "field": ["QMS", "QMS"],
        "specialty": ["03.04.01", "03.04.01"],
        "valid_from": ["2020-01-01", "2020-01-01"],
        "grade": ["lead", "auditor"],
    },
    "organisations": {"organisation_id": ["O1"], "location": ["Xi'an"]},
    "audits": {
        "audit_id": ["V1", "V2"],
        "organisation_id": ["O1", "O1"],
        "kind": ["stage1", "stage2"],
        "earliest": ["2027-01-04", "2027-03-01"],
        "latest": ["2027-02-01", "2027-04-01"],
        "person_days": [1.0, 2.5],
    },
    "requirements": {"audit_id": ["V1", "V2"], "field": ["QMS", "QMS"], "specialty": ["03.04.01", "03.04.01"]},
    "locations": {"location": ["Xi'an", "Beijing"], "latitude": [34.3, 39.9], "longitude": [108.9, 116.4]},
}


def small(**tables: Columns) -> dict[str, Columns]:
    """Return a valid register of two auditors and two audits, with columns added or replaced table by table."""
    made = copy.deepcopy(_SMALL)
    for name, columns in tables.items():
        made.setdefault(name, {}).update(columns)
    return made


_ALPHABET = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff\ufeff") | st.sampled_from(
    "\t\n\r王,;'\"="
)
TEXTS = (
    st.builds(
        str.__add__, st.sampled_from(["", "=", "+", "-", "@", "'", "''=", "_x000D_"]), st.text(_ALPHABET, max_size=8)
    )
    .map(str.strip)
    .filter(bool)
)
_DAYS = st.integers(0, 40_541).map(lambda day: np.datetime64("1990-01-01") + np.timedelta64(day, "D"))


def _values(kind: str, low: float | None, high: float | None, choices: tuple[str, ...]) -> st.SearchStrategy[Any]:
    if kind == "choice":
        return st.sampled_from(choices)
    if kind == "date":
        return _DAYS
    if kind == "bool":
        return st.booleans()
    if kind == "int":
        return st.integers(int(low or 0), int(min(high or 9, 99)))
    return st.floats(low, high, allow_nan=False, allow_subnormal=False).map(float) if kind == "number" else TEXTS


@st.composite
def registers(draw: st.DrawFn) -> dict[str, Columns]:
    """Draw a valid register: every table, every column, absent cells among them."""
    names: dict[str, list[str]] = {}
    made: dict[str, Columns] = {}
    for name in ("locations", "auditors", "organisations", "audits", "certificates", *TABLES):
        if name in made or name in ("settings", "terms", "fuzzy"):
            continue
        spec = TABLES[name]
        rows = draw(st.integers(0 if name not in ("auditors", "organisations", "audits", "certificates") else 1, 3))
        table: Columns = {column.name: [] for column in spec.columns}
        for _ in range(rows):
            for column in spec.columns:
                if column.references and column.references != f"{name}.{column.name}":
                    known = names.get(column.references) or [None]
                    values = st.sampled_from(known)
                else:
                    values = _values(column.kind, column.low, column.high, column.choices)
                table[column.name].append(draw(values if column.required else st.none() | values))
        made[name] = _valid(name, table)
        for key in spec.keys[:1]:
            names[f"{name}.{key}"] = made[name][key]
    made["requirements"] = {
        "audit_id": list(made["audits"]["audit_id"]),
        "field": ["QMS"] * len(made["audits"]["audit_id"]),
        "specialty": ["03.04.01"] * len(made["audits"]["audit_id"]),
    }
    made["qualifications"] = {
        **{column.name: [] for column in TABLES["qualifications"].columns},
        **{"auditor_id": made["auditors"]["auditor_id"][:1], "field": ["QMS"], "specialty": [draw(TEXTS)]},
        **{"valid_from": [np.datetime64("2020-02-29")], "valid_until": [None], "grade": ["expert"]},
    }
    made["auditors"]["a column of theirs"] = draw(
        st.lists(st.none() | TEXTS, min_size=len(made["auditors"]["name"]), max_size=len(made["auditors"]["name"]))
    )
    made["terms"] = {
        "word": ["较好", "so so"],
        "item": ["all", "health"],
        "function": ["trimf", "gaussmf"],
        "parameters": ["0.6, 0.8, 1", "0.5,0.1"],
    }
    people, clients = made["auditors"]["auditor_id"], made["organisations"]["organisation_id"]
    some = draw(st.sampled_from(["较好", "0.5", "[0.25, 0.5]", "tri(0.1, 0.2, 0.3)"]))
    made["fuzzy"] = {
        "member_id": [people[0], clients[0]],
        "item": ["health", "policy"],
        "value": [draw(st.sampled_from(["so so", "较好"])), some],
    }
    made["settings"] = {"name": ["team_max", "country"], "value": [str(draw(st.integers(1, 9))), "CN"]}
    return {name: table for name, table in made.items() if len(next(iter(table.values())))}


_SORTED = {
    "auditors": ("from", "until"),
    "absences": ("start", "end"),
    "usage": ("year_start", "year_end"),
    "closures": ("start", "end"),
    "plan": ("start", "end"),
    "links": ("min_days", "max_days"),
}


def _valid(name: str, table: Columns) -> Columns:
    """Mend what random columns break: orders, exclusions, and rows that stand twice."""
    first, last = _SORTED.get(name, ("", ""))
    for row in range(len(next(iter(table.values())))):
        if first and table[first][row] is not None and table[last][row] is not None:
            table[first][row], table[last][row] = sorted((table[first][row], table[last][row]))
        if name == "certificates":
            days = [table[key][row] for key in ("decided", "issued", "expires")]
            known = iter(sorted(day for day in days if day is not None))
            for key, day in zip(("decided", "issued", "expires"), days, strict=True):
                table[key][row] = None if day is None else next(known)
            # Scopes of their own do not overlap; rows of one certificate agree.
            table["specialty"][row] = f"{row} {table['specialty'][row]}"
            before = table["certificate_id"].index(table["certificate_id"][row])
            for key in table.keys() - {"certificate_id", "specialty", "due"}:
                table[key][row] = table[key][before]
        if name == "audits":
            days = sorted(table[key][row] or table["latest"][row] for key in ("earliest", "latest", "deadline"))
            table["earliest"][row], table["latest"][row], table["deadline"][row] = days
            table["team_max"][row] = 99
        if name == "links":
            table["kind"][row] = "together" if table["kind"][row] == "interval" else table["kind"][row]
            table["required"][row] = False
            table["max_days"][row] = 10_000 if table["max_days"][row] is None else table["max_days"][row]
        if name == "preferences":
            table["organisation_id"][row] = None if table["audit_id"][row] else table["organisation_id"][row]
            table["rule"][row], table["from"][row], table["until"][row] = "prefer", None, None
        if name in ("absences", "plan"):
            table["start_half"][row], table["end_half"][row] = "am", "pm"
        if name == "certificates":
            table["certificate_id"][row] += f" {row}"
    keys = list(zip(*(map(str, table[key]) for key in TABLES[name].keys), strict=True))
    kept = [row for row, key in enumerate(keys) if key not in keys[:row]]
    if name == "links":
        kept = [row for row in kept if table["first_audit"][row] != table["second_audit"][row]]
    if name == "preferences":
        kept = [row for row in kept if table["audit_id"][row] or table["organisation_id"][row]]
    return {column: [values[row] for row in kept] for column, values in table.items()}
