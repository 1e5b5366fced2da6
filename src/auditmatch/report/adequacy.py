"""Figures of single groups: sufficiency against difficulty, and the matching degree as a fuzzy number."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.matching import MatchingDegree
from auditmatch.matching.domain import Floats, Ints
from auditmatch.matching.fuzzy_degree import FuzzyDegree
from auditmatch.report.canvas import BANDS, LIMITS, Letters, start
from auditmatch.report.labels import label

# Lines of equal P that are drawn, and the colours of their points.
_LINES = (0.25, 0.5, 1.0, 2.0, 4.0)
_DARK, _SUPPORT, _CORE, _CENTRE = "#17202C", "#B5CFE6", "#4B86B8", "#B35806"
# Where a name may stand beside its point: offset in points, and which end of it is there.
_SIDES = (((5, 3), "left"), ((5, -9), "left"), ((-5, 3), "right"), ((-5, -9), "right"))
# Up to so many groups each has a row with its name; more are columns, ranked.
_ROWS = 40


def against(degree: MatchingDegree, *, names: int = 12, ax: Any = None, lang: str = "en") -> Any:
    """Draw X against Y of every group with projects, both on logarithmic axes, with lines of equal P.

    Groups without anyone, whose X is 0, are triangles on the lower edge. The groups that lack most full auditors,
    Y - X, bear their names as far as there is room.

    Parameters
    ----------
    degree
        What `matching_degree` returned.
    names
        How many groups may bear their names.
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
    MissingExtraError
        matplotlib is not installed.
    """
    letters, ax = start(ax, (8.0, 6.0))
    rows = np.flatnonzero(degree.demand.Y > 0)
    X, Y, P = degree.supply.X[rows], degree.demand.Y[rows], degree.P[rows]
    low, high = _limits(X[X > 0]), _limits(Y)
    ax.set(xscale="log", yscale="log", xlim=high, ylim=low)
    _plain_numbers(ax.xaxis, ax.yaxis)
    _lines(ax, high, low)
    place = np.where(X > 0, X, low[0])
    colours = np.array(BANDS, dtype=object)[np.searchsorted(LIMITS[1:-1], P, side="right")]
    there = X > 0
    ax.scatter(Y[there], X[there], c=colours[there].tolist(), s=26, edgecolors=_DARK, linewidths=0.4, zorder=3)
    if not there.all():
        bare = {"marker": "v", "s": 40, "color": BANDS[0], "clip_on": False, "zorder": 4}
        ax.scatter(Y[~there], place[~there], label=letters.shown(label(lang, "plot_nobody")), **bare)
        ax.legend(loc="lower left", bbox_to_anchor=(1.0, 0.0), fontsize=8, frameon=False)
    ax.set_xlabel(letters.shown(f"{label(lang, 'plot_difficulty')} ({label(lang, 'plot_groups', count=len(rows))})"))
    ax.set_ylabel(letters.shown(label(lang, "plot_sufficiency")))
    ax.tick_params(labelsize=8)
    lacks = np.argsort(-(Y - X), kind="stable")[:names]
    group = degree.factors
    letters.finish(ax, label(lang, "plot_against"))
    _write(letters, ax, [(Y[k], place[k], f"{group.field[rows[k]]} {group.specialty[rows[k]]}") for k in lacks])
    return ax


def bands(fuzzy: FuzzyDegree, *, ax: Any = None, lang: str = "en") -> Any:
    """Draw P of every group with projects as a fuzzy number: support, core and centroid, least centroid first.

    A group is short whatever comes where its whole support lies below 1, enough where it lies at 1 or above; the others
    are open, and the legend counts them. Up to 40 groups have a row each, with their names; more are columns side by
    side, in which the names of single groups have no room.

    Parameters
    ----------
    fuzzy
        What `MatchingDegree.fuzzy` returned.
    ax, lang
        As in `against`, which also states return and errors.
    """
    rows = np.flatnonzero(~np.isnan(fuzzy.degree.P))
    rows = rows[np.argsort(fuzzy.centroid[rows], kind="stable")]
    few = len(rows) <= _ROWS
    letters, ax = start(ax, (8.0, max(2.4, 0.24 * len(rows) + 1.4)) if few else (11.0, 4.6))
    ends = [part[rows] for part in (fuzzy.low[0], fuzzy.high[0], fuzzy.low[-1], fuzzy.high[-1], fuzzy.centroid)]
    low = _limits(np.concatenate([part[part > 0] for part in ends]))
    # A logarithmic axis has no 0: what is 0 begins at its edge.
    ends = [np.maximum(part, low[0]) for part in ends]
    said = [letters.shown(label(lang, key)) for key in ("plot_support", "plot_core", "plot_centroid")]
    (_draw_rows if few else _draw_columns)(ax, ends, said)
    _count(ax, fuzzy, rows, lang)
    if few:
        group = fuzzy.degree.factors
        ax.set_yticks(range(len(rows)), [letters.shown(f"{group.field[r]} {group.specialty[r]}") for r in rows])
        ax.set(xscale="log", xlim=low, ylim=(len(rows) - 0.4, -0.6))
        ax.axvline(1.0, color=_DARK, linewidth=0.9, zorder=4)
        ax.set(xlabel="P")
    else:
        ax.set(yscale="log", ylim=low, xlim=(-0.5, len(rows) - 0.5))
        ax.axhline(1.0, color=_DARK, linewidth=0.9, zorder=4)
        ax.set_xlabel(letters.shown(label(lang, "plot_ranked")))
        ax.set(ylabel="P")
    _plain_numbers(ax.xaxis if few else ax.yaxis)
    ax.tick_params(labelsize=8)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    return letters.finish(ax, label(lang, "plot_bands"))


def _limits(values: Floats) -> tuple[float, float]:
    """Return limits of a logarithmic axis that leave room around positive values; about 1 where there are none."""
    if not len(values):
        return 0.5, 2.0
    return float(values.min()) / 1.5, float(values.max()) * 1.5


def _plain_numbers(*axes: Any) -> None:
    """Write 0.1, 0.2, 0.5, 1, 2, ... on logarithmic axes, not powers, which would be formulas."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for axis in axes:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _lines(ax: Any, across: tuple[float, float], up: tuple[float, float]) -> None:
    """Draw lines of equal P = X / Y, each labelled where it leaves the axes."""
    for P in _LINES:
        ax.plot(across, (P * across[0], P * across[1]), color=_DARK, linewidth=1.4 if P == 1 else 0.6, alpha=0.45)
        end = min(across[1], up[1] / P)
        # Near the corners there is no room for it.
        if end > across[0] * (across[1] / across[0]) ** 0.2 and P * end > up[0] * (up[1] / up[0]) ** 0.1:
            right = end == across[1]
            where = {"ha": "left", "va": "center"} if right else {"ha": "center", "va": "bottom"}
            ax.annotate(
                f"P = {P:g}",
                (end, P * end),
                xytext=(3, 0) if right else (0, 2),
                textcoords="offset points",
                fontsize=7,
                annotation_clip=False,
                **where,
            )


