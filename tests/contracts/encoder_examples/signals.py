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
    [1.0] * 7 + [10**400],
    [[1.0, 2.0], 3.0] * 4,
    {0: 1.0},
    np.array(["1"] * 8),
    np.array([1.0] * 8, dtype=np.object_),
    np.array(3.0),
    np.zeros(8, dtype=np.bool_),
    np.zeros(8, dtype=np.complex128),
)
"""What none of the encoders of arrays understands."""
GAPS: tuple[Any, ...] = (
    [1.0] * 7 + [None],
    [1.0] * 7 + [math.nan],
    [1.0] * 7 + [-math.inf],
    [1.0] * 7 + [1e37],
    np.array([1.0] * 7 + [np.nan]),
)
"""Of these, encoders that know gaps understand the rest."""
NO_ROWS: tuple[Any, ...] = (*NO_ARRAYS, *GAPS, [[1.0]] * 8, np.ones((8, 1)))
"""What encoders of one row of numbers do not understand."""


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


def spikes_in_bins(times: Any, bins: int = 8) -> list[int]:
    return [sum(min(int(time * bins), bins - 1) == place for time in times) for place in range(bins)]


def counts_error(given: Any, back: Any) -> float:
    return 0.0 if back == {"counts": spikes_in_bins(given)} else 1.0


def net_of(packet: Any, cells: int = 4) -> list[list[int]]:
    """Slowly: of pictures of 640 x 480 pixels."""
    net = [[0] * cells for _ in range(cells)]
    for x, y, _, polarity in packet:
        net[int(y * cells / 480)][int(x * cells / 640)] += 1 if polarity > 0 else -1
    return net


def net_error(given: Any, back: Any) -> float:
    return 0.0 if back == {"net": net_of(given)} else 1.0


def is_list(*known: Any) -> Any:
    """Which of the hostile lists an encoder understands after all."""
    return lambda value: any(isinstance(value, list) and value == entry for entry in known)


EVENTS = st.tuples(st.integers(0, 639), st.integers(0, 479), st.floats(0.0, 1e9), st.sampled_from((-1, 0, 1)))

SIGNALS: dict[str, Example] = {
    "waveform": Example(
        values=WAVES,
        edges=WAVE_EDGES,
        wrong=(*NO_ROWS, [], np.array([]), [1.0] * 7, [0.0] * 65_537),
        error=wave_error,
        ramp=LOUDER,
        history=HISTORY,
        hoard=lambda step: tone(1.0 + 0.3 * step),
    ),
    "vibration": Example(
        values=WAVES,
        edges=WAVE_EDGES,
        wrong=(*NO_ROWS, [], np.array([]), [1.0] * 7, [0.0] * 65_537),
        error=vibration_error,
        ramp=LOUDER,
        history=HISTORY,
        config={"rate_hz": 1000.0},
        hoard=lambda step: tone(1.0 + 0.3 * step),
    ),
    "spectrum": Example(
        values=st.lists(st.floats(0.0, 1e36) | st.floats(0.0, 10.0) | st.integers(0, 99), min_size=2, max_size=20),
        edges=([0.0, 0.0], [1e36] * 3, [5e-324, 1e36], (0, 1), [-0.0, 1.0], np.ones(3, dtype=np.float32), [0, 1] * 999),
        wrong=(*NO_ROWS, [], np.array([]), [1.0, -1.0], [-1e-9] * 8),
        error=spectrum_error,
        ramp=[[2.0**k, 1.0, 3.0, 1.0] for k in range(20)],
        history=[[1.0, 1.0, 3.0, 1.0], [2.0**20, 1.0, 3.0, 1.0], [8.0, 2.0, 4.0, 2.0]],
        config={"bands": 4},
        hoard=lambda step: [1.0, float(step)],
    ),
    "spikes": Example(
        values=st.lists(st.floats(0.0, 1.0), max_size=30),
        edges=([], (), [0, 1], [1.0] * 2978, [0.5, 0.125, 5e-324], np.array([0.25]), np.zeros(0)),
        wrong=(*NO_ROWS, [-1e-9], [0.5, 1.001], [2]),
        error=counts_error,
        ramp=[[0.3] * count for count in (*range(10), 10, 20)],
        understood=is_list([], [1.0]),
        hoard=lambda step: [0.01 * step] * step,
    ),
    "events": Example(
        values=st.lists(EVENTS, max_size=20),
        edges=([], [[0, 0, 0, 1]], [(639, 479, 1e36, 0)], np.zeros((0, 4)), np.ones((9, 4), dtype=np.int16)),
        wrong=(
            *NO_ROWS,
            [[640, 0, 0, 1]],
            [[0, 480, 0, 1]],
            [[-1, 0, 0, 1]],
            [[0, 0, 0, 2]],
            [[0, 0, 0.0, math.nan]],
            [[0, 0, 1]],
            np.ones((3, 5)),
        ),
        error=net_error,
        ramp=[[[100, 100, 0, 1]] * count for count in range(20)],
        understood=is_list([]),
        hoard=lambda step: [[step, step, step, 1]] * step,
    ),
}
