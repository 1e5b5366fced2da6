"""From the cells of one column, whatever their type, to one typed array and the faults found on the way.

Arrays of the right type are checked as a whole; everything else is read as text, each distinct text once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditmatch.columns import FIRST_DATE, LAST_DATE, NO_DATE, TEXT_LIMIT, Column
from auditmatch.errors import nearest
from auditmatch.meant import NUMBER, date_meant, day_of, number_meant

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0*)?")
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([T ]00:00(:00(\.0+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_TIMED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9]{2}:.*")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TRUE, _FALSE = frozenset({"true", "yes", "1", "1.0", "是"}), frozenset({"false", "no", "0", "0.0", "否"})


@dataclass(frozen=True, slots=True)
class Cells:
    """One column as it came: values of any type, and a mask of the rows that hold none; shapes (rows,)."""

    values: NDArray[Any]
    absent: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the cell of one row, counted from 0."""

    row: int
    value: str | None
    message: str
    maybe: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """One column as an array of its declared type; `blank` marks the rows where the default stands."""

    values: NDArray[Any]
    blank: NDArray[np.bool_]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What a parser says of a text that it cannot read."""

    message: str
    maybe: str | None = None


def parse(column: Column, cells: Cells) -> Parsed:
    """Return the typed array of a column, with every fault of type, range, length and absence."""
    typed = _TYPED.get((column.kind, cells.values.dtype.kind))
    values, blank, faults = typed(cells) if typed else _from_texts(column, cells)
    wrong = np.zeros(len(values), dtype=np.bool_)
    wrong[[fault.row for fault in faults]] = True
    beyond = _out_of_range(column, values, ~(blank | wrong))
    wrong[[fault.row for fault in beyond]] = True
    if column.required:
        faults += [Fault(row, None, "the cell is empty") for row in np.flatnonzero(blank & ~wrong).tolist()]
    unset = blank | wrong
    if unset.any():
        values = np.where(unset, np.array(column.blank, values.dtype if column.kind == "date" else None), values)
    return Parsed(values.astype(column.dtype), unset, (*faults, *beyond))


def object_array(values: Iterable[Any]) -> NDArray[Any]:
    """Return a one-dimensional object array, whatever the values are."""
    listed = list(values)
    return np.fromiter(listed, dtype=object, count=len(listed))


# Arrays that have a fitting type already -----------------------------------------------------------------------------

_Read = tuple[NDArray[Any], NDArray[np.bool_], list[Fault]]


def _faults(
    cells: Cells, wrong: NDArray[np.bool_], message: str, hint: Callable[[Any], str] | None = None
) -> list[Fault]:
    rows = np.flatnonzero(wrong).tolist()
    found = [(row, cells.values[row]) for row in rows]
    return [Fault(row, as_text(value), message, hint(value) if hint else None) for row, value in found]


def _numbers(cells: Cells) -> _Read:
    wrong = ~cells.absent & ~np.isfinite(cells.values)
    return cells.values.astype(np.float64), cells.absent, _faults(cells, wrong, "is not a finite number")


def _wholes(cells: Cells) -> _Read:
    values, absent, faults = _numbers(cells)
    broken = ~absent & np.isfinite(values) & (values != np.rint(values))
    faults += _faults(cells, broken, "is not a whole number", lambda value: f"{math.floor(value)}?")
    return values, absent, faults


def _truths(cells: Cells) -> _Read:
    values = cells.values
    wrong = ~cells.absent & (values != 0) & (values != 1)
    return values == 1, cells.absent, _faults(cells, wrong, "is neither true nor false")


def _dates(cells: Cells) -> _Read:
    days = cells.values.astype("datetime64[D]")
    blank = cells.absent | np.isnat(days)
    timed = ~blank & (days != cells.values)
    return days, blank, _faults(cells, timed, "has a time of day", lambda value: f"{value.astype('datetime64[D]')}?")


_TYPED: dict[tuple[str, str], Callable[[Cells], _Read]] = {
    **{("number", kind): _numbers for kind in "iuf"},
    **{("int", kind): _wholes for kind in "iuf"},
    **{("bool", kind): _truths for kind in "biuf"},
    ("date", "M"): _dates,
}


def _out_of_range(column: Column, values: NDArray[Any], present: NDArray[np.bool_]) -> list[Fault]:
    if column.kind == "date":
        out = np.flatnonzero(present & ((values < FIRST_DATE) | (values > LAST_DATE))).tolist()
        message = f"lies outside {FIRST_DATE} .. {LAST_DATE}"
        maybe = None if column.required else "leave the cell empty?"
        return [Fault(row, str(values[row]), message, maybe) for row in out]
    if column.kind not in ("int", "number"):
        return []
    low, high = (-np.inf if column.low is None else column.low), (np.inf if column.high is None else column.high)
    faults = []
    for row in np.flatnonzero(present & ((values < low) | (values > high))).tolist():
        value, bound = float(values[row]), low if values[row] < low else high
        meant = value / 100 if high == 1 < value <= 100 else bound  # 80 where 0.8 is meant
        side = "below" if value < low else "above"
        faults.append(Fault(row, as_text(value), f"is {side} {as_text(bound)}", f"{as_text(meant)}?"))
    return faults


# Everything else, as text --------------------------------------------------------------------------------------------


def as_text(value: Any) -> str:
    """Return one value as the text of a CSV cell: 12.0 is "12", a date is ISO, a truth is true or false."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if math.isfinite(value) and value == int(value) else repr(float(value))
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _from_texts(column: Column, cells: Cells) -> _Read:
    values, gone = (
        cells.values.tolist() if cells.values.dtype.kind != "M" else list(cells.values),
        cells.absent.tolist(),
    )
    odd = _odd_types(column, set(map(type, values)))
    texts = [
        None if absent else (value.strip() or None) if type(value) is str else as_text(value).strip() or None
        for value, absent in zip(values, gone, strict=True)
    ]
    faults = []
    if odd:
        for row, value in enumerate(values):
            if type(value) in odd and texts[row] is not None:
                faults.append(Fault(row, texts[row], odd[type(value)], _ODD_WAY_OUT.get(odd[type(value)])))
                texts[row] = None
    blank = np.array([text is None for text in texts], dtype=np.bool_)
    parser, empty, dtype = _PARSERS[column.kind]
    known = {text: parser(column, text) for text in set(texts) if text is not None}
    wrong = {text: said for text, said in known.items() if isinstance(said, _Wrong)}
    known |= dict.fromkeys(wrong, empty)
    if wrong:
        faults += [
            Fault(row, text, wrong[text].message, wrong[text].maybe) for row, text in enumerate(texts) if text in wrong
        ]
    read = [empty if text is None else known[text] for text in texts]
    return (object_array(read) if dtype == "O" else np.array(read, dtype=dtype)), blank, faults


