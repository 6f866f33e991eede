"""The trace with little memory: one buffer of traces on the way forward, one of dL/dH on the way back.

Same values and gradients as PlainTrace to rounding, for every rule; once differentiable, walked back once. An episode
of T ticks keeps about 3 sqrt(T) copies of the traces at most, where PlainTrace keeps several a tick. README.md, "The
adjoint", has the equations.

torch's autograd sees each sweep as one function of its vectors and of a token, a number that only says after which
sweep it comes; so the sweeps are walked back strictly one after the other, and the first to be walked is the one about
whose token nobody asks.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import torch

from plastic_core.rules import Drive
from plastic_core.trace.contract import Fast, Swept, Synapses, Write
from plastic_core.trace.copies import copy_of
from plastic_core.trace.fastest import passes_for
from plastic_core.trace.passes import Passes, ReadGradients, Step
from plastic_core.trace.still import StillTrace, stays_blank
from plastic_core.trace.tape import Tape

Tensor = torch.Tensor
Gradients = tuple[Tensor | None, ...]

USED_UP = "this trace was used up by a sweep or by settled: keep the one that it returned, or use PlainTrace"
ONCE_DIFFERENTIABLE = "adjoint traces can be differentiated once: use PlainTrace for gradients of gradients"


def adjoint_trace(synapses: Synapses, fast: Fast, passes: Passes | None = None) -> AdjointTrace | StillTrace:
    """See Tracing. passes: what computes; by default the fastest that dtype and device allow."""
    if stays_blank(synapses, fast):
        return StillTrace(synapses, fast)
    _, N, M = fast.trace.shape
    alpha, leak, rate = (_rows(values, N, M) for values in (synapses.alpha, synapses.leak, synapses.rate))
    slow = Synapses(synapses.rule, synapses.fixed, alpha, leak, rate)
    return AdjointTrace(Episode(slow, fast, passes or passes_for(fast.trace)))


class Episode:
    """The one buffer of traces, and whose turn it is."""

    def __init__(self, synapses: Synapses, fast: Fast, passes: Passes) -> None:
        self.weights = (synapses.fixed, synapses.alpha, synapses.leak, synapses.rate)
        """With their graphs."""
        self.flat = Synapses(synapses.rule, *[_flat(values) for values in self.weights])
        self.fast = copy_of(_flat_traces(fast))
        self._passes = passes
        self._begun_with: Fast | None = fast
        self._turn = 0

    def use(self, turn: int) -> Fast:
        """The traces; at the first turn as they were handed in, with their graphs. Raises RuntimeError out of turn."""
        if turn != self._turn:
            raise RuntimeError(USED_UP)
        self._turn += 1
        begun_with, self._begun_with = self._begun_with, None
        return begun_with or self.fast

    def tape(self, now: Fast) -> Tape:
        """A tape that begins here; now: what `use` gave."""
        return Tape(self._passes, self.flat, _flat_traces(now) if self.handed_in(now) else copy_of(now))

    def handed_in(self, now: Fast) -> bool:
        """Whether these traces are not the buffer, which is written over."""
        return now is not self.fast

    def advance(self, step: Step) -> tuple[Tensor | None, Tensor | None]:
        """See Passes."""
        return self._passes.advance(self.flat, self.fast, step)


class Recording(NamedTuple):
    """Where an episode is recorded, and the token of its last sweep."""

    tape: Tape
    token: Tensor


@dataclass(frozen=True)
class AdjointTrace:
    """See Trace. Raises RuntimeError where it is used a second time."""

    episode: Episode
    turn: int = 0
    recording: Recording | None = None
    """None where nothing asks for gradients."""

    def sweep(self, write: Write | None, pre: Tensor, key: Tensor | None = None) -> Swept:
        """See Trace."""
        now = self.episode.use(self.turn)
        vectors = (*_vectors(write, now), pre, key)
        recording = self._recording(now, vectors)
        if recording is None:
            inward, recalled = self.episode.advance(_step(vectors))
        else:
            inward, recalled, token = _Sweep.apply(self.episode, recording.tape, recording.token, *vectors)
            recording = Recording(recording.tape, token)
        return Swept(cast("Tensor", inward), recalled, AdjointTrace(self.episode, self.turn + 1, recording))

    def settled(self, write: Write | None) -> Fast:
        """See Trace."""
        now = self.episode.use(self.turn)
        vectors = _vectors(write, now)
        recording = self._recording(now, vectors)
        if recording is None:
            self.episode.advance(_step((*vectors, None, None)))
            return self.episode.fast
        return Fast(*_Settling.apply(self.episode, recording.tape, recording.token, *vectors))

    def _recording(self, now: Fast, vectors: tuple[Tensor | None, ...]) -> Recording | None:
        if not torch.is_grad_enabled():
            return None
        if self.recording is not None:
            return self.recording
        first = now if self.episode.handed_in(now) else (None, None)
        begun_with = (*self.episode.weights, *first)
        if not any(values is not None and values.requires_grad for values in (*begun_with, *vectors)):
            return None
        tape = self.episode.tape(now)
        return Recording(tape, cast("Tensor", _Begin.apply(tape, *begun_with)))


class _Begin(torch.autograd.Function):
    """Slow weights and first traces -> the first token; back: the gradients of all of them at once."""

    @staticmethod
    def forward(ctx: Any, tape: Tape, *begun_with: Tensor | None) -> Tensor:
        fixed, alpha, leak, rate, *fast = ctx.needs_input_grad[1:]
        tape.asked = (fixed, alpha, leak, rate, any(fast))
        ctx.tape = tape
        ctx.save_for_backward(*begun_with)
        return cast("Tensor", begun_with[0]).new_zeros(())

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor | None) -> Gradients:
        del grad_outputs
        _ = ctx.saved_tensors  # torch's own error where one was changed in place in the meantime
        totals = ctx.tape.totals()
        slow, traces = totals.slow, totals.adjoint if any(ctx.needs_input_grad[5:]) else (None, None)
        return None, totals.fixed(), slow.alpha, slow.leak, slow.rate, *traces


class _Sweep(torch.autograd.Function):
    """Of the token before: the write's vectors, pre, key -> inward, recalled, the next token."""

    @staticmethod
    def forward(ctx: Any, episode: Episode, tape: Tape, token: Tensor, *vectors: Tensor | None) -> Gradients:
        step = _recorded(ctx, episode, tape, token, vectors)
        return *episode.advance(step), torch.zeros_like(token)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor | None) -> Gradients:
        inward, recalled, later = grad_outputs
        if later is None:  # no later sweep was walked: the loss hangs on none
            _begin_walk(ctx.tape)
        return _walked(ctx, ReadGradients(_flat_or_none(inward), _flat_or_none(recalled)))


