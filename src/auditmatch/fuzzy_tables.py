"""The tables of fuzzy input as data: `terms`, words with membership functions; `fuzzy`, items that are not sharp."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditmatch.columns import Column, TableSpec
from auditmatch.memberships import FUNCTIONS

AUDITOR_ITEMS = ("routine", "health", "caprice", "holidays", "incidents")
ORGANISATION_ITEMS = ("client_timing", "inspections", "certificates", "coordination", "policy")
FUZZY_ITEMS = (*AUDITOR_ITEMS, *ORGANISATION_ITEMS)
# What a word may describe beside the items: what rules conclude, and the counts behind D and E.
FACTORS, COUNTS = ("B1", "B2", "D", "E"), ("due_in_week", "demands")
EVERY = "all"

_SHARE = (0.0, 1.0)
# Where the membership function of an item lives; everything else in [0, 1]. Counts beyond the top count as the top.
DOMAIN_OF: Mapping[str, tuple[float, float]] = MappingProxyType(
    dict.fromkeys((EVERY, *FUZZY_ITEMS, *FACTORS), _SHARE)
    | {"certificates": (1.0, 1_000_000.0), "due_in_week": (1.0, 10.0), "demands": (0.0, 5.0)}
)

FUZZY_TABLES = (
    TableSpec(
        "terms",
        "words that stand for shares",
        (
            Column("word", "text", "the word, in any language", required=True, key=True),
            Column(
                "item",
                "choice",
                "what it describes; all: every share",
                default=EVERY,
                choices=(EVERY, *FUZZY_ITEMS, *FACTORS, *COUNTS),
                key=True,
            ),
            Column("function", "choice", "membership function", required=True, choices=tuple(FUNCTIONS)),
            Column("parameters", "text", "its numbers, divided by commas", required=True),
        ),
    ),
    TableSpec(
        "fuzzy",
        "items that are not sharp",
        (
            Column("member_id", "text", "the auditor or the client, by item", required=True, key=True),
            Column("item", "choice", "column that the value stands for", required=True, choices=FUZZY_ITEMS, key=True),
            Column("value", "text", "a fuzzy number or a word of terms", required=True),
        ),
    ),
)
