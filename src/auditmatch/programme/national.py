"""The programme of a nation, batch by batch: visits with person-days, in the columns that `degree_of` reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.coded import Coded
from auditmatch.horizon import read_day
from auditmatch.programme.audit_time import SHARES, TABLES, initial_days
from auditmatch.programme.cycle import Certificates, Found, Visits, cycles
from auditmatch.programme.dates import Dates, add_months
from auditmatch.programme.packs import RuleBook, rule_book
from auditmatch.programme.portfolio import MOST_ISMS, NEEDS_RISK
from auditmatch.sample.nation import Batch, Nation

# Made up beside the published figures: personnel are log-normal, initial days of fields without a table a constant.
MIDDLE, SPREAD, MOST, DAYS = 3.8, 1.1, 5_000, 2.0
_KEPT = ("organisation_id", "province", "B2", "C2", "D", "E")


def national(
    nation: Nation,
    start: Any,
    end: Any,
    *,
    stated: Mapping[str, Mapping[str, float]] | None = None,
    window: int = 60,
    decision: int = 30,
    seed: int = 0,
) -> Iterator[Batch]:
    """Yield the visits that a nation's certificates ask for, batch by batch, sorted by organisation.

    Where certificates stand in their cycles, and how large their holders are, is made up; the month in which each is
    due is the nation's. Nothing is merged.

    Parameters
    ----------
    nation
        As `sample.nation` makes it.
    start, end
        ISO dates, both inclusive.
    stated, window, decision
        As in `programme`.
    seed
        Of what is made up.

    Yields
    ------
    dict
        Columns field, specialty, large (large class, or the scheme), province, month (`Coded`), organisation_id, the
        factors B2, C2, D, E, and person_days: what `matching.degree_of` reads as demand.
    """
    span = read_day(start, "start"), read_day(end, "end")
    months = np.arange(span[0].astype("datetime64[M]"), span[1].astype("datetime64[M]") + 13, dtype="datetime64[M]")
    book, names = rule_book((), stated), tuple(map(str, months))
    for number, batch in enumerate(nation.demand()):
        rng = np.random.default_rng([seed, 2, number])
        yield _visits(batch, rng, book, span, (months[0], names), (window, decision))


def _visits(
    batch: Batch, rng: np.random.Generator, book: RuleBook, span: tuple[Any, Any], months: tuple[Any, tuple[str, ...]],
    choices: tuple[int, int],
) -> Batch:  # fmt: skip
    """Return the visits of one batch of certificates."""
    decided, expires, done, visited = _cycles(batch, rng)
    field, fields = batch["field"].codes, batch["field"].values
    size = _personnel(batch["organisation_id"], rng)
    found, initial = Found(), np.full(len(field), DAYS)
    for code, name in enumerate(fields):
        rows = np.flatnonzero(field == code).astype(np.int64)
        if len(rows):
            certs = Certificates(rows, decided[rows], expires[rows], done[rows], visited[rows])
            cycles(book, name, certs, span, found, *choices)
            initial[rows] = _initial(name, size[rows])
    visits = found.visits()
    row, middle = visits.row, visits.earliest + (visits.latest - visits.earliest) // 2
    month = (middle.astype("datetime64[M]") - months[0]).astype(np.int64)
    parts: Batch = {name: _part(batch[name], row) for name in (*_KEPT, "field", "specialty")}
    codes, large = _large(batch["specialty"].values)
    return parts | {
        "large": Coded(codes[batch["specialty"].codes[row]], large),
        "month": Coded(np.minimum(month, len(months[1]) - 1).astype(np.int32), months[1]),
        "person_days": np.maximum(np.floor(2 * initial[row] * _shares(visits) + 0.5) / 2, 0.5),
    }


def _cycles(batch: Batch, rng: np.random.Generator) -> tuple[Dates, Dates, npt.NDArray[np.int64], Dates]:
    """Return decision, expiry, surveillances held and the last one's day, so that the next is due in the month told."""
    month = np.array(batch["month"].values, dtype="datetime64[M]")[batch["month"].codes]
    due = month.astype("datetime64[D]") + rng.integers(0, 28, len(month)).astype("timedelta64[D]")
    stage = rng.integers(1, 4, len(month))
    decided = add_months(due, -12 * stage)
    visited = np.where(stage > 1, add_months(due, np.full(len(due), -12)), np.datetime64("NaT", "D"))
    return decided, add_months(decided, 36) - np.timedelta64(1, "D"), stage - 1, visited


def _personnel(organisation: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return effective personnel, one number for each organisation."""
    _, which = np.unique(organisation, return_inverse=True)
    size = np.exp(rng.normal(MIDDLE, SPREAD, int(which.max(initial=-1)) + 1))
    return np.clip(np.round(size), 1, MOST).astype(np.int64)[which.reshape(-1)]


def _initial(name: str, size: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return initial auditor-days; each size is looked up once."""
    if name not in TABLES:
        return np.full(len(size), DAYS)
    if name == "ISMS":
        size = np.minimum(size, MOST_ISMS)
    known, which = np.unique(size, return_inverse=True)
    risk = "medium" if name in NEEDS_RISK else None
    return np.array([initial_days(name, int(n), risk) for n in known])[which.reshape(-1)]


def _shares(visits: Visits) -> npt.NDArray[np.float64]:
    """Return the share of the initial time that each visit takes."""
    again = np.isin(visits.kind.astype(str), ("recertification", "restoration"))
    return np.where(again, SHARES["recertification"], SHARES["surveillance"])


def _large(specialties: Any) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Return the large class of each specialty, and their names; a product scheme is one of its own."""
    names = [str(s)[:2] if str(s)[:2].isdigit() else str(s) for s in specialties]
    known = tuple(dict.fromkeys(names))
    return np.array([known.index(n) for n in names], dtype=np.int32), known


def _part(column: Any, rows: npt.NDArray[np.int64]) -> Any:
    return column.part(rows) if isinstance(column, Coded) else column[rows]
