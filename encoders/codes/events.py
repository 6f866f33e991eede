"""A packet of an event camera: what became brighter or darker, and where.

    code = sign(n) ln(1 + |n|), n = brighter less darker events in a cell, the cells row after row

The picture of width x height pixels is cut into cells x cells. Source of the data: P. Lichtsteiner, C. Posch, T.
Delbruck, IEEE J. Solid-State Circuits 43 (2008) 566-576.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of, is_empty
from encoders.codes.features import FixedFeatures
from encoders.contract import Float64

MOST = 2**22
"""Numbers in one packet: a million events."""
_COLUMNS = 4


class EventsConfig(BaseModel):
    """How large the picture is, and how finely to look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width_px: int = Field(default=640, ge=1, le=65_536)
    height_px: int = Field(default=480, ge=1, le=65_536)
    cells: int = Field(default=4, ge=1, le=16)
    """Cells a side."""


class EventsEncoder(FixedFeatures):
    """See Encoder. Values: lists or arrays of [x, y, t, polarity]; polarity 1 is brighter, 0 or -1 darker.

    x and y are pixels from 0, below width and height. t is not used: a packet is one moment. An empty list is a packet
    in which nothing happened. Summary: {"net": [cells][cells] brighter less darker, rows from the top}; exact up to
    2979 in a cell.
    """

    name = "events"

    def __init__(self, **config: Any) -> None:
        self.config = EventsConfig(**config)
        self.width = self.config.cells**2

    @property
    def precision(self) -> float:
        """See FixedFeatures: counts are exact."""
        return 0.0

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        if is_empty(value):
            return np.zeros(self.width)
        packet = array_of(value, 2, most=MOST)
        if packet is None or packet.shape[1] != _COLUMNS:
            return None
        x, y, _, polarity = packet.T
        if not (_within(x, self.config.width_px) and _within(y, self.config.height_px)):
            return None
        if not np.isin(polarity, (-1.0, 0.0, 1.0)).all():
            return None
        cells = self.config.cells
        column = np.minimum(np.floor(x * (cells / self.config.width_px)), cells - 1.0)
        row = np.minimum(np.floor(y * (cells / self.config.height_px)), cells - 1.0)
        place = (row * cells + column).astype(np.int64)
        net: Float64 = np.zeros(self.width)
        np.add.at(net, place, np.where(polarity > 0.0, 1.0, -1.0))
        return signed_log(net)

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        cells = self.config.cells
        return {"net": counts_of(features).reshape(cells, cells).tolist()}


def signed_log(counts: Float64) -> Float64:
    """sign(n) ln(1 + |n|)."""
    return np.copysign(np.log1p(np.abs(counts)), counts)


def counts_of(codes: Float64) -> Any:
    """int64 array of whole numbers: the inverse of `signed_log`; float32 keeps them apart up to 8."""
    return np.rint(np.copysign(np.expm1(np.abs(codes)), codes)).astype(np.int64)


def _within(place: Float64, size: int) -> bool:
    """Whether all lie on the picture."""
    return float(place.min()) >= 0.0 and float(place.max()) < size
