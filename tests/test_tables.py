"""The declarations are complete and consistent, and a table cannot be changed."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from auditmatch.errors import UnknownNameError
from auditmatch.tables import SETTINGS, TABLES, Column, Table

# The contract of design.md, section 7; keys carry a star.
CONTRACT = {
    "auditors": "auditor_id* name gender full_time location from until monthly_limit away_monthly home_days routine "
    "health caprice holidays incidents",
    "qualifications": "auditor_id* field* specialty* valid_from* valid_until grade",
    "absences": "auditor_id* start* start_half* end end_half reason",
    "usage": "auditor_id* year_start* year_end days_used certificates_used",
    "organisations": "organisation_id* name location group_id client_timing inspections certificates "
    "coordination policy",
    "closures": "organisation_id* start* end reason",
    "certificates": "certificate_id* specialty* organisation_id field due issued decided expires status "
    "suspended notice effective_personnel risk days",
    "audits": "audit_id* organisation_id kind location earliest latest deadline preferred person_days on_site team_min "
    "team_max females_min males_min full_time_min priority reviewer status",
    "audit_certificates": "audit_id* certificate_id*",
    "requirements": "audit_id* field* specialty* count expert_ok",
    "preferences": "preference_id* audit_id organisation_id auditor_id rule weight reason from until",
    "history": "certificate_id* kind* date* auditor_id* role",
    "sites": "organisation_id* site* location headcount activity sampled_last",
    "applications": "application_id* organisation_id field specialty received operating effective_personnel risk days",
    "scores": "organisation_id* date* score",
    "links": "first_audit* second_audit* kind* min_days max_days members required",
    "locations": "location* latitude longitude province",
    "calendar": "date* working",
    "settings": "name* value",
    "plan": "audit_id* auditor_id* role start start_half end end_half pin pinned_by pin_reason",
    "terms": "word* item* function parameters",
    "fuzzy": "member_id* item* value",
}


def table() -> Table:
    empty = Table.empty("calendar")
    days = np.array(["2027-01-01", "2027-01-02", "2027-01-03"], dtype="datetime64[D]")
    return Table("calendar", {**empty.columns, "date": days, "working": np.array(["am", None, "pm"])}, np.arange(2, 5))


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_and_keys_are_those_of_the_contract(name: str) -> None:
    """Every table has the columns and keys that files, code and other tools rely on."""
    stated = CONTRACT[name].replace("*", "").split()
    assert sorted(TABLES[name].names) == sorted(stated)
    keys = {column.rstrip("*") for column in CONTRACT[name].split() if column.endswith("*")}
    assert set(TABLES[name].keys) == keys


def test_every_table_of_the_contract_is_there_and_no_other() -> None:
    """No table is declared that the contract does not name."""
    assert set(TABLES) == set(CONTRACT)


@pytest.mark.parametrize("spec", TABLES.values(), ids=lambda spec: spec.name)
def test_each_declaration_is_consistent(spec: object) -> None:
    """Defaults lie in their ranges, choices belong to choices, references lead to keys, everything is explained."""
    for column in spec.columns:
        assert column.meaning
        assert bool(column.choices) == (column.kind == "choice")
        assert not (column.required and column.default is not None)
        assert column.kind not in ("int", "number") or column.low is not None
        if column.kind == "choice" and column.default is not None:
            assert column.default in column.choices
        elif column.kind in ("int", "number") and column.default is not None:
            assert column.low <= column.default
            assert column.high is None or column.default <= column.high
        if column.references:
            other, key = column.references.split(".")
            assert TABLES[other].keys == (key,) or (other, key) == ("certificates", "certificate_id")


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("country", "CN"),
        ("slots_per_day", 2),
        ("middle_class", False),
        ("lead_fields", "one"),
        ("team_max", 3),
        ("days_per_year", 180),
        ("certificates_per_year", 50),
        ("gap_free_km", 150.0),
        ("gap_km_per_half_day", 800.0),
        ("floor", 0.05),
        ("weight_unserved", 1000),
        ("weight_deferral", 300),
        ("weight_lateness", 2),
        ("weight_travel", 1),
        ("weight_mismatch", 20),
        ("weight_preference", 10),
        ("weight_keep", 30),
        ("weight_keep_member", 10),
        ("weight_fairness", 1),
        ("interns_per_auditor", 1),
        ("certificates_count", "every"),
    ],
)
def test_settings_have_their_defaults(name: str, default: object) -> None:
    """A register without settings plans by the defaults that the contract states."""
    assert SETTINGS[name].default == default
    assert type(SETTINGS[name].default) is type(default)


def test_an_int_that_may_be_absent_is_a_float_array() -> None:
    """Whole numbers have no way to say absent, so such a column is float64 with NaN, the others int64."""
    assert TABLES["links"].column("max_days").dtype == np.float64
    assert np.isnan(TABLES["links"].column("max_days").blank)
    assert TABLES["links"].column("min_days").dtype == np.int64
    assert Column("x", "int", "a count", required=True).blank == 0


def test_an_empty_table_has_every_column_in_its_type() -> None:
    """Code that reads a table need not ask whether it was supplied."""
    for name, spec in TABLES.items():
        empty = Table.empty(name)
        assert len(empty) == 0
        assert empty.spec is spec
        assert {column.name: column.dtype for column in spec.columns} == {k: v.dtype for k, v in empty.columns.items()}


def test_a_table_cannot_be_written() -> None:
    """Neither a cell nor the set of columns of a table can be changed by accident."""
    made = table()
    with pytest.raises(ValueError, match="read-only"):
        made["date"][0] = np.datetime64("2028-01-01")
    with pytest.raises(TypeError):
        made.columns["date"] = made["date"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        made.name = "plan"  # type: ignore[misc]


def test_take_keeps_rows_and_where_they_came_from() -> None:
    """A mask and positions select alike, and messages can still name the source row."""
    made = table()
    by_mask, by_place = made.take(np.array([True, False, True])), made.take(np.array([0, 2]))
    assert by_mask == by_place
    assert by_mask.source_rows.tolist() == [2, 4]
    assert len(made.take(np.array([]))) == 0  # an empty list of positions is float64 in NumPy


def test_tables_are_equal_by_content() -> None:
    """Absent cells equal absent cells; a name, a cell or a column more makes the difference."""
    made = table()
    assert made == table()
    assert hash(made) == hash(table())
    assert made != made.take(np.array([0, 1, 1]))
    assert made != Table("calendar", {**made.columns, "more": np.arange(3)}, made.source_rows)
    assert made != Table("calendar", {**made.columns, "working": np.arange(3)}, made.source_rows)
    assert made != "calendar"


def test_tables_travel_between_processes() -> None:
    """A table survives pickling and copying, and is still read-only then."""
    for again in (pickle.loads(pickle.dumps(table())), copy.deepcopy(table())):
        assert again == table()
        assert not again["date"].flags.writeable


def test_a_column_misspelt_in_code_is_answered_with_its_name() -> None:
    """Asking for a column that is not there offers the nearest."""
    with pytest.raises(UnknownNameError, match=r"no column of calendar is called 'dates'\. Maybe 'date'\?"):
        table()["dates"]


def test_a_table_says_what_it_is() -> None:
    """The text form names the table, its size and its columns."""
    assert repr(table()) == "Table('calendar', 3 rows, date, working)"
