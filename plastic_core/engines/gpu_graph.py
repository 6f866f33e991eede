"""The launches of a chunk of ticks, recorded once and started again by one call: two or three a tick cost too many."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

from plastic_core.engines.gpu_language import Launch


def started(launches: Iterable[Launch]) -> None:
    """Start them one after the other."""
    for launch in launches:
        launch()


def recorded(launches: Iterable[Launch], device: torch.device) -> Callable[[], None]:
    """What starts these launches with these very arguments; nothing runs yet. Their kernels must have run before.

    On a CUDA device a CUDA graph; elsewhere the launches themselves.
    """
    if device.type != "cuda":
        kept = list(launches)
        return lambda: started(kept)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        started(launches)
    return graph.replay
