"""Sets of symbols: the directions of the members laid over each other.

    code = sum of the members' directions / its length

Order does not matter and doubles count once; sets that share members lie near each other. The empty set has a direction
of its own. Superposition and its reading by comparison with known directions: Plate, "Holographic reduced
representations" (1995), and Kanerva, "Hyperdimensional computing" (2009).

Reading back: the one of the stream's last RECENT sets that has this code; else the nearest of these and of the set
that superposition.py finds among the last SLOTS symbols.

Letters: B streams, W channels, S slots, M sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.superposition import dot, parted
from encoders.codes.symbols import Int64, SymbolTable, digests_of, directions, nearness, symbol_of
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

SLOTS = 32
"""Symbols that a stream remembers; a set of more members has a code as good but is not read back whole."""
SHOWN_BYTES = 32
"""UTF-8 bytes of a member that are shown."""
RECENT = 16
"""Whole sets that a stream remembers, as long as all their members are among its symbols."""
EXACT = 1e-5
"""A recent set this near to the code is the one; further search is spared."""
MOST_MEMBERS = 256
"""Larger sets are not sensed."""

_BITS = np.left_shift(np.uint32(1), np.arange(SLOTS, dtype=np.uint32))


class SetConfig(BaseModel):
    """What counts as a member, and how wide the code is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: bool = False
    """Take numbers as members too, by their shortest decimal form ("7", "0.5"); they are read back as text."""
    channels: int = Field(default=16, ge=4, le=32)
    """W: the more, the larger the sets that can be told apart."""


class SetEncoder:
    """See Encoder. Values: lists, tuples and sets of text, even empty; of numbers where the config says so.

    Read back as a sorted list of the members, each cut at SHOWN_BYTES. One member that is no symbol spoils the set.
    """

    name = "set"
    decodes: Decodes = "value"

    def __init__(self, **config: Any) -> None:
        self.config = SetConfig(**config)
        self.width = self.config.channels
        self._table = SymbolTable(self.width, SLOTS, SHOWN_BYTES)
        recent = [("set_used", "<i8", (RECENT,)), ("members", "<u4", (RECENT,)), ("size", "<i8")]
        self.state_dtype: np.dtype[Any] = np.dtype([*self._table.layout, *recent])
        none = b"\xff\xff" + bytes(2 * self.width - 2)  # whatever is fixed; other than that of any symbol
        self._empty = directions(np.frombuffer(none, dtype="<i2")[None])[0].astype(np.float64)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=self.state_dtype)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        found = [_members(value, numbers=self.config.numbers) for value in values.tolist()]
        sensed = np.array([members is not None for members in found], dtype=np.bool_)
        sizes = np.array([len(members or ()) for members in found], dtype=np.int64)
        total = np.zeros((len(found), self.width))
        masks = np.zeros(len(found), dtype=np.uint32)
        after = state.copy()
        for rank in range(int(sizes.max(initial=0))):
            symbols = [members[rank] if members and rank < len(members) else None for members in found]
            digests = digests_of(symbols, self.width)
            there = rank < sizes
            total = total + np.where(there[:, None], directions(digests).astype(np.float64), 0.0)
            slots = self._table.remember(symbols, digests, after)
            masks = np.where(there, masks | _BITS[slots], masks)
        codes = np.where(sensed[:, None], self._bundled(total, sizes == 0), 0.0).astype(np.float32)
        _remember_sets(state, after, masks, sizes, sensed)
        return Encoded(codes, sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence 1 minus the distance from the code of what was read."""
        wide = np.clip(codes.astype(np.float64), -1e6, 1e6)
        known = directions(state["digest"]).astype(np.float64)
        members: Bool = (state["members"][:, :, None] & _BITS) != 0
        distance = np.where(state["set_used"] > 0, self._distance(members, known, wide), np.inf)
        vague = np.flatnonzero((distance.min(axis=1, initial=np.inf) > EXACT) & (state["seen"] > 0))
        found = np.zeros((len(codes), 1, SLOTS), dtype=np.bool_)
        found[vague, 0] = parted(wide[vague], known[vague], state["used"][vague] > 0)
        further = np.full((len(codes), 1), np.inf)
        further[vague] = self._distance(found[vague], known[vague], wide[vague])
        members = np.concatenate([members, found], axis=1)
        distance = np.concatenate([distance, further], axis=1)
        best = distance.argmin(axis=1)
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(state["seen"] > 0).tolist():
            slots = np.flatnonzero(members[row, best[row]]).tolist()
            values[row] = sorted(self._table.shown(state[row], slot) for slot in slots)
        return Decoded(values, nearness(distance[np.arange(len(codes)), best]))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: symbols have no unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: symbols have no unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: share of members that are wrong; none while the last set fits into the table, else all."""
        return np.where(state["seen"] > 0, np.where(state["size"] <= SLOTS, 0.0, 1.0), np.nan)

    def _bundled(self, total: Float64, empty: Bool) -> Float64:
        """float64[..., W] of unit length, of sums of directions; members that cancel out leave nothing."""
        length = np.sqrt(dot(total, total))
        whole = total / np.where(length < 1e-6, np.inf, length)[..., None]
        return np.where(empty[..., None], self._empty, whole)

    def _distance(self, members: Bool, known: Float64, codes: Float64) -> Float64:
        """float64[B, M]: of the codes of sets bool[B, M, S] of directions float64[B, S, W] from float64[B, W]."""
        total = np.zeros((*members.shape[:2], self.width))
        for slot in range(SLOTS):
            total = total + np.where(members[:, :, slot, None], known[:, None, slot, :], 0.0)
        away = self._bundled(total, ~np.logical_or.reduce(members, axis=2)) - codes[:, None, :]
        return np.sqrt(dot(away, away))


def _members(value: object, *, numbers: bool) -> list[str] | None:
    """The members in a fixed order, each once; None where the value is no set of symbols."""
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    given: Sequence[object] = list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if len(given) > MOST_MEMBERS:
        return None
    symbols = {symbol_of(member, numbers=numbers) for member in given}
    named = [symbol for symbol in symbols if symbol is not None]
    return sorted(named) if len(named) == len(symbols) else None


def _remember_sets(before: State, after: State, masks: npt.NDArray[np.uint32], sizes: Int64, sensed: Bool) -> None:
    """Keep the sets just seen among the last ones, in place; those that have lost a member are dropped."""
    moved: Bool = np.logical_or.reduce(before["digest"] != after["digest"], axis=2)
    lost = np.bitwise_or.reduce(np.where(moved, _BITS, np.uint32(0)), axis=1)
    after["set_used"] = np.where((after["members"] & lost[:, None]) != 0, 0, after["set_used"])
    rows = np.flatnonzero(sensed)
    after["version"][rows] = 1
    after["seen"][rows] = 1
    after["size"][rows] = sizes[rows]
    rows = np.flatnonzero(sensed & (sizes <= SLOTS))
    if not rows.size:
        return
    same: Bool = (after["members"][rows] == masks[rows, None]) & (after["set_used"][rows] > 0)
    known: Bool = np.logical_or.reduce(same, axis=1)
    oldest: Int64 = after["set_used"][rows].argmin(axis=1)
    place = np.where(known, same.argmax(axis=1), oldest)
    after["members"][rows, place] = masks[rows]
    after["set_used"][rows, place] = after["set_used"][rows].max(axis=1) + 1
