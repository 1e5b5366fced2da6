"""Lines of a calculation, each with the rule that it follows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a calculation.

    Attributes
    ----------
    what
        The step, in words.
    value
        The number after it.
    rule
        Document and clause that it follows.
    """

    what: str
    value: float
    rule: str

    def __str__(self) -> str:
        """Return step, number and rule on one line."""
        return f"{self.what}: {self.value:g} ({self.rule})"
