"""What a layer's features are worth beside lags: least squares in context, in closed form, differentiable.

The service's readout learns each channel by recursive least squares. Here the same solution is found at once from the
first part of an episode and tried on the second, so that what is trained by gradient is the layer, and what for is that
readout (closed-form learners inside meta-learning: Bertinetto et al. 2019).

Letters: T ticks, B streams, C channels, L lags, Q features.
"""

from __future__ import annotations

from typing import Any, cast

import torch

Tensor = torch.Tensor


def lag_features(x: Tensor, lags: int) -> Tensor:
    """[T, B, C, 1 + L + C] of x [T, B, C]: one, the own last values, newest first, the last of all channels."""
    ticks, streams, channels = x.shape
    padded = torch.cat([x.new_zeros(lags - 1, streams, channels), x])
    own = torch.stack([padded[lags - 1 - lag : lags - 1 - lag + ticks] for lag in range(lags)], 3)
    everyone = x[:, :, None].expand(ticks, streams, channels, channels)
    return torch.cat([x.new_ones(ticks, streams, channels, 1), own, everyone], 3)


def solved(features: Tensor, targets: Tensor, told: Tensor, ridge: Tensor) -> Tensor:
    """Weights [B, C, Q] of features [T, B, C, Q] for targets [T, B, C], from the ticks that are told, bool[T, B, C].

    ridge [Q]: what is added to the correlation's diagonal.
    """
    weighed = features * told[..., None]
    correlation = torch.einsum("tbcq,tbcr->bcqr", weighed, features) + torch.diag(ridge)
    with_target = torch.einsum("tbcq,tbc->bcq", weighed, targets)
    return cast(Any, torch).linalg.solve(correlation, with_target)  # torch says too little of its types


def predicted(weights: Tensor, features: Tensor) -> Tensor:
    """[T, B, C]."""
    return torch.einsum("bcq,tbcq->tbc", weights, features)
