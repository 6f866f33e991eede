"""The slow side of plastic connections as a torch module: w, alpha, eta; drawn from a seed, learned by gradient.

**eta stays in range.** The papers learn eta raw. Here too the parameter is eta itself, so that what is saved is what is
used, but the equations see it clipped to [0, 1]. The gradient passes the clip wherever descent would lead back inside,
so an eta pushed over the edge rests there and comes back when the loss asks for it. The rate of untied connections
(STPN's gamma) may be any number; their leak (1 - lambda) is held as eta is.

Letters: N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from torch import nn

from plastic_core.rules import RULES, Rule
from plastic_core.trace.contract import Synapses

Tensor = torch.Tensor
Shape = Literal["synapse", "neuron", "scalar"]


@dataclass(frozen=True)
class ConnectionsConfig:
    """How a layer of plastic connections is made. Raises ValueError for settings out of range."""

    rule: str = "hebb"
    """Key of plastic_core.rules.RULES; a PlasticReadout knows one more."""
    alpha: Literal["synapse", "neuron", "scalar", "low_rank"] = "synapse"
    """What has an alpha of its own: every synapse, every postsynaptic neuron, the layer; or alpha = L R."""
    alpha_rank: int = 8
    """For low_rank: L is [N, rank], R [rank, M]."""
    alpha_density: float = 1.0
    """In (0, 1]: share of synapses that are plastic; which ones is drawn from the seed and never changes."""
    alpha_learned: bool = True
    eta: Shape = "scalar"
    """What has an eta of its own; see the head of this file for its range."""
    eta_learned: bool = True
    eta_start: float = 0.01
    """In [0, 1], a tick. Miconi et al. 2019 have none in their modulated rule, which is an eta fixed at 1."""
    tied: bool = True
    """Leak and rate are one eta; else each has its own (STPN). Rules that forget nothing have but the one."""
    gain: float = 0.3
    """w starts with standard deviation gain / sqrt(N): at N = 1000 the 0.01 of Miconi et al. 2018."""
    alpha_gain: float = 0.3
    """The same for alpha; an alpha of a neuron or of the layer starts at + alpha_gain / sqrt(N), so that a trace first
    of all repeats what it holds."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < self.alpha_density <= 1:
            raise ValueError(f"alpha_density lies in (0, 1], not at {self.alpha_density}")
        if not 0 <= self.eta_start <= 1:
            raise ValueError(f"eta_start lies in [0, 1], not at {self.eta_start}")
        if self.alpha_rank < 1:
            raise ValueError(f"alpha_rank is at least 1, not {self.alpha_rank}")


def rule_named(name: str) -> Rule:
    """A rule of RULES. Raises ValueError."""
    if name not in RULES:
        raise ValueError(f"no plasticity rule {name!r}; there are {', '.join(RULES)}")
    return RULES[name]


