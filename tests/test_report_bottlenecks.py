"""The bottleneck graph: groups on the left, people on the right, days between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matching_rows import audit, auditor, client, holds, needs, register

import auditmatch as am
from auditmatch.errors import ArgumentError
from auditmatch.report.bottlenecks import bottleneck_graph

WEEK = ("2027-03-01", "2027-03-05")


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def short(days: float = 8) -> Any:
    """Li and Wang serve QMS and EMS, Zhao alone OHSMS and two codes more; Zhang can be given what is asked."""
    rows = [auditor(name) for name in ("Li", "Wang", "Zhao", "张")] + [client("o")]
    held = {"Li": ("QMS", "EMS"), "Wang": ("QMS", "EMS"), "Zhao": ("OHSMS", "ISMS", "EnMS"), "张": ("ITSMS",)}
    rows += [holds(who, field) for who, fields in held.items() for field in fields]
    for name, fields, asked in (("x", ("QMS", "EMS"), 2 * days), ("y", held["Zhao"], 2 * days), ("z", ("ITSMS",), 1)):
        rows += [audit(name, "o", person_days=asked), *(needs(name, field) for field in fields)]
    return am.capacity(register(*rows), *WEEK)


def texts(ax: Any, folder: Path) -> list[str]:
    """Draw the figure, which warns of missing letters, and return the texts in the axes."""
    ax.figure.savefig(folder / "figure.png")
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_groups_below_1_are_drawn_scarcest_first_with_those_who_may_serve_them(tmp_path: Path) -> None:
    # Zhao has 5 days for 16, Li and Wang 10 for 16. Groups with the same people are one node, and so are the people.
    shown = texts(bottleneck_graph(short()), tmp_path)
    assert shown == [
        "EnMS 03.04.01 + 2: 5.0 of 16.0, P* 0.31",
        "EMS 03.04.01 + 1: 10.0 of 16.0, P* 0.62",
        "Zhao",
        "Li + 1",
    ]


def test_what_is_not_drawn_is_counted(tmp_path: Path) -> None:
    shown = texts(bottleneck_graph(short(), most=1, lang="zh"), tmp_path)
    assert shown == ["EnMS 03.04.01 + 2：5.0 / 16.0，P* 0.31", "Zhao", "另有 2 个专业小类未画出"]


def test_lines_are_thicker_where_more_days_are_given() -> None:
    ax = bottleneck_graph(short())
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert sorted(line.get_linewidth() for line in lines) == pytest.approx([0.8 + 4.2 * 5 / 10, 0.8 + 4.2])


def test_without_a_shortage_the_scarcest_are_drawn_and_it_is_said(tmp_path: Path) -> None:
    assert "Every group can be given what it asks" in texts(bottleneck_graph(short(0.5)), tmp_path)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="most is 0"):
        bottleneck_graph(short(), most=0)
    with pytest.raises(ArgumentError, match="'de' is not a language"):
        bottleneck_graph(short(), lang="de")
