"""Units: what they are called, and the maps between them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.schema.unit_names import unit_named
from encoders.schema.units import converter, si, spelled


@pytest.mark.parametrize(
    ("given_in", "wanted", "value", "expected"),
    [
        ("Cel", "degF", 100.0, 212.0),
        ("degF", "degC", 212.0, 100.0),
        ("degC", "kelvin", 0.0, 273.15),
        ("%RH", "1", 45.0, 0.45),
        ("km/h", "m/s", 36.0, 10.0),
        ("knot", "km/h", 1.0, 1.852),
        ("hPa", "Pa", 1013.0, 101300.0),
        ("By", "byte", 7.0, 7.0),
        ("kWh", "J", 1.0, 3.6e6),
        ("µg/m³", "kg/m^3", 1.0, 1e-9),
        ("C", "F", -40.0, -40.0),
        ("{requests}", "1", 3.0, 3.0),
    ],
)
def test_values_are_turned(given_in: str, wanted: str, value: float, expected: float) -> None:
    found = converter(given_in, wanted)
    assert found is not None
    gain, offset = found
    assert gain * value + offset == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("given_in", "wanted"), [("V", "A"), ("dBm", "mW"), ("nonsense", "m"), ("m", "nonsense")])
def test_what_has_no_affine_map_has_none(given_in: str, wanted: str) -> None:
    assert converter(given_in, wanted) is None


UNITS = ("degC", "degF", "kelvin", "m/s", "km/h", "knot", "Pa", "hPa", "psi", "percent", "ppm", "kWh", "J", "V", "mV")


@given(one=st.sampled_from(UNITS), other=st.sampled_from(UNITS), value=st.floats(-1e4, 1e4))
@settings(deadline=None)
def test_there_and_back_is_where_it_was(one: str, other: str, value: float) -> None:
    there, back = converter(one, other), converter(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        turned = back[0] * (there[0] * value + there[1]) + back[1]
        assert turned == pytest.approx(value, rel=1e-9, abs=1e-9 * max(1.0, abs(back[0] * there[1])))


@given(st.text(max_size=80))
@settings(deadline=None)
def test_any_text_is_a_unit_or_none(text: str) -> None:
    name = spelled(text)
    assert name is None or spelled(name) == name
    assert (si(text) is None) == (name is None)


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("env.temp_c", "degC"),
        ("temperature_C", "degC"),
        ("tempF", "degF"),
        ("pressure_hPa", "hPa"),
        ("speed_kmh", "km/h"),
        ("wind_ms", "m/s"),
        ("latency_ms", "ms"),
        ("rh", "percent"),
        ("battery_pct", "percent"),
        ("volt", "V"),
        ("co2_ppm", "ppm"),
        ("pm10_ug_m3", "ug/m^3"),
        ("channel_A", None),
        ("value", None),
        ("", None),
    ],
)
def test_names_tell_units(path: str, unit: str | None) -> None:
    assert unit_named(path) == unit
    assert unit is None or spelled(unit) == unit
