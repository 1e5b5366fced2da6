"""What is said of one audit of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from auditmatch.plan import Booking
from auditmatch.remedies import Remedy
from auditmatch.words import Message, message, say

STATUSES = ("served", "deferred", "unserved", "hopeless", "outside")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel.

    Attributes
    ----------
    name
        One of all, competent, impartial, present, under_caps, free, team.
    auditors
        Who is left, sorted. From "competent" to "free" each may sit on some date of the window, judged alone; "team"
        holds the people of the cheapest full team that is free at once, nobody where there is none.
    """

    name: str
    auditors: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many are left."""
        return len(self.auditors)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of one audit, and why.

    Attributes
    ----------
    audit
        Its identifier.
    status
        served; deferred (put off beyond the horizon); unserved; hopeless (no plan can serve it, also where its window
        closed before the horizon); outside (not an audit of this horizon).
    reason
        One word: the step of the funnel that left no team, or window, closed, pin, needs, link, team, cost; for audits
        outside: done, cancelled, fact, later.
    funnel
        The steps, each with those left; empty where people do not matter: served, outside, no date at all.
    booking
        The booking in the plan; of an audit left out, the cheapest one that would fit beside the plan, if any.
    cost
        Points of that booking; None without one.
    terms
        The same by goal, for a served audit; fairness is what this audit adds to the load of its team.
    penalty
        Points for leaving the audit out.
    said, help
        Reason and way out, without a language; `sentence` and `remedy` say them.
    remedies
        Of an audit left out: changes that serve it, each tried; as `explain` finds them.
    second, second_cost
        Of a served audit: the cheapest other booking beside the plan and its points, as `explain` finds it.
    """

    audit: str
    status: str
    reason: str
    said: Message
    help: Message
    funnel: tuple[Stage, ...] = ()
    booking: Booking | None = None
    cost: int | None = None
    terms: dict[str, int] | None = None
    penalty: int | None = None
    remedies: tuple[Remedy, ...] = ()
    second: Booking | None = None
    second_cost: int | None = None

    @property
    def lead(self) -> str | None:
        """Who leads the booking."""
        return next((who for who, role in self.booking.team if role == "lead"), None) if self.booking else None

    def sentence(self, lang: str = "en") -> str:
        """Return the reason as one sentence, "en" or "zh"."""
        return self.said.say(lang)

    def remedy(self, lang: str = "en") -> str:
        """Return what would help as one sentence; empty where nothing need be done."""
        return self.help.say(lang)

    def __str__(self) -> str:
        """Return audit, status, reason, way out, and the counts of the funnel."""
        head = say(
            "en", "explained", audit=self.audit, status=message(f"status_{self.status}"), sentence=self.sentence()
        )
        steps = ", ".join(f"{say('en', f'stage_{stage.name}')} {stage.count}" for stage in self.funnel)
        tried = [f"  {each.tried()}" for each in self.remedies]
        return "\n".join(
            part for part in (f"{head} {self.remedy()}".strip(), f"  {steps}" if steps else "", *tried) if part
        )
