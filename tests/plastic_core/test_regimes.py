"""The bank of regimes: against its definition, over lives with and without regimes, and told in new codes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.compiled import compiled
from plastic_core.regime_codes import regimes_in_new_codes
from plastic_core.regimes import RegimeMemory, RegimeSettings, initial
from plastic_core.wave import reference_regimes
from plastic_core.wave.contract import Told
from plastic_core.wave.regime_kernel import regimes_expect_rows, regimes_learn_rows
from plastic_core.wave.student_kernel import exponential, logarithm

SETTINGS = RegimeSettings()
FLOATS = [
    name for name, array in zip(RegimeMemory._fields, initial(1, 1, SETTINGS), strict=True) if array.dtype == np.float32
]
SLOW, FAST, COUPLED = (
    np.diag([1.7, 1.5, 1.2]),
    np.diag([0.2, -0.4, 0.5]),
    np.array([[0.9, 0.0, 0.0], [0.6, -0.6, 0.0], [0.0, 0.5, 0.6]]),
)
"""Regimes: x_t = A x_{t-1} - 0.8 x_{t-2} + noise."""


def told(
    x: Float32, sensed: Bool | None = None, *, rows: Int64 | None = None, given: int = 0, used: int | None = None
) -> Told:
    """One tick of x [B, D]; what is not sensed is imagined as half of it."""
    batch, width = x.shape
    seen = np.ones((batch, width), bool) if sensed is None else sensed
    return Told(
        rows=np.arange(batch) if rows is None else rows,
        given=np.full(batch, given),
        used=np.full(batch, width if used is None else used),
        x=np.where(seen, x, 0).astype(np.float32),
        mixed=np.where(seen, x, x / 2).astype(np.float32),
        surprise=np.zeros((batch, width), np.float32),
        sensed=seen,
        stale=np.zeros((batch, width), bool),
        now=np.full(batch, -1.0),
        ahead=np.full(batch, -1.0),
        share=np.ones(batch, np.float32),
    )


def lived(memory: RegimeMemory, tick: Told, chosen: RegimeSettings = SETTINGS) -> None:
    regimes_learn_rows(tick, chosen.rates, memory)
    regimes_expect_rows(tick, chosen.rates, memory)


def visits(*stays: tuple[Any, int], seed: int = 0, loud: slice | None = None) -> tuple[Float32, Float32]:
    """Values [T, 3] of a stream that visits regimes, and what was to be expected of each [T, 3].

    loud: ticks with four times the noise.
    """
    generator = np.random.default_rng(seed)
    matrices = [matrix for matrix, ticks in stays for _ in range(ticks)]
    x, best = np.zeros((len(matrices), 3)), np.zeros((len(matrices), 3))
    noise = generator.normal(0, 0.2, x.shape)
    noise[loud or slice(0)] *= 4
    for t in range(2, len(matrices)):
        best[t] = matrices[t] @ x[t - 1] - 0.8 * x[t - 2]
        x[t] = best[t] + noise[t]
    return x.astype(np.float32), best.astype(np.float32)


def copied(memory: RegimeMemory) -> RegimeMemory:
    arrays: list[Any] = [array.copy() for array in memory]
    return RegimeMemory(*arrays)


def squared(errors: Float32, ticks: slice) -> float:
    return float(np.mean(errors[ticks] ** 2))


def levels(memory: RegimeMemory) -> Float32:
    """[R] of the first row."""
    return memory.features[0, 1 : 1 + 2 * memory.part.shape[1] : 2]


def life(x: Float32, chosen: RegimeSettings = SETTINGS) -> tuple[RegimeMemory, dict[str, Any]]:
    """The memory after a life, and what was noted of it, [T, ...] each."""
    memory = initial(1, x.shape[1], chosen)
    names = ("lead", "switched", "spawned", "slow_error", "steady")
    notes: dict[str, list[Any]] = {name: [] for name in (*names, "expected")}
    for values in x:
        notes["expected"].append(levels(memory) + memory.part[0])
        lived(memory, told(values[None]), chosen)
        for name in names:
            notes[name].append(getattr(memory, name)[0].copy())
    return memory, {name: np.array(values) for name, values in notes.items()}


def test_kernels_agree_with_the_reference_over_a_switch_and_missing_channels() -> None:
    x, _ = visits((SLOW, 150), (FAST, 120), (SLOW, 130), seed=1)
    x = np.concatenate([np.zeros((len(x), 1), np.float32), x], axis=1)
    generator = np.random.default_rng(1)
    fast, slow, switches = initial(2, 4, SETTINGS), initial(2, 4, SETTINGS), 0
    for t, values in enumerate(x):
        sensed = generator.random((1, 4)) > 0.05
        sensed[0, 3] &= t > 60
        tick = told(values[None], sensed, rows=np.array([1]), given=1, used=4 if t > 40 else 3)
        lived(fast, tick)
        reference_regimes.learn(tick, SETTINGS, slow)
        reference_regimes.expect(tick, SETTINGS, slow)
        switches += int(fast.switched[1])
        for name, ours, truth in zip(RegimeMemory._fields, fast, slow, strict=True):
            if name in FLOATS and t % 10 == 9:
                np.testing.assert_allclose(ours, truth, rtol=2e-3, atol=2e-4, err_msg=f"{name} at {t}")
            elif name not in FLOATS:
                assert ours.tobytes() == truth.tobytes(), f"{name} at {t}"
    assert switches == 2
    assert fast.slots.tolist() == [1, 2]


@compiled
def _logarithms(values: Float32, result: Float32) -> None:
    for i in range(len(values)):
        result[i] = logarithm(values[i])


@compiled
def _exponentials(values: Float32, result: Float32) -> None:
    for i in range(len(values)):
        result[i] = exponential(values[i])


def test_logarithm_and_exponential() -> None:
    values = np.concatenate([np.geomspace(1, 1e10, 5000), np.linspace(0.5, 2, 5000)]).astype(np.float32)
    powers, result = np.linspace(-4, 0, 5001).astype(np.float32), np.empty(10000, np.float32)
    _logarithms(values, result)
    truth = np.log(values.astype(np.float64))
    assert (np.abs(result - truth) <= 2e-7 + 1e-6 * np.abs(truth)).all()
    _exponentials(powers, result[:5001])
    assert np.abs(result[:5001] / np.exp(powers.astype(np.float64)) - 1).max() < 2e-6


def test_a_stream_has_the_same_bytes_in_any_batch_and_only_named_rows_change() -> None:
    lives = [visits((SLOW, 90), (FAST, 60), seed=seed)[0] for seed in range(3)]
    chosen = replace(SETTINGS, alarm=1.0, wins=1.0)
    together, alone = initial(5, 3, chosen), [initial(1, 3, chosen) for _ in lives]
    rows = np.array([3, 0, 4])
    for values in zip(*lives, strict=True):
        lived(together, told(np.stack(values), rows=rows), chosen)
        for memory, one in zip(alone, values, strict=True):
            lived(memory, told(one[None]), chosen)
    untouched = initial(5, 3, chosen)
    for ours, before, *single in zip(together, untouched, *alone, strict=True):
        for row, own in zip(rows, single, strict=True):
            assert ours[row].tobytes() == own[0].tobytes()
        assert ours[[1, 2]].tobytes() == before[[1, 2]].tobytes()
    assert together.slots.max() > 1


def test_a_stream_without_regimes_spawns_none() -> None:
    for matrix in (SLOW, COUPLED):
        x, best = visits((matrix, 3000), seed=2)
        memory, noted = life(x)
        assert memory.slots[0] == 1
        assert not noted["spawned"].any()
        late = slice(1000, None)
        assert squared(noted["expected"] - x, late) < 1.03 * squared(best - x, late)


def test_a_returning_regime_is_recognised_at_once_and_foretold_as_well_as_before() -> None:
    stay = 400
    x, best = visits((SLOW, stay), (FAST, stay), (COUPLED, stay), (SLOW, stay), (FAST, stay), (COUPLED, stay), seed=3)
    memory, noted = life(x)
    assert memory.slots[0] == 3
    assert noted["spawned"].sum() == 2
    for visit in range(3):
        first, again = visit * stay + stay - 1, (visit + 3) * stay
        assert noted["lead"][first] == visit
        assert (noted["lead"][again + 10 : again + stay] == visit).all()
        settled = slice(again + 10, again + stay)
        assert squared(noted["expected"] - x, settled) < 1.1 * squared(best - x, settled)


def test_the_slow_error_tells_a_new_regime_from_a_known_one() -> None:
    x, _ = visits((SLOW, 500), (FAST, 300), (SLOW, 300), seed=4)
    _, noted = life(x)
    error = noted["slow_error"]
    assert not error[:128].any()
    assert np.mean(error[300:500]) == pytest.approx(1, abs=0.2)
    assert np.mean(error[500:520]) > 3
    assert np.mean(error[820:1100]) == pytest.approx(1, abs=0.3)


def test_noise_that_rises_for_a_while_is_no_regime() -> None:
    for start, ticks in ((700, 20), (900, 80), (600, 300)):
        x, _ = visits((FAST, 1500), seed=5, loud=slice(start, start + ticks))
        _, noted = life(x)
        assert not noted["spawned"].any()


def test_a_full_bank_gives_up_the_regime_that_led_longest_ago() -> None:
    x, _ = visits((SLOW, 400), (FAST, 400), (COUPLED, 400), (FAST, 400), seed=3)
    memory, noted = life(x, replace(SETTINGS, slots=2))
    assert memory.slots[0] == 2
    assert noted["spawned"].sum() == 2
    assert [noted["lead"][t] for t in (399, 799, 1199, 1599)] == [0, 1, 0, 1]


def test_a_bank_of_one_slot_learns_a_new_regime_anew() -> None:
    x, best = visits((SLOW, 400), (FAST, 600), seed=3)
    memory, noted = life(x, replace(SETTINGS, slots=1))
    assert memory.slots[0] == 1
    late = slice(800, None)
    assert squared(noted["expected"] - x, late) < 1.2 * squared(best - x, late)


def test_channels_that_do_not_report_learn_nothing_and_channels_beyond_the_bank_are_not_seen() -> None:
    x = np.random.default_rng(6).normal(0, 1, (100, 4)).astype(np.float32)
    chosen = replace(SETTINGS, channels=2)
    memory, other = initial(1, 4, chosen), initial(1, 4, chosen)
    sensed = np.array([[True, False, True, True]])
    for values in x:
        lived(memory, told(values[None], sensed), chosen)
        lived(other, told(np.concatenate([values[:2], -values[2:]])[None], sensed), chosen)
    assert memory.part.shape == (1, 2)
    assert memory.judged.tolist() == [[99, 0]]
    assert memory.weights[0, 0, 0, :3].all()
    assert not memory.weights[:, :, 1].any()
    assert not memory.features[0, 3:].any()
    for one, two in zip(memory, other, strict=True):
        assert one.tobytes() == two.tobytes()


def test_a_tick_with_nothing_sensed_only_clears_the_flags() -> None:
    x, _ = visits((SLOW, 100), seed=7)
    memory, _ = life(x)
    memory.switched[0] = memory.spawned[0] = 1
    memory.slow_error[0] = 2
    before = [array.copy() for array in memory]
    regimes_learn_rows(told(x[:1], np.zeros((1, 3), bool)), SETTINGS.rates, memory)
    for name, now, then in zip(RegimeMemory._fields, memory, before, strict=True):
        if name in ("switched", "spawned", "slow_error"):
            assert not now.any()
        else:
            np.testing.assert_array_equal(now, then, err_msg=name)


def test_a_field_that_appears_later_is_learned_and_raises_no_regime() -> None:
    x, best = visits((COUPLED, 1500), seed=8)
    memory = initial(1, 3, SETTINGS)
    errors = np.zeros((len(x), 3))
    for t, values in enumerate(x):
        errors[t] = levels(memory) + memory.part[0] - values
        lived(memory, told(values[None], used=2 if t < 500 else 3))
        if t == 499:
            assert not memory.root[0, 5:].any()
            assert not memory.root[0, :, 5:].any()
    assert memory.slots[0] == 1
    assert (np.mean(errors[-500:] ** 2, axis=0) < 1.15 * np.mean((best - x)[-500:] ** 2, axis=0)).all()


HOSTILE = st.sampled_from([-8.0, -1e-3, 0.0, 1e-30, 1.0, 8.0])


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(HOSTILE, min_size=3, max_size=3), min_size=1, max_size=6),
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_memory_stays_finite_whatever_comes(values: list[list[float]], sensed: list[list[bool]], seed: int) -> None:
    """Codes that repeat for ever, jump and fall silent, and a change of codes now and then."""
    chosen = replace(SETTINGS, slots=3, alarm=0.5, wins=0.5, settled_ticks=3, gone_ticks=20, milestone_ticks=2)
    generator, memory = np.random.default_rng(seed), initial(1, 3, chosen)
    for t in range(900):
        x = np.array([values[t % len(values)]], np.float32)
        if t % 250 > 200:
            x = generator.uniform(-8, 8, (1, 3)).astype(np.float32)
        lived(memory, told(x, np.array([sensed[t % len(sensed)]]), used=2 if t < 100 else 3), chosen)
        if t % 300 == 299:
            gain, offset = generator.choice([0.0, 1e-6, 1.0, 1e6], (1, 3)), generator.uniform(-9, 9, (1, 3))
            changed = regimes_in_new_codes(memory, np.array([0]), gain, offset, chosen.ceiling)
            for name, array in changed.items():
                getattr(memory, name)[:] = array
    for name, array in zip(RegimeMemory._fields, memory, strict=True):
        assert np.isfinite(array).all(), name
    assert (memory.belief >= 0).all()
    assert memory.belief.sum() == pytest.approx(1, abs=1e-4)
    assert np.abs(memory.part).max() <= 16.01


@pytest.mark.slow
def test_memory_stays_finite_for_long() -> None:
    generator, memory = np.random.default_rng(9), initial(1, 2, SETTINGS)
    for t in range(60_000):
        calm = (t // 2000) % 3 == 0
        x = np.full((1, 2), 1.0) if calm else generator.uniform(-8, 8, (1, 2)) * (t % 7 == 0)
        lived(memory, told(x.astype(np.float32)))
    for name, array in zip(RegimeMemory._fields, memory, strict=True):
        assert np.isfinite(array).all(), name


def test_new_codes_change_neither_what_is_foretold_nor_what_will_be() -> None:
    x, _ = visits((SLOW, 300), (FAST, 200), seed=10)
    gain, offset = np.array([[0.5, 2.0, 1.0]]), np.array([[0.3, -0.2, 0.0]])
    old, _ = life(x)
    new = copied(old)
    for name, array in regimes_in_new_codes(new, np.array([0]), gain, offset, SETTINGS.ceiling).items():
        assert array.dtype == np.float32
        getattr(new, name)[:] = array
    np.testing.assert_allclose(new.part, old.part * gain, rtol=1e-5, atol=1e-6)
    more, _ = visits((FAST, 40), (SLOW, 60), seed=11)
    for values in more:
        lived(old, told(values[None]))
        lived(new, told((values * gain + offset).astype(np.float32)))
        np.testing.assert_allclose(new.part, old.part * gain, rtol=2e-2, atol=2e-2)
        assert new.lead[0] == old.lead[0]
    np.testing.assert_allclose(new.belief, old.belief, atol=1e-2)


def test_new_codes_reach_the_channels_after_those_that_were_given_and_no_unknown_one() -> None:
    x = np.random.default_rng(12).normal(0, 1, (60, 3)).astype(np.float32)
    memory = initial(1, 3, SETTINGS)
    sensed = np.array([[True, True, False]])
    for values in x:
        lived(memory, told(values[None], sensed, given=1))
    changed = regimes_in_new_codes(memory, np.array([0]), np.array([[9.0, 2.0, 7.0]]), np.zeros((1, 3)), 1000.0)
    np.testing.assert_allclose(changed["features"][0, 1:3], 2 * memory.features[0, 1:3], rtol=1e-6)
    assert changed["floor"][0].tolist() == pytest.approx([4 * memory.floor[0, 0], 1.0, 1.0])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"slots": 0}, "slots >= 1"),
        ({"channels": 0}, "channels >= 1"),
        ({"forgetting": 1.1}, "forgetting within"),
        ({"prior": 0.0}, "prior within"),
        ({"settled_ticks": 0}, "settled_ticks"),
        ({"share": 1.0}, "share within"),
        ({"nu": 0.0}, "nu and effective_channels"),
        ({"believed": 0.4}, "believed within"),
        ({"steepest": 5.0}, "steepest within"),
        ({"widening": 0.5}, "widening"),
        ({"wins": 0.0}, "alarm and wins"),
        ({"gone_ticks": 0}, "gone_ticks"),
        ({"floor_ticks": 0.5}, "floor_ticks"),
        ({"consolidated_ticks": 0}, "consolidated_ticks"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RegimeSettings(**wrong)
