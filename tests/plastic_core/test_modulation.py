"""M(t), and associations that wait for it: the equations, their rows, and that retroactive credit works."""

from dataclasses import replace

import numpy as np
import pytest

from plastic_core.modulation.association import Associations, AssociationSettings
from plastic_core.modulation.signal import ModulationSettings, modulator
from plastic_core.rules import RULES, bounded, released, written

D, K = 7, 5
LAYER = Associations(D, K)


def nothing(width: int | None = None) -> np.ndarray:
    return np.zeros(1 if width is None else (1, width), np.float32)


def drawn(ticks: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    cue, outcome = generator.normal(0, 1, (ticks, count, D)), generator.normal(0, 1, (ticks, count, K))
    signal = np.where(generator.random((ticks, count)) < 0.3, generator.uniform(-1, 1, (ticks, count)), 0.0)
    return cue.astype(np.float32), outcome.astype(np.float32), signal.astype(np.float32)


def told(surprise: float = 0.0, reward: float = 0.0, novelty: float = 0.0, **settings: float) -> float:
    a, b, c = (np.array([value], np.float32) for value in (surprise, reward, novelty))
    return float(modulator(a, b, c, ModulationSettings(**settings))[0])


def test_without_a_drive_the_signal_is_exactly_zero() -> None:
    assert told(surprise=2.99) == 0.0
    assert told(novelty=0.89, novelty_weight=1.0) == 0.0
    assert told(surprise=np.nan, reward=np.nan, novelty=np.nan, novelty_weight=1.0) == 0.0


def test_each_drive_opens_the_gate_and_their_sum_is_held() -> None:
    assert told(surprise=4.5) == 0.5
    assert told(reward=0.25) == 0.25
    assert told(reward=-7.0) == -1.0
    assert told(novelty=0.95, novelty_weight=1.0) == pytest.approx(0.5, abs=1e-6)
    assert told(surprise=np.inf, reward=1.0, novelty=1.0, novelty_weight=1.0) == 1.0
    assert told(surprise=9.0, reward=-0.5) == 0.5
    assert told(surprise=9.0, surprise_weight=0.0) == 0.0


@pytest.mark.parametrize(
    "wrong", [{"surprise_weight": 1.5}, {"surprise_from": 6.0}, {"novelty_from": 1.0}, {"reward_weight": -0.1}]
)
def test_impossible_drives_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="modulation settings"):
        ModulationSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"eligible_ticks": 0.5}, {"gain": -1.0}, {"fade": 1.5}, {"slow_gain": -0.1}])
def test_impossible_associations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="association settings"):
        AssociationSettings(**wrong)


def test_ticks_are_the_retroactive_rule_of_rules() -> None:
    settings = AssociationSettings(eligible_ticks=9.0, gain=5.0, fade=0.1)
    layer = Associations(D, K, settings)
    memory, rows = layer.initial(3), np.array([2, 0])
    eligible, fast = np.zeros((2, D, K)), np.zeros((2, D, K))
    for cue, outcome, signal in zip(*drawn(60, 2), strict=True):
        layer.tick(memory, rows, cue, outcome, signal)
        drive = RULES["retroactive"].drive(outcome.astype(np.float64), 1.0)
        eligible = written(eligible, cue.astype(np.float64), drive, 1 / 9, 1 / 9)
        kept = 1 - settings.fade * np.abs(signal[:, None, None].astype(np.float64))
        fast = bounded(released(kept * fast, eligible, settings.gain * signal.astype(np.float64)[:, None]))
    np.testing.assert_allclose(memory.eligibility[rows], eligible, atol=1e-5)
    np.testing.assert_allclose(memory.fast[rows], fast, atol=1e-5)
    assert np.abs(fast).max() == 1.0, "the bound was never met"
    assert not memory.fast[1].any(), "a row that was not named was written"


