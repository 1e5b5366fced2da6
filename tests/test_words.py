"""The catalogue of sentences: both languages say the same with the same values."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from auditmatch.errors import ArgumentError
from auditmatch.words import Catalogue, catalogue, listed, message, rule_words, say


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("key", sorted(catalogue().templates))
def test_both_languages_name_the_same_values(key: str) -> None:
    english, chinese = catalogue().templates[key]
    assert fields(english) == fields(chinese)
    assert bool(english) == bool(chinese)


@pytest.mark.parametrize("key", sorted(catalogue().templates))
def test_sentences_end_as_sentences_do(key: str) -> None:
    english, chinese = catalogue().templates[key]
    assert english.endswith(".") == chinese.endswith("。")


def test_values_are_shown_for_people() -> None:
    assert say("en", "figures_cost", cost=1234567, terms="-") == "Cost 1,234,567 points: -."
    names = tuple(f"A{k}" for k in range(7))
    assert say("en", "do_link", partners=names) == "Move A0, A1, A2, A3, A4 and 2 more, or loosen the link."
    assert say("zh", "do_link", partners=names) == "调整 A0、A1、A2、A3、A4 等 7 个，或放宽关联。"


def test_messages_inside_messages_speak_the_same_language() -> None:
    said = message("pin", rule=rule_words("absences"), why="P1 is away")
    assert said.say() == "It is pinned, but the pin breaks the rule absences: P1 is away."
    assert said.say("zh") == "已固定，但违反规则“缺勤”：P1 is away。"
    # A rule of somebody's own has no translation and keeps its name.
    assert message("pin", rule=rule_words("moon"), why="-").say("zh") == "已固定，但违反规则“moon”：-。"


def test_lists_inside_lists_are_shorter() -> None:
    person = message("person_with", name="P1", what=("A1", "A2", "A3", "A4"))
    assert (
        say("en", "impartial_none", every="All", lost=(person,)) == "All is barred from it: P1 (A1, A2, A3 and 1 more)."
    )


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [((), "", ""), (("A",), "A", "A"), (("A", "B"), "A and B", "A、B"), (("A", "B", "C"), "A, B and C", "A、B、C")],
)
def test_lists(names: tuple[str, ...], english: str, chinese: str) -> None:
    assert listed("en", names) == english
    assert listed("zh", names) == chinese


def test_unknown_languages_and_messages_are_refused() -> None:
    with pytest.raises(ArgumentError, match="'de' is not a language"):
        say("de", "done")
    with pytest.raises(ArgumentError, match="Maybe 'closed'"):
        say("en", "closedd")


def test_a_part_of_the_library_may_bring_its_own_sentences(tmp_path: Path) -> None:
    own = tmp_path / "words.toml"
    own.write_text('title = ["Plan", "计划"]\ndone = ["Over.", "完了。"]\n[rules]\nmoon = "月亮"\n', encoding="utf-8")
    both = Catalogue.read(own)
    assert both.say("zh", "title") == "计划"
    assert both.say("en", "done") == "Over."
    assert both.say("en", "closed", latest="a", start="b").startswith("Its window closed")
    assert both.rule("zh", "moon") == "月亮"
    assert both.rule("zh", "absences") == "缺勤"
