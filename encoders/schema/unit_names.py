"""The unit of a field by its name: temp_c, pressure_hPa, speed_kmh; the spelling is pint's."""

from __future__ import annotations

import re

from encoders.schema.names import last_part, words

_LAST_WORD = {
    **dict.fromkeys(("c", "degc", "celsius"), "degC"),
    **dict.fromkeys(("f", "degf", "fahrenheit"), "degF"),
    **dict.fromkeys(("k", "kelvin"), "kelvin"),
    **dict.fromkeys(("pct", "percent", "perc", "percentage", "prozent"), "percent"),
    **dict.fromkeys(("pa", "pascal"), "Pa"),
    **dict.fromkeys(("mbar", "mb"), "mbar"),
    **dict.fromkeys(("kmh", "kph"), "km/h"),
    **dict.fromkeys(("mps",), "m/s"),
    **dict.fromkeys(("kn", "kt", "kts", "knots", "knot"), "knot"),
    **dict.fromkeys(("v", "volt", "volts"), "V"),
    **dict.fromkeys(("a", "amp", "amps", "ampere"), "A"),
    **dict.fromkeys(("w", "watt", "watts"), "W"),
    **dict.fromkeys(("m", "meters", "metres", "meter"), "m"),
    **dict.fromkeys(("deg", "degree", "degrees", "grad"), "degree"),
    **dict.fromkeys(("rad", "radians"), "radian"),
    **dict.fromkeys(("s", "sec", "secs", "seconds", "sekunden"), "s"),
    **dict.fromkeys(("ms", "millis", "msec"), "ms"),
    **dict.fromkeys(("us", "usec", "micros"), "us"),
    **dict.fromkeys(("min", "minutes"), "minute"),
    **dict.fromkeys(("h", "hours", "hrs", "stunden"), "hour"),
    **dict.fromkeys(("l", "litres", "liters", "liter"), "liter"),
    **dict.fromkeys(("lx", "lux"), "lux"),
    **dict.fromkeys(("ohm", "ohms"), "ohm"),
    **dict.fromkeys(("bytes", "byte", "octets"), "byte"),
    **dict.fromkeys(("lpm",), "liter/minute"),
    **{
        word: word
        for word in ("bar", "psi", "ppm", "ppb", "rpm", "km", "cm", "mm", "ft", "mph", "kg", "lb", "mv", "kw")
    }
    | {"hpa": "hPa", "kpa": "kPa", "mpa": "MPa", "hz": "Hz", "khz": "kHz", "mhz": "MHz", "ghz": "GHz", "kw": "kW"}
    | {"kwh": "kWh", "wh": "Wh", "mwh": "MWh", "mv": "mV", "kv": "kV", "ma": "mA", "ah": "Ah", "mah": "mAh"}
    | {"kva": "kVA", "va": "VA", "db": "dB", "dbm": "dBm", "inhg": "inHg", "mmhg": "mmHg", "nm": "N*m", "kj": "kJ"}
    | {"mw": "MW", "mg": "mg", "ug": "ug", "ml": "mL", "nf": "nF", "uf": "uF", "ns": "ns", "dba": "dB", "mah": "mAh"},
}
_LAST_TWO = {
    ("deg", "c"): "degC",
    ("deg", "f"): "degF",
    ("km", "h"): "km/h",
    ("m", "s"): "m/s",
    ("ug", "m"): "ug/m^3",
    ("mg", "m"): "mg/m^3",
    ("w", "m"): "W/m^2",
    ("l", "min"): "liter/minute",
    ("l", "h"): "liter/hour",
    ("m", "h"): "m^3/h",
    ("mm", "h"): "mm/h",
    ("us", "cm"): "uS/cm",
    ("k", "wh"): "kWh",
    ("k", "w"): "kW",
    ("k", "pa"): "kPa",
    ("h", "pa"): "hPa",
    ("m", "v"): "mV",
    ("m", "a"): "mA",
    ("bytes", "total"): "byte",
    ("per", "s"): "1/s",
}
_WHOLE = {
    **dict.fromkeys(
        ("rh", "humidity", "hum", "relative_humidity", "relativehumidity", "feuchte", "feuchtigkeit"), "percent"
    ),
    **dict.fromkeys(("soc", "battery_level", "batterylevel", "battery_percent", "cpu_percent"), "percent"),
    **dict.fromkeys(("rpm",), "rpm"),
    **dict.fromkeys(("lux", "illuminance"), "lux"),
    **dict.fromkeys(("voltage", "spannung", "volt", "vbat", "vcc"), "V"),
    **dict.fromkeys(
        ("heading", "course", "cog", "bearing", "azimuth", "lat", "latitude", "lon", "lng", "longitude"), "degree"
    ),
    **dict.fromkeys(("rssi",), "dBm"),
}
_SPEED_WORDS = {"speed", "velocity", "vel", "wind", "gust", "flow", "geschwindigkeit", "sog", "vitesse"}
_SINGLE = {"c", "f", "k", "v", "a", "w", "m", "s", "h", "l"}
_HEAT = "temp|heat|dew|point|air|water|oil|coolant|bearing|cpu|gpu|ambient|side|room|supply|return|feels|like|chill|t"
_ONLY_WITH = {
    **dict.fromkeys(("c", "f", "k"), re.compile(rf"({_HEAT})")),
    "a": re.compile(r"curr|strom|amp|load|charge|^i$"),
}
"""Letters that also number parts (channel_A): a unit only behind such words."""


def unit_named(path: str) -> str | None:
    """The unit that the name tells; None where it tells none.

    >>> unit_named("env.temp_c"), unit_named("wind_ms"), unit_named("latency_ms"), unit_named("channel_A")
    ('degC', 'm/s', 'ms', None)
    """
    said = words(last_part(path))
    if not said:
        return None
    last = said[-1]
    if len(said) > 2 and (said[-2], last) in _LAST_TWO:
        return _LAST_TWO[said[-2], last]
    if last == "ms" and _SPEED_WORDS.intersection(said[:-1]):
        return "m/s"
    guard = _ONLY_WITH.get(last)
    if guard is not None and not any(guard.search(word) for word in said[:-1]):
        return None
    if last in _LAST_WORD and (len(said) > 1 or last not in _SINGLE):
        return _LAST_WORD[last]
    return _WHOLE.get("_".join(said)) or _WHOLE.get("".join(said))
