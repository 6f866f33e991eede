"""Novelty: calibrated where all is calm, lasting where a fault lasts, told once where it begins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.novelty.judge import judge
from plastic_core.novelty.judgement import Judgement
from plastic_core.novelty.memory import NoveltyMemory, NoveltySettings, accept, blank, retell
from plastic_core.novelty.visited_kernel import rarity, visit
from plastic_core.state import Float32, Float64, Int64

SETTINGS = NoveltySettings()


def tick(memory: NoveltyMemory, rows: Int64, x: Float64, error: Float64, chosen: NoveltySettings) -> Judgement:
    used = np.full(len(rows), x.shape[1])
    return judge(memory, rows, x.astype(np.float32), error.astype(np.float32), np.isfinite(x), used, chosen)


def lived(x: Float64, error: Float64 | None = None, chosen: NoveltySettings = SETTINGS) -> tuple[Float64, Float64]:
    """Novelty and onset [T, B] of streams x [T, B, D]."""
    memory, rows = blank(x.shape[1], x.shape[2], chosen), np.arange(x.shape[1])
    told = [tick(memory, rows, now, now if error is None else error[t], chosen) for t, now in enumerate(x)]
    return np.stack([one.novelty for one in told]), np.stack([one.onset for one in told])


def calm(kind: str, seed: int, ticks: int, streams: int, channels: int) -> tuple[Float64, Float64]:
    """Stationary streams and the errors of a perfect expectation."""
    noise = np.random.default_rng(seed).normal(size=(ticks, streams, channels))
    if kind == "white":
        return noise, noise
    x = np.zeros_like(noise)
    for t in range(1, ticks):
        x[t] = 0.9 * x[t - 1] + noise[t]
    return x * 0.436, noise * 0.436


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["white", "wandering"])
@pytest.mark.parametrize("channels", [1, 4])
def test_calm_streams_are_as_novel_as_they_say(kind: str, channels: int) -> None:
    x, error = calm(kind, seed=channels, ticks=5000, streams=16, channels=channels)
    novelty = lived(x, error)[0][500:]
    for p in (0.1, 0.03, 0.01, 0.003):
        assert p / 3 < (novelty > 1 - p).mean() < 3 * p, p


@pytest.mark.parametrize("channels", [1, 4])
def test_onsets_are_rarer_in_calm_streams_than_they_say(channels: int) -> None:
    x, error = calm("white", seed=3, ticks=1500, streams=16, channels=channels)
    onset = lived(x, error)[1][200:]
    for p in (0.1, 0.03, 0.01):
        assert (onset > 1 - p).mean() < p, p


@pytest.mark.parametrize("channels", [1, 6])
def test_a_fault_that_lasts_stays_novel_until_it_is_over(channels: int) -> None:
    x, error = calm("white", seed=1, ticks=1600, streams=4, channels=channels)
    x[600:1200, :, : max(channels // 2, 1)] += 4.0
    novelty = lived(x, error)[0]
    assert (novelty[640:1200] >= SETTINGS.threshold).mean() > 0.99
    assert (novelty[300:600] >= SETTINGS.threshold).mean() < 0.03
    assert (novelty[1280:] >= SETTINGS.threshold).mean() < 0.05


def test_what_lasts_beyond_consolidation_becomes_normal() -> None:
    chosen = NoveltySettings(consolidation_ticks=300, adoption_ticks=64.0)
    x, error = calm("white", seed=2, ticks=3000, streams=4, channels=1)
    x[600:] += 5.0
    novelty = lived(x, error, chosen)[0]
    assert (novelty[650:880] >= chosen.threshold).all()
    assert (novelty[2000:] >= chosen.threshold).mean() < 0.05
    kept = lived(x, error)[0]
    assert (kept[650:2500] >= SETTINGS.threshold).all()


def test_what_is_said_to_be_normal_becomes_normal() -> None:
    x, error = calm("white", seed=4, ticks=2400, streams=2, channels=1)
    x[500:] += 5.0
    memory, rows = blank(2, 1, SETTINGS), np.arange(2)
    told = np.zeros((len(x), 2))
    for t, now in enumerate(x):
        if t == 700:
            accept(memory, rows[:1], SETTINGS)
        told[t] = tick(memory, rows, now, error[t], SETTINGS).novelty
    assert (told[600:700] >= SETTINGS.threshold).all()
    assert (told[1800:, 0] >= SETTINGS.threshold).mean() < 0.05
    assert (told[1800:, 1] >= SETTINGS.threshold).all()


def test_larger_errors_are_novel_though_values_are_usual() -> None:
    x, error = calm("white", seed=5, ticks=1000, streams=4, channels=1)
    error[600:] *= 3.0
    novelty = lived(x, error)[0]
    assert (novelty[650:] >= SETTINGS.threshold).mean() > 0.9


def test_an_onset_is_told_once_and_a_stronger_one_again() -> None:
    x = np.tile(np.sin(np.arange(1200) / 9.0)[:, None, None], (1, 1, 1))
    x[700:720] = 3.0
    x[760] = 9.0
    onset = lived(x)[1][:, 0]
    loud = np.flatnonzero(onset > 0.99)
    assert 700 in loud
    assert not np.any((loud > 701) & (loud < 720))
    assert 760 in loud
    assert onset[300:700].max() < 0.99


def test_a_value_that_was_seen_begins_nothing() -> None:
    x = np.tile(np.sin(np.arange(1600) / 9.0)[:, None, None], (1, 1, 1))
    x[500], x[1000], x[1400] = 3.0, 3.0, -3.0
    onset = lived(x)[1][:, 0]
    assert onset[500] > 0.99
    assert onset[1000] == 0.0
    assert onset[1400] > 0.99


def test_a_regime_is_said_once() -> None:
    x, error = calm("white", seed=6, ticks=1000, streams=1, channels=1)
    x[500:] += 5.0
    memory, rows = blank(1, 1, SETTINGS), np.zeros(1, np.int64)
    said = [t for t, now in enumerate(x) if tick(memory, rows, now, error[t], SETTINGS).regime[0]]
    assert len(said) == 1
    assert 530 <= said[0] <= 550


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), cells=st.integers(4, 40), grid=st.booleans())
def test_visited_cells_are_the_nearest_ones_in_order(seed: int, cells: int, grid: bool) -> None:
    draw = np.random.default_rng(seed)
    values = (draw.integers(-9, 9, 120) if grid else draw.normal(size=120)).astype(np.float32)
    kept, filled, grain, after = np.zeros(cells, np.float32), 0, 0.0, np.zeros(2)
    for place, value in enumerate(values):
        before = kept[:filled].copy()
        away = visit(kept, filled, grain, float(value), after)
        assert away == (np.abs(before - value).min() if len(before) else 0.0)
        if len(set(values[:place].tolist())) < cells:  # nothing had to make room yet
            assert away == (np.abs(values[:place] - value).min() if place else 0.0)
        filled, grain = int(after[0]), float(after[1])
        assert (np.diff(kept[:filled]) > 0).all()
        assert kept[:filled].max() <= values[: place + 1].max()
    assert abs(kept[:filled].max() - values.max()) <= grain
    assert abs(kept[:filled].min() - values.min()) <= grain


def test_rarity_is_a_share_of_what_was_counted() -> None:
    counts = np.zeros(48, np.float32)
    counts[[20, 24, 30]] = 5, 3, 1  # half octaves from 2^-16 on
    assert rarity(counts, 9.0, 2.0**-4, 1.0) == pytest.approx((3 + 1 + 1) / 10)
    assert rarity(counts, 9.0, 2.0**-8, 1.0) == 1.0
    assert rarity(counts, 9.0, 2.0**3, 1.0) == pytest.approx(1 / 10)
    assert rarity(counts, 9.0, 0.0, 1.0) == 1.0
    assert rarity(counts, 0.0, 1.0, 1.0) == 1.0
    falling = [rarity(counts, 9.0, away, 1.0) for away in np.geomspace(1e-5, 200, 300)]
    assert (np.diff(falling) <= 0).all()


def test_no_stream_hangs_on_its_mates() -> None:
    x, error = calm("wandering", seed=7, ticks=300, streams=5, channels=3)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = np.nan
    together, alone = blank(5, 3, SETTINGS), blank(5, 3, SETTINGS)
    for t, now in enumerate(x):
        order = np.random.default_rng(t).permutation(5)
        tick(together, order, now[order], error[t, order], SETTINGS)
        for row in range(5):
            tick(alone, np.array([row]), now[[row]], error[t, [row]], SETTINGS)
    for name, values in together._asdict().items():
        assert values.tobytes() == getattr(alone, name).tobytes(), name


@pytest.mark.parametrize(("gain", "offset"), [(0.25, 1.5), (8.0, -3.0), (0.7, 0.0)])
def test_new_codes_change_no_judgement(gain: float, offset: float) -> None:
    x, error = calm("wandering", seed=8, ticks=900, streams=3, channels=2)
    x[700:] += 4.0
    same, told = blank(3, 2, SETTINGS), blank(3, 2, SETTINGS)
    rows, shape = np.arange(3), (3, 2)
    for t, now in enumerate(x):
        if t == 400:
            retell(told, rows, np.full(shape, gain), np.full(shape, offset))
        scale, shift = (gain, offset) if t >= 400 else (1.0, 0.0)
        one = tick(same, rows, now, error[t], SETTINGS)
        other = tick(told, rows, now * scale + shift, error[t] * scale, SETTINGS)
        np.testing.assert_allclose(other.novelty, one.novelty, atol=0.02)
    assert (other.novelty > 0.9).all()


def test_extreme_codes_leave_the_memory_finite() -> None:
    memory, rows = blank(1, 1, SETTINGS), np.zeros(1, np.int64)
    for t, gain in enumerate([0.0, 1e36, 1e-36, 1.0] * 30):
        tick(memory, rows, np.array([[1e6 * (-1) ** t]]), np.array([[1e6]]), SETTINGS)
        retell(memory, rows, np.full((1, 1), gain), np.full((1, 1), 1e36 * (-1) ** t))
    for name, values in memory._asdict().items():
        assert np.isfinite(values).all(), name


def test_a_tick_without_a_value_is_not_novel() -> None:
    x, error = calm("white", seed=9, ticks=300, streams=1, channels=1)
    x[200:] = np.nan
    novelty, onset = lived(x, error)
    assert novelty[200:].max() == 0.0
    assert onset[200:].max() == 0.0


def shifted(seed: int) -> Float32:
    """A stream whose level changes at row 1000."""
    draw = np.random.default_rng(seed).normal(size=1400)
    draw[1000:] += 3.0
    return draw.astype(np.float32)


def test_regimes_are_found_as_fast_as_river_finds_drifts() -> None:
    drift = pytest.importorskip("river.drift")
    ours, theirs = list[int](), dict[str, list[int]]()
    for seed in range(8):
        x = shifted(seed)
        memory, row = blank(1, 1, SETTINGS), np.zeros(1, np.int64)
        alarms = [t for t, v in enumerate(x) if tick(memory, row, np.array([[v]]), np.array([[v]]), SETTINGS).regime[0]]
        assert not [t for t in alarms if t < 1000]
        ours.append(min(t for t in alarms if t >= 1000) - 1000)
        for name, detector in (("ADWIN", drift.ADWIN()), ("PageHinkley", drift.PageHinkley())):
            found = list[int]()
            for t, v in enumerate(x):
                detector.update(float(v))
                if detector.drift_detected:
                    found.append(t)
            theirs.setdefault(name, []).append(min((t for t in found if t >= 1000), default=1400) - 1000)
    assert np.mean(ours) <= np.mean(theirs["ADWIN"]) + 32
    assert max(ours) < 64


@pytest.mark.parametrize(
    "wrong", [{"cells": 3}, {"threshold": 1.0}, {"level_ticks": 0.5}, {"opening": -1}, {"widest": 0}]
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="novelty settings"):
        NoveltySettings(**wrong)  # pyright: ignore[reportArgumentType]
