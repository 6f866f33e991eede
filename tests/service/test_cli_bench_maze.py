"""`plastream bench maze`: many mazes as one batch beside one maze as published."""

import json

import pytest

from tests.service.command import plastream


@pytest.mark.slow
def test_costs_and_their_ratios_as_json() -> None:
    small = ["--ticks", "4", "--neurons", "6", "--mazes", "3", "--walking", "5", "--rounds", "1"]
    process = plastream("bench", "maze", *small, "--output", "json")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    for ours in ("training", "walking"):
        assert found[f"{ours}_ratio"] == pytest.approx(found["published_s"] / found[f"{ours}_s"], rel=2e-3)
    assert (found["ticks"], found["mazes"]) == (4, 3)
