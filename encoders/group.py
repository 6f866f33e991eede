"""Blocks of a plan that share an equal encoder: coded in one call on flattened rows.

Letters: B streams, F fields of the group, W width of a block, D channels of the vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.block import Block
from encoders.contract import Encoded, Encoder, Float32, Float64, NumberEncoder, Objects, State, objects
from encoders.reading import Columns, Fields
from encoders.schema.topic import NUMERIC

_AS_NUMBERS = NUMERIC | {"datetime"}

Int64 = npt.NDArray[np.int64]
Sent = npt.NDArray[Any]
"""float64 for an encoder of numbers, else object."""


@dataclass(frozen=True)
class Group:
    """F blocks with equal encoders, in the order of the plan."""

    name: str
    """Its field in the plan's state dtype."""
    encoder: Encoder
    numbers: NumberEncoder | None
    """The same encoder where it works on numbers inside."""
    blocks: tuple[Block, ...]
    """[F], in the order of the plan."""
    places: Int64
    """int64[F]: their positions among the plan's blocks."""
    channels: Int64
    """int64[F * W]: their channels, block after block."""
    timed: bool
    """True for the event time, which comes from the readings' times."""

    def sent(self, fields: Sequence[Fields], times: Float64) -> Sent:
        """[B * F] values as sent, reading after reading."""
        if self.numbers is None:
            return objects(self.values(fields))
        return times if self.timed else self.parsed(fields, self.numbers)

    def encode(self, sent: Sent, state: State) -> Encoded:
        """Encode what `sent` gave, B readings as B * F rows; `state` is structured[B * F]."""
        return self.encoder.encode(sent, state) if self.numbers is None else self.numbers.encode_numbers(sent, state)

    def parsed(self, fields: Sequence[Fields], encoder: NumberEncoder) -> Float64:
        """float64[B * F] values, NaN where missing or not understood; columns of numbers are taken as they are."""
        taken = fields.numbers(self.paths) if isinstance(fields, Columns) and not self.gathers else None
        return encoder.parse(self.values(fields)) if taken is None else taken

    @cached_property
    def paths(self) -> list[str]:
        """[F]."""
        return [block.path for block in self.blocks]

    @cached_property
    def gathers(self) -> bool:
        """Whether a field of this group is made of several of the message's."""
        return any(block.parts for block in self.blocks)

    def values(self, fields: Sequence[Fields]) -> list[object]:
        """[B * F] values as sent, None where a reading lacks the field."""
        if self.gathers:
            return [block.value(reading) for reading in fields for block in self.blocks]
        paths = self.paths
        if len(paths) == 1:
            return [reading.get(paths[0]) for reading in fields]
        pick = itemgetter(*paths)
        try:
            return [value for reading in fields for value in pick(reading)]
        except KeyError:
            return [reading.get(path) for reading in fields for path in paths]

    def decode(self, codes: Float32, state: State) -> Objects | Float64:
        """[B, F] of codes float32[B, D] and structured[B * F]: float64 for numbers and times, else objects."""
        rows = self.rows(codes)
        if self.numbers is not None and self.blocks[0].kind in _AS_NUMBERS:
            return self.numbers.decode_numbers(rows, state).reshape(len(codes), -1)
        return self.encoder.decode(rows, state).values.reshape(len(codes), -1)

    def rows(self, codes: Float32) -> Float32:
        """float32[B * F, W]: this group's channels of float32[B, D]."""
        return codes[:, self.channels].reshape(-1, self.encoder.width)


def grouped(blocks: Sequence[Block]) -> tuple[Group, ...]:
    """The groups of a plan; further blocks leave the order of the groups and of the blocks in them as it was."""
    members: dict[tuple[str, str, str, bool], list[int]] = {}
    for place, block in enumerate(blocks):
        members.setdefault((block.encoder, block.config, block.kind, block.timed), []).append(place)
    return tuple(_group(f"g{number}", blocks, places) for number, places in enumerate(members.values()))


def _group(name: str, blocks: Sequence[Block], places: list[int]) -> Group:
    chosen = tuple(blocks[place] for place in places)
    encoder = chosen[0].code()
    numbers = encoder if isinstance(encoder, NumberEncoder) else None
    if chosen[0].timed and numbers is None:
        raise TypeError(f"the event time needs an encoder of numbers, {encoder.name!r} is none")
    channels = [channel for block in chosen for channel in range(block.start, block.stop)]
    return Group(
        name=name,
        encoder=encoder,
        numbers=numbers,
        blocks=chosen,
        places=np.array(places, dtype=np.int64),
        channels=np.array(channels, dtype=np.int64),
        timed=chosen[0].timed,
    )
