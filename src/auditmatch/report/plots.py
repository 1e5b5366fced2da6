"""Figures for notebooks, by matplotlib: the matching degree, the plan, the load, the search.

Those of single groups, `against` and `bands`, are in `auditmatch.report.adequacy`, and may be asked for here as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from auditmatch.matching import MatchingDegree
from auditmatch.problem import Problem
from auditmatch.report.adequacy import against, bands
from auditmatch.report.canvas import BANDS, LIMITS, start
from auditmatch.report.content import people_of, problem_of, visits_of
from auditmatch.report.labels import label, label_or
from auditmatch.report.rollup import LARGE, SCHEMES, rollup
from auditmatch.result import Result

__all__ = ["KIND_COLOURS", "against", "bands", "gantt", "heat_map", "load", "trace"]

# Distinct for every kind of colour vision (Paul Tol, "bright"); the colours of the page.
KIND_COLOURS = {
    "surveillance": "#4477AA",
    "recertification": "#228833",
    "stage1": "#66CCEE",
    "stage2": "#CCBB44",
    "special": "#EE6677",
    "unannounced": "#AA3377",
    "mystery": "#BBBBBB",
}
_OTHER_COLOUR = "#6D5C4D"
_BLUE, _ORANGE, _GREY = "#2F6F9F", "#D9730D", "#E6EAEF"


def heat_map(degree: MatchingDegree, *, ax: Any = None, lang: str = "en") -> Any:
    """Draw P of each field and large class, rolled up; orange is below 1, blue above; grey has no projects.

    Parameters
    ----------
    degree
        What `matching_degree` returned.
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
    cells = [cell for cell in rollup(degree) if cell.level == LARGE]
    fields = sorted({cell.field for cell in cells})
    codes = sorted({cell.code for cell in cells}, key=lambda code: (code == SCHEMES, code))
    size = (max(4.0, 0.36 * len(codes) + 2.4), max(2.0, 0.32 * len(fields) + 1.2))
    letters, ax = start(ax, size)
    from matplotlib.colors import BoundaryNorm, ListedColormap

    grid = np.full((len(fields), len(codes)), np.nan)
    for cell in cells:
        at = fields.index(cell.field), codes.index(cell.code)
        grid[at] = np.nan if cell.P is None else cell.P
        colour = "white" if cell.P is not None and (cell.P < 0.25 or cell.P >= 4) else "#17202C"
        text = "·" if cell.P is None else f"{cell.P:.2f}" if cell.P < 0.995 else f"{cell.P:.1f}"
        ax.text(at[1], at[0], text, ha="center", va="center", fontsize=7, color=colour)
    colours = ListedColormap(BANDS)
    ax.imshow(np.ma.masked_invalid(grid), cmap=colours, norm=BoundaryNorm(LIMITS, len(BANDS)), aspect="auto")
    ax.set_facecolor("#F4F6F8")
    ax.set_xticks(range(len(codes)), [label(lang, "ui_schemes") if c == SCHEMES else c for c in codes], fontsize=8)
    ax.set_yticks(range(len(fields)), [letters.shown(field) for field in fields], fontsize=8)
    ax.tick_params(length=0)
    ax.set_xlabel(letters.shown(label(lang, "plot_class")))
    return letters.finish(ax, label(lang, "plot_degree"))


