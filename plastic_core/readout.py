"""The plastic readout: what it is made of, and how its memory is laid out. Equations and reasons: README.md.

A channel's expectation is its level plus a weighted mean of candidate changes:

    0                    last value: nothing changes
    1 .. A               back to the exponential average a_k
    A + 1                its own readout, G q, learned by recursive least squares
    A + 2                the same plus what the neurons add, G q + F h, learned by the error-modulated rule

Letters: B streams, D channels, N neurons, A averages, L lags, Q = 3 + A + L own features, E = A + 3 candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.state import Float32, Float64

BIAS, LEVEL, WITHHELD, FIRST_AVERAGE = 0, 1, 2, 3
"""Own features: 1; level; mixed - level; then average_k - level, then the last changes, newest first."""

LARGEST_CODE = 8.0
"""No input and no expectation lies further from zero than this (the encoders' promise)."""


@dataclass(frozen=True)
class ReadoutSettings:
    """How the readout learns; rates are per sensed tick."""

    average_shares: tuple[float, ...] = (0.6, 0.3, 0.1, 0.03)
    """Share that the newest level takes in each exponential average, fast to slow, in (0, 1)."""
    lags: int = 2
    """Last changes in the short memory."""
    forgetting: float = 0.999
    """Factor by which recursive least squares forgets, in (0, 1]."""
    regularisation: float = 1.0
    """Correlation of the own features that is assumed before the first, code^2: the larger, the slower the start."""
    ceiling: float = 1000.0
    """Mean diagonal of P above which nothing is forgotten, so that quiet channels do not wind it up."""
    rate: float = 0.05
    """Share of its error that the neurons' readout removes at once (normalised), in (0, 1]."""
    horizon_ticks: float = 1000.0
    """Time constant of the candidates' losses."""
    reach_forgetting: float = 0.999
    """Factor by which the largest change of late fades."""

    def __post_init__(self) -> None:
        ranges = (
            (all(0 < share < 1 for share in self.average_shares), "average_shares within (0, 1)"),
            (self.lags >= 1, "lags >= 1"),
            (0 < self.forgetting <= 1, "forgetting within (0, 1]"),
            (self.regularisation > 0 and self.ceiling > 0, "regularisation and ceiling > 0"),
            (0 <= self.rate <= 1, "rate within [0, 1]"),
            (self.horizon_ticks >= 1, "horizon_ticks >= 1"),
            (0 < self.reach_forgetting <= 1, "reach_forgetting within (0, 1]"),
        )
        for holds, wanted in ranges:
            if not holds:
                raise ValueError(f"readout settings: {wanted}")

    @property
    def averages(self) -> int:
        """A."""
        return len(self.average_shares)

    @property
    def features(self) -> int:
        """Q."""
        return FIRST_AVERAGE + self.averages + self.lags

    @property
    def candidates(self) -> int:
        """E."""
        return self.averages + 3

    @property
    def shares(self) -> Float32:
        """float32[A]."""
        return np.asarray(self.average_shares, np.float32)


def read_in_new_codes(weights: Float32, gain: Float64, offset: Float64) -> Float64:
    """Own readout [K, Q] for codes gain * old + offset [K]: the same change, told in new codes.

    With q' = T q, where T is diagonal (1, gain, ...) but for the offset that joins the level, the weights become
    gain * G T^-1; only the bias takes in more than a factor, and that of the others is 1.
    """
    result = weights.astype(np.float64)
    result[:, BIAS] = gain * weights[:, BIAS] - offset * weights[:, LEVEL]
    return result


def inverse_in_new_codes(inverse: Float32, gain: Float64, offset: Float64) -> Float64:
    """Inverse correlation [K, Q, Q] of the features q' = T q: T^-T P T^-1, symmetric."""
    factor = np.repeat((1 / gain)[:, None], inverse.shape[1], axis=1)
    factor[:, BIAS] = 1
    shift = (offset / gain)[:, None]
    changed = inverse.astype(np.float64)
    changed[:, :, BIAS] -= shift * changed[:, :, LEVEL]
    changed[:, BIAS, :] -= shift * changed[:, LEVEL, :]
    changed *= factor[:, :, None] * factor[:, None, :]
    changed += changed.transpose(0, 2, 1).copy()
    return changed * 0.5


def capped(inverse: Float64, ceiling: float) -> Float64:
    """P [K, Q, Q] with no diagonal entry above `ceiling`: D P D with a diagonal D, which keeps it positive definite.

    Codes that became a thousand times smaller make P a million times larger, and the next error would be overlearned.
    """
    diagonal = np.diagonal(inverse, axis1=1, axis2=2)
    factor = np.sqrt(ceiling / np.maximum(diagonal, ceiling))
    return inverse * (factor[:, :, None] * factor[:, None, :])
