"""Rules in words instead of a mean: if routine is low and health is high, then willingness is low.

Rules, terms and outputs are data. Source: E. H. Mamdani and S. Assilian, International Journal of Man-Machine Studies 7
(1975); how rows are valued stands in mamdani_rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, InputError, InputProblem, nearest, unknown
from auditmatch.matching.domain import Bools, Floats, check_choice, runs
from auditmatch.matching.mamdani_rows import FEWEST, RuleArrays, infer_rows, kind_of, weights_of
from auditmatch.memberships import Membership

Unfired = Literal["error", "flag"]
_MOST_RULES = 100_000


@dataclass(frozen=True, slots=True)
class Variable:
    """What a rule speaks of: a name, its domain, and its words.

    Attributes
    ----------
    name
        As the rules call it.
    terms
        Membership function of each word; each reaches 1 in the domain.
    low, high
        The domain; a value outside is an error, since it would belong to no word.

    Raises
    ------
    ArgumentError
        Without a word, for an empty domain, or for a word that never reaches 1 there; names all such words.
    """

    name: str
    terms: Mapping[str, Membership]
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", MappingProxyType(dict(self.terms)))
        if not self.low < self.high or not np.isfinite(self.high - self.low):
            raise ArgumentError(f"{self.name} has the domain {self.low:g} .. {self.high:g}. Maybe 0 .. 1?")
        if not self.terms:
            raise ArgumentError(f"{self.name} has no words. Maybe give low, medium and high?")
        lost = [f"{word} = {shape}" for word, shape in self.terms.items() if not shape.reaches(self.low, self.high)]
        if lost:
            domain = f"{self.low:g} .. {self.high:g}"
            raise ArgumentError(f"{self.name}: {', '.join(lost)} never reach 1 in {domain}. Maybe widen the domain?")


@dataclass(frozen=True, slots=True)
class Rule:
    """If every input named in `when` is one of its words, then the output is `then`; others may be anything."""

    when: tuple[tuple[str, tuple[str, ...]], ...]
    then: str

    def __str__(self) -> str:
        """Return the rule as a sentence."""
        parts = [f"{name} is {' or '.join(words)}" for name, words in self.when]
        return (f"if {' and '.join(parts)} " if parts else "") + f"then {self.then}"


@dataclass(frozen=True, slots=True, eq=False)
class Inferred:
    """What rules conclude, row by row.

    Attributes
    ----------
    values
        (rows,) NaN where no rule fires.
    fired
        (rows,) whether any rule fires.
    """

    values: Floats
    fired: Bools


@dataclass(frozen=True, slots=True, repr=False)
class Inference:
    """A rule base that can be asked; `read_rules` reads one from a table.

    Attributes
    ----------
    inputs, output
        What the rules read and what they conclude.
    rules
        The rules, in any order.
    points
        Of the output's grid; between them the united terms are taken as straight.

    Raises
    ------
    InputError
        For rules that name unknown inputs or words; names every one.
    ArgumentError
        Without rules, for fewer than two points, or for a word of the output that lies between two points.
    """

    inputs: tuple[Variable, ...]
    output: Variable
    rules: tuple[Rule, ...]
    points: int = 101
    _arrays: RuleArrays = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.points < 2 or not self.rules or not self.inputs:
            raise ArgumentError(
                f"{self.output.name} needs an input, a rule and two points, and has {len(self.inputs)}, "
                f"{len(self.rules)} and {self.points}. Maybe 101 points?"
            )
        problems = [problem for row, rule in enumerate(self.rules) for problem in self._problems(row, rule)]
        if problems:
            raise InputError(problems)
        object.__setattr__(self, "_arrays", self._numbers())

    def __repr__(self) -> str:
        names = ", ".join(self.names)
        return f"Inference of {self.output.name} from {names}: {len(self.rules)} rules, {self.points} points"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(variable.name for variable in self.inputs)

    def infer(
        self, values: Mapping[str, npt.ArrayLike], unfired: Unfired = "error", compiled: bool | None = None
    ) -> Inferred:
        """Return what the rules conclude for each row.

        Parameters
        ----------
        values
            By input: (rows,) values in its domain.
        unfired
            What a row is for which no rule fires: "error", or "flag": NaN, and `fired` is False.
        compiled
            True for the compiled loops, False for NumPy, None for whichever is sooner; they agree to 1e-12.

        Raises
        ------
        InputError
            For values that are missing, no number or outside their domain, and for rows without a rule; names all.
        UnknownNameError
            For values of an input that the rules do not have.
        """
        check_choice("unfired", unfired, ("error", "flag"))
        for name in values:
            if name not in self.names:
                raise unknown(f"input of the rules for {self.output.name}", name, self.names)
        x = self._columns(values)
        found = infer_rows(self._arrays, x, x.shape[1] >= FEWEST if compiled is None else compiled)
        fired = ~np.isnan(found)
        if unfired == "error" and not fired.all():
            lost = np.flatnonzero(~fired)
            first = ", ".join(f"{name} {value:g}" for name, value in zip(self.names, x[:, lost[0]], strict=True))
            message = f"no rule fires in rows {runs(lost)}; the first has {first}"
            raise InputError([InputProblem(self.output.name, None, None, None, message, "add a rule for these words?")])
        for array in (found, fired):
            array.setflags(write=False)
        return Inferred(found, fired)

    def _columns(self, values: Mapping[str, npt.ArrayLike]) -> Floats:
        """Return the inputs as (inputs, rows), checked."""
        problems: list[InputProblem] = []
        columns = {name: _numbers_of(values[name]) for name in self.names if name in values}
        lengths = {name: column.size for name, column in columns.items()}
        for variable in self.inputs:
            column = columns.get(variable.name)
            if column is None or column.ndim != 1 or column.size != max(lengths.values(), default=0):
                shown = ", ".join(f"{name} {size}" for name, size in lengths.items()) or "none"
                message = f"is not a column of the others' length; lengths: {shown}"
                problems.append(InputProblem(self.output.name, None, variable.name, None, message, "give all inputs?"))
                continue
            wrong = np.flatnonzero(~((column >= variable.low) & (column <= variable.high)))
            if wrong.size:
                message = f"is not in {variable.low:g} .. {variable.high:g} in rows {runs(wrong)}"
                text = f"{column[wrong[0]]:g}"
                way_out = "clip it first?"
                problems.append(InputProblem(self.output.name, None, variable.name, text, message, way_out))
        if problems:
            raise InputError(problems)
        return np.array([columns[name] for name in self.names])

    def _problems(self, row: int, rule: Rule) -> list[InputProblem]:
        table, known = f"rules for {self.output.name}", {variable.name: variable for variable in self.inputs}
        found = []
        for name, words in rule.when:
            if name not in known:
                near = nearest(name, known)
                found.append(_lost(table, row, name, name, "is no input of the rules", near))
                continue
            for word in words:
                if word not in known[name].terms:
                    found.append(
                        _lost(table, row, name, word, f"is no word of {name}", nearest(word, known[name].terms))
                    )
        if rule.then not in self.output.terms:
            near = nearest(rule.then, self.output.terms)
            found.append(_lost(table, row, self.output.name, rule.then, f"is no word of {self.output.name}", near))
        return found

    def _numbers(self) -> RuleArrays:
        terms = [(place, word) for place, variable in enumerate(self.inputs) for word in variable.terms]
        number = {(self.inputs[place].name, word): row for row, (place, word) in enumerate(terms)}
        shapes = tuple(self.inputs[place].terms[word] for place, word in terms)
        kinds, parameters = zip(*map(kind_of, shapes), strict=True)
        rules, shared, then = _unfolded(self.rules, number, {word: row for row, word in enumerate(self.output.terms)})
        grid = np.linspace(self.output.low, self.output.high, self.points)
        heights = np.array([shape.grade(grid) for shape in self.output.terms.values()])
        flat = [word for word, height in zip(self.output.terms, heights, strict=True) if not height.max() > 0]
        if flat:
            raise ArgumentError(
                f"{self.output.name}: {', '.join(flat)} lie between two of {self.points} points. Maybe more points?"
            )
        return RuleArrays(
            shapes=shapes,
            source=np.array([place for place, _ in terms], dtype=np.int64),
            kinds=np.array(kinds, dtype=np.int64),
            parameters=np.array(parameters, dtype=np.float64),
            rules=rules,
            shared=shared,
            then=then,
            heights=heights,
            weights=weights_of(grid),
        )


def _numbers_of(values: npt.ArrayLike) -> Floats:
    """Return values as numbers; what is none becomes NaN, which lies in no domain."""
    try:
        return np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        return np.full(np.atleast_1d(np.asarray(values, dtype=object)).shape, np.nan)


def _lost(table: str, row: int, column: str, value: str, message: str, near: str | None) -> InputProblem:
    # Row 1 of a table is its header.
    return InputProblem(table, row + 2, column, value, message, f"{near}?" if near else None)


def _unfolded(rules: Sequence[Rule], number: Mapping[tuple[str, str], int], outputs: Mapping[str, int]) -> Any:
    """Return what `RuleArrays` calls rules, shared and then; a rule with "or" becomes one rule for each choice.

    That changes nothing: the least of a greatest is the greatest of the leasts, and rules of one output term are united
    by the greatest.
    """
    rows: list[tuple[int, ...]] = []
    then: list[int] = []
    for rule in rules:
        choices = [[number[name, word] for word in words] for name, words in rule.when]
        if len(rows) + np.prod([len(each) for each in choices], dtype=np.float64) > _MOST_RULES:
            raise ArgumentError(f"the rules unfold into more than {_MOST_RULES:,}. Maybe leave out inputs of any word?")
        for chosen in product(*choices):
            rows.append(chosen)
            then.append(outputs[rule.then])
    # One place more than conditions, so that the -1 after the last is always there.
    conditions = np.full((len(rows), max(map(len, rows)) + 1), -1, dtype=np.int64)
    for row, chosen in enumerate(rows):
        conditions[row, : len(chosen)] = chosen
    order = np.lexsort(conditions.T[::-1])
    conditions = conditions[order]
    same = np.ones((len(rows), conditions.shape[1]), dtype=np.bool_)
    same[1:] = conditions[1:] == conditions[:-1]
    same[0] = False
    # A rule that repeats the one before shares all its conditions, and none of the -1 after them.
    same &= conditions >= 0
    shared = np.cumprod(same, axis=1).sum(axis=1)
    return conditions, shared, np.array(then, dtype=np.int64)[order]
