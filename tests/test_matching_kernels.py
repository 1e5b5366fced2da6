"""Kernels of the matching degree in triple: compiled, in NumPy, and by plain loops; and columns that are not copied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditmatch.coded import Coded
from auditmatch.errors import ArgumentError
from auditmatch.matching import group_totals, grouped, tally, totals
from auditmatch.matching.batches import coded, column_of
from auditmatch.matching.formula import group_difficulty, group_sufficiency
from auditmatch.matching.keys import Numbers

FACTORS = ("B2", "C2", "D", "E")


def some_factors(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    shares = {name: rng.uniform(0.05, 1.0, rows) for name in ("B2", "D", "E")}
    return {"B2": shares["B2"], "C2": rng.integers(1, 9, rows).astype(float), "D": shares["D"], "E": shares["E"]}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.sampled_from([0, 1, 2, 63, 500]), threads=st.integers(1, 8))
def test_totals_equal_numpy_and_loops_with_the_same_bits_on_any_threads(seed: int, rows: int, threads: int) -> None:
    rng = np.random.default_rng(seed)
    group, factors = rng.integers(0, 7, rows).astype(np.int32), some_factors(rng, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals, "BLOCK", 16)
        found = group_totals(group, factors, 9, threads=threads)
        assert found.tobytes() == group_totals(group, factors, 9, threads=1).tobytes()
    np.testing.assert_allclose(found, group_difficulty(group, factors, 9).Y, rtol=1e-12)
    loops = [0.0] * 9
    for cell, *values in zip(group.tolist(), *(factors[name].tolist() for name in FACTORS), strict=True):
        loops[cell] += 1 / (values[0] * values[1] * values[2] * values[3])
    assert found.tolist() == pytest.approx(loops, rel=1e-12)


def test_supply_is_summed_too_and_many_groups_take_few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    group, factors = rng.integers(0, 40, 300), {"B1": rng.uniform(0.05, 1, 300), "C1": rng.integers(1, 4, 300)}
    expected = group_sufficiency(group, factors["B1"], factors["C1"], 40).X
    for few in (10, 100):
        monkeypatch.setattr(totals, "FEW_CELLS", few)
        np.testing.assert_allclose(group_totals(group, factors, 40), expected, rtol=1e-12)
        np.testing.assert_allclose(group_totals(group, factors, 40, check=False, threads=2), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("group", "change", "words"),
    [
        ([0, 2], {}, "group numbers must lie in 0 .. 1, but go from 0 to 2"),
        (np.array([0, -1], np.int32), {}, "but go from -1 to 0"),
        (np.array([0, 1], np.int32), {"B2": [0.5, 0.0]}, r"B2 must be a number above 0 and at most 1, .* rows 1"),
        (np.array([0, 1], np.int32), {"C2": [0.5, np.nan], "E": [2, 1]}, r"C2 .* rows 0-1; E .* rows 0"),
        ([0.0, 1.0], {}, "of type float64"),
        ([0], {}, "1 group numbers, but"),
        ([0, 1], {"B1": [1, 1]}, "Maybe B1 and C1, or B2, C2, D and E"),
    ],
)
def test_totals_refuse_what_is_wrong(group: Any, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        group_totals(group, {name: [1.0, 1.0] for name in FACTORS} | change, 2)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), additive=st.booleans(), supply=st.booleans())
def test_members_in_cells_equal_numpy(seed: int, additive: bool, supply: bool) -> None:
    from auditmatch.matching import kernels

    # 80 rows of 10 members in 5 groups, each with 2 of 3 parents.
    rng = np.random.default_rng(seed)
    group, member = rng.integers(0, 5, 80), np.sort(rng.integers(1, 11, 80))
    up = rng.integers(0, 3, (5, 2))
    own = some_factors(rng, 11)
    values = tuple(own[name][member] for name in (("C2", "B2") if supply else FACTORS))
    flag = rng.integers(0, 4, 11)[member]
    width, kernel = (2, kernels.add_sufficiency) if supply else (4, kernels.add_difficulty)
    base, above = (kernels.Tally(np.zeros((n, 4), np.int32), np.zeros((n, width))) for n in (5, 3))
    small = (group.astype(np.int32), member.astype(np.int32), flag.astype(np.uint8))
    kernel(*small, values, additive, up.astype(np.int32), base, above)

    terms = grouped.sufficiency_terms(values[1], values[0], additive) if supply else None
    terms = grouped.difficulty_terms(values, additive) if terms is None else terms
    cells = [(base, group, np.arange(80)), (above, up[group].ravel(), np.repeat(np.arange(80), 2))]
    for found, cell, row in cells:
        rows = grouped.distinct_pairs(cell, member[row])
        count, sums = grouped.group_sums(cell[rows], terms[row][rows], len(found.marks))
        np.testing.assert_allclose(found.sums, sums, rtol=1e-12)
        assert found.marks[:, kernels.COUNT].tolist() == count.tolist()
        _, flags = grouped.group_sums(cell[rows], np.stack([flag & 1, flag >> 1], 1)[row][rows], len(found.marks))
        assert found.marks[:, [kernels.LOW, kernels.ZERO]].tolist() == flags.tolist()


def test_numbers_are_given_in_the_order_of_first_sight_however_many() -> None:
    # More than the first room holds, and keys that differ in their upper half alone.
    rng = np.random.default_rng(3)
    keys = rng.integers(0, 1 << 20, 50_000) << rng.choice([0, 40], 50_000)
    numbers = Numbers()
    found = np.concatenate([numbers.of(part) for part in np.array_split(keys, 7)])
    assert numbers.known.tolist() == list(dict.fromkeys(keys.tolist()))
    assert numbers.known[found].tolist() == keys.tolist()


def test_columns_are_used_where_they_lie() -> None:
    numbers = np.arange(9.0)
    assert column_of(numbers) is numbers
    frame = pd.Series(numbers)
    assert np.shares_memory(column_of(frame), frame.to_numpy())
    series = pl.Series(numbers)
    assert np.shares_memory(column_of(series), series.to_numpy())
    arrow = pa.array(numbers)
    assert np.shares_memory(column_of(arrow), arrow.to_numpy())
    pandas = pd.Series(["a", "b", "a"], dtype="category")
    assert np.shares_memory(column_of(pandas).codes, pandas.array.codes)
    dictionary = pa.array(["a", "b", "a"]).dictionary_encode()
    assert np.shares_memory(column_of(dictionary).codes, dictionary.indices.to_numpy())


@pytest.mark.parametrize(
    "values",
    [
        ["b", None, "a", "b"],
        [3, 1, 3],
        [5, 1 << 40],
        [True, False],
        [2.5, 1.5],
        np.array(["2027-01-04", "NaT", "2026-01-01"], dtype="datetime64[D]"),
        pa.chunked_array([["x"], ["y", None]]),
        pa.chunked_array([pa.array(["x"]).dictionary_encode(), pa.array(["y", None]).dictionary_encode()]),
        pl.Series(["x", None, "y"], dtype=pl.Categorical),
        pd.Series(["x", None, "y"], dtype="category"),
        pd.Series(["x", None, "y"]),
    ],
)
def test_codes_stand_for_the_values(values: Any) -> None:
    found = coded(column_of(values))
    plain = values.tolist() if isinstance(values, np.ndarray) else list(getattr(values, "to_pylist", lambda: values)())
    assert [None if value is None else str(value) for value in found.plain()] == [
        None if value is None or value != value else str(value) for value in plain
    ]
    assert len(found) == len(plain)
    assert isinstance(found.part(slice(0, 1)), Coded)


def test_parts_are_joined_in_order() -> None:
    # 1e16 + 1 is 1e16 in doubles, so the order of additions shows.
    parts = np.array([[1.0], [1e16], [-1e16]])
    assert tally.joined(parts).tolist() == [0.0]
    assert tally.joined(parts[::-1]).tolist() == [1.0]
