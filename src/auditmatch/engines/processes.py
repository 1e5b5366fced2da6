"""A pool of processes that survives the death of one."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

from auditmatch.errors import ArgumentError

# Times that a task is tried again after a process died, and times that a pool is made anew.
AGAIN, MOST_REMADE = 3, 20


class Processes(Executor):
    """Worker processes of this machine; when one is killed all are replaced, and what they had not done is run again.

    A script that uses it needs the line `if __name__ == "__main__":`, since each process imports it anew.

    Parameters
    ----------
    workers
        How many processes.

    Attributes
    ----------
    remade
        Times that the pool was made anew.

    Raises
    ------
    ArgumentError
        `workers` is below 1.
    """

    def __init__(self, workers: int = 2) -> None:
        if workers < 1:
            raise ArgumentError(f"workers={workers!r} is no number of processes. Maybe Processes(workers=2)?")
        self.workers, self.remade = workers, 0
        self._lock = threading.Lock()
        self._pool = self._made()

    def _made(self) -> ProcessPoolExecutor:
        """Return a new pool; its processes start with its first task, and Ctrl-C is left to the parent."""
        ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
        return ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"), initializer=ignore)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function in a process; it may run again when a process dies.

        Raises
        ------
        BrokenProcessPool
            Processes died too often.
        """
        outer: Future[Any] = Future()
        self._start(outer, partial(fn, *args, **kwargs), AGAIN)
        return outer

    def _start(self, outer: Future[Any], call: Callable[[], Any], again: int) -> None:
        """Hand a call to the pool that lives."""
        # No lock is held while a pool is spoken to: a dying pool calls back with its own lock held.
        pool = self._pool
        try:
            inner = pool.submit(call)
        except BrokenProcessPool:
            if not self._remake(pool):
                raise
            self._start(outer, call, again)
            return
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(partial(self._done, outer, call, again, pool))

    def _done(
        self, outer: Future[Any], call: Callable[[], Any], again: int, pool: ProcessPoolExecutor, inner: Future[Any]
    ) -> None:
        """Pass a result on; run the call again where its process died."""
        if outer.cancelled():
            return
        if inner.cancelled():
            if outer.cancel():
                outer.set_running_or_notify_cancel()
            return
        error = inner.exception()
        if isinstance(error, BrokenProcessPool) and again > 0 and self._remake(pool):
            try:
                self._start(outer, call, again - 1)
                return
            except Exception as worse:
                error = worse
        if outer.set_running_or_notify_cancel():
            if error is None:
                outer.set_result(inner.result())
            else:
                outer.set_exception(error)

    def _remake(self, broken: ProcessPoolExecutor) -> bool:
        """Replace a pool that broke, once whoever saw it; False when that was done too often."""
        with self._lock:
            if self._pool is broken:
                if self.remade >= MOST_REMADE:
                    return False
                self.remade += 1
                self._pool = self._made()
        return True

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes after their tasks."""
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
