"""The history that exponents are estimated from: what came of projects, and the factors that they met.

A row is one project, or one group at one time. It has one outcome and either the eight shown factors of its group then,
as `MatchingDegree.table` gives them, or field, specialty and date, from which a register tells the factors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auditmatch.cells import parse
from auditmatch.columns import Column
from auditmatch.errors import ArgumentError, InputError, InputProblem, nearest
from auditmatch.frames import RawTable, take_apart
from auditmatch.matching.domain import Floats, Options, Reading
from auditmatch.matching.drivers import FACTORS, group_rows, shown
from auditmatch.matching.measure import matching_degree

if TYPE_CHECKING:
    from auditmatch.register import Register

OUTCOMES = {
    "in_time": Column("in_time", "bool", "arranged in time or not", required=True),
    "refusals": Column("refusals", "int", "refusals until it was arranged", required=True, low=0),
    "days": Column("days", "number", "days until it was arranged", required=True, low=0),
}
_COLUMNS = {name: Column(name, "number", "a count", low=0.0, high=1e9) for name in ("A1", "A2")}
_COLUMNS |= {name: Column(name, "number", "a shown factor", low=1.0, high=1e9) for name in ("C1", "C2")}
_COLUMNS |= {name: Column(name, "number", "a shown factor", low=0.0, high=1.0) for name in ("B1", "B2", "D", "E")}
_NAMES = {name: Column(name, "text", "names a group", required=True) for name in ("field", "specialty")}
_NAMES["date"] = Column("date", "date", "when it was to be arranged", required=True)

# ln P = base + sum of exponent * sign * ln factor.
SIGNS = {"B1": 1.0, "C1": -1.0, "B2": 1.0, "C2": 1.0, "D": 1.0, "E": 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The rows that can be used.

    Attributes
    ----------
    outcome
        "in_time", "refusals" or "days".
    y
        (rows,) the outcome; 1 = in time.
    heads
        (rows,) ln(A1 / A2), plain head count (ln A1 in reading "organisation", where A2 has no effect).
    logs
        By factor B1, C1, B2, C2, D, E: (rows,) its logarithm, positive where it raises P.
    left_out
        Rows without auditors or projects in their group: P is 0 or absent there whatever the exponents are.
    library
        Of the frame that the history came in.
    """

    outcome: str
    y: Floats
    heads: Floats
    logs: Mapping[str, Floats]
    left_out: int
    library: str

    @property
    def binary(self) -> bool:
        """True when the outcome is yes or no."""
        return self.outcome == "in_time"

    def columns(self, estimated: Sequence[str]) -> Floats:
        """Return ln P with exponent 0 for the factors to estimate, and a column for each of these."""
        base = self.heads + sum((self.logs[name] for name in self.logs if name not in estimated), np.float64(0.0))
        return np.column_stack([base, *(self.logs[name] for name in estimated)])


def read_history(table: object, register: Register | None, outcome: str | None, options: Options) -> History:
    """Read and check a history.

    Parameters
    ----------
    table
        A data frame (pandas, polars, pyarrow) or a dict of columns.
    register
        Tells the factors of field, specialty and date, where the table has no factors.
    outcome
        Column of the outcome; None: the one that is there.
    options
        Of the matching degree.

    Raises
    ------
    InputError
        With every problem of every row.
    ArgumentError
        When there is no outcome, or more than one to choose from; when a register is needed.
    """
    raw = take_apart(table, "history")
    if raw.broken:
        raise InputError(raw.problems)
    what = _outcome(raw, outcome)
    given = [name for name in FACTORS if name in raw.columns]
    if not given and register is None:
        raise ArgumentError("the history has no factors, and no register is given. Maybe register=register?")
    wanted = [OUTCOMES[what], *([_COLUMNS[name] for name in FACTORS] if given else _NAMES.values())]
    columns, problems = _parsed(raw, wanted)
    if given:
        problems += _without_logarithm(raw, columns, {(problem.row, problem.column) for problem in problems})
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    if not given and register is not None:
        columns |= _looked_up(register, columns, options)
    return _kept(what, columns, options.reading, raw.library or "pandas")


