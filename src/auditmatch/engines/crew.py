"""The crew: workers of an executor that are asked for rounds of prices and for the search of regions.

Questions are small, may be asked again and are answered the same by anybody, so whatever happens to a worker its task
is done once more: by another worker, or here. An executor that is broken for good is replaced by threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from auditmatch.engines.errands import answer
from auditmatch.engines.parcels import Case, add_sparse, pack, pack_case, token_of, unpack
from auditmatch.engines.prices import Dual, Picked, Whole
from auditmatch.engines.standing import picks_of, write_picks
from auditmatch.kernel.rounds import Use, no_use

# Audits for each task, and the fewest and the most tasks, where nobody says how many.
SHARE, FEWEST, MOST = 1_000, 2, 64
# Seconds between two looks at the clock, and seconds after which a task is done here.
LOOK, PATIENCE = 0.1, 120.0
# Audits up to which rounds are not sent out: they are quicker here than the wait in line behind searches.
SMALL = 2_500
# Seconds that a shard of a round is thought to take while none was sent out.
PACE = 0.4
# Failures in a row after which an executor is broken for good.
FAILURES = 20

Question = tuple[bytes, ...]
Reply = Future[bytes | None]


def tasks_for(audits: int) -> int:
    """Return into how many tasks a run of so many audits is cut."""
    return max(FEWEST, min(MOST, -(-audits // SHARE)))


class Crew:
    """An executor that knows a case.

    Parameters
    ----------
    executor
        Who works; not shut down here.
    case
        What all tasks share.
    tasks
        Tasks of a round, and regions of the search.
    ended
        Tells whether to wait no longer.

    Attributes
    ----------
    pace
        Seconds that a shard of a round took last.
    """

    def __init__(self, executor: Executor, case: Case, tasks: int, ended: Callable[[], bool]) -> None:
        self.executor, self.case, self.tasks, self.ended = executor, case, tasks, ended
        self.parcel = pack_case(case)
        self.token = token_of(self.parcel)
        self.shards = [part for part in np.array_split(case.audits, tasks) if len(part)]
        self.threads: ThreadPoolExecutor | None = None
        self.failures = 0
        self.pace = PACE
        self.lock = threading.Lock()

    def close(self) -> None:
        """End threads of our own."""
        if self.threads is not None:
            self.threads.shutdown()

    def round(self, dual: Dual, whole: Whole, service: bool) -> tuple[int, Use] | None:
        """Let all audits pick at prices; return the sum of their costs and what they use, None when ended early."""
        prices = pack(*whole)
        last = [() if dual.fresh else picks_of(dual.picks, shard) for shard in self.shards]
        tails = [pack(service, dual.fresh, shard, *picks) for shard, picks in zip(self.shards, last, strict=True)]
        total, use = 0, no_use(self.case.flat, dual.sites)
        for some in self.ask("round", [(prices, tail) for tail in tails]):
            if some is None:
                return None
            more, self.pace, new, *rest = some
            write_picks(dual.picks, new, rest[:6])
            counts = rest[6:]
            total += more
            for n, part in enumerate(use):
                add_sparse(part, *counts[2 * n : 2 * n + 2])
        return total, use

    def picked(self, service: bool) -> Picked | None:
        """Return how the audits of a dual pick; None: here."""
        if len(self.case.audits) <= SMALL:
            return None
        return lambda dual, whole: self.round(dual, whole, service)

    def ask(self, kind: str, questions: Sequence[Question]) -> list[list[Any] | None]:
        """Return the answers in order of the questions; None for those that were not there when the run ended."""
        found: list[bytes | None] = [None] * len(questions)
        # Whoever does not know the case is told it, and whose executor failed is asked again; the rest is done here.
        for parcel in (None, self.parcel):
            sent = [(n, self._send(kind, questions[n], parcel)) for n, some in enumerate(found) if some is None]
            for n, reply in sent:
                found[n] = self._wait(reply)
        for n, question in enumerate(questions):
            if found[n] is None and not self.ended():
                found[n] = answer(self.token, kind, question, self.parcel)
        return [None if some is None else unpack(some) for some in found]

    def _send(self, kind: str, question: Question, parcel: bytes | None) -> Reply | None:
        """Hand a task over; None when nobody takes it."""
        if self.ended():
            return None
        try:
            return self.executor.submit(answer, self.token, kind, question, parcel)
        except Exception as error:  # whatever an executor raises, the run goes on
            self._failed(error)
            return None

    def _wait(self, reply: Reply | None) -> bytes | None:
        """Wait for an answer; None without one: the worker does not know the case, it failed, or time is over."""
        if reply is None:
            return None
        since = time.monotonic()
        while not reply.done() and not self.ended():
            wait([reply], LOOK)
            if time.monotonic() - since > PATIENCE:
                reply.cancel()
                self._failed(None)
                return None
        if not reply.done():
            reply.cancel()
            return None
        try:
            found = reply.result()
        except Exception as error:  # a fault of ours is met again when the task is done here
            self._failed(error)
            return None
        with self.lock:
            self.failures = 0
        return found

    def _failed(self, error: Exception | None) -> None:
        """Count a failure; take threads once the executor is broken for good."""
        with self.lock:
            self.failures += 1
            broken = self.failures >= FAILURES or isinstance(error, BrokenExecutor)
            if broken and self.threads is None:
                self.executor = self.threads = ThreadPoolExecutor(2)
