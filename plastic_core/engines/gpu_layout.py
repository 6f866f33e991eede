"""How networks and streams lie on the device: N rounded up to a multiple of 8, so that every row starts on 16 bytes.

The neurons that are added have weights of zero from and to all others: their activity and traces stay 0.

Letters: B streams, D input channels, N neurons (rounded up).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from plastic_core.engines.drives import DRIVES
from plastic_core.network import Network, NetworkState
from plastic_core.rules import RULES
from plastic_core.state import Float32

Tensor = torch.Tensor

ALIGNED = 8
"""N is rounded up to a multiple of this: 16 bytes of bfloat16."""

TORCH_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
"""contract.DTYPES as torch has them."""

LARGEST_RESIDENT = 128
"""The largest N whose trace is held in the registers of one processor (64 KB of 256 KB); a second trace halves it.

A bfloat16 trace of N = 256 would fit too, barely, but w and alpha, 256 KB each, would then come from the second cache
every tick, which takes as long as streaming the trace.
"""


class Kind(NamedTuple):
    """What kernels are compiled for."""

    neurons: int
    """N."""
    width: int
    """D."""
    row_block: int
    """Power of two, N or more."""
    input_block: int
    """Power of two, D or more."""
    drive: int
    """One of the constants of drives.py."""
    keyed: bool
    bounded: bool
    eligible: bool
    own_alpha: bool
    """alpha is [N, N], one a synapse."""
    own_leak: bool
    own_rate: bool
    rounding: bool
    """Traces are bfloat16."""
    resident: bool
    """Traces stay on chip between ticks: known from the network and the engine, never from B or T."""
    seed: int


class Slow(NamedTuple):
    """A Network on the device, float32; what a network lacks is None."""

    input: Tensor
    """[D, N]."""
    recurrent: Tensor
    """[N, N]."""
    bias: Tensor
    """[N]."""
    alpha: Tensor
    """[N, N] or [1, N], as leak and rate."""
    leak: Tensor
    rate: Tensor
    steepest: Tensor
    """max_i |rate_ij|, [N]."""
    write_bound: Tensor | None
    """[1]."""
    modulator: Tensor | None
    """[N]."""
    modulator_bias: Tensor | None
    """[1]."""
    fan: Tensor | None
    """[N]."""
    key_input: Tensor | None
    """[D, N], the rows of K for the input."""
    key_recurrent: Tensor | None
    """[N, N], the rows of K for the activity."""
    value_input: Tensor | None
    value_recurrent: Tensor | None
    gates_input: Tensor | None
    """[2, D]."""
    gates_recurrent: Tensor | None
    """[2, N]."""
    gates_bias: Tensor | None
    """[2]."""


class Fast(NamedTuple):
    """B streams on the device, the write that they have yet to take in, and room for a tick."""

    hidden: Tensor
    """h, float32[B, N]."""
    trace: Tensor
    """H, [B, N, N], without the pending write."""
    eligibility: Tensor | None
    """E, [B, N, N]."""
    pre: Tensor
    """Presynaptic side of the write, float32[B, N]."""
    fade: Tensor
    """float32[B, N], see rules.Drive."""
    take: Tensor
    signal: Tensor
    """float32[B, N]: for eligible rules, how much of E moves into H."""
    chance: Tensor
    """int32[B]: what the rounding of the write is drawn from."""
    inward: Tensor
    """What reaches each neuron, float32[B, N]."""
    key: Tensor | None
    """z K, float32[B, N]."""
    value: Tensor | None
    """z V."""
    recalled: Tensor | None
    """H^T (z K)."""


def kind_of(network: Network, dtype: str, largest_resident: int, seed: int) -> Kind:
    """See Kind."""
    rule = RULES[network.rule]
    neurons = -(-network.neurons // ALIGNED) * ALIGNED
    return Kind(
        neurons=neurons,
        width=network.width,
        row_block=power_of_two(neurons),
        input_block=power_of_two(network.width),
        drive=DRIVES[network.rule],
        keyed=rule.keyed,
        bounded=rule.bounded,
        eligible=rule.eligible,
        own_alpha=len(network.alpha) > 1,
        own_leak=len(network.leak) > 1,
        own_rate=len(network.rate) > 1,
        rounding=dtype == "bfloat16",
        resident=power_of_two(neurons) <= (largest_resident // 2 if rule.eligible else largest_resident),
        seed=seed,
    )


def power_of_two(size: int) -> int:
    """The smallest that is not below `size`; Triton's blocks have such sizes."""
    return 1 << max(size - 1, 0).bit_length()


def slow_of(network: Network, kind: Kind, device: str) -> Slow:
    """A network on the device, copied."""
    width, modulator, keys = kind.width, network.modulator, network.key_value

    def told(values: Any, *shape: int) -> Tensor:
        return padded(np.asarray(values, np.float32), shape, device)

    rows = [len(values) if len(values) == 1 else kind.neurons for values in (network.alpha, network.leak, network.rate)]
    n = kind.neurons
    return Slow(
        input=told(network.input, width, n),
        recurrent=told(network.recurrent, n, n),
        bias=told(network.bias, n),
        alpha=told(network.alpha, rows[0], n),
        leak=told(network.leak, rows[1], n),
        rate=told(network.rate, rows[2], n),
        steepest=told(np.abs(network.rate).max(axis=0), n),
        write_bound=told([network.write_bound], 1) if np.isfinite(network.write_bound) else None,
        modulator=told(modulator.weight, n) if modulator else None,
        modulator_bias=told(modulator.bias, 1) if modulator else None,
        fan=told(np.broadcast_to(modulator.fan, network.bias.shape), n) if modulator else None,
        key_input=told(keys.key[:width], width, n) if keys else None,
        key_recurrent=told(keys.key[width:], n, n) if keys else None,
        value_input=told(keys.value[:width], width, n) if keys else None,
        value_recurrent=told(keys.value[width:], n, n) if keys else None,
        gates_input=told(keys.gates[:width].T, 2, width) if keys else None,
        gates_recurrent=told(keys.gates[width:].T, 2, n) if keys else None,
        gates_bias=told(keys.gates_bias, 2) if keys else None,
    )


def fast_of(kind: Kind, state: NetworkState, dtype: str, device: str) -> Fast:
    """A state on the device, copied, with nothing pending."""
    row, square = (len(state), kind.neurons), (len(state), kind.neurons, kind.neurons)

    def room() -> Tensor:
        return torch.zeros(row, device=device)

    return Fast(
        hidden=padded(state.hidden, row, device),
        trace=padded(state.trace, square, device, TORCH_DTYPES[dtype]),
        eligibility=padded(state.eligibility, square, device, TORCH_DTYPES[dtype]) if kind.eligible else None,
        pre=room(),
        fade=room(),
        take=room(),
        signal=room(),
        chance=torch.zeros(len(state), dtype=torch.int32, device=device),
        inward=room(),
        key=room() if kind.keyed else None,
        value=room() if kind.keyed else None,
        recalled=room() if kind.keyed else None,
    )


def padded(values: Float32, shape: Sequence[int], device: str, dtype: torch.dtype = torch.float32) -> Tensor:
    """Values in a corner of zeros of `shape`, copied to the device."""
    whole = torch.zeros(tuple(shape), dtype=dtype, device=device)
    whole[tuple(slice(size) for size in values.shape)] = torch.tensor(values).to(device)
    return whole
