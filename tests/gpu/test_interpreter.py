"""The promises of test_engine.py in Triton's interpreter: a process of its own, as Triton asks once, at import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
def test_every_promise_holds_in_the_interpreter() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(HERE / "pytest.ini"), str(HERE / "test_engine.py")]
    environment = {**os.environ, "TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " skipped" not in run.stdout
