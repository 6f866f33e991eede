"""Promises of the engine `gpu`: on a CUDA device at large shapes, in Triton's interpreter (see test_interpreter.py) at
small ones. Needs Python, numpy, torch, triton and pytest, and nothing else."""

import numpy as np
import pytest
import torch

from plastic_core.engines.contract import Engine
from plastic_core.engines.gpu import GpuEngine
from plastic_core.engines.gpu_language import interpreted
from plastic_core.engines.reference import ReferenceEngine
from plastic_core.network import Network, NetworkState, blank
from plastic_core.rules import RULES
from plastic_core.state import Float32
from tests.networks import arrays, inputs_of, network_of, part, state_of

INTERPRETED, CUDA = interpreted(), torch.cuda.is_available()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not INTERPRETED and not CUDA, reason="no CUDA device; test_interpreter.py runs these anyway"),
]
RESIDENT, STREAMED = 128, 0
paths = pytest.mark.parametrize("largest", [RESIDENT, STREAMED], ids=["resident", "streamed"])
rules = pytest.mark.parametrize("rule", list(RULES))
some_rules = pytest.mark.parametrize("rule", ["hebb", "retroactive", "delta"] if INTERPRETED else list(RULES))
"""One of each kind: without a second trace or a key, with, keyed."""
dtypes = pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
CASES = [(RESIDENT, 1, 1, 1), (RESIDENT, 19, 3, 2), (STREAMED, 1, 1, 1), (STREAMED, 19, 3, 5)]
CASES += [] if INTERPRETED else [(RESIDENT, 128, 40, 9), (STREAMED, 300, 17, 6), (STREAMED, 1025, 64, 5)]
"""(largest resident N, N, D, B)."""
TICKS = 4 if INTERPRETED else 135
"""Enough to pass the engine's chunks of 32, record one and repeat it, where there is time for it."""
CUTS = 2 if INTERPRETED else 12
LIMIT = 1e-5 if INTERPRETED else 5e-5
"""Largest absolute difference from the reference, traces in float32; the interpreter has 5e-7 in 8 ticks, the
engine `cpu`, which rounds as often, 2e-6 in 135 at N = 300."""
BFLOAT16_LIMIT = 0.02 if INTERPRETED else 0.1
"""Largest difference of a bfloat16 trace from the reference, as a share of its Frobenius norm."""


def engine_of(dtype: str = "float32", largest: int = RESIDENT, seed: int = 0) -> Engine:
    return GpuEngine(dtype, "cpu" if INTERPRETED else "cuda", largest, seed)


def lived(
    engine: Engine, network: Network, state: NetworkState, x: Float32, s: Float32
) -> tuple[Float32, NetworkState]:
    session = engine.open(network, state)
    return session.advance(x, s), session.state()


def apart(engine: Engine, network: Network, streams: int, ticks: int = TICKS) -> float:
    """Largest difference from the reference."""
    state, (x, s) = state_of(network, streams), inputs_of(network, ticks, streams)
    mine, after = lived(engine, network, state, x, s)
    wanted, wanted_after = lived(ReferenceEngine(), network, state, x, s)
    pairs = zip([mine, *arrays(after)], [wanted, *arrays(wanted_after)], strict=True)
    return max(float(np.abs(got - want).max(initial=0)) for got, want in pairs)


@rules
@pytest.mark.parametrize("own", [True, False], ids=["a-synapse", "a-neuron"])
@pytest.mark.parametrize(("largest", "n", "d", "streams"), CASES)
def test_agrees_with_the_reference(rule: str, own: bool, largest: int, n: int, d: int, streams: int) -> None:
    assert apart(engine_of(largest=largest), network_of(rule, n, d, own), streams) < LIMIT


@paths
@rules
def test_any_rule_may_be_modulated_and_held(largest: int, rule: str) -> None:
    assert apart(engine_of(largest=largest), network_of(rule, 7, 5, modulated=True, write_bound=0.05), 1) < LIMIT


