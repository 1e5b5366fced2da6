"""The matching degree P = X / Y of each (field, specialty): do we have the people?"""

from __future__ import annotations

from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.measure import matching_degree

__all__ = ["MatchingDegree", "matching_degree"]
