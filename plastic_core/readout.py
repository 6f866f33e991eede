"""The plastic readout: what it is made of, what it remembers, and how it is told in new codes. Derivations: README.md.

The expectation of a channel is its level plus a weighted mean of candidate changes:

    0                    last value: nothing changes
    1 .. A               back to the exponential average a_k
    A + 1                to where the clock head remembers it at this time of the day
    A + 2                what the bank of regimes expects
    A + 3                its own readout, G q
    A + 4                the same plus what the neurons add, G q + g F h

G and F are learned by recursive least squares: each channel's G from its own short memory q, F from the neurons h,
which see all channels; one inverse correlation serves all rows of F.

Letters: C rows of the pool, D channels, N neurons, A averages, L lags, H episodic heads, Q = 7 + H + A + L own
features, E = A + 5 candidates. Arrays hold Q and N rounded up to a multiple of LANES; what lies beyond is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Float64

BIAS, LEVEL, WITHHELD, AHEAD, NOW, MOVED, FIRST_EPISODE = 0, 1, 2, 3, 4, 5, 7
"""Own features: 1; level; mixed - level; what the clock head recalls for the next tick, and for this one, - level; how
far alike moments moved (two); where they went, by each episodic head, - level; then average_k - level; then the last
changes, newest first."""

LARGEST_CODE = 8.0
"""No input and no expectation lies further from zero than this (the encoders' promise)."""


LANES = 16
"""The kernels take so many numbers at a time."""


class ReadoutMemory(NamedTuple):
    """What the readout remembers; arrays of a pool."""

    own: Float32
    """G, float32[C, D, Q]: weights from a channel's short memory to its expected change."""
    own_root: Float32
    """float32[C, D, Q, Q]: S with S S^T the inverse correlation of the short memory."""
    short: Float32
    """q, float32[C, D, Q]: the short memory from which the expectation was read."""
    averages: Float32
    """float32[C, D, A]: exponential averages of the level, fast to slow."""
    joint: Float32
    """F, float32[C, D, N]: weights from the neurons to what a channel's own readout leaves unexplained."""
    joint_root: Float32
    """float32[C, N, N]: S with S S^T the inverse correlation of the neurons."""
    heed: Float32
    """float32[C, D, 2]: running sums of (F h) times what the own readout missed, and of (F h)^2; their ratio is g."""
    parts: Float32
    """float32[C, D, E]: change of the channel expected by each candidate."""
    losses: Float32
    """float32[C, D, E]: running mean squared error of each candidate."""
    reach: Float32
    """float32[C, D]: the largest change of late; no learned candidate may expect a larger one."""


@dataclass(frozen=True)
class ReadoutSettings:
    """How the readout learns; rates are per sensed tick."""

    average_shares: tuple[float, ...] = (0.3, 0.1, 0.03, 0.01)
    """Share that the newest level takes in each exponential average, fast to slow, in (0, 1)."""
    lags: int = 8
    """Last changes in the short memory."""
    forgetting: float = 0.9998
    """Factor by which the own readout forgets, in (0, 1]."""
    regularisation: float = 1.0
    """Correlation of the own features that is assumed before the first, code^2: the larger, the slower the start."""
    joint_forgetting: float = 0.9999
    """Factor by which the neurons' readout forgets, in (0, 1]."""
    joint_regularisation: float = 10.0
    """The same as `regularisation`, for the neurons."""
    joint: bool = True
    """Whether there is a readout of the neurons."""
    ceiling: float = 1000.0
    """Mean diagonal of an inverse correlation above which nothing is forgotten: quiet channels do not wind it up."""
    heed_prior: tuple[float, float] = (0.7, 0.5)
    """The g that is assumed at first, and the sum of squares that this counts for, code^2."""
    heed_forgetting: float = 0.999
    """Factor by which g forgets."""
    horizon_ticks: float = 1000.0
    """Time constant of the candidates' losses."""
    reach_forgetting: float = 0.999
    """Factor by which the largest change of late fades."""

    def __post_init__(self) -> None:
        ranges = (
            (all(0 < share < 1 for share in self.average_shares), "average_shares within (0, 1)"),
            (self.lags >= 1, "lags >= 1"),
            (0 < self.forgetting <= 1 and 0 < self.joint_forgetting <= 1, "forgetting within (0, 1]"),
            (self.regularisation > 0 and self.joint_regularisation > 0, "regularisation > 0"),
            (self.ceiling > 0, "ceiling > 0"),
            (0 <= self.heed_prior[0] <= 1 and self.heed_prior[1] > 0, "heed_prior within [0, 1] and > 0"),
            (0 < self.heed_forgetting <= 1, "heed_forgetting within (0, 1]"),
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
    def candidates(self) -> int:
        """E."""
        return self.averages + 5

    def features(self, heads: int) -> int:
        """Q, with so many episodic heads."""
        return FIRST_EPISODE + heads + self.averages + self.lags

    @property
    def shares(self) -> Float32:
        """float32[A]."""
        return np.asarray(self.average_shares, np.float32)

    @property
    def prior(self) -> Float32:
        """float32[2]: `ReadoutMemory.heed` before anything was learned."""
        share, squares = self.heed_prior
        return np.asarray([share * squares, squares], np.float32)


def padded(size: int) -> int:
    """Numbers that an array holds for `size` of them."""
    return -(-size // LANES) * LANES


def initial(count: int, width: int, neurons: int, heads: int, settings: ReadoutSettings) -> ReadoutMemory:
    """Nothing learned yet; heads: H."""

    def zeros(*shape: int) -> Float32:
        return np.zeros((count, *shape), np.float32)

    def root(size: int, regularisation: float) -> Float32:
        start = np.zeros((padded(size), padded(size)), np.float32)
        np.fill_diagonal(start[:size, :size], regularisation**-0.5)
        return start

    features = settings.features(heads)
    return ReadoutMemory(
        own=zeros(width, padded(features)),
        own_root=np.tile(root(features, settings.regularisation), (count, width, 1, 1)),
        short=zeros(width, padded(features)),
        averages=zeros(width, settings.averages),
        joint=zeros(width, padded(neurons)),
        joint_root=np.tile(root(neurons, settings.joint_regularisation), (count, 1, 1)),
        heed=np.tile(settings.prior, (count, width, 1)),
        parts=zeros(width, settings.candidates),
        losses=zeros(width, settings.candidates),
        reach=zeros(width),
    )


def read_in_new_codes(weights: Float32, gain: Float64, offset: Float64) -> Float64:
    """Own readout [K, Q] for codes gain * old + offset [K]: the same change, told in new codes.

    With q' = T q, where T is diagonal (1, gain, ...) but for the offset that joins the level, the weights become
    gain * G T^-1; only the bias takes in more than a factor, and that of the others is 1.
    """
    result = weights.astype(np.float64)
    result[:, BIAS] = gain * weights[:, BIAS] - offset * weights[:, LEVEL]
    return result


def root_in_new_codes(root: Float32, gain: Float64, offset: Float64) -> Float64:
    """S [K, Q, Q] of the features q' = T q: S S^T becomes T^-T S S^T T^-1, so S becomes T^-T S."""
    told = root / gain[:, None, None]
    told[:, BIAS] = root[:, BIAS] - (offset / gain)[:, None] * root[:, LEVEL]
    return told


def capped(root: Float64, ceiling: float) -> Float64:
    """S [K, Q, Q] with no diagonal entry of S S^T above `ceiling`: its rows shortened, which keeps it a root.

    Codes that became a thousand times smaller make P a million times larger, and the next error would be overlearned.
    """
    diagonal = (root * root).sum(axis=2)
    return root * np.sqrt(ceiling / np.maximum(diagonal, ceiling))[:, :, None]
