"""A new encoder as a small distribution of its own: it works, passes the contract, and is to be changed from there."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from service.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

_PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "plastream-{dashed}"
version = "0.1.0"
description = "The encoder {name} for plastream."
requires-python = ">=3.11"
dependencies = ["plastream"]

[project.entry-points."plastream.encoders"]
{name} = "{module}:{kind}"

[tool.hatch.build.targets.wheel]
include = ["{module}.py"]
"""

_README = """\
# plastream-{dashed}

    pip install -e .
    plastream encoder check {module}        # the promises of every encoder
    plastream encoder plot {name}           # which values it takes for near

Then name it in a schema: `fields: {{"some.path": {{encoder: {name}, settings: {{low: 0, high: 100}}}}}}`.
"""

_MODULE = '''\
"""The encoder {name}: one sentence on what it is for.

code = 2 (v - low) / (high - low) - 1, one channel, in [-1, 1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma
from pydantic import BaseModel, ConfigDict, model_validator

if TYPE_CHECKING:
    from encoders.checks import Example

_DTYPE = np.dtype([("version", "<i4")])
"""What is remembered of a stream. version is 0 before its first value; it rises where codes change their meaning."""


class {kind}Config(BaseModel):
    """Its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = 0.0
    """Lowest value, in the sensor's unit."""
    high: float = 100.0
    """Highest value."""

    @model_validator(mode="after")
    def _ordered(self) -> {kind}Config:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        return self


class {kind}:
    """See Encoder. Values: numbers from low to high; others are not sensed."""

    name = "{name}"
    width = 1
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = {kind}Config(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        numbers = np.array([_number(value) for value in values.tolist()], dtype=np.float64)
        low, high = self.config.low, self.config.high
        sensed = (numbers >= low) & (numbers <= high)  # False for NaN
        codes = np.where(sensed, 2.0 * (numbers - low) / (high - low) - 1.0, 0.0)
        after = state.copy()
        after["version"][sensed] = 1
        return Encoded(codes.astype(np.float32)[:, None], sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range."""
        low, high = self.config.low, self.config.high
        held = np.clip(codes[:, 0].astype(np.float64), -1.0, 1.0)
        values = (low + (high - low) * (held + 1.0) / 2.0).astype(np.object_)
        seen = state["version"] > 0
        values[~seen] = None
        confidence = np.where(seen, 1.0 / (1.0 + np.abs(codes[:, 0] - held)), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder."""
        half = (self.config.high - self.config.low) / 2.0
        return np.where(state["version"] > 0, deviation[:, 0].astype(np.float64) * half, np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder: at most the coded range."""
        half = (self.config.high - self.config.low) / 2.0
        return np.minimum(usable_sigma(sigma) / half, 1.0).astype(np.float32)[:, None]

    def resolution(self, state: State) -> Float64:
        """See Encoder: float32 keeps 24 bits of the range."""
        grain = (self.config.high - self.config.low) * 2.0**-23
        return np.where(state["version"] > 0, grain + 1e-12 * abs(self.config.high), np.nan)


def _number(value: object) -> float:
    """float64 of a number; NaN for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.nan


def example() -> Example:
    """How `plastream encoder check` tries it."""
    from encoders.checks import Example, number_error
    from hypothesis import strategies as st

    return Example(
        values=st.floats(0.0, 100.0),
        edges=(0.0, 100, 50.0),
        wrong=(-0.5, 101, True, "warm"),
        error=number_error,
        ramp=[2.0 * k for k in range(40)],
    )
'''


def write(name: str, into: Path) -> list[Path]:
    """Write the distribution plastream-NAME into the folder, and return its files. Raises UsageError, OSError."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(f"{name!r} cannot name an encoder: small letters, digits and _, a letter first, at most 40")
    folder = into / f"plastream-{name.replace('_', '-')}"
    if folder.exists():
        raise UsageError(f"{folder} exists already: choose another name, or remove it")
    told = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "module": f"plastream_{name}",
        "kind": "".join(part.title() for part in name.split("_")) + "Encoder",
    }
    files = {"pyproject.toml": _PROJECT, "README.md": _README, f"plastream_{name}.py": _MODULE}
    folder.mkdir(parents=True)
    written: list[Path] = []
    for file, text in files.items():
        path = folder / file
        path.write_text(text.format(**told), encoding="utf-8")
        written.append(path)
    return written
