"""Figures for notebooks: what is drawn, in letters that some font has, without a warning."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report_samples import PEOPLE, hostile, large

import auditmatch as am
import auditmatch.report.plots as plots
from auditmatch.errors import MissingExtraError
from auditmatch.report import canvas


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def drawn(ax: Any, folder: Path) -> list[str]:
    """Draw the figure, which warns of missing letters, and return every text on it."""
    from matplotlib.text import Text

    ax.figure.savefig(folder / "figure.png")
    return [text.get_text() for text in ax.figure.findobj(Text) if text.get_text()]


def test_the_heat_map_says_P_of_each_field_and_large_class(tmp_path: Path) -> None:
    degree = am.matching_degree(hostile().problem.scene.register, at="2027-01-04")
    ax = am.report.plots.heat_map(degree)
    texts = drawn(ax, tmp_path)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["<b>QMS</b>", "Service"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["03", "scheme"]
    row = degree.table.set_index("specialty").loc["03.04.01"]
    assert f"{row['X'] / row['Y']:.2f}" in texts  # the large class has the members of this small class


def test_the_gantt_draws_a_bar_for_each_member_and_shades_days_off(tmp_path: Path) -> None:
    ax = plots.gantt(hostile(), lang="zh")
    texts = drawn(ax, tmp_path)
    bars = [patch for container in ax.containers for patch in container]
    assert sorted((bar.get_x(), bar.get_width()) for bar in bars) == [(0, 1.5), (0, 1.5), (4.5, 3), (4.5, 3), (8, 1)]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(PEOPLE[:3])
    assert {"监督审核", "按审核员的计划"} <= set(texts)
    some = plots.gantt(hostile(), auditors=[PEOPLE[1]])
    assert len(some.containers) == 2


def test_the_load_is_sorted_by_share(tmp_path: Path) -> None:
    ax = plots.load(hostile())
    drawn(ax, tmp_path)
    there, booked = ax.containers
    assert [bar.get_width() for bar in booked] == [2.5, 2.5, 1.0, 0.0]
    assert [bar.get_width() for bar in there] == [10.0, 10.0, 8.5, 5.0]


def test_the_trace_ends_with_the_search(tmp_path: Path) -> None:
    ax = plots.trace(hostile())
    drawn(ax, tmp_path)
    cost, bound = ax.lines
    assert list(cost.get_xdata()) == [0.2, 1.0, 1.25]
    assert list(cost.get_ydata()) == [1600, 1200, 1200]
    assert list(bound.get_ydata()) == [500, 500, 800, 800]
    drawn(plots.trace(replace(hostile(), trace=())), tmp_path)


def test_a_figure_goes_into_axes_that_are_given(tmp_path: Path) -> None:
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2)
    assert plots.load(hostile(), ax=left) is left
    assert plots.trace(hostile(), ax=right) is right
    drawn(left, tmp_path)


def test_without_a_chinese_font_letters_become_boxes_and_nothing_warns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(canvas, "_CHINESE", ())
    canvas._letters.cache_clear()
    try:
        texts = drawn(plots.load(hostile(), lang="zh"), tmp_path)
    finally:
        canvas._letters.cache_clear()
    assert "CON \u25a1\u25a1" in texts


def test_a_plan_of_many_auditors_is_drawn(tmp_path: Path) -> None:
    drawn(plots.gantt(large(200, 40)), tmp_path)


def test_without_the_package_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"auditmatch\[plot\]"):
        plots.trace(hostile())


def test_figures_load_when_asked_for() -> None:
    assert am.report.plots is plots
    with pytest.raises(AttributeError, match="no attribute 'pdf'"):
        am.report.pdf  # noqa: B018
