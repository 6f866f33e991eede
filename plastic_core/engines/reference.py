"""The engine `reference`: the definition itself, in float64, with plain traces. See Engine."""

from __future__ import annotations

import numpy as np
import torch

from plastic_core.cells.recurrent_tick import RecurrentState, RecurrentWeights, fast_of, tick, weights_of
from plastic_core.engines.contract import told_inputs, told_signal
from plastic_core.network import Network, NetworkState, checked, settled
from plastic_core.state import Float32
from plastic_core.trace.plain import PlainTrace


class ReferenceEngine:
    """See Engine."""

    @property
    def name(self) -> str:
        """See Engine."""
        return "reference"

    def open(self, network: Network, state: NetworkState) -> ReferenceSession:
        """See Engine."""
        checked(state, network.rule, network.neurons)
        slow, state = weights_of(network, torch.float64), settled(state)
        fast = fast_of(state, slow.synapses.rule.eligible, torch.float64)
        hidden = torch.tensor(state.hidden, dtype=torch.float64)
        return ReferenceSession(network, slow, RecurrentState(hidden, PlainTrace(slow.synapses, fast), None))


class ReferenceSession:
    """See Session."""

    def __init__(self, network: Network, slow: RecurrentWeights, state: RecurrentState) -> None:
        self._network, self._slow, self._state = network, slow, state

    def advance(self, inputs: Float32, signal: Float32 | None = None) -> Float32:
        """See Session."""
        streams = len(self._state.hidden)
        inputs = told_inputs(inputs, streams, self._network.width)
        told = torch.tensor(told_signal(signal, len(inputs), streams), dtype=torch.float64)
        given = torch.tensor(inputs, dtype=torch.float64)
        activity = np.empty((len(inputs), streams, self._network.neurons), np.float32)
        with torch.no_grad():
            for t in range(len(inputs)):
                self._state = tick(self._slow, self._state, given[t], told[t])
                activity[t] = self._state.hidden.numpy()
        return activity

    def snapshot(self) -> NetworkState:
        """See Session; of this engine to float32 rounding."""
        return self.state()

    def state(self) -> NetworkState:
        """See Session."""
        with torch.no_grad():
            fast = self._state.trace.settled(self._state.write)
            if fast.eligibility is None:
                return NetworkState(_float32(self._state.hidden), _float32(fast.trace))
            return NetworkState(_float32(self._state.hidden), _float32(fast.trace), _float32(fast.eligibility))


def _float32(values: torch.Tensor) -> Float32:
    return np.array(values.numpy(), np.float32)
