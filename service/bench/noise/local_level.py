"""The variances of a local level, by maximum likelihood: the one place that knows statsmodels."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from plastic_core.state import Float64


def installed() -> bool:
    """Whether statsmodels is there (extra `bench`)."""
    return find_spec("statsmodels") is not None


def fitted(readings: Float64) -> tuple[float, float]:
    """(wander, noise): variances of UnobservedComponents(level="llevel") of these readings, NaN where none came."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    usable = readings[np.isfinite(readings)]
    scale = float(np.std(usable)) if len(usable) else 0.0
    if scale == 0.0:
        return 0.0, 1.0
    told: Any = UnobservedComponents
    model: Any = told((readings - float(np.mean(usable))) / scale, level="llevel")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the search ended at a bound is no news
        noise, wander = model.fit(disp=False, maxiter=100).params
    return float(wander) * scale**2, float(noise) * scale**2
