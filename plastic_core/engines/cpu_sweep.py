"""The sweep over a stream's synapses, as vector code: take in what waits, read, and now and then write back.

    H_ij = decay_j H0_ij + sum_c pre_ci gain_cj        what waits: `count` pairs and a decay since the last write-back
    inward_j   += h_i (w_ij + alpha_ij H_ij)           alpha of each synapse's own
    inward_j   += h_i w_ij,  direct_j += h_i H0_ij     alpha of one a neuron: what waits is worked in afterwards
    recalled_j += k_i H_ij (or H0_ij, likewise)        keyed rules

Only when `pairs` of them wait is H written back to H0, in the same pass; with pairs = 1 that is every tick.

Layout: N is padded to P, a multiple of 16, with zeros. A matrix [P, P] is kept by blocks of ROWS rows, a block by tiles
of 16 columns, so that a block is one stretch of memory: (i / 8, j / 16, i % 8, j % 16). In bfloat16 two rows, 2k and
2k + 1, share uint32 words as their lower and upper halves, so that either is one instruction away from float32.
A block of the slow weights serves all streams of a group while it is near. Each sum runs over i in order: no result
hangs on group or batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from numba import types

from plastic_core.compiled import spelled
from plastic_core.engines.lanes import LANES, Lanes
from plastic_core.rules import BOUND

ROWS = 8
"""Rows of synapses in a block."""
AHEAD = 2048
"""Bytes beyond what is worked on that are asked for already; measured best for traces that no cache holds."""

ARRAYS = (
    *("hidden", "key", "pre", "gain", "decay", "signal", "trace", "eligibility"),
    *("recurrent", "alpha", "leak", "rate", "inward", "direct", "recalled"),
)
"""What a sweep takes, in order: float32 but for trace and alpha, which may be bfloat16, [B, P / 2, P] in uint32.

hidden, key, decay, signal, inward, direct, recalled [B, P]; pre, gain [B, pairs, P]; trace,
eligibility [B, P, P]; recurrent [P, P]; alpha, leak, rate [P, P] where each synapse has its own.
"""


@dataclass(frozen=True)
class Sweep:
    """Everything that changes the code of a sweep."""

    pairs: int
    """Writes that wait before they are written back, >= 1."""
    own_alpha: bool
    """alpha of each synapse's own; else one a neuron. Likewise leak and rate."""
    own_leak: bool = False
    """decay then holds the fade."""
    own_rate: bool = False
    """gain then holds what is taken."""
    bounded: bool = False
    eligible: bool = False
    keyed: bool = False

    @property
    def code(self) -> int:
        """As one number, which numba takes for a constant."""
        flags = (self.own_alpha, self.own_leak, self.own_rate, self.bounded, self.eligible, self.keyed)
        return self.pairs << len(flags) | sum(flag << n for n, flag in enumerate(flags))

    @staticmethod
    def decoded(code: int) -> Sweep:
        """The sweep of this code."""
        return Sweep(code >> 6, *(bool(code >> n & 1) for n in range(6)))


