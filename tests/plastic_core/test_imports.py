"""Importing plastic_core is light: torch and numba load only with what needs them."""

import subprocess
import sys

import plastic_core

LIGHT = """
import sys, plastic_core
from plastic_core import RULES, Network, NetworkState, norm_bound, statistics
print([name for name in ("torch", "numba") if name in sys.modules])
"""


def test_networks_and_their_health_load_neither_torch_nor_numba() -> None:
    assert subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, check=True, text=True).stdout == "[]\n"


def test_every_exported_name_is_there() -> None:
    for name in plastic_core.__all__:
        assert getattr(plastic_core, name) is not None
    assert dir(plastic_core) == sorted(plastic_core.__all__)
