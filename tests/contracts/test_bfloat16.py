"""Traces in bfloat16: how far they may be from the reference, on average and in the long run."""

import math
from dataclasses import replace

import numpy as np
import pytest

from plastic_core.engines.cpu import CpuEngine, sweep_for
from plastic_core.engines.cpu_layout import blocked, narrow, unblocked, wide
from plastic_core.engines.reference import ReferenceEngine
from plastic_core.network import Network, blank
from tests.networks import network_of

TICKS = 1500


def network_with(rule: str, eta: float, own_alpha: bool) -> Network:
    """With alpha zero: the traces of all engines live through the same activity."""
    one = network_of(rule, 40, 5, own=False)
    if rule != "delta":
        one = replace(one, leak=np.full((1, 40), eta, np.float32), rate=np.full((1, 40), eta, np.float32))
    return replace(one, alpha=np.zeros((40 if own_alpha else 1, 40), np.float32))


@pytest.mark.parametrize("own_alpha", [True, False])
@pytest.mark.parametrize("eta", [0.1, 0.01, 0.001])
@pytest.mark.parametrize("rule", ["hebb", "oja", "delta"])
def test_the_error_of_a_trace_is_bounded_and_not_one_sided(rule: str, eta: float, own_alpha: bool) -> None:
    network = network_with(rule, eta, own_alpha)
    x = np.random.default_rng(0).normal(0, 1, (TICKS, 2, 5)).astype(np.float32)
    sessions = [engine.open(network, blank(network, 2)) for engine in (CpuEngine("bfloat16"), ReferenceEngine())]
    for session in sessions:
        session.advance(x)
    mine, wanted = (session.state().trace.astype(np.float64) for session in sessions)
    pairs = sweep_for(network).pairs
    bound = 2**-8 * (1 + 1 / math.sqrt(2 * eta * pairs))
    assert 0 < np.linalg.norm(mine - wanted) / np.linalg.norm(wanted) <= bound
    assert abs((mine * wanted).sum() / (wanted * wanted).sum() - 1) < 0.2 * bound


@pytest.mark.parametrize("rule", ["clipped", "modulated", "retroactive"])
def test_rules_that_write_every_tick_are_refused(rule: str) -> None:
    network = network_of(rule)
    with pytest.raises(ValueError, match=f"open rule '{rule}' of this network with float32"):
        CpuEngine("bfloat16").open(network, blank(network, 1))


def test_another_dtype_is_refused() -> None:
    with pytest.raises(ValueError, match="traces are kept as float32 or bfloat16, not 'float16'"):
        CpuEngine("float16")


def test_what_is_bfloat16_already_comes_back_as_it_was() -> None:
    values = np.random.default_rng(0).normal(0, 1, (2, 32, 48)).astype(np.float32)
    values[0, 0, :4] = [0, -0.0, np.inf, -np.inf]
    values[1, 3, 5] = np.nan
    short = (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    assert unblocked(wide(narrow(blocked(short)))).tobytes() == short.tobytes()


def test_narrowing_goes_to_the_nearest() -> None:
    values = np.random.default_rng(1).normal(0, 1, (16, 16)).astype(np.float32)
    off = np.abs(wide(narrow(blocked(values))) - blocked(values))
    assert (off <= 2**-8 * np.abs(blocked(values))).all()
    assert off.max() > 0
