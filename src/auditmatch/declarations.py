"""The input tables and the settings as data: columns, kinds, ranges, defaults, meanings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from auditmatch.columns import Column, Setting, TableSpec
from auditmatch.cycle_tables import CERTIFICATE_COLUMNS, CYCLE_TABLES
from auditmatch.fuzzy_tables import FUZZY_TABLES


def _text(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "text", meaning, **more)


def _key(name: str, meaning: str, references: str | None = None) -> Column:
    return Column(name, "text", meaning, required=True, key=True, references=references)


def _number(name: str, meaning: str, low: float = 0.0, high: float | None = None, **more: Any) -> Column:
    return Column(name, "number", meaning, low=low, high=high, **more)


def _ratio(name: str, meaning: str, default: float | None = 1.0) -> Column:
    return Column(name, "number", meaning, default=default, low=0.0, high=1.0)


def _int(name: str, meaning: str, default: int | None = None, low: int = 0, high: int = 1_000_000) -> Column:
    return Column(name, "int", meaning, default=default, low=low, high=high)


def _date(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "date", meaning, **more)


def _choice(name: str, meaning: str, *choices: str, **more: Any) -> Column:
    return Column(name, "choice", meaning, choices=choices, **more)


def _start_half(key: bool = False) -> Column:
    return _choice("start_half", "half of the first day", "am", "pm", default="am", key=key)


_AUDITOR, _AUDIT = "auditors.auditor_id", "audits.audit_id"
_ORGANISATION, _LOCATION = "organisations.organisation_id", "locations.location"
_END_HALF = _choice("end_half", "half of the last day", "am", "pm", default="pm")
_FIELD = _key("field", "certification field or scheme, such as QMS")
_SPECIALTY = _key("specialty", "small class LL.MM.SS, or the name of a product scheme")

_SPECS = (
    TableSpec(
        "auditors",
        "people who audit",
        (
            _key("auditor_id", "what the other tables call the auditor"),
            _text("name", "name for people to read"),
            _choice("gender", "asked for by some clients", "F", "M"),
            Column("full_time", "bool", "employed full time by the body", default=True),
            _text("location", "where trips begin", references=_LOCATION),
            _date("from", "first day of work; absent: always"),
            _date("until", "last day of work; absent: always"),
            _number("monthly_limit", "most audit days in a calendar month; absent: no limit", high=31.0),
            _number("away_monthly", "most days away from home in a calendar month; absent: no limit", high=31.0),
            _int("home_days", "least days at home between two trips", default=0, high=365),
            _ratio("routine", "willingness left beside other regular work"),
            _ratio("health", "willingness left by health"),
            _ratio("caprice", "willingness left by mood"),
            _ratio("holidays", "willingness left by leave"),
            _ratio("incidents", "willingness left by unforeseen events"),
        ),
    ),
    TableSpec(
        "qualifications",
        "who may audit which field and specialty, when and as what",
        (
            _key("auditor_id", "the auditor", _AUDITOR),
            _FIELD,
            _SPECIALTY,
            _date("valid_from", "first day", required=True, key=True),
            _date("valid_until", "last day; absent: for ever"),
            _choice("grade", "grade held", "intern", "auditor", "lead", "expert", required=True),
        ),
    ),
    TableSpec(
        "absences",
        "when an auditor is away",
        (
            _key("auditor_id", "the auditor", _AUDITOR),
            _date("start", "first day", required=True, key=True),
            _start_half(key=True),
            _date("end", "last day; absent: the first"),
            _END_HALF,
            _text("reason", "why"),
        ),
    ),
    TableSpec(
        "usage",
        "what of the yearly caps was used before this register begins",
        (
            _key("auditor_id", "the auditor", _AUDITOR),
            _date("year_start", "first day of the cycle-year", required=True, key=True),
            _date("year_end", "last day; absent: a year after the first"),
            _number("days_used", "on-site days used", high=366.0, default=0.0),
            _int("certificates_used", "certificates matched", default=0),
        ),
    ),
    TableSpec(
        "organisations",
        "clients",
        (
            Column("organisation_id", "text", "what the other tables call the client", required=True, key=True),
            _text("name", "name for people to read"),
            _text("location", "where audits take place", references=_LOCATION),
            _text("group_id", "group that the client belongs to"),
            _ratio("client_timing", "cooperation left by the client's own timetable"),
            _ratio("inspections", "cooperation left beside outside inspections"),
            _int("certificates", "certificates held", default=1, low=1),
            _ratio("coordination", "ease of coordination within the group; absent: derived", default=None),
            _ratio("policy", "freedom from policy demands; absent: derived", default=None),
        ),
    ),
    TableSpec(
        "closures",
        "when a client takes no audit",
        (
            _key("organisation_id", "the client", _ORGANISATION),
            _date("start", "first day", required=True, key=True),
            _date("end", "last day; absent: the first"),
            _text("reason", "why"),
        ),
    ),
    TableSpec(
        "certificates",
        "certificates held, one row for each specialty",
        (
            _key("certificate_id", "number of the certificate"),
            _SPECIALTY,
            Column("organisation_id", "text", "the holder", required=True, references=_ORGANISATION),
            _text("field", "certification field or scheme", required=True),
            _date("due", "day by which the next audit must be finished"),
            *CERTIFICATE_COLUMNS,
        ),
    ),
    TableSpec(
        "audits",
        "visits to plan",
        (
            _key("audit_id", "what the other tables call the audit"),
            Column("organisation_id", "text", "the client", required=True, references=_ORGANISATION),
            _choice(
                "kind",
                "kind of visit",
                *("stage1", "stage2", "surveillance", "recertification", "special", "unannounced", "mystery"),
                required=True,
            ),
            _text("location", "where; absent: the client's", references=_LOCATION),
            _date("earliest", "first day of the window", required=True),
            _date("latest", "last day of the window", required=True),
            _date("deadline", "legal last day; absent: latest"),
            _date("preferred", "first day that the client would like"),
            _number("person_days", "audit time of all counting members together", low=0.5, high=1000.0, required=True),
            _ratio("on_site", "share of the time on site; 0 = remote"),
            _int("team_min", "fewest counting members", default=1, low=1, high=100),
            _int("team_max", "most counting members; absent: the setting", default=3, low=1, high=100),
            _int("females_min", "fewest women", default=0, high=100),
            _int("males_min", "fewest men", default=0, high=100),
            _int("full_time_min", "fewest full-time members", default=0, high=100),
            _number("priority", "factor of the penalty for leaving it out", default=1.0, high=1000.0),
            _text("reviewer", "who reviews it; absent: who reviewed its certificates last", references=_AUDITOR),
            _choice("status", "what stands", "open", "done", "cancelled", default="open"),
        ),
    ),
    TableSpec(
        "audit_certificates",
        "which certificates an audit serves",
        (_key("audit_id", "the audit", _AUDIT), _key("certificate_id", "it serves", "certificates.certificate_id")),
    ),
    TableSpec(
        "requirements",
        "what the team of an audit must cover",
        (
            _key("audit_id", "the audit", _AUDIT),
            _FIELD,
            _SPECIALTY,
            _int("count", "distinct persons", default=1, low=1, high=100),
            Column("expert_ok", "bool", "a technical expert may cover it", default=False),
        ),
    ),
    TableSpec(
        "preferences",
        "who must, must not or should serve an audit or a client",
        (
            _key("preference_id", "name of the row"),
            _text("audit_id", "the audit, or", references=_AUDIT),
            _text("organisation_id", "the client (exactly one of the two)", references=_ORGANISATION),
            Column("auditor_id", "text", "the auditor", required=True, references=_AUDITOR),
            _choice("rule", "what is asked", "require", "forbid", "prefer", required=True),
            _number("weight", "how much, for prefer", default=1.0, high=1000.0),
            _text("reason", "why"),
            _date("from", "first day, for forbid"),
            _date("until", "last day, for forbid"),
        ),
    ),
    TableSpec(
        "links",
        "two audits that depend on each other",
        (
            _key("first_audit", "the audit before", _AUDIT),
            _key("second_audit", "the audit after", _AUDIT),
            _choice("kind", "how", "interval", "together", "continuity", "disjoint", required=True, key=True),
            _int("min_days", "fewest calendar days between", default=0, high=10_000),
            _int("max_days", "most calendar days between; absent: no limit, together: 0", high=10_000),
            _int("members", "members that both share, for continuity", default=1, low=1, high=100),
            Column("required", "bool", "the second only if the first", default=False),
        ),
    ),
    TableSpec(
        "locations",
        "places",
        (
            _key("location", "what the other tables call the place"),
            _number("latitude", "degrees north", low=-90.0, high=90.0, required=True),
            _number("longitude", "degrees east", low=-180.0, high=180.0, required=True),
            _text("province", "province, for the roll-up"),
        ),
    ),
    TableSpec(
        "calendar",
        "days that differ from the public calendar",
        (
            _date("date", "the day", required=True, key=True),
            _choice("working", "what of it is worked", "none", "am", "pm", "full", required=True),
        ),
    ),
    TableSpec(
        "settings",
        "parameters that differ from their defaults",
        (_key("name", "one of SETTINGS"), _text("value", "its value; absent: the default")),
    ),
    TableSpec(
        "plan",
        "the published plan",
        (
            _key("audit_id", "the audit", _AUDIT),
            _key("auditor_id", "the auditor", _AUDITOR),
            _choice("role", "as what", "lead", "member", "intern", "expert", required=True),
            _date("start", "first day", required=True),
            _start_half(),
            _date("end", "last day", required=True),
            _END_HALF,
            _choice("pin", "what may not change", "none", "date", "member", "both", default="none"),
            _text("pinned_by", "who pinned it"),
            _text("pin_reason", "why"),
        ),
    ),
    *CYCLE_TABLES,
    *FUZZY_TABLES,
)
TABLES: Mapping[str, TableSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})


def _weight(name: str, default: int, meaning: str) -> Setting:
    return Setting(f"weight_{name}", "int", default, f"points {meaning}", 0, 1_000_000)


_SETTINGS = (
    Setting("country", "text", "CN", "country of the public holidays"),
    Setting("slots_per_day", "int", 2, "2: half days, 1: whole days", 1, 2),
    Setting("middle_class", "bool", False, "a qualification serves its whole middle class LL.MM"),
    Setting("lead_fields", "choice", "one", "fields in which the lead must hold grade lead", choices=("one", "all")),
    Setting("interns_per_auditor", "int", 1, "most interns for each auditor of the team", 0, 100),
    Setting("team_max", "int", 3, "most counting members where the audit does not say", 1, 100),
    Setting("days_per_year", "int", 180, "most on-site days in a cycle-year", 0, 366),
    Setting("certificates_per_year", "int", 50, "most certificates in a cycle-year", 0, 1_000_000),
    Setting(
        "certificates_count", "choice", "every", "members that a certificate counts for", choices=("every", "holders")
    ),
    Setting("rotation_visits", "int", 0, "visits in a row after which somebody sits out; 0: any number", 0, 100),
    Setting("gap_free_km", "number", 150.0, "distance that needs no travel time", 0.0, 20_100.0),
    Setting("gap_km_per_half_day", "number", 800.0, "distance travelled in half a day", 1.0, 20_100.0),
    Setting("away_km", "number", 150.0, "distance from home beyond which an audit is away", 0.0, 20_100.0),
    Setting("floor", "number", 0.05, "least value of a factor that divides", 1e-6, 1.0),
    _weight("unserved", 1000, "for an audit left out"),
    _weight("deferral", 300, "for an audit put off beyond the horizon"),
    _weight("lateness", 2, "for each day after the preferred one"),
    _weight("travel", 1, "for each 100 km of return trip"),
    _weight("mismatch", 20, "for the hardest client with the least willing auditor"),
    _weight("preference", 10, "for each unit of a preference not met"),
    _weight("keep", 30, "for an audit that differs from the published plan"),
    _weight("keep_member", 10, "for each member changed"),
    _weight("fairness", 1, "of the convex cost of load"),
)
SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _SETTINGS})
