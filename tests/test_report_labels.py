"""The report's words: both languages, the same blanks, every label there and every label used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import auditmatch.report
from auditmatch.errors import ArgumentError
from auditmatch.goals import TERMS
from auditmatch.plan import ROLES
from auditmatch.report.labels import label, label_or, labels
from auditmatch.result import Status
from auditmatch.tables import TABLES

FOLDER = Path(auditmatch.report.__file__).parent
WORDS = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir() if path.suffix in (".py", ".js")}
BLANK = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("key", WORDS)
def test_a_label_has_two_languages_with_the_same_blanks(key: str) -> None:
    english, chinese = WORDS[key]
    assert english.strip()
    assert chinese.strip()
    assert set(BLANK.findall(english)) == set(BLANK.findall(chinese))


def test_every_label_that_the_page_asks_for_is_there() -> None:
    asked = {key for text in SOURCES.values() for key in re.findall(r"(?:say|label)\((?:lang, )?['\"](\w+)['\"]", text)}
    assert asked <= set(WORDS)
    assert len(asked) > 60


def test_no_label_is_left_over() -> None:
    every = "\n".join(SOURCES.values())
    prefixes = ("kind_", "role_", "term_", "about_", "result_", "head_", "summary_", "sheet_", "factor_")
    prefixes += ("letter_", "ui_change_", "milestone_")
    spare = [key for key in WORDS if not key.startswith(prefixes) and not re.search(rf"\b{key}\b", every)]
    said_by_state = {"ui_served", "ui_deferred", "ui_unserved", "ui_hopeless", "ui_am", "ui_pm", "ui_chart", "ui_table"}
    assert set(spare) <= said_by_state


def test_every_choice_of_the_tables_has_a_label() -> None:
    kinds = next(column for column in TABLES["audits"].columns if column.name == "kind").choices
    names = [f"kind_{kind}" for kind in kinds] + [f"role_{role}" for role in ROLES]
    names += [f"{part}_{term}" for term in TERMS for part in ("term", "about")] + [f"result_{s}" for s in Status]
    assert set(names) <= set(WORDS)


def test_a_language_that_is_not_known_is_refused() -> None:
    with pytest.raises(ArgumentError, match="Maybe 'en' or 'zh'"):
        labels("fr")


def test_a_term_of_a_users_own_goal_speaks_for_itself() -> None:
    assert label_or("zh", "term_mine", "mine") == "mine"
    assert label("zh", "term_travel") == "差旅"
