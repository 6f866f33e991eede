"""What a plastic cell writes after a tick: modulation, keys, the bound on a write. Pure functions that cells share.

Letters: B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from plastic_core.network import SMALLEST_KEY
from plastic_core.rules import Drive, corrected
from plastic_core.trace.contract import Synapses, Write

Tensor = torch.Tensor


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


class Keyed(NamedTuple):
    """What a keyed rule has to know besides the activity."""

    keying: Keying
    seen: Tensor
    """z = [u_t, h_{t-1}], [B, D + N]."""
    key: Tensor
    """k, [B, N], of length 1."""


def keyed(keying: Keying | None, inputs: Tensor, before: Tensor) -> Keyed | None:
    """Where this tick's write goes, from inputs u_t [B, D] and h_{t-1} [B, N]; None for rules without keys."""
    if keying is None:
        return None
    seen = torch.cat([inputs, before], 1)
    return Keyed(keying, seen, unit(seen @ keying.key))


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


def associated(synapses: Synapses, pre: Tensor, post: Tensor, told: Tensor) -> Write:
    """The write of a rule without keys: pre x [B, N] with post y [B, M]; told: s_t M_t, [B, 1] or [B, M]."""
    rule = synapses.rule
    if rule.eligible:
        return Write(pre, rule.drive(post, torch.ones_like(post)), told.expand_as(post))
    return Write(pre, rule.drive(post, told.expand_as(post)))


def taught(at: Keyed, recalled: Tensor, told: Tensor) -> Write:
    """The write of a keyed rule; recalled: H^T k, [B, N]."""
    gates = torch.sigmoid(at.seen @ at.keying.gates + at.keying.gates_bias)
    return Write(at.key, corrected(at.seen @ at.keying.value, recalled, told * gates[:, :1], gates[:, 1:]))


def shortened(write: Write, synapses: Synapses, bound: float) -> Write:
    """The write with a Frobenius norm of at most `bound`, see Network.write_bound."""
    if math.isinf(bound):
        return write
    taken = synapses.rate.abs().amax(0) * write.drive.take
    square = (write.pre * write.pre).sum(1, keepdim=True) * (taken * taken).sum(1, keepdim=True)
    share = bound / torch.sqrt(square.clamp(min=bound * bound))
    fade = write.drive.fade if synapses.rule.keyed else write.drive.fade * share
    return write._replace(drive=Drive(fade, write.drive.take * share))
