"""What every encoder in the catalogue promises: encoders/checks.py on each row of EXAMPLES."""

from __future__ import annotations

import pytest

from encoders.catalogue import CATALOGUE, build
from encoders.checks import CHECKS
from tests.contracts.encoder_examples import EXAMPLES


def test_each_encoder_of_the_catalogue_has_an_example() -> None:
    assert set(EXAMPLES) == set(CATALOGUE)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
@pytest.mark.parametrize("check", CHECKS)
def test_each_promise_is_kept_by_each_encoder(name: str, check: str) -> None:
    encoder = build(name, EXAMPLES[name].config)
    assert encoder.name == name
    CHECKS[check](encoder, EXAMPLES[name])
