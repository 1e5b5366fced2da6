"""Arrays of fuzzy numbers, and the items of willingness, cooperation, coordination and policy as such arrays.

The cut of a fuzzy number at a level is the interval of what is possible at least to that level. Source: "The matching
degree" in the design page, "Fuzzy input"; L. A. Zadeh, "The concept of a linguistic variable and its application to
approximate reasoning", Information Sciences 8 (1975).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auditmatch.errors import InputError, InputProblem
from auditmatch.fuzzy_checks import Words, declared_words, meaning_of
from auditmatch.fuzzy_numbers import FuzzyNumber, Unread, inside, read_shape
from auditmatch.fuzzy_tables import AUDITOR_ITEMS, DOMAIN_OF
from auditmatch.matching.domain import Floats, Ints
from auditmatch.memberships import CODES, FUNCTIONS, WIDTH, Ends, Membership

if TYPE_CHECKING:
    from auditmatch.register import Register

Value = float | int | str | FuzzyNumber | Membership


@dataclass(frozen=True, slots=True, eq=False)
class FuzzyArray:
    """Fuzzy numbers of one domain; most may be plain.

    Attributes
    ----------
    values
        (n,) plain numbers, and the centroid where an element is fuzzy.
    shape
        (n,) which shape an element has, -1 where it is plain.
    codes, parameters
        (shapes,) and (shapes, 4) function, numbered as in `FUNCTIONS`, and parameters of each distinct shape.
    low, high
        The domain; cuts are cut off there.
    """

    values: Floats
    shape: Ints
    codes: Ints
    parameters: Floats
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        for name in ("values", "shape", "codes", "parameters"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.values)

    @staticmethod
    def of(
        values: Sequence[Value],
        words: Mapping[str, Membership] | None = None,
        low: float = 0.0,
        high: float = 1.0,
    ) -> FuzzyArray:
        """Gather numbers, fuzzy numbers, membership functions, words, and texts that `FuzzyNumber.parse` reads.

        Parameters
        ----------
        values
            The elements.
        words
            Membership function of each word.
        low, high
            The domain.

        Raises
        ------
        InputError
            For words without a membership function, malformed numbers and numbers outside the domain; names all rows.
        """
        shapes: list[Membership] = []
        problems = []
        for row, value in enumerate(values):
            shape = _shape(value, words or {})
            if isinstance(shape, Membership) and not _fits(shape, value, words or {}, low, high):
                maybe = f"{inside(shape, low, high)}?" if shape.straight else None
                shape = Unread(f"lies outside {low:g} .. {high:g}", maybe)
            if isinstance(shape, Unread):
                problems.append(InputProblem("values", row, None, str(value), shape.message, shape.maybe))
            else:
                shapes.append(shape)
        if problems:
            raise InputError(problems)
        empty = FuzzyArray.plain(np.zeros(len(shapes)), low, high)
        return empty.with_shapes(np.arange(len(shapes)), shapes)

    @staticmethod
    def plain(values: npt.ArrayLike, low: float = 0.0, high: float = 1.0) -> FuzzyArray:
        """Return an array of plain numbers."""
        array = np.array(values, dtype=np.float64)
        return FuzzyArray(array, np.full(len(array), -1), np.empty(0, np.int64), np.empty((0, WIDTH)), low, high)

    def with_shapes(self, rows: Ints, shapes: Sequence[Membership]) -> FuzzyArray:
        """Return the array of plain numbers with some rows replaced by shapes; equal shapes are stored once."""
        values, shape = self.values.copy(), self.shape.copy()
        distinct = list(dict.fromkeys(shapes))
        middle = {each: each.centroid(self.low, self.high) for each in distinct}
        number = {each: place for place, each in enumerate(each for each in distinct if not each.crisp)}
        values[rows] = [middle[each] for each in shapes]
        shape[rows] = [number.get(each, -1) for each in shapes]
        codes = np.array([CODES[each.function] for each in number], dtype=np.int64)
        parameters = np.array([each.padded for each in number]).reshape(-1, WIDTH)
        return FuzzyArray(values, shape, codes, parameters, self.low, self.high)

    def cut(self, levels: Floats, rows: Ints | slice = slice(None)) -> Ends:
        """Return the cuts of some elements.

        Parameters
        ----------
        levels
            (levels, 1) for every level of every row, or (rows,) for a level of each row's own; in [0, 1].
        rows
            Elements asked for.

        Returns
        -------
        tuple
            Low and high ends, (levels, rows) or (rows,); equal where an element is plain.
        """
        values, shape = self.values[rows], self.shape[rows]
        ends = np.broadcast_shapes(levels.shape, values.shape)
        low = np.array(np.broadcast_to(values, ends))
        high = low.copy()
        codes = np.where(shape >= 0, self.codes[shape], -1) if len(self.codes) else shape
        for code, function in enumerate(FUNCTIONS.values()):
            at = np.flatnonzero(codes == code)
            if len(at):
                level = levels if levels.shape[-1] == 1 else levels[..., at]
                least, most = function.cut(self.parameters[shape[at]].T, level)
                low[..., at] = np.clip(least, self.low, self.high)
                high[..., at] = np.clip(most, self.low, self.high)
        return low, high


def _shape(value: Value, words: Mapping[str, Membership]) -> Membership | Unread:
    if isinstance(value, Membership):
        return value
    if isinstance(value, FuzzyNumber):
        return value.membership
    if isinstance(value, str):
        return meaning_of(value, "all", {("all", word): shape for word, shape in words.items()})
    return read_shape(str(value)) or Unread("is no number")


def _fits(shape: Membership, value: Value, words: Mapping[str, Membership], low: float, high: float) -> bool:
    """Tell whether a shape is possible in the domain; numbers must lie inside, words and curves are cut off."""
    if not shape.straight or (isinstance(value, str) and value in words):
        return shape.reaches(low, high)
    return low <= shape.parameters[0] and shape.parameters[-1] <= high


def item_values(register: Register, item: str, plain: Floats) -> FuzzyArray:
    """Return one item of all auditors or all organisations, with what the table `fuzzy` says in its rows' places.

    Parameters
    ----------
    register
        The tables, checked: every value of `fuzzy` can be read.
    item
        One of `FUZZY_ITEMS`.
    plain
        (members,) the item without the table `fuzzy`.
    """
    table = register.fuzzy
    at = np.flatnonzero(table["item"] == item)
    array = FuzzyArray.plain(plain, *DOMAIN_OF[item])
    if not len(at):
        return array
    members = "auditors" if item in AUDITOR_ITEMS else "organisations"
    words: Words = declared_words(register.terms)
    read = {text: meaning_of(text, item, words) for text in set(table["value"][at].tolist())}
    shapes = [shape for text in table["value"][at].tolist() if isinstance(shape := read[text], Membership)]
    return array.with_shapes(register.index(members, table["member_id"][at]), shapes)


def crisp_values(register: Register, item: str, plain: Floats) -> Floats:
    """Return one item of all members with a fuzzy one's centroid in its place; shape (members,)."""
    return item_values(register, item, plain).values if len(register.fuzzy) else plain
