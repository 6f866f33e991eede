"""Promises of WaveEngine, held for every engine of the catalogue."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.core import Core, CoreConfig
from plastic_core.state import Bool, Float32, Int64, Memory, digest
from plastic_core.wave.catalogue import WAVE_ENGINES
from plastic_core.wave.contract import WAVE_RULES

engines = pytest.mark.parametrize("engine", list(WAVE_ENGINES))
rules = pytest.mark.parametrize("rule", WAVE_RULES)
ODD_SHAPES = [(1, 1, 1), (7, 5, 2), (128, 64, 3), (131, 5, 5), (8, 64, 4), (16, 1, 5)]
"""(N, D, B)."""


def core_of(engine: str, rule: str = "oja", neurons: int = 7, width: int = 5) -> Core:
    return Core.build(CoreConfig(neurons=neurons, width=width, rule=rule, seed=1, engine=engine))


def tick(core: Core, memory: Memory, rows: Int64, x: Float32, sensed: Bool, used: Int64) -> None:
    """One tick on an hourly clock that jumps at times, the first channel given; the second stream has no clock."""
    age = memory.revision[rows]
    times = np.where(rows == 1, np.nan, 3600.0 * age + 1234.0 * (age % 7 == 3) + 600.0 * rows)
    mixture = core.mix(memory, rows, x, sensed, used, times=times, given=np.minimum(used, 1))
    core.judge(memory, rows, mixture, used)
    core.learn(memory, rows, mixture, used)
    core.step(memory, rows, mixture, used)
    core.expect(memory, rows, mixture, used)


def inputs(seed: int, ticks: int, streams: int, width: int) -> tuple[Float32, Bool, Int64]:
    """Noisy waves, one value in ten missing, each stream with its own number of channels."""
    generator = np.random.default_rng(seed)
    time = np.arange(ticks)[:, None, None]
    phase = generator.uniform(0, 6, (streams, width))
    x = 2 * np.sin(time / 4 + phase) + generator.normal(0, 0.2, (ticks, streams, width))
    used = generator.integers(0, width + 1, streams)
    used[0] = width
    return x.astype(np.float32), generator.random(x.shape) > 0.1, used


def lived(core: Core, x: Float32, sensed: Bool, used: Int64) -> Memory:
    memory = core.initial(len(used))
    for t in range(len(x)):
        tick(core, memory, np.arange(len(used)), x[t], sensed[t], used)
    return memory


@engines
@rules
@pytest.mark.parametrize(("neurons", "width", "streams"), ODD_SHAPES)
def test_agrees_with_the_reference(engine: str, rule: str, neurons: int, width: int, streams: int) -> None:
    x, sensed, used = inputs(seed=neurons, ticks=16, streams=streams, width=width)
    mine = lived(core_of(engine, rule, neurons, width), x, sensed, used).arrays()
    theirs = lived(core_of("reference", rule, neurons, width), x, sensed, used).arrays()
    assert mine["trace"].any()
    for name, values in theirs.items():
        # the candidates' trust is an eighth power of their losses: rounding grows by that
        np.testing.assert_allclose(mine[name], values, rtol=1e-3, atol=3e-4, err_msg=name)


@engines
def test_only_the_named_rows_change(engine: str) -> None:
    core = core_of(engine)
    x, sensed, used = inputs(seed=2, ticks=12, streams=5, width=5)
    memory = lived(core, x, sensed, used)
    before = [digest(memory, row) for row in range(5)]
    rows = np.array([3, 1])
    tick(core, memory, rows, x[0, rows], sensed[0, rows], used[rows])
    after = [digest(memory, row) for row in range(5)]
    assert [row for row in range(5) if before[row] != after[row]] == [1, 3]


@engines
def test_channels_out_of_use_stay_zero(engine: str) -> None:
    core = core_of(engine)
    x, sensed, _ = inputs(seed=3, ticks=12, streams=2, width=5)
    arrays = lived(core, x, sensed, np.array([2, 0])).arrays()
    for name in ("joint", "own", "short", "parts", "losses", "averages"):
        assert arrays[f"readout.{name}"][0, 1].any(), name
        assert not arrays[f"readout.{name}"][0, 0].any(), name
        assert not arrays[f"readout.{name}"][0, 2:].any(), name
    for name in ("level", "expected", "sensed", "clock.profile"):
        assert arrays[name][0, 1].any(), name
        assert not arrays[name][0, 2:].any(), name
        assert not arrays[name][1].any(), name


@engines
def test_trace_takes_in_the_pending_pair_at_the_next_step(engine: str) -> None:
    core = core_of(engine, rule="hebb")
    memory, rows, used = core.initial(1), np.array([0]), np.array([5])
    x, sensed, _ = inputs(seed=4, ticks=3, streams=1, width=5)
    norms = np.zeros(3, np.float32)
    for t in range(3):
        mixture = core.mix(memory, rows, x[t], sensed[t] | True, used)
        before = memory.take(rows)
        norms[t] = core.step(memory, rows, mixture, used)[0]
        core.expect(memory, rows, mixture, used)
        eta = core.slow.eta * before.pending[0]
        wanted = (1 - eta) * before.trace[0] + np.outer(before.previous[0], eta * before.hidden[0])
        np.testing.assert_allclose(memory.trace[0], wanted, atol=1e-7)
    assert norms[0] == 0
    assert norms[1] > 0
    assert norms[2] == pytest.approx(
        np.linalg.norm(np.outer(memory.previous[0], core.slow.eta * memory.hidden[0])), rel=1e-5
    )


@st.composite
def compositions(draw: st.DrawFn) -> list[list[int]]:
    """A random split of five streams, in random order, into waves."""
    order = draw(st.permutations(range(5)))
    cuts = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    waves: list[list[int]] = [[order[0]]]
    for row, cut in zip(order[1:], cuts, strict=True):
        waves.append([row]) if cut else waves[-1].append(row)
    return waves


X, SENSED, USED = inputs(seed=6, ticks=12, streams=5, width=9)
CPU = core_of("cpu", neurons=19, width=9)
TOGETHER = [digest(lived(CPU, X, SENSED, USED), row) for row in range(5)]


@settings(max_examples=40, deadline=None)
@given(st.lists(compositions(), min_size=12, max_size=12))
def test_bytes_do_not_depend_on_the_batch(splits: list[list[list[int]]]) -> None:
    memory = CPU.initial(5)
    for t, split in enumerate(splits):
        for wave in split:
            rows = np.array(wave)
            tick(CPU, memory, rows, X[t, rows], SENSED[t, rows], USED[rows])
    assert [digest(memory, row) for row in range(5)] == TOGETHER


@engines
def test_a_poisoned_row_spoils_neither_itself_nor_others(engine: str) -> None:
    core = core_of(engine)
    x, sensed, _ = inputs(seed=7, ticks=40, streams=3, width=5)
    used = np.full(3, 5)
    calm = lived(core, x, sensed, used)
    generator = np.random.default_rng(0)
    x[:, 1] = generator.choice(np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40], np.float32), x[:, 1].shape)
    sensed[:, 1] = True
    hostile = lived(core, x, sensed, used)
    assert [digest(hostile, row) for row in (0, 2)] == [digest(calm, row) for row in (0, 2)]
    assert digest(hostile, 1) != digest(calm, 1)
    for name, values in hostile.arrays().items():
        assert np.isfinite(values).all(), name


@engines
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), quiet=st.floats(0, 1))
def test_any_codes_keep_the_memory_finite(engine: str, seed: int, quiet: float) -> None:
    core, generator = core_of(engine), np.random.default_rng(seed)
    x = generator.choice(
        np.array([-8, 0, 1e-20, 8], np.float32), (60, 1, 5), p=[(1 - quiet) / 3, quiet, *[(1 - quiet) / 3] * 2]
    )
    memory = lived(core, x, np.ones(x.shape, bool), np.array([5]))
    for name, values in memory.arrays().items():
        assert np.isfinite(values).all(), name


@pytest.mark.parametrize(
    ("module", "absent"),
    [("plastic_core", ["torch", "numba", "numpy"]), ("plastic_core.core", ["torch", "numba"])],
)
def test_imports_stay_light(module: str, absent: list[str]) -> None:
    program = f"import sys, {module}; print([name for name in {absent} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_the_cpu_engine_needs_no_torch() -> None:
    program = (
        "import sys; from plastic_core.core import Core, CoreConfig; "
        "Core.build(CoreConfig(neurons=2, width=1)); sys.exit('torch' if 'torch' in sys.modules else 0)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0
