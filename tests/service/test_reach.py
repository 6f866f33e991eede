"""Novelty beyond the coded range: a reading counts for what it was, not for the end of the range."""

import numpy as np
import pytest

from plastic_core.core import Core, CoreConfig
from plastic_core.state import Float64
from service.bench.rig import Rig

ROWS = 900


@pytest.fixture(scope="module")
def core() -> Core:
    return Core.build(CoreConfig(neurons=8, width=16))


def onsets(core: Core, values: Float64) -> Float64:
    """float64[T]; a tick every five minutes."""
    rig = Rig(core, ["load"], 1)
    return np.array([rig.tick(np.array([[v]]), np.array([1.7e9 + 300.0 * t])).onset[0] for t, v in enumerate(values)])


def test_a_spike_that_came_before_is_known_and_a_higher_one_is_not(core: Core) -> None:
    values = 20 + np.random.default_rng(0).normal(size=ROWS)
    values[300], values[500], values[750] = 120.0, 120.0, 400.0
    told = onsets(core, values)
    assert told[300] > 0.99
    assert told[500] == 0.0
    assert told[750] > 0.99


def test_the_clock_is_never_new(core: Core) -> None:
    assert onsets(core, np.full(ROWS, 3.0)).max() == 0.0
