"""Adjoint traces: what they keep, when they let go of it, and what they refuse."""

import gc
import math
import subprocess
import sys
import weakref
from typing import Any

import pytest
import torch

from plastic_core.rules import RULES, Drive
from plastic_core.trace.adjoint import AdjointTrace, adjoint_trace
from plastic_core.trace.contract import Fast, Synapses, Trace, Write, nothing_written
from plastic_core.trace.plain import PlainTrace
from plastic_core.trace.still import StillTrace
from plastic_core.trace.tape import Checkpoints

Tensor = torch.Tensor

N, M, B = 12, 9, 2


def synapses_of(rule: str = "hebb") -> Synapses:
    draw = torch.Generator().manual_seed(0)
    slow = (0.1 * torch.rand(*size, generator=draw, dtype=torch.float64) for size in [(N, M), (N, M), (1, M), (1, M)])
    return Synapses(RULES[rule], *[values.requires_grad_() for values in slow])


def begun(synapses: Synapses) -> Trace:
    return adjoint_trace(synapses, Fast(torch.zeros(B, N, M, dtype=torch.float64)))


def lived(trace: Trace, ticks: int) -> tuple[Tensor, Trace, Write | None]:
    """Sum of all that was read, the trace, the write that it has yet to take in."""
    draw = torch.Generator().manual_seed(1)
    write, total = None, torch.zeros((), dtype=torch.float64)
    for pre in torch.randn(ticks, B, N, generator=draw, dtype=torch.float64):
        swept = trace.sweep(write, pre)
        total = total + torch.tanh(swept.inward).sum()
        write, trace = Write(pre, RULES["hebb"].drive(torch.tanh(swept.inward), torch.ones(B, 1))), swept.trace
    return total, trace, write


def tape_of(trace: Trace) -> Any:
    assert isinstance(trace, AdjointTrace)
    assert trace.recording is not None
    return trace.recording.tape


def numbers_in(value: Any) -> int:
    """How many numbers the tensors within are made of, each memory once."""
    found: dict[int, int] = {}

    def look(at: Any) -> None:
        if isinstance(at, Tensor):
            found[at.untyped_storage().data_ptr()] = at.untyped_storage().nbytes() // at.element_size()
        elif isinstance(at, tuple | list):
            for part in at:
                look(part)

    look(value)
    return sum(found.values())


@pytest.mark.parametrize("ticks", [1, 2, 7, 64, 200, 1000, 5000])
def test_copies_grow_with_the_root_of_ticks(ticks: int) -> None:
    checkpoints = Checkpoints(Fast(torch.zeros(1, 1, 1)))
    for index in range(ticks):
        checkpoints.pass_by(index, Fast(torch.full((1, 1, 1), float(index))))
    at_once = len(checkpoints) + checkpoints.spacing - 1  # the copies, and the traces of one segment on the way back
    assert at_once <= 3 * math.sqrt(ticks) + 1
    for index in range(ticks):
        first, copy = checkpoints.before(index)
        assert index - checkpoints.spacing < first <= index
        assert copy.trace.item() == first


def test_a_tick_leaves_vectors_and_no_matrix() -> None:
    ticks, saved = 50, list[int]()

    def pack(values: Tensor) -> Tensor:
        saved.append(values.numel())
        return values

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda values: values):
        _, trace, _ = lived(begun(synapses_of()), ticks)
    assert sum(size >= N * M for size in saved) == 3  # w, alpha and the first traces, which are the caller's
    assert numbers_in(tape_of(trace).steps) <= ticks * B * (N + 3 * M + N)


def test_the_way_back_lets_go_of_everything() -> None:
    total, trace, _ = lived(begun(synapses_of()), 20)
    tape = tape_of(trace)
    assert len(tape.steps) == 20
    total.backward()
    assert not tape.steps
    assert tape.checkpoints.before(0)[1].trace.numel() == 0


def test_an_episode_nobody_refers_to_is_freed_at_once() -> None:
    gc.collect()
    gc.disable()
    try:
        total, trace, write = lived(begun(synapses_of()), 5)
        held = weakref.ref(tape_of(trace))
        del trace, write
        assert held() is not None  # the loss still hangs on it
        del total
        assert held() is None
    finally:
        gc.enable()


def test_without_gradients_nothing_is_kept() -> None:
    with torch.no_grad():
        _, trace, write = lived(begun(synapses_of()), 5)
        assert isinstance(trace, AdjointTrace)
        assert trace.recording is None
        settled = trace.settled(write)
    assert not settled.trace.requires_grad
    still = Synapses(RULES["hebb"], *[values.detach() for values in list(vars(synapses_of()).values())[1:]])
    _, trace, _ = lived(begun(still), 5)
    assert isinstance(trace, AdjointTrace)
    assert trace.recording is None


