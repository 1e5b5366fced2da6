"""The bottleneck graph: groups that cannot be given what they ask, and the people they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.errors import ArgumentError
from auditmatch.matching.capacity import Capacity
from auditmatch.matching.scarcity import phrase
from auditmatch.report.canvas import start

_DARK, _PERSON = "#17202C", "#6D5C4D"
_COLOURS = ("#7F2704", "#B35806", "#E08214", "#FDC98A", "#D3E5F1")
_LIMITS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class _Node:
    """Groups that the same people may serve, or people who may serve the same of them; days asked and days given."""

    members: tuple[int, ...]
    name: str
    asked: float = 0.0
    given: float = 0.0


def bottleneck_graph(capacity: Capacity, *, most: int = 30, ax: Any = None, lang: str = "en") -> Any:
    """Draw the groups with the least P* below 1 on the left, and the people who may serve them on the right.

    Groups with the same people and P* are drawn as one, and so are people with the same groups. A thin line: may serve;
    a thick one: gives days, thicker the more. Without a group below 1 the least P* is drawn.

    Parameters
    ----------
    capacity
        What `capacity` returned.
    most
        Most nodes on the left; the scarcest stay, then those who ask most. At least 1.
    ax
        Axes to draw in; default: new ones.
    lang
        "en" or "zh".

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn in.

    Raises
    ------
    ArgumentError
        For `most` below 1, or another language.
    MissingExtraError
        matplotlib is not installed.
    """
    if most < 1:
        raise ArgumentError(f"most is {most}. Maybe 30?")
    days, able = _days(capacity)
    left, out = _groups(capacity, able, most, lang)
    right = _people(capacity, [able[:, list(node.members)].any(axis=1) for node in left], lang)
    right = _ordered(right, left, able)
    letters, ax = start(ax, (9.0, max(2.2, 0.3 * max(len(left), len(right)) + 1.2)))
    at_left, at_right = _places(len(left), len(right)), _places(len(right), len(left))
    widest = max([1e-9, *(float(days[np.ix_(p.members, g.members)].sum()) for p in right for g in left)])
    for g, y in zip(left, at_left, strict=True):
        for p, z in zip(right, at_right, strict=True):
            if able[np.ix_(p.members, g.members)].any():
                given = float(days[np.ix_(p.members, g.members)].sum())
                style = {"color": _PERSON, "alpha": 0.65, "linewidth": 0.8 + 4.2 * given / widest}
                thin = {"color": "#9AA5B1", "alpha": 0.5, "linewidth": 0.5}
                ax.plot([0, 1], [y, z], solid_capstyle="round", zorder=1, **(style if given > 0 else thin))
    for g, y in zip(left, at_left, strict=True):
        share = g.given / g.asked
        figures = {"asked": f"{g.asked:,.1f}", "there": f"{g.given:,.1f}", "share": f"{share:.2f}"}
        shown = phrase(lang, "plot_group", name=g.name, **figures)
        colour = _COLOURS[sum(share >= limit - 1e-9 for limit in _LIMITS)]
        ax.plot([0], [y], "s", color=colour, markeredgecolor=_DARK, markersize=9, zorder=2)
        ax.text(-0.03, y, shown, ha="right", va="center", fontsize=8)
    for p, z in zip(right, at_right, strict=True):
        ax.plot([1], [z], "o", color=_PERSON, markersize=7, zorder=2)
        ax.text(1.03, z, p.name, ha="left", va="center", fontsize=8)
    ax.set_xlim(-1.1, 1.5)
    ax.set_ylim(max(len(left), len(right)) - 0.4, -0.6)
    ax.axis("off")
    note = phrase(lang, "plot_left_out", count=out) if out else ""
    if not (capacity.P_star < 1).any():
        note = phrase(lang, "plot_nothing")
    ax.text(-1.1, max(len(left), len(right)) - 0.5, note, fontsize=8, color=_DARK, va="top")
    return letters.finish(ax, phrase(lang, "plot_title"))


def _days(capacity: Capacity) -> tuple[Any, Any]:
    """Return the days that each person gives to each group, and whether they may; shapes (auditors, groups)."""
    staffing, owner = capacity.staffing, capacity.workforce.owner
    shape = len(capacity.register.auditors), len(staffing.asked)
    days, able = np.zeros(shape), np.zeros(shape, dtype=np.bool_)
    where = owner[staffing.stretch], staffing.group
    np.add.at(days, where, np.where(capacity.fair.along > 1e-6, capacity.fair.along, 0.0))
    able[where] = True
    return days, able


def _named(lang: str, names: Sequence[str]) -> str:
    """Return the first name, and how many more there are."""
    return names[0] if len(names) == 1 else phrase(lang, "more", name=names[0], count=len(names) - 1)


def _groups(capacity: Capacity, able: Any, most: int, lang: str) -> tuple[list[_Node], int]:
    """Return the nodes on the left, scarcest first, and the number of groups below 1 left out."""
    share, asked = capacity.P_star, capacity.staffing.asked
    below = np.flatnonzero(share < 1 if (share < 1).any() else share <= share.min() + 1e-6)
    same: dict[tuple[float, bytes], list[int]] = {}
    for g in below.tolist():
        same.setdefault((round(float(share[g]), 6), able[:, g].tobytes()), []).append(g)
    nodes = []
    for members in same.values():
        names = [phrase(lang, "code", field=f, specialty=s) for f, s in (capacity.asked.names[g] for g in members)]
        want = float(asked[members].sum())
        nodes.append(_Node(tuple(members), _named(lang, names), want, float((share * asked)[members].sum())))
    nodes.sort(key=lambda node: (round(node.given / node.asked, 6), -node.asked))
    return nodes[:most], sum(len(node.members) for node in nodes[most:])


def _people(capacity: Capacity, serves: list[Any], lang: str) -> list[_Node]:
    """Return the nodes on the right: people who may serve the same nodes on the left."""
    names = capacity.register.auditors["auditor_id"].tolist()
    table = np.array(serves, dtype=np.bool_).reshape(len(serves), len(names))
    same: dict[bytes, list[int]] = {}
    for i in np.flatnonzero(table.any(axis=0)).tolist():
        same.setdefault(table[:, i].tobytes(), []).append(i)
    return [_Node(tuple(members), _named(lang, [names[i] for i in members])) for members in same.values()]


def _ordered(right: list[_Node], left: list[_Node], able: Any) -> list[_Node]:
    """Sort the right by the mean place of what they may serve, so that fewer lines cross."""

    def mean(node: _Node) -> float:
        rows = [k for k, g in enumerate(left) if able[np.ix_(node.members, g.members)].any()]
        return sum(rows) / len(rows)

    return sorted(right, key=mean)


def _places(count: int, other: int) -> list[float]:
    """Spread so many nodes over the height of the taller side."""
    tall = max(count, other)
    return [(k + 0.5) * tall / count - 0.5 for k in range(count)]
