"""The bookings that stand, as arrays that travel, and the boards that a worker makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from auditmatch.kernel.board import NONE, Board
from auditmatch.kernel.flat import Flat
from auditmatch.kernel.rounds import Picks
from auditmatch.shapes import Bools, Ints


class Standing(NamedTuple):
    """Bookings that stand.

    Attributes
    ----------
    audit, start, length, people
        (bookings,) rows, first slots, slots and team sizes.
    person, seat
        (members,) the teams one after another.
    used, touched
        What all of them use of each slot cap and each key cap.
    """

    audit: Ints
    start: Ints
    length: Ints
    people: Ints
    person: Ints
    seat: Ints
    used: Ints
    touched: Ints


def standing_on(board: Board, audits: Ints) -> Standing:
    """Return the bookings of some audits that stand on a board."""
    there = audits[board.book["start"][audits] != NONE]
    start, length, people = (board.book[name][there].astype(np.int64) for name in ("start", "length", "people"))
    inside = np.arange(board.team.shape[1]) < people[:, None]
    team, seat = board.team[there][inside], board.seat[there][inside]
    return Standing(there, start, length, people, team, seat, board.used, board.touched)


def changed(old: Board | Picks, new: Board | Picks, audits: Ints) -> Ints:
    """Return the audits whose booking is another one than before, be it none."""
    one, other = old.book[audits], new.book[audits]
    out = [(book["start"] == NONE) | (book["people"] == 0) for book in (one, other)]
    there = np.arange(new.team.shape[1]) < other["people"][:, None]
    same = (one["start"] == other["start"]) & (one["length"] == other["length"]) & (one["people"] == other["people"])
    for before, after in ((old.team, new.team), (old.seat, new.seat)):
        same &= ((before[audits] == after[audits]) | ~there).all(axis=1)
    found: Ints = audits[np.where(out[1], ~out[0], out[0] | ~same)]
    return found


def picks_of(picks: Picks, audits: Ints) -> tuple[Ints, ...]:
    """Return what audits picked last: start, length, people, plain; the teams one after another."""
    start, length, people, plain = (picks.book[name][audits] for name in ("start", "length", "people", "plain"))
    inside = np.arange(picks.team.shape[1]) < people[:, None]
    return start, length, people, plain, picks.team[audits][inside], picks.seat[audits][inside]


def write_picks(picks: Picks, audits: Ints, parts: Sequence[Ints]) -> None:
    """Write what `picks_of` returned."""
    *columns, person, seat = parts
    for name, column in zip(("start", "length", "people", "plain"), columns, strict=True):
        picks.book[name][audits] = column
    row, place = np.repeat(audits, columns[2]), _places(columns[2])
    picks.team[row, place], picks.seat[row, place] = person, seat


def laid_out(facts: Board, standing: Standing) -> Board:
    """Return a board of facts with bookings written into its table of audits, and nothing else done."""
    book, team, seat = facts.book.copy(), facts.team.copy(), facts.seat.copy()
    at = standing.audit
    book["start"][at], book["length"][at], book["people"][at] = standing.start, standing.length, standing.people
    row, place = np.repeat(at, standing.people), _places(standing.people)
    team[row, place], seat[row, place] = standing.person, standing.seat
    return facts._replace(book=book, team=team, seat=seat)


def _places(sizes: Ints) -> Ints:
    """Return 0, 1, ... for each group of so many."""
    return np.asarray(np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes))


def boards(
    flat: Flat, facts: Board, standing: Standing, rows: Ints, people: Ints, first: int, last: int
) -> tuple[Board, Board]:
    """Return the board on which all bookings stand, and the one without those of the region.

    What is not of the region stands for ever. People of other regions, and slots outside [first, last), are free for
    it only where its own bookings are, so that no two regions take the same slot.
    """
    mine = np.zeros(len(facts.book), dtype=bool)
    mine[rows] = True
    own = _taken(facts, _only(standing, mine))
    open_ = np.zeros_like(facts.base)
    open_[people, first:last] = True
    closed = facts._replace(base=facts.base | ~(open_ | own))
    found = []
    for some in (standing, _only(standing, ~mine)):
        board = _stand(flat, closed, some)
        board.book["fact"][~mine] = True
        found.append(board)
    # Where a search looks for whom to push out, caps count facts alone.
    return found[0]._replace(used=standing.used, touched=standing.touched), found[1]


def _only(standing: Standing, kept: Bools) -> Standing:
    """Return the bookings of some audits."""
    here = kept[standing.audit]
    member = np.repeat(here, standing.people)
    audit, start, length, people = (part[here] for part in standing[:4])
    kept_by = standing.person[member], standing.seat[member]
    return Standing(audit, start, length, people, *kept_by, standing.used, standing.touched)


def _taken(facts: Board, standing: Standing) -> Bools:
    """Return (auditors, slots) that bookings take."""
    taken = np.zeros_like(facts.base)
    length = np.repeat(standing.length, standing.people)
    slots = np.repeat(np.repeat(standing.start, standing.people), length) + _places(length)
    taken[np.repeat(standing.person, length), slots] = True
    return taken


def _stand(flat: Flat, facts: Board, standing: Standing) -> Board:
    """Return the board on which bookings stand beside the facts: the same as adding them one after another."""
    board = laid_out(facts, standing)
    at, end = standing.audit, standing.start + standing.length - 1
    board.book["low"][at], board.book["high"][at] = flat.slot["begin"][standing.start], flat.slot["finish"][end]
    order = np.argsort(standing.person, kind="stable")
    who, count = standing.person[order], np.bincount(standing.person, minlength=len(facts.person))
    person, held = facts.person.copy(), facts.held.copy()
    held[who, person["holds"][who] + _places(count)] = np.repeat(at, standing.people)[order]
    person["holds"] += count
    np.add.at(person["load"], standing.person, np.repeat(standing.length, standing.people))
    busy = facts.base | _taken(facts, standing) if flat.exclusive else facts.base
    slots = busy.shape[1]
    ends = np.where(busy, np.arange(slots), slots)
    run = np.zeros_like(facts.run)
    run[:, :slots] = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1] - np.arange(slots)
    return board._replace(run=run, held=held, person=person, used=facts.used.copy(), touched=facts.touched.copy())
