"""Consolidation keeps its equations, for numpy and torch alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from plastic_core.consolidation import CONSOLIDATIONS, averaged, corrected


def traces(seed: int, streams: int = 3, neurons: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((streams, neurons, neurons))


def signs(seed: int, patterns: int, neurons: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, (patterns, neurons)) * 2.0 - 1.0


def test_averaged_sums_what_there_was_with_an_exponential_decay() -> None:
    slow: Any = np.zeros((3, 7, 7))
    for seed in range(4):
        slow = averaged(slow, traces(seed), 0.25, 0.5)
    expected = sum(0.5 * 0.75 ** (3 - seed) * traces(seed) for seed in range(4))
    np.testing.assert_allclose(slow, expected)


def test_corrected_is_the_delta_rule_for_each_stored_pattern() -> None:
    slow, (x, y) = traces(5, streams=1), signs(6, 2, 7)
    found = corrected(slow, np.outer(x, y)[None], 0.1, 0.3)
    expected = 0.9 * slow[0] + 0.3 * np.outer(x, y - slow[0].T @ y)
    np.testing.assert_allclose(found[0], expected)


def test_corrected_comes_to_a_projection_where_averaged_adds_up_what_is_alike() -> None:
    patterns, neurons = signs(7, 5, 16), 16
    slow: Any = np.zeros((1, neurons, neurons))
    for _ in range(400):
        for pattern in patterns:
            slow = corrected(slow, np.outer(pattern, pattern)[None], 0.0, 1 / neurons)
    basis, _ = np.linalg.qr(patterns.T)
    np.testing.assert_allclose(slow[0], basis @ basis.T, atol=1e-8)


def test_nothing_new_leaves_only_the_fading() -> None:
    slow = traces(8)
    for consolidate in CONSOLIDATIONS.values():
        np.testing.assert_allclose(consolidate(slow, np.zeros_like(slow), 0.2, 0.7), 0.8 * slow)


@pytest.mark.parametrize("name", CONSOLIDATIONS)
def test_streams_do_not_meet_and_torch_agrees_with_numpy(name: str) -> None:
    consolidate, slow, fast = CONSOLIDATIONS[name], traces(1), traces(2)
    together = consolidate(slow, fast, 0.1, 0.2)
    np.testing.assert_allclose(consolidate(slow[1:2], fast[1:2], 0.1, 0.2), together[1:2])
    given = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in (slow, fast, 0.1, 0.2)]
    np.testing.assert_allclose(consolidate(*given).detach().numpy(), together)


@pytest.mark.parametrize("name", CONSOLIDATIONS)
def test_gradients_are_those_of_the_equations(name: str) -> None:
    given = [torch.tensor(traces(seed, 2, 3), requires_grad=True) for seed in (3, 4)]
    given += [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (0.1, 0.2)]
    assert torch.autograd.gradcheck(CONSOLIDATIONS[name], given)