@spelled
def sweep_block(_typing: Any, code: Any, stream: Any, row: Any, count: Any, age: Any, arrays: Any) -> Any:
    """Sweep rows row .. row + ROWS of one stream. code: Sweep.code, a constant; arrays: a tuple of ARRAYS."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        lanes, sweep = Lanes(context, builder), Sweep.decoded(code.literal_value)
        kinds, values = signature.args[5], arguments[5]
        held = {name: lanes.array(kinds[n], builder.extract_value(values, n)) for n, name in enumerate(ARRAYS)}
        _, size = held["inward"][1]
        block = _Block(
            lanes,
            sweep,
            {name: address for name, (address, _) in held.items()},
            size,
            arguments[1],
            arguments[2],
            arguments[4],
        )
        written_back = [(sweep.pairs, lambda: block.emit(sweep.pairs))]
        rebuilt = [(c, lambda c=c: block.emit(c)) for c in range(1, sweep.pairs) if sweep.own_alpha]
        lanes.either(arguments[3], [*rebuilt, *written_back], lambda: block.emit(0))
        return context.get_dummy_value()

    return types.void(code, stream, row, count, age, arrays), emit


class _Rows(NamedTuple):
    """Numbers of a few rows, each in all lanes; keys are places in the block."""

    active: dict[int, Any]
    keys: dict[int, Any]
    pre: dict[int, list[Any]]


class _Columns(NamedTuple):
    """What belongs to LANES columns of a block."""

    block: Any
    """Offset of the tile in the slow matrices."""
    own: Any
    """Offset of the tile in the trace."""
    sums: dict[str, Any]
    waiting: dict[str, Any]


@dataclass(frozen=True)
class _Block:
    """Emits one sweep of one stream over one block of rows."""

    lanes: Lanes
    sweep: Sweep
    arrays: dict[str, Any]
    """Name -> address."""
    size: Any
    """P."""
    stream: Any
    row: Any
    age: Any

    def emit(self, count: int) -> None:
        """The code where `count` pairs are taken in before the read; 0: the trace is read as it was last written.

        Numbers of a row stay in registers over all its columns: so many rows at a time as leave room for the rest.
        """
        at_once = ROWS if count <= 2 else ROWS // 2
        for first in range(0, ROWS, at_once):
            self._emit_rows(count, range(first, first + at_once))

    def _emit_rows(self, count: int, rows: range) -> None:
        lanes, sweep = self.lanes, self.sweep
        held = _Rows(
            active={r: lanes.everywhere(self.arrays["hidden"], self._of_row(r)) for r in rows},
            keys={r: lanes.everywhere(self.arrays["key"], self._of_row(r)) for r in rows if sweep.keyed},
            pre={r: [self._pre(r, c) for c in range(count)] for r in rows},
        )
        block = lanes.at((self.row, self.size))
        own = lanes.at((lanes.at((self.stream, self.size)), self.size), block)
        with lanes.steps(self.size) as (j, _):
            here = lanes.at((self.stream, self.size), j)
            columns = _Columns(
                block=lanes.at(block, (j, lanes.index(ROWS))),
                own=lanes.at(own, (j, lanes.index(ROWS))),
                sums={name: lanes.load(self.arrays[name], here) for name in self._sums()},
                waiting=self._waiting(count, here, j),
            )
            noise = None
            if count == sweep.pairs and not lanes.is_float(self.arrays["trace"]):
                noise = lanes.noise(self.age, columns.block)
            for r in rows[::2]:
                self._two_rows(r, count, held, columns, noise)
            for name, values in columns.sums.items():
                lanes.store(values, self.arrays[name], here)

    def _two_rows(self, r: int, count: int, held: _Rows, columns: _Columns, noise: Any) -> None:
        """Rows r and r + 1 of the block: two, since in bfloat16 they share words."""
        lanes, sweep, both = self.lanes, self.sweep, (r, r + 1)
        slow, fast = self._places(columns.block, r), self._places(columns.own, r)
        weights = [lanes.load(self.arrays["recurrent"], offset) for offset in slow]
        alphas = self._loaded("alpha", columns.block, r) if sweep.own_alpha else []
        traces = self._loaded("trace", columns.own, r)
        self._ask_ahead("trace", columns.own, r)
        self._ask_ahead("recurrent", columns.block, r)
        if count:
            traces = [
                self._taken_in(trace, columns.waiting, held.pre[row], *offsets)
                for trace, row, *offsets in zip(traces, both, slow, fast, strict=True)
            ]
        if count == sweep.pairs:
            self._write_back(traces, columns.own, r, noise)
        if sweep.own_alpha:
            weights = [lanes.fma(*factors) for factors in zip(alphas, traces, weights, strict=True)]
        sums = columns.sums
        for row, weight, trace in zip(both, weights, traces, strict=True):
            sums["inward"] = lanes.fma(held.active[row], weight, sums["inward"])
            if not sweep.own_alpha:
                sums["direct"] = lanes.fma(held.active[row], trace, sums["direct"])
            if sweep.keyed:
                sums["recalled"] = lanes.fma(held.keys[row], trace, sums["recalled"])

    def _loaded(self, name: str, start: Any, r: int) -> list[Any]:
        """Rows r and r + 1 of a tile that starts at offset `start`, kept in float32 or bfloat16."""
        lanes, address = self.lanes, self.arrays[name]
        if lanes.is_float(address):
            return [lanes.load(address, place) for place in self._places(start, r)]
        return lanes.halves(address, self._words(start, r))

    def _ask_ahead(self, name: str, start: Any, r: int) -> None:
        """Ask for what lies AHEAD bytes beyond rows r and r + 1, to come from afar while these are worked on."""
        lanes, address = self.lanes, self.arrays[name]
        for place in self._places(start, r) if lanes.is_float(address) else [self._words(start, r)]:
            lanes.ask(address, lanes.at(place, lanes.index(AHEAD // 4)))

    def _write_back(self, rows: list[Any], start: Any, r: int, noise: Any) -> None:
        """Two rows of the trace. One hash, turned, rounds all rows of a block, each as likely up as it should be."""
        address, lanes = self.arrays["trace"], self.lanes
        if not lanes.is_float(address):
            lanes.store_halves(rows, address, self._words(start, r), noise, turn=2 * r)
            return
        for values, place in zip(rows, self._places(start, r), strict=True):
            lanes.store(values, address, place)

    def _places(self, start: Any, r: int) -> list[Any]:
        """Offsets in float32 of rows r and r + 1 of a tile that starts at `start`."""
        return [self.lanes.at(start, self.lanes.index(row * LANES)) for row in (r, r + 1)]

    def _words(self, start: Any, r: int) -> Any:
        """Offset in uint32 of rows r and r + 1 of a tile that would start at `start` in float32."""
        return self.lanes.at(self.lanes.half(start), self.lanes.index(r // 2 * LANES))

    def _sums(self) -> list[str]:
        """The sums that grow in this sweep."""
        return ["inward", *([] if self.sweep.own_alpha else ["direct"]), *(["recalled"] if self.sweep.keyed else [])]

    def _of_row(self, r: int) -> Any:
        return self.lanes.at((self.stream, self.size), self.row, self.lanes.index(r))

    def _pre(self, r: int, c: int) -> Any:
        lanes = self.lanes
        pair = lanes.at((self.stream, lanes.index(self.sweep.pairs)), lanes.index(c))
        return lanes.everywhere(self.arrays["pre"], lanes.at((pair, self.size), self.row, lanes.index(r)))

    def _waiting(self, count: int, here: Any, j: Any) -> dict[str, Any]:
        """Decay, gains and signal of these columns."""
        if not count:
            return {}
        lanes = self.lanes
        pair = lanes.at((self.stream, lanes.index(self.sweep.pairs)))
        places = [lanes.at((lanes.at(pair, lanes.index(c)), self.size), j) for c in range(count)]
        return {
            "decay": lanes.load(self.arrays["decay"], here),
            "gains": [lanes.load(self.arrays["gain"], place) for place in places],
            "signal": lanes.load(self.arrays["signal"], here) if self.sweep.eligible else None,
        }

    def _taken_in(self, trace: Any, waiting: dict[str, Any], pre: list[Any], slow: Any, fast: Any) -> Any:
        """The trace with all that waits; the eligibility trace, where there is one, is written back."""
        lanes, sweep = self.lanes, self.sweep
        decay, gains = waiting["decay"], waiting["gains"]
        if sweep.own_leak:
            decay = lanes.fma(lanes.minus(lanes.load(self.arrays["leak"], slow)), decay, lanes.constant(1.0))
        if sweep.own_rate:
            gains = [lanes.times(lanes.load(self.arrays["rate"], slow), gain) for gain in gains]
        before = lanes.load(self.arrays["eligibility"], fast) if sweep.eligible else trace
        after = lanes.times(decay, before)
        for x, gain in zip(pre, gains, strict=True):
            after = lanes.fma(x, gain, after)
        if sweep.eligible:
            lanes.store(after, self.arrays["eligibility"], fast)
            after = lanes.fma(waiting["signal"], before, trace)
        return lanes.clipped(after, BOUND) if sweep.bounded else after


@spelled
def through_block(_typing: Any, stream: Any, row: Any, values: Any, weights: Any, sums: Any) -> Any:
    """Add rows row .. row + ROWS of values [B, K] through weights [K, P], blocked like the rest, to sums [B, P]."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        lanes, (stream, row) = Lanes(context, builder), arguments[:2]
        held = [lanes.array(kind, value) for kind, value in zip(signature.args[2:], arguments[2:], strict=True)]
        (given, (_, height)), (matrix, _), (into, (_, size)) = held
        factors = [lanes.everywhere(given, lanes.at((stream, height), row, lanes.index(r))) for r in range(ROWS)]
        with lanes.steps(size) as (j, _):
            here = lanes.at((stream, size), j)
            total = lanes.load(into, here)
            for r in range(ROWS):
                place = lanes.at((row, size), (j, lanes.index(ROWS)), lanes.index(r * LANES))
                total = lanes.fma(factors[r], lanes.load(matrix, place), total)
            lanes.store(total, into, here)
        return context.get_dummy_value()

    return types.void(stream, row, values, weights, sums), emit
