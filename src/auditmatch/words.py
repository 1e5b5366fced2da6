"""Sentences for people, in English and Chinese: one catalogue for explanations, the command and the report.

A message is a key and its values; it becomes text only when a language is asked for. The sentences stand in
`words.toml`. A part of the library with sentences of its own reads a catalogue that contains these:
``Catalogue.read(Path(__file__).with_name("words.toml"))``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from auditmatch.errors import ArgumentError, nearest

LANGUAGES = ("en", "zh")
# A list of names longer than this is cut and the rest counted; lists inside lists, and lists of phrases, are shorter.
MOST_NAMES, MOST_INSIDE = 5, 3


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence, or a part of one, without a language; values may be messages and tuples of names.

    Attributes
    ----------
    key
        Key of the catalogue.
    values
        What fills the template, as (name, value) pairs.
    """

    key: str
    values: tuple[tuple[str, Any], ...] = ()

    def say(self, lang: str = "en") -> str:
        """Return the message in one language."""
        return say(lang, self.key, **dict(self.values))


def message(key: str, /, **values: Any) -> Message:
    """Make a message."""
    return Message(key, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Templates by key, each in English and Chinese, as `str.format` reads them.

    Attributes
    ----------
    templates
        By key: one template for each of `LANGUAGES`.
    rules
        Chinese by what rules are called and say in English.
    """

    templates: Mapping[str, tuple[str, str]]
    rules: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> Catalogue:
        """Return the templates of a TOML file together with those of the library; its own come first."""
        own = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = own.pop("rules", {})
        templates = {key: (pair[0], pair[1]) for key, pair in own.items()}
        if path != _HOME:
            templates, rules = {**catalogue().templates, **templates}, {**catalogue().rules, **rules}
        return cls(templates, rules)

    def say(self, lang: str, key: str, /, **values: Any) -> str:
        """Return the template of a key, filled.

        Tuples become lists of names, whole numbers get separators, messages are said in the same language.

        Raises
        ------
        ArgumentError
            The language or the key is not known.
        """
        return self._filled(lang, key, values, MOST_NAMES)

    def rule(self, lang: str, name: str) -> str:
        """Return what a rule is called, or says, in a language; one that is not known speaks for itself."""
        return self.rules.get(name, name) if language(lang) else name

    def _filled(self, lang: str, key: str, values: Mapping[str, Any], most: int) -> str:
        place = language(lang)
        if key not in self.templates:
            near = nearest(key, self.templates)
            raise ArgumentError(f"no message is called {key!r}" + (f". Maybe {near!r}?" if near else ""))
        shown = {name: self._shown(lang, value, most) for name, value in values.items()}
        return self.templates[key][place].format(**shown)

    def _shown(self, lang: str, value: Any, most: int) -> str:
        if isinstance(value, Message):
            values = dict(value.values)
            return (
                self.rule(lang, values["name"]) if value.key == "rule" else self._filled(lang, value.key, values, most)
            )
        if isinstance(value, tuple | list):
            fewer = MOST_INSIDE if any(isinstance(each, Message) for each in value) else most
            return listed(lang, [self._shown(lang, each, MOST_INSIDE) for each in value], fewer)
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}"
        return str(value)


_HOME = Path(__file__).with_name("words.toml")


@cache
def catalogue() -> Catalogue:
    """Return the library's own catalogue."""
    return Catalogue.read(_HOME)


def say(lang: str, key: str, /, **values: Any) -> str:
    """Return a message of the library's own catalogue; see `Catalogue.say`."""
    return catalogue().say(lang, key, **values)


def language(lang: str) -> int:
    """Return the place of a language in each template.

    Raises
    ------
    ArgumentError
        The language is not known.
    """
    if lang not in LANGUAGES:
        raise ArgumentError(f"lang={lang!r} is not a language of the messages. Maybe 'en' or 'zh'?")
    return LANGUAGES.index(lang)


def listed(lang: str, names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Return names as a list for reading; those beyond `most` are counted only."""
    every = list(names)
    shown, more = every[:most], len(every) - most
    if language(lang):
        return "、".join(shown) + (f" 等 {len(every)} 个" if more > 0 else "")
    if more > 0:
        return ", ".join(shown) + f" and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def rule_words(name: str) -> Message:
    """Return what a rule is called, or says, as a message."""
    return message("rule", name=name)
