"""The matching degree from columns: equal to loops over sets of members, at every level, from any source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import Row
from naive_rows import Place, naive_degrees
from nation_rows import as_rows, cut, some_demand, some_supply
from pyarrow import parquet

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.matching import Coded, GroupDegrees, degree_of, sources, tally

FOUR = ("field", "specialty", "province", "month")
VALUES = ("A1", "B1", "C1", "X", "A2", "B2", "C2", "D", "E", "Y", "P")


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sixty rows make many blocks and batches."""
    monkeypatch.setattr(tally, "BLOCK", 4)
    monkeypatch.setattr(sources, "BATCH", 16)


def rows_of(degree: GroupDegrees) -> dict[Place, Row]:
    """Return rows by level and text of each key; absent values are left out, as the oracle does."""
    names = [degree.columns.get(f"{key}_level") for key in degree.by]
    plain = [[key] * len(degree) if name is None else name.plain() for key, name in zip(degree.by, names, strict=True)]
    texts = [degree[key] for key in degree.by]
    places = zip(*(zip(level, text, strict=True) for level, text in zip(plain, texts, strict=True)), strict=True)
    cells = zip(*(degree[name].tolist() for name in VALUES), strict=True)
    return {
        place: {name: value for name, value in zip(VALUES, row, strict=True) if value == value}
        for place, row in zip(places, cells, strict=True)
    }


def assert_same(found: dict[Place, Row], expected: dict[Place, Row]) -> None:
    assert set(found) == set(expected)
    for place, row in expected.items():
        if "year" in {level for level, _ in place}:  # means of a year are not means of means
            part = {name: found[place][name] for name in row}
            assert part == pytest.approx(row, rel=1e-12), place
            assert found[place].get("P", np.inf) == pytest.approx(row["X"] / row["Y"] if row["Y"] else np.inf)
        else:  # absent where the oracle says absent
            assert found[place] == pytest.approx(row, rel=1e-12), place


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    form=st.sampled_from(["product", "additive"]),
    reading=st.sampled_from(["load", "organisation"]),
    powers=st.sampled_from([{}, {"B1": 2.0, "D": 0.5}, {"C1": 0.0, "B2": 0.0}, {"B1": 0.0, "C1": 3.0, "E": 0.0}]),
)
def test_groups_equal_loops_over_sets_of_members(seed: int, form: Any, reading: Any, powers: dict[str, float]) -> None:
    demand, supply = some_demand(seed), some_supply(seed)
    found = degree_of(demand, supply, form=form, reading=reading, exponents=powers)
    by = ("field", "specialty")
    expected = naive_degrees(as_rows(demand), as_rows(supply), by, form=form, reading=reading, powers=powers)
    assert_same(rows_of(found), expected)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), lacking=st.sampled_from([(), ("province",), ("specialty",)]))
def test_every_level_equals_loops_over_sets_of_members(seed: int, lacking: tuple[str, ...]) -> None:
    demand = some_demand(seed)
    supply = {name: values for name, values in some_supply(seed).items() if name not in lacking}
    found = degree_of(demand, supply, FOUR, rollup=True)
    assert_same(rows_of(found), naive_degrees(as_rows(demand), as_rows(supply), FOUR, rollup=True))


def test_supply_with_months_is_averaged_over_the_year() -> None:
    demand, supply = some_demand(5), some_supply(5)
    rng = np.random.default_rng(5)
    supply["month"] = rng.choice(np.array(["2026-12", "2027-01", "2027-03"], dtype=object), len(supply["C1"]))
    found = degree_of(demand, supply, FOUR, rollup=True)
    assert_same(rows_of(found), naive_degrees(as_rows(demand), as_rows(supply), FOUR, rollup=True))


def test_a_parent_counts_a_member_once_and_a_year_counts_every_month() -> None:
    # Mills needs two small classes of 03.04 in January, and one of them again in February; y = 1 / 0.5 = 2.
    demand = {
        "organisation_id": ["Mills"] * 3,
        "specialty": ["03.04.01", "03.04.02", "03.04.01"],
        "month": ["2027-01", "2027-01", "2027-02"],
        "B2": [0.5] * 3,
    }
    # Li is there in January alone: over the two months of the year that makes half an auditor.
    supply = {"auditor_id": ["Li"], "specialty": ["03.04.01"], "month": ["2027-01"], "C1": [1]}
    found = rows_of(degree_of(demand, supply, ("specialty", "month"), rollup=True))
    middle = found[("middle", "03.04"), ("month", "2027-01")]
    assert (middle["A1"], middle["X"], middle["A2"], middle["Y"]) == (1, 1, 1, 2)  # once, not twice
    year = found[("middle", "03.04"), ("year", "2027")]
    assert (year["A1"], year["X"], year["A2"], year["Y"], year["P"]) == (0.5, 0.5, 2, 4, 0.125)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), bounds=st.sets(st.integers(1, 59), max_size=6), threads=st.integers(1, 8))
