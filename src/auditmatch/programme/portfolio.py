"""The certificates of a register as columns, one row for each certificate, checked for what a programme needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import InputError, InputProblem, nearest
from auditmatch.programme.audit_time import TABLES
from auditmatch.programme.cycle import Ints
from auditmatch.programme.dates import Dates, add_months
from auditmatch.programme.packs import RuleBook
from auditmatch.register import Register
from auditmatch.tables import Table

NEEDS_RISK = ("EMS", "OHSMS")
MOST_ISMS = 625


@dataclass(frozen=True, slots=True, eq=False)
class Portfolio:
    """Certificates in force with a decision, row by row.

    Attributes
    ----------
    names, client, clients, field
        Number of the certificate; row of the client in `clients`; field.
    decided, expires, done, visited
        As in `cycle.Certificates`, by this portfolio's rows.
    risk, suspended, notice
        Risk class; first day of the suspension of those suspended; day of the last notice of a failed spot check that
        no special audit has followed.
    set_apart
        (certificate, status, day) of those withdrawn, and of those suspended without a day.
    undated
        Certificates that state no decision.
    """

    names: npt.NDArray[np.object_]
    client: Ints
    clients: npt.NDArray[np.object_]
    field: npt.NDArray[np.object_]
    decided: Dates
    expires: Dates
    done: Ints
    visited: Dates
    risk: npt.NDArray[np.object_]
    suspended: Dates
    notice: Dates
    set_apart: tuple[tuple[str, str, str], ...]
    undated: tuple[str, ...]
    _sizes: list[tuple[str, int, str | None, float]]
    _codes: list[tuple[str, ...]]
    _applied: list[tuple[str, int, str | None, float]]

    def by_field(self) -> Iterator[tuple[str, str, Ints]]:
        """Yield each field and risk class ("" for none) with the rows of those that are not suspended."""
        pairs = [(str(f), r or "") for f, r in zip(self.field.tolist(), self.risk.tolist(), strict=True)]
        number = {pair: k for k, pair in enumerate(sorted(set(pairs)))}
        where = np.array([number[pair] for pair in pairs], dtype=np.int64)
        for (name, risk), k in number.items():
            rows = np.flatnonzero((where == k) & np.isnat(self.suspended)).astype(np.int64)
            if len(rows):
                yield name, risk, rows

    def size(self, row: int) -> tuple[str, int, str | None, float]:
        """Return scheme, personnel, complexity and stated days (0: by the table) of a certificate."""
        return self._sizes[row]

    def applied(self, row: int) -> tuple[str, int, str | None, float]:
        """Return the same of an application."""
        return self._applied[row]

    def codes(self, row: int) -> tuple[str, ...]:
        """Return the specialties of a certificate."""
        return self._codes[row]


def portfolio(register: Register, book: RuleBook) -> Portfolio:
    """Return the certificates of a register.

    Raises
    ------
    InputError
        A field that no pack knows, or nothing that audit time can be worked out from; all rows at once.
    """
    table = register.certificates
    known = np.flatnonzero(~np.isnat(table["decided"]))
    _refuse(register, known, book)
    names = table["certificate_id"][known].astype(object)
    unique, first, back = np.unique(names.astype(str), return_index=True, return_inverse=True)
    head = known[first]
    codes = _codes_of(len(unique), back.reshape(-1).tolist(), table["specialty"][known].tolist())
    expires = np.where(
        np.isnat(table["expires"][head]), add_months(table["decided"][head], 36) - np.timedelta64(1, "D"),
        table["expires"][head],
    )  # fmt: skip
    done, visited = _history(register, unique, table["decided"][head])
    suspended = np.where(table["status"][head] == "suspended", table["suspended"][head], np.datetime64("NaT", "D"))
    active = (table["status"][head] == "active") | ~np.isnat(suspended)
    notice = _open_notices(register, unique, table["notice"][head])
    apart = tuple(
        (str(unique[k]), str(table["status"][head[k]]), str(expires[k])) for k in np.flatnonzero(~active).tolist()
    )
    kept = np.flatnonzero(active)
    clients = register.organisations["organisation_id"]
    return Portfolio(
        unique[kept].astype(object),
        register.index("organisations", table["organisation_id"][head[kept]]),
        clients,
        table["field"][head[kept]],
        table["decided"][head[kept]],
        expires[kept],
        done[kept],
        visited[kept],
        table["risk"][head[kept]],
        suspended[kept],
        notice[kept],
        apart,
        tuple(sorted(set(table["certificate_id"].tolist()) - set(names.tolist()))),
        [_size(table, int(k)) for k in head[kept]],
        [codes[k] for k in kept],
        [_size(register.applications, k) for k in range(len(register.applications))],
    )


def _refuse(register: Register, known: npt.NDArray[Any], book: RuleBook) -> None:
    """Raise what keeps certificates and applications from having a programme, all at once."""
    problems: list[InputProblem] = []
    for rows, part in ((known, register.certificates), (np.arange(len(register.applications)), register.applications)):
        problems += _problems(part, rows, book)
    if problems:
        raise InputError(problems)


def _codes_of(count: int, rows: list[int], names: list[str]) -> list[tuple[str, ...]]:
    """Return the specialties of each certificate, each once."""
    codes: list[dict[str, None]] = [{} for _ in range(count)]
    for k, code in zip(rows, names, strict=True):
        codes[k][str(code)] = None
    return [tuple(some) for some in codes]


def _open_notices(register: Register, names: npt.NDArray[Any], notice: Dates) -> Dates:
    """Return the notices that no special audit has followed."""
    last: dict[str, np.datetime64] = {}
    table = register.history
    for k in np.flatnonzero(table["kind"] == "special").tolist():
        name, date = str(table["certificate_id"][k]), table["date"][k]
        last[name] = max(date, last.get(name, date))
    done = np.array([last.get(str(name), np.datetime64("NaT", "D")) for name in names.tolist()], dtype="datetime64[D]")
    return np.asarray(np.where(done >= notice, np.datetime64("NaT", "D"), notice))


def _size(table: Table, k: int) -> tuple[str, int, str | None, float]:
    """Return what audit time asks of a row."""
    name, days = str(table["field"][k]), float(table["days"][k])
    if not np.isnan(days):
        return name, 0, None, days
    risk: Any = table["risk"][k]
    return name, int(table["effective_personnel"][k]), risk if name in NEEDS_RISK else None, 0.0


def _problems(table: Table, rows: npt.NDArray[Any], book: RuleBook) -> Iterator[InputProblem]:
    """Yield what keeps rows from having a programme."""
    for k in rows.tolist():
        name, row = str(table["field"][k]), int(table.source_rows[k])
        if name not in book.fields:
            near = nearest(name, book.fields)
            what = "is known to no rule pack"
            yield InputProblem(
                table.name, row, "field", name, what, f"{near or 'another field'}, or a pack of your own?"
            )
        elif np.isnan(float(table["days"][k])):
            if name not in TABLES:
                yield InputProblem(table.name, row, "days", None, f"is empty, and {name} has no table of audit time")
            elif not float(table["effective_personnel"][k]) >= 1:
                yield InputProblem(table.name, row, "effective_personnel", None, "is empty", "state it, or days?")
            elif name == "ISMS" and table["effective_personnel"][k] > MOST_ISMS:
                what = f"is beyond {MOST_ISMS}, where the rows of ISO/IEC 27006-1 are not known here"
                size = str(table["effective_personnel"][k])
                yield InputProblem(table.name, row, "effective_personnel", size, what, "state days?")
            elif name in NEEDS_RISK and table["risk"][k] is None:
                yield InputProblem(table.name, row, "risk", None, f"is empty, and {name} asks for it", "medium?")


def _history(register: Register, names: npt.NDArray[Any], decided: Dates) -> tuple[Ints, Dates]:
    """Return surveillances held since the decision, and the day of the last."""
    table = register.history
    done, visited = np.zeros(len(names), dtype=np.int64), np.full(len(names), np.datetime64("NaT", "D"))
    if not len(table):
        return done, visited
    where = np.searchsorted(names, table["certificate_id"].astype(str))
    counts = np.isin(table["kind"].astype(str), ("surveillance", "unannounced")) & (where < len(names))
    where = np.minimum(where, max(0, len(names) - 1))
    counts &= (names[where] == table["certificate_id"].astype(str)) & (table["date"] > decided[where])
    # A visit has a row for each person known; it counts once.
    rows = np.flatnonzero(counts)
    same = np.stack([where[rows], table["date"][rows].astype(np.int64)])
    counts[np.delete(rows, np.unique(same, axis=1, return_index=True)[1])] = False
    np.add.at(done, where[counts], 1)
    day = np.full(len(names), np.datetime64("0001-01-01", "D"))
    np.maximum.at(day, where[counts], table["date"][counts])
    return done, np.where(done > 0, day, visited)
