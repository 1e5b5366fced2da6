"""The matching degree of millions of rows: columns in, one row per group out, all levels in one call.

Source: "The matching degree" in the design page; used and measured in docs/nation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditmatch.coded import Coded
from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching import assembly
from auditmatch.matching.cells import Cells
from auditmatch.matching.domain import Exponents, Form, Options, Reading
from auditmatch.matching.faults import Faults, refuse
from auditmatch.matching.frames import native_frame
from auditmatch.matching.reading import DEMAND, SUPPLY, Plan, Reader
from auditmatch.matching.sources import Source, is_sorted, open_source
from auditmatch.matching.tally import Counter, workers

Values = npt.NDArray[Any] | Coded


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupDegrees:
    """P = X / Y of groups, and of their parents where asked; `degree_of` makes it.

    Attributes
    ----------
    by
        Keys of the groups.
    options
        Form, reading, exponents, floor.
    columns
        The keys as `Coded`, NAME_level beside each key that is rolled up, then A1, B1, C1, X, A2, B2, C2, D, E, Y, P,
        schedulable, floored, (rows,), as in `MatchingDegree.table`. A1 and floored are whole numbers, but where
        supply has months and years are made: there they are means. Absent means and an absent P are NaN.
    library
        Library that `table` is made in.
    """

    by: tuple[str, ...]
    options: Options
    columns: Mapping[str, Values]
    library: str

    def __repr__(self) -> str:
        return (
            f"GroupDegrees by {', '.join(self.by)}: {len(self):,} rows, {int((self['P'] < 1).sum()):,} with P below 1"
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.columns["P"])

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """Return a column, (rows,); keys as text."""
        if name not in self.columns:
            raise unknown("column", name, self.columns)
        column = self.columns[name]
        return column.plain() if isinstance(column, Coded) else column

    @property
    def table(self) -> Any:
        """Return the rows as a data frame, sorted by the keys, parents before their children."""
        return native_frame({name: self[name] for name in self.columns}, self.library)

    def where(self, **keys: str) -> GroupDegrees:
        """Return the rows whose keys or levels have the given texts, as in where(specialty_level="large").

        Raises
        ------
        UnknownNameError
            For a column that is no key and no level.
        """
        chosen = np.ones(len(self), dtype=np.bool_)
        coded = {name: column for name, column in self.columns.items() if isinstance(column, Coded)}
        for name, text in keys.items():
            if name not in coded:
                raise unknown("key or level", name, coded)
            codes = [code for code, value in enumerate(coded[name].values) if value == text]
            chosen &= np.isin(coded[name].codes, codes)
        rows = np.flatnonzero(chosen)
        some = {
            name: column.part(rows) if isinstance(column, Coded) else column[rows]
            for name, column in self.columns.items()
        }
        return GroupDegrees(self.by, self.options, some, self.library)


def degree_of(
    demand: Any,
    supply: Any,
    by: Sequence[str] = ("field", "specialty"),
    *,
    organisation: str | None = "organisation_id",
    auditor: str | None = "auditor_id",
    form: Form = "product",
    reading: Reading = "load",
    exponents: Exponents | Mapping[str, float] | None = None,
    floor: float = 0.05,
    rollup: bool = False,
    threads: int | None = None,
) -> GroupDegrees:
    """Return the matching degree of groups from columns: what `matching_degree` does for a register, for millions.

    The sums have the same bits on any number of threads.

    Parameters
    ----------
    demand
        Rows of projects, as certificates: the keys, the organisation, and B2, C2, D, E; a factor that is not there is 1
        throughout. A dict of arrays, a frame of pandas, polars or pyarrow, a relation of DuckDB, the path of a Parquet
        file or folder or of a DuckDB file (table `demand`), or an iterable of batches of these.
    supply
        Rows of qualifications that count: the keys, the auditor, C1, and B1 unless it is 1. A key may be lacking: its
        people then count for each of its values. In a DuckDB file the table is `supply`.
    by
        Keys of the groups. "specialty", "province" and "month" have parents; months are dates or YYYY-MM.
    organisation, auditor
        Columns of the members, text or whole numbers; None: every row is a member of its own. However many rows a
        member has in a group, it counts once. For that, rows must be sorted by member: what lies in memory or in DuckDB
        is sorted here if it is not; Parquet files and batches must come sorted.
    form, reading, exponents, floor
        As in `matching_degree`.
    rollup
        Add the parents at all levels: middle classes, large classes and fields; the nation; years. Members count once
        in a parent; over the months of a year X and A1 are means and Y and A2 sums. The means take all months of the
        year that occur in either table.
    threads
        At most 8; None: as many as processors.

    Raises
    ------
    InputError
        For missing columns and keys, factors that are no numbers or outside their domain, rows of one member that
        disagree, and rows that are not sorted; names every row of both tables.
    ArgumentError
        For a choice outside its domain, a table of an unknown kind, or more values than keys can have.
    """
    options = Options(form, reading, Exponents.of(exponents), floor=float(floor))
    keys = _checked_keys(by)
    crew = workers(threads)
    cells = Cells(keys, rollup)
    tables = {"demand": (demand, DEMAND, organisation), "supply": (supply, SUPPLY, auditor)}
    sides, faults, lacking, library = {}, [], [], ""
    with ThreadPoolExecutor(crew) as pool:
        for table, (given, factors, member) in tables.items():
            source = _sorted(open_source(given, table), member)
            library = library or source.library
            faults.append(Faults(table))
            plan = Plan(factors, keys, member, options.exponents, options.floor, _passes(options, factors))
            reader = Reader(source, plan, cells, faults[-1])
            sides[table] = _count(reader, cells, plan, options, pool, crew)
            lacking = [place for place, name in enumerate(keys) if name not in reader.keys]
    refuse(*faults)
    both = {table: assembly.side_of(counter, cells.groups.known, cells.above.known) for table, counter in sides.items()}
    columns = _columns(both["supply"], both["demand"], cells, lacking, options, rollup)
    return GroupDegrees(keys, options, columns, library or "pandas")


def _count(reader: Reader, cells: Cells, plan: Plan, options: Options, pool: ThreadPoolExecutor, crew: int) -> Counter:
    """Sum all rows of one table."""
    from auditmatch.matching.kernels import add_difficulty, add_sufficiency

    # The first pass sums what the form asks; a second one the plain inverses.
    additive = (options.form == "additive" and plan.factors == DEMAND, True)[: len(plan.passes)]
    kernel = add_difficulty if plan.factors == DEMAND else add_sufficiency
    counter = Counter(kernel, len(plan.factors), additive, pool, crew)
    for rows in reader.rows():
        counter.add(rows, cells.up, cells.above.count)
    return counter


def _passes(options: Options, factors: Sequence[str]) -> tuple[bool, ...]:
    """Return (True,), or (True, False) where a factor of exponent 0 is to be shown by its plain mean."""
    idle = any(getattr(options.exponents, name) == 0.0 for name in factors)
    return (True, False) if idle else (True,)


def _columns(
    supply: assembly.Side, demand: assembly.Side, cells: Cells, lacking: list[int], options: Options, rollup: bool
) -> dict[str, Values]:
    keys = cells.keys
    month = [place for place, key in enumerate(keys.keys) if key.name == "month"] if rollup else []
    for place in month:
        demand = assembly.with_years(demand, keys, place, mean=False)
        if place not in lacking:
            supply = assembly.with_years(supply, keys, place, mean=True)
    joined = assembly.rows_of(supply, demand, keys, lacking)
    own = joined
    for place in lacking:
        own = keys.without(own, place)
    found: dict[str, Values] = dict(assembly.key_columns(joined, keys, rollup))
    values = dict(assembly.value_columns(supply.at(own), demand.at(joined), options))
    if not month or month[0] in lacking:  # no means, so still counts
        values |= {name: values[name].astype(np.int64) for name in ("A1", "floored")}
    found |= values
    for column in values.values():
        column.flags.writeable = False
    return found


def _sorted(source: Source, member: str | None) -> Source:
    """Return a table sorted by member where it is not and can be."""
    if member is None or source.by is None or member not in source.names or is_sorted(source, member):
        return source
    return source.by(member)


def _checked_keys(by: Sequence[str]) -> tuple[str, ...]:
    keys = (by,) if isinstance(by, str) else tuple(by)
    if not keys or len(set(keys)) < len(keys) or len(keys) > 6:
        raise ArgumentError(f"by is {by!r}. Maybe one to six different columns, such as ('field', 'specialty')?")
    return keys
