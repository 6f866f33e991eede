"""The engine `gpu`: Triton kernels, one pass over the synapses of a stream a tick. See Engine.

Two paths, chosen by network and engine alone, so that no stream's bytes depend on its company: traces
that fit into one processor stay on chip for many ticks (gpu_resident.py), others are streamed through it a tick at a
time (gpu_kernel.py).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from plastic_core.engines.contract import told_dtype, told_inputs, told_signal
from plastic_core.engines.gpu_graph import recorded, started
from plastic_core.engines.gpu_language import interpreted
from plastic_core.engines.gpu_launches import Chunk, launches, settling, writes
from plastic_core.engines.gpu_layout import (
    LARGEST_RESIDENT,
    Fast,
    Kind,
    Slow,
    fast_of,
    kind_of,
    slow_of,
)
from plastic_core.network import Network, NetworkState, checked, settled
from plastic_core.state import Float32

CHUNK = 32
"""Ticks whose inputs and activity are on the device at once."""


class NoCudaDevice(RuntimeError):
    """The engine `gpu` was asked for where there is no CUDA device."""


class GpuEngine:
    """See Engine."""

    def __init__(
        self, dtype: str = "float32", device: str = "cuda", largest_resident: int = LARGEST_RESIDENT, seed: int = 0
    ) -> None:
        """Traces are kept as `dtype`; "bfloat16" is rounded by chance, drawn from `seed` and the stream's own numbers.

        largest_resident: the largest N whose traces stay on chip between ticks, 0 for none; a power of two.
        Raises NoCudaDevice; ValueError for another dtype, or a device that kernels cannot run on.
        """
        self._dtype = told_dtype(dtype)
        if torch.device(device).type == "cuda" and not torch.cuda.is_available():
            raise NoCudaDevice("engine 'gpu' needs a CUDA device, and there is none; engine 'cpu' runs everywhere")
        if torch.device(device).type == "cpu" and not interpreted():
            raise ValueError("engine 'gpu' runs on device 'cpu' only in Triton's interpreter: set TRITON_INTERPRET=1")
        self._device, self._largest, self._seed = device, largest_resident, seed

    @property
    def name(self) -> str:
        """See Engine."""
        return "gpu"

    def open(self, network: Network, state: NetworkState) -> GpuSession:
        """See Engine."""
        checked(state, network.rule, network.neurons)
        kind = kind_of(network, self._dtype, self._largest, self._seed)
        fast = fast_of(kind, settled(state), self._dtype, self._device)
        return GpuSession(network.neurons, kind, slow_of(network, kind, self._device), fast)


class GpuSession:
    """See Session."""

    def __init__(self, neurons: int, kind: Kind, slow: Slow, fast: Fast) -> None:
        """neurons: N as the network has it, kind.neurons: rounded up."""
        self._neurons, self._kind, self._slow, self._fast = neurons, kind, slow, fast
        streams, device = len(fast.hidden), fast.hidden.device
        self._chunk = Chunk(
            torch.zeros((CHUNK, streams, kind.width), device=device),
            torch.zeros((CHUNK, streams), device=device),
            torch.zeros((CHUNK, streams, kind.neurons), device=device),
        )
        self._pending, self._compiled = False, False
        self._again: Callable[[], None] | None = None

    def advance(self, inputs: Float32, signal: Float32 | None = None) -> Float32:
        """See Session."""
        streams = len(self._fast.hidden)
        inputs = told_inputs(inputs, streams, self._kind.width)
        outside = told_signal(signal, len(inputs), streams)
        activity = np.empty((len(inputs), streams, self._neurons), np.float32)
        if streams:
            with on(self._fast.hidden.device):
                for first in range(0, len(inputs), CHUNK):
                    now = slice(first, first + CHUNK)
                    self._live(inputs[now], outside[now], activity[now])
        return activity

    def _live(self, inputs: Float32, outside: Float32, activity: Float32) -> None:
        """At most CHUNK ticks."""
        ticks, chunk = len(inputs), self._chunk
        chunk.inputs[:ticks].copy_(torch.as_tensor(inputs))
        chunk.outside[:ticks].copy_(torch.as_tensor(outside))
        self._start(ticks)
        self._pending = writes(self._kind)
        torch.as_tensor(activity).copy_(chunk.activity[:ticks, :, : self._neurons])

    def _start(self, ticks: int) -> None:
        """The kernels of a chunk. Whole chunks that begin as they end are all alike: the second one is recorded."""
        due = launches(self._slow, self._fast, self._chunk, self._kind, ticks, self._pending)
        if ticks < CHUNK or self._pending != writes(self._kind):
            started(due)
        elif not self._compiled:
            started(due)
            self._compiled = True
        else:
            self._again = self._again or recorded(due, self._fast.hidden.device)
            self._again()

    def state(self) -> NetworkState:
        """See Session."""
        fast, n = self._fast, self._neurons
        if self._pending:
            with on(fast.hidden.device):
                settling(self._slow, fast, self._chunk, self._kind)()
            self._pending = False
        hidden, trace = host(fast.hidden[:, :n]), host(fast.trace[:, :n, :n])
        if fast.eligibility is None:
            return NetworkState(hidden, trace)
        return NetworkState(hidden, trace, host(fast.eligibility[:, :n, :n]))

    def snapshot(self) -> NetworkState:
        """See Session. The same as `state`: what is pending is taken in early, in the same arithmetic."""
        return self.state()


def host(values: torch.Tensor) -> Float32:
    """A copy as float32 of numpy."""
    copied = np.empty(values.shape, np.float32)
    torch.as_tensor(copied).copy_(values)
    return copied


def on(device: torch.device) -> AbstractContextManager[object]:
    """Kernels start on the current CUDA device: make it this one."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()
