"""How well the missing half of a picture was answered, and how well it is answered without memory or by a look-up.

Letters: B episodes, K pictures shown in each, P pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from plastic_core.tasks.contract import Metric

Tensor = torch.Tensor

METRICS = (
    Metric("squared_error", "lower", "mean squared error a pixel of the missing half; pictures lie in -1..1"),
    Metric("correlation", "higher", "Pearson's, over the pixels of the missing half of each episode"),
    Metric("mean_image_error", "lower", "error of a trivial answer: the mean of all training pictures"),
    Metric("mean_image_correlation", "higher", "its correlation"),
    Metric("mean_shown_error", "lower", "error of a trivial answer: the mean of the episode's pictures"),
    Metric("mean_shown_correlation", "higher", "its correlation"),
    Metric("nearest_error", "lower", "error of a look-up: the shown picture whose visible half is nearest"),
    Metric("nearest_correlation", "higher", "its correlation"),
)


def figures(answer: Tensor, images: Tensor, asked: Tensor, missing: Tensor, mean: Tensor) -> Mapping[str, Tensor]:
    """Of METRICS, each [B]. answer [B, P]; images [B, K, P]; asked int[B]: which one is to be answered.

    missing bool[B, P]: the half; mean [P]: of the training pictures.
    """
    rows = torch.arange(len(images))
    truth = images[rows, asked]
    apart = ((images - truth[:, None]) ** 2 * ~missing[:, None]).sum(2)
    found = {"squared_error": squared_error(answer, truth, missing), "correlation": correlation(answer, truth, missing)}
    others = {
        "mean_image": mean.expand_as(truth),
        "mean_shown": images.mean(1),
        "nearest": images[rows, apart.argmin(1)],
    }
    for name, given in others.items():
        found[f"{name}_error"] = squared_error(given, truth, missing)
        found[f"{name}_correlation"] = correlation(given, truth, missing)
    return found


def squared_error(answer: Tensor, truth: Tensor, among: Tensor) -> Tensor:
    """Mean over the pixels among [B, P], [B]."""
    return ((answer - truth) ** 2 * among).sum(1) / among.sum(1)


def correlation(answer: Tensor, truth: Tensor, among: Tensor) -> Tensor:
    """Pearson's over the pixels among [B, P], [B]; 0 where one of both is even."""

    def centred(values: Tensor) -> Tensor:
        mean = (values * among).sum(1, keepdim=True) / among.sum(1, keepdim=True)
        return (values - mean) * among

    one, other = centred(answer), centred(truth)
    scale = torch.sqrt((one**2).sum(1) * (other**2).sum(1))
    return (one * other).sum(1) / scale.clamp(min=1e-12)