@paths
@pytest.mark.parametrize("rule", ["hebb", "retroactive"])
def test_mixed_shapes_of_alpha_leak_and_rate(largest: int, rule: str) -> None:
    own, one = network_of(rule, 7, 5), network_of(rule, 7, 5, own=False)
    for which in range(1, 7):
        alpha, leak, rate = (
            getattr((own, one)[which >> k & 1], name) for k, name in enumerate(("alpha", "leak", "rate"))
        )
        mixed = Network(rule, own.input, own.recurrent, own.bias, alpha, leak, rate, own.modulator)
        assert apart(engine_of(largest=largest), mixed, 1, 2) < LIMIT


@pytest.mark.skipif(not INTERPRETED, reason="larger shapes are above")
def test_more_neurons_than_a_stripe_has() -> None:
    assert apart(engine_of(), network_of("oja", 131, 3), 2, 3) < LIMIT


@paths
@rules
@pytest.mark.parametrize("dtype", ["bfloat16"] if INTERPRETED else ["float32", "bfloat16"])
def test_bytes_depend_on_neither_neighbours_nor_cuts(largest: int, rule: str, dtype: str) -> None:
    (n, d, streams), most = ((11, 3, 3), 4) if INTERPRETED else ((100, 33, 7), 10)
    network, engine = network_of(rule, n, d, write_bound=0.3), engine_of(dtype, largest)
    state, (x, s) = state_of(network, streams), inputs_of(network, TICKS, streams)
    wanted, wanted_after = lived(engine, network, state, x, s)
    draw = np.random.default_rng(len(rule) + largest)
    for _ in range(CUTS):
        rows = draw.integers(0, streams, draw.integers(1, most + 1)).tolist()
        cuts = np.sort(draw.integers(0, TICKS + 1, 2)).tolist()
        session, mine = engine.open(network, part(state, rows)), []
        for start, end in zip([0, *cuts], [*cuts, TICKS], strict=True):
            mine.append(session.advance(x[start:end, rows], s[start:end, rows]))
            if draw.random() < 0.5:
                session = engine.open(network, session.snapshot())
        assert np.concatenate(mine).tobytes() == np.ascontiguousarray(wanted[:, rows]).tobytes()
        for got, want in zip(arrays(session.state()), arrays(part(wanted_after, rows)), strict=True):
            assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize(("largest", "ticks"), [(RESIDENT, 40), (STREAMED, 110)], ids=["resident", "streamed"])
def test_bytes_do_not_depend_on_chunks(largest: int, ticks: int) -> None:
    network, engine = network_of("hebb", 7, 2), engine_of(largest=largest)
    state, (x, s) = state_of(network, 1), inputs_of(network, ticks, 1)
    wanted, wanted_after = lived(engine, network, state, x, s)
    session = engine.open(network, state)
    mine = np.concatenate([session.advance(x[:9], s[:9]), session.advance(x[9:], s[9:])])
    assert mine.tobytes() == wanted.tobytes()
    assert session.state().trace.tobytes() == wanted_after.trace.tobytes()


@paths
@some_rules
@pytest.mark.parametrize("where", ["hidden", "trace", "input"])
def test_a_row_of_nan_stays_alone(largest: int, rule: str, where: str) -> None:
    network, engine = network_of(rule, 7, 5), engine_of("bfloat16", largest)
    state, (x, s) = state_of(network, 3), inputs_of(network, 3, 3)
    clean, clean_after = lived(engine, network, state, x, s)
    bad, bad_x = part(state, [0, 1, 2]), x.copy()
    (bad_x if where == "input" else getattr(bad, where).swapaxes(0, 1))[:, 1] = np.nan
    mine, mine_after = lived(engine, network, bad, bad_x, s)
    others = [0, 2]
    assert mine[:, others].tobytes() == clean[:, others].tobytes()
    for got, want in zip(arrays(part(mine_after, others)), arrays(part(clean_after, others)), strict=True):
        assert got.tobytes() == want.tobytes()
    assert np.isfinite(mine[-1, 1]).all() == (where == "input")


