"""`plastream bench economy`: writes are skipped while predictions hold, and counted."""

import numpy as np
import pytest

from plastic_core.core import CoreConfig
from plastic_core.economy import YOUNG, EconomySettings, followed, worth
from service.bench import economy
from service.errors import UsageError


def test_the_threshold_follows_the_quantile_of_surprise() -> None:
    settings, threshold = EconomySettings(0.7), np.full(2, 0.5, np.float32)
    skipped: list[float] = []
    for surprise in np.abs(np.random.default_rng(0).normal(0, 3, (4000, 2))).astype(np.float32):
        skipped.append(1 - float(worth(surprise, threshold, np.full(2, 900), settings).mean()))
        threshold = followed(surprise, threshold, settings)
    assert np.mean(skipped[1000:]) == pytest.approx(0.7, abs=0.03)


def test_the_young_write_all_and_so_does_who_saves_nothing() -> None:
    calm, high = np.zeros(2, np.float32), np.ones(2, np.float32)
    ages = np.array([YOUNG - 1, YOUNG])
    assert worth(calm, high, ages, EconomySettings(0.7)).tolist() == [1.0, 0.0]
    assert worth(calm, high, ages, EconomySettings(0.0)).tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="economy settings"):
        EconomySettings(1.0)


@pytest.mark.slow
def test_skipped_writes_are_counted_and_hardly_missed() -> None:
    config = CoreConfig(neurons=8)
    found = economy.run(config, seconds=700.0, warm_up_s=100.0)
    assert 0.3 < found["writes_skipped"] < 0.8
    assert abs(found["accuracy_lost"]) < 0.05
    with pytest.raises(UsageError, match="before anything is scored"):
        economy.run(config, seconds=20.0)
