"""Ending a run early, with the best plan so far."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """Tells engines to end: the caller's event was set, Ctrl-C was pressed, or the gap is reached."""

    def __init__(self, event: threading.Event | None) -> None:
        self.event, self.ended, self.interrupted = event, False, False

    def is_set(self) -> bool:
        """Tell whether to end now."""
        return self.ended or self.interrupted or (self.event is not None and self.event.is_set())


@contextmanager
def on_interrupt(stop: Stop) -> Iterator[None]:
    """Turn the first Ctrl-C into a stop, so that the best plan so far is kept; the second one raises as usual."""

    def caught(number: int, frame: Any) -> None:
        stop.interrupted = True
        signal.signal(signal.SIGINT, before)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, caught)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
