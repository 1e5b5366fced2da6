"""From certificates to audits: the programme, how long audits take, which sites are sampled, what scores are worth."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from auditmatch.programme.ahead import levelled, load, outlook, peak, quarters, warnings
from auditmatch.programme.audit_time import AuditTime, audit_time, enms_complexity, initial_days, integrated
from auditmatch.programme.build import programme
from auditmatch.programme.made import Lost, Programme
from auditmatch.programme.national import national
from auditmatch.programme.packs import PackRule, RuleBook, RulePack, read_pack, rule_book
from auditmatch.programme.rating import rating, ratings
from auditmatch.programme.sampling import Sample, sample_sites, sample_size
from auditmatch.programme.trace import Line

__all__ = [
    "AuditTime",
    "Line",
    "Lost",
    "PackRule",
    "Programme",
    "RuleBook",
    "RulePack",
    "Sample",
    "audit_time",
    "enms_complexity",
    "initial_days",
    "integrated",
    "levelled",
    "load",
    "national",
    "outlook",
    "peak",
    "programme",
    "quarters",
    "rating",
    "ratings",
    "read_pack",
    "rule_book",
    "sample_sites",
    "sample_size",
    "warnings",
]


class _Callable(ModuleType):
    """Lets `auditmatch.programme` be both the function and the package that holds it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Programme:
        return programme(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
