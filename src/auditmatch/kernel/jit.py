"""How kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
# No kernel allocates, so counting references to arrays would only cost time.
OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def entry(function: Function) -> Function:
    """Compile a function that Python calls, on its first call, and keep the machine code on disk.

    It runs without Python's global lock. With NUMBA_DISABLE_JIT=1 in the environment the function stays Python.
    """
    compiled: Function = njit(**OPTIONS)(function)
    return compiled


def kernel(function: Function) -> Function:
    """Compile a function that only other kernels call; the door to Python, which costs most to compile, is left out."""
    compiled: Function = njit(**OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled
