"""The first level on plain arrays: equal to the least ratio over all sets of groups, part by part."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from auditmatch.errors import ArgumentError
from auditmatch.matching.first_level import FirstLevels, first_level


def nation(seed: int) -> tuple[Any, Any, Any, Any]:
    """Return days asked of up to 7 groups, days of up to 12 people, and pairs, some twice, some with nothing asked."""
    rng = np.random.default_rng(seed)
    groups, people, pairs = int(rng.integers(1, 8)), int(rng.integers(1, 13)), int(rng.integers(0, 25))
    asked = rng.integers(0, 40, groups) / 4
    asked[0] = 3.0
    return asked, rng.integers(0, 20, people) / 2, rng.integers(0, groups, pairs), rng.integers(0, people, pairs)


def naive_parts(asked: Any, there: Any, pairs: set[tuple[int, int]]) -> list[set[int]]:
    """Join groups that share a person with days until nothing can be joined."""
    parts = [{g} for g in range(len(asked)) if asked[g] > 0]
    for person in range(len(there)):
        mine = [part for part in parts if there[person] > 0 and any((g, person) in pairs for g in part)]
        if len(mine) > 1:
            parts = [part for part in parts if part not in mine] + [set().union(*mine)]
    return parts


def naive_ratio(asked: Any, there: Any, pairs: set[tuple[int, int]], subset: Any) -> float:
    people = {i for g, i in pairs if g in subset}
    return float(sum(there[i] for i in people) / sum(asked[g] for g in subset))


def test_each_part_has_the_least_ratio_over_its_sets_and_the_largest_such_set_is_held() -> None:
    for seed in range(300):
        asked, there, group, person = nation(seed)
        found, pairs = first_level(asked, there, group, person), set(zip(group.tolist(), person.tolist(), strict=True))
        assert (found.part >= 0).tolist() == (asked > 0).tolist()
        parts = naive_parts(asked, there, pairs)
        assert len(found.level) == len(parts)
        for part in parts:
            k = found.part[min(part)]
            assert {g for g in range(len(asked)) if found.part[g] == k} == part
            sets = [subset for size in range(1, len(part) + 1) for subset in combinations(sorted(part), size)]
            ratios = {subset: naive_ratio(asked, there, pairs, subset) for subset in sets}
            least = min(ratios.values())
            assert found.level[k] == pytest.approx(least, rel=1e-12, abs=1e-12)
            held = set().union(*(subset for subset, ratio in ratios.items() if ratio < least + 1e-12))
            assert {g for g in part if found.held[g]} == held
            check_sums(found, k, asked, there, pairs)


def check_sums(found: FirstLevels, k: int, asked: Any, there: Any, pairs: set[tuple[int, int]]) -> None:
    """The certificate by hand: days asked by the held groups, days of everyone who may serve one of them."""
    held = [g for g in range(len(asked)) if found.held[g] and found.part[g] == k]
    people = {i for g, i in pairs if g in held and there[i] > 0}
    assert found.asked[k] == pytest.approx(sum(asked[g] for g in held))
    assert found.there[k] == pytest.approx(sum(there[i] for i in people))
    assert found.level[k] == pytest.approx(found.there[k] / found.asked[k])
    assert found.serving[sorted(people)].all()


def test_people_who_serve_the_same_are_put_together_and_come_apart_again() -> None:
    # A thousand people for groups 0 and 1, one for group 2 alone: 1000 / 500 and 1 / 4.
    group = np.concatenate([np.tile([0, 1], 1000), [2]])
    person = np.concatenate([np.repeat(np.arange(1000), 2), [1000]])
    found = first_level([300, 200, 4], np.ones(1001), group, person)
    assert sorted(found.level.tolist()) == [0.25, 2.0]
    assert found.serving.all()


def test_a_large_part_with_equal_ratios_everywhere_settles() -> None:
    # Sums of a million days round; the level must come out all the same.
    rng = np.random.default_rng(1)
    group, person = rng.integers(0, 300, 20_000), rng.integers(0, 4_000, 20_000)
    there = rng.integers(100, 300, 4_000).astype(float)
    asked = np.bincount(group, minlength=300) * 20 / 3
    found = first_level(asked, there, group, person)
    assert found.level == pytest.approx(found.there / found.asked, rel=1e-12)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (
            ([1.0, np.nan], [1.0], [0], [0]),
            "asked must be a number of days of at least 0, but is not in 1 rows, first 1",
        ),
        (([1.0], [-1.0, np.inf], [0], [0]), "there must be .* in 2 rows, first 0, 1"),
        (([1.0], [1.0], [1], [0]), r"group numbers must lie in 0 \.\. 0"),
        (([1.0], [1.0], [0, 0], [0]), "group has 2 entries and person 1"),
        (([0.0], [1.0], [0], [0]), "no group asks a day"),
    ],
)
def test_bad_arrays_are_refused(arrays: Any, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        first_level(*arrays)