@paths
@dtypes
def test_what_a_session_holds_is_its_own(largest: int, dtype: str) -> None:
    network, engine = network_of("retroactive", 8, 5), engine_of(dtype, largest)
    state, (x, s) = state_of(network, 2), inputs_of(network, 4, 2)
    wanted, wanted_after = lived(engine, network, state, x, s)
    opened, told = part(state, [0, 1]), x.copy()
    session = engine.open(network, opened)
    first, between = session.advance(told[:2], s[:2]), session.state()
    for values in [*arrays(opened), first, *arrays(between)]:
        values[:] = 9
    assert session.advance(told[2:], s[2:]).tobytes() == wanted[2:].tobytes()
    assert told.tobytes() == x.tobytes()
    for got, want in zip(arrays(session.state()), arrays(wanted_after), strict=True):
        assert got.tobytes() == want.tobytes()
        assert got.dtype == np.float32


@paths
def test_no_ticks_and_no_streams_are_fine(largest: int) -> None:
    network, engine = network_of("hebb", 7, 5), engine_of(largest=largest)
    state, none = state_of(network, 2), np.zeros((0, 2, 5), np.float32)
    activity, after = lived(engine, network, state, none, np.zeros((0, 2), np.float32))
    assert activity.shape == (0, 2, 7)
    assert after.trace.tobytes() == state.trace.tobytes()
    assert engine.open(network, blank(network, 0)).advance(np.zeros((3, 0, 5), np.float32)).shape == (3, 0, 7)


def test_wrong_shapes_are_refused() -> None:
    network, engine = network_of("retroactive", 7, 5), engine_of()
    session = engine.open(network, blank(network, 2))
    with pytest.raises(ValueError, match="inputs are"):
        session.advance(np.zeros((3, 2, 4), np.float32))
    with pytest.raises(ValueError, match="signal is"):
        session.advance(np.zeros((3, 2, 5), np.float32), np.ones((2, 2), np.float32))
    with pytest.raises(ValueError, match="float32 or bfloat16"):
        engine_of("float16")


@paths
@pytest.mark.parametrize("rule", ["hebb"] if INTERPRETED else ["hebb", "oja", "delta"])
def test_bfloat16_stays_within_its_bound(largest: int, rule: str) -> None:
    """Writes below half a unit in the last place, which rounding to nearest would lose."""
    ticks, eta = (60, 0.01) if INTERPRETED else (4000, 0.001)
    network = network_of(rule, 8 if INTERPRETED else 100, 4, own=False, eta=eta)
    start, (x, s) = blank(network, 1), inputs_of(network, ticks, 1)
    _, mine = lived(engine_of("bfloat16", largest), network, start, x, s)
    _, wanted = lived(ReferenceEngine(), network, start, x, s)
    off = np.linalg.norm(mine.trace - wanted.trace) / np.linalg.norm(wanted.trace)
    assert 0 < off < BFLOAT16_LIMIT


@paths
def test_another_seed_rounds_otherwise(largest: int) -> None:
    network = network_of("hebb", 7, 5)
    start, (x, s) = blank(network, 1), inputs_of(network, 3, 1)
    one, same, other = (lived(engine_of("bfloat16", largest, seed), network, start, x, s)[1] for seed in (0, 0, 1))
    assert one.trace.tobytes() == same.trace.tobytes() != other.trace.tobytes()


@pytest.mark.parametrize("name", ["hidden", "trace", "eligibility"])
def test_a_state_of_another_shape_is_refused(name: str) -> None:
    network = network_of("retroactive", 7, 3)
    state = state_of(network, 2)
    given = dict(zip(("hidden", "trace", "eligibility"), arrays(state), strict=True))
    given[name] = given[name][..., :3]
    with pytest.raises(ValueError, match=f"state: {name} is"):
        engine_of().open(network, NetworkState(**given))
