"""The register gathers checked tables, fills defaults, answers look-ups, and speaks its caller's library."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from register_samples import Columns, registers, small

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError, UnknownNameError
from auditmatch.frames import native_frame, take_apart
from auditmatch.intake import type_table
from auditmatch.register import Register
from auditmatch.tables import SETTINGS, TABLES


def made(**tables: Columns) -> Register:
    return Register.from_tables(small(**tables))


def message(**tables: Any) -> str:
    with pytest.raises(InputError) as caught:
        Register.from_tables(small(**tables))
    return str(caught.value)


# Defaults ------------------------------------------------------------------------------------------------------------


def test_an_audit_takes_place_at_its_client() -> None:
    """Without a place of its own an audit is where the organisation is."""
    register = made(audits={"location": [None, "Beijing"]})
    assert register.audits["location"].tolist() == ["Xi'an", "Beijing"]


def test_an_audit_has_defaults_for_what_it_does_not_say() -> None:
    """The deadline is the last day, the team one to three, all on site, priority 1, open."""
    audit = {name: values.tolist()[0] for name, values in made().audits.columns.items()}
    assert audit["deadline"] == audit["latest"]
    assert (audit["team_min"], audit["team_max"], audit["on_site"], audit["priority"]) == (1, 3, 1.0, 1.0)
    assert (audit["females_min"], audit["males_min"], audit["full_time_min"], audit["status"]) == (0, 0, 0, "open")


def test_the_largest_team_follows_the_setting_but_never_lies_under_the_smallest() -> None:
    """An audit of at least four is not made impossible by a setting of two."""
    register = made(
        audits={"team_min": [4, None], "team_max": [None, None]}, settings={"name": ["team_max"], "value": [2]}
    )
    assert register.audits["team_max"].tolist() == [4, 2]


def test_stretches_without_an_end_last_a_day_and_usage_a_year() -> None:
    """An absence or closure ends on the day that it begins; a cycle-year ends the day before its anniversary."""
    register = made(
        absences={"auditor_id": ["A1"], "start": ["2027-01-05"]},
        closures={"organisation_id": ["O1"], "start": ["2027-01-05"]},
        usage={"auditor_id": ["A1", "A2", "A1"], "year_start": ["2027-01-01", "2028-02-29", "2100-06-01"]},
    )
    assert register.absences["end"].astype(str).tolist() == ["2027-01-05"]
    assert (register.absences["start_half"][0], register.absences["end_half"][0]) == ("am", "pm")
    assert register.closures["end"].astype(str).tolist() == ["2027-01-05"]
    # 2028-02-29 + 1 year = 2029-03-01, less one day; 2101 lies beyond the calendar.
    assert register.usage["year_end"].astype(str).tolist() == ["2027-12-31", "2029-02-28", "2100-12-31"]


def test_links_have_the_bounds_of_their_kind() -> None:
    """Audits that go together begin together; an interval without an upper bound has none."""
    linked = {"first_audit": ["V1", "V2"], "second_audit": ["V2", "V1"], "kind": ["together", "interval"]}
    assert made(links=linked).links["max_days"].tolist()[0] == 0
    assert np.isnan(made(links=linked).links["max_days"][1])


def test_factors_default_to_one_or_are_left_to_be_derived() -> None:
    """Willingness and cooperation are full unless stated; coordination and policy stay absent."""
    client = made().organisations
    assert (client["client_timing"][0], client["inspections"][0], client["certificates"][0]) == (1.0, 1.0, 1)
    assert np.isnan(client["coordination"][0])
    assert np.isnan(client["policy"][0])


# Settings ------------------------------------------------------------------------------------------------------------


def test_settings_come_in_their_types() -> None:
    """A setting is read by its declaration; one that is not named, or is blank, has its default."""
    register = made(
        settings={"name": ["floor", "middle_class", "lead_fields", "team_max"], "value": ["0.1", True, "ALL", None]}
    )
    assert [register.setting(name) for name in ("floor", "middle_class", "lead_fields", "team_max")] == [
        0.1,
        True,
        "all",
        3,
    ]
    assert [type(register.setting(name)) for name in SETTINGS] == [type(one.default) for one in SETTINGS.values()]


def test_a_wrong_setting_is_a_problem_and_an_unknown_one_a_notice() -> None:
    """Values are checked like cells; a name that is no setting is kept, and the nearest one offered."""
    assert "settings row 2, value: 3 is above 2 (setting slots_per_day). Maybe 2?" in message(
        settings={"name": ["slots_per_day"], "value": ["3"]}
    )
    register = made(settings={"name": ["slot_per_day", "xyz"], "value": ["1", "1"]})
    assert register.notices == (
        "settings: no setting is called 'slot_per_day'. Maybe 'slots_per_day'?",
        "settings: no setting is called 'xyz'",
    )


def test_asking_for_what_is_not_there_offers_the_nearest() -> None:
    """A table or setting misspelt in code is answered with the right spelling."""
    with pytest.raises(UnknownNameError, match=r"no setting is called 'flor'\. Maybe 'floor'\?"):
        made().setting("flor")
    for ask in (made().table, made().frame, lambda name: made().with_tables(**{name: None})):
        with pytest.raises(UnknownNameError, match=r"no table is called 'audit'\. Maybe 'audits'\?"):
            ask("audit")


# What comes in -------------------------------------------------------------------------------------------------------


def test_unknown_columns_are_kept_with_one_notice() -> None:
    """Columns of the caller's own stay in the register, as what they are."""
    days = np.array(["2027-01-01", "2027-01-02"], dtype="datetime64[ns]")
    register = made(
        auditors={
            "Nmae": ["a", None],
            "age": np.array([40, 41]),
            "born": days,
            "seen": days + np.timedelta64(1, "h"),
            "": [1, 2],
        }
    )
    assert register.notices == (
        "auditors: unknown columns are kept and ignored: 'Nmae' (maybe 'name'?), 'age', 'born', 'seen'",
    )
    kept = register.auditors
    assert [kept[name].dtype.kind for name in ("Nmae", "age", "born", "seen")] == ["O", "i", "M", "O"]
    assert kept["seen"][0] == "2027-01-01T01:00:00.000000000"


