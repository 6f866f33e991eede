from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from encoders.checks import Example
from encoders.codes.depth import DepthEncoder
from encoders.codes.image import ImageEncoder
from encoders.codes.laser import LaserEncoder
from encoders.codes.points import PointsEncoder
from tests.contracts.encoder_examples.signals import GAPS, LEVELS, NO_ARRAYS, NO_ROWS, furthest, known_features

NO_PICTURES = (
    *NO_ARRAYS,
    *GAPS,
    [[1.0], [1.0, 2.0]],
    [[[[1.0]]]],
    [[]],
    np.zeros((2, 0)),
    [["1"]],
    [[True]],
    [[1.0], 2.0],
)


def entries_error(given: Any, back: Any) -> float:
    return furthest(np.array(given, dtype=np.float64).tolist(), back)


def flat(entries: Any) -> list[float]:
    numbers: list[float] = np.array(entries, dtype=np.float64).reshape(-1).tolist()
    return numbers


def image_error(given: Any, back: Any) -> float:
    encoder = ImageEncoder()
    return furthest(flat(encoder.told(known_features(encoder, given))["grid"]), flat(back["grid"]))


def depth_error(given: Any, back: Any) -> float:
    encoder = DepthEncoder(grid=2)
    known = encoder.told(known_features(encoder, given))
    ratios = np.log(np.array(flat(known["depth_m"])) / flat(back["depth_m"]))
    return max(float(np.abs(ratios).max()), abs(known["echoes"] - back["echoes"]))


def laser_error(given: Any, back: Any) -> float:
    encoder = LaserEncoder(sectors=4)
    known = encoder.told(known_features(encoder, given))
    return float(np.abs(np.log(np.array(known["ranges_m"]) / back["ranges_m"])).max())


def points_error(given: Any, back: Any) -> float:
    encoder = PointsEncoder()
    known = encoder.told(known_features(encoder, given))
    return max(furthest(flat(known[name]), flat(back[name])) for name in known)


def turned_error(given: Any, back: Any) -> float:
    """Radians along the circle."""
    positions = given["position"] if isinstance(given, dict) else given
    away = [math.remainder(float(a) - b, 2.0 * math.pi) for a, b in zip(positions, back, strict=True)]
    return max(map(abs, away))


PARTS = ({"encoder": "scalar", "key": "t"}, {"encoder": "category", "key": "mode"}, {"encoder": "boolean", "key": "ok"})


def parts_error(given: Any, back: Any) -> float:
    """Of the number; symbols and truth must be the same."""
    known = given if isinstance(given, dict) else dict(zip(("t", "mode", "ok"), given, strict=True))
    exact = all(known.get(name) is None or back[name] == known[name] for name in ("mode", "ok"))
    return (0.0 if known.get("t") is None else abs(known["t"] - back["t"])) if exact else math.inf


