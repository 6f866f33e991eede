"""The plain batched formulation of differentiable plasticity, as the papers' equations read in torch: the yardstick.

Every tick makes a new trace, and each operator is a pass over memory of its own. Written from Miconi, Clune and Stanley
2018, eq. 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic_core.network import Network
from plastic_core.state import Float32

FLOATS_MOVED = 13
"""float32 numbers a synapse of a stream that the operators of a tick read and write, w and alpha, shared, not counted.

alpha * H 2, w + . 2, h through it 1, (1 - eta) H 2, h y^T 1, eta * . 2, their sum 3.
"""


def moved_bytes(network: Network) -> float:
    """Bytes that a tick of one stream reads and writes, w and alpha once."""
    return 4 * (FLOATS_MOVED * network.neurons**2 + network.recurrent.size + network.alpha.size)


@dataclass
class Published:
    """B streams of a Hebbian network with one eta."""

    input: torch.Tensor
    recurrent: torch.Tensor
    bias: torch.Tensor
    alpha: torch.Tensor
    eta: torch.Tensor
    hidden: torch.Tensor
    """h, [B, N]."""
    trace: torch.Tensor
    """H, [B, N, N]."""

    @staticmethod
    def of(network: Network, streams: int, device: str = "cpu") -> Published:
        """The network's formulation, from blank. Raises ValueError where it is another rule's."""
        if network.rule != "hebb" or (network.leak != network.leak[0, 0]).any() or (network.rate != network.leak).any():
            raise ValueError("the published formulation is measured for rule 'hebb' with one eta")
        n = network.neurons

        def told(values: Float32) -> torch.Tensor:
            return torch.tensor(values, dtype=torch.float32, device=device)

        return Published(
            input=told(network.input),
            recurrent=told(network.recurrent),
            bias=told(network.bias),
            alpha=told(network.alpha),
            eta=told(network.leak[0, 0]),
            hidden=torch.zeros(streams, n, device=device),
            trace=torch.zeros(streams, n, n, device=device),
        )

    def advance(self, inputs: Float32) -> Float32:
        """Live through float32[T, B, D]; returns the activity, float32[T, B, N]."""
        given = torch.tensor(inputs, device=self.trace.device)
        activity: list[torch.Tensor] = []
        with torch.no_grad():
            for u in given:
                weights = self.recurrent + self.alpha * self.trace
                inward = torch.bmm(self.hidden.unsqueeze(1), weights).squeeze(1)
                post = torch.tanh(u @ self.input + inward + self.bias)
                written = torch.bmm(self.hidden.unsqueeze(2), post.unsqueeze(1))
                self.trace = (1 - self.eta) * self.trace + self.eta * written
                self.hidden = post
                activity.append(post)
            return torch.stack(activity).cpu().numpy()
