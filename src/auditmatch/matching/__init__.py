"""The matching degree P = X / Y of each (field, specialty): do we have the people?"""

from __future__ import annotations

from auditmatch.coded import Coded
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.degrees import GroupDegrees, degree_of
from auditmatch.matching.measure import matching_degree
from auditmatch.matching.totals import group_totals

__all__ = ["Coded", "GroupDegrees", "MatchingDegree", "degree_of", "group_totals", "matching_degree"]
