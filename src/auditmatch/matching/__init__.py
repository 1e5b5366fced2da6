"""The matching degree P = X / Y of each (field, specialty): do we have the people?"""

from __future__ import annotations

from auditmatch.matching.calibration import Calibration, calibrate
from auditmatch.matching.changes import Hire, Leave, Lift, Train
from auditmatch.matching.choosing import Choice, best_hires, best_trainings
from auditmatch.matching.degree import MatchingDegree
from auditmatch.matching.measure import matching_degree
from auditmatch.matching.spread import Spread
from auditmatch.matching.staffing import StaffingEffect, staffing_effect

__all__ = [
    "Calibration",
    "Choice",
    "Hire",
    "Leave",
    "Lift",
    "MatchingDegree",
    "Spread",
    "StaffingEffect",
    "Train",
    "best_hires",
    "best_trainings",
    "calibrate",
    "matching_degree",
    "staffing_effect",
]
