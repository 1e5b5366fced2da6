"""Every fault between cells is found, all of them at once, each with its place and a way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from register_samples import Columns, small

from auditmatch.checks import codes_of, first_rows
from auditmatch.errors import InputError, InputProblem
from auditmatch.register import Register


def problems(**tables: Columns) -> tuple[InputProblem, ...]:
    with pytest.raises(InputError) as caught:
        Register.from_tables(small(**tables))
    return caught.value.problems


def problem(**tables: Columns) -> str:
    (found,) = problems(**tables)
    return str(found)


def notices(**tables: Columns) -> tuple[str, ...]:
    return Register.from_tables(small(**tables)).notices


def links(**columns: list[Any]) -> Columns:
    count = len(next(iter(columns.values())))
    return {"first_audit": ["V1"] * count, "second_audit": ["V2"] * count, "kind": ["interval"] * count, **columns}


def plan(**columns: list[Any]) -> Columns:
    return {
        "audit_id": ["V1", "V1"],
        "auditor_id": ["A1", "A2"],
        "role": ["lead", "member"],
        "start": ["2027-01-04"] * 2,
        "end": ["2027-01-05"] * 2,
        **columns,
    }


def test_a_good_register_has_nothing_to_say() -> None:
    """Neither a problem nor a notice comes of a register in order."""
    assert notices() == ()


def test_all_problems_of_all_tables_come_together() -> None:
    """A planner mends everything in one go: types, ranges, references and dates are reported at once, in order."""
    found = problems(
        auditors={"full_time": ["yes", "perhaps"]},
        organisations={"client_timing": [1.5]},
        audits={"latest": ["2027-02-30", "2027-02-28"], "organisation_id": ["O1", "01"], "person_days": [0.0, "x"]},
    )
    assert [str(one) for one in found] == [
        "auditors row 3, full_time: perhaps is neither true nor false. Maybe true or false?",
        "organisations row 2, client_timing: 1.5 is above 1. Maybe 0.015?",
        "audits row 2, latest: 2027-02-30 is not a date. Maybe 2027-02-28?",
        "audits row 2, person_days: 0 is below 0.5. Maybe 0.5?",
        "audits row 3, person_days: x is not a number",
        "audits row 3, organisation_id: 01 is not in organisations. Maybe add it to organisations?",
        "audits row 3, earliest: 2027-03-01 is after latest 2027-02-28. Maybe the two are swapped?",
    ]


def test_a_key_that_stands_twice_names_the_row_before() -> None:
    """Two audits of one name cannot be told apart."""
    assert problem(
        locations={"location": ["Xi'an", "Beijing", "Xi'an"], "latitude": [34, 39, 34], "longitude": [108, 116, 108]}
    ) == ("locations row 4, location: Xi'an stands already in row 2. Maybe delete one of them?")


def test_a_key_of_several_columns_counts_as_a_whole() -> None:
    """An auditor may hold one field in several specialties and from several days, but not one row twice."""
    held = {
        "auditor_id": ["A1", "A1", "A1"],
        "field": ["QMS", "QMS", "QMS"],
        "specialty": ["03.04.01", "03.04.02", "03.04.01"],
        "valid_from": ["2020-01-01", "2020-01-01", "2021-01-01"],
        "grade": ["lead", "lead", "lead"],
    }
    assert notices(qualifications=held) == ()
    held["valid_from"][2] = "2020-01-01"
    assert "stands already in row 2 (with field, specialty, valid_from)" in problem(qualifications=held)


def test_an_unknown_name_gets_the_nearest_known_one() -> None:
    """A slip of the pen in a reference is answered with the name that was meant."""
    needs = {"audit_id": ["V1", "V2", "V22"], "field": ["QMS"] * 3, "specialty": ["03.04.01"] * 3}
    assert problem(requirements=needs) == "requirements row 4, audit_id: V22 is not in audits. Maybe V2?"


def test_the_nearest_name_is_found_among_many() -> None:
    """With thousands of names only the like ones are compared, so that a slip costs no minutes."""
    names = [f"Client number {k}" for k in range(3_000)]
    assert problem(
        organisations={"organisation_id": [*names, "O1"], "location": ["Xi'an"] * 3_001},
        audits={"organisation_id": ["O1", "Client nunber 2999"]},
    ) == ("audits row 3, organisation_id: Client nunber 2999 is not in organisations. Maybe Client number 2999?")


def test_a_table_that_others_need_is_missed_once() -> None:
    """Without organisations there is one problem, not one for each audit."""
    tables = small()
    del tables["organisations"]
    with pytest.raises(InputError) as caught:
        Register.from_tables(tables)
    assert [str(one) for one in caught.value.problems] == [
        "organisations: the table is empty or missing, but audits refers to it"
    ]


def test_a_table_under_a_name_like_its_own_is_recognised() -> None:
    """When a table is missing and another came under a like name, that is the way out."""
    tables = small()
    tables["Auditor"] = tables.pop("auditors")
    with pytest.raises(InputError) as caught:
        Register.from_tables(tables)
    assert str(caught.value.problems[0]) == (
        "auditors: the table is empty or missing, but somebody must audit. Maybe rename auditor?"
    )


def test_qualifications_are_needed_only_for_requirements() -> None:
    """Requirements without any qualification are a mistake; certificates alone are a register."""
    tables = small()
    del tables["qualifications"]
    with pytest.raises(InputError, match="qualifications: the table is empty or missing, but requirements exist"):
        Register.from_tables(tables)
    alone = Register.from_tables({"auditors": {"auditor_id": ["A1"]}})
    assert alone.notices == ("audits: there are no audits, so there is nothing to schedule",)


@pytest.mark.parametrize(
    ("table", "columns", "said"),
    [
        ("audits", {"deadline": ["2027-01-31", None]}, "latest: 2027-02-01 is after deadline 2027-01-31"),
        ("audits", {"team_min": [4, 1], "team_max": [3, 1]}, "team_min: 4 is above team_max 3. Maybe 3?"),
        ("auditors", {"from": ["2027-02-01", None], "until": ["2027-01-01", None]}, "from: 2027-02-01 is after until"),
        ("qualifications", {"valid_until": ["2019-12-31", None]}, "valid_from: 2020-01-01 is after valid_until"),
    ],
)
def test_what_comes_first_must_not_come_last(table: str, columns: Columns, said: str) -> None:
    """Dates and counts that belong in order are checked for it."""
    assert said in problem(**{table: columns})


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("absences", {"auditor_id": ["A1"], "start": ["2027-01-05"], "end": ["2027-01-04"]}),
        ("closures", {"organisation_id": ["O1"], "start": ["2027-01-05"], "end": ["2027-01-04"]}),
        ("usage", {"auditor_id": ["A1"], "year_start": ["2027-01-05"], "year_end": ["2027-01-04"]}),
        ("plan", plan(start=["2027-01-06"] * 2)),
    ],
)
def test_a_stretch_that_ends_before_it_begins_is_swapped(table: str, columns: Columns) -> None:
    """Start after end is reported where it stands, with the exchange as the way out."""
    assert all(str(one).endswith("Maybe the two are swapped?") for one in problems(**{table: columns}))


def test_half_days_of_one_day_must_be_in_order() -> None:
    """An absence from pm to am of one day is no stretch."""
    away = {"auditor_id": ["A1"], "start": ["2027-01-05"], "start_half": ["pm"], "end_half": ["am"]}
    assert "begins after end_half am of the same day" in problem(absences=away)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"audit_id": ["V1"], "organisation_id": ["O1"]}, "has both audit_id and organisation_id"),
        ({}, "has neither audit_id nor organisation_id"),
        ({"audit_id": ["V1"], "from": ["2027-01-01"]}, "from: 2027-01-01 does not go with rule prefer"),
        ({"audit_id": ["V1"], "until": ["2027-01-01"]}, "until: 2027-01-01 does not go with rule prefer"),
    ],
)
def test_a_preference_is_about_one_thing(columns: Columns, said: str) -> None:
    """A preference names an audit or a client, not both; only a bar has dates."""
    assert said in problem(
        preferences={"preference_id": ["P1"], "auditor_id": ["A1"], "rule": ["prefer"], **columns},
    )


def test_a_bar_may_have_dates() -> None:
    """The two years after consultancy are written as a forbid row with dates."""
    bar = {"preference_id": ["P1"], "auditor_id": ["A1"], "rule": ["forbid"], "organisation_id": ["O1"]}
    assert notices(preferences={**bar, "from": ["2026-01-01"], "until": ["2027-12-31"]}) == ()


def test_an_open_audit_needs_a_requirement() -> None:
    """Nobody can be matched to an audit that asks for nothing; one that is done needs no more."""
    one = {"audit_id": ["V1"], "field": ["QMS"], "specialty": ["03.04.01"]}
    assert problem(requirements=one) == "audits row 3, audit_id: V2 has no row in requirements. Maybe add one?"
    assert notices(requirements=one, audits={"status": ["open", "done"]}) == ()


def test_rows_of_one_certificate_agree() -> None:
    """A certificate over two specialties has one holder and one field."""
    held = {"certificate_id": ["C1", "C1"], "specialty": ["1", "2"], "organisation_id": ["O1", "O1"]}
    assert notices(certificates={**held, "field": ["QMS", "QMS"]}) == ()
    assert problem(certificates={**held, "field": ["QMS", "EMS"]}) == (
        "certificates row 3, field: EMS differs from QMS in row 2 of the same certificate. Maybe QMS?"
    )


def test_certificates_are_referred_to_by_number() -> None:
    """The certificates of an audit must be there, in any of their rows."""
    held = {
        "certificate_id": ["C1", "C1"],
        "specialty": ["1", "2"],
        "organisation_id": ["O1"] * 2,
        "field": ["QMS"] * 2,
    }
    assert notices(certificates=held, audit_certificates={"audit_id": ["V1"], "certificate_id": ["C1"]}) == ()
    said = problem(certificates=held, audit_certificates={"audit_id": ["V1"], "certificate_id": ["C2"]})
    assert said == "audit_certificates row 2, certificate_id: C2 is not in certificates. Maybe add it to certificates?"


def test_an_audit_is_not_linked_with_itself() -> None:
    """A link joins two audits."""
    assert "second_audit: V1 is the first audit itself" in problem(links=links(second_audit=["V1"]))


def test_links_in_a_circle_are_listed() -> None:
    """Stage 2 after stage 1 after stage 2 can never be planned; the whole circle is shown."""
    said = problem(links=links(first_audit=["V1", "V2"], second_audit=["V2", "V1"]))
    assert said == "links row 2, first_audit: V1 waits for itself: V1 -> V2 -> V1. Maybe delete one of these links?"


def test_a_required_link_closes_a_circle_too() -> None:
    """A link that is required orders its audits as an interval does; one that is not required does not."""
    circle = links(first_audit=["V1", "V2"], second_audit=["V2", "V1"], kind=["interval", "disjoint"])
    assert notices(links=circle) == ()
    assert "waits for itself" in problem(links={**circle, "required": [False, True]})


def test_a_circle_of_many_audits_is_shown_in_part() -> None:
    """Twenty audits in a circle fit one line: the first six and the last five."""
    names = [f"V{k}" for k in range(1, 21)]
    many = {
        "audits": {
            "audit_id": names,
            "organisation_id": ["O1"] * 20,
            "kind": ["special"] * 20,
            "earliest": ["2027-01-04"] * 20,
            "latest": ["2027-02-01"] * 20,
            "person_days": [1] * 20,
        },
        "requirements": {"audit_id": names, "field": ["QMS"] * 20, "specialty": ["03.04.01"] * 20},
        "links": {"first_audit": names, "second_audit": [*names[1:], "V1"], "kind": ["interval"] * 20},
    }
    assert "V1 -> V2 -> V3 -> V4 -> V5 -> V6 -> ... -> V17 -> V18 -> V19 -> V20 -> V1" in problem(**many)


def test_members_with_different_dates_are_noticed() -> None:
    """A published plan whose members come at different times is kept, with a word about it."""
    assert notices(plan=plan()) == ()
    assert notices(plan=plan(end=["2027-01-05", "2027-01-06"])) == (
        "plan: the members of 'V1' do not share their dates",
    )


def test_a_place_without_coordinates_is_noticed() -> None:
    """A place that is not in the table of places costs no travel, and the nearest name is offered."""
    assert notices(audits={"location": ["Xian", "Paris"]}) == (
        "audits, location: no distance for 'Xian' (maybe \"Xi'an\"?), 'Paris', taken as 0 km",
    )
    assert notices(auditors={"location": [None, "Beijing"]}) == (
        "auditors: 1 rows have no location; their distances are taken as 0 km",
    )


def test_many_places_without_coordinates_are_listed_in_part() -> None:
    """A notice stays one line: five names and how many more."""
    held = {"organisation_id": ["O1", *"abcdef"], "location": ["Xi'an", *(f"{letter}1" for letter in "abcdef")]}
    assert notices(organisations=held) == (
        "organisations, location: no distance for 'a1', 'b1', 'c1', 'd1', 'e1' and 1 more, taken as 0 km",
    )


def test_a_register_without_places_is_noticed_once() -> None:
    """Without any place there are no distances at all, which is said once."""
    tables = small()
    del tables["locations"]
    made = Register.from_tables(tables)
    assert made.notices == ("locations: the table is empty, so every distance is taken as 0 km",)


def test_codes_tell_rows_apart_by_all_their_columns() -> None:
    """Rows have one code when all their columns agree, and the codes do not overflow on many columns."""
    one, two = np.array(["a", "a", "b", "a"], dtype=object), np.array([1, 2, 1, 1])
    assert first_rows(codes_of(one, two)).tolist() == [0, 1, 2, 0]
    wide = [np.arange(2_000) % (1_999 - k) for k in range(8)]  # 2000**8 is beyond 64 bits
    expected = [list(zip(*wide, strict=True)).index(row) for row in zip(*wide, strict=True)]
    assert first_rows(codes_of(*wide)).tolist() == expected
