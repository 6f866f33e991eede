"""Which passes compute an episode: the fastest that dtype, device and what is installed allow."""

from __future__ import annotations

from functools import cache

import torch

from plastic_core.trace.operator_passes import OperatorPasses
from plastic_core.trace.passes import Passes


def passes_for(trace: torch.Tensor) -> Passes:
    """Fused kernels for float32 on the CPU where numba is installed, else torch's operators."""
    if trace.dtype == torch.float32 and trace.device.type == "cpu":
        return _fused() or OperatorPasses()
    return OperatorPasses()


@cache
def _fused() -> Passes | None:
    try:
        from plastic_core.trace.fused_passes import FusedPasses  # numba loads here and nowhere before
    except ModuleNotFoundError as error:
        if error.name != "numba":
            raise
        return None
    return FusedPasses()
