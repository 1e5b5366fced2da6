"""Rule packs: what certification rules ask for, as data with clause, source, certainty and dates of validity."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from auditmatch.errors import ArgumentError, InputError, InputProblem, nearest

# From the general to the special: what comes later overrides, rule by rule.
BUILT_IN = ("iso17021", "cnca2016", "cnca_qms_2025", "cnca2026", "gbt27922", "product", "enms")
NAMES = {
    "cycle_years": "years of a cycle",
    "first_surveillance": "months from the decision to the first surveillance",
    "surveillance_interval": "months from one surveillance to the next",
    "calendar_year": "1: a surveillance in each calendar year",
    "surveillances": "surveillance audits of a cycle",
    "follow_up": "months from one inspection to the next",
    **{f"follow_up_{risk}": f"the same where the risk is {risk}" for risk in ("high", "medium", "low", "limited")},
    "restoration": "months after expiry in which certification may be restored",
    "suspension": "months of suspension before withdrawal",
    "must_suspend": "1: a window missed suspends",
    "short_notice": "days from a notice to a short-notice audit",
    "integration": "most share of time saved by integration",
    "public_notice": "days of public notice between the review of the report and the decision",
    "operated": "months that the system has run before the initial audit",
    "pass": "points that pass",
}
_CERTAIN = ("C", "S", "M", "own")
_COLUMNS = ("name", "value", "clause", "certainty", "source", "says", "from", "until")


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule of a pack.

    Attributes
    ----------
    pack, name, value
        The document, one of `NAMES`, and the number.
    clause, certainty, source, says
        Where it stands; C (the text was read), S (secondary source), M (from memory) or own; who says so; in words.
    first, last
        Days between which it is in force; NaT: for ever.
    """

    pack: str
    name: str
    value: float
    clause: str
    certainty: str
    source: str
    says: str
    first: np.datetime64
    last: np.datetime64

    def holds(self, day: np.datetime64) -> bool:
        """Tell whether it is in force on a day."""
        return bool(self.first <= day and (np.isnat(self.last) or day <= self.last))

    @property
    def cited(self) -> str:
        """Document and clause."""
        return f"{self.pack} {self.clause}"


@dataclass(frozen=True, slots=True)
class RulePack:
    """A document's rules for some fields."""

    name: str
    title: str
    fields: tuple[str, ...]
    rules: tuple[PackRule, ...]


class RuleBook:
    """Several packs, from the general to the special.

    Parameters
    ----------
    packs
        What comes later overrides what comes before, rule by rule, on the days on which it is in force.
    unconfirmed
        Whether rules of certainty M count; else it is as if they were not there, and have to be stated.
    """

    def __init__(self, packs: Sequence[RulePack], unconfirmed: bool = False) -> None:
        self.packs, self.unconfirmed = tuple(packs), unconfirmed
        self.fields = frozenset(field for pack in self.packs for field in pack.fields)
        self._known: dict[tuple[str, str], tuple[PackRule, ...]] = {}

    def rules(self, field: str, name: str) -> tuple[PackRule, ...]:
        """Return the rules of one name for a field, by time, each cut to the days on which none overrides it."""
        key = field, name
        if key not in self._known:
            found: list[PackRule] = []
            for pack in self.packs:
                for rule in (r for r in pack.rules if field in pack.fields and r.name == name):
                    if rule.certainty == "M" and not self.unconfirmed:
                        continue
                    found = [piece for old in found for piece in _without(old, rule)] + [rule]
            self._known[key] = tuple(sorted(found, key=lambda r: r.first))
        return self._known[key]

    def at(self, field: str, name: str, day: np.datetime64) -> PackRule | None:
        """Return the rule in force on a day; None where no pack says anything."""
        return next((rule for rule in self.rules(field, name) if rule.holds(day)), None)


def rule_book(
    own: Iterable[str | Path | RulePack] = (),
    stated: Mapping[str, Mapping[str, float]] | None = None,
    unconfirmed: bool = False,
) -> RuleBook:
    """Return the built-in packs with packs of one's own after them.

    Parameters
    ----------
    own
        TOML files, or packs.
    stated
        Numbers by field and rule name, in force for ever: {"Service": {"surveillance_interval": 12}}.
    unconfirmed
        Whether rules that nobody could confirm (certainty M) count as well.

    Raises
    ------
    InputError
        A file cannot be read, names a rule that is not known, or leaves a gap or an overlap between the days of two
        rules of one name; all problems of all files.
    """
    packs = [built_in(name) for name in BUILT_IN]
    problems: list[InputProblem] = []
    for each in own:
        if isinstance(each, RulePack):
            packs.append(each)
            continue
        try:
            packs.append(read_pack(each))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    for field, numbers in (stated or {}).items():
        rules = []
        for name, value in numbers.items():
            if name not in NAMES:
                raise ArgumentError(f"no rule is called {name!r}. Maybe {nearest(name, NAMES) or 'cycle_years'!r}?")
            first, last = np.datetime64("1900-01-01", "D"), np.datetime64("NaT", "D")
            rules.append(
                PackRule("own", name, float(value), name, "own", "stated by the user", NAMES[name], first, last)
            )
        packs.append(RulePack("own", "stated by the user", (field,), tuple(rules)))
    return RuleBook(packs, unconfirmed)


