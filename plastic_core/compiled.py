"""The one place where numba is asked to compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """Compile to one thread's machine code without the GIL, kept on disk so that the next process starts at once.

    numba keeps the code beside the source, or in the user's cache folder where that cannot be written; where neither
    can, each process compiles for itself. Floating point stays strict (no reordering, no fused multiply-add), so
    results do not hang on the vector width of the machine.
    """
    jit = cast("Callable[..., Callable[[Kernel], Kernel]]", numba.njit)
    try:
        return jit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        return jit(nogil=True, error_model="numpy")(function)
