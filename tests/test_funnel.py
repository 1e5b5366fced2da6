"""The funnel's arrays against the kernel's slow ways, and the few bookings whose move frees a team."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditmatch import rules as rule_folder
from auditmatch.cases import day, tiny
from auditmatch.cheapest import cheapest
from auditmatch.engines.greedy import greedy
from auditmatch.funnel import _covers, make_funnel
from auditmatch.moves import least_moves
from auditmatch.placement import State
from auditmatch.problem import Problem
from auditmatch.shapes import Role, Rule


def crowded(seeds: Iterable[int], kept: float = 1.0, alone: bool = False) -> Iterable[tuple[Problem, State, int]]:
    """Yield tiny problems, the state of a share of a greedy plan, and each audit that it leaves out.

    Six audits of half a day to two days share three people and three days, so some stay out. `alone`: one member each.
    """
    for seed in seeds:
        rng = np.random.default_rng(seed)
        case = tiny(rng, audits=6, auditors=3, days=3)
        for a in range(6 if alone else 0):
            case = case.changing("audits", a, team_min=1, team_max=1)
        wish = {"preference_id": "w", "audit_id": "A0", "auditor_id": "P1", "rule": "forbid"}
        leave = {"auditor_id": "P0", "start": day(1)}
        links = [{"first_audit": f"A{k}", "second_audit": f"A{k + 1}", "kind": "interval"} for k in (0, 2)]
        case = case.having(preferences=[wish], absences=[leave], links=links)
        problem = Problem(case.register(), case.start, case.end)
        state = problem.state()
        for placed in greedy(problem):
            if rng.random() < kept:
                state.add(placed)
        for audit in problem.audits.tolist():
            if audit not in state.booked:
                yield problem, state, audit


def test_who_is_free_is_whom_the_kernel_lets_sit() -> None:
    seen = 0
    for _, state, audit in crowded(range(40)):
        funnel = make_funnel(state, audit)
        options = funnel.options
        for c in range(len(funnel.start)):
            length = int(funnel.end[c] - funnel.start[c]) + 1
            slow = state.available(options, int(funnel.start[c]), length)
            assert np.flatnonzero(funnel.able["free"][:, c]).tolist() == slow
            form = options.forms[funnel.form[c]]
            assert funnel.linked[c] == (funnel.start[c] in state.free_starts(audit, form))
            for demand, counted in zip(options.demands, funnel.counts, strict=True):
                assert counted[:, c].tolist() == demand.counts(int(funnel.start[c]), int(funnel.end[c])).tolist()
            seen += 1
    assert seen > 100


def test_each_question_takes_away_and_never_gives_back() -> None:
    for _, state, audit in crowded(range(10)):
        masks = list(make_funnel(state, audit).able.values())
        assert all((narrow <= wide).all() for wide, narrow in pairwise(masks))


def test_no_team_by_numbers_means_no_booking() -> None:
    seen = {True: 0, False: 0}
    for _, state, audit in crowded(range(60), kept=0.6):
        funnel = make_funnel(state, audit)
        possible = bool(funnel.teams("free", funnel.linked).any())
        found = cheapest(state, audit, alone=True)
        assert possible or found is None
        seen[found is not None] += 1
    assert min(seen.values()) > 0


@pytest.mark.parametrize("rule", rule_folder.default(), ids=lambda rule: rule.name)
def test_a_booking_of_the_kernel_passes_every_question(rule: Rule) -> None:
    for seed in range(6):
        case = rule.sample(np.random.default_rng(seed))
        problem = Problem(case.register(), case.start, case.end)
        state = problem.state()
        for audit in problem.audits.tolist():
            found = cheapest(state, audit)
            if found is None:
                continue
            funnel, placed = make_funnel(state, audit), found[1]
            (columns,) = np.nonzero((funnel.start == placed.start) & (funnel.end == placed.end))
            team = [placed.people <= set(funnel.people(stage)) for stage in funnel.able]
            assert all(team)
            assert funnel.teams("free")[columns].any()


@given(
    st.dictionaries(st.integers(0, 15), st.integers(0, 2), max_size=5),
    st.integers(0, 3),
    st.integers(0, 2),
    st.tuples(*[st.integers(0, 2)] * 3),
)
def test_covering_by_kinds_is_covering_by_people(
    seats: dict[int, int], counting: int, others: int, needs: tuple[int, ...]
) -> None:
    people = [kind for kind, number in seats.items() for _ in range(number)]
    members = [kind for kind in people if not kind & 1]
    beside = [kind for kind in people if kind & 1]
    naive = any(
        all(sum(kind >> (d + 1) & 1 for kind in (*team, *extra)) >= need for d, need in enumerate(needs))
        for team in combinations(members, counting)
        for size in range(others + 1)
        for extra in combinations(beside, size)
    )
    assert _covers(seats, counting, others, needs) == naive


def test_after_the_moves_the_audit_can_be_served() -> None:
    seen = 0
    for _, state, audit in crowded(range(80)):
        funnel = make_funnel(state, audit)
        moves = least_moves(funnel)
        if cheapest(state, audit) is not None or moves is None:
            continue
        taken = [state.remove(a) for a in moves.audits]
        freed = cheapest(state, audit, alone=True)
        for placed in taken:
            state.add(placed)
        assert freed is not None
        assert moves.audits
        seen += 1
    assert seen > 10


def test_no_fewer_bookings_would_do() -> None:
    # With one member in each team a booking counts once, so where two must move, moving any one is not enough.
    seen = 0
    for problem, state, audit in crowded(range(150), alone=True):
        moves = least_moves(make_funnel(state, audit))
        if moves is None or len(moves.audits) < 2:
            continue
        for one in list(state.booked):
            if not any(one in (link.first, link.second) for link in problem.lowered.links):
                placed = state.remove(one)
                assert cheapest(state, audit, alone=True) is None
                state.add(placed)
        seen += 1
    assert seen > 0


def test_facts_do_not_move() -> None:
    case = tiny(np.random.default_rng(3), audits=2, auditors=1, days=1)
    people = {"auditor_id": "P0", "gender": "M"}
    held = {"auditor_id": "P0", "field": "QMS", "specialty": "03.04.01", "valid_from": "2026-01-01", "grade": "lead"}
    visit = {"organisation_id": "O0", "kind": "special", "earliest": day(0), "latest": day(0), "person_days": 1.0}
    done = {"audit_id": "A1", "auditor_id": "P0", "role": "lead", "start": day(0), "end": day(0)}
    tables = {
        **case.tables,
        "auditors": (people,),
        "qualifications": (held,),
        "audits": ({**visit, "audit_id": "A0"}, {**visit, "audit_id": "A1", "status": "done"}),
        "requirements": tuple({"audit_id": a, "field": "QMS", "specialty": "03.04.01"} for a in ("A0", "A1")),
        "plan": (done,),
    }
    problem = Problem(type(case)(tables, case.start, case.end).register(), case.start, case.end)
    funnel = make_funnel(problem.state(), 0)
    assert not funnel.able["free"].any()
    assert funnel.able["under_caps"].any()
    assert least_moves(funnel) is None


def test_roles_beside_the_counting_members_are_told_apart() -> None:
    assert int(Role.COUNTING) == 0  # `people(stage, -1)` and the kinds of `teams` rest on it
