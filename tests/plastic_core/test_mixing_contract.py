"""What every mixing strategy promises, and what the doubts about readings do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.arrays import Bool, Float32
from plastic_core.core import Core, CoreConfig
from plastic_core.mixing.gains import GAINS
from plastic_core.mixing.mixture import Mixture
from plastic_core.mixing.settings import MixingSettings, Strategy
from plastic_core.state import Memory, digest

NAMES: tuple[Strategy, ...] = ("precision", "fixed", "gate", "off")
WIDTH = 3
REGROUND = MixingSettings().reground_ticks


def core_of(strategy: Strategy, **others: Any) -> Core:
    mixing = replace(MixingSettings(strategy=strategy), **others)
    return Core.build(CoreConfig(neurons=16, width=WIDTH, mixing=mixing))


def lived(
    core: Core, x: Float32, sensed: Bool | None = None, memory: Memory | None = None
) -> tuple[list[Mixture], Memory]:
    """Life of one stream of measured channels on x [T, D]: its mixtures."""
    memory = core.initial(1) if memory is None else memory
    rows, used, measured = np.array([0]), np.array([WIDTH]), np.ones(WIDTH, bool)
    mixtures: list[Mixture] = []
    for tick, values in enumerate(x):
        here = np.ones((1, WIDTH), bool) if sensed is None else sensed[tick : tick + 1]
        mixtures.append(core.mix(memory, rows, values[None].astype(np.float32), here, used, measured=measured))
        core.learn(memory, rows, mixtures[-1], used)
        core.step(memory, rows, mixtures[-1], used)
        core.expect(memory, rows, mixtures[-1], used)
    return mixtures, memory


def coupled(ticks: int, noise: float = 0.1, seed: int = 0) -> Float32:
    """Three channels that follow one slow wave, each with noise of its own."""
    generator = np.random.Generator(np.random.PCG64(seed))
    wave = np.sin(np.arange(ticks) / 12)[:, None] * np.array([1.0, 0.9, -1.1])
    return (wave + generator.normal(0, noise, (ticks, WIDTH))).astype(np.float32)


def test_every_strategy_is_tried_here() -> None:
    assert set(NAMES) == set(GAINS)


@pytest.mark.parametrize("strategy", NAMES)
def test_gains_lie_between_nothing_and_all_and_missing_is_believed_to_no_degree(strategy: Strategy) -> None:
    x = coupled(300)
    x[::17] += np.float32(6)
    sensed = np.random.Generator(np.random.PCG64(1)).random(x.shape) > 0.2
    x[~sensed] = np.nan
    for mixture in lived(core_of(strategy), x, sensed)[0]:
        assert np.isfinite(mixture.mixed).all()
        assert (mixture.gain >= 0).all()
        assert (mixture.gain <= 1).all()
        assert not mixture.gain[~mixture.sensed].any()
        assert not mixture.overridden[~mixture.sensed].any()


@pytest.mark.parametrize("strategy", NAMES)
def test_rows_do_not_touch_each_other(strategy: Strategy) -> None:
    core = core_of(strategy)
    pool, alone = core.initial(3), core.initial(1)
    x = np.stack([coupled(120, seed=seed) for seed in range(3)], axis=1)
    x[60, 1] += np.float32(7)
    used, measured = np.full(3, WIDTH), np.ones(WIDTH, bool)
    for values in x:
        for memory, rows, readings in (
            (pool, np.array([2, 0, 1]), values[[2, 0, 1]]),
            (alone, np.array([0]), values[1:2]),
        ):
            in_use = used[: len(rows)]
            mixture = core.mix(memory, rows, readings, readings == readings, in_use, measured=measured)
            core.learn(memory, rows, mixture, in_use)
            core.step(memory, rows, mixture, in_use)
            core.expect(memory, rows, mixture, in_use)
    assert digest(pool, 1) == digest(alone, 0)


@pytest.mark.parametrize("strategy", NAMES)
@settings(max_examples=12, deadline=None)
@given(height=st.floats(1.0, 7.0), up=st.booleans(), seed=st.integers(0, 50))
def test_after_a_step_the_percept_is_back_at_the_sensor_within_the_bound(
    strategy: Strategy, height: float, up: bool, seed: int
) -> None:
    """A step of ten deviations and more, in one channel alone."""
    x = 0.1 * coupled(400, noise=0.3, seed=seed)
    x[300:, 0] += np.float32(height if up else -height)
    mixtures, _ = lived(core_of(strategy), x)
    late = np.array([abs(mixture.mixed[0, 0] - x[300 + k, 0]) for k, mixture in enumerate(mixtures[300:])])
    assert late[REGROUND : REGROUND + 20].max() < 0.5 * height
    assert late[REGROUND + 20 :].max() < 0.25 * height
    assert all(mixture.believed[0, 0] for mixture in mixtures[300 + REGROUND : 310])


@pytest.mark.parametrize("strategy", ["precision", "fixed", "gate"])
@pytest.mark.parametrize("height", [-6.0, 3.0, 6.0])
def test_one_spike_is_overridden_and_taints_nothing(strategy: Strategy, height: float) -> None:
    x = coupled(500)
    clean = x[400, 1]
    x[400, 1] += np.float32(height)
    mixtures, _ = lived(core_of(strategy), x)
    spike = mixtures[400]
    assert spike.overridden[0, 1]
    assert not spike.believed[0, 1]
    assert spike.gain[0, 1] == 0
    assert abs(spike.mixed[0, 1] - clean) < 0.5
    assert spike.input[0, 1] == x[400, 1]
    assert not spike.overridden[0, [0, 2]].any()
    assert np.abs(np.array([m.mixed[0, 1] for m in mixtures[401:405]]) - x[401:405, 1]).max() < 0.5
    assert mixtures[402].deviation[0, 1] < 2 * mixtures[399].deviation[0, 1]


def test_off_believes_everything() -> None:
    x = coupled(300)
    x[200, 1] += np.float32(6)
    mixtures, _ = lived(core_of("off"), x)
    assert all((mixture.mixed == mixture.input).all() for mixture in mixtures[1:])
    assert not any(mixture.overridden.any() for mixture in mixtures)


def test_a_stuck_sensor_is_overridden_and_followed_by_the_others() -> None:
    x = coupled(700, noise=0.05)
    truth = x.copy()
    x[600:640, 0] = x[599, 0]
    mixtures, _ = lived(core_of("gate"), x)
    held = mixtures[610:640]
    assert np.mean([mixture.overridden[0, 0] for mixture in held]) > 0.9
    ours = np.array([mixture.mixed[0, 0] for mixture in held])
    assert np.mean((ours - truth[610:640, 0]) ** 2) < 0.2 * np.mean((x[610:640, 0] - truth[610:640, 0]) ** 2)
    assert mixtures[641].believed[0, 0]


def test_a_sensor_is_believed_again_after_standing_still_for_long() -> None:
    x = coupled(900, noise=0.05)
    x[600:, 0] = x[599, 0]
    mixtures, _ = lived(core_of("gate", stuck_ticks=20), x)
    doubted = [not mixture.believed[0, 0] for mixture in mixtures[600:]]
    assert any(doubted)
    run = longest = 0
    for one in doubted:
        run = run + 1 if one else 0
        longest = max(longest, run)
    assert longest <= 20


def test_a_step_to_a_constant_is_followed_too() -> None:
    x = coupled(400, noise=0.05)
    x[300:, 0] = x[299, 0] + np.float32(5)
    mixtures, _ = lived(core_of("gate"), x)
    assert all(mixture.believed[0, 0] for mixture in mixtures[300 + REGROUND : 303 + REGROUND])


def test_where_all_stand_still_no_sensor_is_to_blame() -> None:
    x = coupled(700, noise=0.05)
    x[600:640] = x[599]
    mixtures, _ = lived(core_of("gate"), x)
    assert all(mixture.believed.all() for mixture in mixtures[600:640])


def test_a_missing_channel_is_imputed_from_the_others() -> None:
    """A common shock that no past foretells is seen in the channels that came."""
    generator = np.random.Generator(np.random.PCG64(0))
    common = np.cumsum(generator.normal(0, 0.2, 900))
    common -= common.mean()
    x = (common[:, None] / 4 + generator.normal(0, 0.01, (900, WIDTH))).astype(np.float32)
    sensed = np.ones(x.shape, bool)
    sensed[500::5, 0] = False
    mixtures, _ = lived(core_of("gate"), x, sensed)
    gaps = range(500, 900, 5)
    ours = np.array([mixtures[tick].mixed[0, 0] - x[tick, 0] for tick in gaps])
    alone = np.array([mixtures[tick].expected[0, 0] - x[tick, 0] for tick in gaps])
    assert all(mixtures[tick].imputed[0, 0] for tick in gaps)
    assert np.mean(ours**2) < 0.3 * np.mean(alone**2)


def test_noise_is_taken_off_and_a_clean_signal_left_alone() -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    truth = np.sin(np.arange(1500) / 40)[:, None] * np.ones(WIDTH)
    x = (truth + generator.normal(0, 0.3, truth.shape)).astype(np.float32)
    mixtures, _ = lived(core_of("gate"), x)
    mixed = np.array([mixture.mixed[0] for mixture in mixtures])
    assert np.mean((mixed - truth)[500:] ** 2) < 0.4 * 0.3**2
    walk = np.clip(np.cumsum(generator.normal(0, 0.05, (1500, WIDTH)), axis=0), -8, 8).astype(np.float32)
    clean, _ = lived(core_of("gate"), walk)
    assert np.mean([mixture.gain.mean() for mixture in clean[500:]]) > 0.85


def test_channels_that_measure_nothing_are_never_doubted() -> None:
    core = core_of("gate")
    memory, rows, used = core.initial(1), np.array([0]), np.array([WIDTH])
    x = coupled(300)
    x[::20] += np.float32(6)
    for values in x:
        mixture = core.mix(memory, rows, values[None], values[None] == values[None], used)
        assert mixture.believed.all()
        core.learn(memory, rows, mixture, used)
        core.step(memory, rows, mixture, used)
        core.expect(memory, rows, mixture, used)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-6, 8.0))
def test_any_input_keeps_the_memory_finite(seed: int, scale: float) -> None:
    generator = np.random.Generator(np.random.PCG64(seed))
    x = (generator.standard_t(1.0, (120, WIDTH)) * scale).astype(np.float32)
    x[generator.random(x.shape) < 0.3] = np.nan
    x[30:60, 1] = x[29, 1]
    mixtures, memory = lived(core_of("gate"), x)
    for name, values in memory.arrays().items():
        assert np.isfinite(values).all() or name == "clock.moment", name
    assert all(np.isfinite(mixture.mixed).all() for mixture in mixtures)


@pytest.mark.parametrize(
    "wrong", [{"strategy": "guess"}, {"fixed_gain": 0.0}, {"reground_ticks": 0}, {"company": 0}, {"stuck_ticks": 0}]
)
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="mixing settings"):
        replace(MixingSettings(), **wrong)
