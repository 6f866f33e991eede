"""The precision gain as functions, and as part of a core that lives through a stream."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.clock import ClockSettings, initial, looked_at
from plastic_core.core import Core, CoreConfig
from plastic_core.mixing.errors import Errors, noise, stated_noise, tracked
from plastic_core.mixing.gains import precision_gain
from plastic_core.mixing.mixture import Doubts, Mixture
from plastic_core.mixing.settings import MixingSettings
from plastic_core.mixing.weighing import mixture as weighed
from plastic_core.mixing.weighing import spreads

SETTINGS = MixingSettings(strategy="precision")
positive = st.floats(0.0, 100.0, width=32)


def row(*values: float) -> Float32:
    return np.array([values], np.float32)


def mixture(
    x: Float32,
    sensed: Bool,
    expected: Float32,
    errors: Errors,
    seen: Int64,
    imagined: Int64,
    settings: MixingSettings,
    stated: Float32 | None = None,
) -> Mixture:
    """A mixture where nothing is out of line."""
    x = np.where(sensed, x, np.float32(0))
    expected = np.where(sensed & (seen == 0), x, expected)
    deviation, sensor = spreads(errors, stated)
    nothing, zeros = np.zeros(x.shape, bool), np.zeros_like(x)
    doubts = Doubts(nothing[0], expected, deviation * deviation, nothing, zeros, zeros)
    moments = np.zeros((*x.shape, 5), np.float32)
    unknown, none = np.full(len(x), np.nan), np.zeros(len(x), np.int64)
    hands = looked_at(initial(len(x), x.shape[1], ClockSettings()), none, unknown, ClockSettings())
    told = doubts, deviation, sensor, moments, seen, imagined, settings
    return weighed(x, sensed, expected, *told, foretold=expected, hands=hands, given=none)


def mixed_once(x: float, *, sensed: bool = True, expected: float = 0.0, seen: int = 50, imagined: int = 0) -> Mixture:
    errors = Errors(row(1.0), row(-0.5), row(0.0))
    counts = np.array([[seen]]), np.array([[imagined]])
    return mixture(row(x), np.array([[sensed]]), row(expected), errors, *counts, SETTINGS)


@settings(deadline=None)
@given(variance=positive, alternation=st.floats(-100.0, 100.0, width=32), error=st.floats(-16.0, 16.0, width=32))
def test_gain_lies_between_nothing_and_all(variance: float, alternation: float, error: float) -> None:
    sensor = noise(row(variance), row(alternation))
    gain = precision_gain(row(variance), sensor, row(error), SETTINGS.surprise_sigmas)
    assert 0 <= sensor[0, 0] <= np.float32(variance)
    assert 0 < gain[0, 0] <= 1


def test_gain_is_the_ratio_of_variances_and_rises_with_surprise() -> None:
    errors = np.array([[0.0, 2.9, 3.5, 10.0]], np.float32)
    gain = precision_gain(np.full_like(errors, 1.0), np.full_like(errors, 0.75), errors, 3.0)[0]
    assert gain[0] == pytest.approx(0.25)
    assert gain[1] == gain[0]
    assert gain[3] > gain[2] > gain[1]
    assert gain[3] > 0.98


def test_missing_is_imagined_and_believed_to_no_degree() -> None:
    result = mixed_once(7.0, sensed=False, expected=1.5)
    assert (result.gain[0, 0], result.mixed[0, 0], result.error[0, 0]) == (0.0, 1.5, 0.0)
    assert result.imputed[0, 0]
    assert result.surprise[0] == 0
    assert not result.overridden[0, 0]


def test_a_channel_never_sensed_is_not_imputed() -> None:
    assert not mixed_once(0.0, sensed=False, seen=0).imputed[0, 0]


def test_the_first_value_is_taken_as_it_is() -> None:
    result = mixed_once(5.0, expected=0.0, seen=0)
    assert (result.gain[0, 0], result.mixed[0, 0], result.expected[0, 0], result.error[0, 0]) == (1.0, 5.0, 5.0, 0.0)
    assert result.surprise[0] == 0


@pytest.mark.parametrize(("imagined", "stale"), [(598, False), (599, False), (600, True)])
def test_imagining_is_bounded(imagined: int, stale: bool) -> None:
    assert mixed_once(0.0, sensed=False, imagined=imagined).stale[0, 0] == stale
    assert not mixed_once(0.0, imagined=imagined).stale[0, 0]


def test_surprise_is_the_root_mean_square_in_sigmas() -> None:
    errors = Errors(row(4.0, 1.0, 1.0), row(0, 0, 0), row(0, 0, 0))
    seen, imagined = np.full((1, 3), 50), np.zeros((1, 3), np.int64)
    sensed = np.array([[True, True, False]])
    result = mixture(row(2.0, 3.0, 9.0), sensed, row(0, 0, 0), errors, seen, imagined, SETTINGS)
    assert result.surprise[0] == pytest.approx(np.sqrt((1 + 9) / 2), rel=1e-4)


def test_override_is_said_where_perception_leaves_the_sensor() -> None:
    errors = Errors(row(1.0), row(-0.9), row(0.0))
    seen, imagined = np.array([[50]]), np.array([[0]])
    sensed = np.array([[True]])
    near = mixture(row(1.0), sensed, row(0.0), errors, seen, imagined, SETTINGS)
    far = mixture(row(2.8), sensed, row(0.0), errors, seen, imagined, SETTINGS)
    assert not near.overridden[0, 0]
    assert far.overridden[0, 0]
    assert abs(far.mixed[0, 0] - 2.8) > SETTINGS.override_sigmas


def perceived(core: Core, x: Float32, sensed: np.ndarray | None = None) -> tuple[Float32, list[Mixture]]:
    """Life of one stream of one channel on x [T]: what was perceived, [T], and the mixtures."""
    memory, rows, used = core.initial(1), np.array([0]), np.array([1])
    present = np.ones(len(x), bool) if sensed is None else sensed
    mixtures: list[Mixture] = []
    for value, there in zip(x, present, strict=True):
        mixtures.append(core.mix(memory, rows, row(value), np.array([[there]]), used))
        core.learn(memory, rows, mixtures[-1], used)
        core.step(memory, rows, mixtures[-1], used)
        core.expect(memory, rows, mixtures[-1], used)
    return np.array([mixture.mixed[0, 0] for mixture in mixtures]), mixtures


CORE = Core.build(CoreConfig(neurons=16, width=1, mixing=SETTINGS))


@pytest.mark.parametrize("seed", range(5))
def test_noise_on_a_slow_signal_is_filtered(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth = np.sin(np.arange(2000) / 60)
    x = (truth + generator.normal(0, 0.5, 2000)).astype(np.float32)
    mixed, _ = perceived(CORE, x)
    raw, ours = np.mean((x - truth)[300:] ** 2), np.mean((mixed - truth)[300:] ** 2)
    assert ours < 0.7 * raw


@pytest.mark.parametrize("height", [-6.0, 4.0, 7.0])
def test_a_big_step_is_followed_within_two_ticks(height: float) -> None:
    generator = np.random.default_rng(1)
    x = generator.normal(0, 0.2, 600).astype(np.float32)
    x[500:] += np.float32(height)
    mixed, mixtures = perceived(CORE, x)
    assert mixtures[500].surprise[0] > 5
    assert abs(mixed[501] - x[501]) < 0.2 * abs(height)
    assert np.abs(mixed[502:510] - height).max() < 0.2 * abs(height)


def test_a_clean_signal_is_believed() -> None:
    x = np.cumsum(np.random.default_rng(2).normal(0, 0.05, 1000)).astype(np.float32)
    mixed, mixtures = perceived(CORE, np.clip(x, -8, 8))
    assert np.mean([m.gain[0, 0] for m in mixtures[300:]]) > 0.8
    assert np.mean((mixed - x)[300:] ** 2) < 0.1 * 0.05**2


def test_a_gap_is_bridged_better_than_by_holding_still() -> None:
    x = (3 * np.sin(np.arange(1200) / 8)).astype(np.float32)
    sensed = np.ones(1200, bool)
    sensed[1000:1008] = False
    mixed, mixtures = perceived(CORE, x, sensed)
    gap = slice(1000, 1008)
    assert all(m.imputed[0, 0] for m in mixtures[gap])
    assert np.mean((mixed - x)[gap] ** 2) < 0.3 * np.mean((x[999] - x[gap]) ** 2)


def test_expectation_holds_still_once_stale() -> None:
    core = Core.build(CoreConfig(neurons=16, width=1, mixing=replace(SETTINGS, longest_imagined=20)))
    x = (3 * np.sin(np.arange(500) / 8)).astype(np.float32)
    mixed, mixtures = perceived(core, x, np.arange(500) < 400)
    assert not mixtures[419].stale[0, 0]
    assert mixtures[420].stale[0, 0]
    assert np.ptp(mixed[421:]) == 0
    assert np.ptp(mixed[400:420]) > 0


@pytest.mark.parametrize("wrong", [{"memory_ticks": 0.5}, {"surprise_sigmas": 0.0}, {"longest_imagined": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="mixing settings"):
        MixingSettings(**wrong)


def test_a_reading_that_states_its_doubt_is_believed_less_and_surprises_less() -> None:
    errors = Errors(row(0.01), row(-0.001), row(0.0))
    counts = np.array([[50]]), np.array([[0]])

    def once(stated: float) -> Mixture:
        return mixture(row(2.0), np.array([[True]]), row(0.0), errors, *counts, SETTINGS, row(stated))

    sure, doubtful = once(0.05), once(2.0)
    assert sure.surprise[0] > 10 > 3 > doubtful.surprise[0]
    assert sure.gain[0, 0] > 0.9
    assert doubtful.gain[0, 0] < 0.01
    plain = mixture(row(2.0), np.array([[True]]), row(0.0), errors, *counts, SETTINGS)
    for name in ("gain", "mixed", "deviation", "surprise"):
        assert getattr(once(0.0), name).tobytes() == getattr(plain, name).tobytes()
    after = [tracked(errors, seen, row(0.0), *counts, 128.0).variance[0, 0] for seen in (plain, doubtful)]
    assert after[0] > 0.04  # an error of twenty sigmas without a word
    assert after[1] == pytest.approx(0.01, rel=0.01)  # one of a sigma, by what the sensor said


@settings(deadline=None)
@given(variance=positive, share=st.floats(0.0, 1.0, width=32), stated=positive)
def test_the_expectations_share_of_the_doubt_stays(variance: float, share: float, stated: float) -> None:
    sensor = row(variance * share)
    total, own = stated_noise(row(variance), sensor, row(stated))
    told = stated > 0
    assert own[0, 0] == (np.float32(stated) ** 2 if told else sensor[0, 0])
    assert total[0, 0] >= own[0, 0] or not told
    rounding = 1e-5 * (1 + float(total[0, 0]))
    assert float(total[0, 0] - own[0, 0]) == pytest.approx(max(variance - float(sensor[0, 0]), 0), abs=rounding)
