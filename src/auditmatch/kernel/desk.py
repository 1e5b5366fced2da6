"""One thread's door to the kernels: a board, scratch arrays, and calls in rows and tuples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.kernel.board import add, board_of, remove
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.seek import cheapest
from auditmatch.kernel.tolls import Prices, no_prices
from auditmatch.kernel.work import LENGTH, SIZE, START, work_for

if TYPE_CHECKING:
    from auditmatch.placement import State
    from auditmatch.shapes import Ints

Team = tuple[tuple[int, int], ...]
# More than any booking costs; a whole team of it stays below NEVER.
FORBIDDEN = 2**40


class Desk:
    """Keeps a board in step with a state; slots are those of the scene's calendar."""

    def __init__(self, flat: Flat, state: State) -> None:
        self.flat, self.zero = flat, state.lowered.scene.first_slot
        self.board, self.work, self.none = board_of(flat, state), work_for(flat), no_prices(flat)

    def add(self, audit: int, start: int, length: int, team: Sequence[tuple[int, int]]) -> None:
        """Let a booking stand, be it legal or not."""
        wider = len(team) - self.board.team.shape[1]
        if wider > 0:
            team_, seat = (np.pad(part, ((0, 0), (0, wider))) for part in (self.board.team, self.board.seat))
            self.board = self.board._replace(team=team_, seat=seat)
        for m, (person, role) in enumerate(team):
            self.board.team[audit, m], self.board.seat[audit, m] = person, role
        add(self.flat, self.board, audit, start - self.zero, length, len(team))

    def remove(self, audit: int) -> None:
        """Take a booking out."""
        remove(self.flat, self.board, audit)

    def cheapest(self, audit: int, alone: bool) -> tuple[int, int, int, Team] | None:
        """Return points, start, length and team of the cheapest booking that fits; None when none does."""
        return self._ask(self.flat, self.none, audit, alone)

    def among(self, audit: int, starts: Sequence[Ints], barred: frozenset[int]) -> tuple[int, int, int, Team] | None:
        """Return the same of the bookings that begin at some starts, by form of the audit, without some people.

        The forms of a problem may not be written to, so the audit's own stand in a copy for this one question; to bar
        a person is to ask a price that no booking pays.
        """
        first, last = int(self.flat.audit[audit].form_ptr), int(self.flat.audit[audit + 1].form_ptr)
        form = self.flat.form.copy()
        form["start_ptr"][first : last + 1] = np.cumsum([0, *(len(part) for part in starts)])
        chosen = np.concatenate(starts).astype(self.flat.starts.dtype) - self.zero
        for part in (form, chosen):
            part.flags.writeable = False
        prices = self.none
        if barred:
            slot = prices.slot.copy()
            slot[sorted(barred)] = np.arange(slot.shape[2]) * FORBIDDEN
            prices = prices._replace(slot=slot)
        found = self._ask(self.flat._replace(form=form, starts=chosen), prices, audit, False)
        return None if found is None or found[0] >= FORBIDDEN // SCALE else found

    def _ask(self, flat: Flat, prices: Prices, audit: int, alone: bool) -> tuple[int, int, int, Team] | None:
        points = cheapest(flat, self.board, self.work, prices, audit, True, alone, NEVER)
        size = int(self.work.found[SIZE])
        if size == 0:
            return None
        team = zip(self.work.best["team"][:size].tolist(), self.work.best["role"][:size].tolist(), strict=True)
        start, length = int(self.work.found[START]), int(self.work.found[LENGTH])
        return int(points) // SCALE, start + self.zero, length, tuple(sorted(team))
