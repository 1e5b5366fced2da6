"""First fit, as planners do by hand: audits by latest day, the first start at which a team can be formed.

Among the teams of that start the one with the nearest people; no other cost is thought of.
"""

from __future__ import annotations

import time

import numpy as np

from peers.board import Board, desk
from peers.common import Answer, Booking, Instance
from peers.kernel import NEVER, warm

# Above any sum of distances, so that an earlier start always wins.
A_START_LATER = 10_000_000


def solve(instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
    """Book one audit after another; `seed` and `start` change nothing."""
    warm()
    began = time.perf_counter()
    scene, costs = instance.problem.scene, instance.problem.costs
    board = Board(desk(instance))
    latest = scene.register.audits["latest"][list(instance.rows)]
    waiting, note = np.argsort(latest, kind="stable").tolist(), ""
    for round_ in range(2):
        # Those that wait for a link's first audit have a second chance.
        missing = []
        for n in waiting:
            if time.perf_counter() - began > seconds:
                note = "stopped by the clock"
                break
            sheet = board.desk.sheet(n)
            near = costs.travel[costs.audit_place[sheet.audit.row], costs.home[sheet.audit.people]]
            found = board.find(n, late=sheet.starts * A_START_LATER, seat=near)
            if found is not None and found[0] < NEVER:
                board.add(found[2])
            elif round_ == 0 and n in board.desk.links:
                missing.append(n)
        waiting = missing
    return Answer(list(board.booked.values()), None, [(time.perf_counter() - began, board.cost)], note)
