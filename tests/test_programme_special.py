"""Special audits, applications up to their decision, segments of inspections, and what nears its deadline."""

from __future__ import annotations

import numpy as np
import pytest
from test_programme import body, one

from auditmatch.programme import Programme, programme

SPAN = "2026-01-01", "2026-12-31"


def window(made: Programme, audit: str) -> tuple[str, str]:
    table, k = made.register.audits, made.register.index("audits", [audit])[0]
    return str(table["earliest"][k]), str(table["latest"][k])


def test_a_failed_spot_check_asks_for_a_special_audit_within_thirty_days_of_the_notice() -> None:
    made = programme(body(one(notice="2026-03-10")), *SPAN)
    assert window(made, "C1-P2604") == ("2026-03-11", "2026-04-09")
    assert made.trace("C1-P2604")[0] == (
        "special, due 2026-04-09: spot check failed 2026-03-10 + 30 days, CNCA-QMS-01:2025 5.9.3"
    )
    # As long as a surveillance.
    assert made.trace("C1-P2604")[1:] == made.trace("C1-S2606")[1:]


def test_a_special_audit_held_answers_the_notice_and_one_held_before_does_not() -> None:
    for date, count in (("2026-03-20", 1), ("2026-03-01", 2)):
        held = {"certificate_id": ["C1"], "kind": ["special"], "date": [date]}
        assert len(programme(body(one(notice="2026-03-10"), history=held), *SPAN)) == count


def test_a_notice_too_old_or_of_a_field_without_the_rule_is_listed() -> None:
    old = programme(body(one(notice="2026-03-10")), "2026-05-01", "2026-12-31")
    assert "2026-04-09; CNCA-QMS-01:2025 5.9.3" in str(old.lost[0])
    other = programme(body(one(field="EMS", risk="medium", notice="2026-03-10")), *SPAN)
    assert "no pack says within how many days" in str(other.lost[0])
    before = programme(body(one(notice="2025-12-20")), *SPAN)
    assert "no rule in force" in str(before.lost[0])  # the clause is in force since 2026


def test_a_suspended_certificate_gets_a_special_audit_before_it_is_withdrawn() -> None:
    made = programme(body(one(status="suspended", suspended="2025-12-10")), *SPAN)
    assert made.register.audits["audit_id"].tolist() == ["C1-P2606"]
    assert window(made, "C1-P2606") == ("2026-01-01", "2026-06-10")
    assert made.trace("C1-P2606")[0] == (
        "special, due 2026-06-10: suspension 2025-12-10 + 6 months, CNCA QMS rules 2016 suspension"
    )
    (row,) = made.milestones.to_dict("records")
    assert (row["name"], row["milestone"], row["day"]) == ("C1", "withdrawal, unless restored", "2026-06-11")
    over = programme(body(one(status="suspended", suspended="2025-06-10")), *SPAN)
    assert "to be withdrawn" in str(over.lost[0])
    undated = programme(body(one(status="suspended")), *SPAN)
    assert "it is suspended" in str(undated.lost[0])


def test_audits_weigh_more_as_their_last_legal_day_nears_and_twice_where_it_suspends() -> None:
    ems = {"field": "EMS", "risk": "medium"}
    for decided, expected in (("2025-01-31", 1 + 2 / 3), ("2025-03-02", 1 + 1 / 3), ("2025-06-10", 1.0)):
        (weight,) = programme(body(one(decided=decided, **ems)), *SPAN).register.audits["priority"]
        assert weight == pytest.approx(expected, abs=1e-3)
        (suspends,) = programme(body(one(decided=decided)), *SPAN).register.audits["priority"]
        assert suspends == pytest.approx(2 * expected, abs=2e-3)


def test_a_recertification_tells_when_the_decision_is_due() -> None:
    made = programme(body(one(decided="2023-08-11")), "2026-05-01", "2026-12-31")
    rows = made.milestones.to_dict("records")
    assert next((r["name"], r["milestone"], r["day"]) for r in rows) == ("C1", "recertification decision", "2026-08-10")


