"""Kernels that make up the search for one booking, one by one: rows, roads, links, lists, teams, costs; at their edges.

They are called as Python, so these tests run where kernels are not compiled, as `.ci/run` has it once.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from numba import config
from office import MON, audit, grade, office, problem
from test_placement import half_booked

from auditmatch.cheapest import booking_cost, cheapest
from auditmatch.errors import ArgumentError
from auditmatch.kernel import demands, rows, seek
from auditmatch.kernel.board import Board
from auditmatch.kernel.eject import _meet
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.pack import _candidates
from auditmatch.kernel.pack_rules import OPEN
from auditmatch.kernel.rounds import no_picks, no_use, pick_round
from auditmatch.kernel.ruin import standing_cost
from auditmatch.kernel.tolls import no_prices, shares
from auditmatch.kernel.work import DEMANDS, work_for
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem
from auditmatch.shapes import FOR_EVER, Pool, Role, Seat, ints

pytestmark = pytest.mark.skipif(not config.DISABLE_JIT, reason="compiled kernels cannot be called one by one")
W, X, Y, Z = range(4)
ANN, BO, CAI = range(3)
COUNTING = int(Role.COUNTING)


@cache
def week() -> Problem:
    """Three people, four audits of two slots, ten slots from Monday morning to Friday evening."""
    return problem(office())


def stand(state: State, row: int, start: int, *people: int, length: int = 2) -> Placed:
    """Book an audit from a slot of the week."""
    first = state.lowered.scene.first_slot + start
    halves = state.lowered.halves(first, length)
    placed = Placed(row, first, length, tuple((i, COUNTING) for i in sorted(people)), halves)
    state.add(placed)
    return placed


def test_the_starts_from_one_to_another_are_taken_out_both_included() -> None:
    work, starts = work_for(week().flat), [1, 3, 4]
    work.at[:3].starts = starts
    for first, last in product(range(-1, 7), repeat=2):
        work.row[0] = 0
        rows.bar_between(work, 0, 3, first, last)
        assert (work.row[0, :3] == NEVER).tolist() == [first <= t <= last for t in starts]


def roads(exclusive: bool, need: int, fact: bool) -> tuple[Flat, Board]:
    """Return a week in which Ann serves X on Tuesday, as a fact or not; from W to X she needs so many half-days."""
    sites, state = week().flat.audit.copy(), week().state()
    sites["site"] = [0, 1, 0, 0, 0]
    stand(state, X, 2, ANN)
    state.desk.board.book[X].fact = fact
    if not exclusive:
        state.desk.board.run[:] = np.arange(10, -1, -1)
    between = np.array([[[0, need], [need, 0]]])
    return week().flat._replace(audit=sites, need=between, exclusive=exclusive), state.desk.board


def test_a_row_keeps_the_half_days_on_the_road_before_and_after_what_stands() -> None:
    """X holds half-days 2 and 3 of the week, so W in [s, s + 2) needs s >= 4 + need or s + 2 <= 2 - need."""
    for exclusive, need, fact in product((True, False), range(-1, 13), (True, False)):
        flat, board = roads(exclusive, need, fact)
        work, length = work_for(flat), 2
        number = len(work.at)
        form = next(f for f in range(len(flat.form)) if flat.form[f].length == length)
        for earliest in range(9):
            starts = list(range(earliest, min(earliest + number, 9)))
            work.at[: len(starts)].starts = starts
            work.candidate[0].person, work.candidate[0].cost, work.candidate[0].source = ANN, 7, 0
            some = rows.write_row(flat, board, work, no_prices(flat), W, form, 0, 0, len(starts))
            clash = [s < 4 + max(need, 0) and s + 2 > 2 - max(need, 0) for s in starts]
            ok = [not bad or (need < 0 and not exclusive) for bad in clash]
            assert some == any(ok)
            if some:
                assert work.row[0, : len(starts)].tolist() == [7 if good else NEVER for good in ok]
            assert [_meet(flat, board, ANN, W, X, s, length) for s in starts] == [not good for good in ok]


def test_where_no_audit_needs_time_on_the_road_two_bookings_meet_if_they_overlap() -> None:
    flat, board = roads(True, 0, False)
    flat = flat._replace(need=np.zeros((1, 0, 0), dtype=np.int64))
    assert [_meet(flat, board, ANN, W, X, s, 2) for s in range(5)] == [False, True, True, True, False]
    assert not _meet(flat._replace(exclusive=False), board, ANN, W, X, 2, 2)


def test_a_row_keeps_the_dates_of_a_seat_and_of_bars() -> None:
    """Ann's QMS holds from Tuesday to Wednesday, slots 2 to 5; another is barred from slot 4."""
    made = problem(grade(office(), "Ann", valid_from="2027-03-02", valid_until="2027-03-03"))
    flat, board = made.flat, made.state().desk.board
    source = next(c for c in range(len(flat.candidate)) if flat.candidate[c].person == ANN)
    work = work_for(flat)
    starts = min(len(work.at), 9)
    work.at[:starts].starts = np.arange(starts)
    work.candidate[0].person, work.candidate[0].cost, work.candidate[0].source = ANN, 7, source
    assert rows.write_row(flat, board, work, no_prices(flat), W, 0, 0, 0, starts)
    assert (work.row[0, :starts] == 7).tolist() == [s >= 2 and s + 1 <= 5 for s in range(starts)]
    audits = week().flat.audit.copy()
    audits["barred_ptr"] = [0, 2, 2, 2, 2]
    barred = np.recarray(2, dtype=flat.barred.dtype)
    barred[:] = [(ANN, 4, 4), (BO, 0, 9)]
    flat = week().flat._replace(audit=audits, barred=barred)
    work.candidate[0].source = 0
    assert rows.write_row(flat, board, work, no_prices(flat), W, 0, 0, 0, starts)
    assert (work.row[0, :starts] == 7).tolist() == [s > 4 or s + 1 < 4 for s in range(starts)]


