"""`plastream bench step`: the engines beside the published formulation."""

import json
from dataclasses import replace

import numpy as np
import pytest

from plastic_core.bench.published import Published
from plastic_core.bench.step import WIDTH, Shape, network_of
from plastic_core.engines.reference import ReferenceEngine
from plastic_core.network import blank
from tests.service.command import plastream

SMALL = ["--neurons", "24", "--streams", "2", "--ticks", "3", "--rounds", "2"]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("alpha", ["synapse", "neuron"])
def test_figures_by_engine_as_json(dtype: str, alpha: str) -> None:
    process = plastream("bench", "step", *SMALL, "--dtype", dtype, "--alpha", alpha, "--output", "json")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    engines = {"published", "cpu"}
    for figure in ("us_per_step", "speedup", "bytes_per_step", "of_copy_limit", "over_in_place_limit", "spread"):
        assert engines <= set(found[figure])
        assert min(found[figure].values()) > 0
    assert found["speedup"]["published"] == 1
    assert found["largest_difference"]["cpu"] < (1e-5 if dtype == "float32" else 1e-2)
    assert found["copy_gb_per_s"]["cpu"] > 0
    assert (found["neurons"], found["dtype"], found["alpha"], found["threads"]) == (24, dtype, alpha, 1)


def test_what_it_is_measured_against_is_the_same_network() -> None:
    network = network_of(Shape(neurons=19, streams=3, ticks=30, dtype="float32", alpha="synapse", rounds=1))
    x = np.random.default_rng(0).normal(0, 1, (30, 3, WIDTH)).astype(np.float32)
    wanted = ReferenceEngine().open(network, blank(network, 3)).advance(x)
    np.testing.assert_allclose(Published.of(network, 3).advance(x), wanted, atol=1e-5)


def test_another_rule_is_not_measured_as_the_published_one() -> None:
    with pytest.raises(ValueError, match="measured for rule 'hebb' with one eta"):
        Published.of(replace(network_of(Shape(4, 1, 1, "float32", "synapse", 1)), rule="oja"), 1)
