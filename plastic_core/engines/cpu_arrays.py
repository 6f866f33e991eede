"""Networks and states as the cpu kernels take them, and back."""

from __future__ import annotations

import numpy as np

from plastic_core.engines.cpu_kernel import Fast, Slow
from plastic_core.engines.cpu_layout import blocked, narrow, padded, padded_size, unblocked, wide
from plastic_core.engines.cpu_settle import settle
from plastic_core.engines.cpu_sweep import ROWS, Sweep
from plastic_core.network import Network, NetworkState, Waiting, checked, nothing_waits, settled
from plastic_core.rules import RULES
from plastic_core.state import Float32


def slow_of(network: Network, wide_traces: bool) -> Slow:
    """A network as the kernels take it, copied."""
    size, inputs = padded_size(network.neurons), -(-network.width // ROWS) * ROWS
    modulator, keys, width = network.modulator, network.key_value, network.width
    none = np.zeros((1, 1), np.float32)

    def of_input(values: Float32) -> Float32:
        return blocked(padded(values, inputs, size))

    def of_hidden(values: Float32) -> Float32:
        return blocked(padded(values, size, size))

    def shares(values: Float32) -> Float32:
        return of_hidden(values) if len(values) > 1 else padded(values, size)

    alpha = shares(network.alpha)
    return Slow(
        input=of_input(network.input),
        recurrent=of_hidden(network.recurrent),
        bias=padded(network.bias, size),
        alpha=alpha if wide_traces or len(alpha) == 1 else narrow(alpha),
        leak=shares(network.leak),
        rate=shares(network.rate),
        steepest=padded(np.abs(network.rate).max(axis=0), size),
        modulator=padded(modulator.weight if modulator else [], size),
        modulator_bias=padded(modulator.bias if modulator else [0], 1),
        fan=padded(np.broadcast_to(modulator.fan if modulator else 1, network.bias.shape), size),
        key_of_input=of_input(keys.key[:width]) if keys else none,
        key_of_hidden=of_hidden(keys.key[width:]) if keys else none,
        value_of_input=of_input(keys.value[:width]) if keys else none,
        value_of_hidden=of_hidden(keys.value[width:]) if keys else none,
        gates_of_input=padded(keys.gates[:width].T, inputs) if keys else none,
        gates_of_hidden=padded(keys.gates[width:].T, size) if keys else none,
        gates_bias=padded(keys.gates_bias if keys else [0, 0], 2),
        write_bound=float(network.write_bound),
        modulated=modulator is not None,
    )


def fast_of(network: Network, state: NetworkState, sweep: Sweep, wide_traces: bool) -> Fast:
    """A state as the kernels take it, copied. Raises ValueError where shapes disagree."""
    count, neurons, size = len(state), network.neurons, padded_size(network.neurons)
    checked(state, network.rule, neurons)
    if state.waiting is not None and state.waiting.gain.shape[1] != sweep.pairs:
        state = settled(state)
    waits = state.waiting or nothing_waits(count, neurons, sweep.pairs)
    known = np.where(np.isnan(state.trace), np.float32(np.nan), state.trace)  # one NaN for all: see lanes.store_halves
    trace = blocked(padded(known, size, size))
    return Fast(
        hidden=padded(state.hidden, size),
        trace=trace if wide_traces else narrow(trace),
        eligibility=blocked(padded(state.eligibility, size, size))
        if sweep.eligible
        else np.zeros((0, size, size), np.float32),
        waits=waits.count.copy(),
        age=waits.age.copy(),
        decay=padded(waits.decay, size),
        pre=padded(waits.pre, sweep.pairs, size),
        gain=padded(waits.gain, sweep.pairs, size),
        signal=np.zeros((count, size), np.float32),
    )


def snapshot_of(network: Network, fast: Fast) -> tuple[NetworkState, Waiting]:
    """What the streams remember, and what waits; copied."""
    n = network.neurons
    traces = unblocked(fast.eligibility)[:, :n, :n] if RULES[network.rule].eligible else np.zeros((0, 0, 0))
    trace = unblocked(wide(fast.trace))[:, :n, :n].copy()
    eligibility = np.array(traces, np.float32)
    waits = Waiting(
        fast.waits.copy(),
        fast.age.copy(),
        np.where(fast.waits[:, None] > 0, fast.decay[:, :n], np.float32(1)),
        fast.pre[:, :, :n].copy(),
        fast.gain[:, :, :n].copy(),
    )
    return NetworkState(fast.hidden[:, :n].copy(), trace, eligibility), waits


def state_of(network: Network, sweep: Sweep, fast: Fast) -> NetworkState:
    """What the streams remember, with every write carried out; copied."""
    n = network.neurons
    state, waits = snapshot_of(network, fast)
    settle(
        state.trace,
        state.eligibility,
        waits.count,
        waits.decay,
        waits.pre,
        waits.gain,
        np.ascontiguousarray(fast.signal[:, :n]),
        contiguous(network.leak),
        contiguous(network.rate),
        sweep.bounded,
    )
    return NetworkState(state.hidden, state.trace, state.eligibility)


def contiguous(values: Float32) -> Float32:
    """A contiguous float32 array."""
    return np.ascontiguousarray(values, np.float32)
