"""The bank of regimes: a readout that learns, and several that rest until what they learned is true again.

A stream that works in one of several ways (a machine idle, at work, under load) has a best readout in each. One that
forgets has to learn anew at every change; a bank keeps a slot for each way, believes the slots by how well they
foretell (fixed share, Herbster and Warmuth 1998, Machine Learning 32), and only the slot that leads learns. Where the
leader errs more than it used to (a cumulative sum, Page 1954), a scout begins to learn from where it stands; a scout
that keeps winning becomes a slot of its own. All slots read one short memory of the stream,

    q = [1, level_0, level before_0, level_1, level before_1, ...]

and say by how much each channel will change. All decisions are one a stream, pooled over the channels k that were
sensed and are settled, n of them: that is where the power is. With e_mk the error of slot m and v_k the floor, the
leader's mean squared error, a tick counts

    l_m = -min(1, 2 / n) (nu + 1) / 2 sum_k log(1 + e_mk^2 / (nu v_k inflation))                      likelihood
    w_m <- (1 - a) w_m exp max(l_m - max l, -4) / sum + a / slots                                    belief
    alarm <- max(0, alarm + sum_k (min(e_lead,k^2 / v_k, 9) / 4 - log(2) / 2))                       sends a scout
    wins <- max(0, wins + clip(l_scout - l_lead, -4, 4))                                             makes it a slot

The floor is inflated by how far even the best slot errs above it of late: noise that rose for all is no regime. Of the
inverse correlations only the leader's is kept; a slot that returns takes it over, scaled down to the trace that it had
itself. One that goes to rest takes back what it learned since the milestone before last: the first ticks of another
regime.

Letters: C rows of the pool, D channels, R = min(channels, D) channels of the bank, M slots, Q features: 1 + 2 R rounded
up to a multiple of LANES; what lies beyond is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plastic_core.arrays import Float32, Int64
from plastic_core.readout import padded

UInt8 = npt.NDArray[np.uint8]

BIAS = 0
"""The feature that is 1; level and level before of channel k are features 1 + 2 k and 2 + 2 k."""


class RegimeMemory(NamedTuple):
    """What the bank remembers; arrays of a pool."""

    weights: Float32
    """W, float32[C, M + 1, R, Q]: from the features to each channel's change; the last are the scout's."""
    root: Float32
    """float32[C, Q, Q]: S with S S^T the inverse correlation of the features as the leader knows it; 0 for features of
    channels never sensed."""
    scout_root: Float32
    """float32[C, Q, Q]: the same for the scout."""
    scale: Float32
    """float32[C, M]: trace of S S^T when a slot stopped leading; all that is kept of its certainty."""
    young: Float32
    """float32[C, R, Q]: the leader's weights at the last calm milestone."""
    old: Float32
    """float32[C, R, Q]: the leader's weights at the milestone before: what it returns to when another leads."""
    milestones: Float32
    """float32[C, 2]: trace of S S^T at the milestones of `young` and `old`."""
    features: Float32
    """q, float32[C, Q]."""
    foretold: Float32
    """float32[C, M + 1, R]: change of each channel that each slot and the scout expect."""
    part: Float32
    """float32[C, R]: change that the bank expects: the slots' mean, weighted by belief."""
    belief: Float32
    """float32[C, M]: probability that each slot is the one that is true now."""
    floor: Float32
    """v, float32[C, R]: mean squared error of the leader, outliers cut."""
    short: Float32
    """float32[C, M + 1]: mean squared error of late, in floors, of each slot and the scout."""
    inflation: Float32
    """float32[C] >= 1: by how much even the best errs more than the floor of late: noise that rose for all."""
    alarm: Float32
    """float32[C]: cumulative sum of the leader's errors above the floor."""
    wins: Float32
    """float32[C]: cumulative sum of the log-likelihood by which the scout beats the leader."""
    slow_error: Float32
    """float32[C]: squared error of the best consolidated slot at the last tick, in floors; 0 where there is none."""
    judged: Int64
    """int64[C, R]: how often each channel's expectation was judged."""
    known: UInt8
    """uint8[C, R]: 1 for channels that were ever sensed."""
    first: Int64
    """int64[C]: the channel of the input that is the bank's channel 0."""
    slots: Int64
    """int64[C]: slots in use, the first ones."""
    lead: Int64
    """int64[C]: the slot that leads: it learns."""
    ticks: Int64
    """int64[C]: ticks at which something was learned."""
    led: Int64
    """int64[C, M]: the tick, of `ticks`, at which each slot led last."""
    steady: Int64
    """int64[C, M]: ticks that each slot has led without a scout, since a channel was last new to it."""
    calm: Int64
    """int64[C]: ticks without a scout since the leader began to lead."""
    scout: Int64
    """int64[C]: ticks that the scout has lived; -1 without one."""
    switched: UInt8
    """uint8[C]: 1 where another slot took the lead at the last tick."""
    spawned: UInt8
    """uint8[C]: 1 where the scout became a slot at the last tick."""


class RegimeRates(NamedTuple):
    """RegimeSettings as the kernels take them."""

    forgetting: np.float32
    ceiling: np.float32
    prior: np.float32
    settled: int
    share: np.float32
    nu: np.float32
    effective: np.float32
    believed: np.float32
    steepest: np.float32
    widening: np.float32
    alarm: np.float32
    wins: np.float32
    gone: int
    milestone: int
    floor_share: np.float32
    short_share: np.float32
    consolidated: int