def test_a_graph_may_begin_within_an_episode() -> None:
    found: list[tuple[Tensor, ...]] = []
    for tracing in (adjoint_trace, PlainTrace):
        synapses = synapses_of()
        trace: Trace = tracing(synapses, Fast(torch.zeros(B, N, M, dtype=torch.float64)))
        with torch.no_grad():
            _, trace, write = lived(trace, 4)
        trace = trace.sweep(write, torch.ones(B, N, dtype=torch.float64)).trace
        total, trace, write = lived(trace, 6)
        with torch.no_grad():
            trace.settled(write)  # in the same memory, which the way back does not need
        found.append(torch.autograd.grad(total, [synapses.fixed, synapses.alpha, synapses.leak, synapses.rate]))
    torch.testing.assert_close(*found)


def test_a_trace_is_used_once() -> None:
    trace, pre = begun(synapses_of()), torch.ones(B, N, dtype=torch.float64)
    after = trace.sweep(None, pre).trace
    with pytest.raises(RuntimeError, match="keep the one that it returned, or use PlainTrace"):
        trace.sweep(None, pre)
    after.settled(None)
    with pytest.raises(RuntimeError, match="used up"):
        after.sweep(None, pre)


def test_an_episode_is_walked_back_once() -> None:
    total, trace, write = lived(begun(synapses_of()), 5)
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="call backward once, or keep its traces with PlainTrace"):
        total.backward()
    with pytest.raises(RuntimeError, match="call backward once"):
        trace.settled(write).trace.sum().backward()


def test_a_walk_that_stopped_half_way_is_not_gone_on_with() -> None:
    trace, xs = begun(synapses_of()), torch.ones(4, B, N, dtype=torch.float64, requires_grad=True)
    read: list[Tensor] = []
    for x in xs.unbind():
        swept = trace.sweep(Write(x, Drive(torch.ones(B, 1), torch.ones(B, M))), x)
        read, trace = [*read, swept.inward], swept.trace
    torch.autograd.grad(read[3].sum(), [read[2]], allow_unused=True, retain_graph=True)
    with pytest.raises(RuntimeError, match="call backward once"):
        torch.autograd.grad(read[2].sum(), [xs])


def test_gradients_of_gradients_are_for_plain_traces() -> None:
    total, _, _ = lived(begun(synapses_of()), 3)
    with pytest.raises(RuntimeError, match="use PlainTrace for gradients of gradients"):
        total.backward(create_graph=True)


def test_what_was_changed_in_place_is_noticed() -> None:
    trace, pre = begun(synapses_of()), torch.ones(B, N, dtype=torch.float64)
    inward = trace.sweep(None, pre).inward
    pre.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        inward.sum().backward()


def test_the_callers_traces_stay_as_they_were() -> None:
    start = torch.full((B, N, M), 0.5, dtype=torch.float64)
    _, trace, write = lived(adjoint_trace(synapses_of(), Fast(start)), 3)
    trace.settled(write)
    assert torch.equal(start, torch.full_like(start, 0.5))


def test_a_rule_that_writes_nothing_costs_no_trace() -> None:
    synapses, blank = synapses_of("none"), torch.zeros(B, N, M, dtype=torch.float64)
    assert isinstance(adjoint_trace(synapses, Fast(blank)), StillTrace)
    assert isinstance(adjoint_trace(synapses, nothing_written(synapses, B)), StillTrace)
    assert isinstance(adjoint_trace(synapses, Fast(blank + 1)), AdjointTrace)
    assert isinstance(adjoint_trace(synapses, Fast(blank.clone().requires_grad_())), AdjointTrace)
    assert isinstance(adjoint_trace(synapses_of("delta"), Fast(blank)), AdjointTrace)  # its key writes


def test_blank_traces_take_no_memory() -> None:
    assert nothing_written(synapses_of("retroactive"), 10**6).trace.untyped_storage().nbytes() == 8


WITHOUT_NUMBA = """
import sys
import torch
from plastic_core.trace.adjoint import adjoint_trace
from plastic_core.trace.fastest import passes_for

passes_for(torch.zeros(1, dtype=torch.float64))
assert "numba" not in sys.modules
sys.modules["numba"] = None
print(type(passes_for(torch.zeros(1))).__name__)
"""


def test_without_numba_torch_alone_trains() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], capture_output=True, text=True, check=True)
    assert said.stdout == "OperatorPasses\n"
