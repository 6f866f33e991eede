"""When the range of a scalar is estimated again, and what it then is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from encoders.codes.scalar import HORIZON, OUTSIDE_RUN, ScalarEncoder
from encoders.contract import State

ENCODER = ScalarEncoder()


def run(values: Sequence[float]) -> tuple[list[float], list[State]]:
    """Codes of one stream's values, and the state after each."""
    state, codes, states = ENCODER.initial(1), [], []
    for value in values:
        encoded = ENCODER.encode_numbers(np.array([value]), state)
        state = encoded.state
        codes.append(float(encoded.codes[0, 0]))
        states.append(state)
    return codes, states


def noise(count: int, center: float = 20.0, scale: float = 3.0) -> Any:
    return np.random.default_rng(7).normal(center, scale, count)


def test_ranges_are_revised_at_the_stated_counts_only() -> None:
    _, states = run(noise(2 * HORIZON + 5))
    versions = np.array([int(state["version"][0]) for state in states])
    revised = (np.flatnonzero(np.diff(versions)) + 2).tolist()
    assert revised == [2, 4, 8, 16, 64, 256, 1024, HORIZON, 2 * HORIZON]


def test_the_range_is_the_streams_own_mean_and_deviation() -> None:
    values = noise(1024)
    _, states = run(values)
    assert states[-1]["mean"][0] == pytest.approx(values.mean(), rel=1e-9)
    assert states[-1]["variance"][0] == pytest.approx(values.var(), rel=1e-6)
    assert states[-1]["center"][0] == pytest.approx(20.0, abs=0.5)
    assert states[-1]["scale"][0] == pytest.approx(3.0, rel=0.1)


def test_a_new_range_holds_from_the_next_reading_on() -> None:
    codes, states = run([10.0, 20.0, 30.0])
    assert codes[0] == 0.0
    assert codes[1] == 8.0  # 10 alone lets expect steps of 1
    assert codes[2] == pytest.approx((30.0 - states[1]["center"][0]) / states[1]["scale"][0], rel=1e-6)


@pytest.mark.parametrize("level", [0.0, 1e-12, 5e-324, -3.0, 101325.0, 1e36])
def test_a_constant_has_a_sane_scale_and_code_zero(level: float) -> None:
    codes, states = run([level] * 300)
    assert codes == [0.0] * 300
    assert states[-1]["version"][0] == 1
    assert states[-1]["scale"][0] > 0.0
    assert np.isfinite(states[-1]["scale"][0])
    if level == 0.0:
        assert states[-1]["scale"][0] == 1.0


def test_a_value_out_of_range_widens_it_at_once() -> None:
    codes, states = run([*noise(100).tolist(), 500.0, 500.0])
    versions = [int(state["version"][0]) for state in states]
    assert versions[100] == versions[99] + 1
    assert codes[100] == 8.0
    assert 4.0 < codes[101] <= 8.0
    assert abs((20.0 - states[-1]["center"][0]) / states[-1]["scale"][0]) < 2.0  # the old level is still in range
    assert (500.0 - states[-1]["center"][0]) / states[-1]["scale"][0] <= 8.0


def test_seven_far_away_and_one_inside_are_no_new_level() -> None:
    values = [*noise(100).tolist(), *([1e30] * (OUTSIDE_RUN - 1) + [20.0]) * 3]
    _, states = run(values)
    assert states[-1]["center"][0] == pytest.approx(20.0, abs=5.0)
    assert states[-1]["scale"][0] < 100.0


def test_a_level_far_away_replaces_the_range_and_the_old_one_comes_back() -> None:
    values = [*noise(100).tolist(), *[1e30] * OUTSIDE_RUN, *noise(OUTSIDE_RUN + 40).tolist()]
    codes, states = run(values)
    assert states[100 + OUTSIDE_RUN - 1]["center"][0] == pytest.approx(1e30)
    assert states[-1]["center"][0] == pytest.approx(20.0, abs=5.0)
    assert states[-1]["scale"][0] < 30.0
    assert max(abs(code) for code in codes[-20:]) < 8.0


def test_one_absurd_value_does_not_blind_the_field() -> None:
    _, states = run([*noise(100).tolist(), 1e30, *noise(200).tolist()])
    assert states[-1]["scale"][0] < 100.0


def test_bursts_seen_before_stay_within_the_range() -> None:
    burst = [0.0] * 60 + [1e6] * 4
    codes, _ = run(burst * 40)
    assert max(abs(code) for code in codes[-640:]) < 8.0


def test_a_counter_is_followed() -> None:
    codes, states = run([1e9 + 15_000.0 * k for k in range(13_000)])
    assert max(abs(code) for code in codes[5000:]) <= 8.0
    assert sum(abs(code) == 8.0 for code in codes[5000:]) <= 5 * OUTSIDE_RUN
    assert states[-1]["version"][0] < 60


def test_the_past_fades() -> None:
    _, states = run([*noise(HORIZON).tolist(), *noise(5 * HORIZON, center=30.0).tolist()])
    assert states[-1]["center"][0] == pytest.approx(30.0, abs=0.5)
    assert states[-1]["scale"][0] == pytest.approx(3.0, rel=0.2)


def test_numbers_as_text_are_numbers() -> None:
    assert ENCODER.parse(["12.5", " 7 ", "-1e3"]).tolist() == [12.5, 7.0, -1000.0]
    assert np.isnan(ENCODER.parse(["-", "1_0", "0x10", "", "1,5", "nan"])).all()
