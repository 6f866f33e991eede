"""Sixteen float32 numbers at a time: the few vector instructions that the fused kernels are written in.

numba turns loops into vector code by itself, but not loops over many rows of many arrays, which it must suppose to
overlap. So the innermost loops are given to its compiler (LLVM) as vector code. Multiply-add is one rounding here, on
every machine, and each lane is a synapse of its own: results hang neither on the machine's vector width nor on what
else is in the batch. Sixteen lanes are one register with AVX-512, two with AVX2, four with NEON.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import llvmlite.ir
import numba.core.cgutils
from numba import types

from plastic_core.compiled import spelled

ir: Any = llvmlite.ir
cgutils: Any = numba.core.cgutils
"""Neither says its types."""

LANES = 16

_FLOAT, _INT, _INDEX = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FLOATS, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_UPPER = ir.Constant(_INTS, [0xFFFF0000] * LANES)
_PLACE, _AGE, _MIX = 0x9E3779B1, 0x85EBCA6B, 0x2C1B3C6D
"""Odd multipliers of the noise's hash."""


class Lanes:
    """Emits vector code at the place where `builder` stands. Vectors are of LANES float32; offsets count elements."""

    def __init__(self, context: Any, builder: Any) -> None:
        self._context, self._builder = context, builder

    def array(self, kind: Any, value: Any) -> tuple[Any, list[Any]]:
        """First element's address and shape of a numba array argument."""
        held = self._context.make_array(kind)(self._context, self._builder, value)
        return held.data, cgutils.unpack_tuple(self._builder, held.shape, kind.ndim)

    def index(self, value: int) -> Any:
        """A constant offset."""
        return ir.Constant(_INDEX, value)

    def at(self, *terms: tuple[Any, Any] | Any) -> Any:
        """An offset: the sum of its terms, a pair being a product."""
        total = self.index(0)
        for term in terms:
            total = self._builder.add(total, self._builder.mul(*term) if isinstance(term, tuple) else term)
        return total

    def half(self, offset: Any) -> Any:
        """Half an even offset."""
        return self._builder.lshr(offset, self.index(1))

    def is_float(self, address: Any) -> bool:
        """Whether float32 is kept there; else uint32."""
        return address.type.pointee == _FLOAT

    def steps(self, count: Any) -> AbstractContextManager[tuple[Any, Any]]:
        """A loop over 0, LANES, 2 LANES ... below count: `with lanes.steps(n) as (j, _)`."""
        return cgutils.for_range_slice(self._builder, self.index(0), count, self.index(LANES))

    def either(self, value: Any, cases: Sequence[tuple[int, Callable[[], None]]], other: Callable[[], None]) -> None:
        """Emit code that runs the case whose number is `value`, or `other`."""
        otherwise, after = (self._builder.append_basic_block(name) for name in ("otherwise", "after"))
        switch = self._builder.switch(value, otherwise)
        blocks = [self._builder.append_basic_block(f"case{number}") for number, _ in cases]
        for block, (number, _) in zip(blocks, cases, strict=True):
            switch.add_case(self.index(number), block)
        for block, emit in zip([otherwise, *blocks], [other, *(emit for _, emit in cases)], strict=True):
            self._builder.position_at_end(block)
            emit()
            self._builder.branch(after)
        self._builder.position_at_end(after)

    def constant(self, value: float) -> Any:
        """The same number in every lane."""
        return ir.Constant(_FLOATS, [value] * LANES)

    def everywhere(self, address: Any, offset: Any) -> Any:
        """One float32 of memory, in every lane."""
        return self._spread(self._builder.load(self._builder.gep(address, [offset])), _FLOATS)

    def load(self, address: Any, offset: Any) -> Any:
        """LANES neighbours in memory, float32."""
        return self._builder.load(self._there(address, offset, _FLOATS), align=4)

    def store(self, values: Any, address: Any, offset: Any) -> None:
        """To LANES neighbours in memory, float32."""
        self._builder.store(values, self._there(address, offset, _FLOATS), align=4)

    def halves(self, address: Any, offset: Any) -> list[Any]:
        """LANES neighbouring uint32 as two vectors: the lower halves are one's bfloat16, the upper the other's."""
        b, words = self._builder, self._builder.load(self._there(address, offset, _INTS), align=4)
        return [b.bitcast(bits, _FLOATS) for bits in (b.shl(words, self._whole(16)), b.and_(words, _UPPER))]

    def store_halves(self, rows: Sequence[Any], address: Any, offset: Any, noise: Any, turn: int) -> None:
        """Two vectors as bfloat16 into LANES uint32. noise, its bits turned by `turn`, decides which way to round.

        NaN must be the processor's own, 0x7FC00000 or 0xFFC00000: another could be carried over into a number.
        """
        b = self._builder
        if turn:
            noise = b.or_(b.shl(noise, self._whole(turn)), b.lshr(noise, self._whole(32 - turn)))
        up = b.add(b.bitcast(rows[1], _INTS), b.and_(noise, self._whole(0xFFFF)))
        low = b.add(b.bitcast(rows[0], _INTS), b.lshr(noise, self._whole(16)))
        words = b.or_(b.and_(up, _UPPER), b.lshr(low, self._whole(16)))
        b.store(words, self._there(address, offset, _INTS), align=4)

    def ask(self, address: Any, offset: Any) -> None:
        """Ask the caches for what is there, without waiting; places beyond the array do no harm."""
        b = self._builder
        place = b.bitcast(b.gep(address, [offset]), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [place.type, _INT, _INT, _INT])
        function = cgutils.get_or_insert_function(b.module, kind, "llvm.prefetch.p0")
        read, near, data = (ir.Constant(_INT, number) for number in (0, 3, 1))
        b.call(function, [place, read, near, data])

    def noise(self, age: Any, place: Any) -> Any:
        """32 bits a lane, hashed from an age (ticks) and the lane's place in the trace: the same on every replay."""
        b, factor = self._builder, ir.Constant(_INT, _PLACE)
        start = b.add(b.mul(b.trunc(place, _INT), factor), b.mul(b.trunc(age, _INT), ir.Constant(_INT, _AGE)))
        start = b.mul(b.xor(start, b.lshr(start, ir.Constant(_INT, 15))), ir.Constant(_INT, _MIX))
        each = ir.Constant(_INTS, [lane * _PLACE % 2**32 for lane in range(LANES)])
        hashed = b.add(self._spread(start, _INTS), each)
        hashed = b.mul(b.xor(hashed, b.lshr(hashed, self._whole(15))), self._whole(_MIX))
        return b.xor(hashed, b.lshr(hashed, self._whole(16)))

    def times(self, left: Any, right: Any) -> Any:
        """The products."""
        return self._builder.fmul(left, right)

    def fma(self, left: Any, right: Any, onto: Any) -> Any:
        """The products added to `onto`, rounded once."""
        kind = ir.FunctionType(_FLOATS, [_FLOATS] * 3)
        function = cgutils.get_or_insert_function(self._builder.module, kind, f"llvm.fma.v{LANES}f32")
        return self._builder.call(function, [left, right, onto])

    def minus(self, values: Any) -> Any:
        """Negated."""
        return self._builder.fneg(values)

    def total(self, values: Any) -> Any:
        """The sum of all lanes: halves added to halves."""
        b, empty, width = self._builder, ir.Constant(_FLOATS, ir.Undefined), LANES
        while width > 1:
            width //= 2
            moved = [(lane + width) % LANES for lane in range(LANES)]
            values = b.fadd(values, b.shuffle_vector(values, empty, ir.Constant(_INTS, moved)))
        return b.extract_element(values, ir.Constant(_INT, 0))

    def clipped(self, values: Any, bound: float) -> Any:
        """Held to [-bound, bound]; NaN stays NaN."""
        b, top, bottom = self._builder, self.constant(bound), self.constant(-bound)
        values = b.select(b.fcmp_ordered(">", values, top), top, values)
        return b.select(b.fcmp_ordered("<", values, bottom), bottom, values)

    def _whole(self, value: int) -> Any:
        return ir.Constant(_INTS, [value] * LANES)

    def _there(self, address: Any, offset: Any, kind: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(address, [offset]), kind.as_pointer())

    def _spread(self, value: Any, kind: Any) -> Any:
        empty = ir.Constant(kind, ir.Undefined)
        one = self._builder.insert_element(empty, value, ir.Constant(_INT, 0))
        return self._builder.shuffle_vector(one, empty, ir.Constant(_INTS, [0] * LANES))


@spelled
def fma(_typing: Any, left: Any, right: Any, onto: Any) -> Any:
    """One number's left * right + onto, rounded once, float32."""

    def emit(_context: Any, builder: Any, _signature: Any, arguments: Sequence[Any]) -> Any:
        return builder.fma(*arguments)

    return types.float32(left, right, onto), emit


@spelled
def dot(_typing: Any, left: Any, right: Any) -> Any:
    """Sum of products of float32[P] and float32[P], P a multiple of LANES: by lanes, then the lanes pairwise."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        lanes = Lanes(context, builder)
        (one, (size,)), (other, _) = (lanes.array(signature.args[n], arguments[n]) for n in range(2))
        total = cgutils.alloca_once(builder, _FLOATS)
        builder.store(lanes.constant(0.0), total)
        with lanes.steps(size) as (j, _):
            builder.store(lanes.fma(lanes.load(one, j), lanes.load(other, j), builder.load(total)), total)
        return lanes.total(builder.load(total))

    return types.float32(left, right), emit
