"""What a text that cannot be read as a number or a date was probably meant to be."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from auditmatch.columns import FIRST_DATE, LAST_DATE

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.年 ]?([0-9]{1,2})[-/.月 ]?([0-9]{1,2})日?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
_SERIAL = re.compile(r"([0-9]{5})(\.0*)?")


def number_meant(text: str) -> str | None:
    """Return the number that full-width digits, a decimal comma, separators or a per cent sign hide."""
    plain = re.sub(r"[\s_']", "", unicodedata.normalize("NFKC", text[:40]))
    plain = plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain.replace(",", ".")
    if plain.endswith("%") and NUMBER.fullmatch(plain[:-1]):
        return f"{float(plain[:-1]) / 100:g}?"
    return f"{plain}?" if plain != text and NUMBER.fullmatch(plain) else None


def date_meant(text: str) -> str | None:
    """Return the date that full-width digits, another order or mark, or a day too many hide, as a question."""
    meant = _nearest_date(unicodedata.normalize("NFKC", text[:40]))
    return f"{meant}?" if meant is not None and FIRST_DATE <= meant <= LAST_DATE else None


def day_of(text: str) -> np.datetime64 | None:
    """Return the day that ISO text names, None where there is no such day."""
    try:
        day: np.datetime64 = np.datetime64(text, "D")
    except ValueError:
        return None
    return day


def _nearest_date(text: str) -> np.datetime64 | None:
    """Return the date that another order, another mark, a day too many or a spreadsheet's day number hides."""
    if match := _SERIAL.fullmatch(text):
        return np.datetime64("1899-12-30", "D") + np.timedelta64(int(match[1]), "D")  # day 0 as spreadsheets count
    if match := _YEAR_FIRST.match(text):
        year, month, day = match[1], int(match[2]), int(match[3])
    elif match := _YEAR_LAST.match(text):
        year, month, day = match[3], int(match[2]), int(match[1])
    else:
        return None
    month, day = (day, month) if month > 12 >= day else (month, day)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    first = np.datetime64(f"{year}-{month:02}", "M")
    last = (first + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    meant: np.datetime64 = min(first.astype("datetime64[D]") + np.timedelta64(day - 1, "D"), last)
    return meant