def test_recall_reads_both_memories() -> None:
    memory = LAYER.initial(2)
    generator = np.random.default_rng(1)
    memory.fast[:] = generator.normal(0, 1, memory.fast.shape)
    memory.slow[:] = generator.normal(0, 1, memory.slow.shape)
    cue = generator.normal(0, 1, (2, D)).astype(np.float32)
    wanted = np.einsum("bd,bdk->bk", cue, memory.fast + memory.slow)
    np.testing.assert_allclose(LAYER.recall(memory, np.array([0, 1]), cue), wanted, atol=1e-5)


def test_a_rows_bits_hang_on_no_other_row() -> None:
    together, rows = LAYER.initial(4), np.array([3, 1, 0])
    alone = LAYER.initial(1)
    for cue, outcome, signal in zip(*drawn(40, 3), strict=True):
        LAYER.tick(together, rows, cue, outcome, signal)
        LAYER.tick(alone, np.array([0]), cue[1:2], outcome[1:2], signal[1:2])
    LAYER.rest(together, rows)
    LAYER.rest(alone, np.array([0]))
    for part in ("eligibility", "fast", "slow", "writes", "skipped"):
        np.testing.assert_array_equal(getattr(together, part)[1], getattr(alone, part)[0])
    cue = drawn(1, 3)[0][0]
    np.testing.assert_array_equal(LAYER.recall(together, rows, cue)[1], LAYER.recall(alone, np.array([0]), cue[1:2])[0])


def after_reward(delay: int, settings: AssociationSettings, reward: float = 1.0) -> float:
    """Strength of the recalled outcome after one event and one reward `delay` ticks later."""
    layer = Associations(D, K, settings)
    memory, row = layer.initial(1), np.array([0])
    cue, outcome = np.eye(D, dtype=np.float32)[:1], np.eye(K, dtype=np.float32)[:1]
    quiet = nothing(D), nothing(K)
    for tick in range(delay + 1):
        came = np.full(1, reward if tick == delay else 0.0, np.float32)
        signal = modulator(nothing(), came, nothing(), ModulationSettings())
        layer.tick(memory, row, *((cue, outcome) if tick == 0 else quiet), signal)
    assert (int(memory.writes[0]), int(memory.skipped[0])) == (int(reward != 0), delay + int(reward == 0))
    return float(layer.recall(memory, row, cue)[0, 0])


def test_a_late_reward_reaches_what_led_there_and_nothing_else_writes() -> None:
    settings = AssociationSettings()
    at_once, late = after_reward(0, settings), after_reward(20, settings)
    assert at_once == pytest.approx(settings.gain / settings.eligible_ticks, rel=1e-5)
    assert late == pytest.approx(at_once * (1 - 1 / settings.eligible_ticks) ** 20, rel=1e-4)
    assert after_reward(20, settings, reward=0.0) == 0.0
    assert after_reward(20, settings, reward=-1.0) == pytest.approx(-late, rel=1e-4)
    assert after_reward(20, replace(settings, eligible_ticks=1.0)) == 0.0


def test_rest_moves_what_was_learned_to_where_writes_do_not_fade_it() -> None:
    memory, rows = LAYER.initial(1), np.array([0])
    for cue, outcome, signal in zip(*drawn(30, 1), strict=True):
        LAYER.tick(memory, rows, cue, outcome, signal)
    probe = drawn(1, 1, seed=5)[0][0]
    before = LAYER.recall(memory, rows, probe)
    LAYER.rest(memory, rows)
    np.testing.assert_allclose(LAYER.recall(memory, rows, probe), before, atol=1e-5)
    slow = memory.slow.copy()
    for _ in range(800):
        LAYER.tick(memory, rows, nothing(D), nothing(K), np.ones(1, np.float32))
    np.testing.assert_array_equal(memory.slow, slow)
    assert np.abs(memory.fast).max() < 0.01, "writes did not fade what was not consolidated"


def test_eligibility_ends_at_zero_and_not_in_denormal_numbers() -> None:
    memory, rows = LAYER.initial(1), np.array([0])
    LAYER.tick(memory, rows, np.ones((1, D), np.float32), np.ones((1, K), np.float32), nothing())
    for _ in range(2000):
        LAYER.tick(memory, rows, nothing(D), nothing(K), nothing())
    assert not memory.eligibility.any()
