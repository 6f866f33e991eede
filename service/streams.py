"""The streams of one partition: their memories in one pool, their encoder states in one pool a plan.

Where a stream lies in its pools depends on its mates; what it remembers never does.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from encoders.contract import State
from encoders.formats.contract import FormatMemory
from encoders.plan import Plan
from encoders.reading import Fields
from encoders.schema import TopicSchema
from plastic_core.core import Core
from plastic_core.state import Memory, digest
from service.snapshots import Snapshot

Int64 = npt.NDArray[np.int64]


@dataclass
class Cohort:
    """Streams that share a plan, and their encoder states."""

    plan: Plan
    state: State
    """structured[capacity]."""
    free: list[int] = field(default_factory=list[int])
    """Places that nobody holds."""

    def place(self, state: State) -> int:
        """Give structured[1] a place."""
        if not self.free:
            old = len(self.state)
            self.state = np.concatenate([self.state, self.plan.initial(max(old, 8))])
            self.free.extend(range(len(self.state) - 1, old - 1, -1))
        place = self.free.pop()
        self.state[place] = state[0]
        return place


@dataclass(frozen=True)
class Members:
    """The readings of one wave whose streams share a plan."""

    cohort: Cohort
    readings: list[int]
    """[B] positions in the batch of readings."""
    rows: Int64
    """int64[B] in the memory pool."""
    places: Int64
    """int64[B] in the cohort's state."""


@dataclass
class Streams:
    """All streams of a partition, by name."""

    core: Core
    memory: Memory
    names: dict[str, int] = field(default_factory=dict[str, int])
    """Name -> row in the memory pool, in order of first sight."""
    plans: list[Plan] = field(default_factory=list[Plan])
    """Plan of each row."""
    places: list[int] = field(default_factory=list[int])
    """Place of each row in its plan's cohort."""
    cohorts: dict[Plan, Cohort] = field(default_factory=dict[Plan, Cohort])
    format_memory: FormatMemory = field(default_factory=dict[str, Any])
    """What the wire format remembers of this partition (alias tables)."""

    def __len__(self) -> int:
        """How many streams there are."""
        return len(self.names)

    @classmethod
    def empty(cls, core: Core) -> Self:
        """No stream yet."""
        return cls(core, core.initial(0))

    def admit(self, names: Sequence[str]) -> list[int]:
        """Row of each name; a stream seen for the first time gets a fresh memory."""
        return [self.names[name] if name in self.names else self._born(name) for name in names]

    def members(
        self, wave: Sequence[int], rows: Sequence[int], fields: Sequence[Fields], schema: TopicSchema
    ) -> Iterator[Members]:
        """Split a wave by plan, after giving new fields their blocks.

        wave: positions in the batch, each of another stream; rows, fields: of the whole batch.
        """
        found: dict[Plan, list[int]] = {}
        for reading in wave:
            row = rows[reading]
            plan = self.plans[row].extended(fields[reading], schema)
            if plan is not self.plans[row]:
                self._move(row, plan)
            found.setdefault(plan, []).append(reading)
        for plan, readings in found.items():
            of_streams = [rows[reading] for reading in readings]
            places = [self.places[row] for row in of_streams]
            yield Members(self.cohorts[plan], readings, np.array(of_streams), np.array(places))

    def hashes(self) -> dict[str, str]:
        """Name -> state hash: blake2b over the stream's memory, plan and encoder state."""
        return {name: self._hash(row) for name, row in self.names.items()}

    def snapshot(self, offset: int) -> Snapshot:
        """Everything that is remembered, with the position of the next record."""
        rows = np.arange(len(self), dtype=np.int64)
        plans = list(dict.fromkeys(self.plans))
        tensors: dict[str, npt.NDArray[Any]] = {
            f"memory.{name}": array for name, array in self.memory.take(rows).arrays().items()
        }
        for number, plan in enumerate(plans):
            held = [self.places[row] for row in range(len(self)) if self.plans[row] is plan]
            tensors[f"encoders.{number}"] = plan.pack(self.cohorts[plan].state[held])
        hashes = self.hashes()
        card = {
            "weights": self.core.version,
            "format": copy.deepcopy(self.format_memory),
            "plans": [plan.to_json() for plan in plans],
            "streams": [
                {"name": name, "plan": plans.index(self.plans[row]), "hash": hashes[name]}
                for name, row in self.names.items()
            ],
        }
        return Snapshot(offset, card, tensors)

    @classmethod
    def restored(cls, core: Core, snapshot: Snapshot) -> Self:
        """The streams as they were when the snapshot was taken."""
        arrays = {
            name.removeprefix("memory."): array
            for name, array in snapshot.tensors.items()
            if name.startswith("memory.")
        }
        streams = cls(core, Memory.of(arrays), format_memory=dict(snapshot.card.get("format", {})))
        plans = [Plan.from_json(document) for document in snapshot.card["plans"]]
        states = [plan.unpack(snapshot.tensors[f"encoders.{number}"]) for number, plan in enumerate(plans)]
        streams.cohorts = {plan: Cohort(plan, state) for plan, state in zip(plans, states, strict=True)}
        taken = [0] * len(plans)
        for row, entry in enumerate(snapshot.card["streams"]):
            number = int(entry["plan"])
            streams.names[str(entry["name"])] = row
            streams.plans.append(plans[number])
            streams.places.append(taken[number])
            taken[number] += 1
        return streams

    def _born(self, name: str) -> int:
        row = len(self.names)
        if row >= len(self.memory):
            self.memory = self.memory.grow(self.core.initial(max(len(self.memory), 8)))
        self.names[name] = row
        plan = Plan.empty(self.core.config.width)
        self.plans.append(plan)
        self.places.append(self._cohort(plan).place(plan.initial(1)))
        return row

    def _cohort(self, plan: Plan) -> Cohort:
        if plan not in self.cohorts:
            self.cohorts[plan] = Cohort(plan, plan.initial(0))
        return self.cohorts[plan]

    def _move(self, row: int, plan: Plan) -> None:
        """Take a stream's encoder state along to the plan that extends its own."""
        old = self.cohorts[self.plans[row]]
        place = self.places[row]
        state = plan.grown(old.state[place : place + 1], old.plan)
        old.free.append(place)
        self.places[row] = self._cohort(plan).place(state)
        self.plans[row] = plan

    def _hash(self, row: int) -> str:
        plan = self.plans[row]
        place = self.places[row]
        packed = plan.pack(self.cohorts[plan].state[place : place + 1])
        total = hashlib.blake2b(digest_size=16)
        total.update(digest(self.memory, row).encode())
        total.update(repr(plan.blocks).encode())
        total.update(packed.tobytes())
        return total.hexdigest()


def waves(rows: Sequence[int]) -> list[list[int]]:
    """Split a batch so that no wave holds a stream twice and each stream's readings keep their order.

    >>> waves([7, 8, 7, 7, 9])
    [[0, 1, 4], [2], [3]]
    """
    seen: dict[int, int] = {}
    split: list[list[int]] = []
    for position, row in enumerate(rows):
        turn = seen.get(row, 0)
        seen[row] = turn + 1
        if turn == len(split):
            split.append([])
        split[turn].append(position)
    return split
