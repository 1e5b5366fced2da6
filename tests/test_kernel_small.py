"""Kernels one by one on a few rows against loops that say the same: pools, caps, roads, lists, prices, ties, edges.

Most are asked at every edge of a range, which random problems seldom touch. They are called as Python, so these tests
run where kernels are not compiled, as `.ci/run` has it once; benchmarks/mutation.py counts what they notice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numba import config
from office import office, problem

from auditmatch.kernel import board as boards
from auditmatch.kernel import jit, rows, tolls
from auditmatch.kernel.board import Board
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.pack import table
from auditmatch.kernel.pack_rules import EVERYONE, NOBODY, Pools
from auditmatch.kernel.work import work_for
from auditmatch.placement import State
from auditmatch.problem import Problem
from auditmatch.shapes import Pool, ints

pytestmark = pytest.mark.skipif(not config.DISABLE_JIT, reason="compiled kernels cannot be called one by one")
Rng = np.random.Generator
SLOTS = 10  # Monday to Friday by half-days


@cache
def week() -> Problem:
    """Three people, four audits of two slots, ten slots."""
    return problem(office())


def random_pools(rng: Rng, people: int, number: int) -> tuple[list[Pool], dict[str, np.ndarray]]:
    """Return pools with ranges that begin and end about the horizon's edges, and their arrays."""
    pools = []
    for _ in range(number):
        who = np.sort(rng.integers(0, people, size=int(rng.integers(1, 2 * people))))
        first = rng.choice([-2, -1, 0, 0, 1, 4, SLOTS - 1, SLOTS], size=len(who))
        last = np.maximum(first, rng.choice([-1, 0, 4, SLOTS - 2, SLOTS - 1, SLOTS - 1, SLOTS], size=len(who)))
        pools.append(Pool(ints(who), ints(first), ints(last)))
    numbered = Pools(people, 0, SLOTS)
    assert [numbered.number(pool) for pool in pools] == list(range(number))
    assert numbered.number(pools[0]) == 0
    assert numbered.number(pools[0], None) == EVERYONE
    assert numbered.number() == NOBODY
    found = numbered.arrays()
    found["member"] = table({name: found.pop(name) for name in ("pool_person", "pool_first", "pool_last")})
    return pools, found


def belongs(pools: list[Pool], pool: int, person: int, first: int, last: int) -> bool:
    if pool < 0:
        return pool == EVERYONE
    ranges = zip(pools[pool].auditors, pools[pool].first, pools[pool].last, strict=True)
    return any(i == person and low <= first and last <= high for i, low, high in ranges)


def test_the_kernel_knows_who_belongs_to_a_pool_at_the_edges_of_the_horizon_and_beyond() -> None:
    rng, flat = np.random.default_rng(1), week().flat
    for people in (3, 66):  # one word of 64 bits, and two
        pools, found = random_pools(rng, people, 3)
        flat = flat._replace(**found)
        stays = [(a, b) for a in (-1, 0, 4, 9, 10) for b in (0, 4, 8, 9, 10) if a <= b]
        for pool, person, (first, last) in product((NOBODY, EVERYONE, 0, 1, 2), range(people), stays):
            assert boards.in_pool(flat, pool, person, first, last) == belongs(pools, pool, person, first, last)
        for n, pool in enumerate(pools):
            for i in range(people):
                bits = [bool(word[n, i >> 6] >> np.uint64(i & 63) & np.uint64(1)) for word in (flat.ever, flat.whole)]
                mine = [(a, b) for k, a, b in zip(pool.auditors, pool.first, pool.last, strict=True) if k == i]
                meeting = any(a < SLOTS and b >= 0 for a, b in mine)
                assert bits == [meeting, any(a <= 0 and b >= SLOTS - 1 for a, b in mine)]


def capped(rng: Rng) -> tuple[Flat, Board, list[Pool]]:
    """Return the week with random caps, keys and pools, and its empty board."""
    base = week()
    pools, found = random_pools(rng, 3, 2)
    audits, sizes = len(base.flat.audit) - 1, rng.integers(0, 3, size=(2, 3))
    auditor = base.flat.auditor.copy()
    for name, some in zip(("cap_ptr", "key_ptr"), sizes, strict=True):
        auditor[name] = np.concatenate([[0], np.cumsum(some)])
    for name, total in zip(("cap", "key"), sizes.sum(axis=1).tolist(), strict=True):
        first = rng.integers(-1, SLOTS, size=total)
        columns = first, first + rng.integers(0, 6, size=total), rng.integers(0, 5, size=total)
        part = dict(zip((f"{name}_first", f"{name}_last", f"{name}_limit"), columns, strict=True))
        found[name] = table({**part, f"{name}_kind": rng.integers(0, 2, size=total)})
    many = rng.integers(0, 4, size=2 * audits)
    found["carried_ptr"] = np.concatenate([[0], np.cumsum(many)])
    carried = rng.integers(0, 3, size=many.sum()), rng.integers(NOBODY, 2, size=many.sum())
    found["carry"] = table(dict(zip(("carried", "carried_pool"), carried, strict=True)))
    flat = base.flat._replace(auditor=auditor, cap_weight=rng.integers(0, 2, size=(2, audits)), **found)
    return flat, boards.board_of(flat, State(base.lowered, base.costs, base.flat)), pools