def test_bits_are_the_same_on_any_number_of_threads_and_in_any_batches(
    seed: int, bounds: set[int], threads: int
) -> None:
    demand, supply = some_demand(seed), some_supply(seed)
    one = degree_of(demand, supply, FOUR, rollup=True, threads=1)
    many = degree_of(iter(cut(demand, *sorted(bounds))), [supply], FOUR, rollup=True, threads=threads)
    for name in VALUES:
        assert one[name].tobytes() == many[name].tobytes()


@pytest.mark.parametrize("few", [1, 20, 90])
def test_nobody_is_lost_or_counted_twice_where_many_cells_make_the_parts_fewer(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "FEW_CELLS", few)
    demand, supply = some_demand(8), some_supply(8)
    found = degree_of(cut(demand, *range(1, 60)), cut(supply, *range(1, 40)), FOUR, rollup=True)
    assert_same(rows_of(found), naive_degrees(as_rows(demand), as_rows(supply), FOUR, rollup=True))


def test_one_member_may_fill_many_blocks_and_batches() -> None:
    demand = some_demand(3, rows=60, members=1)
    found = degree_of(cut(demand, 7, 23, 24), some_supply(3), ("province",))
    assert found["A2"].tolist() == [1, 1]


def forms(columns: dict[str, Any], folder: Path, table: str) -> Iterator[tuple[str, Any]]:
    """Yield the same columns in every form."""
    frame = pd.DataFrame(columns)
    arrow = pa.table({name: pa.array(values) for name, values in columns.items()})
    yield "lists", {name: np.asarray(values).tolist() for name, values in columns.items()}
    yield "pandas", frame
    keys = ["field", "specialty", "province"]
    yield "categories", frame.astype(dict.fromkeys(keys, "category"))
    yield "polars", pl.from_arrow(arrow)
    yield "polars categories", pl.from_arrow(arrow).with_columns(pl.col(*keys).cast(pl.Categorical))
    yield "polars lazy", pl.from_arrow(arrow).lazy()
    yield "arrow", arrow
    yield "arrow chunks", pa.concat_tables([arrow.slice(0, 11), arrow.slice(11)])
    yield "record batches", arrow.to_batches(max_chunksize=13)
    yield "narwhals", nw.from_native(frame)
    parquet.write_table(arrow, folder / f"{table}.parquet", row_group_size=17)
    yield "Parquet", folder / f"{table}.parquet"
    (folder / table).mkdir()
    parquet.write_table(arrow.slice(0, 29), folder / table / "a.parquet")
    parquet.write_table(arrow.slice(29), folder / table / "b.parquet")
    yield "Parquet folder", str(folder / table)
    base = folder / f"{table}.duckdb"
    with duckdb.connect(str(base)) as connection:
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM arrow ORDER BY random()")
    yield "DuckDB", base
    yield "codes", columns | {key: Coded(*_codes(columns[key])) for key in keys}
    order = np.random.default_rng(1).permutation(len(frame))
    yield "unsorted arrays", {name: np.asarray(values)[order] for name, values in columns.items()}
    yield "unsorted pandas", frame.iloc[order]
    yield "unsorted arrow", arrow.take(pa.array(order))


def _codes(values: Any) -> tuple[Any, list[Any]]:
    names, codes = np.unique(values.astype(str), return_inverse=True)
    return codes.astype(np.int8), names.tolist()


def test_every_form_of_the_rows_gives_the_same(tmp_path: Path) -> None:
    demand, supply = some_demand(11), some_supply(11)
    expected = rows_of(degree_of(demand, supply, FOUR, rollup=True))
    both = zip(forms(demand, tmp_path, "demand"), forms(supply, tmp_path, "supply"), strict=True)
    for (name, clients), (_, people) in both:
        found = rows_of(degree_of(clients, people, FOUR, rollup=True))
        assert set(found) == set(expected), name
        for place, row in found.items():
            assert row == pytest.approx(expected[place], rel=1e-12), (name, place)


