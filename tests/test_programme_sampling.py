"""Sites of a multi-site organisation, and what a score is worth."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditmatch.errors import ArgumentError
from auditmatch.programme import rating, sample_sites, sample_size

KINDS = ("initial", "surveillance", "recertification")


@pytest.mark.parametrize(
    ("sites", "sizes"),
    # The checked values of IAF MD 1.
    [(2, (2, 1, 2)), (24, (5, 3, 4)), (26, (6, 4, 5)), (100, (10, 6, 8)), (0, (0, 0, 0)), (1, (1, 1, 1))],
)
def test_the_sample_is_the_square_root_rounded_up(sites: int, sizes: tuple[int, ...]) -> None:
    assert tuple(sample_size(sites, kind) for kind in KINDS) == sizes


def test_where_sampling_is_not_appropriate_every_site_is_visited_and_30_per_cent_a_year() -> None:
    assert [sample_size(10, kind, sampled=False) for kind in KINDS] == [10, 3, 10]
    assert sample_size(11, "surveillance", sampled=False) == 4  # 3.3, rounded up


@given(st.lists(st.floats(0, 10), max_size=60), st.sampled_from(KINDS), st.integers(0, 99))
def test_a_quarter_is_drawn_and_the_rest_are_the_most_needed(needs: list[float], kind: str, seed: int) -> None:
    found = sample_sites(needs, kind, seed)
    size = sample_size(len(needs), kind)
    assert len(set(found.sites)) == len(found.sites) == size
    if size < len(needs):
        assert len(found.drawn) == math.ceil(size / 4)
    others = set(range(len(needs))) - set(found.chosen)
    assert all(needs[i] >= needs[j] for i in found.chosen for j in others)
    assert found == sample_sites(needs, kind, seed)


def test_the_lot_falls_on_every_site_some_time() -> None:
    drawn = {i for seed in range(200) for i in sample_sites([0.0] * 16, "initial", seed).drawn}
    # Three are chosen, the first of equals; the lot is among the other thirteen.
    assert drawn == set(range(3, 16))


@pytest.mark.parametrize(
    ("score", "earned"),
    [(69.9, None), (70, "passed"), (79.99, "passed"), (80, "three stars"), (90, "four stars"), (94.9, "four stars"),
     (95, "five stars"), (100, "five stars"), (0, None)],
)  # fmt: skip
def test_a_score_earns_its_stars(score: float, earned: str | None) -> None:
    assert rating(score) == earned


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rating(101), "score=101 is not between 0 and 100"),
        (lambda: rating(math.nan), "not between 0 and 100"),
        (lambda: sample_size(4, "stage1"), "kind='stage1' is none of initial"),
        (lambda: sample_size(-1, "initial"), "sites=-1 is no whole number"),
        (lambda: sample_sites([1, math.inf], "initial", 0), "finite numbers"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        call()
