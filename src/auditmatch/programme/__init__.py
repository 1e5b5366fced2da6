"""From certificates to audits: how long an audit takes, which sites are sampled, what a score is worth."""

from __future__ import annotations

from auditmatch.programme.audit_time import AuditTime, audit_time, enms_complexity, initial_days, integrated
from auditmatch.programme.rating import rating
from auditmatch.programme.sampling import Sample, sample_sites, sample_size
from auditmatch.programme.trace import Line

__all__ = [
    "AuditTime",
    "Line",
    "Sample",
    "audit_time",
    "enms_complexity",
    "initial_days",
    "integrated",
    "rating",
    "sample_sites",
    "sample_size",
]
