"""Models of the River library that are made for change, one a channel, on the last rows of all channels.

River comes with the extra `bench` and is looked for only when a model is made.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.river_models import adaptive_tree, drift_detector, scaled_linear


class Regressor(Protocol):
    """A regressor of River, as far as it is used here."""

    def learn_one(self, x: dict[int, float], y: float) -> None:
        """Learn one target."""
        ...

    def predict_one(self, x: dict[int, float]) -> float:
        """Expect one target."""
        ...


class CrossRegressors:
    """See service.bench.baselines.contract.Forecaster."""

    def __init__(self, models: list[Regressor], lags: int) -> None:
        """lags: rows that each model looks back."""
        self._models = models
        self._rows = np.zeros((lags, len(models)))
        self._seen: dict[int, float] = {}

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        if self._seen:
            for model, value in zip(self._models, row.tolist(), strict=True):
                model.learn_one(self._seen, value)
        self._rows = np.concatenate([row[None], self._rows[:-1]])
        self._seen = dict(enumerate(self._rows.reshape(-1).tolist()))
        return np.array([model.predict_one(self._seen) for model in self._models])


def tree(channels: int, lags: int) -> CrossRegressors:
    """HoeffdingAdaptiveTreeRegressor: replaces branches whose error has drifted."""
    return CrossRegressors([adaptive_tree() for _ in range(channels)], lags)


def drift_linear(channels: int, lags: int) -> CrossRegressors:
    """StandardScaler and LinearRegression as River sets them, begun anew whenever ADWIN says that the error drifted."""
    return CrossRegressors([_Restarted() for _ in range(channels)], lags)


class _Restarted:
    """See Regressor."""

    def __init__(self) -> None:
        self._begin()

    def learn_one(self, x: dict[int, float], y: float) -> None:
        """See Regressor."""
        self._detector.update(abs(y - self._model.predict_one(x)))
        if self._detector.drift_detected:
            self._begin()
        self._model.learn_one(x, y)

    def predict_one(self, x: dict[int, float]) -> float:
        """See Regressor."""
        return self._model.predict_one(x)

    def _begin(self) -> None:
        self._model, self._detector = scaled_linear(), drift_detector()
