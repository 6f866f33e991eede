"""Figures of health, and bounds on traces that no life exceeds."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.engines.reference import ReferenceEngine
from plastic_core.health import effective_rank, entry_bounds, norm_bound, statistics
from plastic_core.network import KeyValue, Modulator, Network, NetworkState, blank, nothing_waits, settled
from plastic_core.rules import RULES
from plastic_core.state import Float32

N, D = 5, 3
BOUNDED = ["hebb", "clipped", "modulated", "retroactive", "delta", "none"]
ROUNDING = 1e-5
LARGEST = 3.0


def network_of(rule: str, seed: int = 0, alone: bool = False, write_bound: float = math.inf, fan: float = 1) -> Network:
    r, kind = np.random.default_rng(seed), RULES[rule]

    def numbers(*shape: int) -> Float32:
        return r.normal(0, 1, shape).astype(np.float32)

    size = (N, N) if alone else (1, N)
    leak, rate = r.uniform(0.05, 1, size).astype(np.float32), r.uniform(-1, 1, size).astype(np.float32)
    one = np.ones((1, N), np.float32)
    return Network(
        rule,
        numbers(D, N),
        numbers(N, N),
        numbers(N),
        numbers(N, N),
        leak=one if kind.keyed else leak,
        rate=one if kind.keyed else rate,
        modulator=Modulator(numbers(N), numbers(1), fan * numbers(N)) if kind.modulated else None,
        key_value=KeyValue(numbers(D + N, N), numbers(D + N, N), numbers(D + N, 2) / 8, numbers(2))
        if kind.keyed
        else None,
        write_bound=write_bound,
    )


@settings(max_examples=60, deadline=None)
@given(
    rule=st.sampled_from(BOUNDED),
    seed=st.integers(0, 1000),
    alone=st.booleans(),
    write_bound=st.sampled_from([math.inf, 0.3]),
    hold=st.integers(1, 20),
)
def test_no_trace_exceeds_its_bound(rule: str, seed: int, alone: bool, write_bound: float, hold: int) -> None:
    """hold: an input stays for that many ticks, which drives traces further than noise does."""
    network = network_of(rule, seed, alone, write_bound, fan=5)
    r = np.random.default_rng(seed)
    bound, entries = norm_bound(network, LARGEST), entry_bounds(network)
    assert math.isfinite(bound)
    session = ReferenceEngine().open(network, blank(network, 2))
    for _ in range(6):
        u = np.repeat(r.uniform(-LARGEST, LARGEST, (1, 2, D)), hold, 0).astype(np.float32)
        session.advance(u, np.repeat(r.uniform(0, 1, (1, 2)), hold, 0).astype(np.float32))
        trace = session.state().trace.astype(np.float64)
        assert np.all(np.linalg.norm(trace, axis=(1, 2)) <= bound * (1 + ROUNDING))
        assert np.all(np.abs(trace) <= entries * (1 + ROUNDING))


@pytest.mark.parametrize("rule", ["hebb", "clipped"])
def test_bounds_are_reached(rule: str) -> None:
    """All neurons at their ends for long: the bound is no idle promise."""
    network = network_of(rule)
    rate = np.abs(network.leak)
    loud = Network(rule, network.input, network.recurrent * 0, network.bias + 100, network.alpha * 0, rate, rate)
    session = ReferenceEngine().open(loud, blank(loud, 1))
    session.advance(np.zeros((300, 1, D), np.float32))
    assert norm_bound(loud) == pytest.approx(N)
    assert np.linalg.norm(session.state().trace) == pytest.approx(N, rel=1e-3)
    figures = statistics(loud, session.state())
    assert figures.saturated_synapses == [1]
    assert figures.saturated_neurons == [1]


def test_where_there_is_no_bound_it_is_infinite() -> None:
    hebb, delta = network_of("hebb"), network_of("delta")
    arrays = (hebb.input, hebb.recurrent, hebb.bias, hebb.alpha)
    modulator = Modulator(hebb.bias, hebb.bias[:1], hebb.bias)
    endless = [
        network_of("oja"),
        Network("hebb", *arrays, leak=hebb.leak * 0, rate=hebb.rate),
        Network("hebb", *arrays, leak=hebb.leak, rate=hebb.rate, modulator=modulator),
        Network("delta", *arrays, leak=delta.leak, rate=delta.rate, modulator=modulator, key_value=delta.key_value),
    ]
    for network in endless:
        assert math.isinf(norm_bound(network))
        assert np.isnan(statistics(network, blank(network, 1)).saturated_synapses).all()
    assert norm_bound(Network("hebb", *arrays, leak=hebb.leak * 0, rate=hebb.rate * 0)) == 0
    assert norm_bound(network_of("none")) == 0


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("where", ["hidden", "trace", "eligibility"])
def test_a_poisoned_stream_is_reported_and_stays_alone(rule: str, where: str) -> None:
    network, r = network_of(rule), np.random.default_rng(1)
    u = r.normal(0, 1, (40, 3, D)).astype(np.float32)
    start, bad = blank(network, 3), blank(network, 3)
    if where == "eligibility" and not RULES[rule].eligible:
        where = "trace"
    getattr(bad, where)[1] = np.nan
    figures = []
    for state in (start, bad):
        session = ReferenceEngine().open(network, state)
        figures.append(statistics(network, activity=session.advance(u), state=session.state()))
    calm, poisoned = figures
    assert calm.finite.tolist() == [True] * 3
    assert poisoned.finite.tolist() == [True, False, True]
    for name in ("norm", "saturated_synapses", "saturated_neurons", "rank"):
        mine, wanted = getattr(poisoned, name), getattr(calm, name)
        assert mine[[0, 2]].tobytes() == wanted[[0, 2]].tobytes()
        assert np.isnan(mine[1])


def test_effective_rank_counts_directions() -> None:
    r = np.random.default_rng(0)
    waves = r.normal(0, 1, (20_000, 4)).astype(np.float32)
    mixing = np.linalg.qr(r.normal(0, 1, (16, 16)))[0][:4].astype(np.float32)
    assert effective_rank(waves @ mixing) == pytest.approx(4, rel=0.01)
    assert effective_rank(waves[:, :1] @ mixing[:1]) == pytest.approx(1, rel=1e-4)
    assert effective_rank(np.ones((9, 3), np.float32)) == 0
    assert effective_rank(np.ones((1, 3), np.float32)) == 0


def test_wrong_shapes_are_refused() -> None:
    network = network_of("hebb")
    state = blank(network, 2)
    with pytest.raises(ValueError, match="state: trace is"):
        statistics(network, NetworkState(state.hidden, state.trace[:1]))
    with pytest.raises(ValueError, match="state: hidden is"):
        statistics(network, NetworkState(state.hidden[:, :2], state.trace))
    with pytest.raises(ValueError, match="activity is"):
        statistics(network, state, np.zeros((4, 3, N), np.float32))


def test_what_an_engine_has_put_off_counts() -> None:
    network, r = network_of("hebb"), np.random.default_rng(1)
    u, start = r.normal(0, 1, (5, 2, D)).astype(np.float32), blank(network, 2)
    session = ReferenceEngine().open(network, start)
    session.advance(u)
    lived = session.state()
    waits = nothing_waits(2, N, 3)
    waits.pre[:, 0], waits.gain[:, 0], waits.count[:] = lived.hidden, 0.5, 1
    put_off = replace(lived, waiting=waits)
    assert statistics(network, put_off).norm.tolist() == statistics(network, settled(put_off)).norm.tolist()
    assert statistics(network, put_off).norm.tolist() != statistics(network, lived).norm.tolist()