class _Settling(torch.autograd.Function):
    """Of the token before: the last write's vectors -> the traces, which leave the episode."""

    @staticmethod
    def forward(ctx: Any, episode: Episode, tape: Tape, token: Tensor, *vectors: Tensor | None) -> Gradients:
        episode.advance(_recorded(ctx, episode, tape, token, (*vectors, None, None)))
        return episode.fast

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor | None) -> Gradients:
        _begin_walk(ctx.tape, *grad_outputs)
        return _walked(ctx, ReadGradients(None, None))[:-2]


def _recorded(ctx: Any, episode: Episode, tape: Tape, token: Tensor, vectors: tuple[Tensor | None, ...]) -> Step:
    step = _step(vectors)
    ctx.set_materialize_grads(False)
    ctx.tape, ctx.index = tape, tape.record(step, episode.fast)
    ctx.save_for_backward(token, *vectors)
    return step


def _begin_walk(tape: Tape, trace: Tensor | None = None, eligibility: Tensor | None = None) -> None:
    if torch.is_grad_enabled():
        raise RuntimeError(ONCE_DIFFERENTIABLE)
    tape.begin_walk(trace, eligibility)


def _walked(ctx: Any, read: ReadGradients) -> Gradients:
    """Gradients of all that came in: nothing for episode and tape, a sign of life for the token."""
    token = ctx.saved_tensors[0]  # torch's own error where a vector was changed in place in the meantime
    return None, None, torch.zeros_like(token), *ctx.tape.back(ctx.index, read)


def _vectors(write: Write | None, fast: Fast) -> tuple[Tensor | None, ...]:
    """Pre, fade, take and signal of a write, the last three as full [B, M]."""
    if write is None:
        return None, None, None, None
    B, _, M = fast.trace.shape

    def full(values: Tensor | float) -> Tensor:
        return (values if isinstance(values, Tensor) else fast.trace.new_tensor(values)).expand(B, M)

    signal = None if write.signal is None or fast.eligibility is None else full(write.signal)
    return write.pre, full(write.drive.fade), full(write.drive.take), signal


def _step(vectors: tuple[Tensor | None, ...]) -> Step:
    x, fade, take, signal, pre, key = (_flat_or_none(values) for values in vectors)
    written = None if x is None or fade is None or take is None else Write(x, Drive(fade, take), signal)
    return Step(written, pre, key)


def _rows(values: Tensor, N: int, M: int) -> Tensor:
    """As [N, M], or as [1, M] where it is the same for all presynaptic neurons."""
    alone = values.dim() > 1 and values.shape[-2] > 1
    return values.expand(N if alone else 1, M)


def _flat(values: Tensor) -> Tensor:
    """Cut from the graph, which lets go of it, and contiguous."""
    return values.detach().contiguous()


def _flat_or_none(values: Tensor | None) -> Tensor | None:
    return None if values is None else _flat(values)


def _flat_traces(fast: Fast) -> Fast:
    return Fast(_flat(fast.trace), _flat_or_none(fast.eligibility))
