"""Places on the earth: metres matter everywhere, and places come back from codes that are a little off."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoders.codes.geospatial import EARTH_M, GeospatialEncoder
from encoders.contract import objects

ENCODER = GeospatialEncoder()
PLACES = [(0.0, 0.0), (48.1, 11.6), (-33.9, 151.2), (71.0, -179.99999), (90.0, 0.0), (-89.9999999, 45.0)]


def unit(latitude: float, longitude: float) -> Any:
    lat, lon = math.radians(latitude), math.radians(longitude)
    return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def moved(place: tuple[float, float], metres: float, bearing: float) -> list[float]:
    """The place so many metres away, the bearing by any axis across."""
    n = unit(*place)
    across = np.cross(n, [0.3, 0.5, 0.81])
    across /= np.linalg.norm(across)
    way = math.cos(bearing) * across + math.sin(bearing) * np.cross(n, across)
    to = math.cos(metres / EARTH_M) * n + math.sin(metres / EARTH_M) * way
    return [math.degrees(math.asin(min(max(to[2], -1.0), 1.0))), math.degrees(math.atan2(to[1], to[0]))]


def codes_of(*values: Any) -> Any:
    return ENCODER.encode(objects(values), ENCODER.initial(len(values))).codes.astype(np.float64)


@pytest.mark.parametrize("place", PLACES)
def test_ten_metres_are_as_visible_anywhere_and_in_any_direction(place: tuple[float, float]) -> None:
    ways = [moved(place, 10.0, bearing) for bearing in np.linspace(0.0, 2.0 * math.pi, 12, endpoint=False)]
    codes = codes_of(list(place), *ways)
    away = np.linalg.norm(codes[1:] - codes[0], axis=1)
    assert away == pytest.approx(np.full(12, 1.0), abs=0.1)


@pytest.mark.parametrize("place", PLACES)
def test_a_code_that_is_a_little_off_is_a_place_a_few_metres_off(place: tuple[float, float]) -> None:
    codes = np.repeat(codes_of(list(place)), 200, axis=0)
    codes[:, :3] += 1e-4 * np.random.default_rng(1).normal(size=(200, 3))
    codes[:, 3:15] += 0.05 * np.random.default_rng(2).normal(size=(200, 12))
    state = ENCODER.encode(objects([list(place)]), ENCODER.initial(1)).state
    read = ENCODER.decode(codes.astype(np.float32), np.repeat(state, 200))
    away = [EARTH_M * np.linalg.norm(unit(*value) - unit(*place)) for value in read.values.tolist()]
    assert np.quantile(away, 0.98) < 3.0  # in the rest all lengths are right by chance
    assert (read.confidence > 0.7).all()
    assert (read.confidence < 1.0).all()


def test_a_code_as_written_is_read_wherever_the_last_place_was() -> None:
    state = ENCODER.encode(objects([[-20.0, 140.0]]), ENCODER.initial(1)).state
    read = ENCODER.decode(codes_of(*map(list, PLACES)).astype(np.float32), np.repeat(state, len(PLACES)))
    for value, place in zip(read.values.tolist(), PLACES, strict=True):
        assert EARTH_M * np.linalg.norm(unit(*value) - unit(*place)) < 0.01


def test_more_scales_read_a_code_that_is_off_far_from_the_last_place() -> None:
    worst = []
    for scales in (2, 5):
        encoder = GeospatialEncoder(scales=scales)
        assert encoder.width == 4 + 6 * scales
        codes = np.repeat(encoder.encode(objects([[48.12, 11.6]]), encoder.initial(1)).codes, 100, axis=0)
        codes += 0.02 * np.random.default_rng(1).normal(size=codes.shape).astype(np.float32)
        state = np.repeat(encoder.encode(objects([[48.1, 11.6]]), encoder.initial(1)).state, 100)
        read = encoder.decode(codes, state).values.tolist()
        worst.append(max(EARTH_M * np.linalg.norm(unit(*value) - unit(48.12, 11.6)) for value in read))
    assert worst[0] > 50.0
    assert worst[1] < 2.0


def test_both_sides_of_the_date_line_are_one() -> None:
    codes = codes_of([10.0, 180.0], [10.0, -180.0], [10.0, 179.999999], [10.0, -179.999999], [90.0, 5.0], [90.0, 95.0])
    assert np.abs(codes[0] - codes[1]).max() < 1e-5
    assert np.linalg.norm(codes[2] - codes[3]) < 0.05
    assert np.abs(codes[4] - codes[5]).max() < 1e-5


def test_an_altitude_is_read_if_the_last_place_had_one() -> None:
    state = ENCODER.initial(1)
    for value, length in (([1.0, 2.0, 500.0], 3), ([1.0, 2.0], 2), ([1.0, 2.0, None], 2), ([1.0, 2.0, -3.5], 3)):
        encoded = ENCODER.encode(objects([value]), state)
        state = encoded.state
        read = ENCODER.decode(encoded.codes, state).values[0]
        assert read == pytest.approx([x for x in value if x is not None], abs=1e-3)
        assert len(read) == length


def test_names_arrays_and_lists_mean_the_same() -> None:
    told = [[4.5, -7.25, 12.0], (4.5, -7.25, 12.0), np.array([4.5, -7.25, 12.0]), {"lat": 4.5, "lon": -7.25, "alt": 12}]
    told.append({"altitude": 12, "longitude": -7.25, "latitude": 4.5, "satellites": 9})
    told.append([4.5, 352.75, 12.0])
    codes = codes_of(*told)
    assert np.abs(codes - codes[0]).max() < 1e-5


def test_movement_tells_the_way_since_the_last_place() -> None:
    encoder = GeospatialEncoder(movement=True)
    assert (encoder.width, encoder.relative, ENCODER.relative) == (17, True, False)
    state, told = encoder.initial(1), []
    for value in ([48.1, 11.6], [48.1, 11.6], moved((48.1, 11.6), 30.0, 1.0), [-48.1, -168.4]):
        encoded = encoder.encode(objects([value]), state)
        state = encoded.state
        told.append(float(encoded.codes[0, 16]))
    assert told[:2] == [0.0, pytest.approx(0.0, abs=1e-6)]
    assert told[2] == pytest.approx(0.5 * math.log(1.0 + 30.0 / 10.0), abs=1e-3)
    assert told[2] < told[3] < 8.0


def test_noise_and_spread_are_metres() -> None:
    state = ENCODER.encode(objects([[48.1, 11.6]]), ENCODER.initial(1)).state
    for sigma in (0.1, 3.0, 20.0, 2000.0, 100_000.0):
        wide = ENCODER.spread(ENCODER.noise(np.array([sigma]), state), state)[0]
        assert wide == pytest.approx(sigma, rel=0.3)


@pytest.mark.parametrize("wrong", [{"finest_m": 0.0}, {"finest_m": 1e6}, {"metres": 3}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        GeospatialEncoder(**wrong)
