"""The matching degree P = X / Y of each (field, specialty): do we have the people?"""

from __future__ import annotations

from auditmatch.fuzzy_numbers import FuzzyNumber
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.fuzzy import FuzzyArray
from auditmatch.matching.fuzzy_degree import FuzzyDegree
from auditmatch.matching.mamdani import Inference
from auditmatch.matching.mamdani_defaults import default_inference
from auditmatch.matching.measure import matching_degree
from auditmatch.memberships import Membership

__all__ = [
    "FuzzyArray",
    "FuzzyDegree",
    "FuzzyNumber",
    "Inference",
    "MatchingDegree",
    "Membership",
    "default_inference",
    "matching_degree",
]
