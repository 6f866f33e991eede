"""A few rows of one stream's synapses, forward and back, as vector code: what adjoint_kernel.py does, in one pass.

For ticks that write and read, with leak and rate of one a neuron, which is what nearly all episodes are made of.
Numbers of a row stay in registers over all its columns, and numbers of a column over all rows. The last columns, where
M is no multiple of LANES, are touched under a mask.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.ir
import numba.core.cgutils
from numba import types

from plastic_core.compiled import spelled
from plastic_core.engines.lanes import LANES, Lanes
from plastic_core.rules import BOUND

ir: Any = llvmlite.ir
cgutils: Any = numba.core.cgutils
"""Neither says its types."""

ROWS = 4
"""Rows at a time, as many as leave room in the registers for the rest."""
AHEAD = 2048
"""Bytes beyond what is worked on that are asked for already."""

FORWARD = ("trace", "eligibility", "x", "pre", "key", "decay", "gain", "signal", "fixed", "alpha", "inward", "recalled")
"""Arrays of `rows_forward`, in order: float32[B, N, M] for traces, [B, N] for x, pre and key, [N, M] or [1, M] for slow
weights, [B, M] for the rest."""

BACK = (
    *FORWARD,
    *("d_trace", "d_eligibility", "d_x", "d_pre", "d_key", "left", "come", "d_signal", "d_alpha"),
)
"""Arrays of `rows_back`: trace and eligibility from before the tick, inward and recalled their gradients, left and come
as in adjoint_kernel.write_back."""

TAKEN = ("trace", "eligibility", "into", "into_eligibility", "x", "decay", "gain", "signal")
"""Arrays of `rows_taken`."""


@dataclass(frozen=True)
class Kind:
    """Everything that changes the code."""

    own_alpha: bool
    """alpha of each synapse's own; else one a neuron."""
    bounded: bool
    eligible: bool
    keyed: bool
    """Something is recalled."""
    asks_alpha: bool
    """Somebody asks for dL/d alpha."""

    @property
    def code(self) -> int:
        """As one number, which numba takes for a constant."""
        flags = (self.own_alpha, self.bounded, self.eligible, self.keyed, self.asks_alpha)
        return sum(flag << n for n, flag in enumerate(flags))

    @staticmethod
    def decoded(code: int) -> Kind:
        """The kind of this code."""
        return Kind(*(bool(code >> n & 1) for n in range(5)))


class Masked(Lanes):
    """Lanes of which only the first few may be touched in memory; the others read as 0."""

    def __init__(self, context: Any, builder: Any, mask: Any) -> None:
        super().__init__(context, builder)
        self._mask = mask

    def load(self, address: Any, offset: Any) -> Any:
        """See Lanes."""
        place, zeros = self._place(address, offset), self.constant(0.0)
        return self._call("load", zeros.type, [place, ir.Constant(ir.IntType(32), 4), self._mask, zeros])

    def store(self, values: Any, address: Any, offset: Any) -> None:
        """See Lanes."""
        place = self._place(address, offset)
        self._call("store", ir.VoidType(), [values, place, ir.Constant(ir.IntType(32), 4), self._mask])

    def _place(self, address: Any, offset: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(address, [offset]), self.constant(0.0).type.as_pointer())

    def _call(self, name: str, kind: Any, arguments: Sequence[Any]) -> Any:
        function_kind = ir.FunctionType(kind, [argument.type for argument in arguments])
        name = f"llvm.masked.{name}.v{LANES}f32.p0"
        function = cgutils.get_or_insert_function(self._builder.module, function_kind, name)
        return self._builder.call(function, arguments)


