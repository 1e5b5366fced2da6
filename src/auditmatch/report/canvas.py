"""What every figure begins and ends with: axes, and letters that some font has."""

from __future__ import annotations

from functools import cache
from typing import Any

from auditmatch.errors import MissingExtraError

# Limits of P, and the colours between them: orange is below 1, blue above.
LIMITS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 1e300)
BANDS = ("#B35806", "#E08214", "#FDC98A", "#D3E5F1", "#74ADD1", "#2A6CA8")
_CHINESE = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC"),
    *("Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "SimSun", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Droid Sans Fallback", "Arial Unicode MS"),
)


class Letters:
    """The fonts to write in, and which letters they have."""

    def __init__(self, families: list[str], known: frozenset[int]) -> None:
        self.families, self.known = families, known

    def shown(self, text: str) -> str:
        """Return a text with a box for each letter that no font has, so that nothing warns of it."""
        return "".join(letter if ord(letter) in self.known else "\u25a1" for letter in " ".join(text.split()))

    def finish(self, ax: Any, title: str) -> Any:
        """Set the title, and write everything in these fonts; dollars are dollars and no formula."""
        from matplotlib.text import Text

        ax.set_title(self.shown(title), fontsize=11, loc="left")
        for text in ax.findobj(Text):
            text.set_fontfamily(self.families)
            text.set_parse_math(False)
            text.set_text(self.shown(text.get_text()))
        return ax


@cache
def _letters() -> Letters:
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    families = ["DejaVu Sans", *[name for name in _CHINESE if name in there][:1]]
    known: set[int] = set()
    for family in families:
        known.update(font_manager.get_font(font_manager.findfont(family)).get_charmap())
    return Letters(families, frozenset(known))


def start(ax: Any, size: tuple[float, float]) -> tuple[Letters, Any]:
    """Return the fonts and the axes to draw in."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot", "A figure") from error
    if ax is None:
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
    return _letters(), ax
