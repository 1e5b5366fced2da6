"""Checks of the certification cycle: one certificate's rows agree, and no two certificates of one scope overlap."""

from __future__ import annotations

import re

import numpy as np

from auditmatch.checks import Findings, codes_of, first_rows
from auditmatch.cycle_tables import CERTIFICATE_COLUMNS

_CODE = re.compile(r"\d\d(\.\d\d){1,2}")


def check_cycle(found: Findings) -> None:
    """Add what is wrong with `certificates` as a portfolio."""
    table = found.tables["certificates"]
    known = np.array([name is not None for name in table["certificate_id"].tolist()], dtype=bool)
    first = first_rows(codes_of(table["certificate_id"]))
    for column in (c.name for c in CERTIFICATE_COLUMNS):
        values = table[column]
        same = values == values[first]
        if values.dtype.kind in "Mf":
            same |= (values != values) & (values[first] != values[first])
        for row in np.flatnonzero(known & ~same).tolist():
            before = first[row]
            message = f"differs from {values[before]} in row {table.source_rows[before]} of the same certificate"
            found.add("certificates", row, column, message, f"{values[before]}?")
    dated = known & ~np.isnat(table["decided"]) & ~np.isnat(table["expires"]) & (table["status"] == "active")
    # Of a product scheme a client may hold one certificate for each product.
    dated &= np.array([bool(_CODE.fullmatch(code or "")) for code in table["specialty"].tolist()], dtype=bool)
    rows = np.flatnonzero(dated)
    scope = codes_of(*(table[c][rows] for c in ("organisation_id", "field", "specialty")))
    order = np.lexsort([table["decided"][rows], scope])
    rows, scope = rows[order], scope[order]
    begins, ends, names = (table[c][rows] for c in ("decided", "expires", "certificate_id"))
    clash = (scope[1:] == scope[:-1]) & (begins[1:] <= ends[:-1]) & (names[1:] != names[:-1])
    for k in np.flatnonzero(clash).tolist():
        what = f"overlaps {names[k]} of the same client and specialty, in force until {ends[k]}"
        found.add("certificates", int(rows[k + 1]), "decided", what, "withdraw one of them?")
