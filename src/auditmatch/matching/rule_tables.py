"""Rule bases from tables: a row for each rule, a column for each input, the output's column last."""

from __future__ import annotations

from collections.abc import Mapping

from auditmatch.cells import as_text
from auditmatch.errors import ArgumentError, InputError, InputProblem
from auditmatch.frames import take_apart
from auditmatch.fuzzy_checks import declared_words
from auditmatch.fuzzy_numbers import Unread, read_shape
from auditmatch.fuzzy_tables import DOMAIN_OF, EVERY
from auditmatch.matching.mamdani import Inference, Rule, Variable
from auditmatch.memberships import Membership
from auditmatch.tables import Table

Terms = Mapping[str, Mapping[str, Membership | str]]


def read_rules(
    table: object, terms: Terms, domains: Mapping[str, tuple[float, float]] | None = None, points: int = 101
) -> Inference:
    """Read a rule base.

    Parameters
    ----------
    table
        A data frame of any library or a dict of columns. The last column is the output. A cell holds a word, several
        divided by "|" of which any will do, or nothing: anything will do.
    terms
        By column: the membership function of each word, as `Membership` or as text such as "trimf(0, 0.5, 1)".
        `register_terms` returns those of a register.
    domains
        Domain of a column; those not named are those of the library's items, else 0 .. 1.
    points
        Of the output's grid.

    Raises
    ------
    InputError
        For columns without words, words that are not known, and cells that cannot be read; names all rows.
    ArgumentError
        For a table without an input.
    """
    raw = take_apart(table, "rules")
    if raw.problems:
        raise InputError(raw.problems)
    names = list(raw.columns)
    if len(names) < 2:
        raise ArgumentError(
            "a table of rules has a column for each input and one for the output. Maybe add the output?"
        )
    variables, problems = [], []
    for name in names:
        low, high = (domains or {}).get(name, DOMAIN_OF.get(name, (0.0, 1.0)))
        words, wrong = _words(name, terms.get(name, {}), low, high)
        problems += wrong
        if words:
            variables.append(Variable(name, words, low, high))
        elif not wrong:
            problems.append(
                InputProblem("rules", None, name, None, "the column has no words", "declare them in terms?")
            )
    cells = {
        name: [
            None if gone else as_text(value).strip() for value, gone in zip(column.values, column.absent, strict=True)
        ]
        for name, column in raw.columns.items()
    }
    for row, then in enumerate(cells[names[-1]]):
        if not then:
            problems.append(InputProblem("rules", row + 2, names[-1], None, "the rule concludes nothing", "delete it?"))
    if problems:
        raise InputError(problems)
    rules = [_rule(cells, names, row) for row in range(len(raw.source_rows))]
    return Inference(tuple(variables[:-1]), variables[-1], tuple(rules), points)


def register_terms(terms: Table, *names: str) -> dict[str, dict[str, Membership]]:
    """Return the words of a register's table `terms` for some items or factors, those declared for all among them."""
    words = declared_words(terms)
    every = {word: shape for (item, word), shape in words.items() if item == EVERY}
    found = {}
    for name in names:
        common = every if DOMAIN_OF.get(name) == DOMAIN_OF[EVERY] else {}
        found[name] = common | {word: shape for (item, word), shape in words.items() if item == name}
    return found


def _words(
    name: str, given: Mapping[str, Membership | str], low: float, high: float
) -> tuple[dict[str, Membership], list[InputProblem]]:
    words, problems = {}, []
    for word, shape in given.items():
        read = shape if isinstance(shape, Membership) else read_shape(shape) or Unread("is no membership function")
        if isinstance(read, Membership) and not read.reaches(low, high):
            read = Unread(f"never reaches 1 in {low:g} .. {high:g}", "give the column its domain?")
        if isinstance(read, Unread):
            problems.append(InputProblem("terms", None, f"{name} {word}", str(shape), read.message, read.maybe))
        else:
            words[word] = read
    return words, problems


def _rule(cells: Mapping[str, list[str | None]], names: list[str], row: int) -> Rule:
    when = []
    for name in names[:-1]:
        text = cells[name][row]
        if text:
            when.append((name, tuple(word.strip() for word in text.split("|"))))
    return Rule(tuple(when), cells[names[-1]][row] or "")