_A_DATE, _A_GROUP = "is a date where text is wanted", "is not the content of one cell"
_ODD_WAY_OUT = {_A_DATE: "format the column as text before typing?"}


def _odd_types(column: Column, types: set[type]) -> dict[type, str]:
    groups = {kind: _A_GROUP for kind in types if issubclass(kind, (list, tuple, dict, set, bytes, np.ndarray))}
    if column.kind not in ("text", "choice"):
        return groups
    dates = {kind: _A_DATE for kind in types if hasattr(kind, "isoformat") or issubclass(kind, np.datetime64)}
    return groups | dates


def _read_text(column: Column, text: str) -> str | _Wrong:
    if len(text) > TEXT_LIMIT:
        return _Wrong(f"has {len(text)} characters; {TEXT_LIMIT} is the most", "shorten it?")
    if not text.isprintable() and _CONTROL.search(text):
        return _Wrong("has a character that cannot be shown", "delete it?")
    return text


def _read_choice(column: Column, text: str) -> str | _Wrong:
    for choice in column.choices:
        if choice.casefold() == text.casefold():
            return choice
    near = nearest(text.casefold(), column.choices)
    return _Wrong(f"is not one of {', '.join(column.choices)}", f"{near}?" if near else None)


def _read_number(column: Column, text: str) -> float | _Wrong:
    if NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return _Wrong("is not a number", number_meant(text))


def _read_whole(column: Column, text: str) -> float | _Wrong:
    if _WHOLE.fullmatch(text):
        return float(text)
    number = NUMBER.fullmatch(text) and float(text)
    if isinstance(number, float) and math.isfinite(number) and abs(number) < 2**53:
        return number if number == int(number) else _Wrong("is not a whole number", f"{math.floor(number)}?")
    return _Wrong("is not a whole number", number_meant(text))


def _read_truth(column: Column, text: str) -> bool | _Wrong:
    lowered = text.casefold()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE
    return _Wrong("is neither true nor false", "true or false?")


def _read_date(column: Column, text: str) -> int | _Wrong:
    match = _ISO.fullmatch(text)
    if match and (day := day_of(match[1])) is not None:
        return int(day.astype(np.int64))
    timed = _TIMED.fullmatch(text)
    if timed and day_of(timed[1]) is not None:
        return _Wrong("has a time of day", f"{timed[1]}?")
    message = "is not a date" if match else "is not a date written YYYY-MM-DD"
    return _Wrong(message, date_meant(text))


_PARSERS: dict[str, tuple[Callable[[Column, str], Any], Any, str]] = {
    "text": (_read_text, None, "O"),
    "choice": (_read_choice, None, "O"),
    "number": (_read_number, np.nan, "float64"),
    "int": (_read_whole, np.nan, "float64"),
    "bool": (_read_truth, False, "bool"),
    "date": (_read_date, NO_DATE.astype(np.int64).item(), "datetime64[D]"),
}
