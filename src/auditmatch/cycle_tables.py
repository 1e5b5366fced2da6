"""The tables of the certification cycle as data: what a certificate needs for its programme, and what lies beside."""

from __future__ import annotations

from auditmatch.columns import Column, TableSpec

_CERTIFICATE, _ORGANISATION = "certificates.certificate_id", "organisations.organisation_id"
# Effective personnel beyond this is taken for a slip of the pen.
MOST_PERSONNEL = 500_000
RISKS = ("high", "medium", "low", "limited")


def _size() -> tuple[Column, ...]:
    """Return the columns that audit time is worked out from."""
    return (
        Column("effective_personnel", "int", "effective number of personnel", low=1, high=MOST_PERSONNEL),
        Column("risk", "choice", "complexity or risk class of the scheme", choices=RISKS),
        Column("days", "number", "initial auditor-days, for fields without a table", low=0.5, high=1_000.0),
    )


# Columns of `certificates` beside those that the plan itself needs.
CERTIFICATE_COLUMNS = (
    Column("issued", "date", "day of issue; absent: the decision"),
    Column("decided", "date", "certification or recertification decision; absent: no programme"),
    Column("expires", "date", "last day of validity; absent: the cycle after the decision"),
    Column("status", "choice", "status", default="active", choices=("active", "suspended", "withdrawn")),
    Column("suspended", "date", "first day of a suspension"),
    Column("notice", "date", "day of the last notice that a product of the holder failed a spot check"),
    *_size(),
)

CYCLE_TABLES = (
    TableSpec(
        "history",
        "visits held for a certificate, a row for each person known",
        (
            Column("certificate_id", "text", "the certificate", required=True, key=True, references=_CERTIFICATE),
            Column(
                "kind",
                "choice",
                "kind of visit",
                required=True,
                key=True,
                choices=("stage1", "stage2", "surveillance", "recertification", "special", "unannounced", "mystery"),
            ),
            Column("date", "date", "last day of the visit", required=True, key=True),
            Column(
                "auditor_id", "text", "who was there; absent: not known", key=True, references="auditors.auditor_id"
            ),
            Column(
                "role",
                "choice",
                "as what; a reviewer was not in the team",
                default="member",
                choices=("lead", "member", "intern", "expert", "reviewer"),
            ),
        ),
    ),
    TableSpec(
        "sites",
        "sites of a client beside its central function",
        (
            Column("organisation_id", "text", "the client", required=True, key=True, references=_ORGANISATION),
            Column("site", "text", "name of the site", required=True, key=True),
            Column("location", "text", "where it is", references="locations.location"),
            Column("headcount", "int", "people there", default=1, low=1, high=MOST_PERSONNEL),
            Column("activity", "text", "what is done there"),
            Column("sampled_last", "date", "when it was last visited"),
        ),
    ),
    TableSpec(
        "applications",
        "applications for certification",
        (
            Column("application_id", "text", "number of the application", required=True, key=True),
            Column("organisation_id", "text", "the applicant", required=True, references=_ORGANISATION),
            Column("field", "text", "certification field or scheme", required=True),
            Column("specialty", "text", "small class LL.MM.SS, or the name of a scheme", required=True),
            Column("received", "date", "day of the application", required=True),
            Column("operating", "date", "since when the system has run; absent: for long enough"),
            *_size(),
        ),
    ),
    TableSpec(
        "scores",
        "scores of service evaluations",
        (
            Column("organisation_id", "text", "the client", required=True, key=True, references=_ORGANISATION),
            Column("date", "date", "day of the evaluation", required=True, key=True),
            Column("score", "number", "points of 100", required=True, low=0.0, high=100.0),
        ),
    ),
)
