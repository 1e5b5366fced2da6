"""The steps of the funnel: which one leaves no team, said in one sentence with a way out."""

from __future__ import annotations

from bodies import FRIDAY, MONDAY, NOTHING, TUESDAY, Body, body, booked, counts, held

from auditmatch.explain import explain
from auditmatch.plan import Plan


def test_nobody_holds_the_specialty() -> None:
    found = explain(body().audit("A1", "17.10.02").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "competent")
    assert found.sentence() == "No one holds QMS 17.10.02 as auditor or lead between 2027-03-01 and 2027-03-05."
    assert found.sentence("zh") == "2027-03-01 至 2027-03-05 期间无人持有 QMS 17.10.02 审核员或组长资格。"
    assert found.remedy() == "Qualify one of P1 and P2 for QMS 17.10.02."
    # Both may sit in an audit of QMS, and both stay on at every step; only a team that covers the code is missing.
    assert counts(found) == [3, 2, 2, 2, 2, 2, 0]
    assert found.funnel[1].auditors == ("P1", "P2")


def test_an_intern_and_an_expert_of_the_specialty_come_first_as_a_way_out() -> None:
    grades = [held("P3", "17.10.02", "intern"), held("P2", "17.10.02", "expert")]
    found = explain(body().having("qualifications", *grades).audit("A1", "17.10.02").problem(), NOTHING, "A1")
    assert found.remedy() == "Qualify one of P3 for QMS 17.10.02, or allow an expert (P2)."


def test_a_qualification_that_lapsed_is_to_be_renewed() -> None:
    lapsed = held("P2", "17.10.02", "auditor", valid_until="2027-02-28")
    found = explain(body().having("qualifications", lapsed).audit("A1", "17.10.02").problem(), NOTHING, "A1")
    assert found.remedy() == "Renew the qualification of P2 for QMS 17.10.02."
    assert found.remedy("zh") == "为 P2 延续 QMS 17.10.02 资格。"


def test_nobody_leads() -> None:
    tables = {**body().tables, "qualifications": [held("P2", "03.04.01", "auditor")]}
    found = explain(Body(tables).audit("A1").problem(), NOTHING, "A1")
    assert found.sentence() == "No one holds grade lead in QMS between 2027-03-01 and 2027-03-05."
    assert found.remedy() == "Promote one of P2 to lead in QMS."


def test_a_team_too_small_for_what_it_must_cover() -> None:
    # P1 leads, P2 alone holds 17.10.02, and one member is allowed.
    found = explain(
        body().having("qualifications", held("P2", "17.10.02", "auditor")).audit("A1", "17.10.02").problem(),
        NOTHING,
        "A1",
    )
    assert found.sentence() == ("No team of 1 covers a lead in QMS and QMS 17.10.02 between 2027-03-01 and 2027-03-05.")
    assert found.remedy().startswith("Allow a team larger than 1")


def test_more_women_than_there_are() -> None:
    found = explain(body().audit("A1", females_min=1).problem(), NOTHING, "A1")
    assert found.sentence() == ("No one may sit in the team and is a woman between 2027-03-01 and 2027-03-05.")


def test_two_of_a_kind_are_asked_for_and_one_is_there() -> None:
    tables = body().audit("A1", team_min=2, team_max=2).tables
    needs = [{**tables["requirements"][0], "count": 2}]
    quals = [held("P1", "03.04.01", "lead"), held("P2", "17.10.02", "auditor")]
    found = explain(Body({**tables, "requirements": needs, "qualifications": quals}).problem(), NOTHING, "A1")
    assert found.sentence() == (
        "It needs 2 people of whom each holds QMS 03.04.01 as auditor or lead; "
        "between 2027-03-01 and 2027-03-05 there is only P1."
    )


def test_everyone_is_barred() -> None:
    bar = {"preference_id": "w", "organisation_id": "O1", "auditor_id": "P1", "rule": "forbid"}
    found = explain(body().having("preferences", bar).audit("A1").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "impartial")
    assert found.sentence() == "Everyone who holds grade lead in QMS is barred from it: P1."
    assert found.remedy() == "Lift the bar on P1, or qualify someone else."
    assert counts(found) == [3, 2, 1, 1, 1, 1, 0]


def test_everyone_is_away_and_no_word_of_why() -> None:
    leave = {"auditor_id": "P1", "start": MONDAY, "end": FRIDAY, "reason": "sick leave"}
    found = explain(body().having("absences", leave).audit("A1").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "present")
    assert found.sentence() == (
        "Everyone who holds grade lead in QMS is away whenever it could take place "
        "between 2027-03-01 and 2027-03-05: P1."
    )
    assert "P1" in found.remedy()
    assert "sick" not in f"{found}{found.sentence('zh')}"
    assert counts(found) == [3, 2, 2, 1, 1, 1, 0]


def test_everyone_has_reached_a_limit() -> None:
    used = {"auditor_id": "P1", "year_start": "2027-01-01", "days_used": 179.5, "certificates_used": 0}
    found = explain(body().having("usage", used).audit("A1").problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "under_caps")
    assert found.sentence() == "Everyone who holds grade lead in QMS would exceed a limit: P1 (the days per year)."
    assert found.sentence("zh") == "可任 QMS 审核组长的人员均会超出上限：P1（年度现场审核天数）。"
    assert counts(found) == [3, 2, 2, 2, 1, 1, 0]


def test_a_limit_on_certificates() -> None:
    used = {"auditor_id": "P1", "year_start": "2027-01-01", "days_used": 0, "certificates_used": 50}
    paper = {"certificate_id": "C1", "specialty": "03.04.01", "organisation_id": "O1", "field": "QMS"}
    carried = {"audit_id": "A1", "certificate_id": "C1"}
    full = body().having("usage", used).having("certificates", paper).having("audit_certificates", carried)
    found = explain(full.audit("A1").problem(), NOTHING, "A1")
    assert "P1 (the certificates per year)" in found.sentence()


def test_everyone_is_booked_elsewhere_and_one_move_frees_a_team() -> None:
    # Tuesday is the whole window of A1; A2 takes P1 on it and could wait until Wednesday.
    problem = body().audit("A1", earliest=TUESDAY, latest=TUESDAY).audit("A2").problem()
    plan = Plan.from_bookings([booked("A2", TUESDAY, ("P1", "lead"))])
    found = explain(problem, plan, "A1")
    assert (found.status, found.reason) == ("unserved", "free")
    assert found.sentence() == (
        "Everyone who holds grade lead in QMS is booked elsewhere or on the road on 2027-03-02: P1 (A2)."
    )
    assert found.remedy() == "Move A2; then P1 could serve it on 2027-03-02."
    assert counts(found) == [3, 2, 2, 2, 2, 1, 0]


def test_a_pinned_person_who_is_away() -> None:
    row = {"audit_id": "A1", "auditor_id": "P1", "role": "lead", "start": MONDAY, "end": MONDAY, "pin": "member"}
    leave = {"auditor_id": "P1", "start": MONDAY, "end": FRIDAY}
    found = explain(body().audit("A1").having("plan", row).having("absences", leave).problem(), NOTHING, "A1")
    assert found.sentence() == (
        "The pinned P1 is away whenever it could take place between 2027-03-01 and 2027-03-05: P1."
    )
