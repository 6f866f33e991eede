"""One tick of a recurrent plastic layer, as a pure function of slow weights, state and input: network.py's equations.

Letters: B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from plastic_core.cells.writing import Keying, Modulation, associated, keyed, modulated, shortened, taught
from plastic_core.network import Network, NetworkState
from plastic_core.rules import RULES
from plastic_core.state import Float32
from plastic_core.trace.contract import Fast, Synapses, Trace, Write

Tensor = torch.Tensor


@dataclass(frozen=True)
class RecurrentWeights:
    """A Network as tensors, through which gradients may flow."""

    input: Tensor
    """W_in, [D, N]; or [N] where D = N and channel c drives neuron c alone: a diagonal."""
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


def tick(
    slow: RecurrentWeights,
    state: RecurrentState,
    inputs: Tensor,
    signal: Tensor | None = None,
    *,
    drive: Tensor | None = None,
) -> RecurrentState:
    """The state after inputs [B, D]; signal [B]: s_t, None for ones. The new activity is its `hidden`.

    drive [B, N]: `driven(slow, inputs)`, where the caller has it already.
    """
    before = state.hidden
    at = keyed(slow.keying, inputs, before)
    inward, recalled, trace = state.trace.sweep(state.write, before, at and at.key)
    post = torch.tanh((driven(slow, inputs) if drive is None else drive) + inward + slow.bias)
    told = modulated(slow.modulation, post, signal)
    if at is None or recalled is None:
        write = associated(slow.synapses, before, post, told)
    else:
        write = taught(at, recalled, told)
    return RecurrentState(post, trace, shortened(write, slow.synapses, slow.write_bound))


def driven(slow: RecurrentWeights, inputs: Tensor) -> Tensor:
    """W_in u, [..., N], from inputs [..., D]."""
    return inputs * slow.input if slow.input.ndim == 1 else inputs @ slow.input


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


def numbers(values: Tensor) -> Float32:
    """A tensor of any device as a float32 array of its own."""
    return np.array(values.detach().cpu().numpy(), np.float32)
