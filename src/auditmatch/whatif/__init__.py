"""What if: how many people would do?"""

from __future__ import annotations

from auditmatch.whatif.headcount import Fewest, Headcount, fewest, headcount

__all__ = ["Fewest", "Headcount", "fewest", "headcount"]
