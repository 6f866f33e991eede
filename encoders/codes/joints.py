"""The joints of an arm or a leg: each position as a point on the circle, or as a share of its range.

    turn:    codes = (sin q, cos q) of each joint
    range:   code = 2 q / half_range_rad of each joint
    speed:   code = v / speed_rad_s of each joint, behind the positions, where `velocities` are asked for

On the circle -pi and pi are neighbours, and turns are not counted; a range suits joints with stops, rails and winches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import FixedFeatures
from encoders.codes.scalar import REACH
from encoders.contract import Float32, Float64, State, usable_sigma

MOST_RAD = 1e6
"""Further positions are none of a joint: their place on the circle is lost in float64."""
_ROUNDING = 1e-6


class JointsConfig(BaseModel):
    """How many joints, and how to code them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(default=6, ge=1, le=64)
    code: Literal["turn", "range"] = "turn"
    half_range_rad: float = Field(default=np.pi, gt=0.0, le=1e6)
    """Code "range": the position whose code is 2."""
    velocities: bool = False
    speed_rad_s: float = Field(default=1.0, gt=0.0, le=1e6)
    """The speed whose code is 1."""


class JointsEncoder(FixedFeatures):
    """See Encoder. Values: a list or array of `count` positions in radians, then as many velocities where asked for.

    A dict with "position" and "velocity" is taken as well, as joint states of robots come. Read back as a list of
    positions, with velocities as such a dict; a position on the circle comes back between -pi and pi.
    """

    name = "joints"
    decodes = "value"

    def __init__(self, **config: Any) -> None:
        self.config = JointsConfig(**config)
        self._turns = self.config.code == "turn"
        self._positions = self.config.count * (2 if self._turns else 1)
        self.width = self._positions + (self.config.count if self.config.velocities else 0)

    @property
    def precision(self) -> float:
        """See FixedFeatures: radians, on the circle, and radians a second."""
        turned = _ROUNDING if self._turns else _ROUNDING * self.config.half_range_rad
        return max(turned, _ROUNDING * self.config.speed_rad_s) if self.config.velocities else turned

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        numbers = self._numbers(value)
        if numbers is None or np.abs(numbers).max() > MOST_RAD:
            return None
        positions, velocities = numbers[: self.config.count], numbers[self.config.count :]
        if self._turns:
            placed = np.stack((np.sin(positions), np.cos(positions)), axis=1).reshape(-1)
        else:
            placed = positions * (2.0 / self.config.half_range_rad)
        return np.concatenate((placed, velocities / self.config.speed_rad_s))

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        placed = features[: self._positions]
        if self._turns:
            positions: list[float] = np.arctan2(placed[::2], placed[1::2]).tolist()
        else:
            positions = (placed * (0.5 * self.config.half_range_rad)).tolist()
        if not self.config.velocities:
            return positions
        return {
            "position": positions,
            "velocity": (features[self._positions :] * self.config.speed_rad_s).tolist(),
        }

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in radians, of positions alone; on the circle as root mean square over sine and cosine."""
        gain = np.zeros(self.width)
        gain[: self._positions] = np.sqrt(0.5) if self._turns else 2.0 / self.config.half_range_rad
        most = 1.0 if self._turns else REACH
        return np.minimum(usable_sigma(sigma)[:, None] * gain, most).astype(np.float32)

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: radians, root mean square over the joints."""
        wide = deviation.astype(np.float64)
        square = np.zeros(len(state))
        for channel in range(self._positions):
            square = square + wide[:, channel] * wide[:, channel]
        unit = 1.0 if self._turns else 0.5 * self.config.half_range_rad
        return np.where(state["version"] > 0, unit * np.sqrt(square / self.config.count), np.nan)

    def _numbers(self, value: object) -> Float64 | None:
        """Positions, then velocities where asked for; None for what is no joint state of so many joints."""
        wanted = 2 if self.config.velocities else 1
        if not isinstance(value, Mapping):
            numbers = array_of(value, 1)
            return numbers if numbers is not None and len(numbers) == wanted * self.config.count else None
        state = cast("Mapping[object, object]", value)
        parts = [array_of(state.get(name), 1) for name in ("position", "velocity")[:wanted]]
        told = [part for part in parts if part is not None and len(part) == self.config.count]
        return np.concatenate(told) if len(told) == wanted else None
