"""Networks, states and inputs of every rule, from fixed seeds. Needs numpy alone, for tests/gpu."""

import math

import numpy as np

from plastic_core.network import KeyValue, Modulator, Network, NetworkState, blank
from plastic_core.rules import RULES
from plastic_core.state import Float32


def network_of(
    rule: str,
    n: int = 7,
    d: int = 5,
    own: bool = True,
    modulated: bool = False,
    write_bound: float = math.inf,
    eta: float = 0.1,
) -> Network:
    """own: alpha, leak and rate of one a synapse, else of one a neuron; eta: about which leak and rate are drawn."""
    kind, r = RULES[rule], np.random.default_rng(n + d)

    def numbers(*shape: int) -> Float32:
        return (r.normal(0, 1, shape) / math.sqrt(shape[0])).astype(np.float32)

    def shares() -> Float32:
        size = (n, n) if own else (1, n)
        return (np.ones(size) if kind.keyed else eta * r.uniform(0.5, 1.5, size)).astype(np.float32)

    keys = KeyValue(numbers(d + n, n), numbers(d + n, n), numbers(d + n, 2), numbers(2)) if kind.keyed else None
    modulator = Modulator(numbers(n), numbers(1), numbers(n)) if kind.modulated or modulated else None
    alpha = numbers(n, n) / 2 if own else r.normal(0, 0.5 / math.sqrt(n), (1, n)).astype(np.float32)
    return Network(
        rule, numbers(d, n), numbers(n, n), numbers(n), alpha, shares(), shares(), modulator, keys, write_bound
    )


def inputs_of(network: Network, ticks: int, streams: int) -> tuple[Float32, Float32]:
    """Inputs [T, B, D] and signal [T, B]."""
    r = np.random.default_rng(ticks)
    x = r.normal(0, 1, (ticks, streams, network.width)).astype(np.float32)
    return x, r.uniform(0, 1, (ticks, streams)).astype(np.float32)


def state_of(network: Network, streams: int) -> NetworkState:
    r, empty = np.random.default_rng(streams), blank(network, streams)

    def numbers(shape: tuple[int, ...]) -> Float32:
        return r.uniform(-0.5, 0.5, shape).astype(np.float32)

    return NetworkState(numbers(empty.hidden.shape), numbers(empty.trace.shape), numbers(empty.eligibility.shape))


def arrays(state: NetworkState) -> list[Float32]:
    return [state.hidden, state.trace, state.eligibility]


def part(state: NetworkState, rows: list[int]) -> NetworkState:
    return NetworkState(*[values[rows] if len(values) else values for values in arrays(state)])
