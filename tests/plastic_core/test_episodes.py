"""The episodic head against its definition, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.episodes import EpisodeMemory, EpisodeSettings, episodes_in_new_codes, initial
from plastic_core.wave.contract import Told
from plastic_core.wave.episode_kernel import rates_of, recall_rows
from plastic_core.wave.reference_episodes import Recollection

SHORT = EpisodeSettings(length=64)


def told(
    x: Float32, sensed: Bool | None = None, rows: Int64 | None = None, given: int = 0, used: int | None = None
) -> Told:
    """One tick [B, D] of streams whose percepts are x whether sensed or not."""
    count, width = x.shape
    none = np.zeros(count)
    return Told(
        rows=np.arange(count) if rows is None else rows,
        given=np.full(count, given),
        used=np.full(count, width if used is None else used),
        x=np.where(np.ones(x.shape, bool) if sensed is None else sensed, x, np.float32(0)),
        mixed=x,
        surprise=np.zeros_like(x),
        sensed=np.ones(x.shape, bool) if sensed is None else sensed,
        stale=np.zeros(x.shape, bool),
        now=none - 1,
        ahead=none - 1,
        share=np.ones(count, np.float32),
    )


def lived(x: Float32, settings: EpisodeSettings, sensed: Bool | None = None) -> tuple[EpisodeMemory, Float32, Float32]:
    """A stream [T, D] lived through: its memory, and what was recalled and moved, [T, D, H]."""
    memory, rates = initial(1, x.shape[1], settings), rates_of(settings)
    recalled, moved = list[Float32](), list[Float32]()
    for t in range(len(x)):
        recall_rows(told(x[t : t + 1], None if sensed is None else sensed[t : t + 1]), rates, memory)
        recalled.append(memory.recalled[0].copy())
        moved.append(memory.moved[0].copy())
    return memory, np.array(recalled), np.array(moved)


def walks(ticks: int, width: int, seed: int, size: float = 1.0) -> Float32:
    """float32[T, D]: noisy sines and random walks in turn, about `size` large."""
    draw = np.random.default_rng(seed)
    sines = np.sin(np.arange(ticks)[:, None] / np.arange(3, 3 + width))
    steps = np.cumsum(draw.normal(0, 0.1, (ticks, width)), axis=0)
    mixed = np.where(np.arange(width) % 2, steps, sines) + draw.normal(0, 0.05, (ticks, width))
    return np.clip(size * mixed, -8, 8).astype(np.float32)


@pytest.mark.parametrize("width", [1, 2, 7, 20])
@pytest.mark.parametrize("missing", [0.0, 0.3, 0.9])
def test_equals_its_definition_far_beyond_the_end_of_the_ring(width: int, missing: float) -> None:
    x = walks(140, width, width)
    sensed = np.random.default_rng(1).random(x.shape) >= missing
    settings = EpisodeSettings(((0.0, 0.1), (0.7, 0.2)), ((0.0, 0.1), (0.6, 0.2)), 64, horizon_ticks=40)
    memory, recalled, moved = lived(x, settings, sensed)
    reference = Recollection(width, settings)
    for t in range(len(x)):
        want, gone = reference.recall(x[t].astype(np.float64), x[t].astype(np.float64), sensed[t])
        np.testing.assert_allclose(recalled[t], want, atol=2e-5)
        np.testing.assert_allclose(moved[t], gone, atol=2e-5)
    assert memory.lived[0] == len(x)
    for found, want in ((memory.change[0], reference.joint.change), (memory.spread[0], reference.joint.spread)):
        assert found == pytest.approx(want, rel=1e-4)
    assert memory.own_change[0].tolist() == pytest.approx([own.change for own in reference.own], rel=1e-4)
    assert memory.own_spread[0].tolist() == pytest.approx([own.spread for own in reference.own], rel=1e-4)


@pytest.mark.parametrize(("joint", "own"), [((), ((0.5, 0.1),)), (((0.5, 0.1),), ()), ((), ())])
def test_either_kind_of_heads_may_be_left_out(
    joint: tuple[tuple[float, float], ...], own: tuple[tuple[float, float], ...]
) -> None:
    x, settings = walks(30, 2, 0), EpisodeSettings(joint, own, 64)
    _, recalled, moved = lived(x, settings)
    reference = Recollection(2, settings)
    for t in range(30):
        want, gone = reference.recall(x[t].astype(np.float64), x[t].astype(np.float64), np.ones(2, bool))
        np.testing.assert_allclose(recalled[t], want, atol=2e-5)
        np.testing.assert_allclose(moved[t], gone, atol=2e-5)


def test_a_motif_shown_once_is_recalled_on_its_return() -> None:
    draw = np.random.default_rng(3)
    motif = draw.normal(size=(20, 8))
    x = np.concatenate([draw.normal(size=(300, 8)), motif, draw.normal(size=(150, 8)), motif]).astype(np.float32)
    _, recalled, moved = lived(x, EpisodeSettings(joint=((0.5, 0.15),)))
    again = np.arange(len(x) - 15, len(x) - 1)
    level = np.mean((x[again] - x[again + 1]) ** 2)
    went = recalled[again, :, 0]
    assert np.mean((went - x[again + 1]) ** 2) < 0.1 * level
    assert np.mean((x[again] + moved[again, :, 0] - x[again + 1]) ** 2) < 0.1 * level
    fresh = np.arange(200, 299)
    assert np.mean((recalled[fresh, :, 0] - x[fresh + 1]) ** 2) > 0.5 * np.mean(x[fresh + 1] ** 2)


def test_own_heads_recall_what_other_channels_would_hide() -> None:
    """Two logistic maps that have nothing to do with each other, beside six channels of noise."""
    draw = np.random.default_rng(0)
    maps = [draw.uniform(0.2, 0.8, 2)]
    for _ in range(799):
        maps.append(3.9 * maps[-1] * (1 - maps[-1]))
    x = np.hstack([np.array(maps), draw.normal(size=(800, 6))]).astype(np.float32)
    _, recalled, _ = lived(x, EpisodeSettings())
    wrong = np.mean((recalled[600:-1, :2] - x[601:, :2, None]) ** 2, axis=(0, 1)) / x[:, :2].var()
    assert wrong[len(EpisodeSettings().joint)] < 0.1
    assert wrong[:3].min() > 0.5


def test_what_was_forgotten_is_not_recalled() -> None:
    draw = np.random.default_rng(3)
    motif = draw.normal(size=(20, 8))
    x = np.concatenate([motif, draw.normal(size=(64, 8)), motif]).astype(np.float32)
    again = np.arange(len(x) - 15, len(x) - 1)
    _, short, _ = lived(x, SHORT)
    _, long, _ = lived(x, EpisodeSettings(length=128))
    forgotten, kept = (np.mean((read[again, :, 1] - x[again + 1]) ** 2) for read in (short, long))
    assert kept < 0.05 * forgotten


def test_a_young_stream_reads_its_level() -> None:
    x = walks(2, 3, 0)
    _, recalled, moved = lived(x, SHORT)
    assert np.array_equal(recalled[0], np.repeat(x[0][:, None], EpisodeSettings().heads, axis=1))
    assert not moved[0].any()
    np.testing.assert_allclose(recalled[1], np.repeat(x[1][:, None], EpisodeSettings().heads, axis=1), atol=1e-6)


@pytest.mark.parametrize("size", [0.5, 8.0])
def test_the_same_is_recalled_at_any_size_of_the_codes(size: float) -> None:
    x = walks(200, 2, 5) / np.float32(4)
    _, recalled, moved = lived(x, SHORT)
    _, scaled, gone = lived((np.float32(size) * x), SHORT)
    np.testing.assert_allclose(scaled / size, recalled, atol=5e-3)
    np.testing.assert_allclose(gone / size, moved, atol=5e-3)


def test_rows_are_independent_to_the_last_bit() -> None:
    x = np.stack([walks(150, 5, seed) for seed in range(4)], axis=1)
    sensed = np.random.default_rng(2).random(x.shape) > 0.2
    rates = rates_of(SHORT)
    pool = initial(6, 5, SHORT)
    places = np.array([5, 0, 3, 2])
    for t in range(len(x)):
        order = np.random.default_rng(t).permutation(4)
        recall_rows(told(x[t, order], sensed[t, order], places[order]), rates, pool)
    for stream, place in enumerate(places):
        alone, _, _ = lived(x[:, stream], SHORT, sensed[:, stream])
        for one, many in zip(alone, pool, strict=True):
            assert one[0].tobytes() == many[place].tobytes()
    for place in (1, 4):
        assert not any(array[place].any() for array in pool)


def test_only_channels_in_use_and_not_given_are_remembered_and_compared() -> None:
    x = walks(100, 6, 1)
    noisy = x.copy()
    noisy[:, [0, 1, 5]] = np.random.default_rng(0).uniform(-8, 8, (100, 3))
    memories = [initial(1, 6, SHORT) for _ in range(2)]
    for t in range(100):
        for memory, values in zip(memories, (x, noisy), strict=True):
            recall_rows(told(values[t : t + 1], given=2, used=5), rates_of(SHORT), memory)
    for one, other in zip(*memories, strict=True):
        assert one.tobytes() == other.tobytes()
    assert not memories[0].ring[0, [0, 1, 5]].any()
    assert memories[0].recalled[0, 2:5].all()
    assert not memories[0].recalled[0, [0, 1, 5]].any()


def test_a_missing_channel_does_not_count_in_the_distance() -> None:
    """The pattern of channel 0 goes on while channel 1 is silent and what is imagined for it is far off."""
    pattern = np.random.default_rng(0).permutation(np.linspace(-3.5, 3.5, 8))
    x = np.tile(np.stack([pattern, -pattern], axis=1), (10, 1)).astype(np.float32)
    sensed = np.ones(x.shape, bool)
    x[72:, 1], sensed[72:, 1] = 8.0, False
    _, recalled, _ = lived(x, EpisodeSettings(((0.0, 0.01),), (), 64), sensed)
    assert np.abs(recalled[60:71, :, 0] - x[61:72]).max() < 0.05
    assert np.abs(recalled[72:-1, 0, 0] - x[73:, 0]).max() < 0.05


def test_a_silent_tick_keeps_the_course_before_it() -> None:
    x = walks(100, 2, 0)
    memory, _, _ = lived(x, SHORT)
    kept = [name for name in memory._fields if "distance" in name or "change" in name or "spread" in name]
    before = {name: getattr(memory, name).copy() for name in kept}
    recall_rows(told(x[-1:], np.zeros((1, 2), bool)), rates_of(SHORT), memory)
    for name, was in before.items():
        assert np.array_equal(was, getattr(memory, name)), name
    assert memory.lived[0] == 101


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.sampled_from([-8.0, -1e-3, -1e-30, 0.0, 1e-38, 1e-6, 1.0, 8.0]), min_size=1, max_size=12),
    keep=st.sampled_from([0.0, 0.5, 0.999]),
    silent=st.integers(0, 5),
)
def test_memories_stay_finite_and_normal_for_ever(values: list[float], keep: float, silent: int) -> None:
    """Whatever the codes, and after a calm as long as it may be: no number too large, none too small to be fast."""
    heads = EpisodeSettings(((keep, 0.1),), ((keep, 0.1),), 64)
    x = np.concatenate([np.tile(values, 30), np.full(2000, values[-1])]).astype(np.float32)[:, None]
    sensed = (np.arange(len(x)) % 6 >= silent)[:, None]
    memory, recalled, moved = lived(x, heads, sensed)
    assert np.isfinite(recalled).all()
    assert np.isfinite(moved).all()
    assert np.abs(recalled).max() <= 8.001
    assert np.abs(moved).max() <= 16.001
    for array in (
        memory.distance,
        memory.own_distance,
        memory.change,
        memory.spread,
        memory.own_change,
        memory.own_spread,
    ):
        assert np.isfinite(array).all()
        assert (array[array != 0] > np.finfo(np.float32).tiny).all()


def test_a_count_of_ticks_beyond_any_life_wraps_around_as_well() -> None:
    x = walks(200, 2, 0)
    young, old = initial(1, 2, SHORT), initial(1, 2, SHORT)
    for memory in (young, old):
        for t in range(100):
            recall_rows(told(x[t : t + 1]), rates_of(SHORT), memory)
    old.lived[:] += 64 * 10**15
    young.lived[:] += 64 * 100
    for t in range(100, 200):
        for memory in (young, old):
            recall_rows(told(x[t : t + 1]), rates_of(SHORT), memory)
        assert old.recalled.tobytes() == young.recalled.tobytes()


def test_new_codes_leave_what_is_recalled_as_it_is() -> None:
    x = walks(160, 3, 4)
    gain, offset = np.array([[0.5, 0.5, 0.5]]), np.array([[1.0, -0.5, 0.0]])
    told_anew = (x * gain + offset).astype(np.float32)
    memory, recalled, moved = lived(x, SHORT)
    changing = initial(1, 3, SHORT)
    for t in range(160):
        if t == 100:
            for name, values in episodes_in_new_codes(changing, np.array([0]), gain, offset).items():
                getattr(changing, name)[:] = values
        recall_rows(told((x if t < 100 else told_anew)[t : t + 1]), rates_of(SHORT), changing)
    np.testing.assert_allclose(changing.recalled[0], recalled[-1] * gain.T + offset.T, atol=1e-3)
    np.testing.assert_allclose(changing.moved[0], moved[-1] * gain.T, atol=1e-3)
    np.testing.assert_allclose(changing.spread, memory.spread * 0.25, rtol=1e-4)
    np.testing.assert_allclose(changing.own_change, memory.own_change * 0.25, rtol=1e-4)


def test_new_codes_of_one_channel_leave_near_and_far_about_as_they_were() -> None:
    x = walks(300, 2, 4)
    gain, offset = np.array([[0.25, 1.0]]), np.array([[0.0, 0.0]])
    memory, _, _ = lived(x, SHORT)
    native, _, _ = lived((x * gain).astype(np.float32), SHORT)
    anew = episodes_in_new_codes(memory, np.array([0]), gain, offset)
    np.testing.assert_allclose(anew["ring"], native.ring, atol=1e-6)
    np.testing.assert_allclose(anew["own_distance"], native.own_distance, rtol=1e-4, atol=1e-6)
    assert 0.5 < float(np.mean(anew["distance"]) / np.mean(native.distance)) < 2
    assert 0.5 < float(anew["spread"][0] / native.spread[0]) < 2
    assert 0.5 < float(anew["change"][0] / native.change[0]) < 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"joint": ((1.0, 0.1),)},
        {"own": ((-0.1, 0.1),)},
        {"joint": ((0.5, 0.0),)},
        {"own": ((0.5, 0.1), (0.0, 0.1))},
        {"length": 0},
        {"length": 100},
        {"horizon_ticks": 0.5},
        {"doubt": 0.0},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="episode settings"):
        EpisodeSettings(**wrong)  # pyright: ignore[reportArgumentType]
