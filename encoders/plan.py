"""The plan: which field of a stream owns which block of the stream's vector.

A stream's plan follows from that stream's own messages and the topic's schema alone. Blocks are handed out from
channel 0 on in order of first sight and never move, so a new field leaves the codes of the others as they are, byte for
byte. Plans are immutable and interned: streams that send the same fields in the same order share one object.

Letters: B streams of a wave (distinct, all on one plan), C rows of any pool, D channels of the vector.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from encoders.allocation import allocated
from encoders.block import Block, Unplaced, sensor_places
from encoders.circumstances import PLAIN, Circumstances
from encoders.contract import Bool, Float32, Float64, Objects, Rescaled, State, reading_state
from encoders.conversion import Converted, Units, turned
from encoders.group import Group, grouped
from encoders.quality import MISSING, unsensed
from encoders.reading import Fields
from encoders.schema.topic import TopicSchema
from encoders.watch import fingerprint
from encoders.watch.marks import UNIT
from encoders.watch.watch import Seen, Watch

_FORMAT = 1
_WATCH = "watch"
"""Field of the state rows, beside those of the groups."""


class PlanError(Exception):
    """A stored plan cannot be used by this version; the message says why."""


@dataclass(frozen=True)
class EncodedRows:
    """A wave of B readings as vectors."""

    x: Float32
    """float32[B, D]: codes; zero where nothing was sensed and in channels without owner."""
    sensed: Bool
    """bool[B, D]: channels whose field carried a value that could be encoded."""
    quality: npt.NDArray[np.uint8]
    """uint8[B, len(plan.blocks)]: OK, MISSING (absent or null) or BAD (a value, but not one of this field's kind)."""
    marks: npt.NDArray[np.uint16]
    """uint16[B, len(plan.blocks)]: what is suspicious about each field, bits of encoders.watch.marks.FIELD_MARKS."""
    reading_marks: npt.NDArray[np.uint8]
    """uint8[B]: what is suspicious about each reading as a whole, bits of READING_MARKS."""
    noise: Float32 | None
    """float32[B, D]: standard deviations of the codes by what the sensors say of their own errors, zero where they say
    nothing; None where no reading of the wave says anything."""
    state: State
    """structured[B]: for the next reading of these streams."""
    coding: State
    """structured[B]: the state by which `x` and expectations of it are decoded now; it may be `state` itself."""


@dataclass(frozen=True)
class Plan:
    """Which field owns which block. Make one by `empty`, `extended` or `from_json`."""

    width: int
    """D."""
    blocks: tuple[Block, ...] = ()
    """In order of first sight; the event time first where the schema knows one."""
    unplaced: tuple[Unplaced, ...] = ()
    """Fields that own no block, in order of first sight, at most allocation.MOST_UNPLACED."""
    overflowed: bool = False
    """True where more fields than those listed in `unplaced` own no block."""

    def __hash__(self) -> int:
        """Of all four parts, computed once."""
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled (between our own processes) by its parts, interned again on arrival."""
        return _interned, (self.width, self.blocks, self.unplaced, self.overflowed)

    @staticmethod
    def empty(width: int) -> Plan:
        """The plan of a stream that has not sent anything; `width` is D."""
        return _interned(width, (), (), False)

    @property
    def used(self) -> int:
        """Channels that have an owner: [0, used)."""
        return self.blocks[-1].stop if self.blocks else 0

    @property
    def given(self) -> int:
        """Channels [0, given) tell the message's own time; nobody foretells them."""
        return self.blocks[0].stop if self.blocks and self.blocks[0].timed else 0

    def extended(self, fields: Fields, schema: TopicSchema) -> Plan:
        """This plan with a block for each field of a message that has none yet; the same object if there is none.

        A field that the schema does not know gets its type from its value; one that has only been null waits.
        """
        if fields.keys() <= self._known and self.blocks:
            return self
        blocks, unplaced, overflowed = allocated(self.width, self.blocks, self.unplaced, fields, schema)
        if blocks == self.blocks and unplaced == self.unplaced and overflowed <= self.overflowed:
            return self
        return _interned(self.width, blocks, unplaced, overflowed or self.overflowed)

    @cached_property
    def measured(self) -> Bool:
        """bool[D]: channels of single measurements, which may be at fault; not of counters, symbols or moments."""
        found = np.zeros(self.width, dtype=np.bool_)
        for block in self.blocks:
            found[block.start] = block.width == 1 and block.kind == "number" and not block.timed
        return found

    # --- state: one structured row a stream; gather with state[rows], scatter with state[rows] = more ---

    @cached_property
    def state_dtype(self) -> np.dtype[Any]:
        """Layout of one stream's encoder state under this plan; no objects, no padding."""
        groups = [(group.name, group.encoder.state_dtype, (len(group.blocks),)) for group in self.groups]
        return np.dtype([*groups, (_WATCH, self._watch.dtype)])

    def initial(self, count: int) -> State:
        """structured[count]: the state of streams that have sent nothing yet."""
        state: State = np.zeros(count, dtype=self.state_dtype)
        state[_WATCH] = self._watch.initial(count)
        for group in self.groups:
            state[group.name] = group.encoder.initial(count * len(group.blocks)).reshape(count, len(group.blocks))
        return state

    def grown(self, state: State, old: Plan) -> State:
        """The state structured[C] of plan `old`, which this plan extends, in the layout of this plan."""
        new = self.initial(len(state))
        new[_WATCH] = self._watch.grown(state[_WATCH], old._watch)
        for group in old.groups:
            new[group.name][:, : len(group.blocks)] = state[group.name]
        return new

    def pack(self, state: State) -> npt.NDArray[np.uint8]:
        """uint8[C, bytes]: the rows of structured[C] as they lie in memory, for snapshots and state hashes."""
        return np.ascontiguousarray(state).view(np.uint8).reshape(len(state), self.state_dtype.itemsize)

    def unpack(self, packed: npt.NDArray[np.uint8]) -> State:
        """The inverse of `pack`; raises PlanError where the rows have another length."""
        if packed.ndim != 2 or packed.shape[1] != self.state_dtype.itemsize:
            raise PlanError(f"encoder state of shape {packed.shape}, expected [rows, {self.state_dtype.itemsize}]")
        state = self.initial(len(packed))
        self.pack(state)[:] = packed  # a view: `state` is contiguous
        return state

    # --- a wave ---

    def encode(
        self, fields: Sequence[Fields], times: Float64, state: State, came: Circumstances = PLAIN
    ) -> EncodedRows:
        """Encode one reading each of B distinct streams.

        fields: [B]. times: float64[B], seconds since 1970, NaN where unknown. state: structured[B], left as it is.
        """
        count, blocks = len(fields), len(self.blocks)
        x = np.zeros((count, self.width), dtype=np.float32)
        sensed = np.zeros((count, self.width), dtype=np.bool_)
        quality = np.zeros((count, blocks), dtype=np.uint8)
        wrong = np.zeros((count, blocks), dtype=np.uint16)
        numbers = np.full((count, blocks), np.nan)
        prints = np.zeros((count, blocks), dtype=np.uint64)
        after = np.empty(count, dtype=self.state_dtype)
        earlier: list[tuple[Group, State]] = []
        noted = self._units.noted(fields, came)
        foreign = self._units.foreign(noted)
        for group in self.groups:
            before = _flat(state, group)
            sent = group.sent(fields, times)
            if foreign:
                sent = turned(group, sent, foreign)
            encoded = group.encode(sent, before)
            x[:, group.channels] = encoded.codes.reshape(count, -1)
            sensed[:, group.channels] = np.repeat(encoded.sensed, group.encoder.width).reshape(count, -1)
            after[group.name] = encoded.state.reshape(count, -1)
            reading = reading_state(before, encoded.state)
            if reading is not encoded.state:
                earlier.append((group, reading))
            if not encoded.sensed.all():
                quality[:, group.places], wrong[:, group.places] = unsensed(
                    group, encoded.sensed.reshape(count, -1), fields
                )
            if group.numbers is None:
                prints[:, group.places] = fingerprint.of_values(sent).reshape(count, -1)
            elif not group.timed:
                numbers[:, group.places] = np.where(encoded.sensed, sent, np.nan).reshape(count, -1)
        seen = Seen(times, numbers, prints, quality != MISSING, came, self._units.unsettled(noted))
        marks, reading_marks = self._watch.judged(seen, state[_WATCH], after[_WATCH])
        for value in foreign:
            if value.gain != value.gain:
                wrong[value.row, value.place] = 0  # the value is fine, its unit is not
            marks[value.row, value.place] |= UNIT
        marks |= wrong
        coding = after.copy() if earlier else after
        for group, reading in earlier:
            coding[group.name] = reading.reshape(count, -1)
        noise = self._noise(came, foreign, coding)
        return EncodedRows(x, sensed, quality, marks, reading_marks, noise, after, coding)

    def _noise(self, came: Circumstances, foreign: Sequence[Converted], coding: State) -> Float32 | None:
        """What the sensors' own errors, as their messages note them, mean in codes."""
        if not any(notes.sigmas for notes in came.notes.values()):
            return None
        sigmas = np.full((len(coding), len(self.blocks)), np.nan)
        for row, notes in came.notes.items():
            for path, sigma in notes.sigmas.items():
                if path in self._places:
                    sigmas[row, self._places[path]] = sigma
        for value in foreign:
            sigmas[value.row, value.place] *= abs(value.gain)
        noise = np.zeros((len(coding), self.width), dtype=np.float32)
        for group in self._sensors:
            codes = group.encoder.noise(sigmas[:, group.places].reshape(-1), _flat(coding, group))
            noise[:, group.channels] = codes.reshape(len(coding), -1)
        return noise

    def decode(self, codes: Float32, state: State) -> dict[str, Float64 | Objects]:
        """Field path -> [B] values, of codes float32[B, D] and structured[B]; the event time is left out.

        float64 for numbers and for datetimes (seconds since 1970), NaN where nothing was ever seen; object for the
        others (bool, str), None where nothing was ever seen.
        """
        columns: dict[str, Float64 | Objects] = {}
        for group in self._sensors:
            values = group.decode(codes, _flat(state, group))
            columns.update((block.path, values[:, place]) for place, block in enumerate(group.blocks))
        return columns

    def spread(self, deviation: Float32, state: State) -> dict[str, Float64]:
        """Field path -> float64[B]: standard deviations float32[B, D] of codes in the unit of the field, or NaN."""
        columns: dict[str, Float64] = {}
        for group in self._sensors:
            values = group.encoder.spread(group.rows(deviation), _flat(state, group)).reshape(len(deviation), -1)
            columns.update((block.path, values[:, place]) for place, block in enumerate(group.blocks))
        return columns

    def translation(self, old: State, new: State) -> tuple[Float64, Float64] | None:
        """How codes under `old` read under `new`: new code = gain * old code + offset, both float64[B, D].

        None where no code changed its meaning. Rows and channels that did not change have gain 1 and offset 0.
        """
        found: tuple[Float64, Float64] | None = None
        for group in self.groups:
            before, after = old[group.name], new[group.name]
            changed = (before["version"] != after["version"]) & (before["version"] != 0)
            if not changed.any() or not isinstance(group.encoder, Rescaled):
                continue
            found = found or (np.ones((len(old), self.width)), np.zeros((len(old), self.width)))
            gain, offset = group.encoder.translation(_flat(old, group), _flat(new, group))
            found[0][:, group.channels] = gain.reshape(len(old), -1)
            found[1][:, group.channels] = offset.reshape(len(old), -1)
        return found

    # --- JSON ---

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with the layout of the state rows so that a later version can tell whether it fits."""
        return {
            "format": _FORMAT,
            "width": self.width,
            "blocks": [block.to_json() for block in self.blocks],
            "unplaced": [{"path": field.path, "reason": field.reason} for field in self.unplaced],
            "overflowed": self.overflowed,
            "state": self._layout,
        }

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Plan:
        """The inverse of `to_json`; raises PlanError, or CatalogueError where a plug-in is not installed."""
        try:
            if document["format"] != _FORMAT:
                raise PlanError(f"plan of format {document['format']}, this version reads {_FORMAT}")
            blocks = tuple(Block.of(block) for block in document["blocks"])
            unplaced = tuple(Unplaced(**field) for field in document["unplaced"])
            plan = _interned(int(document["width"]), blocks, unplaced, bool(document["overflowed"]))
        except (KeyError, TypeError, ValueError) as error:
            raise PlanError(f"not a plan: {type(error).__name__}: {error}") from error
        if document.get("state") != plan._layout:
            raise PlanError("the encoders of this version keep another state than those that wrote the plan")
        return plan

    # --- inside ---

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Blocks by equal encoder."""
        return grouped(self.blocks)

    @cached_property
    def _watch(self) -> Watch:
        return Watch(self.blocks)

    @cached_property
    def _units(self) -> Units:
        return Units(self.blocks)

    @cached_property
    def _places(self) -> dict[str, int]:
        """Path -> position among the blocks, of all but the event time."""
        return sensor_places(self.blocks)

    @cached_property
    def _sensors(self) -> tuple[Group, ...]:
        """All groups but that of the event time, which a message gives and nobody asks back."""
        return tuple(group for group in self.groups if not group.timed)

    @cached_property
    def _known(self) -> frozenset[str]:
        """Paths about which nothing is left to decide."""
        full = (field.path for field in self.unplaced if field.reason == "no-room")
        return frozenset([block.path for block in self.blocks if not block.timed]).union(full)

    @cached_property
    def _hash(self) -> int:
        return hash((self.width, self.blocks, self.unplaced, self.overflowed))

    @cached_property
    def _layout(self) -> str:
        return json.dumps(np.lib.format.dtype_to_descr(self.state_dtype))


_plans: WeakValueDictionary[tuple[Any, ...], Plan] = WeakValueDictionary()
_plans_lock = threading.Lock()


def _interned(width: int, blocks: tuple[Block, ...], unplaced: tuple[Unplaced, ...], overflowed: bool) -> Plan:
    """The one plan of this process with these parts."""
    with _plans_lock:
        return _plans.setdefault((width, blocks, unplaced, overflowed), Plan(width, blocks, unplaced, overflowed))


def _flat(state: State, group: Group) -> State:
    """structured[B * F]: a group's rows of structured[B], stream after stream."""
    return np.ascontiguousarray(state[group.name]).reshape(-1)