def test_column_names_that_files_cannot_hold_are_refused() -> None:
    """Names that differ by case only, or hold control characters, would be lost in some format."""
    said = message(auditors={"NAME": ["a", "b"]})
    assert "row 1, NAME: differs from the column name by case only. Maybe write name?" in said
    assert "the name has a character that cannot be shown" in message(auditors={"a\x00": ["a", "b"]})


def test_a_missing_column_is_reported_with_the_one_that_may_be_it() -> None:
    """A required column under a like name is recognised."""
    tables = small()
    tables["auditors"]["AuditorID"] = tables["auditors"].pop("auditor_id")
    with pytest.raises(InputError) as caught:
        Register.from_tables(tables)
    assert str(caught.value.problems[0]) == (
        "auditors, auditor_id: the column is missing. Maybe rename the column AuditorID?"
    )


def test_an_empty_table_and_an_unknown_table_are_noticed() -> None:
    """A table without rows, and one that is none of the known ones, do no harm but are said."""
    register = Register.from_tables(
        {**small(), "closures": {"organisation_id": [], "start": []}, "audit": {}, "xyz": None}
    )
    assert register.notices == (
        "closures: the table is empty",
        "no table is called 'audit'. Maybe 'audits'?",
        "no table is called 'xyz'",
    )


def test_a_nan_in_a_factor_is_noticed() -> None:
    """NaN is how arrays and pandas say absent, worth a word in a factor; a library with nulls has no excuse."""
    register = made(organisations={"client_timing": np.array([np.nan]), "policy": np.array([np.nan])})
    assert register.notices == (
        "organisations, client_timing: 1 cells are NaN and are taken as 1",
        "organisations, policy: 1 cells are NaN and are derived",
    )
    tables: dict[str, Any] = small()
    tables["organisations"] = pl.DataFrame({"organisation_id": ["O1"], "location": ["Xi'an"], "policy": [float("nan")]})
    with pytest.raises(InputError, match="organisations row 2, policy: nan is not a finite number"):
        Register.from_tables(tables)


@pytest.mark.parametrize("given_", [5, None, [("audits", {})]])
def test_what_is_no_dict_of_tables_is_refused(given_: Any) -> None:
    """The tables come by name."""
    with pytest.raises(ArgumentError, match="tables must be a dict of tables by name"):
        Register.from_tables(given_)


def test_a_table_that_cannot_be_used_does_not_hide_the_others() -> None:
    """A broken table is one problem; what refers to it is not reported, other faults are."""
    said = message(auditors=small()["auditors"], audits={"person_days": [0, 1]})
    assert "person_days" in said
    with pytest.raises(InputError) as caught:
        Register.from_tables({**small(audits={"person_days": [0, 1]}), "auditors": 5, "requirements": 6})
    assert [str(one) for one in caught.value.problems] == [
        "auditors: int is not a table. Maybe give a data frame or a dict of columns?",
        "audits row 2, person_days: 0 is below 0.5. Maybe 0.5?",
        "requirements: int is not a table. Maybe give a data frame or a dict of columns?",
    ]


# What goes out -------------------------------------------------------------------------------------------------------


LIBRARIES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}


@pytest.mark.parametrize("library", LIBRARIES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables=registers())
def test_frames_of_any_library_give_the_same_register(library: str, tables: dict[str, Columns]) -> None:
    """A register goes through frames of each library and back unchanged, and answers in that library."""
    register = Register.from_tables(tables)
    frames = {name: native_frame(register.table(name), library) for name in TABLES if len(register.table(name))}
    again = Register.from_tables(frames)
    assert again == register
    assert isinstance(again.frame("audits"), LIBRARIES[library])
    assert isinstance(again.frame("closures"), LIBRARIES[library])


