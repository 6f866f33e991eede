"""A recurrent plastic network as numbers, and what it remembers: numpy alone, the common coin of cells and engines.

    h_t = tanh( W_in u_t + (w + alpha * H_{t-1})^T h_{t-1} + b )
    H_t = rule(H_{t-1}, h_{t-1}, h_t, signal_t)                         see rules.py

signal_t = s_t M_t: M_t = fan * tanh(h_t . m + m_0) where there is a modulator, else 1; s_t is given from outside
(reward, salience), else 1.

Letters: B streams, D input channels, N neurons.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from plastic_core.rules import RULES
from plastic_core.state import Float32, Int64

SMALLEST_KEY = 1e-6
"""A key of a keyed rule that is shorter than this is divided by it instead of by its own length."""


@dataclass(frozen=True)
class Modulator:
    """The network's own neuromodulatory neuron, M = fan * tanh(h . weight + bias) (Miconi et al. 2019, sec. 3.1)."""

    weight: Float32
    """m, float32[N]."""
    bias: Float32
    """m_0, float32[1]."""
    fan: Float32
    """float32[1], or float32[N]: how strongly the one signal reaches the synapses of each postsynaptic neuron."""


@dataclass(frozen=True)
class KeyValue:
    """Where a keyed rule writes, and what.

    z = [u_t, h_{t-1}]      k = z K / |z K|      v = z V      (beta, g) = sigmoid(z G + G_0)
    """

    key: Float32
    """K, float32[D + N, N]."""
    value: Float32
    """V, float32[D + N, N]."""
    gates: Float32
    """G, float32[D + N, 2]."""
    gates_bias: Float32
    """G_0, float32[2]."""


@dataclass(frozen=True)
class Network:
    """Slow weights of one recurrent plastic layer, shared by all streams. Raises ValueError where shapes disagree."""

    rule: str
    """Key of plastic_core.rules.RULES."""
    input: Float32
    """W_in, float32[D, N]."""
    recurrent: Float32
    """w, float32[N, N], from neuron i (axis 0) to j (axis 1)."""
    bias: Float32
    """b, float32[N]."""
    alpha: Float32
    """How much each trace counts: float32[N, N], or [1, N] for one a postsynaptic neuron."""
    leak: Float32
    """float32[N, N] or [1, N], in [0, 1]: eta, or 1 - lambda, a tick. Keyed rules: ones."""
    rate: Float32
    """float32[N, N] or [1, N]: eta, or gamma, a tick; for eligible rules of E. Keyed rules: ones."""
    modulator: Modulator | None = None
    key_value: KeyValue | None = None
    write_bound: float = np.inf
    """Largest Frobenius norm of rate * x take^T in one tick with max_i |rate_ij| for rate [N, N];
    a longer write is shortened: take and, but for keyed rules, fade shrink together."""

    def __post_init__(self) -> None:
        """Check every shape."""
        if self.input.ndim != 2:
            raise ValueError(f"network: input is [D, N], not {list(self.input.shape)}")
        if self.rule not in RULES:
            raise ValueError(f"no plasticity rule {self.rule!r}; there are {', '.join(RULES)}")
        rule = RULES[self.rule]
        if rule.modulated and self.modulator is None:
            raise ValueError(f"rule {self.rule!r} needs a modulator")
        if rule.keyed != (self.key_value is not None):
            raise ValueError(f"rule {self.rule!r} {'needs' if rule.keyed else 'takes no'} key and value weights")
        n = self.neurons
        square, row, one = (n, n), (1, n), (1,)
        _check(
            "network",
            self,
            recurrent=(square,),
            bias=((n,),),
            alpha=(square, row),
            leak=(square, row),
            rate=(square, row),
        )
        if self.modulator is not None:
            _check("modulator", self.modulator, weight=((n,),), bias=(one,), fan=(one, (n,)))
        if self.key_value is not None:
            seen = self.width + n
            _check(
                "key_value",
                self.key_value,
                key=((seen, n),),
                value=((seen, n),),
                gates=((seen, 2),),
                gates_bias=((2,),),
            )

    @property
    def neurons(self) -> int:
        """N."""
        return self.input.shape[1]

    @property
    def width(self) -> int:
        """D."""
        return self.input.shape[0]


def _check(what: str, part: object, **allowed: tuple[tuple[int, ...], ...]) -> None:
    """what: in words; allowed: array's name -> the shapes that it may have. Raises ValueError."""
    for name, shapes in allowed.items():
        shape = getattr(part, name).shape
        if shape not in shapes:
            raise ValueError(f"{what}: {name} is {shape}, not {' or '.join(map(str, shapes))}")


def _none() -> Float32:
    return np.zeros((0, 0, 0), np.float32)


@dataclass(frozen=True)
class Waiting:
    """Writes that an engine has put off: H_ij = decay_j trace_ij + sum_{c < count} pre_ci gain_cj, C at most."""

    count: Int64
    """int64[B], in [0, C]."""
    age: Int64
    """int64[B]: ticks since the stream was blank or settled; decides how traces in bfloat16 are rounded."""
    decay: Float32
    """float32[B, N]."""
    pre: Float32
    """float32[B, C, N]."""
    gain: Float32
    """float32[B, C, N]."""


def nothing_waits(streams: int, neurons: int, most: int) -> Waiting:
    """Nothing put off; C = most."""
    return Waiting(
        np.zeros(streams, np.int64),
        np.zeros(streams, np.int64),
        np.ones((streams, neurons), np.float32),
        np.zeros((streams, most, neurons), np.float32),
        np.zeros((streams, most, neurons), np.float32),
    )


@dataclass(frozen=True)
class NetworkState:
    """What B streams remember; arrays [B, ...], row b is stream b's alone."""

    hidden: Float32
    """h, float32[B, N]."""
    trace: Float32
    """H, float32[B, N, N], from neuron i (axis 1) to j (axis 2)."""
    eligibility: Float32 = field(default_factory=_none)
    """E, float32[B, N, N], for eligible rules; else empty."""
    waiting: Waiting | None = None
    """What `trace` has yet to take in; None: nothing. `settled` carries it out."""

    def __len__(self) -> int:
        """B."""
        return len(self.hidden)


def checked(state: NetworkState, rule: str, neurons: int) -> None:
    """Raise ValueError where a state is not one of networks with this rule and size."""
    count = len(state)
    square = ((count, neurons, neurons),)
    waits = state.waiting
    if RULES[rule].eligible:
        _check("state", state, hidden=((count, neurons),), trace=square, eligibility=square)
    else:
        _check("state", state, hidden=((count, neurons),), trace=square)
    if waits is not None:
        pairs = ((count, waits.gain.shape[1], neurons),)
        _check("waiting", waits, count=((count,),), age=((count,),), decay=((count, neurons),), pre=pairs, gain=pairs)


def blank(network: Network, count: int) -> NetworkState:
    """The state of `count` streams that have lived through nothing."""
    square = (count, network.neurons, network.neurons)
    eligibility = np.zeros(square, np.float32) if RULES[network.rule].eligible else _none()
    return NetworkState(np.zeros(square[:2], np.float32), np.zeros(square, np.float32), eligibility)


def settled(state: NetworkState) -> NetworkState:
    """The same memories with nothing waiting; to float32 rounding."""
    waits = state.waiting
    if waits is None:
        return state
    gain = waits.gain.astype(np.float64)
    for b, count in enumerate(waits.count):
        gain[b, count:] = 0
    trace = state.trace * waits.decay[:, None, :].astype(np.float64) + waits.pre.swapaxes(1, 2) @ gain
    return NetworkState(state.hidden, trace.astype(np.float32), state.eligibility)
