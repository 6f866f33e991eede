"""Each rule against its equation in the literature, written out in loops over single synapses."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from plastic_core.engines.reference import ReferenceEngine
from plastic_core.network import KeyValue, Modulator, Network, NetworkState, blank
from plastic_core.rules import RULES
from plastic_core.state import Float32

N, D = 4, 3
Synapse = Callable[[float, float, float, float, float, float], float]
"""(H_ij, x_i, y_j, leak_ij, rate_ij, signal_j) -> H_ij a tick later."""


def clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)


EQUATIONS: dict[str, Synapse] = {
    "none": lambda H, *_: H,
    "hebb": lambda H, x, y, leak, rate, m: (1 - leak * m) * H + rate * m * x * y,
    "oja": lambda H, x, y, leak, rate, m: H + rate * m * y * x - leak * m * y * y * H,
    "clipped": lambda H, x, y, _leak, rate, m: clip(H + rate * m * x * y),
    "modulated": lambda H, x, y, _leak, rate, m: clip(H + rate * m * x * y),
}


def numbers(seed: int, *shape: int) -> Float32:
    return np.random.default_rng(seed).normal(0, 0.7, shape).astype(np.float32)


def network_of(rule: str, synapses: tuple[int, int], write_bound: float = math.inf) -> Network:
    kind = RULES[rule]
    return Network(
        rule=rule,
        input=numbers(1, D, N),
        recurrent=numbers(2, N, N),
        bias=numbers(3, N),
        alpha=numbers(4, *synapses),
        leak=np.ones((1, N), np.float32) if kind.keyed else np.abs(numbers(5, *synapses)) / 4,
        rate=np.ones((1, N), np.float32) if kind.keyed else np.abs(numbers(6, *synapses)),
        modulator=Modulator(numbers(7, N), numbers(8, 1), numbers(9, N)) if kind.modulated else None,
        key_value=KeyValue(numbers(10, D + N, N), numbers(11, D + N, N), numbers(12, D + N, 2), numbers(13, 2))
        if kind.keyed
        else None,
        write_bound=write_bound,
    )


def start(network: Network) -> NetworkState:
    eligibility = numbers(16, 1, N, N) / 2 if RULES[network.rule].eligible else blank(network, 1).eligibility
    return NetworkState(np.tanh(numbers(14, 1, N)), np.clip(numbers(15, 1, N, N), -1, 1), eligibility)


def lived(network: Network, state: NetworkState, u: Float32, s: float) -> NetworkState:
    session = ReferenceEngine().open(network, state)
    session.advance(u[None, None], np.full((1, 1), s, np.float32))
    return session.state()


def activity(network: Network, state: NetworkState, u: Float32) -> list[float]:
    def drive(j: int) -> float:
        alpha = np.broadcast_to(network.alpha, (N, N))
        inward = sum(
            float(state.hidden[0, i]) * float(network.recurrent[i, j] + alpha[i, j] * state.trace[0, i, j])
            for i in range(N)
        )
        return float(network.bias[j]) + sum(float(u[c] * network.input[c, j]) for c in range(D)) + inward

    return [math.tanh(drive(j)) for j in range(N)]


def signal_of(network: Network, post: list[float], s: float) -> list[float]:
    if network.modulator is None:
        return [s] * N
    m = network.modulator
    inside = math.tanh(sum(post[j] * float(m.weight[j]) for j in range(N)) + float(m.bias[0]))
    return [s * inside * float(m.fan[j]) for j in range(N)]


@pytest.mark.parametrize("synapses", [(N, N), (1, N)])
@pytest.mark.parametrize("rule", sorted(set(RULES) - {"retroactive", "delta"}))
def test_rule_is_its_equation(rule: str, synapses: tuple[int, int]) -> None:
    network, u, s = network_of(rule, synapses), numbers(20, D), 0.8
    before = start(network)
    after = lived(network, before, u, s)
    post = activity(network, before, u)
    signal = signal_of(network, post, s)
    leak, rate = np.broadcast_to(network.leak, (N, N)), np.broadcast_to(network.rate, (N, N))
    for i in range(N):
        for j in range(N):
            H, x = float(before.trace[0, i, j]), float(before.hidden[0, i])
            wanted = EQUATIONS[rule](H, x, post[j], float(leak[i, j]), float(rate[i, j]), signal[j])
            assert after.trace[0, i, j] == pytest.approx(wanted, abs=1e-6)
    np.testing.assert_allclose(after.hidden[0], post, atol=1e-6)


def test_retroactive_releases_what_was_eligible_before_this_tick() -> None:
    network, u = network_of("retroactive", (1, N)), numbers(20, D)
    before = start(network)
    after = lived(network, before, u, 1.0)
    post = activity(network, before, u)
    signal = signal_of(network, post, 1.0)
    for i in range(N):
        for j in range(N):
            H, E, x = float(before.trace[0, i, j]), float(before.eligibility[0, i, j]), float(before.hidden[0, i])
            assert after.trace[0, i, j] == pytest.approx(clip(H + signal[j] * E), abs=1e-6)
            kept = 1 - float(network.leak[0, j])
            assert after.eligibility[0, i, j] == pytest.approx(
                kept * E + float(network.rate[0, j]) * x * post[j], abs=1e-6
            )


def test_delta_rule_moves_what_is_recalled_towards_the_value() -> None:
    network, u = network_of("delta", (1, N)), numbers(20, D)
    before = start(network)
    after = lived(network, before, u, 1.0)
    keys = network.key_value
    assert keys is not None
    z = np.concatenate([u, before.hidden[0]]).astype(np.float64)
    key = z @ keys.key
    key /= np.linalg.norm(key)
    beta, kept = 1 / (1 + np.exp(-(z @ keys.gates + keys.gates_bias)))
    recalled = before.trace[0].T @ key
    wanted = kept * before.trace[0] + beta * np.outer(key, z @ keys.value - kept * recalled)
    np.testing.assert_allclose(after.trace[0], wanted, atol=1e-6)


@pytest.mark.parametrize("rule", ["hebb", "oja", "clipped"])
def test_a_write_bound_shortens_the_write(rule: str) -> None:
    u = numbers(20, D)
    free, held = network_of(rule, (1, N)), network_of(rule, (1, N), write_bound=0.01)
    before = NetworkState(start(free).hidden, np.zeros((1, N, N), np.float32))
    assert np.linalg.norm(lived(free, before, u, 1.0).trace) > 0.02
    assert np.linalg.norm(lived(held, before, u, 1.0).trace) == pytest.approx(0.01, rel=1e-4)


def test_a_network_of_wrong_shapes_says_which() -> None:
    good = network_of("hebb", (1, N))
    with pytest.raises(ValueError, match=r"network: bias is \(3,\), not \(4,\)"):
        Network("hebb", good.input, good.recurrent, good.bias[:3], good.alpha, good.leak, good.rate)
    with pytest.raises(ValueError, match="needs a modulator"):
        Network("modulated", good.input, good.recurrent, good.bias, good.alpha, good.leak, good.rate)
    with pytest.raises(ValueError, match="no plasticity rule 'hebbian'"):
        Network("hebbian", good.input, good.recurrent, good.bias, good.alpha, good.leak, good.rate)
    with pytest.raises(ValueError, match=r"network: input is \[D, N\], not \[4\]"):
        Network("hebb", good.bias, good.recurrent, good.bias, good.alpha, good.leak, good.rate)


@pytest.mark.parametrize("part", ["weight", "bias", "fan"])
def test_a_modulator_of_wrong_shape_is_refused(part: str) -> None:
    network = network_of("modulated", (1, N))
    assert network.modulator is not None
    wrong = replace(network.modulator, **{part: np.zeros((2, 3), np.float32)})
    with pytest.raises(ValueError, match=rf"modulator: {part} is \(2, 3\)"):
        replace(network, modulator=wrong)


@pytest.mark.parametrize("part", ["key", "value", "gates", "gates_bias"])
def test_keys_and_values_of_wrong_shape_are_refused(part: str) -> None:
    network = network_of("delta", (1, N))
    assert network.key_value is not None
    wrong = replace(network.key_value, **{part: np.zeros((2, 3), np.float32)})
    with pytest.raises(ValueError, match=rf"key_value: {part} is \(2, 3\)"):
        replace(network, key_value=wrong)
