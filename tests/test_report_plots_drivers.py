"""The waterfall of drivers: each bar begins where the one before ends, and zero and absent P are told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from matching_rows import OILS, SMALL, auditor, client, holds, needs, register

import auditmatch as am
from auditmatch.errors import UnknownNameError
from auditmatch.matching import matching_degree
from auditmatch.report.plots_drivers import waterfall


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


def bars(ax: Any) -> list[tuple[float, float]]:
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for container in ax.containers for bar in container]


def test_each_bar_begins_where_the_one_before_ends(tmp_path: Path) -> None:
    rows = [auditor("a", routine=0.0), auditor("b"), holds("a"), holds("b"), holds("b", "EMS")]
    degree = matching_degree(register(*rows, client("o", policy=0.5, coordination=0.25), *SMALL[3:]))
    ax = waterfall(degree, "QMS", OILS)
    texts = drawn(ax, tmp_path)
    ends = bars(ax)
    assert len(ends) == 8
    assert ends[0][0] == 0.0  # the ideal has P = 1
    assert [end for _, end in ends[:-1]] == pytest.approx([begin for begin, _ in ends[1:]])
    assert ends[-1][1] == pytest.approx(math.log(degree.P[list(degree.factors.field).index("QMS")]))
    assert {"× 2", "× 0.25", "× 0.5", "P = 1", "A1 auditors = 2", "D coordination = 0.25"} <= set(texts)
    # X is 0.8 + 0.5 and Y is 8.
    assert "P = 0.163" in texts


def test_zero_and_absent_P_are_told(tmp_path: Path) -> None:
    degree = matching_degree(register(*SMALL, holds("a", "EMS"), needs("x", "OHSMS")))
    nobody = waterfall(degree, "OHSMS", OILS)
    assert {"× 0", "P = 0", "P = 1"} <= set(drawn(nobody, tmp_path))
    idle = waterfall(degree, "EMS", OILS, lang="zh")
    assert {"× ∞", "无项目，无 P", "A2 项目数 = 0"} <= set(drawn(idle, tmp_path))
    assert "D 协调" in drawn(idle, tmp_path)  # without a value
    # From P = 0 the waterfall is laid out backwards, so that it ends at P of the group, 1/2.
    risen = waterfall(degree, "QMS", OILS, ("OHSMS", OILS))
    assert {"P = 0", "× ∞", "P = 0.5"} <= set(drawn(risen, tmp_path))
    assert bars(risen)[-1][1] == pytest.approx(math.log(0.5))
    drawn(waterfall(degree, "EMS", OILS, ("OHSMS", OILS)), tmp_path)


def test_chinese_names_and_very_small_P_are_drawn(tmp_path: Path) -> None:
    rows = [auditor("a"), holds("a", "质量管理体系"), client("o", policy=0.0, coordination=0.0, client_timing=0.0)]
    degree = matching_degree(register(*rows, SMALL[3], needs("x", "质量管理体系")))
    ax = waterfall(degree, "质量管理体系", OILS, lang="zh")
    texts = drawn(ax, tmp_path)
    assert f"质量管理体系 {OILS} 匹配度 P 的驱动因素" in texts
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert len(ticks) <= 12
    assert "1/64" in ticks or "1/256" in ticks


def test_it_goes_into_axes_that_are_given_and_loads_when_asked_for(tmp_path: Path) -> None:
    from matplotlib import pyplot

    _, ax = pyplot.subplots()
    degree = matching_degree(register(*SMALL))
    assert am.report.plots_drivers.waterfall(degree, "QMS", OILS, ax=ax) is ax
    with pytest.raises(UnknownNameError, match="'QMS'"):
        waterfall(degree, "QSM", OILS)
