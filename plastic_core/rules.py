"""Plasticity rules as pure functions, the same for numpy arrays and torch tensors (there with gradients).

Every rule here turns what a neuron did into two vectors a tick, which say what happens to its incoming synapses,

    H_t[i, j] = H_{t-1}[i, j] (1 - leak_ij fade_j) + rate_ij x_i take_j       x = h_{t-1}, y = h_t

so an engine that can carry out this line carries out every rule. `leak` and `rate` are slow: a scalar, one a neuron or
one a synapse, fixed or learned. For most rules both are the same learning rate eta.

Three things can be asked for on top: a rule is `bounded` (H is clipped to [-1, 1] after the write), `eligible` (the
line above writes an eligibility trace E, and a neuromodulatory signal moves E into H), `keyed` (the write goes to a
key of its own, not to the activity before).

Letters: B streams, N presynaptic and M postsynaptic neurons (M = N in a recurrent layer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

BOUND = 1.0
"""Traces of bounded rules are clipped to [-BOUND, BOUND]."""

WRITE_BOUND = 1.0
"""Largest Frobenius norm of a service's write in one tick; a longer write is shortened (see README.md)."""


class Drive(NamedTuple):
    """What a rule does to the incoming synapses of each postsynaptic neuron in one tick."""

    fade: Any
    """[B, M], or anything that broadcasts to it: in units of `leak`, how much of the trace goes."""
    take: Any
    """[B, M]: in units of `rate`, how much of the presynaptic activity comes in."""


class Columns(NamedTuple):
    """A drive with leak and rate of one number a postsynaptic neuron worked in: H_ij <- decay_j H_ij + x_i gain_j."""

    decay: Any
    """[B, M], or anything that broadcasts to it."""
    gain: Any
    """[B, M]."""


def hebb(post: Any, signal: Any) -> Drive:
    """Hebb with decay: H <- (1 - eta) H + eta x y^T (Miconi, Clune and Stanley 2018, eq. 2).

    With leak and rate of their own for each synapse this is the rule of STPN: G <- lambda * G + gamma * (x y^T),
    lambda = 1 - leak, gamma = rate (Garcia Rodriguez, Guo and Moraitis 2022).
    """
    return Drive(fade=signal, take=signal * post)


def oja(post: Any, signal: Any) -> Drive:
    """Oja's rule: H_j <- H_j + eta y_j (x - y_j H_j); limits itself without a decay (Oja 1982; Miconi et al. 2018)."""
    take = signal * post
    return Drive(fade=take * post, take=take)


def accumulated(post: Any, signal: Any) -> Drive:
    """No decay: H <- H + eta x y^T; meant to be bounded (Miconi, Rawal, Clune and Stanley 2019, eq. 2 and 3)."""
    take = signal * post
    return Drive(fade=0 * take, take=take)


def silent(post: Any, signal: Any) -> Drive:
    """Plasticity off: the control for every claim."""
    return Drive(fade=0 * signal * post, take=0 * signal * post)


def corrected(value: Any, recalled: Any, strength: Any, kept: Any) -> Drive:
    """Gated delta rule: H <- g H + beta k (v - g H^T k)^T (Schlag, Irie and Schmidhuber 2021; Yang et al. 2024).

    value v [B, M], recalled H^T k [B, M], strength beta [B, 1], kept g [B, 1]. Write with leak = rate = 1 and the key k
    in place of the presynaptic activity.
    """
    return Drive(fade=1 - kept, take=strength * (value - kept * recalled))


def error_modulated(target: Any, output: Any, signal: Any) -> Drive:
    """The delta rule of Widrow and Hoff (1960): H <- H + eta x (target - y)^T; forgets nothing, rests where y is right.

    target and output y [B, M]. For layers whose output is told what it should have been; no rule of RULES, since a
    recurrent layer has no such target.
    """
    return accumulated(target - output, signal)


@dataclass(frozen=True)
class Rule:
    """How a plastic connection changes."""

    drive: Callable[[Any, Any], Drive]
    """(postsynaptic activity y [B, M], signal [B, 1] or [B, M]) -> Drive. Not used by keyed rules: see `corrected`."""
    bounded: bool = False
    """H is clipped to [-BOUND, BOUND] after each write."""
    modulated: bool = False
    """The network's own neuromodulator is part of the rule; any other rule may be modulated too."""
    eligible: bool = False
    """The drive writes E; H <- H + signal E, with E from before this tick's write (retroactive neuromodulation)."""
    keyed: bool = False
    """Written to a key k with |k| = 1, towards a value v, both computed from input and activity."""


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "none": Rule(silent),
        "hebb": Rule(hebb),
        "oja": Rule(oja),
        "clipped": Rule(accumulated, bounded=True),
        "modulated": Rule(accumulated, bounded=True, modulated=True),
        "retroactive": Rule(hebb, bounded=True, modulated=True, eligible=True),
        "delta": Rule(silent, keyed=True),
    }
)
"""Name -> rule; a new rule is one function and one line here."""


def columns(drive: Drive, leak: Any, rate: Any) -> Columns:
    """The drive with leak and rate that broadcast to [B, M] worked in."""
    return Columns(decay=1 - leak * drive.fade, gain=rate * drive.take)


def written(trace: Any, pre: Any, drive: Drive, leak: Any, rate: Any) -> Any:
    """The trace [B, N, M] after the first line of this file; leak and rate broadcast to [N, M]. Not clipped."""
    return trace * (1 - leak * _incoming(drive.fade)) + rate * pre[:, :, None] * _incoming(drive.take)


def released(trace: Any, eligibility: Any, signal: Any) -> Any:
    """Retroactive neuromodulation: the trace [B, N, M] takes in what was eligible, H + M(t) E. Not clipped."""
    return trace + _incoming(signal) * eligibility


def bounded(trace: Any) -> Any:
    """Clipped to [-BOUND, BOUND]."""
    return trace.clip(-BOUND, BOUND)


def _incoming(values: Any) -> Any:
    """[B, M] as [B, 1, M]; a plain number stays one."""
    return values[:, None, :] if getattr(values, "ndim", 0) else values
