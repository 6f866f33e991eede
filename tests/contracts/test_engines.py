"""Promises of Engine, held for every engine of the catalogue and every rule."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plastic_core.engines import cpu
from plastic_core.engines.catalogue import ENGINES
from plastic_core.engines.contract import Engine
from plastic_core.engines.cpu import CpuEngine
from plastic_core.network import Network, NetworkState, blank, nothing_waits, settled
from plastic_core.rules import RULES
from plastic_core.state import Float32
from tests.networks import arrays, inputs_of, network_of, part, state_of

engines = pytest.mark.parametrize("engine", list(ENGINES))
rules = pytest.mark.parametrize("rule", list(RULES))
ODD_SHAPES = [(1, 1, 1), (7, 5, 2), (131, 5, 3)]
"""(N, D, B)."""
MADE: dict[str, Engine] = {}


def engine_of(name: str) -> Engine:
    return MADE.setdefault(name, ENGINES[name]())


def lived(
    engine: str, network: Network, state: NetworkState, x: Float32, s: Float32 | None
) -> tuple[Float32, NetworkState]:
    session = engine_of(engine).open(network, state)
    return session.advance(x, s), session.state()


def assert_close(engine: str, network: Network, streams: int, ticks: int = 12) -> None:
    state, (x, s) = state_of(network, streams), inputs_of(network, ticks, streams)
    mine, mine_after = lived(engine, network, state, x, s)
    wanted, wanted_after = lived("reference", network, state, x, s)
    np.testing.assert_allclose(mine, wanted, rtol=1e-4, atol=2e-5)
    for got, want in zip(arrays(mine_after), arrays(wanted_after), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=2e-5)
        assert got.dtype == np.float32


@engines
@rules
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("n", "d", "streams"), ODD_SHAPES)
def test_agrees_with_the_reference(engine: str, rule: str, own: bool, n: int, d: int, streams: int) -> None:
    assert engine_of(engine).name == engine
    assert_close(engine, network_of(rule, n, d, own), streams)


@engines
@rules
@pytest.mark.parametrize("write_bound", [math.inf, 0.05])
def test_any_rule_may_be_modulated_and_held(engine: str, rule: str, write_bound: float) -> None:
    assert_close(engine, network_of(rule, modulated=True, write_bound=write_bound), streams=2)


@engines
@rules
def test_mixed_shapes_of_alpha_leak_and_rate(engine: str, rule: str) -> None:
    own, one = network_of(rule), network_of(rule, own=False)
    for which in range(1, 7):
        alpha, leak, rate = (
            getattr((own, one)[which >> k & 1], name) for k, name in enumerate(("alpha", "leak", "rate"))
        )
        mixed = Network(rule, own.input, own.recurrent, own.bias, alpha, leak, rate, own.modulator, own.key_value)
        assert_close(engine, mixed, streams=2, ticks=4)


@st.composite
def networks(draw: st.DrawFn, n: int = 19, d: int = 3) -> Network:
    """Any rule with any mixture of shapes of alpha, leak and rate."""
    rule = draw(st.sampled_from(list(RULES)))
    own, one = network_of(rule, n, d), network_of(rule, n, d, own=False)
    shared = {name: getattr(own if draw(st.booleans()) else one, name) for name in ("alpha", "leak", "rate")}
    return replace(own, write_bound=draw(st.sampled_from([math.inf, 0.3])), **shared)


def can_be_bfloat16(network: Network) -> bool:
    return network.rule in ("none", "hebb", "oja", "delta") and len(network.leak) == len(network.rate) == 1


@settings(max_examples=80, deadline=None)
@given(data=st.data(), network=networks(), dtype=st.sampled_from(["float32", "bfloat16"]))
def test_bytes_depend_on_neither_neighbours_nor_cuts(data: st.DataObject, network: Network, dtype: str) -> None:
    assume(dtype == "float32" or can_be_bfloat16(network))
    ticks, streams, engine = data.draw(st.integers(0, 40)), 5, CpuEngine(dtype)
    state, (x, s) = state_of(network, streams), inputs_of(network, ticks, streams)
    whole = engine.open(network, state)
    wanted, wanted_after = whole.advance(x, s), whole.state()
    rows = data.draw(st.lists(st.integers(0, streams - 1), min_size=1, max_size=7))
    cuts = sorted(data.draw(st.sets(st.integers(0, ticks), max_size=5)))
    session = engine.open(network, part(state, rows))
    mine: list[Float32] = []
    for start, end in zip([0, *cuts], [*cuts, ticks], strict=True):
        mine.append(session.advance(x[start:end, rows], s[start:end, rows]))
        if data.draw(st.booleans()):
            session = engine.open(network, session.snapshot())
    assert np.concatenate(mine).tobytes() == np.ascontiguousarray(wanted[:, rows]).tobytes()
    for got, want in zip(arrays(session.state()), arrays(part(wanted_after, rows)), strict=True):
        assert got.tobytes() == want.tobytes()


def test_bytes_do_not_depend_on_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of("delta", 19, 3, own=False)
    state, (x, s) = state_of(network, 5), inputs_of(network, 20, 5)
    results: list[bytes] = []
    for size in (1, 2, 16):
        monkeypatch.setattr(cpu, "group_for", lambda _slow, _fast, size=size: size)
        results.append(lived("cpu", network, state, x, s)[0].tobytes())
    assert len(set(results)) == 1


@settings(max_examples=60, deadline=None)
@given(network=networks(), ticks=st.integers(0, 40))
def test_a_snapshot_says_what_the_state_says(network: Network, ticks: int) -> None:
    session = CpuEngine().open(network, state_of(network, 2))
    session.advance(*inputs_of(network, ticks, 2))
    for got, want in zip(arrays(settled(session.snapshot())), arrays(session.state()), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(network=networks(), ticks=st.integers(1, 40))
def test_any_mixture_agrees_with_the_reference(network: Network, ticks: int) -> None:
    assert_close("cpu", network, streams=3, ticks=ticks)


@engines
@rules
@pytest.mark.parametrize("where", ["hidden", "trace", "input"])
def test_a_row_of_nan_stays_alone(engine: str, rule: str, where: str) -> None:
    network = network_of(rule)
    state, (x, s) = state_of(network, 4), inputs_of(network, 6, 4)
    clean, clean_after = lived(engine, network, state, x, s)
    bad, bad_x = part(state, [0, 1, 2, 3]), x.copy()
    (bad_x if where == "input" else getattr(bad, where).swapaxes(0, 1))[:, 2] = np.nan
    mine, mine_after = lived(engine, network, bad, bad_x, s)
    others = [0, 1, 3]
    assert mine[:, others].tobytes() == clean[:, others].tobytes()
    for got, want in zip(arrays(part(mine_after, others)), arrays(part(clean_after, others)), strict=True):
        assert got.tobytes() == want.tobytes()
    assert np.isfinite(mine[-1, 2]).all() == (where == "input")


@engines
def test_what_is_not_finite_counts_as_nothing(engine: str) -> None:
    network = network_of("hebb")
    state, (x, s) = state_of(network, 2), inputs_of(network, 4, 2)
    holes, zeros, s_holes, s_zeros = x.copy(), x.copy(), s.copy(), s.copy()
    holes[1, 0, 2], holes[2, 1, 0], zeros[1, 0, 2], zeros[2, 1, 0] = np.nan, np.inf, 0, 0
    s_holes[1, 1], s_zeros[1, 1] = np.nan, 0
    mine, after = lived(engine, network, state, holes, s_holes)
    wanted, wanted_after = lived(engine, network, state, zeros, s_zeros)
    assert mine.tobytes() == wanted.tobytes()
    assert after.trace.tobytes() == wanted_after.trace.tobytes()


@engines
@rules
def test_arrays_given_and_received_are_nobody_elses(engine: str, rule: str) -> None:
    network = network_of(rule)
    state, (x, s) = state_of(network, 2), inputs_of(network, 6, 2)
    wanted, wanted_after = lived(engine, network, state, x, s)
    given, opened, told = [values.copy() for values in arrays(state)], part(state, [0, 1]), x.copy()
    session = engine_of(engine).open(network, opened)
    first = session.advance(told[:3], s[:3])
    between = session.state()
    kept = [values.copy() for values in [first, *arrays(between)]]
    for values, before in zip(arrays(opened), given, strict=True):
        assert values.tobytes() == before.tobytes()
        values[:] = 9
    assert told.tobytes() == x.tobytes()
    second = session.advance(x[3:], s[3:])
    for values, before in zip([first, *arrays(between)], kept, strict=True):
        assert values.tobytes() == before.tobytes()
        values[:] = 9
    assert second.tobytes() == wanted[3:].tobytes()
    for got, want in zip(arrays(session.state()), arrays(wanted_after), strict=True):
        assert got.tobytes() == want.tobytes()


@engines
def test_no_ticks_and_no_streams_are_fine(engine: str) -> None:
    network = network_of("hebb")
    state = state_of(network, 2)
    activity, after = lived(engine, network, state, np.zeros((0, 2, 5), np.float32), None)
    assert activity.shape == (0, 2, 7)
    assert after.trace.tobytes() == state.trace.tobytes()
    assert lived(engine, network, blank(network, 0), np.zeros((3, 0, 5), np.float32), None)[0].shape == (3, 0, 7)


@engines
def test_wrong_shapes_are_refused(engine: str) -> None:
    network = network_of("hebb")
    session = engine_of(engine).open(network, blank(network, 2))
    for shape in [(3, 2, 4), (3, 1, 5), (2, 5)]:
        with pytest.raises(ValueError, match="inputs are"):
            session.advance(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="signal is"):
        session.advance(np.zeros((3, 2, 5), np.float32), np.ones((2, 2), np.float32))


@engines
@pytest.mark.parametrize("name", ["hidden", "trace", "eligibility"])
def test_a_state_of_another_shape_is_refused(engine: str, name: str) -> None:
    network = network_of("retroactive")
    state = blank(network, 2)
    given = {"hidden": state.hidden, "trace": state.trace, "eligibility": state.eligibility}
    given[name] = given[name][..., :3]
    with pytest.raises(ValueError, match=f"state: {name} is"):
        engine_of(engine).open(network, NetworkState(**given))
    waits = nothing_waits(2, network.neurons, 3)
    with pytest.raises(ValueError, match="waiting: pre is"):
        engine_of(engine).open(network, replace(state, waiting=replace(waits, pre=waits.pre.swapaxes(1, 2))))