def test_the_table_comes_in_the_library_of_the_demand() -> None:
    demand, supply = some_demand(2), some_supply(2)
    assert isinstance(degree_of(pl.DataFrame(demand), supply).table, pl.DataFrame)
    table = degree_of(demand, supply).table
    assert isinstance(table, pd.DataFrame)
    assert list(table) == ["field", "specialty", *VALUES, "schedulable", "floored"]


def test_parents_come_before_their_children_and_where_picks_a_level() -> None:
    degree = degree_of(some_demand(2), some_supply(2), rollup=True)
    qms = degree.where(field="QMS")
    assert qms["specialty_level"].tolist()[:3] == ["field", "large", "large"]
    large = degree.where(field="QMS", specialty_level="large")
    assert large["specialty"].tolist() == ["*", "03", "17"]
    with pytest.raises(UnknownNameError, match="no key or level is called 'specialty_levle'"):
        degree.where(specialty_levle="large")
    with pytest.raises(UnknownNameError, match="Maybe 'specialty'"):
        degree["speciality"]
    assert "rows" in repr(degree)


def test_dates_and_numbers_are_months_too() -> None:
    demand, supply = some_demand(4), some_supply(4)
    expected = degree_of(demand, supply, ("month",))
    dates = np.array([f"{month}-15" for month in demand["month"]], dtype="datetime64[D]")
    numbers = np.array([int(month.replace("-", "")) for month in demand["month"]])
    for months in (dates, dates.astype("datetime64[M]"), numbers):
        found = degree_of(demand | {"month": months}, supply, ("month",))
        assert found["month"].tolist() == expected["month"].tolist() == ["2026-12", "2027-01", "2027-02"]
        assert found["P"].tolist() == expected["P"].tolist()


def test_it_agrees_with_the_degree_of_a_register() -> None:
    degree = am.matching_degree(am.sample(auditors=25, audits=120, seed=3))
    factors, people, clients = degree.factors, degree.factors.auditors, degree.factors.organisations
    who, what = factors.supply.member, factors.demand.member
    supply = {"auditor_id": who, "field": factors.field[factors.supply.group], "B1": people.B1[who]}
    supply |= {"specialty": factors.specialty[factors.supply.group], "C1": people.C1[who]}
    demand = {"organisation_id": what, "field": factors.field[factors.demand.group]}
    demand |= {"specialty": factors.specialty[factors.demand.group]}
    demand |= {name: getattr(clients, name)[what] for name in ("B2", "C2", "D", "E")}
    found = degree_of(demand, supply)
    assert found["specialty"].tolist() == factors.specialty.tolist()
    for name, expected in (("X", degree.supply.X), ("Y", degree.demand.Y), ("E", degree.demand.E), ("P", degree.P)):
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)


def test_zero_factors_are_floored_counted_and_not_schedulable() -> None:
    demand = {"organisation_id": [1, 2], "field": ["QMS", "EMS"], "D": [0.0, 0.01]}
    supply = {"auditor_id": [1, 1], "field": ["QMS", "EMS"], "C1": [2, 2]}
    found = degree_of(demand, supply, "field")
    assert found["field"].tolist() == ["EMS", "QMS"]
    assert found["Y"].tolist() == [20.0, 20.0]  # 1 / 0.05
    assert found["floored"].tolist() == [1, 1]
    assert found["schedulable"].tolist() == [True, False]  # a D of 0.01 is low, of 0 is none


def test_empty_tables_give_empty_groups() -> None:
    demand = {"organisation_id": np.empty(0, int), "field": np.empty(0, object)}
    supply = {"auditor_id": [1], "field": ["QMS"], "C1": [1]}
    found = degree_of(demand, supply, "field")
    assert (found["A1"].tolist(), found["Y"].tolist(), found["A2"].tolist()) == ([1], [0.0], [0])
    assert np.isnan([found["P"], found["B2"]]).all()
    assert len(degree_of(demand, {name: values[:0] for name, values in supply.items()}, "field")) == 0
    with pytest.raises(InputError, match="demand, field: is missing"):
        degree_of(iter(()), supply, "field")


def test_without_members_every_row_is_one() -> None:
    demand, supply = some_demand(6), some_supply(6)
    found = degree_of(demand, supply, ("field",), organisation=None, auditor=None)
    assert found["A2"].sum() == 60
    assert found["A1"].sum() == 40


