"""The command in a process of its own, as a shell starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


def plastream(
    *arguments: str, folder: Path | None = None, stdout: int | IO[bytes] = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Started in `folder`, with none of our settings in its environment."""
    ours = ("PLASTREAM_", "PYTHONUNBUFFERED")  # output is buffered, as it is for most people
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.Popen(
        [sys.executable, "-c", "from service.cli.main import main; main()", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=folder or ROOT,
        env=environment | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
