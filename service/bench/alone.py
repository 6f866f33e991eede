"""A measurement of the networks in a process of its own, on one thread: one line of JSON comes back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import orjson

from service.errors import ActionError

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def alone(module: str, told: Mapping[str, object]) -> dict[str, Any]:
    """What `python -m plastic_core.bench.MODULE --name value ...` prints. Raises ActionError where it fails."""
    flags = [part for name, value in told.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", f"plastic_core.bench.{module}", *flags]
    ended = subprocess.run(  # noqa: S603 -- our own module, which checks names and numbers itself
        command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"]
        raise ActionError(f"the measurement plastic_core.bench.{module} failed: {said[-1]}")
    return orjson.loads(ended.stdout)
