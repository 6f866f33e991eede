"""The core as a service sees it: learning, versions, pools, rescaling."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.core import Core, CoreConfig
from plastic_core.episodes import EpisodeSettings
from plastic_core.readout import ReadoutSettings
from plastic_core.regimes import RegimeSettings
from plastic_core.slow import drawn
from plastic_core.state import Bool, Float32, Memory, digest

SMALL = CoreConfig(neurons=16, width=4)
CORE = Core.build(SMALL)
EXACT = Core.build(replace(SMALL, episodes=EpisodeSettings(joint=())))
"""Joint heads tell their distances in new codes only on the whole, see episodes.py."""
ROW = np.array([0])


def tick(core: Core, memory: Memory, x: Float32, sensed: Bool | None = None, *, learn: bool = True) -> Float32:
    """One tick of a pool of one; returns the error [D]."""
    used = np.array([core.config.width])
    mixture = core.mix(memory, ROW, x[None], np.ones((1, len(x)), bool) if sensed is None else sensed[None], used)
    if learn:
        core.learn(memory, ROW, mixture, used)
    core.step(memory, ROW, mixture, used)
    core.expect(memory, ROW, mixture, used)
    return mixture.error[0]


def waves(ticks: int, noise: float = 0.0, seed: int = 0) -> Float32:
    """float32[T, 4]: sines of different periods."""
    time = np.arange(ticks)[:, None]
    clean = 2 * np.sin(time / np.array([3.0, 5.0, 9.0, 17.0]))
    return (clean + np.random.default_rng(seed).normal(0, noise, clean.shape)).astype(np.float32)


def errors(core: Core, x: Float32, *, learn: bool = True) -> Float32:
    memory = core.initial(1)
    return np.array([tick(core, memory, values, learn=learn) for values in x])


def test_a_sine_is_learned_far_beyond_last_value() -> None:
    x = waves(1500, noise=0.02)
    ours = np.mean(errors(CORE, x)[-300:] ** 2, axis=0)
    last = np.mean(np.diff(x, axis=0)[-300:] ** 2, axis=0)
    assert (ours < 0.2 * last).all()


def test_without_learning_the_expectation_is_no_better() -> None:
    x = waves(1500, noise=0.02)
    last = np.mean(np.diff(x, axis=0)[-300:] ** 2)
    assert np.mean(errors(CORE, x, learn=False)[-300:] ** 2) > 0.9 * last
    own_only = Core.build(replace(SMALL, readout=ReadoutSettings(joint=False)))
    assert not own_only.initial(1).readout.joint.any()
    assert np.mean(errors(own_only, x)[-300:] ** 2) < 0.2 * last


def test_neurons_carry_what_a_channel_alone_cannot_know() -> None:
    """Channel 0 changes its sign at random; channel 1 follows it one tick later."""
    generator = np.random.default_rng(0)
    sign = np.cumprod(np.where(generator.random(4001) < 0.2, -1.0, 1.0))
    x = np.stack([sign[1:], sign[:-1]], 1).astype(np.float32)
    config = CoreConfig(neurons=32, width=2)
    by_itself = replace(config, episodes=EpisodeSettings(joint=()), regimes=RegimeSettings(channels=1))
    whole = errors(Core.build(by_itself), x)[-500:]
    alone = errors(Core.build(replace(by_itself, readout=ReadoutSettings(joint=False))), x)[-500:]
    assert np.mean(alone[:, 1] ** 2) > 0.5
    assert np.mean(whole[:, 1] ** 2) < 0.3 * np.mean(alone[:, 1] ** 2)
    assert np.mean(whole[:, 0] ** 2) < 1.1 * np.mean(alone[:, 0] ** 2)


def lived_activity(x: Float32, rate: float) -> Float32:
    """Activity [T, N] of the default neurons, their traces learning at a share of their rate."""
    core = Core.build(CoreConfig(width=x.shape[1]))
    memory, used = core.initial(1), np.array([x.shape[1]])
    activity: list[Float32] = []
    for values in x:
        mixture = core.mix(memory, ROW, values[None], values[None] == values[None], used)
        core.learn(memory, ROW, mixture, used)
        core.step(memory, ROW, mixture, used, np.array([rate], np.float32))
        core.expect(memory, ROW, mixture, used)
        activity.append(memory.hidden[0].copy())
    return np.array(activity)


def test_neurons_and_traces_stay_alive_on_a_long_stream() -> None:
    """Saturation and collapse are silent deaths of a plastic network: variance, ends and effective rank tell."""
    x = waves(3000, noise=0.3) / np.float32(2**0.5)
    plastic, frozen = lived_activity(x, 1.0)[-1000:], lived_activity(x, 0.0)[-1000:]
    eigenvalues = np.linalg.eigvalsh(np.cov(plastic.T))
    assert plastic.var(axis=0).mean() > 0.01
    assert np.mean(np.abs(plastic) > 0.95) < 0.25
    assert eigenvalues.sum() ** 2 / (eigenvalues**2).sum() > 3
    assert np.std(plastic - frozen) > 0.01


def test_random_walks_are_not_predicted_worse_than_by_their_last_value() -> None:
    x = np.cumsum(np.random.default_rng(3).normal(0, 0.05, (2000, 4)), axis=0)
    x = np.clip(x, -8, 8).astype(np.float32)
    assert np.mean(errors(CORE, x)[300:] ** 2) < 1.03 * np.mean(np.diff(x, axis=0)[299:] ** 2)


def test_same_config_same_version_and_every_part_counts() -> None:
    assert Core.build(SMALL).version == CORE.version
    assert Core.build(replace(SMALL, engine="reference")).version == CORE.version
    others = (
        replace(SMALL, seed=1),
        replace(SMALL, rule="hebb"),
        replace(SMALL, neurons=17),
        replace(SMALL, readout=ReadoutSettings(lags=4)),
        replace(SMALL, mixing=replace(SMALL.mixing, override_sigmas=3.0)),
    )
    assert len({CORE.version, *(Core.build(other).version for other in others)}) == 1 + len(others)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rule": "hobb"}, "no plasticity rule 'hobb'"),
        ({"engine": "abacus"}, "no engine 'abacus'"),
        ({"neurons": 0}, "at least 1"),
        ({"width": 0}, "at least 1"),
    ],
)
def test_impossible_configs_are_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Core.build(replace(SMALL, **wrong))


def test_weights_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="slow weights are for"):
        Core.of(SMALL, drawn(16, 5, 0))


@pytest.mark.parametrize(("rows", "used"), [([2], [1]), ([-1], [1]), ([0], [5]), ([0], [-1]), ([0, 1], [1])])
def test_rows_and_channels_that_are_not_there_are_refused(rows: list[int], used: list[int]) -> None:
    x = np.zeros((len(rows), 4), np.float32)
    with pytest.raises(IndexError):
        CORE.mix(CORE.initial(2), np.array(rows), x, x > -1, np.array(used))


def test_mix_changes_nothing_and_each_other_stage_something() -> None:
    memory, used = CORE.initial(1), np.array([4])
    x = waves(5)
    for values in x[:4]:
        tick(CORE, memory, values)
    seen = [digest(memory, 0)]
    mixture = CORE.mix(memory, ROW, x[4:], x[4:] == x[4:], used)
    assert digest(memory, 0) == seen[0]
    CORE.learn(memory, ROW, mixture, used)
    seen.append(digest(memory, 0))
    CORE.step(memory, ROW, mixture, used)
    seen.append(digest(memory, 0))
    expected = CORE.expect(memory, ROW, mixture, used)
    seen.append(digest(memory, 0))
    assert len(set(seen)) == 4
    assert memory.revision[0] == 5
    assert np.array_equal(expected, memory.expected)


def test_digest_sees_every_array_and_no_other_row() -> None:
    memory = CORE.initial(2)
    calm = digest(memory, 0)
    for name, values in memory.arrays().items():
        values[1].fill(9) if values.ndim > 1 else values.__setitem__(1, 9)
        assert digest(memory, 0) == calm, name
        before = values[0].copy()
        values.reshape(2, -1)[0, -1] += 1 if abs(values.reshape(2, -1)[0, -1]) < 1e6 else 1e17
        assert digest(memory, 0) != calm, name
        values[0] = before
    assert digest(memory, 0) == calm


def test_pools_grow_take_and_put() -> None:
    memory = CORE.initial(1)
    for values in waves(10):
        tick(CORE, memory, values)
    pool = CORE.initial(2).grow(memory)
    assert len(pool) == 3
    assert digest(pool, 2) == digest(memory, 0)
    saved = pool.take(np.array([2, 0]))
    assert [digest(saved, 0), digest(saved, 1)] == [digest(pool, 2), digest(pool, 0)]
    pool.put(np.array([1]), memory)
    assert digest(pool, 1) == digest(memory, 0)
    assert digest(Memory.of(pool.arrays()), 1) == digest(memory, 0)


def told_in(x: Float32, gain: Float32, offset: Float32) -> Float32:
    return (gain * x + offset).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    gains=st.lists(st.floats(0.2, 3.0), min_size=4, max_size=4),
    offsets=st.lists(st.floats(-1.5, 1.5), min_size=4, max_size=4),
)
def test_rescaling_changes_codes_and_no_expectation(gains: list[float], offsets: list[float]) -> None:
    x = waves(60, noise=0.1) / 2
    gain, offset = np.array([gains]), np.array([offsets])
    old, new = EXACT.initial(1), EXACT.initial(1)
    for values in x[:40]:
        tick(EXACT, old, values)
        tick(EXACT, new, values)
    EXACT.rescale(new, ROW, gain, offset)
    frozen = np.zeros(1, np.float32)
    for values in x[40:]:
        np.testing.assert_allclose(new.expected, told_in(old.expected, gain, offset), atol=3e-4)
        for memory, codes in ((old, values[None]), (new, told_in(values, gain, offset))):
            used = np.array([4])
            mixture = EXACT.mix(memory, ROW, codes, codes == codes, used)
            EXACT.learn(memory, ROW, mixture, used)
            EXACT.step(memory, ROW, mixture, used, frozen)
            # the neurons see codes: give both the same activity, so that only what rescale touches is compared
            memory.hidden[:] = old.hidden
            EXACT.expect(memory, ROW, mixture, used)


def test_rescaling_back_and_forth_is_rounding() -> None:
    memory = CORE.initial(1)
    for values in waves(50):
        tick(CORE, memory, values)
    before = memory.take(ROW)
    gain, offset = np.full((1, 4), 0.5), np.full((1, 4), 0.25)
    CORE.rescale(memory, ROW, gain, offset)
    assert not np.allclose(memory.level, before.level)
    CORE.rescale(memory, ROW, 1 / gain, -offset / gain)
    for name, values in memory.arrays().items():
        np.testing.assert_allclose(values, before.arrays()[name], rtol=1e-4, atol=1e-5, err_msg=name)


@settings(max_examples=30, deadline=None)
@given(gain=st.floats(0.0, 1e36), offset=st.floats(-1e36, 1e36))
def test_any_change_of_codes_keeps_the_memory_finite_and_learning(gain: float, offset: float) -> None:
    memory = CORE.initial(1)
    for values in waves(30):
        tick(CORE, memory, values)
    CORE.rescale(memory, ROW, np.full((1, 4), gain), np.full((1, 4), offset))
    for values in waves(30):
        tick(CORE, memory, values)
    for name, values in memory.arrays().items():
        assert np.isfinite(values).all(), name
    assert np.abs(memory.expected).max() <= 8


@pytest.mark.parametrize(("gain", "offset"), [(-1.0, 0.0), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.nan)])
def test_changes_of_codes_that_mean_nothing_are_refused(gain: float, offset: float) -> None:
    with pytest.raises(ValueError, match="rescale"):
        CORE.rescale(CORE.initial(1), ROW, np.full((1, 4), gain), np.full((1, 4), offset))


def test_rescaling_leaves_unnamed_channels_and_rows_alone() -> None:
    memory = CORE.initial(2)
    for values in waves(10):
        for row in (0, 1):
            rows, used, codes = np.array([row]), np.array([4]), values[None]
            mixture = CORE.mix(memory, rows, codes, codes == codes, used)
            CORE.learn(memory, rows, mixture, used)
            CORE.step(memory, rows, mixture, used)
            CORE.expect(memory, rows, mixture, used)
    before = memory.take(np.array([0, 1]))
    CORE.rescale(memory, np.array([1]), np.array([[1, 2, 1, 1.0]]), np.zeros((1, 4)))
    assert digest(memory, 0) == digest(before, 0)
    assert np.array_equal(memory.readout.own[1, [0, 2, 3]], before.readout.own[1, [0, 2, 3]])
    assert not np.array_equal(memory.readout.short[1, 1], before.readout.short[1, 1])
