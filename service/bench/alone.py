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


def command_of(module: str, told: Mapping[str, object], *flags: str) -> list[str]:
    """`python -m plastic_core.bench.MODULE`, flags, and --name value for what is told."""
    named = [part for name, value in told.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", f"plastic_core.bench.{module}", *flags, *named]


def alone(module: str, told: Mapping[str, object]) -> dict[str, Any]:
    """What a measurement prints. Raises ActionError where it fails."""
    ended = subprocess.run(  # noqa: S603 -- our own module, which checks names and numbers itself
        command_of(module, told), env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise failed(module, ended.stderr)
    return orjson.loads(ended.stdout)


def failed(what: str, said: str) -> ActionError:
    """What to tell of a measurement that ended with these last words."""
    lines = said.strip().splitlines()
    return ActionError(f"the measurement {what!r} failed: {lines[-1] if lines else 'it ended without a word'}")