# --------------------------------------------------------------------------------------------------------- applications


def applied(**cells: object) -> dict[str, list[object]]:
    row = {"application_id": "N", "organisation_id": "O1", "field": "EnMS", "specialty": "39.01.01",
           "received": "2026-02-01", "days": 3.0, **cells}  # fmt: skip
    return {name: [value] for name, value in row.items()}


def test_an_initial_audit_waits_until_the_system_has_run_long_enough() -> None:
    made = programme(body(one(), applications=applied(operating="2025-09-10")), *SPAN)
    # Six months for energy: 2026-03-10, later than the review on 2026-02-15.
    assert window(made, "N-stage1") == ("2026-03-10", "2026-04-02")
    assert made.trace("N-stage1")[1] == (
        "not before 2026-03-10: the system runs since 2025-09-10: 6 (ISO 50003 initial audit)"
    )
    long_ago = programme(body(one(), applications=applied(operating="2020-01-01")), *SPAN)
    assert window(long_ago, "N-stage1") == ("2026-02-15", "2026-04-02")
    young = programme(body(one(), applications=applied(operating="2025-12-01")), *SPAN)
    assert "N-stage1" not in young.register.audits["audit_id"]
    assert "will not have run long enough" in str(young.lost[0])
    assert "ISO 50003" in str(young.lost[0])


def test_review_notice_and_decision_follow_stage_2_within_three_months_of_the_application() -> None:
    scored = applied(field="Service")
    stated = {"Service": {"public_notice": 7, "surveillance_interval": 12}}
    made = programme(body(one(), applications=scored), *SPAN, stated=stated)
    rows = [(r["milestone"], r["day"]) for r in made.milestones.to_dict("records") if r["name"] == "N"]
    assert rows == [
        ("application reviewed", "2026-02-15"),
        ("stage 2 over", "2026-03-26"),
        ("report reviewed", "2026-04-24"),
        ("public notice", "2026-04-25"),
        ("certification decision", "2026-05-02"),
    ]
    assert window(made, "N-stage2")[1] == "2026-03-26"
    plain = programme(body(one(), applications=scored), *SPAN)
    assert "public notice" not in plain.milestones["milestone"].tolist()


def test_stage_2_of_an_applicant_with_sites_visits_a_sample_of_them() -> None:
    sites = {"organisation_id": ["O1"] * 9, "site": [f"s{k}" for k in range(9)]}
    made = programme(body(one(organisation_id="O2"), applications=applied(), sites=sites), *SPAN)
    visited = [n for n in made.register.audits["audit_id"] if n.startswith("N-stage2@")]
    assert len(visited) == 3  # the square root of nine (IAF MD 1)
    needs = made.register.requirements
    assert set(needs["audit_id"][needs["field"] == "EnMS"]) == {"N-stage1", "N-stage2", *visited}


# ---------------------------------------------------------------------------------------------------------- inspections


def test_segments_by_risk_have_their_own_frequency_where_it_is_stated() -> None:
    product = {"field": "Voluntary product", "specialty": "toys", "days": 1.0, "effective_personnel": None}
    rows = [
        one(certificate_id=name, organisation_id=client, decided="2025-12-01", risk=risk, **product)
        for name, client, risk in (("C1", "O1", "high"), ("C2", "O2", "low"))
    ]
    every = programme(body(*rows), "2026-01-01", "2027-12-31")
    stated = {"Voluntary product": {"follow_up_high": 6}}
    often = programme(body(*rows), "2026-01-01", "2027-12-31", stated=stated)
    for made, counts in ((every, (2, 2)), (often, (4, 2))):
        served = made.register.audit_certificates["certificate_id"]
        assert tuple(int(np.sum(served == name)) for name in ("C1", "C2")) == counts
    assert "own follow_up_high" in often.trace("C1-U2606")[0]