def test_read_takes_a_dict_as_well() -> None:
    """`read` is the one door: a dict of tables passes through it too."""
    assert am.read(small()) == made()


def test_with_tables_checks_the_whole_again() -> None:
    """A table replaced is checked with those kept, and the first register stays as it was."""
    register = made()
    more = register.with_tables(absences={"auditor_id": ["A2"], "start": ["2027-01-04"]})
    assert (len(register.absences), len(more.absences)) == (0, 1)
    assert more.audits == register.audits
    assert more.with_tables(absences=None) == register
    with pytest.raises(InputError, match="absences row 2, auditor_id: A3 is not in auditors"):
        register.with_tables(absences={"auditor_id": ["A3"], "start": ["2027-01-04"]})


def test_with_tables_takes_frames_and_tables_and_keeps_the_library() -> None:
    """Whatever a table comes as, the register goes on answering in its own library."""
    register = Register.from_tables({name: pl.DataFrame(columns) for name, columns in small().items()})
    again = register.with_tables(
        audits=register.audits.take(np.array([1, 0])), auditors=pd.DataFrame(small()["auditors"])
    )
    assert again.audits["audit_id"].tolist() == ["V2", "V1"]
    assert again.audits.source_rows.tolist() == [3, 2]
    assert isinstance(again.frame("auditors"), pl.DataFrame)


def test_index_finds_rows_by_name() -> None:
    """Names become row numbers, -1 where there is none; of several rows the first counts."""
    register = made(
        certificates={
            "certificate_id": ["C1", "C1"],
            "specialty": ["1", "2"],
            "organisation_id": ["O1"] * 2,
            "field": ["Q"] * 2,
        }
    )
    assert register.index("audits", ["V2", "V9", "V1"]).tolist() == [1, -1, 0]
    assert register.index("certificates", np.array(["C1"])).tolist() == [0]
    assert register.index("auditors", ["王芳", None], column="name").tolist() == [0, -1]
    assert register.index("audits", []).dtype == np.int64
    assert register.index("audits", ["V2"]).tolist() == [1]  # from the kept look-up


def test_absent_cells_are_not_found_by_index() -> None:
    """None names nothing, even where cells are absent."""
    assert made(auditors={"name": [None, "x"]}).index("auditors", [None], column="name").tolist() == [-1]


def test_registers_travel_and_compare_by_content() -> None:
    """A register survives pickling and copying; notices and look-ups do not make a difference."""
    register = made()
    register.index("audits", ["V1"])
    assert pickle.loads(pickle.dumps(register)) == copy.deepcopy(register) == made()
    assert hash(register) == hash(made())
    assert register != made(auditors={"name": ["a", "b"]})
    with pytest.raises(AttributeError):
        register.notices = ()  # type: ignore[misc]


def test_a_register_says_what_it_holds() -> None:
    """The text form names the tables that have rows, and nothing personal."""
    assert (
        repr(made()) == "Register(auditors 2, qualifications 2, organisations 1, audits 2, requirements 2, locations 2)"
    )


def test_typed_tables_mark_the_cells_left_to_a_default() -> None:
    """What was blank or wrong is marked, so that a default that depends on other cells can take its place."""
    typed = type_table("audits", take_apart({"team_max": [None, "2", "x"]}, "audits"))
    assert typed.blank["team_max"].tolist() == [True, False, True]
    assert typed.blank["deadline"].all()


def test_importing_the_register_loads_no_heavy_library() -> None:
    """pandas and its like cost half a second, so they are loaded when they are needed."""
    heavy = "{'pandas', 'polars', 'pyarrow', 'duckdb', 'icalendar', 'xlsxwriter', 'python_calamine'}"
    code = f"import sys, auditmatch.register, auditmatch.files, auditmatch.ics; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_a_hundred_thousand_audits_are_checked_in_seconds() -> None:
    """A national register is checked while a person waits."""
    count = 100_000
    names, clients = [f"V{k}" for k in range(count)], [f"O{k}" for k in range(count)]
    tables = small(
        organisations={"organisation_id": clients, "location": ["Xi'an"] * count},
        audits={
            "audit_id": names,
            "organisation_id": clients,
            "kind": ["special"] * count,
            "earliest": ["2027-01-04"] * count,
            "latest": ["2027-02-01"] * count,
            "person_days": np.full(count, 2.0),
        },
        requirements={"audit_id": names, "field": ["QMS"] * count, "specialty": ["03.04.01"] * count},
    )
    begin = time.process_time()
    assert len(Register.from_tables(tables).audits) == count
    assert time.process_time() - begin < 5
