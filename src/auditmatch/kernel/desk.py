"""One thread's door to the kernels: a board, scratch arrays, and calls in rows and tuples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.kernel.board import add, board_of, remove
from auditmatch.kernel.flat import NEVER, SCALE, Flat
from auditmatch.kernel.seek import cheapest
from auditmatch.kernel.tolls import no_prices
from auditmatch.kernel.work import LENGTH, SIZE, START, work_for

if TYPE_CHECKING:
    from auditmatch.placement import State

Team = tuple[tuple[int, int], ...]


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
        points = cheapest(self.flat, self.board, self.work, self.none, audit, True, alone, NEVER)
        size = int(self.work.found[SIZE])
        if size == 0:
            return None
        team = zip(self.work.best["team"][:size].tolist(), self.work.best["role"][:size].tolist(), strict=True)
        start, length = int(self.work.found[START]), int(self.work.found[LENGTH])
        return points // SCALE, start + self.zero, length, tuple(sorted(team))
