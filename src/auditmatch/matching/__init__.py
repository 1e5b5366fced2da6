"""The matching degree P = X / Y of each (field, specialty): do we have the people?"""

from __future__ import annotations

from auditmatch.coded import Coded
from auditmatch.fuzzy_numbers import FuzzyNumber
from auditmatch.matching.calibration import Calibration, calibrate
from auditmatch.matching.changes import Hire, Leave, Lift, Train
from auditmatch.matching.choosing import Choice, best_hires, best_trainings
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.degrees import GroupDegrees, degree_of
from auditmatch.matching.fuzzy import FuzzyArray
from auditmatch.matching.fuzzy_degree import FuzzyDegree
from auditmatch.matching.mamdani import Inference
from auditmatch.matching.mamdani_defaults import default_inference
from auditmatch.matching.measure import matching_degree
from auditmatch.matching.rule_tables import read_rules
from auditmatch.matching.spread import Spread
from auditmatch.matching.staffing import StaffingEffect, staffing_effect
from auditmatch.matching.totals import group_totals
from auditmatch.memberships import Membership

__all__ = [
    "Calibration",
    "Choice",
    "Coded",
    "FuzzyArray",
    "FuzzyDegree",
    "FuzzyNumber",
    "GroupDegrees",
    "Hire",
    "Inference",
    "Leave",
    "Lift",
    "MatchingDegree",
    "Membership",
    "Spread",
    "StaffingEffect",
    "Train",
    "best_hires",
    "best_trainings",
    "calibrate",
    "default_inference",
    "degree_of",
    "group_totals",
    "matching_degree",
    "read_rules",
    "staffing_effect",
]
