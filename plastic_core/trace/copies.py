"""Room for copies of traces, and copying.

Letters: K copies, B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

import numpy as np
import torch

from plastic_core.trace.contract import Fast

Tensor = torch.Tensor


def room(like: Fast, count: int) -> Fast:
    """Room for `count` copies, [K, B, N, M], with nothing in it; takes up memory only where it is written to."""
    eligibility = like.eligibility
    return Fast(_room(like.trace, count), None if eligibility is None else _room(eligibility, count))


def part(fast: Fast, k: int) -> Fast:
    """One of K copies, the same memory."""
    return Fast(fast.trace[k], None if fast.eligibility is None else fast.eligibility[k])


def first(fast: Fast, count: int) -> Fast:
    """The first of K copies, the same memory."""
    return Fast(fast.trace[:count], None if fast.eligibility is None else fast.eligibility[:count])


def copy(source: Fast, target: Fast) -> None:
    """Copy one into the other."""
    target.trace.copy_(source.trace)
    if source.eligibility is not None and target.eligibility is not None:
        target.eligibility.copy_(source.eligibility)


def copy_of(fast: Fast) -> Fast:
    """A copy of its own."""
    copied = part(room(fast, 1), 0)
    copy(fast, copied)
    return copied


def _room(like: Tensor, count: int) -> Tensor:
    shape = (count, *like.shape)
    if like.device.type == "cpu" and like.dtype == torch.float32:
        return torch.as_tensor(np.empty(shape, np.float32))  # numpy asks Linux for huge pages, torch does not
    return like.new_empty(shape)
