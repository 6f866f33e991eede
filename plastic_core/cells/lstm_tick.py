"""One tick of a plastic LSTM, as a pure function of slow weights, state and input.

    i, f, o = sigmoid( W u_t + U h_{t-1} + b )                              a block of columns each
    z = tanh( W_z u_t + (w + alpha * H_{t-1})^T h_{t-1} + b_z )             the candidate: here is the trace
    c_t = f * c_{t-1} + i * z
    h_t = o * tanh(c_t)
    H_t = rule(H_{t-1}, h_{t-1}, z, s_t M_t)                                see rules.py; M_t as in network.py, from h_t

(Miconi, Rawal, Clune and Stanley 2019, Backpropamine, sec. 4.3 and appendix: of an LSTM's recurrent connections those
to the candidate are plastic, and what is written is presynaptic output times the candidate's activation.)

Letters: B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch

from plastic_core.cells.writing import Keying, Modulation, associated, keyed, modulated, shortened, taught
from plastic_core.trace.contract import Fast, Synapses, Trace, Write

Tensor = torch.Tensor


@dataclass(frozen=True)
class LSTMWeights:
    """Slow weights of a plastic LSTM, through which gradients may flow."""

    input: Tensor
    """W, [D, 4 N], for i, f, o, z."""
    gates: Tensor
    """U, [N, 3 N], for i, f, o."""
    bias: Tensor
    """b, [4 N], for i, f, o, z."""
    synapses: Synapses
    """w, alpha, leak, rate, to the candidate."""
    modulation: Modulation | None = None
    keying: Keying | None = None
    write_bound: float = math.inf


class LSTMState(NamedTuple):
    """What B streams carry from tick to tick; used up by `lstm_tick`."""

    hidden: Tensor
    """h, [B, N]."""
    cell: Tensor
    """c, [B, N]."""
    trace: Trace
    write: Write | None
    """What the trace has yet to take in."""


class LSTMMemory(NamedTuple):
    """What B streams remember between episodes, as plain tensors."""

    hidden: Tensor
    """h, [B, N]."""
    cell: Tensor
    """c, [B, N]."""
    fast: Fast


def lstm_tick(
    slow: LSTMWeights, state: LSTMState, inputs: Tensor, signal: Tensor | None = None, *, drive: Tensor | None = None
) -> LSTMState:
    """The state after inputs [B, D]; signal [B]: s_t, None for ones. The output is its `hidden`.

    drive [B, 4 N]: `lstm_driven(slow, inputs)`, where the caller has it already.
    """
    before, neurons = state.hidden, state.hidden.shape[1]
    at = keyed(slow.keying, inputs, before)
    inward, recalled, trace = state.trace.sweep(state.write, before, at and at.key)
    given = lstm_driven(slow, inputs) if drive is None else drive
    gates = torch.sigmoid(given[:, : 3 * neurons] + before @ slow.gates)
    let_in, kept, let_out = gates.chunk(3, 1)
    candidate = torch.tanh(given[:, 3 * neurons :] + inward)
    cell = kept * state.cell + let_in * candidate
    hidden = let_out * torch.tanh(cell)
    told = modulated(slow.modulation, hidden, signal)
    if at is None or recalled is None:
        write = associated(slow.synapses, before, candidate, told)
    else:
        write = taught(at, recalled, told)
    return LSTMState(hidden, cell, trace, shortened(write, slow.synapses, slow.write_bound))


def lstm_driven(slow: LSTMWeights, inputs: Tensor) -> Tensor:
    """W u + b, [..., 4 N], from inputs [..., D]."""
    return inputs @ slow.input + slow.bias
