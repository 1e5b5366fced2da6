"""The page as text: one file, inert whatever names hold, admitted by digests, written whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import FORMULA, IMAGE, PEOPLE, SCRIPT, SECRET, TOLD, hostile, large, told

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.report.page import inert_json, page, payload

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "plan.html"
    return am.report.html(hostile(), path, explanations=TOLD).read_text(encoding="utf-8")


def data_of(text: str) -> Any:
    return json.loads(DATA.search(text)[1])  # type: ignore[index]


def test_a_result_alone_is_enough(tmp_path: Path) -> None:
    path = am.report.html(hostile(), tmp_path / "plan.html")
    assert path == tmp_path / "plan.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [file.name for file in tmp_path.iterdir()] == ["plan.html"]  # no draft is left


def test_equal_results_make_equal_pages(text: str, tmp_path: Path) -> None:
    again = am.report.html(hostile(), tmp_path / "plan.html", explanations=TOLD)
    assert again.read_text(encoding="utf-8") == text


def test_names_stand_in_the_data_alone(text: str) -> None:
    rest = DATA.sub("", text)
    for name in (SCRIPT, IMAGE, FORMULA, *PEOPLE[:1], "hacked"):
        assert name not in rest
    # The data, the script: nothing that a name holds opens another.
    assert text.count("<script") == 2
    assert text.count("</script>") == 2


def test_the_data_give_names_back_as_they_were(text: str) -> None:
    data = data_of(text)
    assert [person[0] for person in data["people"]] == list(PEOPLE)
    assert data["people"][0][1] == SCRIPT
    assert {client[1] for client in data["clients"]} >= {IMAGE, FORMULA}
    assert data["left"][0][2:] == [f"reason en {IMAGE}", f"remedy en {FORMULA}", [], []]


@given(st.recursive(st.none() | st.text() | st.sampled_from(["</script>", "<!--", "]]>", "\u2028"]), st.lists))
def test_inert_json_says_the_same_and_holds_no_markup(content: Any) -> None:
    text = inert_json(content)
    assert json.loads(text) == content
    assert not set("<>&\u2028\u2029") & set(text)
    text.encode("utf-8")  # even where a name has half of a surrogate pair


def test_the_policy_admits_this_script_and_this_style_and_nothing_else(text: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]  # type: ignore[index]
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]  # type: ignore[index]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]  # type: ignore[index]
    for part, name in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(hashlib.sha256(part.encode("utf-8")).digest()).decode("ascii")
        assert f"{name} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_names_no_address(text: str) -> None:
    rest = DATA.sub("", text)
    found = set(re.findall(r"(?:https?:)?//[\w.]+\.\w+[^\s'\"]*", rest)) - {"http://www.w3.org/2000/svg"}
    assert found == set()
    assert not re.findall(r"\b(?:src|href)=", re.sub(r'<link rel="icon" href="data:,">', "", rest))
    assert "@import" not in rest
    assert "innerHTML" not in rest


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_personal_items_and_reasons_of_absence_do_not_appear(lang: str, tmp_path: Path) -> None:
    text = am.report.html(hostile(), tmp_path / "plan.html", lang=lang).read_text(encoding="utf-8")
    for word in (SECRET, "0.123", "caprice", "health", "健康", "情绪"):
        assert word not in text


def test_figures_and_heat_stand_in_the_data(text: str) -> None:
    data = data_of(text)
    figures = data["figures"]
    assert (figures["served"], figures["deferred"], figures["unserved"], figures["hopeless"]) == (2, 1, 1, 1)
    assert (figures["cost"], figures["bound"], figures["gap"]) == (1200, 800, 0.5)
    assert figures["trace"] == [[0.1, None, 500], [0.2, 1600, 500], [1.0, 1200, 800]]
    assert data["working"] == "33333003333300"  # from Monday, two weeks; the second Friday is worked
    assert data["heat"]["fields"] == ["<b>QMS</b>", "Service"]


def test_chinese_pages_say_so_and_speak_chinese(tmp_path: Path) -> None:
    text = am.report.html(hostile(), tmp_path / "plan.html", explanations=TOLD, lang="zh").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in text
    assert "<title>审核计划 2027-01-04 – 2027-01-17</title>" in text
    assert data_of(text)["words"]["ui_left"] == "未安排"


def test_a_result_without_a_plan_is_a_page_as_well(tmp_path: Path) -> None:
    nothing = replace(hostile(), plan=None, cost=None, bound=None, terms=None, served=(), trace=())
    data = data_of(am.report.html(nothing, tmp_path / "plan.html").read_text(encoding="utf-8"))
    assert data["figures"]["cost"] is None
    assert data["figures"]["gap"] is None


def test_a_long_search_is_thinned_and_keeps_its_end() -> None:
    steps = tuple(replace(hostile().trace[-1], seconds=k / 10, cost=9000 - k) for k in range(5000))
    result = replace(hostile(), trace=steps)
    trace = payload(result, result.problem, None, TOLD, "en")["figures"]["trace"]  # type: ignore[arg-type]
    assert len(trace) < 500
    assert trace[-1] == [499.9, 4001, 800]


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="is a folder"):
        am.report.html(hostile(), tmp_path, explanations=TOLD)
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="cannot be written"):
        am.report.html(hostile(), tmp_path / "file" / "plan.html", explanations=TOLD)
    with pytest.raises(ArgumentError, match="Maybe give problem="):
        am.report.html(replace(hostile(), problem=None), tmp_path / "plan.html")
    with pytest.raises(ArgumentError, match="Maybe 'en' or 'zh'"):
        am.report.html(hostile(), tmp_path / "plan.html", lang="fr")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_failed_page_leaves_the_old_one(tmp_path: Path) -> None:
    path = am.report.html(hostile(), tmp_path / "plan.html", explanations=TOLD)
    before = path.read_bytes()
    with pytest.raises(ArgumentError):
        am.report.html(hostile(), path, lang="fr")
    assert path.read_bytes() == before


def test_a_page_of_2000_audits_stays_small() -> None:
    result = large(2000, 300)
    content = payload(result, result.problem, None, told(result), "en")  # type: ignore[arg-type]
    assert len(content["visits"]) > 1000
    assert len(page(content).encode("utf-8")) < 2_000_000
