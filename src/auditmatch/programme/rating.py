"""What the score of an after-sales service is worth."""

from __future__ import annotations

from auditmatch.errors import ArgumentError

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