@cache
def built_in(name: str) -> RulePack:
    """Return a pack of the library."""
    text = files("auditmatch.programme").joinpath("rulepacks", f"{name}.toml").read_text(encoding="utf-8")
    return _pack(tomllib.loads(text), f"{name}.toml")


def read_pack(path: str | Path) -> RulePack:
    """Read a pack from a TOML file; see `rule_book`."""
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([InputProblem(str(path), None, None, None, f"cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([InputProblem(str(path), None, None, None, f"is not TOML: {error}")]) from error
    return _pack(content, Path(path).name)


def _pack(content: dict[str, Any], label: str) -> RulePack:
    problems = [
        InputProblem(label, None, n, None, "is missing") for n in ("name", "fields", "rule") if n not in content
    ]
    rules = []
    for k, row in enumerate(content.get("rule", ()), start=1):
        faults = list(_faults(row, label, k))
        problems += faults
        if not faults:
            first, last = (np.datetime64(str(row[n]) if n in row else "NaT", "D") for n in ("from", "until"))
            clause, certainty, source, says = (str(row.get(n, "")) for n in ("clause", "certainty", "source", "says"))
            head = str(content.get("name")), row["name"], float(row["value"])
            rules.append(PackRule(*head, clause, certainty, source, says, first, last))
    problems += _gaps(rules, label)
    if problems:
        raise InputError(problems)
    return RulePack(content["name"], str(content.get("title", "")), tuple(content["fields"]), tuple(rules))


def _faults(row: dict[str, Any], label: str, k: int) -> Iterable[InputProblem]:
    """Yield what is wrong with one rule."""
    for name in row:
        if name not in _COLUMNS:
            yield InputProblem(label, k, name, None, "is no part of a rule", f"{nearest(name, _COLUMNS) or 'says'}?")
    for name in ("name", "value", "clause", "certainty", "from"):
        if name not in row:
            yield InputProblem(label, k, name, None, "is missing")
    if "name" in row and row["name"] not in NAMES:
        yield InputProblem(label, k, "name", row["name"], "is no rule", f"{nearest(str(row['name']), NAMES) or '?'}?")
    value = row.get("value", 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1_000:
        yield InputProblem(label, k, "value", str(value), "is not a number from 0 to 1000")
    if row.get("certainty", "C") not in _CERTAIN:
        yield InputProblem(label, k, "certainty", str(row["certainty"]), f"is none of {', '.join(_CERTAIN)}")
    days = []
    for name in ("from", "until"):
        try:
            days.append(np.datetime64(str(row[name]), "D") if name in row else None)
        except ValueError:
            yield InputProblem(label, k, name, str(row[name]), "is not a date", "2026-01-01?")
            return
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        yield InputProblem(label, k, "until", str(days[1]), f"comes before from, {days[0]}")


def _gaps(rules: Sequence[PackRule], label: str) -> Iterable[InputProblem]:
    """Yield gaps and overlaps between rules of one name."""
    for name in sorted({rule.name for rule in rules}):
        mine = sorted((rule for rule in rules if rule.name == name), key=lambda r: r.first)
        for old, new in pairwise(mine):
            if np.isnat(old.last) or old.last >= new.first:
                what = f"begins while the one from {old.first} is in force"
                yield InputProblem(label, None, name, str(new.first), what, f"end that one on {new.first - 1}?")
            elif old.last + 1 != new.first:
                what = f"leaves a gap after {old.last}, when the one before ends"
                yield InputProblem(label, None, name, str(new.first), what, f"begin on {old.last + 1}?")


def _without(old: PackRule, new: PackRule) -> list[PackRule]:
    """Return the parts of a rule's days on which another is not in force."""
    parts = []
    if old.first < new.first:
        ends = new.first - 1 if np.isnat(old.last) else min(old.last, new.first - 1)
        parts.append(replace(old, last=ends))
    if not np.isnat(new.last) and (np.isnat(old.last) or old.last > new.last):
        parts.append(replace(old, first=max(old.first, new.last + 1)))
    return parts
