"""Slow weights: shared by all streams, drawn from a seed or trained, hashed, kept as safetensors.

Letters: D input channels, N neurons.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as safetensors_bytes

from plastic_core.arrays import Float32

FORMAT = "plastream-slow-2"
INPUTS = 3
"""Of each channel: the percept, its surprise, what the clock recalls for the next tick."""
INPUT_SCALES = (0.1, 0.03, 0.1)
"""Standard deviations of their weights: ten sensors of variance 1 drive a neuron by half a unit."""
SPECTRAL_RADIUS = 0.5
BIAS_SCALE = 0.5
INHIBITION = 3.0
"""alpha is minus this over N: drawn traces hold back what fires together, see README.md."""
ETA = 0.01


@dataclass(frozen=True)
class SlowWeights:
    """What every stream shares; the arrays cannot be written."""

    input: Float32
    """W_in, float32[3 D, N]: from the percept, from its surprise, from what the clock recalls for the next tick."""
    recurrent: Float32
    """w, float32[N, N], from neuron i (axis 0) to j (axis 1)."""
    alpha: Float32
    """float32[N, N]: how much each synapse's trace counts."""
    eta: Float32
    """float32[N] in [0, 1]: learning rate of each neuron's incoming traces, a tick."""
    bias: Float32
    """b, float32[N]."""

    def __post_init__(self) -> None:
        for name, value in self.arrays().items():
            if value.dtype != np.float32 or not np.isfinite(value).all():
                raise ValueError(f"slow weights: {name} must be finite float32, not {value.dtype}")
            own = np.ascontiguousarray(value).copy()
            own.flags.writeable = False
            object.__setattr__(self, name, own)
        if self.input.ndim != 2 or self.input.shape[0] % INPUTS:
            raise ValueError(f"slow weights: input is [3 D, N], not {self.input.shape}")
        neurons = self.neurons
        shapes = {"recurrent": (neurons, neurons), "alpha": (neurons, neurons), "eta": (neurons,), "bias": (neurons,)}
        for name, shape in shapes.items():
            if self.arrays()[name].shape != shape:
                raise ValueError(f"slow weights: {name} is {self.arrays()[name].shape}, for N={neurons} it is {shape}")

    def arrays(self) -> dict[str, Float32]:
        """Name -> array, no copies."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def width(self) -> int:
        """D."""
        return self.input.shape[0] // INPUTS

    @property
    def neurons(self) -> int:
        """N."""
        return self.input.shape[1]

    @property
    def version(self) -> str:
        """blake2b (16 bytes, hexadecimal) of names, shapes and bytes."""
        total = hashlib.blake2b(digest_size=16)
        for name, value in self.arrays().items():
            total.update(f"{name}{value.shape}".encode())
            total.update(value.astype("<f4").tobytes())
        return total.hexdigest()


def drawn(neurons: int, width: int, seed: int) -> SlowWeights:
    """Untrained slow weights, the same for the same arguments on every machine. Raises ValueError on sizes below 1."""
    if neurons < 1 or width < 1:
        raise ValueError(f"neurons and width must be at least 1, not {neurons} and {width}")
    generator = np.random.Generator(np.random.PCG64(seed))
    into = generator.standard_normal((INPUTS * width, neurons)) * np.repeat(INPUT_SCALES, width)[:, None]
    between = generator.standard_normal((neurons, neurons)) * (SPECTRAL_RADIUS / neurons**0.5)
    bias = generator.standard_normal(neurons) * BIAS_SCALE
    return SlowWeights(
        input=into.astype(np.float32),
        recurrent=between.astype(np.float32),
        alpha=np.full((neurons, neurons), -INHIBITION / neurons, np.float32),
        eta=np.full(neurons, ETA, np.float32),
        bias=bias.astype(np.float32),
    )


def save(slow: SlowWeights, path: Path, card: Mapping[str, Any]) -> None:
    """Write safetensors with `card` (any JSON: how these weights came about) in the metadata. Raises OSError."""
    metadata = {"format": FORMAT, "version": slow.version, "card": json.dumps(card, sort_keys=True)}
    path.write_bytes(safetensors_bytes(slow.arrays(), metadata=metadata))


class _Tensors(Protocol):
    """The part of safetensors' untyped handle that is used here."""

    def metadata(self) -> dict[str, str] | None: ...

    def keys(self) -> list[str]: ...

    def get_tensor(self, name: str, /) -> Float32: ...


def load(path: Path) -> tuple[SlowWeights, dict[str, Any]]:
    """Read what `save` wrote: weights and card.

    Raises ValueError where the file is not whole or not of this format, FileNotFoundError where there is none.
    """
    try:
        with cast("AbstractContextManager[_Tensors]", safe_open(path, framework="numpy")) as source:
            metadata = source.metadata() or {}
            arrays = {name: source.get_tensor(name) for name in source.keys()}  # noqa: SIM118 -- not a dict
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from error
    expected = {field.name for field in fields(SlowWeights)}
    if metadata.get("format") != FORMAT or set(arrays) != expected:
        raise ValueError(f"{path} is not a file of slow weights ({FORMAT} with {', '.join(sorted(expected))})")
    slow = SlowWeights(**arrays)
    if slow.version != metadata.get("version"):
        raise ValueError(f"{path}: the weights do not match their version {metadata.get('version')}")
    return slow, json.loads(metadata.get("card", "{}"))
