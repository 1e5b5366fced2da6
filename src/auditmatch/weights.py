"""The weights of the goals."""

from __future__ import annotations

from dataclasses import dataclass, fields

from auditmatch.errors import ArgumentError
from auditmatch.register import Register


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the goals; each is a whole number of points, 0 switches the goal off.

    Attributes
    ----------
    unserved
        For an audit left out, times its priority, on top of its dearest booking; up to twice near the legal deadline.
    deferral
        For an audit put off beyond the horizon, times its priority and the share of its window inside.
    lateness
        For each calendar day that an audit begins after its preferred date.
    travel
        For each 100 km of a member's return trip (great circle), remote audits excepted.
    mismatch
        Times (y / greatest y) * (1 - x) for each counting member: the hardest clients get the fullest auditors.
    preference
        Times the preference that a counting member lacks against the most preferred person of the audit.
    keep, keep_member
        Once for an audit that differs in any way from its published booking; for each member who was not in it.
    fairness
        For each slot of a person's load above the fair share, again above 1.25 and 1.5 times it.
    """

    unserved: int = 1000
    deferral: int = 300
    lateness: int = 2
    travel: int = 1
    mismatch: int = 20
    preference: int = 10
    keep: int = 30
    keep_member: int = 10
    fairness: int = 1

    def __post_init__(self) -> None:
        """Refuse weights that are not whole numbers from 0 to a million."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
                raise ArgumentError(f"weight {each.name} is {value!r}. Maybe a whole number from 0 to 1000000?")

    @classmethod
    def of(cls, register: Register) -> Weights:
        """Return the weights that the register's settings state."""
        return cls(**{each.name: int(register.setting(f"weight_{each.name}")) for each in fields(cls)})
