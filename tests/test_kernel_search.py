"""The search's step, one decision at a time: whom it invites, pushes, ejects, how it puts back, what it keeps.

Its kernels are called as Python, so these tests run where kernels are not compiled, as `.ci/run` has it once. Where a
kernel draws, the test says what is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import config
from office import MON, audit, grade, office, problem
from test_kernel_steps import ALL, ANN, BO, CAI, EJECT, NEAR, Patch, Step, W, X, Y, Z, changed, fortnight, scripted

from auditmatch.cases import Case
from auditmatch.kernel import eject, invite, recreate, search
from auditmatch.kernel.board import NONE, add
from auditmatch.kernel.flat import NEVER, SCALE
from auditmatch.kernel.invite import INVITED
from auditmatch.kernel.pack import table
from auditmatch.kernel.ruin import standing_cost, take_out
from auditmatch.kernel.trail import ACCEPTED, BEST, COST, MOST, SET, STEPS, UNSAVED, WAYS

pytestmark = pytest.mark.skipif(not config.DISABLE_JIT, reason="compiled kernels cannot be called one by one")
# Of 1 << 30 numbers, those whose share has -log 0 and 30 log 2: a step may be worse by nothing, or by 20.8 points.
CALM, WILD = (1 << 30) - 1, 0
POINT = SCALE


def test_ways_are_chosen_by_what_they_earned_a_try(monkeypatch: Patch) -> None:
    """Each way counts 20 and its gains a try: here 20, 21, 22, ..., 26, in all 161."""
    step = Step()
    step.trail.way["gains"], step.trail.way["tries"] = np.arange(WAYS) * 3 + 2, 3
    times = [0] * WAYS
    for drawn in range(161):
        scripted(monkeypatch, search, drawn)
        times[search._choose_way(step.trail)] += 1
    assert times == [20, 21, 22, 23, 24, 25, 26]


def stepped(patch: Patch, change: int, drawn: int, way: int = NEAR, unsaved: int = 0, tries: int = 1) -> Step:
    """Return a step that moved W from slot 0 to slot 2 for a change of so much, or undid it; Z was and is left out."""
    step = Step(*ALL[:3]).include(W, Z)
    step.trail.tally[UNSAVED], step.trail.way[way].tries, step.trail.way[way].gains = unsaved, tries, 500

    def moved(*_: Any) -> int:
        assert step.desk.work.fresh.tolist() == [True, False, False]  # Ann, whom the step has freed
        step.board.team[W, 0] = CAI
        add(step.flat, step.board, W, 2, 2, 1)
        return int(standing) + change

    standing = standing_cost(step.flat, step.board, W)
    patch.setattr(search, "_put_back", moved)
    patch.setattr(search, "invite", lambda *_: events.append("invite"))
    patch.setattr(search, "_push", lambda *_: events.append("push") or 0)
    events: list[str] = []
    assert scripted(patch, search, *([1] if way == EJECT else []), drawn) == []
    none = step.desk.none
    search._step(step.flat, step.board, step.bare, step.desk.work, step.trail, none, none, step.audits, way, 1.0)
    assert events == (["push", "push"] if way == EJECT else ["invite"])
    assert step.chosen == []
    assert not step.desk.work.fresh.any()
    assert step.board.book[Z].start == NONE
    return step


@pytest.mark.parametrize(
    ("change", "drawn", "unsaved", "kept", "marked", "gain"),
    [
        (0, CALM, 0, True, 0, 0),
        (0, CALM, 1, True, 1, 0),
        (1, CALM, 0, False, 0, 0),
        (1, CALM, 1, False, 1, 0),
        (1, WILD, 0, True, 0, 0),
        (1, WILD, 1, False, 0, 0),  # the best plan is saved before a worse one is accepted
        (21 * POINT, WILD, 0, False, 0, 0),
        (-5 * POINT, CALM, 0, True, 1, 25),
        (-5000 * POINT, CALM, 1, True, 1, 1020),
    ],
)
def test_a_step_is_kept_if_it_is_no_worse_than_its_slack(
    monkeypatch: Patch, change: int, drawn: int, unsaved: int, kept: bool, marked: int, gain: int
) -> None:
    step = stepped(monkeypatch, change, drawn, unsaved=unsaved)
    tally = step.trail.tally
    assert (int(step.board.book[W].start), int(step.board.team[W, 0])) == ((2, CAI) if kept else (0, ANN))
    assert tally[COST] == 1000 * POINT + (change if kept else 0)
    assert tally[BEST] == 1000 * POINT + min(change, 0)
    assert (tally[ACCEPTED], tally[UNSAVED], step.trail.way[NEAR].gains) == (kept, marked, 500 + gain)
    assert step.trail.best_book[W].start == 0


def test_ejection_invites_nobody_and_the_other_ways_push_nobody(monkeypatch: Patch) -> None:
    stepped(monkeypatch, 0, CALM, way=EJECT)


@pytest.mark.parametrize(("tries", "left"), [(1998, 1999), (1999, 2000), (2000, 1000)])
def test_a_way_forgets_half_of_its_past_after_two_thousand_tries(monkeypatch: Patch, tries: int, left: int) -> None:
    way = stepped(monkeypatch, 0, CALM, tries=tries).trail.way[NEAR]
    assert (way.tries, way.gains) == (left, 500 if left > tries else 250)


@pytest.mark.parametrize(("chosen", "steps"), [(MOST - INVITED - 1, 1), (MOST - INVITED, 0), (MOST, 0)])
def test_a_step_is_made_only_where_the_set_has_room_for_those_invited(
    monkeypatch: Patch, chosen: int, steps: int
) -> None:
    step, made = Step(*ALL), []
    monkeypatch.setattr(search, "ruin", lambda *_: step.trail.tally.__setitem__(SET, chosen))
    monkeypatch.setattr(search, "_step", lambda *_: made.append(1))
    monkeypatch.setattr(search, "forget_set", lambda *_: None)
    none = step.desk.none
    search.search(step.flat, step.board, step.bare, step.desk.work, step.trail, none, none, step.audits, 1, 12, 1.0)
    assert (len(made), step.trail.tally[STEPS]) == (steps, 1)


def test_those_left_out_are_invited_and_of_many_those_who_lack_whom_the_step_frees(monkeypatch: Patch) -> None:
    """Up to so many all are invited; of more each guest is the best of some looked at, here of two, or the first."""
    step = Step((W, 0, ANN)).include(W)
    invite.invite(step.flat, step.board, step.desk.work, step.trail)
    assert step.chosen == [W, X, Y, Z]
    monkeypatch.setattr(invite, "INVITED", 2)
    monkeypatch.setattr(invite, "LOOKS", 2)
    worth = {X: 5, Y: 7, Z: 5}
    monkeypatch.setattr(invite, "_use", lambda flat, trail, audit, taken: worth[audit])
    out = [X, Y, Z]
    for drawn, guests in (
        ((0, 1, 0, 2), [Y, X]),  # X or Y; X or Z, who is no better
        ((1, 0, 1, 0), [Y, X]),  # Y or X; Y, who is there, or X
        ((0, 2, 0, 1), [X, Y]),  # X or Z; X, who is there, or Y
        ((0, 0, 0, 0), [X]),  # X and again X
    ):
        step = Step((W, 0, ANN)).include(W)
        assert step.trail.left["out"][:3].tolist() == out
        asked = scripted(monkeypatch, invite, *drawn)
        invite.invite(step.flat, step.board, step.desk.work, step.trail)
        assert step.chosen == [W, *guests]
        assert asked == [3] * 4


def test_an_audit_can_use_who_meets_its_demands_in_its_window() -> None:
    """Z may be done in slots 6 to 11. It asks for one of Ann and Bo, one of Cai, and for a pool that it bounds above.

    A freed stay of Ann's is worth half a demand's weight, one of Cai's a whole; of two slots it meets the window from
    slot 5 on and up to slot 11.
    """
    flat = fortnight().flat
    form = flat.form.copy()
    first = int(form[3].start_ptr)
    starts = flat.starts.copy()
    starts[first : int(form[4].start_ptr)] = np.linspace(6, 10, int(form[4].start_ptr) - first).astype(int)
    some = changed(flat, "audit", cover_ptr=[0, 3, 6, 9, 12])._replace(
        starts=starts,
        cover=np.array([0, 1, 2] * 4),
        cover_pool=np.array([[0, -2, -2], [1, -2, -2], [1, -2, -2], [-1, -1, -1]]),
        demand=table(
            {"at_least": np.array([1, 1, 0]) > 0, "constant": np.ones(3, int), "per_counting": np.zeros(3, int)}
        ),
        pool_ptr=np.array([0, 2, 3]),
        member=table(
            {"pool_person": np.array([ANN, BO, CAI]), "pool_first": np.zeros(3, int), "pool_last": np.full(3, 19)}
        ),
        ever=np.array([[3], [4]], dtype=np.uint64),
        whole=np.array([[3], [4]], dtype=np.uint64),
    )
    for who, worth in ((ANN, 1 << 19), (BO, 1 << 19), (CAI, 1 << 20)):
        for start in range(19):
            step = Step((W, start, who)).include(W, Y)
            assert invite._use(some, step.trail, Z, 2) == (worth if 5 <= start <= 11 else 0)
    assert invite._use(changed(some, "audit", form_ptr=[0, 1, 2, 3, 3]), step.trail, Z, 2) == -1
    assert invite._use(some._replace(cover_pool=np.array([[-1, -1, -1]] * 3)), step.trail, Z, 2) == 0


def test_audits_are_put_back_the_dear_the_choosy_or_the_long_first_or_in_any_order(monkeypatch: Patch) -> None:
    """W, X, Y, Z: penalties 5, 7, 6, 8; choices 17 starts of three people, but none of X; lengths 2, none, 2, 2.

    Ranks drawn break ties, the lowest first.
    """
    step, orders = Step(*ALL).include(W, X, Y, Z), []
    step.flat = changed(step.flat, "audit", penalty=[5, 7, 6, 8], trip=[0, -1, 0, 0], form_ptr=[0, 1, 1, 2, 3])
    monkeypatch.setattr(search, "put_queued", lambda *_: orders.append(step.trail.queue["order"][:4].tolist()) or 9)
    for kind in range(4):
        scripted(monkeypatch, search, kind, 40, 10, 30, 20)
        assert search._put_back(step.flat, step.board, step.desk.work, step.trail, step.desk.none) == 9
    assert orders == [[X, Z, Y, W], [Z, X, Y, W], [X, Z, Y, W], [Z, Y, W, X]]
    starts = np.diff(fortnight().flat.form["start_ptr"])[:1]
    assert search.choices(fortnight().flat, W) == starts * 3


def test_who_waits_for_another_that_stands_behind_is_tried_again() -> None:
    step = Step().include(X, W)
    assert [recreate._waits(step.flat, a) for a in (W, X, Y)] == [False, True, False]
    step.trail.queue["order"][:2] = X, W
    recreate.put_queued(step.flat, step.board, step.desk.work, step.trail, step.desk.none, 2)
    assert (step.board.book["start"][[W, X]] != NONE).all()


def test_the_dearest_audit_of_the_set_that_is_left_out_is_pushed(monkeypatch: Patch) -> None:
    pushed: list[int] = []
    monkeypatch.setattr(search, "eject", lambda *given: pushed.append(int(given[-1])) or 3)
    none = Step().desk.none
    for out, penalties, dearest in (
        ((W,), [5, 9, 9, 9], W),
        ((W, Y), [8, 9, 7, 9], W),
        ((W, Y), [6, 9, 7, 9], Y),
        ((W, Y, Z), [6, 9, 9, 7], Y),
        ((), [5, 9, 9, 9], None),
    ):
        step = Step(*(booking for booking in ALL if booking[0] not in out)).include(W, X, Y, Z)
        flat = changed(step.flat, "audit", penalty=penalties)
        pushed.clear()
        given = flat, step.board, step.bare, step.desk.work, step.trail, none, none
        assert search._push(*given) == (0 if dearest is None else 3)
        assert pushed == ([] if dearest is None else [dearest])
    flat = changed(flat, "audit", form_ptr=[0, 1, 1, 2, 3])  # X has no form, and nothing can be done for it
    step = Step(ALL[0], *ALL[2:]).include(W, X, Y, Z)
    assert search._push(flat, step.board, step.bare, step.desk.work, step.trail, none, none) == 0


def test_penalties_grow_for_those_taken_out_and_shrink_for_those_booked() -> None:
    """X, of 7, was booked and is gone; Z, of 8, was left out and is booked; W and Y are as they were."""
    step = Step(*ALL[:3]).include(W, X, Y, Z)
    flat = changed(step.flat, "audit", penalty=[5, 7, 6, 8])
    step.board.book[X].start, step.board.book[Z].start = NONE, 3
    assert search._left_out(flat, step.board, step.trail) == (7 - 8) * SCALE
    assert search._left_out(changed(flat, "audit", must=[1, 0, 1, 1]), step.board, step.trail) == (7 - 8) * SCALE
    assert search._left_out(changed(flat, "audit", must=[0, 1, 0, 0]), step.board, step.trail) == NEVER


def busy_monday(*only_monday: str, **cells: Any) -> Case:
    """Return the week, X after W, in which some audits must be done on Monday, when Cai is away; everybody may lead."""
    link = {"first_audit": "W", "second_audit": "X", "kind": "interval", "min_days": 0, "required": True}
    case = office(links=[link], absences=[{"auditor_id": "Cai", "start": MON, "end": MON, "reason": "away"}])
    case = grade(grade(case, "Bo", grade="lead"), "Cai", grade="lead")
    for name in only_monday:
        case = audit(case, name, latest=MON, **cells)
    return case


def costs(step: Step) -> int:
    """Return what all bookings that stand cost, by taking one after another off a copy of the board."""
    board = step.board._replace(**{name: part.copy() for name, part in step.board._asdict().items()})
    return sum(take_out(step.flat, board, a) for a in range(4) if board.book[a].start != NONE)


@pytest.mark.parametrize(
    ("case", "bookings", "pushed", "dear", "chosen", "out"),
    [
        # Nobody is in the way.
        (busy_monday("W"), [], W, [], [], [X, Y, Z]),
        # Ann and Bo are taken; Bo's is cheap to eject and finds another day.
        (busy_monday("W"), [(Y, 0, ANN), (Z, 0, BO)], W, [Y], [Z], [X]),
        # It does not: it must be on Monday as well.
        (busy_monday("W", "Z"), [(Y, 0, ANN), (Z, 0, BO)], W, [Y], [Z], [X, Z]),
        # Both must go for a team of two.
        (busy_monday("W", person_days=2.0, team_min=2, team_max=2), [(Y, 0, ANN), (Z, 0, BO)], W, [], [Y, Z], [X]),
        # X goes with W, whom it needs; W finds no other day.
        (busy_monday("W", "Y"), [(W, 0, ANN), (X, 4, CAI), (Z, 0, BO)], Y, [Z], [W, X], [W, X]),
        # X stands before W, against the link, and moves behind it; whoever needs it aside.
        (busy_monday("W"), [(X, 0, ANN)], W, [], [X], [Y, Z]),
        # X lacks W, so nothing is done.
        (busy_monday("W"), [(Y, 0, ANN)], X, [], [], [W, X, Z]),
        # W stands in nobody's way, so X, who needs it, stays.
        (busy_monday("W", "Y"), [(W, 0, ANN), (X, 4, CAI), (Z, 0, BO)], Y, [W], [Z], []),
    ],
)
def test_an_audit_that_is_pushed_takes_the_place_of_those_cheap_to_eject(
    case: Case,
    bookings: list[tuple[int, int, int]],
    pushed: int,
    dear: list[int],
    chosen: list[int],
    out: list[int],
) -> None:
    for seed in range(3):
        step = Step(*bookings, seed=seed, made=problem(case))
        before = costs(step)
        step.trail.queue["order"][:] = W  # what an older step left behind says nothing
        step.trail.left["stubborn"][dear] = 150
        assert step.push(pushed) == costs(step) - before
        assert sorted(step.chosen) == chosen
        assert [a for a in range(4) if step.board.book[a].start == NONE] == out
        assert [a for a in chosen if step.trail.left[a].stubborn] == [a for a in chosen if a in out]


def test_what_finds_no_place_is_stubborn_up_to_a_limit() -> None:
    for stubborn, after in ((198, 199), (199, 200), (200, 200)):
        step = Step((Z, 0, BO), made=problem(busy_monday("W", "Z")))
        step.state.desk.board.run[ANN, :2] = 0
        step.bare.run[ANN, :2] = 0
        step.trail.left[Z].stubborn = stubborn
        step.push(W)
        assert step.trail.left[Z].stubborn == after == min(stubborn + 1, eject.MOST_STUBBORN)
