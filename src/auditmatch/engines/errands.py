"""What a worker of an executor does: one shard of a round of prices, or the search of one region."""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import cached_property
from threading import Lock

from auditmatch.engines.parcels import Case, pack, sparse, token_of, unpack, unpack_case
from auditmatch.engines.prices import asked, before, service_alone
from auditmatch.engines.standing import Standing, boards, changed, laid_out, picks_of, standing_on, write_picks
from auditmatch.engines.steps import most_out
from auditmatch.errors import EngineError
from auditmatch.kernel.flat import SCALE, Flat
from auditmatch.kernel.rounds import no_picks, no_use, pick_round
from auditmatch.kernel.search import search
from auditmatch.kernel.tolls import Prices, no_prices
from auditmatch.kernel.trail import COST, STEPS, trail_for
from auditmatch.kernel.work import work_for

# Cases that a worker keeps.
KEPT = 3


class Held:
    """A case in a worker."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.free = ~case.board.base

    @cached_property
    def service(self) -> Flat:
        """The problem in which an audit left out costs one point and nothing else counts."""
        return service_alone(self.case.flat)


_held: OrderedDict[str, Held] = OrderedDict()
_lock = Lock()


def answer(token: str, kind: str, parts: tuple[bytes, ...], parcel: bytes | None = None) -> bytes | None:
    """Answer a question about a case; None when the worker does not know it and it did not come along.

    Raises
    ------
    EngineError
        The case was made by another version of the package.
    """
    held = _case(token, parcel)
    if held is None:
        return None
    return answer_round(held, *parts) if kind == "round" else answer_search(held, *parts)


def _case(token: str, parcel: bytes | None) -> Held | None:
    """Return the case of a token, and remember it."""
    with _lock:
        held = _held.get(token)
        if held is None and parcel is not None:
            if token_of(parcel) != token:
                raise EngineError(f"the case {token} comes from another version of auditmatch. Maybe install the same?")
            held = _held[token] = Held(unpack_case(parcel))
        if held is not None:
            _held.move_to_end(token)
            while len(_held) > KEPT:
                _held.popitem(last=False)
        return held


def answer_round(held: Held, prices: bytes, shard: bytes) -> bytes:
    """Let a shard of audits pick; what they picked last comes along, so that any worker gives the same answer."""
    began = time.perf_counter()
    slot, load, key, cap = unpack(prices)
    service, fresh, audits, *last = unpack(shard)
    case, flat = held.case, held.service if service else held.case.flat
    use, old, picks = no_use(flat, slot.shape[1]), no_picks(case.board), no_picks(case.board)
    if not fresh:
        write_picks(old, audits, last)
        write_picks(picks, audits, last)
    asking = asked((slot, load, key, cap), held.free, case.share)
    total = pick_round(flat, case.board, work_for(flat), asking, audits, picks, use, fresh)
    new = audits if fresh else changed(old, picks, audits)
    found = [part for counts in use for part in sparse(counts)]
    return pack(int(total), time.perf_counter() - began, new, *picks_of(picks, new), *found)


def answer_search(held: Held, prices: bytes, bookings: bytes, region: bytes) -> bytes:
    """Search a region beside the bookings of others; return what is new in the plan at its end."""
    began, case, flat = time.perf_counter(), held.case, held.case.flat
    standing = Standing(*unpack(bookings))
    rows, people, first, last, seed, steps, heat = unpack(region)
    slot, cap, key = unpack(prices)
    steering = Prices(before(slot), cap, key, case.share)
    board, bare = boards(flat, case.board, standing, rows, people, first, last)
    trail = trail_for(board, rows, 0, seed)
    free, work = no_prices(flat), work_for(flat)
    search(flat, board, bare, work, trail, free, steering, rows, steps, most_out(len(case.audits)), heat)
    gain = -int(trail.tally[COST]) // SCALE
    new = changed(laid_out(case.board, standing), board, rows)
    seconds = time.perf_counter() - began
    return pack(gain, int(trail.tally[STEPS]), seconds, new, *standing_on(board, new)[:6])
