"""What a body promises its people, who rotates and who reviews, in stories of one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from office import FRI, MON, THU, TUE, WED, audit, broken, day, office, person, problem, setting
from test_rules import LEGAL, on_the_road

from auditmatch.cases import Case
from auditmatch.errors import InputError


def far(**cells: Any) -> Case:
    """Return the office whose clients sit in Beijing and Shanghai, with Ann at home in Suzhou, 86 km from Shanghai."""
    case = on_the_road(office())
    return person(case, "Ann", location="Suzhou", **cells)


def visits(*rows: tuple[str, str], certificate: str = "C", role: str = "lead") -> list[dict[str, Any]]:
    return [
        {"certificate_id": certificate, "kind": "surveillance", "date": date, "auditor_id": who, "role": role}
        for date, who in rows
    ]


def certified(history: list[dict[str, Any]], name: str = "X") -> Case:
    """Return the office in which an audit serves certificate C, whose history is known."""
    cells = {"specialty": "03.04.01", "organisation_id": "Oil", "field": "QMS"}
    return office(
        certificates=[{"certificate_id": c, **cells} for c in ("C", "D")],
        audit_certificates=[{"audit_id": name, "certificate_id": "C"}],
        history=history,
    )


def places_of(case: Case) -> dict[str, str]:
    client = {row["organisation_id"]: row["location"] for row in case.tables["organisations"]}
    return {row["audit_id"]: client[row["organisation_id"]] for row in case.tables["audits"]}


# ------------------------------------------------------------------------------------------------------------ promises


def test_only_days_beyond_the_kilometres_count_as_away() -> None:
    case = far(away_monthly=1.0)
    where = places_of(case)
    beijing = [name for name, place in where.items() if place == "Beijing"]
    shanghai = [name for name, place in where.items() if place == "Shanghai"]
    near = [day(shanghai[0], MON), day(shanghai[1], TUE)]
    assert broken(case, *near) == LEGAL
    assert broken(case, *near, day(beijing[0], THU)) == LEGAL
    assert broken(case, day(beijing[0], MON), day(beijing[1], TUE)) == ["away_days"]
    assert broken(audit(case, beijing[1], on_site=0.0), day(beijing[0], MON), day(beijing[1], TUE)) == LEGAL
    assert broken(setting(case, "away_km", 50), *near) == ["away_days"]


def test_nobody_is_away_who_has_no_home_or_no_promise() -> None:
    case = far(away_monthly=0.0)
    name = next(name for name, place in places_of(case).items() if place == "Beijing")
    assert broken(case, day(name, MON)) == ["away_days"]
    assert broken(person(case, "Ann", location=None), day(name, MON)) == LEGAL
    assert broken(person(case, "Ann", away_monthly=None), day(name, MON)) == LEGAL


def test_days_at_home_lie_between_two_trips_and_not_within_one() -> None:
    case = setting(far(home_days=1), "away_km", 50)
    where = places_of(case)
    one = next(name for name, place in where.items() if place == "Beijing")
    other = next(name for name, place in where.items() if place == "Shanghai")
    again = next(name for name, place in where.items() if place == "Beijing" and name != one)
    # From Beijing to Shanghai the road itself takes two half-days.
    for begin, said in ((TUE, ["home_days", "travel_gap"]), (WED, LEGAL), (THU, LEGAL)):
        assert broken(case, day(one, MON), day(other, begin)) == said
    case = person(case, "Ann", home_days=2)
    for begin, said in ((WED, ["home_days"]), (THU, LEGAL)):
        assert broken(case, day(one, MON), day(other, begin)) == said
    # A second audit at one place belongs to the trip; one that is near home is none.
    assert broken(case, day(one, MON), day(again, TUE)) == LEGAL
    assert broken(far(home_days=2), day(one, MON), day(other, WED)) == LEGAL


def test_the_promise_to_one_person_binds_nobody_else() -> None:
    case = setting(person(far(home_days=2), "Bo", location="Suzhou"), "away_km", 50)
    where = places_of(case)
    one = next(name for name, place in where.items() if place == "Beijing")
    other = next(name for name, place in where.items() if place == "Shanghai")
    made = problem(case)
    ann, bo = (made.scene.register.index("auditors", [who])[0] for who in ("Ann", "Bo"))
    rows = made.scene.register.index("audits", [one, other]).tolist()
    assert (made.lowered.need(int(ann), *rows), made.lowered.need(int(bo), *rows)) == (4, 2)


def test_home_and_away_are_numbers_of_days() -> None:
    with pytest.raises(InputError) as caught:
        person(person(office(), "Ann", away_monthly=32.0), "Bo", home_days=-1).register()
    assert {(p.row, p.column) for p in caught.value.problems} == {(2, "away_monthly"), (3, "home_days")}


# ------------------------------------------------------------------------------------------------------------ rotation


def test_who_was_at_the_last_visits_in_a_row_sits_out() -> None:
    history = visits(("2025-03-03", "Bo"), ("2026-03-02", "Ann"), ("2026-12-01", "Ann"))
    for limit, said in ((0, LEGAL), (1, ["rotation"]), (2, ["rotation"]), (3, LEGAL)):
        assert broken(setting(certified(history), "rotation_visits", limit), day("X", MON)) == said
    case = setting(certified(history), "rotation_visits", 2)
    # Another audit, and another certificate's visits, are nobody's rotation.
    assert broken(case, day("Y", MON)) == LEGAL
    other = certified(visits(("2026-03-02", "Ann"), ("2026-12-01", "Ann"), certificate="D"))
    assert broken(setting(other, "rotation_visits", 2), day("X", MON)) == LEGAL


def test_a_visit_of_others_or_of_nobody_known_ends_a_run() -> None:
    for row in (*visits(("2026-06-01", "Bo")), {"certificate_id": "C", "kind": "special", "date": "2026-06-01"}):
        history = [*visits(("2026-03-02", "Ann"), ("2026-12-01", "Ann")), row]
        assert broken(setting(certified(history), "rotation_visits", 2), day("X", MON)) == LEGAL


def test_a_visit_inside_the_horizon_bars_from_the_day_after() -> None:
    case = setting(certified(visits((WED, "Ann"))), "rotation_visits", 1)
    assert broken(case, day("X", WED)) == LEGAL
    assert broken(case, day("X", THU)) == ["rotation"]
    case = setting(certified(visits((TUE, "Ann"), (THU, "Bo"))), "rotation_visits", 1)
    assert [broken(case, day("X", d)) for d in (TUE, WED, THU, FRI)] == [LEGAL, ["rotation"], ["rotation"], LEGAL]


def test_a_reviewer_was_not_in_the_team() -> None:
    history = visits(("2026-03-02", "Ann"), ("2026-12-01", "Ann"), role="reviewer")
    assert broken(setting(audit(certified(history), "X", reviewer="Bo"), "rotation_visits", 1), day("X", MON)) == LEGAL


# ------------------------------------------------------------------------------------------------------------ reviewer


def test_the_reviewer_of_an_audit_is_not_in_its_team() -> None:
    case = audit(office(), "X", reviewer="Ann")
    assert broken(case, day("X", MON)) == ["reviewer"]
    assert broken(case, day("Y", MON)) == LEGAL


def test_who_reviewed_the_certificate_last_reviews_again_unless_another_is_named() -> None:
    history = [
        *visits(("2025-03-03", "Bo"), ("2026-03-02", "Ann"), role="reviewer"),
        *visits(("2026-03-02", "Cai"), ("2026-12-01", "Cai")),
    ]
    assert broken(certified(history), day("X", MON)) == ["reviewer"]
    assert broken(audit(certified(history), "X", reviewer="Bo"), day("X", MON)) == LEGAL
    earlier = visits(("2025-03-03", "Ann"), ("2026-03-02", "Bo"), role="reviewer")
    assert broken(certified(earlier), day("X", MON)) == LEGAL


def test_an_unknown_reviewer_or_visitor_is_named_with_its_row() -> None:
    with pytest.raises(InputError) as caught:
        audit(certified(visits(("2026-03-02", "Anne"))), "X", reviewer="Boo").register()
    assert {(p.table, p.column, p.value) for p in caught.value.problems} == {
        ("audits", "reviewer", "Boo"),
        ("history", "auditor_id", "Anne"),
    }


def test_a_visit_has_a_row_for_each_person_and_none_twice() -> None:
    certified(visits((MON, "Ann"), (MON, "Bo"))).register()
    with pytest.raises(InputError, match="stands already in row 2"):
        certified(visits((MON, "Ann"), (MON, "Ann"))).register()
    bare = {"certificate_id": "C", "kind": "special", "date": MON}
    with pytest.raises(InputError, match="stands already in row 2"):
        certified([bare, bare]).register()
