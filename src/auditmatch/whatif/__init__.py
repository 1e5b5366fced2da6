"""What if: somebody is hired, goes or learns, audits move or merge, the weather turns, fewer people must do?"""

from __future__ import annotations

from auditmatch.whatif.asking import Base, Frontier, WhatIf, ask, frontier
from auditmatch.whatif.edits import Edit, expert, hire, leave, merge, reserve, train, weigh, widen
from auditmatch.whatif.headcount import Fewest, Headcount, fewest, headcount
from auditmatch.whatif.weather import Calm, Odds, Storm, calm, storm

__all__ = [
    "Base",
    "Calm",
    "Edit",
    "Fewest",
    "Frontier",
    "Headcount",
    "Odds",
    "Storm",
    "WhatIf",
    "ask",
    "calm",
    "expert",
    "fewest",
    "frontier",
    "headcount",
    "hire",
    "leave",
    "merge",
    "reserve",
    "storm",
    "train",
    "weigh",
    "widen",
]