@dataclass(frozen=True)
class RegimeSettings:
    """How regimes are told apart; the same for every stream."""

    slots: int = 4
    """M: regimes that are remembered; a further one takes the place of the one that led longest ago."""
    channels: int = 15
    """R: so many first channels, after those that come with the message, are seen; the cost grows with its square."""
    forgetting: float = 0.9998
    """Factor by which leader and scout forget, in (0, 1]: with a bank there is no need to forget quickly."""
    ceiling: float = 1000.0
    """Mean diagonal of an inverse correlation above which nothing is forgotten."""
    prior: float = 100.0
    """Inverse correlation of the features assumed at first, 1 / code^2; no scout begins with more, in the mean."""
    settled_ticks: int = 50
    """Ticks after which a channel's floor is known: from then on it has a say, and its outliers are cut."""
    share: float = 1e-3
    """Belief that is dealt to all slots alike at each tick, in (0, 1): how likely a regime ends."""
    nu: float = 5.0
    """Degrees of freedom of the errors' Student t distribution."""
    effective_channels: float = 2.0
    """Channels that are taken for independent witnesses; the say of more is scaled down to this."""
    believed: float = 0.5
    """Belief above which another slot takes the lead, in [0.5, 1)."""
    steepest: float = 4.0
    """Log-likelihood that a single tick may count at most."""
    widening: float = 500.0
    """Factor by which a scout's inverse correlation is above the leader's: how quickly it learns."""
    alarm: float = 6.0
    """Cumulative sum of the leader's errors at which a scout begins, log-likelihood."""
    wins: float = 8.0
    """Cumulative sum at which a scout becomes a slot, log-likelihood."""
    gone_ticks: int = 200
    """Ticks after which a scout that has not won ends."""
    milestone_ticks: int = 32
    """Calm ticks between two milestones; a slot that has not passed two is too young to be kept."""
    floor_ticks: float = 200.0
    """Time constant of the floor."""
    short_ticks: float = 16.0
    """Time constant of the errors of late."""
    consolidated_ticks: int = 128
    """Calm ticks of leading after which a slot is consolidated."""

    def __post_init__(self) -> None:
        ranges = (
            (self.slots >= 1 and self.channels >= 1, "slots >= 1, channels >= 1"),
            (0 < self.forgetting <= 1, "forgetting within (0, 1]"),
            (0 < self.prior <= self.ceiling, "prior within (0, ceiling]"),
            (self.settled_ticks >= 1, "settled_ticks >= 1"),
            (0 < self.share < 1, "share within (0, 1)"),
            (self.nu > 0 and self.effective_channels > 0, "nu and effective_channels > 0"),
            (0.5 <= self.believed < 1, "believed within [0.5, 1)"),
            (0 < self.steepest <= 4, "steepest within (0, 4]"),
            (self.widening >= 1, "widening >= 1"),
            (self.alarm > 0 and self.wins > 0, "alarm and wins > 0"),
            (self.gone_ticks >= 1 and self.milestone_ticks >= 1, "gone_ticks and milestone_ticks >= 1"),
            (self.floor_ticks >= 1 and self.short_ticks >= 1, "floor_ticks and short_ticks >= 1"),
            (self.consolidated_ticks >= 1, "consolidated_ticks >= 1"),
        )
        for holds, wanted in ranges:
            if not holds:
                raise ValueError(f"regime settings: {wanted}")

    @property
    def rates(self) -> RegimeRates:
        """For the kernels."""
        return RegimeRates(
            forgetting=np.float32(self.forgetting),
            ceiling=np.float32(self.ceiling),
            prior=np.float32(self.prior),
            settled=self.settled_ticks,
            share=np.float32(self.share),
            nu=np.float32(self.nu),
            effective=np.float32(self.effective_channels),
            believed=np.float32(self.believed),
            steepest=np.float32(self.steepest),
            widening=np.float32(self.widening),
            alarm=np.float32(self.alarm),
            wins=np.float32(self.wins),
            gone=self.gone_ticks,
            milestone=self.milestone_ticks,
            floor_share=np.float32(1 / self.floor_ticks),
            short_share=np.float32(1 / self.short_ticks),
            consolidated=self.consolidated_ticks,
        )


def initial(count: int, width: int, settings: RegimeSettings) -> RegimeMemory:
    """One slot that has learned nothing, and leads."""
    slots, seen = settings.slots, min(settings.channels, width)
    features = padded(1 + 2 * seen)

    def zeros(*shape: int) -> Float32:
        return np.zeros((count, *shape), np.float32)

    def counts(*shape: int) -> Int64:
        return np.zeros((count, *shape), np.int64)

    def flags(*shape: int) -> UInt8:
        return np.zeros((count, *shape), np.uint8)

    root, belief = zeros(features, features), zeros(slots)
    root[:, BIAS, BIAS] = np.float32(settings.prior**0.5)
    belief[:, 0] = 1
    return RegimeMemory(
        weights=zeros(slots + 1, seen, features),
        root=root,
        scout_root=root.copy(),
        scale=zeros(slots),
        young=zeros(seen, features),
        old=zeros(seen, features),
        milestones=np.full((count, 2), settings.prior, np.float32),
        features=zeros(features),
        foretold=zeros(slots + 1, seen),
        part=zeros(seen),
        belief=belief,
        floor=np.ones((count, seen), np.float32),
        short=np.ones((count, slots + 1), np.float32),
        inflation=np.ones(count, np.float32),
        alarm=zeros(),
        wins=zeros(),
        slow_error=zeros(),
        judged=counts(seen),
        known=flags(seen),
        first=counts(),
        slots=np.ones(count, np.int64),
        lead=counts(),
        ticks=counts(),
        led=counts(slots),
        steady=counts(slots),
        calm=counts(),
        scout=np.full(count, -1, np.int64),
        switched=flags(),
        spawned=flags(),
    )
