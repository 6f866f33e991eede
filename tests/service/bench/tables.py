"""Small tables for tests of `plastream bench forecast`."""

import numpy as np

from service.bench.forecast.table import Table

HOUR_S = 3600.0


def drawn(rows: int = 160, channels: int = 2, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (rows, channels))
    for row in range(1, rows):
        noise[row] += 0.8 * noise[row - 1]
    return noise


def table_of(values: np.ndarray, step_s: float = 4 * HOUR_S) -> Table:
    """A table of PERIOD rows a day."""
    times = 1.75e9 + step_s * np.arange(len(values))
    names = [f"c{channel}" for channel in range(values.shape[1])]
    return Table("when", [str(time) for time in times.tolist()], times, names, values)
