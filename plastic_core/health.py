"""Whether plastic networks are well: size of traces, saturation, rank of activity; and how large a trace can become.

Letters: T ticks, B streams, N neurons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plastic_core.engines.contract import LARGEST_INPUT
from plastic_core.network import KeyValue, Network, NetworkState, checked, settled
from plastic_core.rules import BOUND, RULES
from plastic_core.state import Bool, Float32, Float64

SATURATED = 0.95
"""A neuron beyond this, or a synapse beyond this share of its largest value, is at its end."""


@dataclass(frozen=True)
class Statistics:
    """How B streams are, one number each. NaN: cannot be told, or not asked for."""

    finite: Bool
    """[B]: everything that the stream remembers is a number; if not, the figures below tell nothing of it."""
    norm: Float64
    """[B]: Frobenius norm of H."""
    saturated_synapses: Float64
    """[B], in [0, 1]: share with |H_ij| >= SATURATED times the largest value it can take (see `entry_bounds`); a
    synapse that can only be 0 is not saturated. NaN where some synapse has no bound."""
    saturated_neurons: Float64
    """[B], in [0, 1]: share with |h_i| > SATURATED; over all ticks where activity was given, else now."""
    rank: Float64
    """[B], in [1, N]: effective rank of the activity, (sum l)^2 / sum l^2 over the eigenvalues l of its covariance;
    0 where nothing moves; NaN without activity."""

    def __len__(self) -> int:
        """B."""
        return len(self.finite)


def statistics(network: Network, state: NetworkState, activity: Float32 | None = None) -> Statistics:
    """Figures of B streams, each from its own row alone; activity float32[T, B, N]: what they did of late.

    Raises ValueError where shapes disagree.
    """
    streams, neurons = len(state), network.neurons
    checked(state, network.rule, neurons)
    if activity is not None and activity.shape[1:] != (streams, neurons):
        raise ValueError(f"activity is [T, B, N] = [T, {streams}, {neurons}], not {list(activity.shape)}")
    state, largest = settled(state), entry_bounds(network)
    finite, figures = np.zeros(streams, np.bool_), np.full((4, streams), np.nan)
    for b in range(streams):
        parts = [state.hidden[b], state.trace[b]] + ([state.eligibility[b]] if len(state.eligibility) else [])
        lived = state.hidden[None, b] if activity is None else activity[:, b]
        finite[b] = all(np.isfinite(values).all() for values in [*parts, lived])
        if not finite[b]:
            continue
        trace = np.abs(state.trace[b].astype(np.float64))
        figures[0, b] = np.sqrt((trace * trace).sum())
        if np.isfinite(largest).all():
            figures[1, b] = np.mean((trace >= SATURATED * largest) & (largest > 0))
        figures[2, b] = np.mean(np.abs(lived) > SATURATED) if lived.size else np.nan
        figures[3, b] = np.nan if activity is None else effective_rank(lived)
    return Statistics(finite, *figures)


def effective_rank(activity: Float32) -> float:
    """(sum l)^2 / sum l^2 of finite activity [T, N], l the eigenvalues of its covariance (participation ratio)."""
    if len(activity) < 2:
        return 0.0
    moves = activity - activity.mean(0, dtype=np.float64)
    # the covariance's trace and squared Frobenius norm say the same without its eigenvalues
    covariance = moves.T @ moves
    total, square = np.trace(covariance), (covariance * covariance).sum()
    return float(total * total / square) if square > 0 else 0.0


def entry_bounds(network: Network) -> Float64:
    """Largest |H_ij| that a trace which started from nothing can reach, [N, N]; infinite where there is none.

    For |h| <= 1 and a signal from outside in [0, 1]. Bounded rules: BOUND. Hebb: each write moves H_ij by a share of at
    most leak_ij towards rate_ij / leak_ij times something in [-1, 1], so it never leaves rate / leak; a write bound
    shrinks the share and not the aim. A modulator of the network's own can turn the sign, and then the leak feeds
    what it should shrink: no bound. Oja: a synapse of a neuron that hardly fires aims at x / y, beyond any limit.
    """
    size = (network.neurons, network.neurons)
    rule = RULES[network.rule]
    if rule.bounded:
        return np.full(size, BOUND)
    if network.rule == "none":
        return np.zeros(size)
    if network.rule != "hebb" or network.modulator is not None:
        return np.full(size, np.inf)
    leak = np.broadcast_to(network.leak, size).astype(np.float64)
    rate = np.broadcast_to(np.abs(network.rate), size).astype(np.float64)
    return np.where(rate == 0, 0.0, np.divide(rate, leak, out=np.full(size, np.inf), where=leak > 0))


def norm_bound(network: Network, largest_input: float = LARGEST_INPUT) -> float:
    """Largest Frobenius norm that a trace which started from nothing can reach; infinite where there is none.

    For a signal from outside in [0, 1] and |u| <= largest_input a channel. From `entry_bounds`: N for bounded rules and
    for Hebb with one eta. Keyed rules, without a modulator:

        H' = g (1 - beta k k^T) H + beta k v^T        |H'_j|^2 <= g^2 |H_j|^2 + v_j^2        for beta in [0, 1], |k| = 1

    (along k a mean of g H_j.k and v_j, across it g H_j), so |H|^2 <= |v|^2 / (1 - g^2) at the largest v and g that
    inputs in range and |h| <= 1 allow; and with a write bound w, |H| <= w / (1 - g).
    """
    if network.key_value is None:
        entries = entry_bounds(network)
        return float(np.sqrt((entries * entries).sum()))
    if network.modulator is not None:
        return math.inf
    return _keyed_bound(network.key_value, network, largest_input)


def _keyed_bound(keys: KeyValue, network: Network, largest_input: float) -> float:
    seen = np.concatenate([np.full(network.width, largest_input), np.ones(network.neurons)])
    value = seen @ np.abs(keys.value.astype(np.float64))
    gate = float(seen @ np.abs(keys.gates[:, 1].astype(np.float64))) + float(keys.gates_bias[1])
    # 1 - g, told from the far side of the sigmoid: g itself rounds to one soon
    lost = 1 / (1 + math.exp(min(gate, 700.0)))
    kept = 1 - lost
    free = math.sqrt(float(value @ value) / (lost * (1 + kept)))
    held = network.write_bound / lost
    return float(min(free, held))