class Connections(nn.Module):
    """Plastic connections from N to M neurons. What is learned is a parameter, what is fixed a buffer.

    Under rule "none" alpha and eta do nothing and are fixed; under keyed rules eta is one.
    """

    fixed: Tensor
    """w, [N, M]."""
    alpha: Tensor
    """[N, M], [1, M], [1, 1]; for low_rank L."""
    alpha_right: Tensor | None
    """R, for low_rank."""
    eta: Tensor
    """Leak, and where `rate` is None rate as well: [N, M], [1, M] or [1, 1]."""
    rate: Tensor | None
    mask: Tensor | None
    """bool[N, M]: the synapses that are plastic; None for all."""

    def __init__(
        self, config: ConnectionsConfig, rule: Rule, inputs: int, outputs: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.config, self.rule, self.outputs = config, rule, outputs
        scale = config.alpha_gain / inputs**0.5
        silent = config.rule == "none"

        def drawn(*size: int) -> Tensor:
            return torch.randn(*size, generator=generator)

        self.keep("fixed", config.gain / inputs**0.5 * drawn(inputs, outputs), learned=True)
        right = None
        match config.alpha:
            case "synapse":
                alpha = scale * drawn(inputs, outputs)
            case "neuron":
                alpha = torch.full((1, outputs), scale)
            case "scalar":
                alpha = torch.full((1, 1), scale)
            case "low_rank":
                # a sum of `rank` products of two such factors has standard deviation `scale`
                each = (scale / config.alpha_rank**0.5) ** 0.5
                alpha, right = each * drawn(inputs, config.alpha_rank), each * drawn(config.alpha_rank, outputs)
        self.keep("alpha", alpha, learned=config.alpha_learned and not silent)
        self.keep("alpha_right", right, learned=config.alpha_learned and not silent)
        sizes = {"synapse": (inputs, outputs), "neuron": (1, outputs), "scalar": (1, 1)}
        start = torch.ones(1, 1) if rule.keyed else torch.full(sizes[config.eta], config.eta_start)
        learned = config.eta_learned and not silent and not rule.keyed
        self.keep("eta", start, learned=learned)
        apart = not config.tied and not rule.keyed and self.forgets
        self.keep("rate", start if apart else None, learned=learned)
        sparse = config.alpha_density < 1
        mask = torch.rand(inputs, outputs, generator=generator) < config.alpha_density if sparse else None
        self.keep("mask", mask, learned=False)

    def keep(self, name: str, values: Tensor | None, learned: bool) -> None:
        """Hold values, copied, under a name: as a parameter where learned, else as a buffer."""
        self._parameters.pop(name, None)
        self._buffers.pop(name, None)
        if learned:
            self.register_parameter(name, None if values is None else nn.Parameter(values.detach().clone()))
        else:
            self.register_buffer(name, None if values is None else values.detach().clone())

    def take(self, synapses: Synapses) -> None:
        """Start from given synapses, copied; what was learned stays so. Raises ValueError for a leak out of [0, 1]."""
        if not bool(((synapses.leak >= 0) & (synapses.leak <= 1)).all()):
            raise ValueError("leak lies in [0, 1]")
        tied = torch.equal(synapses.leak, synapses.rate)
        learned = {name: name in self._parameters for name in ("fixed", "alpha", "eta")}
        self.keep("fixed", synapses.fixed, learned["fixed"])
        self.keep("alpha", synapses.alpha, learned["alpha"])
        self.keep("alpha_right", None, learned=False)
        self.keep("mask", None, learned=False)
        self.keep("eta", synapses.leak, learned["eta"] and (tied or self.forgets))
        self.keep("rate", None if tied else synapses.rate, learned["eta"])

    @property
    def forgets(self) -> bool:
        """Whether the leak plays a part in the rule."""
        return self.rule.drive(1.0, 1.0).fade != 0

    def synapses(self) -> Synapses:
        """The connections as a trace takes them; gradients flow back to the parameters."""
        alpha = self.alpha if self.alpha_right is None else self.alpha @ self.alpha_right
        if self.mask is not None:
            alpha = alpha * self.mask
        leak = self._each(within(self.eta))
        rate = leak if self.rate is None else self._each(self.rate)
        return Synapses(self.rule, self.fixed, self._each(alpha), leak, rate)

    def _each(self, values: Tensor) -> Tensor:
        """A number of the whole layer as [1, M]."""
        return values.expand(1, self.outputs).contiguous() if values.numel() == 1 else values


def within(eta: Tensor) -> Tensor:
    """Eta clipped to [0, 1]; see the head of this file for its gradient."""
    return cast("Tensor", _Within.apply(eta))


class _Within(torch.autograd.Function):
    """Clip to [0, 1]; the gradient is cut only where descent would lead further outside."""

    @staticmethod
    def forward(ctx: Any, eta: Tensor) -> Tensor:
        ctx.save_for_backward(eta)
        return eta.clamp(0, 1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Tensor:
        (eta,) = ctx.saved_tensors
        (grad,) = grad_outputs
        outward = ((eta <= 0) & (grad > 0)) | ((eta >= 1) & (grad < 0))
        return grad.masked_fill(outward, 0)