def test_a_link_allows_the_days_between_that_it_names_and_none_outside() -> None:
    """Slots 2 d and 2 d + 1 are the halves of day d; days count from the first's last to the second's first."""
    cases = product((OPEN, 0, 1), (1, 2), (OPEN, 0, 1), (3, 4), (1, 2), (1, 2))
    for lo, hi, within, there, p, q in cases:
        tie = week().flat.tie.copy() if len(week().flat.tie) else np.recarray(1, dtype=week().flat.tie.dtype)
        tie[:1] = (W, X, lo, hi, within, 0, False, False)
        flat = week().flat._replace(tie=tie)
        for one, other in ((W, X), (X, W)):
            state = week().state()
            stand(state, one, there, ANN, length=p)
            for s in range(9):
                first, second = ((there, p), (s, q)) if one == W else ((s, q), (there, p))
                end = first[0] + first[1]
                days = second[0] // 2 - (end - 1) // 2
                good = lo < 0 or (end <= second[0] and lo <= days <= hi)
                good = good and (within < 0 or abs(s // 2 - there // 2) <= within)
                assert seek.link_allows(flat, state.desk.board, 0, other, s, q) == good


def test_who_shared_the_first_audit_must_sit_in_the_second_though_the_credentials_end_on_wednesday() -> None:
    """W, the first row, is Cai's; X shares a member. Cai's QMS holds to Wednesday; X is hers, with Ann who leads."""
    link = {"first_audit": "W", "second_audit": "X", "kind": "continuity", "members": 1}
    case = audit(office(links=[link]), "X", team_min=2, team_max=2)
    for until in (None, "2027-03-03"):
        made = problem(grade(case, "Cai", valid_until=until))
        state = made.state()
        stand(state, W, 0, CAI)
        found = cheapest(state, X)
        assert found is not None
        assert found[1].people == {ANN, CAI}


def test_what_stands_costs_what_its_booking_cost() -> None:
    """Also as published, from the first slot on, and as published but longer, elsewhere, or by one person less."""
    states = [(state, list(state.booked.values())) for _, state, _ in half_booked(range(40, 43))]
    plan = [
        {"audit_id": "W", "auditor_id": who, "role": role, "start": MON, "end": MON}
        for who, role in (("Ann", "lead"), ("Bo", "member"))
    ]
    made = problem(audit(office(plan=plan), "W", team_max=2, person_days=2.0))
    for start, length, people in ((0, 2, (0, 1)), (0, 4, (0, 1)), (0, 2, (0,)), (0, 2, (0, 2)), (2, 2, (0, 1))):
        state = made.state()
        states.append((state, [stand(state, W, start, *people, length=length)]))
    own = []
    for state, some in states:
        for placed in (p for p in some if not p.fact):
            points = standing_cost(state.desk.flat, state.desk.board, placed.audit)
            state.remove(placed.audit)
            assert points == booking_cost(state, placed) * SCALE
            state.add(placed)
            own.append(points)
    assert own[-5] == 0  # as published
    assert min(own[-4:]) > 0


def test_the_published_booking_of_the_first_slot_is_found_free_of_charge() -> None:
    row = {"audit_id": "X", "auditor_id": "Cai", "role": "lead", "start": MON, "end": MON}
    made = problem(grade(office(plan=[row]), "Cai", grade="lead"))
    found = cheapest(made.state(), X)
    assert found is not None
    assert (found[0], found[1].people) == (0, {CAI})


def test_a_seat_of_one_slot_is_a_seat_and_one_of_the_whole_horizon_holds_always() -> None:
    """Ann sits all week, Bo on slot 9 alone, Cai on slots 0 to 3 and 5 to 9, nobody on slot 10."""
    pool = Pool(ints([CAI, BO, ANN, CAI, ANN]), ints([0, 9, -4, 5, 10]), ints([3, 9, FOR_EVER, 9, 12]))
    seat = Seat(ints([W]), Role.COUNTING, pool)
    who, _, always, count, first, last = _candidates([seat], 0, 10)
    assert (who.tolist(), always.tolist(), count.tolist()) == ([ANN, BO, CAI], [True, False, False], [1, 1, 2])
    assert (first.tolist(), last.tolist()) == ([0, 9, 0, 5], [9, 9, 3, 9])


def test_few_are_gathered_first_and_of_the_others_some_who_meet_each_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    flat, state = week().flat, week().state()
    board, work = state.desk.board, state.desk.work

    def gathered(few: int, limit: int = 1, **constant: list[int]) -> int:
        demand = flat.demand.copy()
        demand["at_least"], demand["per_counting"] = True, 0
        demand["constant"][:3] = constant.get("asked", [0, 0, 0])
        some = flat._replace(demand=demand)
        number = demands.write_demands(some, board, work, W, 0)
        return int(seek._gather(some, board, work, W, 0, False, False, few, 0, number, limit))

    assert [gathered(few) for few in (0, 1, 2, 3)] == [3, 1, 2, 3]
    assert gathered(0, limit=0) == 0  # travel costs nothing, and that is not below nothing
    everybody = next(n for n, pool in enumerate(flat.cover_pool) if pool[0] >= 0 and flat.pool_ptr[pool[0]] == 1)
    asked = [int(n == everybody) for n in range(3)]
    assert gathered(1, asked=asked) == 3
    monkeypatch.setattr(seek, "SOME", 1)
    assert gathered(1, asked=asked) == 2


def test_few_are_searched_first_where_there_are_more_than_twice_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not below the penalty: such a limit comes from a good booking already; with luck, few alone. Here are three."""
    flat, state, asked = week().flat, week().state(), []
    monkeypatch.setattr(seek, "_best_of_form", lambda *given: asked.append(given[-3]) or given[-1])
    penalty = int(flat.audit[W].penalty) * SCALE
    fewer = flat._replace(order_ptr=np.array([0, 2]))
    for few, some, limit, luck, turns in (
        (1, flat, NEVER, 0, [1, 0]),
        (1, flat, penalty, 0, [1, 0]),
        (1, flat, penalty - 1, 0, [0]),
        (1, flat, penalty - 1, 1, [1]),
        (1, fewer, NEVER, 0, [0]),
        (1, fewer, NEVER, 1, [0]),
        (2, flat, NEVER, 0, [0]),
    ):
        monkeypatch.setattr(seek, "FEW", few)
        asked.clear()
        seek._seek(some, state.desk.board, state.desk.work, state.desk.none, W, False, False, limit, luck)
        assert asked == turns


def test_by_luck_those_far_down_the_list_are_drawn_more_seldom_and_whom_a_step_has_freed_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """24 are sure; of those passed by, the n-th is drawn in 24 of n cases: the 48th in 500 of 1000, give or take 16."""
    for passed, times in ((25, 960), (48, 500), (240, 100)):
        with np.errstate(over="ignore"):
            drawn = sum(seek._lucky(luck, 30, 24, passed) for luck in range(1, 1001))
        assert abs(drawn - times) < 6 * np.sqrt(times * (1 - times / 1000)) + 1
    flat, state, asked = week().flat, week().state(), []
    monkeypatch.setattr(seek, "_lucky", lambda luck, x, few, passed: asked.append(passed) or x == CAI)
    work = state.desk.work

    def gathered(few: int, luck: int) -> list[int]:
        found = seek._gather(flat, state.desk.board, work, W, 0, False, False, few, luck, 0, 1)
        return work.candidate["person"][:found].tolist()

    assert [gathered(*given) for given in ((1, 0), (1, 1), (2, 1), (3, 1))] == [[0], [0, 2], [0, 1, 2], [0, 1, 2]]
    assert asked == [2, 3, 3]
    work.fresh[BO] = True
    assert [gathered(1, 0), gathered(1, 1)] == [[0], [0, 1, 2]]


def test_luck_warns_of_nothing_where_kernels_are_not_compiled() -> None:
    assert seek._lucky(1, 30, 24, 25) in (True, False)


def test_at_equal_prices_picks_stand_and_use_the_same_once_more() -> None:
    made, audits = week(), week().flat.audit.copy()
    audits["site"] = [0, 1, 1, 0, 0]  # prices and counts that tell no sites apart
    flat = made.flat._replace(audit=audits, need=np.zeros((2, 2), dtype=np.int64))
    board, work, free = made.state().desk.board, work_for(flat), np.zeros(3, dtype=np.int64)
    prices = no_prices(flat)._replace(cap=free, key=free, share=shares(flat, made.audits))
    picks, uses, totals = no_picks(board), [], []
    for fresh in (True, False, False):
        use = no_use(flat, 1)
        totals.append(pick_round(flat, board, work, prices, made.audits, picks, use, fresh))
        uses.append([part.tolist() for part in use])
    assert uses[0] == uses[1] == uses[2]
    assert totals[0] == totals[1] == totals[2] == 0
    assert np.sum(uses[0][0]) == 8  # four audits of two slots, one person each


def test_an_audit_may_have_as_many_demands_as_there_are_bits() -> None:
    flat, audits = week().flat, week().flat.audit.copy()
    for number in (DEMANDS, DEMANDS + 1):
        audits["cover_ptr"][1:], audits["link_ptr"] = number - 1, 0  # links take a place even where there are none
        if number == DEMANDS:
            assert len(work_for(flat._replace(audit=audits)).ask) == DEMANDS
        else:
            with pytest.raises(ArgumentError, match="63 demands"):
                work_for(flat._replace(audit=audits))
