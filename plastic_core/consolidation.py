"""Two timescales of memory as pure functions, the same for numpy arrays and torch tensors (there with gradients).

A fast trace H changes every tick (rules.py). A slow trace S changes only at a flush, at the end of each episode of a
life, by what H has come to; between flushes it is constant. A network reads both,

    drive = W_in u + (w + alpha * H + beta * S)^T h + b

so what H may soon forget, to make room for the present, S can keep.

Consolidation into synapses of several timescales: Benna and Fusi 2016 (a chain of them, of which this is the shortest);
complementary fast and slow learners: McClelland, McNaughton and O'Reilly 1995.

Letters: B streams, N presynaptic and M postsynaptic neurons; traces are [B, N, M].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any


def averaged(slow: Any, fast: Any, fade: Any, gain: Any) -> Any:
    """S <- (1 - l) S + k H: S is a weighted sum of all that H ever was at a flush.

    fade l in [0, 1], gain k: numbers, or anything that broadcasts to the traces.
    """
    return slow * (1 - fade) + gain * fast


def corrected(slow: Any, fast: Any, fade: Any, gain: Any) -> Any:
    """S <- (1 - l) S + k H (1 - S): only what S does not answer yet is taken over; for N = M.

    Where H = sum_p x_p y_p^T this is k sum_p x_p (y_p - S^T y_p)^T: the delta rule with the stored activities as keys
    (Widrow and Hoff 1960; Schlag, Irie and Schmidhuber 2021), so memories that resemble each other do not add up. For
    x_p = y_p its fixed point is a projection onto what was lived through (Kohonen 1972).
    """
    return slow * (1 - fade) + gain * (fast - fast @ slow)


CONSOLIDATIONS: Mapping[str, Callable[[Any, Any, Any, Any], Any]] = MappingProxyType(
    {"averaged": averaged, "corrected": corrected}
)
"""Name -> (slow, fast, fade, gain) -> the slow trace after a flush."""
