"""Each encoder of the catalogue has values to show it by, and understands them."""

from __future__ import annotations

import numpy as np
import pytest

from encoders.catalogue import CATALOGUE, build
from encoders.specimens import SPECIMENS
from service.encoding.similarity import codes_of


def test_each_encoder_has_one() -> None:
    assert set(SPECIMENS) == set(CATALOGUE)


@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_it_is_understood_and_its_codes_differ(name: str) -> None:
    specimen = SPECIMENS[name]
    values = specimen.values(24)
    codes, sensed = codes_of(build(name, specimen.settings), values, specimen.history)
    assert sensed.all()
    assert len(np.unique(codes, axis=0)) >= min(len(values), 24) * 0.6
    assert all(isinstance(specimen.label(value), str) for value in values)
