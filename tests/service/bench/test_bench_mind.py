"""`plastream bench mind`."""

import pytest

from service.bench import mind
from service.errors import UsageError


def test_every_stage_is_counted_once() -> None:
    told = mind.run(fields=2, streams=3, ticks=4, neurons=8, rounds=1)
    assert list(told["us"]) == list(mind.STAGES)
    assert sum(told["us"].values()) == pytest.approx(told["us_per_event"], rel=0.05, abs=0.05)
    assert told["events_per_s"] == pytest.approx(1e6 / told["us_per_event"], rel=0.05)


def test_more_fields_than_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="room for 58"):
        mind.run(fields=59, streams=1, ticks=1, rounds=1)
