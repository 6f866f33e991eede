"""Judging columns of numbers as angles and places on the earth, by name and range."""

from __future__ import annotations

import math
from collections.abc import Sequence

from encoders.schema.judgement import Case, Judgement
from encoders.schema.names import last_part, words
from encoders.schema.texts import numbers_of

INSIDE = 0.9
"""Share of the values that must lie within the range."""
FULL_TURN = 2.0 * math.pi + 0.01

_LATITUDE = {"lat", "latitude", "breite", "breitengrad", "latitud", "geobreite"}
_LONGITUDE = {"lon", "lng", "long", "longitude", "laenge", "laengengrad", "longitud", "geolaenge"}
_AMBIGUOUS = {"long", "laenge", "breite"}
"""They also mean long, length and breadth: places only as a pair."""
_NO_PLACE = {
    *("ms", "s", "acc", "accel", "acceleration", "accuracy", "err", "error", "vel", "speed", "velocity", "g", "std"),
    *("force", "sigma", "uncertainty", "m", "mm", "cm", "km", "term", "ency", "count", "rate", "hdop"),
}

_COMPASS = {
    *("heading", "hdg", "course", "cog", "azimuth", "azimut", "bearing", "kurs", "peilung", "windrichtung", "cap"),
    *("winddir", "winddirection", "wdir", "winddeg", "wd", "hdt", "hdm", "brg", "az", "track", "twd", "twa"),
}
_TURNS = {
    *("yaw", "roll", "pitch", "phase", "phi", "theta", "psi", "angle", "winkel", "tilt", "inclination", "rotation"),
    *("orientation", "direction", "dir", "richtung", "steering", "rudder", "angles", "neigung", "swing", "elevation"),
}
_DEGREES = {"deg", "degs", "degree", "degrees", "grad"}
_RADIANS = {"rad", "rads", "radian", "radians"}
_NO_ANGLE = {
    *("temp", "temperature", "voltage", "current", "power", "speed", "velocity", "vel", "rate", "acc", "accel"),
    *("count", "err", "error", "vibration", "std", "noise", "freq", "frequency", "time", "energy", "pressure"),
    *("load", "width", "id", "hz", "rms", "ratio", "volt", "amp", "watt", "v", "a", "w", "kw", "ma", "mv", "dps"),
    *("per", "sec", "s", "wear", "health", "torque", "force", "pct", "percent", "c", "f", "k", "accuracy", "gain"),
    *("height", "m", "mm", "cm", "km", "ft", "total", "b", "l", "n", "u", "x", "y", "z", "min", "max", "increment"),
}


def judged_place(case: Case, numbers: Sequence[float]) -> Judgement | None:
    """Latitude or longitude; None for neither."""
    said = set(words(last_part(case.path)))
    if said & _NO_PLACE:
        return None
    if said & _LATITUDE and _share(numbers, -90.0, 90.0) >= INSIDE and _paired(case, said, _LONGITUDE):
        return Judgement("latitude", 0.97, ("the name", "all within -90 and 90"))
    if said & _LONGITUDE and _share(numbers, -180.0, 360.0) >= INSIDE and _paired(case, said, _LATITUDE):
        return Judgement("longitude", 0.97, ("the name", "all within -180 and 360"))
    return None


def judged_angle(case: Case, numbers: Sequence[float]) -> Judgement | None:
    """An angle in degrees or radians; None for what is none."""
    said = words(last_part(case.path))
    named = _says_angle(said)
    if not named or _share(numbers, -180.0, 360.0) < INSIDE or _is_code(numbers):
        return None
    below = min(numbers) < 0.0
    in_degrees, in_radians = ({"low": -180.0}, {"low": -math.pi}) if below else ({}, {})
    if _RADIANS.intersection(said):
        return Judgement("angle_rad", 0.95, ("the name", "in radians by name"), in_radians)
    if _DEGREES.intersection(said):
        return Judgement("angle_deg", 0.95, ("the name", "in degrees by name"), in_degrees)
    turned = [numbers, *_turning_siblings(case)]
    if all(_share(each, -FULL_TURN, FULL_TURN) >= INSIDE for each in turned) and _in_radians(said, numbers):
        why = "all within a turn in radians, and not whole"
        return Judgement("angle_rad", 0.7, ("the name", why), in_radians)
    trust = 0.85 if _COMPASS.intersection(said) else 0.75
    return Judgement("angle_deg", trust, ("the name", "all within -180 and 360"), in_degrees)


def _says_angle(said: tuple[str, ...]) -> bool:
    if _NO_ANGLE.intersection(said):
        return False
    joined = "".join(said)
    if _DEGREES.intersection(said) or _RADIANS.intersection(said):
        return True
    return joined in _COMPASS | _TURNS or bool((_COMPASS | _TURNS).intersection((*said[-2:], joined)))


def _in_radians(said: tuple[str, ...], numbers: Sequence[float]) -> bool:
    if all(number == int(number) for number in numbers) or (min(numbers) >= 0.0 and max(numbers) <= 1.0):
        return False
    return not _COMPASS.intersection((*said, "".join(said))) or max(numbers) - min(numbers) >= 2.0


def _is_code(numbers: Sequence[float]) -> bool:
    """Few small whole numbers: a phase or a direction by number."""
    return set(numbers) <= {-1.0, 0.0, 1.0, 2.0, 3.0, 4.0}


def _turning_siblings(case: Case) -> list[list[float]]:
    """Values of the other angles of the same object whose names tell no unit."""
    found: list[list[float]] = []
    for sibling in case.siblings:
        said = words(last_part(sibling.path))
        if sibling.path != case.path and _says_angle(said) and not (_DEGREES | _RADIANS).intersection(said):
            numbers = numbers_of(sibling.path, sibling.values)
            found += [numbers] if numbers else []
    return found


def _paired(case: Case, said: set[str], other: set[str]) -> bool:
    """Whether a name that also means something else stands beside the other half of a place."""
    if not said <= _AMBIGUOUS:
        return True
    return any(other.intersection(words(last_part(sibling.path))) for sibling in case.siblings)


def _share(numbers: Sequence[float], low: float, high: float) -> float:
    return sum(low <= number <= high for number in numbers) / len(numbers)
