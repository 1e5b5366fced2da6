"""The report's own words, in English and Chinese."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from auditmatch.words import Catalogue, language

# Keys that the scripts of the page ask for.
_FOR_THE_PAGE = ("ui_", "kind_", "role_", "term_", "about_", "result_")


@cache
def _catalogue() -> Catalogue:
    return Catalogue.read(Path(__file__).with_name("words.toml"))


def label(lang: str, key: str, /, **values: Any) -> str:
    """Return a label in a language, filled."""
    return _catalogue().say(lang, key, **values)


def label_or(lang: str, key: str, otherwise: str) -> str:
    """Return a label in a language, or `otherwise` where the key is not known."""
    return label(lang, key) if key in _catalogue().templates else otherwise


def labels(lang: str) -> dict[str, str]:
    """Return the labels that the page needs, unfilled, by key."""
    place = language(lang)
    return {key: pair[place] for key, pair in _catalogue().templates.items() if key.startswith(_FOR_THE_PAGE)}
