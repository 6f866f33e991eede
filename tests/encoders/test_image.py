"""Pictures by their cells: light taken out, white known by the type of the array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.codes.image import ImageEncoder
from encoders.codes.raster import MOST_PIXELS, pooled, thinned
from tests.contracts.encoder_examples.signals import known_features

SCENE = np.random.default_rng(1).uniform(0.1, 0.5, (24, 32))


def grid(value: Any, **config: Any) -> Any:
    encoder = ImageEncoder(**config)
    return np.array(encoder.told(known_features(encoder, value))["grid"])


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4))
@settings(deadline=None)
def test_cells_are_means_over_shares_of_pixels(height: int, width: int, cells: int) -> None:
    picture = np.random.default_rng(height * 10 + width).uniform(size=(height, width))
    fine = np.kron(picture, np.ones((cells, cells)))  # each pixel cut so that cells end between the pieces
    means = fine.reshape(cells, height, cells, width).mean(axis=(1, 3))
    assert pooled(picture, cells) == pytest.approx(means, abs=1e-12)


def test_white_is_known_by_the_type() -> None:
    whole = (SCENE * 255).round()
    expected = grid(whole / 255.0)
    for same in (whole.astype(np.uint8), whole.astype(int).tolist(), (whole * 257).astype(np.uint16)):
        assert grid(same) == pytest.approx(expected, abs=1e-5)
    assert grid(whole, full_scale=255.0) == pytest.approx(expected, abs=1e-5)


def test_colours_weigh_as_the_eye_sees_them() -> None:
    for channel, weight in enumerate((0.2126, 0.7152, 0.0722)):
        picture = np.zeros((4, 4, 3))
        picture[:, :, channel] = 1.0
        assert grid(picture) == pytest.approx(np.full((4, 4), weight), abs=1e-5)
    alpha = np.concatenate([np.full((4, 4, 3), 0.5), np.zeros((4, 4, 1))], axis=2)
    assert grid(alpha) == pytest.approx(np.full((4, 4), 0.5), abs=1e-5)
    assert grid(alpha[:, :, 2:]) == pytest.approx(np.full((4, 4), 0.5), abs=1e-5)


@given(st.floats(0.5, 1.9))
@settings(deadline=None)
def test_more_light_changes_brightness_and_contrast_alone(gain: float) -> None:
    encoder = ImageEncoder()
    dark, bright = known_features(encoder, SCENE), known_features(encoder, gain * SCENE)
    shape = np.linalg.norm(bright[:-2] - dark[:-2])
    other = np.linalg.norm(known_features(encoder, SCENE[::-1])[:-2] - dark[:-2])
    assert shape < 0.25 * other


def test_large_pictures_are_read_by_every_kth_pixel() -> None:
    large = np.kron(SCENE, np.ones((50, 50)))
    assert thinned(large).shape == (400, 400)
    assert max(thinned(np.zeros((1, 10**6))).shape) <= MOST_PIXELS
    assert grid((large * 255).astype(np.uint8)) == pytest.approx(grid(SCENE), abs=0.02)