def _outcome(raw: RawTable, outcome: str | None) -> str:
    there = [name for name in OUTCOMES if name in raw.columns]
    if outcome is None:
        if len(there) != 1:
            said = "has no outcome" if not there else f"has several outcomes, {', '.join(there)}"
            way = "a column in_time, refusals or days" if not there else f"outcome={there[0]!r}"
            raise ArgumentError(f"the history {said}. Maybe {way}?")
        return there[0]
    if outcome not in OUTCOMES:
        near = nearest(str(outcome), OUTCOMES)
        raise ArgumentError(f"outcome {outcome!r} is not known. Maybe {near or 'in_time, refusals or days'}?")
    return outcome


def _parsed(raw: RawTable, wanted: list[Column]) -> tuple[dict[str, npt.NDArray[Any]], list[InputProblem]]:
    """Return the columns as typed arrays, and what is wrong with them."""
    columns: dict[str, npt.NDArray[Any]] = {}
    problems = []
    for column in wanted:
        cells = raw.columns.get(column.name)
        if cells is None:
            near = nearest(column.name, raw.columns)
            maybe = f"rename the column {near}?" if near else None
            problems.append(InputProblem(raw.label, None, column.name, None, "the column is missing", maybe))
            continue
        parsed = parse(column, cells)
        columns[column.name] = parsed.values
        for fault in parsed.faults:
            row = int(raw.source_rows[fault.row])
            problems.append(InputProblem(raw.label, row, column.name, fault.value, fault.message, fault.maybe))
    return columns, problems


def _without_logarithm(
    raw: RawTable, columns: Mapping[str, npt.NDArray[Any]], told: set[tuple[int | None, str | None]]
) -> list[InputProblem]:
    """Name the cells of factors, not told of yet, that are absent or 0 though their side, A1 or A2, has members."""
    problems = []
    for name in FACTORS:
        side = "A1" if name in ("A1", "B1", "C1") else "A2"
        if name not in columns or side not in columns:
            continue
        values, there = columns[name], (columns[side] > 0) | np.isnan(columns[side])
        for row in np.flatnonzero(there & np.isnan(values)).tolist():
            problems.append(InputProblem(raw.label, int(raw.source_rows[row]), name, None, "the cell is empty"))
        for row in np.flatnonzero(there & (values == 0) & (name != side)).tolist():
            message = "is 0, which has no logarithm"
            problems.append(InputProblem(raw.label, int(raw.source_rows[row]), name, "0", message, "the floor, 0.05?"))
    return [problem for problem in problems if (problem.row, problem.column) not in told]


def _looked_up(register: Register, columns: Mapping[str, npt.NDArray[Any]], options: Options) -> dict[str, Floats]:
    """Return the shown factors of each row's group on its date; those of an absent group are 0 and NaN."""
    found = {name: np.full(len(columns["date"]), np.nan) for name in FACTORS}
    for day in np.unique(columns["date"]):
        degree = matching_degree(
            register,
            day,
            options.form,
            options.reading,
            grades=options.grades,
            registrations=options.registrations,
            projects=options.projects,
            floor=options.floor,
        )
        rows = np.flatnonzero(columns["date"] == day)
        numbers = group_rows(degree)
        pairs = zip(columns["field"][rows].tolist(), columns["specialty"][rows].tolist(), strict=True)
        values = shown(degree, np.array([numbers.get(pair, -1) for pair in pairs], dtype=np.int64))
        for name in FACTORS:
            found[name][rows] = values[name]
    return found


def _kept(outcome: str, columns: Mapping[str, npt.NDArray[Any]], reading: Reading, library: str) -> History:
    """Take logarithms of the rows that have both sides."""
    there = (columns["A1"] > 0) & (columns["A2"] > 0)
    logs = {name: np.log(columns[name][there].astype(np.float64)) for name in FACTORS}
    heads = logs["A1"] - (logs["A2"] if reading == "load" else 0.0)
    signed = {name: sign * logs[name] for name, sign in SIGNS.items()}
    return History(outcome, columns[outcome][there].astype(np.float64), heads, signed, int((~there).sum()), library)
