"""The waterfall of drivers: from P of a reference to P of a group, factor by factor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from auditmatch.matching import MatchingDegree
from auditmatch.report.canvas import start
from auditmatch.report.labels import label

if TYPE_CHECKING:
    from auditmatch.matching.drivers import Reference

# Told apart by every kind of colour vision; what stands at each bar says the same.
_RISE, _FALL, _WHOLE, _LINE = "#2A6CA8", "#D9730D", "#17202C", "#9AA5B1"
_MARGIN, _ENDLESS = 0.3, 1.0  # in natural logarithms: beside the outermost bar; length of one without end


def waterfall(
    degree: MatchingDegree,
    field: str,
    specialty: str,
    reference: Reference = "ideal",
    *,
    ax: Any = None,
    lang: str = "en",
) -> Any:
    """Draw how the factors of a group lead from P of a reference to its own P, on a logarithmic axis.

    Each bar multiplies P by what stands at it, exp of the factor's contribution. A factor without people or projects on
    one of the two sides has a hatched bar, for it has no end: "× 0" leads to P = 0, "× ∞" to no P (no projects).

    Parameters
    ----------
    degree
        What `matching_degree` returned.
    field, specialty, reference
        As in `MatchingDegree.drivers`, which also states the errors.
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
    rows = nw.from_native(degree.drivers(field, specialty, reference), eager_only=True)
    steps = [float(part) for part in rows["contribution"].to_list()]
    ends = _ends(degree, field, specialty, reference)
    at = _beginning(ends, steps)
    letters, ax = start(ax, (7.5, 4.4))
    names = [label(lang, "plot_reference")]
    low, high = min(at, 0.0), max(at, 0.0)
    _end(ax, 0, at, ends[0], lang)
    for place, (name, part, value) in enumerate(zip(rows["factor"], steps, rows["value"], strict=True), start=1):
        known = value is not None and value == value
        names.append(f"{name} {label(lang, f'factor_{name}')}" + (f" = {value:.3g}" if known else ""))
        _bar(ax, place, at, part)
        reach = at + (part if math.isfinite(part) else math.copysign(_ENDLESS, part))
        low, high = min(low, reach), max(high, reach)
        at += part if math.isfinite(part) else 0.0
    _end(ax, len(names), at, ends[1], lang)
    names.append(f"{field} {specialty}")
    margin = _MARGIN + 0.1 * (high - low)  # room for what stands at the outermost bars
    _axis(ax, low - margin, high + margin)
    ax.set_yticks(range(len(names)), [letters.shown(name) for name in names], fontsize=8)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlabel(letters.shown(label(lang, "plot_log_P")))
    return letters.finish(ax, label(lang, "plot_drivers", group=f"{field} {specialty}"))


def _ends(
    degree: MatchingDegree, field: str, specialty: str, reference: Reference
) -> tuple[float | None, float | None]:
    """Return P of the reference and of the group; None where absent."""
    rows = nw.from_native(degree.all_drivers(reference), eager_only=True)
    row = rows.filter((nw.col("field") == field) & (nw.col("specialty") == specialty))
    one, two = (
        None if value is None or value != value else float(value) for value in (row["reference"][0], row["P"][0])
    )
    return one, two


def _beginning(ends: tuple[float | None, float | None], steps: list[float]) -> float:
    """Return where the waterfall begins: ln P of the reference, or such that it ends at ln P of the group."""
    if ends[0]:
        return math.log(ends[0])
    finite = sum(part for part in steps if math.isfinite(part))
    return math.log(ends[1]) - finite if ends[1] else 0.0


def _end(ax: Any, place: int, at: float, P: float | None, lang: str) -> None:
    """Mark one end of the waterfall; one that is not on the axis is told in words."""
    if P:
        ax.plot([at], [place], marker="D", color=_WHOLE, markersize=5, linestyle="none")
    text = label(lang, "plot_no_P") if P is None else f"P = {P:.3g}"
    ax.annotate(text, (at, place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=8)


def _bar(ax: Any, place: int, at: float, part: float) -> None:
    """Draw one factor from where the ones before it lead, with what it multiplies P by."""
    endless = not math.isfinite(part)
    width = math.copysign(_ENDLESS, part) if endless else part
    colour = _RISE if part > 0 else _FALL
    ax.barh(place, width, left=at, height=0.62, color=colour, hatch="///" if endless else None, edgecolor="white")
    end = at if endless else at + part
    ax.plot([end, end], [place - 0.31, place + 1.31], color=_LINE, linewidth=0.8, zorder=0)
    text = ("× 0" if part < 0 else "× ∞") if endless else f"× {math.exp(part):.3g}"
    side = 1 if width >= 0 else -1
    shift = {"xytext": (4 * side, 0), "textcoords": "offset points"}
    ax.annotate(text, (at + width, place), va="center", ha="left" if side > 0 else "right", fontsize=8, **shift)


def _axis(ax: Any, low: float, high: float) -> None:
    """Label powers of 2 (of 4, 8, ... where the axis is long) as values of P, and mark P = 1."""
    first, last = math.ceil(low / math.log(2)), math.floor(high / math.log(2))
    step = max(1, math.ceil((last - first) / 10))
    powers = [power for power in range(first, last + 1) if power % step == 0]
    texts = [f"1/{2**-power}" if power < 0 else str(2**power) for power in powers]
    ax.set_xticks([power * math.log(2) for power in powers], texts, fontsize=8)
    ax.axvline(0.0, color=_LINE, linewidth=0.8, linestyle=":", zorder=0)
    ax.set_xlim(low, high)
