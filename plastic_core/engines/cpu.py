"""The engine `cpu`: fused numba kernels, one thread, no GIL, float32. See Engine."""

from __future__ import annotations

import numpy as np

from plastic_core.engines import cpu_kernel
from plastic_core.engines.contract import told_inputs, told_signal
from plastic_core.engines.cpu_kernel import Fast, Slow
from plastic_core.engines.drives import DRIVES
from plastic_core.network import Network, NetworkState
from plastic_core.rules import RULES
from plastic_core.state import Float32


class CpuEngine:
    """See Engine."""

    @property
    def name(self) -> str:
        """See Engine."""
        return "cpu"

    def open(self, network: Network, state: NetworkState) -> CpuSession:
        """See Engine. Raises ValueError where the state is of another shape."""
        return CpuSession(slow_of(network), fast_of(network, state))


class CpuSession:
    """See Session."""

    def __init__(self, slow: Slow, fast: Fast) -> None:
        self._slow, self._fast = slow, fast

    def advance(self, inputs: Float32, signal: Float32 | None = None) -> Float32:
        """See Session."""
        streams, neurons = self._fast.hidden.shape
        inputs = told_inputs(inputs, streams, len(self._slow.input))
        outside = told_signal(signal, len(inputs), streams)
        activity = np.empty((len(inputs), streams, neurons), np.float32)
        cpu_kernel.live(self._slow, self._fast, inputs, outside, activity)
        return activity

    def state(self) -> NetworkState:
        """See Session."""
        fast = Fast(*[values.copy() for values in self._fast])
        cpu_kernel.settle(self._slow, fast)
        return NetworkState(fast.hidden, fast.trace, fast.eligibility)


def slow_of(network: Network) -> Slow:
    """A network as the kernels take it, copied."""
    modulator, keys, rule = network.modulator, network.key_value, RULES[network.rule]
    none, no_rows = np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
    return Slow(
        input=own(network.input),
        recurrent=own(network.recurrent),
        bias=own(network.bias),
        alpha=own(network.alpha),
        leak=own(network.leak),
        rate=own(network.rate),
        steepest=own(np.abs(network.rate).max(axis=0)),
        modulator=own(modulator.weight) if modulator else none,
        modulator_bias=own(modulator.bias) if modulator else none,
        fan=own(np.broadcast_to(modulator.fan, network.bias.shape)) if modulator else none,
        key=own(keys.key) if keys else no_rows,
        value=own(keys.value) if keys else no_rows,
        gates=own(keys.gates) if keys else no_rows,
        gates_bias=own(keys.gates_bias) if keys else none,
        write_bound=float(network.write_bound),
        drive=DRIVES[network.rule],
        bounded=rule.bounded,
        eligible=rule.eligible,
    )


def fast_of(network: Network, state: NetworkState) -> Fast:
    """A state as the kernels take it, copied, with nothing pending. Raises ValueError where shapes disagree."""
    count, square = len(state), (len(state), network.neurons, network.neurons)
    wanted = {"hidden": square[:2], "trace": square}
    if RULES[network.rule].eligible:
        wanted["eligibility"] = square
    for name, shape in wanted.items():
        if getattr(state, name).shape != shape:
            raise ValueError(f"state: {name} is {getattr(state, name).shape}, not {shape}")
    return Fast(
        hidden=own(state.hidden),
        trace=own(state.trace),
        eligibility=own(state.eligibility),
        pending=np.zeros(count, np.bool_),
        pre=np.zeros(square[:2], np.float32),
        fade=np.zeros(square[:2], np.float32),
        take=np.zeros(square[:2], np.float32),
        signal=np.zeros(square[:2], np.float32),
    )


def own(values: Float32) -> Float32:
    """A contiguous float32 copy, of any shape."""
    return np.array(values, np.float32, order="C")
