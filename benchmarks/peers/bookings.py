"""Bookings of the neutral instance to bookings of auditmatch and back, and the legal part of a plan."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.placement import Placed
from auditmatch.problem import Problem
from peers.common import COUNTING, Booking, Instance


def placed(instance: Instance, booking: Booking) -> Placed:
    """Return a booking in rows and slots."""
    audit, (first, last) = instance.audit(booking.audit), instance.span(booking)
    team = tuple(sorted((int(audit.people[k]), int(audit.roles[k])) for k in booking.team))
    return Placed(audit.row, first, last - first + 1, team, instance.halves(first, last))


def read(instance: Instance, plan: list[Any]) -> list[Booking]:
    """Return bookings written as [audit, start, length, team]."""
    number = {row: n for n, row in enumerate(instance.rows)}
    found = []
    for row, start, length, team in plan:
        audit = instance.audit(number[row])
        members = list(zip(audit.people.tolist(), audit.roles.tolist(), strict=True))
        counting = sum(role == COUNTING for _, role in team)
        form = next(f for f, m in enumerate(audit.forms) if (m.counting, m.length) == (counting, length))
        at = int(np.searchsorted(audit.forms[form].starts, start))
        found.append(Booking(audit.number, form, at, tuple(sorted(members.index((i, role)) for i, role in team))))
    return found


def legal_part(problem: Problem, bookings: list[Placed]) -> tuple[list[Placed], int]:
    """Lay bookings into an empty state, earliest first, and return those that fit and how many do not.

    Who waits for another audit is asked again until nothing more fits.
    """
    state, kept = problem.state(), []
    waiting = sorted(bookings, key=lambda p: (p.start, p.audit))
    while True:
        left = []
        for booking in waiting:
            if booking.audit not in state.booked and state.fits(booking):
                state.add(booking)
                kept.append(booking)
            else:
                left.append(booking)
        if len(left) == len(waiting):
            return kept, len(left)
        waiting = left
