"""Placing one audit among others: what fits, what is cheapest, and that taking a booking out leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from brute import Brute
from commands import case
from mixed import mixed_case
from office import MON, TUE, WED, audit, grade, office, problem

from auditmatch.cheapest import booking_cost, cheapest
from auditmatch.placement import Placed, State
from auditmatch.problem import Problem
from auditmatch.shapes import Role

Count = Callable[[int, int], int]


def half_booked(seeds: range) -> Iterator[tuple[Brute, State, list[int]]]:
    """Yield mixed problems with a random legal part of the audits booked, and the audits that are not."""
    for seed in seeds:
        rng = np.random.default_rng([seed, 8])
        case = mixed_case(rng, contended_share=0.1)
        made = Problem(case.register(), case.start, case.end)
        brute, state = Brute(made), made.state()
        audits = rng.permutation(made.audits.tolist()).tolist()
        for a in audits[: int(rng.integers(0, 3))]:
            some = [p for p in brute.bookings[a] if state.fits(p)]
            if some:
                state.add(some[int(rng.integers(len(some)))])
        yield brute, state, [a for a in audits if a not in state.booked]


def test_the_cheapest_booking_is_the_cheapest_of_all_that_fit(count: Count) -> None:
    none = some = dear = 0
    for brute, state, free in half_booked(range(count(1000, 60))):
        for a in free:
            fitting = [p for p in brute.bookings[a] if state.fits(p)]
            found = cheapest(state, a)
            if not fitting:
                assert found is None
                none += 1
                continue
            assert found is not None
            assert found[1] in fitting
            assert found[0] == booking_cost(state, found[1]) == min(booking_cost(state, p) for p in fitting)
            some += 1
            dear += found[0] > 0 and len(fitting) > 1
    assert min(none, some, dear) >= 10


def test_what_a_booking_taken_out_leaves_is_free_again_where_one_person_is_the_whole_body() -> None:
    # The board's own copy of who is away was a view of the state's, wherever the slice was contiguous as it stood.
    one = case()
    made = Problem(one.register(), one.start, one.end)
    state = made.state()
    first = cheapest(state, 0)
    for a in (0, 1):
        state.add(cheapest(state, a)[1])
    state.remove(0)
    assert cheapest(state, 0) == first


def test_alone_asks_as_if_what_is_needed_were_served() -> None:
    made = problem(office(links=[{"first_audit": "X", "second_audit": "Y", "kind": "interval", "required": True}]))
    assert cheapest(made.state(), 2) is None
    found = cheapest(made.state(), 2, alone=True)
    assert found is not None
    # Nothing is published and nobody travels: Monday costs the mismatch of Ann alone, (1 - 1 / 1) * 20 = 0.
    assert found[0] == 0


def test_availability_at_once_equals_start_by_start(count: Count) -> None:
    yes = no = 0
    for brute, state, free in half_booked(range(count(500, 30))):
        for a in free:
            options = brute.problem.lowered.options(a)
            for form in options.forms:
                starts, able = state.availability(options, form)
                assert starts.tolist() == state.free_starts(a, form).tolist()
                for c, start in enumerate(starts.tolist()):
                    one_by_one = state.available(options, start, form.length)
                    assert np.flatnonzero(able[:, c]).tolist() == one_by_one
                    yes += len(one_by_one)
                    no += len(able) - len(one_by_one)
    assert min(yes, no) >= 50


def test_taking_out_what_was_put_in_leaves_no_trace(count: Count) -> None:
    moved = 0
    for brute, state, free in half_booked(range(count(500, 30))):
        before = traces(state)
        rng = np.random.default_rng(0)
        put: list[int] = []
        for a in free:
            fitting = [p for p in brute.bookings[a] if state.fits(p)]
            if fitting:
                state.add(fitting[int(rng.integers(len(fitting)))])
                put.append(a)
        for a in rng.permutation(put).tolist():
            assert state.remove(a).audit == a
            moved += 1
        assert traces(state) == before
    assert moved >= 15


def traces(state: State) -> tuple[object, ...]:
    """Return all that a state remembers."""
    keys = [{(r, key): n for r, some in by_row.items() for key, n in some.items() if n} for by_row in state.keys]
    people = {i: sorted(map(repr, some)) for i, some in state.by_auditor.items() if some}
    used = [part.tolist() for part in state.used]
    return sorted(state.booked), state.taken.tolist(), state.load.tolist(), used, keys, people


def test_a_booking_fits_only_with_a_seat_a_form_and_slots_that_exist() -> None:
    made = problem(audit(grade(office(), "Cai", field="EMS"), "X", team_max=2))
    monday = made.scene.first_slot
    state = made.state()
    ann, bo, cai = ((i, int(Role.COUNTING)) for i in range(3))

    def fits(start: int, length: int, *team: tuple[int, int]) -> bool:
        return state.fits(Placed(1, start, length, team, made.lowered.halves(monday, 1)))

    assert fits(monday, 2, ann)
    assert fits(monday, 1, ann, bo)
    assert not fits(monday, 1, ann)  # one person stays for two half-days
    assert not fits(monday, 2, ann, bo)  # two stay for one
    assert not fits(monday, 1, ann, cai)  # Cai has no seat
    assert not fits(monday, 1, ann, ann)  # nobody counts twice
    assert not fits(monday, 2, (0, int(Role.EXPERT)))
    assert not fits(monday + 1, 2, ann)  # afternoon
    assert not fits(made.scene.last_slot, 2, ann)  # over the horizon's end
    assert not fits(made.scene.calendar.n_slots - 1, 2, ann)  # over the calendar's end


def test_caps_that_history_has_overrun_forbid_more_and_take_nothing_back() -> None:
    row = {"audit_id": "W", "auditor_id": "Ann", "role": "lead", "start": MON, "end": TUE}
    case = audit(
        office(plan=[row], usage=[{"auditor_id": "Ann", "year_start": "2027-01-01", "days_used": 179}]),
        "W",
        status="done",
    )
    made = problem(audit(case, "Z", on_site=0.0))
    assert [made.scene.audit_id(a) for a in made.hopeless] == ["X", "Y"]
    assert cheapest(made.state(), 3) is not None


def test_the_load_cost_grows_with_each_slot_above_the_fair_share() -> None:
    # Four half-day audits for three people over ten slots each: 4 slots of work over 30, fair is ceil(10 * 4 / 30) = 2,
    # a quarter more is ceil(1.67) = 2 and half more ceil(2) = 2, so each slot from the third on costs three points.
    case = office()
    for name in "WXYZ":
        case = audit(case, name, person_days=0.5)
    made = problem(case)
    state = made.state()
    costs = []
    for a in range(4):
        placed = Placed(a, made.scene.first_slot + a % 2, 1, ((0, int(Role.COUNTING)),), (0, 1))
        costs.append(booking_cost(state, placed))
        state.add(replace(placed, start=made.scene.first_slot + a))
    assert costs == [0, 0, 3, 3]
    assert state.load.tolist() == [4, 0, 0]


def test_the_published_booking_costs_nothing_to_keep_and_its_weight_to_leave() -> None:
    row = {"audit_id": "X", "auditor_id": "Ann", "role": "lead", "start": WED, "end": WED}
    made = problem(office(plan=[row]))
    found = cheapest(made.state(), 1)
    assert found is not None
    # Wednesday is two days late, 2 points each; any other day would cost 30.
    assert (found[0], made.plan_of([found[1]]).bookings[0].start) == (4, WED)