def keys_of(flat: Flat, pools: list[Pool], r: int, i: int, audit: int, start: int, length: int) -> set[int]:
    """Return the keys that a booking touches under a key cap."""
    if not flat.key[r].key_first <= start <= flat.key[r].key_last:
        return set()
    at = flat.key[r].key_kind * (len(flat.audit) - 1) + audit
    some = flat.carry[flat.carried_ptr[at] : flat.carried_ptr[at + 1]].tolist()
    return {key for key, pool in some if belongs(pools, pool, i, start, start + length - 1)}


def weighed(flat: Flat, r: int, audit: int, start: int, length: int) -> int:
    inside = sum(flat.cap[r].cap_first <= t <= flat.cap[r].cap_last for t in range(start, start + length))
    return int(inside * flat.cap_weight[flat.cap[r].cap_kind, audit])


def own(flat: Flat, name: str, i: int) -> range:
    return range(flat.auditor[i][f"{name}_ptr"], flat.auditor[i + 1][f"{name}_ptr"])


Stay = tuple[int, int, int, int]  # audit, person, start, length


def crowded(seed: int, moves: int = 12) -> Iterator[tuple[Flat, Board, list[Pool], list[Stay]]]:
    """Yield a board with random caps after each of some random adds and removes, and what stands on it."""
    rng = np.random.default_rng(seed)
    flat, board, pools = capped(rng)
    board.base[:] = rng.random(board.base.shape) < 0.1
    boards._runs(board.base, board.run)
    stays: dict[int, Stay] = {}
    for _ in range(moves):
        a, i, length = (int(rng.integers(*below)) for below in ((0, 4), (0, 3), (1, 4)))
        start = int(rng.choice([0, 1, SLOTS - length, int(rng.integers(0, SLOTS - length + 1))]))
        taken = board.base[i].copy()
        for _, k, t, p in stays.values():
            taken[t : t + p] |= k == i
        if a in stays:
            boards.remove(flat, board, a)
            del stays[a]
        elif not taken[start : start + length].any():
            board.team[a, 0] = i
            boards.add(flat, board, a, start, length, 1)
            stays[a] = (a, i, start, length)
        yield flat, board, pools, list(stays.values())


def test_the_kernels_board_counts_what_stands_slot_by_slot_and_key_by_key() -> None:
    for flat, board, pools, stays in (state for seed in range(40) for state in crowded(seed)):
        for i in range(3):
            mine = [(a, start, length) for a, k, start, length in stays if k == i]
            free = ~board.base[i]
            for _, start, length in mine:
                free[start : start + length] = False
            runs = [0]
            for t in range(SLOTS - 1, -1, -1):
                runs.append(runs[-1] + 1 if free[t] else 0)
            assert board.run[i].tolist() == runs[::-1]
            assert sorted(board.held[i, : board.person[i].holds].tolist()) == sorted(a for a, _, _ in mine)
            assert board.person[i].load == sum(length for _, _, length in mine)
            assert all(board.used[r] == sum(weighed(flat, r, *stay) for stay in mine) for r in own(flat, "cap", i))
            for r in own(flat, "key", i):
                assert board.touched[r] == len(set().union(*(keys_of(flat, pools, r, i, *stay) for stay in mine)))


def test_the_kernel_takes_out_the_starts_for_which_a_cap_has_no_room_and_no_others() -> None:
    """Also under caps that history has overrun: what brings nothing new stays allowed."""
    barred = stayed = rich = 0
    for seed in range(80):
        *_, (flat, board, pools, stays) = crowded(seed)
        work, length = work_for(flat), 2
        work.at[:].starts = np.arange(len(work.at))
        starts = min(len(work.at), SLOTS - length + 1)
        for a, i in product({0, 1, 2, 3} - {stay[0] for stay in stays}, range(3)):
            mine = [(b, start, p) for b, k, start, p in stays if k == i]
            work.row[0] = 0
            rows._bar_caps(flat, board, work, a, i, 0, starts, length)
            ok = np.ones(starts, dtype=bool)
            for s in range(starts):
                for r in own(flat, "cap", i):
                    more = weighed(flat, r, a, s, length)
                    ok[s] &= more == 0 or board.used[r] + more <= flat.cap[r].cap_limit
                for r in own(flat, "key", i):
                    have = set().union(*(keys_of(flat, pools, r, i, *stay) for stay in mine))
                    new = keys_of(flat, pools, r, i, a, s, length) - have
                    ok[s] &= not new or len(have) + len(new) <= flat.key[r].key_limit
            assert (work.row[0, :starts] == 0).tolist() == ok.tolist()
            roomy = boards.roomy(flat, board, a, i, length)
            assert ok.all() or not roomy
            barred, stayed, rich = barred + (not ok.all()), stayed + bool(ok.any()), rich + roomy
    assert min(barred, stayed, rich) > 60


