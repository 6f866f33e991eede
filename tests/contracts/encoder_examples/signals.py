from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from encoders.checks import Example
from encoders.codes.spectrum import SpectrumEncoder
from encoders.codes.vibration import VibrationEncoder
from encoders.codes.waveform import WaveformEncoder

LEVELS = st.floats(-1e36, 1e36) | st.floats(-100.0, 100.0) | st.integers(-(10**6), 10**6)
NO_ARRAYS: tuple[Any, ...] = (
    7,
    0.5,
    True,
    "1, 2, 3, 4, 5, 6, 7, 8",
    ["1"] * 8,
    [True] * 8,
    [1.0] * 7 + [None],
    [1.0] * 7 + [math.nan],
    [1.0] * 7 + [math.inf],
    [1.0] * 7 + [1e37],
    [1.0] * 7 + [10**400],
    [[1.0]] * 8,
    [[1.0, 2.0], 3.0] * 4,
    {0: 1.0},
    np.array([1.0] * 7 + [np.nan]),
    np.array(["1"] * 8),
    np.array([1.0] * 8, dtype=np.object_),
    np.array(3.0),
    np.array([]),
    np.zeros(8, dtype=np.bool_),
    np.zeros(8, dtype=np.complex128),
)
"""What none of the encoders of arrays understands."""


def tone(cycles: float, amplitude: float = 1.0, phase: float = 0.0, count: int = 64) -> list[float]:
    """So many cycles of a sine in a window."""
    turns = np.arange(count) * (cycles / count) + phase
    wave: list[float] = (amplitude * np.sin(2.0 * np.pi * turns)).tolist()
    return wave


def furthest(given: Sequence[float], back: Sequence[float]) -> float:
    return max((abs(a - b) for a, b in zip(given, back, strict=True)), default=0.0)


def wave_error(given: Any, back: Any) -> float:
    encoder = WaveformEncoder()
    known = encoder.told(known_features(encoder, given))
    levels = [abs(20.0 * math.log10(known["rms"] / back["rms"])), abs(known["mean"] - back["mean"])]
    return max(*levels, furthest(known["bands_db"], back["bands_db"]))


def known_features(encoder: Any, given: Any) -> Any:
    features = encoder.measured(given)
    assert features is not None
    return features


def vibration_error(given: Any, back: Any) -> float:
    encoder = VibrationEncoder(rate_hz=1000.0)
    known = encoder.told(known_features(encoder, given))
    levels = [20.0 * abs(math.log10(known[name] / back[name])) for name in ("rms", "peak", "crest")]
    levels.append(10.0 * abs(math.log10(known["kurtosis"] / back["kurtosis"])))
    levels.append(abs(math.log2(known["dominant_hz"] / back["dominant_hz"])))
    return max(*levels, furthest(known["octaves_db"], back["octaves_db"]))


def spectrum_error(given: Any, back: Any) -> float:
    encoder = SpectrumEncoder(bands=4)
    return furthest(encoder.told(known_features(encoder, given))["bands_db"], back["bands_db"])


WAVES = st.lists(LEVELS, min_size=8, max_size=40)
WAVE_EDGES: tuple[Any, ...] = (
    [0.0] * 8,
    [0] * 65_536,
    [1e36, -1e36] * 6,
    [5e-324] * 9,
    (3, 1, 4, 1, 5, 9, 2, 6),
    [1e36] * 8,
    np.arange(12, dtype=np.uint8),
    np.array([1.0, -1.0] * 8, dtype=np.float16),
    np.arange(30.0)[::3],
    [np.float32(1.5)] * 10,
)
LOUDER = [tone(6.0, 10.0 ** (0.05 * k)) for k in range(20)]
HISTORY = [tone(6.0, amplitude) for amplitude in (0.01, 1.0, 100.0, 10.0, 0.1)]

SIGNALS: dict[str, Example] = {
    "waveform": Example(
        values=WAVES,
        edges=WAVE_EDGES,
        wrong=(*NO_ARRAYS, [1.0] * 7, [0.0] * 65_537),
        error=wave_error,
        ramp=LOUDER,
        history=HISTORY,
        hoard=lambda step: tone(1.0 + 0.3 * step),
    ),
    "vibration": Example(
        values=WAVES,
        edges=WAVE_EDGES,
        wrong=(*NO_ARRAYS, [1.0] * 7, [0.0] * 65_537),
        error=vibration_error,
        ramp=LOUDER,
        history=HISTORY,
        config={"rate_hz": 1000.0},
        hoard=lambda step: tone(1.0 + 0.3 * step),
    ),
    "spectrum": Example(
        values=st.lists(st.floats(0.0, 1e36) | st.floats(0.0, 10.0) | st.integers(0, 99), min_size=2, max_size=20),
        edges=([0.0, 0.0], [1e36] * 3, [5e-324, 1e36], (0, 1), [-0.0, 1.0], np.ones(3, dtype=np.float32), [0, 1] * 999),
        wrong=(*NO_ARRAYS, [1.0, -1.0], [-1e-9] * 8),
        error=spectrum_error,
        ramp=[[2.0**k, 1.0, 3.0, 1.0] for k in range(20)],
        history=[[1.0, 1.0, 3.0, 1.0], [2.0**20, 1.0, 3.0, 1.0], [8.0, 2.0, 4.0, 2.0]],
        config={"bands": 4},
        hoard=lambda step: [1.0, float(step)],
    ),
}
