"""The one edge to Triton, which is untyped: what kernels are written in, as the type checker is to see it.

Where TRITON_INTERPRET=1 was set before Triton's first import, kernels run on the CPU, one Python call an operation.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    tl: Any
    """Triton's language."""
    tensor: TypeAlias = Any
    """A block of numbers, a pointer, a run-time number, or a named tuple of these."""
    constexpr: TypeAlias = Any
    """A number, or a named tuple of numbers, that is known when a kernel is compiled."""

    def kernel(function: Callable[..., Any]) -> Any:
        """Compile for the GPU. Whole numbers at run time go by names in NEVER_SPECIAL."""
        ...
else:
    import triton
    import triton.language as tl

    tensor, constexpr = tl.tensor, tl.constexpr

    def kernel(function):  # noqa: ANN001, ANN201, D103
        arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
        return triton.jit(function, do_not_specialize=[name for name in arguments if name in NEVER_SPECIAL])


NEVER_SPECIAL = ("streams", "ticks", "tick", "pending")
"""Arguments for whose value no machine code of its own is made: one stream alone takes the path of many."""

OPTIONS = {"enable_fp_fusion": False}
"""No fused multiply-add but those written down, so that one formula gives the same bits in every kernel."""


def interpreted() -> bool:
    """Whether kernels run in Triton's interpreter, on tensors of the CPU."""
    return os.environ.get("TRITON_INTERPRET", "0") == "1"


class Launch(NamedTuple):
    """A kernel with all that it is called with."""

    kernel: Any
    grid: tuple[int, ...]
    arguments: tuple[Any, ...]
    warps: int

    def __call__(self) -> None:
        """Start it."""
        self.kernel[self.grid](*self.arguments, num_warps=self.warps, **OPTIONS)