def _write(letters: Letters, ax: Any, points: list[tuple[float, float, str]]) -> None:
    """Write names beside points, each on the first side where it meets no other name and stays inside."""
    ax.figure.draw_without_rendering()  # only then is it known how large the axes are
    inside = ax.get_window_extent()
    taken: list[Any] = []
    for x, y, name in points:
        for offset, side in _SIDES:
            text = ax.annotate(letters.shown(name), (x, y), xytext=offset, textcoords="offset points", ha=side)
            text.set(fontsize=7, zorder=5, fontfamily=letters.families, parse_math=False)
            text.set_bbox({"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6})
            box = text.get_window_extent()
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if fits and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()


def _draw_rows(ax: Any, ends: list[Floats], names: list[str]) -> None:
    """Draw a bar for each group."""
    low, high, core_low, core_high, centre = ends
    at = np.arange(len(low))
    ax.barh(at, high - low, left=low, height=0.7, color=_SUPPORT, label=names[0])
    ax.barh(at, core_high - core_low, left=core_low, height=0.7, color=_CORE, label=names[1])
    ax.plot(centre, at, "|", color=_CENTRE, markersize=9, markeredgewidth=2, label=names[2])


def _draw_columns(ax: Any, ends: list[Floats], names: list[str]) -> None:
    """Draw a column for each group, without a gap between."""
    low, high, core_low, core_high, centre = ends
    at = np.arange(len(low))
    ax.vlines(at, low, high, color=_SUPPORT, linewidth=max(0.8, 500 / len(at)), label=names[0])
    ax.vlines(at, core_low, core_high, color=_CORE, linewidth=max(0.8, 500 / len(at)), label=names[1])
    ax.plot(at, centre, ".", color=_CENTRE, markersize=max(1.0, min(3.0, 900 / len(at))), label=names[2])


def _count(ax: Any, fuzzy: FuzzyDegree, rows: Ints, lang: str) -> None:
    """Say in the legend how many groups are short, open and enough."""
    low, high = fuzzy.low[0][rows], fuzzy.high[0][rows]
    short, enough = int((high < 1).sum()), int((low >= 1).sum())
    counts = {"plot_short": short, "plot_open": len(rows) - short - enough, "plot_enough": enough}
    for key, count in counts.items():
        ax.plot([], [], " ", label=label(lang, key, count=count))
