"""Units: what they are called, and the affine map from one to another.

pint knows the units; it is asked when a schema is made and once for each pair of units that comes up, never a value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_CALLED = {
    # RFC 8428 (SenML), section 12.1, and UCUM as OTLP uses it, where pint calls the unit otherwise
    "cel": "degC",
    "%rh": "percent",
    "%el": "percent",
    "/": "",
    "1": "",
    "lat": "degree",
    "lon": "degree",
    "by": "byte",
    "kiby": "kibibyte",
    "miby": "mebibyte",
    "giby": "gibibyte",
    "beat/min": "1/min",
    "beats": "count",
    "bspm": "1/min",
    "bpm": "1/min",
    # as people write them
    "c": "degC",
    "°c": "degC",
    "℃": "degC",
    "deg c": "degC",
    "degc": "degC",
    "deg_c": "degC",
    "celsius": "degC",
    "f": "degF",
    "°f": "degF",
    "℉": "degF",
    "deg f": "degF",
    "degf": "degF",
    "deg_f": "degF",
    "[degf]": "degF",
    "fahrenheit": "degF",
    "k": "kelvin",
    "%": "percent",
    "pct": "percent",
    "rh": "percent",
    "percentage": "percent",
    "°": "degree",
    "deg": "degree",
    "degrees": "degree",
    "kmh": "km/h",
    "km/hr": "km/h",
    "kph": "km/h",
    "kts": "knot",
    "kt": "knot",
    "kn": "knot",
    "sec": "s",
    "secs": "s",
    "msec": "ms",
    "usec": "us",
    "hrs": "hour",
    "mins": "minute",
    "lx": "lux",
    "ppm": "ppm",
    "ppb": "ppb",
    "cfm": "ft^3/min",
    "l/m": "l/min",
    "lpm": "l/min",
    "gpm": "gal/min",
    "in": "inch",
    '"': "inch",
    "ug/m3": "ug/m^3",
    "mg/m3": "mg/m^3",
    "w/m2": "W/m^2",
    "m/s2": "m/s^2",
    "m3": "m^3",
    "m3/h": "m^3/h",
    "m2": "m^2",
    "va": "VA",
    "ohms": "ohm",
    "volts": "V",
    "amps": "A",
    "watts": "W",
    "counts": "count",
    "bytes": "byte",
    "bits": "bit",
    "ph": "",
    "g": "g",
}
"""Text in lower case, as a schema or message has it -> pint's spelling; "" is a plain number."""

_CASED = {"G": "g_0", "g": "g", "C": "degC", "F": "degF", "K": "kelvin", "S": "siemens", "M": "meter"}
"""Single letters whose case matters. C is no coulomb and F no farad where sensors speak."""


FAR = 1e3
"""Values that are measured against zero to find the gain: far off, so that the offset takes no digits of it."""

_DERIVED = ("N", "Pa", "J", "W", "C", "V", "ohm", "F", "Wb", "T", "H", "S", "lux")
"""SI units with names of their own."""


@lru_cache(maxsize=4096)  # senders choose the words
def spelled(text: str) -> str | None:
    """The unit in pint's spelling ("degC"); "" for a plain number, None for what is no unit.

    >>> spelled("Cel"), spelled("km/h"), spelled("1"), spelled("furlongs of joy")
    ('degC', 'km/h', '', None)
    """
    bare = text.strip()
    if not bare or len(bare) > 64 or (bare.startswith("{") and bare.endswith("}")):  # UCUM: {requests}
        return ""
    known = _CASED.get(bare, _CALLED.get(bare.lower().replace("²", "2").replace("³", "3")))
    if known is not None:
        return known
    return bare if _quantity(1.0, bare) is not None else None


@lru_cache(maxsize=4096)  # senders choose the words
def converter(given: str, wanted: str) -> tuple[float, float] | None:
    """Gain and offset: value in `wanted` = gain * value in `given` + offset; None where there is no such map.

    >>> converter("Cel", "degC"), converter("km/h", "degC")
    ((1.0, 0.0), None)
    """
    source, target = spelled(given), spelled(wanted)
    if source is None or target is None:
        return None
    if source == target:
        return 1.0, 0.0
    points = [_turned(value, source, target) for value in (0.0, FAR, 2.0 * FAR)]
    zero, one, two = points
    if zero is None or one is None or two is None:
        return None
    gain, offset = _clean((one - zero) / FAR), _clean(zero)
    return (gain, offset) if abs(two - one - gain * FAR) <= 1e-9 * max(abs(two), abs(offset)) else None


def _clean(value: float) -> float:
    """Without the last digits, in which the arithmetic of units leaves its dust."""
    return float(f"{value:.14g}")


@lru_cache(maxsize=4096)  # senders choose the words
def si(unit: str) -> str | None:
    """The SI unit of the same quantity, as pint writes it ("K"); None for what is no unit.

    >>> si("degC"), si("km/h"), si("hPa")
    ('K', 'm/s', 'Pa')
    """
    name = spelled(unit)
    measured = None if name is None else _quantity(1.0, name)
    if measured is None:
        return None
    base = measured.to_base_units().units
    derived = next((known for known in _DERIVED if _base(known) == base), None)
    return derived or f"{base:~}".replace(" ** ", "^").replace(" ", "")


@lru_cache(maxsize=4096)  # senders choose the words
def _registry() -> Any:
    """All units; untyped from here on."""
    import pint

    registry: Any = pint.UnitRegistry()  # pyright: ignore[reportUnknownVariableType]
    return registry


def _quantity(value: float, unit: str) -> Any | None:
    """The value in this unit, None where pint does not know it. Whatever pint raises on strange text means that."""
    try:
        return _registry().Quantity(value, unit or "dimensionless")
    except Exception:  # noqa: BLE001 -- its parser raises many kinds, tokenizer errors among them
        return None


def _base(unit: str) -> Any:
    measured = _quantity(1.0, unit)
    return None if measured is None else measured.to_base_units().units


def _turned(value: float, given: str, wanted: str) -> float | None:
    source = _quantity(value, given)
    if source is None or _quantity(1.0, wanted) is None:
        return None
    try:
        return float(source.to(wanted or "dimensionless").magnitude)
    except Exception:  # noqa: BLE001 -- dimensions that differ, and what pint cannot compute
        return None
