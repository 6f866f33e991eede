"""One tick of a recurrent plastic layer, as a pure function of slow weights, state and input: network.py's equations.

Letters: B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch

from plastic_core.network import Network, NetworkState
from plastic_core.rules import RULES, Drive, corrected
from plastic_core.trace.contract import Fast, Synapses, Trace, Write

Tensor = torch.Tensor

SMALLEST_KEY = 1e-6
"""A key shorter than this is divided by it instead of by its own length."""


class Modulation(NamedTuple):
    """See network.Modulator, as tensors: [N], [1], [1] or [N]."""

    weight: Tensor
    bias: Tensor
    fan: Tensor


class Keying(NamedTuple):
    """See network.KeyValue, as tensors: [D + N, N], [D + N, N], [D + N, 2], [2]."""

    key: Tensor
    value: Tensor
    gates: Tensor
    gates_bias: Tensor


@dataclass(frozen=True)
class RecurrentWeights:
    """A Network as tensors, through which gradients may flow."""

    input: Tensor
    """W_in, [D, N]."""
    bias: Tensor
    """b, [N]."""
    synapses: Synapses
    modulation: Modulation | None = None
    keying: Keying | None = None
    write_bound: float = math.inf


class RecurrentState(NamedTuple):
    """What B streams carry from tick to tick; used up by `tick`."""

    hidden: Tensor
    """h, [B, N]."""
    trace: Trace
    write: Write | None
    """What the trace has yet to take in."""


def tick(slow: RecurrentWeights, state: RecurrentState, inputs: Tensor, signal: Tensor | None = None) -> RecurrentState:
    """The state after inputs [B, D]; signal [B]: s_t, None for ones. The new activity is its `hidden`."""
    rule, before = slow.synapses.rule, state.hidden
    seen = torch.cat([inputs, before], 1) if slow.keying else inputs
    key = unit(seen @ slow.keying.key) if slow.keying else None
    inward, recalled, trace = state.trace.sweep(state.write, before, key)
    post = torch.tanh(inputs @ slow.input + inward + slow.bias)
    told = modulated(slow.modulation, post, signal)
    if slow.keying is not None and key is not None and recalled is not None:
        gates = torch.sigmoid(seen @ slow.keying.gates + slow.keying.gates_bias)
        write = Write(key, corrected(seen @ slow.keying.value, recalled, told * gates[:, :1], gates[:, 1:]))
    elif rule.eligible:
        write = Write(before, rule.drive(post, torch.ones_like(post)), told.expand_as(post))
    else:
        write = Write(before, rule.drive(post, told.expand_as(post)))
    return RecurrentState(post, trace, shortened(write, slow.synapses, slow.write_bound))


def unit(keys: Tensor) -> Tensor:
    """[B, N] of length 1 (or shorter, where there is next to nothing)."""
    return keys / torch.sqrt((keys * keys).sum(1, keepdim=True)).clamp(min=SMALLEST_KEY)


def modulated(modulation: Modulation | None, post: Tensor, signal: Tensor | None) -> Tensor:
    """s_t M_t, [B, 1] or [B, N], from h_t [B, N] and s_t [B]."""
    outside = post.new_ones(len(post), 1) if signal is None else signal[:, None]
    if modulation is None:
        return outside
    inside = torch.tanh((post * modulation.weight).sum(1, keepdim=True) + modulation.bias)
    return outside * (inside * modulation.fan)


def shortened(write: Write, synapses: Synapses, bound: float) -> Write:
    """The write with a Frobenius norm of at most `bound`, see Network.write_bound."""
    if math.isinf(bound):
        return write
    taken = synapses.rate.abs().amax(0) * write.drive.take
    square = (write.pre * write.pre).sum(1, keepdim=True) * (taken * taken).sum(1, keepdim=True)
    share = bound / torch.sqrt(square.clamp(min=bound * bound))
    fade = write.drive.fade if synapses.rule.keyed else write.drive.fade * share
    return write._replace(drive=Drive(fade, write.drive.take * share))


def weights_of(network: Network, dtype: torch.dtype = torch.float32) -> RecurrentWeights:
    """A network's arrays as tensors, copied."""

    def told(values: object) -> Tensor:
        return torch.tensor(values, dtype=dtype)

    modulator, keys = network.modulator, network.key_value
    synapses = Synapses(
        RULES[network.rule], told(network.recurrent), told(network.alpha), told(network.leak), told(network.rate)
    )
    return RecurrentWeights(
        input=told(network.input),
        bias=told(network.bias),
        synapses=synapses,
        modulation=modulator and Modulation(told(modulator.weight), told(modulator.bias), told(modulator.fan)),
        keying=keys and Keying(told(keys.key), told(keys.value), told(keys.gates), told(keys.gates_bias)),
        write_bound=network.write_bound,
    )


def fast_of(state: NetworkState, eligible: bool, dtype: torch.dtype = torch.float32) -> Fast:
    """The traces of a state as tensors, copied."""
    eligibility = torch.tensor(state.eligibility, dtype=dtype) if eligible else None
    return Fast(torch.tensor(state.trace, dtype=dtype), eligibility)
