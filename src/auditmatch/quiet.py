"""A pause of Python's cycle collector while many objects are made that all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the collection of cycles, which would look through hundreds of thousands of living objects again and again.

    Objects without cycles are freed as ever. Threads may pause at the same time: it goes on at the latest when all are
    through.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