def gantt(
    result: Result,
    *,
    problem: Problem | None = None,
    auditors: Iterable[str] | None = None,
    ax: Any = None,
    lang: str = "en",
) -> Any:
    """Draw the plan, a row for each auditor; leads have a dark edge, days off are shaded.

    Parameters
    ----------
    result
        What `solve` returned.
    problem
        What was planned; default: the problem that the result carries.
    auditors
        Identifiers of those to draw, in this order; default: everyone who has a booking.
    ax, lang
        As in `heat_map`, which also states return and errors.
    """
    asked = problem_of(result, problem)
    visits = visits_of(asked, result.plan)
    booked = {who for visit in visits for who, _ in visit.booking.team}
    names = asked.scene.register.auditors["auditor_id"].tolist()
    rows = list(auditors) if auditors is not None else [who for who in names if who in booked]
    letters, ax = start(ax, (11.0, max(2.0, 0.22 * len(rows) + 1.2)))
    _shade_days_off(ax, asked)
    place = {who: k for k, who in enumerate(rows)}
    kinds: dict[str, Any] = {}
    for visit in visits:
        kind = visit.audit.kind
        for who, role in visit.booking.team:
            if who in place:
                bar = ax.barh(
                    place[who],
                    (visit.finish - visit.begin) / 2,
                    left=visit.begin / 2,
                    height=0.72,
                    color=KIND_COLOURS.get(kind, _OTHER_COLOUR),
                    edgecolor="#17202C" if role == "lead" else "white",
                    linewidth=0.8,
                )
                kinds.setdefault(kind, bar)
    _day_axis(ax, asked)
    ax.set_yticks(range(len(rows)), [letters.shown(who) for who in rows], fontsize=8)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    if kinds:
        shown = [letters.shown(label_or(lang, f"kind_{kind}", kind)) for kind in kinds]
        ax.legend(list(kinds.values()), shown, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    return letters.finish(ax, label(lang, "plot_plan"))


def load(result: Result, *, problem: Problem | None = None, ax: Any = None, lang: str = "en") -> Any:
    """Draw the days that each auditor is booked, before the days that they are there; the most loaded on top.

    Parameters, return and errors are those of `gantt`.
    """
    asked = problem_of(result, problem)
    people = list(people_of(asked, visits_of(asked, result.plan)))
    people.sort(key=lambda person: -person.booked / person.available if person.available else 0.0)
    letters, ax = start(ax, (7.0, max(2.0, 0.2 * len(people) + 1.0)))
    rows = range(len(people))
    ax.barh(rows, [person.available for person in people], color=_GREY, height=0.75, label=label(lang, "head_there"))
    ax.barh(rows, [person.booked for person in people], color=_BLUE, height=0.75, label=label(lang, "head_booked"))
    ax.set_yticks(rows, [letters.shown(f"{p.auditor_id} {p.name}".strip()) for p in people], fontsize=8)
    ax.set_ylim(len(people) - 0.4, -0.6)
    ax.set_xlabel(letters.shown(label(lang, "plot_days")))
    ax.legend(loc="lower right", fontsize=8)
    return letters.finish(ax, label(lang, "plot_load"))


def trace(result: Result, *, ax: Any = None, lang: str = "en") -> Any:
    """Draw cost and bound over the seconds of the search; each holds until a better one is found.

    Parameters, return and errors are those of `heat_map`.
    """
    letters, ax = start(ax, (7.0, 3.2))
    for name, colour, line in (("cost", _ORANGE, "-"), ("bound", _BLUE, "--")):
        steps = [(step.seconds, getattr(step, name)) for step in result.trace if getattr(step, name) is not None]
        if steps:
            seconds, points = zip(*steps, (max(result.seconds, steps[-1][0]), steps[-1][1]), strict=True)
            ax.step(seconds, points, where="post", color=colour, linestyle=line, label=label(lang, f"ui_{name}"))
    if ax.lines:
        ax.legend(fontsize=8, frameon=False)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(letters.shown(label(lang, "plot_seconds")))
    ax.set_ylabel(letters.shown(label(lang, "plot_points")))
    return letters.finish(ax, label(lang, "plot_trace"))


def _shade_days_off(ax: Any, problem: Problem) -> None:
    calendar, scene = problem.scene.calendar, problem.scene
    low, high = calendar.day_offset(np.array([scene.start, scene.end])).tolist()
    for day in np.flatnonzero(calendar.working[low : high + 1] == 0).tolist():
        ax.axvspan(day, day + 1, color="#E9ECF0", zorder=0, linewidth=0)


def _day_axis(ax: Any, problem: Problem) -> None:
    """Label Mondays, as many as have room."""
    scene = problem.scene
    days = int((scene.end - scene.start).astype(np.int64)) + 1
    # The epoch, 1970-01-01, was a Thursday.
    mondays = [day for day in range(days) if (int(scene.start.astype(np.int64)) + day + 3) % 7 == 0]
    mondays = mondays[:: max(1, len(mondays) // 12)]
    ax.set_xticks(mondays, [str(scene.start + np.timedelta64(day, "D")) for day in mondays], fontsize=8, rotation=30)
    ax.set_xlim(0, days)
