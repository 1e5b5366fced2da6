"""Matching degree and verified audit scheduling for certification bodies.

The public names load on first use, so that `import auditmatch` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> module that holds it. A module's own name stands for the module itself.
_HOMES = {
    "read": "register",
    "write": "register",
    "Register": "register",
    "Change": "plan",
    "Event": "disruptions",
    "Recommendation": "recommend",
    "Replanned": "replan",
    "read_events": "disruptions",
    "read_log": "pinning",
    "read_plan": "outputs",
    "pin": "pinning",
    "unpin": "pinning",
    "keep_edits": "pinning",
    "alternatives": "other_plans",
    "balance": "evenness",
    "Balance": "evenness",
    "matching_degree": "matching",
    "MatchingDegree": "matching",
    "capacity": "matching.capacity",
    "Capacity": "matching.capacity",
    "Problem": "problem",
    "Weights": "weights",
    "Plan": "plan",
    "Booking": "plan",
    "Budget": "result",
    "Result": "result",
    "Status": "result",
    "solve": "engines",
    "Processes": "engines",
    "AuditmatchError": "errors",
    "InputError": "errors",
}
# explain, programme, recommend, replan, sample and verify are modules that can be called, and so may hold names of
# their own.
_MODULES = frozenset(
    {"errors", "calendar", "tables", "rules", "report", "shapes", "scene", "goals", "explain", "matching", "sample"}
    | {"verify", "replan", "recommend", "whatif", "programme"}
)

__all__ = [
    "AuditmatchError",
    "Balance",
    "Booking",
    "Budget",
    "Capacity",
    "Change",
    "Event",
    "InputError",
    "MatchingDegree",
    "Plan",
    "Problem",
    "Processes",
    "Recommendation",
    "Register",
    "Replanned",
    "Result",
    "Status",
    "Weights",
    "__version__",
    "alternatives",
    "balance",
    "calendar",
    "capacity",
    "errors",
    "explain",
    "goals",
    "keep_edits",
    "matching",
    "matching_degree",
    "pin",
    "programme",
    "read",
    "read_events",
    "read_log",
    "read_plan",
    "recommend",
    "replan",
    "report",
    "rules",
    "sample",
    "scene",
    "shapes",
    "solve",
    "tables",
    "unpin",
    "verify",
    "whatif",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = importlib.import_module(f"auditmatch.{_HOMES[name]}")
        value = getattr(module, name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"auditmatch.{name}")
    raise AttributeError(f"module 'auditmatch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)


if TYPE_CHECKING:
    from auditmatch import calendar, errors, goals, matching, programme, report, rules, scene, shapes, tables, whatif
    from auditmatch.disruptions import Event, read_events
    from auditmatch.engines import Processes, solve
    from auditmatch.errors import AuditmatchError, InputError
    from auditmatch.evenness import Balance, balance
    from auditmatch.explain import explain
    from auditmatch.matching import MatchingDegree, matching_degree
    from auditmatch.matching.capacity import Capacity, capacity
    from auditmatch.other_plans import alternatives
    from auditmatch.outputs import read_plan
    from auditmatch.pinning import keep_edits, pin, read_log, unpin
    from auditmatch.plan import Booking, Change, Plan
    from auditmatch.problem import Problem
    from auditmatch.recommend import Recommendation, recommend
    from auditmatch.register import Register, read, write
    from auditmatch.replan import Replanned, replan
    from auditmatch.result import Budget, Result, Status
    from auditmatch.sample import sample
    from auditmatch.verify import verify
    from auditmatch.weights import Weights
