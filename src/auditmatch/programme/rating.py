"""What the score of an after-sales service is worth."""

from __future__ import annotations

from typing import Any

from auditmatch.errors import ArgumentError
from auditmatch.matching.frames import row_frame
from auditmatch.register import Register

# GB/T 27922-2011: least score and what it earns, the highest first.
RATINGS = ((95.0, "five stars"), (90.0, "four stars"), (80.0, "three stars"), (70.0, "passed"))


def rating(score: float) -> str | None:
    """Return what a score out of 100 earns: passed (from 70), three (80), four (90) or five stars (95); None below.

    Source: GB/T 27922-2011.

    Raises
    ------
    ArgumentError
        The score is not between 0 and 100.
    """
    if not 0 <= score <= 100:
        raise ArgumentError(f"score={score!r} is not between 0 and 100. Maybe points of one part were added twice?")
    return next((earned for least, earned in RATINGS if score >= least), None)


def ratings(register: Register) -> Any:
    """Return the table `scores` with what each score earns, as a data frame; empty where it does not pass."""
    table = register.scores
    rows = [
        {"organisation_id": str(table["organisation_id"][k]), "date": str(table["date"][k]),
         "score": float(table["score"][k]), "rating": rating(float(table["score"][k])) or ""}
        for k in range(len(table))
    ]  # fmt: skip
    return row_frame(rows, ("organisation_id", "date", "score", "rating"), register.native)
