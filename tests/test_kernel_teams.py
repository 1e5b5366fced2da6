"""The kernel's search for a team: lists, ranks, combinations one by one, and teams with interns and experts as stories.

The kernels are called as Python, so these tests run where kernels are not compiled, as `.ci/run` has it once.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from numba import config
from office import MON, audit, grade, office, person, problem
from test_kernel import equals_the_oracle
from test_kernel_parts import ANN, BO, CAI, W, X, stand, week

from auditmatch.kernel import demands, rows, team
from auditmatch.kernel.flat import NEVER
from auditmatch.kernel.work import Work, work_for

pytestmark = pytest.mark.skipif(not config.DISABLE_JIT, reason="compiled kernels cannot be called one by one")
DAN = 3
RARE = {"field": "QMS", "specialty": "17.10.02"}


def knows(who: str, level: str, code: dict[str, str]) -> dict[str, str]:
    return {"auditor_id": who, **code, "valid_from": "2026-01-01", "grade": level}


def wish(rule: str, who: str) -> dict[str, object]:
    return {"preference_id": f"{rule} {who}", "audit_id": "W", "auditor_id": who, "rule": rule, "weight": 1.0}


def test_the_least_numbers_stay_in_order() -> None:
    row = np.array([NEVER, NEVER, NEVER, 99])
    for value, kept in ((5, [5]), (9, [5, 9]), (3, [3, 5, 9]), (7, [3, 5, 7]), (7, [3, 5, 7]), (1, [1, 3, 5])):
        demands.keep_least(row, 3, value)
        assert row[: len(kept)].tolist() == kept
    assert row[3] == 99


def test_demands_are_ranked_by_how_few_meet_them_and_refused_where_too_few_do() -> None:
    rng, work = np.random.default_rng(1), work_for(week().flat)
    ranked = 0
    for _ in range(300):
        masks = rng.integers(0, 8, size=3)
        work.seated["list_mask"], work.seated["list_cost"] = masks, [4, 6, 9]
        limits = rng.integers(0, 3, size=3)
        work.ask["least"], work.ask["limit"][:3] = True, limits
        meeting = [sum(int(mask) >> d & 1 for mask in masks) for d in range(3)]
        good = rows._rank(work, 3, 3, 0, 0)
        assert good == all(have >= limit for have, limit in zip(meeting, limits, strict=True))
        if good:
            order = work.ask["scarce"][:3].tolist()
            assert sorted(order) == [0, 1, 2]
            assert [meeting[d] for d in order] == sorted(meeting)
            ranked += 1
    assert ranked > 30


def test_combinations_of_others_are_met_once_each() -> None:
    work = work_for(week().flat)._replace(extra=np.zeros(4, dtype=np.int64))
    for size, extras in ((1, 1), (1, 4), (2, 2), (2, 4), (3, 4)):
        work.extra[:] = np.arange(4)
        met = [tuple(work.extra[:size].tolist())]
        while team._advance(work, size, extras):
            met.append(tuple(work.extra[:size].tolist()))
        assert met == list(combinations(range(extras), size))


def test_a_team_is_written_down_by_person_each_with_its_role() -> None:
    work = work_for(week().flat)
    work = work._replace(best=np.recarray(3, dtype=work.best.dtype), path=np.recarray(4, dtype=work.path.dtype))
    for people in ([0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]):
        work.candidate["person"], work.candidate["seat"] = people, [0, 0, 1]
        work.seated["list_"], work.path["pick"][:2] = [0, 1, 2], [0, 1]
        work.beside[0].other, work.extra[0] = 2, 0
        assert team._keep(work, 2, 1, 9) == 9
        roles = {person: int(k == 2) for k, person in enumerate(people)}
        assert work.best.tolist() == [(i, roles[i]) for i in range(3)]


def test_an_intern_who_must_be_taught_sits_beside_the_only_one_who_leads() -> None:
    """Cai may not come, so there are just as many counting members as seats, and Ann is all who can lead."""
    case = grade(office(preferences=[wish("require", "Bo")]), "Bo", grade="intern")
    for only in (case, grade(case, "Cai", valid_until="2026-12-31")):
        found = equals_the_oracle(problem(only).state(), W, False)
        assert found is not None
        assert found[1].team == ((ANN, 0), (BO, 1))


def test_an_expert_may_be_cheaper_than_the_auditor_who_knows_the_trade() -> None:
    """Two of Ann, who leads, Bo, who is preferred, and Cai, who alone of them knows the rare trade, as Dan does.

    Ann and Bo cost one wish, Ann's, with Dan beside them, who costs nothing; Ann and Cai cost two.
    """
    trade = {"audit_id": "W", **RARE, "expert_ok": True}
    case = office(
        auditors=[{"auditor_id": "Dan", "gender": "M"}],
        qualifications=[knows("Cai", "auditor", RARE), knows("Dan", "expert", RARE)],
        requirements=[trade],
        preferences=[wish("prefer", "Bo")],
    )
    made = problem(audit(case, "W", team_min=2, team_max=2, person_days=2.0))
    found = equals_the_oracle(made.state(), W, False)
    assert found is not None
    assert found[1].team == ((ANN, 0), (BO, 0), (DAN, 2))
    alone = problem(audit(case.changing("requirements", 4, expert_ok=False), "W", team_min=2, team_max=2))
    dearer = equals_the_oracle(alone.state(), W, False)
    assert dearer is not None
    assert dearer[1].team == ((ANN, 0), (CAI, 0))
    assert dearer[0] == 2 * found[0] > 0


def test_an_intern_and_an_expert_who_both_travel_are_found_below_what_both_cost_and_not_below_less() -> None:
    """Neither is at home where the audit is; the most that one seat beside costs is less than what the two cost."""
    case = office(
        auditors=[{"auditor_id": "Dan", "gender": "M", "location": "Far"}],
        qualifications=[knows("Dan", "expert", RARE)],
        requirements=[{"audit_id": "W", **RARE, "expert_ok": True}],
        preferences=[wish("require", "Bo")],
        locations=[
            {"location": "Near", "latitude": 31.0, "longitude": 121.0},
            {"location": "Far", "latitude": 33.0, "longitude": 121.0},
        ],
    )
    case = person(grade(audit(case, "W", location="Near"), "Bo", grade="intern"), "Bo", location="Far")
    found = equals_the_oracle(problem(case).state(), W, False)
    assert found is not None
    assert found[1].team == ((ANN, 0), (BO, 1), (DAN, 2))
    assert found[0] > 0


def test_what_was_published_for_the_first_slot_costs_its_keep_where_it_cannot_stay() -> None:
    """Cai is taken on Monday. X on Tuesday by Cai costs 30 for the change, 2 for a day late and 1 for her fourth slot.

    Ann on Monday would cost 30, and 10 for a member changed. Fair are ceil(10 * 8 / 30) = 3 slots a person.
    """
    row = {"audit_id": "X", "auditor_id": "Cai", "role": "lead", "start": MON, "end": MON}
    made = problem(grade(office(plan=[row]), "Cai", grade="lead"))
    state = made.state()
    stand(state, W, 0, CAI)
    found = equals_the_oracle(state, X, False)
    assert found is not None
    assert (found[0], found[1].people) == (33, {CAI})


def test_nobody_sits_twice_nor_with_someone_they_are_kept_apart_from() -> None:
    """Of five who may sit, the first two are chosen counting members; Ann and Cai are kept apart."""
    pairs = {(ANN, CAI), (CAI, ANN)}
    auditor = week().flat.auditor.copy()
    auditor["apart_ptr"] = [0, 1, 1, 2]
    flat = week().flat._replace(auditor=auditor, apart=np.array([CAI, ANN]))
    work = wide(week().flat)
    work.seated["list_"], work.beside["other"] = np.arange(5), np.arange(5)
    for people in product((ANN, BO, CAI), repeat=4):
        work.candidate["person"][:4] = people
        work.path["pick"][0], work.extra[:2] = 0, (2, 3)
        for n, size in ((1, 1), (1, 2)):
            extras = [people[2 + x] for x in range(size)]
            both = [*zip(extras, [people[0]] * size, strict=True), *combinations(extras, 2)]
            assert team._distinct(flat, work, n, size) == all(i != k and (i, k) not in pairs for i, k in both)
        assert team._quarrels(flat, work, 1, people[1]) == ((people[1], people[0]) in pairs)
        assert not team._quarrels(flat, work, 0, people[1])


def wide(flat: object) -> Work:
    """Return scratch arrays for teams of up to four among five."""
    work = work_for(flat)  # type: ignore[arg-type]
    larger = {
        name: np.recarray(5, dtype=getattr(work, name).dtype) for name in ("candidate", "seated", "beside", "path")
    }
    for part in larger.values():
        part[:] = np.zeros(5, dtype=part.dtype)
    return work._replace(**larger, extra=np.zeros(4, dtype=np.int64))
