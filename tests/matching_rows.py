"""Small registers for the tests of the matching degree, row by row and at random."""

from __future__ import annotations

from typing import Any

import numpy as np

import auditmatch as am
from auditmatch.matching import MatchingDegree

Tables = dict[str, dict[str, list[Any]]]
SHOWN = ("A1", "B1", "C1", "X", "A2", "B2", "C2", "D", "E", "Y", "P")
OILS = "03.04.01"


def tables_of(*rows: tuple[str, dict[str, Any]]) -> Tables:
    """Gather rows, each a table's name and its cells, into columns; cells not named are absent."""
    tables: Tables = {}
    for name, _ in rows:
        columns = dict.fromkeys(column for table, row in rows if table == name for column in row)
        tables[name] = {column: [row.get(column) for table, row in rows if table == name] for column in columns}
    return tables


def auditor(name: str, **cells: Any) -> tuple[str, dict[str, Any]]:
    return "auditors", {"auditor_id": name} | cells


def holds(name: str, field: str = "QMS", **cells: Any) -> tuple[str, dict[str, Any]]:
    row = {"auditor_id": name, "field": field, "specialty": OILS, "valid_from": "2020-01-01", "grade": "auditor"}
    return "qualifications", row | cells


def client(name: str, **cells: Any) -> tuple[str, dict[str, Any]]:
    return "organisations", {"organisation_id": name} | cells


def audit(name: str, owner: str, **cells: Any) -> tuple[str, dict[str, Any]]:
    row = {"audit_id": name, "organisation_id": owner, "kind": "surveillance", "person_days": 2}
    return "audits", row | {"earliest": "2027-01-04", "latest": "2027-03-31"} | cells


def needs(name: str, field: str = "QMS", **cells: Any) -> tuple[str, dict[str, Any]]:
    return "requirements", {"audit_id": name, "field": field, "specialty": OILS} | cells


def certificate(name: str, owner: str, field: str = "QMS") -> tuple[str, dict[str, Any]]:
    return "certificates", {"certificate_id": name, "specialty": OILS, "organisation_id": owner, "field": field}


INTERN = (auditor("a"), holds("a", grade="intern"))  # counts nowhere; requirements need some qualification
SMALL = (auditor("a"), holds("a"), client("o"), audit("x", "o"), needs("x"))


def register(*rows: tuple[str, dict[str, Any]]) -> am.Register:
    return am.Register.from_tables(tables_of(*rows))


def row(degree: MatchingDegree, field: str = "QMS") -> dict[str, Any]:
    table = degree.table
    return dict(table[table["field"] == field].iloc[0])


def random_register(seed: int) -> am.Register:
    """Return a small register in which everything that the matching degree reads varies."""
    rng = np.random.default_rng(seed)

    def maybe(values: list[Any], share: float = 0.4) -> Any:
        return None if rng.random() < share else values[rng.integers(len(values))]

    def day(year: int = 2027) -> str:
        return str(np.datetime64(f"{year}-01-01") + np.timedelta64(int(rng.integers(0, 120)), "D"))

    fields, classes, shares = ["QMS", "EMS", "OHSMS"], [OILS, "33.02.00"], [0.0, 0.03, 0.4, 1.0]
    rows = [auditor("a0"), holds("a0", grade="intern")]
    for name in ("a1", "a2", "a3", "a4"):
        items = {item: maybe(shares) for item in ("routine", "health", "caprice", "holidays", "incidents")}
        span = {"until": maybe(["2027-01-31", "2028-01-31"])} if rng.random() < 0.7 else {"from": "2027-03-01"}
        rows.append(auditor(name, **{key: value for key, value in (items | span).items() if value is not None}))
    taken = set()
    for _ in range(12):
        key = (f"a{rng.integers(5)}", str(rng.choice(fields)), str(rng.choice(classes)), day(2026))
        if key not in taken:
            grade = str(rng.choice(["intern", "auditor", "lead", "expert"]))
            until = maybe(["2027-02-01", "2029-01-01"])
            cells = {"specialty": key[2], "valid_from": key[3], "valid_until": until, "grade": grade}
            rows.append(holds(key[0], key[1], **cells))
        taken.add(key)
    for name in ("o0", "o1", "o2", "o3"):
        cells = {"group_id": maybe(["g", "h"]), "coordination": maybe(shares, 0.7), "policy": maybe(shares, 0.7)}
        items = {"client_timing": maybe(shares), "inspections": maybe(shares), "certificates": maybe([1, 2, 5])}
        rows.append(client(name, **cells, **items))
    for number in range(8):
        first = day()
        cells = {
            "earliest": first,
            "latest": first,
            "deadline": str(np.datetime64(first) + np.timedelta64(int(rng.integers(0, 9)), "D")),
        }
        cells |= {"status": str(rng.choice(["open", "open", "done", "cancelled"])), "team_min": maybe([1, 2], 0.8)}
        cells |= {"females_min": maybe([1], 0.8), "males_min": maybe([1], 0.8)}
        rows.append(audit(f"x{number}", f"o{rng.integers(4)}", **cells))
        for field in rng.choice(fields, size=rng.integers(1, 3), replace=False):
            rows.append(needs(f"x{number}", str(field), specialty=str(rng.choice(classes))))
    rows += [certificate(f"c{n}", f"o{rng.integers(4)}", str(rng.choice(fields))) for n in range(rng.integers(0, 4))]
    for number in range(rng.integers(0, 4)):
        target = (
            ("audit_id", f"x{rng.integers(8)}") if rng.random() < 0.5 else ("organisation_id", f"o{rng.integers(4)}")
        )
        wish = {"preference_id": f"p{number}", "auditor_id": "a0", "rule": str(rng.choice(["require", "prefer"]))}
        rows.append(("preferences", wish | dict([target])))
    for number in range(rng.integers(0, 3)):
        pair = {"first_audit": f"x{number}", "second_audit": f"x{7 - number}"}
        rows.append(("links", pair | {"kind": str(rng.choice(["interval", "continuity"]))}))
    return register(*rows)