def pictures(pixels: Any) -> Any:
    """Nested lists of up to 6 x 6 of these."""
    sizes = st.tuples(st.integers(1, 6), st.integers(1, 6))
    return sizes.flatmap(
        lambda size: st.lists(st.lists(pixels, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
    )


SPACE = st.floats(-30.0, 30.0) | st.integers(-10, 10)

STRUCTURED: dict[str, Example] = {
    "vector": Example(
        values=st.lists(LEVELS, min_size=4, max_size=4),
        edges=([0, 0, 0, 0], [1e36, -1e36, 5e-324, 0.0], (1, 2, 3, 4), np.arange(4, dtype=np.int8), np.ones(4)),
        wrong=(*NO_ROWS, [1.0] * 3, [1.0] * 5, [1.0, 2.0, 3.0, None], np.zeros((2, 2))),
        error=entries_error,
        ramp=[[0.1 * k, 1.0, -0.1 * k, 2.0] for k in range(30)],
        history=[[0.0, 1.0, 0.0, 2.0], [3.0, 1.5, -3.0, 2.5], [1.0, 0.5, -1.0, 1.5]],
        config={"size": 4},
        hoard=lambda step: [float(step), 0.0, 1.0, -float(step)],
    ),
    "image": Example(
        values=pictures(st.integers(0, 255)) | pictures(st.floats(-10.0, 300.0)),
        edges=(
            [[0]],
            [[255]],
            [[1e36, -1e36]],
            np.arange(12, dtype=np.uint8).reshape(3, 4),
            np.full((5, 7, 3), 65_535, dtype=np.uint16),
            np.linspace(0.0, 1.0, 36).reshape(3, 3, 4),
            [[[1, 2]]],
            [[[0, 128, 255]] * 4] * 4,
            np.ones((600, 1030), dtype=np.float32),
        ),
        wrong=(*NO_PICTURES, np.zeros((2, 2, 5)), [[math.nan]], [[None]]),
        error=image_error,
        ramp=[[[100 + 5 * k, 50], [50, 100]] for k in range(25)],
        hoard=lambda step: [[step, 0], [0, 2 * step]],
    ),
    "depth": Example(
        values=pictures(st.floats(0.01, 1000.0) | st.none() | st.just(0.0)),
        edges=(
            [[0.0]],
            [[math.nan, math.inf, None, -1.0]],
            [[1e300, 1.0], [0.1, 100.0]],
            [[5e-324]],
            np.arange(6, dtype=np.uint16).reshape(2, 3),
            np.full((600, 1030), np.nan, dtype=np.float32),
        ),
        wrong=(*NO_PICTURES, np.zeros((2, 2, 1)), [["1.0"]], [[10**400]]),
        error=depth_error,
        ramp=[[[50.0 * 0.8**k]] for k in range(20)],
        config={"grid": 2},
        hoard=lambda step: [[1.0 + step]],
    ),
    "laser": Example(
        values=st.lists(st.floats(0.0, 100.0) | st.sampled_from((math.inf, math.nan, None)), min_size=4, max_size=30),
        edges=(
            [math.nan] * 4,
            (1, 2, 3, 4),
            [0.05, 50.0, 0.0, -1.0],
            [1e300, 5e-324, math.inf, None],
            np.full(720, np.inf, dtype=np.float32),
            [1.0] * 7 + [None],
        ),
        wrong=(
            *NO_ARRAYS,
            [[1.0]] * 8,
            np.array([]),
            [1.0, 2.0, 3.0],
            [1.0, 2.0, 3.0, "4"],
            [1.0, 2.0, 3.0, True],
            [1.0, 2.0, 3.0, 10**400],
        ),
        error=laser_error,
        ramp=[[0.1 * 1.2**k, 2.0, 2.0, 2.0] for k in range(20)],
        config={"sectors": 4},
        hoard=lambda step: [0.1 * (step + 1)] * 4,
    ),
    "points": Example(
        values=st.lists(st.lists(SPACE, min_size=3, max_size=3), min_size=1, max_size=12),
        edges=(
            [[0, 0, 0]],
            [[1e36, -1e36, 5e-324]],
            [[1.0, 2.0, math.nan], [1.0, 2.0, 3.0], [None, 0.0, 0.0]],
            ((10.0, -10.0, 10.0), (-10.0, 10.0, -10.0)),
            np.ones((5, 3), dtype=np.float32),
        ),
        wrong=(*NO_PICTURES, [[1.0, 2.0]], [[math.nan] * 3], [[1.0, 2.0, "3"]], np.ones((2, 4)), np.ones((2, 3, 3))),
        error=points_error,
        ramp=[[[0.3 * k, 1.0, 1.0]] for k in range(20)],
        hoard=lambda step: [[0.1 * step, 0.0, 0.0], [1.0, 1.0, 0.01 * step]],
    ),
    "joints": Example(
        values=st.lists(st.floats(-1e6, 1e6) | st.floats(-4.0, 4.0), min_size=2, max_size=2)
        | st.fixed_dictionaries({"position": st.tuples(st.floats(-4.0, 4.0), st.floats(-4.0, 4.0))}),
        edges=([0, 0], (math.pi, -math.pi), [1e6, -1e6], [5e-324, -0.0], np.ones(2), {"position": [0.1, 3.0], "a": 1}),
        wrong=(*NO_ROWS, [1.0] * 3, [1.0, 1.1e6], {"position": 1.0}, {"position": [1.0]}, {"velocity": [1.0, 2.0]}),
        error=turned_error,
        ramp=[[0.1 * k, 1.0] for k in range(25)],
        config={"count": 2},
        hoard=lambda step: [0.1 * step, 0.2 * step],
    ),
    "composite": Example(
        values=st.tuples(LEVELS, st.text(max_size=6), st.booleans())
        | st.fixed_dictionaries({"t": LEVELS, "mode": st.text(max_size=6), "ok": st.booleans()}),
        edges=(
            [1e36, "", True],
            {"t": 1.0},
            {"mode": "idle", "other": []},
            [None, None, False],
            {"t": None, "ok": True},
        ),
        wrong=(
            [1.0, "a"],
            [1.0, "a", True, None],
            [None] * 3,
            {"t": None},
            {"t": "warm", "mode": 3},
            "t",
            1.0,
            [[]] * 3,
        ),
        error=parts_error,
        ramp=[[20.0 + 0.1 * k, "run", True] for k in range(40)],
        history=[[value, "run", True] for value in (20.0, 24.0, 21.0, 22.0, 23.0, 20.5, 21.5, 23.5)],
        config={"parts": [dict(part) for part in PARTS]},
        hoard=lambda step: [float(step), f"mode {step}", True],
    ),
}
