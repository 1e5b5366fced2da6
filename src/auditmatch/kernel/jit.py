"""How kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.types import unliteral

Function = TypeVar("Function", bound=Callable[..., Any])
# No kernel allocates, so counting references to arrays would only cost time.
OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def entry(function: Function) -> Function:
    """Compile a function that Python calls, on its first call, and keep the machine code on disk.

    It runs without Python's global lock. With NUMBA_DISABLE_JIT=1 in the environment the function stays Python.
    """
    return _for_all_values(njit(**OPTIONS)(function))


def kernel(function: Function) -> Function:
    """Compile a function that only other kernels call; the door to Python, which costs most to compile, is left out."""
    return _for_all_values(njit(**OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


def _for_all_values(compiled: Any) -> Any:
    """Have a kernel compiled once for all values of its arguments, not anew for each constant that a caller passes."""
    if hasattr(compiled, "get_call_template"):  # not with NUMBA_DISABLE_JIT
        template = compiled.get_call_template

        def of_types(args: Any, kws: Any) -> Any:
            return template(tuple(unliteral(arg) for arg in args), {name: unliteral(arg) for name, arg in kws.items()})

        compiled.get_call_template = of_types
    return compiled


def forget_stale() -> None:
    """Drop machine code on disk that was made from other sources.

    Numba looks at the file of the function it is asked for alone, not at the files of those that it calls.
    """
    folder = Path(__file__).parent
    stamp = folder / "__pycache__" / "kernels.stamp"
    sources = " ".join(f"{path.name}:{path.stat().st_mtime_ns}" for path in sorted(folder.glob("*.py")))
    with suppress(OSError):
        if not stamp.exists() or stamp.read_text() != sources:
            for old in stamp.parent.glob("*.nb[ic]"):
                old.unlink(missing_ok=True)
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(sources)


forget_stale()