def test_a_person_with_room_for_two_slots_and_two_keys_is_roomy_for_just_that() -> None:
    """A week's limit of 300, of which one slot (100) is used: two slots more fit, three do not; keys alike."""
    flat, state = week().flat, week().state()
    board, cap, key, carried = state.desk.board, flat.cap.copy(), flat.key.copy(), np.array([0, 2, 2, 2, 2])
    cap["cap_limit"], key["key_limit"] = 300, 3
    flat = flat._replace(cap=cap, key=key, carried_ptr=carried)
    board.used[0], board.touched[0] = 100, 1
    assert boards.roomy(flat, board, 0, 0, 2)
    assert not boards.roomy(flat, board, 0, 0, 3)
    board.touched[0] = 2
    assert not boards.roomy(flat, board, 0, 0, 2)
    assert boards.roomy(flat, board, 1, 0, 2)  # it carries no keys
    board.touched[0] = 9
    assert boards.roomy(flat, board, 1, 0, 2)  # and brings nothing to a cap that is overrun
    board.used[0] = 400
    assert boards.roomy(flat._replace(cap_weight=np.zeros_like(flat.cap_weight)), board, 1, 0, 2)


def test_a_key_is_touched_by_what_starts_on_the_first_slot_of_a_cap_or_on_the_last() -> None:
    """W and X carry one key, under a cap of slots 2 to 6; Ann serves W, and X would touch nothing new."""
    key, everyone = week().flat.key.copy(), table({"carried": np.array([5, 5]), "carried_pool": np.full(2, EVERYONE)})
    key["key_first"], key["key_last"] = 2, 6
    flat = week().flat._replace(key=key, carry=everyone, carried_ptr=np.array([0, 1, 2, 2, 2]))
    for start in range(9):
        board = week().state().desk.board
        boards.add(flat, board, 0, start, 2, 1)
        assert boards.is_touched(flat, board, 0, 0, 1, 5) == (2 <= start <= 6)
        assert board.touched[0] == int(2 <= start <= 6)
        assert not boards.is_touched(flat, board, 0, 0, 0, 5)  # by another audit than W


def test_keys_are_steady_for_those_who_belong_all_the_time() -> None:
    for seed in range(40):
        flat, _, pools = capped(np.random.default_rng(seed))
        for at, i in product(range(len(flat.carried_ptr) - 1), range(3)):
            some = flat.carry[flat.carried_ptr[at] : flat.carried_ptr[at + 1]].carried_pool.tolist()
            assert boards.steady_keys(flat, at, i) == all(belongs(pools, pool, i, 0, SLOTS - 1) for pool in some)


def test_a_row_is_charged_at_each_start_what_a_booking_there_pays() -> None:
    paid = 0
    for seed in range(40):
        *_, (flat, board, _, stays) = crowded(seed)
        rng, work, audits = np.random.default_rng(seed), work_for(flat), np.arange(4)
        cap, key = (rng.integers(0, 3, size=len(part)) * SCALE for part in (flat.cap, flat.key))
        none = tolls.no_prices(flat)
        prices = none._replace(cap=cap, key=key, share=tolls.shares(flat, audits))
        work.at[:].starts = np.arange(len(work.at))
        starts = min(len(work.at), SLOTS - 1)
        for a, i in product({0, 1, 2, 3} - {stay[0] for stay in stays}, range(3)):
            work.row[0] = 5
            tolls.charge(flat, board, work, prices, a, i, 0, starts, 2)
            for s in range(starts):
                points = sum(int(cap[r]) * weighed(flat, r, a, s, 2) // 100 for r in own(flat, "cap", i))
                for r in own(flat, "key", i):
                    if flat.key[r].key_first <= s <= flat.key[r].key_last:
                        points += int(key[r]) * tolls.key_share(flat, board, prices, r, a, i) // tolls.PARTS
                assert work.row[0, s] - 5 == points == tolls.toll_of(flat, board, prices, a, i, s, 2)
                paid += points > 0
    assert paid > 150


def test_machine_code_of_other_sources_is_dropped_and_that_of_these_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jit, "__file__", str(tmp_path / "jit.py"))
    (tmp_path / "jit.py").write_text("")
    code = tmp_path / "__pycache__" / "old.nbi"
    jit.forget_stale()
    code.touch()
    jit.forget_stale()
    assert code.exists()
    os.utime(tmp_path / "jit.py", ns=(1, 1))
    jit.forget_stale()
    assert not code.exists()
