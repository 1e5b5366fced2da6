"""Checks of the tables `terms` and `fuzzy`: parameters, words, members, ranges. Every problem is collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditmatch.alike import nearest_of
from auditmatch.cells import as_text
from auditmatch.checks import Findings
from auditmatch.errors import nearest
from auditmatch.fuzzy_numbers import Unread, inside, read_parameters, read_shape
from auditmatch.fuzzy_tables import AUDITOR_ITEMS, COUNTS, DOMAIN_OF, EVERY, ORGANISATION_ITEMS
from auditmatch.memberships import Membership
from auditmatch.tables import Table

Words = Mapping[tuple[str, str], Membership]


def declared_words(terms: Table) -> dict[tuple[str, str], Membership]:
    """Return the membership function of each (item, word) of a checked table; item "all" stands under its own name."""
    rows = zip(terms["item"], terms["word"], terms["function"], terms["parameters"], strict=True)
    read = {(item, word): read_parameters(function, parameters) for item, word, function, parameters in rows}
    return {key: shape for key, shape in read.items() if isinstance(shape, Membership)}


def meaning_of(text: str, item: str, words: Words) -> Membership | Unread:
    """Return what a cell of `fuzzy` says of an item: a number, a fuzzy number, or a declared word.

    A word declared for the item goes before one declared for all.
    """
    for kind in (item, *([EVERY] if DOMAIN_OF[item] == DOMAIN_OF[EVERY] else [])):
        if (kind, text) in words:
            return words[kind, text]
    read = read_shape(text)
    if read is not None:
        return read
    known = [word for kind, word in words if kind in (item, EVERY)]
    near = nearest(text, known)
    return Unread("is a word without a membership function", f"{near}?" if near else "declare it in terms?")


def check_fuzzy(found: Findings) -> None:
    """Check both tables, noting problems in `found`."""
    words = _terms(found)
    _members(found, "auditors", AUDITOR_ITEMS)
    _members(found, "organisations", ORGANISATION_ITEMS)
    table = found.tables["fuzzy"]
    if "terms" in found.broken:
        return
    told: dict[tuple[str, str], Unread | None] = {}
    for row, (item, value) in enumerate(zip(table["item"].tolist(), table["value"].tolist(), strict=True)):
        if item is None or value is None:
            continue
        if (item, value) not in told:
            told[item, value] = _fault(value, item, words)
        if (wrong := told[item, value]) is not None:
            found.add("fuzzy", row, "value", wrong.message, wrong.maybe)


def _members(found: Findings, name: str, items: Sequence[str]) -> None:
    """Note rows whose member is not in the table that the item belongs to."""
    if name in found.broken:
        return
    table, spec = found.tables["fuzzy"], found.tables[name]
    known = dict.fromkeys(spec[spec.spec.keys[0]].tolist())
    cells = zip(table["member_id"].tolist(), table["item"].tolist(), strict=True)
    lost = {row: who for row, (who, item) in enumerate(cells) if item in items and who is not None and who not in known}
    near = nearest_of(dict.fromkeys(lost.values()), list(filter(None, known)))
    where = found.labels[name]
    for row, who in lost.items():
        other = near.get(who)
        found.add("fuzzy", row, "member_id", f"is not in {where}", f"{other}?" if other else f"add it to {where}?")


def _fault(value: str, item: str, words: Words) -> Unread | None:
    """Return what is wrong with a value of an item."""
    shape, (low, high) = meaning_of(value, item, words), DOMAIN_OF[item]
    if isinstance(shape, Unread):
        return shape
    # Words were checked with their terms and are cut off at the domain; so are curves, which never end.
    written = read_shape(value) is not None
    beyond = shape.straight and not (low <= shape.parameters[0] and shape.parameters[-1] <= high)
    if written and (beyond or not shape.reaches(low, high)):
        maybe = f"{inside(shape, low, high)}?" if shape.straight else None
        return Unread(f"lies outside {as_text(low)} .. {as_text(high)}", maybe)
    return None


def _terms(found: Findings) -> dict[tuple[str, str], Membership]:
    table = found.tables["terms"]
    words: dict[tuple[str, str], Membership] = {}
    for row, (word, item, function, text) in enumerate(
        zip(*(table[name].tolist() for name in ("word", "item", "function", "parameters")), strict=True)
    ):
        if word is not None and read_shape(word) is not None:
            found.add("terms", row, "word", "reads as a number, not as a word", "about half?")
        if item is None or function is None or text is None:
            continue
        shape = read_parameters(function, text)
        if isinstance(shape, Unread):
            found.add("terms", row, "parameters", shape.message, shape.maybe)
            # The row stays known, so that its mistake is told once and not at every use of the word.
            words[item, word] = Membership("trapmf", (DOMAIN_OF[item][0],) * 4)
            continue
        low, high = DOMAIN_OF[item]
        if not shape.reaches(low, high):
            found.add(
                "terms",
                row,
                "parameters",
                f"{function} never reaches 1 in {as_text(low)} .. {as_text(high)}",
                _shifted(item),
            )
            shape = Membership("trapmf", (low,) * 4)
        words[item, word] = shape
    return words


def _shifted(item: str) -> str:
    return "count from 0?" if item in COUNTS else "write shares, 0.6 for 60 %?"