class Rows:
    """Where the rows of one stream lie; emits the loop over their columns."""

    def __init__(self, context: Any, builder: Any, names: Sequence[str], kinds: Any, values: Any) -> None:
        self.context, self.builder, self.lanes = context, builder, Lanes(context, builder)
        held = {name: self.lanes.array(kinds[n], builder.extract_value(values, n)) for n, name in enumerate(names)}
        self.at = {name: address for name, (address, _) in held.items()}
        _, self.N, self.M = held["trace"][1]

    def ask_ahead(self, names: Sequence[str], offset: Any) -> None:
        """Ask the caches for what lies AHEAD bytes beyond."""
        for name in names:
            self.lanes.ask(self.at[name], self.lanes.at(offset, self.lanes.index(AHEAD // 4)))

    def of_row(self, name: str, stream: Any, row: Any, r: int) -> Any:
        """One number of row `row` + r, of [B, N], in all lanes."""
        return self.lanes.everywhere(self.at[name], self.lanes.at((stream, self.N), row, self.lanes.index(r)))

    def start(self, row: Any, r: int, stream: Any | None = None) -> Any:
        """Offset of row `row` + r in slow weights, or in the traces of a stream."""
        at = self.lanes.at
        place = at(row, self.lanes.index(r)) if stream is None else at((stream, self.N), row, self.lanes.index(r))
        return at((place, self.M))

    def over_columns(self, emit: Callable[[Lanes, Any], None]) -> None:
        """`emit` with lanes and column for LANES columns at a time, and for those left over."""
        b = self.builder
        full = b.and_(self.M, self.lanes.index(-LANES))
        with self.lanes.steps(full) as (j, _):
            emit(self.lanes, j)
        rest = b.sub(self.M, full)
        with b.if_then(b.icmp_unsigned(">", rest, self.lanes.index(0))):
            kind = ir.VectorType(ir.IntType(64), LANES)
            one = b.insert_element(ir.Constant(kind, ir.Undefined), rest, ir.Constant(ir.IntType(32), 0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            spread = b.shuffle_vector(one, ir.Constant(kind, ir.Undefined), zeros)
            mask = b.icmp_unsigned("<", ir.Constant(kind, list(range(LANES))), spread)
            emit(Masked(self.context, b, mask), full)

    def sum_of_row(self) -> Any:
        """A vector to add to, at 0."""
        place = cgutils.alloca_once(self.builder, self.lanes.constant(0.0).type)
        self.builder.store(self.lanes.constant(0.0), place)
        return place

    def add(self, left: Any, right: Any, place: Any) -> None:
        """Add the products to a sum_of_row."""
        self.builder.store(self.lanes.fma(left, right, self.builder.load(place)), place)

    def give_out(self, place: Any, name: str, stream: Any, row: Any, r: int) -> None:
        """Set one number of row `row` + r, of [B, N], to a sum_of_row."""
        there = self.lanes.at((stream, self.N), row, self.lanes.index(r))
        total = self.lanes.total(self.builder.load(place))
        self.builder.store(total, self.builder.gep(self.at[name], [there]))

    def within(self, raw: Any, values: Any) -> Any:
        """The values where raw was not clipped, else 0."""
        b, lanes = self.builder, self.lanes
        low = b.fcmp_ordered("<=", raw, lanes.constant(BOUND))
        high = b.fcmp_ordered(">=", raw, lanes.constant(-BOUND))
        return b.select(b.and_(low, high), values, lanes.constant(0.0))


@spelled
def rows_forward(_typing: Any, code: Any, height: Any, stream: Any, row: Any, arrays: Any) -> Any:
    """Take the write into rows row .. row + height, and add what they send. code, height: constants."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        kind, rows = Kind.decoded(code.literal_value), range(height.literal_value)
        of = Rows(context, builder, FORWARD, signature.args[4], arguments[4])
        _, _, stream, row, _ = arguments
        x, pre = ([of.of_row(name, stream, row, r) for r in rows] for name in ("x", "pre"))
        key = [of.of_row("key", stream, row, r) for r in rows] if kind.keyed else []

        def columns(lanes: Lanes, j: Any) -> None:
            here = lanes.at((stream, of.M), j)
            decay, gain = (lanes.load(of.at[name], here) for name in ("decay", "gain"))
            signal = lanes.load(of.at["signal"], here) if kind.eligible else None
            shared = None if kind.own_alpha else lanes.load(of.at["alpha"], j)
            inward = lanes.load(of.at["inward"], here)
            recalled = lanes.load(of.at["recalled"], here) if kind.keyed else None
            for r in rows:
                own, slow = lanes.at(of.start(row, r, stream), j), lanes.at(of.start(row, r), j)
                before = lanes.load(of.at["trace"], own)
                of.ask_ahead(("trace",), own)
                if kind.eligible:
                    waiting = lanes.load(of.at["eligibility"], own)
                    lanes.store(lanes.fma(x[r], gain, lanes.times(decay, waiting)), of.at["eligibility"], own)
                    now = lanes.fma(signal, waiting, before)
                else:
                    now = lanes.fma(x[r], gain, lanes.times(decay, before))
                now = lanes.clipped(now, BOUND) if kind.bounded else now
                lanes.store(now, of.at["trace"], own)
                alpha = lanes.load(of.at["alpha"], slow) if kind.own_alpha else shared
                inward = lanes.fma(pre[r], lanes.fma(alpha, now, lanes.load(of.at["fixed"], slow)), inward)
                if kind.keyed:
                    recalled = lanes.fma(key[r], now, recalled)
            lanes.store(inward, of.at["inward"], here)
            if kind.keyed:
                lanes.store(recalled, of.at["recalled"], here)

        of.over_columns(columns)
        return context.get_dummy_value()

    return types.void(code, height, stream, row, arrays), emit


@spelled
def rows_taken(_typing: Any, code: Any, height: Any, source: Any, target: Any, row: Any, arrays: Any) -> Any:
    """Set rows of stream `target` of into to those of stream `source` of trace after write `target`. arrays: TAKEN."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        kind, rows = Kind.decoded(code.literal_value), range(height.literal_value)
        of = Rows(context, builder, TAKEN, signature.args[5], arguments[5])
        _, _, source, target, row, _ = arguments
        x = [of.of_row("x", target, row, r) for r in rows]

        def columns(lanes: Lanes, j: Any) -> None:
            here = lanes.at((target, of.M), j)
            decay, gain = (lanes.load(of.at[name], here) for name in ("decay", "gain"))
            signal = lanes.load(of.at["signal"], here) if kind.eligible else None
            for r in rows:
                whence, whither = (lanes.at(of.start(row, r, stream), j) for stream in (source, target))
                before = lanes.load(of.at["trace"], whence)
                if kind.eligible:
                    waiting = lanes.load(of.at["eligibility"], whence)
                    after = lanes.fma(x[r], gain, lanes.times(decay, waiting))
                    lanes.store(after, of.at["into_eligibility"], whither)
                    now = lanes.fma(signal, waiting, before)
                else:
                    now = lanes.fma(x[r], gain, lanes.times(decay, before))
                lanes.store(lanes.clipped(now, BOUND) if kind.bounded else now, of.at["into"], whither)

        of.over_columns(columns)
        return context.get_dummy_value()

    return types.void(code, height, source, target, row, arrays), emit


@spelled
def rows_back(_typing: Any, code: Any, height: Any, stream: Any, row: Any, arrays: Any) -> Any:
    """Walk rows row .. row + height of one stream one tick back. code, height: constants; arrays: BACK."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        _, _, stream, row, _ = arguments
        of = Rows(context, builder, BACK, signature.args[4], arguments[4])
        kind = Kind.decoded(code.literal_value)
        _Back(of, kind, stream, row, range(height.literal_value)).emit()
        return context.get_dummy_value()

    return types.void(code, height, stream, row, arrays), emit


class _Back:
    """Emits one tick of some rows, walked back."""

    def __init__(self, of: Rows, kind: Kind, stream: Any, row: Any, rows: range) -> None:
        self.of, self.kind, self.stream, self.row, self.rows = of, kind, stream, row, rows
        names = ("x", "pre", "key") if kind.keyed else ("x", "pre")
        self.sent = {name: [of.of_row(name, stream, row, r) for r in rows] for name in names}
        self.sums = {f"d_{name}": [of.sum_of_row() for _ in rows] for name in names}

    def emit(self) -> None:
        """All columns, then what the rows came to."""
        self.of.over_columns(self._columns)
        for name, places in self.sums.items():
            for r, place in enumerate(places):
                self.of.give_out(place, name, self.stream, self.row, r)

    def _columns(self, lanes: Lanes, j: Any) -> None:
        of, kind = self.of, self.kind
        here = lanes.at((self.stream, of.M), j)
        names = ["decay", "gain", "inward", "left", "come"]
        names += [*(["recalled"] if kind.keyed else []), *(["signal", "d_signal"] if kind.eligible else [])]
        column = {name: lanes.load(of.at[name], here) for name in names}
        if not kind.own_alpha:
            column["alpha"] = lanes.load(of.at["alpha"], j)
            if kind.asks_alpha:
                column["d_alpha"] = lanes.load(of.at["d_alpha"], j)
        for r in self.rows:
            self._one_row(lanes, j, r, column)
        for name in ("left", "come", *(["d_signal"] if kind.eligible else [])):
            lanes.store(column[name], of.at[name], here)
        if "d_alpha" in column:
            lanes.store(column["d_alpha"], of.at["d_alpha"], j)

    def _one_row(self, lanes: Lanes, j: Any, r: int, column: dict[str, Any]) -> None:
        """Felt: dL/dH; moved: dL/d of what the write went to, H or E."""
        of, kind, fma = self.of, self.kind, lanes.fma
        own, slow = lanes.at(of.start(self.row, r, self.stream), j), lanes.at(of.start(self.row, r), j)
        x, before = self.sent["x"][r], lanes.load(of.at["trace"], own)
        held = lanes.load(of.at["eligibility"], own) if kind.eligible else before
        if kind.eligible:
            raw = fma(column["signal"], held, before)
        else:
            raw = fma(x, column["gain"], lanes.times(column["decay"], before))
        now = lanes.clipped(raw, BOUND) if kind.bounded else raw
        of.ask_ahead(("trace", "d_trace"), own)
        felt = self._read_back(lanes, slow, r, column, now, lanes.load(of.at["d_trace"], own))
        if kind.bounded:
            felt = of.within(raw, felt)
        moved = lanes.load(of.at["d_eligibility"], own) if kind.eligible else felt
        column["left"] = fma(moved, held, column["left"])
        column["come"] = fma(moved, x, column["come"])
        of.add(moved, column["gain"], self.sums["d_x"][r])
        moved = lanes.times(moved, column["decay"])
        if kind.eligible:
            column["d_signal"] = fma(felt, held, column["d_signal"])
            lanes.store(fma(felt, column["signal"], moved), of.at["d_eligibility"], own)
            lanes.store(felt, of.at["d_trace"], own)
        else:
            lanes.store(moved, of.at["d_trace"], own)

    def _read_back(self, lanes: Lanes, slow: Any, r: int, column: dict[str, Any], now: Any, felt: Any) -> Any:
        """DL/dH with what reading and recall make of it."""
        of, kind, fma, inward = self.of, self.kind, lanes.fma, column["inward"]
        alpha = lanes.load(of.at["alpha"], slow) if kind.own_alpha else column["alpha"]
        reached = lanes.times(self.sent["pre"][r], inward)
        of.add(fma(alpha, now, lanes.load(of.at["fixed"], slow)), inward, self.sums["d_pre"][r])
        if kind.asks_alpha and kind.own_alpha:
            lanes.store(fma(reached, now, lanes.load(of.at["d_alpha"], slow)), of.at["d_alpha"], slow)
        elif kind.asks_alpha:
            column["d_alpha"] = fma(reached, now, column["d_alpha"])
        felt = fma(alpha, reached, felt)
        if kind.keyed:
            of.add(now, column["recalled"], self.sums["d_key"][r])
            felt = fma(self.sent["key"][r], column["recalled"], felt)
        return felt
