"""Random whole numbers for kernels: one word of state (xorshift, Marsaglia 2003)."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditmatch.kernel.jit import kernel


def lucky(seed: int) -> Any:
    """Return the (1,) state that a seed begins with."""
    return np.array([np.random.default_rng(seed).integers(1, 2**63)], dtype=np.uint64)


@kernel
def draw_below(state: Any, limit: int) -> Any:
    """Return a random whole number from 0 to limit - 1."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(20)) % limit