def test_one_error_names_every_row_of_both_tables() -> None:
    demand = some_demand(7)
    demand["B2"], demand["C2"] = demand["B2"].copy(), demand["C2"].copy()
    demand["B2"][[3, 4, 40]] = [np.nan, -0.1, 1.5]  # rows 5, 6 and 42 of a sheet with a header
    demand["C2"][59] = np.inf
    demand["month"][20] = "2027-13"
    supply = some_supply(7) | {"C1": np.full(40, 0.5), "B1": ["high"] * 40}
    with pytest.raises(InputError) as caught:
        degree_of(demand, supply, FOUR)
    text = str(caught.value)
    assert "demand row 5, B2: nan must be a number from 0 to 1 (rows 5-6, 42; 3 in all)" in text
    assert "demand row 61, C2: inf must be a number of at least 1" in text
    assert "demand row 22, month: 2027-13 is no month. Maybe a date or YYYY-MM?" in text
    assert "supply row 2, C1: 0.5 must be a number of at least 1 (rows 2-41; 40 in all)" in text
    assert "supply, B1: must be numbers, not text" in text


def test_rows_of_one_member_must_agree() -> None:
    demand = {"organisation_id": [1, 1, 2], "field": ["QMS", "EMS", "QMS"], "B2": [0.5, 0.6, 0.7]}
    with pytest.raises(InputError, match=r"row 3, B2: 0.6 differs from the row before of the same organisation_id"):
        degree_of(demand, some_supply(1), "field")


def test_rows_are_named_as_they_were_given_though_sorted_here() -> None:
    demand = {"organisation_id": [9, 3, 7, 1], "field": ["QMS"] * 4, "B2": [2.0, 0.5, 3.0, 1.0]}
    for form in (demand, pd.DataFrame(demand), pl.DataFrame(demand), pa.table(demand)):
        with pytest.raises(InputError, match=r"demand row 2, B2: 2.0 must be .* \(rows 2, 4; 2 in all\)"):
            degree_of(form, some_supply(1), "field")


def test_rows_of_one_member_must_agree_over_batches_too() -> None:
    batches = [{"organisation_id": [1], "field": ["QMS"], "B2": [value]} for value in (0.5, 0.6)]
    with pytest.raises(InputError, match=r"row 3, B2: 0.6 differs from the row before"):
        degree_of(batches, some_supply(1), "field")


def test_missing_columns_and_empty_cells_are_named() -> None:
    demand = {"organisation_id": [1, 2], "feild": ["QMS", None]}
    with pytest.raises(InputError, match=r"demand, field: is missing. Maybe 'feild'\?"):
        degree_of(demand, {"auditor_id": [1], "feild": ["QMS"]}, ("field",))
    with pytest.raises(InputError, match="supply, C1: is missing"):
        degree_of(demand, {"auditor_id": [1], "feild": ["QMS"]}, ("feild",))
    with pytest.raises(InputError, match="demand row 3, feild: None is empty"):
        degree_of(demand, {"auditor_id": [1], "feild": ["QMS"], "C1": [1]}, ("feild",))
    with pytest.raises(InputError, match="demand row 3, organisation_id: None is empty"):
        degree_of(demand | {"organisation_id": ["a", None]}, some_supply(1), ("feild",))


@pytest.mark.parametrize("names", [["b", "a"], [2, 1]])
def test_batches_that_are_not_sorted_are_refused(names: list[Any]) -> None:
    batches = [{"organisation_id": names[:1], "field": ["QMS"]}, {"organisation_id": names[1:], "field": ["QMS"]}]
    what = "demand row 3, organisation_id: . stands below the row before; rows must be sorted by organisation_id"
    with pytest.raises(InputError, match=what):
        degree_of(batches, some_supply(1), "field")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"by": ()}, "by is"),
        ({"by": ("field", "field")}, "by is"),
        ({"threads": 0}, "threads is 0"),
        ({"floor": 0.0}, "floor is 0.0"),
        ({"form": "products"}, "Maybe 'product'"),
        ({"demand": 5}, "demand is a int"),
        ({"demand": "nowhere.parquet"}, "there is no nowhere.parquet"),
        ({"demand": __file__}, "is no Parquet"),
    ],
)
def test_arguments_outside_their_domain_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        degree_of(**({"demand": some_demand(1), "supply": some_supply(1)} | change))


def test_too_many_values_of_a_key_are_refused() -> None:
    # Six keys have ten bits each.
    keys = [f"key{number}" for number in range(6)]
    demand = {"organisation_id": np.arange(2000)} | {key: np.arange(2000) for key in keys}
    with pytest.raises(ArgumentError, match="key0 has more than 1023 values"):
        degree_of(demand, {"auditor_id": [0], "C1": [1]}, keys)
