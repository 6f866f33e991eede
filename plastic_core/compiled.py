"""The one place where numba is asked to compile."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.extending import intrinsic

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


REORDERING = {"contract", "nsz", "reassoc"}
"""What LLVM may do to sums and products: fuse them and change their order. What is not a number stays so."""


def compiled(function: Kernel) -> Kernel:
    """Compile to one thread's machine code without the GIL, kept on disk so that the next process starts at once.

    numba keeps the code beside the source, or in the user's cache folder where that cannot be written; where neither
    can, each process compiles for itself. Floating point stays strict (no reordering, no fused multiply-add), so
    results do not hang on the vector width of the machine.
    """
    return _compiled(function)


def inlined(function: Kernel) -> Kernel:
    """As `compiled`, for small steps of a kernel: put into whoever calls, since a call hands over every array anew."""
    return _compiled(function, forceinline=True)


def reordered(function: Kernel) -> Kernel:
    """As `compiled`, with sums in the order that suits the machine's vectors: for gradients, not for what streams live.

    A strict sum along a row is not vectorised: the way back of an episode took 1.4 times as long with it.
    """
    return _compiled(function, fastmath=REORDERING)


def _compiled(function: Kernel, **options: Any) -> Kernel:
    jit = cast("Callable[..., Callable[[Kernel], Kernel]]", numba.njit)
    try:
        return jit(nogil=True, error_model="numpy", cache=True, **options)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        return jit(nogil=True, error_model="numpy", **options)(function)


def spelled(typed: Callable[..., Any]) -> Callable[..., Any]:
    """A function for kernels whose machine code is spelled out in LLVM's terms: numba's intrinsic.

    typed: (typing context, types of the arguments ...) -> (signature, emitter); numbers that stand in
    the kernel's source arrive as literal types.
    """
    spell = cast("Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]", intrinsic)
    return spell(prefer_literal=True)(typed)


def stamp(*sources: Path) -> int:
    """A number that changes with the text of these files.

    A kernel that mentions it is compiled anew when what it is made of changes; by itself numba's cache looks at the
    kernel's own file alone.
    """
    told = b"".join(source.read_bytes() for source in sources)
    return int.from_bytes(hashlib.blake2b(told, digest_size=4).digest(), "little")
