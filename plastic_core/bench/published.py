"""The plain batched formulation of differentiable plasticity, as the papers' equations read in torch: the yardstick.

Every tick makes a new trace, and each operator is a pass over memory of its own. Written from the equations of Miconi,
Clune and Stanley 2018, eq. 1 and 2, Oja's rule there, and Miconi, Rawal, Clune and Stanley 2019 for the clipped rule.

Letters: T ticks, B streams, D input channels, N neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch

from plastic_core.network import Network
from plastic_core.state import Float32

Tensor = torch.Tensor

FLOATS_MOVED = 13
"""float32 numbers a synapse of a stream that the operators of a tick read and write, w and alpha, shared, not counted.

alpha * H 2, w + . 2, h through it 1, (1 - eta) H 2, h y^T 1, eta * . 2, their sum 3.
"""


def through(hidden: Tensor, fixed: Tensor, alpha: Tensor, trace: Tensor) -> Tensor:
    """(w + alpha * H)^T h, [B, N], from h [B, N], w and alpha [N, N] and H [B, N, N]."""
    return torch.bmm(hidden.unsqueeze(1), fixed + alpha * trace).squeeze(1)


def hebb(trace: Tensor, pre: Tensor, post: Tensor, eta: Tensor) -> Tensor:
    """H <- (1 - eta) H + eta x y^T; trace [B, N, N], pre and post [B, N]."""
    return (1 - eta) * trace + eta * torch.bmm(pre.unsqueeze(2), post.unsqueeze(1))


def oja(trace: Tensor, pre: Tensor, post: Tensor, eta: Tensor) -> Tensor:
    """H_j <- H_j + eta y_j (x - y_j H_j)."""
    return trace + eta * post.unsqueeze(1) * (pre.unsqueeze(2) - post.unsqueeze(1) * trace)


def clipped(trace: Tensor, pre: Tensor, post: Tensor, eta: Tensor) -> Tensor:
    """H <- clip(H + eta x y^T)."""
    return torch.clamp(trace + eta * torch.bmm(pre.unsqueeze(2), post.unsqueeze(1)), -1, 1)


WRITTEN: Mapping[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = MappingProxyType(
    {"hebb": hebb, "oja": oja, "clipped": clipped}
)
"""Rule -> (trace, pre, post, eta) -> the trace after the write."""


def moved_bytes(network: Network) -> float:
    """Bytes that a tick of one stream reads and writes, w and alpha once."""
    return 4 * (FLOATS_MOVED * network.neurons**2 + network.recurrent.size + network.alpha.size)


@dataclass
class Published:
    """B streams of a Hebbian network with one eta."""

    input: Tensor
    recurrent: Tensor
    bias: Tensor
    alpha: Tensor
    eta: Tensor
    hidden: Tensor
    """h, [B, N]."""
    trace: Tensor
    """H, [B, N, N]."""

    @staticmethod
    def of(network: Network, streams: int, device: str = "cpu") -> Published:
        """The network's formulation, from blank. Raises ValueError where it is another rule's."""
        if network.rule != "hebb" or (network.leak != network.leak[0, 0]).any() or (network.rate != network.leak).any():
            raise ValueError("the published formulation is measured for rule 'hebb' with one eta")
        n = network.neurons

        def told(values: Float32) -> Tensor:
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
        activity: list[Tensor] = []
        with torch.no_grad():
            for u in given:
                inward = through(self.hidden, self.recurrent, self.alpha, self.trace)
                post = torch.tanh(u @ self.input + inward + self.bias)
                self.trace = hebb(self.trace, self.hidden, post, self.eta)
                self.hidden = post
                activity.append(post)
            return torch.stack(activity).cpu().numpy()
