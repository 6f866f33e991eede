"""Kernels become machine code for compute capability 9.0 on a machine without any GPU, and a session says with what."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.runtime import driver

from plastic_core.engines import gpu
from plastic_core.engines.gpu_language import OPTIONS, interpreted
from plastic_core.engines.gpu_launches import Chunk, launches, settling, writes
from plastic_core.engines.gpu_layout import LARGEST_RESIDENT, fast_of, kind_of, slow_of
from plastic_core.network import blank
from tests.networks import network_of

pytestmark = [pytest.mark.slow, pytest.mark.skipif(interpreted(), reason="the interpreter compiles nothing")]


class Hopper:
    """What Triton asks of a driver before it compiles: the target, and a device to keep the code for."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return -1

    def get_current_stream(self, device: int) -> int:
        return device


@pytest.fixture
def _hopper() -> Iterator[None]:
    driver.set_active(Hopper())
    yield
    if torch.cuda.is_available():
        driver.reset_active()


def stack_of(code: bytes, where: Path) -> int:
    """Bytes a thread that found no register."""
    (where / "kernel.cubin").write_bytes(code)
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    told = subprocess.run([tool, "--dump-resource-usage", where / "kernel.cubin"], capture_output=True, check=True)
    return int(told.stdout.decode().split("STACK:")[1].split()[0])


def made(rule: str, n: int, dtype: str, streams: int, ticks: int, pending: bool) -> Iterator[tuple[str, Any]]:
    """Name and machine code of every kernel of these ticks."""
    network = network_of(rule, n, 17, write_bound=1)
    kind = kind_of(network, dtype, LARGEST_RESIDENT, seed=0)
    slow, fast = slow_of(network, kind, "cpu"), fast_of(kind, blank(network, streams), dtype, "cpu")
    chunk = Chunk(torch.zeros(ticks, streams, 17), torch.zeros(ticks, streams), torch.zeros(ticks, streams, n))
    due = list(launches(slow, fast, chunk, kind, ticks, pending))
    for launch in [*due, settling(slow, fast, chunk, kind)] if writes(kind) else due:
        options = {"num_warps": launch.warps, **OPTIONS}
        yield launch.kernel.__name__, launch.kernel.warmup(*launch.arguments, grid=launch.grid, **options)


@pytest.mark.usefixtures("_hopper")
@pytest.mark.parametrize(
    ("rule", "n", "dtype"),
    [("hebb", 100, "float32"), ("hebb", 1000, "float32"), ("retroactive", 300, "bfloat16"), ("delta", 300, "bfloat16")],
)
def test_compiles_for_compute_capability_9_0(rule: str, n: int, dtype: str, tmp_path: Path) -> None:
    for name, code in made(rule, n, dtype, streams=1, ticks=1, pending=True):
        assert "sm_90" in code.asm["ptx"]
        assert ("fma.rn.f32" in code.asm["ptx"]) == (name != "turn"), "none but those written down"
        assert stack_of(code.asm["cubin"], tmp_path) == 0


@pytest.mark.usefixtures("_hopper")
@pytest.mark.parametrize(("rule", "n"), [("hebb", 7), ("delta", 150)])
def test_one_code_for_any_number_of_streams_and_ticks(rule: str, n: int) -> None:
    """Code of its own for one stream, or for a tick with nothing pending, might add in another order."""
    shapes = [(1, 1, True), (1, 2, False), (16, 16, True)]
    hashes = {(name, code.hash) for shape in shapes for name, code in made(rule, n, "float32", *shape)}
    assert len(hashes) == (1 if n == 7 else 4)  # live; or look, sweep, turn and the sweep that reads nothing


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_says_that_there_is_no_device() -> None:
    with pytest.raises(gpu.NoCudaDevice, match="needs a CUDA device"):
        gpu.GpuEngine()
    with pytest.raises(ValueError, match="TRITON_INTERPRET=1"):
        gpu.GpuEngine(device="cpu")
