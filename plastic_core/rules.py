"""Plasticity rules as pure functions, the same for numpy arrays and torch tensors (there with gradients).

Every rule here is linear in the trace once its vectors are known: column j of H is multiplied by a decay d_j and takes
in a share g_j of the presynaptic activity,

    H_t[i, j] = d_j H_{t-1}[i, j] + x_i g_j             x = h_{t-1}, y = h_t

so a rule is a function from the postsynaptic activity y and the learning rate eta to the pair (d, g), and an engine
that can carry out the line above carries out every such rule.

Letters: B streams, N neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

Array = TypeVar("Array", npt.NDArray[np.floating[Any]], "torch.Tensor")

WRITE_BOUND = 1.0
"""Largest Frobenius norm of eta x y^T in one tick; a longer write is shortened (see README.md)."""

Rule = Callable[[Any, Any], "Columns"]
"""(y [B, N], eta [B, N] in [0, 1]) -> Columns, both arrays of one library."""


class Columns(NamedTuple):
    """What a rule does to the columns of the trace."""

    decay: Any
    """d, [B, N]: factor of each column."""
    gain: Any
    """g, [B, N]: share of the presynaptic activity that each column takes in."""


def hebb(post: Array, eta: Array) -> Columns:
    """Hebb with decay: H <- (1 - eta) H + eta x y^T (Miconi, Clune and Stanley 2018, eq. 2)."""
    return Columns(decay=1 - eta, gain=eta * post)


def oja(post: Array, eta: Array) -> Columns:
    """Oja's rule: H_j <- H_j + eta y_j (x - y_j H_j); limits itself without a decay (Oja 1982; Miconi et al. 2018)."""
    gain = eta * post
    return Columns(decay=1 - gain * post, gain=gain)


def written(trace: Array, pre: Array, columns: Columns) -> Array:
    """The trace [B, N, N] after taking in pre [B, N] by a rule's columns: d_j H_ij + x_i g_j."""
    return trace * columns.decay[:, None, :] + pre[:, :, None] * columns.gain[:, None, :]


RULES: Mapping[str, Rule] = MappingProxyType({"hebb": hebb, "oja": oja})
"""Name -> rule; a new rule is one function and one line here."""
