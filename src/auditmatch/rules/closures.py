"""Closures: nobody audits a client who is closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Shape, Start, ints


@dataclass(frozen=True, slots=True)
class Closures:
    """No audit of a client works on a day on which the `closures` table says that the client is closed."""

    name: str = "closures"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bar the starts from which a booking of each length would reach into the closure."""
        register, audits = scene.register, scene.audits
        closed = register.closures
        whose = register.index("organisations", register.audits["organisation_id"][audits])
        client = register.index("organisations", closed["organisation_id"])
        order = np.argsort(whose, kind="stable")
        low, high = (np.searchsorted(whose[order], client, side) for side in ("left", "right"))
        first, last = scene.slot_range(closed["start"], closed["end"])
        for k in np.flatnonzero((last >= first) & (high > low)):
            mine = ints(audits[order[low[k] : high[k]]])
            end = min(int(last[k]), scene.calendar.n_slots - 1)
            for length in range(1, _too_long(scene, mine)):
                begin = max(int(first[k]) - length + 1, 0)
                yield Start(mine, length, ints(np.arange(begin, end + 1)), "the client is closed")

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Compare the working days of each booking with the client's closures."""
        register = scene.register
        closed = register.closures
        client = register.index("organisations", register.audits["organisation_id"])[agenda.audit]
        order = np.argsort(client, kind="stable")
        whose = register.index("organisations", closed["organisation_id"])
        low, high = (np.searchsorted(client[order], whose, side) for side in ("left", "right"))
        row = np.repeat(np.arange(len(closed)), high - low)
        booking = order[np.arange(len(row)) + np.repeat(low - np.cumsum(high - low) + high - low, high - low)]
        since = np.maximum(agenda.first_day[booking], closed["start"][row])
        until = np.minimum(agenda.last_day[booking], closed["end"][row])
        meets = agenda.shown[booking] & (since <= until)
        row, booking, since, until = row[meets], booking[meets], since[meets], until[meets]
        worked = scene.calendar.slots_between(since, 0, until, 1) > 0
        found = []
        for k, b in zip(row[worked], booking[worked], strict=True):
            name, who = scene.audit_id(agenda.audit[b]), closed["organisation_id"][k]
            message = f"{who} is closed from {closed['start'][k]} to {closed['end'][k]}, during {name}"
            found.append(Violation(self.name, message, (name,)))
        return found

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Nobody audits a client who is closed."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with a closure of one or two days near the windows."""
        first = int(rng.integers(-1, 3))
        row = {
            "organisation_id": f"O{rng.integers(2)}",
            "start": day(first),
            "end": day(first + int(rng.integers(0, 2))),
        }
        return tiny(rng).having(closures=[row])


def _too_long(scene: Scene, audits: Ints) -> int:
    """Return a number of slots that none of the audits takes, for one person stays longest: above 2 * person-days."""
    days = scene.register.audits["person_days"][audits]
    return int(np.ceil(2 * days.max(initial=0.5)) + 1)


RULE = Closures()
