"""The engines: greedy, exact and auto, behind one call."""

from __future__ import annotations

from auditmatch.engines.processes import Processes
from auditmatch.engines.run import ENGINES, solve

__all__ = ["ENGINES", "Processes", "solve"]
