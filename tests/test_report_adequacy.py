"""Figures of single groups: what is drawn, where, and in letters that some font has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditmatch as am
from auditmatch.errors import MissingExtraError
from auditmatch.matching import MatchingDegree
from auditmatch.report.adequacy import against, bands
from auditmatch.report.canvas import BANDS, LIMITS


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
    return [text.get_text() for text in ax.figure.findobj(Text) if text.get_text() and text.get_visible()]


def small(**changes: Any) -> MatchingDegree:
    """Return P of four groups with projects, of which nobody audits the second, and one without.

    甲 has two fields and 乙 one, so x is 0.5 and 1. EMS 03.04.01: X = 0.5, Y = 1 + 1 = 2; QMS 03.04.01: X = 1.5,
    Y = 1; QMS 03.04.02: X = 1, Y = 1; EMS 10.01.00: X = 0, Y = 1; QMS 28.01.00: X = 1, Y = 0.
    """
    held = [
        ("甲", "质量", "03.04.01"),
        ("甲", "EMS", "03.04.01"),
        ("乙", "质量", "03.04.01"),
        ("乙", "质量", "03.04.02"),
    ]
    held += [("乙", "质量", "28.01.00")]
    wanted = [("O1", "质量", "03.04.01"), ("O1", "质量", "03.04.02"), ("O1", "EMS", "10.01.00")]
    wanted += [("O1", "EMS", "03.04.01"), ("O2", "EMS", "03.04.01")]
    tables: dict[str, Any] = {
        "auditors": {"auditor_id": ["甲", "乙"]},
        "qualifications": {
            "auditor_id": [who for who, _, _ in held],
            "field": [field for _, field, _ in held],
            "specialty": [code for _, _, code in held],
            "valid_from": ["2020-01-01"] * len(held),
            "grade": ["lead"] * len(held),
        },
        "organisations": {"organisation_id": ["O1", "O2"]},
        "certificates": {
            "certificate_id": [f"C{k}" for k in range(len(wanted))],
            "organisation_id": [who for who, _, _ in wanted],
            "field": [field for _, field, _ in wanted],
            "specialty": [code for _, _, code in wanted],
            "due": ["2027-03-01"] * len(wanted),
        },
    }
    return am.matching_degree(am.Register.from_tables(tables | changes), at="2027-01-04")


# 甲's routine may be anything from 0 to 1, surely 0.5 to 1; B1 is then 0.8 to 1, surely 0.9 to 1.
FUZZY = {"member_id": ["甲"], "item": ["routine"], "value": ["trap(0, 0.5, 1, 1)"]}


def test_each_group_with_projects_is_a_point_at_Y_and_X_in_the_colour_of_P(tmp_path: Path) -> None:
    ax = against(small())
    texts = drawn(ax, tmp_path)
    there, nobody = ax.collections
    # Sorted by field and specialty: EMS 03.04.01, then the two of 质量; EMS 10.01.00 has nobody.
    assert there.get_offsets().tolist() == [[2, 0.5], [1, 1.5], [1, 1]]
    from matplotlib.colors import to_hex

    # P is 0.25, which belongs to the band from 0.25 to 0.5; 1.5 and 1 lie between 1 and 2.
    assert [to_hex(colour).upper() for colour in there.get_facecolors()] == [BANDS[1], BANDS[3], BANDS[3]]
    assert LIMITS[1:5] == (0.25, 0.5, 1.0, 2.0)
    low, _ = ax.get_ylim()
    assert nobody.get_offsets().tolist() == [[1, low]]
    assert {
        "EMS 03.04.01",
        "质量 03.04.01",
        "EMS 10.01.00",
        "nobody: X = 0",
        "difficulty Y (4 groups with projects)",
    } <= set(texts)
    assert "质量 28.01.00" not in texts


def test_lines_join_what_has_the_same_P() -> None:
    ax = against(small())
    ratios = [np.divide(line.get_ydata(), line.get_xdata()) for line in ax.lines]
    assert [ratio.round(12).tolist() for ratio in ratios] == [[P, P] for P in (0.25, 0.5, 1, 2, 4)]
    lines = dict(zip((0.25, 0.5, 1, 2, 4), ax.lines, strict=True))
    for text in ax.texts:
        if text.get_text().startswith("P = "):
            x, y = text.xy
            assert y / x == pytest.approx(float(text.get_text()[4:]))
            assert lines[y / x].get_xdata()[0] < x <= lines[y / x].get_xdata()[1]


def test_only_the_groups_that_lack_most_bear_names(tmp_path: Path) -> None:
    # EMS 03.04.01 lacks 1.5; EMS 10.01.00 lacks 1; 质量 03.04.02 lacks nothing.
    texts = drawn(against(small(), names=2, lang="zh"), tmp_path)
    assert {"EMS 03.04.01", "EMS 10.01.00", "充分值 X", "无人：X = 0"} <= set(texts)
    assert not {"质量 03.04.01", "质量 03.04.02"} & set(texts)


def test_names_meet_no_other_name_and_stay_inside(tmp_path: Path) -> None:
    ax = against(crowd(), names=40)
    drawn(ax, tmp_path)
    boxes = [text.get_window_extent() for text in ax.texts if not text.get_text().startswith("P = ")]
    assert 3 < len(boxes) <= 40
    assert not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[:k])
    inside = ax.get_window_extent()
    assert all(inside.x0 - 1 <= box.x0 and box.x1 <= inside.x1 + 1 for box in boxes)


def test_a_band_shows_support_core_and_centroid_least_centroid_first(tmp_path: Path) -> None:
    degree = small(fuzzy=FUZZY)
    fuzzy = degree.fuzzy()
    ax = bands(fuzzy, lang="zh")
    texts = drawn(ax, tmp_path)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "EMS 10.01.00",
        "EMS 03.04.01",
        "质量 03.04.02",
        "质量 03.04.01",
    ]
    support, core = ax.containers
    # 质量 03.04.01: X = 0.8 / 2 + 1 to 1 / 2 + 1, surely from 0.9 / 2 + 1; Y = 1.
    assert (support[3].get_x(), support[3].get_width()) == pytest.approx((1.4, 0.1))
    assert (core[3].get_x(), core[3].get_width()) == pytest.approx((1.45, 0.05))
    assert ax.lines[0].get_xdata()[3] == pytest.approx(fuzzy.table["centroid"][2])
    # P of 质量 03.04.02 is 1 whatever comes: enough. EMS: 0.2 to 0.25 and 0: short.
    assert {"2 组必然不足", "0 组未定", "2 组必然充足", "模糊匹配度 P"} <= set(texts)


def test_a_group_whose_support_holds_1_is_open(tmp_path: Path) -> None:
    # O1 may be hard: B2 = 0.5 to 1, Y = 1 to 2, and P of 质量 03.04.01 is 1.5 / 2 to 1.5.
    unsure = {"member_id": ["O1"], "item": ["client_timing"], "value": ["[0, 1]"]}
    texts = drawn(bands(small(fuzzy=unsure).fuzzy()), tmp_path)
    # 质量 03.04.02: 0.5 to 1 is open as well; EMS 03.04.01: 0.5 / 3 to 0.5 / 2 and EMS 10.01.00: 0 are short.
    assert {"2 short whatever comes", "2 open", "0 enough whatever comes"} <= set(texts)


def crowd() -> MatchingDegree:
    """Return P of 626 small classes of 39 large and 280 middle ones, in two fields."""
    rng = np.random.default_rng(1)
    middle = np.repeat(np.arange(39), np.where(np.arange(39) < 7, 8, 7))  # 7 * 39 + 7 = 280
    count = np.where(np.arange(280) < 66, 3, 2)  # 2 * 280 + 66 = 626
    order = [int((middle[:k] == middle[k]).sum()) + 1 for k in range(280)]
    codes = [f"{middle[k] + 1:02d}.{order[k]:02d}.{s:02d}" for k in range(280) for s in range(1, count[k] + 1)]
    assert (len(set(codes)), len({c[:5] for c in codes}), len({c[:2] for c in codes})) == (626, 280, 39)
    fields = ["质量管理体系", "EMS"]
    groups = [(field, code) for field in fields for code in codes]
    held = [(f"P{i}", *groups[g]) for i in range(150) for g in rng.choice(len(groups), 25, replace=False)]
    wanted = [(f"O{j}", *groups[g]) for j in range(900) for g in rng.choice(len(groups), 3, replace=False)]
    tables = {
        "auditors": {"auditor_id": [f"P{i}" for i in range(150)]},
        "qualifications": {
            "auditor_id": [row[0] for row in held],
            "field": [row[1] for row in held],
            "specialty": [row[2] for row in held],
            "valid_from": ["2020-01-01"] * len(held),
            "grade": ["auditor"] * len(held),
        },
        "organisations": {"organisation_id": [f"O{j}" for j in range(900)]},
        "certificates": {
            "certificate_id": [f"C{k}" for k in range(len(wanted))],
            "organisation_id": [row[0] for row in wanted],
            "field": [row[1] for row in wanted],
            "specialty": [row[2] for row in wanted],
            "due": ["2027-03-01"] * len(wanted),
        },
        "fuzzy": {"member_id": ["P0", "P1"], "item": ["routine"] * 2, "value": ["[0, 1]"] * 2},
    }
    return am.matching_degree(am.Register.from_tables(tables), at="2027-01-04")


def test_626_classes_are_drawn_legibly(tmp_path: Path) -> None:
    degree = crowd()
    projects = int((degree.demand.Y > 0).sum())
    assert projects > 900
    ax = bands(degree.fuzzy())
    assert "0 open" not in drawn(ax, tmp_path)
    support, core, *_ = ax.collections
    assert len(support.get_segments()) == len(core.get_segments()) == projects
    assert not ax.get_yticklabels()[0].get_text().startswith("质量")  # names would cover each other
    heat = am.report.plots.heat_map(degree)
    drawn(heat, tmp_path)
    heat.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in heat.get_xticklabels()]
    assert len(boxes) == 39
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))
    assert "质量管理体系" in [label.get_text() for label in heat.get_yticklabels()]


def test_numbers_on_the_axes_are_plain(tmp_path: Path) -> None:
    for ax in (against(crowd()), bands(crowd().fuzzy())):
        texts = drawn(ax, tmp_path)
        assert not [text for text in texts if "math" in text or "$" in text]


def test_nothing_to_draw_is_an_empty_figure(tmp_path: Path) -> None:
    nothing = small(certificates={}, organisations={})
    assert not (nothing.demand.Y > 0).any()
    drawn(against(nothing), tmp_path)
    drawn(bands(nothing.fuzzy()), tmp_path)


def test_figures_go_into_axes_that_are_given_and_are_asked_for_with_the_others(tmp_path: Path) -> None:
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2)
    assert am.report.plots.against(small(), ax=left) is left
    assert am.report.plots.bands(small().fuzzy(), ax=right) is right
    drawn(left, tmp_path)


def test_without_the_package_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"auditmatch\[plot\]"):
        against(small())
